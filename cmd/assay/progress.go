package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/seed-210c9500/assay/properties"
)

// meter shows how far a run is: a bar on a terminal, plain lines elsewhere.
type meter struct {
	w    io.Writer
	bar  *progressbar.ProgressBar // nil for plain lines
	mute bool

	begun time.Time
	said  time.Time // when the last plain line was printed
}

// plainEvery is how long a plain run stays silent.
const plainEvery = 10 * time.Second

// newMeter makes a meter of a kind: bar, plain, none, or auto for a bar exactly
// where w is a terminal.
func newMeter(w io.Writer, kind string) (*meter, error) {
	m := &meter{w: w}
	switch kind {
	case "auto":
		f, ok := w.(*os.File)
		if ok && term.IsTerminal(int(f.Fd())) {
			kind = "bar"
		}
	case "bar", "plain":
	case "none":
		m.mute = true
	default:
		return nil, fmt.Errorf("--progress is %q: want auto, bar, plain or none", kind)
	}
	if kind == "bar" {
		m.bar = progressbar.NewOptions(1, progressbar.OptionSetWriter(w), progressbar.OptionShowCount(),
			progressbar.OptionSetWidth(24), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetPredictTime(false))
	}
	return m, nil
}

// start opens a run over some variants.
func (m *meter) start(variants string) {
	m.begun, m.said = time.Now(), time.Now()
	if m.bar != nil {
		m.bar.Reset()
		m.bar.Describe(variants)
	}
}

// step is properties.Options.Progress.
func (m *meter) step(done, total int, row *properties.Row) {
	what := row.Op + " " + row.DType
	switch {
	case m.mute:
	case m.bar != nil:
		m.bar.ChangeMax(max(total, 1))
		m.bar.Describe(what)
		m.bar.Set(min(done, total))
	case time.Since(m.said) > plainEvery:
		m.said = time.Now()
		fmt.Fprintf(m.w, "%s: %d of %d cases\n", what, done, total)
	}
}

// end closes it, with a line that stays in a log.
func (m *meter) end(rows []properties.Row) {
	if m.mute {
		return
	}
	if m.bar != nil {
		m.bar.Clear()
		return
	}
	cases, failed := 0, 0
	for _, r := range rows {
		cases += r.Cases
		failed += r.Failed
	}
	fmt.Fprintf(m.w, "%d cases, %d failed, %.1fs\n", cases, failed, time.Since(m.begun).Seconds())
}
