package apptest

import (
	"fmt"
	"net/http"
	"time"
)

// Item is a manuscript as the tests look at it.
type Item struct {
	ID       int64  `json:"id"`
	State    string `json:"state"`
	Version  int64  `json:"version"`
	Hash     string `json:"hash"`
	Revision int    `json:"revision"`
	Round    int    `json:"round"`
	IndexNo  string `json:"index_no"`
	SignedAt string `json:"signed_at"`
	Content  struct {
		Title       string                        `json:"title"`
		Attachments []struct{ Name, Hash string } `json:"attachments"`
		Body        string                        `json:"body"`
		WeChat      struct {
			Form string `json:"form"`
		} `json:"wechat"`
	} `json:"content"`
	Run *struct {
		ID    int64  `json:"id"`
		Chain string `json:"chain"`
		State string `json:"state"`
		Step  *struct {
			ID        string   `json:"id"`
			Post      string   `json:"post"`
			Acts      []string `json:"acts"`
			ReturnTo  []string `json:"return_to"`
			Checklist []any    `json:"checklist"`
		} `json:"step"`
		Acts []struct {
			Target  string `json:"target"`
			N       int64  `json:"n"`
			Verb    string `json:"verb"`
			Step    string `json:"step"`
			Hash    string `json:"hash"`
			NewHash string `json:"new_hash"`
			By      struct{ ID int64 }
			For     *struct{ ID int64 }
			Outcome string `json:"outcome"`
		} `json:"acts"`
	} `json:"run"`
	Publications []struct {
		ID      int64  `json:"id"`
		Channel string `json:"channel"`
		State   string `json:"state"`
		URL     string `json:"url"`
		Hash    string `json:"hash"`
		Reason  string `json:"reason"`
		Say     string `json:"say"`
		Detail  string `json:"detail"`
	} `json:"publications"`
	May map[string]struct {
		Allowed bool   `json:"allowed"`
		Code    string `json:"code"`
	} `json:"may"`
}

// Content is a sound draft; change it by fields.
func Content(title string, fields ...any) map[string]any {
	c := map[string]any{"title": title, "body": "<p>" + title + "：正文第一段。</p><p>第二段，共 43 条。</p>", "kind": "news", "section": "news",
		"disclosure": map[string]any{"attribute": "proactive"}, "wechat": map[string]any{}}
	for i := 0; i+1 < len(fields); i += 2 {
		c[fields[i].(string)] = fields[i+1]
	}
	return c
}

// Draft makes a draft in unit A of the own office.
func (w *World) Draft(title string, fields ...any) Item {
	w.T.Helper()
	a := w.Call(w.Own.People["drafter"], "POST", "/api/v1/manuscripts", map[string]any{"unit_id": w.Own.UnitA, "content": Content(title, fields...)})
	if a.Status != http.StatusCreated {
		w.T.Fatalf("create: %d %s", a.Status, a.Body)
	}
	var m Item
	a.Into(w.T, &m)
	return w.Get(m.ID)
}

// Get reads a manuscript as the office's editor.
func (w *World) Get(id int64) Item {
	w.T.Helper()
	a := w.Call(w.Own.People["office_editor"], "GET", fmt.Sprintf("/api/v1/manuscripts/%d", id), nil)
	if a.Status != http.StatusOK {
		w.T.Fatalf("get: %d %s", a.Status, a.Body)
	}
	var m Item
	a.Into(w.T, &m)
	return m
}

// Act does one act on what m says was seen.
func (w *World) Act(p *Person, m Item, act string, more ...any) Answer {
	w.T.Helper()
	in := map[string]any{"version": m.Version, "hash": m.Hash}
	for i := 0; i+1 < len(more); i += 2 {
		in[more[i].(string)] = more[i+1]
	}
	return w.Call(p, "POST", fmt.Sprintf("/api/v1/manuscripts/%d/%s", m.ID, act), in)
}

// Must is Act that has to succeed; it answers the manuscript afterwards.
func (w *World) Must(p *Person, m Item, act string, more ...any) Item {
	w.T.Helper()
	if a := w.Act(p, m, act, more...); a.Status/100 != 2 {
		w.T.Fatalf("%s by %s: %d %s", act, p.Login, a.Status, a.Body)
	}
	return w.Get(m.ID)
}

// Judge is the person whose turn it is.
func (w *World) Judge(m Item) *Person {
	w.T.Helper()
	if m.Run == nil || m.Run.Step == nil {
		w.T.Fatalf("manuscript %d stands at no step (%s)", m.ID, m.State)
	}
	return w.Own.People[m.Run.Step.Post]
}

// Approve takes the decision that carries m on, signing at the last step.
func (w *World) Approve(m Item, more ...any) Item {
	w.T.Helper()
	return w.Must(w.Judge(m), m, "decide", append(m.Yes(), more...)...)
}

// Yes are the fields of the decision that carries m on: every line ticked.
func (m Item) Yes() []any {
	verb := "approve"
	if m.Run.Step.Acts[0] == "sign" {
		verb = "sign"
	}
	ticks := make([]int, len(m.Run.Step.Checklist))
	for i := range ticks {
		ticks[i] = i
	}
	return []any{"verb", verb, "checklist", ticks}
}

// Channel is m's newest publication on a channel.
func (m Item) Channel(name string) (found struct {
	ID                              int64
	State, URL, Reason, Say, Detail string
}) {
	for _, p := range m.Publications {
		if p.Channel == name {
			found.ID, found.State, found.URL, found.Reason, found.Say, found.Detail = p.ID, p.State, p.URL, p.Reason, p.Say, p.Detail
		}
	}
	return found
}

// UpTo submits m and approves until it stands at step ("" signs it too).
func (w *World) UpTo(m Item, step string) Item {
	w.T.Helper()
	if m.State == "draft" {
		m = w.Must(w.Own.People["drafter"], m, "submit")
	}
	for m.State == "in_review" && (m.Run.Step == nil || m.Run.Step.ID != step) {
		m = w.Approve(m)
	}
	return m
}

// Wait looks at m until ok or, after 20 seconds, fails.
func (w *World) Wait(m Item, what string, ok func(Item) bool) Item {
	w.T.Helper()
	end := time.Now().Add(20 * time.Second)
	for {
		m = w.Get(m.ID)
		if ok(m) {
			return m
		}
		if time.Now().After(end) {
			w.T.Fatalf("%s never came: %+v", what, m)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Live waits until every channel shows m.
func (w *World) Live(m Item) Item {
	w.T.Helper()
	return w.Wait(m, "publication", func(m Item) bool {
		for _, p := range m.Publications {
			if p.State != "live" {
				return false
			}
		}
		return len(m.Publications) > 0 && m.State == "published"
	})
}
