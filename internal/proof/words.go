package proof

import (
	"slices"
	"strings"
	"unicode"

	"gongkai/internal/body"
)

// A token is what is added or removed as one: a Han character, a word or number
// of other scripts, a sign, a line break, an image.
type token struct {
	id   int
	text string    // "" of a break or an image
	run  *body.Run // of which it is a part
}

// name tells tokens apart. How they are set does not count, and of an image
// only the hash of what it shows.
func (t *token) name() string {
	switch {
	case t.run.Break:
		return "\x03"
	case t.run.Image != "":
		return "\x04" + t.run.Image
	}
	return t.text
}

// tokens are the words of a leaf, cut once.
func (c *comparison) tokens(n *body.Node) []token {
	out, done := c.cut[n]
	if done {
		return out
	}
	for i := range n.Runs {
		r := &n.Runs[i]
		if r.Text == "" {
			t := token{run: r}
			t.id = c.id(t.name())
			out = append(out, t)
			continue
		}
		out = slices.Grow(out, len(r.Text)/3)
		for rest := r.Text; rest != ""; {
			n := wordLength(rest)
			out = append(out, token{c.id(rest[:n]), rest[:n], r})
			rest = rest[n:]
		}
	}
	c.cut[n] = out
	return out
}

// wordLength is how many bytes the first token of a text takes. What belongs to
// the sign before it, such as an accent or a part of an emoji, stays with it.
func wordLength(s string) int {
	var before rune
	inWord, number := false, false
	for i, r := range s {
		joined := i > 0 && (unicode.In(r, unicode.M) || r == 0x200d || before == 0x200d || r >= 0x1f3fb && r <= 0x1f3ff)
		switch {
		case i == 0:
			inWord, number = r < 0x2e80 && (unicode.IsLetter(r) || unicode.IsDigit(r)), unicode.IsDigit(r)
		case joined:
		case inWord && r < 0x2e80 && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			number = number || unicode.IsDigit(r)
		case inWord && number && (r == '%' || r == '.' && startsWithDigit(s[i+1:])):
		default:
			return i
		}
		before = r
	}
	return len(s)
}

func startsWithDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

// A span is a stretch of a leaf. A kept one has the same words before and after,
// which may be set otherwise.
type span struct {
	op       op
	was, now []token
}

// words compares the words of a leaf: whole sentences first, then the tokens of
// those that changed.
func (c *comparison) words(was, now *body.Node) []span {
	a, b := c.tokens(was), c.tokens(now)
	first, second := c.sentences(a), c.sentences(b)
	var out []span
	from := pair{}
	for _, p := range c.common(first.ids, second.ids, false) {
		out = c.changed(out, a[from.was:first.starts[p.was]], b[from.now:second.starts[p.now]])
		from = pair{first.starts[p.was+1], second.starts[p.now+1]}
		out = join(out, kept, a[first.starts[p.was]:from.was], b[second.starts[p.now]:from.now])
	}
	return c.changed(out, a[from.was:], b[from.now:])
}

type sentences struct {
	ids    []int
	starts []int // of each, and the end
}

func (c *comparison) sentences(tokens []token) sentences {
	s := sentences{starts: []int{0}}
	var words strings.Builder
	for i := range tokens {
		words.WriteString(tokens[i].name() + "\x06") // a word in two styles is two tokens
		if i+1 < len(tokens) && !endsSentence(&tokens[i]) {
			continue
		}
		s.ids = append(s.ids, c.id("\x05"+words.String()))
		s.starts = append(s.starts, i+1)
		words.Reset()
	}
	return s
}

func endsSentence(t *token) bool {
	switch t.text {
	case "。", "！", "？", "；", "!", "?", ";":
		return true
	}
	return t.run.Break
}

// fewest is the least part of the shorter text that has to be kept for its
// words to be told apart; below it the whole is replaced.
const fewest = 0.3

func (c *comparison) changed(out []span, was, now []token) []span {
	pairs := c.common(tokenIDs(was), tokenIDs(now), true)
	if float64(len(pairs)) < fewest*float64(min(len(was), len(now))) {
		pairs = nil
	}
	at := pair{}
	for k := 0; k < len(pairs); {
		from, n := pairs[k], 1
		for k+n < len(pairs) && pairs[k+n] == (pair{from.was + n, from.now + n}) {
			n++
		}
		out = join(out, removed, was[at.was:from.was], nil)
		out = join(out, added, nil, now[at.now:from.now])
		at, k = pair{from.was + n, from.now + n}, k+n
		out = join(out, kept, was[from.was:at.was], now[from.now:at.now])
	}
	return join(join(out, removed, was[at.was:], nil), added, nil, now[at.now:])
}

func tokenIDs(tokens []token) []int {
	out := make([]int, len(tokens))
	for i := range tokens {
		out[i] = tokens[i].id
	}
	return out
}

// join adds to the last span, or begins one.
func join(out []span, o op, was, now []token) []span {
	if len(was) == 0 && len(now) == 0 {
		return out
	}
	if n := len(out) - 1; n >= 0 && out[n].op == o {
		out[n].was, out[n].now = append(out[n].was, was...), append(out[n].now, now...)
		return out
	}
	return append(out, span{o, was[:len(was):len(was)], now[:len(now):len(now)]})
}
