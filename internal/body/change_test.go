package body

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestSmallChangesAreOfWordingAndLayout(t *testing.T) {
	const from = `<p>2025年全区新增科技型企业43家，研发投入增长12.5%。</p><p>一愁莫展的日子过去了，见<a href="https://a.example/x">通知</a>。</p><table><tbody><tr><td>甲</td><td>0</td></tr></tbody></table>`
	change := func(old, new string) string {
		if !strings.Contains(from, old) {
			t.Fatalf("no %s", old)
		}
		return strings.Replace(from, old, new, 1)
	}
	for name, to := range map[string]string{
		"nothing":           from,
		"a typo":            change("一愁莫展", "一筹莫展"),
		"a comma":           change("43家，", "43家；"),
		"ten characters":    change("的日子过去了，", "的那些个不好过的日子业已都过去了，"),
		"bold":              change("研发投入", "<strong>研发投入</strong>"),
		"a heading":         change("<p>2025年全区新增科技型企业43家，研发投入增长12.5%。</p>", "<h2>2025年全区新增科技型企业43家，研发投入增长12.5%。</h2>"),
		"a paragraph split": change("43家，", "43家。</p><p>"),
	} {
		if !SmallChange(from, to, 10) {
			t.Errorf("%s is not small", name)
		}
	}
	for name, to := range map[string]string{
		"a digit":              change("43家", "34家"),
		"a digit that is gone": change("43家", "家"),
		"a decimal point":      change("12.5%", "125%"),
		"a percent sign":       change("12.5%", "12.5"),
		"a Chinese numeral":    change("全区新增", "全区新增三百"),
		"a magnitude":          change("43家", "43万家"),
		"a link":               change("https://a.example/x", "https://b.example/x"),
		"the words of a link":  change(">通知<", ">公告<"),
		"another link":         change("过去了", `<a href="https://b.example/">过去了</a>`),
		"a picture":            change("研发投入", `<img src="/blob/sha256:`+strings.Repeat("0", 64)+`" alt="图">研发投入`),
		"a cell":               change("<td>甲</td>", "<td>乙</td>"),
		"a row":                change("</tbody>", "<tr><td>乙</td><td></td></tr></tbody>"),
		"eleven characters":    change("的日子过去了，", "的那些个不好过的日子业已全都过去了，"),
		"another text":         "<p>另一篇正文。</p>",
		"no text":              "",
	} {
		if SmallChange(from, to, 10) {
			t.Errorf("%s is small", name)
		}
	}
}

// TestWithinCountsAsTheWholeTableDoes holds the band against the full table of
// distances.
func TestWithinCountsAsTheWholeTableDoes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	word := func() []rune {
		out := make([]rune, r.IntN(9))
		for i := range out {
			out[i] = rune('a' + r.IntN(3))
		}
		return out
	}
	for range 20_000 {
		a, b, most := word(), word(), r.IntN(6)
		if got, want := within(a, b, most), distance(a, b) <= most; got != want {
			t.Fatalf("%q to %q within %d: %v", string(a), string(b), most, got)
		}
	}
	long := []rune(strings.Repeat("正文", 200_000))
	other := append([]rune("改"), long...)
	other[len(other)-1] = '改'
	if !within(long, other, 2) || within(long, other, 1) {
		t.Error("two changes at the ends of a long text are miscounted")
	}
}

func distance(a, b []rune) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		for j := range d[i] {
			switch {
			case i == 0:
				d[i][j] = j
			case j == 0:
				d[i][j] = i
			default:
				same := 1
				if a[i-1] == b[j-1] {
					same = 0
				}
				d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+same)
			}
		}
	}
	return d[len(a)][len(b)]
}
