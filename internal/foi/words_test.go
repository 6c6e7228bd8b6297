package foi

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestWordsAreFoundAsByReadingEveryRequest compares the rows with reading each
// text, for texts and terms of few characters, so that many match.
func TestWordsAreFoundAsByReadingEveryRequest(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 2026))
	letters := []rune("公开科技项目0123ab年 ")
	text := func(n int) string {
		b := make([]rune, n)
		for i := range b {
			b[i] = letters[rng.IntN(len(letters))]
		}
		return string(b)
	}
	hits := 0
	for round := range 200 {
		var row []byte
		bits := map[uint32]bool{}
		texts := map[int64]string{}
		for range 1 + rng.IntN(40) {
			id := int64(1 + rng.IntN(1_000_000))
			if texts[id] != "" {
				continue
			}
			words := wordsOf(text(1+rng.IntN(12)), text(rng.IntN(6)))
			texts[id] = words
			row = enter(row, id, words)
			grams([]rune(words), true, func(bit uint32) { bits[bit] = true })
		}
		typed := text(1 + rng.IntN(4))
		all := terms(typed)
		if len(all) == 0 {
			continue
		}
		var want []int64
		for id, words := range texts {
			if has([]byte(words), all) {
				want = append(want, id)
			}
		}
		got := among(row, all)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("round %d: %q finds %v, want %v", round, typed, got, want)
		}
		hits += len(want)
		for _, term := range all {
			grams([]rune(string(term)), false, func(bit uint32) {
				if len(want) > 0 && !bits[bit] {
					t.Fatalf("round %d: a row with %q is passed over", round, typed)
				}
			})
		}
	}
	if hits < 100 {
		t.Errorf("only %d hits: the test no longer tests anything", hits)
	}
	if got := terms(" ＡＢ  公 开 "); fmt.Sprint(len(got)) != "3" || string(got[0]) != "ab" {
		t.Errorf("%q", got)
	}
	if got := terms(" \t　 "); len(got) != 0 {
		t.Errorf("%q", got)
	}
	if strings.ContainsRune(string(enter(nil, 1234567890, "")), '1') {
		t.Error("a number can be found as a word")
	}
}
