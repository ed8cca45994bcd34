package adapters

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/properties/child"
)

// need skips where a command fails, unless the comma list REQUIRE names what it
// stands for.
func need(t testing.TB, what string, command ...string) {
	t.Helper()
	out, err := exec.Command(command[0], command[1:]...).CombinedOutput()
	if err == nil {
		return
	}
	if slices.Contains(strings.Split(os.Getenv("REQUIRE"), ","), what) {
		t.Fatalf("REQUIRE names %s: %s: %v\n%s", what, strings.Join(command, " "), err, out)
	}
	t.Skipf("no %s here: %s: %v", what, strings.Join(command, " "), err)
}

func needPython(t *testing.T) { need(t, "python", "python3", "-c", "import numpy") }
func needC(t *testing.T)      { need(t, "c", "gcc", "--version") }

// example writes a language's files into a directory of the test's own, each
// changed by old and new where they are given.
func example(t testing.TB, language string, change ...string) string {
	t.Helper()
	dir := t.TempDir()
	i := slices.IndexFunc(Examples, func(e Example) bool { return e.Language == language })
	replaced := 0
	for name, b := range Examples[i].Files() {
		path := filepath.Join(dir, filepath.FromSlash(name))
		text := string(b)
		if len(change) > 0 && strings.HasPrefix(filepath.Base(path), "softmax") {
			replaced += strings.Count(text, change[0])
			text = strings.Replace(text, change[0], change[1], 1)
		}
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
	}
	require.Equal(t, len(change)/2, replaced, "places to change")
	return dir
}

func pythonExample(t *testing.T, change ...string) child.Options {
	needPython(t)
	return child.Options{Name: "it", Command: []string{"python3", filepath.Join(example(t, "python", change...), "softmax.py")}}
}

func cExample(t *testing.T, change ...string) child.Options {
	needC(t)
	dir := example(t, "c", change...)
	out, err := exec.Command("gcc", "-O2", "-std=gnu99", "-Wall", "-Wextra", "-Werror", "-o", filepath.Join(dir, "softmax"), filepath.Join(dir, "softmax.c"), "-lm").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return child.Options{Name: "it", Command: []string{filepath.Join(dir, "softmax")}}
}

func rustExample(t *testing.T, change ...string) child.Options {
	need(t, "rust", "cargo", "--version")
	dir := example(t, "rust", change...)
	build := exec.Command("cargo", "build", "--offline", "--quiet", "--example", "softmax")
	build.Dir = dir
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return child.Options{Name: "it", Command: []string{filepath.Join(dir, "target", "debug", "examples", "softmax")}}
}

func javascriptExample(t *testing.T, change ...string) child.Options {
	need(t, "javascript", "node", "--version")
	return child.Options{Name: "it", Command: []string{"node", filepath.Join(example(t, "javascript", change...), "softmax.mjs")}}
}

func judged(t *testing.T, o child.Options) *properties.Report {
	t.Helper()
	c, err := child.Start(context.Background(), o)
	require.NoError(t, err)
	defer c.Close()
	r, err := properties.Check(context.Background(), c, properties.Options{Ops: c.Ops(), Effort: properties.Quick, Seed: 7, Timeout: c.Longest()})
	require.NoError(t, err)
	return r
}

// built are the examples by language, each made ready to run.
var built = map[string]func(*testing.T, ...string) child.Options{"python": pythonExample, "c": cExample, "rust": rustExample, "javascript": javascriptExample}

func TestExamplesHold(t *testing.T) {
	for language, options := range built {
		t.Run(language, func(t *testing.T) {
			o := options(t)
			begun := time.Now()
			r := judged(t, o)
			require.Empty(t, r.Findings)
			require.Greater(t, r.Summary["cases"], 80)
			require.Zero(t, r.Summary["UNSUPPORTED"])
			require.Less(t, time.Since(begun), 30*time.Second)
			require.NoError(t, child.Conform(context.Background(), o))
		})
	}
}

// Wrong kernels are caught; says is what the finding must speak of.
func TestWrongTwinsAreCaught(t *testing.T) {
	for _, w := range []struct {
		name     string
		options  func(*testing.T, ...string) child.Options
		was, is  string
		law      string
		says     string
		smallest int // logits of the reduced input, 0: any
	}{
		{"python a lane lost", pythonExample, "y = np.exp(d / t)", "y = np.exp(d / t); y[:, 64:65] = 0", "bound", "y[0,64]", 65},
		{"python mass from the neighbour", pythonExample, "y.sum(axis=1, keepdims=True)", "y[:1].sum(axis=1, keepdims=True)", "", "", 0},
		{"python writes its input", pythonExample, "m = x.max(", "x += 0; m = x.max(", "error", "read-only", 0},
		{"python another type", pythonExample, "return y.astype(x.dtype)", "return y.astype(np.float16)", "error", "output y is F16[", 0},
		{"python another shape", pythonExample, "return y.astype(x.dtype)", "return y.T.astype(x.dtype)", "error", "output y is F", 0},
		{"python raises", pythonExample, "m = x.max(", "assert x.shape[1] != 3, 'three'; m = x.max(", "error", "AssertionError: three (softmax.py:", 0},
		{"c a lane lost", cExample, "sum += y[i];", "y[i] *= i != 64; sum += y[i];", "bound", "y[0,64]", 65},
		{"c one element too many", cExample, "i < n; i++) y[i] /= sum;", "i <= n; i++) y[i] = i < n ? y[i] / sum : 0;", "error", "memory past the end of y was written to", 1},
		{"c one element too few", cExample, "i < n; i++) y[i] = NAN;", "i + 1 < n; i++) y[i] = NAN;", "written", "not written", 0},
		{"c writes its input", cExample, "float m = x[best], sum = 0;", "float m = x[best], sum = 0; ((float *)x)[0] = -INFINITY;", "error", "the input x was written to", 0},
		{"rust a lane lost", rustExample, "let sum: f32", "if y.len() > 64 { y[64] = 0.0 }\n    let sum: f32", "bound", "y[0,64]", 65},
		{"rust panics", rustExample, "let m = x[best];", "let m = x[best]; assert!(x.len() < 101, \"too long\");", "error", "it panicked: too long", 101},
		{"rust too few", rustExample, "c.put(\"y\", &y);", "c.put(\"y\", &y[..y.len() / 2]);", "error", "output y is F32[", 0},
		{"javascript a lane lost", javascriptExample, "sum += y[i];", "y[i] *= i !== 64; sum += y[i];", "bound", "y[0,64]", 65},
		{"javascript writes its input", javascriptExample, "const m = x[best];", "const m = x[best]; x[0] += 1;", "error", "the input x was written to", 0},
		{"javascript throws", javascriptExample, "const m = x[best];", "const m = x[best]; if (x.length > 100) throw new Error('too long');", "error", "too long at row (file:", 101},
		{"c a fault", cExample, "float m = x[best], sum = 0;", "float m = x[best], sum = n > 100 ? x[(size_t)1 << 40] * 0 : 0;", "crash", "segmentation fault", 101},
	} {
		t.Run(w.name, func(t *testing.T) {
			r := judged(t, w.options(t, w.was, w.is))
			require.NotEmpty(t, r.Findings)
			i := slices.IndexFunc(r.Findings, func(f properties.Finding) bool {
				return (w.law == "" || f.Law == w.law) && strings.Contains(f.Says, w.says)
			})
			require.GreaterOrEqual(t, i, 0, "%v", r.Findings)
			if w.smallest > 0 {
				require.Equal(t, w.smallest, r.Findings[i].Call.In[0].Len(), r.Findings[i].String())
			}
		})
	}
}

// Where a system hands down no descriptors, frames go over standard input and
// output.
func TestStandardStreams(t *testing.T) {
	need(t, "sh", "sh", "-c", "true")
	for name, options := range built {
		t.Run(name, func(t *testing.T) {
			o := options(t)
			o.Command = append([]string{"sh", "-c", `unset ASSAY_IN_FD ASSAY_OUT_FD; exec "$@" <&3 >&4 3<&- 4>&-`, "sh"}, o.Command...)
			require.NoError(t, child.Conform(context.Background(), o))
		})
	}
}

// A Python without NumPy works on lists; one that prints harms nobody.
func TestPythonAlone(t *testing.T) {
	need(t, "python3", "python3", "--version")
	dir := example(t, "python")
	script := filepath.Join(dir, "lists.py")
	require.NoError(t, os.WriteFile(script, []byte(`
import math
from assay_kernel import kernel, serve

@kernel("softmax", arrays="lists", dtypes="f32,f64,f16")
def softmax(x):  # no temperature: calls with one are UNSUPPORTED
    print("at work")
    return [row_softmax(row) for row in x]

def row_softmax(row):
    m = max(row, default=0.0)
    if math.isinf(m) or any(map(math.isnan, row)):
        return [math.nan] * len(row)
    e = [math.exp(v - m) for v in row]
    total = math.fsum(e)
    return [v / total for v in e]

serve()
`), 0o666))
	r := judged(t, child.Options{Name: "lists", Command: []string{"python3", script}})
	require.Empty(t, r.Findings)
	require.Greater(t, r.Summary["PASS"], 150)
	require.Greater(t, r.Summary["UNSUPPORTED"], 10)
}
