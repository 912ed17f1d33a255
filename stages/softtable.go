package stages

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/rows"
)

// Soft makes the soft-label table of one source behind Keep and SoftLabel: the rows of Selected in the same order, with
// the columns of spec 10. image_path is null where no picture is published. With Wide, a float32 column
// soft.<target_name> per class follows, in order of class_id, with 0 for a class that a row does not list.
type Soft struct {
	Names   []string // Join.Names
	Classes []int32  // class_id → name (ledger.Decision.Classes)
	Wide    bool
}

// WidePrefix begins the name of a class's column in a wide soft-label table.
const WidePrefix = "soft."

// Name is the stage's name in errors.
func (Soft) Name() string { return "soft table" }

var (
	typeNamed = arrow.StructOf(arrow.Field{Name: "name", Type: rows.TypeDict},
		arrow.Field{Name: "p", Type: rows.TypeFloat32})
	typeNameds = arrow.ListOfField(arrow.Field{Name: "item", Type: typeNamed})
)

// Bind checks the columns and that Classes stay within Names.
func (s Soft) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	at, err := rows.ColumnsOf(in, arrow.Field{Name: OutImageID, Type: rows.TypeText},
		rows.Nullable(rows.ColTarget, rows.TypeInt32), rows.Nullable(rows.ColClassID, rows.TypeInt32),
		rows.Nullable(rows.ColSplit, rows.TypeUint8), softFields[0], softFields[1], softFields[2])
	names, namesErr := classNames(s.Names, s.Classes)
	if err := errors.Join(err, namesErr); err != nil {
		return nil, nil, err
	}
	out := s.schema(names)
	allNames := rows.Texts(s.Names)
	return out, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		n := int(batch.NumRows())
		column := func(i int) arrow.Array { return batch.Column(at[i]) }
		shares := column(6).(*array.List)
		columns := []arrow.Array{
			column(0), publishedPaths(batch), array.NewDictionaryArray(rows.TypeDict, column(1), allNames), column(2),
			splitColumn(column(3)), column(4), column(5), shares,
		}
		if s.Wide {
			columns = append(columns, wide(shares, len(names))...)
		}
		return array.NewRecordBatch(out, columns, int64(n)), nil
	}, nil
}

func (s Soft) schema(names []string) *arrow.Schema {
	fields := []arrow.Field{
		{Name: OutImageID, Type: rows.TypeText}, rows.Nullable(rows.ColImagePath, rows.TypeText),
		rows.Nullable(OutTarget, rows.TypeDict), rows.Nullable(rows.ColClassID, rows.TypeInt32),
		rows.Nullable(OutSplit, rows.TypeDict), softFields[0], softFields[1], softFields[2],
	}
	if s.Wide {
		for _, name := range names {
			fields = append(fields, rows.Nullable(WidePrefix+name, rows.TypeFloat32))
		}
	}
	return arrow.NewSchema(fields, nil)
}

// classNames are the names by class_id.
func classNames(names []string, classes []int32) ([]string, error) {
	var errs []error
	out := make([]string, len(classes))
	for id, name := range classes {
		if name < 0 || int(name) >= len(names) {
			errs = append(errs, fmt.Errorf("class %d has name %d, want 0 to %d", id, name, len(names)-1))
			continue
		}
		out[id] = names[name]
	}
	return out, errors.Join(errs...)
}

// NamedClasses makes the CSV form of the table that Soft makes: soft_labels names its classes,
// and the wide columns are left out.
type NamedClasses struct {
	Names   []string // Join.Names
	Classes []int32  // class_id → name
}

// Name is the stage's name in errors.
func (NamedClasses) Name() string { return "named classes" }

// Bind checks the columns and that Classes stay within Names.
func (c NamedClasses) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	_, err := rows.ColumnsOf(in, softFields[2])
	names, namesErr := classNames(c.Names, c.Classes)
	if err := errors.Join(err, namesErr); err != nil {
		return nil, nil, err
	}
	kept, choose := columnsWhere(in, func(name string) bool { return !strings.HasPrefix(name, WidePrefix) })
	fields, place := kept.Fields(), kept.FieldIndices(rows.ColSoftLabels)[0]
	fields[place].Type = typeNameds
	out, dictionary := arrow.NewSchema(fields, nil), rows.Texts(names)
	return out, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		batch, err := choose(batch)
		if err != nil {
			return nil, err
		}
		columns := slices.Clone(batch.Columns())
		columns[place] = named(columns[place].(*array.List), dictionary)
		return array.NewRecordBatch(out, columns, batch.NumRows()), nil
	}, nil
}

// named shows class_ids as names; everything else is shared.
func named(shares *array.List, names arrow.Array) arrow.Array {
	s := shares.ListValues().(*array.Struct)
	element := structData(typeNamed, s.Len(),
		array.NewDictionaryArray(rows.TypeDict, s.Field(0), names).Data(), s.Field(1).Data())
	d := shares.Data()
	return array.MakeFromData(array.NewData(typeNameds, d.Len(), d.Buffers(),
		[]arrow.ArrayData{element}, d.NullN(), d.Offset()))
}

// wide is a column of p per class; rows without soft labels are null.
func wide(shares *array.List, classes int) []arrow.Array {
	s := shares.ListValues().(*array.Struct)
	ids, ps := rows.Int32sOf(s.Field(0)), s.Field(1).(*array.Float32).Float32Values()
	values := make([][]float32, classes)
	for c := range values {
		values[c] = make([]float32, shares.Len())
	}
	n := rows.NewNulls(shares.Len())
	for row := range shares.Len() {
		if shares.IsNull(row) {
			n.Set(row)
			continue
		}
		from, to := shares.ValueOffsets(row)
		for i := from; i < to; i++ {
			values[ids[i]][row] = ps[i]
		}
	}
	columns := make([]arrow.Array, classes)
	for c := range columns {
		columns[c] = rows.Fixed(rows.TypeFloat32, values[c], n)
	}
	return columns
}
