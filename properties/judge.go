package properties

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/seed-210c9500/assay/reference"
)

// exam is what a case's outputs are compared with: the reference's answer and
// the interval around each of its elements.
type exam struct {
	sheet   *sheet
	c       Case
	k       reference.Contract
	solved  *solution
	want    *reference.Call   // the reference's outputs, nil where it refuses
	rounded *reference.Call   // the same in the case's own types
	values  [][]float64       // the same, widened
	refusal *reference.Reject // the reference's refusal
	open    bool              // a bounded output hangs on a choice the kernel makes
	useless *Finding          // why the case tells no kernels apart, once asked
	asked   bool
}

// newExam runs the reference. An error means the case itself is malformed.
func newExam(s *sheet, k reference.Contract) (*exam, error) {
	c := s.c
	e := &exam{sheet: s, c: c, k: k, solved: s.solve(c.Call)}
	if errors.As(e.solved.err, &e.refusal) {
		return e, nil
	}
	if err := e.solved.err; err != nil {
		return nil, fmt.Errorf("properties: case %s (%s %s): %w", c.ID, c.Class, c.Note, err)
	}
	e.want = e.solved.want
	e.values = make([][]float64, len(e.want.Out))
	bounded := false
	for i, t := range e.want.Out {
		e.values[i] = widened(t)
		bounded = bounded || c.Call.Op.Out[i].Judge == reference.Bounded
	}
	e.open = bounded && chooses(c.Call.Op)
	e.rounded = e.filled(func(o, i int) float64 { return e.values[o][i] })
	return e, nil
}

// bound gives the interval of each element of an output, for a kernel that
// answered got.
func (e *exam) bound(got *reference.Call, out int) *reference.Bounds {
	return e.solved.bound(got, e.k, out)
}

// vacuity is the finding for a case that tells nothing apart; nil for one that
// does.
func (e *exam) vacuity(previous *reference.Call) *Finding {
	if !e.asked {
		e.asked = true
		if says := e.vacuous(previous); says != "" {
			e.useless = e.blank(says, previous)
		}
	}
	if e.useless == nil {
		return nil
	}
	f := *e.useless
	return &f
}

// verdict is what became of one answer.
type verdict struct {
	status  Status
	profile string
	ratio   float64 // worst err/bound of the bounded outputs
	ulp     float64
	note    string
	finding *Finding // for Fail and Profile
}

// judge compares a kernel's answer, or its error, with the reference's.
func (e *exam) judge(got *reference.Call, err error) verdict {
	return e.elsewise(got, err, e.judgeAsIs(got, err))
}

func (e *exam) judgeAsIs(got *reference.Call, err error) verdict {
	var refused *reference.Reject
	switch {
	case errors.Is(err, reference.ErrUnsupported):
		return verdict{status: Unsupported, note: err.Error()}
	case errors.Is(err, ErrCrash):
		return e.broken(Crash, "crash", err.Error())
	case errors.Is(err, ErrTimeout):
		return e.broken(Timeout, "timeout", err.Error())
	case errors.As(err, &refused):
		return e.judgeRefusal(refused)
	case err != nil:
		return e.broken(Fail, "error", err.Error())
	}
	if answer, ok := e.declared(); ok {
		if f := e.differs(answer, got); f != nil {
			return verdict{status: Fail, finding: f}
		}
		return verdict{status: Pass}
	}
	v := e.compare(got)
	if v.status == Fail {
		if profile := e.otherProfile(got, nil); profile != "" {
			return e.answeredAs(profile, v.finding)
		}
	}
	return v
}

// declared is the answer of the profile that the kernel declares, where that is
// not ieee and the case is an edge for which the profile says something else.
func (e *exam) declared() (reference.Answer, bool) {
	if e.c.Edge == nil || e.k.Profile == "ieee" || e.k.Profile == "" {
		return reference.Answer{}, false
	}
	a, ok := e.c.Edge.Want[e.k.Profile]
	return a, ok
}

func (e *exam) judgeRefusal(r *reference.Reject) verdict {
	if a, ok := e.declared(); ok {
		if a.Code != "" {
			return verdict{status: RejectedOK}
		}
		return e.broken(Fail, "accept", fmt.Sprintf("refused what profile %s answers: %v", e.k.Profile, r))
	}
	if e.refusal == nil {
		v := e.broken(Fail, "accept", fmt.Sprintf("refused a valid input: %v", r))
		if profile := e.otherProfile(nil, r); profile != "" {
			return e.answeredAs(profile, v.finding)
		}
		return v
	}
	note := ""
	if r.Code != e.refusal.Code {
		note = fmt.Sprintf("refused as %q, the reference says %q", r.Code, e.refusal.Code)
	}
	return verdict{status: RejectedOK, note: note}
}

func (e *exam) answeredAs(profile string, f *Finding) verdict {
	f.Status, f.Profile = Profile, profile
	f.Says = fmt.Sprintf("answers edge case %s as profile %s does: %s", e.c.Edge.Name, profile, f.Says)
	return verdict{status: Profile, profile: profile, finding: f}
}

func (e *exam) broken(s Status, law, says string) verdict {
	return verdict{status: s, ratio: math.Inf(1), finding: &Finding{Law: law, Status: s, Says: says, Ratio: math.Inf(1)}}
}

// compare puts every output against its bounds.
func (e *exam) compare(got *reference.Call) verdict {
	if e.refusal != nil {
		return e.broken(Fail, "reject", fmt.Sprintf("answered what must be refused: %v", e.refusal))
	}
	v := verdict{status: Pass}
	for o := range e.c.Call.Op.Out {
		t := got.Out[o]
		if t.Absent() {
			continue
		}
		b := e.bound(got, o)
		values := widened(t)
		m := weigh(b, values, e.values[o], t.DType, e.lenient())
		if !m.bad {
			v.ratio, v.ulp = max(v.ratio, m.ratio), max(v.ulp, m.ulp)
			continue
		}
		if v.finding == nil || m.ratio > v.finding.Ratio {
			v.finding = e.blame(o, b, m, values)
		}
		v.status, v.ratio = Fail, max(v.ratio, m.ratio)
	}
	return v
}

// lenient says whether elements that ieee wants as NaN are another system's
// matter: outside the edge cases nothing declares what a profile answers there.
func (e *exam) lenient() bool {
	if e.c.Edge != nil || e.k.Profile == "ieee" || e.k.Profile == "" {
		return false
	}
	return slices.ContainsFunc(e.c.Call.Op.Edges, func(x reference.Edge) bool { _, ok := x.Want[e.k.Profile]; return ok })
}

// mark is the result of comparing one output.
type mark struct {
	ratio, ulp float64 // the worst
	at         int     // where the worst ratio is
	bad        bool
	refused    string // what Bounds.Refuse said of that element
}

// weigh measures every element's error against its interval: 0 at the
// reference, 1 at the interval's end, +Inf where no error is allowed or the
// value is of the wrong kind.
func weigh(b *reference.Bounds, got, ref []float64, d reference.DType, lenient bool) mark {
	m := mark{at: -1}
	normal := 0.0
	if d.Float() {
		normal = d.MinNormal()
	}
	for i, v := range got {
		lo, hi, r := b.Lo[i], b.Hi[i], ref[i]
		ratio, refused := 0.0, ""
		switch {
		case math.IsNaN(lo):
			if !math.IsNaN(v) && !lenient {
				ratio = math.Inf(1)
			}
		case !(v >= lo && v <= hi):
			ratio = beyond(v, lo, hi, r)
		case v != r && d.Float() && !math.IsInf(v, 0): // a number of tokens inside its interval is no error
			ratio = min(beyond(v, lo, hi, r), 1)
		}
		if b.Refuse != nil && ratio <= 1 {
			if refused = b.Refuse(i, v); refused != "" {
				ratio = math.Inf(1)
			}
		}
		// Units in the last place mean something where the bound is relative: a
		// loss near zero is known to so many nats, not digits.
		if d.Float() && ratio <= 1 && !math.IsInf(r, 0) && r >= lo && r <= hi && math.Abs(r) >= normal && hi-lo <= math.Abs(r)/4 {
			m.ulp = max(m.ulp, math.Abs(v-r)/d.Ulp(r))
		}
		if m.at < 0 || ratio > m.ratio {
			m.ratio, m.at, m.refused = ratio, i, refused
		}
	}
	m.bad = m.ratio > 1
	return m
}

// beyond is err/bound. Where the kernel made a choice of its own the reference's
// value may lie outside, and the interval's middle is what the kernel aimed at.
func beyond(v, lo, hi, r float64) float64 {
	if !(r >= lo && r <= hi) {
		r = lo + (hi-lo)/2
	}
	room := r - lo
	if v > r {
		room = hi - r
	}
	err := math.Abs(v - r)
	if err == 0 {
		return 0
	}
	if math.IsNaN(v) || math.IsInf(err, 0) || room <= 0 {
		return math.Inf(1)
	}
	return err / room
}

// blame makes a finding of the worst element of an output.
func (e *exam) blame(o int, b *reference.Bounds, m mark, got []float64) *Finding {
	f := &Finding{Law: "bound", Status: Fail, Out: e.c.Call.Op.Out[o].Name, Index: unflatten(e.want.Out[o].Shape, m.at),
		Got: Num(got[m.at]), Ref: Num(e.values[o][m.at]), Lo: Num(b.Lo[m.at]), Hi: Num(b.Hi[m.at]), Ratio: m.ratio}
	if b.Terms != nil {
		for _, t := range b.Terms(m.at) {
			f.Terms = append(f.Terms, Term{t.Name, t.Formula, Num(t.Value)})
		}
	}
	where := f.Out + strings.ReplaceAll(fmt.Sprint(f.Index), " ", ",")
	switch lo, hi := b.Lo[m.at], b.Hi[m.at]; {
	case m.refused != "":
		f.Says = fmt.Sprintf("%s = %g: %s", where, got[m.at], m.refused)
	case math.IsNaN(lo):
		f.Says = fmt.Sprintf("%s = %g, want NaN", where, got[m.at])
	case lo == hi:
		f.Says = fmt.Sprintf("%s = %g, want exactly %g", where, got[m.at], lo)
	case math.IsInf(m.ratio, 1):
		f.Says = fmt.Sprintf("%s = %g, want a value in [%g, %g]", where, got[m.at], lo, hi)
	default:
		f.Says = fmt.Sprintf("%s = %g, reference %g: %.3g times the bound", where, got[m.at], e.values[o][m.at], m.ratio)
	}
	return f
}
