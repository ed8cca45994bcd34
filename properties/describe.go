package properties

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-210c9500/assay/reference"
)

// describe writes a call's inputs in a line: "x = [[0 -Inf x1024 5]], T = 0.5".
func describe(c *reference.Call) string {
	if c == nil {
		return ""
	}
	var parts []string
	for i, t := range c.In {
		if !t.Absent() {
			parts = append(parts, c.Op.In[i].Name+" = "+short(t))
		}
	}
	for name := range c.Op.Choices {
		if v, ok := c.Choice[name]; ok {
			parts = append(parts, name+" = "+v)
		}
	}
	return strings.Join(parts, ", ")
}

// shown is how many runs of equal elements are written out.
const shown = 16

// short writes a tensor's elements, runs of equal ones once.
func short(t reference.Tensor) string {
	if len(t.Shape) == 0 {
		return number(t, 0)
	}
	if len(t.Shape) == 2 {
		rows := make([]string, 0, t.Shape[0])
		for r := range min(t.Shape[0], 4) {
			rows = append(rows, span(t, r*t.Shape[1], (r+1)*t.Shape[1]))
		}
		if t.Shape[0] > 4 {
			rows = append(rows, fmt.Sprintf("... %d rows", t.Shape[0]))
		}
		return "[" + strings.Join(rows, " ") + "]"
	}
	return span(t, 0, t.Len())
}

func span(t reference.Tensor, lo, hi int) string {
	var words []string
	for i := lo; i < hi; {
		j := i + 1
		for j < hi && t.Bits(j) == t.Bits(i) {
			j++
		}
		if len(words) == shown {
			words = append(words, fmt.Sprintf("... %d elements", hi-lo))
			break
		}
		word := number(t, i)
		if j-i > 2 {
			word += fmt.Sprintf(" x%d", j-i)
			i = j
		} else {
			i++
		}
		words = append(words, word)
	}
	return "[" + strings.Join(words, " ") + "]"
}

func number(t reference.Tensor, i int) string {
	if !t.DType.Float() {
		if t.DType == reference.U64 {
			return strconv.FormatUint(t.Bits(i), 10)
		}
		return strconv.FormatInt(t.Int(i), 10)
	}
	bits := 64
	if t.DType != reference.F64 {
		bits = 32
	}
	return strconv.FormatFloat(t.Get(i), 'g', -1, bits)
}
