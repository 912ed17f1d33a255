package csvio

import (
	"errors"
	"fmt"
	"io"
)

// maxTable bounds what Read reads, in bytes.
const maxTable = 1 << 30

// A Table is a whole file.
type Table struct {
	Header  []string
	Records []Record // each with as many fields as the header
}

// A Record is one row. Line is where it begins.
type Record struct {
	Line   int
	Fields []string
}

// Read reads a file whole. Path only stands in errors. The error joins an *Error for everything that is wrong,
// MaxErrors at most, or is that of r. A file of more than 1 GiB is an error.
func Read(r io.Reader, path string) (*Table, error) { return read(r, path, maxTable) }

func read(r io.Reader, path string, most int64) (*Table, error) {
	t := &Table{}
	err := stream(&limited{r, most, most}, path, func(header []string) error {
		t.Header = header
		return nil
	}, func(records []Record) { t.Records = append(t.Records, records...) })
	if err != nil {
		return nil, err
	}
	return t, nil
}

// stream reads a file some records at a time, behind its header.
func stream(r io.Reader, path string, begin func(header []string) error, some func([]Record)) error {
	c := NewCutter(r, path, ',', 1<<20)
	header, err := c.Header()
	if err != nil {
		return err
	}
	var t Table
	for _, h := range header {
		t.Header = append(t.Header, h.Name)
	}
	if err := begin(t.Header); err != nil {
		return err
	}
	var bad []error
	for len(bad) < MaxErrors {
		p, err := c.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		t.Records = nil
		bad = append(bad, t.add(p)...)
		some(t.Records)
	}
	return errors.Join(bad[:min(len(bad), MaxErrors)]...)
}

// add appends the rows of the piece and frees it.
func (t *Table) add(p *Piece) []error {
	defer p.Free()
	f, err := p.Scan(len(t.Header))
	if err != nil {
		return err.(interface{ Unwrap() []error }).Unwrap()
	}
	text := string(f.Data)
	fields := make([]string, f.Rows()*f.Columns)
	at := place{line: p.Line}
	for row := range f.Rows() {
		of := fields[row*f.Columns : (row+1)*f.Columns : (row+1)*f.Columns]
		for column := range of {
			raw := f.Raw(row, column)
			if len(raw) > 0 && raw[0] == '"' {
				of[column] = string(AppendValue(nil, raw))
			} else {
				from := f.Marks[row*f.Columns+column]
				of[column] = text[from : int(from)+len(raw)]
			}
		}
		at.move(f.Data, int(f.Marks[row*f.Columns]))
		t.Records = append(t.Records, Record{at.line, of})
	}
	return nil
}

// A limited reader fails when there is more than it may read.
type limited struct {
	r          io.Reader
	left, most int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, fmt.Errorf("is larger than %d bytes", l.most)
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left+1)])
	if l.left -= int64(n); l.left < 0 {
		return 0, fmt.Errorf("is larger than %d bytes", l.most)
	}
	return n, err
}
