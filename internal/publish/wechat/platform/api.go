package platform

import (
	"context"
	"encoding/json"
	"net/url"
)

// The platform's calls a Client makes, and no others. They are the keys of
// Account.Quotas and what Error.Call names.
const (
	PathUploadImage = "/cgi-bin/media/uploadimg"
	PathAddMaterial = "/cgi-bin/material/add_material"
	PathDraftAdd    = "/cgi-bin/draft/add"
	PathDraftGet    = "/cgi-bin/draft/get"
	PathDraftList   = "/cgi-bin/draft/batchget"
	PathDraftDelete = "/cgi-bin/draft/delete"
	PathSubmit      = "/cgi-bin/freepublish/submit"
	PathStatus      = "/cgi-bin/freepublish/get"
	PathArticle     = "/cgi-bin/freepublish/getarticle"
	PathList        = "/cgi-bin/freepublish/batchget"
	PathDelete      = "/cgi-bin/freepublish/delete"
	PathToken       = "/cgi-bin/stable_token"
	// PathForcedToken stands for a forced PathToken, which has a quota of its own.
	PathForcedToken = "/cgi-bin/stable_token?force_refresh"
)

// Listed is one entry of a list: a draft by its MediaID, or a published one by
// its ArticleID.
type Listed struct {
	MediaID   string `json:"media_id"`
	ArticleID string `json:"article_id"`
	Content   struct {
		Items []NewsItem `json:"news_item"`
	} `json:"content"`
}

// UploadImage brings a picture of a text over and answers its address.
func (c *Client) UploadImage(ctx context.Context, f File) (string, error) {
	var reply struct {
		URL string `json:"url"`
	}
	err := c.do(ctx, call{path: PathUploadImage, file: &f, acts: true}, &reply)
	return reply.URL, needed(err, PathUploadImage, reply.URL)
}

// AddMaterial keeps a cover as material of a kind, "image" or "thumb", and
// answers its media id.
func (c *Client) AddMaterial(ctx context.Context, kind string, f File) (string, error) {
	var reply struct {
		MediaID string `json:"media_id"`
	}
	err := c.do(ctx, call{path: PathAddMaterial, query: url.Values{"type": {kind}}, file: &f, acts: true}, &reply)
	return reply.MediaID, needed(err, PathAddMaterial, reply.MediaID)
}

// AddDraft puts an article into the draft box and answers its media id. Called
// again it makes another draft.
func (c *Client) AddDraft(ctx context.Context, a Article) (string, error) {
	var reply struct {
		MediaID string `json:"media_id"`
	}
	err := c.do(ctx, call{path: PathDraftAdd, body: map[string]any{"articles": []Article{a}}, acts: true}, &reply)
	return reply.MediaID, needed(err, PathDraftAdd, reply.MediaID)
}

// Draft reads a draft back. A draft that is not in the box is the errcode 40007.
// With spare the call may use the part of the quota kept for reconciliation and
// people.
func (c *Client) Draft(ctx context.Context, mediaID string, spare bool) ([]NewsItem, error) {
	var reply struct {
		Items []NewsItem `json:"news_item"`
	}
	err := c.do(ctx, call{path: PathDraftGet, body: map[string]string{"media_id": mediaID}, spare: spare}, &reply)
	return reply.Items, err
}

// DeleteDraft deletes a draft; one that is not in the box is the errcode 40007.
func (c *Client) DeleteDraft(ctx context.Context, mediaID string) error {
	return c.do(ctx, call{path: PathDraftDelete, body: map[string]string{"media_id": mediaID}, acts: true, spare: true}, nil)
}

// Submit submits a draft: the call that makes an article visible. The ids it
// answers say only that the platform will judge it, see Status. An unclear
// answer may still bring a msgDataID. For spare see Draft.
func (c *Client) Submit(ctx context.Context, mediaID string, spare bool) (publishID, msgDataID string, err error) {
	var reply struct {
		PublishID flexID `json:"publish_id"`
		MsgDataID flexID `json:"msg_data_id"`
	}
	err = c.do(ctx, call{path: PathSubmit, body: map[string]string{"media_id": mediaID}, acts: true, spare: spare}, &reply)
	return string(reply.PublishID), string(reply.MsgDataID), needed(err, PathSubmit, string(reply.PublishID))
}

// The values of Verdict.Status.
const (
	StatusDone     = 0
	StatusRunning  = 1
	StatusOriginal = 2 // 原创 check failed
	StatusFailed   = 3
	StatusRefused  = 4 // 平台审核 refused
	StatusDeleted  = 5 // by somebody, after success
	StatusBanned   = 6 // by the platform, after success
)

// Verdict is freepublish/get: how a submitted draft fared.
type Verdict struct {
	Status    int    `json:"publish_status"` // -1 when the answer names none
	ArticleID string `json:"article_id"`
	FailIdx   []int  `json:"fail_idx"`
	Detail    struct {
		Items []struct {
			URL string `json:"article_url"`
		} `json:"item"`
	} `json:"article_detail"`
}

// Status asks how a submitted draft fared. For spare see Draft.
func (c *Client) Status(ctx context.Context, publishID string, spare bool) (Verdict, error) {
	v := Verdict{Status: -1}
	err := c.do(ctx, call{path: PathStatus, body: map[string]string{"publish_id": publishID}, spare: spare}, &v)
	return v, err
}

// Article reads a published article. One the platform does not know is the
// errcode 53600; one somebody deleted may still come with Deleted set. For spare
// see Draft.
func (c *Client) Article(ctx context.Context, articleID string, spare bool) ([]NewsItem, error) {
	var reply struct {
		Items []NewsItem `json:"news_item"`
	}
	err := c.do(ctx, call{path: PathArticle, body: map[string]string{"article_id": articleID}, spare: spare}, &reply)
	return reply.Items, err
}

// DeleteArticle takes the first article down. Without an index the platform
// would delete a whole edition.
func (c *Client) DeleteArticle(ctx context.Context, articleID string) error {
	return c.do(ctx, call{path: PathDelete, body: map[string]any{"article_id": articleID, "index": 1}, acts: true, spare: true}, nil)
}

// Drafts lists up to pages × 20 of the newest drafts.
func (c *Client) Drafts(ctx context.Context, pages int) ([]Listed, error) {
	return c.newest(ctx, PathDraftList, pages)
}

// Articles lists up to pages × 20 of the newest published articles.
func (c *Client) Articles(ctx context.Context, pages int) ([]Listed, error) {
	return c.newest(ctx, PathList, pages)
}

// ArticlesFrom lists 20 published articles from offset on, newest first, without
// their text, and says how many there are. It leaves the reserve of the quota.
func (c *Client) ArticlesFrom(ctx context.Context, offset int) (page []Listed, total int, err error) {
	var reply struct {
		Total int      `json:"total_count"`
		Items []Listed `json:"item"`
	}
	err = c.do(ctx, call{path: PathList, body: map[string]int{"offset": offset, "count": 20, "no_content": 1}}, &reply)
	return reply.Items, reply.Total, err
}

// newest lists up to pages × 20 of the newest drafts or published articles.
// Their text is asked for, because nobody documents whether the marker comes
// without it.
func (c *Client) newest(ctx context.Context, path string, pages int) ([]Listed, error) {
	var all []Listed
	for n := range pages {
		var reply struct {
			Total int      `json:"total_count"`
			Items []Listed `json:"item"`
		}
		body := map[string]int{"offset": n * 20, "count": 20, "no_content": 0}
		if err := c.do(ctx, call{path: path, body: body, spare: true}, &reply); err != nil {
			return nil, err
		}
		all = append(all, reply.Items...)
		if len(reply.Items) == 0 || len(all) >= reply.Total {
			break
		}
	}
	return all, nil
}

// needed turns an acceptance that lacks its id into an unclear answer.
func needed(err error, path, id string) error {
	if err != nil || id != "" {
		return err
	}
	return &Error{Call: path, Msg: "the answer has no id", Outcome: "unknown", Class: Unclear}
}

// flexID is an id the platform writes as a number or as a string.
type flexID string

func (f *flexID) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, (*string)(f))
	}
	if string(b) == "null" {
		*f = ""
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return err
	}
	*f = flexID(n)
	return nil
}
