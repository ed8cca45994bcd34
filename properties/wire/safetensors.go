// Package wire carries tensors across process boundaries and in files.
//
// The container is safetensors: eight bytes of little-endian header length, a
// JSON header that names each tensor with its dtype, shape and place, then the
// raw little-endian values. It is simple enough for a kernel in any language to
// read and write, and it holds bit patterns, not decimal renderings of them.
//
// The bytes come from strangers' kernels, so the reader trusts nothing. Whatever
// is wrong with a file is an error that names the thing, the value found and the
// value wanted; a file is taken whole or not at all; and memory grows with the
// bytes that arrived, never with a size that the file merely claims.
//
// Reference: https://github.com/huggingface/safetensors#format
package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"os"
	"strconv"
)

// HeaderLimit is the longest header in bytes that the format allows.
const HeaderLimit = 100_000_000

// prefixBytes is the size of the header length that opens a file.
const prefixBytes = 8

// readStep is the first buffer for bytes whose number is only claimed.
const readStep = 64 << 10

// widths holds the bytes of one element by dtype. The dtypes under eight bits
// (F4, F6_E2M3, F6_E3M2) are left out: their elements have no bytes of their own.
var widths = map[string]int{
	"BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1,
	"U16": 2, "I16": 2, "F16": 2, "BF16": 2,
	"U32": 4, "I32": 4, "F32": 4,
	"U64": 8, "I64": 8, "F64": 8, "C64": 8,
}

// wantDType lists the dtypes in error messages.
const wantDType = "one of F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL, C64, F8_E4M3, F8_E5M2, F8_E8M0"

// Width is the size in bytes of one element of a dtype, 0 for an unknown one.
func Width(dtype string) int { return widths[dtype] }

// Tensor is one named array. Data holds the elements in row-major order, each
// little-endian, and is exactly as long as dtype and shape say. A scalar has an
// empty shape.
type Tensor struct {
	Name  string
	DType string // F64, F32, F16, BF16, I64, I32, U64, U8, ...: see [Width]
	Shape []int
	Data  []byte
}

// File is the content of one safetensors file: free text by key, and the tensors
// in the order in which the header lists them. Metadata is nil when the header
// has none.
type File struct {
	Metadata map[string]string
	Tensors  []Tensor
}

// FormatError says what is wrong with a safetensors file.
type FormatError struct {
	What string // the thing: "header length", `tensor "logits": shape`
	Got  string // what stands there
	Want string // what has to stand there instead
}

// Error gives one line: the thing, what it is, and what was wanted.
func (e *FormatError) Error() string {
	return "wire: safetensors: " + e.What + ": got " + e.Got + ", want " + e.Want
}

// Tensor finds a tensor by name. It looks through the list, so a caller with very
// many tensors builds an index of its own.
func (f *File) Tensor(name string) (Tensor, bool) {
	for _, t := range f.Tensors {
		if t.Name == name {
			return t, true
		}
	}
	return Tensor{}, false
}

// Parse reads a file that is already in memory. The tensors' data are parts of b,
// not copies.
func Parse(b []byte) (*File, error) {
	if len(b) < prefixBytes {
		return nil, shortPrefix(len(b))
	}
	size := int64(len(b))
	n, err := headerLength(b, size)
	if err != nil {
		return nil, err
	}
	h, err := parseHeader(b[prefixBytes : prefixBytes+n])
	if err != nil {
		return nil, err
	}
	if err := checkSize(n, h.total, size); err != nil {
		return nil, err
	}
	return h.file(b[prefixBytes+n:]), nil
}

// Read reads a file from r to its end and refuses one of more than limit bytes. A
// reader that goes on after the file, such as a pipe with several of them, has to
// be cut first, with [io.LimitReader].
func Read(r io.Reader, limit int64) (*File, error) { return read(r, limit, -1) }

// Open reads the file at path. A regular file whose header and size disagree is
// refused before its data are read. The error names the path.
func Open(path string) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("wire: %w", err)
	}
	defer file.Close()
	size := int64(-1)
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		size = info.Size()
	}
	f, err := read(file, math.MaxInt64, size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// read does the work of Read and Open. size is the number of bytes that r has, or
// -1 when nobody knows.
func read(r io.Reader, limit, size int64) (*File, error) {
	prefix, err := readUpTo(r, prefixBytes, readStep)
	if err != nil {
		return nil, err
	}
	if len(prefix) < prefixBytes {
		return nil, shortPrefix(len(prefix))
	}
	n, err := headerLength(prefix, size)
	if err != nil {
		return nil, err
	}
	if prefixBytes+n > limit {
		return nil, overLimit(prefixBytes+n, limit)
	}
	header, err := readUpTo(r, n, readStep)
	if err != nil {
		return nil, err
	}
	if int64(len(header)) < n {
		return nil, longHeader(n, prefixBytes+int64(len(header)))
	}
	h, err := parseHeader(header)
	if err != nil {
		return nil, err
	}
	if h.total > limit-prefixBytes-n {
		return nil, overLimit(prefixBytes+n+h.total, limit)
	}
	step := int64(readStep)
	if size >= 0 {
		if err := checkSize(n, h.total, size); err != nil {
			return nil, err
		}
		step = h.total // the file system vouches for it
	}
	data, err := readUpTo(r, h.total, step)
	if err != nil {
		return nil, err
	}
	rest, err := readUpTo(r, 1, readStep)
	if err != nil {
		return nil, err
	}
	if err := checkSize(n, h.total, prefixBytes+n+int64(len(data)+len(rest))); err != nil {
		return nil, err
	}
	return h.file(data), nil
}

// readUpTo reads n bytes, or fewer where r ends first. The buffer starts at step
// bytes and doubles as they fill.
func readUpTo(r io.Reader, n, step int64) ([]byte, error) {
	b := make([]byte, min(n, step))
	got := 0
	for {
		k, err := io.ReadFull(r, b[got:])
		got += k
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return b[:got:got], nil
		}
		if err != nil {
			return nil, fmt.Errorf("wire: safetensors: reading: %w", err)
		}
		if int64(got) == n {
			return b, nil
		}
		grown := make([]byte, min(n, 2*int64(got)))
		copy(grown, b)
		b = grown
	}
}

// headerLength decodes and checks the length that opens a file of size bytes, or
// of an unknown size where size is negative.
func headerLength(prefix []byte, size int64) (int64, error) {
	n := binary.LittleEndian.Uint64(prefix)
	if n > HeaderLimit {
		return 0, &FormatError{"header length", strconv.FormatUint(n, 10) + " bytes",
			fmt.Sprintf("at most %d (the first 8 bytes are the length, little-endian)", HeaderLimit)}
	}
	if size >= 0 && int64(n) > size-prefixBytes {
		return 0, longHeader(int64(n), size)
	}
	return int64(n), nil
}

func shortPrefix(n int) error {
	return &FormatError{"file", fmt.Sprintf("%d bytes", n), "at least 8, the header length (the file is cut off or is no safetensors file)"}
}

func longHeader(n, size int64) error {
	return &FormatError{"header length", fmt.Sprintf("%d bytes in a file of %d", n, size),
		fmt.Sprintf("at most %d (the file is cut off or its length is wrong)", size-prefixBytes)}
}

func overLimit(size, limit int64) error {
	return &FormatError{"file", fmt.Sprintf("%d bytes by its own header", uint64(size)), fmt.Sprintf("at most %d, the reader's limit", limit)}
}

// checkSize compares the bytes after a header of n bytes with what the header
// says. A size one above the right one may stand for any larger one.
func checkSize(n, total, size int64) error {
	switch have := size - prefixBytes - n; {
	case have < total:
		return &FormatError{"data", fmt.Sprintf("%d bytes", have), fmt.Sprintf("%d by data_offsets (the file is cut off)", total)}
	case have > total:
		return &FormatError{"data", "bytes after the last tensor", fmt.Sprintf("the end after %d, by data_offsets", total)}
	}
	return nil
}

// elements multiplies the dimensions. A zero makes the product zero but does not
// excuse the others: code that multiplies only some of them must not overflow.
func elements(shape []int) (n int64, ok bool) {
	product, empty := uint64(1), false
	for _, d := range shape {
		if d < 0 {
			return 0, false
		}
		if d == 0 {
			empty = true
			continue
		}
		hi, lo := bits.Mul64(product, uint64(d))
		if hi != 0 || lo > math.MaxInt64 {
			return 0, false
		}
		product = lo
	}
	if empty {
		return 0, true
	}
	return int64(product), true
}

// byteSize is the length that a tensor's data must have.
func byteSize(dtype string, shape []int) (int64, error) {
	width, known := widths[dtype]
	if !known {
		return 0, &FormatError{"dtype", quote(dtype), wantDType}
	}
	n, ok := elements(shape)
	if !ok || n > math.MaxInt64/int64(width) {
		return 0, &FormatError{"shape", clip(fmt.Sprint(shape)), "dimensions of 0 or more whose product in bytes fits 63 bits"}
	}
	return n * int64(width), nil
}

// quote renders a stranger's string for a message, cut where it is long.
func quote(s string) string { return strconv.Quote(clip(s)) }

// clip cuts a stranger's text, which may be megabytes, to the length of a line.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return fmt.Sprintf("%s... (%d bytes)", s[:most], len(s))
}
