package wechat

import (
	"slices"
	"time"
)

// Pace says when the channel looks again. All of it is measured on the
// database's clock.
type Pace struct {
	Polls       []time.Duration // between submit and the polls of its verdict; after the last a person is asked
	Looks       []time.Duration // after an unclear submit, measured from its intent
	GoneLooks   []time.Duration // the same once the draft has left the box
	Settle      time.Duration   // an intent younger than this may still be in flight
	AbsentAfter time.Duration   // no sooner is "not there" believed
	LookGap     time.Duration   // looks closer together count as one
	Retry       time.Duration   // after a passing trouble, doubling up to Probe
	Probe       time.Duration   // while an administrator must act
	Confirm     time.Duration   // while the account's administrator must confirm
}

// DefaultPace fits the platform's small quotas: at most six polls of a hundred
// a day.
func DefaultPace() Pace {
	return Pace{
		Polls:       []time.Duration{30 * time.Second, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour},
		Looks:       []time.Duration{30 * time.Second, 2 * time.Minute, 7 * time.Minute, 15 * time.Minute},
		GoneLooks:   []time.Duration{time.Hour, 6 * time.Hour},
		Settle:      30 * time.Second,
		AbsentAfter: 15 * time.Minute,
		LookGap:     5 * time.Minute,
		Retry:       time.Minute,
		Probe:       15 * time.Minute,
		Confirm:     35 * time.Minute,
	}
}

// Polling multiplies only the waits between polls. What guards against a second
// copy and against believing too early that nothing is there stays.
func (p Pace) Polling(by float64) Pace {
	p.Polls = p.Scaled(by).Polls
	return p
}

// Scaled multiplies every wait, for the demo: Scaled(1.0/30) polls after one
// second.
func (p Pace) Scaled(by float64) Pace {
	mul := func(d time.Duration) time.Duration { return time.Duration(float64(d) * by) }
	all := func(ds []time.Duration) []time.Duration {
		ds = slices.Clone(ds)
		for i := range ds {
			ds[i] = mul(ds[i])
		}
		return ds
	}
	return Pace{all(p.Polls), all(p.Looks), all(p.GoneLooks), mul(p.Settle), mul(p.AbsentAfter), mul(p.LookGap), mul(p.Retry), mul(p.Probe), mul(p.Confirm)}
}
