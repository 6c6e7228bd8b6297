package staff

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"

	"gongkai/internal/annual"
	"gongkai/internal/fault"
	"gongkai/internal/manuscript"
	"gongkai/internal/review"
	"gongkai/internal/word"
)

func annualAt(year int64, tab string) string {
	return strings.TrimSuffix(fmt.Sprintf("/annual/%d/%s", year, tab), "/")
}

func (s *Staff) attest(v *visit, year int64) (done, error) {
	var given []annual.Given
	for _, c := range annual.Attested {
		if v.form.Has(string(c)) {
			given = append(given, annual.Given{Cell: c, Value: v.form.Get(string(c))})
		}
	}
	_, err := s.Annual.Attest(v.ctx, v.actor, int(year), v.whole("version"), given, v.form.Get("note"))
	return done{annualAt(year, "tables"), "annual_attested"}, err
}

func (s *Staff) writeAnnual(v *visit, year int64) (done, error) {
	n := annual.Narrative{}
	for _, t := range n.Texts() {
		n.Set(t.Name, strings.ReplaceAll(v.form.Get(t.Name), "\r\n", "\n"))
	}
	_, err := s.Annual.Write(v.ctx, v.actor, int(year), v.whole("version"), n)
	return done{annualAt(year, "text"), "annual_written"}, err
}

var errNoReport = fault.New(fault.Invalid, "annual.no_file")

// keepReport reads a report made elsewhere, whatever its form, for the year after
// it; what could not be read is said on the page of that year.
func (s *Staff) keepReport(v *visit, year int64) (done, error) {
	if _, err := s.entitled(v.ctx, v.actor, "annual.edit"); err != nil {
		return done{}, err
	}
	if len(v.files["report"]) != 1 || len(v.files["report"][0].bytes) == 0 {
		return done{}, errNoReport.On("report")
	}
	f := v.files["report"][0]
	got, err := ReadReport(f.name, f.bytes)
	if err != nil {
		return done{}, err
	}
	if got.Year == 0 { // the title does not say: it is asked for on the page of the year after
		got.Year = int(year) - 1
	}
	if _, err := s.Annual.Keep(v.ctx, v.actor, got); err != nil {
		return done{}, err
	}
	return done{annualAt(int64(got.Year), "tables"), "annual_kept"}, nil
}

// ReadReport reads a report of any of the forms the page takes.
func ReadReport(name string, b []byte) (annual.Imported, error) {
	switch strings.ToLower(path.Ext(name)) {
	case ".docx":
		d, err := word.Import(path.Base(name), b)
		if err != nil {
			return annual.Imported{}, err
		}
		return annual.ImportDocument(d.Document), nil
	case ".xlsx":
		return annual.ImportWorkbook(b)
	}
	return annual.Import(path.Base(name), b)
}

// freezeAnnual holds the report fast and drafts its manuscript in the same
// transaction: it then walks the chain of annual reports like any other text.
func (s *Staff) freezeAnnual(v *visit, year int64) (done, error) {
	report, err := s.Annual.Freeze(v.ctx, v.actor, int(year), v.whole("version"))
	if err != nil {
		return done{}, err
	}
	c := manuscript.Content{Title: report.Title(), Body: report.HTML(), Kind: "annual_report", Disclosure: manuscript.Disclosure{Attribute: manuscript.Proactive}}
	before, err := s.Annual.Open(v.ctx, v.actor, int(year))
	if err != nil {
		return done{}, err
	}
	if again, err := s.redraft(v, before.ManuscriptID, c); err != nil || again {
		return done{"/manuscripts/" + itoa(before.ManuscriptID), "annual_frozen"}, err
	}
	units, err := s.Desk.DraftUnits(v.ctx, v.actor)
	if err != nil {
		return done{}, err
	}
	if len(units) == 0 {
		return done{}, errNoUnit
	}
	m, err := s.Desk.Create(v.ctx, v.actor, units[0].ID, c, s.lettered("staff.annual.drafted"))
	if err != nil {
		return done{}, err
	}
	if err := s.Annual.Link(v.ctx, v.actor, int(year), m.ID); err != nil {
		return done{}, err
	}
	return done{"/manuscripts/" + itoa(m.ID), "annual_frozen"}, nil
}

// redraft gives the manuscript of a report that was reopened the new text, so that
// there is one of a year: a second one could be published beside it.
func (s *Staff) redraft(v *visit, id int64, c manuscript.Content) (bool, error) {
	if id == 0 {
		return false, nil
	}
	view, err := s.Desk.Open(v.ctx, v.actor, id, 0)
	if errors.Is(err, manuscript.ErrNotFound) || err == nil && view.Manuscript.State == manuscript.Rejected {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	now := view.Revision.Content
	now.Title, now.Body, now.Kind = c.Title, c.Body, c.Kind
	_, err = s.Desk.Edit(v.ctx, v.actor, id, manuscript.Seen{Version: view.Manuscript.Version, Hash: view.Manuscript.Hash}, now, s.lettered("staff.annual.drafted"))
	if errors.Is(err, review.ErrNothingNew) {
		err = nil
	}
	return true, err
}

func (s *Staff) reopenAnnual(v *visit, year int64) (done, error) {
	_, err := s.Annual.Reopen(v.ctx, v.actor, int(year), v.whole("version"), v.form.Get("reason"))
	return done{annualAt(year, ""), "annual_reopened"}, err
}

// annualReport is the report of a page as it stands.
func (s *Staff) annualReport(v *visit) (*annual.Sheet, annual.Report, error) {
	year, err := v.id()
	if err != nil {
		return nil, annual.Report{}, err
	}
	sheet, err := s.Annual.Open(v.ctx, v.actor, int(year))
	if err != nil {
		return nil, annual.Report{}, err
	}
	if sheet.State == annual.Frozen {
		return sheet, sheet.Snapshot.Report(sheet.Year), nil
	}
	return sheet, annual.Report{Organ: sheet.Organ, Year: strconv.Itoa(sheet.Year), Figures: sheet.Figures, Narrative: sheet.Filled}, nil
}

func (s *Staff) annualBook(v *visit) error {
	_, r, err := s.annualReport(v)
	if err != nil {
		return err
	}
	b, err := r.Workbook()
	if err != nil {
		return err
	}
	return s.download(v, r.Title()+".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b)
}

func (s *Staff) annualDocx(v *visit) error {
	_, r, err := s.annualReport(v)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := word.Write(&b, r.Title(), r.HTML(), nil); err != nil {
		return err
	}
	return s.download(v, word.FileName(r.Title()), word.MediaType, b.Bytes())
}

func (s *Staff) download(v *visit, name, media string, b []byte) error {
	v.Header("Content-Security-Policy", "default-src 'none'; sandbox")
	v.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	v.Data(http.StatusOK, media, b)
	return nil
}

func (s *Staff) annualPrint(v *visit) error {
	sheet, r, err := s.annualReport(v)
	if err != nil {
		return err
	}
	p := printPage{Back: annualAt(int64(sheet.Year), ""), Title: r.Title(), Text: template.HTML(r.HTML())}
	if sheet.State != annual.Frozen {
		p.Stage = s.stage(v, int(sheet.Version), "draft")
	}
	return s.print(v, p)
}
