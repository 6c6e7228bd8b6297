package staff_test

import (
	"strings"
	"testing"
	"time"

	"gongkai/internal/apptest"
	"gongkai/internal/calendar"
)

func TestAnAnswerBecomesAManuscriptForEverybody(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		clerk, editor := as(t, w, person(w, "foi_officer")), as(t, w, person(w, "office_editor"))
		complete(t, "no candidates", clerk.get("/foi/candidates"))
		letter := w.Letter("D02")
		for _, post := range judges {
			b := as(t, w, person(w, post))
			p, verb := b.get(letter), "approve"
			if post == "signing_leader" {
				verb = "sign"
			}
			b.post(letter+"/decide", p.fill(t, letter+"/decide", append(ticks(p), "verb", verb, "read", "1")...)).leads(t, 303, letter)
		}
		const at = "/foi/1"
		clerk.get(at).hasNot(t, at+"/candidate")
		clerk.send(at, at+"/events", "kind", "answered", "code", "D02", "on", w.App.DB.Now().In(calendar.Zone).Format(time.DateOnly)).leads(t, 303, at)
		file := clerk.get(at)
		file.has(t, "建议主动公开")
		complete(t, "an answered request", file)
		clerk.send(at, at+"/candidate", "candidate_note", "多人问过").leads(t, 303, at)
		clerk.get(at).has(t, "等待起草", "多人问过")
		clerk.get(at).hasNot(t, at+"/candidate/draft")
		complete(t, "the candidates", clerk.get("/foi/candidates"))
		editor.get("/notices").has(t, "建议把申请")
		editor.get(at).has(t, "起草公开稿")
		editor.post(at+"/candidate/decline", editor.get(at).fill(t, at+"/candidate/decline", "candidate_reason", "")).has(t, "请填写这一项")
		made := editor.send(at, at+"/candidate/draft")
		if made.Status != 303 || !strings.HasPrefix(made.Location, "/manuscripts/") {
			t.Fatalf("drafted: %d %s", made.Status, alert(made.Body))
		}
		text := editor.get(made.Location)
		text.has(t, "依申请公开转主动公开：2025年科技项目清单", "第四十四条", "公开的信息")
		text.hasNot(t, "张三丰")
		editor.get("/foi/candidates").has(t, "已起草", made.Location)
		clerk.get(at).has(t, "已起草", "草稿")
		twice := editor.post(at+"/candidate/draft", file.fill(t, at+"/candidate", "candidate_note", ""))
		twice.has(t, "已经处理过")
	})
}
