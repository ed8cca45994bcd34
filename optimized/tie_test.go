package optimized
import ("testing";"math")
func TestEqualLogitsAcrossChunks(t *testing.T) {
	x := make([]float32, 8192)
	for i := range x { x[i] = -20 }
	x[0] = 1; x[1] = 0.5
	x[4096] = 2; x[4097] = 0.5
	y := make([]float32, 8192)
	T := float32(1.4426950408889634)
	if err := Softmax(y, x, T); err != nil { t.Fatal(err) }
	t.Logf("%x %x", math.Float32bits(y[1]), math.Float32bits(y[4097]))
	if y[1] != y[4097] { t.Error("differ") }
}
