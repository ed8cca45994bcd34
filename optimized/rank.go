package optimized

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/optimized/internal/block"
)

// Selection compares the bits of raw logits: value descending, index ascending,
// NaN before every number. No sort of the whole row takes place; where the kept
// tokens end is found in three rounds over histograms of the keys.

// rankKey is key with all NaN before every number.
func rankKey(v float32) uint32 {
	if v != v {
		return math.MaxUint32
	}
	return key(v)
}

// cutoff is where the kept tokens of a row end: all with a larger key are kept,
// and of those with this very key the first so many.
type cutoff struct {
	key  uint32
	ties int
}

func cut(key uint32, ties int) cutoff { return cutoff{key, ties} }

// ending is where a running weight first exceeds a limit.
type ending struct {
	key                uint32
	before, own, limit uint64 // the weight of larger keys, of this one, and what was allowed
}

// descend goes through a row's keys from the largest down until the weight
// exceeds limit, or the smallest is reached. weigh gives the weights of a chunk's
// tokens, limit what is allowed of their total.
//
// The keys are taken 11, 11 and 10 bits at a time. In each round the weights of
// the tokens that still fit the prefix are added up by their next bits; from the
// top, the bits where the running weight first exceeds the limit are the next
// part of the prefix. Integer sums do not depend on their order.
func (r *row[E]) descend(weigh func(c int) []uint64, limit func(total uint64) uint64) (e ending) {
	var mass [1 << 11]uint64
	for round, width := range [...]int{11, 11, 10} {
		clear(mass[:])
		shift := [...]int{21, 10, 0}[round]
		for c := range r.chunks {
			lo, hi := r.bounds(c)
			m := weigh(c)
			for i, v := range widen(r.isa, r.x[lo:hi], r.buf[:]) {
				k := rankKey(v)
				if uint64(k)>>(shift+width) == uint64(e.key)>>(shift+width) {
					mass[k>>shift&(1<<width-1)] += m[i]
				}
			}
		}
		if round == 0 {
			var total uint64
			for _, m := range mass {
				total += m
			}
			e.limit = limit(total)
		}
		b := 1<<width - 1
		for b > 0 && e.before+mass[b] <= e.limit {
			e.before += mass[b]
			b--
		}
		e.key |= uint32(b) << shift
		e.own = mass[b]
	}
	return e
}

// strip is how many neighbours leaders takes the maximum of at once.
const strip = 256

// leaders picks the k first tokens, best last, of a row that is long beside k; nil
// of another. The k-th largest of the strips' maxima is at most the k-th largest
// value, so only strips that reach it are looked into.
func (r *row[E]) leaders(k int) []uint64 {
	if len(r.x)/(2*strip) < k {
		return nil
	}
	r.tops = r.tops[:0]
	for lo := 0; lo < len(r.x); lo += strip {
		m, mag := block.Scan(r.isa, widen(r.isa, r.x[lo:min(lo+strip, len(r.x))], r.buf[:]))
		if mag > 0x7f800000 {
			m = float32(math.NaN())
		}
		r.tops = append(r.tops, rankKey(m))
	}
	r.order = append(r.order[:0], r.tops...)
	slices.Sort(r.order)
	bar := r.order[len(r.order)-k]
	picks := r.picks[:0]
	for n, top := range r.tops {
		if top < bar {
			continue
		}
		lo := n * strip
		for i, v := range widen(r.isa, r.x[lo:min(lo+strip, len(r.x))], r.buf[:]) {
			if key := rankKey(v); key >= bar {
				picks = append(picks, uint64(key)<<32|uint64(^uint32(lo+i)))
			}
		}
	}
	r.picks = picks
	slices.Sort(picks)
	return picks[len(picks)-k:]
}

// first is where the k first tokens end, 1 <= k <= len(x).
func (r *row[E]) first(k int) cutoff {
	if lead := r.leaders(k); lead != nil {
		end := cutoff{key: uint32(lead[0] >> 32)}
		for _, p := range lead {
			if uint32(p>>32) == end.key {
				end.ties++
			}
		}
		return end
	}
	for i := range r.masses {
		r.masses[i] = 1
	}
	e := r.descend(func(c int) []uint64 { return r.masses[:] }, func(uint64) uint64 { return uint64(k - 1) })
	return cutoff{e.key, k - int(e.before)}
}

// equal counts the tokens with this key.
func (r *row[E]) equal(k uint32) (n int) {
	for c := range r.chunks {
		lo, hi := r.bounds(c)
		for _, v := range widen(r.isa, r.x[lo:hi], r.buf[:]) {
			if rankKey(v) == k {
				n++
			}
		}
	}
	return n
}

// keepFrom copies the kept logits to dst, -Inf elsewhere, and counts them. dst may
// be the row itself.
func (r *row[E]) keepFrom(dst []E, end cutoff) (kept int) {
	masked := maskOf[E]()
	for c := range r.chunks {
		lo, hi := r.bounds(c)
		for i, v := range widen(r.isa, r.x[lo:hi], r.buf[:]) {
			if r.keeps(v, &end) {
				dst[lo+i] = r.x[lo+i]
				kept++
			} else {
				dst[lo+i] = masked
			}
		}
	}
	return kept
}

// keeps reports whether the next token, in the order of the row, is kept.
func (r *row[E]) keeps(v float32, end *cutoff) bool {
	switch k := rankKey(v); {
	case k > end.key:
		return true
	case k == end.key && end.ties > 0:
		end.ties--
		return true
	}
	return false
}

// pick gathers the kept tokens, best last: key above, index below in such a way
// that a plain sort of integers is the order of rank.
func (r *row[E]) pick(end cutoff) []uint64 {
	picks := r.picks[:0]
	for c := range r.chunks {
		lo, hi := r.bounds(c)
		for i, v := range widen(r.isa, r.x[lo:hi], r.buf[:]) {
			if r.keeps(v, &end) {
				picks = append(picks, uint64(rankKey(v))<<32|uint64(^uint32(lo+i)))
			}
		}
	}
	r.picks = picks
	return picks
}

// picked is the place of a picked token.
func picked(p uint64) int { return int(^uint32(p)) }
