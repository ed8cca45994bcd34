package reference

import (
	"fmt"
	"math"
)

var bm25Op = &Op{
	Name: "bm25", Formula: "score_d = sum over query terms t of idf(t) * w(tf(t,d)), K = k1 (1 - b + b dl/avgdl)",
	In: []Arg{
		{Name: "query", Says: "token ids of the query, repeated ones count each time", Unit: "index", Dims: []string{"terms"}, DTypes: []DType{I64, I32}},
		{Name: "tokens", Says: "token ids of all documents, one after another", Unit: "index", Dims: []string{"tokens"}, DTypes: []DType{I64, I32}},
		{Name: "offsets", Says: "where each document starts, and the end", Unit: "tokens", Dims: []string{"docs+1"}, DTypes: []DType{I64}, Domain: offsetsDomain("tokens")},
		{Name: "k1", Says: "how soon repetition stops counting", Unit: "1", DTypes: real64, Default: 1.2, Domain: atLeastZero("k1")},
		{Name: "b", Says: "how much length counts", Unit: "1", DTypes: real64, Default: 0.75, Domain: unitInterval("b")},
		{Name: "delta", Says: "what one occurrence is worth at least (bm25+)", Unit: "1", DTypes: real64, Default: 1.0, Domain: atLeastZero("delta")},
		{Name: "prior", Says: "prior mass of each document, uniform where absent", Unit: "1", Dims: []string{"docs"}, DTypes: real64, Optional: true, Domain: finiteMassDomain("prior")},
	},
	Out: []Arg{
		{Name: "score", Says: "score of each document", Unit: "nats", Dims: []string{"docs"}, DTypes: real64, Judge: Bounded},
		{Name: "posterior", Says: "softmax of score + ln prior", Unit: "1", Dims: []string{"docs"}, DTypes: real64, Optional: true, Judge: Bounded},
	},
	Choices: map[string][]string{"variant": {"lucene", "robertson", "atire", "bm25+"}},
	Ref:     bm25, Bound: bm25Bound, Edges: bm25Edges,
	Shapes: []Dims{{"terms": 4, "tokens": 10000, "docs": 100}},
	Work: func(d Dims) (int64, int64) {
		return 10 * int64(d["docs"]) * int64(d["terms"]), 8 * int64(d["tokens"])
	},
	Cites: []string{
		"Robertson, Walker, Jones, Hancock-Beaulieu, Gatford: Okapi at TREC-3, 1994",
		"Kamphuis, de Vries, Boytsov, Lin: Which BM25 do you mean? ECIR 2020, doi 10.1007/978-3-030-45442-5_4",
		"Trotman, Jia, Crane: Towards an efficient and effective search engine, 2012 (ATIRE)",
		"Lv, Zhai: Lower-bounding term frequency normalization, CIKM 2011 (BM25+)",
	},
}

// bm25 scores documents for a query. With N documents, df of them holding the
// term, tf times in this one of length dl, K = k1*(1 - b + b*dl/avgdl):
//
//	lucene     ln(1 + (N-df+1/2)/(df+1/2)) * tf/(tf + K)
//	robertson  ln((N-df+1/2)/(df+1/2)) * tf/(tf + K), negative where df > N/2
//	atire      ln(N/df) * (k1+1)*tf/(tf + K)
//	bm25+      ln((N+1)/df) * (delta + (k1+1)*tf/(tf + K)), only where tf > 0
//
// rank_bm25's BM25Okapi is robertson with the factor k1+1 and a quarter of the
// mean idf in place of a negative one; its BM25Plus adds delta where tf = 0 too.
// Lucene left the factor k1+1 out in version 8; it changes no ranking. Lengths
// are exact here, Lucene itself keeps them in one byte. A term that the document
// lacks adds nothing in any variant, so an empty document, or corpus, scores 0.
//
// posterior is softmax(score + ln prior): the scores taken as log-likelihoods.
// Where no document has a prior it is NaN.
func bm25(c *Call) error {
	scores := c.bm25Scores()
	for i, s := range scores {
		c.Out[0].Put(i, s.value())
	}
	l := c.bm25Logs(scores)
	for i, p := range l.probabilities() {
		c.Out[1].Put(i, p)
	}
	return nil
}

// corpusTerm is what a query term is worth in one document.
type corpusTerm struct {
	doc      int
	num, den float64 // the argument of the logarithm is num/den
	tf, dl   float64
}

// occurrences lists every pair of a query term and a document that holds it.
func (c *Call) occurrences() (all []corpusTerm) {
	query, tokens, off := c.In[0], c.In[1], c.In[2]
	docs := off.Len() - 1
	for q := range query.Len() {
		tf := make([]float64, docs)
		df := 0.0
		for d := range docs {
			for i := off.Int(d); i < off.Int(d+1); i++ {
				if tokens.Int(int(i)) == query.Int(q) {
					tf[d]++
				}
			}
			if tf[d] > 0 {
				df++
			}
		}
		num, den := c.idf(float64(docs), df)
		for d := range docs {
			if tf[d] > 0 {
				all = append(all, corpusTerm{d, num, den, tf[d], float64(off.Int(d+1) - off.Int(d))})
			}
		}
	}
	return all
}

// idf is the quotient whose logarithm weighs a term.
func (c *Call) idf(docs, df float64) (num, den float64) {
	switch c.Pick("variant") {
	case "lucene":
		return docs + 1, df + 0.5 // 1 + (N-df+1/2)/(df+1/2)
	case "robertson":
		return docs - df + 0.5, df + 0.5
	case "atire":
		return docs, df
	}
	return docs + 1, df
}

// weight is what tf occurrences count.
func (c *Call) weight(t corpusTerm) double {
	k1, b := c.Param("k1", 0), c.Param("b", 0)
	length := double{t.dl, 0}.divided(double{float64(c.In[1].Len()), 0}.over(float64(c.In[2].Len() - 1)))
	K := double{1, 0}.minus(double{b, 0}).plus(double{b, 0}.times(length)).times(double{k1, 0})
	w := double{t.tf, 0}.divided(double{t.tf, 0}.plus(K))
	variant := c.Pick("variant")
	if variant == "atire" || variant == "bm25+" {
		w = w.times(double{k1, 0}.plus(double{1, 0}))
	}
	if variant == "bm25+" {
		w = w.plus(double{c.Param("delta", 0), 0})
	}
	return w
}

func (c *Call) bm25Scores() []double {
	scores := make([]double, c.In[2].Len()-1)
	for _, t := range c.occurrences() {
		idf := lnDouble(double{t.num, 0}.over(t.den))
		scores[t.doc] = scores[t.doc].plus(idf.times(c.weight(t)))
	}
	return scores
}

func (c *Call) bm25Logs(scores []double) logRow {
	z := make([]double, len(scores))
	copy(z, scores)
	if prior := c.Arg("prior"); !prior.Absent() {
		for i := range z {
			z[i] = z[i].plus(lnDouble(double{prior.Get(i), 0}))
			if prior.Get(i) == 0 {
				z[i] = double{math.Inf(-1), 0}
			}
		}
	}
	return newLogRow(z, true)
}

// offsetsDomain refuses offsets that do not start at 0, fall, or do not end
// where the values do.
func offsetsDomain(values string) func(*Call) *Reject {
	return func(c *Call) *Reject {
		off, n := c.Arg("offsets"), int64(c.Arg(values).Len())
		bad := func(i int, code, want string) *Reject {
			return &Reject{Op: c.Op.Name, Arg: "offsets", Code: code, Value: fmt.Sprintf("%d at %d", off.Int(i), i), Want: want, Row: -1}
		}
		if off.Int(0) != 0 {
			return bad(0, "offsets_start", "0 first")
		}
		for i := 1; i < off.Len(); i++ {
			if off.Int(i) < off.Int(i-1) {
				return bad(i, "offsets_order", "offsets that never fall")
			}
		}
		if i := off.Len() - 1; off.Int(i) != n {
			return bad(i, "offsets_end", fmt.Sprintf("%d last, the number of %s", n, values))
		}
		return nil
	}
}

func atLeastZero(name string) func(*Call) *Reject {
	return func(c *Call) *Reject {
		t := c.Arg(name)
		for i := range t.Len() {
			if v := t.Get(i); !(v >= 0) || math.IsInf(v, 1) {
				return &Reject{Op: c.Op.Name, Arg: name, Code: name + "_range", Value: fmt.Sprint(v), Want: "a finite number >= 0", Row: -1}
			}
		}
		return nil
	}
}
