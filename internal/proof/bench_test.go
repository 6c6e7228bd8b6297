package proof

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"gongkai/internal/body"
)

// long is an official text of so many characters and what it became: in every
// paragraph some words changed, some paragraphs came, went and moved.
func long(t testing.TB, chars int) (was, now string) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 1))
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	var a, b []string
	for n := 0; n < chars; {
		var s strings.Builder
		fmt.Fprintf(&s, "（%d）", len(a)%20+1)
		for range 2 + r.IntN(3) {
			s.WriteString(pick("有序开展", "统筹推进", "加快建设", "深入落实", "分类实施", "不断完善", "持续优化", "全面规范") +
				pick("公共信用信息归集与修复", "工程建设项目全流程在线审批", "企业开办“一件事”集成服务", "公平竞争审查制度", "惠企政策直达快享机制", "政务数据共享责任清单", "政府采购电子化交易") + "，" +
				pick("明确办理时限、责任单位和监督方式，并于每季度末向社会公布进展情况。", "建立问题台账，实行销号管理，确保整改到位、责任到人、成效可查。", "对确需延期的事项应当书面说明理由，经分管负责同志同意后方可调整。", "严禁以任何形式增设前置条件或者变相收取费用，切实减轻企业负担。"))
		}
		n += len([]rune(s.String()))
		a = append(a, s.String())
	}
	for _, p := range a {
		text := []rune(p)
		for range 1 + r.IntN(3) {
			i := 4 + r.IntN(len(text)-8)
			text = append(text[:i:i], append([]rune(pick("原则上", "依法", "", "应当")), text[i+r.IntN(4):]...)...)
		}
		switch r.IntN(20) {
		case 0:
			continue
		case 1:
			b = append(b, "新增的一段，"+pick("明确", "规范")+"有关要求"+fmt.Sprint(r.IntN(1000))+"。")
		}
		b = append(b, string(text))
	}
	b = append(b[len(b)/8:], b[:len(b)/8]...)
	text := func(all []string) string { return canonical(t, "<p>"+strings.Join(all, "</p><p>")+"</p>") }
	return text(a), text(b)
}

// BenchmarkRedline compares texts of 6,000 and of 48,000 characters in which
// every paragraph changed. The yardstick is reading both texts, which any
// comparison has to do: the ratio says how much more the redline is.
func BenchmarkRedline(b *testing.B) {
	for _, chars := range []int{6_000, 48_000} {
		b.Run(fmt.Sprint(chars), func(b *testing.B) {
			was, now := long(b, chars)
			var reading time.Duration
			for b.Loop() {
				b.StopTimer()
				start := time.Now()
				body.Tree(was)
				body.Tree(now)
				reading += time.Since(start)
				b.StartTimer()
				if Compare(was, now, bare).Changes < chars/200 {
					b.Fatal("too little changed")
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()/reading.Seconds(), "×reading")
		})
	}
}
