package httpapi

import (
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"gongkai/internal/db"
	"gongkai/internal/httpserver"
	"gongkai/internal/notify"
	"gongkai/internal/org"
)

type signInBody struct {
	Login    string `json:"login"`
	Password string `json:"password"`
	Code     string `json:"code"` // of the second factor, or a recovery code
}

type holdingBody struct {
	Post   string `json:"post"`
	UnitID int64  `json:"unit_id"`
	ForID  int64  `json:"for_id,omitempty"`
}

type meBody struct {
	PersonID       int64         `json:"person_id"`
	OrganisationID int64         `json:"organisation_id"`
	Name           string        `json:"name"`
	Login          string        `json:"login"`
	Established    bool          `json:"established"`
	MustChange     bool          `json:"must_change_password"`
	MustEnrol      bool          `json:"must_set_up_second_factor"`
	Posts          []holdingBody `json:"posts"`
	Token          string        `json:"token,omitempty"`
}

func meOf(a org.Actor) meBody {
	b := meBody{a.PersonID, a.OrganisationID, a.Name, a.Login, a.Established, a.MustChange, a.MustEnrol, []holdingBody{}, ""}
	for _, h := range a.Holdings {
		b.Posts = append(b.Posts, holdingBody{string(h.Post), h.UnitID, h.For})
	}
	return b
}

// signIn opens a session. Its answer holds a secret, so it is never stored:
// repeating it opens another session.
func (s *API) signIn(c *gin.Context) {
	var in signInBody
	if _, err := httpserver.ReadJSON(c, &in); err != nil {
		s.Problem(c, err)
		return
	}
	if !s.tries.Allow(httpserver.Address(c), s.DB.Now()) {
		s.Problem(c, httpserver.ErrTooManyLogins)
		return
	}
	token, a, err := s.Org.SignIn(c.Request.Context(), in.Login, in.Password, httpserver.Address(c))
	if err != nil {
		s.Problem(c, err)
		return
	}
	if a.NeedsCode && in.Code == "" {
		err = errors.Join(s.Org.SignOut(c.Request.Context(), a), org.ErrCodeNeeded.On("code"))
	} else if a.NeedsCode {
		token, a, err = s.Org.SignInCode(c.Request.Context(), token, in.Code, httpserver.Address(c))
	}
	if err != nil {
		s.Problem(c, err)
		return
	}
	body := meOf(a)
	body.Token = token
	c.JSON(http.StatusCreated, body)
}

func (s *API) signOut(c *gin.Context) {
	a, err := s.Who(c)
	if err == nil {
		err = s.Org.SignOut(c.Request.Context(), a)
	}
	if err != nil {
		s.Problem(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

func (s *API) me(r *request) (any, error) {
	a := r.actor
	err := s.DB.Read(r.ctx, func(tx *db.Tx) (err error) {
		a.Holdings, err = org.HoldingsOf(tx, a.PersonID)
		return err
	})
	return meOf(a), err
}

type passwordBody struct {
	Old string `json:"old_password"`
	New string `json:"password"`
}

func (s *API) preparePassword(r *request, in passwordBody) (org.PasswordChange, error) {
	return s.Org.PreparePassword(r.ctx, r.actor, in.Old, in.New)
}

func (s *API) changePassword(r *request, _ passwordBody, c org.PasswordChange) (httpserver.Answer, error) {
	if err := s.Org.ChangePassword(r.ctx, r.actor, c); err != nil {
		return httpserver.Answer{}, err
	}
	return ok(nothing{})
}

type noticeBody struct {
	ID      int64          `json:"id"`
	Code    string         `json:"code"`
	Say     string         `json:"say"`
	Subject string         `json:"subject"`
	At      time.Time      `json:"at"`
	Read    bool           `json:"read"`
	Args    map[string]any `json:"args,omitempty"`
}

func (s *API) notices(r *request) (any, error) {
	all, err := s.Desk.Notices(r.ctx, r.actor)
	out := struct {
		Notices []noticeBody `json:"notices"`
	}{[]noticeBody{}}
	for _, n := range all {
		out.Notices = append(out.Notices, noticeBody{n.ID, n.Code, s.Words.Say(httpserver.Lang(r.Context), n.Code, n.Args), n.Subject, n.At, !n.ReadAt.IsZero(), n.Args})
	}
	return out, err
}

func (s *API) readNotices(r *request, _ nothing) (httpserver.Answer, error) {
	err := s.DB.Write(r.ctx, func(tx *db.Tx) error {
		a, err := org.Enter(tx, r.actor)
		if err != nil {
			return err
		}
		return notify.Read(tx, a.PersonID)
	})
	if err != nil {
		return httpserver.Answer{}, err
	}
	return ok(nothing{})
}
