package stages

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/rows"
)

// Describe says of each row whom and what its image shows, and who says so (spec 9): what the source states always
// wins, what pictures show fills the rest, and no tone is estimated of an image that is, after that, a dermoscopy or
// shows no skin disease. It adds the columns of rows.Col… that it makes. Rows without rows.ShownFields, where nobody
// looked at pictures, have what is stated.
type Describe struct {
	// Part is the part of the body that a stated site means; empty if that is not known.
	Part func(site string) string
}

// Name is the stage's name in errors.
func (Describe) Name() string { return "describe" }

// describedFields are the columns that Describe adds, in order.
var describedFields = []arrow.Field{
	rows.Nullable(rows.ColBodyPart, rows.TypeDict), rows.Nullable(rows.ColBodyPartOrigin, rows.TypeDict),
	rows.Nullable(rows.ColSkinType, rows.TypeDict), rows.Nullable(rows.ColSkinTypeOrigin, rows.TypeDict),
	rows.Nullable(rows.ColSkinITA, rows.TypeFloat32), rows.Nullable(rows.ColShown, rows.TypeDict),
	rows.Nullable(rows.ColShownOrigin, rows.TypeDict), rows.Nullable(rows.ColShownConfidence, rows.TypeFloat32),
	rows.Nullable(rows.ColSkinToneAbstained, rows.TypeDict), // null without pictures
}

// Bind checks the columns.
func (s Describe) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	stated, err := rows.ColumnsOf(in, rows.Nullable(rows.ColBodySite, rows.TypeDict),
		rows.Nullable(rows.ColFitzpatrick, rows.TypeDict), rows.Nullable(rows.ColImageType, rows.TypeDict))
	if err != nil {
		return nil, nil, err
	}
	out := arrow.NewSchema(slices.Concat(in.Fields(), describedFields), nil)
	if !in.HasField(rows.ColITA) {
		return out, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
			columns := s.statedAlone(batch.Column(stated[0]), batch.Column(stated[1]), batch.Column(stated[2]))
			return array.NewRecordBatch(out, slices.Concat(batch.Columns(), columns), batch.NumRows()), nil
		}, nil
	}
	shown, err := rows.ColumnsOf(in, rows.ShownFields...)
	if err != nil {
		return nil, nil, err
	}
	return out, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		column := func(i int) arrow.Array { return batch.Column(shown[i]) } // of rows.ShownFields
		ita, tone, abstains, kind, sure, part := column(0), column(1), column(2), column(3), column(4), column(5)
		site := mapTexts(batch.Column(stated[0]), s.Part)
		fitzpatrick, imageType := batch.Column(stated[1]), batch.Column(stated[2])
		shows := either(imageType, kind)
		why := mapTexts(shows, noTone)
		tone = nullWhere(tone, why)
		columns := slices.Concat(batch.Columns(), []arrow.Array{
			either(site, part), originOf(site, part),
			either(fitzpatrick, tone), originOf(fitzpatrick, tone), nullUnless(ita, tone),
			shows, originOf(imageType, kind), nullWhere(sure, imageType), either(why, abstains),
		})
		return array.NewRecordBatch(out, columns, batch.NumRows()), nil
	}, nil
}

// statedAlone are the columns of rows of which no pictures are known.
func (s Describe) statedAlone(site, fitzpatrick, imageType arrow.Array) []arrow.Array {
	n, part := site.Len(), mapTexts(site, s.Part)
	return []arrow.Array{
		part, statedWhere(part, originTexts), fitzpatrick, statedWhere(fitzpatrick, originTexts),
		allNull(rows.TypeFloat32, n), imageType, statedWhere(imageType, originTexts), allNull(rows.TypeFloat32, n),
		allNull(rows.TypeDict, n),
	}
}

// mapTexts is a column of what a function makes of the texts of another, each of which it is asked about once; what it
// makes nothing of is null.
func mapTexts(column arrow.Array, of func(text string) string) arrow.Array {
	codes, texts := rows.CodesOf(column)
	values := make([]string, texts.Len())
	for i := range values {
		values[i] = of(texts.Value(i))
	}
	codes = slices.Clone(codes)
	for i := range codes {
		if column.IsNull(i) || values[codes[i]] == "" {
			codes[i] = -1
		}
	}
	return rows.DictColumn(codes, rows.Texts(values))
}

var originTexts = rows.Texts([]string{stated, estimated})

// originOf is "stated" where the first column has a value, "estimated" where only the second has.
func originOf(first, second arrow.Array) arrow.Array {
	codes := make([]int32, first.Len())
	for i := range codes {
		switch {
		case first.IsValid(i):
			codes[i] = 0
		case second.IsValid(i):
			codes[i] = 1
		default:
			codes[i] = -1
		}
	}
	return rows.DictColumn(codes, originTexts)
}

// noTone is why no skin tone is estimated of images of a type, if so: light and contact of a dermoscope change it, and
// what shows no skin has none.
func noTone(imageType string) string {
	if imageType == dataset.Dermoscopy || imageType == dataset.NonDermatological {
		return imageType
	}
	return ""
}

// nullWhere is a column without the values of rows that another one has a value for.
func nullWhere(column, other arrow.Array) arrow.Array {
	return nullIf(column, func(i int) bool { return other.IsValid(i) })
}

// nullUnless is a column without the values of rows that another one has none for.
func nullUnless(column, other arrow.Array) arrow.Array {
	return nullIf(column, func(i int) bool { return other.IsNull(i) })
}

func nullIf(column arrow.Array, gone func(row int) bool) arrow.Array {
	n := rows.NullsOver(column)
	for i := range column.Len() {
		if column.IsNull(i) || gone(i) {
			n.Set(i)
		}
	}
	return rows.WithNulls(column, n)
}
