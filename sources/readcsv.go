package sources

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/dermset/dermset/io/csvio"
)

// pieceBytes is how much of a CSV file is looked at together.
const pieceBytes = 1 << 20

func (r *raw) readCSV(f *file, name string, want func(string) bool, t *table) error {
	var in io.Reader
	if f.encoding == "utf-8" {
		file, err := r.open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		in = file
	} else {
		text, err := r.text(f, name)
		if err != nil {
			return err
		}
		in = strings.NewReader(text)
	}
	var keep []int
	check := func(header []csvio.HeaderCell) error {
		var errs []error
		seen := map[string]int{}
		for i, cell := range header {
			if first := seen[cell.Name]; first > 0 && want(cell.Name) {
				errs = append(errs, &csvio.Error{Path: r.path(name), Line: cell.Line, Column: cell.Column,
					Err: fmt.Errorf("column %q stands twice, first as column %d", cell.Name, first)})
			}
			if seen[cell.Name]++; seen[cell.Name] > 1 {
				continue
			}
			seen[cell.Name] = i + 1
			t.all = append(t.all, cell.Name)
			if want(cell.Name) {
				keep = append(keep, i)
				t.columns = append(t.columns, cell.Name)
			}
		}
		return errors.Join(errs...)
	}
	return scanCSV(in, r.path(name), f.comma, check, func(line int, fields csvio.Fields, at int, texts *interner) {
		cells := make([]string, len(keep), len(keep)+len(pathColumns))
		for i, column := range keep {
			cells[i] = texts.field(fields.Raw(at, column))
		}
		t.rows = append(t.rows, row{name, line, cells})
	})
}

// scanCSV reads a CSV file row by row. Its error joins everything that is wrong, csvio.MaxErrors at most.
func scanCSV(in io.Reader, path string, comma byte, header func([]csvio.HeaderCell) error,
	each func(line int, fields csvio.Fields, at int, texts *interner)) error {
	cutter := csvio.NewCutter(in, path, comma, pieceBytes)
	cells, err := cutter.Header()
	if err != nil {
		return err
	}
	if err := header(cells); err != nil {
		return err
	}
	var errs []error
	texts := &interner{known: map[string]string{}}
	for len(errs) < csvio.MaxErrors {
		piece, err := cutter.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		fields, err := piece.Scan(len(cells))
		if err != nil {
			errs = append(errs, err)
		} else {
			line, from := piece.Line, 0
			for at := range fields.Rows() {
				begin := int(fields.Marks[at*fields.Columns])
				line += bytes.Count(fields.Data[from:begin], []byte("\n"))
				from = begin
				each(line, fields, at, texts)
			}
		}
		piece.Free()
	}
	return errors.Join(errs...)
}

// An interner keeps one copy of short texts that come again and again, such as labels and sexes.
type interner struct {
	known map[string]string
	buf   []byte
}

// internBytes and internTexts bound what is kept.
const (
	internBytes = 48
	internTexts = 1 << 14
)

func (n *interner) field(raw []byte) string {
	if len(raw) == 0 {
		return ""
	}
	n.buf = csvio.AppendValue(n.buf[:0], raw)
	if len(n.buf) > internBytes {
		return string(n.buf)
	}
	if text, known := n.known[string(n.buf)]; known {
		return text
	}
	text := string(n.buf)
	if len(n.known) < internTexts {
		n.known[text] = text
	}
	return text
}
