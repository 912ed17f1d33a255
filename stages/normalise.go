package stages

import (
	"encoding/json"
	"errors"
	"slices"
	"sort"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/rows"
)

// The values of ColLabelOrigin.
const (
	stated     = "stated"
	estimated  = "estimated"
	derived    = "derived"
	derivedTie = "derived_tie"
)

var origins = rows.Texts([]string{stated, derived, derivedTie})

// Normalise reads the raw cells of a dataset CSV as spec 4 says: empty cells become null, sex, age, Fitzpatrick type,
// image type and diagnosis method get their normal form, ids that mean "no id" become null. A cell that holds nothing
// allowed becomes null too and is told in ColBad; the row stays. Labels are left byte for byte,
// differentials are parsed.
//
// In: the raw columns of columns.go. Out: ColImagePath … ColBad, then the differentials as stated for Labels and Join
// (see statedEntries), then the extras. Work on dictionary columns is done once per distinct cell of a batch.
type Normalise struct {
	IDMissing []string // texts that mean no patient or lesion id, byte for byte (source.yaml's id_missing)
}

// Name is the stage's name in errors.
func (Normalise) Name() string { return "normalise" }

// rawFields are the columns of a dataset CSV, in the order of dataset.Columns.
var rawFields = []arrow.Field{
	rows.Nullable(dataset.ImagePath, rows.TypeText), rows.Nullable(dataset.Label, rows.TypeDict),
	rows.Nullable(dataset.Differentials, rows.TypeText), rows.Nullable(dataset.PatientID, rows.TypeText),
	rows.Nullable(dataset.LesionID, rows.TypeText), rows.Nullable(dataset.SexColumn, rows.TypeDict),
	rows.Nullable(dataset.AgeColumn, rows.TypeDict), rows.Nullable(dataset.BodySite, rows.TypeDict),
	rows.Nullable(dataset.FitzpatrickType, rows.TypeDict), rows.Nullable(dataset.ImageTypeColumn, rows.TypeDict),
	rows.Nullable(dataset.MethodColumn, rows.TypeDict), rows.Nullable(dataset.MaskPath, rows.TypeText),
}

// cellFields are the columns that Normalise makes, before the differentials and the extras.
var cellFields = []arrow.Field{
	{Name: rows.ColImagePath, Type: rows.TypeText}, rows.Nullable(rows.ColLabel, rows.TypeDict),
	rows.Nullable(rows.ColLabelOrigin, rows.TypeDict), rows.Nullable(rows.ColPatient, rows.TypeText),
	rows.Nullable(rows.ColLesion, rows.TypeText), rows.Nullable(rows.ColSex, rows.TypeDict),
	rows.Nullable(rows.ColAge, rows.TypeFloat32), rows.Nullable(rows.ColBodySite, rows.TypeDict),
	rows.Nullable(rows.ColFitzpatrick, rows.TypeDict), rows.Nullable(rows.ColImageType, rows.TypeDict),
	rows.Nullable(rows.ColDiagnosisMethod, rows.TypeDict), rows.Nullable(rows.ColMaskPath, rows.TypeText),
	rows.Nullable(rows.ColBad, rows.TypeText),
}

// A standard is a column of few allowed values: its texts and the reader that gives a cell its normal form.
type standard struct {
	values []string
	column arrow.Array
	read   func(cell string) (string, bool)
}

func newStandard(read func(string) (string, bool), values ...string) standard {
	return standard{values, rows.Texts(values), read}
}

var (
	sexes         = newStandard(dataset.Sex, "male", "female", "other")
	fitzpatricks  = newStandard(dataset.Fitzpatrick, "1", "2", "3", "4", "5", "6")
	imageTypes    = newStandard(dataset.ImageType, dataset.ImageTypes...)
	methodsOfRows = newStandard(dataset.DiagnosisMethod, "histopathology", "consensus", "single", "unknown")
)

// Bind checks the raw columns.
func (s Normalise) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	at, err := rows.ColumnsOf(in, rawFields...)
	more, moreAt, moreErr := extras(in)
	if err := errors.Join(err, moreErr); err != nil {
		return nil, nil, err
	}
	fields := append(slices.Clone(cellFields), rows.Nullable(dataset.Differentials, typeStatedEntries))
	out := arrow.NewSchema(append(fields, more...), nil)
	missing := newIDSet(s.IDMissing)
	return out, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		raw := func(i int) arrow.Array { return batch.Column(at[i]) }
		if raw(0).NullN() > 0 {
			return nil, errors.New("image_path holds a null")
		}
		var bad badCells
		label := emptyCodes(raw(1))
		columns := []arrow.Array{
			raw(0), label, statedWhere(label, origins), emptyTexts(raw(3), missing), emptyTexts(raw(4), missing),
			sexes.normal(raw(5), rows.ColSex, &bad), ages(raw(6), &bad), emptyCodes(raw(7)),
			fitzpatricks.normal(raw(8), rows.ColFitzpatrick, &bad), imageTypes.normal(raw(9), rows.ColImageType, &bad),
			methodsOfRows.normal(raw(10), rows.ColDiagnosisMethod, &bad), emptyTexts(raw(11), nil), nil,
			parseDifferentials(raw(2).(*array.String), &bad),
		}
		columns[len(cellFields)-1] = bad.column(int(batch.NumRows()))
		for _, i := range moreAt {
			columns = append(columns, emptyTexts(batch.Column(i), nil))
		}
		return array.NewRecordBatch(out, columns, batch.NumRows()), nil
	}, nil
}

// normal gives every cell of a column its normal form.
func (s standard) normal(column arrow.Array, name string, bad *badCells) arrow.Array {
	codes, dictionary := rows.CodesOf(column)
	table := make([]int32, dictionary.Len())
	for i := range table {
		value, ok := s.read(dictionary.Value(i))
		table[i] = int32(slices.Index(s.values, value))
		if !ok {
			table[i] = badCell
		}
	}
	out := make([]int32, len(codes))
	for i, c := range codes {
		out[i] = -1
		if column.IsNull(i) {
			continue
		}
		if out[i] = table[c]; out[i] == badCell {
			bad.add(i, name, dictionary.Value(int(c)))
		}
	}
	return rows.DictColumn(out, s.column)
}

// badCell marks a dictionary entry that holds nothing allowed; like -1 it is no code.
const badCell = -2

// ages reads a column of ages.
func ages(column arrow.Array, bad *badCells) arrow.Array {
	codes, dictionary := rows.CodesOf(column)
	years := make([]float32, dictionary.Len())
	state := make([]int8, dictionary.Len()) // 0: known, -1: empty, badCell
	for i := range years {
		value, known, ok := dataset.Age(dictionary.Value(i))
		years[i] = value
		if !ok {
			state[i] = badCell
		} else if !known {
			state[i] = -1
		}
	}
	out := make([]float32, len(codes))
	n := rows.NewNulls(len(codes))
	for i, c := range codes {
		switch {
		case column.IsNull(i):
			n.Set(i)
		case state[c] < 0:
			n.Set(i)
			if state[c] == badCell {
				bad.add(i, rows.ColAge, dictionary.Value(int(c)))
			}
		default:
			out[i] = years[c]
		}
	}
	return rows.Fixed(rows.TypeFloat32, out, n)
}

// emptyCodes makes the empty cells of a dictionary column null and shares the rest.
func emptyCodes(column arrow.Array) arrow.Array {
	codes, dictionary := rows.CodesOf(column)
	empty := make([]bool, dictionary.Len())
	found := column.NullN() > 0
	for i := range empty {
		empty[i] = dictionary.ValueLen(i) == 0
		found = found || empty[i]
	}
	if !found {
		return column
	}
	n := rows.NullsOver(column)
	for i, c := range codes {
		if column.IsNull(i) || empty[c] {
			n.Set(i)
		}
	}
	return rows.WithNulls(column, n)
}

// emptyTexts makes the empty cells of a text column, and those in missing, null and shares the rest.
func emptyTexts(column arrow.Array, missing *idSet) arrow.Array {
	text := column.(*array.String)
	offsets := text.ValueOffsets()
	n := rows.NullsOver(text)
	hasNulls := text.NullN() > 0
	for i := range text.Len() {
		length := offsets[i+1] - offsets[i]
		if length == 0 || hasNulls && text.IsNull(i) || missing.mayHold(length) && missing.has(text.Value(i)) {
			n.Set(i)
		}
	}
	return rows.WithNulls(text, n)
}

// An idSet holds few texts; most others are told apart by length alone. A nil set is empty.
type idSet struct {
	lengths uint64 // bit min(length, 63)
	texts   map[string]struct{}
}

func newIDSet(values []string) *idSet {
	if len(values) == 0 {
		return nil
	}
	s := &idSet{texts: map[string]struct{}{}}
	for _, v := range values {
		s.texts[v] = struct{}{}
		s.lengths |= 1 << min(len(v), 63)
	}
	return s
}

func (s *idSet) mayHold(length int32) bool { return s != nil && s.lengths>>min(length, 63)&1 != 0 }

func (s *idSet) has(text string) bool {
	_, has := s.texts[text]
	return has
}

// badCells collects the cells of a batch that hold nothing allowed. They are few, or the source is broken.
type badCells struct {
	rows  []int
	cells []string // column=value
}

// maxBadBytes bounds the part of a bad cell that is told.
const maxBadBytes = 256

func (b *badCells) add(row int, column, value string) {
	if len(value) > maxBadBytes {
		end := maxBadBytes
		for end > maxBadBytes-utf8.UTFMax && !utf8.RuneStart(value[end]) {
			end--
		}
		value = value[:end] + "…"
	}
	b.rows, b.cells = append(b.rows, row), append(b.cells, column+"="+value)
}

// column is ColBad: per row a JSON array of its cells, in the order in which they were added.
func (b *badCells) column(n int) arrow.Array {
	if len(b.rows) == 0 {
		return allNull(rows.TypeText, n)
	}
	order := make([]int, len(b.rows))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return b.rows[order[i]] < b.rows[order[j]] })
	out := rows.NewText(n, 0)
	for row := range n {
		var cells []string
		for len(order) > 0 && b.rows[order[0]] == row {
			cells = append(cells, b.cells[order[0]])
			order = order[1:]
		}
		if cells == nil {
			out.AddNull()
			continue
		}
		text, err := json.Marshal(cells)
		if err != nil {
			panic(err) // a list of strings always has a JSON form
		}
		out.Bytes = append(out.Bytes, text...)
		out.End()
	}
	return out.Array()
}

// readBad is the opposite of column, for one row; it adds the cells of the row to b.
func (b *badCells) readBad(row int, text string) {
	var cells []string
	if err := json.Unmarshal([]byte(text), &cells); err != nil {
		panic("column bad holds no JSON list: " + text)
	}
	for _, c := range cells {
		b.rows, b.cells = append(b.rows, row), append(b.cells, c)
	}
}

// statedWhere is "stated", the first of texts, where a column has a value.
func statedWhere(column, texts arrow.Array) arrow.Array {
	codes := make([]int32, column.Len())
	for i := range codes {
		if column.IsNull(i) {
			codes[i] = -1
		}
	}
	return rows.DictColumn(codes, texts)
}
