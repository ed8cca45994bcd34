package properties

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/seed-210c9500/assay/reference"
)

// Schema names the version of the JSON report.
const Schema = "assay.report/1"

// Status is what became of a case.
type Status string

// The statuses. Zero cases run is never a pass.
const (
	Pass        Status = "PASS"
	Fail        Status = "FAIL"
	RejectedOK  Status = "REJECTED-OK" // bad input refused as declared
	Unsupported Status = "UNSUPPORTED" // counted, never silent
	Profile     Status = "PROFILE"     // an edge case answered as another named system does
	Vacuous     Status = "VACUOUS"     // a trivial kernel would pass: the harness's own fault
	Crash       Status = "CRASH"
	Timeout     Status = "TIMEOUT"
	Waived      Status = "WAIVED" // a failure that Options.Waive knows of
)

// Num is a float64 that JSON can carry: NaN and infinities become strings.
type Num float64

// MarshalJSON writes a number, or "NaN", "+Inf", "-Inf".
func (n Num) MarshalJSON() ([]byte, error) {
	if f := float64(n); math.IsNaN(f) || math.IsInf(f, 0) {
		return json.Marshal(strconv.FormatFloat(f, 'g', -1, 64))
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads either form.
func (n *Num) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) != nil {
		s = string(b)
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return fmt.Errorf("number %s: %w", b, err)
	}
	*n = Num(f)
	return nil
}

// Finding is one case that did not simply pass.
type Finding struct {
	Op      string  `json:"op"`
	Variant string  `json:"variant"`
	DType   string  `json:"dtype"`
	Case    string  `json:"id"`
	Class   string  `json:"class"`
	Note    string  `json:"note,omitempty"`
	Law     string  `json:"law"` // "bound" for the reference itself
	Status  Status  `json:"status"`
	Profile string  `json:"profile,omitempty"` // the profile that was answered
	Says    string  `json:"says"`              // one line: what is wrong
	Out     string  `json:"out,omitempty"`     // the output
	Index   []int   `json:"index,omitempty"`
	Input   string  `json:"input,omitempty"`   // the (reduced) input, short, or the file that holds it
	Reduced string  `json:"reduced,omitempty"` // the logits' shape before and after
	Got     Num     `json:"got"`
	Ref     Num     `json:"reference"`
	Lo      Num     `json:"lo"`
	Hi      Num     `json:"hi"`
	Terms   []Term  `json:"terms,omitempty"`
	Repro   string  `json:"repro,omitempty"` // one command that repeats it
	Ratio   float64 `json:"-"`               // err/bound, for ordering
	Layout  Layout  `json:"layout,omitzero"` // where in memory it went wrong

	Call *reference.Call `json:"-"` // the reduced call, inputs and the kernel's outputs
}

// Term is one source of error in the bound that was broken.
type Term struct {
	Name    string `json:"name"`
	Formula string `json:"formula"`
	Value   Num    `json:"value"`
}

// Row sums up one operation, variant and element type.
type Row struct {
	Op        string                    `json:"op"`
	Variant   string                    `json:"variant"`
	DType     string                    `json:"dtype"`
	Contract  string                    `json:"contract,omitempty"`
	Cases     int                       `json:"cases"`
	Failed    int                       `json:"failed"`
	Status    Status                    `json:"status"`
	Reason    string                    `json:"reason,omitempty"`  // why a row is UNSUPPORTED
	Without   []string                  `json:"without,omitempty"` // probes that its transport cannot carry
	Counts    map[Status]int            `json:"counts"`
	Untried   int                       `json:"untried,omitempty"`   // cases left when the row was given up: too many crashes or timeouts
	FailedIn  map[string]int            `json:"failed_in,omitempty"` // failed cases of each class
	Broken    map[string]map[string]int `json:"broken,omitempty"`    // cases that broke a law, by its name and their class; the first law of a case alone, unless Options.Every
	Laws      map[string]int            `json:"laws"`                // how often each law was tried and had something to say
	Classes   map[string]int            `json:"classes"`             // cases of each class
	Worst     Num                       `json:"worst_err_over_bound"`
	WorstCase string                    `json:"worst_case,omitempty"`
	MaxULP    Num                       `json:"max_ulp"`             // of the bounded outputs with at least a normal result
	SameBits  string                    `json:"same_bits,omitempty"` // hash over all outputs of the cases of declared bits
}

// Report is what a verification found.
type Report struct {
	Schema   string            `json:"schema"`
	Seed     uint64            `json:"seed"`
	Machine  map[string]string `json:"machine"`
	Rows     []Row             `json:"rows"`
	Findings []Finding         `json:"failures"`
	Complete bool              `json:"complete"` // false when stopped early: the report must not look whole
	Summary  map[string]int    `json:"summary"`
}

// Options say how much to try and where to look.
type Options struct {
	Ops      []string // nil: all
	DTypes   []reference.DType
	Seed     uint64
	Effort   Effort
	FailFast bool                            // stop at the first failure
	Hunt     bool                            // stop judging an implementation at its first failure, which stays as it was found
	Every    bool                            // hear every law on every case, also after one was broken; what was found is counted, not reduced
	Jobs     int                             // cases judged at the same time; 0: one per processor
	Contract func(k *reference.Contract)     // changes what the kernel declares, for one that cannot
	Waive    func(f *Finding) bool           // failures that are known, and not to be counted as such; called by several goroutines
	Timeout  time.Duration                   // for one call of the kernel; 0: 30 seconds
	Extra    []Case                          // cases of the caller's own: real logits, a case to repeat
	Only     bool                            // the extra cases alone
	Progress func(done, total int, row *Row) // called from one goroutine at a time
}

// Effort is how much is tried.
type Effort uint8

// Quick is a few seconds, Thorough as long as it takes.
const (
	Quick Effort = iota + 1
	Normal
	Thorough
)
