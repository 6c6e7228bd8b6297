package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
)

// member is one person of the demo office.
type member struct {
	Login, Name string
	Post        org.Post
	Established bool
	Unit        string

	id    int64
	token string
}

// office lists one account per post.
var office = []member{
	{Login: "nigao", Name: "李敏", Post: org.Drafter, Established: true, Unit: "综合科"},
	{Login: "kezhang", Name: "王磊", Post: org.SectionHead, Established: true, Unit: "综合科"},
	{Login: "bianji", Name: "赵静", Post: org.OfficeEditor, Established: true, Unit: "办公室"},
	{Login: "jiaodui", Name: "周扬", Post: org.Proofreader, Unit: "办公室"},
	{Login: "baomi", Name: "孙悦", Post: org.ConfidentialityOfficer, Established: true, Unit: "办公室"},
	{Login: "fenguan", Name: "陈峰", Post: org.DeputyDirector, Established: true, Unit: "综合科"},
	{Login: "juzhang", Name: "马丽华", Post: org.SigningLeader, Established: true, Unit: "办公室"},
	{Login: "fabu", Name: "钱进", Post: org.Publisher, Established: true, Unit: "办公室"},
	{Login: "shenqing", Name: "吴桐", Post: org.FOIOfficer, Established: true, Unit: "办公室"},
	{Login: "xitong", Name: "郑浩", Post: org.SystemAdmin, Established: true, Unit: "办公室"},
	{Login: "anquan", Name: "冯雪", Post: org.SecurityAdmin, Established: true, Unit: "办公室"},
	{Login: "shenji", Name: "沈宁", Post: org.Auditor, Established: true, Unit: "办公室"},
}

// sections are the columns of the demo site: the four of 国办公开办函〔2019〕61号
// and the office's daily ones.
var sections = []manuscript.Section{
	{Slug: "news", Title: "工作动态", Description: "本机关的工作动态", Keywords: "动态", ColumnType: "工作动态", Sort: 1},
	{Slug: "notices", Title: "通知公告", Description: "本机关的通知公告", Keywords: "通知,公告", ColumnType: "通知公告", Sort: 2},
	{Slug: "policy", Title: "政策文件", Description: "规范性文件和其他政策文件", Keywords: "政策,文件", ColumnType: "政策文件", Sort: 3},
	{Slug: "guide", Title: "政府信息公开指南", Description: "怎样获取本机关的政府信息", Keywords: "指南", ColumnType: "信息公开指南", Sort: 4},
	{Slug: "statutory", Title: "法定主动公开内容", Description: "《条例》第二十条所列内容", Keywords: "主动公开", ColumnType: "信息公开目录", Sort: 5},
	{Slug: "annual-reports", Title: "政府信息公开年报", Description: "历年政府信息公开工作年度报告", Keywords: "年报,年度报告", ColumnType: "信息公开年报", Sort: 6},
}

const accountsFile = "demo-accounts.txt"

// openOffice founds the demo office in an empty database, or finds the one that
// is there, and opens a program's session for each person.
func openOffice(ctx context.Context, d *db.DB, data string, recorder org.Recorder, say *printer) ([]member, error) {
	desk := org.NewDesk(d, recorder)
	people := append([]member{}, office...)
	fresh, err := founded(ctx, d)
	if err != nil {
		return nil, err
	}
	if fresh {
		if err := found(ctx, d, desk, data, people, say); err != nil {
			return nil, err
		}
	}
	for i := range people {
		p := &people[i]
		if p.token, err = desk.NewToken(ctx, p.Login, "demo", d.Now().Add(24*time.Hour)); err != nil {
			return nil, fmt.Errorf("the folder %s holds another office, without the account %s: choose another folder with --data: %w", data, p.Login, err)
		}
	}
	if !fresh {
		say.line("demo.office_again", map[string]any{"file": filepath.Join(data, accountsFile)})
	}
	return people, nil
}

func founded(ctx context.Context, d *db.DB) (fresh bool, err error) {
	err = d.Read(ctx, func(tx *db.Tx) error {
		all, err := org.Organisations(tx)
		fresh = len(all) == 0
		return err
	})
	return fresh, err
}

// found makes organisation, units, people and columns in one transaction: a
// demo cut short starts again from nothing.
func found(ctx context.Context, d *db.DB, desk *org.Desk, data string, people []member, say *printer) error {
	var accounts strings.Builder
	passwords := make([]org.OneTime, len(people))
	for i := range people {
		var err error
		if passwords[i], err = org.NewOneTime(ctx); err != nil {
			return err
		}
	}
	err := d.Write(ctx, func(tx *db.Tx) error {
		ctx := tx.Context()
		o, err := desk.AddOrganisation(ctx, org.System(0), org.Unit{Name: "示范区科学技术局", FullName: "示范市示范区科学技术局", ShortName: "区科技局", Code: "000000001"})
		if err != nil {
			return err
		}
		system := org.System(o.ID)
		units := map[string]int64{}
		for i := range people {
			p := &people[i]
			if units[p.Unit] == 0 {
				u, err := desk.AddUnit(ctx, system, org.Unit{Name: p.Unit})
				if err != nil {
					return err
				}
				units[p.Unit] = u.ID
			}
			who, err := desk.AddPerson(ctx, system, org.Person{StaffNo: fmt.Sprintf("D%03d", i+1), Name: p.Name, Established: p.Established}, p.Login, passwords[i])
			if err != nil {
				return err
			}
			if err := desk.Grant(ctx, system, who.ID, p.Post, units[p.Unit]); err != nil {
				return err
			}
			p.id = who.ID
			fmt.Fprintf(&accounts, "%-10s %-16s %s\n", p.Login, passwords[i].Password, p.Name+" "+say.word(string(p.Post)))
		}
		for _, s := range sections {
			s.OrganisationID = o.ID
			if err := manuscript.InsertSection(tx, &s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	say.line("demo.office", nil)
	say.raw(accounts.String())
	return os.WriteFile(filepath.Join(data, accountsFile), []byte(accounts.String()), 0o600)
}
