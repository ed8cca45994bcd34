package reference

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"testing"
)

// truth is one call with the outcome computed to 60 digits (mpmath 1.3), and C =
// sum |v df/dv| over all inputs v: how far the outcome moves, relative to 1, when
// every input moves by as much.
type truth struct {
	Op     string
	Choice map[string]string
	In     []struct {
		Name, Kind string // m a row, m3 rows of three, v and r vectors, s a scalar, i integers
		V          []float64
	}
	Out   int
	Truth []float64
	C     []float64
}

func (k *truth) call(t *testing.T) *Call {
	op, err := ByName(k.Op)
	if err != nil {
		t.Fatal(err)
	}
	in := map[string]Tensor{}
	for _, a := range k.In {
		switch {
		case a.Kind == "s":
			in[a.Name] = Scalar(F64, a.V[0])
		case a.Kind == "m":
			in[a.Name] = Of(F64, []int{1, len(a.V)}, a.V...)
		case a.Kind == "m3":
			in[a.Name] = Of(F64, []int{len(a.V) / 3, 3}, a.V...)
		case a.Kind == "i" && a.Name == "bytes":
			in[a.Name] = Scalar(I64, a.V[0])
		case a.Kind == "i":
			in[a.Name] = Vector(I64, a.V...)
		default:
			in[a.Name] = Vector(F64, a.V...)
		}
	}
	return op.NewCall(in, k.Choice)
}

// The reference in float64 is within 4*2^-53*(|truth| + C) of the truth.
func TestTruths(t *testing.T) {
	f, err := os.Open("testdata/truths.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	worst, seen := map[string]float64{}, 0
	for lines := bufio.NewScanner(f); lines.Scan(); seen++ {
		var k truth
		if err := json.Unmarshal(lines.Bytes(), &k); err != nil {
			t.Fatal(err)
		}
		got, err := k.call(t).Truth()
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range k.Truth {
			limit := 4 * 0x1p-53 * (math.Abs(want) + k.C[i])
			e := math.Abs(got.Out[k.Out].Get(i)-want) / limit
			worst[k.Op] = max(worst[k.Op], e)
			if !(e <= 1) {
				t.Errorf("%s %v %v [%d] = %v, truth %v: %.2f of the limit", k.Op, k.Choice, k.In, i, got.Out[k.Out].Get(i), want, e)
			}
		}
	}
	if seen != 98 || len(worst) != 18 {
		t.Errorf("%d truths of %d operations, want 98 of 18", seen, len(worst))
	}
	t.Logf("error over 4*2^-53*(|truth| + C): %v", worst)
}
