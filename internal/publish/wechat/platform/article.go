package platform

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

// Article is what draft/add takes.
type Article struct {
	Type      string `json:"article_type"` // "news"
	Title     string `json:"title"`
	Author    string `json:"author"`
	Digest    string `json:"digest"`
	Content   string `json:"content"` // HTML with inline styles
	SourceURL string `json:"content_source_url"`
	Cover     string `json:"thumb_media_id"`
	Comments  int    `json:"need_open_comment"`
	FansOnly  int    `json:"only_fans_can_comment"`
	Crop235   string `json:"pic_crop_235_1,omitempty"` // X1_Y1_X2_Y2 in fractions, as Crop11
	Crop11    string `json:"pic_crop_1_1,omitempty"`
}

// NewsItem is what the platform says of an article, in a draft or published.
type NewsItem struct {
	Title     string `json:"title"`
	Author    string `json:"author"`
	Digest    string `json:"digest"`
	Content   string `json:"content"`
	SourceURL string `json:"content_source_url"`
	URL       string `json:"url"`
	Deleted   bool   `json:"is_deleted"`
}

// Differs names the first field in which what the platform holds is not what
// was sent, empty when there is none. Of the text the words and the pictures
// count: the platform rewrites tags and styles.
func (want Article) Differs(got []NewsItem) string {
	if len(got) != 1 {
		return fmt.Sprintf("%d articles", len(got))
	}
	g := got[0]
	wantText, wantPictures := Essence(want.Content)
	gotText, gotPictures := Essence(g.Content)
	switch {
	case html.UnescapeString(g.Title) != want.Title:
		return "title"
	case html.UnescapeString(g.Author) != want.Author:
		return "author"
	case want.Digest != "" && html.UnescapeString(g.Digest) != want.Digest:
		return "digest"
	case g.SourceURL != want.SourceURL:
		return "content_source_url"
	case gotText != wantText:
		return "content"
	case strings.Join(gotPictures, " ") != strings.Join(wantPictures, " "):
		return "images"
	}
	return ""
}

// Essence is the words of a text without white space, and its pictures without
// scheme and query.
func Essence(content string) (text string, pictures []string) {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(content))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b.String(), pictures
		case html.TextToken:
			for _, c := range string(z.Text()) {
				if !unicode.IsSpace(c) {
					b.WriteRune(c)
				}
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			if t.Data != "img" {
				continue
			}
			src := ""
			for _, a := range t.Attr {
				if a.Key == "data-src" || a.Key == "src" && src == "" {
					src = a.Val
				}
			}
			src, _, _ = strings.Cut(src, "?")
			_, src, _ = strings.Cut(src, "//")
			pictures = append(pictures, src)
		}
	}
}
