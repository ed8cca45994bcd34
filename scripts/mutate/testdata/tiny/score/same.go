package score

// Fixed has a branch that the compiler removes.
func Fixed(x int) int {
	const wide = false
	if wide {
		x += x
	}
	return x
}

// Down waits for ever if it does not step.
func Down(n int) int {
	for n > 0 {
		n--
	}
	return n
}
