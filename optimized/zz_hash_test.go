package optimized

import (
	"crypto/sha256"
	"fmt"
	"os"
	"sort"
	"testing"

	"github.com/seed-210c9500/assay/reference"
)

func TestZZHash(t *testing.T) {
	var names []string
	for n := range dense {
		names = append(names, n)
	}
	sort.Strings(names)
	f, _ := os.Create(os.Getenv("ZZOUT"))
	for _, name := range names {
		op, _ := reference.ByName(name)
		for _, v := range variantsOf(name, t) {
			if v.Name == "portable" && os.Getenv("ZZPORT") == "" {
				continue
			}
			h := sha256.New()
			for _, d := range v.DTypes {
				denseCalls(op, d, func(c *reference.Call) {
					s, err := hash(v, []*reference.Call{c})
					fmt.Fprintf(h, "%s %v", s, err)
				})
			}
			fmt.Fprintf(f, "%s %s %x\n", name, v.Name, h.Sum(nil)[:8])
		}
	}
}
