package migrations

import "gorm.io/gorm"

type foiFile0030 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null"`
	RequestID      int64  `gorm:"not null;index:foi_files_request"`
	Kind           string `gorm:"size:20;not null"`
	Ref            string `gorm:"size:32;not null"`
	Name           string `gorm:"type:text;not null"`
	MediaType      string `gorm:"size:100;not null"`
	Size           int64  `gorm:"not null"`
	PersonID       int64  `gorm:"not null"`
	At             int64  `gorm:"not null"`
	RemovedAt      int64  `gorm:"not null"`
}

type foiFileChunk0030 struct {
	FileID int64  `gorm:"primaryKey;autoIncrement:false"`
	N      int    `gorm:"primaryKey;autoIncrement:false"`
	Bytes  []byte `gorm:"type:mediumblob;not null"`
}

func (foiFile0030) TableName() string      { return "foi_files" }
func (foiFileChunk0030) TableName() string { return "foi_file_chunks" }

// requestFiles are the files of requests, sealed.
func requestFiles(g *gorm.DB) error { return create(g, &foiFile0030{}, &foiFileChunk0030{}) }
