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

// lowering makes instructions of a formula's steps.
type lowering struct {
	g        *emitter
	f        *formula
	words    map[uint64]operand.Mem
	k        reg.GPVirtual
	rows     []reg.GPVirtual
	i, one   reg.GPVirtual
	per      int // elements of a vector
	count    int // vectors of a turn
	mag, abs reg.VecVirtual
	shares   int
}

// run emits the steps of one turn, each for all its vectors, and returns the
// registers of the last.
func (l *lowering) run() (last []reg.VecVirtual) {
	steps := l.f.body().steps
	at := make([][]operand.Op, len(steps)) // vectors, masks, or a constant's memory
	for i, s := range steps {
		at[i] = make([]operand.Op, l.count)
		if s.code == "share" {
			l.share(i, at)
			continue
		}
		for u := range l.count {
			at[i][u] = l.step(&s, u, at)
		}
	}
	for _, r := range at[len(at)-1] {
		last = append(last, r.(reg.VecVirtual))
	}
	return last
}

// share divides, where there is something to divide by.
func (l *lowering) share(i int, at [][]operand.Op) {
	g, s := l.g, l.f.body().steps[i]
	for u := range l.count {
		d := g.vec()
		g.VMOVAPD(at[s.a[0]][u], d)
		at[i][u] = d
	}
	from := operand.Mem{Base: l.k, Disp: 8 * int(s.bits)}
	skip := l.f.name + "_whole" + string(rune('a'+l.shares))
	l.shares++
	g.CMPQ(from, l.one)
	g.JEQ(label(skip))
	by := g.vec()
	g.VBROADCASTSD(from, by)
	for _, d := range at[i] {
		g.VDIVPD(by, d, d)
	}
	g.Label(skip)
}

// step emits one step for vector u of a turn.
func (l *lowering) step(s *step, u int, at [][]operand.Op) operand.Op {
	g := l.g
	vec := func(v value) operand.Op { // in a register
		if m, memory := at[v][u].(operand.Mem); memory {
			r := g.vec()
			g.VMOVUPD(m, r)
			return r
		}
		return at[v][u]
	}
	var a, b operand.Op // the second one may stay in memory
	if len(s.a) > 1 {
		a, b = at[s.a[0]][u], at[s.a[1]][u]
		if _, memory := a.(operand.Mem); memory && (s.code == "add" || s.code == "mul" || s.code == "and" || s.code == "or") {
			a, b = b, a
		} else {
			a = vec(s.a[0])
		}
	}
	switch s.code {
	case "c":
		return l.words[s.bits]
	case "gt", "both":
		return l.mask(s.code, a, b)
	}
	d := g.vec()
	switch s.code {
	case "in":
		l.load(int(s.bits), u, d)
	case "k":
		l.parameter(int(s.bits), d)
	case "shr":
		g.VPSRLQ(operand.U8(s.bits), at[s.a[0]][u], d)
	case "pick":
		l.pick(at[s.a[0]][u], at[s.a[1]][u], vec(s.a[2]), d)
	default:
		l.two(s.code, a, b, d)
	}
	return d
}

func (l *lowering) load(row, u int, d reg.VecVirtual) {
	g := l.g
	from := operand.Mem{Base: l.rows[row], Index: l.i, Scale: 4, Disp: 4 * u * l.per}
	if l.f.single {
		g.VMOVUPS(from, d)
		return
	}
	h := g.half()
	g.VMOVUPS(from, h)
	g.VCVTPS2PD(h, d)
	for _, w := range l.f.watch {
		if w != row {
			continue
		}
		if l.f.signed {
			g.VPAND(h, l.abs, h)
		}
		g.VPMAXUD(h, l.mag, l.mag)
	}
}

func (l *lowering) parameter(i int, d reg.VecVirtual) {
	g := l.g
	from := operand.Mem{Base: l.k, Disp: 8 * i}
	if !l.f.single {
		g.VBROADCASTSD(from, d)
		return
	}
	x := g.XMM()
	g.VXORPS(x, x, x)
	g.VCVTSD2SS(from, x, x)
	g.VBROADCASTSS(x, d)
}

// two emits a step on two vectors, or on a mask and a vector; b may be memory.
func (l *lowering) two(code string, a, b operand.Op, d reg.VecVirtual) {
	g := l.g
	wide := g.width == 64
	switch {
	case code == "add" && l.f.single:
		g.VADDPS(b, a, d)
	case code == "sub" && l.f.single:
		g.VSUBPS(b, a, d)
	case code == "mul" && l.f.single:
		g.VMULPS(b, a, d)
	case code == "add":
		g.VADDPD(b, a, d)
	case code == "sub":
		g.VSUBPD(b, a, d)
	case code == "mul":
		g.VMULPD(b, a, d)
	case code == "div":
		g.VDIVPD(b, a, d)
	case code == "iadd":
		g.VPADDQ(b, a, d)
	case code == "isub":
		g.VPSUBQ(b, a, d)
	case code == "and" && wide:
		g.VPANDQ(b, a, d)
	case code == "or" && wide:
		g.VPORQ(b, a, d)
	case code == "only" && wide:
		g.VMOVAPD_Z(b, a, d)
	case code == "or":
		g.VPOR(b, a, d)
	default: // and; only, whose mask is a vector
		g.VPAND(b, a, d)
	}
}

// mask returns a mask register, or on AVX2 a vector of ones and zeros.
func (l *lowering) mask(code string, a, b operand.Op) operand.Op {
	g := l.g
	const greater = 0x1e // quiet: false of NaN
	if g.width == 64 {
		k := g.K()
		if code == "gt" {
			g.VCMPPD(operand.U8(greater), b, a, k)
		} else {
			g.KANDW(a, b, k)
		}
		return k
	}
	d := g.vec()
	if code == "gt" {
		g.VCMPPD(operand.U8(greater), b, a, d)
	} else {
		g.VANDPD(b, a, d)
	}
	return d
}

// pick is x where the mask holds and y elsewhere.
func (l *lowering) pick(m, x, y operand.Op, d reg.VecVirtual) {
	if l.g.width == 64 {
		l.g.VBLENDMPD(x, y, m, d)
	} else {
		l.g.VBLENDVPD(m, x, y, d)
	}
}
