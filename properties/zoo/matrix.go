package zoo

import (
	"context"
	"slices"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

// Kill is everything the harness has against a wrong kernel when each case goes
// on after its first finding: the laws broken, and on how many cases of which
// class.
type Kill struct {
	ID     string                    `json:"id"`
	Op     string                    `json:"op"`
	Bug    string                    `json:"bug"`
	Broken map[string]map[string]int `json:"broken"`
}

// Kills puts every law and every case of quick effort to an operation's wrong
// kernels.
func Kills(ctx context.Context, op *reference.Op, o properties.Options) ([]Kill, error) {
	o.Ops, o.DTypes, o.Effort, o.Every = []string{op.Name}, nil, properties.Quick, true
	wrong := wrongOf(op)
	var impls []properties.Implementation
	for i := range wrong {
		impls = append(impls, wrong[i].Implementation())
	}
	reports, err := properties.CheckAll(ctx, impls, o)
	if err != nil {
		return nil, err
	}
	var kills []Kill
	for i, r := range reports {
		k := Kill{ID: wrong[i].ID, Op: op.Name, Bug: wrong[i].Bug, Broken: map[string]map[string]int{}}
		for _, row := range r.Rows {
			for law, classes := range row.Broken {
				for class, n := range classes {
					if k.Broken[law] == nil {
						k.Broken[law] = map[string]int{}
					}
					k.Broken[law][class] += n
				}
			}
		}
		kills = append(kills, k)
	}
	return kills, ctx.Err()
}

// Need is how much depends on one law, or on one input class.
type Need struct {
	Name  string   `json:"name"`
	Kills int      `json:"kills"` // wrong kernels that it helps to catch
	Alone []string `json:"alone"` // those that would escape without it
}

// Needs counts what hangs on each law and on each class.
func Needs(kills []Kill) (laws, classes []Need) {
	byLaw, byClass := map[string]*Need{}, map[string]*Need{}
	count := func(by map[string]*Need, names []string, id string) {
		for _, name := range names {
			if by[name] == nil {
				by[name] = &Need{Name: name}
			}
			by[name].Kills++
			if len(names) == 1 {
				by[name].Alone = append(by[name].Alone, id)
			}
		}
	}
	for _, k := range kills {
		var theseLaws, theseClasses []string
		for law, on := range k.Broken {
			theseLaws = append(theseLaws, law)
			for class := range on {
				if !slices.Contains(theseClasses, class) {
					theseClasses = append(theseClasses, class)
				}
			}
		}
		count(byLaw, theseLaws, k.ID)
		count(byClass, theseClasses, k.ID)
	}
	return sortedNeeds(byLaw), sortedNeeds(byClass)
}

func sortedNeeds(by map[string]*Need) (all []Need) {
	for _, n := range by {
		slices.Sort(n.Alone)
		all = append(all, *n)
	}
	slices.SortFunc(all, func(a, b Need) int {
		if len(a.Alone) != len(b.Alone) {
			return len(b.Alone) - len(a.Alone)
		}
		if a.Kills != b.Kills {
			return b.Kills - a.Kills
		}
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return all
}
