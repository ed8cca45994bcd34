package gen

import (
	"bytes"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/arch/arm64/arm64asm"
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

// TestWords decodes every WORD of the NEON files: it must be the instruction
// that its comment names.
func TestWords(t *testing.T) {
	var text []byte
	for name, file := range Files {
		if part, err := file(); err != nil {
			t.Fatal(err)
		} else if strings.HasSuffix(name, "_arm64.s") {
			text = append(text, part...)
		}
	}
	found := regexp.MustCompile(`WORD \$0x([0-9a-f]{8}) // (.*)\n`).FindAllSubmatch(text, -1)
	if all := bytes.Count(text, []byte("WORD")); len(found) != all || all < 100 {
		t.Fatalf("%d of %d WORDs have the expected form", len(found), all)
	}
	for _, m := range found {
		code, err := hex.DecodeString(string(m[1]))
		if err != nil {
			t.Fatal(err)
		}
		slices.Reverse(code)
		inst, err := arm64asm.Decode(code)
		if err != nil {
			t.Errorf("%s (%s): %v", m[1], m[2], err)
			continue
		}
		if got := arm64asm.GNUSyntax(inst); got != string(m[2]) {
			t.Errorf("%s is %q, the comment says %q", m[1], got, m[2])
		}
	}
}
