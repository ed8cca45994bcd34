//go:build purego || !(amd64 || arm64)

package block

const haveAVX2, haveNEON = false, false
