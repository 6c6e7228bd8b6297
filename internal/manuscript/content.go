package manuscript

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"gongkai/internal/body"
	"gongkai/internal/fault"
)

// Attribute is the disclosure attribute (公开属性), fixed while drafting.
type Attribute string

const (
	Proactive Attribute = "proactive"  // 主动公开
	OnRequest Attribute = "on_request" // 依申请公开
	Withheld  Attribute = "withheld"   // 不予公开
)

// Grounds for not opening, domain codes N1–N9; N0 is for on-request items that
// are openable but outside the active duty.
var grounds = []string{"N0", "N1", "N2", "N3", "N4", "N5", "N6", "N7", "N8", "N9"}

// Disclosure says whether, and why not, an item is open to everybody (domain
// 3.2). Proactive takes no ground; the others need a ground and a reason of at
// least 10 characters.
type Disclosure struct {
	Attribute Attribute `json:"attribute"`
	Ground    string    `json:"ground,omitempty"`
	Reason    string    `json:"reason,omitempty"`
}

// Attachment is a file that is judged and signed with the text.
type Attachment struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Size      int64  `json:"size"`
	Hash      string `json:"hash"`
}

// extensions are the endings of the files a manuscript may carry, by type.
var extensions = map[string][]string{"application/pdf": {".pdf"}, "image/png": {".png"}, "image/jpeg": {".jpg", ".jpeg"},
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document": {".docx"},
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":       {".xlsx"}}

// Is says that the attachment is what was stored: nothing is judged or offered
// to readers under another type, size or ending (A35).
func (f Attachment) Is(mediaType string, size int) bool {
	return f.MediaType == mediaType && f.Size == int64(size) && slices.Contains(extensions[mediaType], strings.ToLower(path.Ext(f.Name)))
}

// WeChat is the variant for the official account; empty fields follow the item.
type WeChat struct {
	Title  string `json:"title,omitempty"`
	Author string `json:"author,omitempty"`
	Digest string `json:"digest,omitempty"`
	Form   string `json:"form,omitempty"` // empty only in contents saved before forms were signed
}

// The forms a text takes on the official account. A drafter may choose
// FormDigest; else the desk settles the form at every save.
const (
	FormFull    = "full"            // the whole text
	FormDigest  = "digest"          // a digest and the source link, by choice
	FormTooLong = "digest_too_long" // the same, because the whole text does not fit
)

// Reprint names where a reprinted text comes from (转载).
type Reprint struct {
	Source string `json:"source,omitempty"`
	URL    string `json:"url,omitempty"`
	Date   string `json:"date,omitempty"` // YYYY-MM-DD
}

// Content is everything that is judged and signed. Each field is in the hash.
type Content struct {
	Title       string       `json:"title"`
	Body        string       `json:"body"`
	Kind        string       `json:"kind"` // item type a chain applies to: news, notice, policy, annual_report …
	Section     string       `json:"section"`
	Disclosure  Disclosure   `json:"disclosure"`
	Author      string       `json:"author,omitempty"`
	Source      string       `json:"source,omitempty"`
	Summary     string       `json:"summary,omitempty"`
	Keywords    []string     `json:"keywords,omitempty"`
	DocNo       string       `json:"doc_no,omitempty"`
	DocDate     string       `json:"doc_date,omitempty"`
	Attachments []Attachment `json:"attachments,omitempty"`
	WeChat      WeChat       `json:"wechat"`
	Reprint     Reprint      `json:"reprint"`
	Corrects    *Corrects    `json:"corrects,omitempty"` // set by the desk, for a correction
}

// renderVersion is part of every hash: pages rendered another way were not what
// anybody approved.
const renderVersion = 1

// Hash is what decisions name and what is signed.
func (c *Content) Hash() string {
	b, _ := json.Marshal(struct {
		Render  int      `json:"render"`
		Content *Content `json:"content"`
	}{renderVersion, c})
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

var (
	ErrTitle        = fault.New(fault.Invalid, "manuscript.title")
	ErrText         = fault.New(fault.Invalid, "manuscript.text")
	ErrTooLong      = fault.New(fault.Invalid, "manuscript.too_long")
	ErrCharacter    = fault.New(fault.Invalid, "manuscript.control_character")
	ErrKind         = fault.New(fault.Invalid, "manuscript.kind")
	ErrSection      = fault.New(fault.Invalid, "manuscript.section")
	ErrDisclosure   = fault.New(fault.Invalid, "manuscript.disclosure")
	ErrNoGround     = fault.New(fault.Invalid, "manuscript.disclosure_ground")
	ErrReasonShort  = fault.New(fault.Invalid, "manuscript.disclosure_reason")
	ErrNeedlessFact = fault.New(fault.Invalid, "manuscript.disclosure_needless")
	ErrDate         = fault.New(fault.Invalid, "manuscript.date")
	ErrDocNo        = fault.New(fault.Invalid, "manuscript.doc_no")
	ErrURL          = fault.New(fault.Invalid, "manuscript.url")
	ErrForm         = fault.New(fault.Invalid, "manuscript.wechat_form")
	ErrAttachments  = fault.New(fault.Invalid, "manuscript.attachments")
)

// Kinds are the item types chains apply to.
var Kinds = []string{"news", "notice", "policy", "annual_report", "white_paper", "urgent", "reprint", WeChatPost}

// WeChatPost is a text for the official account that stands on no website. What
// has to be disclosed by law is not disclosed by it.
const WeChatPost = "wechat_post"

var docNo = regexp.MustCompile(`^[\p{Han}]+〔\d{4}〕[1-9]\d*号$`)

// Clean brings typed content into its one canonical form: NFC, trimmed, the
// body sanitised. It refuses what cannot be cleaned without changing meaning;
// the fault names the field.
func (c *Content) Clean() error {
	var err error
	if c.Body, err = body.Sanitise(c.Body); err != nil {
		if f, ok := fault.From(err); ok && f.Field == "" {
			return f.On("body")
		}
		return err
	}
	if !slices.Contains([]string{"", FormFull, FormDigest, FormTooLong}, c.WeChat.Form) {
		return ErrForm.On("wechat.form")
	}
	texts := []struct {
		field string
		value *string
		max   int // characters
	}{
		{"title", &c.Title, 200}, {"kind", &c.Kind, 40}, {"section", &c.Section, 60}, {"author", &c.Author, 60},
		{"source", &c.Source, 100}, {"summary", &c.Summary, 500}, {"doc_no", &c.DocNo, 60}, {"doc_date", &c.DocDate, 10},
		{"disclosure.attribute", (*string)(&c.Disclosure.Attribute), 20}, {"disclosure.ground", &c.Disclosure.Ground, 4}, {"disclosure.reason", &c.Disclosure.Reason, 500},
		{"wechat.title", &c.WeChat.Title, 200}, {"wechat.author", &c.WeChat.Author, 100}, {"wechat.digest", &c.WeChat.Digest, 500},
		{"reprint.source", &c.Reprint.Source, 100}, {"reprint.url", &c.Reprint.URL, 1000}, {"reprint.date", &c.Reprint.Date, 10},
	}
	for i := range c.Keywords {
		texts = append(texts, struct {
			field string
			value *string
			max   int
		}{"keywords", &c.Keywords[i], 30})
	}
	for i := range c.Attachments {
		texts = append(texts, struct {
			field string
			value *string
			max   int
		}{"attachments", &c.Attachments[i].Name, 120})
	}
	for _, t := range texts {
		clean := Line
		if t.field == "disclosure.reason" {
			clean = Note
		}
		if *t.value, err = clean(t.field, *t.value, t.max); err != nil {
			return err
		}
	}
	return nil
}

// breaks are line breaks and tabs with the blanks around them.
var breaks = regexp.MustCompile(`[ \t]*[\r\n\t][ \t\r\n]*`)

// Line cleans typed text that is one line: NFC, trimmed, a line break or tab
// folded into a blank, as a browser or a clipboard brings them. Other control
// and bidirectional override characters are refused with the field's name (A14).
func Line(field, s string, max int) (string, error) {
	return typed(field, breaks.ReplaceAllString(s, " "), max)
}

// newlines are the ways clients end a line: CRLF in forms, LF, and CR.
var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", " ")

// Note is Line for opinions, reasons and remarks, which may have several lines;
// each ends in LF.
func Note(field, s string, max int) (string, error) {
	return typed(field, newlines.Replace(s), max)
}

func typed(field, s string, max int) (string, error) {
	if !utf8.ValidString(s) {
		return "", ErrCharacter.On(field)
	}
	s = strings.TrimSpace(norm.NFC.String(s))
	for _, r := range s {
		if (r < 0x20 && r != '\n') || r == 0x7f || (r >= 0x80 && r < 0xa0) || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069) || r == 0x200e || r == 0x200f || r == 0xfeff || r == 0x2028 || r == 0x2029 {
			return "", ErrCharacter.On(field)
		}
	}
	if n := utf8.RuneCountInString(s); n > max {
		return "", ErrTooLong.On(field).With("max", max).With("have", n)
	}
	return s, nil
}

// Ready refuses content that may not be submitted for review. A draft may be
// anything Clean accepts; nothing a drafter typed is refused for being unfinished.
func (c *Content) Ready() error {
	switch {
	case c.Title == "":
		return ErrTitle.On("title")
	case body.CountRunes(c.Body) == 0:
		return ErrText.On("body")
	case !slices.Contains(Kinds, c.Kind):
		return ErrKind.On("kind").With("kind", c.Kind)
	case c.Section == "":
		return ErrSection.On("section").With("section", c.Section)
	case c.DocNo != "" && !docNo.MatchString(c.DocNo):
		return ErrDocNo.On("doc_no").With("doc_no", c.DocNo)
	}
	for field, d := range map[string]string{"doc_date": c.DocDate, "reprint.date": c.Reprint.Date} {
		if _, err := time.Parse(time.DateOnly, d); d != "" && err != nil {
			return ErrDate.On(field).With("date", d)
		}
	}
	if (c.Kind == "reprint" || c.Reprint.URL != "") && !webAddress(c.Reprint.URL) {
		return ErrURL.On("reprint.url")
	}
	if c.Kind == "reprint" {
		switch {
		case c.Reprint.Source == "":
			return ErrText.On("reprint.source")
		case c.Reprint.Date == "":
			return ErrDate.On("reprint.date").With("date", "")
		}
	}
	return c.Disclosure.ready()
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") && !strings.ContainsFunc(s, unicode.IsSpace)
}

func (d Disclosure) ready() error {
	switch d.Attribute {
	case Proactive:
		if d.Ground != "" || d.Reason != "" {
			return ErrNeedlessFact.On("disclosure.ground")
		}
		return nil
	case OnRequest, Withheld:
		if !slices.Contains(grounds, d.Ground) || (d.Attribute == Withheld && d.Ground == "N0") {
			return ErrNoGround.On("disclosure.ground").With("ground", d.Ground)
		}
		if utf8.RuneCountInString(d.Reason) < 10 {
			return ErrReasonShort.On("disclosure.reason")
		}
		return nil
	}
	return ErrDisclosure.On("disclosure.attribute").With("attribute", string(d.Attribute))
}

// Revision is one immutable state of the text. Step is empty for the drafter's
// own, or names the proof step at which it was corrected.
type Revision struct {
	ID           int64
	ManuscriptID int64
	No           int
	Hash         string
	AuthorID     int64
	ForID        int64
	Step         string
	Note         string
	Content      Content
	CreatedAt    time.Time
}
