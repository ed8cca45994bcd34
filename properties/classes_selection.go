package properties

import (
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// usual values of what dressSelection gives.
var (
	usualCounts = []float64{3, 1, 40, 2, 8, 5, 13}
	usualShares = []float64{0.05, 0.2, 0.01, 0.5, 0.1}
)

// dressSelection gives filters, samplers, lists of tokens and beams what a case
// leaves open. Every third case of a chain of filters has them off: it is then a
// plain draw.
func (b *batch) dressSelection(x reference.Tensor, in map[string]reference.Tensor, missing func(string) bool) {
	if !onLogits(b.op) && !b.has("draft") {
		return
	}
	rows, vocab, turn := x.Shape[0], x.Shape[len(x.Shape)-1], len(b.cases)
	off := b.op.Name == "sample_chain" && turn%3 == 0
	give := func(name string, f func(r int) float64) {
		if !missing(name) {
			return
		}
		if a := &b.op.In[b.op.Input(name)]; len(a.Dims) == 0 && (!a.PerRow || turn%4 == 3) {
			in[name] = b.scalar(name, f(turn)).tensor
			return
		}
		v := make([]float64, rows)
		for r := range v {
			v[r] = f(r + turn)
		}
		in[name] = b.vector(name, v...).tensor
	}
	give("k", func(i int) float64 {
		if off {
			return 0
		}
		return usualCounts[i%len(usualCounts)]
	})
	give("min_p", func(i int) float64 {
		if off {
			return 0
		}
		return usualShares[i%len(usualShares)]
	})
	if off && missing("p") {
		in["p"] = b.scalar("p", 1).tensor
	}
	give("score", func(i int) float64 { return -0.5*float64(i%5) - b.draw.Float() })
	give("u2", func(int) float64 { return b.draw.Float() })
	if missing("u") && len(b.op.In[b.op.Input("u")].Dims) == 2 {
		in["u"] = Matrix(reference.F64, rows, vocab, func(_, _ int) float64 { return b.draw.Float() })
	}
	for _, name := range []string{"history", "token"} {
		if missing(name) {
			given := b.lists(name, b.someTokens(rows, vocab)...)
			in[name], in["offsets"] = given[0].tensor, given[1].tensor
		}
	}
	if b.has("token") && missing("bias") {
		v := make([]float64, in["token"].Len())
		for i := range v {
			v[i] = float64(b.draw.Intn(33)-16) / 4
		}
		in["bias"] = b.vector("bias", v...).tensor
	}
	give("repetition", func(i int) float64 { return []float64{1.3, 1, 0.75, 2}[i%4] })
	give("frequency", func(i int) float64 { return []float64{0.5, 0.2, 0, -0.3}[i%4] })
	give("presence", func(i int) float64 { return []float64{0.4, 0, -0.6}[i%3] })
	if b.has("draft") && missing("q") {
		in["q"], in["draft"] = b.draftOf(x, turn)
	}
}

// someTokens are a few tokens for each row, one of them twice, and none for some.
func (b *batch) someTokens(rows, vocab int) [][]int64 {
	lists := make([][]int64, rows)
	for r := range lists {
		for i := range (r + len(b.cases)) * 5 % 7 {
			if i%3 == 2 {
				lists[r] = append(lists[r], lists[r][0])
			} else if vocab > 0 {
				lists[r] = append(lists[r], int64(b.draw.Intn(vocab)))
			}
		}
		if vocab == 0 {
			lists[r] = nil
		}
	}
	return lists
}

// lists makes a ragged input and its offsets, a list for each row.
func (b *batch) lists(name string, rows ...[]int64) []argument {
	at := make([]int64, len(rows)+1)
	for r, list := range rows {
		at[r+1] = at[r] + int64(len(list))
	}
	return []argument{b.integers(name, slices.Concat(rows...)...), b.integers("offsets", at...)}
}

// draftOf makes a draft model's masses from the model's, with the same total: moved
// by a token, turned round, halved towards its neighbour's or the very same; and a
// token that it can have drawn.
func (b *batch) draftOf(p reference.Tensor, turn int) (q, draft reference.Tensor) {
	rows, v := p.Shape[0], p.Shape[1]
	q = reference.NewTensor(p.DType, rows, v)
	draft = reference.NewTensor(b.typeOf("draft"), rows)
	for r := range rows {
		for j := range v {
			from := []int{(j + 1) % v, v - 1 - j, j, (j + v/2) % v}[(r+turn)%4]
			q.SetBits(r*v+j, p.Bits(r*v+from))
		}
		at := b.draw.Intn(v)
		for row := q.Row(r, nil); row[at] == 0; {
			at = (at + 1) % v
		}
		draft.PutInt(r, int64(at))
	}
	return q, draft
}
