package adapters

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-210c9500/assay/properties/child"
	"github.com/seed-210c9500/assay/reference"
)

// What a call costs beside the kernel, which copies its input: one alone, one of
// a batch of 64, and one row of a large vocabulary, bytes in and out counted.
func BenchmarkAdapters(b *testing.B) {
	b.Run("python", func(b *testing.B) {
		dir := example(b, "python")
		require.NoError(b, os.WriteFile(filepath.Join(dir, "copy.py"), []byte(`
from assay_kernel import kernel, serve
kernel("softmax")(lambda x: x)
serve()
`), 0o666))
		cost(b, "python3", filepath.Join(dir, "copy.py"))
	})
	b.Run("c", func(b *testing.B) {
		dir := example(b, "c")
		require.NoError(b, os.WriteFile(filepath.Join(dir, "copy.c"), []byte(`
#include "assay_kernel.h"
static int copy(assay_call *c) {
    const assay_tensor *x = assay_input(c, "x");
    memcpy(assay_output(c, "y")->data, x->data, x->count * 4);
    return ASSAY_OK;
}
int main(void) {
    static const assay_kernel kernels[] = {{"softmax", "f32", "", copy}};
    return assay_serve(kernels, 1);
}
`), 0o666))
		out, err := exec.Command("gcc", "-O2", "-o", filepath.Join(dir, "copy"), filepath.Join(dir, "copy.c")).CombinedOutput()
		require.NoError(b, err, "%s", out)
		cost(b, filepath.Join(dir, "copy"))
	})
}

func cost(b *testing.B, command ...string) {
	c, err := child.Start(context.Background(), child.Options{Name: "copy", Command: command})
	require.NoError(b, err)
	defer c.Close()
	op, err := reference.ByName("softmax")
	require.NoError(b, err)
	calls := func(n, vocab int) []*reference.Call {
		list := make([]*reference.Call, n)
		for i := range list {
			list[i] = op.NewCall(map[string]reference.Tensor{"x": reference.NewTensor(reference.F32, 1, vocab)}, nil)
		}
		return list
	}
	for _, m := range []struct {
		name  string
		calls []*reference.Call
		bytes int64
	}{{"small", calls(1, 64), 0}, {"small of 64", calls(64, 64), 0}, {"vocab 128256", calls(1, 128256), 2 * 4 * 128256}} {
		b.Run(m.name, func(b *testing.B) {
			b.SetBytes(m.bytes)
			for b.Loop() {
				for _, err := range c.Run(context.Background(), m.calls) {
					require.NoError(b, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(m.calls)), "us/call")
		})
	}
}
