// Command assay verifies the probability kernels of language models: it runs
// every variant this machine has against the float64 reference, finds the
// smallest input on which one goes wrong and says which term of the error bound
// it broke.
//
//	assay list                 operations x variants on this machine
//	assay verify               every variant here: bounds, laws, edges, bits, real logits
//	assay verify --exec CMD    ...or the kernels of a child process, in any language
//	assay init LANGUAGE        an example kernel in Python, C, Rust, JavaScript or Go
//	assay explain OP [CASE]    one operation, or the bound of one failing case
//	assay repro ID             one failing case again, alone
//	assay bench                Go benchmark format on stdout
//	assay diff A.json B.json   what became worse between two reports
//	assay version              what was built, and what it runs on
//
// It exits with 0 when everything held (PROFILE and UNSUPPORTED included, unless
// required), with 1 for a FAIL, CRASH or TIMEOUT or a required variant that could
// not run, and with 2 for wrong use, an error of the tool, a case that a trivial
// kernel passes, no case at all, or a run that stopped before its end (a budget
// spent, Ctrl-C) with nothing failed so far: what was not tried did not hold. A
// failure found before the stop still exits with 1.
package main

import "os"

func main() { os.Exit(Main(os.Args[1:], os.Stdout, os.Stderr)) }
