package gen

import "math"

// A formula is what a kernel does with each element of one or two float32
// rows, as a list of steps on whole vectors: one description for every
// instruction set. Steps work in float64, unless single; each is one IEEE
// operation, and none of them is a fused multiply-add.
//
// A kernel of a formula takes a number of elements that is a multiple of 32,
// which the vectors of a turn divide, and parameters k of float64. It is one of two:
//
//	sum:  lanes[(at+i)%256] += value(p[i], q[i]); at is a multiple of 32.
//	      It returns the largest bit pattern of the inputs that it watches.
//	else: dst[i] = float32(value(p[i], q[i])); dst may be p or q.
type formula struct {
	name   string
	rows   int  // inputs: 1 or 2
	single bool // float32 throughout
	sum    bool
	watch  []int // inputs whose bits are watched
	signed bool  // their signs do not count
	value  func(b *body) value
}

func (f *formula) body() *body {
	b := &body{}
	f.value(b)
	return b
}

// value is the result of a step; body lists the steps.
type (
	value int
	body  struct{ steps []step }
	step  struct {
		code string
		a    []value
		bits uint64 // of a constant; an index; a shift
	}
)

func (b *body) do(code string, bits uint64, a ...value) value {
	b.steps = append(b.steps, step{code, a, bits})
	return value(len(b.steps) - 1)
}

func (b *body) in(i int) value      { return b.do("in", uint64(i)) }
func (b *body) k(i int) value       { return b.do("k", uint64(i)) } // a parameter
func (b *body) word(u uint64) value { return b.do("c", u) }
func (b *body) c(f float64) value   { return b.word(math.Float64bits(f)) }

func (b *body) add(x, y value) value { return b.do("add", 0, x, y) }
func (b *body) sub(x, y value) value { return b.do("sub", 0, x, y) }
func (b *body) mul(x, y value) value { return b.do("mul", 0, x, y) }
func (b *body) div(x, y value) value { return b.do("div", 0, x, y) }

// share is x divided by parameter i, which costs nothing where that is 1.
func (b *body) share(x value, i int) value { return b.do("share", uint64(i), x) }

// Integer operations on the bits of float64.
func (b *body) iadd(x, y value) value        { return b.do("iadd", 0, x, y) }
func (b *body) isub(x, y value) value        { return b.do("isub", 0, x, y) }
func (b *body) and(x, y value) value         { return b.do("and", 0, x, y) }
func (b *body) or(x, y value) value          { return b.do("or", 0, x, y) }
func (b *body) shr(x value, by uint64) value { return b.do("shr", by, x) }

// gt is the mask of x > y; both is where two masks hold; pick is x there and y
// elsewhere, only x there and +0 elsewhere.
func (b *body) gt(x, y value) value      { return b.do("gt", 0, x, y) }
func (b *body) both(m, n value) value    { return b.do("both", 0, m, n) }
func (b *body) pick(m, x, y value) value { return b.do("pick", 0, m, x, y) }
func (b *body) only(m, x value) value    { return b.do("only", 0, m, x) }

// split is v = 2^e*f, f in (sqrt(1/2),
// sqrt(2)], v normal and above 0. See block.split.
func (b *body) split(v value) (e, f value) {
	const exponent, one = 0x7ff << 52, 0x3ff << 52
	u := b.iadd(v, b.word(one-(math.Float64bits(math.Sqrt2)+1-1<<52)))
	e = b.sub(b.or(b.shr(u, 52), b.word(0x433<<52)), b.c(0x1p52+1023))
	f = b.iadd(b.isub(v, b.and(u, b.word(exponent))), b.word(one))
	return e, f
}

// near is 2*atanh(s), of eleven terms; see block.lnNear.
func (b *body) near(s value) value {
	z := b.mul(s, s)
	p := b.c(1. / 21)
	for n := 19; n >= 1; n -= 2 {
		p = b.add(b.mul(p, z), b.c(1/float64(n)))
	}
	return b.mul(b.add(s, s), p)
}

const (
	ln2High = 0x1.62e42fefa3800p-1
	ln2Low  = 0x1.ef35793c76730p-45
)

// scaled is e*ln(2) + l.
func (b *body) scaled(e, l value) value {
	return b.add(b.mul(e, b.c(ln2High)), b.add(b.mul(e, b.c(ln2Low)), l))
}

func (b *body) ln(v value) value {
	e, f := b.split(v)
	one := b.c(1)
	return b.scaled(e, b.near(b.div(b.sub(f, one), b.add(f, one))))
}

// ratio is ln(x/y): from d/(x+y), d = x - y, where x is near y. There the power
// of two is 0, and e*ln(2) + l is l.
func (b *body) ratio(x, y, d value) value {
	near := b.both(b.gt(x, b.mul(b.c(0.71), y)), b.gt(b.mul(b.c(1.41), y), x))
	e, f := b.split(b.div(x, y))
	one, zero := b.c(1), b.c(0)
	up := b.pick(near, d, b.sub(f, one))
	down := b.pick(near, b.add(x, y), b.add(f, one))
	return b.scaled(b.pick(near, zero, e), b.near(b.div(up, down)))
}
