package optimized

import (
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// BayesPosterior is Bayes' theorem over the hypotheses of one row: dst =
// prior*likelihood/evidence, evidence = sum of prior*likelihood. Neither input
// need be normalised. Evidence 0, where the observation was impossible under
// every hypothesis, is refused, and so is a negative, NaN or infinite input;
// nothing is written then.
//
// Products are exact in float64, their sum takes 256 lanes and a tree there, and
// each output is rounded once: posteriors are within 0.51 ULP, the evidence
// too. dst is no input; lengths that differ panic.
//
// Reference: reference.Ops, bayes_posterior.
func BayesPosterior[E Element](dst, prior, likelihood []E) (evidence float32, err error) {
	return bayesRow("BayesPosterior", dst, prior, likelihood, false)
}

// BayesPosteriorRows is BayesPosterior for a batch: rows of Vocab hypotheses, one
// after another. evidence holds one number per row, or is nil.
func BayesPosteriorRows[E Element](dst []E, evidence []float32, prior, likelihood []E, r Rows) error {
	return bayesRows("BayesPosteriorRows", dst, evidence, prior, likelihood, r, false)
}

// BayesLogPosterior is BayesPosterior in natural logarithms: inputs below +Inf,
// dst = prior + likelihood - logEvidence, -Inf for an excluded hypothesis.
// Error: one rounding and 3 units of 2^-24 of ln S, S the sum of the terms less
// the largest.
func BayesLogPosterior[E Element](dst, prior, likelihood []E) (logEvidence float32, err error) {
	return bayesRow("BayesLogPosterior", dst, prior, likelihood, true)
}

// BayesLogPosteriorRows is BayesLogPosterior for a batch.
func BayesLogPosteriorRows[E Element](dst []E, logEvidence []float32, prior, likelihood []E, r Rows) error {
	return bayesRows("BayesLogPosteriorRows", dst, logEvidence, prior, likelihood, r, true)
}

func bayesRows[E Element](name string, dst []E, evidence []float32, prior, likelihood []E, r Rows, logs bool) error {
	r.checkBayes(name, len(dst), len(evidence), len(prior), len(likelihood), 1)
	if overlap(dst, prior) || overlap(dst, likelihood) || same(dst, prior) || same(dst, likelihood) {
		panic(fmt.Sprintf("optimized: %s: dst shares memory with an input", name))
	}
	if bad := badBayes("bayes_posterior", prior, likelihood, r, 1, logs); bad != nil {
		return bad
	}
	isa := r.On.use()
	r.each(func(s *scratch, i int) {
		at, end := i*r.Vocab, (i+1)*r.Vocab
		e := bayesOne(isa, s, dst[at:end], prior[at:end], likelihood[at:end], logs)
		if len(evidence) > 0 {
			evidence[i] = float32(e)
		}
	})
	return nil
}

// bayesRow is a single row, without anything on the heap.
func bayesRow[E Element](name string, dst, prior, likelihood []E, logs bool) (evidence float32, err error) {
	r := Rows{Count: 1, Vocab: len(prior)}
	r.checkBayes(name, len(dst), 0, len(prior), len(likelihood), 1)
	if overlap(dst, prior) || overlap(dst, likelihood) || same(dst, prior) || same(dst, likelihood) {
		panic(fmt.Sprintf("optimized: %s: dst shares memory with an input", name))
	}
	if bad := badBayes("bayes_posterior", prior, likelihood, r, 1, logs); bad != nil {
		return 0, bad
	}
	s := scratches.Get().(*scratch)
	e := bayesOne(best, s, dst, prior, likelihood, logs)
	scratches.Put(s)
	return float32(e), nil
}

func bayesOne[E Element](isa block.ISA, s *scratch, dst, prior, likelihood []E, logs bool) float64 {
	if logs {
		return bayesLogs(isa, s, dst, prior, likelihood)
	}
	return bayesLinear(isa, s, dst, prior, likelihood)
}

func same[E Element](a, b []E) bool { return len(a) > 0 && len(b) > 0 && &a[0] == &b[0] }

// checkBayes panics on lengths that do not fit.
func (r Rows) checkBayes(name string, dst, evidence, prior, likelihood, steps int) {
	n := r.Count * r.Vocab
	switch {
	case r.Count < 0 || r.Vocab < 0 || steps < 0:
		panic(fmt.Sprintf("optimized: %s: Count=%d, Vocab=%d, steps=%d: none can be negative", name, r.Count, r.Vocab, steps))
	case r.Stride != 0 && r.Stride != r.Vocab || r.DstStride != 0 && r.DstStride != r.Vocab:
		panic(fmt.Sprintf("optimized: %s: strides %d and %d, want rows one after another (Vocab=%d)", name, r.Stride, r.DstStride, r.Vocab))
	case dst != n || prior != n || likelihood != n*steps:
		panic(fmt.Sprintf("optimized: %s: len(dst)=%d, len(prior)=%d, len(likelihood)=%d, want %d, %d, %d", name, dst, prior, likelihood, n, n, n*steps))
	case evidence != 0 && evidence != r.Count:
		panic(fmt.Sprintf("optimized: %s: len(evidence)=%d, want Count=%d", name, evidence, r.Count))
	}
}

// badBayes refuses inputs out of domain, then rows no hypothesis of which has a
// prior and a likelihood at every step.
func badBayes[E Element](op string, prior, likelihood []E, r Rows, steps int, logs bool) *reference.Reject {
	none := float32(0)
	if logs {
		none = float32(math.Inf(-1))
		if bad := badLogs(op, "prior", prior, r.Vocab); bad != nil {
			return bad
		}
		if bad := badLogs(op, "likelihood", likelihood, r.Vocab*steps); bad != nil {
			return bad
		}
	} else {
		if bad := badMass(op, "prior", prior, r.Vocab); bad != nil {
			return bad
		}
		if bad := badMass(op, "likelihood", likelihood, r.Vocab*steps); bad != nil {
			return bad
		}
	}
	for i := range r.Count {
		some := r.Vocab == 0
		for j := 0; j < r.Vocab && !some; j++ {
			some = at(prior, i*r.Vocab+j) != none
			for t := 0; t < steps && some; t++ {
				some = at(likelihood, (i*steps+t)*r.Vocab+j) != none
			}
		}
		if !some {
			return &reference.Reject{Op: op, Arg: "likelihood", Code: "evidence_zero", Value: "0 wherever the prior is not", Want: "a hypothesis with prior and likelihood above 0", Row: i}
		}
	}
	return nil
}

// badLogs refuses what cannot be the logarithm of a mass.
func badLogs[E Element](op, name string, x []E, vocab int) *reference.Reject {
	for i := range x {
		if v := at(x, i); !(v <= math.MaxFloat32) {
			return &reference.Reject{Op: op, Arg: name, Code: name + "_range", Value: fmt.Sprint(v), Want: "logarithms below +Inf", Row: i / max(vocab, 1)}
		}
	}
	return nil
}

func bayesLinear[E Element](isa block.ISA, s *scratch, dst, prior, likelihood []E) float64 {
	z := s.compose(len(prior))
	for i := range z {
		z[i] = float64(at(prior, i)) * float64(at(likelihood, i)) // exact: 48 bits, above 2^-298
	}
	S := laneSum(z)
	for lo := 0; lo < len(z); lo += block.Chunk {
		part := z[lo:min(lo+block.Chunk, len(z))]
		for i, v := range part {
			s.part[i] = float32(v / S)
		}
		narrow(isa, dst[lo:lo+len(part)], s.part[:len(part)])
	}
	return S
}

// laneSum adds element i to lane i mod 256, and the lanes halves first.
func laneSum(v []float64) float64 {
	var lanes [block.Lanes]float64
	for len(v) > block.Lanes {
		for i, x := range v[:block.Lanes] {
			lanes[i] += x
		}
		v = v[block.Lanes:]
	}
	for i, x := range v {
		lanes[i] += x
	}
	for w := block.Lanes / 2; w >= 1; w /= 2 {
		for i := range w {
			lanes[i] += lanes[i+w]
		}
	}
	return lanes[0]
}

func bayesLogs[E Element](isa block.ISA, s *scratch, dst, prior, likelihood []E) float64 {
	z := s.compose(len(prior))
	for i := range z {
		z[i] = float64(at(prior, i)) + float64(at(likelihood, i))
	}
	return logsInto(isa, s, dst, z)
}

// logsInto writes z_i - lse; the lse of no hypothesis is -Inf.
func logsInto[E Element](isa block.ISA, s *scratch, dst []E, z []float64) (lse float64) {
	if len(z) == 0 {
		return math.Inf(-1)
	}
	var r row[float32]
	m := s.logRow(isa, z, &r)
	r.accumulate()
	ls := r.logSum()
	for lo := 0; lo < len(z); lo += block.Chunk {
		part := z[lo:min(lo+block.Chunk, len(z))]
		for i, v := range part {
			s.part[i] = float32((v - m) - ls)
		}
		narrow(isa, dst[lo:lo+len(part)], s.part[:len(part)])
	}
	return m + ls
}
