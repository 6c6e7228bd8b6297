package wechatsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// messages are the platform's words for its codes, as far as they are known;
// those marked inferred are not tied to this situation by any page.
var messages = map[int]string{
	-1:    "system error",
	40001: "invalid credential, access_token is invalid or not latest",
	40002: "invalid grant_type",
	40005: "invalid file type",
	40007: "invalid media_id",
	40009: "invalid image size",
	40013: "invalid appid",
	40114: "invalid index value",
	40125: "invalid appsecret",
	41001: "access_token missing",
	41039: "invalid content_source_url",
	42001: "access_token expired",
	43002: "require POST method",
	44002: "empty post data",
	44003: "empty news data",
	45002: "content size out of limit",
	45003: "title size out of limit",
	45004: "description size out of limit",
	45008: "article size out of limit",
	45009: "reach max api daily quota limit",
	45110: "author size out of limit",
	47001: "data format error",
	48001: "api unauthorized",
	53501: "publish too frequently",
	53503: "draft check failed",
	53600: "invalid article id",
	88000: "without comment privilege",
}

// failure is an errcode on its way to the client.
type failure struct {
	code int
	msg  string
}

func no(code int) *failure { return &failure{code, messages[code]} }

type object = map[string]any

// A call is one request to an endpoint, while the simulator's lock is held.
type call struct {
	sim    *Sim
	r      *http.Request
	body   []byte
	base   string // scheme and host the client used
	now    time.Time
	strike strike   // what the fired faults ask for
	log    *Request // its line in the request log
}

// endpoints by path. A read changes nothing, whatever it answers.
var endpoints map[string]endpoint

type endpoint struct {
	do     func(*call) (object, *failure)
	reads  bool
	open   bool // needs no token
	method string
}

func init() {
	endpoints = map[string]endpoint{
		"/cgi-bin/token":                 {do: (*call).plainToken, open: true, reads: true, method: "GET"},
		"/cgi-bin/stable_token":          {do: (*call).stableToken, open: true, reads: true},
		"/cgi-bin/media/uploadimg":       {do: (*call).uploadImage},
		"/cgi-bin/material/add_material": {do: (*call).addMaterial},
		"/cgi-bin/draft/add":             {do: (*call).draftAdd},
		"/cgi-bin/draft/update":          {do: (*call).draftUpdate},
		"/cgi-bin/draft/get":             {do: (*call).draftGet, reads: true},
		"/cgi-bin/draft/batchget":        {do: (*call).draftBatch, reads: true},
		"/cgi-bin/draft/count":           {do: (*call).draftCount, reads: true, method: "GET"},
		"/cgi-bin/draft/delete":          {do: (*call).draftDelete},
		"/cgi-bin/freepublish/submit":    {do: (*call).submit},
		"/cgi-bin/freepublish/get":       {do: (*call).publishGet, reads: true},
		"/cgi-bin/freepublish/delete":    {do: (*call).publishDelete},
		"/cgi-bin/freepublish/getarticle": {do: (*call).publishArticle,
			reads: true},
		"/cgi-bin/freepublish/batchget": {do: (*call).publishBatch, reads: true},
		"/cgi-bin/openapi/quota/get":    {do: (*call).quotaGet, reads: true},
		"/cgi-bin/getcallbackip":        {do: (*call).callbackIP, reads: true, method: "GET"},
		"/datacube/getusercumulate":     {do: (*call).userCumulate, reads: true},
	}
}

func (s *Sim) endpoint(path string, e endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 12<<20))
		if err != nil {
			http.Error(w, "body too large", http.StatusRequestEntityTooLarge)
			return
		}
		s.mu.Lock()
		s.advance()
		c := &call{sim: s, r: r, body: body, base: s.base(r), now: s.o.Now()}
		n := s.received(Request{At: c.now, Path: path, Reads: e.reads})
		c.log = &Request{}
		c.strike = s.strikes(path)
		if c.strike.delay > 0 {
			s.mu.Unlock()
			time.Sleep(c.strike.delay) // also when the client has gone: its request is still acted on
			s.mu.Lock()
		}
		reply, fail := c.answer(path, e)
		if s.broken != nil {
			reply, fail = nil, no(-1)
		}
		if i := n - s.requests[0].N; i >= 0 { // a delayed one may have been forgotten
			req := &s.requests[i]
			req.Marker, req.ID, req.Index, req.Fault = c.log.Marker, c.log.ID, c.log.Index, strings.Join(c.strike.fired, "+")
			if fail != nil {
				req.Errcode = fail.code
			}
		}
		hold := s.o.Hold
		s.mu.Unlock()
		c.write(w, reply, fail, hold)
	})
}

func (c *call) answer(path string, e endpoint) (object, *failure) {
	s := c.sim
	if c.strike.untouched {
		return nil, c.strike.fail
	}
	if e.method == "" && c.r.Method != http.MethodPost {
		return nil, no(43002)
	}
	if ip, _, _ := net.SplitHostPort(c.r.RemoteAddr); c.strike.denyIP || len(s.o.AllowIPs) > 0 && !slices.Contains(s.o.AllowIPs, ip) {
		return nil, &failure{40164, fmt.Sprintf("invalid ip %s ipv6 ::ffff:%s, not in whitelist", ip, ip)}
	}
	if !e.open {
		if fail := s.checkToken(c.r.URL.Query().Get("access_token")); fail != nil {
			return nil, fail
		}
	}
	if strings.Contains(path, "/freepublish/") && s.o.Account == Unverified {
		return nil, no(48001)
	}
	if fail := s.spend(path); fail != nil {
		return nil, fail
	}
	return e.do(c)
}

// write sends the answer, or breaks it the way a fault asked for.
func (c *call) write(w http.ResponseWriter, reply object, fail *failure, hold time.Duration) {
	switch c.strike.ending {
	case AcceptThenTimeout:
		pause(c.r, hold)
		reset(w)
		return
	case AcceptThenReset, RejectBefore:
		reset(w)
		return
	case AcceptThen500:
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
		return
	case HTML502:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>")
		return
	}
	if fail != nil {
		reply = object{"errcode": fail.code, "errmsg": fmt.Sprintf("%s hint: [模拟] rid: %08x-%08x-%08x", fail.msg, c.now.Unix(), c.sim.random(), c.sim.random())}
	}
	if c.strike.ending == EmptyID {
		for _, k := range []string{"media_id", "publish_id", "msg_data_id", "url"} {
			delete(reply, k)
		}
	}
	out := encode(reply)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if c.strike.ending == CutJSON {
		out = out[:len(out)/2]
	}
	_, _ = w.Write(out)
}

// encode writes JSON as the platform does: UTF-8 as it is, slashes escaped.
func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
	return bytes.ReplaceAll(bytes.TrimSpace(b.Bytes()), []byte("/"), []byte(`\/`))
}

func (c *call) json(into any) *failure {
	if len(bytes.TrimSpace(c.body)) == 0 {
		return no(44002)
	}
	if err := json.Unmarshal(c.body, into); err != nil {
		return no(47001)
	}
	return nil
}

// reset ends the connection with a RST, as a broken middlebox does.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if t, ok := conn.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	conn.Close()
}

func pause(r *http.Request, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-r.Context().Done():
	case <-t.C:
	}
}

func (s *Sim) random() uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rng.Uint32()
}

func (s *Sim) base(r *http.Request) string {
	if s.o.PublicURL != "" {
		return strings.TrimRight(s.o.PublicURL, "/")
	}
	return "http://" + r.Host
}

// name makes an id nobody can take for a real one.
func (s *Sim) name(kind string) string {
	return fmt.Sprintf("SIM_%s_%d_%08x", kind, s.seq+1, s.rng.Uint32())
}

// wire is an id as this account's replies write it.
func (s *Sim) wire(id int64) any {
	if s.o.StringIDs {
		return strconv.FormatInt(id, 10)
	}
	return id
}
