// Package adapters holds what a kernel in another language needs to be judged:
// one folder a language, with the adapter and an example. properties/child has the
// protocol that they speak.
package adapters

import "embed"

// Files are the adapters and their examples: python, c and go.
//
//go:embed python/assay_kernel/*.py python/*.py
var Files embed.FS
