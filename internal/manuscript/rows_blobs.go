package manuscript

import (
	"regexp"

	"gongkai/internal/db"
)

var blobName = regexp.MustCompile(`sha256:[0-9a-f]{64}`)

// NewestRevision is the highest id of a revision that is visible.
func NewestRevision(tx *db.Tx) (int64, error) {
	var id int64
	return id, tx.G.Raw("SELECT COALESCE(MAX(id), 0) FROM revisions").Scan(&id).Error
}

// BlobsNamed collects what the limit revisions before an id name, in text or
// attachments, and answers the id to go on before; 0 at the end.
func BlobsNamed(tx *db.Tx, before int64, limit int, into map[string]bool) (int64, error) {
	rows, err := collect(tx, into, "id < ? ORDER BY id DESC LIMIT ?", before, limit)
	if err != nil || len(rows) < limit {
		return 0, err
	}
	return rows[len(rows)-1].ID, nil
}

// BlobsNamedSince collects what revisions name that were saved since newest was
// the newest. Ids are given before they are visible, so it looks back a stretch.
func BlobsNamedSince(tx *db.Tx, newest int64, into map[string]bool) error {
	const stretch = 200
	_, err := collect(tx, into, "id > ?", newest-stretch)
	return err
}

func collect(tx *db.Tx, into map[string]bool, where string, args ...any) ([]revisionRow, error) {
	var rows []revisionRow
	if err := tx.G.Raw("SELECT id, body, fields FROM revisions WHERE "+where, args...).Scan(&rows).Error; err != nil {
		return nil, err
	}
	for _, r := range rows {
		for _, text := range []string{r.Body, r.Fields} {
			for _, name := range blobName.FindAllString(text, -1) {
				into[name] = true
			}
		}
	}
	return rows, nil
}
