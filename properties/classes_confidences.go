package properties

// judged adds a case from confidences and whether each sample was right; bins 0
// leaves their number out.
func (b *batch) judged(note string, conf, correct []float64, bins int64) {
	var given []argument
	if correct != nil {
		given = append(given, b.vector("correct", correct...))
	}
	if bins > 0 && b.has("bins") {
		given = append(given, b.integer("bins", bins))
	}
	b.tensor(note, b.vector("conf", conf...).tensor, given...)
}

// sure are confidences of a classifier, multiples of 1/1024 that lean to 1.
func (b *batch) sure(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = 1 - float64(b.draw.Intn(1024)*b.draw.Intn(1024))/(1<<20)
	}
	return x
}

// outcomes are right as often as the confidences say.
func (b *batch) outcomes(conf []float64) []float64 {
	x := make([]float64, len(conf))
	for i := range x {
		if b.draw.Float() < conf[i] {
			x[i] = 1
		}
	}
	return x
}

// confidences: 1.0 in a bin of its own or in none, 0 in bin -1 or dropped, edges
// to the wrong side, empty bins that count, wrong predictions of a sure model.
func confidences(b *batch) {
	for _, bins := range []int{1, 2, 3, 7, 10, 15, 16, 100} {
		var edges, beside []float64
		for k := range min(bins, 20) + 1 {
			at := float64(k) / float64(bins)
			edges = append(edges, at, at)
			beside = append(beside, at, max(0, at-2*b.d.Unit()), min(1, at+2*b.d.Unit()))
		}
		b.judged("on the edges", edges, b.outcomes(fill(len(edges), 0.5)), int64(bins))
		b.judged("beside the edges", beside, b.outcomes(fill(len(beside), 0.5)), int64(bins))
	}
	for _, at := range []float64{0, 1, 0.5, 0.1, 0.7} {
		conf := fill(11, at)
		b.judged("a constant confidence", conf, b.outcomes(fill(11, 0.6)), 0)
		b.judged("one sample, right", []float64{at}, []float64{1}, 0)
		b.judged("one sample, wrong", []float64{at}, []float64{0}, 0)
	}
	conf := b.sure(b.cut(100))
	b.judged("calibrated", conf, b.outcomes(conf), 0)
	var right, wrong []float64
	for _, v := range conf {
		right = append(right, float64(int(v*2)/1%2))
		wrong = append(wrong, 1)
		if v > 0.5 {
			wrong[len(wrong)-1] = 0
		}
	}
	b.judged("the sure ones right", conf, right, 0)
	b.judged("anti-calibrated", conf, wrong, 0)
	b.judged("saturated", []float64{0, 0, 1, 1, 1, 0, 1}, []float64{0, 1, 1, 0, 1, 0, 0}, 0)
	b.judged("more bins than samples", b.sure(5), nil, 64)
	b.judged("small confidences", []float64{b.d.MinSubnormal(), b.d.MinNormal(), 1e-3, 0.01}, []float64{0, 1, 0, 0}, 0)
}

// tiedConfidences: equal mass divides equals by index.
func tiedConfidences(b *batch) {
	for _, n := range []int{10, 23, 64} {
		conf := make([]float64, n)
		for i := range conf {
			conf[i] = float64(1+b.draw.Intn(4)) / 4
		}
		b.judged("ties", conf, b.outcomes(fill(n, 0.7)), 5)
	}
}

// refusedConfidences are none.
func refusedConfidences(b *batch) {
	for _, bad := range []float64{nan, -0.25, 1.5, inf} {
		b.judged("not a confidence", []float64{0.5, bad, 0.25}, []float64{1, 0, 1}, 0)
	}
	b.judged("neither right nor wrong", []float64{0.5, 0.25}, []float64{1, 2}, 0)
}

func confidenceRows(b *batch) {
	for _, n := range []int{0, 2, 3, 8, 9, 17, 33, 64, 129, 1000} {
		conf := b.sure(n)
		b.judged("samples", conf, b.outcomes(conf), int64(5+b.draw.Intn(16)))
	}
}
