// Package sqlite3 stands in for the cgo driver that gorm's SQLite dialect
// imports by name. We open SQLite through modernc.org/sqlite, so nothing of the
// cgo driver may be compiled or linked.
package sqlite3
