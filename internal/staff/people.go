package staff

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/org"
)

type peoplePage struct {
	frame
	Units       []org.Unit
	People      []personLine
	Choices     []org.Post
	Delegable   []org.Post
	Delegations []delegationLine
	Proposals   []proposalLine
	Resets      []resetLine
	MayWrite    bool
	MayGrant    bool
	MayConfirm  bool
	MayDelegate bool
	Secret      *secret
	Today       string
	Judged      *judgedRoster
	Confirmable int    // proposals this person may confirm
	Until       string // the newest of them: what came later is not confirmed unseen
}

// secret is a one-time password, on the page of the very act and nowhere else.
type secret struct{ Name, Login, Password string }

type personLine struct {
	ID          int64
	Name        string
	StaffNo     string
	Established bool
	Posts       []postLine
}

type postLine struct {
	Post   org.Post
	UnitID int64
	Unit   string
	For    string
}

// proposalLine is a post that waits for a second administrator.
type proposalLine struct {
	ID          int64
	Name, By    string
	Unit        string
	Post        org.Post
	At          time.Time
	Confirmable bool // not by who proposed it, nor by who would have it
}

// resetLine is a lost second factor that waits for a second administrator.
type resetLine struct {
	Account     int64
	Name, By    string
	At          time.Time
	Confirmable bool
}

type delegationLine struct {
	ID       int64
	From, To string
	Posts    []org.Post
	Starts   time.Time
	Ends     time.Time
	State    string // coming, running, over or ended
}

func (s *Staff) people(v *visit) error { return s.peoplePage(v, nil) }

func (s *Staff) peopleAgain(v *visit) error { return s.peoplePage(v, nil) }

func (s *Staff) peoplePage(v *visit, secret *secret) error {
	p := peoplePage{Secret: secret, Judged: v.judged, Choices: org.Posts, MayWrite: s.mayAll(v, "org.write"), MayGrant: s.mayAll(v, "org.grant"), MayConfirm: s.mayAll(v, "org.confirm"), MayDelegate: s.mayAll(v, "org.delegate"),
		Today: dated(s.DB.Now(), time.DateOnly)}
	p.Delegable = slices.DeleteFunc(slices.Clone(org.Posts), org.Post.Administers)
	err := s.DB.Read(v.ctx, func(tx *db.Tx) error {
		a, err := s.Require(tx, v.actor, "org.read")
		if err != nil {
			return err
		}
		if p.Units, err = org.Units(tx, a.OrganisationID); err != nil {
			return err
		}
		units := map[int64]string{}
		for _, u := range p.Units {
			units[u.ID] = u.Name
		}
		all, err := org.People(tx, a.OrganisationID)
		if err != nil {
			return err
		}
		names := map[int64]string{}
		for _, person := range all {
			names[person.ID] = person.Name
		}
		for _, person := range all {
			held, err := org.HoldingsOf(tx, person.ID)
			if err != nil {
				return err
			}
			l := personLine{person.ID, person.Name, person.StaffNo, person.Established, nil}
			for _, h := range held {
				l.Posts = append(l.Posts, postLine{h.Post, h.UnitID, units[h.UnitID], names[h.For]})
			}
			p.People = append(p.People, l)
		}
		proposals, err := org.Proposals(tx, a.OrganisationID)
		if err != nil {
			return err
		}
		for _, o := range proposals {
			p.Proposals = append(p.Proposals, proposalLine{o.ID, names[o.PersonID], names[o.ProposedBy], units[o.UnitID], o.Post, o.ProposedAt,
				p.MayConfirm && a.PersonID != o.ProposedBy && a.PersonID != o.PersonID})
			if p.Proposals[len(p.Proposals)-1].Confirmable {
				p.Confirmable++
			}
			p.Until = max(p.Until, o.ProposedAt.UTC().Format("2006-01-02T15:04:05.000000Z07:00"))
		}
		resets, err := org.FactorResets(tx, a.OrganisationID)
		if err != nil {
			return err
		}
		for _, r := range resets {
			p.Resets = append(p.Resets, resetLine{r.AccountID, names[r.PersonID], names[r.AskedBy], r.AskedAt, p.MayConfirm && a.PersonID != r.AskedBy && a.PersonID != r.PersonID})
		}
		if !p.MayDelegate {
			return nil
		}
		delegations, err := org.Delegations(tx, a.OrganisationID)
		for _, d := range delegations {
			p.Delegations = append(p.Delegations, delegationLine{d.ID, names[d.From], names[d.To], d.Posts, d.StartsAt, d.EndsAt, stateOf(d, s.DB.Now())})
		}
		return err
	})
	if err != nil {
		return err
	}
	if p.frame, err = s.frame(v, "staff.people"); err != nil {
		return err
	}
	s.render(v.Context, v.status(), "people", p)
	return nil
}

func stateOf(d org.Delegation, now time.Time) string {
	switch {
	case !d.RevokedAt.IsZero():
		return "ended"
	case now.After(d.EndsAt):
		return "over"
	case now.Before(d.StartsAt):
		return "coming"
	}
	return "running"
}

// entitled enters the actor for an administrative act in the transaction of ctx.
func (s *Staff) entitled(ctx context.Context, a org.Actor, act string) (who org.Actor, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		who, err = s.Require(tx, a, act)
		return err
	})
	return who, err
}

// administer is one administrative act that leads back to the page.
func (s *Staff) administer(v *visit, act, flash string, do func(a org.Actor) error) (done, error) {
	a, err := s.entitled(v.ctx, v.actor, act)
	if err == nil {
		err = do(a)
	}
	return done{"/people", flash}, err
}

func (s *Staff) addUnit(v *visit) (done, error) {
	return s.administer(v, "org.write", "unit_added", func(a org.Actor) error {
		_, err := s.Org.AddUnit(v.ctx, a, org.Unit{Name: v.form.Get("name"), FullName: v.form.Get("full_name"), ShortName: v.form.Get("short_name"), Code: v.form.Get("code")})
		return err
	})
}

// withSecret does an act that makes a one-time password and shows it. The stored
// answer does not have it: the form sent again leads to the page without.
func (s *Staff) withSecret(v *visit, do func(a org.Actor, once org.OneTime) (secret, error)) error {
	var b [8]byte
	_, _ = rand.Read(b[:])
	nonce := hex.EncodeToString(b[:])
	var fresh secret
	var once org.OneTime
	_, before := s.entitled(v.ctx, v.actor, "org.write")
	if before == nil {
		once, before = org.NewOneTime(v.ctx)
	}
	d, err := s.onceOnly(v, func(v *visit) (done, error) {
		if before != nil {
			return done{}, before
		}
		d, err := s.administer(v, "org.write", "secret_again", func(a org.Actor) (err error) {
			fresh, err = do(a, once)
			return err
		})
		d.To += "?shown=" + nonce
		return d, err
	})
	switch {
	case err == nil && d.To == "/people?shown="+nonce:
		return s.peoplePage(v, &fresh)
	case err == nil:
		s.lead(v.Context, done{"/people", d.Flash})
		return nil
	case unauthenticated(err):
		return err
	}
	v.refuse(s, err)
	if s.peoplePage(v, nil) != nil {
		return err
	}
	return nil
}

func (s *Staff) addPerson(v *visit) error {
	return s.withSecret(v, func(a org.Actor, once org.OneTime) (secret, error) {
		p, err := s.Org.AddPerson(v.ctx, a, org.Person{StaffNo: v.form.Get("staff_no"), Name: v.form.Get("name"), Established: v.form.Get("established") != ""}, v.form.Get("login"), once)
		return secret{p.Name, v.form.Get("login"), once.Password}, err
	})
}

func (s *Staff) resetAccount(v *visit) error {
	return s.withSecret(v, func(a org.Actor, once org.OneTime) (secret, error) {
		return secret{"", v.form.Get("login"), once.Password}, s.Org.ResetPassword(v.ctx, a, v.form.Get("login"), once)
	})
}

func (s *Staff) disableAccount(v *visit) (done, error) {
	return s.administer(v, "org.write", "account_disabled", func(a org.Actor) error { return s.Org.DisableAccount(v.ctx, a, v.form.Get("login")) })
}

func (s *Staff) signOutAccount(v *visit) (done, error) {
	return s.administer(v, "org.write", "account_signed_out", func(a org.Actor) error { return s.Org.EndSessions(v.ctx, a, v.form.Get("login")) })
}

func (s *Staff) askFactorReset(v *visit) (done, error) {
	return s.administer(v, "org.write", "second_factor_asked", func(a org.Actor) error { return s.Org.AskFactorReset(v.ctx, a, v.form.Get("login")) })
}

func (s *Staff) confirmFactorReset(v *visit) (done, error) {
	return s.endProposal(v, "second_factor_reset", s.Org.ConfirmFactorReset)
}

func (s *Staff) dropFactorReset(v *visit) (done, error) {
	return s.endProposal(v, "second_factor_kept", s.Org.DropFactorReset)
}

func (s *Staff) propose(v *visit) (done, error) {
	return s.administer(v, "org.grant", "proposed", func(a org.Actor) error {
		_, err := s.Org.Propose(v.ctx, a, v.whole("person_id"), org.Post(v.form.Get("post")), v.whole("unit_id"))
		return err
	})
}

func (s *Staff) confirmPost(v *visit) (done, error) {
	return s.endProposal(v, "granted", s.Org.Confirm)
}

func (s *Staff) dropPost(v *visit) (done, error) {
	return s.endProposal(v, "proposal_dropped", s.Org.Drop)
}

func (s *Staff) endProposal(v *visit, flash string, end func(ctx context.Context, a org.Actor, id int64) error) (done, error) {
	id, err := v.id()
	if err != nil {
		return done{}, err
	}
	return s.administer(v, "org.confirm", flash, func(a org.Actor) error { return end(v.ctx, a, id) })
}

func (s *Staff) revoke(v *visit) (done, error) {
	return s.administer(v, "org.grant", "revoked", func(a org.Actor) error {
		return s.Org.Revoke(v.ctx, a, v.whole("person_id"), org.Post(v.form.Get("post")), v.whole("unit_id"))
	})
}

// delegate reads the days as people mean them: both included.
func (s *Staff) delegate(v *visit) (done, error) {
	d := org.Delegation{From: v.whole("from"), To: v.whole("to")}
	for _, p := range v.form["posts"] {
		d.Posts = append(d.Posts, org.Post(p))
	}
	var err error
	if d.StartsAt, err = day(v.form.Get("starts"), "starts", 0); err == nil {
		d.EndsAt, err = day(v.form.Get("ends"), "ends", 1)
	}
	if err != nil || d.StartsAt.IsZero() || d.EndsAt.IsZero() {
		return done{}, org.ErrDelegationDates.On("ends_at")
	}
	return s.administer(v, "org.delegate", "delegated", func(a org.Actor) error {
		_, err := s.Org.Delegate(v.ctx, a, d)
		return err
	})
}

func (s *Staff) endDelegation(v *visit) (done, error) {
	id, err := v.id()
	if err != nil {
		return done{}, err
	}
	return s.administer(v, "org.delegate", "delegation_ended", func(a org.Actor) error { return s.Org.EndDelegation(v.ctx, a, id) })
}
