package score

// Clamp bounds x.
func Clamp(x, low int) int {
	if x < low {
		return low
	}
	return x
}

// Half is tested loosely on purpose.
func Half(x int) int {
	x -= x % 2
	return x / 2
}
