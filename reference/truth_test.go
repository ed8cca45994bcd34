package reference

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// truthCase is a line of testdata/truth, written by scripts/truth.py.
type truthCase struct {
	Class  string
	Choice map[string]string
	In     map[string]struct {
		T string
		S []int
		V string
	}
	Out, C map[string]string
}

func (c *truthCase) call(op *Op) (*Call, error) {
	in := map[string]Tensor{}
	for name, a := range c.In {
		d, err := ParseDType(a.T)
		if err != nil {
			return nil, err
		}
		t := NewTensor(d, a.S...)
		for i, v := range strings.Fields(a.V) {
			switch {
			case d.Float():
				x, err := strconv.ParseFloat(v, 64)
				if err != nil {
					return nil, err
				}
				t.Put(i, x)
				if t.Get(i) != x && !math.IsNaN(x) {
					return nil, fmt.Errorf("%s: %v is not a number of type %v", name, x, d)
				}
			default:
				x, err := strconv.ParseInt(v, 10, 64)
				if err != nil {
					return nil, err
				}
				t.PutInt(i, x)
			}
		}
		in[name] = t
	}
	return op.NewCall(in, c.Choice), nil
}

// away is |got - want| and |want|, want in decimal. What got carries beyond want's
// 22 digits is not there.
func away(got float64, want string) (diff, size float64, err error) {
	switch want {
	case "NaN", "+Inf", "-Inf":
		w, _ := strconv.ParseFloat(want, 64)
		if got == w || math.IsNaN(got) && math.IsNaN(w) {
			return 0, 0, nil
		}
		return math.Inf(1), 0, nil
	}
	if math.IsNaN(got) || math.IsInf(got, 0) {
		return math.Inf(1), 0, nil
	}
	w, _, err := big.ParseFloat(want, 10, 200, big.ToNearestEven)
	if err != nil {
		return 0, 0, err
	}
	size, _ = new(big.Float).Abs(w).Float64()
	diff, _ = w.Sub(new(big.Float).SetFloat64(got), w).Float64()
	return math.Abs(diff), size, nil
}

// noTruth are the operations without a real-valued output to compare, and the
// test that covers each by brute force.
var noTruth = map[string]string{
	"argmax":             "an index: TestSelectionsExactly",
	"banned":             "copies and -Inf: TestSelectionsExactly",
	"sample_probs":       "draws tokens: TestSampleProbsIsExact, in rationals",
	"sample_logits":      "draws tokens: TestDrawsExactly, in rationals",
	"sample_gumbel":      "draws tokens: TestGumbelExactly, in integers; its noise: TestGumbelNoise, to 60 digits",
	"sample_chain":       "draws tokens: TestDrawsExactly, in rationals",
	"speculative_accept": "accepts and draws tokens: TestSpeculativeAcceptExactly, in rationals",
	"multinomial_counts": "counts draws: TestMultinomialCountsOneByOne",
}

// The reference against 60-digit truth: within 4*2^-53*(|truth| + C) of it, C
// what a relative change of every input does to the output. No case is
// excepted; one smallest number, 2^-1074, is added for results so small that they
// cannot be relatively right.
func TestTruth(t *testing.T) {
	for _, op := range Ops {
		if noTruth[op.Name] != "" {
			continue
		}
		t.Run(op.Name, func(t *testing.T) {
			cases, worst, witness := compareWithTruth(t, op, 1)
			t.Logf("%d cases, worst error %.3f of 4*2^-53*(|truth| + C): %s", cases, worst, witness)
			if cases < 200 {
				t.Errorf("%d cases, want 200", cases)
			}
			if !(worst <= 1) {
				t.Errorf("worst error %v of the tolerance: %s", worst, witness)
			}
			// And the comparison is sharp enough to see an error of 1e-14.
			if _, worst, _ := compareWithTruth(t, op, 1+1e-14); worst <= 1 {
				t.Errorf("outputs larger by a factor of 1+1e-14 pass, too: %v of the tolerance", worst)
			}
		})
	}
}

// compareWithTruth runs the reference on every case of the operation's file, its
// real outputs multiplied by factor.
func compareWithTruth(t *testing.T, op *Op, factor float64) (cases int, worst float64, witness string) {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", "truth", op.Name+".jsonl"))
	if err != nil {
		t.Fatalf("no truth: write it in scripts/truth.py (%v)", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	compared := map[string]bool{}
	for lines.Scan() {
		cases++
		var tc truthCase
		if err := json.Unmarshal(lines.Bytes(), &tc); err != nil {
			t.Fatal(err)
		}
		c, err := tc.call(op)
		if err != nil {
			t.Fatal(err)
		}
		ref, err := c.Truth()
		if err != nil {
			t.Fatalf("case %d (%s): %v", cases, tc.Class, err)
		}
		for name, want := range tc.Out {
			compared[name] = true
			out, fields, C := ref.Out[op.Output(name)], strings.Fields(want), strings.Fields(tc.C[name])
			if out.Len() != len(fields) {
				t.Fatalf("case %d: %s has %d values, truth %d", cases, name, out.Len(), len(fields))
			}
			for i, w := range fields {
				got := out.Get(i)
				if out.DType.Float() {
					got *= factor
				}
				r, err := overshoot(got, w, C[i], out.DType.Float())
				if err != nil {
					t.Fatal(err)
				}
				if r > worst {
					worst, witness = r, fmt.Sprintf("case %d (%s) %s[%d]: %v, truth %s, C %s", cases, tc.Class, name, i, got, w, C[i])
				}
			}
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	for _, out := range op.Out {
		if !compared[out.Name] {
			t.Errorf("no truth for %s", out.Name)
		}
	}
	return cases, worst, witness
}

// overshoot is the error over its tolerance; an integer is right or wrong.
func overshoot(got float64, want, C string, real bool) (float64, error) {
	diff, size, err := away(got, want)
	if err != nil || diff == 0 {
		return 0, err
	}
	if !real {
		return math.Inf(1), nil
	}
	cond, err := strconv.ParseFloat(C, 64)
	return diff / (4*0x1p-53*(size+cond) + 0x1p-1074), err
}
