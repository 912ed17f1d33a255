package stages

import (
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
)

// Columns of the outputs that do not stand in the rows (spec 10).
const (
	OutImageID    = "image_id"
	OutSource     = "source"
	OutSourcePath = "source_path"
	OutTarget     = "target_name"
	OutSplit      = "split"

	// DecimalsKey is the key of a float32 field's metadata that says how many decimals a CSV shows.
	DecimalsKey = "decimals"
)

// Keep keeps the rows of one source that are selected or, with Rejected, the others, and puts their image_id first. It drops ColMaskPath,
// which no output table reads.
type Keep struct {
	Source   string
	Rejected bool
}

// Name is the stage's name in errors.
func (Keep) Name() string { return "keep" }

// Bind checks the columns that decide.
func (k Keep) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	key, err := columnsOf(in, arrow.Field{Name: ColImagePath, Type: typeText}, arrow.Field{Name: ColFate, Type: typeUint8})
	if err != nil {
		return nil, nil, err
	}
	kept, choose := columnsWhere(in, func(name string) bool { return name != ColMaskPath })
	path := kept.FieldIndices(ColImagePath)[0]
	out := arrow.NewSchema(slices.Concat([]arrow.Field{{Name: OutImageID, Type: typeText}}, kept.Fields()), nil)
	return out, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		rows, err := k.rows(batch.Column(key[1]).(*array.Uint8))
		if err != nil {
			return nil, err
		}
		if batch.Column(key[0]).NullN() > 0 {
			return nil, errors.New("column image_path holds a null")
		}
		if batch, err = choose(batch); err != nil {
			return nil, err
		}
		taken := engine.Take(batch, rows)
		columns := slices.Concat([]arrow.Array{imageIDs(k.Source, taken.Column(path))}, taken.Columns())
		return array.NewRecordBatch(out, columns, taken.NumRows()), nil
	}, nil
}

// rows are the rows of a fate that is wanted.
func (k Keep) rows(fates *array.Uint8) ([]int32, error) {
	if fates.NullN() > 0 {
		return nil, errors.New("column fate holds a null")
	}
	rows := make([]int32, 0, fates.Len())
	for i, f := range fates.Uint8Values() {
		if int(f) >= len(reasons) {
			return nil, errors.New("column fate holds no reason")
		}
		if (Reason(f) != Alive) == k.Rejected {
			rows = append(rows, int32(i))
		}
	}
	return rows, nil
}

// imageIDs are <source>/<path>.
func imageIDs(source string, paths arrow.Array) arrow.Array {
	p := paths.(*array.String)
	out := newText(p.Len(), p.Len()*(len(source)+1)+len(p.ValueBytes()))
	for i := range p.Len() {
		out.add(source, "/", p.Value(i))
	}
	return out.array()
}

// Selected makes the hard-label table of one source behind Keep: exactly the columns of spec 10, and the extras last. Text is
// dictionary-encoded except ids and paths. Columns of pictures are null where nothing makes them. Body part is the stated site, in lower case and with single
// blanks.
type Selected struct {
	Source    string
	Licence   string     // empty: unknown
	CropState string     // done | pending | none
	Names     []string   // Join.Names
	Codes     [][]string // ICD-11 codes of final classes, by name, as the output lists them
}

// Name is the stage's name in errors.
func (Selected) Name() string { return "selected" }

var (
	typeTexts  = arrow.ListOf(typeDict)
	splitNames = texts(Splits[:])
	statedOnly = texts([]string{stated})
)

// selectedFields are the columns of spec 10 for the hard-label table.
var selectedFields = []arrow.Field{
	{Name: OutImageID, Type: typeText}, nullable(ColImagePath, typeText), {Name: OutSource, Type: typeDict}, {Name: OutSourcePath, Type: typeText},
	nullable("sha256", typeText), nullable("sha256_published", typeText), nullable(ColLabel, typeDict), nullable("mapped_name", typeDict),
	nullable(OutTarget, typeDict), nullable("icd11_codes", typeTexts), nullable(ColClassID, typeInt32), nullable(OutSplit, typeDict),
	nullable("group_id", typeText), nullable(ColPatient, typeText), nullable(ColLesion, typeText), nullable(ColSex, typeDict),
	nullable(ColAge, typeFloat32), nullable("body_part", typeDict), nullable("body_part_origin", typeDict), nullable(ColFitzpatrick, typeDict),
	nullable("fitzpatrick_origin", typeDict), decimals("ita", "2"), nullable(ColImageType, typeDict), nullable("image_type_origin", typeDict),
	decimals("image_type_confidence", "4"), nullable("width", typeInt32), nullable("height", typeInt32), nullable("crops", typeInt32),
	nullable("crop_state", typeDict), nullable(ColLabelOrigin, typeDict), nullable(ColDiagnosisMethod, typeDict), nullable("licence", typeDict),
}

func decimals(name, digits string) arrow.Field {
	return arrow.Field{Name: name, Type: typeFloat32, Nullable: true, Metadata: arrow.NewMetadata([]string{DecimalsKey}, []string{digits})}
}

// selectedReads are the columns that Selected reads.
var selectedReads = []arrow.Field{
	{Name: OutImageID, Type: typeText}, {Name: ColImagePath, Type: typeText}, nullable(ColLabel, typeDict), nullable(ColLabelOrigin, typeDict),
	nullable(ColPatient, typeText), nullable(ColLesion, typeText), nullable(ColSex, typeDict), nullable(ColAge, typeFloat32),
	nullable(ColBodySite, typeDict), nullable(ColFitzpatrick, typeDict), nullable(ColImageType, typeDict), nullable(ColDiagnosisMethod, typeDict),
	nullable(ColMapped, typeInt32), nullable(ColTarget, typeInt32), nullable(ColClassID, typeInt32), nullable(ColSplit, typeUint8),
	nullable(ColGroup, typeUint64),
}

// Bind checks the columns.
func (s Selected) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	_, err := columnsOf(in, selectedReads...)
	more, _, moreErr := extras(in)
	if len(s.Codes) != len(s.Names) {
		err = errors.Join(err, errors.New("codes and names differ in number"))
	}
	if err := errors.Join(err, moreErr); err != nil {
		return nil, nil, err
	}
	out := arrow.NewSchema(slices.Concat(selectedFields, more), nil)
	names, codes := texts(s.Names), newCodeList(s.Codes)
	return out, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		n := int(batch.NumRows())
		column := func(name string) arrow.Array { return batch.Column(in.FieldIndices(name)[0]) }
		made := map[string]arrow.Array{
			ColImagePath: nil, OutSourcePath: column(ColImagePath),
			OutSource: constant(s.Source, n), "licence": constant(s.Licence, n), "crop_state": constant(s.CropState, n),
			"mapped_name": array.NewDictionaryArray(typeDict, column(ColMapped), names),
			OutTarget:     array.NewDictionaryArray(typeDict, column(ColTarget), names),
			"icd11_codes": codes.column(column(ColTarget)), OutSplit: splitColumn(column(ColSplit)), "group_id": groupTexts(column(ColGroup)),
			"body_part": bodyParts(column(ColBodySite)), "body_part_origin": statedWhere(column(ColBodySite)),
			"fitzpatrick_origin": statedWhere(column(ColFitzpatrick)), "image_type_origin": statedWhere(column(ColImageType)),
		}
		columns := make([]arrow.Array, out.NumFields())
		for i, f := range out.Fields() {
			c, isMade := made[f.Name]
			switch {
			case c != nil:
			case !isMade && in.HasField(f.Name):
				c = column(f.Name)
			default:
				c = allNull(f.Type, n)
			}
			columns[i] = c
		}
		return array.NewRecordBatch(out, columns, int64(n)), nil
	}, nil
}

// A codeList is the codes of every name: name n has those from ends[n] to ends[n+1] in codes, which are numbers in dictionary.
type codeList struct {
	ends, codes []int32
	dictionary  arrow.Array
}

func newCodeList(codes [][]string) *codeList {
	l := &codeList{ends: []int32{0}}
	var all []string
	for _, list := range codes {
		all = append(all, list...)
		l.ends = append(l.ends, int32(len(all)))
	}
	dictionary := slices.Compact(slices.Sorted(slices.Values(all)))
	for _, t := range all {
		code, _ := slices.BinarySearch(dictionary, t)
		l.codes = append(l.codes, int32(code))
	}
	l.dictionary = texts(dictionary)
	return l
}

// column is the codes of the rows' names.
func (l *codeList) column(target arrow.Array) arrow.Array {
	values := int32sOf(target)
	offsets := append(make([]int32, 0, len(values)+1), 0)
	codes := make([]int32, 0, 2*len(values))
	n := newNulls(len(values))
	for i, v := range values {
		if target.IsNull(i) {
			n.set(i)
		} else {
			codes = append(codes, l.codes[l.ends[v]:l.ends[v+1]]...)
		}
		offsets = append(offsets, int32(len(codes)))
	}
	return lists(typeTexts, offsets, dictColumn(codes, l.dictionary).Data(), n)
}

// DropExtra drops the columns extra.*, which stand in Parquet files only.
type DropExtra struct{}

// Name is the stage's name in errors.
func (DropExtra) Name() string { return "drop extra" }

// Bind never fails.
func (DropExtra) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	out, choose := columnsWhere(in, func(name string) bool { return !strings.HasPrefix(name, ExtraPrefix) })
	return out, choose, nil
}

// columnsWhere keeps the columns of which want is true.
func columnsWhere(in *arrow.Schema, want func(name string) bool) (*arrow.Schema, apply) {
	var fields []arrow.Field
	var at []int
	for i, f := range in.Fields() {
		if want(f.Name) {
			fields, at = append(fields, f), append(at, i)
		}
	}
	out := arrow.NewSchema(fields, nil)
	return out, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		columns := make([]arrow.Array, len(at))
		for i, c := range at {
			columns[i] = batch.Column(c)
		}
		return array.NewRecordBatch(out, columns, batch.NumRows()), nil
	}
}

// Rejected makes the table of one source's rejected rows behind Keep (spec 10): where each ended and the last name it had.
type Rejected struct {
	Source string
	Names  []string // Join.Names
}

// Name is the stage's name in errors.
func (Rejected) Name() string { return "rejected" }

var (
	rejectedSchema = arrow.NewSchema([]arrow.Field{
		{Name: OutImageID, Type: typeText}, {Name: OutSource, Type: typeDict}, {Name: OutSourcePath, Type: typeText}, nullable(ColLabel, typeDict),
		nullable(OutTarget, typeDict), {Name: "stage", Type: typeDict}, {Name: ColReason, Type: typeDict}, nullable("detail", typeDict),
	}, nil)
	reasonNames, reasonStages = reasonTexts()
)

func reasonTexts() (names, stages arrow.Array) {
	var n, s []string
	for r := range reasons {
		n, s = append(n, Reason(r).String()), append(s, Reason(r).Stage())
	}
	return texts(n), texts(s)
}

// Bind checks the columns.
func (s Rejected) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	at, err := columnsOf(in, arrow.Field{Name: OutImageID, Type: typeText}, arrow.Field{Name: ColImagePath, Type: typeText}, nullable(ColLabel, typeDict),
		nullable(ColTarget, typeInt32), arrow.Field{Name: ColFate, Type: typeUint8})
	if err != nil {
		return nil, nil, err
	}
	detail := func(_ arrow.RecordBatch, n int) arrow.Array { return allNull(typeDict, n) }
	if in.HasField(ColDetail) { // pictures are known
		more, err := columnsOf(in, nullable(ColDetail, typeDict), nullable(ColFlaw, typeDict))
		if err != nil {
			return nil, nil, err
		}
		detail = func(batch arrow.RecordBatch, _ int) arrow.Array {
			return either(batch.Column(more[0]), batch.Column(more[1]))
		}
	}
	dash := int32(len(s.Names))
	names := texts(append(slices.Clone(s.Names), "-"))
	return rejectedSchema, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		column := func(i int) arrow.Array { return batch.Column(at[i]) }
		targets, fates := slices.Clone(orMinusOne(column(3))), column(4).(*array.Uint8).Uint8Values()
		n := len(fates)
		reason, stage := make([]int32, n), make([]int32, n)
		for i, fate := range fates {
			reason[i], stage[i] = int32(fate), int32(fate)
			if Reason(fate) == LabelExcluded {
				targets[i] = dash
			}
		}
		return array.NewRecordBatch(rejectedSchema, []arrow.Array{
			column(0), constant(s.Source, n), column(1), column(2), dictColumn(targets, names),
			dictColumn(stage, reasonStages), dictColumn(reason, reasonNames), detail(batch, n),
		}, int64(n)), nil
	}, nil
}

// either is a dictionary column of what the first column has, or else the second.
func either(a, b arrow.Array) arrow.Array {
	first, firstTexts := codesOf(a)
	second, secondTexts := codesOf(b)
	codes := make([]int32, len(first))
	for i := range codes {
		switch {
		case a.IsValid(i):
			codes[i] = first[i]
		case b.IsValid(i):
			codes[i] = int32(firstTexts.Len()) + second[i]
		default:
			codes[i] = -1
		}
	}
	var all []string
	for _, dictionary := range []*array.String{firstTexts, secondTexts} {
		for i := range dictionary.Len() {
			all = append(all, dictionary.Value(i))
		}
	}
	return dictColumn(codes, texts(all))
}

// splitColumn shows ColSplit as text.
func splitColumn(split arrow.Array) arrow.Array {
	codes := make([]int32, split.Len())
	for i, s := range split.(*array.Uint8).Uint8Values() {
		codes[i] = int32(s)
		if split.IsNull(i) {
			codes[i] = -1
		}
	}
	return dictColumn(codes, splitNames)
}

// groupTexts shows ColGroup as 16 hex digits.
func groupTexts(groups arrow.Array) arrow.Array {
	out := newText(groups.Len(), 16*groups.Len())
	for i, g := range groups.(*array.Uint64).Uint64Values() {
		if groups.IsNull(i) {
			out.addNull()
			continue
		}
		id := [8]byte{byte(g >> 56), byte(g >> 48), byte(g >> 40), byte(g >> 32), byte(g >> 24), byte(g >> 16), byte(g >> 8), byte(g)}
		out.bytes = hex.AppendEncode(out.bytes, id[:])
		out.end()
	}
	return out.array()
}

// statedWhere is "stated" where a column has a value.
func statedWhere(column arrow.Array) arrow.Array {
	codes := make([]int32, column.Len())
	for i := range codes {
		if column.IsNull(i) {
			codes[i] = -1
		}
	}
	return dictColumn(codes, statedOnly)
}

// bodyParts are stated sites in lower case, with single blanks.
func bodyParts(site arrow.Array) arrow.Array {
	codes, dictionary := codesOf(site)
	values := make([]string, dictionary.Len())
	for i := range values {
		values[i] = strings.Join(strings.Fields(strings.ToLower(dictionary.Value(i))), " ")
	}
	codes = slices.Clone(codes)
	for i := range codes {
		if site.IsNull(i) || values[codes[i]] == "" {
			codes[i] = -1
		}
	}
	return dictColumn(codes, texts(values))
}
