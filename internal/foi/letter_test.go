package foi_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gongkai/internal/authz"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/fault"
	"gongkai/internal/foi"
)

func says(code string) string { return "<" + code + ">" }

func TestEveryLetterIsDraftedFinishedAndNumbered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		rc := o.register()
		id := rc.Request.ID
		filled := strings.NewReplacer("【", "", "】", "")
		for _, kind := range foi.LetterKinds() {
			codes := []foi.Code{""}
			if kind == foi.AnswerLetter {
				codes = nil
				for _, x := range foi.Outcomes {
					codes = append(codes, x.Code)
				}
			}
			for _, code := range codes {
				l, err := o.desk.Draft(ctx, o.clerk, id, kind, code, says)
				o.must(err)
				if l.Title == "" || l.Text == "" || strings.Contains(l.Title+l.Text, "<no value>") || l.Final() {
					t.Errorf("%s %s: %+v", kind, code, l)
				}
				if kind != "consult_confirm" && kind != "service" && !strings.Contains(l.Text, rc.Request.Number) {
					t.Errorf("%s %s does not name the request:\n%s", kind, code, l.Text)
				}
			}
		}
		// The remedy follows the code: reconsideration first for refusals since 2024 (fact 47).
		refusal, err := o.desk.Draft(ctx, o.clerk, id, foi.AnswerLetter, "D09", says)
		o.must(err)
		if !strings.Contains(refusal.Text, "先向") || strings.Contains(refusal.Text, "或者自收到本答复之日起6个月内") || !strings.Contains(refusal.Text, "第十六条第一款") {
			t.Errorf("a refusal says:\n%s", refusal.Text)
		}
		none, err := o.desk.Draft(ctx, o.clerk, id, foi.AnswerLetter, "D13", says)
		o.must(err)
		if !strings.Contains(none.Text, "60日内") || !strings.Contains(none.Text, "6个月内") || strings.Contains(none.Text, "先向") {
			t.Errorf("what does not exist is answered:\n%s", none.Text)
		}

		// A blank keeps a letter from being finished; a final one is not changed.
		none, err = o.desk.Draft(ctx, o.clerk, id, "consult_third", "", says)
		o.must(err)
		again, err := o.desk.Draft(ctx, o.clerk, id, "consult_third", "", says)
		o.must(err)
		_, err = o.desk.Finish(ctx, o.clerk, none.ID, none.Version)
		o.fails(err, foi.ErrLetterBlank)
		if f, _ := fault.From(err); f == nil || f.Args["blank"] == "" {
			t.Errorf("the refusal names no blank: %v", err)
		}
		_, err = o.desk.Rewrite(ctx, o.clerk, none.ID, none.Version+1, none.Title, "别人的")
		o.fails(err, foi.ErrChanged)
		none, err = o.desk.Rewrite(ctx, o.clerk, none.ID, none.Version, none.Title, filled.Replace(none.Text))
		o.must(err)
		_, err = o.desk.Finish(ctx, o.head, none.ID, none.Version)
		o.fails(err, authz.ErrForbidden)
		none, err = o.desk.Finish(ctx, o.clerk, none.ID, none.Version)
		o.must(err)
		if want := fmt.Sprintf("甲局公开〔%s〕1号-征", rc.Request.Number[:4]); none.Number != want || !none.Final() {
			t.Errorf("numbered %q, want %q", none.Number, want)
		}
		_, err = o.desk.Rewrite(ctx, o.clerk, none.ID, none.Version, none.Title, "改写")
		o.fails(err, foi.ErrLetterFinal)
		again, err = o.desk.Rewrite(ctx, o.clerk, again.ID, again.Version, again.Title, filled.Replace(again.Text))
		o.must(err)
		again, err = o.desk.Finish(ctx, o.clerk, again.ID, again.Version)
		o.must(err)
		if !strings.HasSuffix(again.Number, "1号-征2") {
			t.Errorf("the second letter is numbered %q", again.Number)
		}

		// Another office knows nothing of it, the database no name, and erasing the
		// applicant erases the letters.
		_, err = o.desk.OpenLetter(ctx, o.other, none.ID)
		o.fails(err, foi.ErrNotFound)
		var all string
		rows, err := d.SQL().Query("SELECT sealed FROM foi_letters")
		o.must(err)
		for rows.Next() {
			var s string
			o.must(rows.Scan(&s))
			all += s
		}
		o.must(rows.Err())
		if strings.Contains(all, "张三") || strings.Contains(all, "不存在") {
			t.Error("a letter can be read in the database")
		}
		read, err := o.desk.OpenLetter(ctx, o.head, none.ID)
		o.must(err)
		if read.Text != none.Text || !strings.Contains(read.HTML("甲局", time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC)), `<p class="ta-r">2026年3月9日</p>`) {
			t.Errorf("read again:\n%s", read.Text)
		}
		r, err := o.desk.Record(ctx, o.clerk, id, rc.Request.Version, foi.Event{Kind: foi.Answered, Code: "D24", On: clock.Now()})
		o.must(err)
		_, err = o.desk.Erase(ctx, o.head, id, r.Version, "保管期满")
		o.must(err)
		if _, err := o.desk.OpenLetter(ctx, o.head, none.ID); !errors.Is(err, foi.ErrErased) {
			t.Errorf("after erasure: %v", err)
		}
	})
}
