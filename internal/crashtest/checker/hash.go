package checker

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// content is what is signed. The hash is "sha256:" and the hexadecimal SHA-256
// of this JSON without white space, its keys in exactly this order:
//
//	{"render":1,"content":{"title","body","kind","section",
//	 "disclosure":{"attribute","ground"?,"reason"?},
//	 "author"?,"source"?,"summary"?,"keywords"?:[…],"doc_no"?,"doc_date"?,
//	 "attachments"?:[{"name","media_type","size","hash"},…],
//	 "wechat":{"title"?,"author"?,"digest"?,"form"?},
//	 "reprint":{"source"?,"url"?,"date"?},
//	 "corrects"?:{"of","reason"}}}
//
// A key marked ? is left out when its value is empty. In strings, < > & and the
// separators U+2028 and U+2029 are written as \u escapes, quotation mark,
// backslash, \b \f \n \r \t in their short form, other control characters as
// \u00xx, and everything else as UTF-8. The table revisions keeps title and
// body in columns and all other keys as JSON in the column fields.
type content struct {
	Kind, Section string
	Disclosure    struct{ Attribute, Ground, Reason string }
	Author        string
	Source        string
	Summary       string
	Keywords      []string
	DocNo         string `json:"doc_no"`
	DocDate       string `json:"doc_date"`
	Attachments   []struct {
		Name      string
		MediaType string `json:"media_type"`
		Size      int64
		Hash      string
	}
	WeChat  struct{ Title, Author, Digest, Form string }
	Reprint struct{ Source, URL, Date string }

	Corrects *struct {
		Of     int64
		Reason string
	}
}

// canonicalHash recomputes what decisions on this revision must name.
func canonicalHash(r *Revision) (string, error) {
	var c content
	if err := json.Unmarshal([]byte(r.Fields), &c); err != nil {
		return "", err
	}
	var o object
	o.always("title", r.Title)
	o.always("body", r.Body)
	o.always("kind", c.Kind)
	o.always("section", c.Section)
	var d object
	d.always("attribute", c.Disclosure.Attribute)
	d.unlessEmpty("ground", c.Disclosure.Ground, "reason", c.Disclosure.Reason)
	o.raw("disclosure", d.String())
	o.unlessEmpty("author", c.Author, "source", c.Source, "summary", c.Summary)
	if len(c.Keywords) > 0 {
		var all []string
		for _, k := range c.Keywords {
			all = append(all, quote(k))
		}
		o.raw("keywords", "["+strings.Join(all, ",")+"]")
	}
	o.unlessEmpty("doc_no", c.DocNo, "doc_date", c.DocDate)
	if len(c.Attachments) > 0 {
		var all []string
		for _, a := range c.Attachments {
			var f object
			f.always("name", a.Name)
			f.always("media_type", a.MediaType)
			f.raw("size", fmt.Sprint(a.Size))
			f.always("hash", a.Hash)
			all = append(all, f.String())
		}
		o.raw("attachments", "["+strings.Join(all, ",")+"]")
	}
	var w, re object
	w.unlessEmpty("title", c.WeChat.Title, "author", c.WeChat.Author, "digest", c.WeChat.Digest, "form", c.WeChat.Form)
	o.raw("wechat", w.String())
	re.unlessEmpty("source", c.Reprint.Source, "url", c.Reprint.URL, "date", c.Reprint.Date)
	o.raw("reprint", re.String())
	if c.Corrects != nil {
		var cor object
		cor.raw("of", fmt.Sprint(c.Corrects.Of))
		cor.always("reason", c.Corrects.Reason)
		o.raw("corrects", cor.String())
	}
	sum := sha256.Sum256([]byte(`{"render":1,"content":` + o.String() + `}`))
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

type object struct{ parts []string }

func (o *object) raw(key, value string)    { o.parts = append(o.parts, quote(key)+":"+value) }
func (o *object) always(key, value string) { o.raw(key, quote(value)) }
func (o *object) unlessEmpty(pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			o.always(pairs[i], pairs[i+1])
		}
	}
}
func (o *object) String() string { return "{" + strings.Join(o.parts, ",") + "}" }

var short = map[rune]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`}

func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, c := range s {
		escape, known := short[c]
		switch {
		case known:
			b.WriteString(escape)
		case c < 0x20 || c == '<' || c == '>' || c == '&' || c == 0x2028 || c == 0x2029:
			fmt.Fprintf(&b, `\u%04x`, c)
		case c == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			b.WriteString(`\ufffd`)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
