package manuscript_test

import (
	"errors"
	"strings"
	"testing"

	"gongkai/internal/manuscript"
)

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
