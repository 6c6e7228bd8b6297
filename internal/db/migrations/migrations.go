// Package migrations holds the numbered steps of the schema. A step is written
// once for both databases, with structs frozen at the time it was written, and
// can be run again after it was cut short: MySQL commits every DDL statement.
package migrations

import "gorm.io/gorm"

// Migration is one step. Versions only ever grow; a released step is never
// edited.
type Migration struct {
	Version int64
	Name    string
	Up      func(g *gorm.DB) error
}

// All lists the steps in order.
var All = []Migration{
	{1, "org", org},
	{2, "manuscript", manuscript},
	{3, "workflow", workflow},
	{4, "audit", audit},
	{5, "work", work},
	{6, "publish", publish},
	{7, "site", site},
	{8, "wechat", wechat},
	{9, "wider", wider},
	{10, "proposals", proposals},
	{11, "indexes", indexes},
	{12, "uploads", uploads},
	{13, "audit roots", auditRoots},
	{14, "search", search},
	{15, "remarks", remarks},
	{16, "working_copies", workingCopies},
	{17, "sign_in", signIn},
	{18, "mail", mail},
	{19, "foi", foi},
	{20, "errands", errands},
	{21, "corrections", corrections},
	{22, "vouched", vouched},
	{23, "receipts", receipts},
	{24, "letters", letters},
	{25, "answers", answers},
	{26, "annual", annual},
	{27, "disputes", disputes},
	{28, "register", register},
	{29, "holidays", holidays},
	{30, "request files", requestFiles},
	{31, "candidates", candidates},
	{32, "parts", parts},
	{33, "request words", requestWords},
	{34, "errand parts", errandParts},
	{35, "duties", duties},
	{36, "what errands are about", errandAbout},
}

// create makes what is not there yet of tables and their indexes, so a step cut
// short can be run again. SQLite gets its indexes one by one after the table: a
// table that is there may still lack them.
func create(g *gorm.DB, tables ...any) error {
	for _, t := range tables {
		if !g.Migrator().HasTable(t) {
			if err := g.Migrator().CreateTable(t); err != nil {
				return err
			}
		}
		stmt := &gorm.Statement{DB: g}
		if err := stmt.Parse(t); err != nil {
			return err
		}
		for _, index := range stmt.Schema.ParseIndexes() {
			if g.Migrator().HasIndex(t, index.Name) {
				continue
			}
			if err := g.Migrator().CreateIndex(t, index.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// appendOnly refuses UPDATE and DELETE on a table, whoever asks (I15, I22).
func appendOnly(g *gorm.DB, table string) error {
	for _, verb := range []string{"update", "delete"} {
		name := table + "_no_" + verb
		drop := "DROP TRIGGER IF EXISTS " + name
		body := "CREATE TRIGGER " + name + " BEFORE " + verb + " ON " + table + " FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'append only'"
		if g.Dialector.Name() == "sqlite" {
			body = "CREATE TRIGGER " + name + " BEFORE " + verb + " ON " + table + " BEGIN SELECT RAISE(ABORT, 'append only'); END"
		}
		if err := g.Exec(drop).Error; err != nil {
			return err
		}
		if err := g.Exec(body).Error; err != nil {
			return err
		}
	}
	return nil
}
