package publish

import "testing"

func TestAPublicationSaysHowFarItIs(t *testing.T) {
	for _, x := range []struct {
		status Status
		remote string
		want   int
	}{
		{Planned, "", 0}, {Delivering, "", 0}, {Pending, `{"percent":"75"}`, 75}, {Delivering, `{"percent":"5"}`, 5}, {Live, `{"percent":"75"}`, 100}, {Live, "", 100},
		{Held, `{"percent":"75"}`, 0}, {Pending, `{"percent":"100"}`, 99}, {Pending, `{"percent":"-3"}`, 0}, {Pending, "no json", 0}, {Pending, `{"percent":75}`, 0},
	} {
		if got := (&Publication{Status: x.status, Remote: x.remote}).Percent(); got != x.want {
			t.Errorf("%s with %q: %d, want %d", x.status, x.remote, got, x.want)
		}
	}
}
