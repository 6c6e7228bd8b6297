package apptest_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	unorm "golang.org/x/text/unicode/norm"

	"gongkai/internal/apptest"
)

// fieldsOf lists where a text can stand in a manuscript, and puts it there.
var fieldsOf = map[string]func(c map[string]any, s string){}

func init() {
	for _, f := range []string{"title", "body", "kind", "section", "author", "source", "summary", "doc_no", "doc_date"} {
		fieldsOf[f] = func(c map[string]any, s string) { c[f] = s }
	}
	for _, f := range []string{"disclosure.attribute", "disclosure.ground", "disclosure.reason", "wechat.title", "wechat.author", "wechat.digest", "reprint.source", "reprint.url", "reprint.date"} {
		part, name, _ := strings.Cut(f, ".")
		fieldsOf[f] = func(c map[string]any, s string) {
			if c[part] == nil {
				c[part] = map[string]any{}
			}
			c[part].(map[string]any)[name] = s
		}
	}
	fieldsOf["keywords"] = func(c map[string]any, s string) { c["keywords"] = []string{"甲", s} }
	for _, name := range []string{"name", "media_type", "hash"} {
		fieldsOf["attachments."+name] = func(c map[string]any, s string) {
			f := map[string]any{"name": "附件.pdf", "media_type": "application/pdf", "size": len(pdf), "hash": c["file"]}
			f[name] = s
			c["attachments"] = []any{f}
		}
	}
}

const pdf = "%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"

// uploaded stores a file for unit A and answers it as an attachment.
func uploaded(w *apptest.World, name, content string) (f map[string]any) {
	w.T.Helper()
	form := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\n\r\n" + content + "\r\n--x--\r\n"
	a := w.Call(w.Own.People["drafter"], "POST", fmt.Sprintf("/api/v1/units/%d/files", w.Own.UnitA), []byte(form), "Content-Type", "multipart/form-data; boundary=x")
	if a.Status != 201 {
		w.T.Fatalf("upload %s: %d %s", name, a.Status, a.Body)
	}
	a.Into(w.T, &f)
	return f
}

// TestNaughtyTextIsRefusedByNameOrKeptAsItIs sends every naughty text in every
// field of a draft: never an internal error, never a silent change but of line
// breaks.
func TestNaughtyTextIsRefusedByNameOrKeptAsItIs(t *testing.T) {
	// Each run takes another share of all pairs, to stay short; the order of a map
	// says which.
	naughty := apptest.Naughty(t)
	for driver, every := range map[string]int{"sqlite": 29, "mysql": 53} {
		t.Run(driver, func(t *testing.T) {
			w := apptest.Start(t, apptest.Options{Driver: driver, Idle: true, Unheld: true})
			li := w.Own.People["drafter"]
			file := uploaded(w, "附件.pdf", pdf)["hash"]
			type kept struct {
				Version int64
				Hash    string
				Content map[string]any
			}
			read := func(id int64) (k kept) {
				w.Call(li, "GET", fmt.Sprintf("/api/v1/manuscripts/%d", id), nil).Into(t, &k)
				return k
			}
			took, no, n := 0, 0, 0
			for field, put := range fieldsOf {
				m := w.Draft("淘气文字")
				path := fmt.Sprintf("/api/v1/manuscripts/%d/edit", m.ID)
				version, hash := m.Version, m.Hash
				for _, s := range naughty {
					if n++; !apptest.Share(n, every) {
						continue
					}
					c := apptest.Content("淘气文字", "file", file)
					put(c, s)
					delete(c, "file")
					a := w.Call(li, "POST", path, map[string]any{"version": version, "hash": hash, "content": c})
					shown := fmt.Sprintf("%s = %.40q", field, s)
					if a.Status/100 == 4 {
						no++
						var p struct{ Code, Field, Title string }
						a.Into(t, &p)
						if root, _, _ := strings.Cut(field, "."); p.Title == "" || (p.Code != "review.nothing_new" && !strings.HasPrefix(p.Field, root)) {
							t.Errorf("%s: %d %.300s", shown, a.Status, a.Body)
						}
						continue
					}
					if a.Status != 200 {
						t.Errorf("%s: %d %.300s", shown, a.Status, a.Body)
						continue
					}
					took++
					now := read(m.ID)
					version, hash = now.Version, now.Hash
					if field == "body" {
						continue // held against its own rules in package body
					}
					if got := at(now.Content, field); got != norm(field, s) {
						t.Errorf("%s: kept as %.40q", shown, got)
					}
				}
			}
			t.Logf("%d taken, %d refused", took, no)
			if took < 50 || no < 50 {
				t.Error("the test no longer tests anything")
			}
			m := w.Draft("下线")
			for i, s := range naughty {
				if !apptest.Share(i, 7) {
					continue
				}
				a := w.Call(li, "POST", "/api/v1/manuscripts", map[string]any{"unit_id": w.Own.UnitA, "content": map[string]any{"title": s}, "note": s})
				if a.Status != 201 && a.Status/100 != 4 {
					t.Errorf("created with %.40q: %d %.300s", s, a.Status, a.Body)
				}
				a = w.Call(w.Own.People["office_editor"], "POST", "/api/v1/sections", map[string]any{"slug": "x", "title": s, "description": s})
				if a.Status/100 == 5 {
					t.Errorf("section %.40q: %d %.300s", s, a.Status, a.Body)
				}
				a = w.Act(w.Own.People["publisher"], m, "take-down", "reason", s, "note", s)
				if a.Status/100 == 5 {
					t.Errorf("take-down %.40q: %d %.300s", s, a.Status, a.Body)
				}
			}
		})
	}
}

func at(c map[string]any, field string) string {
	root, name, deep := strings.Cut(field, ".")
	switch v := c[root].(type) {
	case string:
		return v
	case []any:
		if one, ok := v[len(v)-1].(map[string]any); ok {
			return fmt.Sprint(one[name])
		}
		return fmt.Sprint(v[len(v)-1])
	case map[string]any:
		if s, ok := v[name].(string); ok && deep {
			return s
		}
	}
	return ""
}

// norm is what is documented to happen to a text: Unicode's canonical
// composition, and line breaks folded or, in a reason, ended by LF.
func norm(field, s string) string {
	if field == "disclosure.reason" {
		s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", " ").Replace(s)
	} else {
		s = folded.ReplaceAllString(s, " ")
	}
	return strings.TrimSpace(unorm.NFC.String(s))
}

var folded = regexp.MustCompile(`[\r\n\t]+`)
