package reference

import "fmt"

// Reject is a refusal: a value the operation does not accept. Nothing is
// written when a call is rejected. It names the thing, the value it had and
// what was wanted.
type Reject struct {
	Op, Arg string
	Code    string // stable, for reports: "temperature_negative", "label_range" ...
	Value   string // the offending value
	Want    string // what would have been accepted
	Row     int    // the row it stands in; -1 where rows have no part in it
}

// Error gives one line that names the operation, the argument, its value, the
// row and the remedy.
func (r *Reject) Error() string {
	where := ""
	if r.Row >= 0 {
		where = fmt.Sprintf(" in row %d", r.Row)
	}
	return fmt.Sprintf("%s: %s is %s%s, want %s (%s)", r.Op, r.Arg, r.Value, where, r.Want, r.Code)
}
