package body

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// Decode reads what the programs of an office save: UTF-8, UTF-16 with its mark,
// and GB 18030, which older editors and pages use without saying so. name is
// empty for UTF-8. What is none of them is answered as it stands.
func Decode(b []byte) (text, name string) {
	if utf8.Valid(b) {
		return strings.TrimPrefix(string(b), "\ufeff"), ""
	}
	var from encoding.Encoding = simplifiedchinese.GB18030
	name = "GB 18030"
	if len(b) > 1 && (b[0] == 0xff && b[1] == 0xfe || b[0] == 0xfe && b[1] == 0xff) {
		from, name = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM), "UTF-16"
	} else if damagedUTF8(b) {
		return string(b), ""
	}
	read, err := from.NewDecoder().Bytes(b)
	if err != nil || strings.ContainsRune(string(read), utf8.RuneError) {
		return string(b), ""
	}
	return string(read), name
}

// damagedUTF8 tells a text that is UTF-8 but for some bytes from one in another
// encoding, whose bytes seldom happen to be characters of UTF-8.
func damagedUTF8(b []byte) bool {
	characters, strays := 0, 0
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n == 1:
			strays++
		case n > 2:
			characters++
		}
		b = b[n:]
	}
	return characters > strays
}
