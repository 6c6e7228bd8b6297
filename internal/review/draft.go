package review

import (
	"context"
	"errors"
	"strings"

	"gongkai/internal/authz"
	"gongkai/internal/blob"
	"gongkai/internal/body"
	"gongkai/internal/db"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
	"gongkai/internal/picture"
	"gongkai/internal/workflow"
)

// Create opens a draft in a unit. Anything typed is kept; what is missing is
// said at submission.
func (k *Desk) Create(ctx context.Context, actor org.Actor, unit int64, c manuscript.Content, note string) (*manuscript.Manuscript, error) {
	if err := clean(&c, &note); err != nil {
		return nil, err
	}
	var m *manuscript.Manuscript
	err := k.db.Write(ctx, func(tx *db.Tx) error {
		who, err := org.Enter(tx, actor)
		if err != nil {
			return err
		}
		m = &manuscript.Manuscript{OrganisationID: who.OrganisationID, UnitID: unit, DrafterID: who.PersonID, State: manuscript.Draft,
			CreatedAt: tx.Now(), UpdatedAt: tx.Now(), Title: c.Title}
		a := &act{desk: k, tx: tx, actor: who, m: m}
		if err := a.require("manuscript.create"); err != nil {
			return err
		}
		if a.as.For != 0 {
			m.DrafterID = a.as.For
		}
		if err := manuscript.Insert(tx, m); err != nil {
			return err
		}
		if err := a.form(&c); err != nil {
			return err
		}
		if err := a.revise(c, "", note); err != nil {
			return err
		}
		if err := manuscript.Save(tx, m); err != nil {
			return err
		}
		return a.record("manuscript.created", "", nil)
	})
	return m, err
}

// Edit saves a new revision of a draft, a returned or a withdrawn manuscript.
func (k *Desk) Edit(ctx context.Context, actor org.Actor, id int64, seen manuscript.Seen, c manuscript.Content, note string) (*manuscript.Manuscript, error) {
	if err := clean(&c, &note); err != nil {
		return nil, err
	}
	return k.on(ctx, actor, id, seen, to("manuscript.edit"), func(a *act) error { return a.edit(c, note) })
}

func (a *act) edit(c manuscript.Content, note string) error {
	before := a.m.State
	if err := a.m.Apply(manuscript.Edit, a.tx.Now()); err != nil {
		return err
	}
	if err := a.form(&c); err != nil {
		return err
	}
	if c.Hash() == a.m.Hash && before == a.m.State {
		return ErrNothingNew.On("body")
	}
	if before == manuscript.Withdrawn {
		if err := a.leaveRun(); err != nil {
			return err
		}
	}
	if err := a.revise(c, "", note); err != nil {
		return err
	}
	if err := a.save(); err != nil {
		return err
	}
	return a.record("manuscript.edited", before, map[string]any{"note": note})
}

// leaveRun parts a manuscript from a review that ended in a withdrawal: the next
// submission begins a new one. What proof edits wrote stays in the text, so who
// made them goes along as an author (SOD-1).
func (a *act) leaveRun() error {
	if a.m.RunID == 0 {
		return nil
	}
	old, err := workflow.Load(a.tx, a.m.RunID)
	if err != nil {
		return err
	}
	a.m.Wrote(old.Editors()...)
	a.m.RunID = 0
	return nil
}

func clean(c *manuscript.Content, note *string) (err error) {
	if err = c.Clean(); err != nil {
		return err
	}
	*note, err = manuscript.Note("note", *note, 500)
	return err
}

// revise adds a revision of the manuscript's text. The section may be unknown
// while the text is a draft.
func (a *act) revise(c manuscript.Content, step, note string) error {
	var section int64
	if c.Section != "" {
		s, err := manuscript.FindSection(a.tx, a.m.OrganisationID, c.Section)
		if err != nil {
			return err
		}
		section = s.ID
	}
	for _, f := range c.Attachments {
		b, err := blob.Use(a.tx, f.Hash)
		if err != nil && !errors.Is(err, blob.ErrNotFound) {
			return err
		}
		if err != nil || !f.Is(b.MediaType, len(b.Bytes)) {
			return manuscript.ErrAttachments.On("attachments").With("name", f.Name)
		}
	}
	for _, hash := range body.Blobs(c.Body) {
		if _, err := blob.Use(a.tx, hash); err != nil {
			return manuscript.ErrAttachments.On("body").With("name", hash)
		}
	}
	r := &manuscript.Revision{AuthorID: a.actor.PersonID, ForID: a.as.For, Step: step, Note: note, Content: c}
	if err := manuscript.AddRevision(a.tx, a.m, r, section); err != nil {
		return err
	}
	return a.findable(&c)
}

// Attach stores a file a draft may refer to. Pictures are cleaned first, so what
// is stored may differ from b. The bytes are judged and signed only as part of a
// manuscript.
func (k *Desk) Attach(ctx context.Context, actor org.Actor, unit int64, name, mediaType string, b []byte) (manuscript.Attachment, error) {
	if strings.HasPrefix(mediaType, "image/") {
		var err error
		if mediaType, b, err = picture.Clean(b); err != nil {
			return manuscript.Attachment{}, err
		}
	}
	f := manuscript.Attachment{Name: name, MediaType: mediaType, Size: int64(len(b))}
	err := k.db.Write(ctx, func(tx *db.Tx) error {
		who, err := org.Enter(tx, actor)
		if err != nil {
			return err
		}
		if _, err := k.authz.Require(who, authz.Domain{OrganisationID: who.OrganisationID, UnitID: unit}, "manuscript.create"); err != nil {
			return err
		}
		if err := blob.Charge(tx, who.PersonID, len(b)); err != nil {
			return err
		}
		f.Hash, err = blob.Put(tx, mediaType, b)
		return err
	})
	return f, err
}
