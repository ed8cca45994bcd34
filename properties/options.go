package properties

import (
	"crypto/rand"
	"encoding/binary"
	"runtime"
	"slices"
	"time"

	"github.com/seed-210c9500/assay/reference"
)

// complete fills in what was left open, and refuses names that do not exist.
func (o *Options) complete() error {
	if o.Effort == 0 {
		o.Effort = Normal
	}
	if o.Jobs <= 0 {
		o.Jobs = runtime.GOMAXPROCS(0)
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	for _, name := range o.Ops {
		if _, err := reference.ByName(name); err != nil {
			return err
		}
	}
	for o.Seed == 0 {
		var b [8]byte
		if _, err := rand.Read(b[:]); err != nil {
			return err
		}
		o.Seed = binary.LittleEndian.Uint64(b[:]) >> 11 // exact in a JSON number
	}
	return nil
}

// kind is what a row of the report is about.
type kind struct {
	op *reference.Op
	d  reference.DType
}

// kinds are those asked for, in the order of the table.
func (o *Options) kinds() []kind {
	var kinds []kind
	for _, op := range reference.Ops {
		if o.Ops != nil && !slices.Contains(o.Ops, op.Name) {
			continue
		}
		for _, d := range op.DTypes() {
			if o.DTypes == nil || slices.Contains(o.DTypes, d) {
				kinds = append(kinds, kind{op, d})
			}
		}
	}
	return kinds
}
