package wechat

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"gongkai/internal/check"
	"gongkai/internal/publish"
)

var blobSrc = regexp.MustCompile(`^/blob/(sha256:[0-9a-f]{64})$`)

// title is the variant's, or the manuscript's where the variant has none.
func title(it publish.Item) string {
	if it.WeChat.Title != "" {
		return it.WeChat.Title
	}
	return it.Title
}

// Check says what the official account cannot carry, before review starts. A
// title refused after three signatures is the worst moment.
func (c *Channel) Check(it publish.Item) []check.Finding { return Check(it) }

// Check is the same without a configured account.
func Check(it publish.Item) []check.Finding {
	var out []check.Finding
	tooLong := func(rule, where, s string, limit int) {
		if n := utf8.RuneCountInString(s); n > limit {
			out = append(out, check.Finding{Rule: "channel.wechat." + rule, Level: check.Block, Where: where,
				Quote: cutText(s, 40), Args: map[string]any{"length": n, "max": limit}})
		}
	}
	tooLong("title_length", "wechat.title", title(it), maxTitle)
	tooLong("author_length", "wechat.author", it.WeChat.Author, maxAuthor)
	tooLong("digest_length", "wechat.digest", it.WeChat.Digest, maxDigest)
	if strings.TrimSpace(title(it)) == "" {
		out = append(out, check.Finding{Rule: "channel.wechat.title_missing", Level: check.Block, Where: "wechat.title"})
	}
	if len(Marker(it)) > maxSource {
		out = append(out, check.Finding{Rule: "channel.wechat.source_url", Level: check.Block, Where: "page_url", Args: map[string]any{"max": maxSource}})
	}
	for _, f := range []struct{ where, text string }{
		{"wechat.title", title(it)}, {"wechat.author", it.WeChat.Author}, {"wechat.digest", it.WeChat.Digest}, {"body", it.Body},
	} {
		if c, ok := forbidden(f.text); ok {
			out = append(out, check.Finding{Rule: "channel.wechat.characters", Level: check.Block, Where: f.where,
				Args: map[string]any{"character": "U+" + strings.ToUpper(strconv.FormatInt(int64(c), 16))}})
		}
	}
	full := renderFull(it, func(string) string { return placeholder })
	for _, src := range full.images {
		if !blobSrc.MatchString(src) {
			out = append(out, check.Finding{Rule: "channel.wechat.image_foreign", Level: check.Block, Where: "body", Quote: cutText(src, 40)})
		}
	}
	if strings.TrimSpace(it.Body) == "" {
		out = append(out, check.Finding{Rule: "channel.wechat.body_missing", Level: check.Block, Where: "body"})
	}
	args := map[string]any{"length": full.points(), "max": maxContent}
	switch f := form(it); {
	case it.Alone() && (f != publish.FormFull || !full.fits()):
		out = append(out, check.Finding{Rule: "channel.wechat.alone", Level: check.Block, Where: "body", Args: args})
	case f == publish.FormFull && !full.fits():
		out = append(out, check.Finding{Rule: "channel.wechat.content_length", Level: check.Block, Where: "body", Args: args})
	case f == publish.FormTooLong:
		out = append(out, check.Finding{Rule: "channel.wechat.digest_form", Level: check.Hint, Where: "body", Args: args})
	case f == publish.FormDigest:
		out = append(out, check.Finding{Rule: "channel.wechat.digest_chosen", Level: check.Hint, Where: "wechat.form"})
	}
	return out
}

// forbidden finds a character that is invisible or means nothing to readers:
// controls, direction overrides, line separators, private use.
func forbidden(s string) (rune, bool) {
	for _, c := range s {
		switch {
		case c == '\n' || c == '\t' || c == '\r':
		case unicode.IsControl(c), c == '\u2028', c == '\u2029', c == '\ufeff', c == utf8.RuneError,
			c >= '\u202a' && c <= '\u202e', c >= '\u2066' && c <= '\u2069', unicode.Is(unicode.Co, c):
			return c, true
		}
	}
	return 0, false
}
