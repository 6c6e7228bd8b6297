package apptest_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"gongkai/internal/apptest"
	"gongkai/internal/body"
	"gongkai/internal/word"
)

const dot = "\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00\x3a\x7e\x9b\x55\x00\x00\x00\x0e\x49\x44\x41\x54\x78\x9c\x62\x62\x00\x04\x00\x00\xff\xff\x00\x06\x00\x03\xfa\xd0\x59\xae\x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82"

// TestAWordFileGoesThroughTheAPI imports a file, stores its picture and text, and
// exports the same file.
func TestAWordFileGoesThroughTheAPI(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		drafter := w.Own.People["drafter"]
		send := func(path, name, content string) apptest.Answer {
			form := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\n\r\n" + content + "\r\n--x--\r\n"
			return w.Call(drafter, "POST", path, []byte(form), "Content-Type", "multipart/form-data; boundary=x")
		}
		files := fmt.Sprintf("/api/v1/units/%d/files", w.Own.UnitA)
		var stored struct{ Hash string }
		send(files, "图.png", dot).Into(t, &stored)
		html, err := body.Sanitise(`<h2>一、总体</h2><table><tr><td rowspan=2>甲</td><td>1</td></tr><tr><td>2</td></tr></table><p>见图<img src="/blob/` + stored.Hash + `" alt=""></p>`)
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := word.Write(&file, "通知", html, func(string) ([]byte, error) { return []byte(dot), nil }); err != nil {
			t.Fatal(err)
		}
		var in struct {
			Title, Body string
			Report      []struct {
				Code, Near, Say string
				Paragraph       int
			}
			Images []struct {
				Hash      string
				MediaType string `json:"media_type"`
				Bytes     []byte
			}
		}
		send("/api/v1/imports", "通知.docx", file.String()).Into(t, &in)
		if in.Title != "通知" || in.Body != html || len(in.Images) != 1 || in.Images[0].Hash != stored.Hash || string(in.Images[0].Bytes) != dot || in.Images[0].MediaType != "image/png" {
			t.Fatalf("imported %+v", in)
		}
		if len(in.Report) != 1 || in.Report[0].Code != "docx.image_alt" || in.Report[0].Paragraph == 0 || in.Report[0].Near != "见图" || !strings.Contains(in.Report[0].Say, "替代文字") {
			t.Errorf("report %+v", in.Report)
		}
		m := w.Draft(in.Title, "body", in.Body)
		a := w.Call(drafter, "GET", fmt.Sprintf("/api/v1/manuscripts/%d/docx?revision=1", m.ID), nil)
		if a.Status != 200 || !bytes.Equal(a.Body, file.Bytes()) {
			t.Errorf("exported %d, %d bytes instead of %d", a.Status, len(a.Body), file.Len())
		}
		if a := send("/api/v1/imports", "宏.docx", "PK\x03\x04"); a.Status != 415 || a.Code() != "docx.not_word" {
			t.Errorf("half a file: %d %s", a.Status, a.Body)
		}
	})
}
