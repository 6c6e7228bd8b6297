package proof

import (
	"errors"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"gongkai/internal/body"
)

func TestSuggestedWordsReplaceTheOldOnesAndNothingElse(t *testing.T) {
	source := canonical(t, `<h2>一、<strong>总体</strong>情况</h2><p>受理<strong>申请</strong>43件，<a href="https://example.cn/">详见附表</a>。<br>第二行</p><table><tr><td>受理</td><td>43</td></tr></table>`)
	at := func(block, start, end int, words string) Change {
		return Change{Place{block, start, end, Exact}, words}
	}
	for _, c := range []struct {
		what    string
		changes []Change
		want    string
	}{
		{"one word", []Change{at(1, 4, 6, "56")}, strings.Replace(source, "43件", "56件", 1)},
		{"words in two styles", []Change{at(1, 0, 4, "共收到申请")}, strings.Replace(source, "受理<strong>申请</strong>43", "共收到申请43", 1)},
		{"bold words stay bold", []Change{at(1, 2, 4, "请求")}, strings.Replace(source, "<strong>申请</strong>", "<strong>请求</strong>", 1)},
		{"a link stays one", []Change{at(1, 8, 12, "见附件")}, strings.Replace(source, "详见附表", "见附件", 1)},
		{"out", []Change{at(1, 7, 12, "")}, strings.Replace(source, `，<a href="https://example.cn/">详见附表</a>`, "", 1)},
		{"a whole line out", []Change{at(0, 0, 6, "")}, source[strings.Index(source, "<p>"):]},
		{"over a break", []Change{at(1, 12, 16, "；第三")}, strings.Replace(source, "。<br>第二行", "；第三行", 1)},
		{"a break in", []Change{at(1, 16, 17, "行\n第三行")}, strings.Replace(source, "第二行", "第二行<br>第三行", 1)},
		{"several, out of order", []Change{at(3, 0, 2, "56"), at(1, 4, 6, "56"), at(1, 0, 2, "收到"), at(0, 2, 4, "基本")},
			strings.NewReplacer("43", "56", "<p>受理", "<p>收到", "总体", "基本").Replace(source)},
		{"hostile", []Change{at(3, 0, 2, `</td><script>alert(1)</script><img src=x onerror=alert(1)>&amp;`)},
			strings.Replace(source, "<td>43</td>", "<td>&lt;/td&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&amp;amp;</td>", 1)},
	} {
		got, err := Replace(source, c.changes)
		if err != nil || got != c.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", c.what, err, got, c.want)
		}
	}
	if _, err := Replace(source, []Change{at(1, 4, 6, "56"), at(1, 5, 7, "人")}); !errors.Is(err, ErrOverlap) {
		t.Errorf("overlapping changes: %v", err)
	}
}

func TestPicturesBetweenReplacedWordsStay(t *testing.T) {
	img := `<img src="/blob/sha256:` + strings.Repeat("0", 64) + `" alt="图">`
	got, err := Replace("<p>甲乙"+img+"丙丁</p>\n", []Change{{Place{0, 1, 3, Exact}, "新"}})
	if want := "<p>甲新" + img + "丁</p>\n"; err != nil || got != want {
		t.Errorf("%v %s", err, got)
	}
}

var ours = regexp.MustCompile(`<mark[^>]*>|</mark>|<sup class="rm">.*?</sup>`)

func TestMarksChangeNoWord(t *testing.T) {
	for round := range 200 {
		r := rand.New(rand.NewPCG(3, uint64(round)))
		root := &body.Node{Kind: "root", Kids: blocks(r, 1+r.IntN(8), 0)}
		source := canonical(t, written(root.Kids))
		text := Read(source)
		var marks []Mark
		for id := range 6 {
			if len(text.lines) == 0 {
				continue
			}
			i := r.IntN(len(text.lines))
			start := r.IntN(len(text.lines[i]))
			marks = append(marks, Mark{Place{i, start, min(len(text.lines[i]), start+1+r.IntN(9)), Exact}, int64(id + 1), "<1>"})
		}
		got := Marked(source, marks)
		if bare := canonical(t, ours.ReplaceAllString(got, "")); bare != source {
			t.Fatalf("round %d:\n%s\nbecame\n%s", round, source, got)
		}
		for _, m := range marks {
			if n := strings.Count(got, ` id="at-`+string(rune('0'+m.ID))+`"`); n != 1 {
				t.Errorf("round %d: mark %d begins %d times\n%s", round, m.ID, n, got)
			}
		}
		if strings.Count(got, `<sup class="rm">`) != len(marks) || strings.Contains(got, "<1>") {
			t.Errorf("round %d: %s", round, got)
		}
	}
}

func TestMarkedSaysWhichWords(t *testing.T) {
	got := Marked(`<p>各<strong>有关单位</strong>要</p>`, []Mark{{Place{0, 2, 6, Exact}, 7, "1"}, {Place{0, 0, 9, Orphan}, 8, "2"}})
	want := "<p>各<strong>有</strong><mark id=\"at-7\" data-remark=\"7\"><strong>关单位</strong></mark><mark data-remark=\"7\">要</mark><sup class=\"rm\"><a href=\"#remark-7\">1</a></sup></p>\n"
	if got != want {
		t.Errorf("%s", got)
	}
}
