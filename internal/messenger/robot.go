package messenger

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Robot is the group robot of a chat program: wecom, dingtalk or feishu. Secret
// signs the call where the robot asks for that; WeCom has none.
type Robot struct {
	Kind   string
	URL    string
	Secret string
	Now    func() time.Time
	client http.Client
}

// RobotKinds are the chat programs known.
var RobotKinds = []string{"wecom", "dingtalk", "feishu"}

// NewRobot answers a robot. It follows no redirects: the address is a secret.
func NewRobot(kind, address, secret string, now func() time.Time) *Robot {
	return &Robot{Kind: kind, URL: address, Secret: secret, Now: now, client: http.Client{Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Send posts one text to the group.
func (r *Robot) Send(ctx context.Context, _ string, m Message) error {
	to, body := r.URL, map[string]any{"msgtype": "text", "text": map[string]string{"content": m.Text}}
	now := r.Now()
	switch {
	case r.Kind == "dingtalk" && r.Secret != "":
		at := strconv.FormatInt(now.UnixMilli(), 10)
		u, err := url.Parse(to)
		if err != nil {
			return fmt.Errorf("the robot's address cannot be read")
		}
		q := u.Query()
		q.Set("timestamp", at)
		q.Set("sign", sign([]byte(r.Secret), at+"\n"+r.Secret))
		u.RawQuery = q.Encode()
		to = u.String()
	case r.Kind == "feishu":
		body = map[string]any{"msg_type": "text", "content": map[string]string{"text": m.Text}}
		if r.Secret != "" {
			at := strconv.FormatInt(now.Unix(), 10)
			body["timestamp"], body["sign"] = at, sign([]byte(at+"\n"+r.Secret), "")
		}
	}
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(b))
	if err != nil {
		return fmt.Errorf("the robot's address cannot be read")
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	res, err := r.client.Do(req)
	if err != nil {
		if u := (*url.Error)(nil); errors.As(err, &u) {
			err = u.Err // without the address, which is a secret
		}
		return fmt.Errorf("%s: %w", r.Kind, err)
	}
	defer res.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(res.Body, 4096))
	var answer struct {
		ErrCode *int   `json:"errcode"`
		ErrMsg  string `json:"errmsg"`
		Code    *int   `json:"code"`
		Msg     string `json:"msg"`
	}
	if res.StatusCode != http.StatusOK || json.Unmarshal(said, &answer) != nil {
		return fmt.Errorf("%s answers %s", r.Kind, res.Status)
	}
	for _, c := range []struct {
		code *int
		say  string
	}{{answer.ErrCode, answer.ErrMsg}, {answer.Code, answer.Msg}} {
		if c.code != nil && *c.code != 0 {
			return fmt.Errorf("%s answers %d %s", r.Kind, *c.code, c.say)
		}
	}
	if answer.ErrCode == nil && answer.Code == nil {
		return fmt.Errorf("%s gives no answer", r.Kind)
	}
	return nil
}

func sign(key []byte, text string) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}
