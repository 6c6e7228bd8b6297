package org

import (
	_ "embed"
	"strings"
	"unicode"
)

// common.txt holds words and numbers people take for passwords: English and
// pinyin, surnames, lucky numbers, what this program is about.
//
//go:embed common.txt
var commonText string

var commonWords = func() map[string]bool {
	all := map[string]bool{}
	for w := range strings.FieldsSeq(commonText) {
		all[w] = true
	}
	return all
}()

// walks are the ways fingers go over a keyboard, and through the alphabet.
var walks = func() (all []string) {
	for _, w := range []string{"qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "abcdefghijklmnopqrstuvwxyz", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
		"qazwsxedcrfvtgbyhnujmikolp", "147258369", "741852963", "0123456789", "q1w2e3r4t5y6u7i8o9p0", "1q2w3e4r5t6y7u8i9o0p", "qweasdzxc", "a1s2d3f4g5", "1a2b3c4d5e6f"} {
		all = append(all, w, reversed(w))
	}
	return all
}()

func reversed(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

var (
	unshift = strings.NewReplacer("!", "1", "@", "2", "#", "3", "$", "4", "%", "5", "^", "6", "&", "7", "*", "8", "(", "9", ")", "0")
	unleet  = strings.NewReplacer("@", "a", "0", "o", "3", "e", "$", "s", "5", "s", "1", "i", "!", "i", "7", "t")
)

// guessable says that hardly two characters of a password are not a common
// word, a keyboard walk, a repetition, a year or a name that is known: what
// guessing programs try first. own are names that stand beside the account.
func guessable(password string, own ...string) bool {
	plain := strings.ToLower(password)
	for _, variant := range []string{plain, unshift.Replace(plain), unleet.Replace(plain)} {
		unknown := 0
		for _, run := range runs(variant) {
			if !known(run, own) {
				unknown += len(run)
			}
		}
		if unknown <= 2 || known(strings.Map(letterOrDigit, variant), own) {
			return true
		}
	}
	return false
}

func letterOrDigit(r rune) rune {
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return r
	}
	return -1
}

// runs are the stretches of letters and of digits.
func runs(s string) (all []string) {
	kind := 0
	for _, r := range s {
		now := 0
		switch {
		case unicode.IsLetter(r):
			now = 1
		case unicode.IsDigit(r):
			now = 2
		}
		if now != 0 && now == kind {
			all[len(all)-1] += string(r)
		} else if now != 0 {
			all = append(all, string(r))
		}
		kind = now
	}
	return all
}

func known(run string, own []string) bool {
	if len(run) < 3 {
		return false
	}
	for _, name := range own {
		if name = strings.ToLower(name); len(name) > 2 && (strings.Contains(run, name) || strings.Contains(name, run)) {
			return true
		}
	}
	for n := 1; n <= len(run)/2; n++ { // "aaaa", "abcabc"
		if len(run)%n == 0 && strings.Repeat(run[:n], len(run)/n) == run && (n < 3 || known(run[:n], own)) {
			return true
		}
	}
	for _, w := range walks {
		if strings.Contains(w, run) {
			return true
		}
	}
	if len(run) == 4 && (run[:2] == "19" || run[:2] == "20") || len(run) == 8 && (run[:2] == "19" || run[:2] == "20") && strings.Trim(run, "0123456789") == "" {
		return true // a year, a birthday
	}
	return commonWords[run]
}
