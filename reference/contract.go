package reference

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Contract is all that a bound may know of a kernel: how it accumulates, how
// good its exp and ln are, what it does with subnormals. A kernel declares one
// and is held to it; DefaultContract is what a kernel that declares nothing is
// held to.
type Contract struct {
	Acc DType // arithmetic of the inner loop: F64, F32, BF16, F16

	// Sum is how n terms are added up:
	//   "any"       some order, one accumulator or many, in Acc
	//   "tree"      balanced: log2 n roundings between a term and the sum
	//   "blocked(b)" runs of b, then balanced
	//   "depth(k)"  at most k roundings between a term and the sum
	//   "exact"     compensated, or wider than Acc throughout
	Sum string

	// Level says what an intermediate result may cost.
	//
	// "tight": an error is relative to the result, or to the parts of its formula
	// here. The row's maximum is subtracted from the raw logit, or the two are
	// fused. ln of a sum of exponentials is ln(1 + the terms but the largest), so
	// that a sure token keeps its digits. Divergences are not taken as differences
	// of entropies, products and quotients of masses not through logarithms, and a
	// bin's edges are exact.
	//
	// "backward-stable": those may be. Logits may be scaled and rounded first, so
	// that the error grows with |x| (x/T formed, exp2(x*log2e - m*log2e) without
	// FMA); lse may be rounded, and a logit subtracted from it.
	Level string

	Ties    string // "first": the lowest index among equals; "any"
	Profile string // edge cases: "ieee", or another named system
	Bits    string // the bit specification it follows, "" for none

	ExpULP, LnULP     float64 // error of exp and ln in units in the last place of Acc
	FlushIn, FlushOut bool    // subnormal operands, results, may count as zero
}

// DefaultContract is the widest honest kernel: float32 accumulation in any
// order, exp and ln of 2 ULP, logits scaled before the maximum is subtracted,
// subnormals flushed or not.
func DefaultContract(d DType) Contract {
	acc := F32
	if d == F64 {
		acc = F64
	}
	return Contract{Acc: acc, Sum: "any", Level: "backward-stable", Ties: "first", Profile: "ieee",
		ExpULP: 2, LnULP: 2, FlushIn: true, FlushOut: true}
}

// ParseContract reads "acc=bf16,sum=tree,exp_ulp=1,ftz" over a starting
// contract. Words: acc, sum, level, ties, profile, bits, exp_ulp, ln_ulp, ftz,
// noftz.
func ParseContract(s string, k Contract) (Contract, error) {
	for _, item := range strings.Split(s, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(item), "=")
		var err error
		switch name {
		case "":
		case "acc":
			k.Acc, err = ParseDType(value)
			if err == nil && !k.Acc.Float() {
				err = fmt.Errorf("acc=%s: want a floating-point type", value)
			}
		case "sum":
			k.Sum = value
			_, err = k.depth(1)
		case "level":
			k.Level = value
			err = oneOf("level", value, "tight", "backward-stable")
		case "ties":
			k.Ties = value
			err = oneOf("ties", value, "first", "any")
		case "profile":
			k.Profile = value
		case "bits":
			k.Bits = value
		case "exp_ulp":
			k.ExpULP, err = parseULP(name, value)
		case "ln_ulp":
			k.LnULP, err = parseULP(name, value)
		case "ftz":
			k.FlushIn, k.FlushOut = true, true
		case "noftz":
			k.FlushIn, k.FlushOut = false, false
		default:
			err = fmt.Errorf("unknown word %q: want acc, sum, level, ties, profile, bits, exp_ulp, ln_ulp, ftz or noftz", name)
		}
		if err != nil {
			return k, fmt.Errorf("contract %q: %w", s, err)
		}
	}
	return k, nil
}

func oneOf(what, value string, allowed ...string) error {
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	return fmt.Errorf("%s=%s: want one of %s", what, value, strings.Join(allowed, ", "))
}

func parseULP(what, value string) (float64, error) {
	v, err := strconv.ParseFloat(value, 64)
	if err != nil || !(v >= 0.5 && v <= 1<<20) {
		return 0, fmt.Errorf("%s=%s: want a number of units in the last place between 0.5 and 2^20", what, value)
	}
	return v, nil
}

// String is the contract in the form ParseContract reads.
func (k Contract) String() string {
	s := fmt.Sprintf("acc=%v,sum=%s,level=%s,ties=%s,profile=%s,exp_ulp=%g,ln_ulp=%g", k.Acc, k.Sum, k.Level, k.Ties, k.Profile, k.ExpULP, k.LnULP)
	if k.Bits != "" {
		s += ",bits=" + k.Bits
	}
	if k.FlushIn || k.FlushOut { // the words know no difference
		return s + ",ftz"
	}
	return s + ",noftz"
}

// depth is the number of roundings a term meets on its way into a sum of n, for
// the orders that fix it; -1 for "any", which SumError decides by the case.
func (k Contract) depth(n int) (float64, error) {
	log2 := math.Log2(math.Max(float64(n), 1))
	switch {
	case k.Sum == "any":
		return -1, nil
	case k.Sum == "exact":
		return 1, nil
	case k.Sum == "tree":
		return math.Ceil(log2), nil
	}
	word, arg, _ := strings.Cut(k.Sum, "(")
	arg, closed := strings.CutSuffix(arg, ")")
	v, err := strconv.Atoi(arg)
	if !closed {
		v = 0
	}
	switch {
	case err == nil && v > 0 && word == "depth":
		return float64(v), nil
	case err == nil && v > 0 && word == "blocked":
		b := math.Min(float64(v), float64(n))
		return b + math.Ceil(math.Max(0, log2-math.Log2(math.Max(b, 1)))), nil
	}
	return 0, fmt.Errorf("sum=%s: want any, tree, blocked(b), depth(k) or exact", k.Sum)
}
