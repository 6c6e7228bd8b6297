package roster

import (
	"context"
	"slices"

	"gongkai/internal/authz"
	"gongkai/internal/blob"
	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/notify"
	"gongkai/internal/org"
	"gongkai/internal/progress"
)

// The kinds of errands.
const (
	People = "people.import"
	Posts  = "posts.propose"
)

// ErrOther is answered for a number or account somebody else has.
var ErrOther = fault.New(fault.Conflict, "roster.other")

// Desk takes a workbook over. Org tells nobody of single posts: one notice says
// how many wait.
type Desk struct {
	DB    *db.DB
	Org   *org.Desk
	Authz *authz.Enforcer
	Words Words
}

// Works are the errands, for progress.NewRunner.
func (k *Desk) Works() map[string]progress.Work {
	return map[string]progress.Work{People: k.people, Posts: k.posts}
}

// Acts are what each errand takes, when it is sent off and again while it runs.
var Acts = map[string]string{People: "org.write", Posts: "org.grant"}

// Send sends an errand off: the workbook is kept until it is done.
func (k *Desk) Send(tx *db.Tx, a org.Actor, kind, name string, b []byte) (*progress.Errand, error) {
	if _, err := k.Authz.Require(a, authz.Domain{OrganisationID: a.OrganisationID}, Acts[kind]); err != nil {
		return nil, err
	}
	hash, err := blob.Put(tx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b)
	if err != nil {
		return nil, err
	}
	e := &progress.Errand{OrganisationID: a.OrganisationID, PersonID: a.PersonID, Kind: kind, Input: hash, Name: name}
	return e, progress.Start(tx, e)
}

// begin reads the workbook again and makes sure that who sent it may still do
// it.
func (k *Desk) begin(ctx context.Context, e *progress.Errand) (a org.Actor, rows []Row, known map[string]org.Known, err error) {
	err = k.DB.Read(ctx, func(tx *db.Tx) error {
		if a, err = k.Authz.Still(tx, e.OrganisationID, e.PersonID, Acts[e.Kind]); err != nil {
			return err
		}
		units, err := org.Units(tx, e.OrganisationID)
		if err != nil {
			return err
		}
		b, err := blob.Get(tx, e.Input)
		if err != nil {
			return err
		}
		if known, err = org.KnownPeople(tx, e.OrganisationID); err != nil {
			return err
		}
		rows, err = Read(b.Bytes, units, k.Words)
		return err
	})
	return a, rows, known, err
}

// outcome is what became of a line.
type outcome struct {
	code     string
	args     map[string]any
	password string
	wrong    bool
}

func refused(err error) (outcome, error) {
	f, ok := fault.From(err)
	if !ok {
		return outcome{}, err
	}
	return outcome{code: f.Code, args: f.Args, wrong: true}, nil
}

// people makes who is not there yet. Whoever is stays as they are: the same
// workbook a second time changes nothing.
func (k *Desk) people(ctx context.Context, e *progress.Errand, m *progress.Meter) (progress.Result, error) {
	a, rows, known, err := k.begin(ctx, e)
	if err != nil {
		return progress.Result{}, err
	}
	m.Total(len(rows))
	out := make([]outcome, len(rows))
	for i, r := range rows {
		if out[i], err = k.person(ctx, a, r, known); err != nil {
			return progress.Result{}, err
		}
		if err := m.Step(ctx, out[i].wrong); err != nil {
			return progress.Result{}, err
		}
	}
	return k.result(e, rows, out)
}

func (k *Desk) person(ctx context.Context, a org.Actor, r Row, known map[string]org.Known) (outcome, error) {
	if r.Wrong != nil {
		return refused(r.Wrong)
	}
	if was, there := known[r.StaffNo]; there {
		if was.Login != r.Login || was.Name != r.Name {
			return refused(ErrOther.With("staff_no", r.StaffNo).With("name", was.Name))
		}
		return outcome{code: "roster.there"}, nil
	}
	once, err := org.NewOneTime(ctx)
	if err != nil {
		return outcome{}, err
	}
	if _, err := k.Org.AddPerson(ctx, a, org.Person{StaffNo: r.StaffNo, Name: r.Name, Established: r.Established}, r.Login, once); err != nil {
		return refused(err)
	}
	return outcome{code: "roster.added", password: once.Password}, nil
}

// posts proposes what people do not hold yet.
func (k *Desk) posts(ctx context.Context, e *progress.Errand, m *progress.Meter) (progress.Result, error) {
	a, rows, known, err := k.begin(ctx, e)
	if err != nil {
		return progress.Result{}, err
	}
	m.Total(len(rows))
	out, made := make([]outcome, len(rows)), 0
	for i, r := range rows {
		n := 0
		if out[i], n, err = k.propose(ctx, a, r, known); err != nil {
			return progress.Result{}, err
		}
		made += n
		if err := m.Step(ctx, out[i].wrong); err != nil {
			return progress.Result{}, err
		}
	}
	if made > 0 {
		if err := k.DB.Write(ctx, func(tx *db.Tx) error { return k.tell(tx, a, made) }); err != nil {
			return progress.Result{}, err
		}
	}
	return k.result(e, rows, out)
}

func (k *Desk) propose(ctx context.Context, a org.Actor, r Row, known map[string]org.Known) (outcome, int, error) {
	if r.Wrong != nil {
		o, err := refused(r.Wrong)
		return o, 0, err
	}
	was, there := known[r.StaffNo]
	if !there {
		return outcome{code: "roster.not_there", wrong: true}, 0, nil
	}
	n := 0
	for _, post := range r.Posts {
		_, err := k.Org.Propose(ctx, a, was.PersonID, post, r.Unit.ID)
		if f, ok := fault.From(err); ok && (f.Is(org.ErrPostHeld) || f.Is(org.ErrProposed)) {
			continue
		}
		if err != nil {
			o, err := refused(err)
			return o, n, err
		}
		n++
	}
	if n == 0 {
		return outcome{code: "roster.nothing"}, 0, nil
	}
	return outcome{code: "roster.proposed", args: map[string]any{"n": n}}, n, nil
}

func (k *Desk) tell(tx *db.Tx, a org.Actor, made int) error {
	who, err := org.HoldersOf(tx, a.OrganisationID, org.SecurityAdmin, org.SystemAdmin)
	if err != nil {
		return err
	}
	who = slices.DeleteFunc(who, func(p int64) bool { return p == a.PersonID })
	return notify.AddUnread(tx, who, notify.Notice{OrganisationID: a.OrganisationID, Code: "notice.posts_proposed", Subject: "people", Args: map[string]any{"count": made}})
}

// result is the workbook again, with what became of each line and the one-time
// passwords of who is new.
func (k *Desk) result(e *progress.Errand, rows []Row, out []outcome) (progress.Result, error) {
	lines := [][]string{append(append([]string{}, Columns...), "结果", "一次性口令")}
	for i, r := range rows {
		lines = append(lines, append(append([]string{}, r.Cells...), k.Words.Say(out[i].code, out[i].args), out[i].password))
	}
	b, err := progress.Sheet("人员", lines)
	return progress.Result{Name: "处理结果-" + e.Name, Bytes: b}, err
}
