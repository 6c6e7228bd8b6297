package crashtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"time"

	"gongkai/internal/apptest"
	"gongkai/internal/crashtest/checker"
)

// patience is how long a person tries again while the program is down.
// quietFor is how long the channels may take to come to rest (the program's
// promise is three minutes, at a hundredth of its waits).
const quietFor = 60 * time.Second

const patience = 60 * time.Second

// once sends one request.
func (w *World) once(p *apptest.Person, method, path string, body []byte, key string) (apptest.Answer, error) {
	req, err := http.NewRequest(method, w.staff+path, bytes.NewReader(body))
	if err != nil {
		return apptest.Answer{}, err
	}
	req.Header.Set("Authorization", "Bearer "+p.Token)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := w.http.Do(req)
	if err != nil {
		return apptest.Answer{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return apptest.Answer{Status: res.StatusCode, Header: res.Header, Body: b}, err
}

// ask repeats a request under its key until it is answered: what a careful
// program does when the line breaks.
func (w *World) ask(p *apptest.Person, method, path string, body any, key string) apptest.Answer {
	b, err := json.Marshal(body)
	if err != nil {
		w.t.Error(err)
	}
	end := time.Now().Add(patience)
	for {
		a, err := w.once(p, method, path, b, key)
		if err == nil && a.Status != http.StatusServiceUnavailable {
			return a
		}
		if time.Now().After(end) {
			w.t.Errorf("%s %s was not answered: %d %v", method, path, a.Status, err)
			return a
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (w *World) key() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return fmt.Sprintf("crash-%016x", w.rng.Uint64())
}

func (w *World) ack(a checker.Ack) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.journal.Acks = append(w.journal.Acks, a)
}

func (w *World) expect(m int64, state string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.journal.Expected[m] = state
}

// get reads a manuscript.
func (w *World) get(id int64) (m apptest.Item) {
	a := w.ask(w.office.People["office_editor"], "GET", fmt.Sprintf("/api/v1/manuscripts/%d", id), nil, "")
	if err := json.Unmarshal(a.Body, &m); err != nil || a.Status != http.StatusOK {
		w.t.Errorf("manuscript %d: %d %s", id, a.Status, a.Body)
	}
	return m
}

// act does one act on a manuscript as it is seen now, until it is answered; it
// must be a yes, and is written into the journal.
func (w *World) act(p *apptest.Person, id int64, verdict, path string, more ...any) apptest.Item {
	m := w.get(id)
	in := map[string]any{"version": m.Version, "hash": m.Hash}
	for i := 0; i+1 < len(more); i += 2 {
		in[more[i].(string)] = more[i+1]
	}
	a := w.ask(p, "POST", fmt.Sprintf("/api/v1/manuscripts/%d/%s", id, path), in, w.key())
	if a.Status/100 != 2 {
		w.t.Errorf("%s of manuscript %d by %s: %d %s", path, id, p.Login, a.Status, a.Body)
		return m
	}
	seen := m.Hash
	if verdict == "edit_draft" {
		var now apptest.Item
		_ = json.Unmarshal(a.Body, &now)
		seen = now.Hash
	}
	w.ack(checker.Ack{Act: verdict, Manuscript: id, Person: p.ID, Hash: seen})
	return w.get(id)
}

// until looks at a manuscript until ok, as long as a person waits.
func (w *World) until(id int64, what string, ok func(apptest.Item) bool) apptest.Item {
	end := time.Now().Add(patience)
	for {
		m := w.get(id)
		if ok(m) {
			return m
		}
		if time.Now().After(end) {
			w.t.Errorf("manuscript %d: %s never came: %s %+v", id, what, m.State, m.Publications)
			return m
		}
		time.Sleep(40 * time.Millisecond)
	}
}

var shown = regexp.MustCompile(`<article id="content" data-hash="([^"]*)">`)

// read is a reader who looks at every page there is or may be, again and again,
// and notes what changed.
func (w *World) read(ctx context.Context) {
	client := &http.Client{Timeout: 5 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		w.mu.Lock()
		paths := make([]string, 0, len(w.watched))
		for p := range w.watched {
			paths = append(paths, p)
		}
		w.mu.Unlock()
		for _, p := range paths {
			res, err := client.Get(w.public + p)
			if err != nil {
				continue
			}
			b, err := io.ReadAll(res.Body)
			res.Body.Close()
			if err != nil {
				continue
			}
			s := checker.Sighting{Path: p, At: time.Now(), Status: res.StatusCode}
			if m := shown.FindSubmatch(b); m != nil {
				s.Hash = string(m[1])
			}
			w.mu.Lock()
			if last := w.watched[p]; last.Status != s.Status || last.Hash != s.Hash {
				w.watched[p] = s
				w.journal.Seen = append(w.journal.Seen, s)
			}
			w.mu.Unlock()
		}
	}
}
