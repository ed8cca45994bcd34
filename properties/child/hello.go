package child

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seed-210c9500/assay/properties/wire"
	"github.com/seed-210c9500/assay/reference"
)

// helloLimit is the longest answer to a hello.
const helloLimit = 1 << 20

// offer is what a child says of itself.
type offer struct {
	adapter string
	probes  []string
	kernels map[kernel]reference.Contract
}

// kernel is one operation in one element type.
type kernel struct {
	op string
	d  reference.DType
}

// readHello checks a child's hello against the table: a name that is not there
// is a slip which would otherwise leave a kernel unjudged and say nothing.
func readHello(f *wire.File) (*offer, error) {
	meta := f.Metadata
	if meta["message"] != "hello" {
		return nil, &Fault{"message", quoted([]byte(clip(meta["message"]))), `"hello"`}
	}
	o := &offer{adapter: clip(meta["adapter"]), kernels: map[kernel]reference.Contract{}}
	if s := meta["probes"]; s != "" {
		o.probes = strings.Split(clip(s), ",")
	}
	for _, key := range slices.Sorted(maps.Keys(meta)) {
		if name, ok := strings.CutPrefix(key, "kernel."); ok {
			if err := o.kernel(name, meta); err != nil {
				return nil, fmt.Errorf("hello: %s: %w", clip(key), err)
			}
		}
	}
	if len(o.kernels) == 0 {
		return nil, errors.New("hello: it offers no kernel")
	}
	return o, nil
}

func (o *offer) kernel(name string, meta map[string]string) error {
	op, err := reference.ByName(clip(name))
	if err != nil {
		return err
	}
	for _, word := range strings.Split(clip(meta["kernel."+name]), ",") {
		d, err := reference.ParseDType(strings.TrimSpace(word))
		if err == nil && !slices.Contains(op.DTypes(), d) {
			err = fmt.Errorf("%s is not in %v: want some of %v", name, d, op.DTypes())
		}
		if err != nil {
			return err
		}
		declared, ok := meta["contract."+name+"."+d.String()]
		if !ok {
			declared = meta["contract."+name]
		}
		if o.kernels[kernel{name, d}], err = reference.ParseContract(declared, reference.DefaultContract(d)); err != nil {
			return err
		}
	}
	return nil
}

// hello makes a child's hello.
func hello(adapter string, kernels map[kernel]reference.Contract) *wire.File {
	f := &wire.File{Metadata: map[string]string{"message": "hello", "adapter": adapter, "probes": "fill"}}
	for _, op := range reference.Ops {
		var types []string
		for _, d := range op.DTypes() {
			if k, ok := kernels[kernel{op.Name, d}]; ok {
				types = append(types, d.String())
				f.Metadata["contract."+op.Name+"."+d.String()] = k.String()
			}
		}
		if types != nil {
			f.Metadata["kernel."+op.Name] = strings.Join(types, ",")
		}
	}
	return f
}
