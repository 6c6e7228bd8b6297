package apptest

import (
	_ "embed"
	"encoding/json"
	"os"
	"testing"
)

//go:embed testdata/naughty.json
var naughtyFile []byte

// Naughty are texts somebody will type, paste or send one day: markup for every
// context, templates, SQL, formulas, paths, headers, control and invisible
// characters, scripts of the world, numbers that are none, huge ones.
func Naughty(t testing.TB) (all []string) {
	t.Helper()
	if err := json.Unmarshal(naughtyFile, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// Share says of the n-th of many cases whether this run takes it: one in every,
// all of them when GONGKAI_NAUGHTY is "all".
func Share(n, every int) bool { return n%every == 0 || os.Getenv("GONGKAI_NAUGHTY") == "all" }
