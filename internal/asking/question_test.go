package asking

import (
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestAnAnswerServesForOneFormAndNotForEver(t *testing.T) {
	key, other := []byte("the office's own key, 32 bytes ."), []byte("another office's key, 32 bytes .")
	now := time.Date(2026, 3, 9, 23, 59, 0, 0, time.UTC)
	once, second := strings.Repeat("a", 32), strings.Repeat("b", 32)
	q, m := ask(key, once), mark(key, once, now)
	sum := strconv.Itoa(q.a + q.b)
	for _, answer := range []string{sum, " " + sum + " ", inWords(q.a + q.b), strings.Map(func(r rune) rune { return r - '0' + '０' }, sum)} {
		if !right(key, once, m, answer, now.Add(time.Hour)) {
			t.Errorf("%q is not taken", answer)
		}
	}
	for name, taken := range map[string]bool{
		"another sum":     right(key, once, m, strconv.Itoa(q.a+q.b+1), now),
		"nothing":         right(key, once, m, "", now),
		"another form":    right(key, second, m, sum, now),
		"another office":  right(other, once, m, sum, now),
		"after its time":  right(key, once, m, sum, now.Add(questionLife+time.Second)),
		"from the future": right(key, once, mark(key, once, now.Add(time.Hour)), sum, now),
		"a forged time":   right(key, once, strings.Replace(m, m[:4], "9999", 1), sum, now),
		"no mark":         right(key, once, "", sum, now),
	} {
		if taken {
			t.Errorf("%s is taken", name)
		}
	}
	seen := map[question]bool{}
	for i := range 500 {
		q := ask(key, strconv.Itoa(i))
		if q.a < 1 || q.a > 9 || q.b < 1 || q.b > 9 {
			t.Fatalf("%+v", q)
		}
		seen[q] = true
	}
	if len(seen) < 60 {
		t.Errorf("only %d sums are asked", len(seen))
	}
}

// A number or a code typed far too long is cut between characters: a database may
// refuse half of one.
func TestALongNumberIsCutBetweenCharacters(t *testing.T) {
	for _, s := range []string{strings.Repeat("号", 30), "a" + strings.Repeat("号", 30), strings.Repeat("😀", 30), "\xff\xfe2026-0001"} {
		if got := cut(s); !utf8.ValidString(got) || len(got) > 40 {
			t.Errorf("%q is cut to %q", s, got)
		}
	}
	if got := cut("  2026-0001\n"); got != "2026-0001" {
		t.Errorf("%q", got)
	}
}
