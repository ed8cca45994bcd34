package gen

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the generated files")

// TestDrift fails where a checked-in file is not what its generator writes.
func TestDrift(t *testing.T) {
	for name, text := range Files {
		t.Run(name, func(t *testing.T) {
			want, err := text()
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("..", "block", name)
			if *update {
				if err := os.WriteFile(path, want, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			got, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s differs from its generator; run %s", name, Command)
			}
		})
	}
}
