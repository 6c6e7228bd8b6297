package checker

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"strings"

	_ "github.com/go-sql-driver/mysql" // the drivers the program's databases need
	_ "modernc.org/sqlite"
)

// Tables are the rows a judgement looks at. A field is the column of the same
// name in lower case with underscores; moments are microseconds since 1970.
type Tables struct {
	Manuscripts  []Manuscript
	Revisions    []Revision
	Runs         []Run
	Decisions    []Decision
	Definitions  []Definition
	Publications []Publication
	Active       []Active
	Attempts     []Attempt
	Deliveries   []Delivery
	Letters      []Letter
	TakeDowns    []TakeDown
	Notices      []Notice
	Entries      []Entry
	SitePages    []SitePage
}

type Manuscript struct {
	ID, DrafterID      int64
	State, Hash        string
	RunID              int64
	Disclosure         string
	RevisionNo         int64
	SignedAt, EndedAt  int64
	PublishedAt, Round int64
}

type Revision struct {
	ID, ManuscriptID, No int64
	Hash                 string
	AuthorID, ForID      int64
	Step                 string
	Title, Body, Fields  string
}

type Run struct {
	ID                  int64
	Subject, Definition string
	DefVersion          int64
	State, Hash         string
	Round               int64
}

type Decision struct {
	ID, RunID, N, Round    int64
	Step, Verdict, Target  string
	Outcome, Hash, NewHash string
	PersonID, ForID, At    int64
}

type Definition struct {
	ID      string
	Version int64
	Text    string
}

type Publication struct {
	ID, ManuscriptID, RevisionID int64
	Channel, After, Hash, State  string
	NextAt, PublishAt, Fence     int64
	ConfirmedAt, TakeDownID      int64
	Item, URL, Reason, Detail    string
	LiveAt, EndedAt, AlarmedAt   int64
}

type Active struct {
	ManuscriptID  int64
	Channel       string
	PublicationID int64
}

type Attempt struct {
	ID, PublicationID, Fence int64
	Step, Marker             string
	StartedAt, EndedAt       int64
	Outcome, Detail          string
}

type Delivery struct {
	PublicationID                              int64
	State, Marker                              string
	MediaID, PublishID, ArticleID, URL, Detail string
}

type Letter struct {
	ID                          int64
	Event, PublishID, ArticleID string
}

type TakeDown struct {
	ID, ManuscriptID     int64
	Reason               string
	AskedBy, ConfirmedBy int64
	ConfirmedAt          int64
}

type Notice struct{ Code, Subject string }

type Entry struct {
	ID, OrganisationID int64
	EventID, Action    string
	Object, Body       string
}

type SitePage struct {
	Path                        string
	ManuscriptID, PublicationID int64
	RevisionNo                  int64
	ContentHash                 string
	PublishedAt, RevisedAt      int64
	GoneAt                      int64
}

// Read loads the tables.
func Read(ctx context.Context, db *sql.DB) (t Tables, err error) {
	load := func(name, order string, into any) {
		if err == nil {
			if err = rows(ctx, db, name, order, into); err != nil {
				err = fmt.Errorf("read %s: %w", name, err)
			}
		}
	}
	load("manuscripts", "id", &t.Manuscripts)
	load("revisions", "id", &t.Revisions)
	load("runs", "id", &t.Runs)
	load("decisions", "run_id, n", &t.Decisions)
	load("workflow_definitions", "id", &t.Definitions)
	load("publications", "id", &t.Publications)
	load("active_publications", "publication_id", &t.Active)
	load("publish_attempts", "id", &t.Attempts)
	load("wechat_deliveries", "publication_id", &t.Deliveries)
	load("wechat_inbox", "id", &t.Letters)
	load("take_downs", "id", &t.TakeDowns)
	load("notices", "id", &t.Notices)
	load("audit_entries", "id", &t.Entries)
	load("site_pages", "path", &t.SitePages)
	return t, err
}

// rows reads the columns a struct names into a slice of it.
func rows(ctx context.Context, db *sql.DB, table, order string, into any) error {
	list := reflect.ValueOf(into).Elem()
	kind := list.Type().Elem()
	var columns []string
	for i := range kind.NumField() {
		columns = append(columns, column(kind.Field(i).Name))
	}
	res, err := db.QueryContext(ctx, "SELECT "+strings.Join(columns, ", ")+" FROM "+table+" ORDER BY "+order)
	if err != nil {
		return err
	}
	defer res.Close()
	for res.Next() {
		row := reflect.New(kind).Elem()
		to := make([]any, kind.NumField())
		for i := range to {
			to[i] = row.Field(i).Addr().Interface()
		}
		if err := res.Scan(to...); err != nil {
			return err
		}
		list.Set(reflect.Append(list, row))
	}
	return res.Err()
}

func column(field string) string {
	var b strings.Builder
	for i, c := range field {
		upper := c >= 'A' && c <= 'Z'
		if upper && i > 0 && !(field[i-1] >= 'A' && field[i-1] <= 'Z') {
			b.WriteByte('_')
		}
		b.WriteString(strings.ToLower(string(c)))
	}
	return b.String()
}
