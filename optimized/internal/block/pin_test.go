package block

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"testing"
)

// pinned is the hash of the results of TestPinned: one value for every
// architecture, instruction set and build tag. It changes only with the
// specification of the terms.
const pinned = "87fa85a852f13a47c7c0c594d0352a05f39157205118a35768d39de8365c5498"

// TestPinned hashes what every kernel gives on a fixed set of rows.
func TestPinned(t *testing.T) {
	eachISA(t, func(t *testing.T, isa ISA) {
		h := sha256.New()
		var b []byte
		x, y := make([]float32, Chunk), make([]float32, Chunk)
		var lanes [Lanes]float32
		r := rng(8)
		for _, temp := range temperatures {
			s := Temperature(temp)
			for d := range distributions {
				for _, n := range []int{1, 7, 64, 255, 256, 257, 700, 1024, 1500, 2047, 3333, 4096} {
					power, mag, ok := row(&r, d, n, &s, x)
					if !ok {
						power, mag = 0, 0x7f800000
						for i := range n {
							x[i] = -r.unit() * 100 * temp
						}
					}
					max, m := Scan(isa, x[:n])
					b = append(b[:0], byte(n))
					word := func(f float32) { b = binary.LittleEndian.AppendUint32(b, bitsOf(f)) }
					word(max)
					b = binary.LittleEndian.AppendUint32(b, m)
					Terms(isa, y, x[:n], power, &s, mag, &lanes)
					for _, v := range y[:n] {
						word(v)
					}
					for _, v := range lanes {
						word(v)
					}
					b = binary.LittleEndian.AppendUint64(b, math.Float64bits(Tree(isa, &lanes, Lanes)))
					word(Lane(isa, x[:n], n/2%Lanes, n/2, power, &s))
					Mul(isa, y[:n], y[:n], 0x1.555556p-40)
					for _, v := range y[:n] {
						word(v)
					}
					h.Write(b)
				}
			}
		}
		if got := fmt.Sprintf("%x", h.Sum(nil)); got != pinned {
			t.Errorf("the results have the hash %s, pinned is %s", got, pinned)
		}
	})
}

func TestNoAllocation(t *testing.T) {
	eachISA(t, func(t *testing.T, isa ISA) {
		x, y := make([]float32, 1500), make([]float32, 1500)
		for i := range x {
			x[i] = float32(i % 5)
		}
		allocs := testing.AllocsPerRun(20, func() {
			var lanes [Lanes]float32
			s := Temperature(1)
			m, mag := Scan(isa, x)
			n := Power(m, &s)
			Terms(isa, y, x, n, &s, mag, &lanes)
			Terms(isa, nil, x, n, &s, 0x7f800000, &lanes)
			Lane(isa, x, 3, 3, n, &s)
			Tree(isa, &lanes, Lanes)
			Mul(isa, y, y, 2)
		})
		if allocs != 0 {
			t.Errorf("%g allocations", allocs)
		}
	})
}
