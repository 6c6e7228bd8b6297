package wechat

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"gongkai/internal/blob"
	"gongkai/internal/crashpoint"
	"gongkai/internal/db"
)

const (
	callbackLimit  = 64 << 10
	callbackWindow = 10 * time.Minute // of the timestamp against our clock
	deepest        = 16
	finishEvent    = "PUBLISHJOBFINISH"
)

// Callback takes the platform's pushes: it verifies, stores the event raw and
// answers at once, because the platform waits five seconds. What the event says
// is believed only after a read. Without a configured callback every request is
// refused.
func (c *Channel) Callback() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if c.callback == nil {
			http.Error(w, "forbidden", http.StatusForbidden)
			return
		}
		switch r.Method {
		case http.MethodGet:
			c.echo(w, r)
		case http.MethodPost:
			c.push(w, r)
		default:
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		}
	})
}

// fresh says whether the request was signed about now.
func (c *Channel) fresh(r *http.Request) bool {
	sec, err := strconv.ParseInt(r.URL.Query().Get("timestamp"), 10, 64)
	return err == nil && c.cfg.DB.Now().Sub(time.Unix(sec, 0)).Abs() <= callbackWindow
}

// echo answers the console's check of the address.
func (c *Channel) echo(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if !c.fresh(r) || !c.callback.signed(q.Get("signature"), q.Get("timestamp"), q.Get("nonce")) {
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	_, _ = io.WriteString(w, q.Get("echostr"))
}

func (c *Channel) push(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, callbackLimit))
	if err != nil {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		return
	}
	raw, msg, err := c.unseal(r, body)
	if err != nil {
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	if err := c.store(r.Context(), raw, msg); err != nil {
		// The platform repeats what was not answered.
		http.Error(w, "try again", http.StatusServiceUnavailable)
		return
	}
	crashpoint.Here("K15")
	_, _ = io.WriteString(w, "success")
}

// unseal answers the message of a push whose signature, age, padding and appid
// are right.
func (c *Channel) unseal(r *http.Request, body []byte) (raw []byte, msg element, err error) {
	q := r.URL.Query()
	outer, err := parseXML(body)
	if err != nil {
		return nil, msg, err
	}
	sealed := outer.text("Encrypt")
	if sealed == "" || !c.fresh(r) || !c.callback.signed(q.Get("msg_signature"), q.Get("timestamp"), q.Get("nonce"), sealed) {
		return nil, msg, errForged
	}
	if raw, err = c.callback.open(sealed); err != nil {
		return nil, msg, err
	}
	msg, err = parseXML(raw)
	return raw, msg, err
}

// store puts the event into the inbox, once however often it is pushed.
func (c *Channel) store(ctx context.Context, raw []byte, msg element) error {
	l := letter{
		Account: c.cfg.AppID, Digest: blob.Hash(raw), Event: cutText(msg.text("Event"), 40), Raw: string(raw),
		PublishID: cutText(msg.text("PublishEventInfo", "publish_id"), 80),
		ArticleID: cutText(msg.text("PublishEventInfo", "article_id"), 160),
	}
	return c.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		l.ID, l.At = 0, db.Micros(tx.Now())
		fresh, err := receive(tx, l)
		if err != nil || !fresh || l.Event != finishEvent || l.PublishID == "" || c.cfg.Wake == nil {
			return err
		}
		id, known, err := publicationOf(tx, c.cfg.AppID, l.PublishID)
		if err != nil || !known {
			return err
		}
		return c.cfg.Wake(tx, id)
	})
}

// element is a parsed XML element, small and bounded.
type element struct {
	name     string
	chars    string
	children []*element
}

func (e *element) text(path ...string) string {
next:
	for _, name := range path {
		for _, c := range e.children {
			if c.name == name {
				e = c
				continue next
			}
		}
		return ""
	}
	return strings.TrimSpace(e.chars)
}

// lists may stand more than once in their parent; a second of any other element
// would make it a matter of taste which one counts.
var lists = map[string]bool{"item": true, "fail_idx": true}

var errXML = errors.New("wechat: the callback's XML is refused")

// parseXML reads a document without DTD, no deeper than sixteen elements, in
// which no element but the known lists occurs twice beside itself.
func parseXML(b []byte) (root element, err error) {
	dec := xml.NewDecoder(bytes.NewReader(b))
	stack := []*element{{}}
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return root, fmt.Errorf("%w: %v", errXML, err)
		}
		top := stack[len(stack)-1]
		switch t := tok.(type) {
		case xml.Directive:
			return root, fmt.Errorf("%w: a DTD", errXML)
		case xml.ProcInst:
			if t.Target != "xml" {
				return root, fmt.Errorf("%w: a processing instruction", errXML)
			}
		case xml.CharData:
			top.chars += string(t)
		case xml.StartElement:
			if len(stack) > deepest {
				return root, fmt.Errorf("%w: too deep", errXML)
			}
			for _, c := range top.children {
				if c.name == t.Name.Local && (!lists[c.name] || len(stack) == 1) {
					return root, fmt.Errorf("%w: %s twice", errXML, c.name)
				}
			}
			if len(stack) == 1 && len(top.children) > 0 {
				return root, fmt.Errorf("%w: two documents", errXML)
			}
			child := &element{name: t.Name.Local}
			top.children = append(top.children, child)
			stack = append(stack, child)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		}
	}
	if len(stack) != 1 || len(stack[0].children) != 1 {
		return root, fmt.Errorf("%w: no document", errXML)
	}
	return *stack[0].children[0], nil
}
