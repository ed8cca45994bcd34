package zoo

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

// misses is how often each sampler with a generator of its own is tried:
// go test ./properties/zoo -run TestMisses -v -timeout 1h -args -misses 100
var misses = flag.Int("misses", 0, "runs of TestMisses; 0 leaves it out")

// How often counting draws misses a sampler that is wrong, and how often it accuses
// one that is right: runs on fresh seeds, of the two laws that count alone.
func TestMisses(t *testing.T) {
	if *misses == 0 {
		t.Skip("counts millions of draws: ask with -misses")
	}
	for _, name := range []string{"sample_logits", "sample_probs", "sample_chain"} {
		op, err := reference.ByName(name)
		require.NoError(t, err)
		wrong, right := Of(op)
		for _, k := range wrong {
			if k.Law == "draws_follow_p" || k.Law == "draws_independent" {
				missed := *misses - catches(t, op, &k)
				t.Logf("%-90s missed %d of %d", k.ID, missed, *misses)
				assert.LessOrEqual(t, missed, *misses/20, k.ID)
			}
		}
		for _, k := range right {
			if k.ID == name+"/race" || k.ID == name+"/own-generator" {
				assert.Zero(t, catches(t, op, &k), k.ID)
				t.Logf("%-90s right, %d runs", k.ID, *misses)
			}
		}
	}
}

// catches is in how many runs a law that counts draws finds something.
func catches(t *testing.T, op *reference.Op, k *Kernel) (found int) {
	for run := range *misses {
		seeds := reference.NewTensor(reference.U64, 2)
		seeds.SetBits(0, uint64(run))
		c := op.NewCall(map[string]reference.Tensor{op.In[0].Name: properties.Matrix(reference.F32, 2, 50, func(r, i int) float64 { return float64(1 + i%3) }), "seed": seeds}, nil)
		report, err := properties.Check(t.Context(), k.Implementation(), properties.Options{Ops: []string{op.Name}, Seed: 1, Only: true, Hunt: true,
			Extra: []properties.Case{properties.NewCase("G30", "one seed, requests apart", uint64(run), c)}})
		require.NoError(t, err)
		for _, f := range report.Findings {
			if f.Status == properties.Fail {
				found++
				break
			}
		}
	}
	return found
}
