package gen

import (
	"fmt"
	"math"
	"regexp"
	"strings"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets in block.coefs.
const (
	offA = 4 * iota
	offBase
	offNCH
	offNCL
	offI
	offLo
	offTop
	offOther
)

const (
	rowBytes  = 4 * 256
	quadBytes = 4 * rowBytes
)

// Coefficients of exp, highest first, as in package block; one ends it twice.
var coefficients = []float32{0x1.694cc6p-10, 0x1.123986p-7, 0x1.555a26p-5, 0x1.555492p-3, 0x1.fffffap-2, 1}

// emitter is an avo context with one width of vector.
type emitter struct {
	*build.Context
	suffix string      // of the function names
	width  int         // bytes of a vector: 32 or 64
	group  int         // vectors interleaved in the terms
	poly   operand.Mem // coefficients, each filling 32 bytes
	masks  operand.Mem // AVX2: 8 words of ones, 8 of zeros

	ones, lower reg.VecVirtual // of narrow: 1 and 0x7fff
}

// x86 returns the file of one instruction set.
func x86(suffix string, width int) ([]byte, error) {
	g := &emitter{Context: build.NewContext(), suffix: suffix, width: width, group: 4}
	if width == 32 {
		g.group = 2
	}
	g.data()
	g.scan()
	for _, general := range []bool{false, true} {
		for _, kind := range kinds {
			g.terms(general, kind)
		}
	}
	g.tree("tree", 256)
	g.tree("treeFew", 64)
	g.mul()
	return g.text()
}

// text is the file of what was emitted.
func (g *emitter) text() ([]byte, error) {
	f, err := g.Result()
	if err != nil {
		return nil, err
	}
	if err := pass.Compile.Execute(f); err != nil {
		return nil, err
	}
	text, err := printer.NewGoAsm(printer.Config{Name: "gen"}).Print(f)
	if err != nil {
		return nil, err
	}
	if found := regexp.MustCompile(`\b[XY](1[6-9]|2\d|3[01])\b`).FindString(string(text)); found != "" && g.width == 32 {
		return nil, fmt.Errorf("AVX2 has no %s", found)
	}
	_, body, _ := strings.Cut(string(text), "\n")
	// avo knows no PCALIGN; the hot loops are those whose label ends in _loop.
	lines := strings.Split(body, "\n")
	out := lines[:0:0]
	for _, l := range lines {
		if strings.HasSuffix(l, "_loop:") {
			out = append(out, "\tPCALIGN $64")
		}
		out = append(out, l)
	}
	return []byte(header + strings.Join(out, "\n")), nil
}

func (g *emitter) data() {
	g.poly = g.StaticGlobal("poly" + g.suffix)
	g.DataAttributes(attr.RODATA | attr.NOPTR)
	for _, c := range coefficients {
		for range 4 {
			g.AppendDatum(operand.U64(uint64(math.Float32bits(c)) * (1<<32 + 1)))
		}
	}
	if g.width == 32 {
		g.masks = g.StaticGlobal("masks" + g.suffix)
		g.DataAttributes(attr.RODATA | attr.NOPTR)
		for i := range 8 {
			g.AppendDatum(operand.U64(-uint64((7 - i) / 4)))
		}
	}
}

func (g *emitter) vec() reg.VecVirtual {
	if g.width == 64 {
		return g.ZMM()
	}
	return g.YMM()
}

func (g *emitter) zero() reg.VecVirtual {
	v := g.vec()
	if g.width == 64 {
		g.VPXORD(v, v, v)
	} else {
		g.VXORPS(v, v, v)
	}
	return v
}

func (g *emitter) broadcast(m operand.Mem) reg.VecVirtual {
	v := g.vec()
	g.VBROADCASTSS(m, v)
	return v
}

// spread fills a vector with a constant.
func (g *emitter) spread(u uint32) reg.VecVirtual {
	v, word := g.vec(), g.GP32()
	g.MOVL(operand.U32(u), word)
	g.VMOVD(word, v.AsX())
	g.VBROADCASTSS(v.AsX(), v)
	return v
}

func (g *emitter) coefficient(i int) operand.Mem { return g.poly.Offset(32 * i) }

// begin starts a function; its parameters are loaded by name with arg.
func (g *emitter) begin(name, sig string, a attr.Attribute) {
	g.Function(name + g.suffix)
	g.Attributes(a)
	g.SignatureExpr(sig)
}

func (g *emitter) arg(name string) reg.GPVirtual {
	return g.Load(g.Param(name), g.GP64()).(reg.GPVirtual)
}

func (g *emitter) end() {
	g.VZEROUPPER()
	g.RET()
}

func at(base reg.Register, disp int) operand.Mem { return operand.Mem{Base: base, Disp: disp} }

func label(l string) operand.LabelRef { return operand.LabelRef(l) }

// mask covers the first n words of a vector, 0 < n < width/4.
type mask struct {
	k reg.OpmaskVirtual // AVX-512
	v reg.VecVirtual    // AVX2
}

func (g *emitter) mask(n reg.GPVirtual) (m mask) {
	if g.width == 64 { // 1<<n - 1
		bits := g.GP32()
		g.MOVQ(n, reg.RCX)
		g.MOVL(operand.U32(1), bits)
		g.SHLL(reg.CL, bits)
		g.DECL(bits)
		m.k = g.K()
		g.KMOVW(bits, m.k)
		return m
	}
	p := g.GP64() // the window of 8 words that starts n words before the zeros
	g.LEAQ(g.masks.Offset(32), p)
	g.SHLQ(operand.U8(2), n)
	g.SUBQ(n, p)
	m.v = g.vec()
	g.VMOVUPS(at(p, 0), m.v)
	return m
}

// loadMasked leaves +0 outside the mask and does not touch that memory.
func (g *emitter) loadMasked(src operand.Mem, m mask) reg.VecVirtual {
	v := g.vec()
	if g.width == 64 {
		g.VMOVUPS_Z(src, m.k, v)
	} else {
		g.VMASKMOVPS(src, m.v, v)
	}
	return v
}

func (g *emitter) storeMasked(v reg.VecVirtual, m mask, dst operand.Mem) {
	if g.width == 64 {
		g.VMOVUPS(v, m.k, dst)
	} else {
		g.VMASKMOVPS(v, m.v, dst)
	}
}

// keep zeroes v outside the mask.
func (g *emitter) keep(v reg.VecVirtual, m mask) {
	if g.width == 64 {
		g.VMOVAPS_Z(v, m.k, v)
	} else {
		g.VANDPS(m.v, v, v)
	}
}

// scan: the maximum and the largest magnitude. VMAXPS drops NaN in one order
// of its operands and -0 in neither; Scan says what it makes of both.
func (g *emitter) scan() {
	g.begin("scan", "func(x *float32, n int) (max float32, mag uint32)", attr.NOSPLIT)
	x, n := g.arg("x"), g.arg("n")
	const unroll = 4
	var hi, big [unroll]reg.VecVirtual
	abs, lowest := g.spread(0x7fffffff), g.spread(0xff800000)
	for i := range hi {
		hi[i], big[i] = g.vec(), g.zero()
		g.VMOVAPS(lowest, hi[i])
	}
	and := func(v, d reg.VecVirtual) {
		if g.width == 64 {
			g.VPANDD(abs, v, d)
		} else {
			g.VPAND(abs, v, d)
		}
	}
	take := func(i int, v reg.VecVirtual) {
		g.VMAXPS(hi[i], v, hi[i])
		and(v, v)
		g.VPMAXUD(v, big[i], big[i])
	}
	w := g.width
	g.SUBQ(operand.U32(unroll*w/4), n)
	g.JL(label("scan_few"))
	g.Label("scan_loop")
	for i := range unroll {
		v := g.vec()
		g.VMOVUPS(at(x, i*w), v)
		take(i, v)
	}
	g.ADDQ(operand.U32(unroll*w), x)
	g.SUBQ(operand.U32(unroll*w/4), n)
	g.JGE(label("scan_loop"))
	g.Label("scan_few")
	g.ADDQ(operand.U32(unroll*w/4), n)
	g.Label("scan_single")
	g.CMPQ(n, operand.U32(w/4))
	g.JL(label("scan_tail"))
	v := g.vec()
	g.VMOVUPS(at(x, 0), v)
	take(0, v)
	g.ADDQ(operand.U32(w), x)
	g.SUBQ(operand.U32(w/4), n)
	g.JMP(label("scan_single"))
	g.Label("scan_tail")
	g.TESTQ(n, n)
	g.JE(label("scan_reduce"))
	m := g.mask(n)
	v = g.loadMasked(at(x, 0), m)
	u := g.vec()
	and(v, u) // +0 outside the mask
	g.VPMAXUD(u, big[1], big[1])
	if w == 64 { // -Inf outside the mask
		g.VMAXPS(hi[1], v, m.k, hi[1])
	} else {
		g.VBLENDVPS(m.v, v, lowest, v)
		g.VMAXPS(hi[1], v, hi[1])
	}
	g.Label("scan_reduce")
	maxps := func(a, b, d operand.Op) { g.VMAXPS(a, b, d) }
	maxud := func(a, b, d operand.Op) { g.VPMAXUD(a, b, d) }
	h := g.reduce(hi[:], maxps)
	b := g.reduce(big[:], maxud)
	g.result(h, "max")
	g.result(b, "mag")
	g.end()
}

func (g *emitter) result(x reg.VecVirtual, name string) {
	c, err := g.Return(name).Resolve()
	if err != nil {
		panic(err)
	}
	if name == "mag" {
		word := g.GP32() // go vet takes a VMOVD to memory for 8 bytes
		g.VMOVD(x, word)
		g.MOVL(word, c.Addr)
	} else {
		g.VMOVSS(x, c.Addr)
	}
}

// reduce combines four vectors and their words into word 0 of an XMM.
func (g *emitter) reduce(v []reg.VecVirtual, op func(a, b, d operand.Op)) reg.VecVirtual {
	op(v[0], v[2], v[0])
	op(v[1], v[3], v[1])
	op(v[0], v[1], v[0])
	y := v[0].AsY()
	if g.width == 64 {
		t := g.YMM()
		g.VEXTRACTF64X4(operand.U8(1), v[0], t)
		op(y, t, t)
		y = t.AsY()
	}
	x := g.XMM()
	g.VEXTRACTF128(operand.U8(1), y, x)
	op(y.(interface{ AsX() reg.Register }).AsX(), x, x)
	t := g.XMM()
	g.VPERMILPS(operand.U8(0x4e), x, t)
	op(x, t, x)
	g.VPERMILPS(operand.U8(0xb1), x, t)
	op(x, t, x)
	return x
}

// exp is the term with its constants at hand: in registers, or where AVX2 has
// too few of them as memory operands, which cost it nothing.
type exp struct {
	g              *emitter
	general        bool
	k              reg.GPVirtual
	base, nch, ncl reg.VecVirtual
	a, lo, i       reg.VecVirtual // a: AVX-512 only
	c              []operand.Op
}

func (g *emitter) exp(k reg.GPVirtual, general, tight bool) *exp {
	e := &exp{g: g, general: general, k: k}
	e.base = g.broadcast(at(k, offBase))
	e.nch = g.broadcast(at(k, offNCH))
	e.ncl = g.broadcast(at(k, offNCL))
	if general {
		e.lo = g.broadcast(at(k, offLo))
		e.i = g.broadcast(at(k, offI))
	}
	wide := g.width == 64
	if wide {
		e.a = g.broadcast(at(k, offA))
	}
	for i := range coefficients {
		first, last := i == 0, i == len(coefficients)-1
		if !wide && (first || last && general || tight && i <= 2) {
			e.c = append(e.c, g.coefficient(i))
		} else {
			e.c = append(e.c, g.broadcast(g.coefficient(i)))
		}
	}
	return e
}

// of returns the terms of the vectors v, which it overwrites, step by step so
// that independent instructions lie side by side.
func (e *exp) of(v []reg.VecVirtual) []reg.VecVirtual {
	g := e.g
	n := len(v)
	zr, q := make([]reg.VecVirtual, n), make([]reg.VecVirtual, n)
	for i := range v {
		zr[i], q[i] = g.vec(), g.vec()
	}
	each := func(f func(i int)) {
		for i := range v {
			f(i)
		}
	}
	if e.general {
		each(func(i int) { g.VMAXPS(e.lo, v[i], v[i]) })
	}
	each(func(i int) {
		if e.a != nil {
			g.VMOVAPS(e.a, zr[i])
		} else {
			g.VBROADCASTSS(at(e.k, offA), zr[i])
		}
	})
	each(func(i int) { g.VFMADD213PS(e.base, v[i], zr[i]) }) // zr = v*a + base
	each(func(i int) { g.VSUBPS(e.base, zr[i], q[i]) })      // n = zr - base
	each(func(i int) { g.VFMADD231PS(e.nch, q[i], v[i]) })   // r = v - n*ch
	each(func(i int) { g.VFMADD231PS(e.ncl, q[i], v[i]) })   // r = r - n*cl
	if e.general {
		each(func(i int) { g.VMULPS(e.i, v[i], v[i]) }) // r = r/T
	}
	each(func(i int) { g.VPSLLD(operand.U8(23), zr[i], zr[i]) })
	each(func(i int) { g.VMOVAPS(e.c[0], q[i]) })
	for _, c := range append(e.c[1:], e.c[len(e.c)-1]) {
		each(func(i int) { g.VFMADD213PS(c, v[i], q[i]) }) // p = p*r + c
	}
	each(func(i int) {
		if e.general {
			g.VMULPS(zr[i], q[i], q[i]) // p * 2^e
		} else {
			g.VPADDD(zr[i], q[i], q[i]) // e added to the exponent of p
		}
	})
	return q
}

// tree: the halves-first sum, depth first so that it needs few registers.
func (g *emitter) tree(name string, all int) {
	g.begin(name, fmt.Sprintf("func(lanes *[%d]float32) float64", all), attr.NOSPLIT)
	lanes := g.arg("lanes")
	doubles := g.width / 8
	var node func(l, w int) reg.VecVirtual
	node = func(l, w int) reg.VecVirtual {
		if w == all {
			v := g.vec()
			g.VCVTPS2PD(at(lanes, 4*l), v)
			return v
		}
		a := node(l, 2*w)
		b := node(l+w, 2*w)
		g.VADDPD(b, a, a)
		return a
	}
	v := node(0, doubles)
	y := g.YMM()
	if g.width == 64 {
		g.VEXTRACTF64X4(operand.U8(1), v, y)
		g.VADDPD(y, v.AsY(), y)
	} else {
		y = v
	}
	x := g.XMM()
	g.VEXTRACTF128(operand.U8(1), y, x)
	g.VADDPD(x, y.AsX(), x)
	h := g.XMM()
	g.VPERMILPD(operand.U8(1), x, h)
	g.VADDSD(h, x, x)
	c, err := g.ReturnIndex(0).Resolve()
	if err != nil {
		panic(err)
	}
	g.VMOVSD(x, c.Addr)
	g.end()
}

func (g *emitter) mul() {
	g.begin("mul", "func(dst, x *float32, n int, f float32)", attr.NOSPLIT)
	dst, x, n := g.arg("dst"), g.arg("x"), g.arg("n")
	c, err := g.Param("f").Resolve()
	if err != nil {
		panic(err)
	}
	f := g.broadcast(c.Addr)
	w := g.width
	const unroll = 4
	some := func(count int) {
		var v []reg.VecVirtual
		for i := range count {
			v = append(v, g.vec())
			g.VMULPS(at(x, i*w), f, v[i])
		}
		for i := range count {
			g.VMOVUPS(v[i], at(dst, i*w))
		}
		g.ADDQ(operand.U32(count*w), x)
		g.ADDQ(operand.U32(count*w), dst)
		g.SUBQ(operand.U32(count*w/4), n)
	}
	g.SUBQ(operand.U32(unroll*w/4), n)
	g.JL(label("mul_few"))
	g.Label("mul_loop")
	some(unroll)
	g.JGE(label("mul_loop"))
	g.Label("mul_few")
	g.ADDQ(operand.U32(unroll*w/4-w/4), n)
	g.JL(label("mul_tail"))
	g.Label("mul_single")
	some(1)
	g.JGE(label("mul_single"))
	g.Label("mul_tail")
	g.ADDQ(operand.U32(w/4), n)
	g.JE(label("mul_done"))
	m := g.mask(n)
	v := g.loadMasked(at(x, 0), m)
	g.VMULPS(f, v, v)
	g.storeMasked(v, m, at(dst, 0))
	g.Label("mul_done")
	g.end()
}
