package zoo

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// Operations by what they make of a row of logits.
var (
	intoShares = []string{"softmax", "cross_entropy_backward", "top_p_filter", "top_k_filter", "min_p_filter", "attention_softmax", "attention", "relevance_posterior"}
	intoLogs   = []string{"log_softmax", "logsumexp", "token_logprobs", "cross_entropy", "cross_entropy_soft", "entropy_from_logits", "kl_from_logits", "beam_step", "beam_search"}
	intoDraws  = []string{"sample_logits", "sample_chain"}
	intoAny    = slices.Concat(intoShares, intoLogs, intoDraws)

	// A sampler divides by nothing; documents are shifted by their best score.
	shifted = but(intoAny, "relevance_posterior")
	summed  = but(intoAny, "sample_logits")
)

func but(ops []string, not ...string) []string {
	return slices.DeleteFunc(slices.Clone(ops), func(op string) bool { return slices.Contains(not, op) })
}

// slipped is a step done wrong, in every operation that takes it.
type slipped struct {
	bug, from, rows string
	slip            slip
	online          bool
	ops             []string
}

// wrongSteps are the slips, operation by operation.
func wrongSteps() []planted {
	var all []planted
	for _, s := range slips {
		kernel := plain
		kernel.slip, kernel.online = s.slip, s.online
		for _, op := range s.ops {
			all = append(all, planted{law: "bound", bug: s.bug, op: op, from: s.from, rows: s.rows, declares: "level=" + kernel.level, run: kernel.run})
		}
	}
	return all
}

// tail is how many elements whole vectors of eight leave over.
func tail(n int) int { return n / 8 * 8 }

// mapped changes every logit.
func mapped(f func(v float64) float64) func([]float64) []float64 {
	return func(x []float64) []float64 {
		for i := range x {
			x[i] = f(x[i])
		}
		return x
	}
}

var slips = []slipped{
	// The maximum.
	{bug: "no maximum subtracted", from: "dotnet/machinelearning#3648", rows: "SM-07,SM-08,M03", ops: shifted,
		slip: slip{max: func([]float64) float64 { return 0 }}},
	{bug: "the largest absolute value subtracted", rows: "M04", ops: intoAny,
		slip: slip{max: func(x []float64) float64 {
			m := 0.0
			for _, v := range x {
				if !math.IsInf(v, -1) {
					m = max(m, math.Abs(v))
				}
			}
			return m
		}}},
	{bug: "the maximum starts at 0", from: "m0at/rvllm#1", rows: "SM-17,M05", ops: shifted,
		slip: slip{max: func(x []float64) float64 { return max(0, maximum(x)) }}},
	{bug: "the maximum of the first 1024", rows: "M06", ops: but(shifted, "beam_search", "attention"),
		slip: slip{max: func(x []float64) float64 { return maximum(x[:min(len(x), 1024)]) }}},
	{bug: "the maximum skips the tail", rows: "M07", ops: but(intoAny, "sample_logits", "beam_search", "attention"),
		slip: slip{max: func(x []float64) float64 {
			if len(x) < 8 {
				return maximum(x)
			}
			return maximum(x[:tail(len(x))])
		}}},
	{bug: "a maximum of at least -1e4", from: "tracel-ai/burn#4697", rows: "AT-03", ops: shifted,
		slip: slip{max: func(x []float64) float64 { return max(maximum(x), -1e4) }}},

	// The exponential.
	{bug: "exp of three hundredths", rows: "M11", ops: intoShares, // the bits of a float32 read as its logarithm
		slip: slip{exp: func(d float64) float64 {
			return float64(math.Float32frombits(uint32(max(0, 12102203.0*max(d, -87)+1064866805))))
		}}},
	{bug: "exp of a difference in bfloat16", rows: "M12", ops: intoAny,
		slip: slip{exp: func(d float64) float64 { return math.Exp(reference.BF16.Round(d)) }}},
	{bug: "log2 e to three decimals", ops: but(intoAny, "sample_chain"),
		slip: slip{exp: func(d float64) float64 { return math.Exp2(1.443 * d) }}},
	{bug: "an exponent never below -20", rows: "M17", ops: but(intoShares, "min_p_filter", "top_p_filter", "attention"),
		slip: slip{exp: func(d float64) float64 { return math.Exp(max(d, -20)) }}},
	{bug: "nothing below exp(-14)", ops: but(summed, "min_p_filter", "sample_chain", "beam_step", "beam_search", "attention", "cross_entropy_soft"),
		slip: slip{exp: func(d float64) float64 {
			if d < -14 {
				return 0
			}
			return math.Exp(d)
		}}},
	{bug: "masked terms get the least normal number", from: "huggingface/funes#160", rows: "SM-28", ops: []string{"softmax", "attention_softmax"},
		slip: slip{term: func(_ int, e float64) float64 { return max(e, 0x1p-126) }}},
	{bug: "the exponent rounded towards zero", from: "alibaba/MNN#235", rows: "SM-26", ops: but(intoAny, intoDraws...),
		slip: slip{exp: func(d float64) float64 {
			n := math.Trunc(d * math.Log2E)
			r := d - n*math.Ln2 // in (-ln 2, ln 2), for a polynomial good on half of that
			return math.Ldexp(1+r*(1+r*(0.5+r*(1.0/6+r*(1.0/24+r*(1.0/120))))), int(n))
		}}},
	{bug: "exp of whole powers of two", from: "Maratyszcza/NNPACK#174", rows: "SM-25", ops: []string{"softmax", "log_softmax", "sample_logits"},
		slip: slip{exp: func(d float64) float64 { return math.Exp2(math.Round(d * math.Log2E)) }}},

	// The sum.
	{bug: "the sum skips the tail", rows: "M08", ops: summed,
		slip: slip{sum: func(t []float64) []float64 {
			if len(t) < 8 {
				return t
			}
			return t[:tail(len(t))]
		}}},
	{bug: "the tail added twice", ops: summed,
		slip: slip{sum: func(t []float64) []float64 {
			if n := len(t); n > 8 && n%8 != 0 {
				return slices.Concat(t[:tail(n)], t[n-8:])
			}
			return t
		}}},
	{bug: "the sum starts at the second", ops: summed,
		slip: slip{sum: func(t []float64) []float64 {
			if len(t) > 8 {
				return t[1:]
			}
			return t
		}}},
	{bug: "the sum of the first 65536", from: "unslothai/unsloth#19", rows: "CE-16", ops: but(summed, "top_p_filter", "top_k_filter", "min_p_filter", "sample_chain", "beam_search", "attention"),
		slip: slip{sum: func(t []float64) []float64 { return t[:min(len(t), 1<<16)] }}},
	{bug: "an online sum that is not rescaled", from: "Dao-AILab/flash-attention#2082", rows: "AT-06,M10", ops: summed, online: true,
		slip: slip{steps: func(sum, _, _ float64) float64 { return sum }}},
	{bug: "1e-6 added to the sum", rows: "M19", ops: but(summed, "cross_entropy_backward", "entropy_from_logits", "kl_from_logits", "beam_step"),
		slip: slip{total: func(S float64) float64 { return S + 1e-6 }}},
	{bug: "a running sum in bfloat16", rows: "M13", ops: but(summed, "sample_chain"),
		slip: slip{sum: func(t []float64) []float64 {
			s := 0.0
			for _, v := range t {
				s = reference.BF16.Round(s + v)
			}
			return []float64{s}
		}}},
	{bug: "only the 32 largest", rows: "M18", ops: intoShares,
		slip: slip{sum: func(t []float64) []float64 {
			s := slices.Clone(t)
			slices.Sort(s)
			return s[max(0, len(s)-32):]
		}}},

	// What is written.
	{bug: "a reciprocal of 12 bits", rows: "M15", ops: intoShares,
		slip: slip{total: func(S float64) float64 {
			f, e := math.Frexp(1 / S)
			return 1 / math.Ldexp(math.Round(f*4096)/4096, e)
		}}},
	{bug: "shares below 1e-6 flushed", rows: "M16", ops: []string{"softmax", "top_p_filter", "top_k_filter", "attention_softmax"},
		slip: slip{prob: func(_, _ int, p float64) float64 {
			if p < 1e-6 {
				return 0
			}
			return p
		}}},
	{bug: "the tail not written", rows: "M09", ops: []string{"softmax", "log_softmax", "attention_softmax", "top_p_filter", "top_k_filter", "min_p_filter"},
		slip: slip{prob: func(i, n int, p float64) float64 {
			if n > 8 && i >= tail(n) {
				return 0
			}
			return p
		}}},
	{bug: "shares rounded to bfloat16", rows: "M14", ops: []string{"softmax", "attention_softmax", "attention", "top_k_filter", "min_p_filter"},
		slip: slip{prob: func(_, _ int, p float64) float64 { return reference.BF16.Round(p) }}},
	{bug: "element 50000 off by a hundredth", rows: "M25", ops: []string{"softmax", "log_softmax", "attention_softmax"},
		slip: slip{prob: func(i, _ int, p float64) float64 {
			if i == 50000 {
				return p * 1.01
			}
			return p
		}}},
	{bug: "ln 2 to four digits", ops: intoLogs,
		slip: slip{ln: func(S float64) float64 { return math.Log2(S) * 0.6931 }}},

	// What is read.
	{bug: "NaN read as -Inf", rows: "M20", ops: []string{"softmax", "log_softmax", "logsumexp", "token_logprobs", "cross_entropy", "cross_entropy_soft", "cross_entropy_backward", "entropy_from_logits", "kl_from_logits", "attention_softmax"},
		slip: slip{read: mapped(func(v float64) float64 {
			if math.IsNaN(v) {
				return -inf
			}
			return v
		})}},
	{bug: "-Inf read as -1e4", rows: "M23,AT-02", ops: but(shifted, "min_p_filter", "top_p_filter"),
		slip: slip{read: mapped(func(v float64) float64 {
			if math.IsInf(v, -1) {
				return -1e4
			}
			return v
		})}},
	{bug: "+Inf read as the largest number", rows: "M22", ops: []string{"softmax", "log_softmax", "logsumexp", "token_logprobs", "cross_entropy", "entropy_from_logits"},
		slip: slip{read: mapped(func(v float64) float64 { return min(v, math.MaxFloat32) })}},
	{bug: "a row of -Inf read as zeros", from: "tenstorrent/tt-metal#56056", rows: "M21,SM-19", ops: []string{"softmax", "log_softmax", "logsumexp", "cross_entropy", "entropy_from_logits"},
		slip: slip{read: func(x []float64) []float64 {
			if math.IsInf(maximum(x), -1) {
				return make([]float64, len(x))
			}
			return x
		}}},
	{bug: "logits clamped at 50", ops: shifted,
		slip: slip{read: mapped(func(v float64) float64 { return min(v, 50) })}},
	{bug: "logits held in float16", ops: intoAny,
		slip: slip{read: mapped(reference.F16.Round)}},
}
