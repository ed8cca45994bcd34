package gen

// two emits an instruction on one register, whose form takes both.
func (w *writer) two(code uint32, d, n v, form string) {
	w.word(code|uint32(n)<<5|uint32(d), form, d, n)
}

// neonHalves returns the file of the conversions from and to 16 bits, and of find.
func neonHalves() ([]byte, error) {
	w := &writer{}
	w.WriteString(header + "\n#include \"textflag.h\"\n")
	w.widen("widenBF16", func(d, lo v) {
		w.two(0x6e613800, d, lo, "shll2 v%d.4s, v%d.8h, #16")
		w.two(0x2e613800, lo, lo, "shll v%d.4s, v%d.4h, #16")
	})
	w.widen("widenF16", func(d, lo v) {
		w.two(0x4e217800, d, lo, "fcvtl2 v%d.4s, v%d.8h")
		w.two(0x0e217800, lo, lo, "fcvtl v%d.4s, v%d.4h")
	})
	const odd, ones, lower v = 12, 13, 14
	w.narrow("narrowBF16", func(t v) {
		w.p("VUSHR $16, V%d.S4, V%d.S4", t, odd)
		w.and(odd, odd, ones)
		w.add(t, t, odd)
		w.add(t, t, lower)
		w.two(0x0f108400, t, t, "shrn v%d.4h, v%d.4s, #16")
	})
	w.narrow("narrowF16", func(t v) { w.two(0x0e216800, t, t, "fcvtn v%d.4h, v%d.4s") })
	w.find()
	return []byte(w.String()), nil
}

// widen: convert leaves the upper half of lo in d, and the lower in lo.
func (w *writer) widen(name string, convert func(d, lo v)) {
	w.begin(name, "(dst *float32, x *uint16, n int)", "NOSPLIT", 0, 24)
	w.arg(rDst, "dst", 0)
	w.arg(rX, "x", 8)
	w.arg(rN, "n", 16)
	w.hot("loop")
	for i := range v(4) {
		w.load(2*i, rX, 16*int(i))
	}
	for i := range v(4) {
		convert(2*i+1, 2*i)
	}
	for i := range v(8) {
		w.store(i, rDst, 16*int(i))
	}
	w.p("ADD $64, %v", rX)
	w.p("ADD $128, %v", rDst)
	w.p("SUBS $32, %v", rN)
	w.p("BGT loop")
	w.p("RET")
}

// narrow has the steps of its namesake for x86; convert leaves a half in its place.
func (w *writer) narrow(name string, convert func(t v)) {
	w.begin(name, "(dst *uint16, x *float32, n int, f float32)", "NOSPLIT", 0, 28)
	w.arg(rDst, "dst", 0)
	w.arg(rX, "x", 8)
	w.arg(rN, "n", 16)
	const t, m, f, nan, ones, lower v = 0, 4, 10, 11, 13, 14
	w.p("MOVWU f+24(FP), %v", rTmp)
	w.p("VDUP %v, V%d.S4", rTmp, f)
	w.spread(nan, 0x7fc00000)
	w.spread(ones, 1)
	w.spread(lower, 0x7fff)
	w.hot("loop")
	for i := range v(4) {
		w.load(t+i, rX, 16*int(i))
		w.fmul(t+i, t+i, f)
		w.three("fcmeq", 0x4e20e400, m+i, t+i, t+i, "4s")
		w.three("bsl", 0x6e601c00, m+i, t+i, nan, "16b")
	}
	for i := range v(4) {
		convert(m + i)
		w.p("FMOVD F%d, %d(%v)", m+i, 8*int(i), rDst)
	}
	w.p("ADD $64, %v", rX)
	w.p("ADD $32, %v", rDst)
	w.p("SUBS $16, %v", rN)
	w.p("BGT loop")
	w.p("RET")
}

func (w *writer) find() {
	w.begin("find", "(x *float32, n int, v float32) int", "NOSPLIT", 0, 32)
	w.arg(rX, "x", 0)
	w.arg(rN, "n", 8)
	w.p("MOVWU v+16(FP), %v", rTmp)
	const is v = 8
	w.p("VDUP %v, V%d.S4", rTmp, is)
	w.p("MOVD ZR, %v", rCol)
	w.hot("loop")
	for i := range v(8) {
		w.load(i, rX, 16*int(i))
		w.three("fcmeq", 0x4e20e400, i, i, is, "4s")
	}
	for h := v(4); h >= 1; h /= 2 {
		for i := range h {
			w.p("VORR V%d.B16, V%d.B16, V%d.B16", i+h, i, i)
		}
	}
	w.umaxv(0, 0)
	w.p("FMOVS F0, %v", rTmp)
	w.p("CBNZW %v, there", rTmp)
	w.p("ADD $128, %v", rX)
	w.p("ADD $32, %v", rCol)
	w.p("CMP %v, %v", rN, rCol)
	w.p("BLT loop")
	w.label("there")
	w.p("MOVD %v, ret+24(FP)", rCol)
	w.p("RET")
}
