package staff_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gongkai/internal/apptest"
)

// remarked is a returned manuscript with a comment, suggestions, an orphan and a
// settled remark.
func remarked(w *apptest.World) apptest.Item {
	w.T.Helper()
	head, drafter := person(w, "section_head"), person(w, "drafter")
	m := w.UpTo(w.Draft("批注过的", "body", "<p>受理申请43件，<strong>办结</strong>40件。</p><p>其中予以公开12件，部分公开3件。</p><p>这一段要删去。</p>"), "first")
	say := func(act string, in map[string]any) {
		w.T.Helper()
		if a := w.Call(head, "POST", fmt.Sprintf("/api/v1/manuscripts/%d/remarks%s", m.ID, act), in); a.Status/100 != 2 {
			w.T.Fatalf("%d %s", a.Status, a.Body)
		}
	}
	add := func(kind, quote, replacement, text string) {
		say("", map[string]any{"kind": kind, "quote": quote, "replacement": replacement, "text": text})
	}
	add("suggestion", "申请43件，办结", "申请56件，办结", "与台账一致")
	add("suggestion", "部分公开3件", "部分公开4件", "")
	add("comment", "其中予以公开", "", "口径<script>alert(1)</script>")
	add("comment", "要删去", "", "为什么删")
	add("suggestion", "40件", "", "")
	say("/close", map[string]any{"remarks": []int64{5}})
	say("/answer", map[string]any{"remark": 3, "text": "请看附表"})
	m = w.Must(head, m, "decide", "verb", "return", "target", "draft", "gate", "facts", "note", "请按建议修改")
	return w.Must(drafter, m, "edit", "content", apptest.Content("批注过的", "body", "<p>受理申请43件，<strong>办结</strong>40件。</p><p>其中予以公开12件，部分公开3件。</p>"))
}

func TestRemarksAreReadTakenAndDeclinedWithPlainForms(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := remarked(w)
	at := path(m, "")
	b := as(t, w, person(w, "drafter"))
	p := b.get(at)
	p.has(t, `受理<mark id="at-1" data-remark="1">申请43件，</mark><mark data-remark="1"><strong>办结</strong></mark><sup class="rm"><a href="#remark-1">1</a></sup>40件`,
		`<mark id="at-3" data-remark="3">其中予以公开</mark>`, `id="remark-4" class="x"`, "原文已不在，请重新定位", "要删去", "请看附表", "口径&lt;script&gt;alert(1)&lt;/script&gt;",
		"还有 2 条修改建议没有处理", "已处理 1 条", path(m, "/remarks/decline"), `formaction="`+path(m, "/remarks/close")+`"`)
	p.hasNot(t, "<script>alert", `data-remark="4"`, `data-remark="5"`)
	if i, j := strings.Index(p.Body, `id="remark-4"`), strings.Index(p.Body, `id="remark-1"`); i > j {
		t.Error("the orphan does not come first")
	}
	as(t, w, person(w, "publisher")).get(at).hasNot(t, "/remarks/take", path(m, "/remarks/answer"), `class="btn pri rm-go"`)

	p = b.send(at, path(m, "/remarks/reanchor"), "quote", "没有")
	p.has(t, "正文中找不到这段文字", ">没有</textarea>")
	b.send(at, path(m, "/remarks/reanchor"), "quote", "40件").leads(t, 303, at+"#remarks")
	b.get(at).has(t, `<mark id="at-4" data-remark="4">40件</mark>`)
	b.send(at, path(m, "/remarks/take"), "note", "x").has(t, "请先选择")
	settle := func(to string, fields ...string) page {
		t.Helper()
		return b.post(path(m, to), b.get(at).fill(t, path(m, "/remarks/take"), fields...))
	}
	settle("/remarks/close", "only", "4").leads(t, 303, at+"#remarks")
	settle("/remarks/take", "remark", "1", "remark", "2").leads(t, 303, at+"#remarks")
	p = b.get(at)
	p.has(t, "建议已采纳", "申请56件，办结", "部分公开4件", "采纳 2 条修改建议", "已处理 4 条")
	p.hasNot(t, "条修改建议没有处理")

	// A form that is refused keeps what was typed.
	p = b.send(at, path(m, "/remarks"), "kind", "suggestion", "quote", "件", "replacement", "份", "text", "统一量词")
	p.has(t, "有 4 处", `href="#f-quote"`, ">件</textarea>", ">份</textarea>", ">统一量词</textarea>", `id="remark" open`)
	b.send(at, path(m, "/remarks"), "kind", "suggestion", "quote", "56件", "replacement", "56份", "text", "统一量词").leads(t, 303, at+"#remarks")
	settle("/remarks/decline", "only", "6", "note", "不必").leads(t, 303, at+"#remarks")
	b.get(at).has(t, "不必")
	b.get(at+"?revision=1").hasNot(t, "/remarks/take")
}

func TestSigningSaysWhatIsNotSettled(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.UpTo(w.Draft("待签的", "body", "<p>受理申请43件。</p>"), "sign")
	leader := as(t, w, person(w, "signing_leader"))
	leader.send(path(m, ""), path(m, "/remarks"), "kind", "suggestion", "quote", "43件", "replacement", "56件").leads(t, 303, path(m, "")+"#remarks")
	p := leader.get(path(m, ""))
	p.has(t, "还有 1 条修改建议没有处理（“43件”）", path(m, "/remarks/decline"))
	p.hasNot(t, `name="verb" value="sign"`)
	if r := leader.post(path(m, "/decide"), url.Values{"key": {"0123456789"}, "version": {itoa(m.Version)}, "hash": {m.Hash}, "verb": {"sign"}, "read": {"1"}}); r.Status != http.StatusConflict {
		t.Errorf("signed: %d", r.Status)
	}
}
