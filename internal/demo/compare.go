package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"strings"

	"gongkai/internal/body"
)

// comparison is what was signed against what readers find.
type comparison struct {
	http *http.Client
	say  *printer
}

func (c *comparison) fetch(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 32<<20))
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answered %s", url, res.Status)
	}
	return string(b), err
}

// website reads the public page and compares it byte for byte with the signed
// text; for a file with the statutory tables it counts the 200 cells.
func (c *comparison) website(ctx context.Context, v *view, url string, source []byte) error {
	page, err := c.fetch(ctx, url)
	if err != nil {
		return err
	}
	_, rest, ok := strings.Cut(page, `<article id="content" data-hash="`+v.Hash+`">`)
	if !ok {
		return fmt.Errorf("the page does not carry the signed hash %s", v.Hash)
	}
	shown, _, _ := strings.Cut(rest, "</article>")
	if shown != v.Content.Body {
		return fmt.Errorf("the page shows %d bytes that are not the %d bytes that were signed", len(shown), len(v.Content.Body))
	}
	if !strings.Contains(page, html.EscapeString(v.Content.Title)) {
		return fmt.Errorf("the page does not show the title %q", v.Content.Title)
	}
	c.say.line("demo.page_same", map[string]any{"bytes": len(shown), "paragraphs": paragraphs(shown)})
	have, err := body.AnnualCells(shown)
	if err != nil {
		if strings.Contains(string(source), "勾稽") {
			return fmt.Errorf("the statutory tables of the file are not on the page: %w", err)
		}
		return nil
	}
	if len(have) != 200 {
		return fmt.Errorf("the page has %d of the 200 cells of the statutory tables", len(have))
	}
	c.say.line("demo.cells", map[string]any{"cells": len(have)})
	return nil
}

// wechat reads the simulated phone: one visible article under our marker, with
// the title and the words that were signed.
func (c *comparison) wechat(ctx context.Context, v *view, sim, url, pageURL string) error {
	raw, err := c.fetch(ctx, sim+"/_sim/ledger")
	if err != nil {
		return err
	}
	var ledger []struct {
		Marker string `json:"marker"`
		Ever   int    `json:"ever"`
		Now    int    `json:"now"`
	}
	if err := json.Unmarshal([]byte(raw), &ledger); err != nil {
		return err
	}
	visible := 0
	for _, l := range ledger {
		if strings.Contains(l.Marker, fmt.Sprintf("/%d.html", v.ID)) {
			visible += l.Now
			if l.Ever != 1 || l.Now != 1 {
				return fmt.Errorf("the ledger shows the article %d times, %d now", l.Ever, l.Now)
			}
		}
	}
	if visible != 1 {
		return fmt.Errorf("the ledger shows %d visible articles, want one", visible)
	}
	page, err := c.fetch(ctx, url)
	if err != nil {
		return err
	}
	title, _ := v.Content.WeChat["title"].(string)
	if title == "" {
		title = v.Content.Title
	}
	if shown := phoneTitle(page); shown != title {
		return fmt.Errorf("the article on the phone has the title %q, signed was %q", shown, title)
	}
	digest, _ := v.Content.WeChat["digest"].(string)
	form, n, err := phoneWords(page, v.Content.Body, pageURL, v.Content.Summary, digest)
	if err != nil {
		return err
	}
	if signed, _ := v.Content.WeChat["form"].(string); signed != "" && (signed == "full") != (form == "full") {
		return fmt.Errorf("the phone shows the %s form, signed was %s", form, signed)
	}
	c.say.line("demo.phone_"+form, map[string]any{"paragraphs": n})
	return nil
}
