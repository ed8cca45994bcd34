package optimized

import "testing"

func TestBitsStandin(t *testing.T) { t.Log("replaced by the real tests") }
