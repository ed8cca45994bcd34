package main

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/properties/wire"
	"github.com/seed-210c9500/assay/reference"
)

// honest answers with the reference's values, rounded.
func honest(c *reference.Call) error {
	t, err := c.Truth()
	if err != nil {
		return err
	}
	for o, out := range c.Out {
		for i := range out.Len() {
			if !out.Absent() {
				out.Put(i, t.Out[o].Get(i))
			}
		}
	}
	return nil
}

// scaled is a softmax whose probabilities are one part in a thousand too large,
// but for powers of two: where every kernel gives the same bits a bound has no
// terms to print.
func scaled(c *reference.Call) error {
	err := honest(c)
	if err == nil {
		for i := range c.Out[0].Len() {
			if v := c.Out[0].Get(i); v < 0.9 {
				if fraction, _ := math.Frexp(v); fraction != 0.5 {
					c.Out[0].Put(i, v*1.001)
				}
			}
		}
	}
	return err
}

// nearly differs from honest in the last bit of the first output of rows of more
// than four, which the bound allows.
func nearly(c *reference.Call) error {
	err := honest(c)
	if err == nil && c.Out[0].Len() > 4 && c.Out[0].Get(0) > 0x1p-20 && c.Out[0].Get(0) < 0.5 {
		c.Out[0].SetBits(0, c.Out[0].Bits(0)+1)
	}
	return err
}

func crashing(*reference.Call) error { panic("index out of range [128]") }

// planted makes a table of softmax kernels, all of one contract.
func planted(kernels map[string]func(*reference.Call) error) []*reference.Variant {
	var rows []*reference.Variant
	for _, name := range []string{"honest", "again", "scaled", "nearly", "crashing", "refusing", "away"} {
		run, ok := kernels[name]
		if !ok {
			continue
		}
		k := reference.Contract{Acc: reference.F32, Sum: "any", Level: "tight", Ties: "first", Profile: "ieee", Bits: "draft", ExpULP: 1, LnULP: 1}
		v := &reference.Variant{Op: "softmax", Name: name, DTypes: []reference.DType{reference.F32}, Contract: k, Run: run}
		if name == "away" {
			v.Ready = func() error { return errors.New("needs a processor of another kind") }
		}
		rows = append(rows, v)
	}
	return rows
}

type kernels = map[string]func(*reference.Call) error

// small is a file of logits that a test can read through.
func small() *wire.File {
	x := reference.Of(reference.F16, []int{2, 4}, 1, 2, 3, 4, 0, 0, 0, 8)
	y := reference.Vector(reference.I64, 3, 1)
	return &wire.File{Metadata: map[string]string{"text": "two words", "loss_producer": "4.2"}, Tensors: []wire.Tensor{wireTensor("logits", x), wireTensor("labels", y)}}
}

// assay runs the command on planted kernels in a directory of its own.
func assay(t *testing.T, k kernels, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return assayIn(t, context.Background(), k, args...)
}

func assayIn(t *testing.T, ctx context.Context, k kernels, args ...string) (int, string, string) {
	t.Helper()
	var out, errs bytes.Buffer
	a := &app{variants: planted(k), logits: func() (*wire.File, error) { return small(), nil }, stdout: &out, stderr: &errs, narrow: few}
	code := a.main(ctx, args)
	return code, out.String(), errs.String()
}

// few leaves an ordinary case, that of the seed, beside those of the command's
// own: the tests here are of the command, not of the properties.
func few(o *properties.Options) {
	draw := properties.NewDraw(o.Seed)
	for _, op := range reference.Ops {
		c := example(op, reference.F32)
		x := c.In[0]
		for i := range x.Len() {
			x.Put(i, 3*draw.Normal())
		}
		o.Extra = append(o.Extra, properties.NewCase("G01", "normal", o.Seed, c))
	}
	o.Only = true
}

// verifyQuick is assay verify on few cases, failures kept in dir.
func verifyQuick(t *testing.T, k kernels, dir string, more ...string) (int, string, string) {
	t.Helper()
	return assay(t, k, append([]string{"verify", "--quick", "--op", "softmax", "--seed", "7", "--failures", dir}, more...)...)
}

// narrow asserts that no line is wider than the page, but for those with a path
// in them.
func narrow(t *testing.T, text string) {
	t.Helper()
	for _, line := range strings.Split(text, "\n") {
		if n := len([]rune(line)); n > pageWidth && !strings.Contains(line, string(filepath.Separator)+"Test") {
			t.Errorf("%d columns, want at most %d: %s", n, pageWidth, line)
		}
	}
}

// save writes a file of logits into a test's directory.
func save(t *testing.T, f *wire.File) string {
	t.Helper()
	var b bytes.Buffer
	_, err := f.WriteTo(&b)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "logits.safetensors")
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o666))
	return path
}
