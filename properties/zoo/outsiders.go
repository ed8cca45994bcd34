package zoo

import (
	"strings"

	"github.com/seed-210c9500/assay/properties/zoo/outside"
	"github.com/seed-210c9500/assay/reference"
)

// outsiders are the kernels of one operation that package outside brings.
func outsiders(from []outside.Kernel, op string) (all []Kernel) {
	for i := range from {
		o := &from[i]
		if o.Op != op {
			continue
		}
		k := Kernel{ID: op + "/outside-" + brief(slug(o.Bug+o.How)), Op: op, Bug: o.Bug, Source: o.Source, DTypes: []reference.DType{o.DType}, Run: o.Run}
		if k.Source == "" {
			k.Source = "own"
		}
		k.Contract = func(d reference.DType) reference.Contract {
			k := reference.DefaultContract(d)
			if strings.TrimSpace(o.Contract) == "" {
				return k
			}
			c, err := reference.ParseContract(o.Contract, k)
			if err != nil {
				panic(err) // a slip in a table
			}
			return c
		}
		all = append(all, k)
	}
	return all
}

// brief cuts a name after the word that reaches its 60th character.
func brief(name string) string {
	if len(name) <= 60 {
		return name
	}
	if i := strings.IndexByte(name[60:], '-'); i >= 0 {
		return name[:60+i]
	}
	return name
}
