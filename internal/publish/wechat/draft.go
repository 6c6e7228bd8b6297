package wechat

import (
	"context"
	"errors"
	"fmt"

	"gongkai/internal/blob"
	"gongkai/internal/crashpoint"
	"gongkai/internal/db"
	"gongkai/internal/publish"
	"gongkai/internal/publish/wechat/platform"
)

const bodyKind = "body" // of assets; covers are kept under their material type

// upload brings the pictures and the cover over. A repeated upload is
// invisible, so an unclear answer is simply followed by another.
func (v *visit) upload(ctx context.Context) (*publish.Receipt, error) {
	for _, src := range render(v.it, func(string) string { return placeholder }).images {
		m := blobSrc.FindStringSubmatch(src)
		if m == nil {
			return v.give(ctx, rejected, "wechat.image_foreign", cutText(src, 200))
		}
		if r, err := v.uploadPicture(ctx, m[1]); r != nil || err != nil {
			return r, err
		}
	}
	if r, err := v.uploadCover(ctx); r != nil || err != nil {
		return r, err
	}
	return nil, v.change(ctx, func(tx *db.Tx, d *delivery) error {
		d.settle(assetsReady, tx.Now())
		return nil
	})
}

// give ends the delivery in a state with a reason.
func (v *visit) give(ctx context.Context, s state, reason, detail string) (*publish.Receipt, error) {
	err := v.change(ctx, func(_ *db.Tx, d *delivery) error {
		d.stop(s, reason, detail)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return v.rest()
}

func (v *visit) uploadPicture(ctx context.Context, hash string) (*publish.Receipt, error) {
	var have bool
	var picture blob.Blob
	err := v.c.cfg.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if _, have, err = asset(tx, v.c.cfg.AppID, bodyKind, hash); have || err != nil {
			return err
		}
		picture, err = blob.Get(tx, hash)
		return err
	})
	switch {
	case errors.Is(err, blob.ErrNotFound):
		return v.give(ctx, needsPerson, "wechat.image_missing", hash)
	case err != nil || have:
		return nil, err
	}
	f, err := bodyImage(picture.Bytes)
	if err != nil {
		return v.give(ctx, rejected, "wechat.image_unusable", err.Error())
	}
	return v.bring(ctx, "uploadimg", func(ctx context.Context) (assetRow, error) {
		address, err := v.c.api.UploadImage(ctx, f)
		return assetRow{Account: v.c.cfg.AppID, Kind: bodyKind, Hash: hash, URL: address}, err
	})
}

func (v *visit) uploadCover(ctx context.Context) (*publish.Receipt, error) {
	var have bool
	err := v.c.cfg.DB.Read(ctx, func(tx *db.Tx) (err error) {
		_, have, err = asset(tx, v.c.cfg.AppID, v.c.cfg.CoverType, v.c.coverHash)
		return err
	})
	if err != nil || have {
		return nil, err
	}
	f, _, _, err := coverImage(v.c.coverBytes, v.c.cfg.CoverType)
	if err != nil {
		return nil, err
	}
	return v.bring(ctx, "add_material", func(ctx context.Context) (assetRow, error) {
		id, err := v.c.api.AddMaterial(ctx, v.c.cfg.CoverType, f)
		return assetRow{Account: v.c.cfg.AppID, Kind: v.c.cfg.CoverType, Hash: v.c.coverHash, MediaID: id}, err
	})
}

// bring runs one upload and keeps what it answered.
func (v *visit) bring(ctx context.Context, name string, send func(context.Context) (assetRow, error)) (*publish.Receipt, error) {
	attempt, err := v.begin(ctx, name, func(*db.Tx, *delivery) error { return nil })
	if err != nil {
		return nil, err
	}
	patient, done := outlast(ctx)
	row, callErr := send(patient)
	done()
	err = v.end(ctx, attempt, callErr, func(tx *db.Tx, d *delivery) error {
		if callErr != nil {
			v.trouble(d, tx.Now(), callErr, true)
			return nil
		}
		d.settle(d.State, tx.Now())
		return keepAsset(tx, row)
	})
	if err != nil || callErr == nil && ctx.Err() == nil {
		return nil, err
	}
	return v.rest()
}

// outlast is ctx without its deadline: a slow picture may outlast the visit,
// because an upload has a limit of its own and is invisible. It still ends when
// the process stops.
func outlast(ctx context.Context) (context.Context, func()) {
	free, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			cancel()
		}
	})
	return free, func() { stop(); cancel() }
}

// compose writes the article as draft/add takes it, every picture under the
// address its upload answered. ok is false when one is missing.
func (v *visit) compose(ctx context.Context) (a platform.Article, ok bool, err error) {
	places := map[string]string{}
	var cover assetRow
	ok = true
	err = v.c.cfg.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if cover, _, err = asset(tx, v.c.cfg.AppID, v.c.cfg.CoverType, v.c.coverHash); err != nil {
			return err
		}
		for _, src := range render(v.it, func(string) string { return placeholder }).images {
			var row assetRow
			have := false
			if m := blobSrc.FindStringSubmatch(src); m != nil {
				if row, have, err = asset(tx, v.c.cfg.AppID, bodyKind, m[1]); err != nil {
					return err
				}
			}
			ok = ok && have
			places[src] = row.URL
		}
		return nil
	})
	if err != nil || !ok {
		return a, false, err
	}
	text := render(v.it, func(src string) string { return places[src] })
	return platform.Article{
		Type: "news", Title: clean(title(v.it)), Author: clean(v.it.WeChat.Author), Digest: clean(v.it.WeChat.Digest),
		Content: text.html, SourceURL: v.d.Marker, Cover: cover.MediaID, Crop235: v.c.cropWide, Crop11: v.c.cropTall,
	}, true, nil
}

// draft puts the article into the draft box. Nobody outside sees it there.
func (v *visit) draft(ctx context.Context) (*publish.Receipt, error) {
	a, ok, err := v.compose(ctx)
	if err != nil {
		return nil, err
	}
	if !ok || a.Cover == "" {
		return nil, v.change(ctx, func(tx *db.Tx, d *delivery) error {
			d.settle(queued, tx.Now())
			return nil
		})
	}
	if text := (draftText{html: a.Content}); !text.fits() {
		return v.give(ctx, needsPerson, "wechat.content_length", fmt.Sprint(text.points()))
	}
	attempt, err := v.begin(ctx, "draft_add", func(tx *db.Tx, d *delivery) error {
		d.State, d.NextAt = drafting, db.Micros(tx.Now().Add(v.c.cfg.Pace.Settle))
		d.ContentHash = blob.Hash([]byte(a.Content))
		return nil
	})
	if err != nil {
		return nil, err
	}
	mediaID, callErr := v.c.api.AddDraft(ctx, a)
	crashpoint.Here("K10")
	err = v.end(ctx, attempt, callErr, func(tx *db.Tx, d *delivery) error {
		switch {
		case callErr == nil:
			d.settle(drafted, tx.Now())
			d.MediaID = mediaID
		case platform.Outcome(callErr) == publish.Unknown:
			d.State, d.Unsure = draftUnknown, true
			v.trouble(d, tx.Now(), callErr, true)
			d.NextAt = db.Micros(tx.Now().Add(v.c.cfg.Pace.Settle))
		case platform.Code(callErr) == 40007 && d.Attempts < 2:
			// The cover was deleted in the console: bring it over again.
			d.State, d.NextAt, d.Attempts = queued, db.Micros(tx.Now()), d.Attempts+1
			return forgetAssets(tx, v.c.cfg.AppID, v.c.cfg.CoverType)
		default:
			d.State = assetsReady
			v.trouble(d, tx.Now(), callErr, true)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if v.d.State == drafted {
		crashpoint.Here("K11")
	}
	if v.d.State == drafted || v.d.State == queued {
		return nil, nil
	}
	return v.rest()
}

// findDraft looks for a draft whose creation was not answered. One that holds
// what was signed is adopted, others that carry our marker are deleted; none
// means that it may be made again, which nobody outside would see.
func (v *visit) findDraft(ctx context.Context) (*publish.Receipt, error) {
	want, ok, err := v.compose(ctx)
	if err != nil {
		return nil, err
	}
	mine, err := v.ownDrafts(ctx)
	if err != nil {
		return v.park(ctx, err)
	}
	adopted := ""
	for _, l := range mine {
		if ok && adopted == "" && want.Differs(l.Content.Items) == "" {
			adopted = l.MediaID
			continue
		}
		if _, err := v.deleteDraft(ctx, l.MediaID); err != nil {
			return nil, err
		}
	}
	if adopted != "" {
		return nil, v.change(ctx, func(tx *db.Tx, d *delivery) error {
			d.settle(drafted, tx.Now())
			d.MediaID = adopted
			return nil
		})
	}
	err = v.change(ctx, func(tx *db.Tx, d *delivery) error {
		d.State, d.NextAt = assetsReady, db.Micros(tx.Now())
		if d.Attempts > 1 {
			d.NextAt = db.Micros(tx.Now().Add(v.backOff(d.Attempts)))
		}
		return nil
	})
	if err != nil || !v.early() {
		return nil, err
	}
	return v.rest()
}

// ownDrafts lists the drafts that carry our marker, newest first.
func (v *visit) ownDrafts(ctx context.Context) ([]platform.Listed, error) {
	drafts, err := v.c.api.Drafts(ctx, 3)
	if err != nil {
		return nil, err
	}
	var mine []platform.Listed
	for _, l := range drafts {
		if len(l.Content.Items) > 0 && l.Content.Items[0].SourceURL == v.d.Marker {
			mine = append(mine, l)
		}
	}
	return mine, nil
}

// deleteDraft deletes a draft that will not be published by us. A draft that is
// not there any more counts as deleted.
func (v *visit) deleteDraft(ctx context.Context, mediaID string) (callErr, err error) {
	attempt, err := v.begin(ctx, "draft_delete", func(*db.Tx, *delivery) error { return nil })
	if err != nil {
		return nil, err
	}
	callErr = v.c.api.DeleteDraft(ctx, mediaID)
	err = v.end(ctx, attempt, callErr, func(*db.Tx, *delivery) error { return nil })
	if platform.Code(callErr) == 40007 {
		callErr = nil
	}
	return callErr, err
}

// sweep deletes the drafts an unclear draft/add may have left over, so that
// nobody publishes one by hand.
func (v *visit) sweep(ctx context.Context) (*publish.Receipt, error) {
	if mine, err := v.ownDrafts(ctx); err == nil {
		v.down = true // deleting leftovers is no publishing: it needs no Confirm
		defer func() { v.down = false }()
		for _, l := range mine {
			if _, err := v.deleteDraft(ctx, l.MediaID); err != nil {
				return nil, err
			}
		}
	}
	return nil, v.change(ctx, func(_ *db.Tx, d *delivery) error {
		d.Unsure = false
		return nil
	})
}
