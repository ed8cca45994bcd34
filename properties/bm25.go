package properties

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

var bm25Laws = []Law{
	// A lower bound that counts where the term does not occur; 0 times an
	// infinite idf.
	law("no_term_no_score", "a document without a query term scores exactly 0", onCorpora, nil, (*trial).noTermNoScore),
	// A query taken for a set.
	law("query_twice", "every query term twice doubles the scores", onCorpora, nil, (*trial).queryTwice),
	// An idf of documents counted by occurrences; an offset read one document off.
	law("documents_reversed", "the order of the documents changes no score", onCorpora, nil, (*trial).documentsReversed),
	// Token ids that are used as indices, or cut to 16 bits.
	law("tokens_renamed", "other names of the tokens change nothing", onCorpora, nil, (*trial).tokensRenamed),
	// The idf without the 1 inside its logarithm: negative for common terms.
	law("score_not_negative", "no score is negative, in the variants whose idf is not", onCorpora, nil, (*trial).scoreNotNegative),
	// The average length of terms instead of tokens, b applied where it is 0.
	law("length_without_b", "with b = 0 other words in a document change no score", onCorpora, nil, (*trial).lengthWithoutB),
	// Scores divided by their sum.
	law("corpus_posterior", "posteriors are the priors times the exponentials of the scores, normalised", onCorpora, nil, (*trial).corpusPosterior),
}

// corpus is a call's query and documents.
type corpus struct {
	query []int64
	docs  [][]int64
}

func corpusOf(c *reference.Call) corpus {
	list := func(t reference.Tensor) []int64 {
		v := make([]int64, t.Len())
		for i := range v {
			v[i] = t.Int(i)
		}
		return v
	}
	k := corpus{query: list(c.In[0])}
	tokens, off := list(c.In[1]), list(c.In[2])
	for d := range len(off) - 1 {
		k.docs = append(k.docs, tokens[off[d]:off[d+1]])
	}
	return k
}

// of makes a call like c about another corpus.
func (k corpus) of(c *reference.Call) *reference.Call {
	in := named(c)
	put := func(name string, v []int64) {
		t := reference.NewTensor(c.Arg(name).DType, len(v))
		for i, n := range v {
			t.PutInt(i, n)
		}
		in[name] = t
	}
	put("query", k.query)
	put("tokens", slices.Concat(k.docs...))
	off := []int64{0}
	for _, d := range k.docs {
		off = append(off, off[len(off)-1]+int64(len(d)))
	}
	put("offsets", off)
	return c.Op.NewCall(in, c.Choice)
}

func (t *trial) noTermNoScore() {
	k := corpusOf(t.c.Call)
	for d, doc := range k.docs {
		if !slices.ContainsFunc(k.query, func(q int64) bool { return slices.Contains(doc, q) }) {
			t.spoke = true
			if s := t.first.call.Out[0].Get(d); s != 0 {
				t.failf(t.first, 0, d, "document %d holds no query term and scores %v", d, s)
			}
		}
	}
}

// sameScores compares document d with document from[d] of the first call.
func (t *trial) sameScores(c *reference.Call, from func(d int) int, by float64, says string) {
	b, ok := t.again(c)
	if !ok {
		return
	}
	for d := range c.Out[0].Len() {
		t.alike(0, t.first, from(d), b, d, func(v float64) float64 { return by * v }, false, says)
	}
}

func inPlace(d int) int { return d }

func (t *trial) queryTwice() {
	k := corpusOf(t.c.Call)
	k.query = slices.Concat(k.query, k.query)
	t.sameScores(k.of(t.c.Call), inPlace, 2, "every query term twice")
}

func (t *trial) documentsReversed() {
	k := corpusOf(t.c.Call)
	slices.Reverse(k.docs)
	c := k.of(t.c.Call)
	if prior := c.Arg("prior"); !prior.Absent() {
		c.In[c.Op.Input("prior")] = lastAxis(prior, reversed(prior.Len()), 0)
	}
	t.sameScores(c, func(d int) int { return len(k.docs) - 1 - d }, 1, "documents reversed")
}

func reversed(n int) []int {
	from := make([]int, n)
	for i := range from {
		from[i] = n - 1 - i
	}
	return from
}

func (t *trial) tokensRenamed() {
	k := corpusOf(t.c.Call)
	renamed := func(v []int64) []int64 {
		w := slices.Clone(v)
		for i := range w {
			w[i] = int64(int32(^w[i] ^ 0x55550000))
		}
		return w
	}
	k.query = renamed(k.query)
	for d := range k.docs {
		k.docs[d] = renamed(k.docs[d])
	}
	t.sameScores(k.of(t.c.Call), inPlace, 1, "tokens renamed")
}

func (t *trial) scoreNotNegative() {
	if t.c.Call.Pick("variant") == "robertson" {
		return
	}
	for d := range t.first.call.Out[0].Len() {
		t.spoke = true
		if s := t.first.call.Out[0].Get(d); !(s >= 0) {
			t.failf(t.first, 0, d, "a score of %v", s)
		}
	}
}

func (t *trial) lengthWithoutB() {
	k := corpusOf(t.c.Call)
	c := k.of(t.c.Call)
	give(c, "b", 0)
	a, ok := t.again(c)
	if !ok || len(k.docs) == 0 {
		return
	}
	const foreign = 123456789
	if slices.Contains(k.query, foreign) {
		return
	}
	k.docs[0] = append(slices.Clone(k.docs[0]), foreign, foreign, foreign, foreign+1)
	c = k.of(t.c.Call)
	give(c, "b", 0)
	if b, ok := t.again(c); ok {
		for d := range k.docs {
			t.alike(0, a, d, b, d, same, false, "other words added, b = 0")
		}
	}
}

func (t *trial) corpusPosterior() {
	scores, post := t.first.call.Out[0], t.first.call.Out[1]
	if post.Absent() || post.Len() == 0 || math.IsNaN(t.first.truth().Out[1].Get(0)) {
		return
	}
	prior := func(d int) float64 {
		if p := t.c.Call.Arg("prior"); !p.Absent() {
			return p.Get(d)
		}
		return 1
	}
	var sum, most float64
	for d := range scores.Len() {
		sum += prior(d) * math.Exp(scores.Get(d))
		most = max(most, t.first.slack(0, d))
	}
	t.spoke = true
	for d := range post.Len() {
		want := prior(d) * math.Exp(scores.Get(d)) / sum
		by := t.first.slack(1, d) + want*math.Expm1(2*most) + 0x1p-46*want
		if got := post.Get(d); !(math.Abs(got-want) <= by) {
			t.failf(t.first, 1, d, "a posterior of %v, and the scores say %v", got, want)
		}
	}
}
