package gen

// neonHeads returns the file of attention's products.
func neonHeads() ([]byte, error) {
	w := &writer{}
	w.WriteString(header + "\n#include \"textflag.h\"\n")
	w.dots()
	w.mix()
	return []byte(w.String()), nil
}

func (w *writer) fmlad(d, n, m v) { w.p("VFMLA V%d.D2, V%d.D2, V%d.D2", m, n, d) } // d += n*m

// dots: 16 lanes in eight vectors, and their sum halves first.
func (w *writer) dots() {
	w.begin("dots", "(dst, q *float64, k *float32, n, width int)", "NOSPLIT", 0, 40)
	const q, width, left = rP, rLimit, rCol
	for i, r := range []reg64{rDst, q, rK, rN, width} {
		w.arg(r, []string{"dst", "q", "k", "n", "width"}[i], 8*i)
	}
	const a, x, y v = 0, 8, 16
	w.label("row")
	for i := range v(8) {
		w.zero(a + i)
	}
	w.p("MOVD %v, %v", q, rTmp)
	w.p("MOVD %v, %v", width, left)
	w.hot("loop")
	for i := range v(4) {
		w.load(x+2*i, rK, 16*int(i))
	}
	for i := range v(8) {
		w.load(y+i, rTmp, 16*int(i))
	}
	for i := range v(4) {
		w.fcvtl2(x+2*i+1, x+2*i)
		w.fcvtl(x+2*i, x+2*i)
	}
	for i := range v(8) {
		w.fmlad(a+i, x+i, y+i)
	}
	w.p("ADD $64, %v", rK)
	w.p("ADD $128, %v", rTmp)
	w.p("SUBS $16, %v", left)
	w.p("BGT loop")
	for h := v(4); h >= 1; h /= 2 {
		for i := range h {
			w.faddd(a+i, a+i, a+i+h)
		}
	}
	w.faddp(a, a)
	w.p("FMOVD.P F%d, 8(%v)", a, rDst)
	w.p("SUBS $1, %v", rN)
	w.p("BGT row")
	w.p("RET")
}

// mix: 32 sums stay in registers over all rows.
func (w *writer) mix() {
	w.begin("mix", "(sums *float64, w, v *float32, n, width int)", "NOSPLIT", 0, 40)
	const weights, width = rP, rLimit
	for i, r := range []reg64{rDst, weights, rX, rN, width} {
		w.arg(r, []string{"sums", "w", "v", "n", "width"}[i], 8*i)
	}
	const a, x, f v = 0, 16, 24
	for i := range v(16) {
		w.load(a+i, rDst, 16*int(i))
	}
	w.hot("loop")
	w.p("MOVWU.P 4(%v), %v", weights, rTmp)
	w.p("LSL $33, %v, %v", rTmp, rTmp2) // 0 of both zeros
	w.p("CBZ %v, next", rTmp2)
	w.p("FMOVS %v, F%d", rTmp, f)
	w.p("FCVTSD F%d, F%d", f, f)
	w.p("VDUP V%d.D[0], V%d.D2", f, f)
	for part := range v(2) {
		for i := range v(4) {
			w.load(x+2*i, rX, 64*int(part)+16*int(i))
		}
		for i := range v(4) {
			w.fcvtl2(x+2*i+1, x+2*i)
			w.fcvtl(x+2*i, x+2*i)
		}
		for i := range v(8) {
			w.fmlad(a+8*part+i, x+i, f)
		}
	}
	w.label("next")
	w.p("ADD %v<<2, %v", width, rX)
	w.p("SUBS $1, %v", rN)
	w.p("BGT loop")
	for i := range v(16) {
		w.store(a+i, rDst, 16*int(i))
	}
	w.p("RET")
}
