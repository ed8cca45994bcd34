package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/seed-210c9500/assay/properties/wire"
	"github.com/seed-210c9500/assay/reference"
)

// logitsLimit is how many logits a file may hold: 512 positions of a vocabulary
// of 128k. The reference takes about a microsecond for each.
const logitsLimit = 1 << 26

// saved is a model's logits with the tokens that followed.
type saved struct {
	name     string // of the file
	logits   reference.Tensor
	labels   reference.Tensor // I64
	text     string           // the passage, where the file has one
	model    string
	producer map[string]float64 // losses that the file's metadata state
}

// readSaved checks a file of logits and labels: the names, types and shapes, and
// every value.
func readSaved(name string, w *wire.File) (*saved, error) {
	s := &saved{name: name, producer: map[string]float64{}}
	if err := s.read(w); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

func (s *saved) read(w *wire.File) error {
	x, err := s.tensor(w, "logits", 2, "F16", "BF16", "F32", "F64")
	if err != nil {
		return err
	}
	y, err := s.tensor(w, "labels", 1, "I64", "I32")
	if err != nil {
		return err
	}
	rows, vocab := x.Shape[0], x.Shape[1]
	switch {
	case rows == 0 || vocab == 0:
		return fmt.Errorf("logits have shape %v: want at least one position and one token", x.Shape)
	case rows > logitsLimit/vocab:
		return fmt.Errorf("logits have shape %v: want at most %d of them; keep fewer positions", x.Shape, logitsLimit)
	case y.Shape[0] != rows:
		return fmt.Errorf("labels have %d positions, logits %d: want one label for each", y.Shape[0], rows)
	}
	if s.logits, err = tensorOf(x); err != nil {
		return err
	}
	labels, err := tensorOf(y)
	if err != nil {
		return err
	}
	s.labels = reference.NewTensor(reference.I64, rows)
	for i := range rows {
		v := labels.Int(i)
		if v < 0 || v >= int64(vocab) {
			return fmt.Errorf("labels[%d] is %d: want a token in [0, %d), the vocabulary of logits", i, v, vocab)
		}
		s.labels.PutInt(i, v)
	}
	if err := s.rowsAreProper(); err != nil {
		return err
	}
	s.text, s.model = w.Metadata["text"], w.Metadata["model"]
	for _, key := range []string{"loss", "loss_producer", "perplexity"} {
		text, ok := w.Metadata[key]
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(v) {
			return fmt.Errorf("metadata %s is %q: want a number", key, clip(text, 40))
		}
		s.producer[key] = v
	}
	return nil
}

// tensor finds a tensor and checks its type and rank.
func (s *saved) tensor(w *wire.File, name string, rank int, dtypes ...string) (wire.Tensor, error) {
	t, ok := w.Tensor(name)
	if !ok {
		var have []string
		for _, t := range w.Tensors {
			have = append(have, t.Name)
		}
		return t, fmt.Errorf("no tensor %q: want logits [positions, vocab] and labels [positions], the file has %s", name, clip("["+strings.Join(have, " ")+"]", 200))
	}
	ok = false
	for _, d := range dtypes {
		ok = ok || d == t.DType
	}
	if !ok {
		return t, fmt.Errorf("%s have dtype %s: want one of %s", name, t.DType, strings.Join(dtypes, ", "))
	}
	if len(t.Shape) != rank {
		return t, fmt.Errorf("%s have shape %v: want %d dimensions", name, t.Shape, rank)
	}
	return t, nil
}

// rowsAreProper refuses what a model that works does not say: NaN, +Inf, a row
// with nothing but -Inf. Kernels meet those in the edge cases.
func (s *saved) rowsAreProper() error {
	vocab := s.logits.Shape[1]
	var row []float64
	for i := range s.logits.Shape[0] {
		row = s.logits.Row(i, row)
		masked := 0
		for j, v := range row {
			switch {
			case math.IsNaN(v) || math.IsInf(v, 1):
				return fmt.Errorf("logits[%d,%d] is %v: want finite numbers or -Inf", i, j, v)
			case math.IsInf(v, -1):
				masked++
			}
		}
		if masked == vocab {
			return fmt.Errorf("logits[%d] are all -Inf: want a token that can come next", i)
		}
	}
	return nil
}
