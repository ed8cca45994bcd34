package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestInitWritesOnceAndNeverOver(t *testing.T) {
	for language, file := range map[string]string{"python": "softmax.py", "c": "softmax.c", "rust": "examples/softmax.rs", "javascript": "softmax.mjs", "go": "softmax_test.go"} {
		dir := t.TempDir()
		code, out, errs := assay(t, nil, "init", language, "--dir", dir)
		require.Zero(t, code, errs)
		require.Contains(t, out, "next:")
		path := filepath.Join(dir, filepath.FromSlash(file))
		require.FileExists(t, path)
		require.NoError(t, os.WriteFile(path, []byte("mine"), 0o666))
		code, _, errs = assay(t, nil, "init", language, "--dir", dir)
		require.Equal(t, exitTool, code)
		require.Contains(t, errs, "nothing was written")
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, "mine", string(b))
	}
	code, _, errs := assay(t, nil, "init", "cobol")
	require.Equal(t, exitTool, code)
	require.Contains(t, errs, "want one of python, c, rust, javascript, go")
}
