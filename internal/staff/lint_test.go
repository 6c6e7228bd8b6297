package staff_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gongkai/config"
	"gongkai/internal/apptest"
	"gongkai/workflows"
)

func TestAChainIsLookedAtInThePage(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	w.UpTo(w.Draft("在办的一件"), "first")
	b := as(t, w, person(w, "office_editor"))
	b.get("/workflows?id=three-reviews").has(t, "/workflows/lint?id=three-reviews")
	b.get("/workflows/lint?id=three-reviews").has(t, "id: three-reviews")
	complete(t, "the form", b.get("/workflows/lint"))
	text, err := workflows.FS.ReadFile("three-reviews.yaml")
	if err != nil {
		t.Fatal(err)
	}
	look := func(text string) page {
		return b.post("/workflows/lint", url.Values{"key": {"0123456789abcdef01234567"}, "text": {strings.ReplaceAll(text, "\n", "\r\n")}})
	}
	same := look(string(text))
	same.has(t, "符合规则", "在办1件", "data:image/svg")
	look(strings.Replace(string(text), "version: 1", "version: 9", 1)).has(t, "第9版符合规则")
	changed := look(strings.Replace(string(text), "title: 三审三校", "title: 三审三校一", 1))
	changed.has(t, "已在使用，不能改动")
	bad := look(strings.Replace(string(text), "acts: [confidentiality]", "acts: [review]", 1))
	bad.has(t, "在签发前都要有保密审查", "<code>steps</code>")
	look("steps: [").has(t, "发现1个问题")
	look("a: <script>alert(1)</script>").has(t, "没有这个键", "&lt;script&gt;")
	b.cookies["lang"] = "en"
	look(strings.Replace(string(text), "basis:", "base:", 1)).has(t, "Unknown key; known here", "Line ")
	if p := look(strings.Repeat("#", 70_000)); p.Status != 400 {
		t.Errorf("a huge chain answers %d", p.Status)
	}
	if p := as(t, w, person(w, "foi_officer")).get("/workflows/lint"); p.Status != 200 {
		t.Errorf("who may read chains gets %d", p.Status)
	}
}

func TestAnOfficeBringsItsOwnChains(t *testing.T) {
	folder := t.TempDir()
	files, err := workflows.FS.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := workflows.FS.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		if f.Name() == "three-reviews.yaml" {
			text = []byte(strings.NewReplacer("version: 1", "version: 7", "title: 一审一校", "title: 科室初审").Replace(string(text)))
		}
		if err := os.WriteFile(filepath.Join(folder, f.Name()), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true, Set: func(c *config.Config) { c.Chains.Folder = folder }})
	m := w.UpTo(w.Draft("按本单位流程"), "first")
	as(t, w, person(w, "section_head")).get(path(m, "")).has(t, "科室初审")
	as(t, w, person(w, "office_editor")).get("/workflows?id=three-reviews").has(t, "科室初审", "<dd>7</dd>")
}
