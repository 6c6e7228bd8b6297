package workflow

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestChecksOfEveryStepUpToTheOpenOne(t *testing.T) {
	file, err := os.ReadFile("testdata/good/small-office.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(
		"submit: {role: drafter}", "submit: {role: drafter, checks: {block: [required_fields], warn: [typos, personal_data]}}",
		"role: office_editor, return_to", "role: office_editor, checks: {warn: [leader_names, typos]}, return_to",
		"role: confidentiality_officer}", "role: confidentiality_officer, checks: {block: [personal_data]}}",
	).Replace(string(file))
	lib, err := LoadLibrary(fstest.MapFS{"small-office.yaml": {Data: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	def := lib.All()[0]
	for step, want := range map[string][2]string{
		"draft":           {"required_fields", "typos personal_data"},
		"first":           {"required_fields", "typos personal_data"},
		"second":          {"required_fields", "typos personal_data leader_names"},
		"confidentiality": {"required_fields personal_data", "typos leader_names"},
		"sign":            {"required_fields personal_data", "typos leader_names"},
	} {
		got := def.ChecksUpTo(step)
		if !slices.Equal(got.Block, strings.Fields(want[0])) || !slices.Equal(got.Warn, strings.Fields(want[1])) {
			t.Errorf("%s: %v, want %v", step, got, want)
		}
	}
}
