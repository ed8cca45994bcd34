package made

import "testing"

func TestTable(t *testing.T) {
	if first != 3 || second < 4 {
		t.Errorf("table %d %d", first, second)
	}
}
