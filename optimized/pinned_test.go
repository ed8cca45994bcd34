package optimized

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/seed-210c9500/assay/reference"
)

// pinned is the hash over every output of every pinned case, per operation. It is
// the same constant on every processor and architecture; a change of it is a
// change of the specification.
var pinned = map[string]string{
	"softmax":                "bb6526cb27c0ccc0013f812f0067ded8",
	"cross_entropy":          "a50717cd73eaf18ed8ad648542c83cc4",
	"top_p_filter":           "fd1eb971c48b91f24cce8d02475d5bd4",
	"log_softmax":            "e2f6fd522b876248b7072107bd2183f3",
	"logsumexp":              "915f9f3c8f1e2371ef739c7cb89aa8ab",
	"entropy_from_logits":    "aec8e48d493fe2bc51d725d976b654d2",
	"kl_from_logits":         "1d7eed4514050906e0c0813777456b15",
	"softmax_backward":       "7f827c67722c603f29b2580004403d55",
	"entropy":                "63fdd6f553c98af384c9d8bdb956cb31",
	"kl":                     "4f5ea298db678807091d09faa2c3871b",
	"cross_entropy_pq":       "8131d01f20a97fca484162e4eb6f41d0",
	"js":                     "803e2f36d873cad2d0768a250cc15869",
	"cross_entropy_soft":     "34eb896c4de3d28cb288bcc6bad5cf32",
	"cross_entropy_backward": "d680a9a2ccfb12fd30d1f47b1309511f",
	"sample_logits":          "3585dc6c23947a51129ec848b02d0499",
}

// pinnedFirst have every length of pinnedCalls, the others a third of them.
var pinnedFirst = map[string]bool{"softmax": true, "cross_entropy": true, "top_p_filter": true, "sample_logits": true}

// stream makes the pinned inputs: integers only, so that no architecture's
// math library has a say (PCG's multiplier, the upper bits).
type stream uint64

func (s *stream) next(n uint32) uint32 {
	*s = *s*6364136223846793005 + 1442695040888963407
	return uint32(uint64(*s) >> 32 * uint64(n) >> 32)
}

// unit is a multiple of 2^-24 in [0, 1).
func (s *stream) unit() float64 { return float64(s.next(1<<24)) * 0x1p-24 }

// pinnedKinds are what the rows of the pinned cases hold.
var pinnedKinds = []struct {
	name string
	make func(s *stream, i int) float64
}{
	{"bell", func(s *stream, i int) float64 { return s.unit() + s.unit() + s.unit() + s.unit() - 2 }},
	{"wide", func(s *stream, i int) float64 { return 200*s.unit() - 150 }},
	{"flat", func(s *stream, i int) float64 { return 0.3125 }},
	{"two levels", func(s *stream, i int) float64 { return -17 * float64(s.next(2)) }},
	{"masked", func(s *stream, i int) float64 {
		if s.next(2) == 0 {
			return math.Inf(-1)
		}
		return 8 * s.unit()
	}},
	{"dominant", func(s *stream, i int) float64 {
		if i == 0 {
			return 40
		}
		return s.unit() - 1
	}},
	{"far", func(s *stream, i int) float64 { return 3e38 * (s.unit() - 0.5) }},
	{"offset", func(s *stream, i int) float64 { return 30000 + 4*s.unit() }},
	{"subnormal", func(s *stream, i int) float64 { return float64(s.next(1<<20)) * 0x1p-149 }},
	{"finite bits", func(s *stream, i int) float64 {
		b := s.next(1 << 31)
		if b>>23&0xff == 0xff {
			b &= 0x3fffffff
		}
		return float64(math.Float32frombits(b ^ s.next(2)<<31))
	}},
	{"NaN somewhere", func(s *stream, i int) float64 {
		if i == 3 {
			return math.NaN()
		}
		return s.unit()
	}},
	{"infinite", func(s *stream, i int) float64 {
		if i == 1 {
			return math.Inf(1)
		}
		return s.unit()
	}},
}

// pinnedCalls are the calls of one operation: every length around vectors, lanes
// and chunks, with kinds, element types and parameters taken in turn.
func pinnedCalls(op *reference.Op) (calls []*reference.Call) {
	var vocabs []int
	for v := 1; v <= 40; v++ {
		vocabs = append(vocabs, v)
	}
	for _, v := range []int{64, 128, 256, 512, 1024, 1280, 2048, 3072, 4096, 8192} {
		vocabs = append(vocabs, v-1, v, v+1)
	}
	vocabs = append(vocabs, 1000, 5000, 12000, 33000)
	temperatures := []float64{1, 0.7, 1.4426950408889634, 0x1p-40, 17, 0, math.Inf(1), 1e-3}
	s := stream(1)
	n := 0
	for v, vocab := range vocabs {
		if !pinnedFirst[op.Name] && v%3 != 0 {
			continue
		}
		for k, kind := range pinnedKinds {
			d := []reference.DType{reference.F32, reference.BF16, reference.F16}[n%3]
			x := reference.NewTensor(d, 2, vocab)
			for i := range x.Len() {
				x.Put(i, kind.make(&s, i%vocab))
			}
			in := map[string]reference.Tensor{"x": x}
			other := func(of func(v float64) float64) reference.Tensor { // a second matrix: the first, of, and something of its own
				t := reference.NewTensor(d, 2, vocab)
				for i := range x.Len() {
					t.Put(i, of(x.Get(i))+[]float64{0x1p-10, 1, 16}[n%3]*s.unit())
				}
				return t
			}
			same := func(v float64) float64 { return v }
			choice := map[string]string{}
			T := temperatures[(n/3+k)%len(temperatures)]
			switch op.Name {
			case "softmax":
				in["temperature"] = reference.Vector(reference.F32, T, 1)
			case "log_softmax", "logsumexp", "entropy_from_logits":
				in["temperature"] = reference.Vector(reference.F32, 1, max(T, 0.25))
			case "kl_from_logits":
				in["y"] = other(same)
			case "softmax_backward":
				in = map[string]reference.Tensor{"y": x, "dy": other(same), "temperature": reference.Vector(reference.F32, 1, max(T, 0.25))}
			case "entropy":
				in = map[string]reference.Tensor{"p": other(math.Abs)}
				choice["normalise"] = op.Choices["normalise"][n%2]
			case "kl", "cross_entropy_pq", "js":
				in = map[string]reference.Tensor{"p": other(math.Abs), "q": other(math.Abs)}
				choice["normalise"] = op.Choices["normalise"][n%2]
			case "cross_entropy_soft":
				in["q"] = other(math.Abs)
			case "cross_entropy_backward":
				in["label"] = reference.Vector(reference.I64, float64(s.next(uint32(vocab))), float64(s.next(uint32(vocab))))
				in["temperature"] = reference.Vector(reference.F32, 1, max(T, 0.25))
				in["smoothing"] = reference.Vector(reference.F32, 0, float64(n%3)*0.1)
				choice["reduction"] = op.Choices["reduction"][n%3]
			case "cross_entropy":
				in["label"] = reference.Vector(reference.I64, float64(s.next(uint32(vocab))), float64(s.next(uint32(vocab))))
				in["temperature"] = reference.Vector(reference.F32, 1, max(T, 0.25))
				in["smoothing"] = reference.Vector(reference.F32, 0, float64(n%3)*0.1)
				choice["reduction"] = op.Choices["reduction"][n%3]
			case "top_p_filter":
				in["p"] = reference.Vector(reference.F32, s.unit(), float64(n%5)/4)
			case "sample_logits":
				in["temperature"] = reference.Vector(reference.F32, T, 1)
				in["u"] = reference.Vector(reference.F64, s.unit(), s.unit())
			}
			calls = append(calls, op.NewCall(in, choice))
			n++
		}
	}
	return calls
}

// hash runs a variant on the pinned calls; a refusal counts by its code.
func hash(v *reference.Variant, calls []*reference.Call) (string, error) {
	h := sha256.New()
	var b [8]byte
	for _, c := range calls {
		switch err := v.Run(c).(type) {
		case nil:
		case *reference.Reject:
			fmt.Fprintf(h, "%s;%d;", err.Code, err.Row)
			continue
		default:
			return "", err
		}
		for _, out := range c.Out {
			if out.Absent() {
				continue
			}
			for i := range out.Len() {
				binary.LittleEndian.PutUint64(b[:], out.Bits(i))
				h.Write(b[:])
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// required reports whether REQUIRE, a comma list, names the variant.
func required(name string) bool {
	return slices.Contains(strings.Split(os.Getenv("REQUIRE"), ","), name)
}

// TestPinnedBits: one hash an operation, on every variant that can run here.
func TestPinnedBits(t *testing.T) {
	for _, v := range Variants {
		t.Run(v.Op+"/"+v.Name, func(t *testing.T) {
			t.Parallel() // under an emulator these are minutes
			if testing.Short() && runtime.GOARCH == "amd64" && v.Name == "portable" && required("avx2") {
				t.Skip("an emulated processor without vectors has run it")
			}
			if err := v.Ready(); err != nil {
				if required(v.Name) {
					t.Fatalf("%s is required and cannot run: %v", v.Name, err)
				}
				t.Skipf("NOT RUN: %s: %v", v.Name, err)
			}
			want, listed := pinned[v.Op]
			if !listed {
				t.Skip("not pinned yet")
			}
			op, err := reference.ByName(v.Op)
			if err != nil {
				t.Fatal(err)
			}
			got, err := hash(v, pinnedCalls(op))
			if err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("%s/%s: the outputs hash to %s, pinned is %s", v.Op, v.Name, got, want)
			}
		})
	}
}
