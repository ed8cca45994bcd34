package child

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"github.com/seed-210c9500/assay/properties/wire"
	"github.com/seed-210c9500/assay/reference"
)

// hostile are the ways to answer a run that no honest child has. Each gets the
// right answer and sends what it likes instead; hello is answered in good faith.
var hostile = map[string]func(out *os.File, right *wire.File){
	"a wrong magic":           func(out *os.File, right *wire.File) { out.Write(spoilt(right, 0, "GET / HTTP/1.1\r\n")) },
	"a later version":         func(out *os.File, right *wire.File) { out.Write(spoilt(right, 4, "\x02")) },
	"10 GB claimed":           func(out *os.File, right *wire.File) { out.Write(claiming(10 << 30)); wait() },
	"2^63 claimed":            func(out *os.File, right *wire.File) { out.Write(claiming(1 << 63)); wait() },
	"a little too long":       func(out *os.File, right *wire.File) { out.Write(claiming(200 << 10)); wait() },
	"a stall in a long frame": func(out *os.File, right *wire.File) { out.Write(claiming(70 << 10)); wait() },
	"a header of 10 GB": func(out *os.File, right *wire.File) {
		out.Write(spoilt(right, prefix, "\x00\x00\x00\x80\x02\x00\x00\x00"))
	},
	"no safetensors":     func(out *os.File, right *wire.File) { out.Write(spoilt(right, prefix+8, "not json")) },
	"a frame cut off":    func(out *os.File, right *wire.File) { out.Write(framed(right)[:prefix+9]); os.Exit(0) },
	"a head cut off":     func(out *os.File, right *wire.File) { out.Write(framed(right)[:5]); os.Exit(0) },
	"a stall":            func(*os.File, *wire.File) { wait() },
	"a stall in a frame": func(out *os.File, right *wire.File) { out.Write(framed(right)[:prefix+9]); wait() },
	"an early end":       func(*os.File, *wire.File) { os.Exit(0) },
	"a status":           func(*os.File, *wire.File) { fmt.Fprintln(os.Stderr, "bus on fire"); os.Exit(3) },
	"a closed output":    func(out *os.File, _ *wire.File) { out.Close(); wait() },
	"a flood": func(out *os.File, _ *wire.File) {
		for junk := make([]byte, 1<<20); ; {
			out.Write(junk)
		}
	},
	"a flood of frames": func(out *os.File, right *wire.File) {
		for b := framed(right); ; {
			out.Write(b)
		}
	},
	"a flood of words": func(out *os.File, right *wire.File) {
		for line := strings.Repeat("x", 1<<20); ; {
			os.Stdout.WriteString(line)
			os.Stderr.WriteString(line)
		}
	},
	"another request":  func(out *os.File, right *wire.File) { right.Metadata["request"] = "999"; writeFrame(out, right) },
	"another message":  func(out *os.File, right *wire.File) { right.Metadata["message"] = "hello"; writeFrame(out, right) },
	"no status":        func(out *os.File, right *wire.File) { delete(right.Metadata, "0.status"); writeFrame(out, right) },
	"a status unheard": func(out *os.File, right *wire.File) { right.Metadata["0.status"] = "fine"; writeFrame(out, right) },
	"no output":        func(out *os.File, right *wire.File) { right.Tensors = nil; writeFrame(out, right) },
	"one output more": func(out *os.File, right *wire.File) {
		more := right.Tensors[0]
		more.Name = "0.z"
		right.Tensors = append(right.Tensors, more)
		writeFrame(out, right)
	},
	"another type": func(out *os.File, right *wire.File) { right.Tensors[0].DType = "I32"; writeFrame(out, right) },
	"another shape": func(out *os.File, right *wire.File) {
		s := right.Tensors[0].Shape
		s[0], s[1] = s[1], s[0]
		writeFrame(out, right)
	},
	"row of a reject":   func(out *os.File, right *wire.File) { rejecting(right, "first"); writeFrame(out, right) },
	"a reject with all": func(out *os.File, right *wire.File) { rejecting(right, "0"); writeFrame(out, right) },
	"words for frames":  func(out *os.File, right *wire.File) { fmt.Fprintln(out, "epoch 1 loss 0.5"); writeFrame(out, right) },
}

func wait() { time.Sleep(time.Hour) }

// framed is a file as it goes over the pipe.
func framed(f *wire.File) []byte {
	var b strings.Builder
	writeFrame(&b, f)
	return []byte(b.String())
}

func spoilt(f *wire.File, at int, with string) []byte {
	b := framed(f)
	copy(b[at:], with)
	return b
}

// claiming is the head of a frame of n bytes.
func claiming(n uint64) []byte {
	b := []byte(magic + "\x01\x00\x00\x00")
	return binary.LittleEndian.AppendUint64(b, n)
}

func rejecting(f *wire.File, row string) {
	f.Metadata["0.status"], f.Metadata["0.code"], f.Metadata["0.row"] = "reject", "x_odd", row
}

// beHostile serves like Serve but for the answers to run.
func beHostile(in io.Reader, out *os.File, how func(*os.File, *wire.File)) {
	r := &reader{from: in}
	for {
		f, err := r.frame(FrameLimit)
		if err != nil {
			return
		}
		right := respond(background, f, "hostile", honest)
		if f.Metadata["message"] == "hello" {
			writeFrame(out, right)
			continue
		}
		how(out, right)
	}
}

// sick behaves by the first logit, so that a batch can hold one bad call.
func sick(c *reference.Call) error {
	switch x := c.In[0].Get(0); {
	case x == 13:
		fmt.Fprintln(os.Stderr, "thirteen")
		os.Exit(13)
	case x == 14:
		wait()
	case math.IsInf(x, 1):
		return reference.ErrUnsupported
	}
	return plain(c)
}
