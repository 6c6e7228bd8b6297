package apptest_test

import (
	"fmt"
	"strings"
	"testing"

	"gongkai/internal/apptest"
)

func preview(w *apptest.World, who string, m apptest.Item) (v struct {
	Revision          int
	Form, Title, HTML string
	SourceURL         string `json:"source_url"`
	Characters, Bytes int
	Findings          []struct{ Rule string }
}) {
	w.T.Helper()
	w.Call(w.Own.People[who], "GET", fmt.Sprintf("/api/v1/manuscripts/%d/wechat", m.ID), nil).Into(w.T, &v)
	return v
}

// Which form the official account carries is settled at each save, judged and
// signed with the text, and sent.
func TestTheWeChatFormIsSigned(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		people := w.Own.People
		form := func(what string, m apptest.Item, want string, rules ...string) {
			t.Helper()
			v := preview(w, "office_editor", m)
			var found []string
			for _, f := range v.Findings {
				found = append(found, f.Rule)
			}
			if m.Content.WeChat.Form != want || v.Form != want || strings.Join(found, " ") != strings.Join(rules, " ") || v.Revision != m.Revision {
				t.Errorf("%s: %q, shown %q of revision %d with %v, want %q", what, m.Content.WeChat.Form, v.Form, v.Revision, found, want)
			}
		}
		long, short := "<p>受理申请56件。</p><p>"+strings.Repeat("长", 20_000)+"</p>", "<p>受理申请56件。</p>"
		edited := func(m apptest.Item, body, form string) apptest.Item {
			return w.Must(people["drafter"], m, "edit", "content", apptest.Content("形式", "body", body, "wechat", map[string]any{"form": form}))
		}
		bare := w.Draft("没有栏目的草稿", "section", "", "kind", "")
		if bare.Content.WeChat.Form != "full" {
			t.Errorf("a draft without a section: %q", bare.Content.WeChat.Form)
		}
		m := w.Draft("形式", "body", short)
		form("a short text", m, "full")
		m = edited(m, long, m.Content.WeChat.Form)
		form("a long text", m, "digest_too_long", "channel.wechat.digest_form")
		m = edited(m, short, m.Content.WeChat.Form)
		form("shortened again", m, "full")
		before := m.Hash
		m = edited(m, short, "digest")
		form("the drafter's choice", m, "digest", "channel.wechat.digest_chosen")
		if m.Hash == before {
			t.Error("the form is not in the hash")
		}
		refused(t, "another form", w.Act(people["drafter"], m, "edit", "content", apptest.Content("形式", "wechat", map[string]any{"form": "card"})), "manuscript.wechat_form")

		m = w.UpTo(m, "first")
		m = w.Must(w.Judge(m), m, "proof", "body", "<p>受理申请57件。</p>", "note", "件数有误")
		form("after a proof edit", m, "digest", "channel.wechat.digest_chosen")
		m = w.Live(w.UpTo(m, ""))
		if v := preview(w, "signing_leader", m); !strings.Contains(v.HTML, "全文请点击文末") || v.Characters == 0 || v.Bytes <= v.Characters || v.Title != "形式" || !strings.Contains(v.SourceURL, m.Channel("website").URL) {
			t.Errorf("the layout: %+v", v)
		}
		if page := string(w.Fetch(m.Channel("wechat").URL).Body); !strings.Contains(page, "全文请点击文末") {
			t.Error("the signed digest was not sent")
		}

		m = w.UpTo(w.Draft("形式", "body", short), "first")
		m = w.Must(w.Judge(m), m, "proof", "body", long, "note", "补全正文")
		form("a proof edit that made it long", m, "digest_too_long", "channel.wechat.digest_form")
	})
}
