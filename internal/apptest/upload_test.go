package apptest_test

import (
	"fmt"
	"strings"
	"testing"

	"gongkai/internal/apptest"
)

// TestUploadsHoldTheirIdempotencyKey sends files again, as a program does that
// lost the answer and writes the form anew.
func TestUploadsHoldTheirIdempotencyKey(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		send := func(path, key, boundary, name, content string) apptest.Answer {
			form := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\n\r\n" + content + "\r\n--b--\r\n"
			return w.Call(w.Own.People["drafter"], "POST", path, []byte(strings.ReplaceAll(form, "--b", "--"+boundary)),
				"Content-Type", "multipart/form-data; boundary="+boundary, "Idempotency-Key", key)
		}
		for path, file := range map[string][3]string{
			"/api/v1/imports": {"通知.txt", "关于科普活动的通知\n正文。\n", "关于科普活动的通知\n正文，改过。\n"},
			fmt.Sprintf("/api/v1/units/%d/files", w.Own.UnitA): {"附件.pdf", pdf, pdf + "%x"},
		} {
			if a := send(path, "", "x", file[0], file[1]); a.Code() != "http.idempotency_key" {
				t.Errorf("%s without a key: %d %s", path, a.Status, a.Body)
			}
			key := "the-key-of" + path
			first := send(path, key, "x", file[0], file[1])
			if first.Status/100 != 2 {
				t.Fatalf("%s: %d %s", path, first.Status, first.Body)
			}
			if again := send(path, key, "another", file[0], file[1]); again.Status != first.Status || string(again.Body) != string(first.Body) {
				t.Errorf("%s again: %d %s, first %d %s", path, again.Status, again.Body, first.Status, first.Body)
			}
			if other := send(path, key, "x", file[0], file[2]); other.Status != 422 {
				t.Errorf("%s with another file under the key: %d %s", path, other.Status, other.Body)
			}
			if renamed := send(path, key, "x", "a"+file[0], file[1]); renamed.Status != 422 {
				t.Errorf("%s with another name under the key: %d %s", path, renamed.Status, renamed.Body)
			}
		}
	})
}
