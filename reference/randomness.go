package reference

import (
	"fmt"
	"math"
)

// randomness are the two sources of a uniform: injected as u, or Philox.
func randomness() []Arg {
	return []Arg{
		{Name: "u", Says: "uniform of each row", Unit: "1", Dims: rows, DTypes: []DType{F64}, Optional: true, Domain: uniformDomain("u")},
		{Name: "seed", Says: "Philox key", DTypes: []DType{U64}, PerRow: true, Optional: true},
		{Name: "request", Says: "counter, high half", DTypes: []DType{U64}, PerRow: true, Optional: true},
		{Name: "step", Says: "counter, position in the request", DTypes: []DType{U64}, PerRow: true, Optional: true, Domain: stepDomain},
	}
}

// randomnessDomain refuses a call that brings neither or both sources of
// randomness.
func randomnessDomain(c *Call) *Reject {
	u, seed := !c.Arg("u").Absent(), !c.Arg("seed").Absent()
	if u == seed {
		have := "both u and seed given"
		if !u {
			have = "neither u nor seed given"
		}
		return &Reject{Op: c.Op.Name, Arg: "u", Code: "u_or_seed", Value: have, Want: "one of the two", Row: -1}
	}
	return nil
}

// uniformDomain refuses what is no uniform. Row is the element's place in a matrix
// of them.
func uniformDomain(name string) func(*Call) *Reject {
	return func(c *Call) *Reject {
		t := c.Arg(name)
		for i := range t.Len() {
			if v := t.Get(i); !(v >= 0 && v < 1) {
				return &Reject{Op: c.Op.Name, Arg: name, Code: name + "_range", Value: fmt.Sprint(v), Want: "a number in [0, 1)", Row: t.rowOf(i)}
			}
		}
		return nil
	}
}

// Uniform is row i's number in [0, 1): injected as u, or drawn.
func (c *Call) Uniform(i int) float64 {
	if u := c.Arg("u"); !u.Absent() {
		return u.At(i)
	}
	return PhiloxUniform(c.word("seed", i), c.word("request", i), uint32(c.word("step", i)))
}

// word is row r's value of a 64-bit parameter, 0 where it is absent.
func (c *Call) word(name string, r int) uint64 {
	t := c.Arg(name)
	switch {
	case t.Absent():
		return 0
	case len(t.Shape) == 0:
		return t.Bits(0)
	}
	return t.Bits(r)
}

func stepDomain(c *Call) *Reject {
	t := c.Arg("step")
	for i := range t.Len() {
		if v := t.Bits(i); v > math.MaxUint32 {
			return &Reject{Op: c.Op.Name, Arg: "step", Code: "step_range", Value: fmt.Sprint(v), Want: "a position below 2^32", Row: i}
		}
	}
	return nil
}
