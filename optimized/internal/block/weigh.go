package block

// Pair has two sets of lanes: those of the terms, and from Quad on those of what is
// weighed with them. What lies between is the kernels' own.
type Pair [Quad + Lanes]float32

// Terms are the lanes of the terms.
func (p *Pair) Terms() *[Lanes]float32 { return (*[Lanes]float32)(p[:]) }

// Weighed are the lanes of what is weighed with the terms.
func (p *Pair) Weighed() *[Lanes]float32 { return (*[Lanes]float32)(p[Quad:]) }

// Gaps is Terms that keeps no terms T and adds up
//
//	T*RN(RN(top - x)*i), and +0 where T = +0
//
// beside them, in lanes of the same layout. top is at least every x.
func Gaps(isa ISA, x []float32, n int32, s *Scaling, mag uint32, top float32, lanes *Pair) {
	if len(x)-1 >= Chunk || len(x) == 0 {
		panic("block: Gaps: len(x) is not 1 to Chunk")
	}
	var k coefs
	k.set(n, s)
	k.top = top
	weigh(isa, x, nil, &k, fast(n, s, mag), lanes)
}

// Ratios is Gaps with T*RN(RN(x - top) - RN(y - other)) and T = 1. y may be -Inf where
// T = +0.
func Ratios(isa ISA, x, y []float32, n int32, s *Scaling, mag uint32, top, other float32, lanes *Pair) {
	if len(x)-1 >= Chunk || len(x) == 0 || !s.Unit {
		panic("block: Ratios: len(x) is not 1 to Chunk, or T is not 1")
	}
	var k coefs
	k.set(n, s)
	k.top, k.other = top, other
	weigh(isa, x, y[:len(x)], &k, fast(n, s, mag), lanes)
}

// weighGeneric weighs gaps where y is nil, else ratios.
func weighGeneric(x, y []float32, k *coefs, lanes *Pair) {
	var t, u [Quad]float32
	for i := 0; i < len(x); i += Quad {
		part := x[i:min(i+Quad, len(x))]
		k.termsOf(t[:len(part)], part)
		for j, v := range part {
			switch {
			case t[j] == 0:
				u[j] = 0
			case y == nil:
				u[j] = float32(t[j] * float32((k.top-v)*k.i))
			default:
				u[j] = float32(t[j] * ((v - k.top) - (y[i+j] - k.other)))
			}
		}
		fold(lanes.Terms(), t[:len(part)], i == 0)
		fold(lanes.Weighed(), u[:len(part)], i == 0)
	}
}
