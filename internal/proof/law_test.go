package proof

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"gongkai/internal/body"
)

// bare says codes as they are.
var bare = Options{Say: func(code string, args map[string]any) string {
	if len(args) == 0 {
		return code
	}
	return fmt.Sprint(code, args)
}}

func canonical(t testing.TB, source string) string {
	t.Helper()
	out, err := body.Sanitise(source)
	if err != nil {
		t.Fatalf("%v\n%.2000s", err, source)
	}
	return out
}

// written is the HTML of nodes without any mark.
func written(nodes []*body.Node) string {
	w := &writer{o: bare}
	for _, n := range nodes {
		w.whole(n, same, "")
	}
	return w.String()
}

// sideOf takes pieces by their earlier or later side.
func sideOf(pieces []*piece, later bool) (out []*body.Node) {
	for _, p := range pieces {
		switch {
		case p.op == removed && later, p.op == added && !later:
			continue
		case p.inside != nil:
			out = append(out, sideOf([]*piece{p.inside}, later)...)
			continue
		case p.op == same || p.op == added:
			out = append(out, p.now)
			continue
		case p.op == removed:
			out = append(out, p.was)
			continue
		}
		n := *p.was
		if later {
			n = *p.now
		}
		n.Kids, n.Runs = sideOf(p.kids, later), nil
		for _, s := range p.words {
			if tokens := s.was; later {
				n.Runs = append(n.Runs, runs(s.now)...)
			} else {
				n.Runs = append(n.Runs, runs(tokens)...)
			}
		}
		out = append(out, &n)
	}
	return out
}

// resolved is what a reader has of a redline who takes all changes, or none:
// ours are the words and links of class say, the folds, and what is off screen.
func resolved(t testing.TB, redline string, accept bool) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(redline))
	if err != nil {
		t.Fatal(err)
	}
	drop := []string{"ins", "moved"}
	if accept {
		drop = []string{"del"}
	}
	var s strings.Builder
	var write func(n *html.Node)
	write = func(n *html.Node) {
		if n.Type == html.TextNode {
			s.WriteString(html.EscapeString(n.Data))
			return
		}
		classes := []string{n.Data}
		for _, a := range n.Attr {
			if a.Key == "class" {
				classes = append(classes, strings.Fields(a.Val)...)
			}
		}
		has := func(names ...string) bool {
			return slices.ContainsFunc(classes, func(c string) bool { return slices.Contains(names, c) })
		}
		if has("say", "off", "summary") {
			return
		}
		if has(drop...) && !(!accept && has("del")) {
			return
		}
		ours := has("html", "head", "body", "details", "span", "ins", "del") && !has("p", "h1", "h2", "h3", "h4", "li", "ul", "ol", "table", "caption", "thead", "tbody", "tr", "td", "th", "blockquote")
		if n.Type == html.ElementNode && !ours {
			s.WriteString("<" + n.Data)
			for _, a := range n.Attr {
				if a.Key != "id" {
					fmt.Fprintf(&s, ` %s="%s"`, a.Key, html.EscapeString(a.Val))
				}
			}
			s.WriteString(">")
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			write(c)
		}
		if n.Type == html.ElementNode && !ours && n.Data != "br" && n.Data != "img" {
			s.WriteString("</" + n.Data + ">")
		}
	}
	write(root)
	return canonical(t, s.String())
}

var settings = regexp.MustCompile(`</?(a|strong|em|u)( [^>]*)?>| (class|colspan|rowspan|alt)="[^"]*"`)
var kinds = strings.NewReplacer("<h1>", "<br>", "<h2>", "<br>", "<h3>", "<br>", "<h4>", "<br>", "<p>", "<br>", "</h1>", "<br>", "</h2>", "<br>", "</h3>", "<br>", "</h4>", "<br>", "</p>", "<br>", "ol>", "ul>", "th>", "td>")
var breaks = regexp.MustCompile(`(\s*<br>\s*)+`)
var edges = regexp.MustCompile(`(?:<br>)?(</?(?:ul|li|table|caption|thead|tbody|tr|td|blockquote)>)(?:<br>)?`)

// words is a text with nothing left of how it is set: a line is a line, be it
// a heading, a paragraph or bare.
func words(s string) string {
	return edges.ReplaceAllString(breaks.ReplaceAllString(kinds.Replace(settings.ReplaceAllString(s, "")), "<br>"), "$1")
}

// keepsTheLaws says that a comparison holds both texts, whole, in what it knows
// and in what it shows.
func keepsTheLaws(t testing.TB, was, now string) Redline {
	t.Helper()
	was, now = canonical(t, was), canonical(t, now)
	pieces := newComparison().siblings(body.Tree(was).Kids, body.Tree(now).Kids)
	o := bare
	o.Fold = len(was)%2 == 0
	r := Compare(was, now, o)
	for _, c := range []struct{ law, got, want string }{
		{"accepting all", canonical(t, written(sideOf(pieces, true))), now},
		{"rejecting all", canonical(t, written(sideOf(pieces, false))), was},
		{"the page accepted", resolved(t, r.HTML, true), now},
		{"the page rejected", words(resolved(t, r.HTML, false)), words(was)},
	} {
		if c.got != c.want {
			t.Fatalf("%s gives\n%s\nwant\n%s\nfrom\n%s", c.law, c.got, c.want, r.HTML)
		}
	}
	if r.Same() != (was == now) {
		t.Errorf("same: %v, equal: %v\n%s\n%s\n%s", r.Same(), was == now, was, now, r.HTML)
	}
	numbered := map[string]int{}
	for _, id := range regexp.MustCompile(` id="(c\d+)"`).FindAllString(r.HTML, -1) {
		if numbered[id]++; numbered[id] > 1 {
			t.Errorf("%s twice", id)
		}
	}
	if again := Compare(was, now, o); again.HTML != r.HTML {
		t.Error("the same comparison came out otherwise")
	}
	return r
}

func sample(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestRandomEditsKeepTheLaws(t *testing.T) {
	for round := range 250 {
		r := rand.New(rand.NewPCG(7, uint64(round)))
		root := &body.Node{Kind: "root", Kids: blocks(r, 1+r.IntN(12), 0)}
		was := canonical(t, written(root.Kids))
		for range 1 + r.IntN(8) {
			edit(r, root)
		}
		now := canonical(t, written(root.Kids))
		keepsTheLaws(t, was, now)
		if t.Failed() {
			t.Fatalf("round %d", round)
		}
	}
}

var phrases = strings.Fields("有序开展公共信用信息归集，与修复。 明确办理时限、责任单位 2026年3月底前 43.5% https://example.cn café 👩‍👩‍👧 完成！ <script>alert(1)</script> &amp; é㐂𠮷 一 的 ； （责任单位：市财政局）。 PM2.5 of the 重点任务 经市政府同意，现就有关事项通知如下。")

func line(r *rand.Rand) (out []body.Run) {
	for range 1 + r.IntN(5) {
		x := body.Run{Text: phrases[r.IntN(len(phrases))]}
		switch r.IntN(12) {
		case 0:
			x = body.Run{Break: true}
		case 1:
			x = picture(r)
		case 2:
			x.Strong = true
		case 3:
			x.Link = fmt.Sprintf("https://example.cn/%d", r.IntN(3))
		case 4:
			x.Emph, x.Underline = true, r.IntN(2) == 0
		case 5:
			x.Text += " "
		}
		out = append(out, x)
	}
	return out
}

func picture(r *rand.Rand) body.Run {
	return body.Run{Image: "/blob/sha256:" + strings.Repeat(fmt.Sprint(r.IntN(3)), 64), Alt: phrases[r.IntN(4)]}
}

func blocks(r *rand.Rand, n, depth int) (out []*body.Node) {
	for range n {
		k := &body.Node{Kind: []string{"p", "p", "p", "h2", "h3", "ul", "ol", "table", "blockquote"}[r.IntN(9-2*min(depth, 2))]}
		switch k.Kind {
		case "ul", "ol":
			for range 1 + r.IntN(4) {
				k.Kids = append(k.Kids, &body.Node{Kind: "li", Kids: inside(r, depth)})
			}
		case "blockquote":
			k.Kids = blocks(r, 1+r.IntN(2), depth+1)
		case "table":
			if r.IntN(3) == 0 {
				k.Kids = append(k.Kids, &body.Node{Kind: "caption", Runs: line(r)})
			}
			width := 1 + r.IntN(4)
			for _, part := range []string{"thead", "tbody"}[r.IntN(2):] {
				p := &body.Node{Kind: part}
				for range 1 + r.IntN(4) {
					p.Kids = append(p.Kids, row(r, width, depth))
				}
				k.Kids = append(k.Kids, p)
			}
		default:
			k.Runs = line(r)
			k.Class = []string{"", "", "ta-c", "ta-r"}[r.IntN(4)]
		}
		out = append(out, k)
	}
	return out
}

func row(r *rand.Rand, width, depth int) *body.Node {
	row := &body.Node{Kind: "tr"}
	for range width {
		c := &body.Node{Kind: []string{"td", "th"}[r.IntN(2)], Colspan: r.IntN(4), Rowspan: r.IntN(3)}
		if r.IntN(5) > 0 {
			c.Kids = inside(r, depth)
		}
		row.Kids = append(row.Kids, c)
	}
	return row
}

func inside(r *rand.Rand, depth int) []*body.Node {
	if r.IntN(4) == 0 && depth < 2 {
		return blocks(r, 1+r.IntN(2), depth+1)
	}
	return []*body.Node{{Runs: line(r)}}
}

// edit changes one thing somewhere below n.
func edit(r *rand.Rand, n *body.Node) {
	if n.Leaf() {
		editLine(r, n)
		return
	}
	if len(n.Kids) == 0 {
		if n.Kind == "td" || n.Kind == "th" {
			n.Kids = inside(r, 2)
		}
		return
	}
	i := r.IntN(len(n.Kids))
	if r.IntN(3) > 0 {
		edit(r, n.Kids[i])
		return
	}
	switch r.IntN(5) {
	case 0:
		n.Kids = slices.Delete(slices.Clone(n.Kids), i, i+1)
	case 1, 2:
		moved := n.Kids[i]
		rest := slices.Delete(slices.Clone(n.Kids), i, i+1)
		n.Kids = slices.Insert(rest, r.IntN(len(rest)+1), moved)
	case 3:
		n.Kids = slices.Insert(slices.Clone(n.Kids), i, fresh(r, n, n.Kids[i]))
	case 4:
		k := n.Kids[i]
		switch k.Kind {
		case "p", "h2", "h3":
			k.Kind, k.Class = []string{"p", "h2", "h3"}[r.IntN(3)], []string{"", "ta-c"}[r.IntN(2)]
		case "td", "th":
			k.Kind, k.Colspan = []string{"td", "th"}[r.IntN(2)], r.IntN(3)
		case "ul", "ol":
			k.Kind = []string{"ul", "ol"}[r.IntN(2)]
		}
	}
}

func fresh(r *rand.Rand, parent, like *body.Node) *body.Node {
	switch {
	case like.Kind == "tr":
		return row(r, len(like.Kids), 1)
	case like.Kind == "td" || like.Kind == "th":
		return row(r, 1, 1).Kids[0]
	case like.Kind == "li":
		return &body.Node{Kind: "li", Kids: inside(r, 1)}
	case parent.Kind == "table":
		return &body.Node{Kind: "tbody", Kids: []*body.Node{row(r, 2, 2)}}
	}
	return blocks(r, 1, 1)[0]
}

func editLine(r *rand.Rand, n *body.Node) {
	if len(n.Runs) == 0 {
		n.Runs = line(r)
		return
	}
	n.Runs = slices.Clone(n.Runs)
	x := &n.Runs[r.IntN(len(n.Runs))]
	switch r.IntN(6) {
	case 0:
		x.Strong = !x.Strong
	case 1:
		x.Link = []string{"", "https://example.cn/9"}[r.IntN(2)]
	case 2:
		n.Runs = append(n.Runs, line(r)...)
	case 3:
		*x = picture(r)
	default:
		text := []rune(x.Text)
		if len(text) > 0 {
			i := r.IntN(len(text))
			text = append(text[:i:i], append([]rune(phrases[r.IntN(len(phrases))]), text[min(len(text), i+r.IntN(4)):]...)...)
			x.Text = string(text)
		}
	}
}

func sanitised(s string) (string, bool) {
	out, err := body.Sanitise(s)
	return out, err == nil
}
