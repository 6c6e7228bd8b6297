package wechat

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"gongkai/internal/calendar"
	"gongkai/internal/publish"
)

const (
	maxTitle   = 32
	maxAuthor  = 16
	maxDigest  = 128
	maxContent = 20000   // the platform takes less than this many code points
	maxBytes   = 1 << 20 // and less than this many bytes
	maxSource  = 200     // what intent rows keep of a marker; the platform takes 1 KB
)

// theme is the whole look: the platform knows inline styles only, and every
// character of them counts against the 20,000.
var theme = map[string]string{
	"p":  "margin:0 0 1em",
	"h1": "font-size:20px;margin:1.2em 0 .6em",
	"h2": "font-size:18px;margin:1.2em 0 .6em",
	"h3": "font-size:17px;margin:1em 0 .5em",
	"h4": "font-size:16px;margin:1em 0 .5em",
	"ul": "margin:0 0 1em;padding-left:1.5em",
	"ol": "margin:0 0 1em;padding-left:1.5em",
	"td": "border:1px solid #888;padding:4px",
	"th": "border:1px solid #888;padding:4px;background:#eef2f7",
}

const (
	outerStyle = "font-size:16px;line-height:1.75;color:#222"
	noteStyle  = "font-size:14px;color:#555;margin:0 0 .5em"
)

var align = map[string]string{"ta-c": ";text-align:center", "ta-r": ";text-align:right"}

// draftText is an item in the platform's HTML.
type draftText struct {
	html   string
	images []string // srcs of the body in order of appearance, each once
}

// points and bytes are what the platform measures.
func (d draftText) points() int { return utf8.RuneCountInString(d.html) }

func (d draftText) fits() bool { return d.points() < maxContent && len(d.html) < maxBytes }

// renderFull writes the whole body. Pictures get the address place answers for
// their src; links become numbered notes, because the platform drops them.
func renderFull(it publish.Item, place func(src string) string) draftText {
	r := renderer{place: place}
	r.base, _ = url.Parse(it.PageURL)
	r.b.WriteString(`<section style="` + outerStyle + `">`)
	r.correction(it)
	for _, n := range bodyNodes(it.Body) {
		r.node(n)
	}
	r.notes()
	r.tail(it)
	r.b.WriteString(`</section>`)
	return draftText{html: r.b.String(), images: r.images}
}

// correction is the note above a text that takes another's place: who reads the
// official account sees it first (domain 8).
func (r *renderer) correction(it publish.Item) {
	if it.Correction == nil {
		return
	}
	r.b.WriteString(`<p style="` + noteStyle + `"><strong>更正说明</strong> `)
	r.text("本文更正" + it.Correction.PublishedAt.In(calendar.Zone).Format("2006年1月2日") + "发布的《" + it.Correction.Title + "》。" + it.Correction.Reason)
	r.b.WriteString("</p>")
}

func bodyNodes(body string) []*html.Node {
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		return []*html.Node{{Type: html.TextNode, Data: body}}
	}
	var nodes []*html.Node
	for n := child(child(doc, "html"), "body").FirstChild; n != nil; n = n.NextSibling {
		nodes = append(nodes, n)
	}
	return nodes
}

func child(n *html.Node, tag string) *html.Node {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && c.Data == tag {
			return c
		}
	}
	return &html.Node{}
}

type renderer struct {
	b      strings.Builder
	place  func(src string) string
	base   *url.URL
	links  []string
	images []string
}

func (r *renderer) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		r.node(c)
	}
}

func (r *renderer) node(n *html.Node) {
	if n.Type == html.TextNode {
		r.text(n.Data)
		return
	}
	if n.Type != html.ElementNode {
		return
	}
	switch tag := n.Data; tag {
	case "br":
		r.b.WriteString("<br>")
	case "strong", "em", "u", "tr", "thead", "tbody":
		r.wrap(tag, "", n)
	case "p", "h1", "h2", "h3", "h4":
		r.wrap(tag, theme[tag]+align[class(n)], n)
	case "td", "th":
		r.cell(tag, n)
	case "ul", "ol":
		r.list(n)
	case "table":
		r.b.WriteString(`<section style="overflow-x:auto;margin:0 0 1em"><table style="border-collapse:collapse;font-size:14px">`)
		r.children(n)
		r.b.WriteString(`</table></section>`)
	case "a":
		r.link(n)
	case "img":
		r.picture(n)
	default:
		r.children(n)
	}
}

func (r *renderer) wrap(tag, style string, n *html.Node) {
	r.open(tag, style)
	r.children(n)
	r.b.WriteString("</" + tag + ">")
}

func (r *renderer) open(tag, style string) {
	r.b.WriteString("<" + tag)
	if style != "" {
		r.b.WriteString(` style="` + style + `"`)
	}
	r.b.WriteString(">")
}

func (r *renderer) cell(tag string, n *html.Node) {
	r.b.WriteString("<" + tag)
	for _, span := range []string{"rowspan", "colspan"} {
		if v := attr(n, span); v != "" && v != "1" && strings.Trim(v, "0123456789") == "" {
			fmt.Fprintf(&r.b, ` %s="%s"`, span, v)
		}
	}
	r.b.WriteString(` style="` + theme[tag] + align[class(n)] + `">`)
	r.children(n)
	r.b.WriteString("</" + tag + ">")
}

// list moves lists out of their items: the platform's editor breaks a list
// inside an li.
func (r *renderer) list(n *html.Node) {
	r.open(n.Data, theme[n.Data])
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode {
			continue
		}
		var nested []*html.Node
		r.b.WriteString("<li>")
		for k := c.FirstChild; k != nil; k = k.NextSibling {
			if k.Type == html.ElementNode && (k.Data == "ul" || k.Data == "ol") {
				nested = append(nested, k)
				continue
			}
			r.node(k)
		}
		r.b.WriteString("</li>")
		for _, k := range nested {
			r.list(k)
		}
	}
	r.b.WriteString("</" + n.Data + ">")
}

func (r *renderer) link(n *html.Node) {
	href := r.resolve(attr(n, "href"))
	if u, err := url.Parse(href); err == nil && u.Host == "mp.weixin.qq.com" && (u.Scheme == "https" || u.Scheme == "http") {
		r.b.WriteString(`<a href="` + html.EscapeString(href) + `">`)
		r.children(n)
		r.b.WriteString("</a>")
		return
	}
	r.children(n)
	if !strings.HasPrefix(href, "http://") && !strings.HasPrefix(href, "https://") || strings.TrimSpace(innerText(n)) == href {
		return
	}
	no := 0
	for i, l := range r.links {
		if l == href {
			no = i + 1
		}
	}
	if no == 0 {
		r.links = append(r.links, href)
		no = len(r.links)
	}
	fmt.Fprintf(&r.b, "<sup>[%d]</sup>", no)
}

func (r *renderer) resolve(href string) string {
	u, err := url.Parse(strings.TrimSpace(href))
	if err != nil {
		return ""
	}
	if r.base != nil {
		u = r.base.ResolveReference(u)
	}
	return u.String()
}

func (r *renderer) picture(n *html.Node) {
	src := attr(n, "src")
	seen := false
	for _, s := range r.images {
		seen = seen || s == src
	}
	if !seen {
		r.images = append(r.images, src)
	}
	r.b.WriteString(`<img src="` + html.EscapeString(r.place(src)) + `" alt="`)
	r.text(attr(n, "alt"))
	r.b.WriteString(`" style="max-width:100%">`)
}

func (r *renderer) text(s string) { r.b.WriteString(html.EscapeString(clean(s))) }

func (r *renderer) notes() {
	if len(r.links) == 0 {
		return
	}
	r.b.WriteString(`<p style="` + noteStyle + `"><strong>参考链接</strong></p>`)
	for i, l := range r.links {
		r.b.WriteString(`<p style="` + noteStyle + `">`)
		r.text(fmt.Sprintf("[%d] %s", i+1, l))
		r.b.WriteString("</p>")
	}
}

// tail names the attachments, which the platform cannot carry, and the source
// . The address of a reprint's original is text: the platform drops links,
// and 阅读原文 carries our marker.
func (r *renderer) tail(it publish.Item) {
	if len(it.Attachments) > 0 {
		var names []string
		for _, a := range it.Attachments {
			names = append(names, a.Name)
		}
		r.b.WriteString(`<p style="` + noteStyle + `">`)
		r.text("附件：" + strings.Join(names, "、") + "。请点击文末“阅读原文”下载。")
		r.b.WriteString("</p>")
	}
	source, original := it.Source, ""
	if it.Reprint != nil {
		original = it.Reprint.URL
		if source != "" && it.Reprint.Date != "" {
			source += "（" + it.Reprint.Date + "）"
		}
	}
	for _, line := range []struct{ label, value string }{{"来源：", source}, {"原文：", original}} {
		if line.value != "" {
			r.b.WriteString(`<p style="` + noteStyle + `">`)
			r.text(line.label + line.value)
			r.b.WriteString("</p>")
		}
	}
}

// clean drops what the platform or Go's JSON would turn into something else:
// control characters and the two line separators. It does not normalise: NFC
// would replace compatibility ideographs, which occur in people's names.
func clean(s string) string {
	return strings.Map(func(c rune) rune {
		if c == '\u2028' || c == '\u2029' || c == '\ufeff' || c != '\n' && c != '\t' && unicode.IsControl(c) {
			return -1
		}
		return c
	}, strings.ToValidUTF8(s, ""))
}

func cutText(s string, points int) string {
	for i := range s {
		if points == 0 {
			return s[:i]
		}
		points--
	}
	return s
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func class(n *html.Node) string { return strings.TrimSpace(attr(n, "class")) }

func innerText(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return b.String()
}
