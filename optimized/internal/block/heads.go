package block

// heads are the lanes of a dot product of attention.
const heads = 16

// Dots sets dst[j] to the dot product of q with row j of k, len(q) wide, in float64.
// Products are exact. Element d is added in lane d mod 16, in order, and the lanes
// halves first. len(k) is len(dst)*len(q).
func Dots(isa ISA, dst, q []float64, k []float32) {
	k = k[:len(dst)*len(q)]
	if len(dst) == 0 {
		return
	}
	if len(q) == 0 || len(q)%heads != 0 {
		isa = Portable
	}
	for len(dst) > 0 { // one call into assembly at most a few chunks of products
		n := min(len(dst), 1+4*Chunk/max(len(q), 1))
		dots(isa, dst[:n], q, k[:n*len(q)])
		dst, k = dst[n:], k[n*len(q):]
	}
}

// Mix adds w[j] times row j of v to sums, in float64 and in the order of j. A weight
// of 0 takes nothing of its row; products are exact. w holds no NaN and no number
// below 0. len(v) is len(w)*len(sums).
func Mix(isa ISA, sums []float64, w, v []float32) {
	width := len(sums)
	v = v[:len(w)*width]
	for c := 0; c < width && len(w) > 0; c += turn {
		part := sums[c:min(c+turn, width)]
		for j := 0; j < len(w); j += Chunk / turn {
			n := min(Chunk/turn, len(w)-j)
			mix(isa, part, w[j:j+n], v[j*width+c:], width)
		}
	}
}

// turn is what the kernel of Mix takes of a row at once.
const turn = 32

func dotsGeneric(dst, q []float64, k []float32) {
	for j := range dst {
		var a [heads]float64
		for d, x := range k[j*len(q):][:len(q)] {
			a[d%heads] += float64(q[d] * float64(x))
		}
		for w := heads / 2; w >= 1; w /= 2 {
			for d := range w {
				a[d] += a[d+w]
			}
		}
		dst[j] = a[0]
	}
}

func mixGeneric(sums []float64, w, v []float32, width int) {
	for j, a := range w {
		if a == 0 {
			continue
		}
		for d, x := range v[j*width:][:len(sums)] {
			sums[d] += float64(float64(a) * float64(x))
		}
	}
}
