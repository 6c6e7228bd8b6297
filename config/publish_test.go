package config

import (
	"strings"
	"testing"
	"time"
)

func TestClaimIsLongerThanTheCallItCovers(t *testing.T) {
	c := Default()
	if p := c.Publish; p != (Publish{30 * time.Second, 60 * time.Second, 30 * time.Second, 15 * time.Second}) {
		t.Errorf("defaults %+v", p)
	}
	for name, change := range map[string]func(*Publish){
		"publish.lease":  func(p *Publish) { p.Lease = p.Call },
		"publish.call":   func(p *Publish) { p.Call = 0 },
		"publish.resend": func(p *Publish) { p.Resend = 0 },
		"publish.sweep":  func(p *Publish) { p.Sweep = -time.Second },
	} {
		c := Default()
		change(&c.Publish)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
