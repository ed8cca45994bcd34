package gen

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// weigh returns what is added up beside the terms t, of the logits a and b:
//
//	Gaps   t*((top-a)*i)
//	Ratio  t*((a-top) - (b-other))
//
// and +0 where t is +0, a masked logit's gap being infinite. The fast form has no
// such terms, and i = 1.
func (e *exp) weigh(t []reg.VecVirtual, load func(j int) (a, b operand.Op)) []reg.VecVirtual {
	g := e.g
	u := make([]reg.VecVirtual, len(t))
	top := g.broadcast(at(e.k, offTop))
	ratio := false
	for j := range t {
		a, b := load(j)
		u[j] = g.vec()
		if ratio = b != nil; !ratio {
			g.VSUBPS(a, top, u[j])
			continue
		}
		g.VMOVUPS(a, u[j])
		g.VSUBPS(top, u[j], u[j])
		d := g.vec()
		g.VMOVUPS(b, d)
		g.VSUBPS(g.broadcast(at(e.k, offOther)), d, d)
		g.VSUBPS(d, u[j], u[j])
	}
	for j := range t {
		if e.general && !ratio {
			g.VMULPS(e.i, u[j], u[j])
		}
		switch {
		case e.general && g.width == 64:
			k := g.K()
			g.VPTESTMD(t[j], t[j], k)
			g.VMULPS_Z(t[j], u[j], k, u[j])
		case e.general:
			m := g.zero()
			g.VCMPPS(operand.U8(0x1e), m, t[j], m) // t > 0
			g.VMULPS(t[j], u[j], u[j])
			g.VANDPS(m, u[j], u[j])
		default:
			g.VMULPS(t[j], u[j], u[j])
		}
	}
	return u
}
