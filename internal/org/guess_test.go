package org

import (
	"errors"
	"testing"
)

func TestPasswordsTriedFirstAreRefused(t *testing.T) {
	for _, p := range []string{"Password1", "P@ssw0rd", "Passw0rd!", "Admin@123", "Admin123!", "Aa123456", "Abc12345!", "Qwer1234", "1qaz@WSX", "Q1w2e3r4!", "Woaini1314", "Woaini520!",
		"Zhang2026!", "Wang19900101", "Huawei@123", "Asdf1234!", "Zxcv@1234", "Gongkai2026", "Zhengwu@2025", "Aaaa1111!", "Abcabc123!", "Root@12345", "ILoveYou1", "A5201314a", "Beijing2008!", "Limin@123", "Test1234!"} {
		if err := weak(p, "limin"); !errors.Is(err, ErrPasswordGuess) && !errors.Is(err, ErrPasswordWeak) {
			t.Errorf("%q is taken: %v", p, err)
		}
	}
	for _, p := range []string{"Correct-Horse-9", "aB3$xY7!", "Kj7#mPq2", "秋风Shan-shui7", "Tie-ma-bing-he3", "Xk9-plum-tower", "vQ7!tn2-Lm"} {
		if err := weak(p, "limin"); err != nil {
			t.Errorf("%q is refused: %v", p, err)
		}
	}
}

// What the program makes itself would be taken: nearly all of it.
func TestOneTimePasswordsAreNotGuessable(t *testing.T) {
	bad := 0
	for range 2000 {
		if guessable(NewPassword()) {
			bad++
		}
	}
	if bad > 0 {
		t.Errorf("%d of 2000", bad)
	}
}
