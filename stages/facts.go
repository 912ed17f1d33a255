package stages

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/rows"
)

// Facts puts what is known of the images of one source beside its rows: of their image paths, and the paths of their
// masks where the rows have them, it makes the columns that it is given. Where there is ColReason, nothing is known of
// the image of a row that is rejected: it was never fetched, or for an earlier version, which must not show.
type Facts struct {
	// Columns are the columns that come out: utf8, dictionary, int32 or float32.
	Columns []arrow.Field

	// Of fills in what is known of the image of a path, whose mask is empty if it has none: a text for each of Columns,
	// all of which are empty before; what stays empty is null. An image that is not known has nulls alone. Of is called by
	// many goroutines, and keeps no values.
	Of func(path, mask string, values []string) (known bool)
}

// Name is the stage's name in errors.
func (Facts) Name() string { return "facts" }

// Bind checks that there are image paths, and that the columns are of types that facts can have.
func (s Facts) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	imagesOf, err := imagesIn(in)
	if err := errors.Join(err, s.check()); err != nil {
		return nil, nil, err
	}
	out := arrow.NewSchema(s.Columns, nil)
	return out, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		columns, err := s.columns(imagesOf(batch))
		if err != nil {
			return nil, err
		}
		return array.NewRecordBatch(out, columns, batch.NumRows()), nil
	}, nil
}

// imagesIn gives the images of the rows of a batch. Rows have their image path, and perhaps a mask, and a reason.
func imagesIn(in *arrow.Schema) (func(arrow.RecordBatch) images, error) {
	want := []arrow.Field{rows.Nullable(rows.ColImagePath, rows.TypeText)}
	place := map[string]int{}
	for _, more := range []arrow.Field{
		rows.Nullable(rows.ColMaskPath, rows.TypeText), {Name: rows.ColReason, Type: rows.TypeUint8},
	} {
		if in.HasField(more.Name) {
			place[more.Name] = len(want)
			want = append(want, more)
		}
	}
	at, err := rows.ColumnsOf(in, want...)
	return func(batch arrow.RecordBatch) images {
		found := images{paths: batch.Column(at[0]).(*array.String)}
		if i, has := place[rows.ColMaskPath]; has {
			found.masks = batch.Column(at[i]).(*array.String)
		}
		if i, has := place[rows.ColReason]; has {
			found.reasons = batch.Column(at[i]).(*array.Uint8).Uint8Values()
		}
		return found
	}, err
}

// images are those of the rows of a batch.
type images struct {
	paths, masks *array.String // masks: nil where rows have none
	reasons      []uint8       // nil: all rows are alive
}

// of is the image of a row that is alive, and its mask; empty if it has none.
func (m images) of(row int) (path, mask string, alive bool) {
	if m.reasons != nil && rows.Reason(m.reasons[row]) != rows.Alive || m.paths.IsNull(row) {
		return "", "", false
	}
	if m.masks != nil && m.masks.IsValid(row) {
		mask = m.masks.Value(row)
	}
	return m.paths.Value(row), mask, true
}

// check says which columns cannot be facts.
func (s Facts) check() error {
	var errs []error
	names := map[string]bool{}
	for _, c := range s.Columns {
		if names[c.Name] {
			errs = append(errs, fmt.Errorf("column %q is asked for twice", c.Name))
		}
		names[c.Name] = true
		if newFactColumn(c, 0) == nil {
			errs = append(errs, fmt.Errorf("column %q is %v, want utf8, a dictionary of utf8, int32 or float32", c.Name, c.Type))
		}
		if !c.Nullable {
			errs = append(errs, fmt.Errorf("column %q must be nullable: not every image is known", c.Name))
		}
	}
	return errors.Join(errs...)
}

// columns are the facts of a batch.
func (s Facts) columns(m images) ([]arrow.Array, error) {
	made := make([]factColumn, len(s.Columns))
	for i, c := range s.Columns {
		made[i] = newFactColumn(c, m.paths.Len())
	}
	values := make([]string, len(s.Columns))
	for row := range m.paths.Len() {
		clear(values)
		path, mask, alive := m.of(row)
		if !alive || !s.Of(path, mask, values) {
			clear(values) // whatever it wrote there
		}
		for i, column := range made {
			if err := column.add(row, values[i]); err != nil {
				return nil, fmt.Errorf("image %q: %s: %w", path, s.Columns[i].Name, err)
			}
		}
	}
	columns := make([]arrow.Array, len(made))
	for i, column := range made {
		columns[i] = column.array()
	}
	return columns, nil
}

// A factColumn is a column being made of texts; an empty one is null.
type factColumn interface {
	add(row int, text string) error
	array() arrow.Array
}

// newFactColumn is a column of a field with room for n rows, or nil if facts cannot have its type.
func newFactColumn(field arrow.Field, n int) factColumn {
	switch {
	case arrow.TypeEqual(field.Type, rows.TypeText):
		return &factTexts{rows.NewText(n, 0), n}
	case arrow.TypeEqual(field.Type, rows.TypeDict):
		words := newWords(n)
		if field.Name == rows.ColVerdict {
			words.check = func(verdict string) error { _, err := rows.VerdictReason(verdict); return err }
		}
		return words
	case arrow.TypeEqual(field.Type, rows.TypeInt32):
		return &factNumbers[int32]{rows.TypeInt32, make([]int32, n), rows.NewNulls(n), parseInt32}
	case arrow.TypeEqual(field.Type, rows.TypeFloat32):
		return &factNumbers[float32]{rows.TypeFloat32, make([]float32, n), rows.NewNulls(n), parseFloat32}
	}
	return nil
}

// factTexts is a column of texts most of which differ, and are about as long as one another.
type factTexts struct {
	texts *rows.TextColumn
	rows  int
}

// maxReserved bounds the bytes that are reserved for texts on the word of the first of them.
const maxReserved = 1 << 20

func (f *factTexts) add(row int, text string) error {
	if text == "" {
		f.texts.AddNull()
		return nil
	}
	if cap(f.texts.Bytes) == 0 {
		f.texts.Bytes = make([]byte, 0, min((f.rows-row)*len(text), maxReserved))
	}
	f.texts.Add(text)
	return nil
}

func (f *factTexts) array() arrow.Array { return f.texts.Array() }

// factWords is a column of texts most of which repeat: each is checked and kept once a batch.
type factWords struct {
	codes []int32
	words []string
	index map[string]int32
	check func(word string) error
}

func newWords(n int) *factWords {
	return &factWords{codes: make([]int32, n), index: map[string]int32{}, check: func(string) error { return nil }}
}

func (f *factWords) add(row int, word string) error {
	if word == "" {
		f.codes[row] = -1
		return nil
	}
	code, known := f.index[word]
	if !known {
		if err := f.check(word); err != nil {
			return err
		}
		code = int32(len(f.words))
		f.words = append(f.words, word)
		f.index[word] = code
	}
	f.codes[row] = code
	return nil
}

func (f *factWords) array() arrow.Array { return rows.DictColumn(f.codes, rows.Texts(f.words)) }

// factNumbers is a column of numbers.
type factNumbers[T int32 | float32] struct {
	of     arrow.DataType
	values []T
	nulls  *rows.Nulls
	parse  func(text string) (T, error)
}

func (f *factNumbers[T]) add(row int, text string) (err error) {
	if text == "" {
		f.nulls.Set(row)
		return nil
	}
	f.values[row], err = f.parse(text)
	return err
}

func (f *factNumbers[T]) array() arrow.Array { return rows.Fixed(f.of, f.values, f.nulls) }

func parseInt32(text string) (int32, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%q, want a whole number from %d to %d", text, math.MinInt32, math.MaxInt32)
	}
	return int32(n), nil
}

func parseFloat32(text string) (float32, error) {
	x, err := strconv.ParseFloat(text, 32)
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return 0, fmt.Errorf("%q, want a finite number", text)
	}
	return float32(x), nil
}
