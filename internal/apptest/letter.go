package apptest

import (
	"context"
	"fmt"
	"strings"

	"gongkai/internal/annual"
	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/duty"
	"gongkai/internal/foi"
	"gongkai/internal/org"
)

// clerk is who handles requests in the own office.
func (w *World) clerk() org.Actor {
	return org.Actor{PersonID: w.Own.People["foi_officer"].ID, OrganisationID: w.Own.ID, Established: true,
		Holdings: []org.Holding{{Post: org.FOIOfficer, OrganisationID: w.Own.ID, UnitID: w.Own.UnitA}}}
}

// DraftLetter registers a request and drafts its answer, blanks and all; it
// answers the letter's page.
func (w *World) DraftLetter(code foi.Code) string {
	w.T.Helper()
	return page(w.draftLetter(code))
}

// Letter is DraftLetter with the blanks filled in, sent to its first judge.
func (w *World) Letter(code foi.Code) string {
	w.T.Helper()
	desk, l := w.App.Staff.FOI, w.draftLetter(code)
	l, err := desk.Rewrite(context.Background(), w.clerk(), l.ID, l.Version, l.Title, strings.NewReplacer("【", "", "】", "").Replace(l.Text))
	if err == nil {
		l, err = desk.Send(context.Background(), w.clerk(), l.ID, l.Version)
	}
	if err != nil {
		w.T.Fatal(err)
	}
	return page(l)
}

func (w *World) draftLetter(code foi.Code) *foi.Document {
	w.T.Helper()
	ctx, desk := context.Background(), w.App.Staff.FOI
	today := calendar.Midnight(w.App.DB.Now())
	rc, err := desk.Register(ctx, w.clerk(), foi.New{Channel: foi.InPerson, On: today, Wanted: "2025年科技项目清单", Wish: foi.Wish{Medium: "paper", Route: "post"}, Once: org.NewSecret(),
		Applicant: foi.Applicant{Kind: foi.NaturalPerson, Name: "张三丰", IDKind: "resident_card", IDNumber: "11010519491231002X", Phone: "13800138000", Address: "甲市乙区丙街道一号"}})
	if err != nil {
		w.T.Fatal(err)
	}
	l, err := desk.Draft(ctx, w.clerk(), rc.Request.ID, foi.AnswerLetter, code, func(code string) string { return code })
	if err != nil {
		w.T.Fatal(err)
	}
	return l
}

func page(l *foi.Document) string { return fmt.Sprintf("/foi/letters/%d", l.ID) }

// ProposeNotice enters a year's holiday notice, which waits for a second person.
func (w *World) ProposeNotice(text string) {
	w.T.Helper()
	admin := org.Actor{PersonID: w.Own.People["system_admin"].ID, OrganisationID: w.Own.ID, Established: true, Holdings: []org.Holding{{Post: org.SystemAdmin, OrganisationID: w.Own.ID, UnitID: w.Own.ID}}}
	if _, err := w.App.Staff.Holidays.Propose(context.Background(), admin, text, ""); err != nil {
		w.T.Fatal(err)
	}
}

// KeepUnits puts reports of other units beside the own one of a year, in a world
// whose office sums them up.
func (w *World) KeepUnits(year int, units ...string) {
	w.T.Helper()
	f := annual.Figures{}
	for _, c := range annual.Codes {
		f[c] = 0
	}
	var names []string
	var files [][]byte
	for _, unit := range units {
		title := fmt.Sprintf("%s%d年政府信息公开工作年度报告", unit, year)
		names = append(names, unit+".html")
		files = append(files, []byte("<h1>"+title+"</h1>"+annual.Report{Organ: unit, Year: fmt.Sprint(year), Figures: f}.HTML()))
	}
	archive, err := annual.Pack(names, files)
	if err != nil {
		w.T.Fatal(err)
	}
	editor := org.Actor{PersonID: w.Own.People["office_editor"].ID, OrganisationID: w.Own.ID, Established: true, Holdings: []org.Holding{{Post: org.OfficeEditor, OrganisationID: w.Own.ID, UnitID: w.Own.UnitA}}}
	err = w.App.DB.Write(context.Background(), func(tx *db.Tx) error {
		_, err := w.App.Staff.Annual.SendUnits(tx, editor, year, "单位报告.zip", archive)
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

// AddDuty registers what has to be published, from three days ago.
func (w *World) AddDuty(kind duty.Kind, title string) {
	w.T.Helper()
	editor := org.Actor{PersonID: w.Own.People["office_editor"].ID, OrganisationID: w.Own.ID, Established: true, Holdings: []org.Holding{{Post: org.OfficeEditor, OrganisationID: w.Own.ID, UnitID: w.Own.UnitA}}}
	if _, err := w.App.Staff.Duties.Add(context.Background(), editor, duty.Duty{Kind: kind, Title: title, Since: w.App.DB.Now().AddDate(0, 0, -3)}); err != nil {
		w.T.Fatal(err)
	}
}
