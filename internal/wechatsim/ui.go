package wechatsim

import (
	"embed"
	"html/template"
	"net/http"
	"slices"
	"time"
)

//go:embed pages/*.html
var pageFiles embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"when": func(t time.Time) string { return t.In(shanghai).Format("2006年1月2日 15:04") },
}).ParseFS(pageFiles, "pages/*.html"))

type card struct {
	Article
	URL, Cover string
	At         time.Time
	Gone       bool
	Banned     bool
	Body       template.HTML // already through transform: no script, no handler
}

// show writes a page a follower would see. Nothing on it is loaded from
// elsewhere and nothing runs.
func show(w http.ResponseWriter, status int, name string, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; img-src *; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = pages.ExecuteTemplate(w, name, data)
}

func (s *Sim) card(a *article, p page) card {
	c := card{Article: p.Article, URL: "/s/" + p.id, At: a.at, Gone: !p.gone.IsZero(), Banned: a.banned, Body: template.HTML(p.Content)}
	if pic := s.pictures[p.ThumbMediaID]; pic != nil {
		c.Cover = pictureURL(pic.id, pic.mediaType)
	}
	return c
}

func (s *Sim) serveArticle(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.advance()
	var found *card
	for _, a := range s.articles {
		for _, p := range a.pages {
			if p.id == r.PathValue("id") {
				c := s.card(a, p)
				found = &c
			}
		}
	}
	s.mu.Unlock()
	switch {
	case found == nil:
		show(w, http.StatusNotFound, "gone.html", "链接已失效")
	case found.Banned:
		show(w, http.StatusOK, "gone.html", "此内容因违规无法查看")
	case found.Gone:
		show(w, http.StatusOK, "gone.html", "该内容已被发布者删除")
	default:
		show(w, http.StatusOK, "article.html", found)
	}
}

func (s *Sim) serveUI(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.advance()
	data := struct {
		Cards    []card
		Drafts   []Article
		Reviews  int
		Requests []Request
		Faults   int
		Now      time.Time
	}{Now: s.o.Now(), Faults: len(s.faults)}
	for _, id := range slices.Backward(s.published) {
		for _, p := range s.articles[id].pages {
			data.Cards = append(data.Cards, s.card(s.articles[id], p))
		}
	}
	for _, id := range slices.Backward(s.draftIDs) {
		if d := s.drafts[id]; d != nil {
			data.Drafts = append(data.Drafts, d.articles...)
		}
	}
	for _, j := range s.jobs {
		if j.status == 1 {
			data.Reviews++
		}
	}
	data.Requests = append(data.Requests, s.requests[max(0, len(s.requests)-20):]...)
	s.mu.Unlock()
	slices.Reverse(data.Requests)
	show(w, http.StatusOK, "ui.html", data)
}
