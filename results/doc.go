// Package results holds no code: it keeps records of runs, each with the command
// that made it. It is a module of its own so that they do not travel with imports.
package results
