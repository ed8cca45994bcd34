package main

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-210c9500/assay/reference"
)

func TestVerifyHonest(t *testing.T) {
	code, out, errs := verifyQuick(t, kernels{"honest": honest, "again": honest, "away": honest}, t.TempDir())
	assert.Equal(t, exitHeld, code, errs)
	assert.Contains(t, out, "seed 7")
	assert.Contains(t, out, "PASS: ")
	assert.Contains(t, out, "UNSUPPORTED  away: needs a processor of another kind (softmax/f32)")
	assert.Contains(t, out, "same bits: honest again over ")
	assert.Regexp(t, `^\d+ cases, 0 failed, `, errs, "plain lines where there is no terminal")
	assert.NotContains(t, out+errs, "\r")
	narrow(t, out)
}

func TestVerifyPlanted(t *testing.T) {
	dir := t.TempDir()
	code, out, _ := verifyQuick(t, kernels{"honest": honest, "scaled": scaled}, dir, "--no-logits")
	assert.Equal(t, exitFailed, code)
	assert.Regexp(t, `(?m)^FAIL [0-9a-f]{16} softmax scaled f32 law: `, out)
	assert.Regexp(t, `times the bound|nothing else allowed`, out)
	assert.Contains(t, out, "of the bound  u*p_i*")
	assert.Contains(t, out, "input x f32[")
	assert.NotRegexp(t, `FAIL [0-9a-f]{16} softmax honest`, out)
	narrow(t, out)

	command := regexp.MustCompile(`repeat: assay (repro (\S+))`).FindStringSubmatch(out)
	require.NotNil(t, command, out)
	code, again, errs := assay(t, kernels{"honest": honest, "scaled": scaled}, strings.Fields(command[1])...)
	assert.Equal(t, exitFailed, code, errs)
	assert.Contains(t, again, "<-- wrong")
	assert.Contains(t, again, "it fails")
	narrow(t, again)

	stem := strings.TrimSuffix(filepath.Base(command[2]), ".safetensors")
	id, _, _ := strings.Cut(stem, "-")
	code, again, _ = assay(t, kernels{"honest": honest, "scaled": scaled}, "repro", id, "--failures", dir, "--variant", "honest")
	assert.Equal(t, exitHeld, code)
	assert.Contains(t, again, "it holds now")

	code, text, errs := assay(t, kernels{"scaled": scaled}, "explain", "softmax", stem, "--failures", dir)
	assert.Equal(t, exitHeld, code, errs)
	assert.Contains(t, text, "the kernel gave y[")
	assert.Contains(t, text, "must lie in [")
	narrow(t, text)
}

func TestVerifyCrash(t *testing.T) {
	code, out, _ := verifyQuick(t, kernels{"crashing": crashing}, t.TempDir(), "--no-logits")
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, out, "CRASH")
	assert.Contains(t, out, "index out of range [128]")
}

func TestDifferentBits(t *testing.T) {
	dir := t.TempDir()
	k := kernels{"honest": honest, "nearly": nearly}
	code, out, _ := verifyQuick(t, k, dir)
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, out, "DIFFERENT BITS: honest nearly over ")
	assert.Regexp(t, `FAIL [0-9a-f]{16} softmax nearly f32 law: same_bits`, out)
	assert.Contains(t, out, "FAIL: variants of one bit specification differ")
	narrow(t, out)
	command := regexp.MustCompile(`repeat: assay (repro \S+)`).FindStringSubmatch(out)
	require.NotNil(t, command, out)
	code, out, errs := assay(t, k, strings.Fields(command[1])...)
	assert.NotEqual(t, exitTool, code, errs) // a law may catch it alone
	assert.Contains(t, out, `found by law "same_bits"`)
}

func TestZeroCasesIsNoPass(t *testing.T) {
	code, out, errs := verifyQuick(t, kernels{"away": honest}, t.TempDir())
	assert.Equal(t, exitTool, code, errs)
	assert.Contains(t, out, "0 cases ran")
}

func TestRequire(t *testing.T) {
	k := kernels{"honest": honest, "away": honest}
	code, out, _ := verifyQuick(t, k, t.TempDir(), "--require", "away")
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, out, "REQUIRED: away is required, but softmax cannot run: needs a processor of another kind")

	code, _, _ = verifyQuick(t, k, t.TempDir(), "--require", "honest")
	assert.Equal(t, exitHeld, code, "a dtype that a variant does not list was not promised")

	code, out, _ = assay(t, k, "verify", "--quick", "--no-logits", "--seed", "7", "--require", "honest")
	assert.Equal(t, exitHeld, code, "nor an operation that no variant has: %s", out)

	code, out, _ = assay(t, k, "verify", "--quick", "--no-logits", "--seed", "7", "--op", "softmax,entropy", "--require", "honest")
	assert.Equal(t, exitFailed, code, "but for one that was named")
	assert.Contains(t, out, "honest is required and has no entropy")

	code, _, errs := verifyQuick(t, k, t.TempDir(), "--require", "away", "--variant", "honest")
	assert.Equal(t, exitTool, code)
	assert.Contains(t, errs, "--require away, but --variant leaves it out")
}

func TestSeedRepeats(t *testing.T) {
	dir := t.TempDir()
	report := func(seed string) string {
		path := filepath.Join(dir, "report.json")
		_, _, errs := verifyQuick(t, kernels{"honest": honest, "scaled": scaled}, filepath.Join(dir, "failures"), "--json", path, "--seed", seed)
		b, err := os.ReadFile(path)
		require.NoError(t, err, errs)
		return string(b)
	}
	first := report("11")
	assert.Equal(t, first, report("11"))
	assert.Equal(t, first, report("0xb"))
	assert.NotEqual(t, first, report("12"))
}

func TestDrawnSeedIsPrinted(t *testing.T) {
	_, out, _ := assay(t, kernels{"honest": honest}, "verify", "--quick", "--op", "softmax", "--no-logits", "--failures", t.TempDir())
	seeds := regexp.MustCompile(`seed (\d+)`).FindAllStringSubmatch(out, -1)
	require.Len(t, seeds, 2, out)
	assert.Equal(t, seeds[0][1], seeds[1][1])
}

func TestJSON(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "report.json")
	verifyQuick(t, kernels{"honest": honest, "scaled": scaled, "away": honest}, filepath.Join(dir, "failures"), "--json", path)
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	var doc map[string]any
	require.NoError(t, json.Unmarshal(b, &doc))
	keys := func(v any, want ...string) {
		t.Helper()
		for _, key := range want {
			assert.Contains(t, v, key)
		}
	}
	keys(doc, "schema", "seed", "machine", "rows", "failures", "complete", "summary", "assay", "bits", "real", "exit", "verdict")
	assert.Equal(t, "assay.report/1", doc["schema"])
	assert.Equal(t, 7., doc["seed"])
	assert.Equal(t, true, doc["complete"])
	assert.Equal(t, 1., doc["exit"])
	keys(doc["machine"], "cpu", "features", "gpu")
	keys(doc["summary"], "rows", "rows_unsupported", "cases", "failed", "PASS", "FAIL")
	for _, row := range doc["rows"].([]any) {
		keys(row, "op", "variant", "dtype", "cases", "failed", "status", "worst_err_over_bound", "max_ulp")
	}
	failures := doc["failures"].([]any)
	require.NotEmpty(t, failures)
	failure := failures[0].(map[string]any)
	keys(failure, "id", "op", "variant", "dtype", "class", "law", "input", "index", "got", "reference", "lo", "hi", "repro")
	assert.FileExists(t, failure["input"].(string))
	keys(doc["real"], "file", "positions", "vocab", "dtype", "figures")

	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	require.NoError(t, err)
	assert.Empty(t, left, "no temporary file stays behind")
}

func TestBar(t *testing.T) {
	code, out, _ := verifyQuick(t, kernels{"honest": honest, "again": honest}, t.TempDir(), "--progress", "bar")
	assert.Equal(t, exitHeld, code)
	assert.NotContains(t, out, "\r", "the bar is drawn on stderr alone")
}

func TestJSONOnStdout(t *testing.T) {
	_, out, errs := verifyQuick(t, kernels{"honest": honest}, t.TempDir(), "--json", "-")
	assert.True(t, json.Valid([]byte(out)), out)
	assert.Contains(t, errs, "PASS: ")
}

func TestJUnit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.xml")
	_, _, errs := verifyQuick(t, kernels{"honest": honest, "scaled": scaled, "away": honest}, t.TempDir(), "--junit", path, "--dtype", "f32")
	b, err := os.ReadFile(path)
	require.NoError(t, err, errs)
	var doc junitSuites
	require.NoError(t, xml.Unmarshal(b, &doc))
	assert.Equal(t, 4, doc.Tests, "a row each, and the run")
	assert.Equal(t, 2, doc.Failures, "the row of scaled, and bits that differ")
	assert.Equal(t, 1, doc.Skipped)
	assert.Zero(t, doc.Errors)
	assert.NotEmpty(t, doc.Suites[1].Cases[0].Failures[0].Text)
}

func TestReportsAreRefusedBeforeTheRun(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "missing", "report.json")} {
		code, out, errs := verifyQuick(t, kernels{"honest": honest}, dir, "--json", path)
		assert.Equal(t, exitTool, code)
		assert.Contains(t, errs, path)
		assert.Empty(t, out, "nothing ran")
	}
	path := filepath.Join(dir, "both")
	code, _, _ := verifyQuick(t, kernels{"honest": honest}, dir, "--json", path, "--junit", path)
	assert.Equal(t, exitTool, code)
	assert.NoFileExists(t, path)
}

func TestReportReplacesWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.json")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
	o, err := openOutput(path)
	require.NoError(t, err)
	b, _ := os.ReadFile(path)
	assert.Equal(t, "old", string(b), "untouched until there is a new one")
	o.drop()
	code, _, _ := verifyQuick(t, kernels{"honest": honest}, t.TempDir(), "--json", path)
	assert.Equal(t, exitHeld, code)
	b, _ = os.ReadFile(path)
	assert.True(t, json.Valid(b))

	code, _, errs := verifyQuick(t, kernels{"honest": honest}, t.TempDir(), "--json", os.DevNull)
	assert.Equal(t, exitHeld, code, errs)
	info, err := os.Stat(os.DevNull)
	require.NoError(t, err)
	assert.False(t, info.Mode().IsRegular(), "a device is not replaced by a file")
}

func TestStoppedRunsDoNotLookWhole(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	stop := func(c *reference.Call) error { cancel(); return honest(c) }
	path := filepath.Join(t.TempDir(), "report.json")
	code, out, _ := assayIn(t, ctx, kernels{"honest": stop, "again": honest}, "verify", "--quick", "--no-logits", "--json", path, "--op", "softmax", "--failures", t.TempDir())
	assert.Equal(t, exitTool, code)
	assert.Contains(t, out, "THIS REPORT IS INCOMPLETE: interrupted")
	assert.NotContains(t, out, "PASS:")
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Contains(t, string(b), `"complete": false`)

	code, out, _ = verifyQuick(t, kernels{"honest": honest}, t.TempDir(), "--no-logits", "--budget", "1ns")
	assert.Equal(t, exitTool, code)
	assert.Contains(t, out, "INCOMPLETE: the budget of 1ns was spent")
	assert.NotRegexp(t, `PASS$`, out, "a row that was cut short says so")

	code, out, _ = verifyQuick(t, kernels{"scaled": scaled, "again": honest}, t.TempDir(), "--no-logits", "--fail-fast")
	assert.Equal(t, exitFailed, code, "a failure counts in a run cut short")
	assert.Contains(t, out, "INCOMPLETE")
}

func TestContractIsHeldAgainst(t *testing.T) {
	k := kernels{"scaled": scaled}
	code, out, errs := verifyQuick(t, k, t.TempDir(), "--no-logits", "--contract", "acc=f16")
	assert.Contains(t, out, "with acc=f16", errs)
	assert.Equal(t, exitHeld, code, "a part in a thousand is little for f16")
	code, _, errs = verifyQuick(t, k, t.TempDir(), "--contract", "acc=f8")
	assert.Equal(t, exitTool, code)
	assert.Contains(t, errs, `contract "acc=f8"`)
}

func TestWrongUse(t *testing.T) {
	k := kernels{"honest": honest}
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o666))
	for _, c := range []struct{ args, want string }{
		{"verify --op sofmax", `unknown operation "sofmax": want one of softmax, `},
		{"verify --variant avx3", `unknown variant "avx3": want one of honest`},
		{"verify --dtype f8", `unknown dtype "f8": want one of f32, bf16, f16, f64`},
		{"verify --require avx3", `unknown required variant "avx3"`},
		{"verify --op=", `no operation named`},
		{"verify --seed x", `--seed is "x"`},
		{"verify --seed 0", `--seed is "0"`},
		{"verify --seed -1", `--seed is "-1"`},
		{"verify --budget -3s", "--budget is -3s"},
		{"verify --budget 0s", "--budget is 0s"},
		{"verify --budget ten", "ten"},
		{"verify --jobs -1", "--jobs is -1"},
		{"verify --quick --thorough", "quick"},
		{"verify --progress loud", `--progress is "loud"`},
		{"verify --failures " + file, "want a directory"},
		{"verify --logits nowhere.safetensors", "nowhere.safetensors"},
		{"verify extra", `"extra"`},
		{"explain sofmax", `unknown operation "sofmax"`},
		{"explain", "accepts between 1 and 2"},
		{"explain softmax --dtype i64", `unknown dtype "i64"`},
		{"explain softmax deadbeef --failures " + t.TempDir(), `no case "deadbeef"`},
		{"repro deadbeef --failures " + t.TempDir(), `no case "deadbeef"`},
		{"repro " + file + ".safetensors", "no such file"},
		{"bench --op nothing", `unknown operation "nothing"`},
		{"list --variant nothing", `unknown variant "nothing"`},
		{"prove", `unknown command "prove"`},
		{"verify --loud", "unknown flag: --loud"},
	} {
		code, out, errs := assay(t, k, strings.Fields(c.args)...)
		assert.Equal(t, exitTool, code, c.args)
		assert.Contains(t, errs, c.want, c.args)
		assert.Empty(t, out, c.args)
	}
}
