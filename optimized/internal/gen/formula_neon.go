package gen

import (
	"fmt"
	"math"
)

// neonFormulas returns the file of the formulas on NEON.
func neonFormulas() ([]byte, error) {
	w := &writer{}
	w.WriteString(header + "\n#include \"textflag.h\"\n\n")
	words := map[uint64]int{}
	for _, f := range formulas {
		for _, s := range f.body().steps {
			if _, there := words[s.bits]; s.code != "c" || there {
				continue
			}
			at := 16 * len(words)
			words[s.bits] = at
			fmt.Fprintf(w, "DATA words<>+%d(SB)/8, $0x%016x\nDATA words<>+%d(SB)/8, $0x%016x\n", at, s.bits, at+8, s.bits)
		}
	}
	fmt.Fprintf(w, "GLOBL words<>(SB), RODATA|NOPTR, $%d\n", 16*len(words))
	for _, f := range formulas {
		w.formula(&f, words)
	}
	return []byte(w.String()), nil
}

// Registers of a formula's kernel.
const (
	fTable reg64 = rQuads
	fOne   reg64 = rCol
	fAt    reg64 = rLimit
	fQ     reg64 = rP
	vMag   v     = 31
	vAbs   v     = 30
)

// formula has the structure of its namesake for x86, two vectors a turn.
func (w *writer) formula(f *formula, words map[uint64]int) {
	per := 2 // elements of a vector
	if f.single {
		per = 4
	}
	if f.sum {
		w.begin(f.name, "(p, q *float32, n int, k *[4]float64, lanes *[256]float64, at int) (mag uint32)", "NOSPLIT", 0, 52)
		for i, r := range []reg64{rX, fQ, rN, rK, rLanes, fAt} {
			w.arg(r, []string{"p", "q", "n", "k", "lanes", "at"}[i], 8*i)
		}
		w.zero(vMag)
		if f.signed {
			w.spread(vAbs, 0x7fffffff)
		}
	} else {
		w.begin(f.name, "(dst, p, q *float32, n int, k *[4]float64)", "NOSPLIT", 0, 40)
		for i, r := range []reg64{rDst, rX, fQ, rN, rK} {
			w.arg(r, []string{"dst", "p", "q", "n", "k"}[i], 8*i)
		}
	}
	w.p("MOVD $words<>(SB), %v", fTable)
	w.p("MOVD $0x%016x, %v", math.Float64bits(1), fOne)
	w.hot("loop")
	l := &neonLowering{w: w, f: f, words: words, per: per, steps: f.body().steps}
	for u, d := range l.run() {
		if !f.sum {
			if !f.single {
				w.word(0x0e616800|uint32(d)<<5|uint32(d), "fcvtn v%d.2s, v%d.2d", d, d)
				w.p("FMOVD F%d, %d(%v)", d, 8*u, rDst)
			} else {
				w.store(d, rDst, 16*u)
			}
			continue
		}
		if u == 0 {
			w.p("ADD %v<<3, %v, %v", fAt, rLanes, rTmp)
		}
		free := l.take()
		w.load(free, rTmp, 16*u)
		w.faddd(d, free, d)
		w.store(d, rTmp, 16*u)
		l.free = append(l.free, free)
	}
	if f.sum {
		w.p("ADD $%d, %v", 2*per, fAt)
		w.p("AND $255, %v", fAt)
	} else {
		w.p("ADD $%d, %v", 8*per, rDst)
	}
	w.p("ADD $%d, %v", 8*per, rX)
	if f.rows == 2 {
		w.p("ADD $%d, %v", 8*per, fQ)
	}
	w.p("SUBS $%d, %v", 2*per, rN)
	w.p("BGT loop")
	if f.sum {
		w.umaxv(vMag, vMag)
		w.p("FMOVS F%d, %v", vMag, rTmp)
		w.p("MOVW %v, mag+48(FP)", rTmp)
	}
	w.p("RET")
}

// neonLowering gives a formula's values registers: each from its step to the last
// step that reads it. Constants and parameters are the same for both vectors.
type neonLowering struct {
	w      *writer
	f      *formula
	words  map[uint64]int
	per    int
	steps  []step
	free   []v
	shares int
}

func (l *neonLowering) take() v {
	if len(l.free) == 0 {
		panic("gen: " + l.f.name + " needs more registers than NEON has")
	}
	r := l.free[len(l.free)-1]
	l.free = l.free[:len(l.free)-1]
	return r
}

func (l *neonLowering) run() (last [2]v) {
	for r := v(29); r >= 0; r-- {
		l.free = append(l.free, r)
	}
	until := make([]int, len(l.steps))
	for i, s := range l.steps {
		for _, a := range s.a {
			until[a] = i
		}
	}
	until[len(until)-1] = len(until) // it is the result
	at := make([][2]v, len(l.steps))
	for i, s := range l.steps {
		shared := s.code == "c" || s.code == "k"
		at[i][0] = l.take()
		if at[i][1] = at[i][0]; !shared {
			at[i][1] = l.take()
		}
		switch s.code {
		case "c":
			l.w.load(at[i][0], fTable, l.words[s.bits])
		case "k":
			l.parameter(at[i][0], int(s.bits))
		case "share":
			l.share(&s, at[i], at[s.a[0]])
		default:
			for u := range 2 {
				var a []v
				for _, x := range s.a {
					a = append(a, at[x][u])
				}
				l.step(&s, u, at[i][u], a)
			}
		}
		done := map[value]bool{}
		for _, a := range s.a {
			if until[a] == i && !done[a] {
				done[a] = true
				l.free = append(l.free, at[a][0])
				if at[a][1] != at[a][0] {
					l.free = append(l.free, at[a][1])
				}
			}
		}
	}
	return at[len(at)-1]
}

func (l *neonLowering) parameter(d v, i int) {
	if l.f.single {
		l.w.p("FMOVD %d(%v), F%d", 8*i, rK, d)
		l.w.p("FCVTDS F%d, F%d", d, d)
		l.w.p("VDUP V%d.S[0], V%d.S4", d, d)
		return
	}
	l.w.p("MOVD %d(%v), %v", 8*i, rK, rTmp)
	l.w.p("VDUP %v, V%d.D2", rTmp, d)
}

func (l *neonLowering) share(s *step, d, a [2]v) {
	w := l.w
	skip := fmt.Sprintf("whole%d", l.shares)
	l.shares++
	for u := range d {
		w.mov(d[u], a[u])
	}
	w.p("MOVD %d(%v), %v", 8*s.bits, rK, rTmp)
	w.p("CMP %v, %v", fOne, rTmp)
	w.p("BEQ %s", skip)
	by := l.take()
	w.p("VDUP %v, V%d.D2", rTmp, by)
	for u := range d {
		w.three("fdiv", 0x6e60fc00, d[u], d[u], by, "2d")
	}
	l.free = append(l.free, by)
	w.label(skip)
}

func (l *neonLowering) step(s *step, u int, d v, a []v) {
	w := l.w
	switch s.code {
	case "in":
		l.in(int(s.bits), u, d)
	case "add", "sub", "mul", "div":
		code := map[string]uint32{"add": 0x4e20d400, "sub": 0x4ea0d400, "mul": 0x6e20dc00, "div": 0x6e20fc00}[s.code]
		if l.f.single {
			w.three("f"+s.code, code, d, a[0], a[1], "4s")
		} else {
			w.three("f"+s.code, code|1<<22, d, a[0], a[1], "2d")
		}
	case "iadd":
		w.p("VADD V%d.D2, V%d.D2, V%d.D2", a[1], a[0], d)
	case "isub":
		w.p("VSUB V%d.D2, V%d.D2, V%d.D2", a[1], a[0], d)
	case "shr":
		w.p("VUSHR $%d, V%d.D2, V%d.D2", s.bits, a[0], d)
	case "or":
		w.p("VORR V%d.B16, V%d.B16, V%d.B16", a[1], a[0], d)
	case "and", "both", "only":
		w.and(d, a[0], a[1])
	case "gt":
		w.three("fcmgt", 0x6ee0e400, d, a[0], a[1], "2d")
	case "pick":
		w.mov(d, a[0])
		w.three("bsl", 0x6e601c00, d, a[1], a[2], "16b")
	default:
		panic("gen: no step " + s.code)
	}
}

func (l *neonLowering) in(row, u int, d v) {
	w := l.w
	from := []reg64{rX, fQ}[row]
	if l.f.single {
		w.load(d, from, 16*u)
		return
	}
	w.p("FMOVD %d(%v), F%d", 8*u, from, d)
	for _, watched := range l.f.watch {
		if watched != row {
			continue
		}
		bits := d
		if l.f.signed {
			bits = l.take()
			w.and(bits, d, vAbs)
			l.free = append(l.free, bits)
		}
		w.umax(vMag, vMag, bits)
	}
	w.fcvtl(d, d)
}
