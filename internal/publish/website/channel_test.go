package website_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gongkai/internal/blob"
	"gongkai/internal/body"
	"gongkai/internal/check"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/publish"
	"gongkai/internal/publish/website"
	"gongkai/internal/site"
	"gongkai/web"
)

// ledger agrees unless it holds an error.
type ledger struct {
	mu   sync.Mutex
	no   error
	seen int
}

func (l *ledger) Confirm(*db.Tx, publish.Item) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen++
	return l.no
}

type bench struct {
	t       *testing.T
	d       *db.DB
	clock   *dbtest.Clock
	ledger  *ledger
	channel *website.Channel
	site    *site.Site
	office  atomic.Int64
}

func each(t *testing.T, f func(b *bench)) { eachOf(t, 1, f) }

// eachOf starts the site while the database knows that organisation.
func eachOf(t *testing.T, office int64, f func(b *bench)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		b := &bench{t: t, d: d, clock: clock, ledger: &ledger{}}
		b.office.Store(office)
		templates, err := fs.Sub(web.FS, "templates/public")
		if err != nil {
			t.Fatal(err)
		}
		static, err := fs.Sub(web.FS, "static")
		if err != nil {
			t.Fatal(err)
		}
		s, err := site.New(site.Config{DB: d, BaseURL: "http://localhost:8081", Templates: templates, Static: static,
			Organisation: func(*db.Tx) (site.Organisation, error) {
				return site.Organisation{ID: b.office.Load(), FullName: "某局", SiteName: "某局", Domain: "localhost", SiteIDCode: "6405020009"}, nil
			},
			Sections: func(*db.Tx, int64) ([]site.Section, error) { return nil, nil },
			Say:      func(code string, args map[string]any) string { return fmt.Sprint(code, args) }})
		if err != nil {
			t.Fatal(err)
		}
		b.site, b.channel = s, website.New(website.Config{DB: d, Site: s, Ledger: b.ledger})
		f(b)
	})
}

func (b *bench) item() publish.Item {
	text, err := body.Sanitise("<h2>一、总体情况</h2><p>正文&amp;内容。</p>")
	if err != nil {
		b.t.Fatal(err)
	}
	return publish.Item{PublicationID: 1, OrganisationID: 1, ManuscriptID: 42, RevisionID: 9, RevisionNo: 2, Hash: blob.Hash([]byte("x")), Title: "标题", Body: text, Source: "某局",
		Section: publish.Section{Slug: "gzdt", Title: "工作动态"}, IndexNo: "a/2026-00001", PublishAt: b.clock.Now(), Path: "/art/2026/42.html", PageURL: "http://localhost:8081/art/2026/42.html"}
}

func (b *bench) deliver(it publish.Item) publish.Receipt {
	b.t.Helper()
	r, err := b.channel.Deliver(context.Background(), it)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func (b *bench) get(path string) (int, string) {
	w := httptest.NewRecorder()
	b.site.Handler().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w.Code, w.Body.String()
}

func (b *bench) want(status int) {
	b.t.Helper()
	if got, _ := b.get("/art/2026/42.html"); got != status {
		b.t.Errorf("the page answers %d, want %d", got, status)
	}
}

func TestDeliverShowsWhatWasSigned(t *testing.T) {
	each(t, func(b *bench) {
		it := b.item()
		b.want(404)
		r := b.deliver(it)
		if r.State != publish.Published || r.URL != it.PageURL {
			b.t.Errorf("receipt %+v", r)
		}
		_, page := b.get(it.Path)
		m := regexp.MustCompile(`(?s)<article id="content" data-hash="([^"]*)">(.*)</article>`).FindStringSubmatch(page)
		if m == nil || m[1] != it.Hash || m[2] != it.Body {
			b.t.Errorf("the page is not what was signed: %q", m)
		}
	})
}

func TestAnotherOrganisationsItemIsNotShownUnderThisOnesName(t *testing.T) {
	each(t, func(b *bench) {
		for _, other := range []int64{2, 0} {
			it := b.item()
			it.OrganisationID = other
			if r := b.deliver(it); r.State != publish.NeedsPerson || r.Reason != "website.organisation" {
				b.t.Errorf("receipt %+v", r)
			}
			b.want(404)
		}
	})
}

func TestSiteStartedBeforeItsOfficeWaitsForIt(t *testing.T) {
	eachOf(t, 0, func(b *bench) {
		if status, _ := b.get("/"); status != 200 {
			b.t.Errorf("the empty site answers %d", status)
		}
		if r := b.deliver(b.item()); r.Reason != "website.organisation" {
			b.t.Errorf("receipt %+v", r)
		}
		b.want(404)
		b.office.Store(1)
		if r := b.deliver(b.item()); r.State != publish.Published {
			b.t.Errorf("receipt %+v", r)
		}
		b.want(200)
	})
}

func TestDeliverAgainChangesNothing(t *testing.T) {
	each(t, func(b *bench) {
		it := b.item()
		b.deliver(it)
		_, first := b.get(it.Path)
		b.clock.Advance(time.Hour)
		if r := b.deliver(it); r.State != publish.Published {
			b.t.Errorf("receipt %+v", r)
		}
		if _, again := b.get(it.Path); again != first {
			b.t.Error("the page changed")
		}
	})
}

func TestManyNodesDeliverOnePage(t *testing.T) {
	each(t, func(b *bench) {
		it := b.item()
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				if r, err := b.channel.Deliver(context.Background(), it); err != nil || r.State != publish.Published {
					b.t.Errorf("%+v %v", r, err)
				}
			})
		}
		wg.Wait()
		_, sitemap := b.get("/sitemap.xml")
		if n := strings.Count(sitemap, "/art/"); n != 1 {
			b.t.Errorf("%d pages", n)
		}
	})
}

func TestNeverBeforeItsTime(t *testing.T) {
	each(t, func(b *bench) {
		it := b.item()
		it.PublishAt = b.clock.Now().Add(time.Hour)
		r := b.deliver(it)
		if r.State != publish.Waiting || !r.NextAt.Equal(it.PublishAt) || b.ledger.seen != 0 {
			b.t.Errorf("receipt %+v, confirmed %d times", r, b.ledger.seen)
		}
		b.want(404)
		b.clock.Advance(time.Hour)
		b.deliver(it)
		b.want(200)
	})
}

func TestLedgerRefusalShowsNothing(t *testing.T) {
	each(t, func(b *bench) {
		for _, no := range []error{publish.ErrStopped, publish.ErrFenced} {
			b.ledger.no = no
			if _, err := b.channel.Deliver(context.Background(), b.item()); !errors.Is(err, no) {
				b.t.Errorf("got %v", err)
			}
			b.want(404)
		}
	})
}

func TestTakeDownAndBack(t *testing.T) {
	each(t, func(b *bench) {
		it := b.item()
		b.deliver(it)
		it.TakeDownReason, it.TakeDownAt = "privacy", b.clock.Now()
		for range 2 {
			r, err := b.channel.TakeDown(context.Background(), it)
			if err != nil || r.State != publish.Gone {
				b.t.Errorf("%+v %v", r, err)
			}
			b.want(410)
		}
		if _, page := b.get(it.Path); !strings.Contains(page, "site.gone.privacy") || strings.Contains(page, "标题") {
			b.t.Error("the 410 page")
		}
		if r := b.deliver(it); r.State != publish.Gone {
			b.t.Errorf("an old delivery after the take-down: %+v", r)
		}
		b.want(410)
		it.PublicationID, it.RevisionNo = 2, 3
		if r := b.deliver(it); r.State != publish.Published {
			b.t.Errorf("the corrected revision: %+v", r)
		}
		b.want(200)
	})
}

func TestTakeDownBeforeDeliveryIsNoError(t *testing.T) {
	each(t, func(b *bench) {
		if r, err := b.channel.TakeDown(context.Background(), b.item()); err != nil || r.State != publish.Gone {
			b.t.Errorf("%+v %v", r, err)
		}
		b.want(404)
	})
}

func TestHideFollowsItsTransaction(t *testing.T) {
	each(t, func(b *bench) {
		it := b.item()
		b.deliver(it)
		no := errors.New("no")
		err := b.d.Write(context.Background(), func(tx *db.Tx) error {
			if err := b.channel.Hide(tx, it); err != nil {
				return err
			}
			return no
		})
		if !errors.Is(err, no) {
			b.t.Fatal(err)
		}
		b.want(200)
		if err := b.d.Write(context.Background(), func(tx *db.Tx) error { return b.channel.Hide(tx, it) }); err != nil {
			b.t.Fatal(err)
		}
		b.want(410)
	})
}

func TestLaterRevisionStays(t *testing.T) {
	each(t, func(b *bench) {
		it := b.item()
		b.deliver(it)
		it.PublicationID, it.RevisionNo = 3, 1
		if r := b.deliver(it); r.State != publish.NeedsPerson || r.Reason != "website.older" {
			b.t.Errorf("%+v", r)
		}
	})
}

func TestWhatCannotBeShownNeedsAPerson(t *testing.T) {
	each(t, func(b *bench) {
		for reason, spoil := range map[string]func(*publish.Item){
			"website.body": func(it *publish.Item) { it.Body = `<p onclick="x">a</p>` },
			"website.path": func(it *publish.Item) { it.Path = "/../x" },
			"website.blob": func(it *publish.Item) {
				it.Attachments = []publish.Attachment{{Name: "a.pdf", Hash: blob.Hash([]byte("none"))}}
			},
		} {
			it := b.item()
			spoil(&it)
			if r := b.deliver(it); r.State != publish.NeedsPerson || r.Reason != reason {
				b.t.Errorf("%s: %+v", reason, r)
			}
			b.want(404)
		}
	})
}

func TestCheck(t *testing.T) {
	good := publish.Item{Title: "标题", Body: "<p>正文</p>\n", Source: "某局", Section: publish.Section{Slug: "gzdt", Title: "工作动态"}, DocDate: "2026-01-20"}
	c := website.New(website.Config{})
	if f := c.Check(good); len(f) != 0 {
		t.Errorf("a good item: %v", f)
	}
	for rule, spoil := range map[string]func(*publish.Item){
		"title":          func(it *publish.Item) { it.Title = "  " },
		"title_length":   func(it *publish.Item) { it.Title = strings.Repeat("字", 201) },
		"body":           func(it *publish.Item) { it.Body = "" },
		"body_form":      func(it *publish.Item) { it.Body = "<div>a</div>" },
		"section":        func(it *publish.Item) { it.Section.Slug = "../x" },
		"summary_length": func(it *publish.Item) { it.Summary = strings.Repeat("字", 1001) },
		"doc_date":       func(it *publish.Item) { it.DocDate = "2026年1月20日" },
		"attachment":     func(it *publish.Item) { it.Attachments = []publish.Attachment{{Name: "", Hash: "x"}} },
		"source":         func(it *publish.Item) { it.Source = "" },
		"image_alt": func(it *publish.Item) {
			it.Body = `<p><img src="/blob/` + blob.Hash(nil) + `" alt=""></p>` + "\n"
		},
	} {
		it := good
		spoil(&it)
		found := c.Check(it)
		if !slices.ContainsFunc(found, func(f check.Finding) bool { return f.Rule == "channel.website."+rule }) || len(found) != 1 {
			t.Errorf("%s: %v", rule, found)
		}
	}
}
