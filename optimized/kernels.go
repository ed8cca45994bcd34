package optimized

import (
	"fmt"
	"slices"
	"strings"

	"github.com/klauspost/cpuid/v2"

	"github.com/seed-210c9500/assay/optimized/internal/block"
)

// Kernels is the set of kernels for one instruction set. The zero value is the
// best this processor has.
type Kernels struct {
	forced bool
	isa    block.ISA
}

// needs are the processor features each set of kernels uses.
var needs = map[block.ISA][]cpuid.FeatureID{
	block.Portable: nil,
	block.AVX2:     {cpuid.AVX2, cpuid.FMA3, cpuid.F16C},
	block.AVX512:   {cpuid.AVX512F, cpuid.AVX512BW, cpuid.AVX512DQ, cpuid.AVX512VL},
	block.NEON:     {cpuid.ASIMD},
}

// isas in the order of preference, best last.
var isas = []block.ISA{block.Portable, block.NEON, block.AVX2, block.AVX512}

var best = func() block.ISA {
	b := block.Portable
	for _, isa := range isas {
		if ready(isa) == nil {
			b = isa
		}
	}
	return b
}()

// ready says why an instruction set cannot be used here, nil when it can.
func ready(isa block.ISA) error {
	if !slices.Contains(built, isa) {
		return fmt.Errorf("%v is not part of this build", isa)
	}
	var missing []string
	for _, f := range needs[isa] {
		if !cpuid.CPU.Supports(f) {
			missing = append(missing, f.String())
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("this processor lacks %s", strings.Join(missing, ", "))
	}
	return nil
}

// Named forces a variant: portable, avx2, avx512 or neon. The error says why it
// cannot run here.
func Named(name string) (Kernels, error) {
	var names []string
	for _, isa := range isas {
		if isa.String() == name {
			return Kernels{true, isa}, ready(isa)
		}
		names = append(names, isa.String())
	}
	return Kernels{}, fmt.Errorf("unknown variant %q: want one of %s", name, strings.Join(names, ", "))
}

func (k Kernels) use() block.ISA {
	if k.forced {
		return k.isa
	}
	return best
}

// String is the variant's name.
func (k Kernels) String() string { return k.use().String() }
