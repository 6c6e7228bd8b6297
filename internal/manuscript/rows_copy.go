package manuscript

import (
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"gongkai/internal/db"
)

type workingCopyRow struct {
	PersonID     int64  `gorm:"primaryKey;autoIncrement:false"`
	ManuscriptID int64  `gorm:"primaryKey;autoIncrement:false"`
	Sheet        string `gorm:"primaryKey"`
	Title        string
	Form         string
	At           int64
}

func (workingCopyRow) TableName() string { return "working_copies" }

func (r workingCopyRow) copy() WorkingCopy {
	return WorkingCopy{r.PersonID, r.ManuscriptID, r.Sheet, r.Title, r.Form, db.Time(r.At)}
}

// Keep stores a working copy in place of the one before.
func Keep(tx *db.Tx, c *WorkingCopy) error {
	if len(c.Form) > maxForm {
		return ErrCopyTooLarge
	}
	c.At = tx.Now()
	row := workingCopyRow{c.PersonID, c.ManuscriptID, c.Sheet, c.Title, c.Form, db.Micros(c.At)}
	if err := tx.G.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error; err != nil || c.ManuscriptID != 0 {
		return err
	}
	old, err := Kept(tx, c.PersonID, 0)
	for i := MostCopies; i < len(old) && err == nil; i++ {
		err = DropCopy(tx, c.PersonID, 0, old[i].Sheet)
	}
	return err
}

// Kept lists a person's working copies of a manuscript, 0 for those of new ones,
// newest first.
func Kept(tx *db.Tx, person, manuscript int64) ([]WorkingCopy, error) {
	var rows []workingCopyRow
	if err := tx.G.Where("person_id = ? AND manuscript_id = ?", person, manuscript).Order("at DESC, sheet").Find(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]WorkingCopy, len(rows))
	for i, r := range rows {
		out[i] = r.copy()
	}
	return out, nil
}

// DropCopy forgets a working copy, if there is one.
func DropCopy(tx *db.Tx, person, manuscript int64, sheet string) error {
	return tx.G.Exec("DELETE FROM working_copies WHERE person_id = ? AND manuscript_id = ? AND sheet = ?", person, manuscript, sheet).Error
}

// CopiesName adds those of the stored files that anybody's working copy names.
func CopiesName(tx *db.Tx, hashes []string, to map[string]bool) error {
	for _, hash := range hashes {
		named, err := names(tx.G, hash)
		if err != nil {
			return err
		}
		if named {
			to[hash] = true
		}
	}
	return nil
}

// CopyNames says whether a working copy of a person names a stored file.
func CopyNames(tx *db.Tx, person int64, hash string) (bool, error) {
	return names(tx.G.Where("person_id = ?", person), hash)
}

// names looks for the digits of a hash: the colon before them is encoded.
func names(copies *gorm.DB, hash string) (bool, error) {
	_, digits, _ := strings.Cut(hash, ":")
	if len(digits) != 64 || strings.Trim(digits, "0123456789abcdef") != "" {
		return false, nil
	}
	var n int64
	err := copies.Model(&workingCopyRow{}).Where("form LIKE ?", "%"+digits+"%").Count(&n).Error
	return n > 0, err
}

// ForgetCopies removes working copies nobody touched since a moment.
func ForgetCopies(tx *db.Tx, before time.Time, limit int) (int64, error) {
	res := tx.G.Exec("DELETE FROM working_copies WHERE (person_id, manuscript_id, sheet) IN (SELECT person_id, manuscript_id, sheet FROM (SELECT person_id, manuscript_id, sheet FROM working_copies WHERE at < ? LIMIT ?) old)", db.Micros(before), limit)
	return res.RowsAffected, res.Error
}
