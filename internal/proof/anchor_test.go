package proof

import (
	"fmt"
	"html"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// A glyph is a character that can be told from an equal one, through all edits.
type glyph struct {
	r  rune
	id int
}

type sheet [][]glyph

func (s sheet) html() string {
	var b strings.Builder
	for _, l := range s {
		b.WriteString("<p>" + html.EscapeString(spell(l)) + "</p>\n")
	}
	return b.String()
}

func spell(l []glyph) string {
	out := make([]rune, len(l))
	for i, g := range l {
		out[i] = g.r
	}
	return string(out)
}

// officialese is what offices write: the same turns over and over.
var officialese = strings.Fields("各有关单位要高度重视， 切实加强组织领导， 明确责任分工， 有序开展政府信息公开工作， 依法依规公开， 及时公开， 做到应公开尽公开， 市财政局、市教育局按照职责分工负责， 确保工作落到实处。 进一步提高工作质量和水平。 经市政府同意，现就有关事项通知如下。 受理申请43件。 受理申请56件。 予以公开12件， 部分公开3件， 各有关单位要加强协调配合， 加强监督检查。 于年底前完成。")

type writerOfSheets struct {
	*rand.Rand
	next int
}

func (w *writerOfSheets) write(n int) (out []glyph) {
	for range n {
		for _, r := range officialese[w.IntN(len(officialese))] {
			w.next++
			out = append(out, glyph{r, w.next})
		}
	}
	return out
}

func (w *writerOfSheets) edit(s sheet) sheet {
	i := w.IntN(len(s))
	l := slices.Clone(s[i])
	from := w.IntN(len(l))
	to := min(len(l), from+1+w.IntN(6))
	switch w.IntN(9) {
	case 0, 1:
		l = slices.Concat(l[:from], w.write(1), l[from:]) // a clause more
	case 2, 3:
		l = slices.Concat(l[:from], w.write(1)[:2], l[to:]) // other words
	case 4:
		l = slices.Delete(l, from, to)
	case 5:
		return slices.Insert(slices.Clone(s), i, w.write(3+w.IntN(6)))
	case 6:
		return slices.Delete(slices.Clone(s), i, i+1)
	case 7:
		rest := slices.Delete(slices.Clone(s), i, i+1)
		return slices.Insert(rest, w.IntN(len(rest)+1), l)
	case 8:
		if from == 0 {
			return s
		}
		return slices.Concat(s[:i], sheet{l[:from], l[from:]}, s[i+1:]) // two paragraphs of one
	}
	s = slices.Clone(s)
	if s[i] = l; len(l) == 0 {
		s = slices.Delete(s, i, i+1)
	}
	return s
}

// TestAnchorsAreFoundOrOrphanedNeverGuessed resolves 400 quotes a round in a text
// that was edited 13 times. A quote that is found consists of the very characters
// it was taken from, or has the same ones around it on one side.
func TestAnchorsAreFoundOrOrphanedNeverGuessed(t *testing.T) {
	how := map[How]int{}
	otherwise := 0
	for round := range 25 {
		w := &writerOfSheets{rand.New(rand.NewPCG(11, uint64(round))), 0}
		var was sheet
		for range 40 {
			was = append(was, w.write(3+w.IntN(7)))
		}
		now := was
		for range 13 {
			now = w.edit(now)
		}
		first, second, carried := Read(was.html()), Read(now.html()), Carry(was.html(), now.html())
		for range 400 {
			i := w.IntN(len(was))
			l := was[i]
			start := w.IntN(len(l) - 1)
			end := min(len(l), start+2+w.IntN(12))
			a, ok := first.Capture(i, start, end)
			if !ok {
				t.Fatal("nothing captured")
			}
			if p := first.Resolve(a); p.How != Exact || p.Block != i || p.Start != start {
				t.Fatalf("in its own text %q is at %+v", a.Quote, p)
			}
			a.Block = carried[i]
			p := second.Resolve(a)
			how[p.How]++
			if p.How == Orphan {
				continue
			}
			got := now[p.Block]
			switch {
			case p.How == Near:
				if before, after := l[:start], l[end:]; !(p.Start > 0 && start > 0 && got[p.Start-1] == before[start-1]) && !(p.End < len(got) && len(after) > 0 && got[p.End] == after[0]) &&
					!alikeBefore(l, start, got, p.Start) {
					t.Errorf("round %d: %q was put on %q in %q, not from %q", round, a.Quote, spell(got[p.Start:p.End]), spell(got), spell(l))
				}
			case !slices.Equal(got[p.Start:p.End], l[start:end]):
				otherwise++
				if spell(got[p.Start:p.End]) != a.Quote || !alikeBefore(l, start, got, p.Start) {
					t.Errorf("round %d: %q of %q is not that of %q", round, a.Quote, spell(l), spell(got))
				}
			}
		}
	}
	t.Logf("%v, %d of equal characters with equal ones around", how, otherwise)
	if found := how[Exact] + how[Quoted]; found < 8800 {
		t.Errorf("only %d of 10000 found", found)
	}
}

// alikeBefore is the measure of a right place: the 8 characters before it, or the
// opening of the paragraph, are the same.
func alikeBefore(was []glyph, at int, now []glyph, place int) bool {
	opening := func(l []glyph) string { return spell(l[:min(8, len(l))]) }
	return spell(was[max(0, at-8):at]) == spell(now[max(0, place-8):place]) || opening(was) == opening(now)
}

func TestAnchorsOfTablesAndLists(t *testing.T) {
	was := canonical(t, "<h2>一、总体情况</h2><ul><li>主动公开政府信息</li><li>依申请公开</li></ul><table><tr><td>受理申请</td><td>43</td></tr><tr><td>予以公开</td><td>43</td></tr></table><p>第一行<br>第二行</p>")
	now := canonical(t, "<h2>一、总体情况</h2><p>新的一段。</p><ul><li>依申请公开</li><li>主动公开政府信息</li></ul><table><tr><td>受理申请</td><td>43</td></tr><tr><td>结转办理</td><td>1</td></tr><tr><td>予以公开</td><td>43</td></tr></table><p>第一行<br>第二行和第三行</p>")
	for _, c := range []struct {
		quote, prefix string
		block         int
		want          Place
	}{
		{"总体", "一、", 0, Place{0, 2, 4, Exact}},
		{"主动公开", "", 1, Place{3, 0, 4, Exact}},
		{"行\n第二", "", 7, Place{10, 2, 6, Quoted}},
		{"依申请", "", 2, Place{2, 0, 3, Exact}},
	} {
		text := Read(was)
		a, n := text.Find(c.quote, c.prefix, "")
		if n != 1 || a.Block != c.block {
			t.Fatalf("%q: %d places, %+v", c.quote, n, a)
		}
		a.Block = Carry(was, now)[a.Block]
		if got := Read(now).Resolve(a); got != c.want {
			t.Errorf("%q: %+v, want %+v", c.quote, got, c.want)
		}
	}
	if _, n := Read(was).Find("43", "", ""); n != 2 {
		t.Errorf("43 means %d places", n)
	}
	a, _ := Read(was).Capture(6, 0, 2)
	a.Block = Carry(was, now)[6]
	if got := Read(now).Resolve(a); got != (Place{9, 0, 2, Exact}) {
		t.Errorf("the second 43 is at %+v", got)
	}
	if _, n := Read(was).Find("没有的话", "", ""); n != 0 {
		t.Errorf("%d places of what is not there", n)
	}
}

func TestRewrittenWordsAreShownBetweenWhatStoodAround(t *testing.T) {
	was, now := "<p>各有关单位要在十二月底前完成自查并报送材料。</p>", "<p>各有关单位要在下一年一月底前完成自查并报送材料。</p>"
	a, _ := Read(was).Find("十二月", "", "")
	p := Read(now).Resolve(a)
	if p != (Place{0, 7, 12, Near}) || p.Stands() {
		t.Errorf("%+v", p)
	}
	if p := Read("<p>另外一段话。</p>").Resolve(a); p.How != Orphan {
		t.Errorf("guessed %+v", p)
	}
}

func BenchmarkResolve(b *testing.B) {
	w := &writerOfSheets{rand.New(rand.NewPCG(1, 1)), 0}
	var s sheet
	for range 60 {
		s = append(s, w.write(10))
	}
	text := Read(s.html())
	a, _ := text.Capture(30, 5, 12)
	for b.Loop() {
		if text.Resolve(a).How != Exact {
			b.Fatal(fmt.Sprint(a))
		}
	}
}
