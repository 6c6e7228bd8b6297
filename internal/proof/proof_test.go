package proof

import (
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"gongkai/internal/catalogue"
)

var update = flag.Bool("update", false, "write the golden files anew")

func chinese(t testing.TB) Options {
	t.Helper()
	words, err := catalogue.Load(os.DirFS("../../web/i18n"))
	if err != nil {
		t.Fatal(err)
	}
	return Options{Say: func(code string, args map[string]any) string {
		if !words.Has(code) {
			t.Errorf("%s has no sentence", code)
		}
		return words.Say(catalogue.Chinese, code, args)
	}}
}

const red, blue = "/blob/sha256:1111111111111111111111111111111111111111111111111111111111111111", "/blob/sha256:2222222222222222222222222222222222222222222222222222222222222222"

// What readers get of each kind of change is in testdata/<name>.golden.html.
func TestChangesAreShown(t *testing.T) {
	para := "<p>（一）有序开展公共信用信息归集与修复，明确办理时限、责任单位和监督方式。</p>"
	other := "<p>（二）统筹推进工程建设项目全流程在线审批，做到同一事项无差别受理。</p><p>（三）加快建设企业开办集成服务，建立问题台账。</p>"
	head := "<table><caption>分工表</caption><thead><tr><th>序号</th><th>任务</th><th>时限</th></tr></thead><tbody>"
	for _, c := range []struct {
		name, was, now string
		want           Counts // Changes is what it comes to
	}{
		{"nothing", para + other, para + other, Counts{}},
		{"wording", "<p>现就有关事项通知如下。自2025年3.5月起，PM2.5下降43.5%。</p>", "<p>现将有关事项通知如下。自2026年3.5月起，PM2.5下降44%。</p>", Counts{Added: 8, Removed: 10, Changes: 6}},
		{"sentence", "<p>第一句不改。第二句删去了。第三句也不改。</p>", "<p>第一句不改。第三句也不改。新的一句。</p>", Counts{Added: 5, Removed: 7, Changes: 2}},
		{"rewritten", "<p>关于机构改革的若干意见</p>", "<p>天气预报：明日多云转晴</p>", Counts{Added: 11, Removed: 11, Changes: 2}},
		{"moved", para + other, other + para, Counts{Moved: 1, Changes: 1}},
		{"moved-and-changed", para + other, other + strings.Replace(para, "一", "四", 1), Counts{Added: 1, Removed: 1, Moved: 1, Changes: 3}},
		{"formats", "<h2>一、总体要求</h2><p>请<a href=\"https://a.example/1\">查看</a>全文，<strong>逐项</strong>核对。</p><p>落款</p>",
			"<h3>一、总体要求</h3><p>请<a href=\"https://b.example/1\">查看</a>全文，逐项<u>核对</u>。</p><p class=\"ta-r\">落款</p>", Counts{Formats: 5, Changes: 5}},
		{"lists", "<ul><li>甲项工作</li><li>乙项工作<ul><li>其一要求</li></ul></li></ul>", "<ol><li>甲项工作</li><li>丁项任务要求</li><li>乙项工作<ul><li>其一要求</li><li>其二</li></ul></li></ol>", Counts{Added: 8, Formats: 1, Changes: 3}},
		{"rows", head + "<tr><td>1</td><td>企业开办集成服务</td><td>3月底前</td></tr><tr><td>2</td><td>公平竞争审查制度</td><td>5月底前</td></tr><tr><td>3</td><td>政府采购电子化</td><td>6月底前</td></tr></tbody></table>",
			head + "<tr><td>1</td><td>企业开办集成服务</td><td>3月底前</td></tr><tr><td>之一</td><td>知识产权快速维权</td><td>9月底前</td></tr><tr><td>3</td><td>政府采购电子化</td><td>7月底前</td></tr></tbody></table>", Counts{Added: 15, Removed: 14, Changes: 8}},
		{"figures", "<table><tbody><tr><th>行政许可</th><td>12</td><td>7</td></tr><tr><th>行政处罚</th><td>3</td><td></td></tr></tbody></table>",
			"<table><tbody><tr><th>行政许可</th><td>15</td><td>8</td></tr><tr><th>行政处罚</th><td>4</td><td>1</td></tr></tbody></table>", Counts{Added: 5, Removed: 4, Changes: 7}},
		{"columns", "<table><tbody><tr><th>事项</th><th>数量</th></tr><tr><td>许可</td><td>5</td></tr><tr><td>处罚</td><td>5</td></tr></tbody></table>",
			"<table><tbody><tr><th>事项</th><th>单位</th><th>数量</th></tr><tr><td>许可</td><td>件</td><td>6</td></tr><tr><td>处罚</td><td>件</td><td>5</td></tr></tbody></table>", Counts{Added: 5, Removed: 1, Changes: 5}},
		{"merged", "<table><tbody><tr><td colspan=\"2\">合计情况说明</td></tr><tr><td>甲类事项</td><td>乙类事项</td></tr></tbody></table>", "<table><tbody><tr><td>合计情况说明</td><td>三项</td></tr><tr><th>甲类事项</th><td>乙类事项</td></tr></tbody></table>", Counts{Added: 2, Formats: 2, Changes: 3}},
		{"images", "<p>图一<img src=\"" + red + "\" alt=\"旧图\"></p><p>说明<img src=\"" + red + "\" alt=\"流程\"></p>", "<p>图一<img src=\"" + blue + "\" alt=\"旧图\"></p><p>说明<img src=\"" + red + "\" alt=\"流程图\"></p>", Counts{Images: 2, Formats: 1, Changes: 3}},
		{"breaks", "<p>甲地址<br>乙地址</p>", "<p>甲地址乙地址</p>", Counts{Changes: 1}},
		{"signs", "<p>家庭👩‍👩‍👧好，𠮷野家与café。</p>", "<p>家庭👩‍👧好，吉野家与cafe。</p>", Counts{Added: 8, Removed: 10, Changes: 6}},
		{"from-nothing", "", para + "<table><tbody><tr><td></td></tr></tbody></table>", Counts{Added: 36, Changes: 2}},
		{"measures", sample(t, "measures-1.html"), sample(t, "measures-2.html"), Counts{Added: 93, Removed: 195, Moved: 1, Formats: 3, Changes: 26}},
	} {
		t.Run(c.name, func(t *testing.T) {
			keepsTheLaws(t, c.was, c.now)
			keepsTheLaws(t, c.now, c.was)
			r := Compare(canonical(t, c.was), canonical(t, c.now), chinese(t))
			if r.Counts != c.want {
				t.Errorf("counts %+v, want %+v\n%.3000s", r.Counts, c.want, r.HTML)
			}
			golden := "testdata/" + c.name + ".golden.html"
			if *update {
				if err := os.WriteFile(golden, []byte(r.HTML), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want, err := os.ReadFile(golden); err != nil || string(want) != r.HTML {
				t.Errorf("%v: not what %s has:\n%.3000s", err, golden, r.HTML)
			}
		})
	}
}

func TestLongStretchesFold(t *testing.T) {
	o := chinese(t)
	o.Fold = true
	text := func(n int) string { return strings.Repeat("<p>这一段没有改。</p>", n) }
	r := Compare(text(9)+"<p>甲有改动。</p>"+text(5)+"<p>旧尾。</p>", text(9)+"<p>乙有改动。</p>"+text(5)+"<p>新尾。</p>", o)
	if n := strings.Count(r.HTML, "<details"); n != 2 || !strings.Contains(r.HTML, "未改动的 8 段") || !strings.Contains(r.HTML, "未改动的 3 段") {
		t.Errorf("%d folds:\n%s", n, r.HTML)
	}
	if r = Compare(text(20), text(20), o); strings.Contains(r.HTML, "details") {
		t.Error("a text without a change is folded away")
	}
}

// hostile is what nobody should be able to bring through any part of a redline.
var hostile = []string{`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `"><svg onload=alert(1)>`, `<a href="javascript:alert(1)">x</a>`, `<p class="ins moved say" id="c1" onclick="x" style="position:fixed">假</p>`,
	`<ins id="c1">假的新增</ins><del class="del">假的删除</del>`, `</span></del></p></details>`, `<details open><summary>x</summary></details>`, `&lt;script&gt;alert(1)&lt;/script&gt;`, "<!--", `<td colspan="9" onmouseover=x>`, `<base href=//evil>`, "{{.}}", "\x03\x04\x05\x06"}

func TestHostileInputIsInert(t *testing.T) {
	o := bare
	o.Say = func(code string, _ map[string]any) string { return `<b onclick="` + code + `">` }
	inert := func(s string) {
		t.Helper()
		for z := html.NewTokenizer(strings.NewReader(s)); ; {
			switch z.Next() {
			case html.ErrorToken:
				return
			case html.CommentToken, html.DoctypeToken:
				t.Errorf("%q in\n%s", z.Raw(), s)
			case html.StartTagToken, html.SelfClosingTagToken:
				tag := z.Token()
				if !slices.Contains(strings.Fields("p h1 h2 h3 h4 blockquote ul ol li table caption thead tbody tr th td strong em u a br img ins del span details summary"), tag.Data) {
					t.Errorf("<%s> in\n%s", tag.Data, s)
				}
				for _, a := range tag.Attr {
					switch {
					case a.Key == "id" && regexp.MustCompile(`^(c\d+|m\d+-(from|to))$`).MatchString(a.Val):
					case a.Key == "class" && regexp.MustCompile(`^(ta-c |ta-r )?(ins|del|moved|del moved|fmt|moved fmt|say|off|fold|ta-c|ta-r)$`).MatchString(a.Val):
					case a.Key == "href" && regexp.MustCompile(`^(https?://|mailto:|/|#m\d)`).MatchString(a.Val), a.Key == "alt", a.Key == "src" && tag.Data == "img", a.Key == "colspan", a.Key == "rowspan":
					default:
						t.Errorf("%s=%q in\n%s", a.Key, a.Val, s)
					}
				}
			}
		}
	}
	for _, x := range hostile {
		for _, y := range hostile {
			inert(Compare("<p>甲。</p>"+x, y+"<p>甲乙。</p>"+x, o).HTML)
			inert(Line(x, y, o))
			if _, was := sanitised(x); was {
				if _, now := sanitised(y); now {
					keepsTheLaws(t, "<p>甲。</p>"+x, y+"<p>甲乙。</p>")
				}
			}
		}
	}
	o.Picture = func(src string, old bool) string { return `"><script>` + src }
	inert(Compare("", `<p><img src="`+red+`" alt="&quot;&gt;&lt;script&gt;"></p>`, o).HTML)
}

// Texts nobody writes must not hold a server up. They are compared coarsely, and
// the laws stand.
func TestLargeTextsAreComparedAtABoundedCost(t *testing.T) {
	distinct := func(n, from int, each string) string {
		var s strings.Builder
		for i := range n {
			s.WriteString(strings.ReplaceAll(each, "$", string(rune(0x4e00+(i*7+from)%20000))))
		}
		return s.String()
	}
	for name, c := range map[string][2]string{
		"one line":        {"<p>" + distinct(12000, 0, "$") + "</p>", "<p>" + distinct(12000, 3, "$") + "</p>"},
		"short sentences": {"<p>" + distinct(9000, 0, "$。") + "</p>", "<p>" + distinct(9000, 9999, "$。") + "</p>"},
		"short blocks":    {distinct(2500, 0, "<p>$</p>"), distinct(2500, 11, "<p>$$</p>")},
		"repeated":        {"<p>" + strings.Repeat("的", 12000) + "</p>", "<p>" + strings.Repeat("的是", 6000) + "</p>"},
		"deep":            {strings.Repeat("<blockquote>", 80) + "甲乙丙丁", strings.Repeat("<blockquote>", 80) + "甲乙丙戊"},
	} {
		t.Run(name, func(t *testing.T) { keepsTheLaws(t, c[0], c[1]) })
	}
}
