package gen

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// x86Heads returns the file of attention's products.
func x86Heads(suffix string, width int) ([]byte, error) {
	g := &emitter{Context: build.NewContext(), suffix: suffix, width: width}
	g.dots()
	g.mix()
	return g.text()
}

// widened loads a vector of float64 from float32.
func (g *emitter) widened(from operand.Mem) reg.VecVirtual {
	v := g.vec()
	g.VCVTPS2PD(from, v)
	return v
}

// dots: 16 lanes in two or four vectors, and their sum halves first.
func (g *emitter) dots() {
	g.begin("dots", "func(dst, q *float64, k *float32, n, width int)", attr.NOSPLIT)
	dst, q, k, n, width, d := g.arg("dst"), g.arg("q"), g.arg("k"), g.arg("n"), g.arg("width"), g.GP64()
	per := g.width / 8
	a := make([]reg.VecVirtual, 16/per)
	g.Label("dots_row")
	for i := range a {
		a[i] = g.zero()
	}
	g.XORQ(d, d)
	g.Label("dots_loop")
	for i := range a {
		x := g.widened(operand.Mem{Base: k, Index: d, Scale: 4, Disp: 4 * i * per})
		g.VFMADD231PD(operand.Mem{Base: q, Index: d, Scale: 8, Disp: 8 * i * per}, x, a[i])
	}
	g.ADDQ(operand.U8(16), d)
	g.CMPQ(d, width)
	g.JL(label("dots_loop"))
	g.LEAQ(operand.Mem{Base: k, Index: width, Scale: 4}, k)
	for h := len(a) / 2; h >= 1; h /= 2 {
		for i := range h {
			g.VADDPD(a[i+h], a[i], a[i])
		}
	}
	y := a[0]
	if g.width == 64 {
		y = g.YMM()
		g.VEXTRACTF64X4(operand.U8(1), a[0], y)
		g.VADDPD(y, a[0].AsY(), y)
	}
	x, h := g.XMM(), g.XMM()
	g.VEXTRACTF128(operand.U8(1), y, x)
	g.VADDPD(x, y.AsX(), x)
	g.VPERMILPD(operand.U8(1), x, h)
	g.VADDSD(h, x, x)
	g.VMOVSD(x, at(dst, 0))
	g.ADDQ(operand.U8(8), dst)
	g.DECQ(n)
	g.JNE(label("dots_row"))
	g.end()
}

// mix: 32 sums stay in registers over all rows.
func (g *emitter) mix() {
	g.begin("mix", "func(sums *float64, w, v *float32, n, width int)", attr.NOSPLIT)
	sums, w, v, n, width, word := g.arg("sums"), g.arg("w"), g.arg("v"), g.arg("n"), g.arg("width"), g.GP32()
	per := g.width / 8
	a := make([]reg.VecVirtual, 32/per)
	for i := range a {
		a[i] = g.vec()
		g.VMOVUPD(at(sums, 8*i*per), a[i])
	}
	g.Label("mix_loop")
	g.MOVL(at(w, 0), word)
	g.ADDL(word, word) // 0 of both zeros
	g.JE(label("mix_next"))
	f := g.vec()
	g.VBROADCASTSS(at(w, 0), f.AsX())
	s := g.XMM()
	g.VCVTSS2SD(f.AsX(), f.AsX(), s)
	g.VBROADCASTSD(s, f)
	for i := range a {
		g.VFMADD231PD(g.widened(at(v, 4*i*per)), f, a[i])
	}
	g.Label("mix_next")
	g.ADDQ(operand.U8(4), w)
	g.LEAQ(operand.Mem{Base: v, Index: width, Scale: 4}, v)
	g.DECQ(n)
	g.JNE(label("mix_loop"))
	for i := range a {
		g.VMOVUPD(a[i], at(sums, 8*i*per))
	}
	g.end()
}
