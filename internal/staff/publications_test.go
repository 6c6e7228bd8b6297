package staff_test

import (
	"fmt"
	"testing"

	"gongkai/internal/apptest"
	"gongkai/internal/db"
)

func TestAPublicationShowsHowFarItIs(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.UpTo(w.Draft("在路上的"), "")
	err := w.App.DB.Write(t.Context(), func(tx *db.Tx) error {
		return tx.G.Exec(`UPDATE publications SET state = 'waiting', remote = '{"percent":"75"}' WHERE manuscript_id = ? AND channel = 'wechat'`, m.ID).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	b := as(t, w, person(w, "publisher"))
	for _, at := range []string{"/publications", fmt.Sprintf("/manuscripts/%d", m.ID)} {
		p := b.get(at)
		complete(t, at, p)
		p.has(t, `value="75"`, "75%", "发布进度")
	}
}
