package staff_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"gongkai/internal/apptest"
	"gongkai/internal/calendar"
)

// A form as it stands on a page, with what it would send.
type form struct {
	action, method string
	values         url.Values
	fields         []string        // in order, each once
	typed          map[string]bool // those people type into; the others they choose or never see
}

// forms finds the forms of a page. A button's value is the first there is.
func forms(t *testing.T, p page) (all []form) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(p.Body))
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]*form{}
	var open []*form
	visit(root, func(n *html.Node) {
		if n.Data == "form" {
			f := &form{action: attr(n, "action"), method: strings.ToUpper(attr(n, "method")), values: url.Values{}, typed: map[string]bool{}}
			open = append(open, f)
			byID[attr(n, "id")] = f
		}
	})
	i := -1
	var walk func(n *html.Node, in *form)
	walk = func(n *html.Node, in *form) {
		if n.Type == html.ElementNode && n.Data == "form" {
			i++
			in = open[i]
		}
		at := in
		if id := attr(n, "form"); n.Type == html.ElementNode && id != "" && byID[id] != nil {
			at = byID[id]
		}
		if n.Type == html.ElementNode && at != nil {
			at.take(n)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, in)
		}
	}
	walk(root, nil)
	for _, f := range open {
		all = append(all, *f)
	}
	return all
}

func (f *form) take(n *html.Node) {
	name, value := attr(n, "name"), attr(n, "value")
	if name == "" {
		return
	}
	switch n.Data {
	case "input":
		switch attr(n, "type") {
		case "file":
			return
		case "radio":
			if f.values.Has(name) && !has(n, "checked") {
				return
			}
			f.values.Set(name, value)
		case "checkbox":
			f.values.Add(name, value)
		case "hidden":
			f.values.Set(name, value)
		default:
			f.typed[name] = true
			f.values.Set(name, value)
		}
	case "textarea":
		f.typed[name] = true
		f.values.Set(name, inner(n))
	case "select":
		visit(n, func(o *html.Node) {
			if o.Data == "option" && attr(o, "value") != "" && (!f.values.Has(name) || has(o, "selected")) {
				f.values.Set(name, attr(o, "value"))
			}
		})
	case "button":
		if !f.values.Has(name) {
			f.values.Set(name, value)
		}
	default:
		return
	}
	if !slices.Contains(f.fields, name) {
		f.fields = append(f.fields, name)
	}
}

func visit(n *html.Node, do func(*html.Node)) {
	if n.Type == html.ElementNode {
		do(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		visit(c, do)
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func inner(n *html.Node) (s string) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode {
			s += c.Data
		}
	}
	return s
}

var ours = regexp.MustCompile(`^(/static/|/manuscripts/|/[a-z]|#|\?|$|https?://127\.0\.0\.1[:/])`)

// foreign lists what stands on a page that no template of ours writes: it was
// born from somebody's text.
func foreign(t *testing.T, p page) (all []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(p.Body))
	if err != nil {
		t.Fatal(err)
	}
	visit(root, func(n *html.Node) {
		switch n.Data {
		case "script":
			if data := attr(n, "type") == "application/json" && !has(n, "src"); !data && (!strings.HasPrefix(attr(n, "src"), "/static/") || n.FirstChild != nil) {
				all = append(all, "script "+attr(n, "src"))
			}
		case "iframe":
			if !strings.Contains(attr(n, "src"), "/preview/") || !has(n, "sandbox") {
				all = append(all, "iframe")
			}
		case "link":
			if !strings.HasPrefix(attr(n, "href"), "/static/") {
				all = append(all, "link "+attr(n, "href"))
			}
		case "object", "embed", "base", "style", "math", "video", "audio", "portal", "frameset", "template", "noscript", "keygen", "marquee", "isindex", "xmp", "plaintext":
			all = append(all, n.Data)
		case "meta":
			if has(n, "http-equiv") {
				all = append(all, "meta http-equiv")
			}
		}
		for _, a := range n.Attr {
			v := strings.ToLower(strings.Join(strings.Fields(a.Val), ""))
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "srcdoc", a.Key == "background", strings.HasPrefix(a.Key, "hx-"), a.Key == "formaction" && !strings.HasPrefix(v, "/"), a.Key == "action" && !strings.HasPrefix(v, "/"):
				all = append(all, n.Data+" "+a.Key)
			case (a.Key == "href" || a.Key == "src") && (strings.HasPrefix(v, "javascript:") || strings.HasPrefix(v, "vbscript:") || strings.HasPrefix(v, "data:") && n.Data != "img" || strings.HasPrefix(v, "//")):
				all = append(all, n.Data+" "+a.Key+" "+v)
			case a.Key == "src" && !ours.MatchString(a.Val) && !strings.HasPrefix(v, "data:image/png;base64,"):
				all = append(all, n.Data+" src "+v)
			}
		}
	})
	return all
}

// A desk is where somebody fills in forms. again makes a page anew whose form
// an act used up.
type desk struct {
	who   string
	again func() string
	page  string
}

// TestNaughtyTextsAreInertOnEveryPage puts every naughty text in every field of
// every form of the office: never an internal error, never an element or an
// address born from a text, and what is refused comes back as it was typed. A
// run takes a share; make naughty takes all for every field people type into,
// once for the same field of the same form, and a share for the rest.
func TestNaughtyTextsAreInertOnEveryPage(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	texts := apptest.Naughty(t)
	n := 0
	made := func(step string) func() string {
		return func() string {
			n++
			m := w.Draft(fmt.Sprintf("第%d件", n), "body", "<p>受理申请43件。</p>")
			if step != "" {
				m = w.UpTo(m, step)
			}
			return path(m, "")
		}
	}
	returned := func() string {
		n++
		m := w.UpTo(w.Draft(fmt.Sprintf("第%d件", n)), "first")
		return path(w.Must(w.Judge(m), m, "decide", "verb", "return", "target", "draft", "gate", "facts", "note", "请核对"), "")
	}
	edit := func() string { return made("")() + "/edit" }
	proof := func() string { return made("first")() + "/proof" }
	letter := func(sent bool) func() string {
		return func() string {
			clerk := as(t, w, person(w, "foi_officer"))
			file := asked(t, w, clerk)
			at := clerk.send(file, file+"/letters", "letter", "answer", "letter_code", "D13").Location
			if sent {
				page := clerk.get(at)
				clerk.post(at, page.fill(t, at, "do", "send", "title", "答复", "text", filledIn(page))).leads(t, 303, at)
			}
			return at
		}
	}
	as(t, w, person(w, "foi_officer")).send("/foi/disputes", "/foi/disputes", "kind", "review", "number", "区复1号", "served_on", "2026-03-02").leads(t, 303, "/foi/disputes")
	papers := func() string {
		clerk := as(t, w, person(w, "foi_officer"))
		file := asked(t, w, clerk)
		clerk.upload(file+"/files", clerk.get(file).fill(t, file+"/files", "file_kind", "identity"), sent{"file", "a.pdf", "%PDF-1.4"}).leads(t, 303, file)
		return file
	}
	given := func(suggest bool) func() string {
		return func() string {
			at := w.Letter("D02")
			for _, post := range judges {
				b, verb := as(t, w, person(w, post)), "approve"
				if post == "signing_leader" {
					verb = "sign"
				}
				p := b.get(at)
				b.post(at+"/decide", p.fill(t, at+"/decide", append(ticks(p), "verb", verb, "read", "1")...)).leads(t, 303, at)
			}
			clerk := as(t, w, person(w, "foi_officer"))
			file := regexp.MustCompile(`/foi/\d+`).FindString(clerk.get(at).Body)
			clerk.send(file, file+"/events", "kind", "answered", "code", "D02", "on", w.App.DB.Now().In(calendar.Zone).Format(time.DateOnly)).leads(t, 303, file)
			if suggest {
				clerk.send(file, file+"/candidate", "candidate_note", "多人问过").leads(t, 303, file)
			}
			return file
		}
	}
	withdrawn := func() string {
		clerk := as(t, w, person(w, "foi_officer"))
		file := asked(t, w, clerk)
		clerk.send(file, file+"/events", "kind", "answered", "code", "D24", "on", w.App.DB.Now().In(calendar.Zone).Format(time.DateOnly)).leads(t, 303, file)
		return file
	}
	as(t, w, person(w, "system_admin")).send("/calendar", "/calendar", "text", noticeOf2031).leads(t, 303, "/calendar")
	for _, title := range []string{"甲", "乙", "丙"} {
		as(t, w, person(w, "office_editor")).send("/duties", "/duties", "kind", "formed", "title", title, "since", "2026-03-02").leads(t, 303, "/duties")
	}
	desks := []desk{
		{who: "drafter", page: "/manuscripts/new"}, {who: "drafter", again: edit}, {who: "drafter", again: made("")}, {who: "drafter", again: returned}, {who: "drafter", again: made("first")},
		{who: "section_head", again: made("first")}, {who: "section_head", again: proof}, {who: "confidentiality_officer", again: made("confidentiality")},
		{who: "signing_leader", again: made("sign")}, {who: "section_head", page: "/tasks"}, {who: "section_head", again: func() string { return "/tasks/approve?id=" + strings.TrimPrefix(made("first")(), "/manuscripts/") }},
		{who: "office_editor", page: "/register"}, {who: "office_editor", page: "/search"}, {who: "drafter", page: "/notices"}, {who: "publisher", page: "/publications"},
		{who: "signing_leader", page: "/statistics"}, {who: "auditor", page: "/audit"},
		{who: "foi_officer", page: "/foi"}, {who: "foi_officer", page: "/foi/new"}, {who: "foi_officer", page: "/foi/disputes"}, {who: "foi_officer", page: "/calendar"}, {who: "signing_leader", page: "/calendar"}, {who: "office_editor", page: "/duties"}, {who: "foi_officer", again: func() string { return asked(t, w, as(t, w, person(w, "foi_officer"))) }},
		{who: "foi_officer", again: papers}, {who: "foi_officer", again: given(false)}, {who: "office_editor", again: given(true)}, {who: "signing_leader", again: withdrawn}, {who: "foi_officer", again: letter(false)}, {who: "section_head", again: letter(true)},
		{who: "office_editor", page: "/annual/2025"}, {who: "office_editor", page: "/annual/2025/tables"}, {who: "office_editor", page: "/annual/2025/text"},
		{who: "office_editor", page: "/workflows/lint"}, {who: "drafter", page: "/account"}, {who: "drafter", page: "/password"}, {who: "drafter", page: "/keys"},
		{who: "", page: "/login"},
		// Last: they may take posts from everybody above.
		{who: "system_admin", page: "/people"}, {who: "security_admin", page: "/people"},
	}
	every, sent, refused, kept := 211, 0, 0, 0
	covered, whole := map[string]bool{}, map[string]bool{}
	for _, d := range desks {
		b := open(t, w)
		if d.who != "" {
			b = as(t, w, person(w, d.who))
		}
		at := d.page
		if d.again != nil {
			at = d.again()
		}
		first := forms(t, b.get(at))
		for i, f := range first {
			if f.action == "/logout" || f.action == "/lang" && d.page != "/keys" || strings.HasSuffix(f.action, "/copy/drop") || f.method != "POST" && f.method != "GET" {
				continue
			}
			for _, name := range f.fields {
				covered[name] = true
				field := digits.ReplaceAllString(f.action, "") + " " + name
				all := f.typed[name] && !whole[field] && apptest.Share(1, every)
				if all {
					whole[field] = true
				}
				for j, s := range texts {
					if sent++; !all && (sent+j*7)%every != 0 && j != len(texts)-1 {
						continue
					}
					now := forms(t, b.get(at))
					if len(now) <= i || strings.TrimRight(now[i].action, "0123456789") != strings.TrimRight(f.action, "0123456789") && d.again != nil {
						if d.again == nil {
							break
						}
						at = d.again()
						now = forms(t, b.get(at))
					}
					if len(now) <= i {
						break
					}
					g := now[i]
					g.values.Set(name, s)
					shown := fmt.Sprintf("%s %s, %s = %.60q", g.method, g.action, name, s)
					var p page
					if g.method == "GET" {
						p = b.get(g.action + "?" + g.values.Encode())
					} else {
						p = b.post(g.action, g.values)
					}
					if p.Status >= 500 {
						t.Fatalf("%s answers %d: %.400s", shown, p.Status, p.Body)
					}
					if p.Status/100 == 3 {
						kept++
						if to := p.Location; strings.HasPrefix(to, "/") {
							p = b.get(to)
						}
					} else if p.Status/100 == 4 {
						refused++
						if back := forms(t, p); g.method == "POST" && len(back) > i && back[i].action == g.action && visible(p, name) {
							if got, want := back[i].values.Get(name), s; plain.MatchString(want) && got != want && len(want) < 60_000 {
								t.Errorf("%s came back as %.60q", shown, got)
							}
						}
					}
					if strings.Contains(p.Header.Get("Content-Type"), "text/html") {
						if found := foreign(t, p); len(found) > 0 {
							t.Fatalf("%s gives %v on the page", shown, found)
						}
					}
				}
			}
		}
	}
	for who, pages := range map[string][]string{"drafter": {"/mine", "/register", "/tasks", "/notices"}, "office_editor": {"/tasks", "/register", "/search?q=43"}, "publisher": {"/publications"}, "system_admin": {"/people"}, "auditor": {"/audit", "/people"}} {
		for _, at := range pages {
			if found := foreign(t, as(t, w, person(w, who)).get(at)); len(found) > 0 {
				t.Errorf("%s shows %v", at, found)
			}
		}
	}
	t.Logf("%d texts, %d pairs of text and field in all; %d fields took every text; taken %d, refused %d", len(texts), sent, len(whole), kept, refused)
	if kept < 50 || refused < 50 {
		t.Error("the test no longer tests anything")
	}
	for _, name := range templateFields(t) {
		if !covered[name] {
			t.Errorf("no form with the field %s was filled in", name)
		}
	}
}

var digits = regexp.MustCompile(`[0-9]+`)

// plain are texts a browser sends back byte for byte.
var plain = regexp.MustCompile(`^[^\x00-\x1f\x7f-\x9f\x{2028}\x{2029}\x{feff}\x{fffe}\x{ffff}]+$`)

// visible says that a field is typed in by people, and none of the kinds a page
// never shows again.
func visible(p page, name string) bool {
	m := regexp.MustCompile(`<(input|textarea)[^>]* name="` + regexp.QuoteMeta(name) + `"[^>]*>`).FindString(p.Body)
	return m != "" && !strings.Contains(m, `type="password"`) && !strings.Contains(m, `type="hidden"`) && !strings.Contains(m, `type="radio"`) && !strings.Contains(m, `type="checkbox"`) && !strings.Contains(m, `type="date`)
}

// templateFields are the names in the templates' forms, so that a new field
// cannot be forgotten. Left out are forms other tests fill: files, the second
// factor while it is set up, the set-up page of an empty program, mail without a
// server, and what remark forms and administrators choose from.
func templateFields(t *testing.T) (all []string) {
	t.Helper()
	files, err := filepath.Glob("../../web/templates/staff/*.html")
	if err != nil || len(files) == 0 {
		t.Fatal("no templates")
	}
	elsewhere := []string{"code", "secret", "full_name", "short_name", "import", "attach", "roster", "report", "reports", "kept_path", "attachment.hash", "attachment.name", "attachment.drop", "changed", "out", "to_drop",
		"quote", "revision", "remark", "prefix", "suffix", "replacement", "text", "how", "looked", "from_revision", "after_at", "publish_at", "hold", "read", "outcome", "ground", "gate", "return_for", "all", "person_id", "unit_id", "post", "posts", "starts", "ends", "pin", "pin_repeat", "sheet", "show", "address", "round", "ref", "before"}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`<(?:input|textarea|select)[^>]* name="([a-z_.]+)"`).FindAllStringSubmatch(string(b), -1) {
			if !slices.Contains(elsewhere, m[1]) && !slices.Contains(all, m[1]) {
				all = append(all, m[1])
			}
		}
	}
	return all
}
