package foi

import (
	"gongkai/internal/db"
)

type fileRow struct {
	ID             int64 `gorm:"primaryKey"`
	OrganisationID int64
	RequestID      int64
	Kind           string
	Ref            string
	Name           string // sealed
	MediaType      string
	Size           int64
	PersonID       int64
	At             int64
	RemovedAt      int64
}

type fileChunkRow struct {
	FileID int64 `gorm:"primaryKey;autoIncrement:false"`
	N      int   `gorm:"primaryKey;autoIncrement:false"`
	Bytes  []byte
}

func (fileRow) TableName() string      { return "foi_files" }
func (fileChunkRow) TableName() string { return "foi_file_chunks" }

// chunk stays well below MySQL's smallest usual packet limit.
const chunk = 1 << 20

// about binds what is sealed of a file to it.
func (r fileRow) about() string { return "file/" + r.Ref }

func (r fileRow) file() *File {
	return &File{ID: r.ID, RequestID: r.RequestID, OrganisationID: r.OrganisationID, Kind: FileKind(r.Kind), MediaType: r.MediaType, Size: r.Size, PersonID: r.PersonID, At: db.Time(r.At), Removed: db.Time(r.RemovedAt)}
}

func (k *Desk) insertFile(tx *db.Tx, own envelope, f *File, b []byte) error {
	row := fileRow{OrganisationID: f.OrganisationID, RequestID: f.RequestID, Kind: string(f.Kind), Ref: newRef(), MediaType: f.MediaType, Size: f.Size, PersonID: f.PersonID, At: db.Micros(f.At)}
	var err error
	if row.Name, err = k.keys.sealWith(own, []byte(f.Name), row.about()+"/name"); err != nil {
		return err
	}
	sealed, err := k.keys.sealBytes(own, b, row.about())
	if err != nil {
		return err
	}
	if err := tx.G.Create(&row).Error; err != nil {
		return err
	}
	f.ID = row.ID
	for n := 0; n*chunk < len(sealed); n++ {
		if err := tx.G.Create(&fileChunkRow{row.ID, n, sealed[n*chunk : min((n+1)*chunk, len(sealed))]}).Error; err != nil {
			return err
		}
	}
	return nil
}

func (k *Desk) openFile(own envelope, row fileRow) (*File, error) {
	name, err := k.keys.openWith(own, row.Name, row.about()+"/name")
	f := row.file()
	f.Name = string(name)
	return f, err
}

func (k *Desk) fileBytes(tx *db.Tx, own envelope, row fileRow) ([]byte, error) {
	var parts []fileChunkRow
	if err := tx.G.Raw("SELECT * FROM foi_file_chunks WHERE file_id = ? ORDER BY n", row.ID).Scan(&parts).Error; err != nil {
		return nil, err
	}
	var sealed []byte
	for _, p := range parts {
		sealed = append(sealed, p.Bytes...)
	}
	return k.keys.openBytes(own, sealed, row.about())
}

func fileByID(tx *db.Tx, id int64) (fileRow, error) {
	var row fileRow
	res := tx.G.Raw("SELECT * FROM foi_files WHERE id = ? AND removed_at = 0", id).Scan(&row)
	if res.Error == nil && res.RowsAffected == 0 {
		return row, ErrFileGone
	}
	return row, res.Error
}

func filesOf(tx *db.Tx, request int64) (rows []fileRow, err error) {
	return rows, tx.G.Raw("SELECT * FROM foi_files WHERE request_id = ? ORDER BY id", request).Scan(&rows).Error
}

func removeFile(tx *db.Tx, id int64) error {
	if err := tx.G.Exec("DELETE FROM foi_file_chunks WHERE file_id = ?", id).Error; err != nil {
		return err
	}
	return tx.G.Exec("UPDATE foi_files SET removed_at = ? WHERE id = ?", db.Micros(tx.Now()), id).Error
}

// removeFilesOf throws away the bytes of all files of an applicant's request: what
// nobody can open any more takes no room.
func removeFilesOf(tx *db.Tx, request int64) error {
	return tx.G.Exec("DELETE FROM foi_file_chunks WHERE file_id IN (SELECT id FROM foi_files WHERE request_id = ?)", request).Error
}
