package wechat

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"gongkai/internal/publish"
)

// placeholder is as long as the addresses the platform gives to pictures, with
// room to spare: the form must not depend on what an upload answers.
var placeholder = "https://mmbiz.qpic.cn/" + strings.Repeat("x", 200)

// Form is the one an item takes: a digest where the drafter chose it, the whole
// text where that stays below the platform's limits, else a digest. It is pure,
// so it can be part of what is signed.
func (c *Channel) Form(it publish.Item) string { return Form(it) }

// Form is the same without a configured account.
func Form(it publish.Item) string {
	switch {
	case it.WeChat.Form == publish.FormDigest:
		return publish.FormDigest
	case renderFull(it, func(string) string { return placeholder }).fits():
		return publish.FormFull
	}
	return publish.FormTooLong
}

// form is the signed one, or for items signed without one the necessary one.
func form(it publish.Item) string {
	if it.WeChat.Form != "" {
		return it.WeChat.Form
	}
	return Form(it)
}

func render(it publish.Item, place func(string) string) draftText {
	if form(it) == publish.FormFull {
		return renderFull(it, place)
	}
	return renderDigest(it)
}

// Preview shows what is sent to those who judge it.
func (c *Channel) Preview(it publish.Item) publish.Preview { return Preview(it) }

// Preview is the same without a configured account.
func Preview(it publish.Item) publish.Preview {
	measured := render(it, func(string) string { return placeholder })
	return publish.Preview{Form: form(it), Title: clean(title(it)), Author: clean(it.WeChat.Author), Digest: clean(it.WeChat.Digest),
		HTML: Render(it), SourceURL: Marker(it), Characters: measured.points(), Bytes: len(measured.html)}
}

// Render is the HTML the platform will get, with pictures under their own src:
// what a reviewer is shown before signing.
func Render(it publish.Item) string {
	return render(it, func(src string) string { return src }).html
}

const (
	figureCount  = 8
	figurePoints = 90
	digestPoints = 400
)

// renderDigest writes the short form. Every word of it is quoted from what was
// signed.
func renderDigest(it publish.Item) draftText {
	var r renderer
	r.b.WriteString(`<section style="` + outerStyle + `">`)
	r.correction(it)
	nodes := bodyNodes(it.Body)
	for _, p := range opening(it, nodes) {
		r.b.WriteString(`<p style="` + theme["p"] + `">`)
		r.text(p)
		r.b.WriteString("</p>")
	}
	if figures := figures(nodes); len(figures) > 0 {
		r.b.WriteString(`<h2 style="` + theme["h2"] + `">主要数据</h2><ul style="` + theme["ul"] + `">`)
		for _, f := range figures {
			r.b.WriteString("<li>")
			r.text(f)
			r.b.WriteString("</li>")
		}
		r.b.WriteString("</ul>")
	}
	r.b.WriteString(`<p style="` + theme["p"] + `"><strong>全文请点击文末“阅读原文”查看：</strong><br>`)
	r.text(it.PageURL)
	r.b.WriteString("</p>")
	r.tail(it)
	r.b.WriteString("</section>")
	return draftText{html: r.b.String()}
}

// opening is the editor's summary or digest, else the first paragraphs.
func opening(it publish.Item, nodes []*html.Node) []string {
	for _, s := range []string{it.Summary, it.WeChat.Digest} {
		if s = strings.TrimSpace(s); s != "" {
			return []string{s}
		}
	}
	var out []string
	total := 0
	for _, p := range paragraphs(nodes) {
		n := utf8.RuneCountInString(p)
		if total += n; total > digestPoints {
			if len(out) == 0 {
				out = append(out, cutText(p, digestPoints-1)+"…")
			}
			break
		}
		out = append(out, p)
	}
	return out
}

func paragraphs(nodes []*html.Node) []string {
	var out []string
	for _, n := range nodes {
		// Centred and right-aligned lines are titles and dates.
		if n.Type == html.ElementNode && n.Data == "p" && align[class(n)] == "" {
			if s := strings.TrimSpace(innerText(n)); s != "" {
				out = append(out, s)
			}
		}
	}
	return out
}

// units follow a number that is a figure of the report and not a date or the
// number of a document.
const units = "件条次个项份篇人起例家场％%万亿元期"

// figures are the first sentences that state a figure, word for word.
func figures(nodes []*html.Node) []string {
	var out []string
	for _, p := range paragraphs(nodes) {
		for _, s := range strings.FieldsFunc(p, func(c rune) bool { return strings.ContainsRune("。；;!！?？\n", c) }) {
			s = strings.TrimSpace(s)
			if n := utf8.RuneCountInString(s); n == 0 || n > figurePoints || !statesFigure(s) {
				continue
			}
			if out = append(out, s); len(out) == figureCount {
				return out
			}
		}
	}
	return out
}

func statesFigure(s string) bool {
	digit := false
	for _, c := range s {
		if digit && strings.ContainsRune(units, c) {
			return true
		}
		digit = unicode.IsDigit(c) || digit && (c == ' ' || c == '余' || c == '多')
	}
	return false
}
