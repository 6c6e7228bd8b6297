package proof

import (
	"fmt"
	"html"
	"strconv"
	"strings"
	"unicode"

	"gongkai/internal/body"
)

// A writer turns pieces into HTML. Words, addresses and what Say answers are
// escaped; elements and classes are constants and those of body's whitelist.
type writer struct {
	strings.Builder
	o      Options
	counts Counts
	notes  []string // to be said where words may next stand
	apart  bool     // what is written is neither counted nor numbered
}

func (w *writer) say(code string, args map[string]any) string {
	return html.EscapeString(w.o.Say(code, args))
}

// change is the id of the next place that changed.
func (w *writer) change() string {
	w.counts.Changes++
	return fmt.Sprintf(` id="c%d"`, w.counts.Changes)
}

func (w *writer) flush() {
	for _, n := range w.notes {
		w.WriteString(n)
	}
	w.notes = nil
}

// A folded stretch leaves so many blocks visible at each side and hides no fewer
// than leastFold.
const (
	context   = 1
	leastFold = 2
)

func (w *writer) document(pieces []*piece) {
	for i := 0; i < len(pieces); {
		n := i
		for n < len(pieces) && pieces[n].op == same {
			n++
		}
		from, to := i, n
		if i > 0 {
			from += context
		}
		if n < len(pieces) {
			to -= context
		}
		if w.o.Fold && n-i < len(pieces) && to-from >= leastFold {
			w.pieces(pieces[i:from])
			w.WriteString(`<details class="fold"><summary>` + w.say("proof.fold", map[string]any{"n": to - from}) + "</summary>\n")
			w.pieces(pieces[from:to])
			w.WriteString("</details>\n")
			w.pieces(pieces[to:n])
		} else {
			w.pieces(pieces[i:n])
		}
		if i = n; i < len(pieces) {
			w.piece(pieces[i])
			i++
		}
	}
}

func (w *writer) pieces(all []*piece) {
	for _, p := range all {
		w.piece(p)
	}
}

func (w *writer) piece(p *piece) {
	switch {
	case p.op == same:
		w.whole(p.now, same, "")
	case p.move > 0:
		w.moved(p)
	case p.op == removed:
		w.whole(p.was, removed, "del")
	case p.op == added:
		w.whole(p.now, added, "ins")
	default:
		w.kept(p, "")
	}
}

// moved writes one end of a move, which leads to the other.
func (w *writer) moved(p *piece) {
	end := func(code, here, there string) {
		w.notes = append(w.notes, fmt.Sprintf(`<a class="say" id="m%d-%s" href="#m%d-%s">［%s］</a>`, p.move, here, p.move, there, w.say(code, map[string]any{"n": p.move})))
	}
	if p.op == removed {
		end("proof.moved_away", "from", "to")
		w.apart = true
		w.whole(p.was, removed, "del moved")
		w.apart = false
		return
	}
	w.counts.Moved++
	w.counts.Changes++
	end("proof.moved_here", "to", "from")
	if p.inside.op == same {
		w.whole(p.now, same, "moved")
	} else {
		w.kept(p.inside, "moved")
	}
}

// kept writes a block that is in both texts, as the later one sets it.
func (w *writer) kept(p *piece, class string) {
	if changes := w.settings(p.was, p.now); len(changes) > 0 {
		w.formatted(changes)
		class = strings.TrimSpace(class + " fmt")
	}
	w.open(p.now, class)
	if p.now.Leaf() {
		w.flush()
		w.spans(p.words)
	} else {
		w.pieces(p.kids)
	}
	w.close(p.now)
}

// formatted notes what changed but for words.
func (w *writer) formatted(changes []string) {
	w.counts.Formats++
	w.notes = append(w.notes, `<span class="say"`+w.change()+`>［`+w.say("proof.format", nil)+strings.Join(changes, w.say("proof.and", nil))+`］</span>`)
}

// settings says how a block is set otherwise.
func (w *writer) settings(was, now *body.Node) (out []string) {
	if was.Kind != now.Kind && was.Kind != "" && now.Kind != "" {
		out = append(out, w.became("proof.kind", w.o.Say("proof.kind."+was.Kind, nil), w.o.Say("proof.kind."+now.Kind, nil)))
	}
	if was.Class != now.Class {
		out = append(out, w.became("proof.align", w.o.Say("proof.align."+side(was.Class), nil), w.o.Say("proof.align."+side(now.Class), nil)))
	}
	if was.Colspan != now.Colspan || was.Rowspan != now.Rowspan {
		size := func(n *body.Node) string { return fmt.Sprintf("%d×%d", max(1, n.Rowspan), max(1, n.Colspan)) }
		out = append(out, w.became("proof.merged", size(was), size(now)))
	}
	return out
}

// became names a setting, what it was and what it is.
func (w *writer) became(code, was, now string) string {
	value := func(s string) string {
		if s == "" {
			return w.say("proof.none", nil)
		}
		return html.EscapeString(s)
	}
	return w.say(code, nil) + " " + value(was) + " → " + value(now)
}

func side(class string) string {
	switch class {
	case "ta-c":
		return "centre"
	case "ta-r":
		return "right"
	}
	return "left"
}

func (w *writer) open(n *body.Node, class string) {
	if n.Kind == "" {
		return
	}
	w.WriteString("<" + n.Kind)
	if class = strings.TrimSpace(n.Class + " " + class); class != "" {
		w.WriteString(` class="` + class + `"`)
	}
	if n.Colspan > 1 {
		w.WriteString(` colspan="` + strconv.Itoa(n.Colspan) + `"`)
	}
	if n.Rowspan > 1 {
		w.WriteString(` rowspan="` + strconv.Itoa(n.Rowspan) + `"`)
	}
	w.WriteString(">")
	if n.Kind == "td" || n.Kind == "th" || n.Kind == "li" {
		w.flush()
	}
}

func (w *writer) close(n *body.Node) {
	if n.Kind != "" {
		w.WriteString("</" + n.Kind + ">\n")
	}
}

// whole writes a block of one text. Each of its leaves is marked, so that a line
// says what became of it wherever a reader enters.
func (w *writer) whole(n *body.Node, o op, class string) {
	w.open(n, class)
	switch {
	case n.Leaf():
		w.flush()
		w.marked(o, n.Runs)
	case len(n.Kids) == 0 && o != same:
		w.marked(o, nil)
	}
	for _, k := range n.Kids {
		w.whole(k, o, strings.TrimSpace(strings.TrimSuffix(class, "moved")))
	}
	w.close(n)
}

func (w *writer) spans(spans []span) {
	for _, s := range spans {
		switch s.op {
		case removed:
			w.marked(removed, runs(s.was))
		case added:
			w.marked(added, runs(s.now))
		default:
			w.reset(s)
		}
	}
}

// marked writes words that are in one text only, or in both for same.
func (w *writer) marked(o op, runs []body.Run) {
	tag, code := "del", "proof.removed"
	switch o {
	case same:
		w.runs(runs, same)
		return
	case added:
		tag, code = "ins", "proof.added"
	}
	w.WriteString("<" + tag)
	if !w.apart {
		w.count(o, runs)
		w.WriteString(w.change())
	}
	w.WriteString(`><span class="off">［` + w.say(code, nil) + `</span>`)
	if len(runs) == 0 {
		w.WriteString(`<span class="say">` + w.say("proof.empty", nil) + `</span>`)
	}
	w.runs(runs, o)
	w.WriteString(`<span class="off">］</span></` + tag + ">")
}

func (w *writer) count(o op, runs []body.Run) {
	n := 0
	for _, r := range runs {
		for _, c := range r.Text {
			if !unicode.IsSpace(c) {
				n++
			}
		}
		if r.Image != "" {
			w.counts.Images++
		}
	}
	if o == added {
		w.counts.Added += n
	} else {
		w.counts.Removed += n
	}
}

// reset writes words that stayed, saying where they are set otherwise.
func (w *writer) reset(s span) {
	for i := 0; i < len(s.now); {
		n := i + 1
		for n < len(s.now) && setting(s.was[n]) == setting(s.was[i]) && setting(s.now[n]) == setting(s.now[i]) {
			n++
		}
		if setting(s.was[i]) == setting(s.now[i]) {
			w.runs(runs(s.now[i:n]), same)
		} else {
			w.WriteString(`<span class="fmt">`)
			w.runs(runs(s.now[i:n]), same)
			w.WriteString("</span>")
			w.formatted(w.styles(s.was[i].run, s.now[i].run))
			w.flush()
		}
		i = n
	}
}

type set struct {
	body.Style
	alt string
}

func setting(t token) set { return set{t.run.Style, t.run.Alt} }

func (w *writer) styles(was, now *body.Run) (out []string) {
	turned := func(code string, was, now bool) {
		switch {
		case now && !was:
			out = append(out, w.say(code+".on", nil))
		case was && !now:
			out = append(out, w.say(code+".off", nil))
		}
	}
	turned("proof.bold", was.Strong, now.Strong)
	turned("proof.italic", was.Emph, now.Emph)
	turned("proof.underline", was.Underline, now.Underline)
	if was.Link != now.Link {
		out = append(out, w.became("proof.link", was.Link, now.Link))
	}
	if was.Alt != now.Alt {
		out = append(out, w.became("proof.alt", was.Alt, now.Alt))
	}
	return out
}

// runs joins tokens that are set alike.
func runs(tokens []token) []body.Run {
	var out []body.Run
	for i := 0; i < len(tokens); {
		r := *tokens[i].run
		var s strings.Builder
		n := i
		for ; n < len(tokens) && tokens[n].text != "" && tokens[n].run.Style == r.Style; n++ {
			s.WriteString(tokens[n].text)
		}
		r.Text = s.String()
		out = append(out, r)
		i = max(n, i+1)
	}
	return out
}

func (w *writer) runs(runs []body.Run, o op) {
	for _, r := range runs {
		end := ""
		tag := func(on bool, name, attr string) {
			if on {
				w.WriteString("<" + name + attr + ">")
				end = "</" + name + ">" + end
			}
		}
		tag(r.Link != "", "a", ` href="`+html.EscapeString(r.Link)+`"`)
		tag(r.Strong, "strong", "")
		tag(r.Emph, "em", "")
		tag(r.Underline, "u", "")
		switch {
		case r.Break && o == same:
			w.WriteString("<br>")
		case r.Break:
			w.WriteString(`<span class="say">↵</span><br>`)
		case r.Image != "":
			src := r.Image
			if w.o.Picture != nil {
				src = w.o.Picture(src, o == removed)
			}
			w.WriteString(`<img src="` + html.EscapeString(src) + `" alt="` + html.EscapeString(r.Alt) + `">`)
		default:
			w.WriteString(html.EscapeString(r.Text))
		}
		w.WriteString(end)
	}
}
