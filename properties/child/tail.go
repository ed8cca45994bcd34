package child

import (
	"strings"
	"sync"
)

// tail keeps the last of what a process prints, however much that is.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

const tailBytes = 4 << 10

// Write keeps the end.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, b[max(0, len(b)-tailBytes):]...)
	if n := len(t.kept) - tailBytes; n > 0 {
		t.kept = append(t.kept[:0], t.kept[n:]...)
	}
	return len(b), nil
}

// words are the last lines, to be quoted in a finding: "" when nothing was said.
func (t *tail) words() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	const most = 400
	s := strings.TrimSpace(strings.ToValidUTF8(string(t.kept), "?"))
	if len(s) > most {
		s = "..." + strings.ToValidUTF8(s[len(s)-most:], "")
	}
	if s == "" {
		return ""
	}
	return "; it printed: " + s
}
