package manuscript_test

import (
	"errors"
	"strings"
	"testing"

	"gongkai/internal/manuscript"
)

// reprinted is a reprint with every field filled.
func reprinted() manuscript.Content {
	return manuscript.Content{Title: "省政府印发科普条例", Body: "<p>正文<strong>一</strong>&amp;二。</p>", Kind: "reprint", Section: "news",
		Disclosure: manuscript.Disclosure{Attribute: manuscript.Proactive}, Author: "张三", Source: "科技局", Summary: "概要 <一>", Keywords: []string{"科普", "条例"},
		DocNo: "甲政发〔2026〕7号", DocDate: "2026-02-01", Attachments: []manuscript.Attachment{{Name: "表.pdf", MediaType: "application/pdf", Size: 3, Hash: "sha256:aa"}},
		WeChat:  manuscript.WeChat{Title: "微题", Author: "科技局", Digest: "导语"},
		Reprint: manuscript.Reprint{Source: "省人民政府", URL: "https://www.example.gov.cn/a?x=1&y=2", Date: "2026-03-01"}}
}

// What was stored and signed by earlier versions of the program keeps its hash.
func TestStoredContentsHashAsBefore(t *testing.T) {
	bare := manuscript.Content{Title: "题", Body: "<p>文</p>", Kind: "news", Section: "news", Disclosure: manuscript.Disclosure{Attribute: manuscript.Proactive}}
	full := reprinted()
	for want, c := range map[string]*manuscript.Content{
		"sha256:8ecb262db3ce3a4b9ddc21388f068c999a8acef93a26854f0bb1059125b91cd0": &bare,
		"sha256:55f48fbaa3b6d0046c1f7528dd41e753387e66f0b5bd86b730a0affa3f8d11ed": &full,
	} {
		if got := c.Hash(); got != want {
			t.Errorf("%s hashes as %s, before it was %s", c.Title, got, want)
		}
	}
}

// 1.7: no reprint without source, address and date; an address is one that
// readers can follow.
func TestReprintsNameTheirOriginal(t *testing.T) {
	for what, r := range map[string]manuscript.Reprint{
		"no source":         {"", "https://a.cn/1", "2026-03-01"},
		"no address":        {"省政府", "", "2026-03-01"},
		"no date":           {"省政府", "https://a.cn/1", ""},
		"a script":          {"省政府", "javascript:alert(1)", "2026-03-01"},
		"no host":           {"省政府", "https://", "2026-03-01"},
		"no address at all": {"省政府", "https://a.cn/一 二", "2026-03-01"},
		"no day":            {"省政府", "https://a.cn/1", "2026-02-30"},
	} {
		c := reprinted()
		if c.Reprint = r; c.Ready() == nil {
			t.Errorf("%s: ready", what)
		}
	}
	c := reprinted()
	if err := c.Ready(); err != nil {
		t.Error(err)
	}
	c.Kind, c.Reprint = "news", manuscript.Reprint{URL: "javascript:alert(1)"}
	if err := c.Ready(); !errors.Is(err, manuscript.ErrURL) {
		t.Errorf("another kind with a script for an address: %v", err)
	}
}

func TestLinesFoldBreaksAndNotesKeepThem(t *testing.T) {
	for in, want := range map[string][2]string{
		"一行":                    {"一行", "一行"},
		" 第一行\r\n第二行 \r\n":      {"第一行 第二行", "第一行\n第二行"},
		"第一行\n\n第二行":            {"第一行 第二行", "第一行\n\n第二行"},
		"第一行\r第二行":              {"第一行 第二行", "第一行\n第二行"},
		"甲\t乙":                  {"甲 乙", "甲 乙"},
		"甲 \r\n\t 乙":            {"甲 乙", "甲 \n  乙"},
		"e\u0301":               {"é", "é"},
		"\r\n\r\n":              {"", ""},
		strings.Repeat("文", 20): {strings.Repeat("文", 20), strings.Repeat("文", 20)},
	} {
		line, err := manuscript.Line("title", in, 20)
		note, err2 := manuscript.Note("note", in, 20)
		if err != nil || err2 != nil || line != want[0] || note != want[1] {
			t.Errorf("%q is the line %q (%v) and the note %q (%v)", in, line, err, note, err2)
		}
	}
	for _, bad := range []string{"甲\x00乙", "甲\x0b乙", "甲\x1b[1m乙", "甲\u202e乙", "甲\u2066乙", "甲\u2028乙", "甲\x85乙", "甲\xff乙", "甲\ufeff乙", "甲\x7f乙"} {
		_, err := manuscript.Line("title", bad, 20)
		_, err2 := manuscript.Note("note", bad, 20)
		if !errors.Is(err, manuscript.ErrCharacter) || !errors.Is(err2, manuscript.ErrCharacter) {
			t.Errorf("%q passes: %v, %v", bad, err, err2)
		}
	}
	if _, err := manuscript.Note("note", "甲\r\n"+strings.Repeat("文", 19), 20); !errors.Is(err, manuscript.ErrTooLong) {
		t.Errorf("a line end counts as a character: %v", err)
	}
}
