package workflow

import (
	"time"

	"gongkai/internal/db"
)

// Work is what was done at one step of a chain over a time.
type Work struct {
	Definition string
	DefVersion int
	Step       string
	Verdict    Verb
	Count      int64
	Waited     int64 // microseconds from the act before to each, in all
}

// WorkBetween sums up an organisation's acts on subjects of a kind ("manuscript")
// from one moment to before another.
func WorkBetween(tx *db.Tx, organisation int64, of string, from, to time.Time) ([]Work, error) {
	var out []Work
	err := tx.G.Raw(`SELECT definition, def_version, step, verdict, COUNT(*) AS count, COALESCE(SUM(at - before_at), 0) AS waited FROM (
SELECT r.definition, r.def_version, d.step, d.verdict, d.at, LAG(d.at) OVER (PARTITION BY d.run_id ORDER BY d.n) AS before_at
FROM runs r JOIN decisions d ON d.run_id = r.id WHERE r.organisation_id = ? AND r.subject LIKE ? AND r.started_at < ? AND (r.ended_at = 0 OR r.ended_at >= ?)) acts
WHERE at >= ? AND at < ? GROUP BY definition, def_version, step, verdict ORDER BY definition, def_version, step, verdict`,
		organisation, of+":%", db.Micros(to), db.Micros(from), db.Micros(from), db.Micros(to)).Scan(&out).Error
	return out, err
}

// Standing is how many runs wait at one step of one version of a chain.
type Standing struct {
	Definition string
	DefVersion int
	Step       string
	Count      int64
}

// StandingNow counts an organisation's runs that wait for a judge, by step.
func StandingNow(tx *db.Tx, organisation int64) ([]Standing, error) {
	var out []Standing
	err := tx.G.Raw("SELECT definition, def_version, step, COUNT(*) AS count FROM runs WHERE organisation_id = ? AND post > '' GROUP BY definition, def_version, step ORDER BY definition, def_version, step",
		organisation).Scan(&out).Error
	return out, err
}

// ByIDs answers runs without their acts.
func ByIDs(tx *db.Tx, ids []int64) (map[int64]*Run, error) {
	out := map[int64]*Run{}
	if len(ids) == 0 {
		return out, nil
	}
	var rows []runRow
	if err := tx.G.Raw("SELECT "+runColumns+" FROM runs WHERE id IN ?", ids).Scan(&rows).Error; err != nil {
		return nil, err
	}
	for _, w := range rows {
		out[w.ID] = w.run()
	}
	return out, nil
}
