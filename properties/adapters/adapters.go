// Package adapters holds what a kernel in another language needs to be judged:
// one folder a language, with the adapter and an example. properties/child has the
// protocol that they speak.
package adapters

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed python/assay_kernel/*.py python/softmax.py c/assay_kernel.h c/softmax.c rust/Cargo.toml rust/src/*.rs rust/examples/*.rs javascript/*.mjs go/softmax_test.go
var files embed.FS

// Example is what assay init writes for a language.
type Example struct {
	Language string
	Next     []string // the commands that come after
}

// Examples are the languages there are.
var Examples = []Example{
	{"python", []string{"python3 -m pip install numpy", `assay verify --quick --exec "python3 softmax.py"`}},
	{"c", []string{"cc -O2 -o softmax softmax.c -lm", "assay verify --quick --exec ./softmax"}},
	{"rust", []string{"cargo build --release --example softmax", "assay verify --quick --exec target/release/examples/softmax"}},
	{"javascript", []string{`assay verify --quick --exec "node softmax.mjs"`}},
	{"go", []string{"go mod init kernels", "go get github.com/seed-210c9500/assay", "go test ."}},
}

// Files are the example's files, contents by slash-separated path.
func (e *Example) Files() map[string][]byte {
	all := map[string][]byte{}
	err := fs.WalkDir(files, e.Language, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := files.ReadFile(name)
		all[strings.TrimPrefix(name, e.Language+"/")] = b
		return err
	})
	if err != nil {
		panic("adapters: reading what is embedded cannot fail: " + err.Error())
	}
	return all
}
