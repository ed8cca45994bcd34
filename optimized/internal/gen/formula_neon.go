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
