package benchmarks

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strconv"

	"github.com/klauspost/cpuid/v2"
)

// units tell benchstat how to read what it does not know.
const units = `Unit GB/s better=higher
Unit x-copy better=lower
Unit x-read better=lower
Unit err/bound better=lower assume=exact
Unit allocs/op better=lower assume=exact
`

// printer writes the Go benchmark format.
type printer struct {
	w     io.Writer
	width int // of the longest name
	rows  int // printed, the yardsticks aside
	err   error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// header writes what all lines have in common.
func (p *printer) header() {
	p.printf("# assay %s, %s\n", version(), runtime.Version())
	p.printf("goos: %s\ngoarch: %s\npkg: %s\n", runtime.GOOS, runtime.GOARCH, "github.com/seed-210c9500/assay/benchmarks")
	if cpu := cpuid.CPU.BrandName; cpu != "" {
		p.printf("cpu: %s\n", cpu)
	}
	p.printf("%s", units)
}

// version is the module's version in the running program.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown version)"
	}
	const module = "github.com/seed-210c9500/assay"
	v := info.Main.Version
	for _, dep := range info.Deps {
		if dep.Path == module {
			v = dep.Version
		}
	}
	if v == "" {
		return "(devel)"
	}
	return v
}

// widest is the length of the longest name.
func widest(groups []*group) int {
	n := 0
	for _, g := range groups {
		for i := range g.rows {
			n = max(n, len(g.rows[i].name()))
		}
	}
	return n
}

func (p *printer) line(name string, s *subject, bytes int64) {
	p.printf("Benchmark%-*s %8d %12s ns/op %8s GB/s", p.width, name, s.total, figure(s.ns()), figure(float64(bytes)/s.ns()))
}

func (p *printer) yard(g *group, y *yardstick) {
	if y.total > 0 {
		p.line(g.yardName(y), &y.subject, y.bytes)
		p.printf("\n")
	}
}

func (p *printer) row(r *row, s *subject, y *yardstick, v verdict) {
	p.line(r.name(), s, y.bytes)
	p.printf(" %8s x-%s %8s err/bound %6s allocs/op\n", figure(s.ns()/y.ns()), y.kind, figure(v.ratio), figure(v.allocs))
	p.rows++
}

// figure writes four digits, never an exponent.
func figure(v float64) string {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 3, 64), 64)
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
