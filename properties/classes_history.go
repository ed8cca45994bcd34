package properties

import "slices"

// histories: a negative logit divided, which makes it likelier; a repeated token
// penalised again and again, or once where every occurrence counts; a token
// penalised in the wrong row.
func histories(b *batch) {
	for _, v := range b.sizes(3, 16, 67, 1000) {
		negative, positive, zeros := b.ordinary(v, 1), b.ordinary(v, 1), fill(v, 0)
		for i := range v {
			negative[i], positive[i] = negative[i]-9, positive[i]+9
		}
		x := [][]float64{negative, positive, zeros, b.ordinary(v, 2)}
		last := int64(v - 1)
		repeated := [][]int64{{0, 0, 0, last}, {last, last, 1}, {0, 1, 2}, {1, 1, 1, 1, 1, 1, 1, 0}}
		for _, p := range [][3]float64{{1.3, 0, 0}, {0.5, 0, 0}, {1, 0.5, 0}, {1, 0, 0.75}, {1, -0.5, 0}, {1, 0, -2}, {1.2, 0.3, 0.6}, {2, -0.25, 0.5}, {1, 0, 0}} {
			given := append(b.lists("history", repeated...), b.scalar("repetition", p[0]), b.scalar("frequency", p[1]), b.scalar("presence", p[2]))
			b.rows("repeated tokens", x, given...)
		}
		every := make([]int64, v)
		for i := range every {
			every[i] = int64(i)
		}
		b.rows("every token", x, b.lists("history", every, every, slices.Concat(every, every), nil)...)
		masked := set(set(b.ordinary(v, 2), 0, -inf), 1, nan)
		b.rows("masked logits and NaN in the history", [][]float64{masked, set(b.ordinary(v, 1), v-1, inf)}, b.lists("history", []int64{0, 1, 2}, []int64{last, 0})...)
		large := set(b.ordinary(v, 1), 0, b.d.Max())
		b.rows("the largest number", [][]float64{large, b.ordinary(v, 1)}, append(b.lists("history", []int64{0, 1}, []int64{0}), b.scalar("repetition", 2))...)
	}
}

// biases: only one of two biases of a token, -Inf added to +Inf, a bias in the
// wrong row, rounded before it is added.
func biases(b *batch) {
	for _, v := range b.sizes(3, 16, 67, 1000) {
		last := int64(v - 1)
		lists := [][]int64{{0, 0, last}, {}, {last, 1, last, 1}, {2}}
		x := [][]float64{b.ordinary(v, 2), b.ordinary(v, 2), b.ordinary(v, 8), b.ordinary(v, 2)}
		for _, bias := range [][]float64{{1, 2, -3, 0.5, 0.25, -0.125, 4, 100}, {-100, 100, 1e-3, -1e-3, 7, 7, 7, -0.3}, {0, 0, -inf, 5, -inf, 5, 5, -inf}} {
			b.rows("biases", x, append(b.lists("token", lists...), b.vector("bias", bias...))...)
		}
		special := [][]float64{set(set(set(b.ordinary(v, 1), 0, nan), 1, inf), 2, -inf)}
		b.rows("special logits", special, append(b.lists("token", []int64{0, 1, 2, last}), b.vector("bias", 3, -3, 3, 1))...)
		b.rows("special logits banned", special, append(b.lists("token", []int64{0, 1, 2}), b.vector("bias", -inf, -inf, -inf))...)
		b.rows("biases that cancel", x[:2], append(b.lists("token", []int64{0, 0}, []int64{last, last}), b.vector("bias", 40, -40, -1e4, 1e4))...)
	}
}

// bans: a ban in the wrong row, one token too few, NaN that stays.
func bans(b *batch) {
	for _, v := range b.sizes(3, 16, 67, 1000) {
		last := int64(v - 1)
		x := [][]float64{b.ordinary(v, 2), b.ordinary(v, 2), set(set(b.ordinary(v, 2), 0, nan), 1, inf), b.ordinary(v, 2)}
		b.rows("banned", x, b.lists("token", []int64{0, last}, nil, []int64{1, 0, 1}, []int64{last, last, last, 2})...)
		every := make([]int64, v)
		for i := range every {
			every[i] = int64(v - 1 - i)
		}
		b.rows("all but one, and all", x[:2], b.lists("token", every[:v-1], every)...)
	}
}

// raggedLists: offsets taken for lengths, the end of one list for the start of the
// next, an empty list that reads one token.
func raggedLists(b *batch) {
	name := b.op.In[1].Name
	for _, v := range b.sizes(5, 40) {
		list := func(n int) []int64 {
			l := make([]int64, n)
			for i := range l {
				l[i] = int64(b.draw.Intn(v))
			}
			return l
		}
		x := func() [][]float64 {
			return [][]float64{b.ordinary(v, 2), b.ordinary(v, 2), b.ordinary(v, 2), b.ordinary(v, 2)}
		}
		for _, sizes := range [][4]int{{0, 0, 0, 0}, {0, 3, 0, 1}, {4, 0, 0, 0}, {0, 0, 0, 5}, {1, 2, 3, 4}, {100, 1, 0, 2}} {
			b.rows("lists of any length", x(), b.lists(name, list(sizes[0]), list(sizes[1]), list(sizes[2]), list(sizes[3]))...)
		}
	}
}
