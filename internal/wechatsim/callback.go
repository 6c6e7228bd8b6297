package wechatsim

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Callback says where events go. Empty URL: nowhere, as in an office whose
// network takes no inbound calls.
type Callback struct {
	URL    string
	Token  string
	AESKey string // EncodingAESKey, 43 characters; messages are always encrypted (安全模式)
	Client *http.Client
}

type event struct {
	xml    string
	due    time.Time
	tries  int
	forged bool
}

// announce queues PUBLISHJOBFINISH for a job that has its verdict.
func (s *Sim) announce(j *job) {
	if s.o.Callback.URL == "" {
		return
	}
	k := s.strikes("callback")
	if k.drop {
		return
	}
	var b strings.Builder
	now := s.o.Now()
	fmt.Fprintf(&b, "<xml><ToUserName><![CDATA[gh_sim]]></ToUserName><FromUserName><![CDATA[oSIM]]></FromUserName><CreateTime>%d</CreateTime>"+
		"<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[PUBLISHJOBFINISH]]></Event><PublishEventInfo><publish_id>%d</publish_id><publish_status>%d</publish_status>",
		now.Unix(), j.id, j.status)
	if a := s.articles[j.articleID]; a != nil {
		fmt.Fprintf(&b, "<article_id><![CDATA[%s]]></article_id><article_detail><count>%d</count>", a.id, len(a.pages))
		for i, p := range a.pages {
			fmt.Fprintf(&b, "<item><idx>%d</idx><article_url><![CDATA[%s/s/%s]]></article_url></item>", i+1, s.o.PublicURL, p.id)
		}
		b.WriteString("</article_detail>")
	}
	for _, i := range j.failIdx {
		fmt.Fprintf(&b, "<fail_idx>%d</fail_idx>", i)
	}
	b.WriteString("</PublishEventInfo></xml>")
	n := 1
	if k.dup {
		n = 2
	}
	for range n {
		s.events = append(s.events, &event{xml: b.String(), due: now.Add(k.delay), forged: k.forged})
	}
}

func (s *Sim) dueEvents() []*event {
	var due []*event
	now := s.o.Now()
	s.events = slices.DeleteFunc(s.events, func(e *event) bool {
		if now.Before(e.due) {
			return false
		}
		due = append(due, e)
		return true
	})
	return due
}

// deliver pushes one event as the platform does: five seconds, three tries in
// total, answered by "success" or nothing.
func (s *Sim) deliver(ctx context.Context, e *event) {
	e.tries++
	if s.Push(ctx, e.xml, e.forged) == nil || e.tries >= 3 {
		return
	}
	s.mu.Lock()
	e.due = s.o.Now().Add(5 * time.Second)
	s.events = append(s.events, e)
	s.mu.Unlock()
}

// Push signs, encrypts and sends one message to the callback address, with a
// wrong signature if forged. It answers an error when the receiver did not take
// it.
func (s *Sim) Push(ctx context.Context, xml string, forged bool) error {
	s.mu.Lock()
	cb, appID, now := s.o.Callback, s.o.AppID, s.o.Now()
	nonce := strconv.Itoa(int(s.rng.Uint32()))
	prefix := make([]byte, 16)
	binary.LittleEndian.PutUint64(prefix, s.rng.Uint64())
	s.mu.Unlock()
	sealed, err := seal(cb.AESKey, appID, prefix, []byte(xml))
	if err != nil {
		return err
	}
	stamp := strconv.FormatInt(now.Unix(), 10)
	sig := sign(cb.Token, stamp, nonce, sealed)
	if forged {
		sig = sign("forged "+cb.Token, stamp, nonce, sealed)
	}
	q := url.Values{"signature": {sign(cb.Token, stamp, nonce)}, "timestamp": {stamp}, "nonce": {nonce}, "openid": {"oSIM"}, "encrypt_type": {"aes"}, "msg_signature": {sig}}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	body := "<xml><ToUserName><![CDATA[gh_sim]]></ToUserName><Encrypt><![CDATA[" + sealed + "]]></Encrypt></xml>"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, cb.URL+"?"+q.Encode(), strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "text/xml")
	answer, err := send(cb.Client, req)
	if err == nil && answer != "success" && answer != "" {
		err = fmt.Errorf("the callback answered %q", answer)
	}
	return err
}

// VerifyCallback does what the platform's console does when a callback address
// is entered: it sends an echo and wants it back.
func (s *Sim) VerifyCallback(ctx context.Context) error {
	s.mu.Lock()
	cb, stamp := s.o.Callback, strconv.FormatInt(s.o.Now().Unix(), 10)
	echo := strconv.FormatUint(s.rng.Uint64(), 10)
	s.mu.Unlock()
	q := url.Values{"signature": {sign(cb.Token, stamp, "7")}, "timestamp": {stamp}, "nonce": {"7"}, "echostr": {echo}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, cb.URL+"?"+q.Encode(), nil)
	if err != nil {
		return err
	}
	answer, err := send(cb.Client, req)
	if err == nil && answer != echo {
		err = errors.New("the callback did not echo")
	}
	return err
}

func send(client *http.Client, req *http.Request) (string, error) {
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("the callback answered HTTP %d", resp.StatusCode)
	}
	return string(b), err
}

func sign(parts ...string) string {
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

func seal(aesKey, appID string, prefix, msg []byte) (string, error) {
	key, err := base64.StdEncoding.DecodeString(aesKey + "=")
	if err != nil {
		return "", err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", err
	}
	plain := binary.BigEndian.AppendUint32(prefix, uint32(len(msg)))
	plain = append(append(plain, msg...), appID...)
	pad := 32 - len(plain)%32
	plain = append(plain, bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, key[:16]).CryptBlocks(plain, plain)
	return base64.StdEncoding.EncodeToString(plain), nil
}
