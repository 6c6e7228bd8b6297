package foi_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gongkai/internal/authz"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/foi"
)

// TestAnAnswerIsDraftedForEverybodyWithoutItsApplicant is TL44.
func TestAnAnswerIsDraftedForEverybodyWithoutItsApplicant(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		id := o.register(func(n *foi.New) { n.Wanted = "张三丰所在村的科技项目清单\n电话13800138000" }).Request.ID
		o.fails(o.desk.Suggest(ctx, o.clerk, id, ""), foi.ErrNotGiven)
		l := o.signed(id, "D02")
		o.fails(o.desk.Suggest(ctx, o.clerk, id, ""), foi.ErrNotGiven)
		_, err := o.desk.Record(ctx, o.clerk, id, 1, foi.Event{Kind: foi.Answered, Code: "D02", On: clock.Now()})
		o.must(err)
		o.fails(o.desk.Suggest(ctx, o.section, id, ""), authz.ErrForbidden)
		o.fails(o.desk.Suggest(ctx, o.other, id, ""), foi.ErrNotFound)
		o.fails(o.desk.Promote(ctx, o.editor, id, nil), foi.ErrNotSuggested)
		v, err := o.desk.Open(ctx, o.clerk, id)
		o.must(err)
		if !v.Suggestible() {
			t.Error("what was given cannot be suggested")
		}
		o.must(o.desk.Suggest(ctx, o.clerk, id, "多人问过"))
		o.fails(o.desk.Suggest(ctx, o.clerk, id, ""), foi.ErrSuggested)
		if codes := o.said(o.editor); codes[len(codes)-1] != "notice.foi_candidate" {
			t.Errorf("the editor is told %v", codes)
		}
		o.fails(o.desk.Promote(ctx, o.clerk, id, nil), authz.ErrForbidden)
		o.fails(o.desk.Decline(ctx, o.editor, id, ""), foi.ErrNeeded)

		var made foi.Public
		o.must(o.desk.Promote(ctx, o.editor, id, func(p foi.Public) (int64, error) { made = p; return 7, nil }))
		for _, gone := range []string{"张三丰", "13800138000", "11010519491231002", "丙街道", "如对本答复不服", "2026-0001"} {
			if strings.Contains(made.Title+made.HTML, gone) {
				t.Errorf("%q stands in\n%s\n%s", gone, made.Title, made.HTML)
			}
		}
		for _, there := range []string{"〔略〕所在村的科技项目清单", "第四十四条", "申请的政府信息可以公开"} {
			if !strings.Contains(made.HTML, there) {
				t.Errorf("%q does not stand in\n%s", there, made.HTML)
			}
		}
		if made.Hidden != 2 || !strings.Contains(l.Text, "张三丰") {
			t.Errorf("%d places hidden of\n%s", made.Hidden, l.Text)
		}
		o.fails(o.desk.Promote(ctx, o.editor, id, nil), foi.ErrCandidateDone)
		o.fails(o.desk.Decline(ctx, o.editor, id, "不宜"), foi.ErrCandidateDone)
		all, err := o.desk.Candidates(ctx, o.clerk)
		o.must(err)
		if len(all) != 1 || all[0].ManuscriptID != 7 || all[0].Waits() || all[0].Note != "多人问过" {
			t.Errorf("%+v", all)
		}
		if strange, err := o.desk.Candidates(ctx, o.other); err != nil || len(strange) != 0 {
			t.Errorf("another organisation sees %+v, %v", strange, err)
		}

		refused := o.register().Request.ID
		o.signed(refused, "D09")
		_, err = o.desk.Record(ctx, o.clerk, refused, 1, foi.Event{Kind: foi.Answered, Code: "D09", On: clock.Now()})
		o.must(err)
		o.fails(o.desk.Suggest(ctx, o.clerk, refused, ""), foi.ErrNotGiven)

		second := o.register(func(n *foi.New) {
			n.Applicant.Address, n.Wanted = "甲市乙区张三丰巷一号", "甲市乙区张三丰巷一号的拆迁补偿方案"
		}).Request.ID
		o.signed(second, "D03")
		_, err = o.desk.Record(ctx, o.clerk, second, 1, foi.Event{Kind: foi.Answered, Code: "D03", On: clock.Now()})
		o.must(err)
		o.must(o.desk.Suggest(ctx, o.clerk, second, ""))
		undone := errors.New("only looked at")
		if err := o.desk.Promote(ctx, o.editor, second, func(p foi.Public) (int64, error) { made = p; return 0, undone }); !errors.Is(err, undone) || strings.Contains(made.HTML, "甲市乙区") {
			t.Errorf("an address with the name in it: %v\n%s", err, made.HTML)
		}
		clock.Advance(time.Minute)
		o.must(o.desk.Decline(ctx, o.editor, second, "只与申请人有关"))
		all, err = o.desk.Candidates(ctx, o.clerk)
		o.must(err)
		if len(all) != 2 || all[0].Reason != "只与申请人有关" {
			t.Errorf("%+v", all)
		}
	})
}
