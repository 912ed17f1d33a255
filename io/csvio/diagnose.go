package csvio

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"
)

// What can be wrong, and what to do about it.
var (
	errEmpty    = errors.New("file is empty: want a header line with the names of the columns")
	errBlank    = errors.New("blank line: delete it")
	errBlankOne = errors.New(`blank line: delete it, or write "" for an empty field`)
	errStray    = errors.New(
		"quote inside a field that does not begin with one: put quotes around the field and double each quote inside it")
	errAfter = errors.New(
		"text after a closing quote: double the quote if it belongs to the field, else end the field there")
	errUnclosed = errors.New("quote is never closed: end the field with a quote and double each quote inside it")
	errLong     = errors.New("record is longer than 64 MiB: look for missing line ends")
	errLongOpen = errors.New("quoted field makes its record longer than 64 MiB: look for its missing closing quote")
	errBlanks   = errors.New("more than 64 MiB of blank lines begin here: delete them")
	errCell     = errors.New("field is longer than 1 MiB: shorten it, or look for missing line ends")
	errCellOpen = errors.New("quoted field is longer than 1 MiB: shorten it, or look for its missing closing quote")
	errNUL      = errors.New("NUL byte: remove it; if the file is UTF-16, save it as UTF-8")
)

func errRagged(fields, columns int, comma byte, plain bool) error {
	remedy := "add the missing ones, or put quotes around a field that holds a line end"
	if plain {
		remedy = "add the missing ones, or take out those that are too many; quotes are bytes here (quotes: none)"
	} else if fields > columns {
		name := map[byte]string{',': "a comma", '\t': "a tab", ';': "a semicolon", wideMark: "the delimiter"}[comma]
		if name == "" {
			name = fmt.Sprintf("%q", comma)
		}
		remedy = "put quotes around a field that holds " + name
	}
	return fmt.Errorf("row has %d fields, want %d as in the header: %s", fields, columns, remedy)
}

// Diagnose goes through a piece that Scan found wrong, slowly, and names everything. Columns as in Scan.
func (p *Piece) diagnose(columns int) error {
	d := diagnosis{piece: p, place: place{line: p.Line, comma: p.comma, wide: p.wide}}
	for start := 0; start < len(p.data) && !d.full(); {
		r := p.record(start)
		if columns == 0 && !r.blank {
			columns = r.fields
		}
		switch {
		case r.err != nil:
		case r.blank && columns == 1:
			d.add(start, errBlankOne)
		case r.blank:
			d.add(start, errBlank)
		case r.fields != columns:
			d.add(start, errRagged(r.fields, columns, p.comma, p.plain))
		}
		switch long := r.long - 1; {
		case long < 0:
			d.badByte(start, r.end)
		case d.badByte(start, long):
			d.add(long, errCell)
		default:
			d.add(long, errCell)
			d.badByte(long, r.end)
		}
		if r.err != nil {
			d.add(r.end, r.err)
			break
		}
		start = r.end
	}
	return errors.Join(d.errs...)
}

// tooLong reports whether the piece has a record longer than its limit.
func (p *Piece) tooLong() bool {
	for start := 0; start < len(p.data); {
		r := p.record(start)
		if r.err != nil {
			return r.err == errLong || r.err == errLongOpen || r.err == errBlanks
		}
		start = r.end
	}
	return false
}

// A record as diagnose sees it: up to end, which is the next one's begin or, if err is not nil, the place of err.
type record struct {
	end    int
	fields int
	blank  bool
	long   int // 1 and the place of the first field that is too long; 0: none is
	err    error
}

func (p *Piece) record(start int) record {
	data, pos := p.data, start
	r := record{}
	for {
		begin := pos
		var err error
		quoted := pos < len(data) && data[pos] == '"' && !p.plain
		if quoted {
			pos, err = p.quotedEnd(pos)
		} else {
			for pos < len(data) && data[pos] != p.comma && data[pos] != '\n' && (data[pos] != '"' || p.plain) {
				pos++
			}
			if pos < len(data) && data[pos] == '"' {
				err = errStray
			}
		}
		r.fields++
		if err == nil && r.long == 0 && p.tooLongFor(begin, pos) {
			r.long = begin + 1
		}
		switch {
		case quoted && pos-begin > mostQuoted(p.cell) && begin-start+mostQuoted(p.cell) <= p.limit:
			return record{end: begin, err: errCellOpen}
		case pos-start > p.limit && quoted:
			return record{end: begin, err: errLongOpen}
		case pos-start > p.limit:
			return record{end: start, err: errLong}
		case err == errUnclosed:
			return record{end: begin, err: err}
		case err != nil:
			return record{end: pos, err: err}
		case pos == len(data):
			r.end = pos
			return r
		case data[pos] == p.comma:
			pos++
			continue
		}
		if data[pos] == '\r' { // after a closing quote
			pos++
		}
		r.end = pos + 1
		r.blank = r.fields == 1 && len(trimCR(data[start:pos])) == 0
		first := r.blank && (start == 0 || !blankBefore(data, start))
		if first && blanksEnd(data, r.end)-start > p.limit {
			return record{end: start, err: errBlanks}
		}
		return r
	}
}

// tooLongFor reports whether the field that stands from begin to end is too long for a cell.
func (p *Piece) tooLongFor(begin, end int) bool {
	raw := p.data[begin:end]
	if end < len(p.data) && p.data[end] == '\n' {
		raw = trimCR(raw)
	}
	return p.valueLen(raw) > p.cell
}

// quotedEnd is the end of the quoted field that begins at pos, or where it goes wrong.
func (p *Piece) quotedEnd(pos int) (int, error) {
	for {
		at := bytes.IndexByte(p.data[pos+1:], '"')
		if at < 0 {
			return len(p.data), errUnclosed
		}
		pos += at + 2
		rest := p.data[pos:]
		switch {
		case len(rest) == 0, rest[0] == p.comma, rest[0] == '\n', bytes.HasPrefix(rest, []byte("\r\n")):
			return pos, nil
		case rest[0] != '"':
			return pos, errAfter
		}
	}
}

// A diagnosis collects errors in order of place.
type diagnosis struct {
	piece *Piece
	place place
	errs  []error
}

func (d *diagnosis) full() bool { return len(d.errs) >= MaxErrors }

func (d *diagnosis) add(at int, err error) {
	if d.full() {
		return
	}
	d.place.move(d.piece.data, at)
	line, column := d.piece.InFile(d.place.line), d.place.column()
	d.errs = append(d.errs, &Error{Path: d.piece.Path, Line: line, Column: column, Err: err})
}

// badByte adds the first NUL or byte that is not UTF-8 of data[from:to], if there is one.
func (d *diagnosis) badByte(from, to int) (found bool) {
	for from < to {
		c, size := utf8.DecodeRune(d.piece.data[from:to])
		switch {
		case c == 0:
			d.add(from, errNUL)
			return true
		case c == utf8.RuneError && size == 1:
			d.add(from, fmt.Errorf("byte 0x%02x is not UTF-8: save the file as UTF-8", d.piece.data[from]))
			return true
		}
		from += size
	}
	return false
}

// A place counts lines and columns while it moves on.
type place struct {
	at, line  int
	lineStart int
	comma     byte
	wide      int // bytes that the file has for comma; 0: one
	commas    int // of the line, where they are wide
}

// move goes on to the byte at.
func (p *place) move(data []byte, at int) {
	for {
		n := bytes.IndexByte(data[p.at:at], '\n')
		if n < 0 {
			if p.wide > 0 {
				p.commas += bytes.Count(data[p.at:at], []byte{p.comma})
			}
			p.at = at
			return
		}
		p.at += n + 1
		p.line++
		p.lineStart, p.commas = p.at, 0
	}
}

func (p *place) column() int { return p.at - p.lineStart + 1 + p.commas*max(0, p.wide-1) }
