package optimized

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// inputs adds what an operation wants beside its logits and temperature to a call
// of two rows. next is a uniform number.
var inputs = map[string]func(next func() float64, in map[string]reference.Tensor, vocab int){
	"cross_entropy": func(next func() float64, in map[string]reference.Tensor, vocab int) {
		in["label"] = reference.Vector(reference.I64, float64(int(next()*float64(vocab))), float64(int(next()*float64(vocab))))
	},
	"top_p_filter": func(next func() float64, in map[string]reference.Tensor, vocab int) {
		in["p"] = reference.Scalar(reference.F32, next())
	},
	"sample_logits": func(next func() float64, in map[string]reference.Tensor, vocab int) {
		in["u"] = reference.Vector(reference.F64, next(), next())
	},
	"sample_probs": func(next func() float64, in map[string]reference.Tensor, vocab int) {
		for i := range in["p"].Len() {
			in["p"].Put(i, math.Abs(in["p"].Get(i)-3))
		}
		in["p"].Put(0, 0.125) // some mass in the first row, and
		in["p"].Put(vocab, 0.125)
		in["u"] = reference.Vector(reference.F64, next(), next())
	},
	"penalties": func(next func() float64, in map[string]reference.Tensor, vocab int) {
		drawList("history", next, in, vocab)
		in["repetition"] = reference.Vector(reference.F32, 1.3, 0.9)
		in["frequency"] = reference.Scalar(reference.F32, next())
		in["presence"] = reference.Scalar(reference.F32, -next())
	},
	"logit_bias": func(next func() float64, in map[string]reference.Tensor, vocab int) {
		drawList("token", next, in, vocab)
		in["bias"] = reference.Vector(reference.F32, next(), -100*next(), 100*next(), -next(), next())
	},
	"banned": func(next func() float64, in map[string]reference.Tensor, vocab int) {
		drawList("token", next, in, vocab)
	},
	"sample_gumbel": func(next func() float64, in map[string]reference.Tensor, vocab int) {
		in["u"] = reference.NewTensor(reference.F64, 2, vocab)
		for i := range in["u"].Len() {
			in["u"].Put(i, next())
		}
	},
	"sample_chain": func(next func() float64, in map[string]reference.Tensor, vocab int) {
		in["u"] = reference.Vector(reference.F64, next(), next())
		in["k"] = reference.Vector(reference.I64, float64(int(next()*float64(vocab+1))), 0)
		in["p"] = reference.Vector(reference.F32, 1, next())
		in["min_p"] = reference.Scalar(reference.F32, 0.1*next())
	},
	"speculative_accept": func(next func() float64, in map[string]reference.Tensor, vocab int) {
		p := in["p"]
		q := reference.NewTensor(p.DType, 2, vocab)
		for i := range p.Len() {
			p.Put(i, math.Abs(p.Get(i)-3))
			q.Put(i, 2*math.Abs(next()-0.5)*p.Get(i))
		}
		p.Put(0, 0.125)
		p.Put(vocab, 0.125)
		in["q"] = q
		in["draft"] = reference.Vector(reference.I64, float64(int(next()*float64(vocab))), float64(int(next()*float64(vocab))))
		in["u"], in["u2"] = reference.Vector(reference.F64, next(), 0.75), reference.Vector(reference.F64, next(), next())
	},
	"beam_step": func(next func() float64, in map[string]reference.Tensor, vocab int) {
		in["score"] = reference.Vector(reference.F32, -10*next(), -10*next())
		in["k"] = reference.Scalar(reference.I64, 1+float64(int(8*next())))
	},
	"attention_softmax": func(next func() float64, in map[string]reference.Tensor, vocab int) {
		in["scale"] = reference.Scalar(reference.F32, 0.1+next())
		in["lengths"] = reference.Vector(reference.I64, float64(vocab), float64(int(next()*float64(vocab+1))))
		if next() < 0.5 {
			in["softcap"] = reference.Vector(reference.F32, 30*next(), 0)
		}
		if next() < 0.5 {
			bias := reference.NewTensor(in["x"].DType, 2, vocab)
			for i := range bias.Len() {
				if bias.Put(i, 3*next()); next() < 0.1 {
					bias.Put(i, math.Inf(-1))
				}
			}
			in["bias"] = bias
		}
	},
	"attention": func(next func() float64, in map[string]reference.Tensor, vocab int) {
		keys := min(vocab, 1000)
		q := reference.NewTensor(in["Q"].DType, 2, 5)
		for i := range q.Len() {
			q.Put(i, in["Q"].Get(i%in["Q"].Len())-3)
		}
		k, v := reference.NewTensor(q.DType, keys, 5), reference.NewTensor(q.DType, keys, 3)
		for i := range k.Len() {
			k.Put(i, 4*next()-2)
		}
		for i := range v.Len() {
			v.Put(i, 4*next()-2)
		}
		in["Q"], in["K"], in["V"] = q, k, v
		in["lengths"] = reference.Vector(reference.I64, float64(keys), float64(int(next()*float64(keys+1))))
		in["softcap"] = reference.Vector(reference.F32, 0, 20)
	},
	"top_k":        drawCount,
	"top_k_filter": drawCount,
	"min_p_filter": func(next func() float64, in map[string]reference.Tensor, vocab int) {
		in["min_p"] = reference.Scalar(reference.F32, next()*next())
	},
}

// drawList lists five tokens, three of them in the first row.
func drawList(name string, next func() float64, in map[string]reference.Tensor, vocab int) {
	tokens := reference.NewTensor(reference.I64, 5)
	for i := range 5 {
		tokens.PutInt(i, int64(next()*float64(vocab)))
	}
	in[name], in["offsets"] = tokens, reference.Vector(reference.I64, 0, 3, 5)
}

func drawCount(next func() float64, in map[string]reference.Tensor, vocab int) {
	k := float64(int(next() * next() * float64(vocab+1)))
	if next() < 0.5 { // few of a long row, or more than its strips tell
		k = float64(int(next() * 8))
	}
	in["k"] = reference.Scalar(reference.I64, k)
}
