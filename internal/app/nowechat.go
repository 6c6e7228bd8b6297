package app

import (
	"context"

	"gongkai/internal/check"
	"gongkai/internal/publish"
	"gongkai/internal/publish/wechat"
)

// noWeChat stands in while no account is configured: what was meant for WeChat
// waits for one, and the limits are checked all the same.
type noWeChat struct{}

func (noWeChat) Name() string { return "wechat" }

func (noWeChat) Check(it publish.Item) []check.Finding { return wechat.Check(it) }

func (noWeChat) Form(it publish.Item) string { return wechat.Form(it) }

func (noWeChat) Preview(it publish.Item) publish.Preview { return wechat.Preview(it) }

func (noWeChat) Deliver(_ context.Context, it publish.Item) (publish.Receipt, error) {
	return publish.Receipt{State: publish.NeedsPerson, Reason: "wechat.not_configured"}, nil
}

// TakeDown is asked only for what was confirmed while there was an account.
func (noWeChat) TakeDown(context.Context, publish.Item) (publish.Receipt, error) {
	return publish.Receipt{State: publish.NeedsPerson, Reason: "wechat.take_down_not_configured"}, nil
}
