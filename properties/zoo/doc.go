// Package zoo tests the tests. It holds kernels that are wrong, each with one
// mistake that kernels in the field have made, and a family of kernels that are
// right and differ as kernels in the field do: in the order of their sums, in how
// they form an exponential, in where they round.
//
// A harness is as good as the wrong ones it catches and the right ones it leaves
// alone; assay mutants prints both scores. A wrong kernel is a right one with one
// thing changed: what it is asked ([Wrong] kernels built by asking), what it
// answers, or a step inside (a [slip] of a [style]).
package zoo
