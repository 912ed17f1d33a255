package textio

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"
)

// A Reader reads text of another encoding as UTF-8. What is not of the encoding is an *Error.
type Reader struct {
	in       *bufio.Reader
	path     string
	encoding string
	more     func() error // puts some characters into out
	out      []byte
	given    int // bytes of out that were read
	err      error

	lines int // ends of lines among what was decoded
	start int // where the line begins, in bytes of the file
	at    int // bytes of the file that were decoded
}

// An Error is one place in a file that a person must mend, such as text that is not of its encoding. Line and Column
// begin at 1; Column counts bytes of the line in the file.
type Error struct {
	Path         string
	Line, Column int
	Err          error
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d:%d: %v", e.Path, e.Line, e.Column, e.Err) }

func (e *Error) Unwrap() error { return e.Err }

// BadInput marks the error as one that does not keep other errors from being looked for (engine.BadInput).
func (e *Error) BadInput() {}

const (
	readAhead = 64 << 10
	decoded   = 32 << 10 // about what is decoded at once
)

// NewReader reads what in holds in an encoding, by its [Name]. Path only stands in errors.
func NewReader(in io.Reader, path, encoding string) (*Reader, error) {
	e, err := Encoding(encoding)
	if err != nil {
		return nil, err
	}
	r := &Reader{in: bufio.NewReaderSize(in, readAhead), path: path, encoding: encoding}
	if table, ok := e.(*charmap.Charmap); ok {
		r.more = func() error { return r.single(table) }
		return r, nil
	}
	mark, _ := r.in.Peek(4)
	switch encoding {
	case "utf-16", "utf-16le", "utf-16be":
		r.more = r.wide(2, order(encoding, bytes.HasPrefix(mark, []byte{0xfe, 0xff})))
	case "utf-32", "utf-32le", "utf-32be":
		r.more = r.wide(4, order(encoding, bytes.HasPrefix(mark, []byte{0, 0, 0xfe, 0xff})))
	default:
		r.more = r.multiple(e)
	}
	return r, nil
}

// order is that of an encoding's bytes; without a mark, little-endian as on Windows.
func order(encoding string, bigMark bool) binary.ByteOrder {
	if strings.HasSuffix(encoding, "be") || bigMark && !strings.HasSuffix(encoding, "le") {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func (r *Reader) Read(p []byte) (n int, err error) {
	for r.given == len(r.out) {
		if r.err != nil {
			return 0, r.err
		}
		r.out, r.given = r.out[:0], 0
		for r.err == nil && len(r.out) < decoded {
			r.err = r.more()
		}
	}
	n = copy(p, r.out[r.given:])
	r.given += n
	return n, nil
}

// put adds a character that took some bytes of the file.
func (r *Reader) put(c rune, size int) {
	r.out = utf8.AppendRune(r.out, c)
	r.at += size
	if c == '\n' {
		r.lines++
		r.start = r.at
	}
}

// failf is an error at the byte that comes next; rest is what the file holds from there on, or from the word's begin.
func (r *Reader) failf(rest []byte, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	guessed := slices.DeleteFunc(Guess(rest), func(name string) bool { return name == r.encoding })
	said := ": it may be encoding: "
	for _, name := range guessed {
		text += fmt.Sprintf("%s%s (%q)", said, name, Sample(rest, name))
		said = ", or "
	}
	if len(guessed) == 0 && len(rest) > 0 && r.encoding != "utf-8" && utf8.Valid(rest[:WholeRunes(rest)]) {
		text += ": it may be encoding: utf-8"
	}
	return &Error{r.path, r.lines + 1, r.at - r.start + 1, errors.New(text)}
}

// buffered waits for bytes and gives those that stand ready, at least least if the file has them.
func (r *Reader) buffered(least int) ([]byte, error) {
	data, err := r.in.Peek(least)
	if len(data) == 0 || err != nil && err != io.EOF {
		return nil, r.named(err)
	}
	return r.in.Peek(r.in.Buffered())
}

func (r *Reader) named(err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return fmt.Errorf("%s: %w", r.path, err)
}

// single decodes an encoding of one byte a character. Control characters of C1 stand in no table: they are bytes that
// the encoding does not have (windows-1252), or a sign that it is another one (ISO 8859).
func (r *Reader) single(table *charmap.Charmap) error {
	data, err := r.buffered(1)
	if err != nil {
		return err
	}
	from := r.at
	for i, c := range data {
		decoded := table.DecodeByte(c)
		if decoded == utf8.RuneError || decoded >= 0x80 && decoded < 0xa0 {
			word := 1 + bytes.LastIndexAny(data[:i], " ,;|\t\"\r\n")
			return r.failf(data[word:], "byte %#x is not in %s", c, r.encoding)
		}
		r.put(decoded, 1)
	}
	_, _ = r.in.Discard(r.at - from)
	return nil
}

// wide decodes UTF-16 and UTF-32, whose units have so many bytes. x/text makes U+FFFD of what is wrong in them.
func (r *Reader) wide(unit int, order binary.ByteOrder) func() error {
	return func() error {
		data, err := r.buffered(2 * unit)
		if err != nil {
			return err
		}
		if len(data) < unit {
			return r.failf(nil, "the file ends within a character of %s: it is another encoding, or is not whole", r.encoding)
		}
		from := r.at
		for len(data) >= 2*unit || len(data) >= unit && r.at == from {
			c, size := rune(0), unit
			if unit == 4 {
				c = rune(min(order.Uint32(data), utf8.MaxRune+1))
			} else if c = rune(order.Uint16(data)); utf16.IsSurrogate(c) {
				if size = 4; len(data) < size {
					return r.failf(nil, "half of a surrogate pair")
				}
				if c = utf16.DecodeRune(c, rune(order.Uint16(data[2:]))); c == utf8.RuneError {
					return r.failf(nil, "half of a surrogate pair")
				}
			}
			if !utf8.ValidRune(c) {
				return r.failf(nil, "%#x is no character", order.Uint32(data))
			}
			r.put(c, size)
			data = data[size:]
		}
		_, _ = r.in.Discard(r.at - from)
		return nil
	}
}

// multiple decodes an encoding whose characters have one byte or more. Its decoder makes U+FFFD of what is wrong.
func (r *Reader) multiple(e encoding.Encoding) func() error {
	decoder := e.NewDecoder()
	room := make([]byte, 4<<10)
	if stateful := strings.HasPrefix(r.encoding, "iso-2022") || strings.HasPrefix(r.encoding, "hz"); stateful {
		room = room[:utf8.UTFMax] // a character at a time: what comes before it decides what it is
	}
	return func() error {
		data, err := r.buffered(16)
		if err != nil {
			return err
		}
		_, end := r.in.Peek(len(data) + 1)
		data, _ = r.in.Peek(len(data)) // which the line above may have moved
		put, taken, err := decoder.Transform(room, data, end == io.EOF)
		if err != nil && err != transform.ErrShortDst && err != transform.ErrShortSrc {
			return fmt.Errorf("%s: %w", r.path, err)
		}
		if bytes.Contains(room[:put], []byte("\ufffd")) {
			return r.misfit(e, data[:taken], len(room) == utf8.UTFMax)
		}
		if put == 0 && taken == 0 {
			return r.failf(nil, "the file ends within a character of %s", r.encoding)
		}
		r.out = append(r.out, room[:put]...)
		r.pass(data[:taken], bytes.Count(room[:put], []byte("\n")))
		_, _ = r.in.Discard(taken)
		return nil
	}
}

// pass counts what was decoded: in all encodings of multiple, a byte that is LF ends a line.
func (r *Reader) pass(data []byte, lines int) {
	if at := bytes.LastIndexByte(data, '\n'); at >= 0 && lines > 0 {
		r.lines += lines
		r.start = r.at + at + 1
	}
	r.at += len(data)
}

// misfit finds the first bytes that are no character, and says where they stand.
func (r *Reader) misfit(e encoding.Encoding, data []byte, first bool) error {
	var one [2 * utf8.UTFMax]byte
	for decoder := e.NewDecoder(); !first && len(data) > 0; {
		put, taken := 0, 0
		for n := 1; taken == 0 && n <= len(data); n++ { // byte by byte, so that it is one character
			put, taken, _ = decoder.Transform(one[:], data[:n], n == len(data))
		}
		if taken == 0 || bytes.Contains(one[:put], []byte("\ufffd")) {
			break
		}
		r.pass(data[:taken], bytes.Count(one[:put], []byte("\n")))
		data = data[taken:]
	}
	if len(data) == 0 {
		return r.failf(nil, "it is not %s", r.encoding)
	}
	return r.failf(data, "byte %#x is not in %s", data[0], r.encoding)
}
