package foi_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"gongkai/config"
	"gongkai/internal/authz"
	"gongkai/internal/calendar"
	"gongkai/internal/check"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/fault"
	"gongkai/internal/foi"
	"gongkai/internal/org"
	"gongkai/internal/org/orgtest"
	"gongkai/internal/workflow"
	"gongkai/workflows"
)

type office struct {
	t     *testing.T
	d     *db.DB
	clock *dbtest.Clock
	desk  *foi.Desk
	unit  org.Unit
	clerk org.Actor
	head  org.Actor // signing leader
	other org.Actor // the clerk of another organisation

	section, editor, secrecy org.Actor // judges of answers, before the head
}

var ctx = context.Background()

func secret(n byte) []byte { return []byte(strings.Repeat(string('a'+rune(n)), 32)) }

func open(t *testing.T, d *db.DB, clock *dbtest.Clock) *office {
	o := &office{t: t, d: d, clock: clock}
	o.desk = o.withKeys(secret(0))
	f := orgtest.New(t, d)
	o.unit = f.Office("甲局", "1")
	o.clerk, o.head = f.Holder(o.unit, org.FOIOfficer), f.Holder(o.unit, org.SigningLeader)
	o.section, o.editor, o.secrecy = f.Holder(o.unit, org.SectionHead), f.Holder(o.unit, org.OfficeEditor), f.Holder(o.unit, org.ConfidentialityOfficer)
	o.other = f.Holder(f.Office("乙局", "2"), org.FOIOfficer)
	return o
}

func (o *office) withKeys(secrets ...[]byte) *foi.Desk {
	o.t.Helper()
	e, err := authz.New(config.AuthzModel, config.AuthzPolicy)
	o.must(err)
	c, err := calendar.Load()
	o.must(err)
	keys, err := foi.NewKeys(secrets...)
	o.must(err)
	l, err := workflow.LoadLibrary(workflows.FS)
	o.must(err)
	return foi.NewDesk(o.d, e, c, keys, l, check.All())
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) fails(err error, want *fault.Fault) {
	o.t.Helper()
	if !errors.Is(err, want) {
		o.t.Errorf("got %v, want %v", err, want)
	}
}

func zhang() foi.Applicant {
	return foi.Applicant{Kind: foi.NaturalPerson, Name: "张三丰", IDKind: "resident_card", IDNumber: "11010519491231002x", Phone: "138 0013 8000", Address: "甲市乙区丙街道丁路一号"}
}

var made int

func request(edit ...func(*foi.New)) foi.New {
	made++
	n := foi.New{Channel: foi.InPerson, On: time.Date(2026, 3, 11, 0, 0, 0, 0, calendar.Zone), Applicant: zhang(), Wanted: "2025年科技项目清单",
		Wish: foi.Wish{Medium: "paper", Route: "post"}, Once: fmt.Sprintf("form-%012d", made)}
	for _, f := range edit {
		f(&n)
	}
	return n
}

func (o *office) register(edit ...func(*foi.New)) foi.Receipt {
	o.t.Helper()
	rc, err := o.desk.Register(ctx, o.clerk, request(edit...))
	o.must(err)
	return rc
}

func TestARequestFromReceiptToService(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		rc := o.register()
		if rc.Request.Number != "2026-0001" || o.register().Request.Number != "2026-0002" {
			t.Errorf("numbered %s", rc.Request.Number)
		}
		v, err := o.desk.Open(ctx, o.clerk, rc.Request.ID)
		o.must(err)
		if v.Applicant.Name != "张**" || v.Applicant.IDNumber != "110***********002X" && v.Applicant.IDNumber != "110"+strings.Repeat("*", 11)+"002X" || v.Applicant.Phone != "138****8000" {
			t.Errorf("shown as %+v", v.Applicant)
		}
		if v.Clock.State != foi.Processing || v.Clock.Due.Format(time.DateOnly) != "2026-04-09" {
			t.Errorf("%s, due %s", v.Clock.State, v.Clock.Due)
		}
		id, today := rc.Request.ID, clock.Now()
		_, err = o.desk.Record(ctx, o.clerk, id, 1, foi.Event{Kind: foi.Extended, On: today})
		o.fails(err, authz.ErrForbidden) // fact 19
		r, err := o.desk.Record(ctx, o.head, id, 1, foi.Event{Kind: foi.Extended, On: today})
		o.must(err)
		_, err = o.desk.Record(ctx, o.clerk, id, 1, foi.Event{Kind: foi.OpinionAsked, Round: 1, Party: foi.ThirdParty, On: today})
		o.fails(err, foi.ErrChanged)
		_, err = o.desk.Record(ctx, o.clerk, id, r.Version, foi.Event{Kind: foi.Answered, Code: "D02", On: today.AddDate(0, 0, 1)})
		o.fails(err, foi.ErrFuture)
		_, err = o.desk.Record(ctx, o.other, id, r.Version, foi.Event{Kind: foi.Answered, Code: "D02", On: today})
		o.fails(err, foi.ErrNotFound)
		o.signed(id, "D02")
		r, err = o.desk.Record(ctx, o.clerk, id, r.Version, foi.Event{Kind: foi.Answered, Code: "D02", On: today})
		o.must(err)
		if r.Code != "D02" || r.ClosedOn.IsZero() {
			t.Errorf("%+v", r)
		}
		if _, err = o.desk.Record(ctx, o.clerk, id, r.Version, foi.Event{Kind: foi.Delivered, On: today, Doc: "EMS 1"}); err != nil {
			t.Error(err)
		}
		v, err = o.desk.Open(ctx, o.clerk, id)
		o.must(err)
		if v.Clock.State != foi.Served || len(v.Events) != 4 || v.Events[1].PersonID != o.head.PersonID {
			t.Errorf("%s after %+v", v.Clock.State, v.Events)
		}
		_, err = o.desk.Open(ctx, o.other, id)
		o.fails(err, foi.ErrNotFound)
	})
}

func TestTheSameFormIsOneRequest(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		n := request()
		var wg sync.WaitGroup
		got := make([]foi.Receipt, 8)
		errs := make([]error, len(got))
		for i := range got {
			wg.Go(func() { got[i], errs[i] = o.desk.Submit(ctx, o.unit.ID, "127.0.0.1", n) })
		}
		wg.Wait()
		first := 0
		for i, rc := range got {
			o.must(errs[i])
			if rc.Request.Number != got[0].Request.Number || rc.Secret != got[0].Secret {
				t.Errorf("two receipts: %v and %v", got[0], rc)
			}
			if !rc.Again {
				first++
			}
		}
		if first != 1 {
			t.Errorf("%d of them say that they were the first", first)
		}
		o.desk = o.withKeys(secret(1), secret(0))
		again, err := o.desk.Submit(ctx, o.unit.ID, "127.0.0.1", n)
		o.must(err)
		if !again.Again || again.Secret != got[0].Secret {
			t.Errorf("the same form after a change of key: %+v", again)
		}
		all, err := o.desk.List(ctx, o.clerk, foi.Filter{})
		o.must(err)
		if len(all) != 1 || all[0].Clock.State != foi.AwaitingConfirmation {
			t.Errorf("%d requests, %+v", len(all), all)
		}
	})
}

func TestTheApplicantsOwnActs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		rc, err := o.desk.Submit(ctx, o.unit.ID, "127.0.0.1", request())
		o.must(err)
		for _, x := range [][2]string{{rc.Request.Number, "wrong"}, {"2026-0099", rc.Secret}, {"", ""}} {
			_, err := o.desk.Track(ctx, o.unit.ID, x[0], x[1])
			o.fails(err, foi.ErrNotFound)
		}
		_, err = o.desk.Track(ctx, o.other.OrganisationID, rc.Request.Number, rc.Secret)
		o.fails(err, foi.ErrNotFound)
		o.fails(o.desk.Supply(ctx, o.unit.ID, rc.Request.Number, rc.Secret, "", "补正"), foi.ErrNotReceived)
		r, err := o.desk.Record(ctx, o.clerk, rc.Request.ID, 1, foi.Event{Kind: foi.Confirmed, On: clock.Now()})
		o.must(err)
		r, err = o.desk.Record(ctx, o.clerk, r.ID, r.Version, foi.Event{Kind: foi.CorrectionAsked, On: clock.Now(), Until: clock.Now().AddDate(0, 0, 10)})
		o.must(err)
		clock.Advance(48 * time.Hour)
		o.must(o.desk.Supply(ctx, o.unit.ID, r.Number, rc.Secret, "", "指2025年立项的项目"))
		tr, err := o.desk.Track(ctx, o.unit.ID, r.Number, rc.Secret)
		o.must(err)
		if tr.Clock.State != foi.Processing || !tr.Clock.Trigger.Equal(calendar.Midnight(clock.Now())) {
			t.Errorf("%+v", tr.Clock)
		}
		o.must(o.desk.Withdraw(ctx, o.unit.ID, r.Number, rc.Secret, ""))
		o.fails(o.desk.Withdraw(ctx, o.unit.ID, r.Number, rc.Secret, ""), foi.ErrClosed)
	})
}

func TestPersonalDataIsSealed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		rc := o.register()
		o.register(func(n *foi.New) { n.Applicant.Name, n.Applicant.Phone = "李四", "13900139000" })
		var stored string
		rows, err := d.SQL().Query("SELECT wrapped, sealed, name_index, identity_index, phone_index FROM foi_applicants")
		o.must(err)
		for rows.Next() {
			var c [5]string
			o.must(rows.Scan(&c[0], &c[1], &c[2], &c[3], &c[4]))
			stored += strings.Join(c[:], " ")
		}
		o.must(rows.Err())
		for _, plain := range []string{"张三丰", "李四", "002X", "13800138000"} {
			if strings.Contains(stored, plain) {
				t.Errorf("%q can be read in the database", plain)
			}
		}
		for _, f := range []foi.Filter{{Name: "张三丰"}, {Phone: "+86 138-0013-8000"}, {Identity: "11010519491231002X"}} {
			all, err := o.desk.List(ctx, o.clerk, f)
			o.must(err)
			if want := map[bool]int{true: 2, false: 1}[f.Identity != ""]; len(all) != want {
				t.Errorf("%+v finds %d", f, len(all))
			}
		}
		_, err = o.desk.Reveal(ctx, o.clerk, rc.Request.ID, "")
		o.fails(err, foi.ErrNeeded)
		_, err = o.desk.Reveal(ctx, o.head, rc.Request.ID, "电话联系")
		o.fails(err, authz.ErrForbidden)
		full, err := o.desk.Reveal(ctx, o.clerk, rc.Request.ID, "电话联系")
		o.must(err)
		if full.Name != "张三丰" || full.IDNumber != "11010519491231002X" {
			t.Errorf("%+v", full)
		}

		// After a change of key everything is still found; the old key can then go.
		o.desk = o.withKeys(secret(1), secret(0))
		if n, err := o.desk.Rewrap(ctx, 1); n != 1 || err != nil {
			t.Fatalf("%d rewrapped, %v", n, err)
		}
		if n, err := o.desk.Rewrap(ctx, 100); n != 1 || err != nil {
			t.Fatalf("%d rewrapped, %v", n, err)
		}
		if n, err := o.desk.Rewrap(ctx, 100); n != 0 || err != nil {
			t.Fatalf("%d rewrapped, %v", n, err)
		}
		_, err = o.desk.Track(ctx, o.unit.ID, rc.Request.Number, rc.Secret)
		o.must(err)
		o.desk = o.withKeys(secret(1))
		all, err := o.desk.List(ctx, o.clerk, foi.Filter{Name: "张三丰"})
		o.must(err)
		if len(all) != 1 || all[0].Applicant.Name != "张**" {
			t.Errorf("after rotation: %+v", all)
		}

		_, err = o.desk.Erase(ctx, o.head, rc.Request.ID, 1, "保管期满")
		o.fails(err, foi.ErrEraseOpen)
		r, err := o.desk.Record(ctx, o.clerk, rc.Request.ID, 1, foi.Event{Kind: foi.Answered, Code: "D24", On: clock.Now()})
		o.must(err)
		_, err = o.desk.Erase(ctx, o.head, r.ID, r.Version, "保管期满")
		o.must(err)
		v, err := o.desk.Open(ctx, o.clerk, r.ID)
		o.must(err)
		if !v.Erased || v.Applicant.Name != "" || v.Clock.Code != "D24" {
			t.Errorf("erased: %+v", v.Entry)
		}
		_, err = o.desk.Reveal(ctx, o.clerk, r.ID, "再看")
		o.fails(err, foi.ErrErased)
	})
}

func TestWhatIsRefusedAtRegistration(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	o := open(t, d, clock)
	for name, x := range map[string]struct {
		edit func(*foi.New)
		want *fault.Fault
	}{
		"no name":           {func(n *foi.New) { n.Applicant.Name = " " }, foi.ErrNeeded},
		"no identity":       {func(n *foi.New) { n.Applicant.IDNumber = "" }, foi.ErrNeeded},
		"wrong check digit": {func(n *foi.New) { n.Applicant.IDNumber = "110105194912310021" }, foi.ErrIDCard},
		"no such day":       {func(n *foi.New) { n.Applicant.IDNumber = "110105194902310025" }, foi.ErrIDCard},
		"credit code":       {func(n *foi.New) { n.Applicant.IDKind, n.Applicant.IDNumber = "credit_code", "91350100M000100Y44" }, foi.ErrCreditCode},
		"company, no head": {func(n *foi.New) {
			n.Applicant.Kind, n.Applicant.IDKind, n.Applicant.IDNumber = foi.Company, "credit_code", "91350100M000100Y43"
		}, foi.ErrNeeded},
		"phone":             {func(n *foi.New) { n.Applicant.Phone = "12345" }, foi.ErrPhone},
		"e-mail":            {func(n *foi.New) { n.Applicant.Email = "a@b" }, foi.ErrEmail},
		"cannot be reached": {func(n *foi.New) { n.Applicant.Phone, n.Applicant.Address = "", "" }, foi.ErrReachable},
		"kind":              {func(n *foi.New) { n.Applicant.Kind = "王" }, foi.ErrKind},
		"nothing wanted":    {func(n *foi.New) { n.Wanted = "\n" }, foi.ErrNeeded},
		"no medium":         {func(n *foi.New) { n.Wish.Medium = "" }, foi.ErrWish},
		"channel":           {func(n *foi.New) { n.Channel = "pigeon" }, foi.ErrChannel},
		"tomorrow":          {func(n *foi.New) { n.On = n.On.AddDate(0, 0, 1) }, foi.ErrFuture},
		"no mark":           {func(n *foi.New) { n.Once = "short" }, foi.ErrOnce},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := o.desk.Register(ctx, o.clerk, request(x.edit))
			o.fails(err, x.want)
		})
	}
	if all, err := o.desk.List(ctx, o.clerk, foi.Filter{}); err != nil || len(all) != 0 {
		t.Errorf("%d registered, %v", len(all), err)
	}
}

func TestAMergedRequestIsKeptAndNotOpen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		one, two := o.register().Request, o.register().Request
		_, err := o.desk.Merge(ctx, o.clerk, two.ID, 1, two.Number, "重复登记")
		o.fails(err, foi.ErrMerge)
		_, err = o.desk.Merge(ctx, o.clerk, two.ID, 1, one.Number, "邮件与当面递交为同一申请")
		o.must(err)
		_, err = o.desk.Merge(ctx, o.clerk, one.ID, 1, two.Number, "反过来")
		o.fails(err, foi.ErrMerge)
		_, err = o.desk.Record(ctx, o.clerk, two.ID, 2, foi.Event{Kind: foi.Answered, Code: "D02", On: clock.Now()})
		o.fails(err, foi.ErrMerged)
		open, err := o.desk.List(ctx, o.clerk, foi.Filter{Open: true})
		o.must(err)
		if len(open) != 1 || open[0].Request.ID != one.ID {
			t.Errorf("open: %+v", open)
		}
	})
}

func TestEventsAreOnlyAdded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		o.register()
		for _, sql := range []string{"UPDATE foi_events SET on_day = 20200101", "DELETE FROM foi_events"} {
			if _, err := d.SQL().Exec(sql); err == nil {
				t.Errorf("%s went through", sql)
			}
		}
	})
}
