//go:build !race

package zoo

const racing = false
