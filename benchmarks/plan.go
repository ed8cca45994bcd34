package benchmarks

import (
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-210c9500/assay/reference"
)

// Options say what to time and for how long. The zero value times everything
// that can run here.
type Options struct {
	Ops      []string // nil: all
	Variants []string // nil: all
	DTypes   []reference.DType
	Logits   []string         // of Distributions; nil: all
	Shapes   []reference.Dims // instead of the operations' own
	MaxVocab int              // leaves out larger vocabularies; 0: none
	Batch    bool             // adds the shape Batch

	Count  int           // lines per row, each measured in a pass of its own; 0: 1
	Budget time.Duration // for everything; 0: rounds enough for a steady figure

	// Table is what to time instead of Variants().
	Table []*reference.Variant

	// Lawful, where set, is asked once for every variant, operation and element
	// type; a row that it has an error for is not timed.
	Lawful func(v *reference.Variant, d reference.DType) error

	Log      io.Writer // rows left out, and why; nil: standard error
	Progress func(done, total int)
}

// Batch is a batch that no cache holds.
var Batch = reference.Dims{"rows": 256, "vocab": 128256}

// row is a line of the output to be.
type row struct {
	op     *reference.Op
	v      *reference.Variant
	dims   reference.Dims
	dtype  reference.DType
	logits string
}

// group are the rows that take turns.
type group struct {
	dims  reference.Dims
	dtype reference.DType
	rows  []row
}

func (r *row) name() string {
	s := camel(r.op.Name) + "/" + dimsKey(r.dims) + "/dtype=" + r.dtype.String()
	if r.logits != Distributions[0] {
		s += "/logits=" + r.logits
	}
	return s + "/impl=" + r.v.Name + processors()
}

// processors is the suffix of a benchmark's name, as package testing has it.
func processors() string {
	if n := runtime.GOMAXPROCS(0); n > 1 {
		return "-" + strconv.Itoa(n)
	}
	return ""
}

// camel turns cross_entropy into CrossEntropy.
func camel(name string) string {
	var s strings.Builder
	for _, word := range strings.Split(name, "_") {
		s.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return s.String()
}

// dimsKey writes a shape as parts of a name: rows=1/vocab=1000.
func dimsKey(dims reference.Dims) string {
	names := slices.Sorted(maps.Keys(dims)) // rows come before vocab by themselves
	for i, n := range names {
		names[i] = fmt.Sprintf("%s=%d", n, dims[n])
	}
	return strings.Join(names, "/")
}

// ParseShape reads a shape in the form of the names: rows=1/vocab=1000, or with
// commas.
func ParseShape(s string) (reference.Dims, error) {
	dims := reference.Dims{}
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == '/' || r == ',' }) {
		name, value, _ := strings.Cut(part, "=")
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || name == "" {
			return nil, fmt.Errorf("shape %q: %q is not a size, want rows=1/vocab=1000", s, part)
		}
		dims[name] = n
	}
	if len(dims) == 0 {
		return nil, fmt.Errorf("shape %q: want rows=1/vocab=1000", s)
	}
	return dims, nil
}

// plan lists what can be timed, and logs what cannot.
func (o *runner) plan() ([]*group, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	var groups []*group
	var unready []string // said once, not for every operation
	byKey := map[string]*group{}
	for _, v := range o.table() {
		op, err := reference.ByName(v.Op)
		if err != nil {
			return nil, fmt.Errorf("variant %s: %w", v.Name, err)
		}
		if !wanted(o.Ops, op.Name) || !wanted(o.Variants, v.Name) {
			continue
		}
		if v.Ready != nil {
			if err := v.Ready(); err != nil {
				if says := fmt.Sprintf("impl=%s: UNSUPPORTED: %v\n", v.Name, err); !slices.Contains(unready, says) {
					unready = append(unready, says)
					fmt.Fprint(o.Log, says)
				}
				continue
			}
		}
		for _, d := range v.DTypes {
			if len(o.DTypes) > 0 && !slices.Contains(o.DTypes, d) {
				continue
			}
			if o.Lawful != nil {
				if err := o.Lawful(v, d); err != nil {
					o.refuse(fmt.Sprintf("%s/dtype=%v/impl=%s", camel(op.Name), d, v.Name), err)
					continue
				}
			}
			for _, dims := range o.shapes(op) {
				key := dimsKey(dims) + d.String()
				g := byKey[key]
				if g == nil {
					g = &group{dims: dims, dtype: d}
					byKey[key] = g
					groups = append(groups, g)
				}
				for _, logits := range o.Logits {
					g.rows = append(g.rows, row{op, v, dims, d, logits})
				}
			}
		}
	}
	if len(groups) == 0 && o.wrong == 0 {
		return nil, fmt.Errorf("nothing to time: no variant that is ready here fits ops %v, variants %v, dtypes %v", o.Ops, o.Variants, o.DTypes)
	}
	slices.SortStableFunc(groups, func(a, b *group) int { return a.elements() - b.elements() })
	return groups, nil
}

func (g *group) elements() int {
	n := 1
	for _, size := range g.dims {
		n *= size
	}
	return n
}

// check refuses names that are not there: a filter with a slip in it must not
// look like a run without results.
func (o *Options) check() error {
	for _, name := range o.Ops {
		if _, err := reference.ByName(name); err != nil {
			return err
		}
	}
	var have []string
	for _, v := range o.table() {
		have = append(have, v.Name)
	}
	for _, name := range o.Variants {
		if !slices.Contains(have, name) {
			slices.Sort(have)
			return fmt.Errorf("unknown variant %q: want one of %s", name, strings.Join(slices.Compact(have), ", "))
		}
	}
	for _, name := range o.Logits {
		if !slices.Contains(Distributions, name) {
			return fmt.Errorf("unknown logits %q: want one of %s", name, strings.Join(Distributions, ", "))
		}
	}
	if len(o.Logits) == 0 {
		o.Logits = Distributions
	}
	return nil
}

func (o *Options) table() []*reference.Variant {
	if o.Table != nil {
		return o.Table
	}
	return Variants()
}

// shapes are those wanted that have the sizes the operation is made of.
func (o *Options) shapes(op *reference.Op) []reference.Dims {
	shapes := op.Shapes
	if o.Shapes != nil {
		shapes = o.Shapes
	}
	if o.Batch {
		shapes = append(slices.Clip(shapes), Batch)
	}
	var fit []reference.Dims
	for _, dims := range shapes {
		if o.MaxVocab > 0 && dims["vocab"] > o.MaxVocab {
			continue
		}
		same := len(op.Shapes) > 0 && len(op.Shapes[0]) == len(dims)
		for name := range dims {
			_, has := op.Shapes[0][name]
			same = same && has
		}
		if same {
			fit = append(fit, dims)
		}
	}
	return fit
}

func wanted(names []string, name string) bool {
	return len(names) == 0 || slices.Contains(names, name)
}
