package properties

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/seed-210c9500/assay/reference"
)

// Case is one call to be judged.
type Case struct {
	ID    string // hash of operation, choices and input bits: the same on every machine
	Class string // the input class it comes from: G01 ... G48, edge, real
	Note  string // what is special about it, or the edge case's name
	Edge  *reference.Edge
	Seed  uint64
	Call  *reference.Call // inputs contiguous; outputs allocated, not yet written
	Layout
}

// Layout is where in memory a case is put before the kernel sees it.
type Layout struct {
	Offset  int    `json:"offset,omitempty"`   // misalignment in elements, another for each operand: see shift
	Padding int    `json:"padding,omitempty"`  // elements between a row's end and the next row's start
	Poison  Poison `json:"poison,omitempty"`   // what outputs, paddings and red zones hold beforehand
	InPlace bool   `json:"in_place,omitempty"` // outputs that may are their inputs
	Guard   Guard  `json:"guard,omitempty"`    // a protected page at one end of each operand
}

// NewCase names a call.
func NewCase(class, note string, seed uint64, c *reference.Call) Case {
	return Case{ID: id(c), Class: class, Note: note, Seed: seed, Call: c}
}

// id hashes what the kernel is asked, nothing of where or when.
func id(c *reference.Call) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s;%s;", c.Op.Name, c.ChoiceKey())
	var b []byte
	for i, t := range c.In {
		if t.Absent() {
			continue
		}
		fmt.Fprintf(h, "%s:%v%v;", c.Op.In[i].Name, t.DType, t.Shape)
		b = b[:0]
		for j := range t.Len() {
			b = binary.LittleEndian.AppendUint64(b, t.Bits(j))
		}
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Class is a declared kind of input (the names G01 ... G48 are stable).
type Class struct {
	Name, Says string
	Ops        []string // the operations it applies to; nil: every one with a row of logits

	// Make appends cases for one operation and element type. size is the
	// largest vocabulary wanted; draw is seeded for this class, operation and
	// type alone, so that a class can be run by itself.
	Make func(op *reference.Op, d reference.DType, size int, draw *Draw) []Case

	// Why says where a class without Make is looked after instead: the names
	// stay whole, so that a report can say what was not tried.
	Why string
}

// Law is a property that must hold of a kernel on a case, whatever the
// reference says: it may run the kernel again on inputs changed in a known way.
type Law struct {
	Name, Says string
	Ops        []string // operations it binds
	Classes    []string // classes it is tried on; nil: all
	Needs      []Probe
	Heavy      bool // heard whenever it binds, but by quick effort on float32 alone

	// Hold runs the kernel as it likes through try and returns what is wrong,
	// nil when the law holds or says nothing about this case. got is the
	// kernel's answer to the case itself, judged already.
	Hold func(ctx context.Context, try Try, k reference.Contract, c Case, got *reference.Call) *Finding
}

// Try runs the kernel under judgement on one call.
type Try func(ctx context.Context, c *reference.Call) error
