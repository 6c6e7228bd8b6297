package staff

import (
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
func (editPage) Tools() [][]tool      { return tools }
func (editPage) Styles() []string     { return styles }
func (editPage) TableTools() []string { return tableTools }
