package main

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-210c9500/assay/benchmarks"
	"github.com/seed-210c9500/assay/properties/logits"
	"github.com/seed-210c9500/assay/properties/wire"
	"github.com/seed-210c9500/assay/reference"
)

func TestLogitsFiles(t *testing.T) {
	x := wireTensor("logits", reference.Of(reference.F32, []int{2, 3}, 1, 2, 3, 4, 5, 6))
	y := wireTensor("labels", reference.Vector(reference.I64, 0, 2))
	with := func(x, y wire.Tensor) *wire.File { return &wire.File{Tensors: []wire.Tensor{x, y}} }
	f32 := func(v ...float64) wire.Tensor {
		return wireTensor("logits", reference.Of(reference.F32, []int{2, len(v) / 2}, v...))
	}
	named := func(name string, t wire.Tensor) wire.Tensor { t.Name = name; return t }
	inf := math.Inf(1)
	for _, c := range []struct {
		name string
		file *wire.File
		want string // in the error; "" for a good file
	}{
		{"good", with(x, y), ""},
		{"i32 labels", with(x, wireTensor("labels", reference.Vector(reference.I32, 0, 2))), ""},
		{"masked tokens", with(f32(0, -inf, 1, 2, 3, -inf), y), ""},
		{"no logits", with(named("scores", x), y), `no tensor "logits"`},
		{"no labels", with(x, named("targets", y)), `no tensor "labels": want logits [positions, vocab] and labels [positions], the file has [logits targets]`},
		{"integer logits", with(wireTensor("logits", reference.Of(reference.I64, []int{2, 3}, 1, 2, 3, 4, 5, 6)), y), "logits have dtype I64: want one of F16, BF16, F32, F64"},
		{"real labels", with(x, wireTensor("labels", reference.Vector(reference.F32, 0, 2))), "labels have dtype F32: want one of I64, I32"},
		{"flat logits", with(wireTensor("logits", reference.Vector(reference.F32, 1, 2, 3)), y), "logits have shape [3]: want 2 dimensions"},
		{"labels too many", with(x, wireTensor("labels", reference.Vector(reference.I64, 0, 1, 2))), "labels have 3 positions, logits 2"},
		{"label beyond", with(x, wireTensor("labels", reference.Vector(reference.I64, 0, 3))), "labels[1] is 3: want a token in [0, 3)"},
		{"label below", with(x, wireTensor("labels", reference.Vector(reference.I64, -100, 0))), "labels[0] is -100"},
		{"nan", with(f32(0, 1, 2, 3, math.NaN(), 5), y), "logits[1,1] is NaN"},
		{"infinity", with(f32(0, inf, 2, 3, 4, 5), y), "logits[0,1] is +Inf"},
		{"all masked", with(f32(0, 1, 2, -inf, -inf, -inf), y), "logits[1] are all -Inf"},
		{"empty", with(wireTensor("logits", reference.NewTensor(reference.F32, 0, 3)), wireTensor("labels", reference.NewTensor(reference.I64, 0))), "at least one position"},
		{"lying loss", &wire.File{Metadata: map[string]string{"loss": "0.5"}, Tensors: []wire.Tensor{x, y}}, ""}, // found when the reference has run
		{"loss no number", &wire.File{Metadata: map[string]string{"loss": "small"}, Tensors: []wire.Tensor{x, y}}, `metadata loss is "small"`},
	} {
		_, err := readSaved(c.name, c.file)
		if c.want == "" {
			assert.NoError(t, err, c.name)
			continue
		}
		assert.ErrorContains(t, err, c.want, c.name)
		assert.ErrorContains(t, err, c.name+": ")

		code, _, errs := assay(t, kernels{"honest": honest}, "verify", "--quick", "--op", "softmax", "--logits", save(t, c.file))
		assert.Equal(t, exitTool, code, c.name)
		assert.Contains(t, errs, c.want, c.name)
	}
}

func TestBrokenFiles(t *testing.T) {
	var whole bytes.Buffer
	_, err := small().WriteTo(&whole)
	require.NoError(t, err)
	lying := bytes.Clone(whole.Bytes())
	binary.LittleEndian.PutUint64(lying, 1<<60)
	for name, b := range map[string][]byte{"truncated": whole.Bytes()[:whole.Len()-3], "lying": lying, "empty": nil, "text": []byte("this is no file of tensors")} {
		path := filepath.Join(t.TempDir(), name+".safetensors")
		require.NoError(t, os.WriteFile(path, b, 0o666))
		for _, args := range [][]string{{"verify", "--op", "softmax", "--logits", path}, {"repro", path}, {"explain", "softmax", path}} {
			code, out, errs := assay(t, kernels{"honest": honest}, args...)
			assert.Equal(t, exitTool, code, name)
			assert.Contains(t, errs, path)
			assert.Empty(t, out)
		}
	}
	// A good file that is no case.
	code, _, errs := assay(t, kernels{"honest": honest}, "repro", save(t, small()))
	assert.Equal(t, exitTool, code)
	assert.Contains(t, errs, `metadata schema is "", want "assay.case/1"`)
}

func TestLyingLoss(t *testing.T) {
	f := small()
	f.Metadata["loss"] = "0.25"
	s, err := readSaved("lying", f)
	require.NoError(t, err)
	_, err = newReal(s, opTypes()).truth(opNames())
	assert.ErrorContains(t, err, "metadata loss is 0.25, but these logits and labels give")
}

// The figures of the built-in logits are those in the file's metadata.
func TestRealFigures(t *testing.T) {
	if testing.Short() {
		t.Skip("two million logits through the reference")
	}
	w, err := logits.SmolLM2()
	require.NoError(t, err)
	s, err := readSaved("SmolLM2", w)
	require.NoError(t, err)
	f, err := newReal(s, opTypes()).truth(opNames())
	require.NoError(t, err)
	assert.InEpsilon(t, s.producer["loss"], float64(f.Loss), 1e-12)
	assert.InEpsilon(t, s.producer["perplexity"], float64(f.Perplexity), 1e-11)
	assert.Len(t, f.Tokens, 8)
	assert.Greater(t, float64(f.NucleusMean), float64(f.NucleusMedian), "a few positions are wide open")
}

func TestRealSection(t *testing.T) {
	a := &app{variants: benchmarks.Variants(), logits: func() (*wire.File, error) { return small(), nil }, narrow: few}
	var out, errs bytes.Buffer
	a.stdout, a.stderr = &out, &errs
	code := a.main(t.Context(), []string{"verify", "--quick", "--variant", "portable", "--dtype", "f32", "--failures", t.TempDir()})
	assert.Equal(t, exitHeld, code, out.String()+errs.String())
	assert.Contains(t, out.String(), "real logits: SmolLM2, 2 positions x 4 tokens, f16")
	assert.Contains(t, out.String(), `the model reads "two words"`)
	assert.Regexp(t, `(?m)^reference  f64 +68\.\d+ `, out.String())
	assert.Regexp(t, `(?m)^portable   f32 .* agrees$`, out.String())
	assert.Contains(t, out.String(), "the producer's own loss: 4.20000000 nats")
	narrow(t, out.String())
}
