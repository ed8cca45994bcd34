package gen

import (
	"strings"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// kinds of kernels of terms: their sums alone; stored too; the gaps to the
// maximum weighed with them; the logarithm of their ratio to another row's.
var kinds = []string{"", "Store", "Gaps", "Ratio"}

// terms: whole quads column by column, then the rest in order. The rest goes
// to the lanes themselves where it is all there is and fills one row at most,
// else to a frame of four rows, padded with +0 to two or four rows, which is
// then added up like a quad. (All terms are +0 or more, so +0 plus a sum is
// that sum, and an absent row added as +0 changes nothing.)
//
// What is weighed with the terms has lanes and a frame of its own, each a quad
// further on, and is added up beside them.
func (g *emitter) terms(general bool, kind string) {
	name, sig := "termsFast"+kind, "x *float32, n int, k *float32, lanes *[256]float32)"
	if general {
		name = "termsGeneral" + kind
	}
	store, weighed := kind == "Store", kind == "Gaps" || kind == "Ratio"
	// avo must not resolve coefs: it is a pointer, whatever it points to.
	switch kind {
	case "Store":
		sig = "dst, " + sig
	case "Ratio":
		sig = "y, " + sig
	}
	if weighed {
		sig = strings.ReplaceAll(sig, "[256]", "[1280]")
	}
	g.begin(name, "func("+sig, 0)
	var dst, y reg.GPVirtual
	if store {
		dst = g.arg("dst")
	}
	if kind == "Ratio" {
		y = g.arg("y")
	}
	x, n, lanes := g.arg("x"), g.arg("n"), g.arg("lanes")
	e := g.exp(g.arg("k"), general, weighed)
	streams := 1
	if weighed {
		streams = 2
	}
	frame := g.AllocLocal(streams * quadBytes)
	w := g.width
	// beside is the second stream's place.
	beside := func(m operand.Mem, stream int) operand.Mem { return m.Offset(stream * quadBytes) }
	// both are the terms and what is weighed with them.
	both := func(t []reg.VecVirtual, load func(base reg.Register, j int) operand.Op) [][]reg.VecVirtual {
		if !weighed {
			return [][]reg.VecVirtual{t}
		}
		return [][]reg.VecVirtual{t, e.weigh(t, func(j int) (a, b operand.Op) {
			if a = load(x, j); kind == "Ratio" {
				b = load(y, j)
			}
			return a, b
		})}
	}
	zero := func(p reg.Register, limit reg.Register, l string) {
		z := g.zero()
		g.Label(l)
		for s := range streams {
			g.VMOVUPS(z, beside(at(p, 0), s))
		}
		g.ADDQ(operand.U8(w), p)
		g.CMPQ(p, limit)
		g.JNE(label(l))
	}

	p, limit, off := g.GP64(), g.GP64(), g.GP64()
	g.CMPQ(n, operand.U32(256))
	g.JLE(label("one_row"))
	g.MOVQ(lanes, p)
	g.LEAQ(at(lanes, rowBytes), limit)
	zero(p, limit, "zero")
	quads := g.GP64()
	g.MOVQ(n, quads)
	g.SHRQ(operand.U8(10), quads)
	g.JE(label("rest"))

	g.Label("quad")
	g.XORQ(off, off)
	g.Label("quad_loop")
	row := func(base reg.Register, r int) operand.Mem {
		return operand.Mem{Base: base, Index: off, Scale: 1, Disp: r * rowBytes}
	}
	sums := make([][]reg.VecVirtual, streams)
	for r := 0; r < 4; r += g.group {
		var v []reg.VecVirtual
		for j := range g.group {
			v = append(v, g.vec())
			g.VMOVUPS(row(x, r+j), v[j])
		}
		t := e.of(v)
		if store {
			for j := range t {
				g.VMOVUPS(t[j], row(dst, r+j))
			}
		}
		for s, t := range both(t, func(base reg.Register, j int) operand.Op { return row(base, r+j) }) {
			for j := 0; j < len(t); j += 2 {
				g.VADDPS(t[j+1], t[j], t[j])
				sums[s] = append(sums[s], t[j])
			}
		}
	}
	for s, a := range sums {
		g.VADDPS(a[1], a[0], a[0])
		g.VADDPS(beside(row(lanes, 0), s), a[0], a[0])
		g.VMOVUPS(a[0], beside(row(lanes, 0), s))
	}
	g.ADDQ(operand.U8(w), off)
	g.CMPQ(off, operand.U32(rowBytes))
	g.JNE(label("quad_loop"))
	g.ADDQ(operand.U32(quadBytes), x)
	if store {
		g.ADDQ(operand.U32(quadBytes), dst)
	}
	if y != nil {
		g.ADDQ(operand.U32(quadBytes), y)
	}
	g.DECQ(quads)
	g.JNE(label("quad"))

	g.Label("rest")
	g.ANDQ(operand.U32(1023), n)
	g.JE(label("done"))
	g.LEAQ(frame, p)
	g.LEAQ(at(p, 2*rowBytes), limit)
	g.CMPQ(n, operand.U32(512))
	g.JLE(label("linear"))
	g.LEAQ(at(p, 4*rowBytes), limit)
	g.JMP(label("linear"))
	g.Label("one_row")
	g.MOVQ(lanes, p)
	g.LEAQ(at(lanes, rowBytes), limit)

	g.Label("linear")
	step := g.group * w
	g.SUBQ(operand.U32(step/4), n)
	g.JL(label("few"))
	advance := func(bytes int) {
		g.ADDQ(operand.U32(bytes), x)
		if store {
			g.ADDQ(operand.U32(bytes), dst)
		}
		if y != nil {
			g.ADDQ(operand.U32(bytes), y)
		}
		g.ADDQ(operand.U32(bytes), p)
		g.SUBQ(operand.U32(bytes/4), n)
	}
	linear := func(count int) {
		var v []reg.VecVirtual
		for j := range count {
			v = append(v, g.vec())
			g.VMOVUPS(at(x, j*w), v[j])
		}
		t := e.of(v)
		for s, t := range both(t, func(base reg.Register, j int) operand.Op { return at(base, j*w) }) {
			for j, t := range t {
				if store {
					g.VMOVUPS(t, at(dst, j*w))
				}
				g.VMOVUPS(t, beside(at(p, j*w), s))
			}
		}
		advance(count * w)
	}
	g.Label("linear_loop")
	linear(g.group)
	g.JGE(label("linear_loop"))
	g.Label("few")
	g.ADDQ(operand.U32(step/4-w/4), n)
	g.JL(label("tail"))
	g.Label("single")
	linear(1)
	g.JGE(label("single"))
	g.Label("tail")
	g.ADDQ(operand.U32(w/4), n)
	g.JE(label("pad"))
	m := g.mask(n)
	v := g.loadMasked(at(x, 0), m)
	t := e.of([]reg.VecVirtual{v})
	for s, t := range both(t, func(base reg.Register, j int) operand.Op { return g.loadMasked(at(base, 0), m) }) {
		if store {
			g.storeMasked(t[0], m, at(dst, 0))
		}
		g.keep(t[0], m)
		g.VMOVUPS(t[0], beside(at(p, 0), s))
	}
	g.ADDQ(operand.U32(w), p)
	g.Label("pad")
	g.CMPQ(p, limit)
	g.JE(label("fold"))
	zero(p, limit, "pad_more")

	g.Label("fold")
	g.LEAQ(at(lanes, rowBytes), p)
	g.CMPQ(p, limit)
	g.JE(label("done"))
	g.LEAQ(frame, p)
	g.SUBQ(p, limit) // 2 or 4 rows
	g.XORQ(off, off)
	a, b := g.vec(), g.vec()
	g.CMPQ(limit, operand.U32(2*rowBytes))
	g.JNE(label("fold_four"))
	add := func(l string, rows int) {
		g.Label(l)
		for s := range streams {
			g.VMOVUPS(beside(row(p, 0), s), a)
			g.VADDPS(beside(row(p, 1), s), a, a)
			if rows == 4 {
				g.VMOVUPS(beside(row(p, 2), s), b)
				g.VADDPS(beside(row(p, 3), s), b, b)
				g.VADDPS(b, a, a)
			}
			g.VADDPS(beside(row(lanes, 0), s), a, a)
			g.VMOVUPS(a, beside(row(lanes, 0), s))
		}
		g.ADDQ(operand.U8(w), off)
		g.CMPQ(off, operand.U32(rowBytes))
		g.JNE(label(l))
	}
	add("fold_two", 2)
	g.JMP(label("done"))
	add("fold_four", 4)
	g.Label("done")
	g.end()
}
