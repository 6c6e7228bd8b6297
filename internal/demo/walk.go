package demo

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"gongkai/internal/body"
	"gongkai/internal/org"
)

// What the demo reads of the API's answers.
type (
	summary struct {
		ID      int64  `json:"id"`
		Title   string `json:"title"`
		State   string `json:"state"`
		Version int64  `json:"version"`
		Hash    string `json:"hash"`
	}
	content struct {
		Title      string         `json:"title"`
		Body       string         `json:"body"`
		Kind       string         `json:"kind"`
		Section    string         `json:"section"`
		Disclosure map[string]any `json:"disclosure"`
		Summary    string         `json:"summary,omitempty"`
		DocDate    string         `json:"doc_date,omitempty"`
		WeChat     map[string]any `json:"wechat"`
	}
	step struct {
		ID        string   `json:"id"`
		Title     string   `json:"title"`
		Acts      []string `json:"acts"`
		Post      string   `json:"post"`
		Checklist []any    `json:"checklist"`
	}
	publication struct {
		Channel string `json:"channel"`
		State   string `json:"state"`
		URL     string `json:"url"`
		Reason  string `json:"reason"`
		Say     string `json:"say"`
		Detail  string `json:"detail"`
		Hash    string `json:"hash"`
	}
	view struct {
		summary
		Content content `json:"content"`
		Run     *struct {
			State string `json:"state"`
			Step  *step  `json:"step"`
			Acts  []struct {
				At time.Time `json:"at"`
			} `json:"acts"`
		} `json:"run"`
		Publications []publication `json:"publications"`
		Findings     []struct {
			Rule string `json:"rule"`
			Say  string `json:"say"`
		} `json:"findings"`
	}
)

// walk takes a report through the chain over HTTP, each act by the person whose
// turn it is. A report that is already on its way is taken from where it stands.
type walk struct {
	people []member
	base   string
	http   *http.Client
	say    *printer
	poll   time.Duration
}

func (w *walk) as(post string) (*client, *member, error) {
	for i := range w.people {
		if string(w.people[i].Post) == post {
			return &client{w.base, w.people[i].token, w.http}, &w.people[i], nil
		}
	}
	return nil, nil, fmt.Errorf("nobody in the demo office holds the post %s", post)
}

// run answers the manuscript as it was signed, once both channels show it.
func (w *walk) run(ctx context.Context, name string, file []byte) (*view, error) {
	drafter, who, err := w.as(string(org.Drafter))
	if err != nil {
		return nil, err
	}
	id, err := w.draft(ctx, drafter, who, name, file)
	if err != nil {
		return nil, fmt.Errorf("起草 draft: %w", err)
	}
	path := fmt.Sprintf("/api/v1/manuscripts/%d", id)
	for {
		var v view
		if err := drafter.get(ctx, path, &v); err != nil {
			return nil, err
		}
		switch v.State {
		case "draft", "returned", "in_review":
			if err := w.step(ctx, drafter, path, &v); err != nil {
				return nil, err
			}
		case "publishing", "published", "scheduled":
			if v.State == "published" && live(v.Publications) {
				return &v, w.published(ctx, &v)
			}
			for _, p := range v.Publications {
				if p.State == "rejected" || p.State == "held" {
					return nil, fmt.Errorf("发布 publish %s: %s %s %s %s", p.Channel, p.State, p.Reason, p.Say, p.Detail)
				}
			}
			select {
			case <-ctx.Done():
				return nil, fmt.Errorf("发布 publish: state %s, %+v: %w", v.State, v.Publications, ctx.Err())
			case <-time.After(w.poll):
			}
		default:
			return nil, fmt.Errorf("稿件 manuscript %d: state %s", id, v.State)
		}
	}
}

func live(all []publication) bool {
	for _, p := range all {
		if p.State != "live" {
			return false
		}
	}
	return len(all) > 0
}

// draft finds the report among the drafter's manuscripts or makes it.
func (w *walk) draft(ctx context.Context, c *client, who *member, name string, file []byte) (int64, error) {
	var doc struct {
		Title  string `json:"title"`
		Body   string `json:"body"`
		Report []struct {
			Say string `json:"say"`
		} `json:"report"`
	}
	if err := c.upload(ctx, "/api/v1/imports", name, file, &doc); err != nil {
		return 0, err
	}
	var mine struct {
		Manuscripts []summary `json:"manuscripts"`
	}
	if err := c.get(ctx, "/api/v1/manuscripts?mine=true", &mine); err != nil {
		return 0, err
	}
	for _, m := range mine.Manuscripts {
		if m.Title != doc.Title || m.State == "taken_down" || m.State == "rejected" || m.State == "withdrawn" {
			continue
		}
		var v view
		if err := c.get(ctx, fmt.Sprintf("/api/v1/manuscripts/%d", m.ID), &v); err != nil {
			return 0, err
		}
		if v.Content.Body == doc.Body {
			w.say.line("demo.goes_on", map[string]any{"title": m.Title, "state": w.say.word(m.State)})
			return m.ID, nil
		}
	}
	var me struct {
		Posts []struct {
			Post   string `json:"post"`
			UnitID int64  `json:"unit_id"`
		} `json:"posts"`
	}
	if err := c.get(ctx, "/api/v1/session", &me); err != nil || len(me.Posts) == 0 {
		return 0, fmt.Errorf("the drafter holds no post: %w", err)
	}
	if len(body.Paragraphs(doc.Body)) == 0 {
		return 0, fmt.Errorf("%s has no text", name)
	}
	in := content{Title: doc.Title, Body: doc.Body, Kind: "annual_report", Section: "annual-reports", Disclosure: map[string]any{"attribute": "proactive"},
		Summary: first(body.Paragraphs(doc.Body)[0], 100), WeChat: map[string]any{"title": first(doc.Title, 32), "digest": first(body.Paragraphs(doc.Body)[0], 100)}}
	var made summary
	if err := c.post(ctx, "/api/v1/manuscripts", map[string]any{"unit_id": me.Posts[0].UnitID, "content": in}, &made); err != nil {
		return 0, err
	}
	w.say.act(who, "demo.drafted", map[string]any{"title": made.Title, "paragraphs": paragraphs(doc.Body), "tables": len(body.Cells(doc.Body))})
	return made.ID, nil
}

func first(s string, n int) string {
	r := []rune(strings.Join(strings.Fields(s), ""))
	return string(r[:min(n, len(r))])
}

var table = regexp.MustCompile(`(?s)<table>.*?</table>`)

// paragraphs counts headings and paragraphs outside tables.
func paragraphs(html string) int { return len(body.Paragraphs(table.ReplaceAllString(html, ""))) }

// step does the one act the manuscript waits for.
func (w *walk) step(ctx context.Context, drafter *client, path string, v *view) error {
	seen := map[string]any{"version": v.Version, "hash": v.Hash}
	if v.State != "in_review" {
		_, who, _ := w.as(string(org.Drafter))
		verb := map[string]string{"draft": "/submit", "returned": "/resubmit"}[v.State]
		var out view
		if err := drafter.post(ctx, path+verb, seen, &out); err != nil {
			return fmt.Errorf("送审 submit: %w", err)
		}
		w.say.act(who, "demo.submitted", nil)
		for _, f := range out.Findings {
			w.say.line("demo.finding", map[string]any{"say": f.Say})
		}
		return w.next(ctx, drafter, path)
	}
	if v.Run == nil || v.Run.Step == nil {
		return fmt.Errorf("稿件在审核中，但没有环节 the manuscript is in review at no step")
	}
	judge, who, err := w.as(v.Run.Step.Post)
	if err != nil {
		return err
	}
	var list struct {
		Tasks []struct {
			Manuscript summary `json:"manuscript"`
		} `json:"tasks"`
	}
	if err := judge.get(ctx, "/api/v1/tasks", &list); err != nil {
		return fmt.Errorf("%s 待办 work list: %w", v.Run.Step.Title, err)
	}
	found := false
	for _, t := range list.Tasks {
		found = found || t.Manuscript.ID == v.ID
	}
	if !found {
		return fmt.Errorf("%s：%s 的待办里没有这份稿件 it is not in the work list of %s", v.Run.Step.Title, who.Name, who.Login)
	}
	in := map[string]any{"version": v.Version, "hash": v.Hash, "verb": "approve", "checklist": all(len(v.Run.Step.Checklist))}
	if v.Run.Step.Acts[0] == "sign" {
		in["verb"] = "sign"
	}
	if v.Run.Step.Acts[0] == "confidentiality" {
		in["outcome"] = "S_OK"
	}
	if err := judge.post(ctx, path+"/decide", in, nil); err != nil {
		return fmt.Errorf("%s %s: %w", v.Run.Step.Title, who.Name, err)
	}
	said := "demo.decided"
	if v.Run.Step.Acts[0] == "sign" {
		said = "demo.signed"
	}
	w.say.act(who, said, map[string]any{"step": v.Run.Step.Title, "checked": len(v.Run.Step.Checklist), "hash": first(strings.TrimPrefix(v.Hash, "sha256:"), 12)})
	return w.next(ctx, drafter, path)
}

func all(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// next says what the next person sees.
func (w *walk) next(ctx context.Context, c *client, path string) error {
	var v view
	if err := c.get(ctx, path, &v); err != nil {
		return err
	}
	if v.Run != nil && v.Run.Step != nil && v.State == "in_review" {
		if _, who, err := w.as(v.Run.Step.Post); err == nil {
			w.say.line("demo.next", map[string]any{"name": who.Name, "step": v.Run.Step.Title})
		}
	}
	return nil
}

// published lets the publisher, the eighth person, look at the queue.
func (w *walk) published(ctx context.Context, v *view) error {
	c, who, err := w.as(string(org.Publisher))
	if err != nil {
		return err
	}
	var queue struct {
		Publications []publication `json:"publications"`
	}
	if err := c.get(ctx, "/api/v1/publications", &queue); err != nil {
		return fmt.Errorf("发布队列 publications: %w", err)
	}
	for _, p := range v.Publications {
		w.say.act(who, "demo.live", map[string]any{"channel": w.say.word(p.Channel), "url": p.URL})
	}
	return nil
}
