package staff

import (
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"slices"

	"gongkai/internal/manuscript"
	"gongkai/internal/publish"
	"gongkai/internal/review"
	"gongkai/internal/workflow"
)

// The ways a text is looked at before it is judged.
const (
	viewClean   = "clean"   // 清样
	viewRedline = "redline" // 花脸稿
	viewSide    = "side"    // 左右对照
	viewWebsite = "website" // the page readers would get
	viewWeChat  = "wechat"  // the article in the official account
	viewFiles   = "files"
)

// tab is one way to look at the text.
type tab struct {
	ID, URL string
	On      bool
	Count   int // of attachments
}

// variant is a revision as the official account would carry it.
type variant struct {
	review.Variant
	Findings []finding
}

// views fills the chosen way and the tabs to the others.
func (p *manuscriptPage) views(s *Staff, v *visit, open *review.View) error {
	ids := []string{viewClean}
	if p.Shown > 1 {
		ids = append(ids, viewRedline, viewSide)
	}
	if open.Disclosure == manuscript.Proactive && p.C.Section != "" && open.Chain != nil {
		for _, ch := range []string{viewWebsite, viewWeChat} {
			if slices.ContainsFunc(open.Chain.Publish, func(o workflow.Outlet) bool { return o.Channel == ch }) {
				ids = append(ids, ch)
			}
		}
	}
	if len(p.C.Attachments) > 0 {
		ids = append(ids, viewFiles)
	}
	p.View = viewClean
	if want := v.Query("view"); slices.Contains(ids, want) {
		p.View = want
	}
	for _, id := range ids {
		t := tab{ID: id, URL: fmt.Sprintf("/manuscripts/%d?view=%s", p.M.ID, id), On: id == p.View}
		if p.Shown != p.M.RevisionNo {
			t.URL += fmt.Sprintf("&revision=%d", p.Shown)
		}
		if id == viewFiles {
			t.Count = len(p.C.Attachments)
		}
		p.Tabs = append(p.Tabs, t)
	}
	switch p.View {
	case viewRedline, viewSide:
		return p.compared(s, v, open)
	case viewWeChat:
		shown, err := s.Desk.Preview(v.ctx, v.actor, p.M.ID, p.Shown, viewWeChat)
		if err != nil {
			return err
		}
		p.Variant = &variant{Variant: shown}
		for _, f := range shown.Findings {
			p.Variant.Findings = append(p.Variant.Findings, finding{Level: string(f.Level), Where: fieldCode(s, f.Where), Say: s.say(v.lang, f.Rule, f.Args)})
		}
	}
	return nil
}

var changeID = regexp.MustCompile(` (?:id="[cm][0-9][^"]*"|href="#m[^"]*")`)

// compared sets the text against the one that was judged before, or else the
// revision before it.
func (p *manuscriptPage) compared(s *Staff, v *visit, open *review.View) error {
	from := p.Shown - 1
	if p.Changed != nil {
		from = p.Changed.From
	}
	was, err := s.Desk.Open(v.ctx, v.actor, p.M.ID, from)
	if err != nil {
		return err
	}
	p.Compared = s.comparison(v, was, open, p.View == viewRedline)
	if p.View == viewSide {
		p.Second = template.HTML(changeID.ReplaceAllString(p.Compared.Redline.HTML, ""))
		p.SecondTitle = template.HTML(changeID.ReplaceAllString(string(p.Compared.Title), ""))
	}
	return nil
}

// framed lets a page of ours show previews of ours in frames.
const framed = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// A preview stands in a frame of ours. It runs no script and loads nothing but
// pictures of its manuscript and style sheets.
func preview(v *visit, styles, pictures, page string) {
	v.Header("Content-Security-Policy", "default-src 'none'; style-src "+styles+"; style-src-attr 'unsafe-inline'; img-src 'self' "+pictures+"; frame-ancestors 'self'; form-action 'none'; base-uri 'none'")
	v.Data(http.StatusOK, "text/html; charset=utf-8", []byte(page))
}

var siteAddress = regexp.MustCompile(`(<link [^>]*href=")(/[^"]*")`)

// previewed answers a channel's preview of the text.
func (s *Staff) previewed(v *visit) error {
	open, err := s.opened(v)
	if err != nil {
		return err
	}
	switch v.Param("channel") {
	case viewWebsite:
		return s.websitePreview(v, open)
	case viewWeChat:
		return s.wechatPreview(v, open)
	}
	return publish.ErrChannelUnknown.With("channel", v.Param("channel"))
}

// websitePreview is the page the website would show, with its style sheets from
// there and its pictures from the manuscript: readers cannot get those yet.
func (s *Staff) websitePreview(v *visit, open *review.View) error {
	page, err := s.Desk.PreviewPage(v.ctx, v.actor, open.ID, open.Revision.No)
	if err != nil {
		return err
	}
	preview(v, s.PublicURL, s.PublicURL, siteAddress.ReplaceAllString(string(pictured(template.HTML(page), open.ID, open.Revision.No)), "${1}"+s.PublicURL+"$2"))
	return nil
}

// wechatPreview is the article exactly as it is sent, in the least of a page.
func (s *Staff) wechatPreview(v *visit, open *review.View) error {
	shown, err := s.Desk.Preview(v.ctx, v.actor, open.ID, open.Revision.No, viewWeChat)
	if err != nil {
		return err
	}
	title := template.HTMLEscapeString(shown.Title)
	preview(v, "'self'", "", `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>`+title+
		`</title><link rel="stylesheet" href="/static/`+s.assets.mark+`/css/phone.css"></head><body><main><h1>`+title+`</h1><p class="by">`+template.HTMLEscapeString(shown.Author)+`</p>`+
		string(pictured(template.HTML(shown.HTML), open.ID, open.Revision.No))+`</main></body></html>`)
	return nil
}

// wechatVariant is where the preview stood before it was a tab.
func (s *Staff) wechatVariant(v *visit) error {
	open, err := s.opened(v)
	if err != nil {
		return err
	}
	to := fmt.Sprintf("/manuscripts/%d?view=%s", open.ID, viewWeChat)
	if open.Revision.No != open.RevisionNo {
		to += fmt.Sprintf("&revision=%d", open.Revision.No)
	}
	v.Redirect(http.StatusSeeOther, to)
	return nil
}
