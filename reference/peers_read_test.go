package reference

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// peer is a file of testdata/peers, written by scripts/crosscheck.py: what one
// package answered.
type peer struct {
	Package, Version string
	Shown            map[string]shown // by the name of a difference
	Cases            []peerCase
}

// shown are three lines of Python that show a difference, and what they printed.
type shown struct {
	Difference string
	Python     []string
	Prints     string
}

// peerCase is a question: the operation, what was asked, and the answer.
type peerCase struct {
	truthCase
	Op, Asks string
	Differs  string // the name of the difference it shows
}

// readPeers reads the answers of every package.
func readPeers(t *testing.T) (all []*peer) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "peers", "*.jsonl"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no answers: run scripts/crosscheck.py", err)
	}
	for _, path := range paths {
		p, err := readPeer(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func readPeer(path string) (*peer, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	p, lines := &peer{Shown: map[string]shown{}}, bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l struct {
			peerCase
			shown
			Package, Version string
		}
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		switch {
		case l.Package != "":
			p.Package, p.Version = l.Package, l.Version
		case l.Difference != "":
			p.Shown[l.Difference] = l.shown
		default:
			p.Cases = append(p.Cases, l.peerCase)
		}
	}
	return p, lines.Err()
}

// sizeError: the answer has another number of values.
type sizeError struct {
	output     string
	have, want int
}

func (e sizeError) Error() string {
	return fmt.Sprintf("%s has %d values, want %d", e.output, e.have, e.want)
}

// answer is the case as a kernel's call: the package's outputs, its real numbers
// multiplied by factor; the reference's where the package answered nothing.
func (pc *peerCase) answer(factor float64) (got, ref *Call, err error) {
	op, err := ByName(pc.Op)
	if err != nil {
		return nil, nil, err
	}
	if got, err = pc.call(op); err != nil {
		return nil, nil, err
	}
	if ref, err = got.Truth(); err != nil {
		return nil, nil, err
	}
	for i := range got.Out {
		got.Out[i] = ref.Out[i].Clone()
	}
	for name, text := range pc.Out {
		i := op.Output(name)
		if i < 0 || got.Out[i].Absent() {
			return nil, nil, fmt.Errorf("no output %q", name)
		}
		out, fields := got.Out[i], strings.Fields(text)
		if len(fields) != out.Len() {
			return nil, nil, sizeError{name, len(fields), out.Len()}
		}
		for j, v := range fields {
			if v == "?" {
				continue // a place it does not answer for
			}
			x, err := strconv.ParseFloat(v, 64)
			if err != nil {
				return nil, nil, err
			}
			if out.DType.Float() {
				x *= factor
			}
			out.Put(j, x)
		}
	}
	return got, ref, nil
}

// real says whether the package answered with real numbers.
func (pc *peerCase) real() bool {
	op, err := ByName(pc.Op)
	for name := range pc.Out {
		if err == nil && op.Out[op.Output(name)].DTypes[0].Float() {
			return true
		}
	}
	return false
}
