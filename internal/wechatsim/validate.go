package wechatsim

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits are the platform's, each by name, because its pages contradict each
// other. Lengths are in code points.
type Limits struct {
	Title         int // 45003
	Author        int // 45110
	Digest        int // 45004
	Content       int // 45002: must stay below
	ContentBytes  int // 45002: must stay below
	SourceURL     int // bytes, 41039
	Articles      int // 45008
	BodyImage     int // bytes, 40009: must stay below
	MaterialImage int // bytes, 40009
	Thumb         int // bytes, 40009
	Material      int // pictures in the library
	Comments      bool
	EscapedAs     int // what a \uXXXX of a Han character counts as
}

// DefaultLimits are the documented ones of December 2025.
func DefaultLimits() Limits {
	return Limits{
		Title: 32, Author: 16, Digest: 128, Content: 20000, ContentBytes: 1 << 20, SourceURL: 1024,
		Articles: 8, BodyImage: 1 << 20, MaterialImage: 10 << 20, Thumb: 64 << 10, Material: 100000, EscapedAs: 6,
	}
}

// length counts a JSON string as the platform does: a Han character written as
// \uXXXX counts as its six ASCII characters, which is where the classic false
// 45003 comes from.
func (l Limits) length(raw json.RawMessage) int {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return 0
	}
	n := utf8.RuneCountInString(s)
	for i := 0; i+5 < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		if raw[i+1] == 'u' {
			if v, err := strconv.ParseUint(string(raw[i+2:i+6]), 16, 32); err == nil && v >= 0x2000 {
				n += l.EscapedAs - 1
			}
		}
		i++
	}
	return n
}

// check reads one article of a request and says what the platform would.
func (s *Sim) check(raw json.RawMessage, base string) (Article, *failure) {
	var a Article
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil || json.Unmarshal(raw, &a) != nil {
		return a, no(47001)
	}
	l := s.o.Limits
	switch {
	case a.Title == "" || l.length(fields["title"]) > l.Title:
		return a, no(45003)
	case l.length(fields["author"]) > l.Author:
		return a, no(45110)
	case l.length(fields["digest"]) > l.Digest:
		return a, no(45004)
	case a.Content == "":
		return a, no(44003)
	case l.length(fields["content"]) >= l.Content || len(a.Content) >= l.ContentBytes:
		return a, no(45002)
	case !goodSource(a.SourceURL, l.SourceURL):
		return a, no(41039)
	case a.Comments != 0 && !l.Comments:
		return a, no(88000)
	}
	if cover := s.pictures[a.ThumbMediaID]; cover == nil || !cover.material {
		return a, no(40007)
	}
	a.Content, a.Dropped = s.transform(a.Content, base)
	if a.Digest == "" {
		a.Digest = firstPoints(plain(a.Content), 54)
	}
	return a, nil
}

func goodSource(raw string, limit int) bool {
	if raw == "" {
		return true
	}
	u, err := url.Parse(raw)
	return err == nil && len(raw) <= limit && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

func firstPoints(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// sniff tells pictures by their first bytes; names and headers lie.
func sniff(b []byte) string {
	for magic, t := range map[string]string{"\xff\xd8\xff": "image/jpeg", "\x89PNG\r\n\x1a\n": "image/png", "GIF8": "image/gif", "BM": "image/bmp"} {
		if strings.HasPrefix(string(b[:min(8, len(b))]), magic) {
			return t
		}
	}
	return ""
}
