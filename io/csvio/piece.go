package csvio

import (
	"bytes"
	"encoding/binary"
	"iter"
	"math/bits"
	"unicode/utf8"
)

// A Piece is whole records of a file, one at least.
type Piece struct {
	Path string
	Line int // of the first byte, from 1

	data   []byte   // its array goes on for at least beyond bytes
	quoted []uint32 // begin and end of each quoted field
	marks  []uint32
	comma  byte
	wide   int // bytes that the file has for comma; 0: one
	gaps   []gap
	plain  bool
	limit  int
	cell   int
	usual  int
	lines  int  // line ends
	broken bool // the file ends here, in a record with a misplaced or open quote, or in one too long
}

// Fields says where the fields of a piece are. It is valid until the piece is freed.
type Fields struct {
	Data    []byte
	Columns int
	Plain   bool // quotes are ordinary bytes
	// Marks are where fields begin, rows after rows, and after them the end: field i is Data[Marks[i] : Marks[i+1]-1], but
	// for a CR at the end of a row's last field, which belongs to the line end.
	Marks []uint32
}

// beyond is how many bytes after the data of a piece may be read (and mean nothing).
const beyond = 64

// Len is the bytes of the piece.
func (p *Piece) Len() int { return len(p.data) }

// Broken says that Scan fails and no piece follows: a quote is misplaced or never closed, or a record too long, so that
// nobody can tell what comes after it.
func (p *Piece) Broken() bool { return p.broken }

// Lines is how many line ends the piece has: it has at most one record more.
func (p *Piece) Lines() int { return p.lines }

// Free gives the piece's memory back for use by later pieces. Neither the piece nor its Fields may be used after.
func (p *Piece) Free() {
	if cap(p.data) <= 2*p.usual+beyond {
		pieces.Put(p)
	}
}

func (p *Piece) grow(capacity int) {
	if cap(p.data) >= capacity+beyond {
		return
	}
	data := make([]byte, len(p.data), capacity+beyond)
	copy(data, p.data)
	p.data = data
}

// Scan finds the fields of the piece, which must have that many columns; 0: as many as the only record of the piece
// has. The error joins an *Error for everything that is wrong, in order of place, MaxErrors at most.
func (p *Piece) Scan(columns int) (Fields, error) {
	if p.broken || bytes.IndexByte(p.data, 0) >= 0 || !utf8.Valid(p.data) {
		return Fields{}, p.diagnose(columns)
	}
	lines := p.mark()
	f := Fields{Data: p.data, Columns: columns, Plain: p.plain, Marks: p.marks}
	if columns == 0 {
		f.Columns = len(p.marks) - 1
	}
	if (len(p.marks)-1)%f.Columns != 0 || lines != f.Rows() || !f.rectangular() || p.longCell(f) {
		return Fields{}, p.diagnose(columns)
	}
	return f, nil
}

// longCell reports whether one of the fields is longer than a cell may be. Few rows are so long that one could.
func (p *Piece) longCell(f Fields) bool {
	if len(p.data) <= p.cell {
		return false
	}
	for i := 0; i+f.Columns < len(f.Marks); i += f.Columns {
		if int(f.Marks[i+f.Columns]-f.Marks[i]) <= p.cell {
			continue
		}
		for column := range f.Columns {
			if p.valueLen(f.Raw(i/f.Columns, column)) > p.cell {
				return true
			}
		}
	}
	return false
}

// valueLen is the bytes of what a field stands for. See AppendCell.
func (p *Piece) valueLen(raw []byte) int {
	if len(raw) == 0 || raw[0] != '"' || p.plain {
		return len(raw)
	}
	inside := raw[1 : len(raw)-1]
	return len(inside) - bytes.Count(inside, []byte{'"'})/2
}

// Rows is the number of records.
func (f Fields) Rows() int { return (len(f.Marks) - 1) / f.Columns }

// Column is the fields of a column as they stand in the file, row by row. See Raw.
func (f Fields) Column(column int) iter.Seq2[int, []byte] {
	last := column == f.Columns-1
	return func(yield func(int, []byte) bool) {
		for row, i := 0, column; i+1 < len(f.Marks); row, i = row+1, i+f.Columns {
			raw := f.Data[f.Marks[i] : f.Marks[i+1]-1]
			if last {
				raw = f.Raw(row, column)
			}
			if !yield(row, raw) {
				return
			}
		}
	}
}

// Raw is the field as it stands in the file, its quotes included.
func (f Fields) Raw(row, column int) []byte {
	i := row*f.Columns + column
	raw := f.Data[f.Marks[i] : f.Marks[i+1]-1]
	if column == f.Columns-1 && int(f.Marks[i+1]) <= len(f.Data) { // and not ended by the end of the file
		raw = trimCR(raw)
	}
	return raw
}

func trimCR(raw []byte) []byte {
	if n := len(raw); n > 0 && raw[n-1] == '\r' {
		return raw[:n-1]
	}
	return raw
}

// AppendCell appends what a field stands for.
func (f Fields) AppendCell(dst []byte, row, column int) []byte {
	if f.Plain {
		return append(dst, f.Raw(row, column)...)
	}
	return AppendValue(dst, f.Raw(row, column))
}

// AppendValue appends what a field stands for: itself or, if it is quoted, what is inside.
func AppendValue(dst, raw []byte) []byte {
	if len(raw) == 0 || raw[0] != '"' {
		return append(dst, raw...)
	}
	raw = raw[1 : len(raw)-1]
	for {
		at := bytes.IndexByte(raw, '"')
		if at < 0 {
			return append(dst, raw...)
		}
		dst = append(dst, raw[:at+1]...)
		raw = raw[at+2:]
	}
}

// rectangular reports whether every row of columns ends where a line ends, and no row is a blank line. (That no line
// ends elsewhere is known from the number of lines.)
func (f Fields) rectangular() bool {
	end := len(f.Data)
	for i := f.Columns; i < len(f.Marks); i += f.Columns {
		if at := int(f.Marks[i]) - 1; at < end && f.Data[at] != '\n' {
			return false
		}
	}
	if f.Columns > 1 {
		return true
	}
	for row := range f.Rows() {
		if len(f.Raw(row, 0)) == 0 {
			return false
		}
	}
	return true
}

// mark sets p.marks and returns the number of line ends outside quotes; the end of the data counts as one.
func (p *Piece) mark() (lines int) {
	if p.marks == nil {
		p.marks = make([]uint32, 1+len(p.data)/8)
	}
	m := marker{data: p.data, marks: p.marks[:cap(p.marks)], n: 1, comma: p.comma}
	m.room()
	m.marks[0] = 0
	from := 0
	for i := 0; i < len(p.quoted); i += 2 {
		m.between(from, int(p.quoted[i]))
		from = int(p.quoted[i+1])
	}
	m.between(from, len(p.data))
	if p.data[len(p.data)-1] != '\n' {
		m.room()
		m.marks[m.n] = uint32(len(p.data)) + 1
		m.n++
		m.lines++
	}
	p.marks = m.marks[:m.n]
	return m.lines
}

// A marker notes separators, 64 bytes of data at a time, eight bytes in a word.
type marker struct {
	data  []byte
	marks []uint32
	n     int // marks in use
	lines int
	comma byte
}

// room makes room for the marks of one block, and some that are written in vain.
func (m *marker) room() {
	if m.n+block+8 <= len(m.marks) {
		return
	}
	marks := make([]uint32, 2*len(m.marks)+2*block)
	copy(marks, m.marks[:m.n])
	m.marks = marks
}

const block = 64

// between notes the commas and line ends of data[from:to], which holds no quotes.
func (m *marker) between(from, to int) {
	data := m.data[:cap(m.data)] // beyond the end of the data, if need be
	for ; from+block <= to; from += block {
		separators, ends := m.find((*[block]byte)(data[from:]))
		m.lines += bits.OnesCount64(ends)
		m.note(from+1, separators)
	}
	if from < to {
		separators, ends := m.find((*[block]byte)(data[from:]))
		inside := uint64(1)<<(to-from) - 1
		m.lines += bits.OnesCount64(ends & inside)
		m.note(from+1, separators&inside)
	}
}

// find has a bit for each byte: is it a comma or a line end; is it a line end. Both are ASCII, so that bytes from 0x80
// on, which the sums below would get wrong, are told by their own top bit.
func (m *marker) find(b *[block]byte) (separators, ends uint64) {
	const low = ^uint64(tops)
	comma := every * uint64(m.comma)
	for i := 0; i < block; i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		notComma := (w&low ^ comma) + low // has the top bit of a byte if it is no comma
		notEnd := (w&low ^ every*'\n') + low
		separators |= gather(^(notComma&notEnd|w)&tops) << i
		ends |= gather(^(notEnd|w)&tops) << i
	}
	return separators, ends
}

// note appends base + i for every bit i of the separators. It writes eight at a time: few of them in vain,
// and no branch to guess.
func (m *marker) note(base int, separators uint64) {
	m.room()
	n := bits.OnesCount64(separators)
	for k := 0; k < n; k += 8 {
		to := (*[8]uint32)(m.marks[m.n+k:])
		for i := range to {
			to[i] = uint32(base + bits.TrailingZeros64(separators))
			separators &= separators - 1
		}
	}
	m.n += n
}

// gather packs the eight top bits into one byte, the first byte's lowest.
func gather(top uint64) uint64 { return (top >> 7) * 0x0102040810204080 >> 56 }
