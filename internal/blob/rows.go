package blob

import (
	"time"

	"gorm.io/gorm/clause"

	"gongkai/internal/db"
)

// A chunk stays well below MySQL's smallest usual packet limit.
const chunkSize = 1 << 20

type blobRow struct {
	Hash      string `gorm:"primaryKey"`
	MediaType string
	Size      int64
	CreatedAt int64 `gorm:"autoCreateTime:false"`
}

type chunkRow struct {
	Hash  string
	N     int
	Bytes []byte
}

func (blobRow) TableName() string  { return "blobs" }
func (chunkRow) TableName() string { return "blob_chunks" }

// Put stores the bytes and answers their hash. The same bytes again are no
// error and no second copy.
func Put(tx *db.Tx, mediaType string, b []byte) (string, error) {
	hash := Hash(b)
	row := blobRow{Hash: hash, MediaType: mediaType, Size: int64(len(b)), CreatedAt: db.Micros(tx.Now())}
	res := tx.G.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	if res.Error != nil {
		return "", res.Error
	}
	for n := 0; n*chunkSize < len(b) || n == 0; n++ {
		part := b[n*chunkSize : min((n+1)*chunkSize, len(b))]
		err := tx.G.Clauses(clause.OnConflict{DoNothing: true}).Create(&chunkRow{hash, n, part}).Error
		if err != nil {
			return "", err
		}
	}
	return hash, nil
}

// Info is a blob without its bytes.
type Info struct {
	Hash, MediaType string
	Size            int64
}

// Before lists what was stored before a moment.
func Before(tx *db.Tx, at time.Time) ([]Info, error) {
	var out []Info
	return out, tx.G.Raw("SELECT hash, media_type, size FROM blobs WHERE created_at < ?", db.Micros(at)).Scan(&out).Error
}

// Lock keeps others from storing or using these until tx ends.
func Lock(tx *db.Tx, hashes []string) error {
	var held []string
	return tx.G.Raw("SELECT hash FROM blobs WHERE hash IN ? ORDER BY hash"+tx.ForUpdate(), hashes).Scan(&held).Error
}

// Remove forgets the bytes. The caller holds the lock and knows that nothing
// names them.
func Remove(tx *db.Tx, hash string) error {
	for _, table := range []string{"blob_chunks", "blobs"} {
		if err := tx.G.Exec("DELETE FROM "+table+" WHERE hash = ?", hash).Error; err != nil {
			return err
		}
	}
	return nil
}

// Use is Get for what tx is going to name: until tx ends it is not removed.
func Use(tx *db.Tx, hash string) (Blob, error) {
	if err := Lock(tx, []string{hash}); err != nil {
		return Blob{}, err
	}
	return Get(tx, hash)
}

// Get reads the bytes stored under a hash.
func Get(tx *db.Tx, hash string) (Blob, error) {
	var row blobRow
	if err := tx.G.Where("hash = ?", hash).Take(&row).Error; err != nil {
		if db.IsNotFound(err) {
			return Blob{}, ErrNotFound
		}
		return Blob{}, err
	}
	var chunks []chunkRow
	if err := tx.G.Where("hash = ?", hash).Order("n").Find(&chunks).Error; err != nil {
		return Blob{}, err
	}
	b := Blob{Hash: hash, MediaType: row.MediaType, Bytes: make([]byte, 0, row.Size)}
	for _, c := range chunks {
		b.Bytes = append(b.Bytes, c.Bytes...)
	}
	if Hash(b.Bytes) != hash {
		return Blob{}, ErrNotFound.With("hash", hash)
	}
	return b, nil
}
