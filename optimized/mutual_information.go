package optimized

import (
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// MutualInformation is sum_ij p_ij ln(p_ij/(r_i c_j)) of a joint table of rows, r and
// c its marginals, in nats or bits. With Normalise the table is divided by its total
// first, so that it may hold counts. A cell of 0 contributes exactly 0; NaN or +Inf
// give canonical NaN, a negative cell is refused.
//
// Error: the rounding to float32, and 2^-45 of the table's total; all else is
// float64, rows over 256 lanes, columns from the top.
//
// Reference: reference.Ops, mutual_information.
func MutualInformation[E Element](joint []E, r Rows, m Masses) (mi float32, err error) {
	stride, _ := r.check("MutualInformation", len(joint), 0, false)
	rows, columns := make([]float64, r.Count), make([]float64, r.Vocab)
	isa, s := r.On.use(), scratches.Get().(*scratch)
	defer scratches.Put(s)
	finite := true
	var bad *reference.Reject
	for i := range rows {
		var l lanes
		p := joint[i*stride:][:r.Vocab]
		pieces(isa, s, p, p, func(lo int, p, _ []float32) {
			for j, v := range p {
				if v < 0 && bad == nil {
					bad = &reference.Reject{Op: "mutual_information", Arg: "joint", Code: "joint_negative", Value: fmt.Sprint(v), Want: "masses >= 0", Row: i}
				}
				finite = finite && v <= math.MaxFloat32
				l.add(lo+j, float64(v))
				columns[lo+j] += float64(v)
			}
		})
		rows[i] = l.sum()
	}
	if bad != nil {
		return 0, bad
	}
	all := 1.0
	if m.Normalise {
		var l lanes
		for i, v := range rows {
			l.add(i, v)
		}
		if all = l.sum(); all == 0 {
			return 0, &reference.Reject{Op: "mutual_information", Arg: "joint", Code: "joint_total", Value: "0 in total", Want: "some mass to normalise", Row: -1}
		}
	}
	if !finite {
		return canonical(math.NaN()), nil
	}
	var sums lanes
	for i, row := range rows {
		var l lanes
		p := joint[i*stride:][:r.Vocab]
		pieces(isa, s, p, p, func(lo int, p, _ []float32) {
			for j, v := range p {
				if v > 0 {
					expected := float64(row / all * columns[lo+j]) // beside v: both in the table's own unit
					l.add(lo+j, float64(float64(v)*lnRatio(float64(v), expected)))
				}
			}
		})
		sums.add(i, l.sum())
	}
	return canonical(sums.sum() / all / unitOf(m.Bits)), nil
}

// runMutualInformation answers a row of the table.
func runMutualInformation(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], reference.Tensor{}, k)
	if err != nil {
		return err
	}
	m := massesOf(c)
	var v float32
	run := func(mi float32, err error) error { v = mi; return err }
	err = byElement(c,
		func() error { return run(MutualInformation(elements[float32](c.In[0]), r, m)) },
		func() error { return run(MutualInformation(elements[BF16](c.In[0]), r, m)) },
		func() error { return run(MutualInformation(elements[F16](c.In[0]), r, m)) })
	return putFloats(c.Out[0], []float32{v}, err)
}

func massesOf(c *reference.Call) Masses {
	return Masses{Normalise: c.Pick("normalise") == "yes", Bits: c.Pick("unit") == "bits"}
}

// runEntropy answers a row of the table.
func runEntropy(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], reference.Tensor{}, k)
	if err != nil {
		return err
	}
	h, m := make([]float32, r.Count), massesOf(c)
	return putFloats(c.Out[0], h, byElement(c,
		func() error { return EntropyRows(h, elements[float32](c.In[0]), r, m) },
		func() error { return EntropyRows(h, elements[BF16](c.In[0]), r, m) },
		func() error { return EntropyRows(h, elements[F16](c.In[0]), r, m) }))
}

// runKL, runCrossEntropyPQ and runJS answer rows of the table.
func runKL(c *reference.Call, k Kernels) error { return runPairs(c, k, block.KL) }

func runCrossEntropyPQ(c *reference.Call, k Kernels) error { return runPairs(c, k, block.Cross) }

func runJS(c *reference.Call, k Kernels) error { return runPairs(c, k, block.JS) }

func runPairs(c *reference.Call, k Kernels, kind block.Sum) error {
	beta := []float32(nil)
	if c.Op.Input("beta") >= 0 {
		beta = floats(c.Arg("beta"))
	}
	for i, b := range beta {
		if bad := badUnit("js", "beta", i, b); bad != nil {
			return bad
		}
	}
	m, op := massesOf(c), c.Op.Name
	return onPairs(c, k, func(v []float32, r Rows) error {
		return byElement(c,
			func() error {
				return onRows(op, v, elements[float32](c.In[0]), elements[float32](c.In[1]), r, m, beta, kind)
			},
			func() error {
				return onRows(op, v, elements[BF16](c.In[0]), elements[BF16](c.In[1]), r, m, beta, kind)
			},
			func() error {
				return onRows(op, v, elements[F16](c.In[0]), elements[F16](c.In[1]), r, m, beta, kind)
			})
	})
}
