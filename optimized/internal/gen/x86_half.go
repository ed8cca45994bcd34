package gen

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// x86Halves returns the file of the conversions from and to 16 bits, and of find.
func x86Halves(suffix string, width int) ([]byte, error) {
	g := &emitter{Context: build.NewContext(), suffix: suffix, width: width}
	g.widen("widenBF16", func(from operand.Mem, d reg.VecVirtual) {
		g.VPMOVZXWD(from, d)
		g.VPSLLD(operand.U8(16), d, d)
	})
	g.widen("widenF16", func(from operand.Mem, d reg.VecVirtual) { g.VCVTPH2PS(from, d) })
	g.narrow("narrowBF16", g.roundBF16)
	g.narrow("narrowF16", func(v reg.VecVirtual, to operand.Mem) { g.VCVTPS2PH(operand.U8(0), v, to) })
	g.find()
	return g.text()
}

// turn is what the loops of this file take at once: 32 elements.
const turn = 32

// each calls f for the vectors of a turn, in a loop over n elements, a multiple of
// a turn.
func (g *emitter) each(name string, n, i reg.GPVirtual, f func(j int)) {
	g.XORQ(i, i)
	g.Label(name + "_loop")
	for j := 0; j < turn; j += g.width / 4 {
		f(j)
	}
	g.ADDQ(operand.U8(turn), i)
	g.CMPQ(i, n)
	g.JL(label(name + "_loop"))
}

func (g *emitter) widen(name string, convert func(from operand.Mem, d reg.VecVirtual)) {
	g.begin(name, "func(dst *float32, x *uint16, n int)", attr.NOSPLIT)
	dst, x, n, i := g.arg("dst"), g.arg("x"), g.arg("n"), g.GP64()
	g.each(name, n, i, func(j int) {
		d := g.vec()
		convert(operand.Mem{Base: x, Index: i, Scale: 2, Disp: 2 * j}, d)
		g.VMOVUPS(d, operand.Mem{Base: dst, Index: i, Scale: 4, Disp: 4 * j})
	})
	g.end()
}

// narrow rounds x*f; every NaN becomes the canonical one first.
func (g *emitter) narrow(name string, convert func(v reg.VecVirtual, to operand.Mem)) {
	g.begin(name, "func(dst *uint16, x *float32, n int, f float32)", attr.NOSPLIT)
	dst, x, n, i := g.arg("dst"), g.arg("x"), g.arg("n"), g.GP64()
	c, err := g.Param("f").Resolve()
	if err != nil {
		panic(err)
	}
	f, nan := g.broadcast(c.Addr), g.spread(0x7fc00000)
	g.ones, g.lower = g.spread(1), g.spread(0x7fff)
	const unordered = 3
	g.each(name, n, i, func(j int) {
		v := g.vec()
		g.VMULPS(operand.Mem{Base: x, Index: i, Scale: 4, Disp: 4 * j}, f, v)
		if g.width == 64 {
			k := g.K()
			g.VCMPPS(operand.U8(unordered), v, v, k)
			g.VBLENDMPS(nan, v, k, v)
		} else {
			m := g.vec()
			g.VCMPPS(operand.U8(unordered), v, v, m)
			g.VBLENDVPS(m, nan, v, v)
		}
		convert(v, operand.Mem{Base: dst, Index: i, Scale: 2, Disp: 2 * j})
	})
	g.end()
}

// roundBF16: the upper half of b + 0x7fff + (the lowest bit that stays).
func (g *emitter) roundBF16(v reg.VecVirtual, to operand.Mem) {
	odd := g.vec()
	g.VPSRLD(operand.U8(16), v, odd)
	if g.width == 64 {
		g.VPANDD(g.ones, odd, odd)
	} else {
		g.VPAND(g.ones, odd, odd)
	}
	g.VPADDD(odd, v, v)
	g.VPADDD(g.lower, v, v)
	g.VPSRLD(operand.U8(16), v, v)
	if g.width == 64 {
		g.VPMOVDW(v, to)
		return
	}
	x := g.XMM()
	g.VEXTRACTI128(operand.U8(1), v, x)
	g.VPACKUSDW(x, v.AsX(), x)
	g.VMOVUPS(x, to)
}

// find: the first turn with an element that equals v, n if none has one.
func (g *emitter) find() {
	g.begin("find", "func(x *float32, n int, v float32) int", attr.NOSPLIT)
	x, n, i := g.arg("x"), g.arg("n"), g.GP64()
	c, err := g.Param("v").Resolve()
	if err != nil {
		panic(err)
	}
	v := g.broadcast(c.Addr)
	const equal = 0
	g.XORQ(i, i)
	g.Label("find_loop")
	at := func(j int) operand.Mem { return operand.Mem{Base: x, Index: i, Scale: 4, Disp: 4 * j} }
	if g.width == 64 {
		a, b := g.K(), g.K()
		g.VCMPPS(operand.U8(equal), at(0), v, a)
		g.VCMPPS(operand.U8(equal), at(16), v, b)
		g.KORTESTW(a, b)
	} else {
		var m [4]reg.VecVirtual
		for j := range m {
			m[j] = g.vec()
			g.VCMPPS(operand.U8(equal), at(8*j), v, m[j])
		}
		g.VORPS(m[1], m[0], m[0])
		g.VORPS(m[3], m[2], m[2])
		g.VORPS(m[2], m[0], m[0])
		g.VPTEST(m[0], m[0])
	}
	g.JNE(label("find_there"))
	g.ADDQ(operand.U8(turn), i)
	g.CMPQ(i, n)
	g.JL(label("find_loop"))
	g.Label("find_there")
	g.Store(i, g.ReturnIndex(0))
	g.end()
}
