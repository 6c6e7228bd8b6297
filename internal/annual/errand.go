package annual

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"

	"gongkai/internal/blob"
	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/org"
	"gongkai/internal/progress"
)

// UnitReports is the errand that reads the reports of many units.
const UnitReports = "annual.units"

// What one errand may hold.
const (
	MostUnits     = 500
	mostUnitBytes = 20 << 20  // of one file
	mostAllBytes  = 400 << 20 // of all, unpacked
)

// Readers are how the errand reads a file and says what became of it.
type Readers struct {
	Read func(name string, b []byte) (Imported, error)
	Say  func(code string, args map[string]any) string
}

// SendUnits sends the errand off. archive is a .zip of reports; Pack makes one of
// single files.
func (k *Desk) SendUnits(tx *db.Tx, a org.Actor, year int, name string, archive []byte) (*progress.Errand, error) {
	if !k.Rules.Government {
		return nil, ErrNotGovernment
	}
	act, err := k.enter(tx, a, "annual.edit", year)
	if err != nil {
		return nil, err
	}
	if act.f.State == Frozen {
		return nil, ErrFrozen
	}
	if _, err := unpack(archive); err != nil {
		return nil, err
	}
	if err := blob.Charge(tx, act.actor.PersonID, len(archive)); err != nil {
		return nil, err
	}
	hash, err := blob.Put(tx, "application/zip", archive)
	if err != nil {
		return nil, err
	}
	e := &progress.Errand{OrganisationID: act.actor.OrganisationID, PersonID: act.actor.PersonID, Kind: UnitReports, Input: hash, Name: name, About: strconv.Itoa(year)}
	return e, progress.Start(tx, e)
}

// Pack makes an archive of single files.
func Pack(names []string, files [][]byte) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i, name := range names {
		w, err := z.Create(fmt.Sprintf("%03d/%s", i, path.Base(name)))
		if err == nil {
			_, err = w.Write(files[i])
		}
		if err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return b.Bytes(), err
}

// unpack lists the reports of an archive. Names of older Windows programs are in
// GBK.
func unpack(archive []byte) ([]*zip.File, error) {
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, ErrPartsArchive.On("reports").Because(err)
	}
	var all []*zip.File
	total := uint64(0)
	for _, f := range z.File {
		if f.NonUTF8 {
			if s, err := simplifiedchinese.GBK.NewDecoder().String(f.Name); err == nil {
				f.Name = s
			}
		}
		base := path.Base(strings.ReplaceAll(f.Name, `\`, "/"))
		if f.FileInfo().IsDir() || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "~$") || strings.HasPrefix(f.Name, "__MACOSX/") {
			continue
		}
		f.Name = base
		all, total = append(all, f), total+f.UncompressedSize64
	}
	switch {
	case len(all) == 0:
		return nil, ErrNoParts.On("reports")
	case len(all) > MostUnits:
		return nil, ErrPartsMany.On("reports").With("max", MostUnits)
	case total > mostAllBytes:
		return nil, ErrPartsLarge.On("reports").With("max", mostAllBytes>>20)
	}
	return all, nil
}

// content reads one file, which may say it is smaller than it is.
func content(f *zip.File) ([]byte, error) {
	if f.UncompressedSize64 > mostUnitBytes {
		return nil, ErrPartsLarge.With("max", mostUnitBytes>>20)
	}
	r, err := f.Open()
	if err != nil {
		return nil, ErrPartUnreadable.Because(err)
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, mostUnitBytes+1))
	switch {
	case err != nil:
		return nil, ErrPartUnreadable.Because(err)
	case len(b) > mostUnitBytes:
		return nil, ErrPartsLarge.With("max", mostUnitBytes>>20)
	}
	return b, nil
}

// Works are the errands, for progress.NewRunner.
func (k *Desk) Works(r Readers) map[string]progress.Work {
	return map[string]progress.Work{UnitReports: func(ctx context.Context, e *progress.Errand, m *progress.Meter) (progress.Result, error) {
		return k.unitReports(ctx, e, m, r)
	}}
}

// unitReports takes every report of the archive in: the same archive a second time
// changes nothing. Its result says what became of each file.
func (k *Desk) unitReports(ctx context.Context, e *progress.Errand, m *progress.Meter, r Readers) (progress.Result, error) {
	year, err := strconv.Atoi(e.About)
	if err != nil {
		return progress.Result{}, fmt.Errorf("annual: errand %d is about no year: %w", e.ID, err)
	}
	var a org.Actor
	var archive blob.Blob
	err = k.db.Read(ctx, func(tx *db.Tx) (err error) {
		if a, err = k.authz.Still(tx, e.OrganisationID, e.PersonID, "annual.edit"); err != nil {
			return err
		}
		archive, err = blob.Get(tx, e.Input)
		return err
	})
	if err != nil {
		return progress.Result{}, err
	}
	files, err := unpack(archive.Bytes)
	if err != nil {
		return progress.Result{}, err
	}
	m.Total(len(files))
	lines := [][]string{{"文件", "单位", "读到的格数", "结果"}}
	for _, f := range files {
		line, wrong, err := k.unitReport(ctx, a, year, f, r)
		if err != nil {
			return progress.Result{}, err
		}
		lines = append(lines, line)
		if err := m.Step(ctx, wrong); err != nil {
			return progress.Result{}, err
		}
	}
	b, err := progress.Sheet("单位报告", lines)
	return progress.Result{Name: strconv.Itoa(year) + "年单位报告读取结果.xlsx", Bytes: b}, err
}

func (k *Desk) unitReport(ctx context.Context, a org.Actor, year int, f *zip.File, r Readers) (line []string, wrong bool, err error) {
	refuse := func(err error) ([]string, bool, error) {
		var x *fault.Fault
		if !errors.As(err, &x) {
			return nil, false, err
		}
		return []string{f.Name, "", "", r.Say(x.Code, x.Args)}, true, nil
	}
	b, err := content(f)
	if err != nil {
		return refuse(err)
	}
	got, err := r.Read(f.Name, b)
	if err != nil {
		return refuse(err)
	}
	u, again, err := k.keepUnit(ctx, a, year, f.Name, got)
	if err != nil {
		return refuse(err)
	}
	said := []string{r.Say(map[bool]string{false: "annual.part_kept", true: "annual.part_again"}[again], nil)}
	for _, n := range append(u.Notes[:len(u.Notes):len(u.Notes)], u.Blocking(year)...) {
		if said = append(said, r.Say(n.Rule, n.Args)); len(said) > 8 {
			said = append(said, "…")
			break
		}
	}
	return []string{f.Name, u.Unit, fmt.Sprintf("%d/%d", len(u.Figures), len(Codes)), strings.Join(said, "\n")}, len(u.Figures) < len(Codes) || len(said) > 1, nil
}
