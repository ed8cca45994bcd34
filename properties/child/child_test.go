package child

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

var background = context.Background()

// The test binary is its own child: the variable says which.
const role = "ASSAY_TEST_CHILD"

func TestMain(m *testing.M) {
	if as := os.Getenv(role); as != "" {
		in, out, err := Pipes()
		if err != nil {
			os.Exit(2)
		}
		switch how := hostile[as]; {
		case how != nil:
			beHostile(in, out, how)
		case as == "sick":
			err = Serve(background, in, out, "sick", of(sick))
		case as == "deaf": // it says hello and never reads again
			beHostile(io.LimitReader(in, int64(len(framed(greeting)))), out, nil)
			wait()
		case as == "honest":
			os.Stdout.WriteString("a kernel may print what it likes\n")
			err = Serve(background, in, out, "honest", honest)
		case as == "copy":
			err = Serve(background, in, out, "copy", of(func(c *reference.Call) error { copy(c.Out[0].Memory(), c.In[0].Memory()); return nil }))
		case as == "slip":
			err = Serve(background, in, out, "slip", properties.Table("none", nil))
		}
		if err != nil {
			os.Exit(2)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// plain answers with the reference's values, rounded.
func plain(c *reference.Call) error {
	truth, err := c.Truth()
	if err != nil {
		return err
	}
	for o, t := range c.Out {
		for i := range t.Len() {
			if !t.Absent() {
				t.Put(i, truth.Out[o].Get(i))
			}
		}
	}
	return nil
}

// of is an implementation of every operation by one body.
func of(run func(*reference.Call) error) properties.Implementation {
	var rows []*reference.Variant
	for _, op := range reference.Ops {
		rows = append(rows, &reference.Variant{Op: op.Name, Name: "it", DTypes: op.DTypes(), Contract: reference.DefaultContract(reference.F32), Run: run})
	}
	return properties.Table("it", rows)
}

var honest = of(plain)

func born(t testing.TB, as string, patience time.Duration) *Child {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	env := []string{role + "=" + as, "GORACE=atexit_sleep_ms=0"} // the race detector would dwell at each exit
	c, err := Start(background, Options{Name: "it", Command: []string{exe}, Env: env, Timeout: patience})
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func softmax(t testing.TB, x ...float64) *reference.Call {
	t.Helper()
	op, err := reference.ByName("softmax")
	require.NoError(t, err)
	return op.NewCall(map[string]reference.Tensor{"x": reference.Of(reference.F32, []int{1, len(x)}, x...)}, nil)
}

// Each hostile answer is a finding that says what was wrong, soon, in little
// memory, and the next child answers as if nothing had been.
func TestHostileChild(t *testing.T) {
	says := map[string]string{
		"a wrong magic": "start of a frame", "a later version": "version is 2, want 1", "10 GB claimed": "length of a frame is 10737418240 bytes",
		"2^63 claimed": "length of a frame is 9223372036854775808", "a little too long": "length of a frame is 204800 bytes",
		"a header of 10 GB": "header length", "no safetensors": "content of a frame", "a frame cut off": "cut off after 9 bytes of its content",
		"a head cut off": "cut off after 5 bytes", "a stall": "no answer after 1s", "a stall in a frame": "no answer after 1s", "a stall in a long frame": "no answer after 1s",
		"an early end": "exit status 0", "a status": "exit status 3; it printed: bus on fire", "a closed output": "closed its output and stayed",
		"a flood": "start of a frame", "a flood of frames": "request is \"1\", want 2", "a flood of words": "no answer after 1s",
		"another request": "request is \"999\", want 1", "another message": "message is \"hello\"", "no status": "0.status is \"\"",
		"a status unheard": "0.status is \"fine\"", "no output": "output y is missing, want F32[1,3]", "one output more": "tensor \"0.z\" is answered",
		"another type": "output y is I32[1,3], want F32[1,3]", "another shape": "output y is F32[3,1], want F32[1,3]",
		"row of a reject": "0.row is \"first\"", "a reject with all": "tensor \"0.y\" is answered", "words for frames": "start of a frame is \"epoch 1 loss",
	}
	for how := range hostile {
		t.Run(how, func(t *testing.T) {
			require.Contains(t, says, how, "what it should be told")
			hangs := strings.Contains(how, "stall") || how == "a flood of words"
			patience := time.Minute
			if hangs {
				patience = time.Second
			}
			c := born(t, how, patience)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begun := time.Now()
			err := c.Run(background, []*reference.Call{softmax(t, 1, 2, 3)})[0]
			if how == "a flood of frames" { // the first of them is right
				require.NoError(t, err)
				err = c.Run(background, []*reference.Call{softmax(t, 1, 2, 3)})[0]
			}
			runtime.ReadMemStats(&after)
			require.ErrorContains(t, err, says[how])
			assert.Less(t, time.Since(begun), 5*time.Second)
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(10<<20), "bytes allocated")
			var fault *Fault
			crash, late := errors.Is(err, properties.ErrCrash), errors.Is(err, properties.ErrTimeout)
			assert.True(t, errors.As(err, &fault) || crash || late, "%v", err)
			assert.Equal(t, hangs, late, "%v", err)
		})
	}
}

// A batch in which one call ends the child costs that call only.
func TestBatchIsHalvedDownToTheCall(t *testing.T) {
	c := born(t, "sick", 300*time.Millisecond)
	var calls []*reference.Call
	for i := range 40 {
		calls = append(calls, softmax(t, float64(i%10), 5, 6))
	}
	calls[3], calls[17] = softmax(t, 13, 1), softmax(t, 14, 1)
	errs := c.Run(background, calls)
	for i, err := range errs {
		switch i {
		case 3:
			require.ErrorIs(t, err, properties.ErrCrash)
			require.ErrorContains(t, err, "exit status 13; it printed: thirteen")
		case 17:
			require.ErrorIs(t, err, properties.ErrTimeout)
		default:
			require.NoError(t, err, "call %d", i)
			want := softmax(t, float64(i%10), 5, 6)
			require.NoError(t, plain(want))
			require.Equal(t, want.Out[0].Data, calls[i].Out[0].Data, "call %d", i)
		}
	}
	require.Greater(t, c.Starts(), 2)
}

// Every operation comes over the wire with the bits it has here: scalars, options,
// outputs not asked for, refusals.
func TestChildAnswersAsTheSameKernelHere(t *testing.T) {
	c := born(t, "honest", time.Minute)
	calls, refused := 0, 0
	for _, op := range reference.Ops {
		for _, d := range op.DTypes() {
			var there, here []*reference.Call
			for _, e := range op.Edges {
				there, here = append(there, e.Make(op, d)), append(here, e.Make(op, d))
			}
			got, want := c.Run(background, there), honest.Run(background, here)
			for i := range want {
				name := op.Name + " " + d.String() + " " + op.Edges[i].Name
				var r *reference.Reject
				if errors.As(want[i], &r) {
					refused++
					there := new(reference.Reject)
					require.ErrorAs(t, got[i], &there, name)
					there.Op = r.Op // a body that asks another's says so only here
					require.Equal(t, r, there, name)
					continue
				}
				require.NoError(t, got[i], name)
				for o, t0 := range here[i].Out {
					for j := range t0.Len() {
						if !t0.Absent() {
							require.Equal(t, t0.Bits(j), there[i].Out[o].Bits(j), "%s %s[%d]", name, op.Out[o].Name, j)
						}
					}
				}
				calls++
			}
		}
	}
	require.Greater(t, calls, 500)
	require.Greater(t, refused, 50)
	require.Equal(t, 1, c.Starts())
}

func TestChildWithoutKernelsIsRefusedAtOnce(t *testing.T) {
	exe, err := os.Executable()
	require.NoError(t, err)
	_, err = Start(background, Options{Name: "it", Command: []string{exe}, Env: []string{role + "=slip"}})
	require.ErrorContains(t, err, "offers no kernel")
	_, err = Start(background, Options{Name: "it", Command: []string{"no-such-program-anywhere"}})
	require.ErrorIs(t, err, properties.ErrCrash)
}

// A cancelled context ends a call at once.
func TestCancelEndsTheCall(t *testing.T) {
	c := born(t, "a stall", time.Minute)
	ctx, cancel := context.WithTimeout(background, 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, c.Run(ctx, []*reference.Call{softmax(t, 1)})[0], context.DeadlineExceeded)
}

// A request larger than any pipe, to a child that does not read it, comes to an end.
func TestChildThatDoesNotRead(t *testing.T) {
	c := born(t, "deaf", 300*time.Millisecond)
	begun := time.Now()
	err := c.Run(background, []*reference.Call{softmax(t, make([]float64, 4<<20)...)})[0]
	require.ErrorIs(t, err, properties.ErrTimeout)
	require.Less(t, time.Since(begun), 5*time.Second)
}

// A call that no frame holds is not sent: the child lives on.
func TestCallLargerThanAFrame(t *testing.T) {
	c := born(t, "honest", time.Minute)
	op, err := reference.ByName("softmax")
	require.NoError(t, err)
	large := op.NewCall(map[string]reference.Tensor{"x": reference.NewTensor(reference.F32, 1, FrameLimit/8)}, nil)
	errs := c.Run(background, []*reference.Call{large, softmax(t, 1, 2)})
	require.ErrorIs(t, errs[0], reference.ErrUnsupported)
	require.NoError(t, errs[1])
	require.Equal(t, 1, c.Starts())
}

// spy remembers under which cases it was called.
type spy struct {
	properties.Implementation
	cases map[string]bool
}

func (s spy) Run(ctx context.Context, calls []*reference.Call) []error {
	s.cases[properties.CaseOf(ctx)] = true
	return s.Implementation.Run(ctx, calls)
}

// A request carries the id of the case that the report speaks of.
func TestRequestNamesItsCase(t *testing.T) {
	kernel := spy{honest, map[string]bool{}}
	x := softmax(t, 1, 2, 3)
	c := properties.NewCase("G01", "mine", 1, x)
	_, err := properties.Check(background, kernel, properties.Options{Ops: []string{"softmax"}, DTypes: []reference.DType{reference.F32}, Extra: []properties.Case{c}, Only: true, Jobs: 1, Seed: 1, Effort: properties.Quick})
	require.NoError(t, err)
	require.Contains(t, kernel.cases, c.ID)
	require.Equal(t, c.ID, request(1, c.ID, []*reference.Call{x}).Metadata["case"])
}
