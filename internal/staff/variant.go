package staff

import (
	"html/template"

	"gongkai/internal/manuscript"
	"gongkai/internal/review"
)

// variantPage shows a revision as the official account would carry it.
type variantPage struct {
	frame
	M    *manuscript.Manuscript
	V    review.Variant
	Body template.HTML // written by the channel from a sanitised text
}

// wechatVariant carries the channel's inline styles, so its policy allows style
// attributes and nothing more than other pages do besides.
func (s *Staff) wechatVariant(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	no, err := v.number("revision")
	if err != nil {
		return err
	}
	open, err := s.Desk.Open(v.ctx, v.actor, id, int(no))
	if err != nil {
		return err
	}
	shown, err := s.Desk.Preview(v.ctx, v.actor, id, open.Revision.No, "wechat")
	if err != nil {
		return err
	}
	p := variantPage{M: open.Manuscript, V: shown, Body: template.HTML(shown.HTML)}
	if p.frame, err = s.frame(v, "staff.variant"); err != nil {
		return err
	}
	v.Header("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	s.render(v.Context, v.status(), "variant", p)
	return nil
}
