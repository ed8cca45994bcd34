package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The command prints both scores, and fails when one is not full: with hardly a
// case left nearly every wrong kernel escapes.
func TestMutants(t *testing.T) {
	code, out, errs := assay(t, nil, "mutants", "--op", "brier")
	assert.Equal(t, exitFailed, code, errs)
	assert.Contains(t, out, "escaped: brier/")
	narrow(t, out)

	var stdout, stderr bytes.Buffer
	a := &app{stdout: &stdout, stderr: &stderr}
	require.Equal(t, exitHeld, a.main(t.Context(), []string{"mutants", "--op", "brier", "--json"}), stderr.String())
	var full tried
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &full))
	require.Len(t, full.Scores, 1)
	assert.True(t, full.full())
	assert.GreaterOrEqual(t, full.Scores[0].Caught(), 5)

	code, _, errs = assay(t, nil, "mutants", "--op", "brie")
	assert.Equal(t, exitTool, code)
	assert.Contains(t, errs, "unknown operation")
}
