//go:build !linux

package properties

// guards stand in where there are no protected pages: the layouts that need
// them are left out.
type guards map[int][]byte

const guarding = false

func (g guards) after(operand, n int) []byte  { return fresh(operand, n) }
func (g guards) before(operand, n int) []byte { return fresh(operand, n) }
func (g guards) release()                     {}
