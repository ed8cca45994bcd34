//go:build !race

package properties

const racing = false
