package crashtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"gongkai/internal/apptest"
	"gongkai/internal/crashtest/checker"
)

// fate is what happens to one manuscript of a round, and the state it ends in.
type fate struct {
	name string
	ends string
	live func(w *World, id int64)
}

// fates are the ways a manuscript goes, each act tried until it is answered.
var fates = []fate{
	{"直接发布", "published", func(w *World, id int64) {
		w.sign(id)
		w.published(id)
	}},
	{"改后再审", "published", func(w *World, id int64) {
		w.submit(id)
		w.approve(id)
		w.act(w.office.People["office_editor"], id, "edit", "proof", "body", w.text("校对后的文字"), "note", "改错字")
		w.act(w.office.People["office_editor"], id, "return", "decide", "verb", "return", "target", "draft", "gate", "facts", "note", "请核对数字")
		w.act(w.office.People["drafter"], id, "edit_draft", "edit", "content", w.content("重写后的稿件"), "note", "重写")
		w.act(w.office.People["drafter"], id, "resubmit", "resubmit", "note", "已改")
		w.sign(id)
		w.published(id)
	}},
	{"见后下线", "taken_down", func(w *World, id int64) {
		w.sign(id)
		w.until(id, "the end of every channel", func(m apptest.Item) bool {
			for _, p := range m.Publications {
				if p.State != "live" && p.State != "held" {
					return false
				}
			}
			return m.State == "published"
		})
		w.takeDown(id)
	}},
	{"一见就下", "taken_down", func(w *World, id int64) {
		w.sign(id)
		w.published(id)
		w.takeDown(id)
	}},
	{"见后更正", "corrected", func(w *World, id int64) {
		w.sign(id)
		w.published(id)
		w.correct(id)
	}},
	{"定时发布", "published", func(w *World, id int64) {
		w.submit(id)
		for range 4 {
			w.approve(id)
		}
		at := time.Now().Add(3 * time.Second) // on a busy machine a shorter time has passed before it is read
		w.act(w.office.People["signing_leader"], id, "sign", "decide", "verb", "sign", "checklist", []int{}, "publish_at", at.UTC().Format("2006-01-02T15:04:05.000000Z07:00"))
		w.published(id)
	}},
	{"尚未签发", "in_review", func(w *World, id int64) {
		w.submit(id)
		w.approve(id)
	}},
	{"中途撤稿", "withdrawn", func(w *World, id int64) {
		w.submit(id)
		w.approve(id)
		w.act(w.office.People["drafter"], id, "withdraw", "withdraw", "note", "不再需要")
	}},
	{"不予公开", "signed", func(w *World, id int64) {
		w.act(w.office.People["drafter"], id, "edit_draft", "edit", "content", w.content("内部办法", "disclosure",
			map[string]any{"attribute": "withheld", "ground": "N6", "reason": "属于内部人事管理信息，不予公开"}), "note", "改公开属性")
		w.sign(id)
	}},
}

// canary is a word no other text has.
func (w *World) canary() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var b strings.Builder
	b.WriteString("canary")
	for range 12 {
		b.WriteByte(byte('a' + w.rng.IntN(16)))
	}
	return b.String()
}

func (w *World) text(title string) string {
	return "<p>" + title + "：" + w.canary() + "。</p><p>共 43 条，甲 &lt; 乙 &amp; 丙。</p>"
}

func (w *World) content(title string, fields ...any) map[string]any {
	title += " " + w.canary()
	return apptest.Content(title, append([]any{"body", w.text(title), "keywords", []string{"公开", "A&B"}, "source", "甲局<办公室>"}, fields...)...)
}

// create opens a draft. Its page is watched from now on, long before it may
// exist.
func (w *World) create(title string) int64 {
	drafter := w.office.People["drafter"]
	a := w.ask(drafter, "POST", "/api/v1/manuscripts", map[string]any{"unit_id": w.office.UnitA, "content": w.content(title)}, w.key())
	var m apptest.Item
	if err := json.Unmarshal(a.Body, &m); err != nil || a.Status != http.StatusCreated {
		w.t.Errorf("create: %d %s", a.Status, a.Body)
		return 0
	}
	w.ack(checker.Ack{Act: "create", Manuscript: m.ID, Person: drafter.ID, Hash: m.Hash})
	w.watch(m.ID)
	return m.ID
}

func (w *World) watch(id int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	path := fmt.Sprintf("/art/%d/%d.html", time.Now().In(time.FixedZone("", 8*3600)).Year(), id)
	w.watched[path] = checker.Sighting{Path: path}
}

func (w *World) submit(id int64) { w.act(w.office.People["drafter"], id, "submit", "submit") }

// approve is the next judge's yes, the signature at the last step.
func (w *World) approve(id int64) {
	m := w.get(id)
	if m.Run == nil || m.Run.Step == nil {
		w.t.Errorf("manuscript %d stands at no step (%s)", id, m.State)
		return
	}
	verb := "approve"
	if m.Run.Step.Acts[0] == "sign" {
		verb = "sign"
	}
	ticks := make([]int, len(m.Run.Step.Checklist))
	for i := range ticks {
		ticks[i] = i
	}
	w.act(w.office.People[m.Run.Step.Post], id, verb, "decide", "verb", verb, "checklist", ticks)
}

// sign brings a manuscript to its signature.
func (w *World) sign(id int64) {
	m := w.get(id)
	if m.State == "draft" {
		w.submit(id)
	}
	for range 5 {
		if m = w.get(id); m.State != "in_review" {
			return
		}
		w.approve(id)
	}
}

func (w *World) published(id int64) {
	w.until(id, "publication", func(m apptest.Item) bool { return m.State == "published" })
}

// takeDown is asked for and confirmed by two persons. Its channels move
// meanwhile, and an answer "it changed" is looked at and asked again.
func (w *World) takeDown(id int64) {
	w.act(w.office.People["publisher"], id, "take_down.ask", "take-down", "reason", "error", "note", "日期有误")
	w.act(w.office.People["signing_leader"], id, "take_down.confirm", "take-down/confirm")
}

// correct lets a correction take the manuscript's place.
func (w *World) correct(id int64) {
	drafter := w.office.People["drafter"]
	m := w.get(id)
	a := w.ask(drafter, "POST", fmt.Sprintf("/api/v1/manuscripts/%d/correct", id), map[string]any{"version": m.Version, "hash": m.Hash, "reason": "数字有误，应为43条"}, w.key())
	var c apptest.Item
	if err := json.Unmarshal(a.Body, &c); err != nil || a.Status != http.StatusCreated {
		w.t.Errorf("correct manuscript %d: %d %s", id, a.Status, a.Body)
		return
	}
	w.ack(checker.Ack{Act: "correct", Manuscript: id, Person: drafter.ID, Hash: m.Hash})
	w.ack(checker.Ack{Act: "create", Manuscript: c.ID, Person: drafter.ID, Hash: c.Hash})
	w.watch(c.ID)
	w.expect(c.ID, "published")
	w.act(drafter, c.ID, "edit_draft", "edit", "content", w.content("更正后的稿件"), "note", "更正")
	w.sign(c.ID)
	w.published(c.ID)
	w.until(id, "its correction", func(m apptest.Item) bool { return m.State == "corrected" })
}

// round sends one manuscript of every fate through the office at once and
// answers when the people are done; the channels may still be at work.
func (w *World) round(which []fate) {
	var all sync.WaitGroup
	for _, f := range which {
		all.Go(func() {
			id := w.create(f.name)
			if id == 0 {
				return
			}
			w.expect(id, f.ends)
			f.live(w, id)
		})
	}
	all.Wait()
}
