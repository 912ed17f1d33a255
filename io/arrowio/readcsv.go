package arrowio

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/fileio"
)

// extraPrefix begins the names of columns that nobody asked for.
const extraPrefix = "extra."

// A Column of a CSV file: utf8, or dictionary<int32, utf8> for one whose values come again and again.
type Column struct {
	Name       string
	Dictionary bool
	Optional   bool // a file that lacks it has it with empty cells
}

// dictionaryType is the type of every dictionary column here.
var dictionaryType = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}

// ReadCSV makes a stream of a CSV file (see package csvio). Its columns are those asked for, in that order, and then
// all others the file has, as utf8, named extra.<name>, or as they are if they begin so, sorted bytewise. A cell is
// text as it stands; an empty cell is an empty string; nothing is null.
//
// The header is read now: a column that is missing or named twice is an error, all of them together. Rows are read when
// the stream is ranged over, in batches of about batchBytes of the file; the file is opened for that and closed after.
// What is wrong in a batch comes as one error that joins a *csvio.Error for each place.
func ReadCSV(path string, columns []Column, batchBytes int) (engine.Stream, error) {
	t := csvTable{path: path, batchBytes: batchBytes}
	f, c, err := t.open()
	if err != nil {
		return engine.Stream{}, err
	}
	header, err := c.Header()
	if err := errors.Join(err, f.Close()); err != nil {
		return engine.Stream{}, err
	}
	t.header = header
	if err := t.bind(columns); err != nil {
		return engine.Stream{}, err
	}
	return engine.Stream{Schema: t.schema, Tasks: t.tasks}, nil
}

type csvTable struct {
	path       string
	batchBytes int
	header     []csvio.HeaderCell
	schema     *arrow.Schema
	from       []int // column of the schema → column of the file, or -1
}

func (t *csvTable) open() (io.Closer, *csvio.Cutter, error) {
	f, err := fileio.Open(t.path)
	if err != nil {
		return nil, nil, err
	}
	return f, csvio.NewCutter(f, t.path, ',', t.batchBytes), nil
}

// bind finds the columns in the header.
func (t *csvTable) bind(columns []Column) error {
	place := make(map[string]int, len(t.header))
	var missing, twice []error
	for i, h := range t.header {
		if first, ok := place[h.Name]; ok {
			twice = append(twice, &csvio.Error{Path: t.path, Line: h.Line, Column: h.Column, Err: fmt.Errorf(
				"column %q is named twice, first as column %d: rename or remove one", h.Name, first+1)})
			continue
		}
		place[h.Name] = i
	}
	var fields []arrow.Field
	for _, c := range columns {
		at, ok := place[c.Name]
		switch {
		case !ok && c.Optional:
			at = -1
		case !ok:
			missing = append(missing, &csvio.Error{Path: t.path, Line: 1, Column: 1, Err: fmt.Errorf(
				"column %q is missing: add it to the header, and an empty cell for it to every row", c.Name)})
			continue
		}
		delete(place, c.Name)
		field := arrow.Field{Name: c.Name, Type: arrow.BinaryTypes.String, Nullable: true}
		if c.Dictionary {
			field.Type = dictionaryType
		}
		fields = append(fields, field)
		t.from = append(t.from, at)
	}
	if err := errors.Join(append(missing, twice...)...); err != nil {
		return err
	}
	further := make(map[string]int, len(place))
	for name, at := range place {
		name = extraPrefix + strings.TrimPrefix(name, extraPrefix)
		if other, twice := further[name]; twice {
			h := t.header[max(at, other)]
			return &csvio.Error{Path: t.path, Line: h.Line, Column: h.Column, Err: fmt.Errorf(
				"column %q is named twice, with and without %s: rename or remove one", name, extraPrefix)}
		}
		further[name] = at
	}
	for _, name := range slices.Sorted(maps.Keys(further)) {
		fields = append(fields, arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: true})
		t.from = append(t.from, further[name])
	}
	t.schema = arrow.NewSchema(fields, nil)
	return nil
}

func (t *csvTable) tasks(yield func(engine.Task, error) bool) {
	f, c, err := t.open()
	if err != nil {
		yield(engine.Task{}, err)
		return
	}
	defer f.Close() // only read from
	header, err := c.Header()
	if err == nil && !slices.Equal(header, t.header) {
		err = fmt.Errorf("%s: the header changed since the run began: run again", t.path)
	}
	for err == nil {
		var p *csvio.Piece
		if p, err = c.Next(); err == nil && !yield(t.task(p), nil) {
			return
		}
	}
	if err != io.EOF {
		yield(engine.Task{}, err)
	}
}

// A piece is there as it was read, as columns, and as what is made of them; each of its cells has a mark and an offset
// in each of these, which are more than the bytes of many a short cell.
const (
	timesInMemory = 5
	bytesOfCell   = 16
)

func (t *csvTable) task(p *csvio.Piece) engine.Task {
	cells := int64(p.Lines()+1) * int64(max(len(t.header), len(t.from)))
	bytes := timesInMemory*int64(p.Len()) + bytesOfCell*cells
	return engine.Task{Bytes: bytes, Input: int64(p.Len()), Run: func() (arrow.RecordBatch, error) {
		defer p.Free()
		fields, err := p.Scan(len(t.header))
		if err != nil {
			return nil, err
		}
		columns := make([]arrow.Array, len(t.from))
		for i, from := range t.from {
			if t.schema.Field(i).Type.ID() == arrow.DICTIONARY {
				columns[i] = dictionaryColumn(fields, from)
			} else {
				columns[i] = textColumn(fields, from)
			}
		}
		return array.NewRecordBatch(t.schema, columns, int64(fields.Rows())), nil
	}}
}

// textColumn copies a column together.
func textColumn(f csvio.Fields, column int) arrow.Array {
	rows, size := f.Rows(), 0
	if column < 0 {
		return array.NewStringData(textData(make([]int32, rows+1), nil))
	}
	for i := column; i+1 < len(f.Marks); i += f.Columns {
		size += int(f.Marks[i+1] - f.Marks[i] - 1)
	}
	offsets := make([]int32, rows+1)
	text := make([]byte, 0, size)
	for row, raw := range f.Column(column) {
		if len(raw) > 0 && raw[0] == '"' {
			text = csvio.AppendValue(text, raw)
		} else {
			text = append(text, raw...)
		}
		offsets[row+1] = int32(len(text))
	}
	return array.NewStringData(textData(offsets, text))
}

func textData(offsets []int32, text []byte) *array.Data {
	buffers := []*memory.Buffer{nil, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(offsets)),
		memory.NewBufferBytes(text)}
	return array.NewData(arrow.BinaryTypes.String, len(offsets)-1, buffers, nil, 0, 0)
}

// dictionaryColumn numbers the values of a column in order of first appearance.
func dictionaryColumn(f csvio.Fields, column int) arrow.Array {
	var scratch []byte
	d := newDictionary()
	codes := make([]int32, f.Rows())
	if column < 0 {
		d.code(nil)
		f.Marks = nil // no row has another
	}
	for row, value := range f.Column(max(column, 0)) {
		if len(value) > 0 && value[0] == '"' {
			scratch = csvio.AppendValue(scratch[:0], value)
			value = scratch
		}
		codes[row] = d.code(value)
	}
	buffers := []*memory.Buffer{nil, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(codes))}
	return array.NewDictionaryData(array.NewDataWithDictionary(dictionaryType, len(codes), buffers,
		0, 0, textData(d.offsets, d.text)))
}
