package enginetest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dermset/dermset/engine"
)

// A Row is one row as the package comment describes it.
type Row = map[string]any

// TB is what this package needs of a test: *testing.T, *testing.B and *rapid.T have it.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Batch makes a batch of rows. A column that schema lacks, a value that does not fit and a null where
// none may be fail the test.
func Batch(t TB, schema *arrow.Schema, rows []Row) arrow.RecordBatch {
	t.Helper()
	builder := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for i, row := range rows {
		for _, name := range slices.Sorted(maps.Keys(row)) {
			if !schema.HasField(name) {
				t.Fatalf("row %d: no column %q in schema %v", i, name, schema)
			}
		}
		for j, field := range schema.Fields() {
			if err := appendField(builder.Field(j), field, row[field.Name]); err != nil {
				t.Fatalf("row %d: %v", i, err)
			}
		}
	}
	return builder.NewRecordBatch()
}

// Rows is the opposite of Batch. It panics on a column of a type that Batch does not know.
func Rows(batch arrow.RecordBatch) []Row {
	rows := make([]Row, batch.NumRows())
	for i := range rows {
		rows[i] = Row{}
		for j, field := range batch.Schema().Fields() {
			if column := batch.Column(j); column.IsValid(i) {
				rows[i][field.Name] = cell(column, i)
			}
		}
	}
	return rows
}

// Stream makes a stream of rows, cut into batches of batchRows rows; less than 1 means one batch.
// Each task counts as 1 KiB.
func Stream(t TB, schema *arrow.Schema, rows []Row, batchRows int) engine.Stream {
	t.Helper()
	if batchRows < 1 {
		batchRows = max(len(rows), 1)
	}
	var batches []arrow.RecordBatch
	for piece := range slices.Chunk(rows, batchRows) {
		batches = append(batches, Batch(t, schema, piece))
	}
	return Of(schema, batches...)
}

// Of makes a stream of batches as they are. Each task counts as 1 KiB.
func Of(schema *arrow.Schema, batches ...arrow.RecordBatch) engine.Stream {
	return engine.Stream{Schema: schema, Tasks: func(yield func(engine.Task, error) bool) {
		for _, batch := range batches {
			task := engine.Task{Bytes: 1 << 10, Run: func() (arrow.RecordBatch, error) { return batch, nil }}
			if !yield(task, nil) {
				return
			}
		}
	}}
}

// Diff is how got differs from want as tables of the given schema, in order; empty if it does not.
// Not-a-numbers are equal.
func Diff(t TB, schema *arrow.Schema, want, got []Row) string {
	t.Helper()
	return cmp.Diff(Rows(Batch(t, schema, want)), Rows(Batch(t, schema, got)), cmpopts.EquateNaNs())
}

func appendField(b array.Builder, field arrow.Field, value any) error {
	if isNil(value) {
		if !field.Nullable {
			return fmt.Errorf("column %q: null in a column without nulls", field.Name)
		}
		b.AppendNull()
		return nil
	}
	if err := appendValue(b, reflect.ValueOf(value)); err != nil {
		return fmt.Errorf("column %q: %w", field.Name, err)
	}
	return nil
}

func isNil(value any) bool {
	v := reflect.ValueOf(value)
	return value == nil || (v.Kind() == reflect.Map || v.Kind() == reflect.Slice) && v.IsNil()
}

func appendValue(b array.Builder, v reflect.Value) error {
	switch b := b.(type) {
	case *array.StringBuilder:
		return appendString(b, v, func(s string) error { b.Append(s); return nil })
	case *array.BinaryDictionaryBuilder:
		return appendString(b, v, b.AppendString)
	case *array.BooleanBuilder:
		if v.Kind() != reflect.Bool {
			return misfit(b, v)
		}
		b.Append(v.Bool())
		return nil
	case *array.Uint8Builder:
		return appendNumber(b, v, b.Append)
	case *array.Int32Builder:
		return appendNumber(b, v, b.Append)
	case *array.Int64Builder:
		return appendNumber(b, v, b.Append)
	case *array.Uint64Builder:
		return appendNumber(b, v, b.Append)
	case *array.Float32Builder:
		return appendNumber(b, v, b.Append)
	case *array.Float64Builder:
		return appendNumber(b, v, b.Append)
	case *array.ListBuilder:
		return appendList(b, v)
	case *array.StructBuilder:
		return appendStruct(b, v)
	default:
		return fmt.Errorf("type %v is not known to enginetest", b.Type())
	}
}

func misfit(b array.Builder, v reflect.Value) error {
	return fmt.Errorf("%v of type %v does not fit type %v", v, v.Type(), b.Type())
}

func appendString(b array.Builder, v reflect.Value, add func(string) error) error {
	if v.Kind() != reflect.String {
		return misfit(b, v)
	}
	return add(v.String())
}

// appendNumber adds v if T holds it. Floats take any number, rounded; the others take integers only.
func appendNumber[T uint8 | int32 | int64 | uint64 | float32 | float64](b array.Builder,
	v reflect.Value, add func(T)) error {
	half := 0.5
	isFloat := T(half) != 0
	switch {
	case v.CanInt() && (isFloat || int64(T(v.Int())) == v.Int() && (T(v.Int()) < 0) == (v.Int() < 0)):
		add(T(v.Int()))
	case v.CanUint() && (isFloat || uint64(T(v.Uint())) == v.Uint() && T(v.Uint()) >= 0):
		add(T(v.Uint()))
	case v.CanFloat() && isFloat:
		add(T(v.Float()))
	default:
		return misfit(b, v)
	}
	return nil
}

func appendList(b *array.ListBuilder, v reflect.Value) error {
	if v.Kind() != reflect.Slice {
		return misfit(b, v)
	}
	b.Append(true)
	element := b.Type().(*arrow.ListType).ElemField()
	for i := range v.Len() {
		if err := appendField(b.ValueBuilder(), element, v.Index(i).Interface()); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	return nil
}

func appendStruct(b *array.StructBuilder, v reflect.Value) error {
	fields, ok := v.Interface().(Row)
	if !ok {
		return misfit(b, v)
	}
	b.Append(true)
	kind := b.Type().(*arrow.StructType)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if _, ok := kind.FieldIdx(name); !ok {
			return fmt.Errorf("no field %q in %v", name, kind)
		}
	}
	for i, field := range kind.Fields() {
		if err := appendField(b.FieldBuilder(i), field, fields[field.Name]); err != nil {
			return err
		}
	}
	return nil
}

// cell is the canonical value of a cell that is not null.
func cell(column arrow.Array, i int) any {
	switch a := column.(type) {
	case *array.String:
		return a.Value(i)
	case *array.Dictionary:
		return cell(a.Dictionary(), a.GetValueIndex(i))
	case *array.Boolean:
		return a.Value(i)
	case *array.Uint8:
		return a.Value(i)
	case *array.Int32:
		return a.Value(i)
	case *array.Int64:
		return a.Value(i)
	case *array.Uint64:
		return a.Value(i)
	case *array.Float32:
		return a.Value(i)
	case *array.Float64:
		return a.Value(i)
	case *array.List:
		return list(a, i)
	case *array.Struct:
		return fields(a, i)
	default:
		panic(fmt.Sprintf("a column of type %v is not known to enginetest", column.DataType()))
	}
}

func list(a *array.List, i int) any {
	start, end := a.ValueOffsets(i)
	if structs, ok := a.ListValues().(*array.Struct); ok {
		rows := make([]Row, 0, end-start)
		for j := int(start); j < int(end); j++ {
			rows = append(rows, fields(structs, j))
		}
		return rows
	}
	values := make([]any, 0, end-start)
	for j := int(start); j < int(end); j++ {
		if a.ListValues().IsNull(j) {
			values = append(values, nil)
		} else {
			values = append(values, cell(a.ListValues(), j))
		}
	}
	return values
}

// fields is the row of a struct; nil if it is null.
func fields(a *array.Struct, i int) Row {
	if a.IsNull(i) {
		return nil
	}
	row := Row{}
	for j, field := range a.DataType().(*arrow.StructType).Fields() {
		if a.Field(j).IsValid(i) {
			row[field.Name] = cell(a.Field(j), i)
		}
	}
	return row
}
