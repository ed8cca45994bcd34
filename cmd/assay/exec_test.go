package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/properties/child"
	"github.com/seed-210c9500/assay/reference"
)

// childRole makes the test binary a child that serves one kernel of softmax.
const childRole = "ASSAY_TEST_KERNEL"

func TestMain(m *testing.M) {
	kernel, ok := kernels{"honest": honest, "scaled": scaled, "dying": dying}[os.Getenv(childRole)]
	if !ok {
		os.Exit(m.Run())
	}
	in, out, err := child.Pipes()
	if err == nil {
		err = child.Serve(context.Background(), in, out, "test", properties.Table("honest", planted(map[string]func(*reference.Call) error{"honest": kernel})))
	}
	if err != nil {
		os.Exit(2)
	}
	os.Exit(0)
}

func dying(c *reference.Call) error {
	if c.In[0].Len() > 4 {
		os.Exit(7)
	}
	return honest(c)
}

// childCommand is the --exec of this binary as a child.
func childCommand(t *testing.T, kernel string) string {
	t.Setenv(childRole, kernel)
	exe, err := os.Executable()
	require.NoError(t, err)
	return "'" + exe + "' -test.run none"
}

func TestVerifyExec(t *testing.T) {
	code, out, errs := verifyQuick(t, nil, t.TempDir(), "--exec", childCommand(t, "honest"), "--name", "theirs", "--dtype", "f32")
	require.Zero(t, code, out+errs)
	require.Contains(t, out, "theirs")
	require.Contains(t, out, "not probed: strides, red zones, in place, concurrency")
	require.Contains(t, out, "agrees") // on the real logits
}

func TestVerifyExecCatchesAndRepeats(t *testing.T) {
	for kernel, says := range map[string]string{"scaled": "times the bound", "dying": "crashed: exit status 7"} {
		dir := t.TempDir()
		command := childCommand(t, kernel)
		code, out, errs := verifyQuick(t, nil, dir, "--exec", command, "--name", "theirs", "--dtype", "f32")
		require.Equal(t, exitFailed, code, out+errs)
		require.Contains(t, out, says)
		require.Contains(t, out, "safetensors --exec '")
		files, err := filepath.Glob(filepath.Join(dir, "*.safetensors"))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		code, out, errs = assay(t, nil, "repro", files[0], "--exec", command)
		require.Equal(t, exitFailed, code, out+errs)
		require.Contains(t, out, "it fails")
		t.Setenv(childRole, "honest")
		code, out, errs = assay(t, nil, "repro", files[0], "--exec", command)
		require.Zero(t, code, out+errs)
		require.Contains(t, out, "it holds now")
	}
}

func TestExecRefusesWhatCannotBe(t *testing.T) {
	for says, args := range map[string][]string{
		"no command":             {"--exec", " "},
		"could not be started":   {"--exec", "no-such-program-anywhere"},
		"exit status 3":          {"--exec", "sh -c 'exit 3'"},
		"names nothing":          {"--name", "it"},
		"above 0":                {"--exec", "true", "--timeout", "0s"},
		"[exec variant]":         {"--exec", "true", "--variant", "honest"},
		"start of a frame is \"": {"--exec", "sh -c 'yes >&4'"},
	} {
		code, _, errs := verifyQuick(t, kernels{"honest": honest}, t.TempDir(), args...)
		require.Equal(t, exitTool, code, says)
		require.Contains(t, strings.Join(strings.Fields(errs), " "), says)
	}
}
