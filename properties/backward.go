package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var backwardLaws = []Law{
	// The sum over the row left out, or that of y alone subtracted; a normaliser
	// with an epsilon.
	law("gradients_cancel", "a row's gradient adds up to 0: probabilities only move", onGradients, nil, (*trial).gradientsCancel),
	// A factor T or 1/T missing, softmax less target without the weight, y dy for
	// y (dy - s).
	law("gradient_is_slope", "the gradient is the slope of the reference's own forward pass", []string{"softmax_backward", "cross_entropy_backward", "kl_penalty"}, nil, (*trial).slopes),
	// One number loaded for all rows, an upstream gradient ignored.
	law("upstream_scales", "minus twice the upstream gradient is minus twice the gradient", onGradients, nil, (*trial).upstreamScales),
	// exp(x - lse) of -Inf - -Inf; smoothing's share given to what is masked.
	law("no_mass_no_gradient", "what has no probability and is no target has no gradient", onGradients, nil, (*trial).noMass),
	// The gradient of padding rows, or their NaN times 0.
	law("ignored_gradient", "an ignored row's gradient is exactly 0, whatever it holds, and the others' do not change", []string{"cross_entropy_backward"}, nil, (*trial).ignoredGradient),
}

func (t *trial) gradientsCancel() {
	c := t.c.Call
	shape := c.In[0].Shape
	for _, r := range spread(shape[0], 8) {
		want, near := 0.0, 0.0
		if c.Op.Name == "softmax_backward" {
			y, dy, s := t.row(r), c.Arg("dy").Row(r, nil), 0.0
			for i := range y {
				s += y[i] * dy[i]
				near += 0x1p-48 * math.Abs(y[i]*dy[i])
			}
			T := c.Param("temperature", r)
			want, near = s*(1-total(y))/T, near*(1+total(y))/T
		}
		sum, by := 0.0, near
		for i := range shape[1] {
			sum += t.first.call.Out[0].Get(r*shape[1] + i)
			by += t.first.slack(0, r*shape[1]+i)
		}
		if math.IsNaN(by) || math.IsNaN(want) || math.IsNaN(sum) || math.IsInf(sum, 0) || shape[1] == 0 {
			continue
		}
		if t.spoke = true; math.Abs(sum-want) > by+0x1p-40*math.Abs(want) {
			t.failf(t.first, 0, r*shape[1], "the gradient of row %d adds up to %v, want %v within %.3g", r, sum, want, by)
		}
	}
}

// slopes takes central differences of the reference in float64, on rows where a
// step is small beside what curves the loss and large beside what rounds it.
func (t *trial) slopes() {
	c := t.c.Call
	if c.Op.Name == "kl_penalty" {
		t.penaltySlopes()
		return
	}
	shape := c.In[0].Shape
	for _, r := range spread(shape[0], 3) {
		T, x := c.Param("temperature", r), t.row(r)
		if !(T >= 1e-3 && T <= 1e3) || len(x) == 0 || len(x) > 5000 {
			continue
		}
		loss, size := t.rowLoss(r)
		if loss == nil {
			continue
		}
		h := 1e-4 * T
		for _, j := range spread(len(x), 6) {
			want := (loss(j, h) - loss(j, -h)) / (2 * h)
			t.expect(t.first, 0, r*len(x)+j, want, 1e-6*size/T, "central difference of the forward pass")
		}
	}
}

// rowLoss is a row's loss as a function of one logit moved by a step, and what
// its gradient is measured by; nil where there is none.
func (t *trial) rowLoss(r int) (loss func(j int, h float64) float64, size float64) {
	c := t.c.Call
	if c.Op.Name == "softmax_backward" {
		y, dy, T := t.row(r), c.Arg("dy").Row(r, nil), c.Param("temperature", r)
		for i := range y {
			if math.IsNaN(y[i]+dy[i]) || math.IsInf(y[i]+dy[i], 0) || y[i] > 4 || math.Abs(dy[i]) > 1e6 {
				return nil, 0
			}
			size += math.Abs(dy[i])
		}
		// y need not add up to 1: what is missing counts as a token that has it.
		return func(j int, h float64) float64 {
			up := y[j] * math.Expm1(h/T)
			s := up * dy[j]
			for i := range y {
				s += y[i] * dy[i]
			}
			return s / (1 + up)
		}, size
	}
	x := t.row(r)
	if _, ok := regular(x); !ok || skipped(c, r) {
		return nil, 0
	}
	for _, v := range x {
		if math.Abs(v) > 1e3 {
			return nil, 0
		}
	}
	op, _ := reference.ByName("cross_entropy")
	in := map[string]reference.Tensor{}
	for name, a := range named(remake(c, r)) {
		if op.Input(name) < 0 || name == "x" {
			continue
		}
		if a.DType.Float() {
			w := reference.NewTensor(reference.F64, a.Shape...)
			for i := range a.Len() {
				w.Put(i, a.Get(i))
			}
			a = w
		}
		in[name] = a
	}
	g := c.Param("g", r)
	if c.Pick("reduction") == "mean" {
		weights := 0.0
		for i := range c.In[0].Shape[0] {
			if !skipped(c, i) {
				weights += weightOf(c, i)
			}
		}
		g /= weights
	}
	return func(j int, h float64) float64 {
		moved := reference.Of(reference.F64, []int{1, len(x)}, x...)
		moved.Put(j, x[j]+h)
		in["x"] = moved
		a, err := op.NewCall(in, map[string]string{"reduction": "none"}).Truth()
		if err != nil {
			return nan
		}
		return g * a.Out[lossOut].Get(0)
	}, math.Abs(g) * (1 + t.heaviest())
}

func (t *trial) heaviest() (most float64) {
	w := t.c.Call.Arg("weight")
	if w.Absent() {
		return 1
	}
	for i := range w.Len() {
		most = max(most, w.Get(i))
	}
	return most
}

func (t *trial) upstreamScales() {
	rows := t.few(3)
	name := "dy"
	if t.c.Call.Op.Name == "cross_entropy_backward" {
		name = "g"
	}
	if len(rows) == 0 {
		return
	}
	c := remake(t.c.Call, rows...)
	if up := c.Arg(name); up.Absent() {
		give(c, name, -2)
	} else if !times(up, -2) {
		return
	}
	b, ok := t.again(c)
	if !ok {
		return
	}
	v := c.In[0].Shape[1]
	for r, at := range rows {
		for i := range v {
			t.alike(0, t.first, at*v+i, b, r*v+i, func(d float64) float64 { return -2 * d }, false, "minus twice the upstream gradient")
		}
	}
}

func (t *trial) noMass() {
	c := t.c.Call
	v := c.In[0].Shape[1]
	soft := c.Op.Name == "softmax_backward"
	for _, r := range spread(c.In[0].Shape[0], 16) {
		x := t.row(r)
		if _, ok := regular(x); !soft && (!ok || skipped(c, r) || c.Param("smoothing", r) != 0) {
			continue
		}
		for i, m := range x {
			none := soft && m == 0 || !soft && math.IsInf(m, -1) && int(c.Arg("label").Int(r)) != i
			if !none || math.IsNaN(t.first.truth().Out[0].Get(r*v+i)) {
				continue
			}
			if t.spoke = true; t.first.call.Out[0].Get(r*v+i) != 0 {
				t.failf(t.first, 0, r*v+i, "a token without probability has the gradient %v", t.first.call.Out[0].Get(r*v+i))
			}
		}
	}
}

func (t *trial) ignoredGradient() {
	total := t.c.Call.In[0].Shape[0]
	if total == 0 || total > 16 || t.c.Call.In[0].Shape[1] > 1<<12 {
		return
	}
	var twice []int
	for r := range total {
		twice = append(twice, r, r)
	}
	skip, c := t.freeLabel(), remake(t.c.Call, twice...)
	v, label := c.In[0].Shape[1], c.Arg("label")
	for i, r := range twice {
		if i%2 == 1 && !skipped(t.c.Call, r) {
			label.PutInt(i, skip)
			for j := range v {
				c.In[0].Put(i*v+j, []float64{nan, c.DType().Max(), inf}[i%3])
			}
		}
	}
	c.In[c.Op.Input("ignore_index")] = integerScalar(skip)
	b, ok := t.again(c)
	if !ok {
		return
	}
	for i, r := range twice {
		for j := range v {
			got := b.call.Out[0].Get(i*v + j)
			if skipped(c, i) && got != 0 {
				t.failf(b, 0, i*v+j, "an ignored row has the gradient %v", got)
			} else if !skipped(c, i) {
				t.alike(0, t.first, r*v+j, b, i*v+j, same, false, "ignored rows between")
			}
		}
	}
}
