package reference

// Judge says how an output is judged.
type Judge uint8

const (
	Exact   Judge = iota // every honest kernel gives this very value
	Bounded              // within the derived bound of the reference
	ByLaw                // a choice: the bound says which answers are open
)

// String names the way of judging.
func (j Judge) String() string { return [...]string{"exact", "bounded", "by law"}[j] }

// Arg describes an input, a parameter or an output.
type Arg struct {
	Name, Unit string
	Says       string   // what it is, in a few words
	Dims       []string // {"rows", "vocab"}; none for a scalar; "rows+1": offsets, one more than rows
	PerRow     bool     // a parameter: a scalar, or one value per row

	// DTypes lists the element types it may have. In a case of dtype d it has
	// type d where d is listed, else the first: see Type.
	DTypes []DType

	Optional bool // may be absent: an input without a value, an output not asked for
	Default  any  // the value when absent, nil for none

	// Domain refuses bad values. It sees the whole call: whether a label is in
	// range depends on the vocabulary and on ignore_index.
	Domain func(c *Call) *Reject

	InPlace string // output: the input it may share storage with
	Judge   Judge  // output: how it is judged
}

// Type is the element type of the argument in a case of dtype d.
func (a *Arg) Type(d DType) DType {
	for _, t := range a.DTypes {
		if t == d {
			return t
		}
	}
	return a.DTypes[0]
}
