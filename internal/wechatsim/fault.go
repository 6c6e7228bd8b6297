package wechatsim

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"
)

// Kinds of faults.
const (
	AcceptThenTimeout = "accept_then_timeout" // does it, then keeps silent
	AcceptThen500     = "accept_then_500"     // does it, then HTTP 500
	AcceptThenReset   = "accept_then_reset"   // does it, then RST
	RejectBefore      = "reject_before"       // RST, nothing done
	Delay             = "delay"               // answers after delay_ms
	ErrCode           = "errcode"             // answers code, nothing done
	HTML502           = "html_502"            // a proxy's page, nothing done
	CutJSON           = "cut_json"            // does it, half an answer
	EmptyID           = "empty_id"            // does it, the answer lacks the ids
	TokenExpire       = "token_expire"        // the token in use is expired now
	TokenRotated      = "token_rotated_elsewhere"
	QuotaLeft         = "quota_left"   // left calls remain today for path
	IPDeny            = "ip_deny"      // 40164
	Verdict           = "verdict"      // of the next submit: status 2, 3 or 4
	LaterBan          = "later_ban"    // of the next submit: banned delay_ms after success
	DraftVanish       = "draft_vanish" // the draft is gone when asked for
	ListLag           = "list_lag"     // of the next submit: freepublish/batchget hides it for delay_ms
	CallbackDrop      = "callback_drop"
	CallbackDup       = "callback_dup"
	CallbackLate      = "callback_late" // by delay_ms
	CallbackForged    = "callback_bad_signature"
)

// Fault is one bad day. It strikes the nth matching call after it was armed (0
// means the next), or each matching call with a probability.
type Fault struct {
	Kind        string  `json:"kind"`
	Path        string  `json:"path,omitempty"` // empty: any call, or the one the kind is about
	Nth         int     `json:"nth,omitempty"`
	Times       int     `json:"times,omitempty"` // how many calls in a row; 0 means 1, or without end with a probability; -1 without end
	Probability float64 `json:"probability,omitempty"`
	DelayMS     int     `json:"delay_ms,omitempty"`
	Code        int     `json:"code,omitempty"`
	Message     string  `json:"message,omitempty"`
	Status      int     `json:"status,omitempty"`
	FailIdx     []int   `json:"fail_idx,omitempty"`
	Left        int     `json:"left,omitempty"`
}

type armed struct {
	Fault
	seen, fired int
}

// about is the call a kind concerns when the fault names no path.
var about = map[string]string{
	Verdict: "/cgi-bin/freepublish/submit", LaterBan: "/cgi-bin/freepublish/submit", ListLag: "/cgi-bin/freepublish/submit",
	DraftVanish:  "/cgi-bin/draft/get",
	CallbackDrop: "callback", CallbackDup: "callback", CallbackLate: "callback", CallbackForged: "callback",
	QuotaLeft: "/cgi-bin/freepublish/submit",
}

// Arm adds faults. It refuses a kind it does not know.
func (s *Sim) Arm(faults ...Fault) error {
	for _, f := range faults {
		if !known(f.Kind) {
			return fmt.Errorf("wechatsim: unknown fault %q", f.Kind)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		if f.Path == "" {
			f.Path = about[f.Kind]
		}
		s.faults = append(s.faults, &armed{Fault: f})
	}
	return nil
}

func known(kind string) bool {
	switch kind {
	case AcceptThenTimeout, AcceptThen500, AcceptThenReset, RejectBefore, Delay, ErrCode, HTML502, CutJSON, EmptyID,
		TokenExpire, TokenRotated, QuotaLeft, IPDeny, Verdict, LaterBan, DraftVanish, ListLag,
		CallbackDrop, CallbackDup, CallbackLate, CallbackForged:
		return true
	}
	return false
}

// Disarm removes all faults.
func (s *Sim) Disarm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Faults lists what is armed.
func (s *Sim) Faults() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Fault{}
	for _, f := range s.faults {
		out = append(out, f.Fault)
	}
	return out
}

func (f *armed) strikes(s *Sim, path string) bool {
	if f.Path != path && (f.Path != "" || path == "callback") {
		return false
	}
	f.seen++
	if f.Probability > 0 {
		if (f.Times > 0 && f.fired >= f.Times) || s.rng.Float64() >= f.Probability {
			return false
		}
		f.fired++
		return true
	}
	times := max(1, f.Times)
	if f.seen < max(1, f.Nth) || (f.Times >= 0 && f.fired >= times) {
		return false
	}
	f.fired++
	return true
}

// A strike is what the faults that fired want of one call.
type strike struct {
	fired     []string
	ending    string
	untouched bool // the call has no effect
	fail      *failure
	delay     time.Duration
	denyIP    bool
	vanish    bool
	verdict   int
	failIdx   []int
	lag, ban  time.Duration
	drop, dup bool
	forged    bool
}

func (s *Sim) strikes(path string) strike {
	var k strike
	for _, f := range s.faults {
		if !f.strikes(s, path) {
			continue
		}
		k.fired = append(k.fired, f.Kind)
		wait := time.Duration(f.DelayMS) * time.Millisecond
		switch f.Kind {
		case AcceptThenTimeout, AcceptThen500, AcceptThenReset, CutJSON, EmptyID:
			k.ending = f.Kind
		case RejectBefore, HTML502:
			k.ending, k.untouched = f.Kind, true
		case ErrCode:
			k.untouched = true
			k.fail = no(f.Code)
			if f.Message != "" {
				k.fail.msg = f.Message
			}
		case Delay, CallbackLate:
			k.delay = wait
		case TokenExpire:
			s.stable.expires, s.previous.expires = s.o.Now(), s.o.Now()
		case TokenRotated:
			_ = s.commit(entry{Kind: "token_lost"})
		case QuotaLeft:
			_ = s.commit(entry{Kind: "quota_left", Path: path, Index: f.Left})
		case IPDeny:
			k.denyIP = true
		case Verdict:
			k.verdict, k.failIdx = f.Status, f.FailIdx
		case LaterBan:
			k.ban = max(wait, time.Microsecond)
		case ListLag:
			k.lag = wait
		case DraftVanish:
			k.vanish = true
		case CallbackDrop:
			k.drop = true
		case CallbackDup:
			k.dup = true
		case CallbackForged:
			k.forged = true
		}
	}
	return k
}

// postFaults takes one fault or a list. Only JSON is taken, so that a page in
// somebody's browser cannot arm one.
func (s *Sim) postFaults(w http.ResponseWriter, r *http.Request) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		http.Error(w, "send application/json", http.StatusUnsupportedMediaType)
		return
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	var list []Fault
	if err == nil {
		if err = json.Unmarshal(b, &list); err != nil {
			list = []Fault{{}}
			err = json.Unmarshal(b, &list[0])
		}
	}
	if err == nil {
		err = s.Arm(list...)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	plainJSON(w, s.Faults())
}
