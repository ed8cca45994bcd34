package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// waive runs planted kernels with a file of waivers.
func waive(t *testing.T, k kernels, file string, more ...string) (int, string, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "known.jsonl")
	require.NoError(t, os.WriteFile(path, []byte(file), 0o600))
	return assay(t, k, append([]string{"verify", "--op", "softmax", "--seed", "7", "--no-logits", "--failures", t.TempDir(), "--waive", path}, more...)...)
}

func TestWaivedFailures(t *testing.T) {
	k := kernels{"honest": honest, "scaled": scaled}
	known := `{"op": "softmax", "variant": "scaled", "reason": "too large by design", "until": "2999-12-31"}` + "\n"
	code, out, errs := waive(t, k, "# known\n\n"+known)
	assert.Equal(t, exitHeld, code, errs)
	assert.Regexp(t, `(?m)^softmax +f32 .* WAIVED +scaled$`, out)
	assert.Regexp(t, `(?m)^WAIVED  softmax scaled f32 law: `, out)
	assert.Contains(t, out, "DIFFERENT BITS (waived)")
	assert.Regexp(t, `PASS: \d+ cases held; .*\d+ failed and are waived`, out)
	narrow(t, out)

	code, out, _ = waive(t, k, `{"op": "softmax", "variant": "scaled", "law": "repeat", "reason": "another law", "until": "2999-12-31"}`)
	assert.Equal(t, exitFailed, code, "a waiver of one law waives no other")
	assert.Contains(t, out, "XPASS: softmax scaled repeat (another law) passes: take its waiver out")

	code, out, _ = waive(t, k, `{"op": "softmax", "variant": "scaled", "reason": "long ago", "until": "2020-02-29"}`)
	assert.Equal(t, exitFailed, code, "a waiver ends")
	assert.Contains(t, out, "OVERDUE: softmax scaled (long ago): its waiver held until 2020-02-29")

	code, out, _ = waive(t, k, known, "--variant", "honest")
	assert.Equal(t, exitHeld, code, "a waiver of what did not run says nothing")
	assert.NotContains(t, out, "XPASS")
}

func TestXPass(t *testing.T) {
	mended := `{"op": "softmax", "variant": "honest", "dtype": "f32", "reason": "issue 3", "until": "2999-12-31"}`
	code, out, _ := waive(t, kernels{"honest": honest}, mended)
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, out, "XPASS: softmax honest f32 (issue 3) passes")
	assert.Contains(t, out, "XPASS: 1 waivers are of what passes")

	code, _, _ = waive(t, kernels{"honest": honest}, mended, "--quick")
	assert.Equal(t, exitHeld, code, "a quick run tries too little to say so")
}

func TestWaiversAreChecked(t *testing.T) {
	for file, says := range map[string]string{
		`{"op": "softmux", "reason": "x", "until": "2999-01-01"}`:                  `line 1: op is "softmux": want one of softmax, `,
		"\n" + `{"op": "softmax", "until": "2999-01-01"}`:                          "line 2: no reason",
		`{"op": "softmax", "reason": "x", "until": "soon"}`:                        `until is "soon": want the last day it holds`,
		`{"op": "softmax", "reason": "x"}`:                                         `until is ""`,
		`{"op": "softmax", "reason": "x", "until": "2999-01-01", "kernel": "all"}`: `unknown field "kernel"`,
		`{"op": `: "line 1: ",
	} {
		code, _, errs := waive(t, kernels{"honest": honest}, file)
		assert.Equal(t, exitTool, code, file)
		assert.Contains(t, errs, says, file)
	}
	code, _, errs := assay(t, kernels{"honest": honest}, "verify", "--waive", filepath.Join(t.TempDir(), "none"))
	assert.Equal(t, exitTool, code)
	assert.Contains(t, errs, "--waive: open ")
}
