package reference

import (
	"fmt"
	"math"
)

// bm25Bound. Every factor of a term is positive but the logarithm, whose
// argument errs by four roundings: absolutely 4u beside what the logarithm
// itself errs by. A kernel that is not tight may take the difference of two
// logarithms. The posterior is a softmax of exponents that err as the scores do.
func bm25Bound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[out])
	scores := c.bm25Scores()
	u := k.Acc.Unit()
	errs, sizes := make([]float64, len(scores)), make([]float64, len(scores))
	each := make([][]float64, len(scores))
	for _, t := range c.occurrences() {
		w, idf := c.weight(t).value(), math.Abs(math.Log(t.num/t.den))
		log := 4 + 2*k.LnULP*idf
		if k.Level != "tight" {
			log += 2 * k.LnULP * (math.Abs(math.Log(t.num)) + math.Abs(math.Log(t.den)))
		}
		errs[t.doc] += w*log + 12*w*idf
		sizes[t.doc] += w * idf
		each[t.doc] = append(each[t.doc], w*idf)
	}
	for i := range errs {
		errs[i] += k.spread(each[i]) * sizes[i]
	}
	d := c.Out[out].DType
	if out == 0 {
		for i := range scores {
			if len(each[i]) > 0 {
				b.widen(i, u*errs[i], d, k)
			}
		}
		b.Terms = func(i int) []Term {
			if len(each[i]) == 0 {
				return nil
			}
			return append([]Term{
				{"terms", fmt.Sprintf("u*sum w (4 + 2*ln_ulp*|idf| + 12 |idf|), ln_ulp = %g", k.LnULP), u * (errs[i] - k.spread(each[i])*sizes[i])},
				{"sum", "u*S(q)*sum w |idf|, sum=" + k.Sum, u * k.spread(each[i]) * sizes[i]},
			}, k.lastTerms(scores[i].value(), d)...)
		}
		return b
	}
	l := c.bm25Logs(scores)
	if l.max < 0 {
		return b
	}
	prior := c.Arg("prior")
	arg := make([]float64, len(scores))
	for i := range arg {
		arg[i] = errs[i] + math.Abs(scores[i].value())
		if !prior.Absent() && prior.Get(i) > 0 {
			arg[i] += (2*k.LnULP + 2) * math.Abs(math.Log(prior.Get(i)))
		}
	}
	e := newComposedError(&l, arg, k)
	flushed := 0.0 // what the others gain where documents of subnormal priors go
	if k.FlushIn && !prior.Absent() {
		for i, p := range e.p {
			if prior.Get(i) < d.MinNormal() {
				flushed += p
			}
		}
	}
	for i, p := range e.p {
		if !e.alone && (prior.Absent() || prior.Get(i) > 0) {
			b.widen(i, p*math.Expm1(min(e.relative(i), 700)), d, k)
			if flushed > 0 {
				b.Hi[i] = max(b.Hi[i], min(b.Hi[i]/(1-flushed), 1))
				if prior.Get(i) < d.MinNormal() {
					b.Lo[i] = min(b.Lo[i], 0)
				}
			}
		}
	}
	b.Terms = func(i int) []Term {
		if e.alone {
			return nil // exp(0) over itself
		}
		return append(e.terms(i, e.p[i]), k.lastTerms(e.p[i], d)...)
	}
	return b
}

// corpus packs a query and documents.
func corpus(query []float64, docs ...[]float64) map[string]Tensor {
	var tokens []float64
	off := []float64{0}
	for _, d := range docs {
		tokens = append(tokens, d...)
		off = append(off, float64(len(tokens)))
	}
	return map[string]Tensor{"query": Vector(I64, query...), "tokens": Vector(I64, tokens...), "offsets": Vector(I64, off...)}
}

func with(in map[string]Tensor, name string, t Tensor) map[string]Tensor {
	in[name] = t
	return in
}

func variant(name string) map[string]string { return map[string]string{"variant": name} }

func scoresOf(score, posterior []float64) Answer { return Answer{Out: [][]float64{score, posterior}} }

var bm25Edges = []Edge{
	edgeOf("no_corpus", "no documents: nothing", corpus([]float64{1}), nil, scoresOf([]float64{}, []float64{})),
	edgeOf("empty_documents", "empty documents score 0, all alike", corpus([]float64{1}, nil, nil), nil, scoresOf([]float64{0, 0}, []float64{0.5, 0.5})),
	edgeOf("empty_query", "no terms: 0", corpus(nil, []float64{1}, []float64{2}), nil, scoresOf([]float64{0, 0}, []float64{0.5, 0.5})),
	edgeOf("unknown_term", "a term no document holds (df = 0) adds nothing", corpus([]float64{9}, []float64{1}, []float64{2}), nil, scoresOf([]float64{0, 0}, nil)),
	edgeOf("unknown_term_atire", "nor where its idf would be infinite", corpus([]float64{9}, []float64{1}, []float64{2}), variant("atire"), scoresOf([]float64{0, 0}, nil)),
	edgeOf("lucene", "idf ln(1 + 1.5/1.5), tf part 1/(1 + 1.2)", corpus([]float64{1}, []float64{1}, []float64{2}), nil, scoresOf([]float64{math.Ln2 / 2.2, 0}, nil)),
	edgeOf("robertson_half", "df = N/2: Robertson's idf is 0", corpus([]float64{1}, []float64{1}, []float64{2}), variant("robertson"), scoresOf([]float64{0, 0}, nil)),
	edgeOf("atire_everywhere", "a term in every document: ATIRE's idf is 0", corpus([]float64{1}, []float64{1}, []float64{1}), variant("atire"), scoresOf([]float64{0, 0}, nil)),
	edgeOf("k1_zero", "k1 = 0: occurrence alone counts", with(corpus([]float64{1}, []float64{1, 1, 1}, []float64{2}), "k1", Scalar(F64, 0)), nil, scoresOf([]float64{math.Ln2, 0}, nil)),
	edgeOf("repeated_term", "a repeated query term counts each time", with(corpus([]float64{1, 1}, []float64{1}, []float64{2}), "k1", Scalar(F64, 0)), nil, scoresOf([]float64{2 * math.Ln2, 0}, nil)),
	edgeOf("no_prior", "every prior 0: no posterior, NaN", with(corpus([]float64{1}, []float64{2}), "prior", Vector(F64, 0)), nil, scoresOf([]float64{0}, []float64{nan})),
	edgeOf("k1_negative", "k1 < 0: refused", with(corpus([]float64{1}, []float64{1}), "k1", Scalar(F64, -1)), nil, refused("k1_range")),
	edgeOf("b_above_one", "b > 1: refused", with(corpus([]float64{1}, []float64{1}), "b", Scalar(F64, 1.5)), nil, refused("b_range")),
	edgeOf("offsets_fall", "offsets that fall: refused", map[string]Tensor{"query": Vector(I64, 1), "tokens": Vector(I64, 1, 2), "offsets": Vector(I64, 0, 2, 1, 2)}, nil, refused("offsets_order")),
	edgeOf("offsets_short", "offsets that end before the tokens: refused", map[string]Tensor{"query": Vector(I64, 1), "tokens": Vector(I64, 1, 2), "offsets": Vector(I64, 0, 1)}, nil, refused("offsets_end")),
	edgeOf("offsets_late", "offsets that do not start at 0: refused", map[string]Tensor{"query": Vector(I64, 1), "tokens": Vector(I64, 1, 2), "offsets": Vector(I64, 1, 2)}, nil, refused("offsets_start")),
}
