package review

import (
	"context"
	"time"

	"gongkai/internal/manuscript"
	"gongkai/internal/org"
	"gongkai/internal/publish"
)

// AskPin asks for a published manuscript to stand at the head of its column.
func (k *Desk) AskPin(ctx context.Context, actor org.Actor, id int64, seen manuscript.Seen, reason string, until time.Time) (*manuscript.Manuscript, error) {
	reason, err := manuscript.Line("reason", reason, 300)
	if err != nil {
		return nil, err
	}
	return k.on(ctx, actor, id, seen, to("pin.ask"), func(a *act) error {
		if err := publish.AskPin(a.tx, a.m, a.person(), reason, until); err != nil {
			return err
		}
		if err := a.save(); err != nil {
			return err
		}
		if err := a.askLeaders("notice.pin_asked", reason); err != nil {
			return err
		}
		return a.record("pin.ask", a.m.State, map[string]any{"reason": reason, "until": until})
	})
}

// ConfirmPin is the second person's yes.
func (k *Desk) ConfirmPin(ctx context.Context, actor org.Actor, id int64, seen manuscript.Seen) (*manuscript.Manuscript, error) {
	return k.on(ctx, actor, id, seen, to("pin.confirm"), func(a *act) error {
		p, err := k.out.ConfirmPin(a.tx, a.m, a.person())
		if err != nil {
			return err
		}
		if err := a.save(); err != nil {
			return err
		}
		return a.record("pin.confirm", a.m.State, map[string]any{"asked_by": p.AskedBy, "until": p.Until})
	})
}

// Unpin ends a pin, or drops one that is asked for.
func (k *Desk) Unpin(ctx context.Context, actor org.Actor, id int64, seen manuscript.Seen) (*manuscript.Manuscript, error) {
	return k.on(ctx, actor, id, seen, to("pin.ask"), func(a *act) error {
		if err := k.out.Unpin(a.tx, a.m); err != nil {
			return err
		}
		if err := a.save(); err != nil {
			return err
		}
		return a.record("pin.end", a.m.State, nil)
	})
}

func (a *act) pins(v *View, out map[string]error) (err error) {
	if a.m.State == manuscript.Published {
		if v.Pin, err = publish.LastPin(a.tx, a.m.ID); err != nil {
			return err
		}
	}
	now := a.tx.Now()
	if out["pin.ask"] = a.require("pin.ask"); out["pin.ask"] == nil {
		out["pin.ask"] = publish.WhyNotPin(a.m, v.Pin, now)
		out["pin.end"] = publish.WhyNotUnpin(v.Pin, now)
	} else {
		out["pin.end"] = out["pin.ask"]
	}
	if out["pin.confirm"] = a.require("pin.confirm"); out["pin.confirm"] == nil {
		out["pin.confirm"] = publish.WhyNotConfirmPin(v.Pin, a.person(), now)
	}
	if v.Pin != nil && !v.Pin.Stands(now) {
		v.Pin = nil
	}
	return nil
}
