package review_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"gongkai/config"
	"gongkai/internal/authz"
	"gongkai/internal/review"
	"gongkai/internal/workflow"
	"gongkai/workflows"
)

func TestChainsFitThePolicy(t *testing.T) {
	e, err := authz.New(config.AuthzModel, config.AuthzPolicy)
	if err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(workflows.FS, "three-reviews.yaml")
	if err != nil {
		t.Fatal(err)
	}
	check := func(text string) error {
		t.Helper()
		l, err := workflow.LoadLibrary(fstest.MapFS{"three-reviews.yaml": {Data: []byte(text)}})
		if err != nil {
			t.Fatalf("the chain is not even sound: %v", err)
		}
		return review.CheckPosts(l.All(), e)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"a reviewer who may not review":  {"role: office_editor", "role: publisher", "step second: the policy does not let publisher (organisation) do manuscript.review"},
		"a proofreader who is to review": {"role: section_head", "role: proofreader", "step first: the policy does not let proofreader (unit) do manuscript.review"},
		"heads of other units":           {"role: section_head", "role: section_head\n    scope: organisation", "step first: the policy does not let section_head (organisation) do manuscript.review"},
		"a signer who may not sign":      {"role: signing_leader", "role: foi_officer", "do manuscript.sign"},
		"who may not submit":             {"role: drafter", "role: publisher", "submit: the policy does not let publisher (unit) do manuscript.submit"},
	} {
		err := check(strings.Replace(string(text), c.old, c.new, 1))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "three-reviews.yaml") {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	l, err := workflow.LoadLibrary(workflows.FS)
	if err != nil {
		t.Fatal(err)
	}
	if err := review.CheckPosts(l.All(), e); err != nil {
		t.Errorf("the shipped chains: %v", err)
	}
}
