package stages

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dermset/dermset/rows"
)

// apply is what a stage's Bind returns: batch in, batch out.
type apply = func(arrow.RecordBatch) (arrow.RecordBatch, error)

// extras are the columns that only pass through, in the order of the schema.
func extras(in *arrow.Schema) (fields []arrow.Field, at []int, err error) {
	for i, f := range in.Fields() {
		if !strings.HasPrefix(f.Name, rows.ExtraPrefix) {
			continue
		}
		if !arrow.TypeEqual(f.Type, rows.TypeText) {
			return nil, nil, fmt.Errorf("column %q is %v, want %v", f.Name, f.Type, rows.TypeText)
		}
		fields, at = append(fields, rows.Nullable(f.Name, rows.TypeText)), append(at, i)
	}
	return fields, at, nil
}

// boolColumn is a column of bits, bit i of which is row i.
func boolColumn(bits []byte, length int, n *rows.Nulls) arrow.Array {
	buffers := []*memory.Buffer{n.Buffer(), memory.NewBufferBytes(bits)}
	return array.MakeFromData(array.NewData(rows.TypeBool, length, buffers, nil, n.Count(), 0))
}

// constant is a column of one text; the empty one makes a column of nulls.
func constant(value string, n int) arrow.Array {
	codes := make([]int32, n)
	if value == "" {
		codes = slices.Repeat([]int32{-1}, n)
	}
	return rows.DictColumn(codes, rows.Texts([]string{value}))
}

// allNull is a column without any value.
func allNull(t arrow.DataType, n int) arrow.Array {
	if arrow.TypeEqual(t, rows.TypeDict) {
		return constant("", n)
	}
	return array.MakeArrayOfNull(memory.DefaultAllocator, t, n)
}

// lists is a list column of rows whose ends are offsets[1:] in element.
func lists(t *arrow.ListType, offsets []int32, element arrow.ArrayData, n *rows.Nulls) arrow.Array {
	buffers := []*memory.Buffer{n.Buffer(), memory.NewBufferBytes(arrow.GetBytes(offsets))}
	return array.MakeFromData(array.NewData(t, len(offsets)-1, buffers, []arrow.ArrayData{element}, n.Count(), 0))
}

// structData is a struct column without nulls of its own.
func structData(t *arrow.StructType, n int, fields ...arrow.ArrayData) *array.Data {
	return array.NewData(t, n, []*memory.Buffer{nil}, fields, 0, 0)
}
