package staff

import (
	"fmt"
	"strings"

	"gongkai/internal/catalogue"
)

// scriptWords are the sentences of the editor's script, which holds none of its
// own, by what follows "staff.script."; their places are still to be filled.
func (s *Staff) scriptWords(lang catalogue.Lang) map[string]string {
	out := map[string]string{}
	for _, code := range s.Words.Codes(catalogue.Chinese) {
		if name, ok := strings.CutPrefix(code, "staff.script."); ok {
			out[name] = s.say(lang, code, nil)
		}
	}
	return out
}

// editor is what a page with the editor brings it.
type editor struct {
	Script map[string]string
	Images string // where pictures of the text are had from, with a slash at the end
}

func (s *Staff) editor(lang catalogue.Lang, id int64) editor {
	images := "/manuscripts/images/"
	if id != 0 {
		images = fmt.Sprintf("/manuscripts/%d/images/", id)
	}
	return editor{s.scriptWords(lang), images}
}

// tool is a button of the editor: the command of its script and the sign it
// shows, its name of the catalogue when there is none.
type tool struct{ Cmd, Sign string }

var (
	tools = [][]tool{
		{{"undo", "↶"}, {"redo", "↷"}},
		{{"strong", "B"}, {"em", "I"}, {"underline", "U"}},
		{{"left", ""}, {"center", ""}, {"right", ""}},
		{{"ul", ""}, {"ol", ""}, {"quote", ""}},
		{{"link", ""}, {"picture", ""}},
	}
	styles     = []string{"p", "h1", "h2", "h3", "h4"}
	tableTools = []string{"table", "row", "rowBefore", "column", "columnBefore", "merge", "split", "header", "caption", "rowAway", "columnAway", "tableAway"}
)

// Tools, Styles and TableTools are the tool bar of the editor.
func (editor) Tools() [][]tool      { return tools }
func (editor) Styles() []string     { return styles }
func (editor) TableTools() []string { return tableTools }
