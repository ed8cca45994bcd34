// Package optimized has the kernels that reference states, fast, in float32,
// for float32, bfloat16 and float16 logits: portable Go, AVX2, AVX-512 and NEON,
// picked once from what the processor has, with the same bits on all of them.
//
// One row at a time, picked for this machine:
//
//	err := optimized.Softmax(probs, logits, 0.7)
//
// and many rows, spread over goroutines, with the same bits for any number:
//
//	err := optimized.SoftmaxRows(probs, logits, optimized.Rows{Count: 256, Vocab: 128256, Goroutines: 2}, 0.7)
//
// Rows.On forces a variant; [Variants] lists them all.
//
// Shapes that cannot be panic and name both values. Values that cannot be (a
// temperature below 0, a label out of range) return a *reference.Reject, and
// nothing is written.
//
// # The bit specification, draft
//
// Scaling, chunks of 4096 elements over 256 lanes, terms and lane sums are those
// of internal/block. A row of chunks c with maxima m_c, powers N_c, sums s_c,
// with m = max m_c and N = max N_c:
//
//   - NaN or +Inf in the row: it has no distribution. m = -Inf: neither.
//
//   - |m|*a above 2^18 (a = log2(e)/T): the row is run on x - m, rounded, which is
//     exact wherever a term is not zero.
//
//   - m_c*a below -2^19, or m_c = -Inf: the chunk has mass +0 and outputs +0.
//
//   - S = sum of s_c*2^(N_c-N) in float64, +0 below 2^-256, halves first over the
//     next power of two.
//
//   - Dominant token: T_m the term of m. If 4*T_m > S, the lowest index of m is
//     taken out of its lane, Q is the same sum without it, and S := Q + T_m.
//
//   - ln S is taken from Q/T_m where Q is known and below T_m, so that the loss of
//     a sure token is neither 0 nor negative.
//
//   - Inner sums (entropy, KL): each term above 0 times RN(RN(m_c-x)*i), or times
//     RN(RN(x-m_x) - RN(y-m_y)), rounded, in the lanes and the tree of the terms;
//     then the chunks as for S, those of gaps with (m-m_c)/T times the chunk's mass.
//
//   - Sums over masses, targets, gradients and tokens: float64, element i in lane i
//     mod 256 in the order of the row, halves first; ln and the series of e^-d-1+d are
//     internal/block's, exp elementary.go's. Dot products of attention: element d in
//     lane d mod 16, halves first; its weighted sums in the order of the keys.
//
// Selection compares the bits of raw logits, value descending and index ascending,
// all NaN one key before every number; masses are integers, so that neither the
// order of a sum nor the instruction set can move a token across a threshold. What
// is done once a token or once a row beside that (min_p's logarithm, Gumbel noise,
// a soft cap) is float64 in a fixed order, from + - * / and square
// roots alone.
//
// Every operation is one IEEE operation, rounded to nearest even; only + - * / and
// the fused multiply-add where it is written. The processor must not flush
// subnormals: a library built with -ffast-math may have told it to.
package optimized

// Bits names the specification the kernels follow. It stays "draft" until the
// GPU kernels agree with it.
const Bits = "draft"
