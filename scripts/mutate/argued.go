package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// argument is one line of the file of argued survivors.
type argument struct {
	key, why string
	line     int
}

// argued is the whole file, in order.
type argued struct {
	file string
	list []argument
}

// readArgued reads the file given to -expect, if any.
func readArgued(file string) (*argued, error) {
	a := &argued{file: file}
	if file == "" {
		return a, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	seen := map[string]int{}
	n := 0
	for line := range strings.SplitSeq(string(data), "\n") {
		n++
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		// Keys have single spaces only, so two before # begin the reason.
		key, why, _ := strings.Cut(line, "  #")
		key, why = strings.TrimSpace(key), strings.TrimSpace(why)
		parts := strings.SplitN(key, ":", 4)
		switch {
		case len(parts) != 4 || !strings.Contains(parts[3], " -> "):
			return nil, fmt.Errorf("%s:%d: want file.go:func:kind:before -> after  # why", file, n)
		case !slices.Contains(kindNames, parts[2]):
			return nil, fmt.Errorf("%s:%d: unknown kind %q", file, n, parts[2])
		case why == "" || why == "TODO":
			return nil, fmt.Errorf("%s:%d: no reason given: end the line with two spaces and # why it is equivalent", file, n)
		case seen[key] > 0:
			return nil, fmt.Errorf("%s:%d: already on line %d", file, n, seen[key])
		}
		seen[key] = n
		a.list = append(a.list, argument{key, why, n})
	}
	return a, nil
}

// only keeps the mutants that a file lists, whatever it says about them; all of
// them where no file is named.
func only(file string, all []*Mutant) ([]*Mutant, error) {
	if file == "" {
		return all, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	listed := map[string]bool{}
	for line := range strings.SplitSeq(string(data), "\n") {
		key, _, _ := strings.Cut(line, "  #")
		if key = strings.TrimSpace(key); key != "" && !strings.HasPrefix(key, "#") {
			listed[key] = true
		}
	}
	kept := slices.DeleteFunc(slices.Clone(all), func(m *Mutant) bool { return !listed[m.Key] })
	for _, m := range kept {
		delete(listed, m.Key)
	}
	for key := range listed {
		return nil, fmt.Errorf("%s: no such mutant: %s", file, key)
	}
	return kept, nil
}

// unknown lists the arguments about files and kinds under test that match no
// mutant any more.
func (a *argued) unknown(all []*Mutant, kinds map[string]bool) (stale []argument) {
	keys, files := map[string]bool{}, map[string]bool{}
	for _, m := range all {
		keys[m.Key], files[m.File] = true, true
	}
	for _, arg := range a.list {
		parts := strings.SplitN(arg.key, ":", 4)
		if !keys[arg.key] && files[parts[0]] && kinds[parts[2]] {
			stale = append(stale, arg)
		}
	}
	return stale
}

// find returns the argument about a mutant, or nil.
func (a *argued) find(key string) *argument {
	for i := range a.list {
		if a.list[i].key == key {
			return &a.list[i]
		}
	}
	return nil
}
