package platform

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	callbackWindow = 10 * time.Minute // of the timestamp against our clock
	deepest        = 16
)

// FinishEvent is the name of the event that a submitted draft was judged.
const FinishEvent = "PUBLISHJOBFINISH"

// Event is a push as it was opened. Its strings are as long as the sender made
// them, and what they say is to be believed only after a read.
type Event struct {
	Raw       []byte // the decrypted XML
	Name      string // such as FinishEvent
	PublishID string // empty when the event names none
	ArticleID string // likewise
}

// fresh says whether the request was signed about now.
func fresh(q url.Values, now time.Time) bool {
	sec, err := strconv.ParseInt(q.Get("timestamp"), 10, 64)
	return err == nil && now.Sub(time.Unix(sec, 0)).Abs() <= callbackWindow
}

// Echo answers what the console's check of the address wants to hear. An error
// means that the query is not the platform's, or older than ten minutes.
func (s *Sealer) Echo(q url.Values, now time.Time) (string, error) {
	if !fresh(q, now) || !s.signed(q.Get("signature"), q.Get("timestamp"), q.Get("nonce")) {
		return "", errForged
	}
	return q.Get("echostr"), nil
}

// Open answers the event of a push whose signature, age, padding and appid are
// right. An error means that the push is to be refused.
func (s *Sealer) Open(q url.Values, body []byte, now time.Time) (Event, error) {
	outer, err := parseXML(body)
	if err != nil {
		return Event{}, err
	}
	sealed := outer.text("Encrypt")
	if sealed == "" || !fresh(q, now) || !s.signed(q.Get("msg_signature"), q.Get("timestamp"), q.Get("nonce"), sealed) {
		return Event{}, errForged
	}
	raw, err := s.open(sealed)
	if err != nil {
		return Event{}, err
	}
	msg, err := parseXML(raw)
	if err != nil {
		return Event{}, err
	}
	return Event{Raw: raw, Name: msg.text("Event"), PublishID: msg.text("PublishEventInfo", "publish_id"),
		ArticleID: msg.text("PublishEventInfo", "article_id")}, nil
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
