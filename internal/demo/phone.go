package demo

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"gongkai/internal/body"
)

// phoneWords compares the article on the phone with what was signed, word by
// word. The whole text must stand there paragraph for paragraph; a digest may
// hold nothing but quotations. It answers which of the two it is and how many
// paragraphs were compared.
func phoneWords(page, signed, pageURL string, quotable ...string) (form string, compared int, err error) {
	shown, err := phoneParagraphs(page)
	if err != nil {
		return "", 0, err
	}
	want := body.Paragraphs(signed)
	more := "全文请点击文末“阅读原文”查看：" + pageURL
	if slices.ContainsFunc(shown, func(p string) bool { return same(p, more) }) {
		compared, err = digestWords(shown, append(want, quotable...), more)
		return "digest", compared, err
	}
	for i, p := range want {
		if i >= len(shown) {
			return "full", 0, fmt.Errorf("the phone ends after %d of %d paragraphs; missing: %s", len(shown), len(want), first(p, 40))
		}
		if !same(shown[i], p) {
			return "full", 0, fmt.Errorf("paragraph %d on the phone is %q, signed was %q", i+1, first(shown[i], 80), first(p, 80))
		}
	}
	for _, p := range shown[len(want):] {
		if !added.MatchString(p) {
			return "full", 0, fmt.Errorf("the phone shows words nobody signed: %s", first(p, 80))
		}
	}
	return "full", len(want), nil
}

// digestWords wants every paragraph to be a quotation, and at least one.
func digestWords(shown, quotable []string, more string) (int, error) {
	quoted := 0
	for _, p := range shown {
		if same(p, more) || same(p, "主要数据") || added.MatchString(p) {
			continue
		}
		words := squeeze(strings.TrimSuffix(p, "…"))
		if words == "" || !slices.ContainsFunc(quotable, func(q string) bool { return strings.Contains(squeeze(q), words) }) {
			return 0, fmt.Errorf("the digest on the phone shows words nobody signed: %s", first(p, 80))
		}
		quoted++
	}
	if quoted == 0 {
		return 0, fmt.Errorf("the digest on the phone quotes nothing")
	}
	return quoted, nil
}

var (
	// added is what the channel says after a text: notes for its links, the names
	// of its attachments, its source and the original of a reprint.
	added = regexp.MustCompile(`^(参考链接|\[[0-9]+\] https?://\S+|附件：.*请点击文末“阅读原文”下载。|来源：.*|原文：https?://\S+)$`)
	note  = regexp.MustCompile(`<sup>\[[0-9]+\]</sup>`)
	head  = regexp.MustCompile(`(?s)<article class="article">\s*<h1>(.*?)</h1>\s*<p class="meta">.*?</p>(.*?)(?:<a class="more"[^>]*>[^<]*</a>\s*)?</article>`)
)

func phoneParagraphs(page string) ([]string, error) {
	m := head.FindStringSubmatch(page)
	if m == nil {
		return nil, fmt.Errorf("the phone shows no article")
	}
	return body.Paragraphs(note.ReplaceAllString(m[2], "")), nil
}

func phoneTitle(page string) string {
	if m := head.FindStringSubmatch(page); m != nil {
		return html.UnescapeString(m[1])
	}
	return ""
}

// same compares words; blanks between them may have been laid out anew.
func same(a, b string) bool { return squeeze(a) == squeeze(b) }

func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}
