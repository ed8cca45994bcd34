//go:build race

package zoo

// racing says that the race detector runs: faults planted as races are left out.
const racing = true
