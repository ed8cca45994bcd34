package properties

import (
	"sync"
	"time"
)

// hand is a goroutine that runs kernels, one call after the other: a new one for
// each call would grow its stack anew each time. One whose call never comes back
// is left to itself.
type hand struct {
	asked chan func()
	done  chan []error // room for one: a hand that was given up must not wait
	limit *time.Timer
}

// hands are those that wait for work.
type hands struct {
	mu   sync.Mutex
	idle []*hand
}

func (h *hands) take() *hand {
	h.mu.Lock()
	defer h.mu.Unlock()
	if n := len(h.idle); n > 0 {
		w := h.idle[n-1]
		h.idle = h.idle[:n-1]
		return w
	}
	w := &hand{asked: make(chan func()), done: make(chan []error, 1), limit: time.NewTimer(time.Hour)}
	go func() {
		for run := range w.asked {
			run()
		}
	}()
	return w
}

func (h *hands) put(w *hand) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.idle = append(h.idle, w)
}

func (h *hands) clear() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, w := range h.idle {
		close(w.asked)
	}
	h.idle = nil
}
