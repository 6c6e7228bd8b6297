package foi_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gongkai/internal/authz"
	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/fault"
	"gongkai/internal/foi"
	"gongkai/internal/org"
	"gongkai/internal/workflow"
)

// ready is an answer drafted with its blanks filled in.
func (o *office) ready(request int64, code foi.Code) *foi.Document {
	o.t.Helper()
	l, err := o.desk.Draft(ctx, o.clerk, request, foi.AnswerLetter, code, says)
	o.must(err)
	l, err = o.desk.Rewrite(ctx, o.clerk, l.ID, l.Version, l.Title, strings.NewReplacer("【", "", "】", "").Replace(l.Text))
	o.must(err)
	return l
}

// sent is an answer that lies with its first judge.
func (o *office) sent(request int64, code foi.Code) *foi.Document {
	o.t.Helper()
	l := o.ready(request, code)
	l, err := o.desk.Send(ctx, o.clerk, l.ID, l.Version)
	o.must(err)
	return l
}

// judge lets one person decide on what lies there now.
func (o *office) judge(who org.Actor, id int64, verb workflow.Verb, edit ...func(*foi.Judgement)) (*foi.Document, error) {
	o.t.Helper()
	w, err := o.desk.Way(ctx, o.clerk, id)
	o.must(err)
	l, err := o.desk.OpenLetter(ctx, o.clerk, id)
	o.must(err)
	j := foi.Judgement{Run: w.Run.Version, Hash: l.Hash, Verb: verb}
	if verb == workflow.Approve || verb == workflow.Sign {
		for i := range w.Step.Checklist {
			j.Checklist = append(j.Checklist, i)
		}
	}
	for _, f := range edit {
		f(&j)
	}
	return o.desk.Decide(ctx, who, id, j)
}

// approved takes an answer up to the signature.
func (o *office) approved(id int64) {
	o.t.Helper()
	for _, who := range []org.Actor{o.section, o.editor, o.secrecy} {
		_, err := o.judge(who, id, workflow.Approve)
		o.must(err)
	}
}

// signed is a final answer.
func (o *office) signed(request int64, code foi.Code) *foi.Document {
	o.t.Helper()
	id := o.sent(request, code).ID
	o.approved(id)
	l, err := o.judge(o.head, id, workflow.Sign)
	o.must(err)
	return l
}

func back(to, gate string) func(*foi.Judgement) {
	return func(j *foi.Judgement) { j.Target, j.Gate, j.Note = to, gate, "请核对后再送" }
}

func TestAnAnswerIsReviewedClearedAndSignedBeforeItIsFinal(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		id := o.register().Request.ID
		l := o.ready(id, "D13")
		_, err := o.desk.Finish(ctx, o.clerk, l.ID, l.Version)
		o.fails(err, foi.ErrLetterChain)
		_, err = o.desk.Send(ctx, o.section, l.ID, l.Version)
		o.fails(err, authz.ErrForbidden)
		_, err = o.desk.Send(ctx, o.clerk, l.ID, l.Version-1)
		o.fails(err, foi.ErrChanged)
		l, err = o.desk.Send(ctx, o.clerk, l.ID, l.Version)
		o.must(err)

		// While it lies with a judge nobody changes it, and nobody skips a step.
		_, err = o.desk.Rewrite(ctx, o.clerk, l.ID, l.Version, l.Title, l.Text+"改")
		o.fails(err, foi.ErrLetterReview)
		_, err = o.desk.Send(ctx, o.clerk, l.ID, l.Version)
		o.fails(err, foi.ErrLetterReview)
		for _, who := range []org.Actor{o.clerk, o.editor, o.secrecy, o.head} {
			_, err = o.judge(who, l.ID, workflow.Approve)
			o.fails(err, authz.ErrForbidden)
		}
		_, err = o.judge(o.other, l.ID, workflow.Approve)
		o.fails(err, foi.ErrNotFound)
		_, err = o.judge(o.section, l.ID, workflow.Approve, func(j *foi.Judgement) { j.Checklist = nil })
		o.fails(err, workflow.ErrChecklist)
		_, err = o.judge(o.section, l.ID, workflow.Approve, func(j *foi.Judgement) { j.Hash = "hmac:another" })
		o.fails(err, foi.ErrLetterChanged)

		tasks, err := o.desk.Tasks(ctx, o.section)
		o.must(err)
		if len(tasks) != 1 || tasks[0].Letter.ID != l.ID || tasks[0].Step.ID != "section" || tasks[0].Number == "" {
			t.Errorf("the section head's list: %+v", tasks)
		}
		for _, who := range []org.Actor{o.editor, o.clerk, o.other} {
			if none, err := o.desk.Tasks(ctx, who); err != nil || len(none) != 0 {
				t.Errorf("listed for somebody else: %+v, %v", none, err)
			}
		}
		if told := o.said(o.section); !slices.Equal(told, []string{"notice.foi_task"}) {
			t.Errorf("told %v", told)
		}
		o.approved(l.ID)
		_, err = o.judge(o.head, l.ID, workflow.Approve)
		o.fails(err, workflow.ErrSignsHere)
		l, err = o.judge(o.head, l.ID, workflow.Sign)
		o.must(err)
		if !l.Final() || !strings.HasSuffix(l.Number, "号-答") || l.FinishedBy != o.head.PersonID {
			t.Errorf("signed: %+v", l)
		}
		if told := o.said(o.clerk); !slices.Contains(told, "notice.foi_signed") {
			t.Errorf("the drafter is told %v", told)
		}
		// Statistics of manuscripts and the annual report do not count it.
		o.must(d.Read(ctx, func(tx *db.Tx) error {
			now := tx.Now()
			theirs, err := workflow.WorkBetween(tx, o.unit.ID, "manuscript", now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0))
			if err != nil || len(theirs) != 0 {
				t.Errorf("counted with manuscripts: %+v", theirs)
			}
			own, err := workflow.WorkBetween(tx, o.unit.ID, "foi_letter", now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0))
			if len(own) != 5 {
				t.Errorf("acts on the answer: %+v", own)
			}
			return err
		}))
		_, err = o.desk.Decide(ctx, o.head, l.ID, foi.Judgement{Verb: workflow.Sign, Run: 6, Hash: l.Hash})
		o.fails(err, foi.ErrLetterFinal)
	})
}

func TestAReturnedAnswerIsReviewedAnew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		id := o.register().Request.ID
		l := o.sent(id, "D13")
		_, err := o.judge(o.section, l.ID, workflow.Approve)
		o.must(err)
		_, err = o.judge(o.editor, l.ID, workflow.Return, back("draft", "remedy"))
		o.must(err)
		if told := o.said(o.clerk); !slices.Contains(told, "notice.foi_returned") {
			t.Errorf("the drafter is told %v", told)
		}
		l, err = o.desk.OpenLetter(ctx, o.clerk, l.ID)
		o.must(err)
		first := l.Hash
		l, err = o.desk.Rewrite(ctx, o.clerk, l.ID, l.Version, l.Title, l.Text+"\n补充说明。")
		o.must(err)
		if l.Hash == first {
			t.Error("other words have the same hash")
		}
		l, err = o.desk.Send(ctx, o.clerk, l.ID, l.Version)
		o.must(err)
		w, err := o.desk.Way(ctx, o.section, l.ID)
		o.must(err)
		if w.Step.ID != "section" || w.Run.Round != 2 || !w.Can[workflow.Approve] || w.Run.Hash != l.Hash {
			t.Errorf("sent again: %+v", w.Run)
		}
		o.approved(l.ID)
		_, err = o.judge(o.head, l.ID, workflow.Sign)
		o.must(err)
	})
}

func TestWhoSentAnAnswerTakesItBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		id := o.register().Request.ID
		l := o.sent(id, "D13")
		_, err := o.judge(o.section, l.ID, workflow.Approve)
		o.must(err)
		l, err = o.desk.OpenLetter(ctx, o.clerk, l.ID)
		o.must(err)
		old, err := o.desk.Way(ctx, o.editor, l.ID)
		o.must(err)
		l, err = o.desk.Recall(ctx, o.clerk, l.ID, l.Version)
		o.must(err)
		_, err = o.desk.Decide(ctx, o.editor, l.ID, foi.Judgement{Run: old.Run.Version, Hash: l.Hash, Verb: workflow.Approve, Checklist: []int{0, 1}})
		o.fails(err, foi.ErrLetterChanged)
		l, err = o.desk.Rewrite(ctx, o.clerk, l.ID, l.Version, l.Title, l.Text+"\n补充。")
		o.must(err)
		l, err = o.desk.Send(ctx, o.clerk, l.ID, l.Version)
		o.must(err)
		w, err := o.desk.Way(ctx, o.section, l.ID)
		o.must(err)
		if w.Step.ID != "section" || w.Run.ID == old.Run.ID {
			t.Errorf("sent again: %+v", w.Run)
		}
	})
}

// An answer is sent only when it is whole: no blank, the remedy of its code
// (fact 47), no secret marking.
func TestWhatStandsAgainstSendingAnAnswer(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	o := open(t, d, clock)
	id := o.register().Request.ID
	for name, x := range map[string]struct {
		code foi.Code
		edit func(string) string
		want *fault.Fault
	}{
		"a blank":                      {"D13", func(s string) string { return s + "【待填】" }, foi.ErrLetterBlank},
		"no remedy":                    {"D13", func(string) string { return "经检索，不存在。" }, foi.ErrLetterRemedy},
		"court at once for a refusal":  {"D09", func(s string) string { return strings.ReplaceAll(s, "60日内先向", "60日内向") }, foi.ErrLetterRemedy},
		"review first for no document": {"D13", func(s string) string { return strings.ReplaceAll(s, "60日内向", "60日内先向") }, foi.ErrLetterRemedy},
		"a secret":                     {"D02", func(s string) string { return "秘密★10年\n" + s }, foi.ErrLetterChecks},
		"nothing":                      {"D09", func(s string) string { return s }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			l := o.ready(id, x.code)
			l, err := o.desk.Rewrite(ctx, o.clerk, l.ID, l.Version, l.Title, x.edit(l.Text))
			o.must(err)
			_, err = o.desk.Send(ctx, o.clerk, l.ID, l.Version)
			if x.want == nil && err != nil || x.want != nil && !errors.Is(err, x.want) {
				t.Errorf("got %v, want %v", err, x.want)
			}
		})
	}
	service, err := o.desk.Draft(ctx, o.clerk, id, "receipt", "", says)
	o.must(err)
	_, err = o.desk.Send(ctx, o.clerk, service.ID, service.Version)
	o.fails(err, foi.ErrLetterKind)
}

// Who wrote in an answer judges none of it, whatever other posts they hold.
func TestWhoWroteInAnAnswerDoesNotJudgeIt(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	o := open(t, d, clock)
	people := org.NewDesk(d, func(*db.Tx, org.Actor, string, string, map[string]any) error { return nil })
	o.must(people.Grant(ctx, org.System(o.unit.ID), o.section.PersonID, org.FOIOfficer, o.unit.ID))
	o.section.Holdings = append(o.section.Holdings, org.Holding{Post: org.FOIOfficer, OrganisationID: o.unit.ID, UnitID: o.unit.ID})
	id := o.register().Request.ID
	l := o.ready(id, "D13")
	l, err := o.desk.Rewrite(ctx, o.section, l.ID, l.Version, l.Title, l.Text+"\n科长改的。")
	o.must(err)
	_, err = o.desk.Send(ctx, o.clerk, l.ID, l.Version)
	o.must(err)
	if _, err = o.judge(o.section, l.ID, workflow.Approve); err == nil {
		t.Error("the section head approved the own words")
	}
	if tasks, err := o.desk.Tasks(ctx, o.section); err != nil || len(tasks) != 0 {
		t.Errorf("it is in the own list: %v, %v", tasks, err)
	}
}

func TestTwoSignaturesAtOnceAreOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		id := o.register().Request.ID
		l := o.sent(id, "D13")
		o.approved(l.ID)
		w, err := o.desk.Way(ctx, o.head, l.ID)
		o.must(err)
		var all sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			all.Go(func() {
				_, errs[i] = o.desk.Decide(ctx, o.head, l.ID, foi.Judgement{Run: w.Run.Version, Hash: l.Hash, Verb: workflow.Sign})
			})
		}
		all.Wait()
		done := 0
		for _, err := range errs {
			if err == nil {
				done++
			} else if f, ok := fault.From(err); !ok || f.Kind != fault.Conflict {
				t.Errorf("a later signature: %v", err)
			}
		}
		v, err := o.desk.Open(ctx, o.clerk, id)
		o.must(err)
		if done != 1 || len(v.Letters) != 1 || !strings.HasSuffix(v.Letters[0].Number, "-答") {
			t.Errorf("%d signed, %+v", done, v.Letters)
		}
	})
}

// What the register counts is what the applicant was told: an answer is entered
// with the code of the last final letter, on its day or later.
func TestTheAnswerAndItsLetterSayTheSame(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		answer := func(id, seen int64, code foi.Code) (*foi.Request, error) {
			return o.desk.Record(ctx, o.clerk, id, seen, foi.Event{Kind: foi.Answered, Code: code, On: clock.Now()})
		}
		id := o.register().Request.ID
		clock.Advance(72 * time.Hour)
		_, err := answer(id, 1, "D09")
		o.fails(err, foi.ErrLetterNeeded)
		o.ready(id, "D09")
		_, err = answer(id, 1, "D09")
		o.fails(err, foi.ErrLetterNeeded)
		first := o.signed(id, "D13")
		_, err = answer(id, 1, "D09")
		o.fails(err, foi.ErrLetterDiffers)
		if f, _ := fault.From(err); f.Args["number"] != first.Number || f.Args["code"] != "D13" {
			t.Errorf("the refusal names %v", f.Args)
		}
		second := o.signed(id, "D09") // the office thought again: the last letter holds
		_, err = answer(id, 1, "D13")
		o.fails(err, foi.ErrLetterDiffers)
		_, err = o.desk.Record(ctx, o.clerk, id, 1, foi.Event{Kind: foi.Answered, Code: "D09", On: clock.Now().AddDate(0, 0, -1)})
		o.fails(err, foi.ErrBeforeLetter)
		late := o.sent(id, "D02")
		o.approved(late.ID)
		r, err := answer(id, 1, "D09")
		o.must(err)
		v, err := o.desk.Open(ctx, o.clerk, id)
		o.must(err)
		if got := v.Events[len(v.Events)-1].Doc; got != second.Number {
			t.Errorf("the answer goes with %q", got)
		}
		_, err = o.judge(o.head, late.ID, workflow.Sign)
		o.fails(err, foi.ErrLetterCloses)

		// Struck, the answer holds no letter back, and the new one is held to its letter.
		r, err = o.desk.Record(ctx, o.head, id, r.Version, foi.Event{Kind: foi.Struck, Ref: len(v.Events), On: clock.Now(), Note: "误录"})
		o.must(err)
		_, err = answer(id, r.Version, "D02")
		o.fails(err, foi.ErrLetterDiffers)
		_, err = o.judge(o.head, late.ID, workflow.Sign)
		o.must(err)
		_, err = answer(id, r.Version, "D02")
		o.must(err)
	})
}

// Who takes a request back does so whatever letter lies ready; what ends without
// an answer needs none.
func TestAnApplicantWithdrawsInSpiteOfAFinalLetter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		id := o.register().Request.ID
		o.signed(id, "D13")
		_, err := o.desk.Record(ctx, o.clerk, id, 1, foi.Event{Kind: foi.Answered, Code: "D24", On: clock.Now()})
		o.must(err)

		lapsed := o.register().Request.ID
		r, err := o.desk.Record(ctx, o.clerk, lapsed, 1, foi.Event{Kind: foi.CorrectionAsked, On: clock.Now(), Until: clock.Now().AddDate(0, 0, 10)})
		o.must(err)
		clock.Set(time.Date(2026, 4, 20, 9, 0, 0, 0, calendar.Zone))
		_, err = o.desk.Record(ctx, o.clerk, lapsed, r.Version, foi.Event{Kind: foi.Answered, Code: "D22", On: clock.Now()})
		o.must(err)
	})
}
