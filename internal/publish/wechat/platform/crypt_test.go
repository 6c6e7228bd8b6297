package platform

import (
	"strings"
	"testing"
)

// The two vectors of the platform's own documentation.
const officialSealed = "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="

func TestOfficialVectors(t *testing.T) {
	s, err := NewSealer(Account{CallbackToken: "AAAAA", AESKey: strings.Repeat("A", 43), AppID: "wxba5fad812f8e6fb9"})
	if err != nil {
		t.Fatal(err)
	}
	if !s.signed("f464b24fc39322e44b38aa78f5edd27bd1441696", "1714036504", "1514711492") {
		t.Error("the signature of the GET vector is refused")
	}
	if s.signed("f464b24fc39322e44b38aa78f5edd27bd1441697", "1714036504", "1514711492") {
		t.Error("a wrong signature is taken")
	}
	if !s.signed("046e02f8204d34f8ba5fa3b1db94908f3df2e9b3", "1714112445", "415670741", officialSealed) {
		t.Error("the signature of the POST vector is refused")
	}
	msg, err := s.open(officialSealed)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714112445,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}`; string(msg) != want {
		t.Errorf("opened %q", msg)
	}
	// 16 random bytes and the length before it, the appid after it.
	if n := 16 + 4 + len(msg) + len("wxba5fad812f8e6fb9"); n != 205 {
		t.Errorf("%d bytes after unpadding", n)
	}
	s.appID = "wxother"
	if _, err := s.open(officialSealed); err == nil {
		t.Error("a message for another account is taken")
	}
}
