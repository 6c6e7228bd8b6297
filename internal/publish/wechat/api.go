package wechat

import (
	"context"
	"net/url"
)

// The platform's calls this channel makes, and no others.
const (
	pathUploadImage = "/cgi-bin/media/uploadimg"
	pathAddMaterial = "/cgi-bin/material/add_material"
	pathDraftAdd    = "/cgi-bin/draft/add"
	pathDraftGet    = "/cgi-bin/draft/get"
	pathDraftList   = "/cgi-bin/draft/batchget"
	pathDraftDelete = "/cgi-bin/draft/delete"
	pathSubmit      = "/cgi-bin/freepublish/submit"
	pathStatus      = "/cgi-bin/freepublish/get"
	pathArticle     = "/cgi-bin/freepublish/getarticle"
	pathList        = "/cgi-bin/freepublish/batchget"
	pathDelete      = "/cgi-bin/freepublish/delete"
)

// article is what draft/add takes.
type article struct {
	Type      string `json:"article_type"`
	Title     string `json:"title"`
	Author    string `json:"author"`
	Digest    string `json:"digest"`
	Content   string `json:"content"`
	SourceURL string `json:"content_source_url"`
	Cover     string `json:"thumb_media_id"`
	Comments  int    `json:"need_open_comment"`
	FansOnly  int    `json:"only_fans_can_comment"`
	Crop235   string `json:"pic_crop_235_1,omitempty"`
	Crop11    string `json:"pic_crop_1_1,omitempty"`
}

// newsItem is what the platform says of an article, in a draft or published.
type newsItem struct {
	Title     string `json:"title"`
	Author    string `json:"author"`
	Digest    string `json:"digest"`
	Content   string `json:"content"`
	SourceURL string `json:"content_source_url"`
	URL       string `json:"url"`
	Deleted   bool   `json:"is_deleted"`
}

type listed struct {
	MediaID   string `json:"media_id"`
	ArticleID string `json:"article_id"`
	Content   struct {
		Items []newsItem `json:"news_item"`
	} `json:"content"`
}

func (c *client) uploadImage(ctx context.Context, f file) (string, error) {
	var reply struct {
		URL string `json:"url"`
	}
	err := c.do(ctx, call{path: pathUploadImage, file: &f, acts: true}, &reply)
	return reply.URL, needed(err, pathUploadImage, reply.URL)
}

func (c *client) addMaterial(ctx context.Context, kind string, f file) (string, error) {
	var reply struct {
		MediaID string `json:"media_id"`
	}
	err := c.do(ctx, call{path: pathAddMaterial, query: url.Values{"type": {kind}}, file: &f, acts: true}, &reply)
	return reply.MediaID, needed(err, pathAddMaterial, reply.MediaID)
}

func (c *client) draftAdd(ctx context.Context, a article) (string, error) {
	var reply struct {
		MediaID string `json:"media_id"`
	}
	err := c.do(ctx, call{path: pathDraftAdd, body: map[string]any{"articles": []article{a}}, acts: true}, &reply)
	return reply.MediaID, needed(err, pathDraftAdd, reply.MediaID)
}

func (c *client) draftGet(ctx context.Context, mediaID string, spare bool) ([]newsItem, error) {
	var reply struct {
		Items []newsItem `json:"news_item"`
	}
	err := c.do(ctx, call{path: pathDraftGet, body: map[string]string{"media_id": mediaID}, spare: spare}, &reply)
	return reply.Items, err
}

func (c *client) draftDelete(ctx context.Context, mediaID string) error {
	return c.do(ctx, call{path: pathDraftDelete, body: map[string]string{"media_id": mediaID}, acts: true, spare: true}, nil)
}

func (c *client) submit(ctx context.Context, mediaID string, spare bool) (publishID, msgDataID FlexID, err error) {
	var reply struct {
		PublishID FlexID `json:"publish_id"`
		MsgDataID FlexID `json:"msg_data_id"`
	}
	err = c.do(ctx, call{path: pathSubmit, body: map[string]string{"media_id": mediaID}, acts: true, spare: spare}, &reply)
	return reply.PublishID, reply.MsgDataID, needed(err, pathSubmit, string(reply.PublishID))
}

// verdict is freepublish/get: how a submitted draft fared.
type verdict struct {
	Status    int    `json:"publish_status"`
	ArticleID string `json:"article_id"`
	FailIdx   []int  `json:"fail_idx"`
	Detail    struct {
		Items []struct {
			URL string `json:"article_url"`
		} `json:"item"`
	} `json:"article_detail"`
}

func (c *client) status(ctx context.Context, publishID string, spare bool) (verdict, error) {
	v := verdict{Status: -1}
	err := c.do(ctx, call{path: pathStatus, body: map[string]string{"publish_id": publishID}, spare: spare}, &v)
	return v, err
}

func (c *client) article(ctx context.Context, articleID string) ([]newsItem, error) {
	var reply struct {
		Items []newsItem `json:"news_item"`
	}
	err := c.do(ctx, call{path: pathArticle, body: map[string]string{"article_id": articleID}, spare: true}, &reply)
	return reply.Items, err
}

// deleteArticle takes the first article down. Without an index the platform
// would delete a whole edition.
func (c *client) deleteArticle(ctx context.Context, articleID string) error {
	return c.do(ctx, call{path: pathDelete, body: map[string]any{"article_id": articleID, "index": 1}, acts: true, spare: true}, nil)
}

// newest lists up to pages × 20 of the newest drafts or published articles.
// Their text is asked for, because nobody documents whether the marker comes
// without it.
func (c *client) newest(ctx context.Context, path string, pages int) ([]listed, error) {
	var all []listed
	for n := range pages {
		var reply struct {
			Total int      `json:"total_count"`
			Items []listed `json:"item"`
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
