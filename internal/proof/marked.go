package proof

import (
	"cmp"
	"fmt"
	"html"
	"slices"
	"strings"
	"unicode/utf8"

	"gongkai/internal/body"
	"gongkai/internal/fault"
)

// ErrOverlap refuses changes to the same words.
var ErrOverlap = fault.New(fault.Conflict, "proof.overlap")

// A Change puts other words in a place; none takes the words out.
type Change struct {
	Place
	Words string
}

// Replace makes all changes at once. New words are set as the first of the old
// ones; pictures between the old words stay.
func Replace(source string, changes []Change) (string, error) {
	root := body.Tree(source)
	leaves := lines(nil, root)
	changes = slices.Clone(changes)
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Or(a.Block-b.Block, a.Start-b.Start) })
	for i, c := range slices.Backward(changes) {
		if i+1 < len(changes) && changes[i+1].Block == c.Block && changes[i+1].Start < c.End {
			return "", ErrOverlap
		}
		n := leaves[c.Block]
		n.Runs = replaced(n.Runs, c)
	}
	return body.HTML(root.Kids)
}

// length is how many characters of its line a run takes.
func length(r body.Run) int {
	if r.Break {
		return 1
	}
	return utf8.RuneCountInString(r.Text)
}

func replaced(runs []body.Run, c Change) (out []body.Run) {
	at, done := 0, false
	for _, r := range runs {
		n := length(r)
		if n == 0 || at+n <= c.Start || at >= c.End {
			out = append(out, r)
			at += n
			continue
		}
		text := []rune(r.Text)
		part := func(s []rune) {
			if !r.Break && len(s) > 0 {
				x := r
				x.Text = string(s)
				out = append(out, x)
			}
		}
		if !r.Break {
			part(text[:max(0, c.Start-at)])
		}
		if !done {
			done = true
			for i, l := range strings.Split(c.Words, "\n") {
				if i > 0 {
					out = append(out, body.Run{Break: true})
				}
				out = append(out, body.Run{Text: l, Style: r.Style})
			}
		}
		if !r.Break {
			part(text[min(n, c.End-at):])
		}
		at += n
	}
	return out
}

// A Mark shows where in a text a remark is; ID names it, Label is what a reader
// sees of it.
type Mark struct {
	Place
	ID    int64
	Label string
}

// Marked is a text with its marks: <mark data-remark="ID"> around the words, and
// behind them a link to #remark-ID. Like a redline it is safe whatever the
// source.
func Marked(source string, marks []Mark) string {
	w := &writer{}
	root, line := body.Tree(source), 0
	var write func(n *body.Node)
	write = func(n *body.Node) {
		w.open(n, "")
		if n.Leaf() {
			if said(n) == "" {
				w.runs(n.Runs, same)
			} else {
				w.highlighted(n.Runs, slices.DeleteFunc(slices.Clone(marks), func(m Mark) bool { return m.Block != line || m.How == Orphan }))
				line++
			}
		}
		for _, k := range n.Kids {
			write(k)
		}
		w.close(n)
	}
	for _, k := range root.Kids {
		write(k)
	}
	return w.String()
}

func (w *writer) highlighted(runs []body.Run, marks []Mark) {
	at, begun := 0, map[int64]bool{}
	for _, r := range runs {
		for text, n := []rune(r.Text), length(r); ; {
			end := at + n
			for _, m := range marks {
				for _, cut := range []int{m.Start, m.End} {
					if cut > at && cut < end {
						end = cut
					}
				}
			}
			part, closing := r, ""
			if !r.Break && n > 0 {
				part.Text, text = string(text[:end-at]), text[end-at:]
			}
			for _, m := range marks {
				if n == 0 || m.Start > at || m.End < end {
					continue
				}
				id := ""
				if !begun[m.ID] {
					begun[m.ID] = true
					id = fmt.Sprintf(` id="at-%d"`, m.ID)
				}
				fmt.Fprintf(w, `<mark%s data-remark="%d">`, id, m.ID)
				closing += "</mark>"
			}
			w.runs([]body.Run{part}, same)
			w.WriteString(closing)
			if n -= end - at; end > at {
				for _, m := range marks {
					if m.End == end {
						fmt.Fprintf(w, `<sup class="rm"><a href="#remark-%d">%s</a></sup>`, m.ID, html.EscapeString(m.Label))
					}
				}
			}
			if at = end; n == 0 {
				break
			}
		}
	}
}
