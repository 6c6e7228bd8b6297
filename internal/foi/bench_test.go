package foi

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gongkai/config"
	"gongkai/internal/authz"
	"gongkai/internal/calendar"
	"gongkai/internal/check"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/org"
	"gongkai/internal/workflow"
	"gongkai/workflows"
)

// BenchmarkRegister lists pages of a register of 200,000 requests as the page
// does. The yardstick is one page of bare rows by their id.
func BenchmarkRegister(b *testing.B) {
	for name, database := range map[string]func(testing.TB) (*db.DB, *dbtest.Clock){"sqlite": dbtest.SQLite, "mysql": dbtest.MySQL} {
		b.Run(name, func(b *testing.B) { register(b, database) })
	}
}

func register(b *testing.B, database func(testing.TB) (*db.DB, *dbtest.Clock)) {
	d, _ := database(b)
	e, err := authz.New(config.AuthzModel, config.AuthzPolicy)
	must(b, err)
	cal, err := calendar.Load()
	must(b, err)
	keys, err := NewKeys([]byte(strings.Repeat("k", 32)))
	must(b, err)
	l, err := workflow.LoadLibrary(workflows.FS)
	must(b, err)
	k := NewDesk(d, e, cal, keys, l, check.All())
	const all, people = 200_000, 2_000
	must(b, d.Write(context.Background(), func(tx *db.Tx) error {
		for i := range people {
			sealed, err := keys.seal(Applicant{Kind: NaturalPerson, Name: fmt.Sprintf("申请人%d", i), IDKind: "resident_card", IDNumber: fmt.Sprintf("id%d", i), Phone: fmt.Sprintf("1380000%04d", i)})
			if err != nil {
				return err
			}
			if _, err := insertApplicant(tx, sealed); err != nil {
				return err
			}
		}
		return nil
	}))
	for i := 0; i < all; {
		part := min(all-i, 500)
		rows, events := make([]string, part), make([]string, part)
		args, more := make([]any, 0, part*7), make([]any, 0, part*2)
		for j := range part {
			n := i + j + 1
			received, closed, code := 20220101+n%4*10_000+n%12*100+n%28, 20220601+n%4*10_000, "D01"
			if n > all-300 {
				received, closed, code = 20260302, 0, ""
			}
			rows[j] = "(7, ?, 'in_person', 'natural_person', ?, ?, '', 'paper', 'post', 0, 0, ?, ?, ?, ?, 0, 1, '')"
			args = append(args, fmt.Sprintf("%d-%06d", received/10_000, n), n%people+1, fmt.Sprintf("第%d号%s清单，包括项目名称、承担单位、起止时间、财政资金安排和验收结论；如有中期评估报告，请一并提供，并说明未通过验收项目的处理情况和资金收回情况。", n, map[bool]string{true: "盐碱地改良", false: "科技项目"}[n%50_000 == 7]), fmt.Sprintf("bench-%012d", n), received, closed, code)
			events[j] = "(?, 1, 'arrived', ?, 0, 'in_person', 0, '', '', 0, '', 0, '', '', 0, 1)"
			more = append(more, n, received)
		}
		_, err := d.SQL().Exec("INSERT INTO foi_requests (organisation_id, number, channel, kind, applicant_id, wanted, features, medium, route, unit_id, merged_into, once, received_on, closed_on, code, created_at, version, receipt_key) VALUES "+strings.Join(rows, ","), args...)
		must(b, err)
		_, err = d.SQL().Exec("INSERT INTO foi_events (request_id, no, kind, on_day, until_day, channel, round, party, code, amount, scale, ref, doc, note, entered, person_id) VALUES "+strings.Join(events, ","), more...)
		must(b, err)
		i += part
	}
	must(b, k.Index(context.Background()))
	clerk := org.Actor{PersonID: 1, OrganisationID: 7, Holdings: []org.Holding{{Post: org.FOIOfficer, OrganisationID: 7, UnitID: 7}}}
	filters := map[string]Filter{"open": {Open: true}, "all": {}, "deep": {Before: 90_000}, "number": {Number: "2023-00123"}, "name": {Name: "申请人77"}, "phone": {Phone: "13800000078"}, "year": {Year: 2023}, "words": {Wanted: "盐碱地改良"}, "digits": {Wanted: "第123456号"}, "common": {Wanted: "验收结论"}}
	took := map[string][]time.Duration{}
	var bare time.Duration
	for b.Loop() {
		for name, f := range filters {
			start := time.Now()
			found, err := k.List(context.Background(), clerk, f)
			took[name] = append(took[name], time.Since(start))
			if err != nil || len(found) == 0 {
				b.Fatal(name, len(found), err)
			}
		}
		start := time.Now()
		rows, err := d.SQL().Query("SELECT * FROM foi_requests WHERE organisation_id = 7 ORDER BY id DESC LIMIT 50")
		must(b, err)
		for rows.Next() {
		}
		must(b, rows.Close())
		bare += time.Since(start)
	}
	var sum time.Duration
	for name, t := range took {
		slices.Sort(t)
		for _, x := range t {
			sum += x
		}
		b.ReportMetric(float64(t[len(t)*99/100].Microseconds())/1000, name+"-p99-ms")
	}
	b.ReportMetric(float64(sum)/float64(len(took))/float64(bare), "list/bare")
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
