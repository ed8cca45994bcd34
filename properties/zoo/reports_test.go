package zoo

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// reports are mistakes that were reported of kernels in the field, by the name
// they were collected under.
const reports = `
SM-07 SM-08 SM-11 SM-12 SM-14 SM-16 SM-17 SM-19 SM-20 SM-23 SM-24 SM-25 SM-26 SM-28 SM-30 SM-31 SM-32 SM-33
LS-01 LS-02 LS-03 LS-04 LS-05 LS-07 LS-08 CE-01 CE-03 CE-05 CE-12 CE-13 CE-14 CE-16 TP-01 TP-02 TP-03 TP-06
TP-08 TP-12 TP-14 TP-15 TP-17 TP-21 TP-22 TP-24 TP-26 TP-27 MN-01 MN-02 MN-03 MN-08 MN-12 MN-14 MN-15 MN-16
MN-18 MN-19 AM-01 AM-03 AM-05 AM-06 AM-08 AM-09 EN-03 KL-02 KL-04 KL-05 KL-09 MI-01 MI-02 BA-03 BA-04 BA-05
AT-02 AT-03 AT-06 QS-01 PP-01 PP-04 PP-05 PP-07 PP-08 PP-09 PP-10 PP-11 EC-01 EC-02 EC-03 EC-06 BM-01 BM-03
BM-07 BM-09 BS-01 BS-02 BS-04 BS-06 MN-21 BF-01 BF-02 BF-03 GR-01 SM-34 SM-35 MN-22 MN-23 AM-11 AM-12 AM-13
PF-01 PF-03`

// unexpressed are those that no kernel here can have, and why.
var unexpressed = map[string]string{
	"SM-14": "an index of 32 bits overflows: needs more than 2^31 elements",
	"CE-01": "an index of 32 bits overflows: needs more than 2^32 elements",
	"KL-09": "a product of sizes in 32 bits: needs more than 2^31 elements",
	"LS-01": "the digits of a result near 0: a bound of logsumexp is absolute, no level asks for more",
	"LS-02": "signed weights: logsumexp has none here",
	"LS-08": "the gradient of logsumexp is no operation here",
	"KL-02": "the gradient of a divergence is no operation here",
	"MI-02": "normalised mutual information is no operation here",
	"QS-01": "int8 is no element type here",
	"SM-35": "an output of another element type: such a call reaches no kernel",
	"MN-19": "parameters for another number of rows: such a call reaches no kernel",
	"MN-02": "masses whose float32 total overflows: kernels of float32 may",
	"TP-26": "right, and slow",
	"PF-01": "right, and slow",
	"PF-03": "right, and slow",
}

// Every report has a kernel here or a reason; so has every wrong kernel of the
// trial in which published harnesses were compared: M01 to M25 for softmax, S1 to
// S9 for samplers.
func TestReportsAreCovered(t *testing.T) {
	wanted := strings.Fields(reports)
	for i := range 25 {
		wanted = append(wanted, fmt.Sprintf("M%02d", i+1))
	}
	for i := range 9 {
		wanted = append(wanted, fmt.Sprintf("S%d", i+1))
	}
	by := map[string][]string{}
	for _, k := range Wrong() {
		for _, row := range k.Rows {
			by[row] = append(by[row], k.ID)
			if !slices.Contains(wanted, row) {
				t.Errorf("%s stands for %s, which is no report", k.ID, row)
			}
		}
	}
	covered := 0
	for _, id := range wanted {
		switch why := unexpressed[id]; {
		case why == "" && len(by[id]) == 0:
			t.Errorf("%s: no kernel and no reason", id)
		case why != "" && len(by[id]) > 0:
			t.Errorf("%s: %v, and a reason why there is none", id, by[id])
		case why == "":
			covered++
			t.Logf("%s: %s", id, strings.Join(by[id][:min(3, len(by[id]))], ", "))
		}
	}
	t.Logf("%d of %d covered", covered, len(wanted))
}
