package zoo

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// style is a way of computing. Every kernel of the family is an operation's body
// in a style; a wrong one may have a slip.
type style struct {
	name       string
	level      string // of the contract
	lanes      int    // running sums side by side
	online     bool   // one pass, the sum rescaled as the maximum grows
	wide       bool   // sums in float64
	blocked    bool   // sums of 16 in bfloat16, and those in bfloat16, as declared
	exp2       bool   // exp2(fma(x, log2e/T, -m*log2e/T))
	unfused    bool   // exp2(x*log2e/T - m*log2e/T)
	rough      bool   // exp off by up to 2 units in the last place
	reciprocal bool   // multiplied by 1/S
	slip       slip

	onExponentials bool // differs from the others in its exponentials alone
}

// slip is what a wrong kernel does instead of one step; a nil step is done right.
type slip struct {
	read  func(x []float64) []float64         // the logits of a row
	max   func(x []float64) float64           // what is subtracted
	exp   func(d float64) float64             // exp of d <= 0
	sum   func(t []float64) []float64         // the terms that are added
	total func(S float64) float64             // their sum
	term  func(i int, e float64) float64      // a term as it is kept
	prob  func(i, n int, p float64) float64   // a probability as it is written
	ln    func(v float64) float64             // ln S
	steps func(sum, was, now float64) float64 // an online sum when the maximum moves
}

var styles = []style{
	{name: "sequential", level: "tight", lanes: 1},
	{name: "lanes", level: "tight", lanes: 8},
	{name: "online", onExponentials: true, level: "tight", lanes: 1, online: true},
	{name: "wide", level: "tight", lanes: 1, wide: true},
	{name: "exp2", onExponentials: true, level: "backward-stable", lanes: 8, exp2: true},
	{name: "unfused", onExponentials: true, level: "backward-stable", lanes: 4, unfused: true},
	{name: "reciprocal", level: "tight", lanes: 16, reciprocal: true},
	{name: "bfloat16", onExponentials: true, level: "backward-stable", lanes: 1, blocked: true},
	{name: "rough", onExponentials: true, level: "backward-stable", lanes: 2, rough: true},
}

// plain is the style of the wrong kernels: eight lanes, ln S.
var plain = style{name: "plain", level: "backward-stable", lanes: 8}

// exponentials says whether the styles of an exponential make a difference to an
// operation: those on rows of logits or scores.
func exponentials(op string) bool {
	return slices.Contains(intoAny, op) || op == "bm25" || op == "temperature_fit"
}

func (s style) contract(d reference.DType) reference.Contract {
	k := reference.DefaultContract(d)
	k.Level = s.level
	if s.blocked {
		k.Acc, k.Sum = reference.BF16, "blocked(16)"
	}
	return k
}

// on is the style at work on one call. A wide one works in float64 throughout
// where no exponential costs more in it.
func (s style) on(c *reference.Call) working {
	return working{s, c.DType() == reference.F64 || s.wide && !exponentials(c.Op.Name)}
}

// working rounds every step to the working type: float64 beside float64 inputs,
// else float32.
type working struct {
	style
	double bool
}

// of rounds to the working type.
func (k working) of(v float64) float64 {
	if k.double {
		return v
	}
	return float64(float32(v))
}

// sum adds in the style's order.
func (k working) sum(t []float64) float64 {
	if k.wide {
		s := 0.0
		for _, v := range t {
			s += v
		}
		return k.of(s)
	}
	if k.blocked {
		return blocks(t)
	}
	lane := make([]float64, max(k.lanes, 1))
	for i, v := range t {
		l := &lane[i%len(lane)]
		*l = k.of(*l + v)
	}
	s := lane[0]
	for _, v := range lane[1:] {
		s = k.of(s + v)
	}
	return s
}

// blocks sums runs of 16 in bfloat16, and those pair by pair.
func blocks(t []float64) float64 {
	var sums []float64
	for lo := 0; lo < len(t); lo += 16 {
		s := 0.0
		for _, v := range t[lo:min(lo+16, len(t))] {
			s = reference.BF16.Round(s + v)
		}
		sums = append(sums, s)
	}
	for len(sums) > 1 {
		var next []float64
		for i := 0; i < len(sums); i += 2 {
			next = append(next, reference.BF16.Round(total(sums[i:min(i+2, len(sums))])))
		}
		sums = next
	}
	return total(sums)
}

// sumOf adds n terms.
func (k working) sumOf(n int, f func(i int) float64) float64 {
	t := make([]float64, n)
	for i := range t {
		t[i] = f(i)
	}
	return k.sum(t)
}

// ratio is v/S.
func (k working) ratio(v, S float64) float64 {
	if k.reciprocal {
		if r := k.of(1 / S); !math.IsInf(r, 0) && math.Abs(r) >= 0x1p-126 {
			return k.of(v * r)
		}
	}
	return k.of(v / S)
}

// exp is exp((v-m)/T).
func (k working) exp(v, m, T float64) float64 {
	d := k.of(v - m)
	switch {
	case k.slip.exp != nil && !math.IsInf(d, -1):
		return k.of(k.slip.exp(k.of(d / T)))
	case d == 0:
		return 1
	case math.IsInf(d, -1):
		return 0
	case math.IsInf(T, 1):
		return 1
	}
	a := k.of(math.Log2E / T)
	fits := !math.IsInf(a, 0) && !math.IsInf(k.of(v*a), 0) && !math.IsInf(k.of(m*a), 0)
	switch {
	case k.exp2 && fits:
		return k.of(math.Exp2(k.of(math.FMA(v, a, -k.of(m*a)))))
	case k.unfused && fits && math.Abs(m*a) < 1<<16:
		return k.of(math.Exp2(k.of(k.of(v*a) - k.of(m*a))))
	}
	e := k.of(math.Exp(k.of(d / k.of(T))))
	if k.rough { // the neighbour above or below, by what the argument's bits say
		unit := 0x1p-23
		if k.double {
			unit = 0x1p-52
		}
		if math.Float64bits(d)>>29&1 == 0 {
			return k.of(e * (1 + unit))
		}
		return k.of(e * (1 - unit))
	}
	return e
}
