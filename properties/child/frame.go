package child

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/seed-210c9500/assay/properties/wire"
)

const (
	magic   = "ASSY"
	version = 1

	// FrameLimit is the longest frame in bytes, either way.
	FrameLimit = 200_000_000

	prefix = 16       // bytes before a frame's content
	step   = 64 << 10 // first buffer for content whose length is only claimed
)

// Fault is a broken protocol: not a wrong number, but an answer that is none.
type Fault struct {
	What string // the thing: "length of the answer", "0.y"
	Got  string
	Want string
}

// Error gives one line: the thing, what it is, and what was wanted.
func (f *Fault) Error() string {
	return "protocol: " + f.What + " is " + f.Got + ", want " + f.Want
}

// writeFrame sends a file in one frame. Its head goes out in one write and each
// tensor in another: nothing large is copied.
func writeFrame(w io.Writer, f *wire.File) error {
	var head bytes.Buffer
	head.WriteString(magic)
	head.Write(make([]byte, prefix-len(magic)))
	if _, err := f.WriteTo(&heading{&head}); err != nil {
		return err
	}
	length := head.Len() - prefix
	for _, t := range f.Tensors {
		length += len(t.Data)
	}
	binary.LittleEndian.PutUint32(head.Bytes()[4:], version)
	binary.LittleEndian.PutUint64(head.Bytes()[8:], uint64(length))
	if length <= step { // a small frame is one write
		for _, t := range f.Tensors {
			head.Write(t.Data)
		}
		_, err := w.Write(head.Bytes())
		return err
	}
	if _, err := w.Write(head.Bytes()); err != nil {
		return err
	}
	for _, t := range f.Tensors {
		if len(t.Data) > 0 {
			if _, err := w.Write(t.Data); err != nil {
				return err
			}
		}
	}
	return nil
}

// heading keeps the first write, which is the file's header, and drops the data.
type heading struct{ to *bytes.Buffer }

func (h *heading) Write(b []byte) (int, error) {
	if h.to != nil {
		h.to.Write(b)
		h.to = nil
	}
	return len(b), nil
}

// reader takes frames from a stream into memory that it uses again: a file is
// good until the next one is read.
type reader struct {
	from io.Reader
	buf  []byte
}

// frame reads one frame of at most limit bytes. The error is io.EOF where the
// stream ends before it, and a *Fault for anything that is no frame.
func (r *reader) frame(limit int) (*wire.File, error) {
	var head [prefix]byte
	if n, err := io.ReadFull(r.from, head[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, &Fault{"frame", fmt.Sprintf("cut off after %d bytes", n), "16 bytes before its content"}
		}
		return nil, err
	}
	if string(head[:4]) != magic {
		return nil, &Fault{"start of a frame", quoted(head[:]), fmt.Sprintf("%q (were frames printed into?)", magic)}
	}
	if v := binary.LittleEndian.Uint32(head[4:]); v != version {
		return nil, &Fault{"version", fmt.Sprint(v), fmt.Sprint(version)}
	}
	n := binary.LittleEndian.Uint64(head[8:])
	if n > uint64(limit) {
		return nil, &Fault{"length of a frame", fmt.Sprintf("%d bytes", n), fmt.Sprintf("at most %d for this answer", limit)}
	}
	content, err := r.content(int(n))
	if err != nil {
		return nil, err
	}
	f, err := wire.Parse(content)
	if err != nil {
		return nil, &Fault{"content of a frame", err.Error(), "a safetensors file"}
	}
	return f, nil
}

// content reads n bytes. Memory grows with what arrives, not with what was
// claimed.
func (r *reader) content(n int) ([]byte, error) {
	for got := 0; ; {
		if room := min(n, max(step, 2*got)); len(r.buf) < room {
			grown := make([]byte, room)
			copy(grown, r.buf[:got])
			r.buf = grown
		}
		more, err := io.ReadFull(r.from, r.buf[got:min(n, len(r.buf))])
		got += more
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, &Fault{"frame", fmt.Sprintf("cut off after %d bytes of its content", got), fmt.Sprintf("%d, as its length says", n)}
		}
		if err != nil {
			return nil, err
		}
		if got == n {
			return r.buf[:n], nil
		}
	}
}

// quoted renders a stranger's bytes.
func quoted(b []byte) string { return fmt.Sprintf("%q", strings.ToValidUTF8(string(b), "?")) }

// clip cuts a stranger's text to the length of a few lines.
func clip(s string) string {
	const most = 600
	s = strings.ToValidUTF8(s, "?")
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
