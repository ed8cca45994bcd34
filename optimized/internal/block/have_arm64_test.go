//go:build !purego

package block

const haveAVX2, haveNEON = false, true
