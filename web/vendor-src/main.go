// Command vendor-src makes web/static/vendor from the packages that
// package-lock.json names, with npm and esbuild. It runs only to re-vendor:
//
//	cd web/vendor-src && go run .
package main

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// editor is what web/static/js/editor imports of ProseMirror.
const editor = `
export {Schema, DOMParser, DOMSerializer, Slice, Fragment} from "prosemirror-model";
export {EditorState, Plugin, PluginKey, TextSelection, NodeSelection} from "prosemirror-state";
export {EditorView, Decoration, DecorationSet} from "prosemirror-view";
export {history, undo, redo} from "prosemirror-history";
export {keymap} from "prosemirror-keymap";
export {baseKeymap, toggleMark, setBlockType, chainCommands, wrapIn, lift} from "prosemirror-commands";
export {wrapInList, splitListItem, liftListItem, sinkListItem} from "prosemirror-schema-list";
export {tableNodes, tableEditing, addRowAfter, addRowBefore, addColumnAfter, addColumnBefore, deleteRow, deleteColumn, deleteTable, mergeCells, splitCell, toggleHeaderRow, toggleHeaderCell, goToNextCell, isInTable, fixTables, CellSelection} from "prosemirror-tables";
export {dropCursor} from "prosemirror-dropcursor";
export {gapCursor} from "prosemirror-gapcursor";
`

func main() {
	log.SetFlags(0)
	install := exec.Command("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	install.Stdout, install.Stderr = os.Stdout, os.Stderr
	if err := install.Run(); err != nil {
		log.Fatalf("npm ci: %v", err)
	}
	out := filepath.Join("..", "static", "vendor")
	built := api.Build(api.BuildOptions{
		Stdin:  &api.StdinOptions{ResolveDir: ".", Contents: editor},
		Bundle: true, Format: api.FormatESModule, Target: api.ES2020,
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true,
		LegalComments: api.LegalCommentsNone,
		Outfile:       filepath.Join(out, "prosemirror.js"), Write: true,
	})
	for _, e := range built.Errors {
		log.Print(e.Text)
	}
	if len(built.Errors) > 0 {
		os.Exit(1)
	}
	copied(filepath.Join("node_modules", "htmx.org", "dist", "htmx.min.js"), filepath.Join(out, "htmx.js"))
	licences(filepath.Join(out, "LICENSES.txt"))
}

func copied(from, to string) {
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o644)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// licences keeps the texts the packages ask to be kept, each with its version.
func licences(to string) {
	found, err := filepath.Glob(filepath.Join("node_modules", "*", "LICENSE*"))
	if err != nil || len(found) == 0 {
		log.Fatalf("no licences: %v", err)
	}
	var all strings.Builder
	for _, f := range found {
		text, err := os.ReadFile(f)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Fprintf(&all, "== %s ==\n\n%s\n\n", filepath.Base(filepath.Dir(f)), strings.TrimSpace(string(text)))
	}
	if err := os.WriteFile(to, []byte(all.String()), 0o644); err != nil {
		log.Fatal(err)
	}
}
