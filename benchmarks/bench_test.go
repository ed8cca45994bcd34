package benchmarks

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-210c9500/assay/reference"
)

// run times one operation under `go test -bench`. The yardsticks take turns
// with the row before its own loop, as in Run; the loop's mean is ns/op.
func run(b *testing.B, op string) {
	r, groups, err := newRunner(Options{Ops: []string{op}, Log: io.Discard})
	if err != nil {
		b.Fatal(err)
	}
	for _, g := range groups {
		for i := range g.rows {
			row := &g.rows[i]
			_, name, _ := strings.Cut(strings.TrimSuffix(row.name(), processors()), "/")
			b.Run(name, func(b *testing.B) {
				bed := newBed(g)
				v, err := r.verdict(bed, row)
				if err != nil {
					b.Fatal(err)
				}
				if v.err != nil {
					b.Fatalf("not timed: %v", v.err)
				}
				s, y := bed.subject(row, v), bed.yard(row)
				measure([]*subject{s, &y.subject}, 50*time.Millisecond, func(_ *subject, err error) { b.Fatal(err) })
				calls := 0
				for b.Loop() {
					s.run()
					calls++
				}
				ns := float64(b.Elapsed().Nanoseconds()) / float64(calls)
				b.ReportMetric(float64(y.bytes)/ns, "GB/s")
				b.ReportMetric(s.ns()/y.ns(), "x-"+y.kind)
				b.ReportMetric(v.ratio, "err/bound")
				if bits(s.call) != s.bits {
					b.Fatal("the outputs changed while they were timed")
				}
			})
		}
	}
}

// Every operation that has kernels has its line in ops_test.go.
func TestEveryOperationHasABenchmark(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "ops_test.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			have[f.Name.Name] = true
		}
	}
	for _, op := range reference.Ops {
		if slices.Contains(alone, op.Name) {
			continue // nothing to time
		}
		if name := "Benchmark" + camel(op.Name); !have[name] {
			t.Errorf("ops_test.go lacks func %s(b *testing.B) { run(b, %q) }", name, op.Name)
		}
	}
	if want := len(reference.Ops) - len(alone); len(have) != want {
		t.Errorf("ops_test.go has %d functions for %d operations", len(have), want)
	}
}
