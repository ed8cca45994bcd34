package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWrongRowsAreNotTimed(t *testing.T) {
	code, out, errs := assay(t, kernels{"scaled": scaled}, "bench", "--op", "softmax", "--variant", "scaled", "--dtype", "f32", "--max-vocab", "128")
	assert.Equal(t, exitFailed, code)
	assert.NotContains(t, out, "ns/op")
	assert.Contains(t, errs, "softmax/scaled/f32 fails law")
}
