package asking

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// A question keeps programs from the form: a sum in words, which can be read
// aloud. Its mark is signed and holds for one form only, so that an answer serves
// for one request; nothing is stored.
type question struct{ a, b int }

const questionLife = 2 * time.Hour

var numerals = []string{"零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十"}

func (q question) words() (first, second string) { return numerals[q.a], numerals[q.b] }

// ask makes the question of a form; the same form has the same one.
func ask(key []byte, once string) question {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("sum\x00" + once))
	sum := h.Sum(nil)
	return question{1 + int(sum[0])%9, 1 + int(sum[1])%9}
}

// mark dates a form's question.
func mark(key []byte, once string, now time.Time) string {
	at := strconv.FormatInt(now.Unix(), 10)
	return at + "." + signed(key, once, at)
}

func signed(key []byte, once, at string) string {
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "mark\x00%s\x00%s", once, at)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

// right says whether an answer is that of the form's question, which was asked
// not too long ago.
func right(key []byte, once, mark, answer string, now time.Time) bool {
	at, mac, _ := strings.Cut(mark, ".")
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || !hmac.Equal([]byte(mac), []byte(signed(key, once, at))) || now.Sub(time.Unix(seconds, 0)) > questionLife || time.Unix(seconds, 0).After(now.Add(time.Minute)) {
		return false
	}
	q := ask(key, once)
	answer = strings.TrimSpace(norm.NFKC.String(answer))
	return answer == strconv.Itoa(q.a+q.b) || answer == inWords(q.a+q.b)
}

// inWords is a sum up to eighteen as people write it.
func inWords(n int) string {
	if n <= 10 {
		return numerals[n]
	}
	return "十" + numerals[n-10]
}
