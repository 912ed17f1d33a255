package stages

import (
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/rows"
)

// Pseudonymise puts pseudonyms in the place of ids and paths, behind Keep, so that no table after it sees an original,
// and drops the extras, of which nobody knows what they hold. What is unknown stays so.
type Pseudonymise struct {
	Source string
	// what takes the place of an image_path, an image_id of any source, a patient_id, a lesion_id, a mask_path, and of
	// what is said of a picture that cannot be used, which may name its file
	Image, ImageID, Patient, Lesion, Mask, Said func(original string) string
}

// Name is the stage's name in errors.
func (Pseudonymise) Name() string { return "pseudonymise" }

// Bind checks the columns.
func (s Pseudonymise) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	at, err := rows.ColumnsOf(in, arrow.Field{Name: OutImageID, Type: rows.TypeText},
		arrow.Field{Name: rows.ColImagePath, Type: rows.TypeText})
	if err != nil {
		return nil, nil, err
	}
	others := map[int]func(arrow.Array) arrow.Array{}
	for name, made := range map[string]func(string) string{
		rows.ColPatient: s.Patient, rows.ColLesion: s.Lesion, rows.ColMaskPath: s.Mask} {
		for _, i := range in.FieldIndices(name) {
			others[i] = func(column arrow.Array) arrow.Array { return eachText(column, made) }
		}
	}
	for name, made := range map[string]func(string) string{rows.ColDetail: s.ImageID, rows.ColFlaw: s.Said} {
		for _, i := range in.FieldIndices(name) {
			others[i] = func(column arrow.Array) arrow.Array {
				d := column.(*array.Dictionary)
				return array.NewDictionaryArray(rows.TypeDict, d.Indices(), eachText(d.Dictionary(), made))
			}
		}
	}
	out, choose := columnsWhere(in, func(name string) bool { return !strings.HasPrefix(name, rows.ExtraPrefix) })
	return out, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		columns := slices.Clone(batch.Columns())
		columns[at[1]] = eachText(columns[at[1]], s.Image)
		columns[at[0]] = imageIDs(s.Source, columns[at[1]])
		for i, of := range others {
			columns[i] = of(columns[i])
		}
		return choose(array.NewRecordBatch(in, columns, batch.NumRows()))
	}, nil
}

// eachText is a text column of what is made of each text; a null stays one.
func eachText(column arrow.Array, made func(string) string) arrow.Array {
	texts := column.(*array.String)
	out := rows.NewText(texts.Len(), 0)
	for i := range texts.Len() {
		if texts.IsNull(i) {
			out.AddNull()
		} else {
			out.Add(made(texts.Value(i)))
		}
	}
	return out.Array()
}
