// Package benchmarks says what a kernel costs.
//
// [Variants] joins the tables of the implementations. [Run] times every row of
// them on the shapes of [reference.Ops] and prints the Go benchmark format:
//
//	BenchmarkSoftmax/rows=1/vocab=128256/dtype=f32/impl=avx2  420  41234 ns/op  24.9 GB/s  3.1 x-copy  0.31 err/bound  0 allocs/op
//
// # What is measured
//
// All rows of one shape and element type take turns with a copy and a read of
// the same bytes: rounds of short epochs, in an order that rotates and is
// reversed every second round, so that drift of the machine meets all of them.
// A row's figure is its fastest epoch. What disturbs a program on a shared
// machine only ever adds time, so the minimum is the statistic that the
// neighbours move least: with identical binaries it is the one whose ratio has
// the smallest spread. It hides what is slow now and then, which for kernels
// without allocation, locks or input/output is the machine's business.
//
// Each epoch starts with one call that is not timed: figures are for a row hot
// in whatever cache it fits. All variants of an operation read and write the
// same memory, so none is luckier in its pages than another.
//
//   - GB/s: bytes that must be moved (Work of the operation, at the element
//     type's width) over time.
//   - x-copy, x-read: time over that of copying, or reading, as many bytes.
//     Operations that write a row are held against the copy, the others against
//     the read.
//   - err/bound: the largest error of this very call's bounded outputs, as a
//     part of the bound its contract allows.
//   - allocs/op: heap allocations.
//
// A row whose output breaks its bound is not timed, and is named on the log. The
// outputs of every timed epoch must have the bits of the output that was judged.
//
// # Rows of logits
//
// The cost of selecting and sampling depends on the distribution. Names without
// a logits part are for Zipf-like rows, as language models make them;
// logits=gauss are standard normal ones, where nothing stands out.
//
// # benchstat
//
// Every figure of two runs:
//
//	assay bench -count 10 > old.txt; ...; benchstat old.txt new.txt
//
// variants side by side:
//
//	benchstat -col /impl new.txt
//
// The version of assay stands on a comment line, not among the configuration:
// benchstat puts results of different configurations into different tables, and
// two versions are what one wants side by side.
package benchmarks
