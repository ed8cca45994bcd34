package optimized

import (
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// LogitBias sets dst to the logits x with bias[n] added to that of token[n], for
// every n; a token listed twice gets both. A bias of -Inf bans the token whatever
// its logit. Other logits are copied, to the bit; NaN stays NaN.
//
// dst must not overlap x; unequal lengths panic. A token outside the row and a bias
// of NaN or +Inf are refused and nothing is written.
//
// Error: the biases of a token are added in float64 in the order of the list, then
// the logit, and the sum rounded once; 16-bit outputs are that, rounded.
//
// Reference: reference.Ops, logit_bias.
func LogitBias[E Element](dst, x []E, token []int64, bias []float32) error {
	apart("LogitBias", dst, x, true)
	if len(token) != len(bias) {
		panic(fmt.Sprintf("optimized: LogitBias: len(token)=%d, len(bias)=%d: want one bias a token", len(token), len(bias)))
	}
	if bad := badTokens("logit_bias", "token", token, len(x)); bad != nil {
		return bad
	}
	if bad := badBias(bias); bad != nil {
		return bad
	}
	s := scratches.Get().(*scratch)
	addBias(s, dst, x, token, bias)
	scratches.Put(s)
	return nil
}

// LogitBiasRows is LogitBias for a batch: row i's list is that of offsets[i] to
// offsets[i+1].
func LogitBiasRows[E Element](dst, x []E, token, offsets []int64, bias []float32, r Rows) error {
	stride, dstStride := r.check("LogitBiasRows", len(x), len(dst), true)
	apart("LogitBiasRows", dst, x, false)
	if len(token) != len(bias) {
		panic(fmt.Sprintf("optimized: LogitBiasRows: len(token)=%d, len(bias)=%d: want one bias a token", len(token), len(bias)))
	}
	if bad := badRagged("LogitBiasRows", "logit_bias", "token", token, offsets, r); bad != nil {
		return bad
	}
	if bad := badBias(bias); bad != nil {
		return bad
	}
	r.each(func(s *scratch, i int) {
		from, to := offsets[i], offsets[i+1]
		addBias(s, dst[i*dstStride:][:r.Vocab], x[i*stride:][:r.Vocab], token[from:to], bias[from:to])
	})
	return nil
}

func badBias(bias []float32) *reference.Reject {
	for i, v := range bias {
		if !(v <= math.MaxFloat32) {
			return &reference.Reject{Op: "logit_bias", Arg: "bias", Code: "bias_range", Value: fmt.Sprintf("%v at %d", v, i), Want: "numbers, -Inf allowed", Row: -1}
		}
	}
	return nil
}

func addBias[E Element](s *scratch, dst, x []E, token []int64, bias []float32) {
	copy(dst, x)
	s.listed(token)
	var one [1]float32
	for a := 0; a < len(s.picks); {
		j, sum, some := int(s.picks[a]>>32), 0.0, false
		for ; a < len(s.picks) && int(s.picks[a]>>32) == j; a++ {
			b := float64(bias[uint32(s.picks[a])])
			sum += b
			some = some || b != 0
		}
		switch {
		case !some:
			continue
		case sum < -math.MaxFloat64:
			dst[j] = maskOf[E]()
			continue
		}
		one[0] = canonical(sum + float64(widen(block.Portable, x[j:j+1], one[:])[0]))
		narrow(block.Portable, dst[j:j+1], one[:])
	}
}

// Banned sets dst to the logits x, those of the listed tokens -Inf, whatever they
// hold. The others are copied, to the bit. dst must not overlap x; unequal lengths
// panic. A token outside the row is refused and nothing is written.
//
// Reference: reference.Ops, banned.
func Banned[E Element](dst, x []E, token []int64) error {
	apart("Banned", dst, x, true)
	if bad := badTokens("banned", "token", token, len(x)); bad != nil {
		return bad
	}
	ban(dst, x, token)
	return nil
}

// BannedRows is Banned for a batch: row i's list is token[offsets[i]:offsets[i+1]].
func BannedRows[E Element](dst, x []E, token, offsets []int64, r Rows) error {
	stride, dstStride := r.check("BannedRows", len(x), len(dst), true)
	apart("BannedRows", dst, x, false)
	if bad := badRagged("BannedRows", "banned", "token", token, offsets, r); bad != nil {
		return bad
	}
	r.each(func(_ *scratch, i int) {
		ban(dst[i*dstStride:][:r.Vocab], x[i*stride:][:r.Vocab], token[offsets[i]:offsets[i+1]])
	})
	return nil
}

func ban[E Element](dst, x []E, token []int64) {
	copy(dst, x)
	masked := maskOf[E]()
	for _, t := range token {
		dst[t] = masked
	}
}

// runLogitBias answers a row of the table.
func runLogitBias(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], c.Out[0], k)
	if err != nil {
		return err
	}
	token, offsets, bias := integers(c.Arg("token")), integers(c.Arg("offsets")), floats(c.Arg("bias"))
	return byElement(c,
		func() error {
			return LogitBiasRows(elements[float32](c.Out[0]), elements[float32](c.In[0]), token, offsets, bias, r)
		},
		func() error {
			return LogitBiasRows(elements[BF16](c.Out[0]), elements[BF16](c.In[0]), token, offsets, bias, r)
		},
		func() error {
			return LogitBiasRows(elements[F16](c.Out[0]), elements[F16](c.In[0]), token, offsets, bias, r)
		})
}

// runBanned answers a row of the table.
func runBanned(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], c.Out[0], k)
	if err != nil {
		return err
	}
	token, offsets := integers(c.Arg("token")), integers(c.Arg("offsets"))
	return byElement(c,
		func() error {
			return BannedRows(elements[float32](c.Out[0]), elements[float32](c.In[0]), token, offsets, r)
		},
		func() error { return BannedRows(elements[BF16](c.Out[0]), elements[BF16](c.In[0]), token, offsets, r) },
		func() error { return BannedRows(elements[F16](c.Out[0]), elements[F16](c.In[0]), token, offsets, r) })
}
