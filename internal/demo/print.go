package demo

import (
	"fmt"
	"io"
	"strings"
	"time"

	"gongkai/internal/calendar"
	"gongkai/internal/catalogue"
)

// printer says each step in Chinese, with the English below.
type printer struct {
	out   io.Writer
	words *catalogue.Catalogue
	now   func() time.Time
}

func (p *printer) word(code string) string { return p.words.Say(catalogue.Chinese, "word."+code, nil) }

func (p *printer) raw(s string) { fmt.Fprint(p.out, indent(s)) }

func indent(s string) string {
	return "         " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n         ") + "\n"
}

func (p *printer) line(code string, args map[string]any) {
	fmt.Fprintf(p.out, "         %s\n         %s\n", p.words.Say(catalogue.Chinese, code, args), p.words.Say(catalogue.English, code, args))
}

// act says who did what and when.
func (p *printer) act(who *member, code string, args map[string]any) {
	at := p.now().In(calendar.Zone).Format(time.TimeOnly)
	fmt.Fprintf(p.out, "%s %s（%s）%s\n         %s\n", at, who.Name, p.word(string(who.Post)), p.words.Say(catalogue.Chinese, code, args), p.words.Say(catalogue.English, code, args))
}
