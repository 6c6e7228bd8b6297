package wechatsim

import (
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/html"
)

// transform does to a body what the platform does without a word: scripts,
// styles, ids, classes and handlers go, and so do links and pictures that are
// not its own. What went is listed for the trainer.
func (s *Sim) transform(content, base string) (out string, dropped []string) {
	doc, err := html.Parse(strings.NewReader(content))
	if err != nil {
		return "", []string{"body: " + err.Error()}
	}
	body := find(doc, "body")
	s.walk(body, base, &dropped)
	var b strings.Builder
	for n := body.FirstChild; n != nil; n = n.NextSibling {
		_ = html.Render(&b, n)
	}
	return b.String(), dropped
}

func (s *Sim) walk(n *html.Node, base string, dropped *[]string) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		if c.Type == html.CommentNode {
			n.RemoveChild(c)
		} else if c.Type == html.ElementNode {
			switch c.Data {
			case "script", "style", "iframe", "object", "embed", "form", "input", "link", "meta":
				*dropped = append(*dropped, "<"+c.Data+">")
				n.RemoveChild(c)
				c = next
				continue
			case "img":
				if src := attr(c, "src"); !s.ownPicture(src) {
					*dropped = append(*dropped, "img "+src)
					n.RemoveChild(c)
					c = next
					continue
				}
			case "a":
				if href := attr(c, "href"); !s.ownLink(href, base) {
					*dropped = append(*dropped, "a "+href)
					for k := c.FirstChild; k != nil; k = c.FirstChild {
						c.RemoveChild(k)
						n.InsertBefore(k, c)
					}
					next = c.NextSibling
					n.RemoveChild(c)
				}
			}
			c.Attr = keep(c.Attr)
			s.walk(c, base, dropped)
		}
		c = next
	}
}

func keep(attrs []html.Attribute) []html.Attribute {
	var out []html.Attribute
	for _, a := range attrs {
		if a.Key == "id" || a.Key == "class" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Val, "javascript:") {
			continue
		}
		if a.Key == "style" {
			var rules []string
			for _, rule := range strings.Split(a.Val, ";") {
				name, _, _ := strings.Cut(rule, ":")
				if name = strings.TrimSpace(strings.ToLower(name)); name != "" && name != "position" && name != "z-index" {
					rules = append(rules, rule)
				}
			}
			a.Val = strings.Join(rules, ";")
		}
		out = append(out, a)
	}
	return out
}

func (s *Sim) ownPicture(src string) bool {
	u, err := url.Parse(src)
	if err != nil || !strings.HasPrefix(u.Path, "/mmbiz_sim/") {
		return false
	}
	name := path.Base(u.Path)
	return s.pictures[strings.TrimSuffix(name, path.Ext(name))] != nil
}

func (s *Sim) ownLink(href, base string) bool {
	return strings.HasPrefix(href, "https://mp.weixin.qq.com/") || strings.HasPrefix(href, "http://mp.weixin.qq.com/") ||
		strings.HasPrefix(href, base+"/s/")
}

func find(n *html.Node, tag string) *html.Node {
	if n.Type == html.ElementNode && n.Data == tag {
		return n
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if f := find(c, tag); f != nil {
			return f
		}
	}
	return nil
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func plain(content string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(content))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return strings.Join(strings.Fields(b.String()), " ")
		case html.TextToken:
			b.Write(z.Text())
		}
	}
}
