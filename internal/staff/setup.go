package staff

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"gongkai/internal/org"
)

// setUpPage founds the first organisation of an empty database; afterwards it
// is not there (A42).
type setUpPage struct {
	frame
	Founders []org.Founder // on the page of the very act and nowhere else
}

func (s *Staff) setUpPage(c *gin.Context) {
	v := s.visitor(c)
	secret, err := s.Org.SetUpSecret(v.ctx)
	if err == nil && secret == "" {
		err = org.ErrNotEmpty
	}
	if err != nil {
		s.fail(v, err)
		return
	}
	s.render(c, http.StatusOK, "setup", setUpPage{frame: s.bare(v, "staff.setup")})
}

func (s *Staff) setUp(c *gin.Context) {
	v := s.visitor(c)
	err := v.readForm()
	if err == nil {
		err = s.Org.CheckSetUp(v.ctx, v.form.Get("secret"))
	}
	p := setUpPage{}
	if err == nil {
		var once []org.OneTime
		if once, err = org.FounderPasswords(v.ctx); err == nil {
			p.Founders, err = s.Org.SetUp(v.ctx, v.form.Get("secret"), org.Unit{Name: v.form.Get("name"), FullName: v.form.Get("full_name"), ShortName: v.form.Get("short_name"), Code: v.form.Get("code")}, once)
		}
	}
	if open, lost := s.Org.SetUpSecret(v.ctx); err != nil && (open == "" || lost != nil || v.form == nil) {
		s.fail(v, err)
		return
	}
	if err != nil {
		v.refuse(s, err)
	}
	p.frame = s.bare(v, "staff.setup")
	s.render(c, v.status(), "setup", p)
}
