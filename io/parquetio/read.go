package parquetio

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// blockRows is how many rows ReadColumns shows at once at most.
const blockRows = 4096

// A Field is a column of a file. Lists and structs are of kind Other.
type Field struct {
	Name string
	Kind Kind
}

// A Description is what the footer of a file says.
type Description struct {
	Rows     int64
	Columns  []Field
	Metadata map[string]string
}

// Values are some rows of one column. Of the slices, the one of Kind is set, an element per row, zero where the row is null. They belong
// to ReadColumns and change when the callback returns.
type Values struct {
	Field
	Valid   []bool // false: null
	Text    [][]byte
	Int32   []int32
	Int64   []int64
	Float32 []float32
	Float64 []float64
	Bool    []bool
}

// Describe reads the footer of a Parquet file.
func Describe(path string) (d Description, err error) {
	f, err := open(path)
	if err != nil {
		return Description{}, err
	}
	defer f.Close()
	defer rescue(path, &err)
	d = Description{Rows: f.parquet.NumRows(), Metadata: map[string]string{}}
	for _, c := range f.parquet.Root().Columns() {
		d.Columns = append(d.Columns, Field{Name: c.Name(), Kind: kindOfColumn(c)})
	}
	for _, kv := range f.parquet.Metadata().KeyValueMetadata {
		d.Metadata[kv.Key] = kv.Value
	}
	return d, nil
}

// kindOfColumn is the kind of a column of a file; dictionary-encoded text is Text.
func kindOfColumn(c *parquet.Column) Kind {
	if !c.Leaf() || c.MaxRepetitionLevel() > 0 {
		return Other
	}
	// Dates, times, decimals and unsigned numbers are kept in integers too; the type's name tells them apart.
	name := c.Type().String()
	switch c.Type().Kind() {
	case parquet.Boolean:
		return Bool
	case parquet.Float:
		return Float32
	case parquet.Double:
		return Float64
	case parquet.ByteArray:
		return Text
	case parquet.Int32:
		if name == "INT32" || name == "INT(32,true)" {
			return Int32
		}
	case parquet.Int64:
		if name == "INT64" || name == "INT(64,true)" {
			return Int64
		}
	}
	return Other
}

// rescue turns a panic of the library into an error that names the file.
func rescue(path string, err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%s: not a sound Parquet file: %v", path, p)
	}
}

// ReadColumns reads the named top-level columns of a Parquet file and shows them to rows, block by block, in file order. first is the
// number of the block's first row in the file, from 0; columns are in the order of names. Names that the file does not have, or whose
// columns are lists or of a type that is not a Kind, are an error that lists them all. A damaged file is an error, possibly after some
// blocks; an error of rows ends reading and is returned as it is.
func ReadColumns(path string, names []string, rows func(first int64, columns []Values) error) error {
	f, err := open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := newReader(f, names)
	if err != nil {
		return err
	}
	defer r.release()
	for g := range f.parquet.RowGroups() {
		if err := r.openGroup(g); err != nil {
			return err
		}
		for r.left > 0 {
			n, err := r.next()
			if err != nil {
				return err
			}
			if err := rows(r.row, r.values); err != nil {
				return err
			}
			r.row += int64(n)
		}
		if err := r.closeGroup(); err != nil {
			return err
		}
	}
	return nil
}

// A reader walks the row groups of a file.
type reader struct {
	file    *file
	names   []string
	columns []column
	values  []Values
	row     int64 // of the next block in the file
	left    int64 // rows of the row group that are still to come
	group   int
}

// A column walks the pages of one column chunk.
type column struct {
	index  int
	pages  parquet.Pages
	page   parquet.Page
	values parquet.ValueReader
	buffer []parquet.Value
	text   []byte
	ends   []int
}

func newReader(f *file, names []string) (r *reader, err error) {
	defer rescue(f.Name(), &err)
	r = &reader{file: f, names: names}
	var errs []error
	for _, name := range names {
		c := f.parquet.Root().Column(name)
		switch {
		case c == nil:
			errs = append(errs, fmt.Errorf("%s: no column %q", f.Name(), name))
			continue
		case kindOfColumn(c) == Other:
			errs = append(errs, fmt.Errorf("%s: column %q is %s; want text, int32, int64, float32, float64 or bool", f.Name(), name, c.Type()))
			continue
		}
		r.columns = append(r.columns, column{index: c.Index(), buffer: make([]parquet.Value, blockRows), ends: make([]int, blockRows)})
		r.values = append(r.values, Values{Field: Field{Name: name, Kind: kindOfColumn(c)}})
	}
	return r, errors.Join(errs...)
}

// openGroup checks the column chunks of a row group and goes to its first row.
func (r *reader) openGroup(g int) (err error) {
	defer rescue(r.file.Name(), &err)
	group := r.file.parquet.RowGroups()[g]
	r.group, r.left = g, group.NumRows()
	if r.left < 0 {
		return r.damaged(errors.New("a negative number of rows"))
	}
	for i := range r.columns {
		c := &r.columns[i]
		if err := r.file.checkChunk(g, c.index); err != nil {
			return r.damaged(fmt.Errorf("column %q: %w", r.names[i], err))
		}
		c.pages = group.ColumnChunks()[c.index].Pages()
	}
	return nil
}

func (r *reader) damaged(err error) error {
	return fmt.Errorf("%s: row group %d: %w", r.file.Name(), r.group, err)
}

// next reads a block of every column and returns its rows.
func (r *reader) next() (n int, err error) {
	defer rescue(r.file.Name(), &err)
	n = int(min(r.left, blockRows))
	for i := range r.columns {
		c := &r.columns[i]
		if err := c.fill(c.buffer[:n], &r.values[i]); err != nil {
			if errors.Is(err, io.EOF) {
				err = fmt.Errorf("fewer values than the %d rows of its group", r.file.parquet.RowGroups()[r.group].NumRows())
			}
			return 0, r.damaged(fmt.Errorf("column %q: %w", r.names[i], err))
		}
	}
	r.left -= int64(n)
	return n, nil
}

// fill reads len(buffer) values. It copies text, since a page's memory may be used again with the next page.
func (c *column) fill(buffer []parquet.Value, v *Values) error {
	c.text = c.text[:0]
	v.Valid = v.Valid[:0]
	for at := 0; at < len(buffer); {
		if c.values == nil {
			page, err := c.pages.ReadPage()
			if err != nil {
				return err
			}
			c.page, c.values = page, page.Values()
		}
		n, err := c.values.ReadValues(buffer[at:])
		for i, value := range buffer[at : at+n] {
			v.Valid = append(v.Valid, !value.IsNull())
			if v.Kind == Text {
				c.text = append(c.text, value.ByteArray()...)
				c.ends[at+i] = len(c.text)
			}
		}
		at += n
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err != nil || n == 0 {
			c.values = nil
			parquet.Release(c.page)
			c.page = nil
		}
	}
	v.set(buffer, c.text, c.ends)
	return nil
}

// set lays values out in the slice of their kind.
func (v *Values) set(buffer []parquet.Value, text []byte, ends []int) {
	switch v.Kind {
	case Text:
		v.Text = v.Text[:0]
		start := 0
		for i := range buffer {
			v.Text = append(v.Text, text[start:ends[i]:ends[i]])
			start = ends[i]
		}
	case Int32:
		v.Int32 = collect(v.Int32, buffer, parquet.Value.Int32)
	case Int64:
		v.Int64 = collect(v.Int64, buffer, parquet.Value.Int64)
	case Float32:
		v.Float32 = collect(v.Float32, buffer, parquet.Value.Float)
	case Float64:
		v.Float64 = collect(v.Float64, buffer, parquet.Value.Double)
	case Bool:
		v.Bool = collect(v.Bool, buffer, parquet.Value.Boolean)
	}
}

func collect[T any](dst []T, buffer []parquet.Value, of func(parquet.Value) T) []T {
	dst = dst[:0]
	var zero T
	for _, value := range buffer {
		if value.IsNull() {
			dst = append(dst, zero)
		} else {
			dst = append(dst, of(value))
		}
	}
	return dst
}

// closeGroup checks that no column holds more than the row group.
func (r *reader) closeGroup() (err error) {
	defer rescue(r.file.Name(), &err)
	for i := range r.columns {
		c := &r.columns[i]
		if c.values == nil {
			page, err := c.pages.ReadPage()
			if err != nil && !errors.Is(err, io.EOF) {
				return r.damaged(fmt.Errorf("column %q: %w", r.names[i], err))
			}
			if err == nil {
				c.page, c.values = page, page.Values()
			}
		}
		if c.values != nil {
			if n, _ := c.values.ReadValues(make([]parquet.Value, 1)); n > 0 {
				return r.damaged(fmt.Errorf("column %q: more values than rows", r.names[i]))
			}
		}
	}
	r.release()
	return nil
}

// release gives the pages back. What the library says or does then no longer matters.
func (r *reader) release() {
	defer func() { _ = recover() }()
	for i := range r.columns {
		c := &r.columns[i]
		if c.page != nil {
			parquet.Release(c.page)
		}
		if c.pages != nil {
			_ = c.pages.Close()
		}
		c.page, c.pages, c.values = nil, nil, nil
	}
}
