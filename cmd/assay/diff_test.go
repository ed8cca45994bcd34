package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// reported writes the report of a quick run.
func reported(t *testing.T, k kernels, more ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.json")
	verifyQuick(t, k, t.TempDir(), append([]string{"--no-logits", "--json", path}, more...)...)
	require.FileExists(t, path)
	return path
}

func TestDiff(t *testing.T) {
	good, bad := reported(t, kernels{"honest": honest, "nearly": honest}), reported(t, kernels{"honest": honest, "nearly": scaled})
	code, out, errs := assay(t, nil, "diff", good, good)
	assert.Equal(t, exitHeld, code, errs)
	assert.Contains(t, out, "0 worse, 0 better, 0 changed")

	code, out, _ = assay(t, nil, "diff", good, bad)
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, out, "WORSE   softmax nearly f32: PASS -> FAIL")
	assert.Regexp(t, `WORSE   softmax nearly f32 law: \w+: new, case [0-9a-f]{16}`, out)
	narrow(t, out)

	code, out, _ = assay(t, nil, "diff", bad, good)
	assert.Equal(t, exitHeld, code)
	assert.Contains(t, out, "BETTER  softmax nearly f32: FAIL -> PASS")
	assert.Contains(t, out, "gone, case ")

	code, out, _ = assay(t, nil, "diff", good, reported(t, kernels{"honest": honest}))
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, out, "WORSE   softmax nearly f32: gone, was PASS")

	code, out, _ = assay(t, nil, "diff", reported(t, kernels{"honest": honest}), reported(t, kernels{"honest": nearly}))
	assert.Equal(t, exitHeld, code, "other bits within the bound are a change, not a fault")
	assert.Regexp(t, `CHANGED softmax honest f32: bits [0-9a-f]{8} -> [0-9a-f]{8}`, out)
}

func TestDiffRefuses(t *testing.T) {
	dir := t.TempDir()
	good := reported(t, kernels{"honest": honest})
	write := func(name, s string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(s), 0o600))
		return path
	}
	for path, says := range map[string]string{
		filepath.Join(dir, "none"):                                      "no such file",
		write("torn", `{"schema": "assay.rep`):                          "is no report of assay verify --json",
		write("other", `{"schema": "assay.report/9"}`):                  `its schema is "assay.report/9": want "assay.report/1"`,
		write("early", `{"schema": "assay.report/1"}`):                  "its run stopped early",
		write("bare", `{"schema": "assay.report/1", "complete": true}`): "it has no rows",
	} {
		code, _, errs := assay(t, nil, "diff", good, path)
		assert.Equal(t, exitTool, code, path)
		assert.Contains(t, errs, says)
	}
}
