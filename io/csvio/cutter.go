package csvio

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
)

// MaxRecord is the most bytes that one record may have, its line end included, and MaxCell the most bytes that one
// field may stand for.
const (
	MaxRecord = 64 << 20
	MaxCell   = 1 << 20
)

// A Cutter reads a file serially and cuts it into pieces at record ends. It checks the quotes and nothing else:
// Piece.Scan does the rest, in parallel. It is used by one goroutine.
type Cutter struct {
	r       io.Reader
	path    string
	comma   byte
	target  int // bytes after which a piece ends at the next record end
	limit   int // MaxRecord; smaller in tests
	cell    int // MaxCell; smaller in tests
	next    *Piece
	eof     bool // r has no more
	done    bool // no more pieces
	line    int  // of the first byte of next
	dialect Dialect
	wide    int     // bytes of a delimiter of several
	filter  *filter // nil where the file has the form as it is
	left    int     // lines that the filter left out before the next piece

	// Plain, set before Header, makes a quote an ordinary byte: no field is quoted.
	Plain bool
}

// A HeaderCell is the name of a column and where it stands.
type HeaderCell struct {
	Name         string
	Line, Column int
}

// NewCutter cuts what r holds into pieces of about pieceBytes, 1 to 2³⁰, and of one record at least. Fields are
// separated by comma, an ASCII byte. Path only stands in errors.
func NewCutter(r io.Reader, path string, comma byte, pieceBytes int) *Cutter {
	return &Cutter{r: r, path: path, comma: comma, target: max(1, min(pieceBytes, 1<<30)), limit: MaxRecord,
		cell: MaxCell, line: 1}
}

// Header reads the header. It is called once, before Next. It drops a byte order mark and a line `sep=;`, which it
// obeys.
func (c *Cutter) Header() ([]HeaderCell, error) {
	if err := c.start(); err != nil {
		c.done = true
		return nil, err
	}
	p, err := c.cut(1)
	if err == io.EOF {
		return nil, atLine(c.path, 1, errEmpty)
	}
	if err != nil {
		return nil, err
	}
	defer p.Free()
	fields, err := p.Scan(0)
	if err != nil {
		return nil, err
	}
	cells := make([]HeaderCell, fields.Columns)
	at := place{line: p.Line, comma: p.comma, wide: p.wide}
	for i := range cells {
		at.move(p.data, int(fields.Marks[i]))
		cells[i] = HeaderCell{string(fields.AppendCell(nil, 0, i)), p.InFile(at.line), at.column()}
	}
	return cells, nil
}

// start reads the first bytes, behind what stands before the header.
func (c *Cutter) start() error {
	if err := c.begin(); err != nil {
		return err
	}
	c.next = c.piece(c.usual())
	return nil
}

// Next returns the next piece, which the caller frees, or io.EOF. After a piece in which a quote is misplaced or never
// closed, or a record too long, there is none: Scan of that piece tells. Other errors are those of reading.
func (c *Cutter) Next() (*Piece, error) { return c.cut(c.target) }

func (c *Cutter) cut(target int) (*Piece, error) {
	if c.done {
		return nil, io.EOF
	}
	p := c.next
	q := quotes{comma: c.comma, plain: c.Plain, open: -1, most: mostQuoted(c.cell), ranges: p.quoted[:0]}
	need, most, blanks := target+c.slack(), target+c.limit, -1
	for {
		if err := c.fill(need); err != nil {
			c.done = true
			return nil, err
		}
		found := q.advance(p.data, target, c.eof)
		switch {
		case found == recordEnd && blankBefore(p.data, q.end):
			if blanks < 0 {
				blanks = blanksBegin(p.data, q.end)
			}
			q.end = blanksEnd(p.data, q.end)
			if q.end-blanks > c.limit {
				p.data = p.data[:q.end]
				return c.last(q, true), nil
			}
			q.pos, target = q.end, q.end+1
			continue
		case found == recordEnd:
			return c.split(q), nil
		case found == fault:
			p.data = p.data[:q.end]
			return c.last(q, true), nil
		case len(p.data) > most, q.open >= 0 && (c.eof || len(p.data)-q.open > q.most):
			return c.last(q, true), nil
		case c.eof:
			return c.trim(q)
		}
		need = len(p.data) + max(len(p.data)/2, c.slack())
	}
}

// slack is how many bytes beyond a piece are read in the hope that the record ends there;
// they are copied to the next piece.
func (c *Cutter) slack() int { return 4<<10 + c.target/32 }

// usual is the capacity of the buffer of a piece whose records are short.
func (c *Cutter) usual() int { return c.target + c.slack() }

// fill reads until the next piece's buffer holds need bytes or the file ends.
func (c *Cutter) fill(need int) error {
	p := c.next
	p.grow(need)
	for len(p.data) < need && !c.eof {
		n, err := c.r.Read(p.data[len(p.data):need])
		p.data = p.data[:len(p.data)+n]
		if err == io.EOF {
			c.eof = true
		} else if err != nil {
			return c.named(err)
		}
	}
	return nil
}

// named is an error of reading with the file's path, unless it has a place.
func (c *Cutter) named(err error) error {
	if _, placed := errors.AsType[interface {
		error
		BadInput()
	}](err); placed {
		return err
	}
	return fmt.Errorf("%s: %w", c.path, err)
}

// split ends the piece at q.end and moves what follows to a fresh one.
func (c *Cutter) split(q quotes) *Piece {
	p, rest := c.next, c.next.data[q.end:]
	p.data = p.data[:q.end]
	if len(p.data) > c.limit && p.tooLong() {
		return c.last(q, true)
	}
	c.next = c.piece(max(c.usual(), len(rest)))
	c.next.data = append(c.next.data, rest...)
	return c.finish(p, q)
}

// last ends the file with this piece.
func (c *Cutter) last(q quotes, broken bool) *Piece {
	p := c.next
	c.next, c.done = nil, true
	p.broken = broken
	return c.finish(p, q)
}

// trim drops the blank lines at the end of the file and ends it.
func (c *Cutter) trim(q quotes) (*Piece, error) {
	p := c.next
	begin := blanksBegin(p.data, len(p.data))
	if len(p.data)-begin > c.limit {
		return c.last(q, true), nil
	}
	p.data = p.data[:begin]
	if len(p.data) == 0 {
		c.next, c.done = nil, true
		p.Free()
		return nil, io.EOF
	}
	if len(p.data) > c.limit && p.tooLong() {
		return c.last(q, true), nil
	}
	return c.last(q, false), nil
}

func (c *Cutter) finish(p *Piece, q quotes) *Piece {
	p.Line, p.quoted, p.lines = c.line, q.ranges, bytes.Count(p.data, []byte{'\n'})
	c.line += p.lines
	c.place(p)
	return p
}

// blankBefore reports whether the LF before end ends a blank line. The data begins with a record.
func blankBefore(data []byte, end int) bool {
	if data[end-1] != '\n' {
		return false
	}
	at := end - 1
	if at > 0 && data[at-1] == '\r' {
		at--
	}
	return at == 0 || data[at-1] == '\n' // which is no quoted one: only a quote ends a quoted field
}

// blanksBegin is where the blank lines begin that end at end; end: there are none.
func blanksBegin(data []byte, end int) int {
	for end > 0 && blankBefore(data, end) {
		if end--; end > 0 && data[end-1] == '\r' {
			end--
		}
	}
	return end
}

// blanksEnd is where the blank lines end that begin at begin; begin: there are none.
func blanksEnd(data []byte, begin int) int {
	for {
		switch rest := data[begin:]; {
		case bytes.HasPrefix(rest, []byte("\n")):
			begin++
		case bytes.HasPrefix(rest, []byte("\r\n")):
			begin += 2
		default:
			return begin
		}
	}
}

// Quotes goes through data from quote to quote.
type quotes struct {
	comma  byte
	plain  bool     // there are none
	pos    int      // everything before is examined
	open   int      // where the quoted field begins that is open at pos, or -1
	most   int      // bytes that a quoted field may have
	ranges []uint32 // begin and end of each quoted field, its quotes included
	end    int      // of the record that was looked for; or just after the byte that is at fault
}

type found int

const (
	nothing found = iota // more data may help
	recordEnd
	fault
)

// advance looks for the first record end at or after target. Eof says that no more data will come; a record end that
// only the end of the file makes is not reported.
func (q *quotes) advance(data []byte, target int, eof bool) found {
	for q.pos < len(data) {
		if q.open >= 0 {
			if !q.close(data, eof) {
				if q.end > 0 {
					return fault
				}
				return nothing
			}
			continue
		}
		stop := len(data)
		if !q.plain {
			if at := bytes.IndexByte(data[q.pos:], '"'); at >= 0 {
				stop = q.pos + at
			}
		}
		if from := max(q.pos, target-1); from < stop {
			if at := bytes.IndexByte(data[from:stop], '\n'); at >= 0 {
				q.end = from + at + 1
				q.pos = q.end
				return recordEnd
			}
		}
		q.pos = stop
		if stop == len(data) {
			return nothing
		}
		if stop > 0 && data[stop-1] != q.comma && data[stop-1] != '\n' {
			q.end = stop + 1
			return fault
		}
		q.open = stop
		q.pos = stop + 1
	}
	return nothing
}

// close looks for the end of the open field. If there is none yet, q.end stays 0; if what follows the closing quote is
// at fault, it is just after that byte.
func (q *quotes) close(data []byte, eof bool) bool {
	q.end = 0
	for {
		at := bytes.IndexByte(data[q.pos:], '"')
		if at < 0 {
			q.pos = len(data)
			return false
		}
		at += q.pos
		q.pos = at // until what follows it is known
		if at+1 == len(data) && !eof {
			return false
		}
		if at+1 < len(data) {
			switch b := data[at+1]; {
			case b == '"':
				q.pos = at + 2
				continue
			case b == q.comma || b == '\n' || b == '\r' && at+2 < len(data) && data[at+2] == '\n':
			case b == '\r' && at+2 == len(data) && !eof:
				return false
			default:
				q.end = at + 2
				return false
			}
		}
		if at+1-q.open > q.most {
			q.end = at + 1
			return false
		}
		q.ranges = append(q.ranges, uint32(q.open), uint32(at+1))
		q.open, q.pos = -1, at+1
		return true
	}
}

// mostQuoted is the most bytes of a quoted field, its quotes included, that can stand for so many bytes.
func mostQuoted(cell int) int { return 2*cell + 2 }

var pieces = sync.Pool{New: func() any { return new(Piece) }}

// piece is an empty one with room for that many bytes.
func (c *Cutter) piece(capacity int) *Piece {
	p := pieces.Get().(*Piece)
	*p = Piece{Path: c.path, data: p.data[:0], quoted: p.quoted, marks: p.marks,
		comma: c.comma, wide: c.wide, plain: c.Plain, limit: c.limit, cell: c.cell, usual: c.usual()}
	p.grow(capacity)
	return p
}
