package wire

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

// blob makes a file around a header as it stands, right or wrong.
func blob(header string, data ...byte) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), data...)
}

// good is a file of every kind of thing: metadata, a scalar, an empty tensor, text
// that JSON has to escape, and a header order that is not the order of the data.
var good = blob(`{"__metadata__":{"id":"softmax/1","note":"<&> \"\\\u00e9\ud83d\ude00"},`+
	`"y":{"shape":[2,1],"dtype":"F16","data_offsets":[8,12]},`+
	`"":{"dtype":"F64","shape":[],"data_offsets":[0,8]},`+
	`"none":{"dtype":"I32","data_offsets":[8,8],"shape":[3,0]}}   `,
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)

func TestParseReadsEveryPart(t *testing.T) {
	f, err := Parse(good)
	if err != nil {
		t.Fatal(err)
	}
	want := &File{
		Metadata: map[string]string{"id": "softmax/1", "note": "<&> \"\\é😀"},
		Tensors: []Tensor{
			{"y", "F16", []int{2, 1}, []byte{9, 10, 11, 12}},
			{"", "F64", []int{}, []byte{1, 2, 3, 4, 5, 6, 7, 8}},
			{"none", "I32", []int{3, 0}, []byte{}},
		},
	}
	if !reflect.DeepEqual(f, want) {
		t.Fatalf("Parse: got %+v, want %+v", f, want)
	}
	if y, ok := f.Tensor("y"); !ok || y.DType != "F16" {
		t.Errorf("Tensor(y) = %+v, %v", y, ok)
	}
	if _, ok := f.Tensor("z"); ok {
		t.Error("Tensor(z) found a tensor that is not there")
	}
	y, _ := f.Tensor("y")
	if grown := append(y.Data, 0xff); &grown[0] == &y.Data[0] {
		t.Error("appending to a tensor's data writes over what follows it")
	}
}

// testdata/python.safetensors was written by the safetensors package for Python,
// version 0.8.0, from NumPy arrays; that package also read back what WriteTo made of
// it, with every dtype, shape, byte and metadata value as before.
func TestReadsPythonsFile(t *testing.T) {
	f, err := Open("testdata/python.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]string{"a": "b", "ü \"x\"": "line\nbreak \u2028 <&>"}; !reflect.DeepEqual(f.Metadata, want) {
		t.Errorf("metadata: got %q, want %q", f.Metadata, want)
	}
	if len(f.Tensors) != 16 {
		t.Errorf("got %d tensors, want 16", len(f.Tensors))
	}
	one := binary.LittleEndian.AppendUint64(nil, math.Float64bits(1.5))
	for _, want := range []Tensor{
		{"i64", "I64", []int{7}, nil},
		{"f64", "F64", []int{2, 3}, nil},
		{"f16", "F16", []int{3, 1, 2}, nil},
		{"bool", "BOOL", []int{3}, []byte{1, 0, 1}},
		{"scalar", "F64", []int{}, one},
		{"empty", "F32", []int{0, 4}, []byte{}},
		{"i32", "I32", []int{2, 2}, []byte{0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0}},
		{"u64", "U64", []int{1}, bytes.Repeat([]byte{0xff}, 8)},
	} {
		got, _ := f.Tensor(want.Name)
		if want.Data == nil {
			want.Data = got.Data
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	if _, ok := f.Tensor("näme \"q\" \\ <&> 😀\n"); !ok {
		t.Error("the tensor with a difficult name is missing")
	}
}

// bad holds files that must be refused, each named for its mistake, with a part of
// the message that must say so.
var bad = []struct {
	name string
	file []byte
	says string
}{
	{"empty", nil, "0 bytes"},
	{"cut in the length", []byte{16, 0, 0}, "3 bytes"},
	{"cut in the header", good[:40], "cut off"},
	{"cut in the data", good[:len(good)-1], "11 bytes, want 12"},
	{"trailing byte", append(bytes.Clone(good), 0), "after the last tensor"},
	{"header length 10 GB", append(binary.LittleEndian.AppendUint64(nil, 10_000_000_000), "{}      "...), "10000000000 bytes, want at most 100000000"},
	{"header length all ones", append(binary.LittleEndian.AppendUint64(nil, math.MaxUint64), "{}      "...), "18446744073709551615"},
	{"header length 1 over", append(binary.LittleEndian.AppendUint64(nil, 9), "{}      "...), "9 bytes in a file of 16"},
	{"no header", blob(""), "starts with {"},
	{"not JSON", blob("hello"), `"hello"`},
	{"leading space", blob(" {}"), "starts with {"},
	{"an array", blob("[]"), "starts with {"},
	{"unfinished", blob(`{"x":`), "the end of the header"},
	{"trailing comma", blob(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},}`, 0), "got }, want a string"},
	{"two objects", blob("{}{}"), "after the closing brace"},
	{"NUL padding", blob("{}\x00\x00"), "after the closing brace"},
	{"missing comma", blob(`{"__metadata__":{"a":"b" "c":"d"}}`), "a comma or }"},
	{"missing colon", blob(`{"__metadata__" {}}`), "a colon"},
	{"unfinished string", blob(`{"x\"`), "closing quote"},
	{"newline in a string", blob("{\"x\n\":{}}"), "a JSON string"},
	{"unknown escape", blob(`{"\x":{}}`), "a JSON string"},
	{"leading zero", blob(`{"x":{"dtype":"U8","shape":[01],"data_offsets":[0,1]}}`, 0), "got 01"},
	{"comma at the end of a shape", blob(`{"x":{"dtype":"U8","shape":[1,],"data_offsets":[0,1]}}`, 0), "got ]"},
	{"broken UTF-8", blob("{\"\xff\":{}}"), "UTF-8"},
	{"half a pair", blob(`{"\ud800":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`), "surrogate"},
	{"half a pair, low", blob(`{"\udc00x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`), "surrogate"},
	{"a name twice", blob(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"x":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 0, 0), `"x" twice`},
	{"a name twice, escaped", blob(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0078":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 0, 0), `"x" twice`},
	{"metadata twice", blob(`{"__metadata__":{},"__metadata__":{}}`), "twice"},
	{"a metadata key twice", blob(`{"__metadata__":{"k":"1","k":"2"}}`), `"k" twice`},
	{"metadata a number", blob(`{"__metadata__":{"k":1}}`), "got 1, want a string"},
	{"metadata nested", blob(`{"__metadata__":{"k":{"a":"b"}}}`), "got an object, want a string"},
	{"metadata null", blob(`{"__metadata__":null}`), "got null, want an object"},
	{"tensor null", blob(`{"x":null}`), "got null, want an object"},
	{"tensor a string", blob(`{"x":"y"}`), `the string "y"`},
	{"deep nesting", blob(`{"x":` + strings.Repeat("[", 1_000_000)), "got an array, want an object"},
	{"deep nesting in shape", blob(`{"x":{"shape":` + strings.Repeat("[", 1_000_000)), "got an array, want whole numbers"},
	{"deep nesting in an unknown key", blob(`{"x":{"y":` + strings.Repeat(`{"y":`, 1_000_000)), `the key "y"`},
	{"dtype twice", blob(`{"x":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}`, 0), `"dtype" twice`},
	{"shape twice", blob(`{"x":{"dtype":"U8","shape":[1],"shape":[2],"data_offsets":[0,1]}}`, 0), `"shape" twice`},
	{"offsets twice", blob(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"data_offsets":[0,1]}}`, 0), `"data_offsets" twice`},
	{"no dtype", blob(`{"x":{"shape":[1],"data_offsets":[0,1]}}`, 0), "missing"},
	{"no shape", blob(`{"x":{"dtype":"U8","data_offsets":[0,1]}}`, 0), "missing"},
	{"no offsets", blob(`{"x":{"dtype":"U8","shape":[1]}}`, 0), "missing"},
	{"unknown dtype", blob(`{"x":{"dtype":"float32","shape":[1],"data_offsets":[0,4]}}`, 0, 0, 0, 0), `"float32", want one of F64`},
	{"lower-case dtype", blob(`{"x":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}`, 0, 0, 0, 0), `"f32"`},
	{"negative dimension", blob(`{"x":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}`, 0), "got -1"},
	{"two negative dimensions", blob(`{"x":{"dtype":"U8","shape":[-1,-1],"data_offsets":[0,1]}}`, 0), "got -1"},
	{"minus zero", blob(`{"x":{"dtype":"U8","shape":[-0],"data_offsets":[0,0]}}`), "got -0"},
	{"fractional dimension", blob(`{"x":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}`, 0), "got 1.0"},
	{"exponent dimension", blob(`{"x":{"dtype":"U8","shape":[1e0],"data_offsets":[0,1]}}`, 0), "got 1e0"},
	{"text dimension", blob(`{"x":{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}}`, 0), `the string "1"`},
	{"dimension of 2^63", blob(`{"x":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,1]}}`, 0), "9223372036854775808"},
	{"product of 2^64", blob(`{"x":{"dtype":"U8","shape":[65536,65536,65536,65536],"data_offsets":[0,0]}}`), "63 bits"},
	{"product of 2^64 and zero", blob(`{"x":{"dtype":"U8","shape":[0,65536,65536,65536,65536],"data_offsets":[0,0]}}`), "63 bits"},
	{"bytes of 2^64", blob(`{"x":{"dtype":"F64","shape":[65536,65536,65536,8192],"data_offsets":[0,0]}}`), "63 bits"},
	{"size not product", blob(`{"x":{"dtype":"F16","shape":[2,3],"data_offsets":[0,11]}}`, make([]byte, 11)...), "12 bytes for F16 [2 3]"},
	{"size of elements, not bytes", blob(`{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,3]}}`, 0, 0, 0), "12 bytes for F32 [3]"},
	{"begin after end", blob(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}`, 0), "begin <= end"},
	{"one offset", blob(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[1]}}`, 0), "[begin, end]"},
	{"three offsets", blob(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}`, 0), "[begin, end]"},
	{"past the end", blob(`{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, 0), "cut off"},
	{"an exabyte claimed", blob(`{"x":{"dtype":"U8","shape":[1073741824,1073741824],"data_offsets":[0,1152921504606846976]}}`), "cut off"},
	{"size wraps", blob(`{"x":{"dtype":"U8","shape":[7,7,73,127,337,92737,649657],"data_offsets":[0,9223372036854775807]}}`), "63 bits"},
	{"hole at the start", blob(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 0, 0), "a hole after the header"},
	{"hole between", blob(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"y":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`, 0, 0, 0), `a hole after tensor "x"`},
	{"overlap", blob(`{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 0, 0, 0), `an overlap after tensor "x"`},
	{"one place for two", blob(`{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, 0, 0), "an overlap"},
	{"empty tensor inside another", blob(`{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}}`, 0, 0), "an overlap"},
	{"unknown key", blob(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"strides":[1]}}`, 0), `"strides"`},
}

func TestBadFilesAreRefused(t *testing.T) {
	dir := t.TempDir()
	for _, c := range bad {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(dir, "f.safetensors")
			if err := os.WriteFile(path, c.file, 0o600); err != nil {
				t.Fatal(err)
			}
			check := func(by string, f *File, err error) {
				t.Helper()
				var e *FormatError
				if f != nil || !errors.As(err, &e) {
					t.Fatalf("%s: got %+v and %v, want a *FormatError alone", by, f, err)
				}
				if len(err.Error()) > 700 {
					t.Errorf("%s: a message of %d bytes", by, len(err.Error()))
				}
				// A stream's size shows only when it has been read, so its message may
				// speak of another size than the file's.
				if by != "Read" && !strings.Contains(err.Error(), c.says) {
					t.Errorf("%s: %q does not say %q", by, err, c.says)
				}
			}
			f, err := Parse(c.file)
			check("Parse", f, err)
			f, err = Read(bytes.NewReader(c.file), math.MaxInt64)
			check("Read", f, err)
			f, err = Open(path)
			check("Open", f, err)
			if !strings.Contains(err.Error(), path) {
				t.Errorf("Open: %q does not name the path", err)
			}
		})
	}
}

func TestReadKeepsToItsLimit(t *testing.T) {
	size := int64(len(good))
	if _, err := Read(bytes.NewReader(good), size); err != nil {
		t.Errorf("limit of the exact size: %v", err)
	}
	for _, limit := range []int64{size - 1, size - 13, 20, 0, -1, math.MinInt64} {
		f, err := Read(bytes.NewReader(good), limit)
		if f != nil || err == nil || !strings.Contains(err.Error(), fmt.Sprintf("at most %d", limit)) {
			t.Errorf("limit %d: got %v, %v", limit, f, err)
		}
	}
}

func TestReadTakesWhatComes(t *testing.T) {
	for name, r := range map[string]io.Reader{
		"one byte at a time": iotest.OneByteReader(bytes.NewReader(good)),
		"data with EOF":      iotest.DataErrReader(bytes.NewReader(good)),
	} {
		if _, err := Read(r, 1<<20); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := errors.New("the wire broke")
	for cut := range good {
		r := io.MultiReader(bytes.NewReader(good[:cut]), iotest.ErrReader(broken))
		if f, err := Read(r, 1<<20); f != nil || !errors.Is(err, broken) {
			t.Fatalf("cut at %d: got %v, %v, want the reader's own error", cut, f, err)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open of no file: %v", err)
	}
}

// allocated is the number of bytes that f allocates, freed or not.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestClaimsAllocateNothing(t *testing.T) {
	header := func(n uint64) []byte { return append(binary.LittleEndian.AppendUint64(nil, n), "{}      "...) }
	claims := map[string][]byte{
		"10 GB header in 16 bytes": header(10_000_000_000),
		"90 MB header in 16 bytes": header(90_000_000),
		"2 GB tensor":              blob(`{"x":{"dtype":"F32","shape":[536870912],"data_offsets":[0,2147483648]}}`),
	}
	for name, file := range claims {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		for by, read := range map[string]func() (*File, error){
			"Parse": func() (*File, error) { return Parse(file) },
			"Read":  func() (*File, error) { return Read(bytes.NewReader(file), math.MaxInt64) },
			"Open":  func() (*File, error) { return Open(path) },
		} {
			var err error
			if n := allocated(func() { _, err = read() }); n >= 1<<20 {
				t.Errorf("%s, %s: allocated %d bytes", name, by, n)
			}
			if err == nil {
				t.Errorf("%s, %s: accepted", name, by)
			}
		}
	}
}

// A header of a million tensors is large, not wrong. What it costs stays in
// proportion to its size.
func TestAMillionTensors(t *testing.T) {
	const n = 1_000_000
	var b strings.Builder
	b.WriteByte('{')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"%d":{"dtype":"U8","shape":[1],"data_offsets":[%d,%d]}`, i, i, i+1)
	}
	b.WriteByte('}')
	file := blob(b.String(), make([]byte, n)...)
	var f *File
	var err error
	used := allocated(func() { f, err = Parse(file) })
	if err != nil || len(f.Tensors) != n {
		t.Fatalf("got %v", err)
	}
	if times := used / uint64(len(file)); times > 20 {
		t.Errorf("allocated %d times the size of the file", times)
	}
	if f, err = Parse(file[:len(file)-1]); f != nil || err == nil {
		t.Errorf("one byte short: got %v", err)
	}
}

func TestWriteTo(t *testing.T) {
	f, err := Parse(good)
	if err != nil {
		t.Fatal(err)
	}
	var first, second bytes.Buffer
	n, err := f.WriteTo(&first)
	if err != nil || n != int64(first.Len()) {
		t.Fatalf("WriteTo: %d, %v; wrote %d", n, err, first.Len())
	}
	if binary.LittleEndian.Uint64(first.Bytes())%8 != 0 {
		t.Error("the header is not filled to 8 bytes")
	}
	again, err := Parse(first.Bytes())
	if err != nil || !reflect.DeepEqual(again, f) {
		t.Fatalf("written and read: got %+v, %v, want %+v", again, err, f)
	}
	if _, err := again.WriteTo(&second); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Errorf("the same file gave other bytes: %v", err)
	}
	for _, f := range []*File{{}, {Metadata: map[string]string{}}, {Tensors: []Tensor{{Name: "x", DType: "BF16", Shape: []int{1}, Data: []byte{1, 2}}}}} {
		var b bytes.Buffer
		if _, err := f.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		if got, err := Parse(b.Bytes()); err != nil || !reflect.DeepEqual(got, f) {
			t.Errorf("got %+v, %v, want %+v", got, err, f)
		}
	}
}

func TestWriteToRefusesWhatReadWould(t *testing.T) {
	x := Tensor{"x", "U8", []int{1}, []byte{0}}
	for name, f := range map[string]*File{
		"short data":         {Tensors: []Tensor{{"x", "F32", []int{2}, make([]byte, 7)}}},
		"no data":            {Tensors: []Tensor{{"x", "F32", []int{2}, nil}}},
		"unknown dtype":      {Tensors: []Tensor{{"x", "F33", []int{1}, []byte{0}}}},
		"negative dimension": {Tensors: []Tensor{{"x", "U8", []int{-1, -1}, []byte{0}}}},
		"overflow":           {Tensors: []Tensor{{"x", "U8", []int{math.MaxInt, 3}, []byte{0}}}},
		"a name twice":       {Tensors: []Tensor{x, x}},
		"metadata's name":    {Tensors: []Tensor{{"__metadata__", "U8", []int{1}, []byte{0}}}},
		"broken name":        {Tensors: []Tensor{{"\xff", "U8", []int{1}, []byte{0}}}},
		"broken value":       {Metadata: map[string]string{"k": "\xff"}},
		"broken key":         {Metadata: map[string]string{"\xff": "v"}},
		"header too long":    {Metadata: map[string]string{"k": strings.Repeat(" ", HeaderLimit)}},
	} {
		var b bytes.Buffer
		n, err := f.WriteTo(&b)
		var e *FormatError
		if n != 0 || b.Len() != 0 || !errors.As(err, &e) {
			t.Errorf("%s: got %d bytes and %v, want a *FormatError alone", name, n, err)
		}
	}
	broken := errors.New("disk full")
	f := &File{Tensors: []Tensor{x}}
	if _, err := f.WriteTo(writerFunc(func([]byte) (int, error) { return 0, broken })); !errors.Is(err, broken) {
		t.Errorf("got %v, want the writer's own error", err)
	}
}

type writerFunc func([]byte) (int, error)

func (w writerFunc) Write(b []byte) (int, error) { return w(b) }

// FuzzParse puts header and data behind a length that is right but for skew, so
// that the fuzzer can change the header without losing the rest of the file.
func FuzzParse(f *testing.F) {
	f.Add(good[8:len(good)-12], good[len(good)-12:], int64(0))
	for _, c := range bad {
		if len(c.file) < 8 || len(c.file) > 1000 {
			continue
		}
		n := binary.LittleEndian.Uint64(c.file)
		split := 8 + min(n, uint64(len(c.file)-8))
		f.Add(c.file[8:split], c.file[split:], int64(n-(split-8)))
	}
	f.Fuzz(func(t *testing.T, header, data []byte, skew int64) {
		b := binary.LittleEndian.AppendUint64(nil, uint64(int64(len(header))+skew))
		b = append(append(b, header...), data...)
		got, err := Parse(b)
		streamed, serr := Read(bytes.NewReader(b), math.MaxInt64)
		if (err == nil) != (serr == nil) || !reflect.DeepEqual(got, streamed) {
			t.Fatalf("Parse gives %+v, %v; Read gives %+v, %v", got, err, streamed, serr)
		}
		if err != nil {
			if _, ok := err.(*FormatError); got != nil || !ok {
				t.Fatalf("got %+v and %T %v, want a *FormatError alone", got, err, err)
			}
			return
		}
		if h := b[8 : 8+binary.LittleEndian.Uint64(b)]; !json.Valid(h) {
			t.Fatalf("took a header that is no JSON: %q", h)
		}
		var out bytes.Buffer
		if _, err := got.WriteTo(&out); err != nil {
			t.Fatalf("WriteTo refuses what Parse took: %v", err)
		}
		again, err := Parse(out.Bytes())
		if err != nil || !reflect.DeepEqual(got, again) {
			t.Fatalf("written and read again: got %+v, %v, want %+v", again, err, got)
		}
	})
}
