// Package reference states every operation assay covers, plainly, in float64.
//
// It is the truth the other rooms are held to: [Ops] lists the operations, one
// row each, and a row carries the formula, the inputs and their domains, the
// float64 body, the edge cases with their declared answers, and the error bound
// a kernel must keep. Verification, benchmarks, vectors and documentation all
// iterate over that table.
//
// Natural logarithms (nats) are used throughout unless a name says bits. Rows
// are independent. Nothing but the standard library is imported.
package reference
