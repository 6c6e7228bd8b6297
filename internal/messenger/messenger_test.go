package messenger_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/messenger"
	"gongkai/internal/notify"
)

// postbox is a mail server on loopback that keeps what it is given.
type postbox struct {
	net.Listener
	lock  sync.Mutex
	mails []string
	down  bool // refuses recipients
}

func newPostbox(t *testing.T) *postbox {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &postbox{Listener: l}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return p
}

func (p *postbox) serve(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	say := func(s string) { fmt.Fprint(c, s+"\r\n") }
	say("220 ready")
	var to, text string
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch verb := strings.ToUpper(strings.SplitN(strings.TrimSpace(line), " ", 2)[0]); verb {
		case "EHLO", "HELO":
			say("250-office\r\n250 8BITMIME")
		case "RCPT":
			p.lock.Lock()
			down := p.down
			p.lock.Unlock()
			if down {
				say("451 try later")
				continue
			}
			to = strings.TrimSpace(line)
			say("250 ok")
		case "DATA":
			say("354 go on")
			text = ""
			for {
				l, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if l == ".\r\n" {
					break
				}
				text += l
			}
			p.lock.Lock()
			p.mails = append(p.mails, to+"\n"+decoded(text))
			p.lock.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func decoded(mail string) string {
	head, body, _ := strings.Cut(mail, "\r\n\r\n")
	subject := ""
	for _, l := range strings.Split(strings.ReplaceAll(head, "\r\n ", " "), "\r\n") {
		if v, ok := strings.CutPrefix(l, "Subject: "); ok {
			subject, _ = new(mime.WordDecoder).DecodeHeader(v)
		}
	}
	if strings.Contains(strings.ToLower(head), "base64") {
		b, _ := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(body), ""))
		return subject + "\n" + string(b)
	}
	b, _ := io.ReadAll(quotedprintable.NewReader(strings.NewReader(body)))
	return subject + "\n" + string(b)
}

// take answers the mails since the last time.
func (p *postbox) take() []string {
	p.lock.Lock()
	defer p.lock.Unlock()
	all := p.mails
	p.mails = nil
	return all
}

type office struct {
	t     *testing.T
	d     *db.DB
	clock *dbtest.Clock
	m     *messenger.Messenger
	post  *postbox
	chat  []string
	lock  sync.Mutex
}

func open(t *testing.T, d *db.DB, clock *dbtest.Clock, chat string) *office {
	cal, err := calendar.Load()
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, d: d, clock: clock, post: newPostbox(t)}
	c := messenger.Config{DB: d, Calendar: cal, URL: "https://oa.example.gov.cn", Domains: []string{"example.gov.cn"}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Say: func(code string, args map[string]any) string {
			return fmt.Sprintf("%s tasks=%v returns=%v alarms=%v all=%v", code, args["tasks"], args["returns"], args["alarms"], args["all"])
		},
		Mail: messenger.SMTP{Host: "127.0.0.1", Port: o.post.Addr().(*net.TCPAddr).Port, TLS: "none", From: "gongkai@example.gov.cn"}}
	if chat != "" {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			o.lock.Lock()
			o.chat = append(o.chat, r.URL.RawQuery+" "+string(b))
			o.lock.Unlock()
			_, _ = io.WriteString(w, `{"errcode":0,"code":0}`)
		}))
		t.Cleanup(server.Close)
		c.Chat = messenger.NewRobot(chat, server.URL+"/robot?access_token=x", "SEC", d.Now)
	}
	o.m = messenger.New(c)
	return o
}

func (o *office) once() {
	o.t.Helper()
	if err := o.m.Once(context.Background()); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) tell(person int64, code, subject string) {
	o.t.Helper()
	if err := o.d.Write(context.Background(), func(tx *db.Tx) error {
		return notify.Add(tx, []int64{person}, notify.Notice{OrganisationID: 1, Code: code, Subject: subject, Args: map[string]any{"title": "尚未公开的标题"}})
	}); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) mails(want ...string) {
	o.t.Helper()
	o.once()
	got := o.post.take()
	if len(got) != len(want) {
		o.t.Fatalf("%d mails, want %d: %q", len(got), len(want), got)
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) || strings.Contains(got[i], "尚未公开") {
			o.t.Errorf("mail %q, want %q and no title", got[i], want[i])
		}
	}
}

// At most one mail in half an hour, none for what was read, one digest on the
// morning of a working day.
func TestMailsAreFewAndSayOnlyHowMany(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		clock.Set(time.Date(2026, 11, 25, 14, 0, 0, 0, calendar.Zone)) // a Wednesday
		o := open(t, d, clock, "")
		ctx := context.Background()
		o.tell(7, "notice.task", "manuscript:1")
		if err := o.m.SetAddress(ctx, 1, 7, "li@example.gov.cn"); err != nil {
			t.Fatal(err)
		}
		clock.Advance(5 * time.Minute)
		o.mails("mail.digest tasks=1") // the first of the day is the digest
		o.tell(7, "notice.task", "manuscript:2")
		o.mails()
		clock.Advance(3 * time.Minute)
		o.mails() // told less than half an hour ago
		clock.Advance(30 * time.Minute)
		o.tell(7, "notice.returned", "manuscript:3")
		o.mails("mail.news tasks=2 returns=0")
		clock.Advance(31 * time.Minute)
		o.mails("mail.news tasks=2 returns=1")
		clock.Advance(31 * time.Minute)
		o.mails()
		if err := d.Write(ctx, func(tx *db.Tx) error { return notify.Read(tx, 7) }); err != nil {
			t.Fatal(err)
		}
		o.tell(7, "notice.task", "manuscript:4")
		if err := d.Write(ctx, func(tx *db.Tx) error { return notify.Read(tx, 7) }); err != nil {
			t.Fatal(err)
		}
		clock.Advance(time.Hour)
		o.mails()

		o.tell(7, "notice.task", "manuscript:5")
		clock.Set(time.Date(2026, 11, 26, 8, 29, 0, 0, calendar.Zone))
		o.mails("mail.news")
		clock.Advance(2 * time.Minute)
		o.mails("mail.digest tasks=1")
		o.mails()
		clock.Set(time.Date(2026, 11, 28, 10, 0, 0, 0, calendar.Zone)) // a Saturday
		o.mails()
		if err := o.m.SetAddress(ctx, 1, 7, ""); err != nil {
			t.Fatal(err)
		}
		clock.Set(time.Date(2026, 11, 30, 10, 0, 0, 0, calendar.Zone))
		o.mails()
	})
}

func TestAMailThatDidNotGoOutIsTriedAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		clock.Set(time.Date(2026, 11, 28, 14, 0, 0, 0, calendar.Zone)) // no digests on a Saturday
		o := open(t, d, clock, "")
		if err := o.m.SetAddress(context.Background(), 1, 7, "li@example.gov.cn"); err != nil {
			t.Fatal(err)
		}
		o.tell(7, "notice.task", "manuscript:1")
		clock.Advance(time.Hour)
		o.post.lock.Lock()
		o.post.down = true
		o.post.lock.Unlock()
		o.mails()
		o.post.lock.Lock()
		o.post.down = false
		o.post.lock.Unlock()
		o.mails()
		clock.Advance(31 * time.Minute)
		o.mails("mail.news tasks=1")
	})
}

// Two nodes tell once.
func TestTwoNodesTellOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		clock.Set(time.Date(2026, 11, 28, 14, 0, 0, 0, calendar.Zone))
		o := open(t, d, clock, "")
		for person := int64(1); person <= 10; person++ {
			if err := o.m.SetAddress(context.Background(), 1, person, fmt.Sprintf("p%d@example.gov.cn", person)); err != nil {
				t.Fatal(err)
			}
			o.tell(person, "notice.task", "manuscript:1")
		}
		clock.Advance(time.Hour)
		var all sync.WaitGroup
		for range 4 {
			all.Go(o.once)
		}
		all.Wait()
		if n := len(o.post.take()); n != 10 {
			t.Errorf("%d mails to ten people", n)
		}
	})
}

func TestAddressesAreThoseOfTheOffice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock, "")
		for _, bad := range []string{"x", "li@163.com", "li@example.gov.cn\r\nBcc: x@y.z", "<li@example.gov.cn>", "李 <li@example.gov.cn>", strings.Repeat("l", 300) + "@example.gov.cn"} {
			if err := o.m.SetAddress(context.Background(), 1, 7, bad); !errors.Is(err, messenger.ErrAddress) {
				t.Errorf("%q: %v", bad, err)
			}
		}
	})
}

func TestTheGroupChatHearsOfAlarmsAndEachMorning(t *testing.T) {
	for kind, shape := range map[string]string{"wecom": `"msgtype":"text"`, "dingtalk": `"msgtype":"text"`, "feishu": `"msg_type":"text"`} {
		t.Run(kind, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
				clock.Set(time.Date(2026, 11, 25, 7, 0, 0, 0, calendar.Zone))
				o := open(t, d, clock, kind)
				if err := d.Write(context.Background(), func(tx *db.Tx) error { return addOrganisation(tx) }); err != nil {
					t.Fatal(err)
				}
				heard := func(want ...string) {
					t.Helper()
					o.once()
					o.lock.Lock()
					defer o.lock.Unlock()
					if len(o.chat) != len(want) {
						t.Fatalf("%q, want %q", o.chat, want)
					}
					for i := range want {
						if !strings.Contains(o.chat[i], want[i]) || !strings.Contains(o.chat[i], shape) || strings.Contains(o.chat[i], "尚未公开") {
							t.Errorf("%q, want %q", o.chat[i], want[i])
						}
					}
					o.chat = nil
				}
				o.tell(7, "notice.task", "manuscript:1")
				o.tell(8, "notice.task", "manuscript:1")
				clock.Advance(3 * time.Minute)
				heard()
				o.tell(7, "notice.publication_stuck", "publication:1")
				o.tell(8, "notice.publication_stuck", "publication:1")
				clock.Advance(3 * time.Minute)
				heard("chat.alarm tasks=1 returns=0 alarms=1")
				heard()
				clock.Set(time.Date(2026, 11, 25, 8, 31, 0, 0, calendar.Zone))
				heard("chat.digest tasks=1")
				heard()
			})
		})
	}
}

func TestRobotsAreCalledAsTheirMakersSay(t *testing.T) {
	var path string
	var body map[string]any
	answer := `{"errcode":0}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, body = r.URL.RawQuery, nil
		_ = json.NewDecoder(r.Body).Decode(&body)
		_, _ = io.WriteString(w, answer)
	}))
	defer server.Close()
	now := func() time.Time { return time.UnixMilli(1577262236757) }
	ding := messenger.NewRobot("dingtalk", server.URL+"/robot/send?access_token=t", "this is secret", now)
	if err := ding.Send(context.Background(), "", messenger.Message{Text: "你好"}); err != nil {
		t.Fatal(err)
	}
	q, _ := url.ParseQuery(path)
	if q.Get("access_token") != "t" || q.Get("timestamp") != "1577262236757" || len(q.Get("sign")) != 44 {
		t.Errorf("dingtalk: %s", path)
	}
	answer = `{"code":0,"msg":"success"}`
	feishu := messenger.NewRobot("feishu", server.URL, "demo", now)
	if err := feishu.Send(context.Background(), "", messenger.Message{Text: "你好"}); err != nil || body["timestamp"] != "1577262236" || len(body["sign"].(string)) != 44 {
		t.Errorf("feishu: %v %v", err, body)
	}
	for _, bad := range []string{`{"errcode":93000,"errmsg":"invalid webhook url"}`, `{"code":19021,"msg":"sign match fail"}`, `{}`, `<html>`} {
		answer = bad
		err := messenger.NewRobot("wecom", server.URL+"/cgi-bin/webhook/send?key=geheim", "", now).Send(context.Background(), "", messenger.Message{Text: "你好"})
		if err == nil || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v", bad, err)
		}
	}
	server.Close()
	if err := messenger.NewRobot("wecom", server.URL+"?key=geheim", "", now).Send(context.Background(), "", messenger.Message{Text: "你好"}); err == nil || strings.Contains(err.Error(), "geheim") {
		t.Errorf("away: %v", err)
	}
}
