package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/properties/zoo"
	"github.com/seed-210c9500/assay/reference"
)

// matrix is assay mutants --matrix --json.
type matrix struct {
	Seed    uint64     `json:"seed"`
	Kills   []zoo.Kill `json:"kills"`
	Laws    []zoo.Need `json:"laws"`
	Classes []zoo.Need `json:"classes"`
}

// killMatrix puts every law and case to every wrong kernel of some operations, and
// prints what would escape without each.
func (a *app) killMatrix(ctx context.Context, names []string, o properties.Options, asJSON bool) error {
	m := matrix{Seed: o.Seed}
	for _, name := range names {
		op, err := reference.ByName(name)
		if err != nil {
			return err
		}
		kills, err := zoo.Kills(ctx, op, o)
		if err != nil {
			return err
		}
		m.Kills = append(m.Kills, kills...)
	}
	m.Laws, m.Classes = zoo.Needs(m.Kills)
	if asJSON {
		e := json.NewEncoder(a.stdout)
		e.SetIndent("", "  ")
		return e.Encode(m)
	}
	a.printNeeds("law", m.Laws, m.Kills)
	fmt.Fprintln(a.stdout)
	a.printNeeds("class", m.Classes, m.Kills)
	fmt.Fprintln(a.stdout)
	if len(names) < len(reference.Ops) {
		return nil
	}
	var idle []string
	for i := range properties.Laws {
		if name := properties.Laws[i].Name; !slices.ContainsFunc(m.Laws, func(n zoo.Need) bool { return n.Name == name }) {
			idle = append(idle, name)
		}
	}
	fmt.Fprintln(a.stdout, wrap("", fmt.Sprintf("broken by no kernel of the zoo: %d laws of %d: %s", len(idle), len(properties.Laws), strings.Join(idle, ", ")), "  "))
	return nil
}

// printNeeds says of each law, or class, how many wrong kernels it helps to catch,
// how many would escape without it, and one of those.
func (a *app) printNeeds(what string, needs []zoo.Need, kills []zoo.Kill) {
	rows := table{head: []string{what, ">kernels", ">alone", "which would escape without it"}}
	for _, n := range needs {
		rows.add(n.Name, fmt.Sprint(n.Kills), fmt.Sprint(len(n.Alone)), strings.Join(n.Alone, ", "))
	}
	rows.print(a.stdout)
	never := 0
	for _, k := range kills {
		if len(k.Broken) == 0 {
			never++
		}
	}
	fmt.Fprintf(a.stdout, "%d wrong kernels, %d of them caught by nothing here\n", len(kills), never)
}
