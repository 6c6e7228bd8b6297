package staff

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"gongkai/internal/authz"
	"gongkai/internal/catalogue"
	"gongkai/internal/db"
	"gongkai/internal/httpserver"
	"gongkai/internal/notify"
	"gongkai/internal/org"
	"gongkai/internal/review"
	"gongkai/internal/workflow"
)

// frame is what every page has: who is here, where they may go, what was just
// done, and why a form came back.
type frame struct {
	Lang    string
	Head    string // catalogue code of the heading
	Here    string // path and query of this page
	Path    string
	Assets  string
	Site    string // the public website
	Name    string
	Posts   string
	Menu    []menuGroup
	Finds   bool // has the search box in the top bar
	Flash   string
	Request string
	Refused *refusal
	KeysOff bool // the reader turned the keys of the pages off

	form map[string][]string
}

type menuGroup struct {
	Title string
	Items []menuItem
}

type menuItem struct {
	Title, Path string
	Count       int
	Hot         bool
	Here        bool
}

// bare is the frame of pages for nobody in particular.
func (s *Staff) bare(v *visit, head string) frame {
	f := frame{Lang: string(v.lang), Head: head, Path: v.Request.URL.Path, Assets: "/static/" + s.assets.mark, Site: s.PublicURL,
		Request: v.GetString("request_id"), Refused: v.refused, form: v.form, Flash: s.flash(v.Context)}
	f.Here = v.Request.URL.RequestURI()
	if v.Request.Method != http.MethodGet {
		f.Here = "/"
	}
	keys, _ := v.Cookie("keys")
	f.KeysOff = keys == "off"
	return f
}

// menuCount bounds what the menu counts; beyond it says 99+.
const menuCount = 100

// frame is that of a signed-in person. The menu has what they may open.
func (s *Staff) frame(v *visit, head string) (frame, error) {
	f := s.bare(v, head)
	f.Name = v.actor.Name
	if v.Request.Method != http.MethodGet {
		f.Here = pageOf(f.Path, v.Param("id")) // where the language switch leads after a refused form
	}
	var unread int64
	var posts []string
	err := s.DB.Read(v.ctx, func(tx *db.Tx) (err error) {
		if unread, err = notify.Unread(tx, v.actor.PersonID); err != nil {
			return err
		}
		units, err := org.Units(tx, v.actor.OrganisationID)
		for _, h := range v.actor.Holdings {
			word := s.Words.Say(v.lang, "word."+string(h.Post), nil)
			if i := slices.IndexFunc(units, func(u org.Unit) bool { return u.ID == h.UnitID }); i >= 0 {
				word = units[i].Name + " · " + word
			}
			if !slices.Contains(posts, word) {
				posts = append(posts, word)
			}
		}
		return err
	})
	if err != nil {
		return f, err
	}
	f.Posts = strings.Join(posts, "；")
	// A count that cannot be had, say for want of a calendar, hides no page.
	waiting := v.waits
	if waiting == nil {
		waiting, _ = s.Desk.Tasks(v.ctx, v.actor, workflow.Cursor{}, menuCount)
	}
	f.Menu = s.menu(v, countOf(waiting)+len(s.letterTasks(v)), int(unread))
	f.Finds = s.mayAny(v, "manuscript.read") && f.Path != "/search"
	return f, nil
}

// pageOf is the page a form that was sent to a path with an id stands on.
func pageOf(path, id string) string {
	for _, own := range []string{"/manuscripts/", "/foi/letters/", "/foi/", "/annual/"} {
		if rest, ok := strings.CutPrefix(path, own+id+"/"); ok && id != "" {
			if own == "/annual/" && slices.Contains([]string{"tables", "text", "units", "units/remove"}, rest) {
				return strings.TrimSuffix(path, "/remove")
			}
			if own == "/manuscripts/" && slices.Contains([]string{"edit", "proof"}, rest) {
				return path
			}
			return own + id
		}
	}
	for _, list := range []string{"/foi/disputes", "/calendar", "/duties", "/people", "/publications", "/audit", "/notices", "/account"} {
		if path == list || strings.HasPrefix(path, list+"/") {
			return list
		}
	}
	switch path {
	case "/foi/find":
		return "/foi"
	case "/publishing/freeze", "/publishing/thaw":
		return "/publications"
	case "/manuscripts/new/copy":
		return "/manuscripts/new"
	}
	return path
}

// countOf leaves out what the person drafted and cannot judge.
func countOf(all []review.Task) int {
	n := 0
	for _, t := range all {
		if !t.Own {
			n++
		}
	}
	return n
}

// mayAll asks for an act on the organisation as a whole, mayAny in some unit the
// person has a post in.
func (s *Staff) mayAll(v *visit, act string) bool {
	_, err := s.Authz.Require(v.actor, authz.Domain{OrganisationID: v.actor.OrganisationID}, act)
	return err == nil
}

func (s *Staff) mayAny(v *visit, act string) bool {
	return slices.ContainsFunc(v.actor.Holdings, func(h org.Holding) bool {
		own := authz.Domain{OrganisationID: h.OrganisationID, UnitID: h.UnitID}
		return s.Authz.Allows(h.Post, own, own, act)
	})
}

func (s *Staff) menu(v *visit, tasks, unread int) []menuGroup {
	item := func(may bool, code, path string, count int, hot bool) []menuItem {
		if !may {
			return nil
		}
		return []menuItem{{code, path, count, hot, here(v.Request.URL.Path, path)}}
	}
	reads := s.mayAny(v, "manuscript.read")
	groups := []menuGroup{
		{"staff.menu.work", slices.Concat(
			item(reads, "staff.tasks", "/tasks", tasks, true),
			item(s.mayAny(v, "manuscript.create"), "staff.new", "/manuscripts/new", 0, false),
			item(reads, "staff.mine", "/mine", 0, false),
			item(reads, "staff.register", "/register", 0, false),
			item(true, "staff.notices", "/notices", unread, false))},
		{"staff.menu.foi", slices.Concat(
			item(s.mayAll(v, "foi.read"), "staff.foi", "/foi", 0, false),
			item(s.mayAll(v, "foi.read"), "staff.disputes", "/foi/disputes", 0, false),
			item(s.mayAll(v, "annual.read"), "staff.annual", "/annual", 0, false))},
		{"staff.menu.publish", slices.Concat(
			item(s.mayAll(v, "publication.read"), "staff.publications", "/publications", 0, false),
			item(s.mayAll(v, "duty.read"), "staff.duties", "/duties", 0, false),
			item(s.mayAll(v, "publication.read"), "staff.statistics", "/statistics", 0, false),
			item(s.mayAll(v, "workflow.read"), "staff.workflows", "/workflows", 0, false))},
		{"staff.menu.admin", slices.Concat(
			item(s.mayAll(v, "org.read"), "staff.people", "/people", 0, false),
			item(s.mayAll(v, "calendar.read"), "staff.calendar", "/calendar", 0, false),
			item(s.mayAll(v, "audit.read"), "staff.audit", "/audit", 0, false))},
	}
	return slices.DeleteFunc(groups, func(g menuGroup) bool { return len(g.Items) == 0 })
}

func here(path, item string) bool {
	return path == item || item == "/annual" && strings.HasPrefix(path, "/annual/") || item == "/foi" && path == "/foi/find"
}

// Error is why the field was refused, "" when it was not.
func (f frame) Error(name string) string {
	if f.Refused != nil && f.Refused.Field == name {
		return f.Refused.Title
	}
	return ""
}

// Typed is what a form that came back had in a field.
func (f frame) Typed(name string) string {
	if v := f.form[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// Back is Typed for the form that was sent to an address ending so: several
// forms of a page have fields of the same name.
func (f frame) Back(to, name string) string {
	if strings.HasSuffix(f.Path, to) {
		return f.Typed(name)
	}
	return ""
}

// Sent says that the form that came back was sent to an address ending so.
func (f frame) Sent(to string) bool { return f.Refused != nil && strings.HasSuffix(f.Path, to) }

// Ticked says whether a form that came back had this choice.
func (f frame) Ticked(name, value string) bool { return slices.Contains(f.form[name], value) }

// Key is fresh for every form of every page: the same form sent twice is one
// act.
func (f frame) Key() string {
	var b [12]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// Anchor is where the refused field stands.
func (r *refusal) Anchor() string {
	if r.Field == "" {
		return ""
	}
	name, _, _ := strings.Cut(r.Field, ":")
	return "f-" + name
}

// flash takes the word of what was just done; it is said once.
func (s *Staff) flash(c *gin.Context) string {
	said, err := c.Cookie("said")
	if err != nil || c.Request.Method != http.MethodGet {
		return ""
	}
	http.SetCookie(c.Writer, &http.Cookie{Name: "said", Path: "/", MaxAge: -1, HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode})
	if code := "staff.done." + said; s.Words.Has(code) {
		return code
	}
	return ""
}

// render answers a page. A template that fails answers nothing of it.
func (s *Staff) render(c *gin.Context, status int, name string, page any) {
	var b bytes.Buffer
	if err := s.templates[httpserver.Lang(c)].ExecuteTemplate(&b, name, page); err != nil {
		s.Log.ErrorContext(c.Request.Context(), "page", "template", name, "request", c.GetString("request_id"), "err", err)
		c.Data(http.StatusInternalServerError, "text/plain; charset=utf-8", []byte(s.Words.Say(httpserver.Lang(c), "http.internal", nil)+" "+c.GetString("request_id")+"\n"))
		return
	}
	c.Data(status, "text/html; charset=utf-8", b.Bytes())
}

// say is a sentence in the reader's language.
func (s *Staff) say(lang catalogue.Lang, code string, args map[string]any) string {
	return s.Words.Say(lang, code, args)
}
