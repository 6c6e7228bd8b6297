package migrations

import "gorm.io/gorm"

type wechatDelivery0008 struct {
	PublicationID int64  `gorm:"primaryKey;autoIncrement:false"`
	Account       string `gorm:"size:40;not null;index:wechat_deliveries_publish,priority:1"`
	State         string `gorm:"size:20;not null"`
	Marker        string `gorm:"size:1000;not null"`
	ContentHash   string `gorm:"size:71;not null"`
	MediaID       string `gorm:"size:160;not null"`
	PublishID     string `gorm:"size:80;not null;index:wechat_deliveries_publish,priority:2"`
	MsgDataID     string `gorm:"size:80;not null"`
	ArticleID     string `gorm:"size:160;not null"`
	URL           string `gorm:"size:1000;not null"`
	Attempts      int    `gorm:"not null"`
	Polled        int    `gorm:"not null"`
	NextAt        int64  `gorm:"not null"`
	SubmittingAt  int64  `gorm:"not null"`
	Submits       int    `gorm:"not null"`
	Looks         int    `gorm:"not null"`
	LookedAt      int64  `gorm:"not null"`
	Unsure        bool   `gorm:"not null"`
	Reason        string `gorm:"size:80;not null"`
	Detail        string `gorm:"size:2000;not null"`
	Version       int64  `gorm:"not null"`
}

type wechatAsset0008 struct {
	Account   string `gorm:"primaryKey;size:40"`
	Kind      string `gorm:"primaryKey;size:10"`
	Hash      string `gorm:"primaryKey;size:71"`
	URL       string `gorm:"size:1000;not null"`
	MediaID   string `gorm:"size:160;not null"`
	CreatedAt int64  `gorm:"not null;autoCreateTime:false"`
}

type wechatQuota0008 struct {
	Account string `gorm:"primaryKey;size:40"`
	Path    string `gorm:"primaryKey;size:80"`
	Day     string `gorm:"primaryKey;size:10"`
	Used    int    `gorm:"not null"`
}

type wechatInbox0008 struct {
	ID        int64  `gorm:"primaryKey"`
	Account   string `gorm:"size:40;not null;index:wechat_inbox_publish,priority:1"`
	Digest    string `gorm:"size:71;not null;uniqueIndex:wechat_inbox_once"`
	Event     string `gorm:"size:40;not null"`
	PublishID string `gorm:"size:80;not null;index:wechat_inbox_publish,priority:2"`
	ArticleID string `gorm:"size:160;not null"`
	Raw       string `gorm:"type:longtext;not null"`
	At        int64  `gorm:"not null"`
	UsedAt    int64  `gorm:"not null"`
}

func (wechatDelivery0008) TableName() string { return "wechat_deliveries" }
func (wechatAsset0008) TableName() string    { return "wechat_assets" }
func (wechatQuota0008) TableName() string    { return "wechat_quota" }
func (wechatInbox0008) TableName() string    { return "wechat_inbox" }

func wechat(g *gorm.DB) error {
	return create(g, &wechatDelivery0008{}, &wechatAsset0008{}, &wechatQuota0008{}, &wechatInbox0008{})
}
