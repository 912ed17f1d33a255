package csvio

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"sort"
)

// A Dialect is how a CSV file of others differs from the form that this room describes.
type Dialect struct {
	Delimiter string // of one byte or of several; empty: a comma, or what a line sep= says
	Tabs      bool   // it is a tab where Delimiter is empty and no line sep= says another one
	Plain     bool   // quotes are bytes like others
	Skip      int    // so many lines are left out before anything else
	Header    int    // line of the column names; 0: the first that is not skipped, and no comment
	Comment   string // lines that begin with it, outside quotes, are left out
	CR        bool   // lines end with CR alone
}

// wideMark stands for a delimiter of several bytes in what a Cutter reads: the byte that ASCII has for it, US.
const wideMark = 0x1f

// Cutter cuts a file of the dialect. What has one delimiter of one byte, LF and no comments is read as fast as any.
func (d Dialect) Cutter(r io.Reader, path string, pieceBytes int) *Cutter {
	c := NewCutter(r, path, ',', pieceBytes)
	c.Plain, c.dialect = d.Plain, d
	switch {
	case len(d.Delimiter) > 1:
		c.comma, c.wide = wideMark, len(d.Delimiter)
	case d.Delimiter != "":
		c.comma = d.Delimiter[0]
	case d.Tabs:
		c.comma = '\t'
	}
	return c
}

// begin drops a byte order mark, obeys a line `sep=;` as Excel writes it, and goes on to the line of the header.
func (c *Cutter) begin() error {
	in := bufio.NewReaderSize(c.r, 4<<10)
	c.r = in
	if mark, _ := in.Peek(3); string(mark) == "\ufeff" {
		_, _ = in.Discard(3)
	}
	first, err := in.Peek(len("\"sep=;\"\r\n"))
	if err != nil && err != io.EOF {
		return c.named(err)
	}
	if c.dialect.CR {
		first = bytes.ReplaceAll(first, []byte("\r"), []byte("\n"))
	}
	if sep, length := SepLine(first); length > 0 {
		if said := c.dialect.Delimiter; said != "" && said != string(sep) || c.dialect.Header == 1 {
			return atLine(c.path, 1, c.againstSep(sep))
		}
		_, _ = in.Discard(length)
		c.comma = sep
		c.line++
	}
	if err := c.skip(in); err != nil {
		return err
	}
	if d := c.dialect; d.Comment != "" || c.wide > 0 || d.CR {
		next, _ := in.Peek(len(d.Comment))
		if d.Comment != "" && string(next) == d.Comment && d.Header > 0 {
			return atLine(c.path, c.line, fmt.Errorf("header: %d names this line, but it is a comment (%s)", d.Header,
				d.Comment))
		}
		c.filter = &filter{in: in, dialect: d, comma: c.comma, path: c.path, line: c.line, fileLine: c.line, fresh: true,
			lineStart: true}
		c.r = c.filter
	}
	return nil
}

// skip leaves out lines before the header, whatever is in them.
func (c *Cutter) skip(in *bufio.Reader) error {
	for last := max(c.dialect.Skip, c.dialect.Header-1); c.line <= last; c.line++ {
		switch err := skipLine(in, c.dialect.lineEnd()); {
		case err == io.EOF:
			return atLine(c.path, c.line, errors.New("is the last line: header: or skip_lines: leaves no line of column "+
				"names behind it"))
		case err != nil:
			return c.named(err)
		}
	}
	return nil
}

func (d *Dialect) lineEnd() byte {
	if d.CR {
		return '\r'
	}
	return '\n'
}

func (c *Cutter) againstSep(sep byte) error {
	if c.dialect.Header == 1 {
		return fmt.Errorf("is the line sep=%c of Excel, no header: take header: 1 away", sep)
	}
	return fmt.Errorf("says that fields are separated by %q, and delimiter: says %q: take delimiter: away, or mend the "+
		"line", sep, c.dialect.Delimiter)
}

// skipLine reads on behind the end of a line; io.EOF if nothing follows it.
func skipLine(in *bufio.Reader, end byte) error {
	for {
		_, err := in.ReadSlice(end)
		if err == nil {
			_, err = in.Peek(1)
			return err
		}
		if err != bufio.ErrBufferFull {
			return err
		}
	}
}

// SepLine tells the line `sep=;` that Excel reads and others write before a header, also in quotes: its delimiter, and
// its length with the line's end; 0: there is none.
func SepLine(head []byte) (sep byte, length int) {
	line, _, whole := bytes.Cut(head, []byte("\n"))
	if !whole {
		return 0, 0
	}
	length = len(line) + 1
	line = trimCR(line)
	if len(line) == len(`"sep=;"`) && line[0] == '"' && line[len(line)-1] == '"' {
		line = line[1 : len(line)-1]
	}
	if len(line) != len("sep=;") || !bytes.EqualFold(line[:4], []byte("sep=")) {
		return 0, 0
	}
	if sep = line[4]; sep >= 0x80 || sep == '"' || sep == '\r' || sep == 0 {
		return 0, 0
	}
	return sep, length
}

// A gap is lines of the file that a filter left out, before a line as the Cutter counts them. Those of a piece have the
// lines of all gaps up to them.
type gap struct{ before, lines int }

// A filter makes the one form of a dialect: comments are gone, a delimiter of several bytes is wideMark, a CR that ends
// a line is LF. What is quoted stays as it is.
type filter struct {
	in       *bufio.Reader
	dialect  Dialect
	comma    byte
	path     string
	gaps     []gap // that no piece has yet
	line     int   // of what is given
	fileLine int

	fresh     bool // a field begins here
	lineStart bool
	quoted    bool
	closing   bool // a quote stood in a quoted field: a second one goes on with it
	out       []byte
	given     int
	err       error
}

func (f *filter) Read(p []byte) (int, error) {
	for f.given == len(f.out) {
		if f.err != nil {
			return 0, f.err
		}
		f.out, f.given = f.out[:0], 0
		for f.err == nil && len(f.out) < 32<<10 {
			f.err = f.step()
		}
	}
	n := copy(p, f.out[f.given:])
	f.given += n
	return n, nil
}

// step takes a byte, a delimiter or a comment.
func (f *filter) step() error {
	c, err := f.in.ReadByte()
	d := f.dialect
	switch {
	case err != nil:
		return err
	case f.lineStart && f.is(c, d.Comment):
		return f.comment()
	case !f.inside() && len(d.Delimiter) > 1 && f.is(c, d.Delimiter):
		_, _ = f.in.Discard(len(d.Delimiter) - 1)
		f.out = append(f.out, wideMark)
		f.fresh, f.lineStart, f.quoted, f.closing = true, false, false, false
		return nil
	case c == wideMark && len(d.Delimiter) > 1:
		return atLine(f.path, f.fileLine, errors.New("the line has the byte 0x1f, which cannot stand in a file whose "+
			"delimiter has several characters: take it out"))
	case c == '\r' && d.CR && !f.inside():
		c = '\n'
	}
	f.pass(c)
	return nil
}

// is reports whether a text begins with the byte and goes on with what comes next.
func (f *filter) is(c byte, text string) bool {
	if text == "" || c != text[0] {
		return false
	}
	next, _ := f.in.Peek(len(text) - 1)
	return string(next) == text[1:]
}

// inside reports whether what comes next is quoted. A quote that may close a field does when no second one follows.
func (f *filter) inside() bool { return f.quoted && !f.closing }

// pass follows quotes and lines over a byte.
func (f *filter) pass(c byte) {
	f.out = append(f.out, c)
	switch {
	case f.quoted && c == '"':
		f.closing = !f.closing
	case f.closing:
		f.quoted, f.closing = false, false
	case f.fresh && c == '"' && !f.dialect.Plain:
		f.quoted = true
	}
	f.lineStart = c == '\n' && !f.quoted
	f.fresh = f.lineStart || !f.quoted && c == f.comma
	if c == '\n' {
		f.line++
		f.fileLine++
	}
}

// comment leaves a line out.
func (f *filter) comment() error {
	err := skipLine(f.in, f.dialect.lineEnd())
	f.fileLine++
	if n := len(f.gaps); n > 0 && f.gaps[n-1].before == f.line {
		f.gaps[n-1].lines++
	} else {
		f.gaps = append(f.gaps, gap{f.line, 1})
	}
	return err
}

// place gives a piece the lines of the file: its first, and what was left out within it.
func (c *Cutter) place(p *Piece) {
	if c.filter == nil {
		return
	}
	gaps := c.filter.gaps
	for len(gaps) > 0 && gaps[0].before <= p.Line {
		c.left += gaps[0].lines
		gaps = gaps[1:]
	}
	c.filter.gaps = gaps
	end, within := p.Line+p.lines, 0
	for _, g := range gaps {
		if g.before > end {
			break
		}
		within += g.lines
		p.gaps = append(p.gaps, gap{g.before + c.left, within})
	}
	p.Line += c.left
}

// InFile is where a line of the piece, counted from Line by line ends, stands in its file.
func (p *Piece) InFile(line int) int {
	if n := sort.Search(len(p.gaps), func(i int) bool { return p.gaps[i].before > line }); n > 0 {
		return line + p.gaps[n-1].lines
	}
	return line
}
