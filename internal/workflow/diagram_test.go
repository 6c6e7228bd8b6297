package workflow

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestDiagrams(t *testing.T) {
	for _, d := range shipped(t).All() {
		for ext, got := range map[string]string{".txt": d.DrawText(), ".svg": d.DrawSVG()} {
			path := filepath.Join("testdata", "diagrams", d.ID+ext)
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s differs; look at it, then go test -update", path)
			}
		}
		dec := xml.NewDecoder(strings.NewReader(d.DrawSVG()))
		for {
			if _, err := dec.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", d.ID, err)
			}
		}
	}
}
