package reference

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
)

var bootstrapCIOp = &Op{
	Name: "bootstrap_ci", Formula: "quantiles (1-c)/2 and (1+c)/2 (type 7) of the means of B resamples of n, indices floor(w n / 2^64)",
	In: []Arg{
		samplesArg(),
		{Name: "resamples", Says: "number of resamples B", DTypes: []DType{I64}, Default: 1000.0, Domain: resamplesDomain},
		{Name: "confidence", Says: "share of resampled means inside", Unit: "1", DTypes: real64, PerRow: true, Default: 0.95, Domain: confidenceDomain},
		{Name: "seed", Says: "Philox key", DTypes: []DType{U64}, PerRow: true},
		{Name: "request", Says: "counter, high half", DTypes: []DType{U64}, PerRow: true, Optional: true},
	},
	Out: []Arg{
		{Name: "lower", Says: "lower end of the percentile interval", Dims: rows, DTypes: real64, Judge: Bounded},
		{Name: "upper", Says: "upper end", Dims: rows, DTypes: real64, Judge: Bounded},
	},
	Ref: bootstrapCI, Bound: bootstrapCIBound, Edges: bootstrapCIEdges,
	Shapes: []Dims{{"rows": 10, "samples": 50}, {"rows": 1, "samples": 10000}},
	Work: func(d Dims) (int64, int64) {
		n := int64(d["rows"]) * int64(d["samples"])
		return 20000 * n, 4 * n
	},
	Cites: []string{
		"Efron, Tibshirani: An introduction to the bootstrap, 1993, ch. 13 (percentile interval)",
		"Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3, SC 2011 (Philox4x32-10)",
	},
}

// bootstrap_ci is the percentile interval of the mean: B times n samples are
// drawn with replacement, and the interval reaches from the (1-c)/2 to the
// (1+c)/2 quantile (type 7) of the B means.
//
// Draw j of resample b takes the first two words w of the Philox block whose
// key is the seed and whose counter is (j, b, request): index floor(w*n/2^64).
// Seed and request alone decide it, never the row's place. No samples: NaN; so
// are NaN and infinities, wherever a resample may meet them.
func bootstrapCI(c *Call) error {
	for r := range c.In[0].Shape[0] {
		x := c.In[0].Row(r, nil)
		means := c.resampled(r, x)
		low, high := ends(c.Param("confidence", r))
		c.Out[0].Put(r, quantileAt(means, low))
		c.Out[1].Put(r, quantileAt(means, high))
	}
	return nil
}

// ends are the two quantiles, (1-c)/2 and (1+c)/2, to twice the precision.
func ends(confidence float64) (low, high double) {
	hi, lo := twoSum(1, -confidence)
	low = double{hi / 2, lo / 2}
	hi, lo = twoSum(1, confidence)
	return low, double{hi / 2, lo / 2}
}

func quantileAt(x []float64, q double) float64 {
	if len(x) == 0 || math.IsNaN(x[0]) {
		return math.NaN()
	}
	return between(x, q.times(double{float64(len(x) - 1), 0}))
}

// resampled are the means of the resamples, sorted.
func (c *Call) resampled(r int, x []float64) []float64 {
	if len(x) == 0 {
		return nil
	}
	means := make([]float64, int(c.Param("resamples", 0)))
	seed, request := c.word("seed", r), c.word("request", r)
	for b := range means {
		var s sum
		for j := range x {
			s.add(x[ResampleIndex(seed, request, uint32(b), uint32(j), len(x))])
		}
		means[b] = s.value() / float64(len(x))
		if math.IsNaN(means[b]) || math.IsInf(means[b], 0) {
			means[b] = math.NaN()
		}
	}
	return sorted(means)
}

// ResampleIndex is draw j of resample b of a bootstrap from n samples.
func ResampleIndex(seed, request uint64, b, j uint32, n int) int {
	w := Philox4x32([4]uint32{j, b, uint32(request), uint32(request >> 32)}, [2]uint32{uint32(seed), uint32(seed >> 32)})
	hi, _ := bits.Mul64(uint64(w[0])<<32|uint64(w[1]), uint64(n))
	return int(hi)
}

func resamplesDomain(c *Call) *Reject {
	if v := c.Arg("resamples").Int(0); v < 1 || v > 1<<24 {
		return &Reject{Op: c.Op.Name, Arg: "resamples", Code: "resamples_range", Value: fmt.Sprint(v), Want: "a number of resamples in [1, 2^24]", Row: -1}
	}
	return nil
}

// bootstrapCIBound: the indices are integers and the same everywhere; every mean
// errs as a sum of n samples, an order statistic by no more than the worst of
// them, and the position between two by 4u of itself.
func bootstrapCIBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[out])
	u, d := k.Acc.Unit(), c.Out[out].DType
	terms := make([][]Term, len(b.Lo))
	for r := range b.Lo {
		if math.IsNaN(b.Lo[r]) {
			continue
		}
		x := c.In[0].Row(r, nil)
		var most float64
		for _, v := range x {
			most = max(most, math.Abs(v))
		}
		means := c.resampled(r, x)
		low, high := ends(c.Param("confidence", r))
		q := low
		if out == 1 {
			q = high
		}
		h := q.times(double{float64(len(means) - 1), 0})
		off := u * (4*h.hi + float64(len(means)-1)) // (1-c)/2 is a difference: u of 1, not of itself
		v := b.Lo[r]
		lo, hi := between(means, h.minus(double{off, 0})), between(means, h.plus(double{off, 0}))
		// n equal addends in the worst resample: the sum's error is that of the
		// largest magnitude n times.
		size := max(math.Abs(means[0]), math.Abs(means[len(means)-1]), meanSize(x))
		terms[r] = []Term{
			{"means", fmt.Sprintf("u*(min(S, n) + 2)*size of a mean, sum=%s", k.Sum), u * (k.roundings(len(x)) + 2) * min(2*size, most)},
			{"interpolation", "4u*|v|", 4 * u * math.Abs(v)},
		}
		b.widen(r, total(terms[r]), d, k)
		b.Lo[r], b.Hi[r] = b.Lo[r]-(v-lo), b.Hi[r]+(hi-v)
		terms[r] = append(terms[r], Term{"position", "what 4u of h moves the quantile by", max(hi-v, v-lo)})
	}
	b.Terms = func(flat int) []Term { return slices.Concat(terms[flat], k.lastTerms(ref.Out[out].Get(flat), d)) }
	return b
}

func meanSize(x []float64) (s float64) {
	for _, v := range x {
		s += math.Abs(v) / float64(len(x))
	}
	return s
}

func bootstrap(x ...float64) map[string]Tensor {
	return with(samplesOf(x...), "seed", Scalar(U64, 7))
}

var bootstrapCIEdges = []Edge{
	edgeOf("none", "no samples: NaN", bootstrap(), nil, estimated(nan, nan)),
	edgeOf("constant", "equal samples: no width", bootstrap(2, 2, 2), nil, estimated(2, 2)),
	edgeOf("one", "one sample: no width", bootstrap(5), nil, estimated(5, 5)),
	edgeOf("nan_sample", "NaN: NaN", bootstrap(nan), nil, estimated(nan, nan)),
	edgeOf("no_resamples", "0 resamples: refused", with(bootstrap(1, 2), "resamples", Scalar(I64, 0)), nil, refused("resamples_range")),
	edgeOf("confidence_zero", "confidence 0: refused", with(bootstrap(1, 2), "confidence", Scalar(F64, 0)), nil, refused("confidence_range")),
}
