package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/properties/wire"
	"github.com/seed-210c9500/assay/reference"
)

// A case file is one call in safetensors: inputs as in.NAME, the outputs that
// the kernel gave as out.NAME, and in the metadata what is needed to repeat it.
// Any tool that reads safetensors can look at one.
const caseSchema = "assay.case/1"

// caseFile is a failing case as it was found.
type caseFile struct {
	path     string
	call     *reference.Call // with the outputs the kernel gave
	finding  properties.Finding
	contract reference.Contract
	seed     uint64
}

// encode makes the file.
func (f *caseFile) encode() *wire.File {
	w := &wire.File{Metadata: map[string]string{
		"schema": caseSchema, "id": f.finding.Case, "op": f.finding.Op, "variant": f.finding.Variant, "dtype": f.finding.DType,
		"class": f.finding.Class, "note": f.finding.Note, "law": f.finding.Law, "status": string(f.finding.Status),
		"says": f.finding.Says, "out": f.finding.Out, "index": strings.Trim(fmt.Sprint(f.finding.Index), "[]"),
		"contract": f.contract.String(), "seed": fmt.Sprint(f.seed),
	}}
	for name := range f.call.Op.Choices {
		w.Metadata["choice."+name] = f.call.Pick(name)
	}
	for k, v := range w.Metadata {
		w.Metadata[k] = strings.ToValidUTF8(v, "?") // what a kernel said may be anything
	}
	for i, t := range f.call.In {
		if !t.Absent() {
			w.Tensors = append(w.Tensors, wireTensor("in."+f.call.Op.In[i].Name, t))
		}
	}
	for i, t := range f.call.Out {
		if !t.Absent() {
			w.Tensors = append(w.Tensors, wireTensor("out."+f.call.Op.Out[i].Name, t))
		}
	}
	return w
}

// save writes the case into a directory under its id; a second finding of the
// same case and variant gets a number.
func (f *caseFile) save(dir string, taken map[string]bool) (string, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	name := fmt.Sprintf("%s-%s", f.finding.Case, strings.Map(plain, f.finding.Variant))
	for n := 2; taken[name]; n++ {
		name = fmt.Sprintf("%s-%s-%d", f.finding.Case, strings.Map(plain, f.finding.Variant), n)
	}
	taken[name] = true
	path := filepath.Join(dir, name+".safetensors")
	return path, writeWhole(path, func(w io.Writer) error {
		_, err := f.encode().WriteTo(w)
		return err
	})
}

// plain keeps what may stand in a file's name anywhere.
func plain(r rune) rune {
	if r == '-' || r == '_' || r == '.' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
		return r
	}
	return '_'
}

// findCases is the files that an id or a path names.
func findCases(id, dir string) ([]string, error) {
	if strings.HasSuffix(id, ".safetensors") || strings.ContainsRune(id, filepath.Separator) {
		return []string{id}, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var found, have []string
	for _, e := range entries {
		stem, ok := strings.CutSuffix(e.Name(), ".safetensors")
		if !ok {
			continue
		}
		have = append(have, stem)
		if stem == id || strings.HasPrefix(stem, id+"-") {
			found = append(found, filepath.Join(dir, e.Name()))
		}
	}
	slices.Sort(found)
	switch {
	case found != nil:
		return found, nil
	case have == nil:
		return nil, fmt.Errorf("no case %q: there are none in %s (assay verify writes failing cases there; --failures names another directory)", id, dir)
	}
	return nil, fmt.Errorf("no case %q in %s: want a path or one of %s", id, dir, clip(strings.Join(have, ", "), 400))
}

// readCase reads a case file and checks it against the operation's row.
func readCase(path string) (*caseFile, error) {
	w, err := wire.Open(path)
	if err != nil {
		return nil, err
	}
	f := &caseFile{path: path}
	if err := f.decode(w); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

func (f *caseFile) decode(w *wire.File) error {
	meta := w.Metadata
	if meta["schema"] != caseSchema {
		return fmt.Errorf("metadata schema is %q, want %q: not a case that assay wrote", meta["schema"], caseSchema)
	}
	op, err := reference.ByName(meta["op"])
	if err != nil {
		return err
	}
	if f.contract, err = parseDeclared(meta["contract"]); err != nil {
		return err
	}
	fmt.Sscan(meta["seed"], &f.seed) // a hint only
	in, out := map[string]reference.Tensor{}, map[string]reference.Tensor{}
	for _, t := range w.Tensors {
		r, err := tensorOf(t)
		if err != nil {
			return err
		}
		side, name, _ := strings.Cut(t.Name, ".")
		switch {
		case side == "in" && op.Input(name) >= 0:
			in[name] = r
		case side == "out" && op.Output(name) >= 0:
			out[name] = r
		default:
			return fmt.Errorf("tensor %q is neither in.NAME nor out.NAME of %s", t.Name, op.Name)
		}
	}
	choice := map[string]string{}
	for name := range op.Choices {
		choice[name] = meta["choice."+name]
	}
	if f.call, err = rebuild(op, in, out, choice); err != nil {
		return err
	}
	f.finding = properties.Finding{Op: op.Name, Variant: meta["variant"], DType: f.call.DType().String(), Case: meta["id"], Class: meta["class"],
		Note: meta["note"], Law: meta["law"], Status: properties.Status(meta["status"]), Says: meta["says"], Out: meta["out"]}
	for _, field := range strings.Fields(meta["index"]) {
		n := 0
		if _, err := fmt.Sscan(field, &n); err != nil {
			return fmt.Errorf("metadata index is %q, want whole numbers", meta["index"])
		}
		f.finding.Index = append(f.finding.Index, n)
	}
	return nil
}

// rebuild makes the call, and refuses one whose shapes or types do not fit the
// operation. Values out of domain are let through: they may be the case.
func rebuild(op *reference.Op, in, out map[string]reference.Tensor, choice map[string]string) (*reference.Call, error) {
	first := op.In[0]
	if t, ok := in[first.Name]; !ok || len(t.Shape) != len(first.Dims) {
		return nil, fmt.Errorf("in.%s has shape %v, want %v", first.Name, t.Shape, first.Dims)
	}
	var refusal *reference.Reject
	c := op.NewCall(in, choice)
	if err := c.Check(); err != nil && !errors.As(err, &refusal) {
		return nil, err
	}
	for i, a := range op.Out {
		got, ok := out[a.Name]
		switch {
		case !ok:
			c.Out[i] = reference.Tensor{} // it was not asked for
		case got.DType != c.Out[i].DType || !slices.Equal(got.Shape, c.Out[i].Shape):
			return nil, fmt.Errorf("out.%s is %v %v, want %v %v", a.Name, got.DType, got.Shape, c.Out[i].DType, c.Out[i].Shape)
		default:
			c.Out[i] = got
		}
	}
	return c, nil
}

// as is the case ready to be judged again.
func (f *caseFile) as() properties.Case {
	fresh := &reference.Call{Op: f.call.Op, In: f.call.In, Choice: f.call.Choice, Out: make([]reference.Tensor, len(f.call.Out))}
	for i, t := range f.call.Out {
		if !t.Absent() {
			fresh.Out[i] = reference.NewTensor(t.DType, t.Shape...)
		}
	}
	c := properties.NewCase(f.finding.Class, f.finding.Note, f.seed, fresh)
	for i := range f.call.Op.Edges {
		if e := &f.call.Op.Edges[i]; f.finding.Class == "edge" && e.Name == f.finding.Note && c.ID == f.finding.Case {
			c.Edge = e
		}
	}
	return c
}

// parseDeclared reads a contract that Contract.String wrote.
func parseDeclared(s string) (reference.Contract, error) {
	return reference.ParseContract(s, reference.Contract{})
}
