package properties

import (
	"math"
	"math/big"
)

var passLaws = []Law{
	// 1 - (1 - c/n)^k.
	law("pass_is_exact", "pass@k of few samples is the quotient of binomials, to the bound", onAttempts, nil, (*trial).passIsExact),
	// A product over one factor too many, or over c for k.
	law("pass_grows", "one attempt more, or one right sample more, passes no less often", onAttempts, nil, (*trial).passGrows),
	// c and k told apart where the formula does not.
	law("pass_is_symmetric", "c right of n in k attempts is as likely as k right in c", onAttempts, nil, (*trial).passIsSymmetric),
	// The mean over samples instead of problems.
	law("pass_mean", "the mean is that of the problems, each counted once", onAttempts, nil, (*trial).passMean),
}

// problem is one row of pass_at_k.
func (t *trial) problem(r int) (n, c, k int64) {
	n, c, k = t.c.Call.In[0].Int(r), t.c.Call.In[1].Int(r), 1
	if a := t.c.Call.In[2]; !a.Absent() {
		k = a.Int(min(r, a.Len()-1))
	}
	return n, c, k
}

func (t *trial) passIsExact() {
	for _, r := range spread(t.c.Call.In[0].Len(), 12) {
		n, c, k := t.problem(r)
		if n > 300 || k > n {
			continue
		}
		total := new(big.Int).Binomial(n, k)
		fails := big.NewInt(0)
		if k <= n-c {
			fails.Binomial(n-c, k)
		}
		want, _ := new(big.Rat).SetFrac(new(big.Int).Sub(total, fails), total).Float64()
		t.near(t.first, 0, r, want, "binomials")
	}
}

func (t *trial) passGrows() {
	rows := t.few(8)
	for _, more := range []string{"k", "c"} {
		call := remake(t.c.Call, rows...)
		v := make([]float64, len(rows))
		for i, r := range rows {
			n, c, k := t.problem(r)
			if v[i] = float64(min(k+1, n)); more == "c" {
				v[i] = float64(min(c+1, n))
			}
		}
		if len(rows) == 0 {
			return
		}
		give(call, more, v...)
		b, ok := t.again(call)
		if !ok {
			continue
		}
		for i, r := range rows {
			n, _, k := t.problem(r)
			was, got := t.first.call.Out[0].Get(r), b.call.Out[0].Get(i)
			if by := t.first.slack(0, r) + b.slack(0, i); got < was-by && k < n {
				t.failf(b, 0, i, "one more of %s: from %v to %v", more, was, got)
			}
		}
	}
}

func (t *trial) passIsSymmetric() {
	var rows []int
	var c, k []float64
	for _, r := range t.few(8) {
		if n, right, tries := t.problem(r); tries <= n {
			rows, c, k = append(rows, r), append(c, float64(tries)), append(k, float64(right))
		}
	}
	if len(rows) == 0 {
		return
	}
	call := remake(t.c.Call, rows...)
	give(call, "c", c...)
	give(call, "k", k...)
	if b, ok := t.again(call); ok {
		for i, r := range rows {
			t.alike(0, t.first, r, b, i, same, false, "right ones and attempts exchanged")
		}
	}
}

func (t *trial) passMean() {
	pass, mean := t.first.call.Out[0], t.first.call.Out[1]
	if mean.Absent() || pass.Len() == 0 {
		return
	}
	sum, by := 0.0, 0.0
	for i := range pass.Len() {
		sum += pass.Get(i)
		by += t.first.slack(0, i)
	}
	n := float64(pass.Len())
	t.spoke = true
	if got := mean.Get(0); !(math.Abs(got-sum/n) <= by/n+t.first.slack(1, 0)+0x1p-24) {
		t.failf(t.first, 1, 0, "a mean of %v, the problems' is %v", got, sum/n)
	}
}
