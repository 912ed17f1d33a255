package main

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/stages"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/workspace"
)

// peerTables are the tables of bench/peers: selected rows, soft labels a row each, rejected rows as CSV alone.
func peerTables(m *mapping.Mapping, d *ledger.Decision) []build.RowTable {
	classes := make([]string, len(d.Classes))
	for id, name := range d.Classes {
		classes[id] = m.Names[name]
	}
	codes := make([]string, len(m.Names))
	for name := range codes {
		codes[name] = strings.Join(m.Codes[name], ";")
	}
	names := texts(m.Names)
	selected := func(s workspace.Source) engine.Stage { return selected{texts([]string{s.Name}), names, texts(codes)} }
	soft := func(workspace.Source) engine.Stage { return soft{texts(classes)} }
	rejected := func(s workspace.Source) engine.Stage { return rejected{texts([]string{s.Name})} }
	return []build.RowTable{
		{Name: "selected_unsampled", Rows: selected, CSV: stages.DropExtra{}},
		{Name: "selected_unsampled_soft", Rows: soft, CSV: stages.DropExtra{}},
		{Name: "rejected", Rejected: true, Rows: rejected, CSV: stages.DropExtra{}, CSVOnly: true},
	}
}

// The types of the peers' columns. A float32 with six decimals in CSV is what the peers round to.
var (
	text       = arrow.BinaryTypes.String
	dictionary = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: text}
	sixDigits  = arrow.NewMetadata([]string{stages.DecimalsKey}, []string{"6"})
)

type apply = func(arrow.RecordBatch) (arrow.RecordBatch, error)

func field(name string, t arrow.DataType) arrow.Field {
	return arrow.Field{Name: name, Type: t, Nullable: true}
}

func texts(values []string) arrow.Array {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	b.AppendValues(values, nil)
	return b.NewArray()
}

// coded is a column of codes into values.
func coded(codes []int32, values arrow.Array) arrow.Array {
	data := array.NewData(arrow.PrimitiveTypes.Int32, len(codes),
		[]*memory.Buffer{nil, memory.NewBufferBytes(arrow.GetBytes(codes))}, nil, 0, 0)
	return array.NewDictionaryArray(dictionary, array.NewInt32Data(data), values)
}

// small is a column of numbers below 256 as codes into values.
func small(column arrow.Array, values arrow.Array) arrow.Array {
	codes := make([]int32, column.Len())
	for i, v := range column.(*array.Uint8).Uint8Values() {
		codes[i] = int32(v)
	}
	return coded(codes, values)
}

func column(batch arrow.RecordBatch, name string) arrow.Array {
	return batch.Column(batch.Schema().FieldIndices(name)[0])
}

var splits = texts(dataset.Splits[:])

// selected are the columns of a selected row.
type selected struct{ source, names, codes arrow.Array }

func (selected) Name() string { return "selected" }

func (s selected) Bind(*arrow.Schema) (*arrow.Schema, apply, error) {
	out := arrow.NewSchema([]arrow.Field{
		field("image_id", text), field("source", dictionary), field("image_path", text),
		field("source_label", dictionary), field("patient_id", text), field("lesion_id", text), field("sex", dictionary),
		field("age", arrow.PrimitiveTypes.Float32), field("body_site", dictionary), field("target_name", dictionary),
		field("icd11_codes", dictionary), field("class", dictionary), field("split", dictionary),
	}, nil)
	return out, func(b arrow.RecordBatch) (arrow.RecordBatch, error) {
		mapped, class := column(b, rows.ColMapped), column(b, rows.ColTarget)
		return array.NewRecordBatch(out, []arrow.Array{
			column(b, stages.OutImageID), coded(make([]int32, b.NumRows()), s.source), column(b, rows.ColImagePath),
			column(b, rows.ColLabel), column(b, rows.ColPatient), column(b, rows.ColLesion), column(b, rows.ColSex),
			column(b, rows.ColAge), column(b, rows.ColBodySite), array.NewDictionaryArray(dictionary, mapped, s.names),
			array.NewDictionaryArray(dictionary, mapped, s.codes), array.NewDictionaryArray(dictionary, class, s.names),
			small(column(b, rows.ColSplit), splits),
		}, b.NumRows()), nil
	}, nil
}

// soft is a row for each soft label.
type soft struct{ classes arrow.Array }

func (soft) Name() string { return "soft labels" }

func (s soft) Bind(*arrow.Schema) (*arrow.Schema, apply, error) {
	prob := arrow.Field{Name: "prob", Type: arrow.PrimitiveTypes.Float32, Nullable: true, Metadata: sixDigits}
	out := arrow.NewSchema([]arrow.Field{field("image_id", text), field("class", dictionary), prob}, nil)
	ids := arrow.NewSchema([]arrow.Field{field("image_id", text)}, nil)
	return out, func(b arrow.RecordBatch) (arrow.RecordBatch, error) {
		shares := column(b, rows.ColSoftLabels).(*array.List)
		var rows []int32
		for row := range shares.Len() {
			from, to := shares.ValueOffsets(row)
			for range to - from {
				rows = append(rows, int32(row))
			}
		}
		of := engine.Take(array.NewRecordBatch(ids, []arrow.Array{column(b, stages.OutImageID)}, b.NumRows()), rows)
		share := shares.ListValues().(*array.Struct)
		return array.NewRecordBatch(out, []arrow.Array{of.Column(0),
			array.NewDictionaryArray(dictionary, share.Field(0), s.classes), share.Field(1)}, int64(len(rows))), nil
	}, nil
}

// rejected are the columns of a rejected row.
type rejected struct{ source arrow.Array }

func (rejected) Name() string { return "rejected" }

func (s rejected) Bind(*arrow.Schema) (*arrow.Schema, apply, error) {
	out := arrow.NewSchema([]arrow.Field{field("image_id", text), field("source", dictionary),
		field("source_label", dictionary), field("reason", dictionary)}, nil)
	names := make([]string, rows.BelowThreshold+1)
	for reason := range names {
		names[reason] = rows.Reason(reason).String()
	}
	reasons := texts(names)
	return out, func(b arrow.RecordBatch) (arrow.RecordBatch, error) {
		return array.NewRecordBatch(out, []arrow.Array{
			column(b, stages.OutImageID), coded(make([]int32, b.NumRows()), s.source), column(b, rows.ColLabel),
			small(column(b, rows.ColFate), reasons),
		}, b.NumRows()), nil
	}, nil
}
