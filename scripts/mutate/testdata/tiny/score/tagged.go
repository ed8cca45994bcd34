//go:build tagged

package score

// Next is only built with a tag.
func Next(x int) int { return x + 1 }
