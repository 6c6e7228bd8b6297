package word

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gongkai/internal/body"
)

// A sample is a document as Word or WPS writes it. Want is the text without
// line ends, remarks are "code@paragraph near|text".
type sample struct {
	body    string
	parts   []string // further parts, name and content in turn; "" removes one
	title   string
	want    string
	remarks []string
}

func tc(props, content string) string {
	return `<w:tc><w:tcPr>` + props + `</w:tcPr>` + content + `</w:tc>`
}
func num(id, level int) string {
	return fmt.Sprintf(`<w:numPr><w:ilvl w:val="%d"/><w:numId w:val="%d"/></w:numPr>`, level, id)
}
func drawing(id, alt string) string {
	return `<w:drawing><wp:anchor><wp:docPr id="1" name="图片 1" descr="` + alt + `"/><a:graphic><a:graphicData><pic:pic><pic:blipFill><a:blip r:embed="` + id + `"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:anchor></w:drawing>`
}

var t0 = p("a3", r("", "标题"))

func comment(id, said string) string {
	return `<w:comment w:id="` + id + `" w:author="张三">` + p("", r("", said)) + `</w:comment>`
}

var samples = map[string]sample{
	"title and headings of Word": {body: p("a3", r("", "关于公开的通知")) + p("1", r("", "一、总体")) + p("2", r("<w:b/>", "（一）分")) + p("", r("", "文。")),
		title: "关于公开的通知", want: "<h2>一、总体</h2><h3><strong>（一）分</strong></h3><p>文。</p>"},
	"title over two paragraphs": {body: p("", r("", "某市人民政府文件")) + p("a3", r("", "某市人民政府")) + p("a3") + p("a3", r("", "关于公开的通知")) + p("", r("", "文")),
		title: "某市人民政府关于公开的通知", want: "<p>某市人民政府文件</p><p>文</p>"},
	"heading 1 as title": {body: p("1", r("", "通知")) + p("2", r("", "一、总体")) + p("5", r("", "深")), title: "通知", want: "<h2>一、总体</h2><h4>深</h4>", remarks: []string{"docx.heading_level@3 深|"}},
	"no styles used":     {body: p(`<w:jc w:val="center"/>`, r(`<w:sz w:val="44"/>`, "关于公", "开的通知")) + p("", r("", "　　文。")), title: "关于公开的通知", want: "<p>　　文。</p>"},
	"outline level by hand": {body: t0 + p(`<w:outlineLvl w:val="1"/>`, r("", "分")) + p(`<w:outlineLvl w:val="9"/>`, r("", "文")),
		title: "标题", want: "<h3>分</h3><p>文</p>"},
	"alignment of styles": {body: t0 + p("right2", r("", "某局")) + p(`<w:pStyle w:val="right"/><w:jc w:val="both"/>`, r("", "文")) + p(`<w:jc w:val="end"/>`, r("", "2026年")), title: "标题",
		want: `<p class="ta-r">某局</p><p>文</p><p class="ta-r">2026年</p>`},
	"character formats": {body: t0 + p("", r("<w:b/>", "粗"), r(`<w:b w:val="0"/><w:i/>`, "斜"), r(`<w:u w:val="single"/>`, "线"), r(`<w:u w:val="none"/>`, "无"), r(`<w:em w:val="dot"/>`, "点"), r(`<w:rStyle w:val="a7"/>`, "强")),
		title: "标题", want: "<p><strong>粗</strong><em>斜</em><u>线</u>无<em>点</em><strong>强</strong></p>"},
	"small characters": {body: t0 + p("", r("", "面积5m"), r(`<w:vertAlign w:val="superscript"/>`, "2"), r("", "、CO"), r(`<w:vertAlign w:val="subscript"/>`, "2"), r(`<w:vertAlign w:val="superscript"/>`, "①")),
		title: "标题", want: "<p>面积5m²、CO₂①</p>", remarks: []string{"docx.script@2 面积5m²、CO₂①|2", "docx.script@2 面积5m²、CO₂①|2①"}},
	"struck and marked": {body: t0 + p("", r("", "甲"), r("<w:strike/>", "乙"), r(`<w:highlight w:val="yellow"/>`, "丙"), r(`<w:color w:val="FF0000"/>`, "丁")),
		title: "标题", want: "<p>甲乙丙丁</p>", remarks: []string{"docx.strike@2 甲乙丙丁|乙", "docx.highlight@2 甲乙丙丁|丙", "docx.look@0 |"}},
	"numbered list": {body: t0 + p(num(1, 0), r("", "甲")) + p(num(1, 0), r("", "乙")) + p(num(2, 1), r("", "子")) + p(num(1, 0), r("", "丙")) + p("", r("", "段")) + p(num(1, 0), r("", "丁")) + p(num(4, 0), r("", "另")),
		title: "标题", want: "<ol><li>甲</li><li>乙<ul><li>子</li></ul></li><li>丙</li></ol><p>段</p><p>4. 丁</p><ol><li>另</li></ol>", remarks: []string{"docx.number@7 丁|4."}},
	"bullets":              {body: t0 + p(num(2, 0), r("", "甲")) + p(num(2, 2), r("", "乙")) + p(num(2, 1), r("", "丙")), title: "标题", want: "<ul><li>甲<ul><li>乙</li></ul><ul><li>丙</li></ul></li></ul>"},
	"Chinese numbering":    {body: t0 + p(`<w:pStyle w:val="1"/>`+num(3, 0), r("", "总体")) + p(num(3, 1), r("", "分项")) + p("num", r("", "保障")) + p(num(3, 1), r("", "再分")), title: "标题", want: "<h2>一、总体</h2><p>（一）分项</p><p>二、保障</p><p>（一）再分</p>", remarks: []string{"docx.number@2 总体|一、", "docx.number@3 分项|（一）", "docx.number@4 保障|二、", "docx.number@5 再分|（一）"}},
	"numbering taken off":  {body: t0 + p(`<w:pStyle w:val="num"/>`+num(0, 0), r("", "甲")), title: "标题", want: "<p>甲</p>"},
	"an empty item counts": {body: t0 + p(num(1, 0), r("", "甲")) + p(num(1, 0)) + p(num(1, 0), r("", "丙")), title: "标题", want: "<ol><li>甲</li></ol><p>3. 丙</p>", remarks: []string{"docx.number@4 丙|3."}},
	"table with merged cells": {body: t0 + p("a4", r("", "表1")) + `<w:tbl><w:tblPr><w:jc w:val="center"/></w:tblPr><w:tblGrid><w:gridCol/><w:gridCol/><w:gridCol/></w:tblGrid>` +
		`<w:tr><w:trPr><w:tblHeader/></w:trPr>` + tc(`<w:vMerge w:val="restart"/>`, p("", r("", "项"))) + tc(`<w:gridSpan w:val="2"/>`, p(`<w:jc w:val="center"/>`, r("", "数"))) + `</w:tr>` +
		`<w:tr>` + tc(`<w:vMerge/>`, p("")) + tc("", p("", r("", "1"))) + tc("", p("", r("", "2"))+p("", r("", "3"))) + `</w:tr>` +
		`<w:tr><w:trPr><w:gridBefore w:val="1"/></w:trPr>` + tc("", p("", r("", "4"))) + tc("", p(`<w:jc w:val="right"/>`)) + `</w:tr></w:tbl>` + p(""),
		title: "标题", want: `<table><caption>表1</caption><thead><tr><th rowspan="2">项</th><th class="ta-c" colspan="2">数</th></tr></thead><tbody><tr><td>1</td><td><p>2</p><p>3</p></td></tr><tr><td></td><td>4</td><td class="ta-r"></td></tr></tbody></table>`},
	"a row that is all merged": {body: t0 + `<w:tbl><w:tr>` + tc(`<w:vMerge w:val="restart"/>`, p("", r("", "a"))) + tc(`<w:vMerge w:val="restart"/>`, p("", r("", "b"))) + `</w:tr><w:tr>` + tc(`<w:vMerge w:val="continue"/>`, p("")) + tc(`<w:vMerge/>`, p("", r("", "藏"))) + `</w:tr><w:tr>` +
		tc("", p("", r("", "c"))) + tc(`<w:vMerge/>`, p("", r("", "d"))) + `</w:tr></w:tbl>`, title: "标题", want: `<table><tbody><tr><td>a</td><td rowspan="2">b</td></tr><tr><td>c</td></tr></tbody></table>`, remarks: []string{"docx.hidden@5 |藏", "docx.hidden@7 |d"}},
	"merged as Word 97 did": {body: t0 + `<w:tbl><w:tr>` + tc(`<w:hMerge w:val="restart"/>`, p("", r("", "a"))) + tc(`<w:hMerge/>`, p("")) + tc("", p("", r("", "b"))) + `</w:tr></w:tbl>`, title: "标题", want: `<table><tbody><tr><td colspan="2">a</td><td>b</td></tr></tbody></table>`},
	"table in a table":      {body: t0 + `<w:tbl><w:tr>` + tc("", p("", r("", "外"))+`<w:tbl><w:tr>`+tc("", p("", r("", "内")))+`</w:tr></w:tbl>`+p("")) + `</w:tr></w:tbl>`, title: "标题", want: `<table><tbody><tr><td><p>外</p><table><tbody><tr><td>内</td></tr></tbody></table></td></tr></tbody></table>`},
	"footnotes and endnotes": {body: t0 + p("", r("", "甲"), r(`<w:rStyle w:val="a8"/>`, `<w:footnoteReference w:id="2"/>`), r("", "乙"), r(`<w:rStyle w:val="a8"/>`, `<w:endnoteReference w:id="2"/>`)) + p("", r("", "丙")),
		parts: []string{"word/footnotes.xml", `<w:footnotes` + spaces + `><w:footnote w:type="separator" w:id="0">` + p("", r("", "<w:separator/>")) + `</w:footnote><w:footnote w:id="2">` + p("", r(`<w:rStyle w:val="a8"/>`, "<w:footnoteRef/>"), r("", " 脚")) + p("", r("", "续")) + `</w:footnote></w:footnotes>`,
			"word/endnotes.xml", `<w:endnotes` + spaces + `><w:endnote w:id="2">` + p("", r("", "尾"), `<w:ins w:id="1">`+r("", "增")+`</w:ins>`) + `</w:endnote></w:endnotes>`},
		title: "标题", want: "<p>甲[注1]乙[注2]</p><p>丙</p><p>[注1] 脚</p><p>续</p><p>[注2] 尾增</p>", remarks: []string{"docx.inserted@2 尾增|增", "docx.notes@0 |"}},
	"links": {body: t0 + p("", `<w:hyperlink r:id="rId3" w:history="1">`+r(`<w:rStyle w:val="a6"/>`, "政府网")+`</w:hyperlink>`, `<w:hyperlink r:id="rId4">`+r("", "本机")+`</w:hyperlink>`, `<w:hyperlink w:anchor="_Toc1">`+r("", "书签")+`</w:hyperlink>`),
		title: "标题", want: `<p><a href="https://www.gov.cn/">政府网</a>本机书签</p>`, remarks: []string{"docx.link@2 政府网本机书签|本机", "docx.link@2 政府网本机书签|书签"}},
	"links as fields of WPS": {body: t0 + p("", r("", `<w:fldChar w:fldCharType="begin"/>`), r("", `<w:instrText xml:space="preserve"> HYPERLINK "https://www.gov.cn/a" \l "b" </w:instrText>`), r("", `<w:fldChar w:fldCharType="separate"/>`), r("", "链"), r("", `<w:fldChar w:fldCharType="end"/>`), `<w:fldSimple w:instr=" DATE ">`+r("", "今天")+`</w:fldSimple>`),
		title: "标题", want: `<p><a href="https://www.gov.cn/a#b">链</a>今天</p>`},
	"pictures": {body: t0 + p("", r("", drawing("rId5", "一张图"))) + p("", r("", drawing("rId6", "")), r("", drawing("rId7", "外")), r("", "<w:pict><v:shape alt=\"旧\"><v:imagedata r:id=\"rId5\"/></v:shape></w:pict>")) + p("", r("", drawing("rId5", ""))),
		title: "标题", want: `<p>` + img("一张图") + `</p><p>` + img("旧") + `</p><p>` + img("") + `</p>`, remarks: []string{"docx.image_kind@3 |", "docx.image_missing@3 |外", "docx.image_alt@4 |"}},
	"tracked changes": {body: t0 + p("", r("", "应当在"), `<w:del w:id="1" w:author="李四">`+r("", `<w:delText>十</w:delText>`)+`</w:del>`, `<w:del w:id="3">`+r("", `<w:delText>五</w:delText>`)+`</w:del>`, `<w:ins w:id="2">`+r("", "二十")+`</w:ins>`, r("", "日内答复"), `<w:moveFrom w:id="4">`+r("", "移走")+`</w:moveFrom>`, `<w:moveTo w:id="5">`+r("", "移来")+`</w:moveTo>`, r(`<w:rPrChange w:id="6"><w:rPr><w:b/></w:rPr></w:rPrChange>`, "。")),
		title: "标题", want: "<p>应当在二十日内答复移来。</p>", remarks: []string{"docx.deleted@2 应当在二十日内答复移来|十五", "docx.inserted@2 应当在二十日内答复移来。|二十", "docx.deleted@2 当在二十日内答复移来。|移走", "docx.inserted@2 当在二十日内答复移来。|移来", "docx.format_changed@2 二十日内答复移来。|"}},
	"a paragraph joined by a deletion": {body: t0 + p(`<w:rPr><w:del w:id="1"/></w:rPr>`, r("", "前")) + p(`<w:rPr><w:del w:id="2"/></w:rPr>`, `<w:del w:id="3">`+r("", "<w:delText>中</w:delText>")+`</w:del>`) + p("", r("", "后")), title: "标题", want: "<p>前后</p>", remarks: []string{"docx.deleted@3 |中"}},
	"rows inserted and deleted":        {body: t0 + `<w:tbl><w:tr><w:trPr><w:ins w:id="1"/></w:trPr>` + tc("", p("", r("", "新"))) + `</w:tr><w:tr><w:trPr><w:del w:id="2"/></w:trPr>` + tc("", p("", r("", "旧"))) + `</w:tr></w:tbl>`, title: "标题", want: "<table><tbody><tr><td>新</td></tr></tbody></table>", remarks: []string{"docx.inserted@2 |新", "docx.deleted@2 |旧"}},
	"comments": {body: t0 + p("", `<w:commentRangeStart w:id="0"/>`, r("", "甲乙"), `<w:commentRangeEnd w:id="0"/>`, r("", `<w:commentReference w:id="0"/>`)),
		parts: []string{"word/comments.xml", `<w:comments` + spaces + `>` + comment("0", "请核对") + comment("9", "无处") + `</w:comments>`}, title: "标题", want: "<p>甲乙</p>", remarks: []string{"docx.comment@2 甲乙|张三：请核对", "docx.comment@0 |张三：无处"}},
	"hidden text": {body: t0 + p("", r("", "明"), r("<w:vanish/>", "内部", "掌握"), r(`<w:vanish w:val="0"/>`, "示")), title: "标题", want: "<p>明示</p>", remarks: []string{"docx.hidden@2 明示|内部掌握"}},
	"text boxes": {body: t0 + p("", r("", "正"), r("", `<mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:inline><wp:docPr id="2" name="文本框"/><a:graphic><a:graphicData><wps:wsp><wps:txbx><w:txbxContent>`+p("", r("", "框中字"))+`</w:txbxContent></wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:inline></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox><w:txbxContent>`+p("", r("", "框中字"))+`</w:txbxContent></v:textbox></w:pict></mc:Fallback></mc:AlternateContent>`)),
		title: "标题", want: "<p>正</p>", remarks: []string{"docx.text_box@2 正|框中字"}},
	"alternate content with words": {body: t0 + `<mc:AlternateContent><mc:Choice Requires="w14">` + p("", r("", "新")) + `</mc:Choice><mc:Fallback>` + p("", r("", "旧")) + `</mc:Fallback></mc:AlternateContent>` + p("", `<mc:AlternateContent><mc:Choice Requires="x"/><mc:Fallback>`+r("", "退")+`</mc:Fallback></mc:AlternateContent>`), title: "标题", want: "<p>新</p><p>退</p>", remarks: []string{"docx.alternate@2 新|新", "docx.alternate@3 退|退"}},
	"objects and formulas": {body: t0 + p("", r("", `<w:object><v:shape><v:imagedata r:id="rId5"/></v:shape><o:OLEObject ProgID="Excel.Sheet.12"/></w:object>`), r("", `<w:drawing><wp:inline><a:graphic><a:graphicData><c:chart r:id="rId9"/></a:graphicData></a:graphic></wp:inline></w:drawing>`), `<m:oMath><m:r><m:t>E=mc</m:t></m:r></m:oMath>`, r("", "后")),
		title: "标题", want: "<p>后</p>", remarks: []string{"docx.object@2 后|", "docx.object@2 后|", "docx.equation@2 后|E=mc"}},
	"content controls, smart tags and custom XML": {body: t0 + `<w:sdt><w:sdtPr><w:alias w:val="日期"/></w:sdtPr><w:sdtContent>` + p("", r("", "甲")) + `</w:sdtContent></w:sdt>` + p("", `<w:smartTag w:uri="urn:schemas-microsoft-com:office:smarttags" w:element="chsdate"><w:smartTagPr/>`+r("", "2026年")+`</w:smartTag>`, `<w:customXml w:element="x">`+r("", "乙")+`</w:customXml>`, `<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>`+r("", "单击此处")+`</w:sdtContent></w:sdt>`),
		title: "标题", want: "<p>甲</p><p>2026年乙</p>", remarks: []string{"docx.placeholder@3 2026年乙|单击此处"}},
	"a table of contents": {body: t0 + `<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr><w:sdtContent>` + p("", r("", "目录")) + `</w:sdtContent></w:sdt>` + p("TOC1", r("", "一、总体	1")) + p("1", r("", "一、总体")), title: "标题", want: "<h2>一、总体</h2>", remarks: []string{"docx.contents@0 |"}},
	"breaks, tabs, symbols and reading aids": {body: t0 + p("", r("", "甲", `<w:br/>`, "乙", `<w:br w:type="page"/>`, "<w:lastRenderedPageBreak/>", "<w:tab/>", "丙", `<w:noBreakHyphen/>`, `<w:sym w:font="Wingdings" w:char="F0FE"/>`, `<w:sym w:font="X" w:char="F0FF"/>`), `<w:r><w:ruby><w:rt>`+r("", "dīng")+`</w:rt><w:rubyBase>`+r("", "丁")+`</w:rubyBase></w:ruby></w:r>`),
		title: "标题", want: "<p>甲<br>乙 丙‑☑丁</p>", remarks: []string{"docx.tab@2 甲 乙 丙‑☑丁|", "docx.symbol@2 甲 乙 丙‑☑丁|", "docx.ruby@2 甲 乙 丙‑☑丁|dīng"}},
	"quotations and captions": {body: t0 + p("a5", r("", "引一")) + p("a5", r("", "引二")) + p("a4", r("", "图1")) + p("", r("", "文")), title: "标题", want: `<blockquote><p>引一</p><p>引二</p></blockquote><p>图1</p><p>文</p>`},
	"headers and templates": {body: t0 + p("", r("", "文")), parts: []string{"word/header1.xml", `<w:hdr` + spaces + `>` + p("", r("", "内部资料")) + `</w:hdr>`, "word/settings.xml", `<w:settings` + spaces + `/>`,
		"word/_rels/settings.xml.rels", string(relations([]string{`<Relationship Id="rId1" Type="` + relationTypes + `attachedTemplate" Target="http://evil.com/t.dotx" TargetMode="External"/>`}))},
		title: "标题", want: "<p>文</p>", remarks: []string{"docx.header@0 |内部资料", "docx.template@0 |http://evil.com/t.dotx"}},
	"WPS without styles":    {body: p("Title", r("", "通知")) + p("Heading1", r("", "一、甲")) + p("Heading2", r("", "乙")) + p("", r("", "文")), parts: []string{"word/styles.xml", "", "word/numbering.xml", ""}, title: "通知", want: "<h2>一、甲</h2><h3>乙</h3><p>文</p>"},
	"the strict edition":    {body: "", parts: []string{"word/document.xml", `<w:document xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"><w:body>` + p("", r("", "题")) + p("", r("<w:b/>", "文")) + `</w:body></w:document>`}, title: "题", want: "<p><strong>文</strong></p>"},
	"a line drawn":          {body: t0 + p("", r("", "文"), r("", `<w:drawing><wp:anchor><wp:docPr id="3" name="直线"/><a:graphic><a:graphicData><wps:wsp/></a:graphicData></a:graphic></wp:anchor></w:drawing>`)), title: "标题", want: "<p>文</p>", remarks: []string{"docx.shape@2 文|"}},
	"a list comes first":    {body: p(num(1, 0), r("", "甲")) + p("", r("", "文")), want: "<ol><li>甲</li></ol><p>文</p>"},
	"another file inserted": {body: t0 + p("", r("", "文")) + `<w:altChunk r:id="rId9"/>`, title: "标题", want: "<p>文</p>", remarks: []string{"docx.chunk@2 |"}},
}

func img(alt string) string { return `<img src="/blob/` + hashes()[0] + `" alt="` + alt + `">` }

func TestSamplesOfWordAndWPS(t *testing.T) {
	if len(samples) < 30 {
		t.Errorf("only %d samples", len(samples))
	}
	for name, s := range samples {
		t.Run(name, func(t *testing.T) {
			d, err := Read(zipped(t, with(office(s.body), s.parts...)))
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.ReplaceAll(d.Body, "\n", ""); got != s.want || d.Title != s.title {
				t.Errorf("%q\n got %s\nwant %s", d.Title, got, s.want)
			}
			var remarks []string
			for _, m := range d.Report {
				said, _ := m.Args["text"].(string)
				remarks = append(remarks, fmt.Sprintf("%s@%d %s|%s", m.Code, m.Paragraph, m.Near, said))
			}
			if !slices.Equal(remarks, s.remarks) {
				t.Errorf("remarks\n got %q\nwant %q", remarks, s.remarks)
			}
			noneLost(t, with(office(s.body), s.parts...), d)
			var b bytes.Buffer
			if err := Write(&b, d.Title, d.Body, stored); err != nil {
				t.Fatal(err)
			}
			if again, err := Read(b.Bytes()); err != nil || again.Body != d.Body || again.Title != d.Title {
				t.Errorf("written and read again: %v\n%s", err, again.Body)
			}
		})
	}
}

var wordsIn = regexp.MustCompile(`<(?:w:t|w:delText|m:t)(?: [^>]*)?>([^<]*)</`)

// noneLost holds every word of a file against what was kept and what the report
// says: nothing goes without a word. A table of contents is reported as a whole.
func noneLost(t *testing.T, parts map[string]string, d Document) {
	t.Helper()
	said := body.Text(d.Body) + d.Title
	contents, two := false, false
	for _, m := range d.Report {
		text, _ := m.Args["text"].(string)
		said += text
		contents, two = contents || m.Code == "docx.contents", two || m.Code == "docx.alternate"
	}
	said = strings.Join(strings.Fields(said), "")
	for name, xml := range parts {
		if two { // the report says that another edition of the words was left out
			xml = fallback.ReplaceAllString(xml, "")
		}
		for _, m := range wordsIn.FindAllStringSubmatch(xml, -1) {
			words := strings.Join(strings.Fields(html.UnescapeString(m[1])), "")
			if words == "" || strings.Contains(said, words) || contents && (words == "目录" || strings.HasPrefix(words, "一、总体")) || small.Replace(words) != words && strings.Contains(said, small.Replace(words)) {
				continue
			}
			t.Errorf("%s: %q is lost in silence; kept and said: %q", name, words, said)
		}
	}
}

var fallback = regexp.MustCompile(`(?s)<mc:Fallback>.*?</mc:Fallback>`)

// small are characters set small, which become characters of their own.
var small = strings.NewReplacer("2", "²")
