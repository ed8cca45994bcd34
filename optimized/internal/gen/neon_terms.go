package gen

import (
	"math"
	"strings"
)

// terms has the structure of its namesake for x86.
func (w *writer) terms(general bool, kind string) {
	name, sig, at := "termsFast"+kind, "x *float32, n int, k *coefs, lanes *[256]float32)", 0
	if general {
		name = "termsGeneral" + kind
	}
	store, ratio, weighed := kind == "Store", kind == "Ratio", kind == "Ratio" || kind == "Gaps"
	streams := 1
	if weighed {
		streams = 2
		sig = strings.ReplaceAll(sig, "*[256]float32", "*Pair")
	}
	switch {
	case store:
		sig, at = "(dst, "+sig, 8
	case ratio:
		sig, at = "(y, "+sig, 8
	default:
		sig = "(" + sig
	}
	w.begin(name, sig, "0", streams*quadBytes, 32+at)
	if store {
		w.arg(rDst, "dst", 0)
	}
	if ratio {
		w.arg(rDst, "y", 0) // read, not written
	}
	beside := func(s, off int) int { return s*quadBytes + off }
	w.arg(rX, "x", at)
	w.arg(rN, "n", at+8)
	w.arg(rK, "k", at+16)
	w.arg(rLanes, "lanes", at+24)
	for i := range v(6) {
		w.spreadAt(kA+i, rK, 4*int(i))
	}
	for i, c := range coefficients {
		w.spread(kC6+v(i), math.Float32bits(c))
	}
	const z, sum, old v = 28, 29, 30
	row := func(other bool) reg64 {
		if other {
			return rDst
		}
		return rX
	}
	w.zero(z)
	w.p("MOVD $frame-%d(SP), %v", streams*quadBytes, rFrame)
	w.p("ADD $%d, %v, %v", rowBytes, rLanes, rLimit)
	w.p("MOVD %v, %v", rLanes, rP)
	w.p("CMP $256, %v", rN)
	w.p("BLE linear")
	w.label("zero")
	if weighed {
		w.store(z, rP, quadBytes)
	}
	w.p("FMOVQ.P F%d, 16(%v)", z, rP)
	w.p("CMP %v, %v", rLimit, rP)
	w.p("BNE zero")
	w.p("LSR $10, %v, %v", rN, rQuads)
	w.p("CBZ %v, rest", rQuads)

	w.label("quad")
	w.p("MOVD %v, %v", rLanes, rL)
	w.hot("quad_loop")
	for r := range 4 {
		w.load(kV+v(4*r), rX, r*rowBytes)
	}
	w.exp(4, general)
	t := kV + 1
	if store {
		for r := range 4 {
			w.store(t+v(4*r), rDst, r*rowBytes)
		}
	}
	if weighed {
		w.weigh(4, general, ratio, func(r int, other bool, d v) { w.load(d, row(other), r*rowBytes) })
	}
	if store || ratio {
		w.p("ADD $16, %v", rDst)
	}
	for s := range streams {
		t := t - v(s)
		w.load(old, rL, beside(s, 0))
		w.fadd(sum, t, t+4)
		w.fadd(t+8, t+8, t+12)
		w.fadd(sum, sum, t+8)
		w.fadd(sum, old, sum)
		w.store(sum, rL, beside(s, 0))
	}
	w.p("ADD $16, %v", rL)
	w.p("ADD $16, %v", rX)
	w.p("CMP %v, %v", rLimit, rL)
	w.p("BNE quad_loop")
	w.p("ADD $%d, %v", 3*rowBytes, rX)
	if store || ratio {
		w.p("ADD $%d, %v", 3*rowBytes, rDst)
	}
	w.p("SUBS $1, %v", rQuads)
	w.p("BNE quad")

	w.label("rest")
	w.p("ANDS $1023, %v", rN)
	w.p("BEQ done")
	w.p("MOVD %v, %v", rFrame, rP)
	w.p("ADD $%d, %v, %v", 2*rowBytes, rFrame, rLimit)
	w.p("CMP $512, %v", rN)
	w.p("BLE linear")
	w.p("ADD $%d, %v", 2*rowBytes, rLimit)

	w.label("linear")
	w.p("SUBS $16, %v", rN)
	w.p("BLT few")
	linear := func(count int) {
		for i := range count {
			w.load(kV+v(4*i), rX, 16*i)
		}
		w.exp(count, general)
		if weighed {
			w.weigh(count, general, ratio, func(i int, other bool, d v) { w.load(d, row(other), 16*i) })
		}
		for i := range count {
			if store {
				w.store(t+v(4*i), rDst, 16*i)
			}
			for s := range streams {
				w.store(t+v(4*i)-v(s), rP, beside(s, 16*i))
			}
		}
		w.p("ADD $%d, %v", 16*count, rX)
		if store || ratio {
			w.p("ADD $%d, %v", 16*count, rDst)
		}
		w.p("ADD $%d, %v", 16*count, rP)
		w.p("SUBS $%d, %v", 4*count, rN)
	}
	w.hot("linear_loop")
	linear(4)
	w.p("BGE linear_loop")
	w.label("few")
	w.p("ADDS $12, %v", rN)
	w.p("BLT tail")
	w.label("single")
	linear(1)
	w.p("BGE single")

	// One to three elements: gathered at P, the other row's a quad further on; their
	// terms put there in their place, copied to dst, and the absent ones set to +0.
	w.label("tail")
	w.p("ADDS $4, %v", rN)
	w.p("BEQ pad")
	w.store(z, rP, 0)
	w.p("MOVD %v, %v", rP, rTmp2)
	w.p("MOVD %v, %v", rN, rCol)
	w.label("gather")
	if ratio {
		w.p("MOVWU.P 4(%v), %v", rDst, rTmp)
		w.p("MOVW %v, %d(%v)", rTmp, quadBytes, rTmp2)
	}
	w.p("MOVWU.P 4(%v), %v", rX, rTmp)
	w.p("MOVW.P %v, 4(%v)", rTmp, rTmp2)
	w.p("SUBS $1, %v", rCol)
	w.p("BGT gather")
	w.load(kV, rP, 0)
	w.exp(1, general)
	if weighed {
		w.weigh(1, general, ratio, func(_ int, other bool, d v) {
			if other {
				w.load(d, rP, quadBytes)
			} else {
				w.load(d, rP, 0)
			}
		})
		w.store(kV, rP, quadBytes)
	}
	w.store(t, rP, 0)
	w.p("ADD $16, %v, %v", rP, rTmp2)
	if store {
		w.label("scatter")
		w.p("MOVWU.P 4(%v), %v", rP, rTmp)
		w.p("MOVW.P %v, 4(%v)", rTmp, rDst)
		w.p("SUBS $1, %v", rN)
		w.p("BGT scatter")
	} else {
		w.p("ADD %v<<2, %v", rN, rP)
	}
	w.label("absent")
	if weighed {
		w.p("MOVW ZR, %d(%v)", quadBytes, rP)
	}
	w.p("MOVW.P ZR, 4(%v)", rP)
	w.p("CMP %v, %v", rTmp2, rP)
	w.p("BNE absent")

	w.label("pad")
	w.p("CMP %v, %v", rLimit, rP)
	w.p("BEQ fold")
	if weighed {
		w.store(z, rP, quadBytes)
	}
	w.p("FMOVQ.P F%d, 16(%v)", z, rP)
	w.p("B pad")

	w.label("fold")
	w.p("ADD $%d, %v, %v", rowBytes, rLanes, rL)
	w.p("CMP %v, %v", rLimit, rL)
	w.p("BEQ done")
	w.p("SUB %v, %v", rFrame, rLimit) // 2 or 4 rows
	w.p("CMP $%d, %v", 2*rowBytes, rLimit)
	w.p("BNE fold_four")
	add := func(l string, rows int) {
		w.label(l)
		for s := range streams {
			for r := range rows {
				w.load(kV+v(r), rFrame, beside(s, r*rowBytes))
			}
			w.load(old, rLanes, beside(s, 0))
			w.fadd(kV, kV, kV+1)
			if rows == 4 {
				w.fadd(kV+2, kV+2, kV+3)
				w.fadd(kV, kV, kV+2)
			}
			w.fadd(kV, old, kV)
			w.store(kV, rLanes, beside(s, 0))
		}
		w.p("ADD $16, %v", rLanes)
		w.p("ADD $16, %v", rFrame)
		w.p("CMP %v, %v", rL, rLanes)
		w.p("BNE %s", l)
	}
	add("fold_two", 2)
	w.p("RET")
	add("fold_four", 4)
	w.label("done")
	w.p("RET")
}
