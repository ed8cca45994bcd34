package reference

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func tiedLogits(r *rand.Rand) Tensor {
	x := drawRows(r, "ties", 2, 50)
	x.Put(r.IntN(50), math.NaN())
	return x
}

func TestZooOfArgmax(t *testing.T) {
	scan := func(name string, better func(v, best float32) bool) answer {
		return answer{name, func(c *Call) {
			for i := range c.In[0].Shape[0] {
				x, at := floatRow(c.In[0], i), 0
				for j, v := range x {
					if better(v, x[at]) {
						at = j
					}
				}
				c.Out[0].PutInt(i, int64(at))
			}
		}}
	}
	isNaN := func(v float32) bool { return v != v }
	held(t, argmaxOp, func(r *rand.Rand) map[string]Tensor { return map[string]Tensor{"x": tiedLogits(r)} },
		[]answer{
			scan("first strictly better", func(v, best float32) bool { return v > best || isNaN(v) && !isNaN(best) }),
			{"ranked", func(c *Call) {
				for i := range 2 {
					c.Out[0].PutInt(i, int64(ranked(c.In[0].Row(i, nil))[0]))
				}
			}},
			scan("not at most the best", func(v, best float32) bool { return !isNaN(best) && !(v <= best) }),
			{"from the end, ties taken over", func(c *Call) {
				for i := range 2 {
					x, at := floatRow(c.In[0], i), 49
					for j := 49; j >= 0; j-- {
						if isNaN(x[j]) || !isNaN(x[at]) && x[j] >= x[at] {
							at = j
						}
					}
					c.Out[0].PutInt(i, int64(at))
				}
			}},
		}, []answer{
			scan("last of equals", func(v, best float32) bool { return v >= best || isNaN(v) }),
			scan("NaN lost", func(v, best float32) bool { return v > best }),
			scan("the least", func(v, best float32) bool { return v < best }),
		})
}

func TestZooOfTopK(t *testing.T) {
	rankBy := func(name string, change func(x []float64, order []int) []int) answer {
		return answer{name, func(c *Call) {
			k := c.Out[0].Shape[1]
			for i := range 2 {
				x := c.In[0].Row(i, nil)
				order := make([]int, len(x))
				for j := range order { // selection, one after another
					for o := range x {
						if slices.Contains(order[:j], o) {
							continue
						}
						if best := order[j]; slices.Contains(order[:j], best) || ahead(x[o], x[best]) || !ahead(x[best], x[o]) && o < best {
							order[j] = o
						}
					}
				}
				for n, j := range change(x, order)[:k] {
					c.Out[0].PutInt(i*k+n, int64(j))
					c.Out[1].Put(i*k+n, x[j])
				}
			}
		}}
	}
	held(t, topKOp, func(r *rand.Rand) map[string]Tensor {
		return map[string]Tensor{"x": tiedLogits(r), "k": Scalar(I64, float64(5+r.IntN(40)))}
	}, []answer{
		rankBy("selection", func(x []float64, order []int) []int { return order }),
	}, []answer{
		rankBy("unsorted", func(x []float64, order []int) []int { slices.Sort(order[1:]); return order }),
		rankBy("last of equals", func(x []float64, order []int) []int {
			slices.SortStableFunc(order, func(a, b int) int {
				switch {
				case ahead(x[a], x[b]):
					return -1
				case ahead(x[b], x[a]):
					return 1
				}
				return b - a
			})
			return order
		}),
		rankBy("NaN last", func(x []float64, order []int) []int { return append(order[1:], order[0]) }),
		rankBy("ascending", func(x []float64, order []int) []int { slices.Reverse(order); return order }),
	})
}

func TestZooOfLogitBias(t *testing.T) {
	add := func(name string, f func(x float32, biases []float32) float32) answer {
		return answer{name, func(c *Call) {
			for i := range 2 {
				x, from, to := floatRow(c.In[0], i), 0, 0
				from, to = c.list(i)
				for j := range x {
					var b []float32
					for at := from; at < to; at++ {
						if int(c.Arg("token").Int(at)) == j {
							b = append(b, float32(c.Arg("bias").Get(at)))
						}
					}
					if len(b) > 0 {
						x[j] = f(x[j], b)
					}
				}
				put32(c.Out[0], i, x)
			}
		}}
	}
	total := func(b []float32) (s float32) {
		for _, v := range b {
			s += v
		}
		return s
	}
	held(t, logitBiasOp, func(r *rand.Rand) map[string]Tensor {
		tokens, bias := make([]float64, 12), make([]float64, 12)
		for i := range tokens {
			tokens[i], bias[i] = float64(r.IntN(5)), 10*r.NormFloat64()
		}
		return map[string]Tensor{"x": drawRows(r, "random", 2, 20), "token": Vector(I64, tokens...), "bias": Vector(F32, bias...), "offsets": Vector(I64, 0, 7, 12)}
	}, []answer{
		add("one after another", func(x float32, b []float32) float32 {
			for _, v := range b {
				x += v
			}
			return x
		}),
		add("biases first", func(x float32, b []float32) float32 { return x + total(b) }),
		add("backwards", func(x float32, b []float32) float32 {
			for _, v := range slices.Backward(b) {
				x += v
			}
			return x
		}),
		add("inPairs", func(x float32, b []float32) float32 { return inPairs(append([]float32{x}, b...)) }),
	}, []answer{
		add("the last bias wins", func(x float32, b []float32) float32 { return x + b[len(b)-1] }),
		add("replaces the logit", func(x float32, b []float32) float32 { return total(b) }),
		add("subtracts", func(x float32, b []float32) float32 { return x - total(b) }),
	})
}

func TestZooOfBeamSearch(t *testing.T) {
	search := func(name string, p path, change func(c *Call)) answer {
		return answer{name, func(c *Call) {
			log := func(x []float32) []float64 {
				_, S, m := p(x)
				y := make([]float64, len(x))
				for j, v := range x {
					y[j] = float64((v - m) - log32(S))
				}
				return y
			}
			s := c.search(nil)
			plain := s.Model
			s.Model = func(prefix []int) []float64 { // log-probabilities of float32, as logits
				x := make([]float32, c.In[0].Shape[0])
				for j, v := range plain(prefix) {
					x[j] = float32(v)
				}
				return log(x)
			}
			found, err := s.Run()
			if err != nil {
				panic(err)
			}
			for i := range c.Out[1].Len() {
				c.Out[1].PutInt(i, -1)
			}
			for i, h := range found {
				c.Out[0].Put(i, h.Score)
				c.Out[2].PutInt(i, int64(len(h.Tokens)))
				for j, token := range h.Tokens {
					c.Out[1].PutInt(i*c.Out[1].Shape[1]+j, int64(token))
				}
			}
			change(c)
		}}
	}
	asIs := func(*Call) {}
	var good []answer
	for name, p := range honestSelections {
		good = append(good, search(name, p, asIs))
	}
	sequential := honestSelections["sequential"]
	held(t, beamSearchOp, func(r *rand.Rand) map[string]Tensor {
		start := drawRows(r, "random", 1, 6)
		return map[string]Tensor{"table": drawRows(r, []string{"random", "ties"}[r.IntN(2)], 6, 6), "start": Vector(F32, start.Row(0, nil)...), "k": Scalar(I64, 3),
			"max_len": Scalar(I64, 5), "eos": Scalar(I64, 5), "length_penalty": Scalar(F32, r.Float64())}
	}, good, []answer{
		search("score not normalised", sequential, func(c *Call) {
			for i := range c.Out[0].Len() {
				c.Out[0].Put(i, c.Out[0].Get(i)*1.5)
			}
		}),
		search("ranks swapped", sequential, swapOut(0)),
		search("a token changed", sequential, func(c *Call) { c.Out[1].Put(0, 5-c.Out[1].Get(0)) }),
		search("length without the end", sequential, shiftOut(2, -1)),
	})
}

// Of two equal candidates a kernel must name both, though ties be open.
func TestBeamStepNamesEachOnce(t *testing.T) {
	c := beamStepOp.NewCall(map[string]Tensor{"x": Of(F32, []int{1, 2}, 0, 0), "score": Vector(F32, 0), "k": Scalar(I64, 2)}, nil)
	truth, err := c.Truth()
	if err != nil {
		t.Fatal(err)
	}
	for _, tokens := range [][]float64{{0, 1}, {1, 0}, {0, 0}} {
		for i, token := range tokens {
			c.Out[0].Put(i, truth.Out[0].Get(i))
			c.Out[2].Put(i, token)
		}
		for ties, right := range map[string]bool{"any": tokens[0] != tokens[1], "first": tokens[1] == 1} {
			k := DefaultContract(F32)
			k.Ties = ties
			if wrong, _ := outside(c, truth, k, 2); (wrong == "") != right {
				t.Errorf("tokens %v, ties %s: %q", tokens, ties, wrong)
			}
		}
	}
}
