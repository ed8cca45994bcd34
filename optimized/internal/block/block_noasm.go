//go:build purego || !(amd64 || arm64)

package block

func scan(_ ISA, x []float32) (max float32, mag uint32) { return scanGeneric(x) }

func terms(_ ISA, dst, x []float32, n int32, s *Scaling, _ uint32, lanes *[Lanes]float32) {
	termsGeneric(dst, x, n, s, lanes)
}

func tree(_ ISA, lanes *[Lanes]float32) float64 { return treeGeneric(lanes) }

func treeFew(_ ISA, lanes *[few]float32) float64 { return treeFewGeneric(lanes) }

func mul(_ ISA, dst, x []float32, f float32) { mulGeneric(dst, x, f) }

func sum(_ ISA, s Sum, p, q []float32, k *[4]float64, lanes *[Lanes]float64, at int) uint32 {
	return sumGeneric(s, p, q, k, lanes, at)
}

func apply(_ ISA, m Map, dst, p, q []float32, k *[4]float64) { applyGeneric(m, dst, p, q, k) }

func weigh(_ ISA, x, y []float32, k *coefs, _ bool, lanes *Pair) { weighGeneric(x, y, k, lanes) }

func widen(ISA, bool, []float32, []uint16) int { return 0 }

func narrow(ISA, bool, []uint16, []float32, float32) int { return 0 }

func find(ISA, []float32, float32) int { return 0 }

func dots(_ ISA, dst, q []float64, k []float32) { dotsGeneric(dst, q, k) }

func mix(_ ISA, sums []float64, w, v []float32, width int) { mixGeneric(sums, w, v, width) }
