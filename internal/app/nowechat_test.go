package app

import (
	"testing"

	"gongkai/internal/publish"
)

// What was published while an account was configured is still there when it no
// longer is: nobody may be told that it is gone.
func TestWithoutAnAccountNothingIsSaidToBeGone(t *testing.T) {
	r, err := noWeChat{}.TakeDown(t.Context(), publish.Item{})
	if err != nil || r.State != publish.NeedsPerson || r.Reason != "wechat.take_down_not_configured" {
		t.Errorf("%+v %v", r, err)
	}
	words, err := Words()
	if err != nil {
		t.Fatal(err)
	}
	if !words.Has(r.Reason) {
		t.Errorf("%s has no sentence", r.Reason)
	}
}
