package child

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-210c9500/assay/properties/wire"
	"github.com/seed-210c9500/assay/reference"
)

// answerLimit is how long an answer to these calls can be: its outputs, and room
// for names and words.
func answerLimit(calls []*reference.Call) int {
	n := 64 << 10
	for _, c := range calls {
		n += 8 << 10
		for _, t := range c.Out {
			if !t.Absent() {
				n += t.Len() * width(t.DType)
			}
		}
	}
	return n
}

// readAnswer copies the outputs of a batch into its calls and says in errs what
// became of each. An error means that the message is no answer to request id: no
// call was answered then.
func readAnswer(f *wire.File, id uint64, calls []*reference.Call, errs []error) error {
	if m := f.Metadata["message"]; m != "answer" {
		return &Fault{"message", quoted([]byte(clip(m))), `"answer"`}
	}
	if got, want := f.Metadata["request"], strconv.FormatUint(id, 10); got != want {
		return &Fault{"request", quoted([]byte(clip(got))), want + " (an answer out of order, or a second one?)"}
	}
	tensors := byName(f)
	for n, c := range calls {
		errs[n] = take(f.Metadata, tensors, strconv.Itoa(n)+".", c)
	}
	if slices.ContainsFunc(errs, isFault) {
		return nil // what is left over is the least of it
	}
	for name := range tensors {
		return &Fault{"tensor " + quoted([]byte(clip(name))), "answered", "only the outputs asked for, of calls with status ok"}
	}
	return nil
}

func isFault(err error) bool { return errors.As(err, new(*Fault)) }

// take is the answer to one call. Nothing is written unless all its outputs are
// what they have to be.
func take(meta map[string]string, tensors map[string]wire.Tensor, p string, c *reference.Call) error {
	text := clip(meta[p+"text"])
	switch status := meta[p+"status"]; status {
	case "ok":
	case "reject":
		r := &reference.Reject{Op: c.Op.Name, Arg: clip(meta[p+"arg"]), Code: clip(meta[p+"code"]), Value: clip(meta[p+"value"]), Want: clip(meta[p+"want"]), Row: -1}
		if s := meta[p+"row"]; s != "" {
			row, err := strconv.Atoi(s)
			if err != nil {
				return &Fault{p + "row", quoted([]byte(clip(s))), "a whole number"}
			}
			r.Row = row
		}
		return r
	case "unsupported":
		if text == "" {
			return reference.ErrUnsupported
		}
		return fmt.Errorf("%w: %s", reference.ErrUnsupported, text)
	case "error":
		return errors.New("the kernel failed: " + text)
	default:
		return &Fault{p + "status", quoted([]byte(clip(status))), "ok, reject, unsupported or error"}
	}
	var flaw error
	for i, t := range c.Out {
		if t.Absent() {
			continue
		}
		w, ok := tensors[p+c.Op.Out[i].Name]
		if want := typeAndShape(wireName(t.DType), t.Shape); flaw == nil && !ok {
			flaw = &Fault{"output " + c.Op.Out[i].Name, "missing", want}
		} else if flaw == nil && (w.DType != wireName(t.DType) || !slices.Equal(w.Shape, t.Shape)) {
			flaw = &Fault{"output " + c.Op.Out[i].Name, clip(typeAndShape(w.DType, w.Shape)), want}
		}
	}
	for i, t := range c.Out {
		name := p + c.Op.Out[i].Name
		if w, ok := tensors[name]; ok && !t.Absent() {
			if flaw == nil {
				store(t, w.Data)
			}
			delete(tensors, name)
		}
	}
	return flaw
}

// answer makes the message for the calls of a request that have been run.
func answer(request string, calls []*reference.Call, errs []error) *wire.File {
	f := &wire.File{Metadata: map[string]string{"message": "answer", "request": request}}
	for n, c := range calls {
		p := strconv.Itoa(n) + "."
		var r *reference.Reject
		switch err := errs[n]; {
		case err == nil:
			f.Metadata[p+"status"] = "ok"
			for i, t := range c.Out {
				if !t.Absent() {
					f.Tensors = append(f.Tensors, encode(p+c.Op.Out[i].Name, t))
				}
			}
		case errors.As(err, &r):
			f.Metadata[p+"status"], f.Metadata[p+"arg"], f.Metadata[p+"code"] = "reject", r.Arg, r.Code
			f.Metadata[p+"value"], f.Metadata[p+"want"], f.Metadata[p+"row"] = r.Value, r.Want, strconv.Itoa(r.Row)
		case errors.Is(err, reference.ErrUnsupported):
			f.Metadata[p+"status"], f.Metadata[p+"text"] = "unsupported", err.Error()
		default:
			f.Metadata[p+"status"], f.Metadata[p+"text"] = "error", err.Error()
		}
	}
	for k, v := range f.Metadata {
		f.Metadata[k] = strings.ToValidUTF8(v, "?")
	}
	align(f)
	return f
}
