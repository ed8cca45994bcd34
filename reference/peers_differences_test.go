package reference

import (
	"errors"
	"math"
	"testing"
)

// became turns the reference's i-th value into what a package gives instead.
type became func(ref *Call, i int, v float64) float64

// difference is an answer of a package that is not ours, for a reason. The three
// lines of Python that show it stand beside the package's questions, in
// scripts/peers, where they are run; what they print is in testdata/peers.
type difference struct {
	pkg, name, op string
	theirs, ours  string // what each does
	becomes       became // all of the difference, where it has a formula
}

var namedDifferences = []difference{
	{"scipy", "distance", "js",
		"jensenshannon is the distance, the root of the divergence", "js is the divergence",
		func(_ *Call, _ int, v float64) float64 { return math.Sqrt(max(v, 0)) }},
	{"scipy", "kl_div", "kl",
		"kl_div adds q - p to every term, so that each is positive also for masses that do not sum to 1", "kl of masses as given is sum p ln(p/q); rel_entr agrees",
		func(c *Call, i int, v float64) float64 {
			return v + added(c.In[1].Row(i, nil)) - added(c.In[0].Row(i, nil))
		}},
	{"scipy", "last mass", "multinomial_logpmf",
		"the last mass is replaced by 1 less the others (and from 1.18 on NaN is given)", "masses count as given",
		func(c *Call, i int, v float64) float64 {
			p, last := c.In[0].Row(i, nil), c.In[0].Shape[1]-1
			n := c.In[1].Get(i*(last+1) + last)
			return v + n*(math.Log(1-added(p[:last]))-math.Log(p[last]))
		}},
	{"scipy", "cdf equals u", "sample_probs",
		"the first outcome whose cumulative mass reaches u, for u in (0, 1]", "the first whose mass exceeds u, for u in [0, 1): u = 0 draws no outcome of mass 0", nil},
	{"scikit-learn", "clipped loss", "cross_entropy",
		"probabilities below 2^-52 count as 2^-52, so that no loss exceeds 36.04", "a label of probability 0 has infinite loss",
		func(_ *Call, _ int, v float64) float64 { return min(v, 52*math.Ln2) }},
	{"scikit-learn", "quantile edges", "reliability",
		"edges are interpolated quantiles: a bin may hold more samples than another", "equal mass goes by rank: bins differ by at most one sample", nil},
	{"scikit-learn", "empty bins", "reliability",
		"empty bins are left out, so that the i-th value is not the i-th bin's", "an empty bin has count 0 and NaN", nil},
	{"rank-bm25", "factor k1+1", "bm25",
		"BM25Okapi multiplies by k1+1, as ATIRE does, with Robertson's idf", "robertson leaves the factor out: it changes no ranking",
		func(c *Call, _ int, v float64) float64 { return v * (c.Param("k1", 0) + 1) }},
	{"rank-bm25", "idf floor", "bm25",
		"a negative idf is replaced by 0.25 times the mean idf of the whole corpus", "robertson's idf stays negative where a term is in more than half of the documents; lucene's never is", nil},
	{"rank-bm25", "absent terms", "bm25",
		"BM25Plus gives delta*idf also to documents without the term", "bm25+ counts only terms that occur, as published",
		func(c *Call, d int, v float64) float64 { return v + absentTerms(c, d) }},
	{"torch", "0 log 0", "kl",
		"kl_div takes ln q as input, and 0 * -Inf makes p = q = 0 NaN", "p = 0 contributes exactly 0",
		func(c *Call, i int, v float64) float64 {
			q := c.In[1].Row(i, nil)
			for j, p := range c.In[0].Row(i, nil) {
				if p == 0 && q[j] == 0 {
					return math.NaN()
				}
			}
			return v
		}},
	{"torch", "order of ties", "top_k",
		"topk promises no order among equals", "the lowest index first", nil},
	{"torch", "ties of extensions", "beam_step",
		"topk promises no order among equals", "the lower hypothesis, then the lower token first", nil},
	{"torch", "0 times infinity", "cross_entropy_soft",
		"a target of 0 times a loss of +Inf is NaN", "a target of 0 contributes exactly 0",
		func(*Call, int, float64) float64 { return math.NaN() }},
	{"torchmetrics", "bins [lo, hi)", "ece",
		"a confidence on an edge lies in the bin above it, and 1 in one of its own", "bins are (lo, hi], and 0 lies in the first", nil},
	{"torchmetrics", "log of the softmax", "perplexity",
		"the logarithm is taken of a probability that underflows: +Inf", "log-probabilities are never exponentiated first",
		func(*Call, int, float64) float64 { return math.Inf(1) }},
	{"transformers", "ties with the k-th", "top_k_filter",
		"everything equal to the k-th value is kept", "exactly k are kept, the lowest indices among equals", nil},
	{"transformers", "a prefix equals p", "top_p_filter",
		"a token is dropped where the mass from it down is at most 1-p: where a prefix equals p, the token after it goes", "kept while the mass before it is at most p: it stays", nil},
	{"transformers", "ties in the nucleus", "top_p_filter",
		"of equal tokens where the nucleus ends, those that an ascending sort puts last are kept", "the lowest indices are kept", nil},
	{"transformers", "u equals p/q", "speculative_accept",
		"accepts where u <= p/q", "accepts where u < min(1, p/q): u in [0, 1) accepts with just that probability", nil},
	{"transformers", "refilled beam", "beam_search",
		"2k extensions are looked at, so that k go on living whatever ended", "k extensions are kept, ended ones among them", nil},
}

// absentTerms is what rank-bm25's BM25Plus adds: idf*delta for every term of the
// query that document d lacks.
func absentTerms(c *Call, d int) (extra float64) {
	held := make(map[int64]map[int]bool)
	tokens, off := c.In[1], c.In[2]
	for doc := range off.Len() - 1 {
		for i := off.Int(doc); i < off.Int(doc+1); i++ {
			t := tokens.Int(int(i))
			if held[t] == nil {
				held[t] = map[int]bool{}
			}
			held[t][doc] = true
		}
	}
	for q := range c.In[0].Len() {
		if in := held[c.In[0].Int(q)]; len(in) > 0 && !in[d] {
			extra += c.Param("delta", 0) * math.Log(float64(off.Len())/float64(len(in)))
		}
	}
	return extra
}

// A difference that has a name is one: it is shown, it is still there, and where
// it has a formula, that is all of it. And no other case claims one.
func TestNamedDifferences(t *testing.T) {
	named := map[[2]string]difference{}
	for _, d := range namedDifferences {
		named[[2]string{d.pkg, d.name}] = d
	}
	seen := map[[2]string]bool{}
	for _, p := range readPeers(t) {
		for name, s := range p.Shown {
			if len(s.Python) != 3 || s.Prints == "" {
				t.Errorf("%s, %s: %d lines of Python that print %q, want three that print something", p.Package, name, len(s.Python), s.Prints)
			}
		}
		for _, pc := range p.Cases {
			if pc.Differs == "" {
				continue
			}
			key := [2]string{p.Package, pc.Differs}
			d, ok := named[key]
			if !ok || d.op != pc.Op || p.Shown[pc.Differs].Python == nil {
				t.Errorf("%s: %s differs by %q, which nothing explains", p.Package, pc.Op, pc.Differs)
				continue
			}
			seen[key] = true
			got, err := pc.compare(1, nil)
			if err == nil && got.part <= 1 {
				t.Errorf("%s, %s: the difference %q is gone: %s", p.Package, pc.Op, pc.Differs, got.where)
			}
			if err != nil && !errors.As(err, new(sizeError)) {
				t.Errorf("%s, %s: %v", p.Package, pc.Op, err)
			}
			if d.becomes == nil {
				continue
			}
			if rest, err := pc.compare(1, d.becomes); err != nil || !(rest.part <= 1) {
				t.Errorf("%s, %s: %q is not all of the difference: %v of the bound is left: %s %v", p.Package, pc.Op, pc.Differs, rest.part, rest.where, err)
			}
		}
	}
	for key := range named {
		if !seen[key] {
			t.Errorf("no case shows %q", key)
		}
	}
}
