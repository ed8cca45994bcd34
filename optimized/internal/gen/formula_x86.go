package gen

import (
	"math"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// x86Formulas returns the file of the formulas on one instruction set.
func x86Formulas(suffix string, width int) ([]byte, error) {
	g := &emitter{Context: build.NewContext(), suffix: suffix, width: width}
	words := map[uint64]operand.Mem{}
	table := g.StaticGlobal("words" + suffix)
	g.DataAttributes(attr.RODATA | attr.NOPTR)
	for _, f := range formulas {
		for _, s := range f.body().steps {
			if _, there := words[s.bits]; s.code != "c" || there {
				continue
			}
			words[s.bits] = table.Offset(width * len(words))
			for range width / 8 {
				g.AppendDatum(operand.U64(s.bits))
			}
		}
	}
	for _, f := range formulas {
		g.formula(&f, words)
	}
	return g.text()
}

// half is the room of the float32 that widen into a vector of float64.
func (g *emitter) half() reg.VecVirtual {
	if g.width == 64 {
		return g.YMM()
	}
	return g.XMM()
}

// formula: a few vectors each turn, whose steps are interleaved. The chain of a
// vector is long: the processor's scheduler holds the steps of two or three of
// them, and has little to choose from where they follow one another.
func (g *emitter) formula(f *formula, words map[uint64]operand.Mem) {
	if f.sum {
		g.begin(f.name, "func(p, q *float32, n int, k *[4]float64, lanes *[256]float64, at int) (mag uint32)", attr.NOSPLIT)
	} else {
		g.begin(f.name, "func(dst, p, q *float32, n int, k *[4]float64)", attr.NOSPLIT)
	}
	rows := []reg.GPVirtual{g.arg("p"), nil}
	if f.rows == 2 {
		rows[1] = g.arg("q")
	}
	n, i := g.arg("n"), g.GP64()
	l := lowering{g: g, f: f, words: words, k: g.arg("k"), rows: rows, i: i, one: g.GP64()}
	l.per = g.width / 8
	if f.single {
		l.per *= 2
	}
	l.count = 32 / l.per
	if g.width == 32 {
		l.count = 2 // of 16 registers
	}
	masks := 0
	for _, s := range f.body().steps {
		if s.code == "both" {
			masks++
		}
	}
	if masks > 0 { // of 7 registers of them
		l.count = 2 / masks
	}
	g.MOVQ(operand.U64(math.Float64bits(1)), l.one)
	var dst, lanes, at reg.GPVirtual
	if f.sum {
		lanes, at = g.arg("lanes"), g.arg("at")
		l.mag = g.half()
		g.VPXOR(l.mag.AsX(), l.mag.AsX(), l.mag.AsX())
		if f.signed {
			l.abs = g.half()
			word := g.GP32()
			g.MOVL(operand.U32(0x7fffffff), word)
			g.VMOVD(word, l.abs.AsX())
			g.VBROADCASTSS(l.abs.AsX(), l.abs)
		}
	} else {
		dst = g.arg("dst")
	}
	g.XORQ(i, i)
	g.Label(f.name + "_loop")
	for u, v := range l.run() {
		if f.sum {
			lane := operand.Mem{Base: lanes, Index: at, Scale: 8, Disp: 8 * u * l.per}
			g.VADDPD(lane, v, v)
			g.VMOVUPD(v, lane)
			continue
		}
		to := operand.Mem{Base: dst, Index: i, Scale: 4, Disp: 4 * u * l.per}
		switch {
		case f.single:
			g.VMOVUPS(v, to)
		case g.width == 64:
			h := g.YMM()
			g.VCVTPD2PS(v, h)
			g.VMOVUPS(h, to)
		default:
			h := g.XMM()
			g.VCVTPD2PSY(v, h)
			g.VMOVUPS(h, to)
		}
	}
	if f.sum {
		g.ADDQ(operand.U8(l.count*l.per), at)
		g.ANDQ(operand.U32(255), at)
	}
	g.ADDQ(operand.U8(l.count*l.per), i)
	g.CMPQ(i, n)
	g.JL(label(f.name + "_loop"))
	if f.sum {
		g.result(g.largest(l.mag), "mag")
	}
	g.end()
}

// largest is the largest of a half's words, in word 0.
func (g *emitter) largest(h reg.VecVirtual) reg.VecVirtual {
	x := g.XMM()
	if g.width == 64 {
		g.VEXTRACTI128(operand.U8(1), h, x)
		g.VPMAXUD(h.AsX(), x, x)
	} else {
		x = h
	}
	t := g.XMM()
	g.VPSHUFD(operand.U8(0x4e), x, t)
	g.VPMAXUD(x, t, x)
	g.VPSHUFD(operand.U8(0xb1), x, t)
	g.VPMAXUD(x, t, x)
	return x
}
