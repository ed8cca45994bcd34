package properties

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-210c9500/assay/reference"
)

// spoiled is a right kernel that does something wrong around the call.
func spoiled(spoil func(c *reference.Call, run func() error) error) *specimen {
	return &specimen{recipe: sound(), spoil: spoil}
}

func floats32(t reference.Tensor) []float32 {
	data, _ := t.Data.([]float32)
	return data
}

// Every check is seen to fail: a kernel with one planted fault for each.
func TestPlantedFaultsAreFound(t *testing.T) {
	var cache sync.Map
	var late sync.WaitGroup
	scratch := make([]float32, 1<<17)
	for _, bug := range []struct {
		name, law string
		status    Status
		kernel    *specimen
	}{
		{"writes past the end", "red-zone", Fail, spoiled(func(c *reference.Call, run func() error) error {
			err := run()
			if y := c.Out[0]; floats32(y) != nil && y.Len() > 0 {
				if end := y.Offset(y.Len()-1) + 1; end < len(floats32(y)) {
					floats32(y)[end] = 0
				}
			}
			return err
		})},
		{"writes into the padding between rows", "red-zone", Fail, spoiled(func(c *reference.Call, run func() error) error {
			err := run()
			if y := c.Out[0]; floats32(y) != nil && len(y.Shape) == 2 && y.Shape[0] > 1 && y.Stride[0] > y.Shape[1] {
				floats32(y)[y.Off+y.Shape[1]] = 0
			}
			return err
		})},
		{"writes before the start", "red-zone", Fail, spoiled(func(c *reference.Call, run func() error) error {
			err := run()
			if y := c.Out[0]; floats32(y) != nil && y.Off > 0 {
				floats32(y)[y.Off-1] = 0
			}
			return err
		})},
		{"mutates its input", "input-unchanged", Fail, spoiled(func(c *reference.Call, run func() error) error {
			err := run()
			if x := c.In[0]; floats32(x) != nil && x.Len() > 0 && err == nil {
				floats32(x)[x.Off] += 1
			}
			return err
		})},
		{"leaves the last element unwritten", "written", Fail, func() *specimen {
			k := &specimen{recipe: sound()}
			k.last = func(n int) int { return n - 1 }
			return k
		}()},
		{"loses NaN", "bound", Fail, spoiled(func(c *reference.Call, run func() error) error {
			x := c.In[0].Clone()
			for i := range x.Len() {
				if math.IsNaN(x.Get(i)) {
					x.Put(i, math.Inf(-1))
				}
			}
			was := c.In[0]
			c.In[0] = x
			err := run()
			c.In[0] = was
			return err
		})},
		{"refuses a valid input", "accept", Fail, spoiled(func(c *reference.Call, run func() error) error {
			if c.In[0].Len() == 17 {
				return &reference.Reject{Op: c.Op.Name, Arg: "x", Code: "odd", Row: -1}
			}
			return run()
		})},
		{"answers what must be refused", "reject", Fail, spoiled(func(c *reference.Call, run func() error) error {
			var r *reference.Reject
			if err := run(); err != nil && !errors.As(err, &r) {
				return err
			}
			return nil
		})},
		{"writes before refusing", "reject", Fail, spoiled(func(c *reference.Call, run func() error) error {
			err := run()
			if err != nil && c.Out[0].Len() > 0 {
				c.Out[0].Put(0, 0)
			}
			return err
		})},
		{"caches by pointer", "repeat", Fail, spoiled(func(c *reference.Call, run func() error) error {
			key := fmt.Sprint(c.Op.Name, start(c.In[0]), c.In[0].Off, c.In[0].Shape)
			if old, ok := cache.Load(key); ok && c.In[0].Len() > 0 {
				for i, t := range old.([]reference.Tensor) {
					for j := range t.Len() {
						c.Out[i].SetBits(j, t.Bits(j))
					}
				}
				return nil
			}
			err := run()
			if err == nil {
				var kept []reference.Tensor
				for _, t := range c.Out {
					kept = append(kept, t.Clone())
				}
				cache.Store(key, kept)
			}
			return err
		})},
		{"answers at random", "repeat", Fail, func() *specimen {
			n := 0
			return spoiled(func(c *reference.Call, run func() error) error {
				err := run()
				if n++; err == nil && c.Out[0].DType == reference.F32 && n%3 == 0 && c.Out[0].Len() > 0 {
					c.Out[0].SetBits(0, c.Out[0].Bits(0)^1)
				}
				return err
			})
		}()},
		{"shares scratch memory", "concurrent", Fail, spoiled(func(c *reference.Call, run func() error) error {
			x := c.In[0]
			if x.DType != reference.F32 || x.Len() > len(scratch) {
				return run()
			}
			private := x.Clone()
			for i := range x.Len() {
				scratch[i] = float32(x.Get(i))
			}
			time.Sleep(time.Microsecond)
			for i := range x.Len() {
				private.Put(i, float64(scratch[i]))
			}
			was := c.In[0]
			c.In[0] = private
			err := run()
			c.In[0] = was
			return err
		})},
		{"hands its input back as the output", "arguments", Fail, spoiled(func(c *reference.Call, run func() error) error {
			err := run()
			if err == nil && len(c.Out[0].Shape) == 2 {
				c.Out[0] = c.In[0]
			}
			return err
		})},
		{"writes after it has returned", "late-write", Fail, spoiled(func(c *reference.Call, run func() error) error {
			err := run()
			if t := c.Out[0]; err == nil && t.Len() > 0 {
				late.Add(1)
				go func() { defer late.Done(); time.Sleep(200 * time.Microsecond); t.SetBits(0, t.Bits(0)^1) }()
			}
			return err
		})},
		{"panics", "crash", Crash, spoiled(func(c *reference.Call, run func() error) error {
			if c.In[0].Len() == 9 {
				panic("nine")
			}
			return run()
		})},
		{"reads past the end", "repeat", Fail, spoiled(func(c *reference.Call, run func() error) error {
			x := c.In[0]
			err := run()
			if end := x.Off + x.Len(); err == nil && floats32(x) != nil && end < len(floats32(x)) && c.Out[0].Len() > 0 && c.Out[0].DType == reference.F32 {
				c.Out[0].Put(0, c.Out[0].Get(0)+0*float64(floats32(x)[end]))
			}
			return err
		})},
		{"is wrong where its operands are not aligned", "bound", Fail, spoiled(func(c *reference.Call, run func() error) error {
			err := run()
			if x := c.In[0]; x.Off%16 != 0 && err == nil && c.Out[0].Len() > 0 {
				c.Out[0].Put(0, 77)
			}
			return err
		})},
		{"is wrong in place", "bound", Fail, spoiled(func(c *reference.Call, run func() error) error {
			err := run()
			if err == nil && start(c.In[0]) == start(c.Out[0]) && c.Out[0].Len() > 1 {
				c.Out[0].Put(0, c.Out[0].Get(1))
			}
			return err
		})},
	} {
		t.Run(bug.name, func(t *testing.T) {
			if racing && slices.Contains([]string{"concurrent", "late-write"}, bug.law) || racing && bug.name == "answers at random" {
				t.Skip("a race by design")
			}
			cache.Clear()
			r, err := plain.check(t.Context(), bug.kernel.impl(), Options{Seed: 3, Effort: Quick, Ops: []string{"softmax"}, DTypes: []reference.DType{reference.F32}})
			late.Wait()
			if err != nil {
				t.Fatal(err)
			}
			if r.Rows[0].Status != bug.status {
				t.Errorf("row is %s, want %s: %v", r.Rows[0].Status, bug.status, r.Rows[0].Counts)
			}
			var laws []string
			for i := range r.Findings {
				laws = append(laws, r.Findings[i].Law)
				if r.Findings[i].Law == bug.law {
					t.Log(r.Findings[i].String())
				}
			}
			if !slices.Contains(laws, bug.law) {
				t.Errorf("found %v, want %s", laws, bug.law)
				for i := range r.Findings {
					t.Log(r.Findings[i].String())
				}
			}
		})
	}
}

// A read beyond a guarded end faults; the fault is a finding, not the end.
func TestGuardPages(t *testing.T) {
	if !guarding {
		t.Skip("no protected pages here")
	}
	for name, step := range map[string]int{"after": 1, "before": -1} {
		t.Run(name, func(t *testing.T) {
			k := spoiled(func(c *reference.Call, run func() error) error {
				if t := c.In[0]; floats32(t) != nil && t.Len() > 0 {
					touch(t, step)
				}
				return run()
			})
			r, err := plain.check(t.Context(), k.impl(), Options{Seed: 3, Effort: Quick, Ops: []string{"softmax"}, DTypes: []reference.DType{reference.F32}})
			if err != nil {
				t.Fatal(err)
			}
			if r.Rows[0].Counts[Crash] == 0 {
				t.Errorf("no crash: %v", r.Rows[0].Counts)
			}
			for i := range r.Findings {
				if f := &r.Findings[i]; f.Status != Crash || !strings.Contains(f.Says, "fault") {
					t.Errorf("%s, want a crash by a fault", f.String())
				}
			}
		})
	}
}

// A kernel that never comes back ends the run, which says that it is not whole.
func TestTimeout(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	k := spoiled(func(c *reference.Call, run func() error) error {
		if c.In[0].Len() == 8 {
			<-hang
		}
		return run()
	})
	r, err := plain.check(t.Context(), k.impl(), Options{Seed: 3, Effort: Quick, Timeout: 300 * time.Millisecond, Ops: []string{"softmax"}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Complete || r.Rows[0].Status != Timeout {
		t.Errorf("complete %v, row %s, want an incomplete report and TIMEOUT", r.Complete, r.Rows[0].Status)
	}
}

// A cancelled run ends at once and does not look whole.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	k := spoiled(func(c *reference.Call, run func() error) error { time.Sleep(5 * time.Millisecond); return run() })
	begin := time.Now()
	r, err := plain.check(ctx, k.impl(), Options{Seed: 3, Effort: Normal})
	if err != nil || r.Complete {
		t.Errorf("err %v, complete %v", err, r.Complete)
	}
	if d := time.Since(begin); d > 2*time.Second {
		t.Errorf("took %v after the cancellation", d)
	}
}

// Nothing run is not a pass.
func TestZeroCases(t *testing.T) {
	if _, err := plain.check(t.Context(), Table("nobody", nil), Options{Effort: Quick}); err == nil || !strings.Contains(err.Error(), "no case") {
		t.Errorf("got %v, want an error", err)
	}
	if _, err := plain.check(t.Context(), Table("nobody", nil), Options{Ops: []string{"softmacs"}}); err == nil {
		t.Error("an unknown operation went through")
	}
}

// The report is the same whatever the number of workers.
func TestDeterministic(t *testing.T) {
	var first *Report
	for _, jobs := range []int{1, 3} {
		k := &specimen{recipe: sound()}
		k.sum = lanes
		r, err := plain.check(t.Context(), k.impl(), Options{Seed: 11, Effort: Quick, Jobs: jobs, Ops: []string{"softmax", "sample_logits"}})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = r
		}
		for i, row := range r.Rows {
			if row.SameBits != first.Rows[i].SameBits || row.WorstCase != first.Rows[i].WorstCase || row.Cases != first.Rows[i].Cases {
				t.Errorf("%d jobs: %+v, with one: %+v", jobs, row, first.Rows[i])
			}
		}
	}
}

// A profile other than ieee is named, and one that is declared is held to.
func TestProfiles(t *testing.T) {
	zero := func(declare bool) *Report {
		k := spoiled(func(c *reference.Call, run func() error) error {
			err := run()
			if err == nil && math.IsNaN(c.Out[0].Get(0)) && c.Out[1].Get(0) == 0 {
				c.Out[0].Put(0, 0)
			}
			return err
		})
		o := Options{Seed: 3, Effort: Quick, Ops: []string{"cross_entropy"}, DTypes: []reference.DType{reference.F32}}
		if declare {
			o.Contract = func(k *reference.Contract) { k.Profile = "zero" }
		}
		r, err := plain.check(t.Context(), k.impl(), o)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := zero(false)
	if row := r.Rows[0]; row.Status != Profile || row.Counts[Profile] != 2 || r.Findings[0].Profile != "zero" {
		t.Errorf("undeclared: %s %v", row.Status, row.Counts)
	}
	if row := zero(true).Rows[0]; row.Status != Pass {
		t.Errorf("declared: %s %v", row.Status, row.Counts)
	}
	k := &specimen{recipe: sound()}
	r, err := plain.check(t.Context(), k.impl(), Options{Seed: 3, Effort: Quick, Ops: []string{"cross_entropy"}, DTypes: []reference.DType{reference.F32},
		Contract: func(k *reference.Contract) { k.Profile = "zero" }})
	if err != nil || r.Rows[0].Counts[Fail] != 2 {
		t.Errorf("declared and not kept: %v %v", err, r.Rows[0].Counts)
	}
}

// Implementations of the same declared bits are compared; one ULP is named.
func TestSame(t *testing.T) {
	declared := func(name string, k *specimen) Implementation {
		rows := k.variants()
		for _, v := range rows {
			v.Name, v.Contract.Bits = name, "draft"
		}
		return Table(name, rows)
	}
	good := &specimen{recipe: sound()}
	off := spoiled(func(c *reference.Call, run func() error) error {
		err := run()
		if y := c.Out[0]; err == nil && y.Len() == 9 {
			y.SetBits(4, y.Bits(4)^1)
		}
		return err
	})
	o := Options{Seed: 3, Effort: Quick, Ops: []string{"softmax"}, DTypes: []reference.DType{reference.F32}}
	a, err := plain.same(t.Context(), []Implementation{declared("a", good), declared("b", good)}, o)
	if err != nil || len(a.Differences) > 0 || a.Compared == 0 {
		t.Errorf("equal kernels: %v %+v", err, a)
	}
	a, err = plain.same(t.Context(), []Implementation{declared("a", good), declared("b", off)}, o)
	if err != nil || len(a.Differences) != 1 || !slices.Equal(a.Differences[0].Index, []int{0, 4}) {
		t.Fatalf("one bit off: %v %+v", err, a)
	}
	t.Log(a.Differences[0].Says)
	if _, err = plain.same(t.Context(), []Implementation{good.impl(), good.impl()}, o); err == nil {
		t.Error("nothing declared, and no error")
	}
}

// A trivial answer that passes makes a case vacuous, unless it is right.
func TestVacuity(t *testing.T) {
	op := reference.Ops[0]
	k := reference.DefaultContract(reference.F32)
	loose := k
	loose.ExpULP = 1 << 20 // relative errors of an eighth and more
	for _, c := range []struct {
		name string
		k    reference.Contract
		x    []float64
		want bool
	}{
		{"equal logits: uniform is right", k, []float64{3, 3, 3, 3}, false},
		{"one logit: one is right", k, []float64{3}, false},
		{"one far above: one-hot is right to rounding", k, []float64{3, 300}, false},
		{"an ordinary row", k, []float64{1, 2, 3, 4}, false},
		{"a bound so wide that uniform passes", loose, []float64{0, 0.01, 0.02, 0.01}, true},
		{"refused by nobody, NaN wanted", k, []float64{math.NaN(), 1}, false},
	} {
		call := op.NewCall(map[string]reference.Tensor{"x": reference.Of(reference.F32, []int{1, len(c.x)}, c.x...)}, nil)
		e, err := newSheet(NewCase("G08", c.name, 0, call)).exam(c.k)
		if err != nil {
			t.Fatal(err)
		}
		if says := e.vacuous(nil); (says != "") != c.want {
			t.Errorf("%s: %q, want vacuous %v", c.name, says, c.want)
		}
	}
}
