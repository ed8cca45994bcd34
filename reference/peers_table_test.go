package reference

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

const peersPreamble = `# The reference beside other packages

What TestPeers of the reference says of the answers in reference/testdata/peers, which scripts/crosscheck.py got from the packages. Made by

    python3 -m venv .venv
    .venv/bin/pip install -r scripts/crosscheck-requirements-heavy.txt
    .venv/bin/python scripts/crosscheck.py
    go test ./reference -run TestPeers -args -peers-table ../results/crosscheck.md

Continuous integration asks the light packages again (scripts/crosscheck.py --light --check); PyTorch, torchmetrics and transformers are asked on demand.

A package is held to the operation's bound for an ordinary float64 kernel: sums in any order, exp and ln of 2 ULP, no flushing. The column "of the bound" is the largest share of it that any answer takes; beside it are that answer's deviation and its bound, relative to the value (absolute where that is 0). Two operations of transformers compute in float32 and are held to the bound in float32. Differences that have a name are not in the table; what shows them was run as it stands, from scripts/.

`

// peerRow is what became of an operation's cases with one package.
type peerRow struct {
	peer *peer
	op   string
	deviation
}

// writePeersTable writes what results/crosscheck.md records below its preamble.
func writePeersTable(t *testing.T, path string, rows []peerRow) {
	t.Helper()
	var b strings.Builder
	place := map[string]int{}
	for i, op := range Ops {
		place[op.Name] = i
	}
	slices.SortFunc(rows, func(x, y peerRow) int {
		return cmp.Or(place[x.op]-place[y.op], strings.Compare(x.peer.Package, y.peer.Package))
	})
	peers, asked := readPeers(t), map[string]bool{}
	for _, r := range rows {
		asked[r.op] = true
	}
	fmt.Fprint(&b, peersPreamble, "| package | version | cases | named differences |\n|---|---|---|---|\n")
	for _, p := range peers {
		fmt.Fprintf(&b, "| %s | %s | %d | %d |\n", p.Package, p.Version, len(p.Cases), len(p.Shown))
	}
	fmt.Fprintf(&b, "\n%d of the %d operations have a counterpart in one of them.\n\n", len(asked), len(Ops))
	fmt.Fprint(&b, "| operation | package | cases | worst, of the bound | relative | bound, relative |\n|---|---|---|---|---|---|\n")
	for _, r := range rows {
		relative := fmt.Sprintf("%.1e | %.1e", r.rel, r.bound)
		if r.part == 0 {
			relative = "equal |"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %d | %.3f | %s |\n", r.op, r.peer.Package, r.cases, r.part, relative)
	}
	fmt.Fprint(&b, "\n## Named differences\n")
	for _, d := range namedDifferences {
		i := slices.IndexFunc(peers, func(p *peer) bool { return p.Package == d.pkg })
		s := peers[i].Shown[d.name]
		fmt.Fprintf(&b, "\n**%s %s, `%s`: %s.** Theirs: %s. Ours: %s.\n\n    %s\n    # %s\n",
			d.pkg, peers[i].Version, d.op, d.name, d.theirs, d.ours, strings.Join(s.Python, "\n    "), strings.ReplaceAll(s.Prints, "\n", ", "))
	}
	fmt.Fprint(&b, "\n## Without a counterpart\n\n")
	for _, op := range Ops {
		if !asked[op.Name] {
			fmt.Fprintf(&b, "`%s` ", op.Name)
		}
	}
	if err := os.WriteFile(path, []byte(strings.TrimSpace(b.String())+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
}
