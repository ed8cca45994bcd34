package zoo

import (
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

// generator gives the number that a sampler with a generator of its own takes in
// place of the specification's: from a row's seed, request and step, the i-th.
type generator func(key [3]uint64, i uint64) float64

// splitmix hashes the three words and the index.
func splitmix(key [3]uint64, i uint64) float64 {
	d := properties.NewDraw(key[0])
	for _, w := range [...]uint64{key[1], key[2], i} {
		d = properties.NewDraw(d.Uint64() ^ w)
	}
	return d.Float()
}

// own makes a sampler that draws by a generator of its own, and takes no uniforms
// from outside. Greedy rows, filters and refusals are as everywhere.
func (g generator) own(run func(*reference.Call) error) func(*reference.Call) error {
	return func(c *reference.Call) error {
		if !c.Arg("u").Absent() {
			return fmt.Errorf("no uniforms from outside: %w", reference.ErrUnsupported)
		}
		if _, err := c.Truth(); err != nil {
			return err
		}
		u := make([]float64, c.In[0].Shape[0])
		for r := range u {
			u[r] = g(words(c, r), 0)
		}
		told := copied(c)
		for _, name := range []string{"seed", "request", "step"} {
			told.In[c.Op.Input(name)] = reference.Tensor{}
		}
		give(told, "u", u...)
		if err := run(told); err != nil {
			return err
		}
		for o := range c.Out {
			for i := range c.Out[o].Len() {
				c.Out[o].SetBits(i, told.Out[o].Bits(i))
			}
		}
		return nil
	}
}

// race draws the token with the largest x - ln(-ln u), a uniform for each.
func (g generator) race(c *reference.Call) error {
	if !c.Arg("u").Absent() {
		return fmt.Errorf("no uniforms from outside: %w", reference.ErrUnsupported)
	}
	if err := right.run(c); err != nil {
		return err
	}
	for r := range c.In[0].Shape[0] {
		x, T := c.In[0].Row(r, nil), 1.0
		logits := !ofMasses(c.Op.Name)
		if logits {
			T = c.Param("temperature", r)
		}
		if _, ok := regular(x); T == 0 || logits && !ok {
			continue
		}
		best, top := -1, math.Inf(-1)
		for j, v := range x {
			if !logits {
				v = math.Log(v)
			}
			if math.IsInf(v, -1) {
				continue
			}
			if key := v/T - math.Log(-math.Log(g(words(c, r), uint64(j))+0x1p-54)); best < 0 || key > top {
				best, top = j, key
			}
		}
		c.Out[0].PutInt(r, int64(best))
	}
	return nil
}

func ofMasses(op string) bool { return op == "sample_probs" }

// drawing is a planted sampler with a generator of its own.
func drawing(law, bug, op, rows string, run func(*reference.Call) error) planted {
	return planted{law: law, bug: bug + ", drawn by a generator of its own", op: op, rows: rows, run: run}
}

// drawnAgain are the samplers S1..S9 of the lists again, drawing by a generator of
// their own: without uniforms from outside only frequencies tell. Three are left
// out: tokens below 1e-6 (S3), 16 bits (S5) and a float32 walk (S6) change too few
// draws for any count that can be afforded.
func drawnAgain() (all []planted) {
	for _, list := range [][]planted{wrongRows, wrongDraws} {
		for _, p := range list {
			switch p.rows {
			case "S1", "S2", "S4", "S7", "S8", "S9":
				all = append(all, drawing("draws_follow_p", p.bug, p.op, p.rows, generator(splitmix).own(p.run)))
			}
		}
	}
	return all
}

var wrongGenerators = []planted{
	drawing("draws_follow_p", "uniforms of 5 bits", "sample_logits", "", generator(func(k [3]uint64, i uint64) float64 { return math.Floor(splitmix(k, i)*32) / 32 }).own(right.run)),
	drawing("draws_follow_p", "the mean of two uniforms", "sample_probs", "", generator(func(k [3]uint64, i uint64) float64 { return (splitmix(k, i) + splitmix(k, i+1)) / 2 }).own(right.run)),
	drawing("draws_follow_p", "one logarithm for two", "sample_logits", "", generator(func(k [3]uint64, i uint64) float64 { return math.Exp(-math.Exp(math.Log(splitmix(k, i) + 0x1p-54))) }).race),
	drawing("draws_follow_p", "noise from float16 uniforms", "sample_logits", "", generator(func(k [3]uint64, i uint64) float64 { return math.Floor(splitmix(k, i)*2048) / 2048 }).race),
	drawing("draws_follow_p", "one noise for two tokens", "sample_probs", "", generator(func(k [3]uint64, i uint64) float64 { return splitmix(k, i/2) }).race),
	drawing("draws_independent", "a stream for two steps", "sample_logits", "", generator(func(k [3]uint64, i uint64) float64 { k[2] /= 2; return splitmix(k, i) }).own(right.run)),
	drawing("draws_independent", "the step as a fraction of the golden ratio", "sample_logits", "", generator(func(k [3]uint64, _ uint64) float64 {
		return math.Mod(splitmix([3]uint64{k[0], k[1]}, 0)+float64(k[2]%(1<<20))*0.6180339887498949, 1)
	}).own(right.run)),
	drawing("draws_independent", "seed and step added", "sample_probs", "", generator(func(k [3]uint64, i uint64) float64 { return splitmix([3]uint64{k[0] + k[2], k[1]}, i) }).own(right.run)),
	drawing("draws_independent", "request and step added", "sample_chain", "", generator(func(k [3]uint64, i uint64) float64 { return splitmix([3]uint64{k[0], k[1] + k[2]}, i) }).own(right.run)),
}
