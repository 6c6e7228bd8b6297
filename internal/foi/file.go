package foi

import (
	"context"
	"slices"
	"time"

	"gongkai/internal/blob"
	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
)

// FileKind is what a file of a request is.
type FileKind string

// FileKinds lists them, in the order of a request's life.
var FileKinds = []FileKind{
	"application", // 申请书
	"identity",    // 身份证明
	"supplement",  // 补充材料, what applicants add themselves
	"opinion",     // 第三方或共同制作单位的意见
	"provided",    // 提供给申请人的信息
	"service",     // 送达凭证
	"other",
}

// supplement is what an applicant adds.
const supplement FileKind = "supplement"

// File is a file of a request. Its name and its bytes are sealed under the
// applicant's key: with the key they are erased.
type File struct {
	ID, RequestID  int64
	OrganisationID int64
	Kind           FileKind
	Name           string
	MediaType      string
	Size           int64
	PersonID       int64 // 0 for the applicant
	At             time.Time
	Removed        time.Time // its bytes are gone since; zero while it is there
}

// What a request may carry.
const (
	MostFiles          = 50 // of a request
	MostApplicantFiles = 5  // of them, from the applicant's own page
	MostFileBytes      = 10 << 20
	MostApplicantBytes = 5 << 20
)

var (
	ErrFileKind    = fault.New(fault.Invalid, "foi.file_kind")
	ErrFileSize    = fault.New(fault.Invalid, "foi.file_size") // max, in megabytes
	ErrFileName    = fault.New(fault.Invalid, "foi.file_name")
	ErrFileMany    = fault.New(fault.Conflict, "foi.file_many") // max
	ErrFileGone    = fault.New(fault.NotFound, "foi.file_gone")
	ErrEraseOpen   = fault.New(fault.Conflict, "foi.erase_open")
	ErrFileMissing = fault.New(fault.Invalid, "foi.file_missing")
)

// Attach keeps a file with a request; what is kept with a closed one is no change
// of it. mediaType is what name and bytes agree on.
func (k *Desk) Attach(ctx context.Context, actor org.Actor, request int64, kind FileKind, name, mediaType string, b []byte) (f *File, err error) {
	if !slices.Contains(FileKinds, kind) {
		return nil, ErrFileKind.On("file_kind")
	}
	err = k.db.Write(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "foi.handle")
		if err != nil {
			return err
		}
		own, err := a.lettering(request)
		if err != nil {
			return err
		}
		if err := blob.Charge(tx, a.actor.PersonID, len(b)); err != nil {
			return err
		}
		f = &File{Kind: kind, Name: name, MediaType: mediaType, PersonID: a.actor.PersonID}
		return a.attach(own, f, b, MostFiles, MostFileBytes)
	})
	return f, err
}

// Enclose is Attach by the applicant, on the page of the own request while it is
// open.
func (k *Desk) Enclose(ctx context.Context, organisation int64, number, secret, address, name, mediaType string, b []byte) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		r, err := k.tracked(tx, organisation, number, secret)
		if err != nil {
			return err
		}
		a := &act{desk: k, tx: tx, actor: org.Actor{OrganisationID: organisation, Address: address}}
		own, err := a.lettering(r.ID)
		if err != nil {
			return err
		}
		if !a.r.ClosedOn.IsZero() || a.r.MergedInto != 0 {
			return ErrClosed
		}
		all, err := filesOf(tx, r.ID)
		if err != nil {
			return err
		}
		mine := 0
		for _, f := range all {
			if f.PersonID == 0 {
				mine++
			}
		}
		if mine >= MostApplicantFiles {
			return ErrFileMany.On("file").With("max", MostApplicantFiles)
		}
		if err := blob.Charge(tx, 0, len(b)); err != nil { // of all applicants together
			return err
		}
		f := &File{Kind: supplement, Name: name, MediaType: mediaType}
		if err := a.attach(own, f, b, MostFiles, MostApplicantBytes); err != nil {
			return err
		}
		return a.tell("notice.foi_enclosed", nil)
	})
}

func (a *act) attach(own envelope, f *File, b []byte, most, bytes int) (err error) {
	if f.Name, err = manuscript.Line("file", f.Name, 120); err != nil {
		return err
	}
	switch {
	case f.Name == "" || f.MediaType == "":
		return ErrFileName.On("file").With("name", f.Name)
	case len(b) == 0:
		return ErrFileMissing.On("file")
	case len(b) > bytes:
		return ErrFileSize.On("file").With("max", bytes>>20)
	}
	all, err := filesOf(a.tx, a.r.ID)
	if err != nil {
		return err
	}
	if len(all) >= most {
		return ErrFileMany.On("file").With("max", most)
	}
	f.RequestID, f.OrganisationID, f.Size, f.At = a.r.ID, a.r.OrganisationID, int64(len(b)), a.tx.Now()
	if err := a.desk.insertFile(a.tx, own, f, b); err != nil {
		return err
	}
	return a.record("foi.file_added", map[string]any{"file": f.ID, "kind": string(f.Kind), "size": f.Size})
}

// OpenFile reads a file, which is recorded.
func (k *Desk) OpenFile(ctx context.Context, actor org.Actor, id int64) (f *File, b []byte, err error) {
	err = k.onFile(ctx, actor, id, "foi.read", func(a *act, own envelope, row fileRow) error {
		if f, err = k.openFile(own, row); err != nil {
			return err
		}
		if b, err = k.fileBytes(a.tx, own, row); err != nil {
			return err
		}
		return a.record("foi.file_read", map[string]any{"file": id})
	})
	return f, b, err
}

// RemoveFile throws a file's bytes away, say those of another person's papers; that
// it was there stays in the file of the request.
func (k *Desk) RemoveFile(ctx context.Context, actor org.Actor, id int64, reason string) (request int64, err error) {
	if reason, err = manuscript.Line("file_reason", reason, 200); err != nil {
		return 0, err
	}
	if reason == "" {
		return 0, ErrNeeded.On("file_reason")
	}
	err = k.onFile(ctx, actor, id, "foi.handle", func(a *act, _ envelope, row fileRow) error {
		request = a.r.ID
		if err := removeFile(a.tx, id); err != nil {
			return err
		}
		return a.record("foi.file_removed", map[string]any{"file": id, "reason": reason})
	})
	return request, err
}

func (k *Desk) onFile(ctx context.Context, actor org.Actor, id int64, name string, fn func(a *act, own envelope, row fileRow) error) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, name)
		if err != nil {
			return err
		}
		row, err := fileByID(tx, id)
		if err != nil {
			return err
		}
		own, err := a.lettering(row.RequestID)
		if err != nil {
			return err
		}
		return fn(a, own, row)
	})
}
