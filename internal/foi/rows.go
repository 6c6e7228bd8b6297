package foi

import (
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"gongkai/internal/calendar"
	"gongkai/internal/db"
)

type requestRow struct {
	ID             int64 `gorm:"primaryKey"`
	OrganisationID int64
	Number         string
	Channel        string
	Kind           string
	ApplicantID    int64
	Wanted         string
	Features       string
	Medium         string
	Route          string
	UnitID         int64
	MergedInto     int64
	Once           string
	ReceivedOn     int
	ClosedOn       int
	Code           string
	CreatedAt      int64 `gorm:"autoCreateTime:false"`
	Version        int64
	ReceiptKey     string
}

type eventRow struct {
	ID        int64 `gorm:"primaryKey"`
	RequestID int64
	No        int
	Kind      string
	OnDay     int
	UntilDay  int
	Channel   string
	Round     int
	Party     string
	Code      string
	Amount    int
	Scale     string
	Ref       int
	Doc       string
	Note      string
	Entered   int64
	PersonID  int64
}

type applicantRow struct {
	ID            int64 `gorm:"primaryKey"`
	Ref           string
	Wrapped       string
	Sealed        string
	NameIndex     string
	IdentityIndex string
	PhoneIndex    string
	ErasedAt      int64
}

type counterRow struct {
	OrganisationID int64  `gorm:"primaryKey;autoIncrement:false"`
	Series         string `gorm:"primaryKey"`
	Year           int    `gorm:"primaryKey;autoIncrement:false"`
	Last           int64
}

func (requestRow) TableName() string   { return "foi_requests" }
func (eventRow) TableName() string     { return "foi_events" }
func (applicantRow) TableName() string { return "foi_applicants" }
func (counterRow) TableName() string   { return "foi_counters" }

func toRow(r *Request) requestRow {
	return requestRow{r.ID, r.OrganisationID, r.Number, string(r.Channel), string(r.Kind), r.ApplicantID, r.Wanted, r.Features, r.Wish.Medium, r.Wish.Route,
		r.UnitID, r.MergedInto, r.Once, calendar.Digits(r.ReceivedOn), calendar.Digits(r.ClosedOn), string(r.Code), db.Micros(r.CreatedAt), r.Version, r.ReceiptKey}
}

func (r requestRow) request() *Request {
	return &Request{ID: r.ID, OrganisationID: r.OrganisationID, Number: r.Number, Channel: Channel(r.Channel), Kind: ApplicantKind(r.Kind), ApplicantID: r.ApplicantID,
		Wanted: r.Wanted, Features: r.Features, Wish: Wish{r.Medium, r.Route}, UnitID: r.UnitID, MergedInto: r.MergedInto, Once: r.Once, ReceiptKey: r.ReceiptKey,
		CreatedAt: db.Time(r.CreatedAt), Version: r.Version, ReceivedOn: calendar.FromDigits(r.ReceivedOn), ClosedOn: calendar.FromDigits(r.ClosedOn), Code: Code(r.Code)}
}

func (r eventRow) event() Event {
	return Event{No: r.No, Kind: EventKind(r.Kind), On: calendar.FromDigits(r.OnDay), Until: calendar.FromDigits(r.UntilDay), Channel: Channel(r.Channel), Round: r.Round, Party: Party(r.Party),
		Code: Code(r.Code), Amount: r.Amount, Scale: FeeScale(r.Scale), Ref: r.Ref, Doc: r.Doc, Note: r.Note, Entered: db.Time(r.Entered), PersonID: r.PersonID}
}

func (r applicantRow) envelope() envelope {
	return envelope{r.Ref, r.Wrapped, r.Sealed, [3]string{r.NameIndex, r.IdentityIndex, r.PhoneIndex}}
}

// next counts a series of an organisation in a year up by one: numbers are given
// without a gap and never twice.
func next(tx *db.Tx, organisation int64, series string, year int) (int64, error) {
	raise := func() *gorm.DB {
		return tx.G.Exec("UPDATE foi_counters SET last = last + 1 WHERE organisation_id = ? AND series = ? AND year = ?", organisation, series, year)
	}
	res := raise()
	if res.Error == nil && res.RowsAffected == 0 {
		// Another request may be making the year's counter at this moment.
		if err := tx.G.Clauses(clause.OnConflict{DoNothing: true}).Create(&counterRow{OrganisationID: organisation, Series: series, Year: year}).Error; err != nil {
			return 0, err
		}
		res = raise()
	}
	if res.Error != nil {
		return 0, res.Error
	}
	var n int64
	return n, tx.G.Raw("SELECT last FROM foi_counters WHERE organisation_id = ? AND series = ? AND year = ?", organisation, series, year).Scan(&n).Error
}

func insertApplicant(tx *db.Tx, e envelope) (int64, error) {
	row := applicantRow{Ref: e.ref, Wrapped: e.wrapped, Sealed: e.sealed, NameIndex: e.indexes[byName], IdentityIndex: e.indexes[byIdentity], PhoneIndex: e.indexes[byPhone]}
	err := tx.G.Create(&row).Error
	return row.ID, err
}

func findEnvelopes(tx *db.Tx, ids []int64) (map[int64]envelope, error) {
	var rows []applicantRow
	if err := tx.G.Raw("SELECT * FROM foi_applicants WHERE id IN ?", ids).Scan(&rows).Error; err != nil {
		return nil, err
	}
	all := map[int64]envelope{}
	for _, r := range rows {
		all[r.ID] = r.envelope()
	}
	return all, nil
}

// eraseApplicant throws the applicant's key away, and with it what it sealed.
func eraseApplicant(tx *db.Tx, id int64) error {
	return tx.G.Exec("UPDATE foi_applicants SET wrapped = '', sealed = '', name_index = '', identity_index = '', phone_index = '', erased_at = ? WHERE id = ?", db.Micros(tx.Now()), id).Error
}

// underOtherKeys lists applicants whose key is wrapped by another office key.
func underOtherKeys(tx *db.Tx, current string, limit int) (map[int64]envelope, error) {
	var rows []applicantRow
	err := tx.G.Raw("SELECT * FROM foi_applicants WHERE wrapped <> '' AND wrapped NOT LIKE ? ORDER BY id LIMIT ?", current+".%", limit).Scan(&rows).Error
	all := map[int64]envelope{}
	for _, r := range rows {
		all[r.ID] = r.envelope()
	}
	return all, err
}

func saveEnvelope(tx *db.Tx, id int64, e envelope) error {
	return tx.G.Exec("UPDATE foi_applicants SET wrapped = ?, name_index = ?, identity_index = ?, phone_index = ? WHERE id = ?",
		e.wrapped, e.indexes[byName], e.indexes[byIdentity], e.indexes[byPhone], id).Error
}

func insertRequest(tx *db.Tx, r *Request) error {
	r.Version = 1
	row := toRow(r)
	err := tx.G.Create(&row).Error
	r.ID = row.ID
	return err
}

// saveRequest writes what may change, if nobody wrote it since it was loaded.
func saveRequest(tx *db.Tx, r *Request) error {
	row := toRow(r)
	res := tx.G.Exec("UPDATE foi_requests SET kind = ?, unit_id = ?, merged_into = ?, received_on = ?, closed_on = ?, code = ?, version = version + 1 WHERE id = ? AND version = ?",
		row.Kind, row.UnitID, row.MergedInto, row.ReceivedOn, row.ClosedOn, row.Code, row.ID, row.Version)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected != 1 {
		return ErrChanged.With("version", r.Version)
	}
	r.Version++
	return nil
}

func oneRequest(tx *db.Tx, sql string, with ...any) (*Request, error) {
	var row requestRow
	res := tx.G.Raw("SELECT * FROM foi_requests WHERE "+sql, with...).Scan(&row)
	if res.Error != nil {
		return nil, res.Error
	}
	if res.RowsAffected == 0 {
		return nil, ErrNotFound
	}
	return row.request(), nil
}

// sameApplicant lists requests whose applicant has the same identity papers.
func sameApplicant(tx *db.Tx, r *Request, identity string) ([]*Request, error) {
	var rows []requestRow
	err := tx.G.Raw("SELECT r.* FROM foi_requests r JOIN foi_applicants a ON a.id = r.applicant_id WHERE a.identity_index = ? AND r.organisation_id = ? AND r.id <> ? AND r.merged_into = 0 ORDER BY r.id DESC LIMIT 5", identity, r.OrganisationID, r.ID).Scan(&rows).Error
	all := make([]*Request, len(rows))
	for i, row := range rows {
		all[i] = row.request()
	}
	return all, err
}

// openRequests are those of every organisation that are not closed.
func openRequests(tx *db.Tx) ([]*Request, error) {
	var rows []requestRow
	if err := tx.G.Raw("SELECT * FROM foi_requests WHERE closed_on = 0 AND merged_into = 0").Scan(&rows).Error; err != nil {
		return nil, err
	}
	all := make([]*Request, len(rows))
	for i, r := range rows {
		all[i] = r.request()
	}
	return all, nil
}

func insertEvent(tx *db.Tx, request int64, e Event) error {
	row := eventRow{0, request, e.No, string(e.Kind), calendar.Digits(e.On), calendar.Digits(e.Until), string(e.Channel), e.Round, string(e.Party), string(e.Code),
		e.Amount, string(e.Scale), e.Ref, e.Doc, e.Note, db.Micros(e.Entered), e.PersonID}
	err := tx.G.Create(&row).Error
	if db.IsDuplicate(err) {
		return ErrChanged
	}
	return err
}

// eventsOf reads the events of several requests, each in the order of entry.
func eventsOf(tx *db.Tx, requests []int64) (map[int64][]Event, error) {
	all := map[int64][]Event{}
	for len(requests) > 0 {
		part := requests[:min(len(requests), 500)]
		requests = requests[len(part):]
		var rows []eventRow
		if err := tx.G.Raw("SELECT * FROM foi_events WHERE request_id IN ? ORDER BY request_id, no", part).Scan(&rows).Error; err != nil {
			return nil, err
		}
		for _, r := range rows {
			all[r.RequestID] = append(all[r.RequestID], r.event())
		}
	}
	return all, nil
}

// Filter narrows the register; zero fields do not.
type Filter struct {
	Open     bool // not closed
	Year     int  // received in it
	Cell     Cell // counted in it, of the annual report
	Kind     ApplicantKind
	Code     Code
	UnitID   int64
	Number   string // begins with
	Wanted   string // holds
	Name     string // whole name, identity number or phone of the applicant,
	Identity string // found by blind index
	Phone    string
	Before   int64 // only requests with a smaller id: the page before ended there
	Limit    int
}

func list(tx *db.Tx, organisation int64, f Filter, k *Keys) ([]*Request, error) {
	where, with := []string{"r.organisation_id = ?"}, []any{organisation}
	and := func(sql string, args ...any) {
		where, with = append(where, sql), append(with, args...)
	}
	if f.Open {
		and("r.closed_on = 0 AND r.merged_into = 0")
	}
	if f.Year != 0 {
		and("r.received_on BETWEEN ? AND ?", f.Year*10_000, f.Year*10_000+9999)
	}
	if f.Cell.Year != 0 {
		sql, args := f.Cell.where()
		and(sql, args...)
	}
	if f.Kind != "" {
		and("r.kind = ?", string(f.Kind))
	}
	if f.Code != "" {
		and("r.code = ?", string(f.Code))
	}
	if f.UnitID != 0 {
		and("r.unit_id = ?", f.UnitID)
	}
	if f.Number != "" {
		and("r.number >= ? AND r.number < ?", f.Number, f.Number+"\uffff")
	}
	for i, v := range []string{f.Name, f.Identity, f.Phone} {
		if v == "" {
			continue
		}
		column := []string{"name_index", "identity_index", "phone_index"}[i]
		// Asked for first: inside the query it is looked up for every request.
		var people []int64
		if err := tx.G.Raw("SELECT id FROM foi_applicants WHERE "+column+" IN ? ORDER BY id DESC LIMIT 2000", k.lookups(i, v)).Scan(&people).Error; err != nil || len(people) == 0 {
			return nil, err
		}
		and("r.applicant_id IN ?", people)
	}
	if f.Before != 0 {
		and("r.id < ?", f.Before)
	}
	// Left alone, MariaDB sorts an organisation's whole register for one page of it.
	through := ""
	if tx.MySQL() && !f.Open && f.Wanted == "" && f.Year == 0 && f.Cell.Year == 0 && f.Number == "" && f.Name == "" && f.Identity == "" && f.Phone == "" {
		through = " FORCE INDEX (foi_requests_newest)"
	}
	var all []*Request
	read := func(where string, with ...any) error {
		var rows []requestRow
		if err := tx.G.Raw("SELECT r.* FROM foi_requests r"+through+" WHERE "+where+" ORDER BY r.id DESC LIMIT ?", append(with, f.Limit-len(all))...).Scan(&rows).Error; err != nil {
			return fmt.Errorf("foi register: %w", err)
		}
		for _, r := range rows {
			all = append(all, r.request())
		}
		return nil
	}
	narrow := strings.Join(where, " AND ")
	if f.Wanted == "" {
		return all, read(narrow, with...)
	}
	return all, found(tx, organisation, f.Wanted, f.Before, func(ids []int64) (bool, error) {
		err := read(narrow+" AND r.id IN ?", append(slices.Clone(with), ids)...)
		return len(all) >= f.Limit, err
	})
}
