package child

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-210c9500/assay/properties/wire"
	"github.com/seed-210c9500/assay/reference"
)

// request makes the message for a batch of calls.
func request(id uint64, caseID string, calls []*reference.Call) *wire.File {
	f := &wire.File{Metadata: map[string]string{"message": "run", "request": strconv.FormatUint(id, 10), "calls": strconv.Itoa(len(calls))}}
	if caseID != "" {
		f.Metadata["case"] = caseID
	}
	for n, c := range calls {
		p := strconv.Itoa(n) + "."
		f.Metadata[p+"op"], f.Metadata[p+"dtype"] = c.Op.Name, c.DType().String()
		for name, options := range c.Op.Choices {
			if v := c.Pick(name); len(options) > 0 && v != options[0] {
				f.Metadata[p+"choice."+name] = v
			}
		}
		for i, t := range c.In {
			switch name := c.Op.In[i].Name; {
			case t.Absent():
			case len(t.Shape) == 0:
				f.Metadata[p+"in."+name] = number(t)
			default:
				f.Tensors = append(f.Tensors, encode(p+name, t))
			}
		}
		var outputs []string
		for i, t := range c.Out {
			if name := c.Op.Out[i].Name; !t.Absent() {
				outputs = append(outputs, name)
				f.Metadata[p+"out."+name] = wanted(t)
			}
		}
		f.Metadata[p+"outputs"] = strings.Join(outputs, ",")
	}
	align(f)
	return f
}

// align puts wide element types first, so that all lie at multiples of their size.
func align(f *wire.File) {
	slices.SortStableFunc(f.Tensors, func(a, b wire.Tensor) int { return cmp.Compare(wire.Width(b.DType), wire.Width(a.DType)) })
}

// readRequest makes the calls of a run message, their outputs filled. A call that
// the table does not know is an error in errs.
func readRequest(f *wire.File) (calls []*reference.Call, errs []error, err error) {
	count, err := strconv.Atoi(f.Metadata["calls"])
	if err != nil || count < 0 || count > len(f.Metadata) {
		return nil, nil, fmt.Errorf("calls is %q: want how many there are", f.Metadata["calls"])
	}
	tensors := byName(f)
	calls, errs = make([]*reference.Call, count), make([]error, count)
	for n := range calls {
		calls[n], errs[n] = readCall(f.Metadata, tensors, strconv.Itoa(n)+".")
	}
	return calls, errs, nil
}

func byName(f *wire.File) map[string]wire.Tensor {
	tensors := make(map[string]wire.Tensor, len(f.Tensors))
	for _, t := range f.Tensors {
		tensors[t.Name] = t
	}
	return tensors
}

func readCall(meta map[string]string, tensors map[string]wire.Tensor, p string) (*reference.Call, error) {
	op, err := reference.ByName(meta[p+"op"])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", reference.ErrUnsupported, err)
	}
	c := &reference.Call{Op: op, In: make([]reference.Tensor, len(op.In)), Out: make([]reference.Tensor, len(op.Out)), Choice: map[string]string{}}
	for i := range op.In {
		if w, ok := tensors[p+op.In[i].Name]; ok {
			c.In[i], err = decode(w)
		} else if s, ok := meta[p+"in."+op.In[i].Name]; ok {
			c.In[i], err = parseNumber(s)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", op.In[i].Name, err)
		}
	}
	for i := range op.Out {
		if s, ok := meta[p+"out."+op.Out[i].Name]; ok {
			if c.Out[i], err = parseWanted(s); err != nil {
				return nil, err
			}
		}
	}
	for name := range op.Choices {
		if v, ok := meta[p+"choice."+name]; ok {
			c.Choice[name] = v
		}
	}
	if c.In[0].Absent() {
		return nil, fmt.Errorf("%s: no %s", op.Name, op.In[0].Name)
	}
	return c, nil
}
