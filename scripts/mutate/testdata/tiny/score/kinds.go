// Package score has a little of everything that the mutation tester changes.
package score

import (
	"fmt"
	"math"
)

const (
	scale      = 0.5   // used as float32
	offset     = 0.125 // used as float64
	twice      = 2 * offset
	lanes  int = 4
)

// Every has each kind of mutant in it.
func Every(x []float32, y float64) (float32, error) {
	if len(x) > 8 && y != 0 {
		return 0, fmt.Errorf("length %d over %d", len(x), 8)
	}
	best := float32(math.Inf(-1))
	sum := float32(0)
	for i := 0; i < len(x); i++ { // a comment -> not part of any key
		if x[i] < 0 {
			continue
		}
		best = max(best, x[i])
		sum += float32(x[i] * scale)
	}
	if !(y <= offset) {
		y = -y * twice
		y = float64(y*y) + math.Pi
	}
	n := lanes<<1 | 1
	log(best, sum)
	for _, v := range x[1:len(x)] {
		sum = float32(v*v) + sum
	}
	return sum - best, check(n, y)
}

func log(a, b float32) {}

func check(n int, y float64) error {
	if n < 0 {
		panic("negative " + fmt.Sprint(n+1))
	}
	_ = y
	return nil
}

func first[T float32 | float64](a, b T) T { return a*0.75 + b }
