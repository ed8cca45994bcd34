package wire

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// metadataKey is the one header key that is no tensor.
const metadataKey = "__metadata__"

// span is the place of a tensor's data, counted from the end of the header.
type span struct{ begin, end int64 }

// header is a header read and found consistent. Its tensors lack only their data:
// spans[i] says where those of tensors[i] lie, and together the spans cover the
// bytes from 0 to total, each once.
type header struct {
	metadata map[string]string
	tensors  []Tensor
	spans    []span
	total    int64
}

// file joins the header with the data, total bytes of them.
func (h *header) file(data []byte) *File {
	for i, s := range h.spans {
		h.tensors[i].Data = data[s.begin:s.end:s.end]
	}
	return &File{Metadata: h.metadata, Tensors: h.tensors}
}

// parseHeader reads the JSON header piece by piece. Unmarshalling it would keep the
// last of two entries with one name and say nothing; and since a piece that does not
// belong ends the reading, nesting cannot go deeper than the format does.
func parseHeader(b []byte) (*header, error) {
	if len(b) == 0 || b[0] != '{' {
		return nil, &FormatError{"header", "a start of " + quote(string(b[:min(len(b), 16)])), "a JSON object that starts with {"}
	}
	if !utf8.Valid(b) {
		return nil, &FormatError{"header", "bytes that are no UTF-8", "JSON in UTF-8"}
	}
	h := &header{}
	s := &scanner{b: b}
	seen := map[string]struct{}{}
	err := s.object("header", func(name string) error {
		if _, twice := seen[name]; twice {
			return &FormatError{"header", "the name " + quote(name) + " twice", "each name once"}
		}
		seen[name] = struct{}{}
		if name == metadataKey {
			return s.metadata(h)
		}
		return h.add(name, s)
	})
	if err != nil {
		return nil, err
	}
	if s.space(); s.at < len(b) {
		return nil, &FormatError{"header", s.found() + " after the closing brace", "spaces up to the header length"}
	}
	if err := h.place(); err != nil {
		return nil, err
	}
	return h, nil
}

// add reads the entry of one tensor.
func (h *header) add(name string, s *scanner) error {
	shape, dtype, at, err := s.entry()
	if err == nil {
		var want int64
		want, err = byteSize(dtype, shape)
		if err == nil && at.end-at.begin != want {
			err = &FormatError{"data_offsets", fmt.Sprintf("[%d, %d], %d bytes", at.begin, at.end, at.end-at.begin),
				fmt.Sprintf("%d bytes for %s %s", want, dtype, clip(fmt.Sprint(shape)))}
		}
	}
	if err != nil {
		return within(name, err)
	}
	h.tensors = append(h.tensors, Tensor{Name: name, DType: dtype, Shape: shape})
	h.spans = append(h.spans, at)
	return nil
}

// place checks that the tensors cover the data without holes or overlaps, in
// whichever order the header lists them, and sets total.
func (h *header) place() error {
	order := make([]int, len(h.spans))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		a, b := h.spans[i], h.spans[j]
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end), cmp.Compare(i, j))
	})
	before := "the header"
	for _, i := range order {
		s := h.spans[i]
		if s.begin != h.total {
			flaw := "a hole"
			if s.begin < h.total {
				flaw = "an overlap"
			}
			return within(h.tensors[i].Name, &FormatError{"data_offsets", fmt.Sprintf("[%d, %d], %s after %s", s.begin, s.end, flaw, before),
				fmt.Sprintf("a begin of %d", h.total)})
		}
		if s.end > s.begin {
			before = "tensor " + quote(h.tensors[i].Name)
		}
		h.total = s.end
	}
	if h.total > math.MaxInt64-prefixBytes-HeaderLimit {
		return &FormatError{"data_offsets", fmt.Sprintf("an end of %d", h.total), "a file whose size fits 63 bits"}
	}
	return nil
}

// within names the tensor that an error is about.
func within(name string, err error) error {
	if e, ok := err.(*FormatError); ok {
		return &FormatError{"tensor " + quote(name) + ": " + e.What, e.Got, e.Want}
	}
	return err
}

// scanner reads the little of JSON that a header is made of: objects, arrays of
// whole numbers, strings.
type scanner struct {
	b  []byte
	at int
}

func (s *scanner) space() {
	for s.at < len(s.b) && strings.IndexByte(" \t\r\n", s.b[s.at]) >= 0 {
		s.at++
	}
}

// take steps over c, if that comes next.
func (s *scanner) take(c byte) bool {
	s.space()
	if s.at < len(s.b) && s.b[s.at] == c {
		s.at++
		return true
	}
	return false
}

// word is the run of bytes up to the next punctuation: a number, or what stands in
// the place of one.
func (s *scanner) word() []byte {
	s.space()
	n := bytes.IndexAny(s.b[s.at:], " \t\r\n,:[]{}\"")
	if n < 0 {
		n = len(s.b) - s.at
	}
	return s.b[s.at : s.at+n]
}

// found describes what comes next, for an error.
func (s *scanner) found() string {
	s.space()
	if s.at == len(s.b) {
		return "the end of the header"
	}
	switch c := s.b[s.at]; c {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		if text, err := s.text(""); err == nil {
			return "the string " + quote(text)
		}
		return "a broken string"
	case ',', ':', ']', '}':
		return string(c)
	}
	return strings.Trim(quote(string(s.word())), `"`)
}

// next steps to the next item of an object or array. After a comma there has to be
// one: the caller finds the closing bracket in its place and refuses it.
func (s *scanner) next(what string, first bool, closing byte) (bool, error) {
	if s.take(closing) {
		return false, nil
	}
	if first || s.take(',') {
		return true, nil
	}
	return false, &FormatError{what, s.found(), "a comma or " + string(closing)}
}

// object reads an object and calls value behind each key.
func (s *scanner) object(what string, value func(key string) error) error {
	if !s.take('{') {
		return &FormatError{what, s.found(), "an object"}
	}
	for first := true; ; first = false {
		more, err := s.next(what, first, '}')
		if err != nil || !more {
			return err
		}
		key, err := s.text(what)
		if err != nil {
			return err
		}
		if !s.take(':') {
			return &FormatError{what + " " + quote(key), s.found(), "a colon"}
		}
		if err := value(key); err != nil {
			return err
		}
	}
}

// text reads a string.
func (s *scanner) text(what string) (string, error) {
	if !s.take('"') {
		return "", &FormatError{what, s.found(), "a string"}
	}
	start, plain := s.at, true
	for s.at < len(s.b) && s.b[s.at] != '"' {
		if s.b[s.at] < ' ' {
			plain = false
		}
		if s.b[s.at] == '\\' {
			plain = false
			s.at++ // the escaped character may be a quote
		}
		s.at++
	}
	if s.at >= len(s.b) {
		s.at = len(s.b)
		return "", &FormatError{what, "the end of the header inside a string", "a closing quote"}
	}
	raw := s.b[start:s.at]
	s.at++
	if plain {
		return string(raw), nil
	}
	if loneSurrogate(raw) {
		// The decoder would put the same replacement character for each of them,
		// so that different names become one.
		return "", &FormatError{what, "half a surrogate pair in " + quote(string(raw)), `\u escapes in pairs for characters over \uffff`}
	}
	var text string
	if err := json.Unmarshal(s.b[start-1:s.at], &text); err != nil {
		return "", &FormatError{what, quote(string(raw)), "a JSON string (" + err.Error() + ")"}
	}
	return text, nil
}

// counts reads an array of whole numbers from 0 to top.
func (s *scanner) counts(what string, top int64) ([]int64, error) {
	if !s.take('[') {
		return nil, &FormatError{what, s.found(), "an array"}
	}
	list := []int64{}
	for first := true; ; first = false {
		more, err := s.next(what, first, ']')
		if err != nil {
			return nil, err
		}
		if !more {
			return list, nil
		}
		// 2.0, 2e0 and -0 are JSON for whole numbers, but no writer of this format
		// makes them and other readers refuse them. ParseUint does too. It takes 02,
		// which is no JSON.
		word := s.word()
		v, err := strconv.ParseUint(string(word), 10, 63)
		if err != nil || int64(v) > top || len(word) > 1 && word[0] == '0' {
			return nil, &FormatError{what, s.found(), fmt.Sprintf("whole numbers from 0 to %d", top)}
		}
		s.at += len(word)
		list = append(list, int64(v))
	}
}

func (s *scanner) metadata(h *header) error {
	h.metadata = map[string]string{}
	return s.object(metadataKey, func(key string) error {
		if _, twice := h.metadata[key]; twice {
			return &FormatError{metadataKey, "the key " + quote(key) + " twice", "each key once"}
		}
		value, err := s.text(metadataKey)
		if err != nil {
			err.(*FormatError).What += " " + quote(key)
		}
		h.metadata[key] = value
		return err
	})
}

// entry reads a tensor's description: three keys, in any order, each once, and no
// others.
func (s *scanner) entry() (shape []int, dtype string, at span, err error) {
	var haveDType, haveShape, haveOffsets bool
	err = s.object("description", func(key string) error {
		var have *bool
		var list []int64
		var err error
		switch key {
		case "dtype":
			have = &haveDType
			dtype, err = s.text(key)
		case "shape":
			have = &haveShape
			list, err = s.counts(key, math.MaxInt)
			shape = make([]int, len(list))
			for i, d := range list {
				shape[i] = int(d)
			}
		case "data_offsets":
			have = &haveOffsets
			list, err = s.counts(key, math.MaxInt64)
			if err == nil && (len(list) != 2 || list[0] > list[1]) {
				err = &FormatError{key, clip(fmt.Sprint(list)), "[begin, end] with begin <= end"}
			}
			if err == nil {
				at = span{list[0], list[1]}
			}
		default:
			return &FormatError{"description", "the key " + quote(key), "dtype, shape and data_offsets only"}
		}
		if err == nil && *have {
			err = &FormatError{"description", "the key " + quote(key) + " twice", "each key once"}
		}
		*have = true
		return err
	})
	if err == nil && !(haveDType && haveShape && haveOffsets) {
		err = &FormatError{"description", "a key missing", "dtype, shape and data_offsets"}
	}
	return shape, dtype, at, err
}

// loneSurrogate says whether a string has a \u escape that is half of a pair.
// Escapes that are no JSON at all are left to the decoder.
func loneSurrogate(b []byte) bool {
	for i := 0; i+1 < len(b); i++ {
		if b[i] != '\\' {
			continue
		}
		first := surrogate(b[i:])
		switch {
		case first == 0:
			i++ // the escaped character may be a backslash
		case first == 'h' && surrogate(b[min(i+6, len(b)):]) == 'l':
			i += 11
		default:
			return true
		}
	}
	return false
}

// surrogate says whether b starts with the escape of a high ('h') or a low ('l')
// surrogate.
func surrogate(b []byte) byte {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0
	}
	v, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	switch {
	case err != nil || v < 0xd800 || v > 0xdfff:
		return 0
	case v < 0xdc00:
		return 'h'
	}
	return 'l'
}

// WriteTo writes the file: the metadata by key, the tensors in the order of
// f.Tensors, the header filled with spaces to a multiple of eight bytes. One File
// always gives the same bytes. A file that [Read] would refuse is an error, and
// then nothing is written. Tensors of wide dtypes listed first lie aligned.
func (f *File) WriteTo(w io.Writer) (int64, error) {
	head, err := f.encodeHeader()
	if err != nil {
		return 0, err
	}
	n, err := w.Write(head)
	written := int64(n)
	for _, t := range f.Tensors {
		if err != nil {
			break
		}
		n, err = w.Write(t.Data)
		written += int64(n)
	}
	if err != nil {
		return written, fmt.Errorf("wire: safetensors: writing: %w", err)
	}
	return written, nil
}

// encodeHeader makes the bytes before the data, the length included.
func (f *File) encodeHeader() ([]byte, error) {
	b := make([]byte, prefixBytes, 256)
	b = append(b, '{')
	if f.Metadata != nil {
		b = append(b, `"`+metadataKey+`":{`...)
		for i, key := range slices.Sorted(maps.Keys(f.Metadata)) {
			value := f.Metadata[key]
			if !utf8.ValidString(key) || !utf8.ValidString(value) {
				return nil, &FormatError{metadataKey + " " + quote(key), "bytes that are no UTF-8", "text in UTF-8 (other bytes belong in a U8 tensor)"}
			}
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(b, key)
			b = append(b, ':')
			b = appendString(b, value)
		}
		b = append(b, '}')
	}
	seen := make(map[string]struct{}, len(f.Tensors))
	at := int64(0)
	for i, t := range f.Tensors {
		size, err := byteSize(t.DType, t.Shape)
		_, twice := seen[t.Name]
		switch {
		case err != nil:
		case t.Name == metadataKey || !utf8.ValidString(t.Name):
			err = &FormatError{"name", quote(t.Name), "UTF-8 other than " + metadataKey}
		case twice:
			err = &FormatError{"name", "the name twice", "each name once"}
		case int64(len(t.Data)) != size:
			err = &FormatError{"data", fmt.Sprintf("%d bytes", len(t.Data)), fmt.Sprintf("%d for %s %s", size, t.DType, clip(fmt.Sprint(t.Shape)))}
		}
		if err != nil {
			return nil, within(t.Name, err)
		}
		seen[t.Name] = struct{}{}
		if i > 0 || f.Metadata != nil {
			b = append(b, ',')
		}
		b = appendString(b, t.Name)
		b = fmt.Appendf(b, `:{"dtype":%q,"shape":%s,"data_offsets":[%d,%d]}`, t.DType,
			strings.ReplaceAll(fmt.Sprint(t.Shape), " ", ","), at, at+size)
		at += size
	}
	b = append(b, '}')
	for len(b)%8 != 0 {
		b = append(b, ' ')
	}
	n := len(b) - prefixBytes
	if n > HeaderLimit {
		return nil, &FormatError{"header length", fmt.Sprintf("%d bytes", n), fmt.Sprintf("at most %d (write several files)", HeaderLimit)}
	}
	binary.LittleEndian.PutUint64(b, uint64(n))
	return b, nil
}

// appendString appends s as JSON. Angle brackets stay as they are: a header is
// read by people too, and never by a browser.
func appendString(b []byte, s string) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic("wire: encoding a string cannot fail: " + err.Error())
	}
	return append(b, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...)
}
