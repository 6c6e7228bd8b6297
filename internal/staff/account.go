package staff

import (
	"encoding/base64"
	"errors"
	"html/template"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/org"
)

// accountPage is one's own sign-in: second factor, signing PIN, sessions.
type accountPage struct {
	frame
	org.Security
	Must      bool // a second factor has to be set up before anything else
	Confirms  bool // signatures are confirmed
	Next      string
	Enrolment *enrolment
	Codes     []string // recovery codes, on the page of the very act and nowhere else
}

type enrolment struct {
	Secret string // in groups, for typing
	QR     template.URL
}

// own serves one's own sign-in. It is open to who has yet to set up a second
// factor, and to nobody with a one-time password.
func (s *Staff) own(act func(v *visit) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		v := s.visitor(c)
		var err error
		if c.Request.Method != http.MethodGet {
			err = v.readForm()
		}
		if err == nil {
			v.actor, err = s.Who(c)
		}
		if err == nil {
			err = s.withPosts(v)
		}
		if errors.Is(err, org.ErrMustEnrol) {
			err = nil
		}
		if err == nil {
			err = act(v)
		}
		if err != nil {
			s.fail(v, err)
		}
	}
}

// withPosts reads the posts of a visitor who may do everything, for the menu; who
// has something to set up first gets the reason and no posts.
func (s *Staff) withPosts(v *visit) error {
	return s.DB.Read(v.ctx, func(tx *db.Tx) error {
		who, err := org.Enter(tx, v.actor)
		if err == nil {
			v.actor = who
		}
		return err
	})
}

func (s *Staff) account(v *visit) error { return s.accountPage(v, accountPage{}) }

func (s *Staff) accountPage(v *visit, p accountPage) (err error) {
	if p.Security, err = s.Org.Security(v.ctx, v.actor); err != nil {
		return err
	}
	p.Confirms, p.Must = s.Desk.ConfirmSignatures, p.Demanded && p.Factor.IsZero()
	if p.frame = s.bare(v, "staff.account"); !p.Must {
		if p.frame, err = s.frame(v, "staff.account"); err != nil {
			return err
		}
	}
	p.Next, _ = ownPath(v.Query("next"))
	if v.form.Has("next") {
		p.Next, _ = ownPath(v.form.Get("next"))
	}
	s.render(v.Context, v.status(), "account", p)
	return nil
}

// accountAgain shows the page to somebody whose change was refused.
func (s *Staff) accountAgain(v *visit, err error, p accountPage) error {
	if f, ok := fault.From(err); !ok || f.Kind == fault.Unauthenticated && f.Field == "" {
		return err
	}
	v.refuse(s, err)
	return s.accountPage(v, p)
}

func (s *Staff) startFactor(v *visit) error {
	e, err := s.Org.StartEnrolment(v.ctx, v.actor, v.form.Get("password"))
	if err != nil {
		return s.accountAgain(v, err, accountPage{})
	}
	shown, err := show(e)
	if err != nil {
		return err
	}
	return s.accountPage(v, accountPage{Enrolment: shown})
}

func show(e org.Enrolment) (*enrolment, error) {
	png, err := e.QR()
	if err != nil {
		return nil, err
	}
	var groups []string
	for rest := e.Secret; rest != ""; rest = rest[min(4, len(rest)):] {
		groups = append(groups, rest[:min(4, len(rest))])
	}
	return &enrolment{strings.Join(groups, " "), template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png))}, nil
}

func (s *Staff) confirmFactor(v *visit) error {
	codes, token, e, err := s.Org.ConfirmEnrolment(v.ctx, v.actor, v.form.Get("code"))
	if err != nil && e.Secret != "" {
		shown, lost := show(e)
		if lost != nil {
			return lost
		}
		return s.accountAgain(v, err, accountPage{Enrolment: shown})
	}
	if err != nil {
		return s.accountAgain(v, err, accountPage{})
	}
	if token != "" {
		s.SetSession(v.Context, token)
	}
	return s.accountPage(v, accountPage{Codes: codes})
}

func (s *Staff) newCodes(v *visit) error {
	codes, err := s.Org.NewRecoveryCodes(v.ctx, v.actor, v.form.Get("password"))
	if err != nil {
		return s.accountAgain(v, err, accountPage{})
	}
	return s.accountPage(v, accountPage{Codes: codes})
}

// changed leads back to the page, or to where its reader came from.
func (s *Staff) changed(v *visit, err error, flash string) error {
	if err != nil {
		return s.accountAgain(v, err, accountPage{})
	}
	to, ok := ownPath(v.form.Get("next"))
	if !ok {
		to = "/account"
	}
	s.lead(v.Context, done{to, flash})
	return nil
}

func (s *Staff) removeFactor(v *visit) error {
	return s.changed(v, s.Org.RemoveFactor(v.ctx, v.actor, v.form.Get("password")), "second_factor_removed")
}

func (s *Staff) setPIN(v *visit) error {
	err := error(errRepeat.On("pin_repeat"))
	if v.form.Get("pin") == v.form.Get("pin_repeat") {
		err = s.Org.SetPIN(v.ctx, v.actor, v.form.Get("password"), v.form.Get("pin"))
	}
	return s.changed(v, err, "pin")
}

func (s *Staff) endSessions(v *visit) error {
	return s.changed(v, s.Org.EndOthers(v.ctx, v.actor), "sessions_ended")
}

// mayConfirm says whether somebody has anything to confirm a signature with.
func (s *Staff) mayConfirm(v *visit) (may bool, err error) {
	err = s.DB.Read(v.ctx, func(tx *db.Tx) error {
		may, err = org.MayConfirm(tx, v.actor.AccountID)
		return err
	})
	return may, err
}
