package blob

import (
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
