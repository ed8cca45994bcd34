package main

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-210c9500/assay/reference"
)

// listed is one row of assay list --json.
type listed struct {
	Op       string   `json:"op"`
	Variant  string   `json:"variant"`
	DTypes   []string `json:"dtypes"`
	Needs    []string `json:"needs"`
	Ready    bool     `json:"ready"`
	Reason   string   `json:"reason,omitempty"` // why not
	Contract string   `json:"contract"`
	Bound    string   `json:"bound"`
}

func (a *app) listCommand() *cobra.Command {
	s := selection{}
	asJSON := false
	c := &cobra.Command{
		Use:   "list",
		Short: "Operations x variants on this machine, with contracts and bounds",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := s.resolve(a.variants); err != nil {
				return err
			}
			rows := a.list(&s)
			if asJSON {
				e := json.NewEncoder(a.stdout)
				e.SetIndent("", "  ")
				return e.Encode(rows)
			}
			a.printList(rows)
			return nil
		},
	}
	s.flags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (a *app) list(s *selection) []listed {
	rows := []listed{}
	for _, op := range reference.Ops {
		for _, v := range a.variants {
			if v.Op != op.Name || !s.has(v.Op, v.Name) {
				continue
			}
			r := listed{Op: v.Op, Variant: v.Name, Needs: append([]string{}, v.Needs...), Ready: true, Contract: v.Contract.String(), DTypes: []string{}}
			for _, d := range v.DTypes {
				for _, t := range s.types {
					if t == d {
						r.DTypes = append(r.DTypes, d.String())
					}
				}
			}
			if len(r.DTypes) == 0 {
				continue
			}
			if v.Ready != nil {
				if err := v.Ready(); err != nil {
					r.Ready, r.Reason = false, err.Error()
				}
			}
			r.Bound = inWords(op, v.DTypes[0], v.Contract)
			rows = append(rows, r)
		}
	}
	return rows
}

// printList is the table, and below it the contracts and what keeps variants
// from running, each once.
func (a *app) printList(rows []listed) {
	t := table{head: []string{"op", "variant", "dtypes", "here", "contract", "bound"}}
	var contracts, reasons notes
	for _, r := range rows {
		here := "ready"
		if !r.Ready {
			here = fmt.Sprintf("no (%c)", 'a'+reasons.number(r.Reason))
		}
		t.add(r.Op, r.Variant, strings.Join(r.DTypes, ","), here, fmt.Sprintf("[%d]", 1+contracts.number(r.Contract)), r.Bound)
	}
	t.print(a.stdout)
	fmt.Fprintln(a.stdout)
	for i, reason := range reasons {
		fmt.Fprintln(a.stdout, wrap(fmt.Sprintf("(%c) ", 'a'+i), reason, "    "))
	}
	for i, k := range contracts {
		fmt.Fprintln(a.stdout, wrap(fmt.Sprintf("[%d] ", i+1), spaced(k), "    "))
	}
	fmt.Fprintln(a.stdout, wrap("", fmt.Sprintf("bound: largest relative error allowed in one row of %d normal logits, or in rows or tables of as many ordinary numbers; assay explain OP takes it apart", exampleVocab), "    "))
}

// notes are texts below a table, each written once.
type notes []string

func (n *notes) number(text string) int {
	i := slices.Index(*n, text)
	if i < 0 {
		*n = append(*n, text)
		i = len(*n) - 1
	}
	return i
}

// spaced is a contract that lines can be broken in.
func spaced(contract string) string { return strings.ReplaceAll(contract, ",", ", ") }

// inWords says how far each output may be off, on the example.
func inWords(op *reference.Op, d reference.DType, k reference.Contract) string {
	c, all, err := bounded(op, d, k)
	if err != nil {
		return err.Error()
	}
	var words []string
	for o, a := range op.Out {
		if c.Out[o].Absent() {
			continue
		}
		if a.Judge != reference.Bounded {
			words = append(words, a.Name+" "+a.Judge.String())
			continue
		}
		worst := 0.0
		for i := range all {
			// Below the normal numbers an error is not relative.
			if e := &all[i]; e.out == o && math.Abs(e.ref) > 0x1p-20 {
				worst = max(worst, (e.hi-e.lo)/2/math.Abs(e.ref))
			}
		}
		words = append(words, fmt.Sprintf("%s %.1e", a.Name, worst))
	}
	return strings.Join(words, ", ")
}
