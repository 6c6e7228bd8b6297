package site_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"gongkai/internal/blob"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/site"
)

// TestNodeThatFollowedEveryChangeShowsWhatAFreshOneShows puts, revises, moves
// and takes down at random and compares all lists after each change.
func TestNodeThatFollowedEveryChangeShowsWhatAFreshOneShows(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	var file string
	write(t, d, func(tx *db.Tx) (err error) {
		file, err = blob.Put(tx, "application/pdf", []byte("%PDF-1.4\n"))
		return err
	})
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	here := open(t, d)
	revision := map[int64]int{}
	for step := range 120 {
		id := int64(1 + r.IntN(40))
		if r.IntN(4) == 0 {
			write(t, d, func(tx *db.Tx) error { return here.Remove(tx, id, "outdated", tx.Now()) })
		} else {
			revision[id]++
			p := news(id, fmt.Sprintf("第 %d 条第 %d 版", id, revision[id]))
			p.PublicationID, p.RevisionNo, p.Section = int64(step+1000), revision[id], sections[r.IntN(len(sections))]
			p.Path = fmt.Sprintf("/art/%d/%d.html", 2026+r.IntN(2), id) // signed again in another year
			if r.IntN(2) == 0 {
				p.Files = []site.File{{Name: fmt.Sprintf("附件%d.pdf", id), MediaType: "application/pdf", Size: 9, Hash: file}}
			}
			put(t, d, here, p)
		}
		clock.Advance(time.Second)
		if step%10 != 9 {
			here.Snapshot()
			continue
		}
		fresh := open(t, d).Handler()
		paths := []string{"/", "/list/", "/list/?page=2", "/feed.xml", "/sitemap.xml", "/search?q=" + fmt.Sprint(r.IntN(10))}
		for _, s := range sections {
			paths = append(paths, "/list/"+s.Slug+"/")
		}
		for i := range 40 {
			paths = append(paths, fmt.Sprintf("/art/2026/%d.html", i+1), fmt.Sprintf("/art/2027/%d.html", i+1), fmt.Sprintf("/files/%s/附件%d.pdf", file, i+1))
		}
		for _, path := range paths {
			a, b := get(here.Handler(), path), get(fresh, path)
			if a.Code != b.Code || a.Body.String() != b.Body.String() {
				t.Fatalf("step %d: %s answers %d and %d\n%s\n---\n%s", step, path, a.Code, b.Code, a.Body, b.Body)
			}
		}
	}
}

func TestNothingIsBuiltAgainWhileNothingChanges(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	s := open(t, d)
	put(t, d, s, news(1, "一"))
	before := s.Snapshot()
	clock.Advance(time.Minute)
	if s.Snapshot() != before {
		t.Error("lists were dropped though nothing changed")
	}
	put(t, d, s, news(2, "二"))
	if s.Snapshot() == before {
		t.Error("a change is not shown")
	}
}

func TestSearchHasBounds(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	s := open(t, d)
	h := s.Handler()
	for some := range 3 {
		var pages []site.Page
		for i := range 50 {
			pages = append(pages, news(int64(some*50+i+1), fmt.Sprintf("科普活动 %d", i)))
		}
		put(t, d, s, pages...)
	}
	body := get(h, "/search?q=科普").Body.String()
	if n := strings.Count(body, `href="/art/`); n != 100 || !strings.Contains(body, "150") {
		t.Errorf("%d results are listed", n)
	}
	s.Searching(true)
	w := get(h, "/search?q=科普")
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("with all places taken: %d", w.Code)
	}
	if w := get(h, "/list/"); w.Code != 200 {
		t.Errorf("a list meanwhile: %d", w.Code)
	}
	s.Searching(false)
	if w := get(h, "/search?q=科普"); w.Code != 200 {
		t.Errorf("afterwards: %d", w.Code)
	}
}
