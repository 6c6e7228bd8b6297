package app

import (
	"testing"
	"time"

	"gongkai/config"
	"gongkai/internal/publish/wechat"
)

// A quick first poll may not make "it is not there" be believed sooner on the
// real platform.
func TestInProductionOnlyThePollsFollowTheSetting(t *testing.T) {
	c := config.Default()
	c.WeChat.FirstPoll = 5 * time.Second
	c.Env = "production"
	got, want := pace(c), wechat.DefaultPace()
	if got.Polls[0] != 5*time.Second || got.Polls[1] != 20*time.Second {
		t.Errorf("polls %v", got.Polls)
	}
	if got.AbsentAfter != want.AbsentAfter || got.LookGap != want.LookGap || got.Settle != want.Settle || got.Confirm != want.Confirm || got.Looks[0] != want.Looks[0] {
		t.Errorf("%+v", got)
	}
	c.Env = "demo"
	if got := pace(c); got.AbsentAfter != 150*time.Second {
		t.Errorf("in the demo nothing is believed before %s", got.AbsentAfter)
	}
}
