package block

import (
	"math"
	"testing"
	"time"
)

// passes runs the parts over one row as softmax or logsumexp does.
type passes struct {
	x, y  []float32
	lanes [Lanes]float32
	s     Scaling
	sum   float64
}

func (p *passes) read(isa ISA) {
	for i := 0; i < len(p.x); i += Chunk {
		Scan(isa, p.x[i:min(i+Chunk, len(p.x))])
	}
}

func (p *passes) sums(isa ISA, dst []float32, general bool) {
	for i := 0; i < len(p.x); i += Chunk {
		x := p.x[i:min(i+Chunk, len(p.x))]
		max, mag := Scan(isa, x)
		if general {
			mag = 0x7f800000
		}
		var to []float32
		if dst != nil {
			to = dst[i:][:len(x)]
		}
		Terms(isa, to, x, Power(max, &p.s), &p.s, mag, &p.lanes)
		p.sum += Tree(isa, &p.lanes, Lanes)
	}
}

func (p *passes) softmax(isa ISA) {
	p.sums(isa, p.y, false)
	for i := 0; i < len(p.x); i += Chunk {
		y := p.y[i:min(i+Chunk, len(p.x))]
		Mul(isa, y, y, 0x1p-40)
	}
}

// BenchmarkRow runs its kernels in turn, so that they meet the same
// disturbances, and reports the best of each in ns per element.
func BenchmarkRow(b *testing.B) {
	for _, v := range []struct {
		name string
		n    int
	}{{"8", 8}, {"128", 128}, {"1000", 1000}, {"4096", 4096}, {"32000", 32000}, {"128256", 128256}} {
		b.Run("vocab="+v.name, func(b *testing.B) {
			p := &passes{x: make([]float32, v.n), y: make([]float32, v.n), s: Temperature(1)}
			r := rng(1)
			for i := range p.x {
				p.x[i] = r.normal()
			}
			type kernel struct {
				name string
				run  func()
			}
			kernels := []kernel{{"copy", func() { copy(p.y, p.x) }}}
			for isa := AVX2; isa <= NEON; isa++ {
				if !available(isa) {
					continue
				}
				kernels = append(kernels,
					kernel{isa.String() + "-read", func() { p.read(isa) }},
					kernel{isa.String() + "-sum", func() { p.sums(isa, nil, false) }},
					kernel{isa.String() + "-sum-general", func() { p.sums(isa, nil, true) }},
					kernel{isa.String() + "-terms", func() { p.sums(isa, p.y, false) }},
					kernel{isa.String() + "-softmax", func() { p.softmax(isa) }},
				)
			}
			kernels = append(kernels,
				kernel{"portable-sum", func() { p.sums(Portable, nil, false) }},
				kernel{"math.Exp", func() {
					for i, x := range p.x {
						p.y[i] = float32(math.Exp(float64(x)))
					}
				}})
			best := make([]float64, len(kernels))
			times := max(1, 4096/v.n)
			for b.Loop() {
				for i, k := range kernels {
					if i >= len(kernels)-2 && best[i] != 0 && b.Elapsed() > time.Second/2 {
						continue
					}
					k.run()
					t := time.Now()
					for range times {
						k.run()
					}
					if ns := float64(time.Since(t).Nanoseconds()) / float64(times*v.n); best[i] == 0 || ns < best[i] {
						best[i] = ns
					}
				}
			}
			for i, k := range kernels {
				b.ReportMetric(best[i], k.name)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}
