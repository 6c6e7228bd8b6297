package foi_test

import (
	"bytes"
	"strings"
	"testing"

	"gongkai/internal/authz"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/foi"
)

const pdf = "application/pdf"

// TestFilesOfARequestAreSealedAndErasedWithIt reads the tables as a thief would.
func TestFilesOfARequestAreSealedAndErasedWithIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		rc := o.register()
		id := rc.Request.ID
		plain := bytes.Repeat([]byte("身份证复印件"), 200_000) // 3.4 MB: several chunks
		f, err := o.desk.Attach(ctx, o.clerk, id, "identity", "张三丰身份证.pdf", pdf, plain)
		o.must(err)
		got, b, err := o.desk.OpenFile(ctx, o.section, f.ID)
		o.must(err)
		if got.Name != "张三丰身份证.pdf" || !bytes.Equal(b, plain) || got.Size != int64(len(plain)) {
			t.Errorf("read back as %q, %d bytes", got.Name, len(b))
		}
		rows, err := d.SQL().Query("SELECT bytes FROM foi_file_chunks ORDER BY n")
		o.must(err)
		stored := 0
		for rows.Next() {
			var part []byte
			o.must(rows.Scan(&part))
			if bytes.Contains(part, []byte("身份证")) {
				t.Fatal("the file stands in the database as it is")
			}
			stored += len(part)
		}
		o.must(rows.Close())
		if stored < len(plain) {
			t.Errorf("%d bytes are stored", stored)
		}
		var name string
		o.must(d.SQL().QueryRow("SELECT name FROM foi_files").Scan(&name))
		if strings.Contains(name, "张三丰") {
			t.Error("the name of the file stands in the database")
		}

		_, _, err = o.desk.OpenFile(ctx, o.other, f.ID)
		o.fails(err, foi.ErrNotFound)
		_, err = o.desk.Attach(ctx, o.section, id, "identity", "a.pdf", pdf, plain)
		o.fails(err, authz.ErrForbidden)
		_, err = o.desk.Attach(ctx, o.other, id, "identity", "a.pdf", pdf, plain)
		o.fails(err, foi.ErrNotFound)
		_, err = o.desk.Attach(ctx, o.clerk, id, "secret", "a.pdf", pdf, plain)
		o.fails(err, foi.ErrFileKind)
		_, err = o.desk.Attach(ctx, o.clerk, id, "other", "a.exe", "", plain)
		o.fails(err, foi.ErrFileName)
		_, err = o.desk.Attach(ctx, o.clerk, id, "other", "a.pdf", pdf, nil)
		o.fails(err, foi.ErrFileMissing)
		_, err = o.desk.Attach(ctx, o.clerk, id, "other", "a.pdf", pdf, make([]byte, foi.MostFileBytes+1))
		o.fails(err, foi.ErrFileSize)

		// A wrong paper is thrown away; that it was there stays.
		wrong, err := o.desk.Attach(ctx, o.clerk, id, "other", "别人的.pdf", pdf, []byte("%PDF"))
		o.must(err)
		_, err = o.desk.RemoveFile(ctx, o.clerk, wrong.ID, " ")
		o.fails(err, foi.ErrNeeded)
		_, err = o.desk.RemoveFile(ctx, o.head, wrong.ID, "放错了")
		o.fails(err, authz.ErrForbidden)
		_, err = o.desk.RemoveFile(ctx, o.clerk, wrong.ID, "放错了")
		o.must(err)
		_, _, err = o.desk.OpenFile(ctx, o.clerk, wrong.ID)
		o.fails(err, foi.ErrFileGone)
		v, err := o.desk.Open(ctx, o.clerk, id)
		o.must(err)
		if len(v.Files) != 2 || v.Files[1].Removed.IsZero() || v.Files[1].Name != "别人的.pdf" {
			t.Errorf("the file has %+v", v.Files)
		}

		r, err := o.desk.Record(ctx, o.clerk, id, 1, foi.Event{Kind: foi.Answered, Code: "D24", On: clock.Now()})
		o.must(err)
		_, err = o.desk.Attach(ctx, o.clerk, id, "service", "送达回证.pdf", pdf, []byte("%PDF"))
		o.must(err) // proof of service comes after the end
		r, err = o.desk.Erase(ctx, o.head, id, r.Version, "保管期满")
		o.must(err)
		_, _, err = o.desk.OpenFile(ctx, o.clerk, f.ID)
		o.fails(err, foi.ErrErased)
		_, err = o.desk.Attach(ctx, o.clerk, id, "other", "a.pdf", pdf, []byte("%PDF"))
		o.fails(err, foi.ErrErased)
		var left int
		o.must(d.SQL().QueryRow("SELECT COUNT(*) FROM foi_file_chunks").Scan(&left))
		v, err = o.desk.Open(ctx, o.clerk, r.ID)
		o.must(err)
		if left != 0 || len(v.Files) != 3 || v.Files[0].Name != "" {
			t.Errorf("%d chunks are left, the file shows %+v", left, v.Files)
		}
	})
}

func TestAnApplicantAddsFilesToTheOwnRequestOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		rc, err := o.desk.Submit(ctx, o.unit.ID, "127.0.0.1", request(func(n *foi.New) { n.Channel = foi.Internet }))
		o.must(err)
		add := func(number, secret string, bytes int) error {
			return o.desk.Enclose(ctx, o.unit.ID, number, secret, "127.0.0.1", "身份证.pdf", pdf, make([]byte, bytes))
		}
		o.fails(add(rc.Request.Number, "wrongwrongwr", 1), foi.ErrNotFound)
		o.fails(add("2026-9999", rc.Secret, 1), foi.ErrNotFound)
		o.fails(add(rc.Request.Number, rc.Secret, foi.MostApplicantBytes+1), foi.ErrFileSize)
		for range foi.MostApplicantFiles {
			o.must(add(rc.Request.Number, rc.Secret, 10))
		}
		o.fails(add(rc.Request.Number, rc.Secret, 10), foi.ErrFileMany)
		v, err := o.desk.Open(ctx, o.clerk, rc.Request.ID)
		o.must(err)
		if len(v.Files) != foi.MostApplicantFiles || v.Files[0].Kind != "supplement" || v.Files[0].PersonID != 0 {
			t.Errorf("%d files, %+v", len(v.Files), v.Files[0])
		}
		if codes := o.said(o.clerk); codes[len(codes)-1] != "notice.foi_enclosed" {
			t.Errorf("the clerk is told %v", codes)
		}
		o.must(o.desk.Withdraw(ctx, o.unit.ID, rc.Request.Number, rc.Secret, ""))
		o.fails(add(rc.Request.Number, rc.Secret, 10), foi.ErrClosed)
	})
}

// TestRequestsOfTheSameApplicantAreShownTogether: a duplicate is found before it
// is worked on twice.
func TestRequestsOfTheSameApplicantAreShownTogether(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		first, second := o.register().Request, o.register().Request
		o.register(func(n *foi.New) { n.Applicant.IDNumber = "110105198001010016" })
		v, err := o.desk.Open(ctx, o.clerk, second.ID)
		o.must(err)
		if len(v.Same) != 1 || v.Same[0].ID != first.ID {
			t.Errorf("the same applicant's: %+v", v.Same)
		}
		_, err = o.desk.Merge(ctx, o.clerk, second.ID, second.Version, "2026-9999", "同一申请")
		o.fails(err, foi.ErrNotFound)
		_, err = o.desk.Merge(ctx, o.clerk, second.ID, second.Version, first.Number, "")
		o.fails(err, foi.ErrMergeNote)
		_, err = o.desk.Merge(ctx, o.clerk, second.ID, second.Version, first.Number, "同一申请")
		o.must(err)
		v, err = o.desk.Open(ctx, o.clerk, first.ID)
		o.must(err)
		if len(v.Same) != 0 {
			t.Errorf("a merged one is shown: %+v", v.Same)
		}
	})
}
