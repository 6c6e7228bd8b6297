package body

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/text/unicode/norm"
)

// maxDepth is how deep elements of the input may be nested.
const maxDepth = 100

// Sanitise brings HTML into its canonical form, with nothing in it but the
// whitelist: Sanitise(Sanitise(x)) == Sanitise(x). Elements that are not
// allowed lose their tags and keep their words; scripts and styles go whole.
// What hides words from a reader or a check (NUL, characters that turn the
// reading direction) is not repaired but refused with a fault.
func Sanitise(source string) (string, error) {
	if err := guard(source); err != nil {
		return "", err
	}
	b := build(policy.Sanitize(source))
	if b.tooDeep {
		return "", ErrTooDeep
	}
	root := b.open[0]
	root.tidy()
	var s strings.Builder
	root.write(&s)
	if s.Len() > MaxBytes {
		return "", ErrTooLarge.With("max", "2 MiB")
	}
	return s.String(), nil
}

// policy removes what is not text. The lines of other elements (div, h5 …) are
// let through here; the builder makes paragraphs of them.
var policy = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li",
		"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "strong", "b", "em", "i", "u", "br",
		"div", "pre", "dt", "dd", "section", "article", "header", "footer", "center")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^[a-z0-9 _-]{1,200}$`)).Globally()
	p.AllowAttrs("align").Matching(regexp.MustCompile(`(?i)^(center|right)$`)).Globally()
	p.AllowAttrs("colspan", "rowspan").Matching(bluemonday.Integer).OnElements("td", "th")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("src").Matching(blobSrc).OnElements("img")
	p.AllowAttrs("alt").OnElements("img")
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	return p
}()

// guard refuses what must not be repaired silently. It reads the input as a
// stream: ten thousand nested elements cost as much as a hundred.
func guard(source string) error {
	if len(source) > MaxBytes {
		return ErrTooLarge.With("max", "2 MiB")
	}
	if !utf8.ValidString(source) {
		for i, r := range source {
			if r == utf8.RuneError {
				if _, n := utf8.DecodeRuneInString(source[i:]); n == 1 {
					return ErrNotUTF8.With("position", i+1)
				}
			}
		}
	}
	if err := readable(source, 0); err != nil {
		return err
	}
	z := html.NewTokenizer(strings.NewReader(source))
	var open []string
	at := 0
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return nil
		}
		raw := z.Raw()
		size := utf8.RuneCount(raw)
		entity := strings.Contains(string(raw), "&")
		switch kind {
		case html.TextToken:
			if entity {
				if err := readable(string(z.Text()), at); err != nil {
					return err
				}
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			open = opened(open, string(name))
			if len(open) > maxDepth {
				return ErrTooDeep.With("max", maxDepth)
			}
			for more && entity {
				var value []byte
				_, value, more = z.TagAttr()
				if err := readable(string(value), at); err != nil {
					return err
				}
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			for i := len(open) - 1; i >= 0; i-- {
				if open[i] == string(name) {
					open = open[:i]
					break
				}
			}
		}
		at += size
	}
}

// opened is the stack after a start tag. An element that ends the one before it
// without an end tag does not count as nested in it.
func opened(open []string, name string) []string {
	pop := func(names ...string) {
		for _, n := range names {
			if len(open) > 0 && open[len(open)-1] == n {
				open = open[:len(open)-1]
			}
		}
	}
	switch name {
	case "br", "img", "hr", "input", "meta", "link", "area", "base", "col", "embed", "source", "track", "wbr", "param":
		return open
	case "p", "div", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote":
		pop("p")
	case "li":
		pop("p", "li")
	case "td", "th":
		pop("p", "td", "th")
	case "tr":
		pop("p", "td", "th", "tr")
	case "tbody", "thead", "tfoot":
		pop("p", "td", "th", "tr", "tbody", "thead")
	}
	return append(open, name)
}

// readable refuses characters that make a text read otherwise than it is
// stored.
func readable(s string, before int) error {
	at := before
	for _, r := range s {
		at++
		if r == 0 || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 {
			return ErrControlCharacter.With("position", at).With("character", fmt.Sprintf("U+%04X", r))
		}
	}
	return nil
}

// strip removes characters that nobody sees: controls, marks of direction,
// zero-width blanks, byte order marks. The joiners stay, some scripts need them.
func strip(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\f':
			return r
		case r == '\r' || r == 0x2028 || r == 0x2029 || r == 0x85:
			return '\n'
		case r < 0x20, r >= 0x7f && r < 0xa0, r == 0xad, r == 0x61c, r == 0x200b, r == 0x200e, r == 0x200f,
			r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff, r >= 0xfff9 && r <= 0xfffb,
			r >= 0xfdd0 && r <= 0xfdef, r&0xfffe == 0xfffe, r >= 0xe0000 && r <= 0xe007f:
			return -1
		}
		return r
	}, s)
}

func nfc(s string) string { return norm.NFC.String(s) }
