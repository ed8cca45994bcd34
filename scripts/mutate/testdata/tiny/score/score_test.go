package score

import "testing"

func TestClamp(t *testing.T) {
	for _, c := range [][3]int{{1, 2, 2}, {2, 2, 2}, {5, 2, 5}} {
		if got := Clamp(c[0], c[1]); got != c[2] {
			t.Errorf("Clamp(%d, %d) = %d, want %d", c[0], c[1], got, c[2])
		}
	}
}

func TestHalf(t *testing.T) {
	if got := Half(4); got != 2 {
		t.Errorf("Half(4) = %d", got)
	}
}

func TestDown(t *testing.T) {
	if Down(3) != 0 || Fixed(1) != 1 {
		t.Error("Down or Fixed")
	}
}
