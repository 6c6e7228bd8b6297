package body

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

func TestFilesOfOlderProgramsAreRead(t *testing.T) {
	const text = "公开目录\n甲局2025年预算，㐀𠮷。\n"
	for name, e := range map[string]encoding.Encoding{"GB 18030": simplifiedchinese.GB18030, "UTF-16": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)} {
		b, err := e.NewEncoder().Bytes([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		d, err := Import("a.txt", b)
		if err != nil || d.Title != "公开目录" || d.Body != "<p>甲局2025年预算，㐀𠮷。</p>\n" {
			t.Errorf("%s: %q %q %v", name, d.Title, d.Body, err)
		}
		if len(d.Report) != 1 || d.Report[0].Code != "body.import.encoding" || d.Report[0].Args["encoding"] != name {
			t.Errorf("%s: %v", name, d.Report)
		}
	}
	page, err := simplifiedchinese.GBK.NewEncoder().String(`<html><head><meta charset="gb2312"><title>t</title></head><body><h1>公告</h1><p>内容</p></body></html>`)
	if err != nil {
		t.Fatal(err)
	}
	if d, err := Import("a.html", []byte(page)); err != nil || d.Title != "公告" || d.Body != "<p>内容</p>\n" {
		t.Errorf("a page: %q %q %v", d.Title, d.Body, err)
	}
	for name, b := range map[string]string{
		"UTF-8 with a stray byte":  "公开目录\n公\xff开",
		"UTF-8 cut in the middle":  "公开目录\n公开"[:len("公开目录\n公开")-1],
		"neither":                  "\xb9\xab\xff\xff\xff",
		"UTF-16 cut in the middle": "\xff\xfe\x00\xd8a\x00",
	} {
		if d, err := Import("a.txt", []byte(b)); !errors.Is(err, ErrNotUTF8) {
			t.Errorf("%s: %v %q", name, err, d.Title)
		}
	}
}

func TestPlainTextInAPageKeepsItsLines(t *testing.T) {
	d, err := Import("a.html", []byte("<h1>题</h1><p>前</p><pre class=x>第一行 &lt;甲&gt;<br>第二<b>行</b>\n\n甲\t乙\n1\t2\n</pre><p>后</p>"))
	want := "<p>前</p>\n<p>第一行 &lt;甲&gt;</p>\n<p>第二行</p>\n<table><thead><tr><th>甲</th><th>乙</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>\n<p>后</p>\n"
	if err != nil || d.Title != "题" || strings.Join(strings.Fields(d.Body), "") != strings.Join(strings.Fields(want), "") {
		t.Errorf("%v %q\n%s\nwant\n%s", err, d.Title, d.Body, want)
	}
	if d, err = Import("a.html", []byte("<h1>题</h1><pre>没有结束\n的")); err != nil || d.Body != "<p>没有结束</p>\n<p>的</p>\n" {
		t.Errorf("%v %q", err, d.Body)
	}
}
