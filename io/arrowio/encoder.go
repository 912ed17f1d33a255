package arrowio

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/io/csvio"
)

// An encoder turns one batch after another into CSV. Its memory is used again.
type encoder struct {
	buf     []byte
	n       int // bytes of buf that are written
	columns []cells
	row     int // bytes at most that a row takes without its utf8 columns and others of any width, and some to spare
	memory  shortest
}

func (e *encoder) out() []byte { return e.buf[:e.n] }

// encode writes the rows of the batch.
func (e *encoder) encode(batch arrow.RecordBatch, formats []format) error {
	defer func() { clear(e.columns) }() // let go of the batch
	if err := e.prepare(batch, formats); err != nil {
		return err
	}
	only := len(formats) == 1
	for row := range int(batch.NumRows()) {
		e.room(0)
		begin := e.n
		for i := range e.columns {
			e.cell(&e.columns[i], row)
		}
		if only && e.n == begin {
			e.n += copy(e.buf[e.n:], `""`)
		}
		e.buf[e.n] = '\n'
		e.n++
	}
	return nil
}

func (e *encoder) prepare(batch arrow.RecordBatch, formats []format) error {
	e.n, e.row, e.columns = 0, pad+len("\"\"\n"), e.columns[:0]
	for i, o := range formats {
		c, err := newCells(o, batch.Column(i), i > 0, &e.memory)
		if err != nil {
			return err
		}
		e.row += 1 + len(c.constant)
		if c.escaped != nil {
			e.row += c.longest
		}
		if n := len(e.columns); n > 0 && c.constant != nil && e.columns[n-1].constant != nil {
			e.columns[n-1].constant = append(e.columns[n-1].constant, c.constant...)
			continue
		}
		e.columns = append(e.columns, c)
	}
	return nil
}

// room makes room for the rest of a row and so many bytes more.
func (e *encoder) room(more int) {
	if need := e.n + e.row + more; need > len(e.buf) {
		buf := make([]byte, max(need, 2*len(e.buf), 64<<10))
		copy(buf, e.buf[:e.n])
		e.buf = buf
	}
}

// cell writes one cell and the separator before it. There is room for a row before and after.
func (e *encoder) cell(c *cells, row int) {
	if c.constant != nil {
		e.n += copy(e.buf[e.n:], c.constant)
		return
	}
	null := c.nulls.null(row)
	if c.codes != nil && !null {
		code := c.codes[row]
		from, to := int(c.entries.ends[code]), int(c.entries.ends[code+1])
		if to-from <= pad { // a copy of known size is a move or two
			*(*[pad]byte)(e.buf[e.n:]) = *(*[pad]byte)(c.entries.data[from:])
			e.n += to - from
		} else {
			e.n += copy(e.buf[e.n:], c.entries.data[from:to])
		}
		return
	}
	if c.comma {
		e.buf[e.n] = ','
		e.n++
	}
	switch {
	case null:
	case c.other != nil:
		e.took(c.other(e.buf[:e.n], row))
	default:
		value := c.text[c.offsets[row]:c.offsets[row+1]]
		if c.plain {
			e.room(len(value))
			e.n += copy(e.buf[e.n:], value)
		} else {
			e.took(csvio.AppendField(e.buf[:e.n], value))
		}
	}
}

// took takes back a buffer that was appended to.
func (e *encoder) took(buf []byte) {
	e.n, e.buf = len(buf), buf[:cap(buf)]
	e.room(0)
}
