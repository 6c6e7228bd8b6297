package annual

import (
	"gongkai/internal/body"
	"gongkai/internal/check"
	"gongkai/internal/db"
	"gongkai/internal/manuscript"
)

// mostDifferent is how many cells that differ are named one by one.
const mostDifferent = 10

// Agrees holds the manuscript drafted from a report to what was frozen: a figure
// changed in the editor, or a table that lost cells, stands against it, and so
// does a report that was reopened meanwhile. Other manuscripts are none of its
// business.
func (k *Desk) Agrees(tx *db.Tx, m *manuscript.Manuscript, c *manuscript.Content) ([]check.Finding, error) {
	f, err := fileOfManuscript(tx, m.ID)
	if err != nil || f == nil {
		return nil, err
	}
	if f.State != Frozen || f.Snapshot == nil {
		return []check.Finding{{Rule: "annual.text_reopened", Level: check.Block, Where: "body", Args: map[string]any{"year": f.Year}}}, nil
	}
	var all []check.Finding
	have, want := ImportDocument(body.Document{Title: c.Title, Body: c.Body}).Figures, f.Snapshot.Figures
	for _, code := range Codes {
		x, there := have[code]
		y, frozen := want[code]
		if there == frozen && x == y {
			continue
		}
		if len(all) == mostDifferent {
			break
		}
		all = append(all, check.Finding{Rule: "annual.text_cell", Level: check.Block, Where: "body", Args: map[string]any{"cell": string(code), "have": have.Shown(code), "frozen": want.Shown(code)}})
	}
	return all, nil
}
