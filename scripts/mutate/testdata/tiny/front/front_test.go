package front

import "testing"

func TestNothing(t *testing.T) {}
