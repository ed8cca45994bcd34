package reference

import (
	"flag"
	"fmt"
	"math"
	"testing"
)

var peersTable = flag.String("peers-table", "", "file to write TestPeers' table to")

// peerContract is what packages are held to: ordinary float64 arithmetic, sums in
// any order, logits scaled before the maximum is subtracted, exp and ln of 2 ULP,
// no flushing. The tolerance is thus the operation's own bound for such a kernel,
// derived from the inputs: n additions and an exponent of size |x| cost a result
// (or, where terms cancel, the largest of them) about (n + |x|)*2^-53; the table has both. A case in float32 is held to the same in float32.
var peerContract = Contract{Acc: F64, Sum: "any", Level: "backward-stable", Ties: "first", Profile: "ieee", ExpULP: 2, LnULP: 2}

// deviation is how far answers lie from the reference: as a part of what the
// bound allows (above 1: outside it), and relative to the value, as is the bound.
type deviation struct {
	part, rel, bound float64
	where            string
	cases            int
}

func (d *deviation) worsen(e deviation) {
	if d.cases += e.cases; e.part >= d.part || math.IsNaN(e.part) {
		d.part, d.rel, d.bound, d.where = e.part, e.rel, e.bound, e.where
	}
}

// compare judges the outputs a package gave. becomes, where not nil, turns the
// reference's value into what the package is known to give instead.
func (pc *peerCase) compare(factor float64, becomes became) (worst deviation, err error) {
	got, ref, err := pc.answer(factor)
	if err != nil {
		return worst, err
	}
	k := peerContract
	if got.DType() == F32 {
		k.Acc = F32
	}
	for name := range pc.Out {
		out := got.Op.Output(name)
		b := got.Op.Bound(got, ref, k, out)
		for i := range got.Out[out].Len() {
			g, v, lo, hi := got.Out[out].Get(i), ref.Out[out].Get(i), b.Lo[i], b.Hi[i]
			if becomes != nil {
				v, lo, hi = becomes(ref, i, v), becomes(ref, i, lo), becomes(ref, i, hi)
				own := 16 * F64.Unit() * math.Abs(v) // the formula's own rounding
				lo, hi = lo-own, hi+own
			}
			d := judged(g, v, lo, hi)
			if b.Refuse != nil && becomes == nil && b.Refuse(i, g) != "" {
				d.part = math.Inf(1)
			}
			d.where = fmt.Sprintf("%s[%d] is %v, ours %v, bound [%v, %v]: %s", name, i, g, v, lo, hi, pc.Asks)
			worst.worsen(d)
		}
	}
	worst.cases = 1
	return worst, nil
}

// judged places a value in the interval around the reference's.
func judged(got, ref, lo, hi float64) (d deviation) {
	switch {
	case got == ref || math.IsNaN(got) && math.IsNaN(ref):
		return d
	case math.IsNaN(got) || math.IsNaN(ref) || math.IsInf(got, 0) || math.IsInf(ref, 0) || !(lo <= ref && ref <= hi):
		return deviation{part: math.Inf(1), rel: math.Inf(1)}
	}
	side := hi - ref
	if got < ref {
		side = ref - lo
	}
	diff, size := math.Abs(got-ref), math.Abs(ref)
	if size == 0 {
		size = 1 // absolute
	}
	return deviation{part: diff / side, rel: diff / size, bound: side / size}
}

// blunt are the operations whose answer is not sharply determined: a relative
// change their bound must still see, where it is not 1e-11.
var blunt = map[string]float64{
	"temperature_fit":  1e-5, // a minimum: the loss is flat around it
	"beam_search":      1e-3, // transformers searches in float32
	"sequence_logprob": 1e-3, // and adds up there
}

// Every package gives what the reference gives, to within what float64 arithmetic
// may do, or differs by a name.
func TestPeers(t *testing.T) {
	var all []peerRow
	for _, p := range readPeers(t) {
		t.Run(p.Package, func(t *testing.T) {
			worst, off := map[string]*deviation{}, map[string]float64{}
			for _, pc := range p.Cases {
				if pc.Differs != "" {
					continue
				}
				d, err := pc.compare(1, nil)
				if err != nil {
					t.Errorf("%s: %v: %s", pc.Op, err, pc.Asks)
					continue
				}
				if !(d.part <= 1) {
					t.Errorf("%s: %v of the bound: %s", pc.Op, d.part, d.where)
				}
				if worst[pc.Op] == nil {
					worst[pc.Op] = &deviation{}
				}
				worst[pc.Op].worsen(d)
				if pc.real() {
					by := 1e-11
					if b := blunt[pc.Op]; b != 0 {
						by = b
					}
					d, _ := pc.compare(1+by, nil)
					off[pc.Op] = max(off[pc.Op], d.part)
				}
			}
			for op, part := range off {
				if !(part > 1) {
					t.Errorf("%s: answers larger by a factor of 1+1e-11 pass, too: %v of the bound", op, part)
				}
			}
			for op, d := range worst {
				t.Logf("%-24s %3d cases, worst %.3f of the bound, %.1e of the value: %s", op, d.cases, d.part, d.rel, d.where)
				all = append(all, peerRow{p, op, *d})
			}
		})
	}
	if *peersTable != "" {
		writePeersTable(t, *peersTable, all)
	}
}
