package gen

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

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
