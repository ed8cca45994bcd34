package reference

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

// Every declared edge answer of profile ieee is what the reference says, in
// every element type, and lies inside its own bound.
func TestEdgesAreTheReferences(t *testing.T) {
	for _, op := range Ops {
		for _, e := range op.Edges {
			for _, d := range op.DTypes() {
				t.Run(fmt.Sprintf("%s/%s/%v", op.Name, e.Name, d), func(t *testing.T) {
					c := e.Make(op, d)
					want := e.Want["ieee"]
					truth, err := c.Truth()
					var r *Reject
					if errors.As(err, &r) || want.Code != "" {
						if r == nil || r.Code != want.Code {
							t.Fatalf("got %v, want refusal %q", err, want.Code)
						}
						return
					}
					if err != nil {
						t.Fatal(err)
					}
					for o, vals := range want.Out {
						for i, v := range vals {
							got := truth.Out[o].Get(i)
							if got != v && !(math.IsNaN(got) && math.IsNaN(v)) && !(math.Abs(got-v) <= 1e-15*math.Abs(v)) {
								t.Errorf("%s[%d] = %v, want %v", op.Out[o].Name, i, got, v)
							}
						}
						if vals != nil && truth.Out[o].Len() != len(vals) {
							t.Errorf("%s has %d values, want %d", op.Out[o].Name, truth.Out[o].Len(), len(vals))
						}
					}
				})
			}
		}
	}
}

// Rounding to each type is the hardware's, where hardware has it.
func TestRoundFloat32(t *testing.T) {
	x := uint64(0x9E3779B97F4A7C15)
	for range 2_000_000 {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		v := math.Float64frombits(x&^(0x7ff<<52) | (0x3ff-160+x>>40%320)<<52)
		if got, want := F32.Round(v), float64(float32(v)); got != want {
			t.Fatalf("F32.Round(%v) = %v, want %v", v, got, want)
		}
	}
}

// Every pattern of the 16-bit formats survives decoding and encoding.
func TestPatterns16(t *testing.T) {
	for _, d := range []DType{BF16, F16} {
		for b := range 1 << 16 {
			v := d.from16(uint16(b))
			if math.IsNaN(v) {
				continue
			}
			if got := d.bits16(v); got != uint16(b) {
				t.Fatalf("%v: %04x decodes to %v, encodes to %04x", d, b, v, got)
			}
			if d.Round(v) != v {
				t.Fatalf("%v: Round(%v) = %v", d, v, d.Round(v))
			}
		}
	}
}

// The three published known answers of Random123 for philox4x32-10.
func TestPhiloxKnownAnswers(t *testing.T) {
	for _, k := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{^uint32(0), ^uint32(0), ^uint32(0), ^uint32(0)}, [2]uint32{^uint32(0), ^uint32(0)}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0}, [4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := Philox4x32(k.counter, k.key); got != k.want {
			t.Errorf("Philox4x32(%x, %x) = %x, want %x", k.counter, k.key, got, k.want)
		}
	}
}

// expWide against math/big.
func TestExpWide(t *testing.T) {
	for _, x := range []float64{0, -1e-9, -0.3, -1, -17.25, -100.1, -700.7} {
		for _, lo := range []float64{0, x * 0x1p-54} {
			got, want := expWide(x, lo), math.Exp(x)*(1+lo)
			if math.Abs(got-want) > 2*F64.Ulp(want) {
				t.Errorf("expWide(%v, %v) = %v, want about %v", x, lo, got, want)
			}
		}
	}
}
