//go:build load

package loadtest

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gongkai/config"
	"gongkai/internal/app"
	"gongkai/internal/apptest"
	"gongkai/internal/dbtest"
	"gongkai/internal/org"
)

// setting reads a whole number from the environment.
func setting(name string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return usual
}

// An office is the program, who works in it, and what their work took.
type office struct {
	t      *testing.T
	staff  string
	client *http.Client
	people []*worker
	pid    int
	heap   heap

	mu      sync.Mutex
	took    map[string][]time.Duration
	refused map[string]int // answers 4xx: somebody was faster
	broken  []string       // answers 5xx, and none
	measure bool
}

// A worker is one signed-in person.
type worker struct {
	*office
	post  org.Post
	token string
	rng   *rand.Rand
	made  []string // manuscripts the drafter has
}

// TestAnOfficeAtWork: GONGKAI_LOAD_PEOPLE people think five seconds between two
// acts, for GONGKAI_LOAD_MINUTES, on each database of GONGKAI_LOAD_DRIVERS. It
// prints what each act took; only an error of the program fails it.
func TestAnOfficeAtWork(t *testing.T) {
	for _, driver := range strings.Fields(os.Getenv("GONGKAI_LOAD_DRIVERS")) {
		t.Run(driver, func(t *testing.T) { work(t, driver) })
	}
}

func work(t *testing.T, driver string) {
	o := &office{t: t, took: map[string][]time.Duration{}, refused: map[string]int{},
		client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 600, MaxConnsPerHost: 600},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	o.open(driver, setting("GONGKAI_LOAD_PEOPLE", 500))
	minutes := time.Duration(setting("GONGKAI_LOAD_MINUTES", 3)) * time.Minute
	ctx, stop := context.WithTimeout(context.Background(), minutes+30*time.Second)
	defer stop()
	var all sync.WaitGroup
	for _, p := range o.people {
		all.Go(func() { p.day(ctx) })
	}
	time.Sleep(30 * time.Second) // everybody has come
	o.mu.Lock()
	o.measure = true
	o.mu.Unlock()
	var memory []int
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Second):
			memory = append(memory, o.memory())
		}
	}
	all.Wait()
	o.report(minutes, memory)
}

// open founds an office of so many people and starts the program on it.
func (o *office) open(driver string, people int) {
	t := o.t
	data := t.TempDir()
	key := filepath.Join(data, "key")
	if err := os.WriteFile(key, []byte(strings.Repeat("0a", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	staff, public := apptest.FreeAddress(t), apptest.FreeAddress(t)
	o.staff = "http://" + staff
	env := append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, "GONGKAI_ENV=development", "GONGKAI_DATA="+data, "GONGKAI_LOG__LEVEL=warn", "GONGKAI_STAFF__LISTEN="+staff, "GONGKAI_STAFF__URL="+o.staff,
		"GONGKAI_PUBLIC__LISTEN="+public, "GONGKAI_PUBLIC__URL=http://"+public, "GONGKAI_AUDIT__KEY_FILE="+key, "GONGKAI_SIGN_IN__KEY_FILE="+key)
	c := config.Default()
	c.Data = data
	if driver == "mysql" {
		c.Database = config.Database{Driver: "mysql", DSN: dbtest.MySQLDatabase(t)}
		env = append(env, "GONGKAI_DATABASE__DRIVER=mysql", "GONGKAI_DATABASE__DSN="+c.Database.DSN, "GONGKAI_REDIS__ADDRESS="+os.Getenv("GONGKAI_TEST_REDIS"))
	}
	o.hire(c, people)
	binary := filepath.Join(data, "gongkai")
	build := exec.Command("go", "build", "-o", binary, "gongkai/cmd/gongkai")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	var said strings.Builder
	cmd := exec.Command(binary, "serve")
	cmd.Env, cmd.Stderr = append(env, "GODEBUG=gctrace=1"), io.MultiWriter(&said, &o.heap)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	o.pid = cmd.Process.Pid
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the program said:\n%.4000s", said.String())
		}
	})
	for range 200 {
		if a, err := o.client.Get(o.staff + "/login"); err == nil {
			a.Body.Close()
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("the program does not answer: %s", said.String())
}

// hire fills the office: sixteen units, two thirds drafters, the rest judge.
func (o *office) hire(c config.Config, people int) {
	ctx, t := context.Background(), o.t
	d, err := app.OpenDatabase(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	bureau := apptest.Found(t, d, "甲局", "100000001")
	desk := org.NewDesk(d, app.RecordOrg)
	system := org.System(bureau.ID)
	units := []int64{}
	for i := range 16 {
		u, err := desk.AddUnit(ctx, system, org.Unit{Name: fmt.Sprintf("第%d科", i+1)})
		if err != nil {
			t.Fatal(err)
		}
		units = append(units, u.ID)
	}
	posts := []org.Post{org.Drafter, org.Drafter, org.Drafter, org.Drafter, org.Drafter, org.Drafter, org.SectionHead, org.SectionHead, org.OfficeEditor, org.ConfidentialityOfficer, org.DeputyDirector, org.SigningLeader}
	for i := range people {
		login, post, unit := fmt.Sprintf("p%d", i), posts[i%len(posts)], units[i/len(posts)%len(units)]
		p, err := desk.AddPerson(ctx, system, org.Person{StaffNo: login, Name: login, Established: true}, login, org.OneTime{})
		if err == nil {
			err = desk.Grant(ctx, system, p.ID, post, unit)
		}
		token := ""
		if err == nil {
			token, err = desk.NewToken(ctx, login, "load", d.Now().AddDate(0, 0, 1))
		}
		if err != nil {
			t.Fatal(err)
		}
		o.people = append(o.people, &worker{office: o, post: post, token: token, rng: rand.New(rand.NewPCG(uint64(i), 7))})
	}
}

// day is one person's: an act, a thought, the next act.
func (p *worker) day(ctx context.Context) {
	think := func() {
		pause := time.NewTimer(time.Duration(p.rng.ExpFloat64() * 5 * float64(time.Second)))
		defer pause.Stop()
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
	}
	for think(); ctx.Err() == nil; think() {
		if p.post == org.Drafter {
			p.draft()
		} else {
			p.judge()
		}
	}
}

func (p *worker) draft() {
	switch n := p.rng.IntN(100); {
	case n < 12 || len(p.made) == 0:
		p.write()
	case n < 35:
		p.get("work list", "/tasks")
	case n < 55:
		p.get("my manuscripts", "/mine")
	case n < 75:
		p.get("manuscript", p.made[p.rng.IntN(len(p.made))])
	case n < 85:
		p.get("search", "/search?q="+url.QueryEscape("科技"))
	case n < 93:
		p.get("editor", "/manuscripts/new")
	default:
		p.get("notices", "/notices")
	}
}

// write drafts a text and sends it to review.
func (p *worker) write() {
	page := p.get("editor", "/manuscripts/new")
	form, unit := p.form(page, "/manuscripts/new"), mine.FindStringSubmatch(page)
	if form == nil || unit == nil {
		return
	}
	form.Set("unit", unit[1])
	for name, value := range map[string]string{"title": fmt.Sprintf("科技工作简讯第%d号", p.rng.IntN(1_000_000)), "kind": "news", "section": "news", "format": "html",
		"body": "<h2>一、总体情况</h2>" + strings.Repeat("<p>区科学技术局组织科技特派员深入乡镇开展技术服务，解决农业生产难题。</p>", 12), "disclosure.attribute": "proactive", "do": "save"} {
		form.Set(name, value)
	}
	at := p.send("save", "/manuscripts/new", form)
	if !strings.HasPrefix(at, "/manuscripts/") {
		return
	}
	p.made = append(p.made, at)
	if form := p.form(p.get("manuscript", at), at+"/submit"); form != nil {
		p.send("submit", at+"/submit", form)
	}
}

var (
	listed = regexp.MustCompile(`class="t" href="(/manuscripts/\d+)"`)
	field  = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
	mine   = regexp.MustCompile(`name="unit"><option value="(\d+)"`)
	point  = regexp.MustCompile(`name="checklist" value="(\d+)"`)
)

func (p *worker) judge() {
	page := p.get("work list", "/tasks")
	waiting := listed.FindAllStringSubmatch(page, -1)
	if len(waiting) == 0 || p.rng.IntN(100) < 30 {
		if p.rng.IntN(2) == 0 {
			p.get("register", "/register")
		} else {
			p.get("notices", "/notices")
		}
		return
	}
	at := waiting[p.rng.IntN(min(len(waiting), 30))][1]
	page = p.get("manuscript", at)
	if p.rng.IntN(100) < 40 {
		p.get("preview", at+"?view=wechat")
		return
	}
	form := p.form(page, at+"/decide")
	if form == nil {
		return
	}
	for _, m := range point.FindAllStringSubmatch(page, -1) {
		form.Add("checklist", m[1])
	}
	verb := "approve"
	if strings.Contains(page, `value="sign"`) {
		verb = "sign"
		form.Set("read", "1")
	}
	if p.rng.IntN(10) == 0 {
		form.Set("return_for", "facts")
		form.Set("target", "draft")
		form.Set("note", "请核对数据。")
		p.send("return", at+"/decide", form)
		return
	}
	form.Set("verb", verb)
	p.send(verb, at+"/decide", form)
}

// form are the hidden fields of a form on a page, nil when it is not there.
func (p *worker) form(page, action string) url.Values {
	_, rest, ok := strings.Cut(page, `action="`+action+`"`)
	if !ok {
		return nil
	}
	inner, _, _ := strings.Cut(rest, "</form>")
	v := url.Values{}
	for _, m := range field.FindAllStringSubmatch(inner, -1) {
		v.Set(m[1], m[2])
	}
	return v
}

func (p *worker) get(act, path string) string {
	_, body := p.call(act, "GET", path, nil)
	return body
}

// send answers where the page leads, "" when the act was refused.
func (p *worker) send(act, path string, form url.Values) string {
	to, _ := p.call(act, "POST", path, form)
	return to
}

func (p *worker) call(act, method, path string, form url.Values) (to, body string) {
	var in io.Reader
	if form != nil {
		in = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequest(method, p.staff+path, in)
	if err != nil {
		p.t.Error(err)
		return "", ""
	}
	r.AddCookie(&http.Cookie{Name: "gongkai", Value: p.token})
	r.Header.Set("Origin", p.staff)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	start := time.Now()
	a, err := p.client.Do(r)
	if err != nil {
		p.note(act, 0, 0, err.Error())
		return "", ""
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		p.note(act, 0, 0, err.Error())
		return "", ""
	}
	p.note(act, a.StatusCode, time.Since(start), string(b))
	if to, err := a.Location(); err == nil {
		return to.Path, string(b)
	}
	return "", string(b)
}

var why = regexp.MustCompile(`<h1>[^<]*</h1>|id="oops"[^\n]*`)

func (o *office) note(act string, status int, took time.Duration, text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case status == 0 || status >= 500:
		o.broken = append(o.broken, fmt.Sprintf("%s: %d %.200s", act, status, text))
	case status >= 400:
		o.refused[fmt.Sprintf("%s %d %s", act, status, why.FindString(text))]++
	}
	if o.measure && status != 0 {
		o.took[act] = append(o.took[act], took)
	}
}

// memory is what the program holds, in MiB.
func (o *office) memory() int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", o.pid))
	for l := range strings.Lines(string(b)) {
		if f := strings.Fields(l); len(f) > 1 && f[0] == "VmRSS:" {
			n, _ := strconv.Atoi(f[1])
			return n >> 10
		}
	}
	return 0
}

// A heap is what each collection of the program left alive, as its trace says.
type heap struct {
	mu   sync.Mutex
	rest string
	live map[int][2]int // by minute: least and most
}

var collected = regexp.MustCompile(`^gc \d+ @([0-9.]+)s .*->(\d+) MB,`)

func (h *heap) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.rest += string(b)
	for {
		line, rest, ok := strings.Cut(h.rest, "\n")
		if !ok {
			return len(b), nil
		}
		h.rest = rest
		m := collected.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		at, _ := strconv.ParseFloat(m[1], 64)
		n, _ := strconv.Atoi(m[2])
		if h.live == nil {
			h.live = map[int][2]int{}
		}
		seen, ok := h.live[int(at)/60]
		if !ok {
			seen = [2]int{n, n}
		}
		h.live[int(at)/60] = [2]int{min(seen[0], n), max(seen[1], n)}
	}
}

func (h *heap) minutes() (all []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range 24 * 60 {
		if m, ok := h.live[i]; ok {
			all = append(all, fmt.Sprintf("%d: %d–%d", i, m[0], m[1]))
		}
	}
	return all
}

func (o *office) report(minutes time.Duration, memory []int) {
	var all []time.Duration
	acts := make([]string, 0, len(o.took))
	for act, took := range o.took {
		acts, all = append(acts, act), append(all, took...)
	}
	slices.Sort(acts)
	line := func(name string, took []time.Duration) {
		slices.Sort(took)
		at := func(p int) string { return took[len(took)*p/100].Round(time.Millisecond / 10).String() }
		o.t.Logf("%-16s %7d  p50 %8s  p95 %8s  p99 %8s", name, len(took), at(50), at(95), at(99))
	}
	for _, act := range acts {
		line(act, o.took[act])
	}
	if len(all) == 0 {
		o.t.Fatal("nobody did anything")
	}
	line("all", all)
	o.t.Logf("%d people, %s, %.0f acts a second, refused %v", len(o.people), minutes, float64(len(all))/minutes.Seconds(), o.refused)
	o.t.Logf("memory in MiB, every 10 s: %v", memory)
	o.t.Logf("live heap after a collection in MiB, least and most of each minute: %v", o.heap.minutes())
	if len(o.broken) > 0 {
		o.t.Errorf("%d errors: %v", len(o.broken), o.broken[:min(5, len(o.broken))])
	}
}
