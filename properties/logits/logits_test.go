package logits

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-210c9500/assay/properties/wire"
)

const positions, vocab = 40, 49152

// half widens a float16, which is exact.
func half(h uint16) float64 {
	sign, exponent, fraction := 1-2*float64(h>>15), int(h>>10&31), float64(h&1023)
	switch exponent {
	case 0:
		return sign * math.Ldexp(fraction, -24)
	case 31:
		return math.NaN() // an infinity would be as wrong here
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}

func load(t *testing.T) (f *wire.File, logits []float64, labels []int64) {
	t.Helper()
	f, err := SmolLM2()
	if err != nil {
		t.Fatal(err)
	}
	z, _ := f.Tensor("logits")
	y, _ := f.Tensor("labels")
	if z.DType != "F16" || !slices.Equal(z.Shape, []int{positions, vocab}) {
		t.Fatalf("logits: %s %v, want F16 [%d %d]", z.DType, z.Shape, positions, vocab)
	}
	if y.DType != "I64" || !slices.Equal(y.Shape, []int{positions}) {
		t.Fatalf("labels: %s %v, want I64 [%d]", y.DType, y.Shape, positions)
	}
	for b := z.Data; len(b) > 0; b = b[2:] {
		logits = append(logits, half(binary.LittleEndian.Uint16(b)))
	}
	for b := y.Data; len(b) > 0; b = b[8:] {
		labels = append(labels, int64(binary.LittleEndian.Uint64(b)))
	}
	return f, logits, labels
}

// number is a figure from the metadata.
func number(t *testing.T, f *wire.File, key string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(f.Metadata[key], 64)
	if err != nil {
		t.Fatalf("metadata %s: %v", key, err)
	}
	return v
}

func TestLossIsWhatTheMetadataSay(t *testing.T) {
	f, logits, labels := load(t)
	total := 0.0
	for i, label := range labels {
		row := logits[i*vocab : (i+1)*vocab]
		top := slices.Max(row) // NaN if there is one
		if math.IsNaN(top) {
			t.Fatalf("row %d has a logit that is not finite", i)
		}
		sum := 0.0
		for _, z := range row {
			sum += math.Exp(z - top)
		}
		total += top + math.Log(sum) - row[label]
	}
	loss := total / positions
	want, producer, perplexity := number(t, f, "loss"), number(t, f, "loss_producer"), number(t, f, "perplexity")
	t.Logf("loss %.16g, in the file %.16g, loss_producer %.9g, perplexity %.6f", loss, want, producer, perplexity)
	if math.Abs(loss-want) > 1e-12*want {
		t.Errorf("loss: computed %.17g, the metadata say %.17g", loss, want)
	}
	if math.Abs(math.Exp(loss)-perplexity) > 1e-11*perplexity {
		t.Errorf("perplexity: computed %.17g, the metadata say %.17g", math.Exp(loss), perplexity)
	}
	// Rounding moves a logit below 32 by at most 2^-7, so a loss by at most 2^-6.
	if math.Abs(loss-producer) > 1.0/64 {
		t.Errorf("loss %v lies too far from loss_producer %v for rounding to explain", loss, producer)
	}
}

func TestLabelsAreTheTextShifted(t *testing.T) {
	f, logits, labels := load(t)
	var ids []int64
	var tokens []string
	if err := json.Unmarshal([]byte(f.Metadata["token_ids"]), &ids); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(f.Metadata["tokens"]), &tokens); err != nil {
		t.Fatal(err)
	}
	if len(ids) != positions+1 || len(tokens) != len(ids) || !slices.Equal(ids[1:], labels) {
		t.Errorf("labels %v are not token_ids %v from the second on", labels, ids)
	}
	if text := strings.Join(tokens, ""); text != f.Metadata["text"] {
		t.Errorf("tokens spell %q, the text is %q", text, f.Metadata["text"])
	}
	right := 0
	for i, label := range labels {
		if label < 0 || label >= vocab {
			t.Fatalf("label %d is %d, want 0 to %d", i, label, vocab-1)
		}
		row := logits[i*vocab : (i+1)*vocab]
		if row[label] == slices.Max(row) {
			right++
		}
	}
	// Labels shifted by one would almost never be the model's first choice.
	t.Logf("the first choice is the text's in %d of %d positions", right, positions)
	if right < positions/4 {
		t.Errorf("the first choice is the text's in %d of %d positions, want a quarter at least", right, positions)
	}
}
