package benchmarks

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/perf/benchfmt"

	"github.com/seed-210c9500/assay/reference"
)

// printed runs the options and reads back what was printed.
func printed(t *testing.T, opts Options) (results []*benchfmt.Result, log string, err error) {
	t.Helper()
	var out, stderr bytes.Buffer
	opts.Log = &stderr
	err = Run(&out, opts)
	t.Logf("\n%s%s", &out, &stderr)
	reader := benchfmt.NewReader(&out, "own")
	for reader.Scan() {
		switch rec := reader.Result().(type) {
		case *benchfmt.Result:
			results = append(results, rec.Clone())
		case *benchfmt.SyntaxError:
			t.Errorf("own output: %v", rec)
		}
	}
	for unit, assume := range map[string]string{"err/bound": "exact", "GB/s": ""} {
		if m := reader.Units().Get(unit, "assume"); (m == nil) != (assume == "") || m != nil && m.Value != assume {
			t.Errorf("unit %s: assume=%v, want %q", unit, m, assume)
		}
	}
	return results, stderr.String(), err
}

// rowsOnly are a few fast settings of a table with the given run function.
func rowsOnly(op string, run func(*reference.Call) error) Options {
	v := &reference.Variant{Op: op, Name: "own", DTypes: []reference.DType{reference.F32},
		Contract: reference.DefaultContract(reference.F32), Run: run}
	return Options{Table: []*reference.Variant{v}, Shapes: []reference.Dims{small(op)}, Budget: 100 * time.Millisecond}
}

// small is an operation's first shape, with two rows and 300 classes where it has
// any.
func small(op string) reference.Dims {
	dims := reference.Dims{"rows": 2, "vocab": 300}
	row, err := reference.ByName(op)
	if err != nil {
		return dims
	}
	shape := reference.Dims{}
	for name, n := range row.Shapes[0] {
		if shape[name] = n; dims[name] > 0 {
			shape[name] = dims[name]
		}
	}
	return shape
}

// plainly answers a call with the reference's values.
func plainly(c *reference.Call) error {
	truth, err := c.Truth()
	if err != nil {
		return err
	}
	for o, t := range c.Out {
		if !t.Absent() {
			for i := range t.Len() {
				t.Put(i, truth.Out[o].Get(i))
			}
		}
	}
	return nil
}

func value(t *testing.T, r *benchfmt.Result, unit string) float64 {
	t.Helper()
	v, ok := r.Value(unit)
	if !ok {
		t.Errorf("%s has no %s", r.Name, unit)
	}
	return v
}

func TestOutputIsTheGoBenchmarkFormat(t *testing.T) {
	for _, op := range reference.Ops {
		if slices.Contains(alone, op.Name) {
			continue
		}
		t.Run(op.Name, func(t *testing.T) {
			opts := rowsOnly(op.Name, plainly)
			opts.Count = 2
			results, _, err := printed(t, opts)
			if err != nil {
				t.Fatal(err)
			}
			times := map[string]int{}
			yard := map[string]float64{}
			for _, r := range results {
				base, parts := r.Name.Parts()
				times[r.Name.String()]++
				if r.GetConfig("goarch") == "" || r.GetConfig("pkg") == "" {
					t.Errorf("%s has no goarch or pkg", r.Name)
				}
				if base := string(base); base == "Copy" || base == "Read" {
					yard["x-"+strings.ToLower(base)] = value(t, r, "sec/op")
					continue
				}
				if want := "/" + strings.Split(dimsKey(opts.Shapes[0]), "/")[0]; string(parts[0]) != want {
					t.Errorf("%s: first part %s, want %s", r.Name, parts[0], want)
				}
				unit := "x-read"
				if writesRow(op) {
					unit = "x-copy"
				}
				if got, want := value(t, r, unit), value(t, r, "sec/op")/yard[unit]; math.Abs(got/want-1) > 0.01 {
					t.Errorf("%s: %v %s, but the lines give %v", r.Name, got, unit, want)
				}
				if ratio := value(t, r, "err/bound"); !(ratio >= 0 && ratio <= 1) {
					t.Errorf("%s: err/bound %v", r.Name, ratio)
				}
			}
			if len(times) != len(Distributions)+1 {
				t.Errorf("%d names, want one yardstick and a row for each of %v", len(times), Distributions)
			}
			for name, n := range times {
				if n != 2 {
					t.Errorf("%s has %d lines, want 2", name, n)
				}
			}
		})
	}
}

// What is wrong is named and has no time.
func TestWrongRowsAreNotTimed(t *testing.T) {
	calls := 0
	for name, run := range map[string]func(*reference.Call) error{
		"writes nothing": func(*reference.Call) error { return nil },
		"one value off": func(c *reference.Call) error {
			err := plainly(c)
			c.Out[0].Put(7, c.Out[0].Get(7)*1.5)
			return err
		},
		"panics":  func(*reference.Call) error { panic("index out of range") },
		"refuses": func(*reference.Call) error { return errors.New("no") },
		"wrong later": func(c *reference.Call) error {
			err := plainly(c)
			if calls++; calls > 20 {
				c.Out[0].Put(7, 0)
			}
			return err
		},
		"fails later": func(c *reference.Call) error {
			if calls++; calls > 50 {
				return errors.New("tired")
			}
			return plainly(c)
		},
	} {
		t.Run(name, func(t *testing.T) {
			calls = 0
			results, log, err := printed(t, rowsOnly("softmax", run))
			if !errors.Is(err, ErrWrong) {
				t.Errorf("error %v, want ErrWrong", err)
			}
			if !strings.Contains(log, "FAIL, not timed") || !strings.Contains(log, "impl=own") {
				t.Errorf("the log does not name the row: %q", log)
			}
			for _, r := range results {
				if strings.HasPrefix(r.Name.String(), "Softmax/rows=2/vocab=300/dtype=f32/impl=own") {
					t.Errorf("timed all the same: %s", r.Name)
				}
			}
		})
	}
}

func TestUnlawfulRowsAreNotTimed(t *testing.T) {
	opts := rowsOnly("softmax", plainly)
	opts.Lawful = func(*reference.Variant, reference.DType) error { return errors.New("not shift invariant") }
	results, log, err := printed(t, opts)
	if !errors.Is(err, ErrWrong) || len(results) > 0 || !strings.Contains(log, "not shift invariant") {
		t.Errorf("err %v, %d results, log %q", err, len(results), log)
	}
}

func TestSlipsInFiltersAreErrors(t *testing.T) {
	for name, opts := range map[string]Options{
		"op":      {Ops: []string{"softmacks"}},
		"variant": {Variants: []string{"avx3"}},
		"logits":  {Logits: []string{"cauchy"}},
		"nothing": {Ops: []string{"softmax"}, MaxVocab: 1},
		"dtype":   {DTypes: []reference.DType{reference.I32}},
	} {
		if _, _, err := newRunner(opts); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for _, s := range []string{"", "rows", "rows=0", "rows=x/vocab=3"} {
		if _, err := ParseShape(s); err == nil {
			t.Errorf("ParseShape(%q): no error", s)
		}
	}
	if d, err := ParseShape("vocab=7,rows=2"); err != nil || dimsKey(d) != "rows=2/vocab=7" {
		t.Errorf("ParseShape: %v, %v", d, err)
	}
}

// A few rows of a large batch are judged: no copy of it is made in float64.
func TestSampleOfALargeCall(t *testing.T) {
	op, _ := reference.ByName("cross_entropy")
	dims := reference.Dims{"rows": 64, "vocab": judgeable/64 + 1}
	c, err := valid(op, dims, reference.F32, "gauss")
	if err != nil {
		t.Fatal(err)
	}
	s := sample(c)
	if got := s.Dims()["rows"]; got != judgedRows {
		t.Fatalf("%d rows judged, want %d", got, judgedRows)
	}
	vocab := dims["vocab"]
	for r := range judgedRows {
		for _, i := range []int{0, vocab - 1} {
			if got, want := s.In[0].Get(r*vocab+i), c.In[0].Get(r*64/judgedRows*vocab+i); got != want {
				t.Errorf("row %d, element %d: %v, want %v", r, i, got, want)
			}
		}
		if got, want := s.Arg("label").Int(r), c.Arg("label").Int(r*64/judgedRows); got != want {
			t.Errorf("label %d: %v, want %v", r, got, want)
		}
	}
	if !s.Out[0].Absent() {
		t.Error("the loss reduced over all rows is judged by some of them")
	}
	if err := s.Check(); err != nil {
		t.Error(err)
	}
}

// Every operation can be called on all its shapes and types.
func TestEveryOperationHasAValidCall(t *testing.T) {
	for _, op := range reference.Ops {
		for _, dims := range op.Shapes {
			for _, d := range op.DTypes() {
				if _, err := valid(op, dims, d, "zipf"); err != nil {
					t.Errorf("%s/%s/%v: %v", op.Name, dimsKey(dims), d, err)
				}
			}
		}
	}
}

// Everybody has every place in a round equally often.
func TestTurns(t *testing.T) {
	for _, n := range []int{1, 2, 3, 7} {
		seen := map[[2]int]int{}
		for round := range 2 * n {
			once := map[int]bool{}
			for i := range n {
				s := turn(i, round, n)
				once[s] = true
				seen[[2]int{i, s}]++
			}
			if len(once) != n {
				t.Errorf("n=%d, round %d: %d take a turn", n, round, len(once))
			}
		}
		for place, times := range seen {
			if times != 2 {
				t.Errorf("n=%d: place %d goes to %d %d times, want 2", n, place[0], place[1], times)
			}
		}
	}
}

func TestFigure(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 12345.678: "12350", 0.00012344: "0.0001234", 1.00004: "1", 3e9: "3000000000"} {
		if got := figure(v); got != want {
			t.Errorf("figure(%v) = %s, want %s", v, got, want)
		}
	}
}
