package wechatsim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// desk is a client that speaks to one simulator.
type desk struct {
	t     *testing.T
	sim   *Sim
	srv   *httptest.Server
	clock *clock
	token string
	cover string
}

func newDesk(t *testing.T, change func(*Options)) *desk {
	t.Helper()
	c := &clock{t: time.Date(2026, 3, 11, 1, 0, 0, 0, time.UTC)}
	o := Options{Now: c.Now}
	if change != nil {
		change(&o)
	}
	return deskOf(t, New(o), c)
}

func deskOf(t *testing.T, s *Sim, c *clock) *desk {
	t.Helper()
	d := &desk{t: t, sim: s, srv: httptest.NewServer(s.Handler()), clock: c}
	t.Cleanup(d.srv.Close)
	d.token = d.post("/cgi-bin/stable_token", object{"grant_type": "client_credential", "appid": s.AppID(), "secret": s.Secret()})["access_token"].(string)
	return d
}

func (d *desk) raw(path, contentType string, body io.Reader) object {
	d.t.Helper()
	resp, err := d.srv.Client().Post(d.srv.URL+path+sep(path)+"access_token="+d.token, contentType, body)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	var out object
	dec := json.NewDecoder(resp.Body)
	dec.UseNumber()
	if err := dec.Decode(&out); err != nil {
		d.t.Fatal(err)
	}
	return out
}

func sep(path string) string {
	if strings.Contains(path, "?") {
		return "&"
	}
	return "?"
}

func (d *desk) post(path string, body any) object {
	d.t.Helper()
	return d.raw(path, "application/json", bytes.NewReader(encode(body)))
}

func (d *desk) upload(path string, b []byte) object {
	d.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, _ := form.CreateFormFile("media", "a.png")
	_, _ = part.Write(b)
	form.Close()
	return d.raw(path, form.FormDataContentType(), &body)
}

func code(o object) int {
	n, ok := o["errcode"].(json.Number)
	if !ok {
		return 0
	}
	i, _ := n.Int64()
	return int(i)
}

func tiny(format string) []byte {
	var b bytes.Buffer
	img := image.NewGray(image.Rect(0, 0, 4, 4))
	if format == "png" {
		_ = png.Encode(&b, img)
	} else {
		_ = jpeg.Encode(&b, img, nil)
	}
	return b.Bytes()
}

func (d *desk) article(change func(object)) object {
	d.t.Helper()
	if d.cover == "" {
		d.cover = d.upload("/cgi-bin/material/add_material?type=image", tiny("png"))["media_id"].(string)
	}
	a := object{"article_type": "news", "title": "年报", "author": "局", "digest": "", "content": "<p>正文</p>",
		"content_source_url": "https://www.example.gov.cn/art/1.html?wx=1-abc", "thumb_media_id": d.cover}
	if change != nil {
		change(a)
	}
	return object{"articles": []object{a}}
}

func (d *desk) publish() (articleID string) {
	d.t.Helper()
	media := d.post("/cgi-bin/draft/add", d.article(nil))["media_id"]
	id := d.post("/cgi-bin/freepublish/submit", object{"media_id": media})["publish_id"]
	d.clock.advance(6 * time.Second)
	articleID, _ = d.post("/cgi-bin/freepublish/get", object{"publish_id": id})["article_id"].(string)
	return articleID
}

func TestLimitsAreRefusedByTheirCodes(t *testing.T) {
	d := newDesk(t, nil)
	image := d.upload("/cgi-bin/media/uploadimg", tiny("jpeg"))["url"].(string)
	escaped := `{"articles":[{"title":"` + strings.Repeat(`\u516c`, 6) + `","content":"x","thumb_media_id":"` + d.article(nil)["articles"].([]object)[0]["thumb_media_id"].(string) + `"}]}`
	if got := code(d.raw("/cgi-bin/draft/add", "application/json", strings.NewReader(escaped))); got != 45003 {
		t.Errorf("six escaped characters: %d, want the false 45003", got)
	}
	for name, c := range map[string]struct {
		change func(object)
		code   int
	}{
		"title of 32":    {func(a object) { a["title"] = strings.Repeat("题", 32) }, 0},
		"title of 33":    {func(a object) { a["title"] = strings.Repeat("题", 33) }, 45003},
		"author of 16":   {func(a object) { a["author"] = strings.Repeat("者", 16) }, 0},
		"author of 17":   {func(a object) { a["author"] = strings.Repeat("者", 17) }, 45110},
		"digest of 129":  {func(a object) { a["digest"] = strings.Repeat("摘", 129) }, 45004},
		"content 19999":  {func(a object) { a["content"] = strings.Repeat("文", 19999) }, 0},
		"content 20000":  {func(a object) { a["content"] = strings.Repeat("文", 20000) }, 45002},
		"no content":     {func(a object) { a["content"] = "" }, 44003},
		"source not URL": {func(a object) { a["content_source_url"] = "javascript:1" }, 41039},
		"source too long": {func(a object) {
			a["content_source_url"] = "https://a.cn/" + strings.Repeat("x", 1024)
		}, 41039},
		"comments":           {func(a object) { a["need_open_comment"] = 1 }, 88000},
		"unknown cover":      {func(a object) { a["thumb_media_id"] = "nope" }, 40007},
		"body image cover":   {func(a object) { a["thumb_media_id"] = strings.Split(strings.Split(image, "mmbiz_sim/")[1], ".")[0] }, 40007},
		"cover not a string": {func(a object) { a["thumb_media_id"] = 7 }, 47001},
	} {
		if got := code(d.post("/cgi-bin/draft/add", d.article(c.change))); got != c.code {
			t.Errorf("%s: %d, want %d", name, got, c.code)
		}
	}
	if got := code(d.post("/cgi-bin/draft/add", object{"articles": []object{}})); got != 44003 {
		t.Errorf("no article: %d", got)
	}
	if got := code(d.upload("/cgi-bin/media/uploadimg", []byte("GIF89a not taken here"))); got != 40005 {
		t.Errorf("GIF in a body: %d", got)
	}
	if got := code(d.upload("/cgi-bin/media/uploadimg", append(tiny("png"), make([]byte, 1<<20)...))); got != 40009 {
		t.Errorf("too large: %d", got)
	}
	if got := code(d.upload("/cgi-bin/material/add_material?type=thumb", tiny("png"))); got != 40005 {
		t.Errorf("PNG thumb: %d", got)
	}
}

func TestForeignImagesAndLinksAreDroppedSilently(t *testing.T) {
	d := newDesk(t, nil)
	own := d.upload("/cgi-bin/media/uploadimg", tiny("png"))["url"].(string)
	media := d.post("/cgi-bin/draft/add", d.article(func(a object) {
		a["content"] = `<p id="x" class="y" onclick="z()" style="position:fixed;color:red">甲<img src="https://evil.example/a.png"><img src="` + own + `">` +
			`<a href="https://example.com">链接</a><a href="https://mp.weixin.qq.com/s/1">文章</a><script>1</script></p>`
	}))["media_id"]
	items := d.post("/cgi-bin/draft/get", object{"media_id": media})["news_item"].([]any)
	got := items[0].(object)["content"].(string)
	for _, gone := range []string{"evil", "example.com", "script", "onclick", "position", "class", "id="} {
		if strings.Contains(got, gone) {
			t.Errorf("%q is still in %s", gone, got)
		}
	}
	for _, kept := range []string{own, "color:red", "链接", "mp.weixin.qq.com/s/1"} {
		if !strings.Contains(got, kept) {
			t.Errorf("%q is missing in %s", kept, got)
		}
	}
	if n := len(d.sim.drafts[media.(string)].articles[0].Dropped); n != 3 {
		t.Errorf("%d things listed as dropped", n)
	}
	resp, err := d.srv.Client().Get(own)
	if err != nil || resp.Header.Get("Content-Type") != "image/png" {
		t.Errorf("the picture is not served back: %v", err)
	}
}

func TestPublishingTakesTimeAndConsumesTheDraft(t *testing.T) {
	for _, atSuccess := range []bool{false, true} {
		d := newDesk(t, func(o *Options) { o.ConsumeAtSuccess, o.StringIDs = atSuccess, atSuccess })
		media := d.post("/cgi-bin/draft/add", d.article(nil))["media_id"]
		r := d.post("/cgi-bin/freepublish/submit", object{"media_id": media})
		if _, isString := r["publish_id"].(string); isString != atSuccess {
			t.Errorf("publish_id is %T", r["publish_id"])
		}
		get := func() object {
			return d.post("/cgi-bin/freepublish/get", object{"publish_id": r["publish_id"]})
		}
		if s := get()["publish_status"].(json.Number); s != "1" {
			t.Errorf("status %s at once", s)
		}
		want := 40007
		if atSuccess {
			want = 0
		}
		if got := code(d.post("/cgi-bin/draft/get", object{"media_id": media})); got != want {
			t.Errorf("draft under review: %d, want %d", got, want)
		}
		if len(d.sim.Ledger()) != 0 {
			t.Error("visible before the verdict")
		}
		d.clock.advance(5 * time.Second)
		if s := get()["publish_status"].(json.Number); s != "0" {
			t.Errorf("status %s", s)
		}
		if got := code(d.post("/cgi-bin/draft/get", object{"media_id": media})); got != 40007 {
			t.Errorf("draft after success: %d", got)
		}
		if l := d.sim.Ledger(); len(l) != 1 || l[0].Ever != 1 || l[0].Now != 1 {
			t.Errorf("ledger %+v", l)
		}
	}
}

func TestSecondSubmitOfADraftUnderReview(t *testing.T) {
	for how, want := range map[SecondSubmit]int{Refuse: 1, Same: 1, Duplicate: 2} {
		d := newDesk(t, func(o *Options) { o.ConsumeAtSuccess, o.SecondSubmit = true, how })
		media := d.post("/cgi-bin/draft/add", d.article(nil))["media_id"]
		for range 2 {
			d.post("/cgi-bin/freepublish/submit", object{"media_id": media})
		}
		d.clock.advance(time.Minute)
		d.sim.Tick(context.Background())
		if got := d.sim.Ledger()[0].Ever; got != want {
			t.Errorf("%s: %d copies, want %d", how, got, want)
		}
	}
}

func TestAccountTypesTokensAndQuotas(t *testing.T) {
	d := newDesk(t, func(o *Options) { o.Account = Unverified })
	if got := code(d.post("/cgi-bin/freepublish/batchget", object{"offset": 0, "count": 1})); got != 48001 {
		t.Errorf("unverified: %d", got)
	}
	d = newDesk(t, nil)
	good := d.token
	d.token = "x"
	if got := code(d.post("/cgi-bin/draft/count", nil)); got != 40001 {
		t.Errorf("wrong token: %d", got)
	}
	d.token = ""
	if got := code(d.post("/cgi-bin/draft/batchget", object{})); got != 41001 {
		t.Errorf("no token: %d", got)
	}
	d.token = good
	d.clock.advance(2 * time.Hour)
	if got := code(d.post("/cgi-bin/draft/batchget", object{"count": 1})); got != 42001 {
		t.Errorf("old token: %d", got)
	}
	d = newDesk(t, func(o *Options) { o.Quotas = map[string]int{"/cgi-bin/draft/get": 1} })
	d.post("/cgi-bin/draft/get", object{"media_id": "x"})
	if got := code(d.post("/cgi-bin/draft/get", object{"media_id": "x"})); got != 45009 {
		t.Errorf("quota: %d", got)
	}
	q := d.post("/cgi-bin/openapi/quota/get", object{"cgi_path": "/cgi-bin/draft/get"})["quota"].(object)
	if q["daily_limit"].(json.Number) != "1" || q["remain"].(json.Number) != "0" {
		t.Errorf("quota/get: %v", q)
	}
	d.clock.advance(16 * time.Hour) // past midnight in Shanghai
	d.token = d.post("/cgi-bin/stable_token", object{"grant_type": "client_credential", "appid": d.sim.AppID(), "secret": d.sim.Secret()})["access_token"].(string)
	if got := code(d.post("/cgi-bin/draft/get", object{"media_id": "x"})); got != 40007 {
		t.Errorf("next day: %d", got)
	}
}

func TestRepliesLookLikeThePlatforms(t *testing.T) {
	d := newDesk(t, nil)
	resp, err := d.srv.Client().Post(d.srv.URL+"/cgi-bin/draft/count", "application/json", nil)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != 200 || !strings.Contains(string(b), "rid: ") || !strings.Contains(string(b), "hint: ") {
		t.Errorf("HTTP %d %s", resp.StatusCode, b)
	}
	u := d.upload("/cgi-bin/media/uploadimg", tiny("png"))
	if b := encode(u); !bytes.Contains(b, []byte(`:\/\/`)) {
		t.Errorf("slashes are not escaped: %s", b)
	}
}

func TestDeletionNeedsNoSecondLook(t *testing.T) {
	d := newDesk(t, nil)
	id := d.publish()
	page := d.sim.Ledger()[0].Copies[0].URL
	if body := d.get(page); !strings.Contains(body, "正文") || !strings.Contains(body, "模拟") || !strings.Contains(body, "阅读原文") {
		t.Errorf("page %s", body)
	}
	if got := code(d.post("/cgi-bin/freepublish/delete", object{"article_id": id, "index": 2})); got != 40114 {
		t.Errorf("index 2: %d", got)
	}
	for range 2 {
		if got := code(d.post("/cgi-bin/freepublish/delete", object{"article_id": id, "index": 1})); got != 0 {
			t.Errorf("delete: %d", got)
		}
	}
	if body := d.get(page); !strings.Contains(body, "该内容已被发布者删除") || strings.Contains(body, "正文") {
		t.Errorf("page %s", body)
	}
	items := d.post("/cgi-bin/freepublish/getarticle", object{"article_id": id})["news_item"].([]any)
	if items[0].(object)["is_deleted"] != true {
		t.Error("is_deleted is not set")
	}
	if l := d.sim.Ledger()[0]; l.Ever != 1 || l.Now != 0 || l.Copies[0].Gone == nil {
		t.Errorf("ledger %+v", l)
	}
	if got := code(d.post("/cgi-bin/freepublish/delete", object{"article_id": "x"})); got != 53600 {
		t.Errorf("unknown article: %d", got)
	}
}

func (d *desk) get(path string) string {
	d.t.Helper()
	resp, err := d.srv.Client().Get(d.srv.URL + path)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return string(b)
}

func TestPhonePageIsSelfContained(t *testing.T) {
	d := newDesk(t, nil)
	d.publish()
	body := d.get("/_sim/ui")
	for _, want := range []string{"模拟", "年报", "/mmbiz_sim/", "/s/SIM"} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, banned := range []string{"<script", "src=\"http", "href=\"http", "access_token"} {
		if strings.Contains(body, banned) {
			t.Errorf("%q is on the page", banned)
		}
	}
}

func TestLedgerSurvivesARestart(t *testing.T) {
	folder := t.TempDir()
	c := &clock{t: time.Date(2026, 3, 11, 1, 0, 0, 0, time.UTC)}
	open := func() *Sim {
		s, err := Open(folder, Options{Now: c.Now})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	d := deskOf(t, s, c)
	d.publish()
	media := d.post("/cgi-bin/draft/add", d.article(nil))["media_id"]
	id := d.post("/cgi-bin/freepublish/submit", object{"media_id": media})["publish_id"]
	before, _ := json.Marshal(s.Ledger())
	s.Close()

	path := filepath.Join(folder, "ledger.ndjson")
	f, _ := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	fmt.Fprint(f, `{"at":17,"kind":"dra`) // what a kill leaves
	f.Close()

	s = open()
	after, _ := json.Marshal(s.Ledger())
	if string(before) != string(after) {
		t.Errorf("ledger\n%s\n%s", before, after)
	}
	token := d.token
	d2 := &desk{t: t, sim: s, srv: httptest.NewServer(s.Handler()), clock: c, token: token}
	defer d2.srv.Close()
	c.advance(6 * time.Second)
	if got := d2.post("/cgi-bin/freepublish/get", object{"publish_id": id})["publish_status"].(json.Number); got != "0" {
		t.Errorf("the review did not go on after the restart: %s", got)
	}
	if s.Ledger()[0].Ever != 2 {
		t.Errorf("ledger %+v", s.Ledger())
	}
	s.Close()
	s = open()
	defer s.Close()
	if s.Ledger()[0].Ever != 2 {
		t.Error("the half line was not cut off")
	}
}

func TestFaultsByHTTP(t *testing.T) {
	d := newDesk(t, nil)
	post := func(kind, body string) int {
		resp, err := d.srv.Client().Post(d.srv.URL+"/_sim/faults", kind, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if got := post("text/plain", `{"kind":"ip_deny"}`); got != 415 {
		t.Errorf("text/plain: %d", got)
	}
	if got := post("application/json", `{"kind":"no_such"}`); got != 400 {
		t.Errorf("unknown: %d", got)
	}
	if got := post("application/json", `[{"kind":"errcode","code":45011,"path":"/cgi-bin/draft/count","nth":2},{"kind":"ip_deny","path":"/cgi-bin/draft/get"}]`); got != 200 {
		t.Errorf("list: %d", got)
	}
	count := func() int {
		return code(d.raw("/cgi-bin/draft/batchget", "application/json", strings.NewReader(`{"count":1}`)))
	}
	if count() != 0 {
		t.Error("a fault struck another path")
	}
	if got := code(d.post("/cgi-bin/draft/get", object{"media_id": "x"})); got != 40164 {
		t.Errorf("ip_deny: %d", got)
	}
	if got := code(d.post("/cgi-bin/draft/get", object{"media_id": "x"})); got != 40007 {
		t.Errorf("a fault struck twice: %d", got)
	}
	req, _ := http.NewRequest(http.MethodDelete, d.srv.URL+"/_sim/faults", nil)
	if resp, err := d.srv.Client().Do(req); err != nil || resp.StatusCode != 200 || len(d.sim.Faults()) != 0 {
		t.Error("faults are not removed")
	}
	var ledger []Line
	if err := json.Unmarshal([]byte(d.get("/_sim/ledger")), &ledger); err != nil {
		t.Error(err)
	}
}

func TestBansAndListLag(t *testing.T) {
	d := newDesk(t, nil)
	if err := d.sim.Arm(Fault{Kind: LaterBan, DelayMS: 60_000}, Fault{Kind: ListLag, DelayMS: 30_000}); err != nil {
		t.Fatal(err)
	}
	d.publish()
	list := func() string {
		return string(d.post("/cgi-bin/freepublish/batchget", object{"count": 20})["total_count"].(json.Number))
	}
	if list() != "0" {
		t.Error("listed despite the lag")
	}
	d.clock.advance(30 * time.Second)
	if list() != "1" {
		t.Error("not listed after the lag")
	}
	d.clock.advance(time.Minute)
	if list() != "0" || d.sim.Ledger()[0].Now != 0 {
		t.Error("still visible after the ban")
	}
	if body := d.get(d.sim.Ledger()[0].Copies[0].URL); !strings.Contains(body, "违规") {
		t.Error(body)
	}
}

func TestCallbackIsTriedThreeTimes(t *testing.T) {
	d := newDesk(t, nil)
	var mu sync.Mutex
	tries := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		tries++
		mu.Unlock()
		http.Error(w, "no", http.StatusServiceUnavailable)
	}))
	defer srv.Close()
	d.sim.Configure(func(o *Options) {
		o.Callback = Callback{URL: srv.URL, Token: "t", AESKey: strings.Repeat("A", 43)}
	})
	d.publish()
	for range 6 {
		d.sim.Tick(context.Background())
		d.clock.advance(6 * time.Second)
	}
	if tries != 3 {
		t.Errorf("%d tries", tries)
	}
}
