package wechat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"gongkai/internal/blob"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/publish"
	"gongkai/internal/publish/wechat/platform"
	"gongkai/internal/wechatsim"
)

const (
	testToken = "callbacktoken"
	testKey   = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
)

// book is a small publisher: its rows are the real tables.
type book struct{}

func (book) Confirm(tx *db.Tx, it publish.Item) error {
	var row struct {
		Fence int64
		State string
	}
	res := tx.G.Raw("SELECT fence, state FROM publications WHERE id = ?"+tx.ForUpdate(), it.PublicationID).Scan(&row)
	switch {
	case res.Error != nil:
		return res.Error
	case row.Fence != it.Fence:
		return publish.ErrFenced
	case row.State != "delivering":
		return publish.ErrStopped
	}
	return nil
}

func (book) Begin(tx *db.Tx, it publish.Item, step, marker string) (int64, error) {
	row := struct {
		ID                            int64 `gorm:"primaryKey"`
		PublicationID, Fence          int64
		Step, Marker, Outcome, Detail string
		StartedAt, EndedAt            int64
	}{PublicationID: it.PublicationID, Fence: it.Fence, Step: step, Marker: marker, StartedAt: db.Micros(tx.Now())}
	err := tx.G.Table("publish_attempts").Create(&row).Error
	return row.ID, err
}

func (book) End(tx *db.Tx, attempt int64, out publish.Outcome, detail string) error {
	return tx.G.Exec("UPDATE publish_attempts SET ended_at = ?, outcome = ?, detail = ? WHERE id = ?", db.Micros(tx.Now()), string(out), detail, attempt).Error
}

// world is one account on the simulator, one channel, one signed item.
type world struct {
	t     testing.TB
	d     *db.DB
	clock *dbtest.Clock
	sim   *wechatsim.Sim
	srv   *httptest.Server
	ch    *Channel
	cfg   Config
	it    publish.Item
	ids   []int64 // of all publications on this account
}

type setup struct {
	sim     func(*wechatsim.Options)
	cfg     func(*Config)
	item    func(*publish.Item)
	account string
	id      int64
}

func newWorld(t testing.TB, d *db.DB, clock *dbtest.Clock, s setup) *world {
	t.Helper()
	if s.account == "" {
		s.account = "wxsim00000000000001"
	}
	if s.id == 0 {
		s.id = 42
	}
	o := wechatsim.Options{Now: clock.Now, AppID: s.account, Seed: uint64(s.id)}
	if s.sim != nil {
		s.sim(&o)
	}
	w := &world{t: t, d: d, clock: clock, sim: wechatsim.New(o)}
	w.srv = httptest.NewServer(w.sim.Handler())
	t.Cleanup(w.srv.Close)
	w.cfg = Config{Account: platform.Account{
		BaseURL: w.srv.URL, AppID: s.account, Secret: w.sim.Secret(), Environment: "test", CallbackToken: testToken, AESKey: testKey,
		CallTimeout: 400 * time.Millisecond, UploadTimeout: 400 * time.Millisecond, HTTP: w.srv.Client(),
	}, DB: d, Ledger: book{}}
	if s.cfg != nil {
		s.cfg(&w.cfg)
	}
	var err error
	if w.ch, err = New(w.cfg); err != nil {
		t.Fatal(err)
	}
	w.it = w.item(s.id)
	if s.item != nil {
		s.item(&w.it)
	}
	w.publication(w.it)
	return w
}

func picture(side int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	for i := range side {
		img.Set(i, i, color.RGBA{200, 30, 30, 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// noise does not compress.
func noise(side int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		img.Pix[i] = uint8(r.Uint32())
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func (w *world) item(id int64) publish.Item {
	var hash string
	w.write(func(tx *db.Tx) (err error) {
		hash, err = blob.Put(tx, "image/png", picture(16))
		return err
	})
	return publish.Item{
		PublicationID: id, Fence: 1, OrganisationID: 1, Organisation: "示例市应急管理局", ManuscriptID: id, RevisionID: id * 10, RevisionNo: 3,
		Hash: blob.Hash(fmt.Append(nil, "revision ", id)), Title: "示例市应急管理局2025年政府信息公开工作年度报告",
		Body: `<h2>一、总体情况</h2><p>2025年，我局主动公开政府信息1,234条，详见<a href="https://www.example.gov.cn/zfxxgk/">公开专栏</a>。</p>` +
			`<p class="ta-c"><img src="/blob/` + hash + `" alt="公开情况图"></p><table><tbody><tr><th colspan="2">指标</th></tr><tr><td>受理</td><td class="ta-r">56件</td></tr></tbody></table>`,
		Source: "示例市应急管理局", Kind: "annual_report",
		WeChat:    publish.WeChat{Title: "2025年政府信息公开年报", Author: "应急局", Digest: "主动公开1,234条，受理申请56件。", Form: publish.FormFull},
		SignedAt:  w.clock.Now().Add(-time.Hour),
		PublishAt: w.clock.Now(),
		Path:      fmt.Sprintf("/art/2026/%d.html", id), PageURL: fmt.Sprintf("https://www.example.gov.cn/art/2026/%d.html", id),
	}
}

func (w *world) write(f func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.d.Write(context.Background(), f); err != nil {
		w.t.Fatal(err)
	}
}

// publication inserts a row with every column there is, so that this test does
// not follow each change of the publisher's table.
func (w *world) publication(it publish.Item) {
	w.ids = append(w.ids, it.PublicationID)
	w.write(func(tx *db.Tx) error {
		columns, err := tx.G.Migrator().ColumnTypes("publications")
		if err != nil {
			return err
		}
		row := map[string]any{}
		for _, c := range columns {
			row[c.Name()] = 0
			if kind := strings.ToLower(c.DatabaseTypeName()); strings.Contains(kind, "text") || strings.Contains(kind, "char") {
				row[c.Name()] = ""
			}
		}
		row["state"], row["id"], row["fence"], row["manuscript_id"], row["revision_id"], row["channel"] = "delivering", it.PublicationID, it.Fence, it.ManuscriptID, it.RevisionID, "wechat"
		return tx.G.Table("publications").Create(row).Error
	})
}

func (w *world) arm(faults ...wechatsim.Fault) {
	w.t.Helper()
	if err := w.sim.Arm(faults...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) deliver() publish.Receipt {
	w.t.Helper()
	r, err := w.ch.Deliver(context.Background(), w.it)
	if err != nil {
		w.t.Fatalf("Deliver: %v", err)
	}
	return r
}

// follow calls again and again at the moments the receipts name until the
// delivery rests.
func (w *world) follow(do func(context.Context, publish.Item) (publish.Receipt, error)) publish.Receipt {
	w.t.Helper()
	for range 60 {
		w.sim.Tick(context.Background())
		r, err := do(context.Background(), w.it)
		if err != nil {
			w.t.Fatalf("call: %v", err)
		}
		if r.State != publish.Waiting {
			w.check()
			return r
		}
		if now := w.clock.Now(); r.NextAt.After(now) {
			w.clock.Set(r.NextAt)
		} else {
			w.clock.Advance(time.Second)
		}
	}
	w.t.Fatalf("still waiting after 60 calls: %+v", w.row())
	return publish.Receipt{}
}

func (w *world) deliverAll() publish.Receipt { w.t.Helper(); return w.follow(w.ch.Deliver) }

func (w *world) takeDownAll() publish.Receipt {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		return tx.G.Exec("UPDATE publications SET state = 'retracting' WHERE id = ?", w.it.PublicationID).Error
	})
	return w.follow(w.ch.TakeDown)
}

func (w *world) row() (d delivery) {
	w.t.Helper()
	err := w.d.Read(context.Background(), func(tx *db.Tx) (err error) {
		d, _, err = load(tx, w.it.PublicationID)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// seen is what the public could see of the item, by the simulator's own ledger.
func (w *world) seen() (ever, now int) {
	for _, l := range w.sim.Ledger() {
		if l.Marker == Marker(w.it) {
			return l.Ever, l.Now
		}
	}
	return 0, 0
}

func (w *world) calls(path string) (n int) {
	for _, r := range w.sim.Requests() {
		if r.Path == path {
			n++
		}
	}
	return n
}

var steps = map[string]string{
	platform.PathUploadImage: "wechat.uploadimg", platform.PathAddMaterial: "wechat.add_material", platform.PathDraftAdd: "wechat.draft_add",
	platform.PathDraftDelete: "wechat.draft_delete", platform.PathSubmit: "wechat.submit", platform.PathDelete: "wechat.delete",
}

// check holds after everything: at most one copy (I1), an intent for every call
// that acts (I6), and never Published without a copy.
func (w *world) check() {
	w.t.Helper()
	ever, now := w.seen()
	if ever > 1 {
		w.t.Fatalf("the public saw %d copies of %s\n%s", ever, Marker(w.it), w.story())
	}
	d := w.row()
	if d.State == published && now != 1 {
		w.t.Fatalf("published without a visible copy\n%s", w.story())
	}
	if d.State == gone && now != 0 {
		w.t.Fatalf("gone, but %d copies are visible\n%s", now, w.story())
	}
	type attempt struct {
		Step    string
		Outcome string
	}
	var attempts []attempt
	if err := w.d.Read(context.Background(), func(tx *db.Tx) error {
		return tx.G.Raw("SELECT step, outcome FROM publish_attempts WHERE publication_id IN ?", w.ids).Scan(&attempts).Error
	}); err != nil {
		w.t.Fatal(err)
	}
	begun := map[string]int{}
	for _, a := range attempts {
		begun[a.Step]++
	}
	made := map[string]int{}
	for _, r := range w.sim.Requests() {
		// A call repeated for its token stays within one intent.
		if step := steps[r.Path]; step != "" && !slices.Contains([]int{40001, 40014, 42001}, r.Errcode) {
			made[step]++
		}
	}
	for step, n := range made {
		if n > begun[step] {
			w.t.Fatalf("%d calls of %s with %d intents\n%s", n, step, begun[step], w.story())
		}
	}
}

func (w *world) story() string {
	var b strings.Builder
	for _, r := range w.sim.Requests() {
		fmt.Fprintf(&b, "%s %s %s errcode=%d fault=%s\n", r.At.Format(time.TimeOnly), r.Path, r.ID, r.Errcode, r.Fault)
	}
	fmt.Fprintf(&b, "%+v\n", w.row())
	return b.String()
}

func want(t testing.TB, r publish.Receipt, s publish.State, reason string) {
	t.Helper()
	if r.State != s || r.Reason != reason {
		t.Fatalf("receipt is %s %q (%s), want %s %q", r.State, r.Reason, r.Detail, s, reason)
	}
}

func ignoreFenced(err error) error {
	if errors.Is(err, publish.ErrFenced) {
		return nil
	}
	return err
}
