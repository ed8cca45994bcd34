package gen

import (
	"fmt"
	"strings"
)

// The assembler of Go 1.26 has VFMLA and the integer operations of NEON, and
// of the floating-point ones on vectors little more. The rest are WORDs, each
// with its instruction as comment; a test decodes every one of them.

type (
	v      int // a vector register
	reg64  int // a general register
	writer struct {
		strings.Builder
		name string // of the function, for its labels
	}
)

// General registers by purpose, the same in every function. R16 to R18 and
// R26 and above belong to the platform, the linker, the assembler and Go.
const (
	rDst reg64 = iota
	rX
	rN
	rK
	rLanes
	rP     // where linear terms go
	rLimit // its end
	rQuads
	rCol
	rL // running pointer into lanes
	rTmp
	rTmp2
	rFrame
)

func (r reg64) String() string { return fmt.Sprintf("R%d", int(r)) }

func (w *writer) p(format string, a ...any) { fmt.Fprintf(w, "\t"+format+"\n", a...) }
func (w *writer) label(l string)            { fmt.Fprintf(w, "%s:\n", l) }
func (w *writer) hot(l string)              { w.p("PCALIGN $64"); w.label(l) }

func (w *writer) word(code uint32, format string, a ...any) {
	w.p("WORD $0x%08x // %s", code, fmt.Sprintf(format, a...))
}

func (w *writer) three(name string, code uint32, d, n, m v, size string) {
	w.word(code|uint32(m)<<16|uint32(n)<<5|uint32(d), "%s v%d.%s, v%d.%s, v%d.%s", name, d, size, n, size, m, size)
}

func (w *writer) fadd(d, n, m v)  { w.three("fadd", 0x4e20d400, d, n, m, "4s") }
func (w *writer) fsub(d, n, m v)  { w.three("fsub", 0x4ea0d400, d, n, m, "4s") }
func (w *writer) fmul(d, n, m v)  { w.three("fmul", 0x6e20dc00, d, n, m, "4s") }
func (w *writer) fmax(d, n, m v)  { w.three("fmax", 0x4e20f400, d, n, m, "4s") }
func (w *writer) umax(d, n, m v)  { w.three("umax", 0x6ea06400, d, n, m, "4s") }
func (w *writer) faddd(d, n, m v) { w.three("fadd", 0x4e60d400, d, n, m, "2d") }
func (w *writer) fmaxv(d, n v) {
	w.word(0x6e30f800|uint32(n)<<5|uint32(d), "fmaxv s%d, v%d.4s", d, n)
}
func (w *writer) umaxv(d, n v) {
	w.word(0x6eb0a800|uint32(n)<<5|uint32(d), "umaxv s%d, v%d.4s", d, n)
}
func (w *writer) fcvtl(d, n v) {
	w.word(0x0e617800|uint32(n)<<5|uint32(d), "fcvtl v%d.2d, v%d.2s", d, n)
}
func (w *writer) fcvtl2(d, n v) {
	w.word(0x4e617800|uint32(n)<<5|uint32(d), "fcvtl2 v%d.2d, v%d.4s", d, n)
}
func (w *writer) faddp(d, n v) {
	w.word(0x7e70d800|uint32(n)<<5|uint32(d), "faddp d%d, v%d.2d", d, n)
}
func (w *writer) fmla(d, n, m v) { w.p("VFMLA V%d.S4, V%d.S4, V%d.S4", m, n, d) } // d += n*m
func (w *writer) add(d, n, m v)  { w.p("VADD V%d.S4, V%d.S4, V%d.S4", m, n, d) }
func (w *writer) and(d, n, m v)  { w.p("VAND V%d.B16, V%d.B16, V%d.B16", m, n, d) }
func (w *writer) mov(d, n v)     { w.p("VMOV V%d.B16, V%d.B16", n, d) }
func (w *writer) zero(d v)       { w.p("VEOR V%d.B16, V%d.B16, V%d.B16", d, d, d) }
func (w *writer) shl(d, n v, k int) {
	w.p("VSHL $%d, V%d.S4, V%d.S4", k, n, d)
}
func (w *writer) load(d v, r reg64, off int)  { w.p("FMOVQ %d(%v), F%d", off, r, d) }
func (w *writer) store(d v, r reg64, off int) { w.p("FMOVQ F%d, %d(%v)", d, off, r) }

// spread fills d with a constant, spreadAt with the word at off(r).
func (w *writer) spread(d v, bits uint32) {
	w.p("MOVW $0x%08x, %v", bits, rTmp)
	w.p("VDUP %v, V%d.S4", rTmp, d)
}

func (w *writer) spreadAt(d v, r reg64, off int) {
	w.p("MOVWU %d(%v), %v", off, r, rTmp)
	w.p("VDUP %v, V%d.S4", rTmp, d)
}

// begin starts a function. Each argument is its name and register, in 8 bytes.
func (w *writer) begin(name, sig string, flags string, frame, args int) {
	w.name = name
	fmt.Fprintf(w, "\n// func %sNEON%s\nTEXT ·%sNEON(SB), %s, $%d-%d\n", name, sig, name, flags, frame, args)
}

func (w *writer) arg(r reg64, name string, off int) { w.p("MOVD %s+%d(FP), %v", name, off, r) }

// neon returns the file of NEON.
func neon() ([]byte, error) {
	w := &writer{}
	w.WriteString(header + "\n#include \"textflag.h\"\n")
	w.scan()
	for _, general := range []bool{false, true} {
		for _, kind := range kinds {
			w.terms(general, kind)
		}
	}
	w.tree("tree", 256)
	w.tree("treeFew", 64)
	w.mul()
	return []byte(w.String()), nil
}

func (w *writer) scan() {
	w.begin("scan", "(x *float32, n int) (max float32, mag uint32)", "NOSPLIT", 0, 24)
	w.arg(rX, "x", 0)
	w.arg(rN, "n", 8)
	const hi, big, t, abs v = 0, 4, 8, 12
	w.spread(abs, 0x7fffffff)
	w.spread(hi, 0xff800000)
	for i := v(1); i < 4; i++ {
		w.mov(hi+i, hi)
	}
	for i := range v(4) {
		w.zero(big + i)
	}
	take := func(i v) {
		w.fmax(hi+i, hi+i, t+i)
		w.and(t+i, t+i, abs)
		w.umax(big+i, big+i, t+i)
	}
	w.p("SUBS $16, %v", rN)
	w.p("BLT few")
	w.hot("loop")
	for i := range v(4) {
		w.load(t+i, rX, 16*int(i))
	}
	for i := range v(4) {
		take(i)
	}
	w.p("ADD $64, %v", rX)
	w.p("SUBS $16, %v", rN)
	w.p("BGE loop")
	w.label("few")
	w.p("ADDS $16, %v", rN)
	w.p("BEQ reduce")
	w.label("single") // one element in all words: the maximum does not mind
	w.p("VLD1R (%v), [V%d.S4]", rX, t)
	take(0)
	w.p("ADD $4, %v", rX)
	w.p("SUBS $1, %v", rN)
	w.p("BGT single")
	w.label("reduce")
	for _, r := range []struct {
		op   func(d, n, m v)
		base v
	}{{w.fmax, hi}, {w.umax, big}} {
		r.op(r.base, r.base, r.base+2)
		r.op(r.base+1, r.base+1, r.base+3)
		r.op(r.base, r.base, r.base+1)
	}
	w.fmaxv(hi, hi)
	w.umaxv(big, big)
	w.p("FMOVS F%d, max+16(FP)", hi)
	w.p("FMOVS F%d, %v", big, rTmp)
	w.p("MOVW %v, mag+20(FP)", rTmp)
	w.p("RET")
}

// tree: halves first and depth first; a node is two vectors of two float64.
func (w *writer) tree(name string, all int) {
	w.begin(name, fmt.Sprintf("(lanes *[%d]float32) float64", all), "NOSPLIT", 0, 16)
	w.arg(rLanes, "lanes", 0)
	var node func(l, width int, d v)
	node = func(l, width int, d v) {
		if width == all {
			w.load(d, rLanes, 4*l)
			w.fcvtl2(d+1, d)
			w.fcvtl(d, d)
			return
		}
		node(l, 2*width, d)
		node(l+width, 2*width, d+2)
		w.faddd(d, d, d+2)
		w.faddd(d+1, d+1, d+3)
	}
	node(0, 4, 0)
	w.faddd(0, 0, 1)
	w.faddp(0, 0)
	w.p("FMOVD F0, ret+8(FP)")
	w.p("RET")
}

func (w *writer) mul() {
	w.begin("mul", "(dst, x *float32, n int, f float32)", "NOSPLIT", 0, 28)
	w.arg(rDst, "dst", 0)
	w.arg(rX, "x", 8)
	w.arg(rN, "n", 16)
	const f, t v = 0, 1
	w.p("MOVWU f+24(FP), %v", rTmp)
	w.p("VDUP %v, V%d.S4", rTmp, f)
	w.p("SUBS $16, %v", rN)
	w.p("BLT few")
	w.hot("loop")
	for i := range v(4) {
		w.load(t+i, rX, 16*int(i))
	}
	for i := range v(4) {
		w.fmul(t+i, t+i, f)
	}
	for i := range v(4) {
		w.store(t+i, rDst, 16*int(i))
	}
	w.p("ADD $64, %v", rX)
	w.p("ADD $64, %v", rDst)
	w.p("SUBS $16, %v", rN)
	w.p("BGE loop")
	w.label("few")
	w.p("ADDS $16, %v", rN)
	w.p("BEQ done")
	w.label("single")
	w.p("FMOVS.P 4(%v), F%d", rX, t)
	w.p("FMULS F%d, F%d, F%d", f, t, t)
	w.p("FMOVS.P F%d, 4(%v)", t, rDst)
	w.p("SUBS $1, %v", rN)
	w.p("BGT single")
	w.label("done")
	w.p("RET")
}
