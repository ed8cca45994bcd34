package block

func scan(_ ISA, x []float32) (float32, uint32) { return scanGeneric(x) }

func mul(_ ISA, dst, x []float32, f float32) { mulGeneric(dst, x, f) }

func tree(_ ISA, lanes *[Lanes]float32) float64 { return treeGeneric(lanes) }

func terms(_ ISA, dst, x []float32, n int32, s *Scaling, _ uint32, lanes *[Lanes]float32) {
	termsGeneric(dst, x, n, s, lanes)
}

func termsOnly(_ ISA, dst, x []float32, n int32, s *Scaling) {
	var k coefs
	k.set(n, s)
	k.termsOf(dst, x)
}
