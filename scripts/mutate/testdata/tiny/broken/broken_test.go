package broken

import (
	"testing"

	"example.com/tiny/score"
)

func TestFails(t *testing.T) {
	if score.Clamp(1, 1) != 2 {
		t.Error("fails on purpose")
	}
}
