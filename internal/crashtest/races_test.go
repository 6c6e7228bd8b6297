package crashtest

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gongkai/internal/apptest"
	"gongkai/internal/db"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
	"gongkai/internal/review"
)

// contest is two people acting at once on what both have before them.
type contest struct {
	w      *apptest.World
	sql    *sql.DB
	judges map[string][2]*apptest.Person // of a post: two holders
}

// A move is one of the acts that race. It is made by the first or the second
// holder of the step's post where it is a judge's.
type move struct {
	name    string
	verdict string // in the table decisions, "" for none
	make    func(c *contest, m apptest.Item, nth int) apptest.Answer
}

func (c *contest) judge(m apptest.Item, nth int) *apptest.Person {
	if m.Run == nil || m.Run.Step == nil || c.judges[m.Run.Step.Post][0] == nil {
		return c.judges["office_editor"][nth]
	}
	return c.judges[m.Run.Step.Post][nth]
}

func (c *contest) post(m apptest.Item) string {
	if m.Run != nil && m.Run.Step != nil && m.Run.Step.Post == "signing_leader" {
		return "signing_leader"
	}
	return "office_editor"
}

var moves = []move{
	{"approve", "approve", func(c *contest, m apptest.Item, nth int) apptest.Answer {
		return c.w.Act(c.judge(m, nth), m, "decide", "verb", "approve", "checklist", []int{0, 1})
	}},
	{"return", "return", func(c *contest, m apptest.Item, nth int) apptest.Answer {
		return c.w.Act(c.judge(m, nth), m, "decide", "verb", "return", "target", "draft", "gate", "facts", "note", "请核对数字")
	}},
	{"edit", "edit", func(c *contest, m apptest.Item, nth int) apptest.Answer {
		return c.w.Act(c.judge(m, nth), m, "proof", "body", fmt.Sprintf("<p>校对 %d 后的文字。</p>", nth), "note", "改错字")
	}},
	{"withdraw", "withdraw", func(c *contest, m apptest.Item, _ int) apptest.Answer {
		return c.w.Act(c.w.Own.People["drafter"], m, "withdraw", "note", "不再需要")
	}},
	{"sign", "sign", func(c *contest, m apptest.Item, nth int) apptest.Answer {
		return c.w.Act(c.judge(m, nth), m, "decide", "verb", "sign", "checklist", []int{})
	}},
	{"revoke", "", func(c *contest, m apptest.Item, _ int) apptest.Answer {
		return c.w.Call(c.w.Own.People["security_admin"], "POST", "/api/v1/posts/revoke",
			map[string]any{"person_id": c.judge(m, 0).ID, "post": c.post(m), "unit_id": c.w.Own.UnitA})
	}},
	{"delegate", "", func(c *contest, m apptest.Item, _ int) apptest.Answer {
		now := time.Now()
		return c.w.Call(c.w.Own.People["security_admin"], "POST", "/api/v1/delegations", map[string]any{"from_person": c.judge(m, 0).ID,
			"to_person": c.w.Own.People["drafter_b"].ID, "posts": []string{c.post(m)}, "starts_at": now.Add(-time.Hour), "ends_at": now.Add(time.Hour)})
	}},
	{"take down", "", func(c *contest, m apptest.Item, nth int) apptest.Answer {
		if m.State != "published" {
			return c.w.Act(c.w.Own.People["publisher"], m, "take-down", "reason", "error", "note", "日期有误")
		}
		return c.w.Act(c.judges["signing_leader"][nth], m, "take-down/confirm")
	}},
}

// stage brings a manuscript to where at least one of two moves can be made.
func (c *contest) stage(a, b move) apptest.Item {
	m := c.w.Draft("竞争的稿件")
	switch {
	case a.name == "sign" || b.name == "sign":
		return c.w.UpTo(m, "sign")
	case a.name == "take down" || b.name == "take down":
		m = c.w.Wait(c.w.UpTo(m, ""), "publication", func(m apptest.Item) bool { return m.State == "published" })
		return c.w.Must(c.w.Own.People["publisher"], m, "take-down", "reason", "error", "note", "日期有误")
	}
	return c.w.UpTo(m, "second")
}

// outcome is everything a race may differ in.
func (c *contest) outcome(m apptest.Item, yesA, yesB bool) string {
	c.w.T.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "answers %v %v;", yesA, yesB)
	ask := func(query string, args ...any) {
		rows, err := c.sql.Query(query, args...)
		if err != nil {
			c.w.T.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				c.w.T.Fatal(err)
			}
			b.WriteString(" " + s)
		}
		b.WriteString(";")
	}
	ask("SELECT CASE state WHEN 'publishing' THEN 'published' ELSE state END FROM manuscripts WHERE id = ?", m.ID)
	ask("SELECT revision_no FROM manuscripts WHERE id = ?", m.ID)
	ask("SELECT step FROM runs WHERE id = ?", m.Run.ID)
	ask("SELECT CONCAT(d.verdict, '@', d.step, ' by ', d.person_id) FROM decisions d WHERE d.run_id = ? ORDER BY d.n", m.Run.ID)
	ask("SELECT COUNT(*) FROM posts WHERE revoked_at > 0")
	ask("SELECT COUNT(*) FROM delegations WHERE revoked_at = 0")
	ask("SELECT CASE WHEN confirmed_at > 0 THEN CONCAT('confirmed by ', confirmed_by) ELSE 'open' END FROM take_downs WHERE manuscript_id = ?", m.ID)
	return b.String()
}

// undo gives back the posts and stand-ins a contest took or made.
func (c *contest) undo() {
	for _, q := range []string{"UPDATE posts SET revoked_at = 0, revoked_by = 0 WHERE revoked_at > 0", "UPDATE delegations SET revoked_at = 1 WHERE revoked_at = 0"} {
		if _, err := c.sql.Exec(q); err != nil {
			c.w.T.Fatal(err)
		}
	}
}

// inTurn is what happens when one acts after the other.
func (c *contest) inTurn(a, b move, aFirst bool) string {
	m := c.stage(a, b)
	defer c.undo()
	second := nthOf(a, b)
	var x, y apptest.Answer
	if aFirst {
		x = a.make(c, m, 0)
		y = b.make(c, m, second)
	} else {
		y = b.make(c, m, second)
		x = a.make(c, m, 0)
	}
	return c.outcome(m, x.Status/100 == 2, y.Status/100 == 2)
}

// nthOf is which holder makes the second move: another one when both judge, the
// same one when the first move is about their rights.
func nthOf(a, _ move) int {
	if a.name == "revoke" || a.name == "delegate" {
		return 0
	}
	return 1
}

// atOnce starts both at the same moment and checks the answers against the
// tables.
func (c *contest) atOnce(a, b move) string {
	t := c.w.T
	m := c.stage(a, b)
	defer c.undo()
	var x, y apptest.Answer
	var both sync.WaitGroup
	begin := make(chan struct{})
	both.Go(func() { <-begin; x = a.make(c, m, 0) })
	both.Go(func() { <-begin; y = b.make(c, m, nthOf(a, b)) })
	close(begin)
	both.Wait()
	for _, ans := range []apptest.Answer{x, y} {
		if ans.Status >= 500 {
			t.Errorf("%s with %s: %d %s", a.name, b.name, ans.Status, ans.Body)
		}
	}
	said, before := 0, len(m.Run.Acts)
	for i, ans := range []apptest.Answer{x, y} {
		if []move{a, b}[i].verdict != "" && ans.Status/100 == 2 {
			said++
		}
	}
	var done, recorded int
	if err := c.sql.QueryRow("SELECT COUNT(*) FROM decisions WHERE run_id = ?", m.Run.ID).Scan(&done); err != nil {
		t.Fatal(err)
	}
	if err := c.sql.QueryRow("SELECT COUNT(*) FROM audit_entries WHERE object = ? AND action LIKE 'review.%'", manuscript.Subject(m.ID)).Scan(&recorded); err != nil {
		t.Fatal(err)
	}
	if done-before != said || recorded != done {
		t.Errorf("%s with %s: %d answers 2xx, %d decisions, %d audit entries for %d", a.name, b.name, said, done-before, recorded, done)
	}
	return c.outcome(m, x.Status/100 == 2, y.Status/100 == 2)
}

// TestRaces starts every two acts at once on one manuscript. What comes out is
// what comes out when one acts after the other, in one order or the other
// (I19): both orders are played first and are all that is allowed.
func TestRaces(t *testing.T) {
	drivers(t, func(t *testing.T, driver string) {
		rounds, err := strconv.Atoi(os.Getenv("GONGKAI_RACE_ROUNDS"))
		if err != nil {
			rounds = map[string]int{"sqlite": 2, "mysql": 5}[driver]
		}
		w := apptest.Start(t, apptest.Options{Driver: driver})
		raw := w.App.DB.SQL()
		deputy := w.Own.People["proofreader"]
		for _, p := range []org.Post{org.OfficeEditor, org.SigningLeader} {
			if err := w.App.Org.Grant(context.Background(), org.System(w.Own.ID), deputy.ID, p, w.Own.UnitA); err != nil {
				t.Fatal(err)
			}
		}
		c := &contest{w, raw, map[string][2]*apptest.Person{
			"office_editor": {w.Own.People["office_editor"], deputy}, "signing_leader": {w.Own.People["signing_leader"], deputy}}}
		pairs, races := 0, 0
		for i, a := range moves {
			for _, b := range moves[i:] {
				a, b := a, b
				if b.name == "revoke" || b.name == "delegate" {
					a, b = b, a // the holder who acts is the one it is about
				}
				allowed := map[string]int{c.inTurn(a, b, true): 0, c.inTurn(a, b, false): 0}
				for range rounds {
					got := c.atOnce(a, b)
					if _, ok := allowed[got]; !ok {
						t.Errorf("%s with %s came out as no order does:\n got %s\nwant one of %v", a.name, b.name, got, allowed)
						continue
					}
					allowed[got]++
				}
				pairs, races = pairs+1, races+rounds
				t.Logf("%-10s %-10s %d outcomes in turn, at once %v", a.name, b.name, len(allowed), slices.Collect(maps.Values(allowed)))
			}
		}
		t.Logf("%d pairs, %d races", pairs, races)
	})
}

// TestNoDecisionCommitsAfterTheRevocation holds a decision's transaction open
// and takes away the right it was made under, of the judge or of the person a
// stand-in acts for: the revocation waits until the decision is committed (I18).
func TestNoDecisionCommitsAfterTheRevocation(t *testing.T) {
	for _, standIn := range []bool{false, true} {
		t.Run(fmt.Sprintf("stand-in=%v", standIn), func(t *testing.T) {
			w := apptest.Start(t, apptest.Options{Driver: "mysql", Idle: true})
			ctx := context.Background()
			m := w.UpTo(w.Draft("撤销岗位时的稿件"), "second")
			holder, by := w.Own.People["office_editor"], w.Own.People["office_editor"]
			security := org.Actor{PersonID: w.Own.People["security_admin"].ID, OrganisationID: w.Own.ID}
			if standIn {
				by = w.Own.People["proofreader"]
				if _, err := w.App.Org.Delegate(ctx, security, org.Delegation{From: holder.ID, To: by.ID, Posts: []org.Post{org.OfficeEditor},
					StartsAt: time.Now().Add(-time.Hour), EndsAt: time.Now().Add(time.Hour)}); err != nil {
					t.Fatal(err)
				}
			}
			actor, err := w.App.Org.Identify(ctx, by.Token, "")
			if err != nil {
				t.Fatal(err)
			}
			decided, revoked := make(chan struct{}), make(chan error, 1)
			go func() {
				<-decided
				revoked <- w.App.Org.Revoke(ctx, security, holder.ID, org.OfficeEditor, w.Own.UnitA)
			}()
			err = w.App.DB.Write(ctx, func(tx *db.Tx) error {
				_, err := w.App.Desk.Decide(tx.Context(), actor, m.ID, manuscript.Seen{Version: m.Version, Hash: m.Hash}, review.Decision{Verb: "approve", Checklist: []int{0, 1}})
				if err != nil {
					return err
				}
				close(decided)
				select {
				case err := <-revoked:
					t.Errorf("the revocation was committed (%v) while the decision made under it was not", err)
				case <-time.After(400 * time.Millisecond):
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if !t.Failed() {
				if err := <-revoked; err != nil {
					t.Error(err)
				}
			}
		})
	}
}
