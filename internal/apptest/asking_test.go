package apptest_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"gongkai/config"
	"gongkai/internal/apptest"
)

// citizen is somebody at the public pages, without script or session.
type citizen struct {
	t    *testing.T
	base string
}

func (c citizen) post(path string, form url.Values) (int, string) {
	c.t.Helper()
	res, err := http.PostForm(c.base+path, form)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

var (
	hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)
	sumOf       = regexp.MustCompile(`请计算：(.)加(.)等于几`)
	receiptOf   = regexp.MustCompile(`<b>(\d{4}-\d+)</b>[\s\S]*<b><code>([a-z0-9]{12})</code></b>`)
)

func hidden(page string) url.Values {
	v := url.Values{}
	for _, m := range hiddenField.FindAllStringSubmatch(page, -1) {
		v.Set(m[1], strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">", "&#43;", "+", "&amp;", "&").Replace(m[2]))
	}
	return v
}

// solved is the form of the page that checks the answers, with the sum.
func solved(t *testing.T, page string) url.Values {
	t.Helper()
	m := sumOf.FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no sum on the page:\n%.600s", page)
	}
	digits := []rune("零一二三四五六七八九")
	at := func(s string) int { return strings.Index(string(digits), s) / 3 }
	v := hidden(page)
	v.Set("sum", fmt.Sprint(at(m[1])+at(m[2])))
	return v
}

func question() url.Values {
	return url.Values{"kind": {"natural_person"}, "name": {"张三丰"}, "id_kind": {"resident_card"}, "id_number": {"11010519491231002X"}, "phone": {"13800138000"},
		"wanted": {"2025年科技项目清单\n以及<b>验收</b>情况"}, "medium": {"paper"}, "route": {"post"}}
}

func TestACitizenAsksTracksAndWithdraws(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		c := citizen{t, w.Config.Public.URL}
		first := w.Fetch(c.base + "/ysqgk/")
		if first.Status != 200 || strings.Contains(string(first.Body), "用途\"") || !strings.Contains(string(first.Body), "依申请公开") {
			t.Fatalf("the form: %d", first.Status)
		}
		form := question()
		form.Set("once", hidden(string(first.Body)).Get("once"))

		// What is missing is said, and nothing typed is lost.
		bad := url.Values{}
		for k, v := range form {
			bad[k] = v
		}
		bad.Set("id_number", "110105194912310021")
		status, page := c.post("/ysqgk/check", bad)
		if status != 422 || !strings.Contains(page, `href="#f-id_number"`) || !strings.Contains(page, `value="张三丰"`) || !strings.Contains(page, "&lt;b&gt;验收") {
			t.Fatalf("a wrong number: %d\n%.800s", status, page)
		}
		status, page = c.post("/ysqgk/check", form)
		if status != 200 || !strings.Contains(page, "&lt;b&gt;验收") {
			t.Fatalf("the check: %d\n%.800s", status, page)
		}
		wrong := solved(t, page)
		wrong.Set("sum", "99")
		if status, again := c.post("/ysqgk/submit", wrong); status != 422 || !strings.Contains(again, "计算结果不对") {
			t.Errorf("a wrong sum: %d", status)
		}
		stolen := solved(t, page)
		stolen.Set("once", strings.Repeat("0", 32))
		if status, _ := c.post("/ysqgk/submit", stolen); status != 422 {
			t.Errorf("the sum of another form: %d", status)
		}
		change := solved(t, page)
		change.Set("change", "1")
		if status, again := c.post("/ysqgk/submit", change); status != 200 || !strings.Contains(again, "&lt;b&gt;验收") {
			t.Errorf("back to the form: %d", status)
		}

		// The same form at once, six times, is one request with one receipt.
		sent := solved(t, page)
		var all sync.WaitGroup
		receipts := make([]string, 6)
		for i := range receipts {
			all.Go(func() {
				if status, page := c.post("/ysqgk/submit", sent); status == 200 {
					if m := receiptOf.FindStringSubmatch(page); m != nil {
						receipts[i] = m[1] + " " + m[2]
					}
				}
			})
		}
		all.Wait()
		for _, r := range receipts {
			if r == "" || r != receipts[0] {
				t.Fatalf("receipts: %q", receipts)
			}
		}
		number, secret, _ := strings.Cut(receipts[0], " ")

		// An unknown number and a wrong secret look the same.
		_, unknown := c.post("/ysqgk/track", url.Values{"number": {"2026-9999"}, "secret": {secret}})
		status, guessed := c.post("/ysqgk/track", url.Values{"number": {number}, "secret": {"aaaaaaaaaaaa"}})
		if status != 404 || strings.ReplaceAll(unknown, "2026-9999", number) != guessed {
			t.Errorf("a wrong secret answers %d and differs from an unknown number", status)
		}
		status, page = c.post("/ysqgk/track", url.Values{"number": {number}, "secret": {secret}})
		if status != 200 || !strings.Contains(page, "待确认") || strings.Contains(page, "张三丰") {
			t.Errorf("tracking: %d\n%.600s", status, page)
		}
		if status, _ = c.post("/ysqgk/supply", url.Values{"number": {number}, "secret": {secret}, "text": {"补充"}}); status != 422 {
			t.Errorf("a correction nobody asked for: %d", status)
		}
		if status, page = c.post("/ysqgk/withdraw", url.Values{"number": {number}, "secret": {secret}}); status != 200 || !strings.Contains(page, "已答复") {
			t.Errorf("withdrawing: %d", status)
		}
	})
}

// The public form under hostile texts and a flood: never a 5xx, never markup born
// from a text.
func TestThePublicFormUnderHostileTexts(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	c := citizen{t, w.Config.Public.URL}
	texts := apptest.Naughty(t)
	fields := []string{"kind", "name", "id_kind", "id_number", "phone", "email", "address", "postcode", "head", "contact", "agent", "agent_id", "agent_paper", "wanted", "features", "medium", "route", "once"}
	taken, refused := 0, 0
	for i := range 2 * len(texts) { // 1,184: each text in two fields
		s, field := texts[i%len(texts)], fields[(i+i/len(texts)*5)%len(fields)]
		form := question()
		form.Set("once", fmt.Sprintf("%032x", i+1))
		form.Set(field, s)
		status, page := c.post("/ysqgk/check", form)
		if status >= 500 {
			t.Fatalf("%s = %.60q: %d", field, s, status)
		}
		for _, born := range []string{"<script", "<img", "<svg", "<iframe", "javascript:alert"} {
			if strings.Contains(strings.ReplaceAll(page, `value="`, ""), born) && !strings.Contains(page, "&lt;") {
				t.Errorf("%s = %.60q gives %s", field, s, born)
			}
		}
		if status == 200 {
			taken++
		} else {
			refused++
		}
	}
	t.Logf("%d taken, %d refused", taken, refused)
	if taken < 50 || refused < 50 {
		t.Error("the test no longer tests anything")
	}
	// More than a person sends is put off, not dropped.
	many := map[int]int{}
	for i := range 60 {
		form := question()
		form.Set("once", fmt.Sprintf("%032x", 100_000+i))
		_, page := c.post("/ysqgk/check", form)
		status, page := c.post("/ysqgk/submit", solved(t, page))
		many[status]++
		if status == 429 && !strings.Contains(page, `value="张三丰"`) {
			t.Error("what was typed is lost to who is put off")
		}
	}
	if many[200] == 0 || many[429] == 0 || many[200]+many[429] != 60 {
		t.Errorf("sixty at once: %v", many)
	}
	big := question()
	big.Set("wanted", strings.Repeat("大", 100_000))
	if status, _ := c.post("/ysqgk/check", big); status != 413 {
		t.Errorf("a huge text: %d", status)
	}
	for _, method := range []string{"PUT", "DELETE"} {
		r, _ := http.NewRequest(method, c.base+"/ysqgk/", nil)
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil || res.StatusCode >= 500 {
			t.Errorf("%s: %v %v", method, res, err)
		}
	}
	if a := w.Fetch(c.base + "/ysqgk/../etc"); a.Status >= 500 {
		t.Errorf("%d", a.Status)
	}
}

// enclose sends a file as the page's form does.
func (c citizen) enclose(number, secret, name string, content []byte) (int, string) {
	c.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	_ = m.WriteField("number", number)
	_ = m.WriteField("secret", secret)
	if name != "" {
		f, err := m.CreateFormFile("file", name)
		if err != nil {
			c.t.Fatal(err)
		}
		_, _ = f.Write(content)
	}
	_ = m.Close()
	res, err := http.Post(c.base+"/ysqgk/enclose", m.FormDataContentType(), &b)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res.StatusCode, string(page)
}

func TestACitizenAddsAFile(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		c := citizen{t, w.Config.Public.URL}
		form := question()
		form.Set("once", strings.Repeat("a", 32))
		_, page := c.post("/ysqgk/check", form)
		_, page = c.post("/ysqgk/submit", solved(t, page))
		m := receiptOf.FindStringSubmatch(page)
		if m == nil || !strings.Contains(page, `action="/ysqgk/enclose"`) {
			t.Fatalf("the receipt:\n%.600s", page)
		}
		number, secret := m[1], m[2]
		paper := []byte("%PDF-1.4\n身份证")
		if status, page := c.enclose(number, secret, "身份证.pdf", paper); status != 200 || !strings.Contains(page, "已收到文件") || !strings.Contains(page, "<code>"+secret+"</code>") {
			t.Errorf("a file: %d\n%.600s", status, page)
		}
		// A wrong secret and an unknown number look the same, file or not.
		status, guessed := c.enclose(number, "aaaaaaaaaaaa", "身份证.pdf", paper)
		_, unknown := c.enclose("2026-9999", secret, "身份证.pdf", paper)
		if status != 404 || strings.ReplaceAll(unknown, "2026-9999", number) != guessed {
			t.Errorf("a wrong secret answers %d", status)
		}
		for name, x := range map[string]struct {
			file    string
			content []byte
			status  int
			say     string
		}{
			"no file": {"", nil, 422, "请选择一个不为空的文件"}, "an empty one": {"空.pdf", nil, 422, "不是可以接收的文件"}, "a program": {"a.exe", []byte("MZ"), 422, "不是可以接收的文件"},
			"a page": {"a.pdf", []byte("<html><script>"), 422, "不是可以接收的文件"}, "a strange name": {"<script>\u202e.exe", paper, 422, ""}, "a tagged name": {"<script>.exe", paper, 422, "不是可以接收的文件"}, "a long name": {strings.Repeat("长", 200) + ".pdf", paper, 422, ""},
			"a monster":  {"大.pdf", append([]byte("%PDF-1.4\n"), make([]byte, 40<<20)...), 422, "文件超过5MB"},
			"a huge one": {"大.pdf", append([]byte("%PDF-1.4\n"), make([]byte, 6<<20)...), 422, "文件超过5MB"},
		} {
			if status, page := c.enclose(number, secret, x.file, x.content); status != x.status || !strings.Contains(page, x.say) || strings.Contains(page, "<script>\u202e") || strings.Contains(page, "<script>.exe") {
				t.Errorf("%s: %d\n%.900s", name, status, page)
			}
		}
		if status, _ := c.post("/ysqgk/enclose", url.Values{"number": {number}, "secret": {secret}}); status != 400 {
			t.Errorf("a form of the other encoding: %d", status)
		}
		for range 4 {
			c.enclose(number, secret, "身份证.pdf", paper)
		}
		if status, page := c.enclose(number, secret, "身份证.pdf", paper); status != 422 || !strings.Contains(page, "不能再添加") {
			t.Errorf("a sixth file: %d", status)
		}
	})
}

// TestThePublicFormUnderAFlood sends 200 requests from 200 addresses, each form
// twice, as fast as 20 people can: every one gets one receipt.
func TestThePublicFormUnderAFlood(t *testing.T) {
	for _, driver := range []string{"sqlite", "mysql"} {
		t.Run(driver, func(t *testing.T) {
			w := apptest.Start(t, apptest.Options{Driver: driver, Idle: true, Set: func(c *config.Config) { c.Proxies = []string{"127.0.0.1/32"} }})
			c := citizen{t, w.Config.Public.URL}
			const all = 200
			var mu sync.Mutex
			numbers, statuses := map[string]int{}, map[int]int{}
			jobs := make(chan int)
			var people sync.WaitGroup
			for range 20 {
				people.Go(func() {
					for i := range jobs {
						form := question()
						form.Set("once", fmt.Sprintf("%032x", 7_000_000+i))
						status, page := c.from(i, "/ysqgk/check", form)
						var receipts [2]string
						if status == 200 {
							sent := solved(t, page)
							for j := range receipts {
								var again string
								status, again = c.from(i, "/ysqgk/submit", sent)
								if m := receiptOf.FindStringSubmatch(again); m != nil {
									receipts[j] = m[1] + " " + m[2]
								}
							}
						}
						mu.Lock()
						statuses[status]++
						numbers[receipts[0]]++
						if receipts[0] == "" || receipts[0] != receipts[1] {
							t.Errorf("form %d: %d, receipts %q", i, status, receipts)
						}
						mu.Unlock()
					}
				})
			}
			for i := range all {
				jobs <- i
			}
			close(jobs)
			people.Wait()
			if len(numbers) != all || statuses[200] != all {
				t.Errorf("%d receipts, %v", len(numbers), statuses)
			}
		})
	}
}

// from posts as somebody at an address behind the proxy.
func (c citizen) from(address int, path string, form url.Values) (int, string) {
	r, err := http.NewRequest("POST", c.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, err.Error()
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Forwarded-For", fmt.Sprintf("198.51.100.%d", address%250+1))
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(b)
}
