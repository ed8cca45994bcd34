package reference

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// Every row of up to four values of seven kinds: argmax against "no other is
// ahead", and banned for the sets of tokens in turn.
func TestSelectionsExactly(t *testing.T) {
	kinds := []float64{math.Inf(-1), -1, math.Copysign(0, -1), 0, 2, math.Inf(1), math.NaN()}
	for n := 1; n <= 4; n++ {
		count := 1
		for range n {
			count *= len(kinds)
		}
		x := NewTensor(F64, count, n)
		for i := range count {
			for j, left := 0, i; j < n; j, left = j+1, left/len(kinds) {
				x.Put(i*n+j, kinds[left%len(kinds)])
			}
		}
		first := answerOf(t, argmaxOp, map[string]Tensor{"x": x}, nil).Out[0]
		for i := range count {
			row, got := x.Row(i, nil), int(first.Get(i))
			for j, v := range row {
				better := v > row[got] || v != v && row[got] == row[got]
				equal := v == row[got] || v != v && row[got] != row[got]
				if better || equal && j < got {
					t.Fatalf("argmax of %v is %d, want %d or another", row, got, j)
				}
			}
		}
		var tokens []float64
		offsets := []float64{0}
		for i := range count {
			for j := range n {
				if (i*5+1)>>j&1 == 1 { // the sets of tokens in turn
					tokens = append(tokens, float64(j))
				}
			}
			offsets = append(offsets, float64(len(tokens)))
		}
		y := answerOf(t, bannedOp, map[string]Tensor{"x": x, "token": Vector(I64, tokens...), "offsets": Vector(I64, offsets...)}, nil).Out[0]
		for i := range count {
			for j := range n {
				want, got := x.Get(i*n+j), y.Get(i*n+j)
				if (i*5+1)>>j&1 == 1 {
					want = math.Inf(-1)
				}
				if math.Float64bits(got) != math.Float64bits(want) {
					t.Fatalf("banned: row %d, token %d: %v, want %v", i, j, got, want)
				}
			}
		}
	}
}

// ratRow is a row whose probabilities are rational: logits T*k*ln 2.
type ratRow struct {
	x []float64
	w []*big.Rat
}

func drawRatRow(r *rand.Rand, T float64) ratRow {
	n := 1 + r.IntN(6)
	row := ratRow{make([]float64, n), make([]*big.Rat, n)}
	for i := range n {
		k := r.IntN(7)
		row.x[i], row.w[i] = T*float64(k)*math.Ln2, big.NewRat(1<<k, 1)
		if i > 0 && r.IntN(5) == 0 {
			row.x[i], row.w[i] = math.Inf(-1), new(big.Rat)
		}
	}
	return row
}

// close says whether a decision between a and b is left to rounding.
func close(a, b *big.Rat) bool {
	d, _ := new(big.Rat).Sub(a, b).Float64()
	return math.Abs(d) < 1e-12
}

// chain is what top-k, the nucleus and min_p leave, in order of rank; unsure where
// the logits' rounding would decide.
func (row *ratRow) chain(k int, p, minP float64) (kept []int, unsure bool) {
	order := make([]int, len(row.w))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return row.w[b].Cmp(row.w[a]) })
	if k > 0 && k < len(order) {
		order = order[:k]
	}
	total := new(big.Rat)
	for _, i := range order {
		total.Add(total, row.w[i])
	}
	before, top := new(big.Rat), row.w[order[0]]
	nucleus := new(big.Rat).Mul(total, new(big.Rat).SetFloat64(p))
	least := new(big.Rat).Mul(top, new(big.Rat).SetFloat64(minP))
	for n, i := range order {
		if p < 1 && n > 0 && close(before, nucleus) || row.w[i].Cmp(top) != 0 && minP > 0 && close(row.w[i], least) {
			return nil, true
		}
		if p < 1 && before.Cmp(nucleus) > 0 || row.w[i].Cmp(least) < 0 {
			break
		}
		kept = append(kept, i)
		before.Add(before, row.w[i])
	}
	return kept, false
}

// draw is the first of the kept, by index, whose cumulative mass exceeds u of all.
func (row *ratRow) draw(kept []int, u float64) (token int, unsure bool) {
	kept = slices.Sorted(slices.Values(kept))
	limit, cdf := new(big.Rat), new(big.Rat)
	for _, i := range kept {
		limit.Add(limit, row.w[i])
	}
	limit.Mul(limit, new(big.Rat).SetFloat64(u))
	for _, i := range kept {
		cdf.Add(cdf, row.w[i])
		if u > 0 && close(cdf, limit) {
			return 0, true
		}
		if cdf.Cmp(limit) > 0 {
			return i, false
		}
	}
	panic("u < 1")
}

// sample_logits and sample_chain against rationals, wherever rounding does not
// decide.
func TestDrawsExactly(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	seen, cut := 0, 0
	for range 6000 {
		T := []float64{1, 0.5, 2, 0.125}[r.IntN(4)]
		row := drawRatRow(r, T)
		k, p, minP := r.IntN(len(row.x)+2), []float64{1, 0, r.Float64(), 0.75}[r.IntN(4)], []float64{0, 1, r.Float64(), 0.25, 1. / 64}[r.IntN(5)]
		u := []float64{0, r.Float64(), 1 - 0x1p-53, 0.5}[r.IntN(4)]
		n := len(row.x)
		in := map[string]Tensor{"x": Of(F64, []int{1, n}, row.x...), "temperature": Scalar(F64, T), "u": Vector(F64, u)}
		everything, _ := row.chain(0, 1, 0)
		if want, unsure := row.draw(everything, u); !unsure {
			if got := int(answerOf(t, sampleLogitsOp, in, nil).Out[0].Get(0)); got != want {
				t.Fatalf("x = %v, T = %v, u = %v: token %d, want %d", row.x, T, u, got, want)
			}
		}
		kept, unsure := row.chain(k, p, minP)
		if unsure {
			continue
		}
		in["k"], in["p"], in["min_p"] = Scalar(I64, float64(k)), Scalar(F64, p), Scalar(F64, minP)
		c := answerOf(t, sampleChainOp, in, nil)
		if int(c.Out[1].Get(0)) != len(kept) {
			t.Fatalf("x = %v, T = %v, k = %d, p = %v, min_p = %v: kept %v, want %d", row.x, T, k, p, minP, c.Out[1].Get(0), len(kept))
		}
		if want, unsure := row.draw(kept, u); !unsure {
			if got := int(c.Out[0].Get(0)); got != want {
				t.Fatalf("x = %v, T = %v, kept %v, u = %v: token %d, want %d", row.x, T, kept, u, got, want)
			}
			seen++
			if len(kept) < n {
				cut++
			}
		}
	}
	if seen < 3000 || cut < 1000 {
		t.Errorf("%d draws compared, %d of them filtered", seen, cut)
	}
}

// speculative_accept for all p and q of three masses in 0, 1/8, 2/8, 3/8 and every
// draft, against rationals; u and u2 on and between the steps.
func TestSpeculativeAcceptExactly(t *testing.T) {
	var p, q, draft, u, u2 []float64
	for i := range 64 * 64 * 3 * 4 {
		a, b := i/12%64, i/12/64
		if a == 0 {
			continue // no mass to draw from: refused
		}
		for j := range 3 {
			p = append(p, float64(a>>(2*j)&3)/8)
			q = append(q, float64(b>>(2*j)&3)/8)
		}
		draft = append(draft, float64(i%3))
		u = append(u, float64(i*7%24)/24)
		u2 = append(u2, float64(i*11%16)/16)
	}
	n := len(draft)
	c := answerOf(t, speculativeAcceptOp, map[string]Tensor{"p": Of(F64, []int{n, 3}, p...), "q": Of(F64, []int{n, 3}, q...),
		"draft": Vector(I64, draft...), "u": Vector(F64, u...), "u2": Vector(F64, u2...)}, nil)
	rat := func(v float64) *big.Rat { return new(big.Rat).SetFloat64(v) }
	rejected := 0
	for i := range n {
		pi, qi, d := p[3*i:3*i+3], q[3*i:3*i+3], int(draft[i])
		want, accepted := d, 1
		if new(big.Rat).Mul(rat(u[i]), rat(qi[d])).Cmp(rat(pi[d])) >= 0 {
			want, accepted = drawResidual(pi, qi, rat(u2[i])), 0
			rejected++
		}
		if int(c.Out[0].Get(i)) != want || int(c.Out[1].Get(i)) != accepted {
			t.Fatalf("p = %v, q = %v, draft %d, u = %v, u2 = %v: token %v, accepted %v, want %d, %d",
				pi, qi, d, u[i], u2[i], c.Out[0].Get(i), c.Out[1].Get(i), want, accepted)
		}
	}
	t.Logf("%d decisions, %d rejections", n, rejected)
}

func drawResidual(p, q []float64, u *big.Rat) int {
	w, total := make([]*big.Rat, len(p)), new(big.Rat)
	for pass := 0; total.Sign() == 0; pass++ { // the second time of p itself
		for j := range p {
			w[j] = new(big.Rat).SetFloat64(p[j])
			if pass == 0 {
				w[j].Sub(w[j], new(big.Rat).SetFloat64(q[j]))
			}
			if w[j].Sign() < 0 {
				w[j].SetInt64(0)
			}
			total.Add(total, w[j])
		}
	}
	limit, cdf := new(big.Rat).Mul(total, u), new(big.Rat)
	for j := range w {
		if cdf.Add(cdf, w[j]); cdf.Cmp(limit) > 0 {
			return j
		}
	}
	panic("u < 1")
}
