package stages

import (
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/rows"
)

// Columns of the outputs that do not stand in the rows (spec 10).
const (
	OutImageID    = "image_id"
	OutSource     = "source"
	OutSourcePath = "source_path"
	OutTarget     = "target_name"
	OutSplit      = "split"
	OutCrops      = "crops" // int32: how many

	// DecimalsKey is the key of a float32 field's metadata that says how many decimals a CSV shows.
	DecimalsKey = "decimals"
)

// Keep keeps the rows of one source that are selected or, with Rejected, the others, and puts their image_id first. It
// drops of rejected rows the extras, and ColMaskPath where no crops are known: only their table reads it.
type Keep struct {
	Source   string
	Rejected bool
}

// Name is the stage's name in errors.
func (Keep) Name() string { return "keep" }

// Bind checks the columns that decide.
func (k Keep) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	key, err := rows.ColumnsOf(in, arrow.Field{Name: rows.ColImagePath, Type: rows.TypeText},
		arrow.Field{Name: rows.ColFate, Type: rows.TypeUint8})
	if err != nil {
		return nil, nil, err
	}
	cropped := in.HasField(rows.ColCrops)
	kept, choose := columnsWhere(in, func(name string) bool {
		if name == rows.ColMaskPath {
			return !k.Rejected && cropped
		}
		return !(k.Rejected && strings.HasPrefix(name, rows.ExtraPrefix))
	})
	path := kept.FieldIndices(rows.ColImagePath)[0]
	out := arrow.NewSchema(slices.Concat([]arrow.Field{{Name: OutImageID, Type: rows.TypeText}}, kept.Fields()), nil)
	return out, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		kept, err := k.kept(batch.Column(key[1]).(*array.Uint8))
		if err != nil {
			return nil, err
		}
		if batch.Column(key[0]).NullN() > 0 {
			return nil, errors.New("column image_path holds a null")
		}
		if batch, err = choose(batch); err != nil {
			return nil, err
		}
		taken := engine.Take(batch, kept)
		columns := slices.Concat([]arrow.Array{imageIDs(k.Source, taken.Column(path))}, taken.Columns())
		return array.NewRecordBatch(out, columns, taken.NumRows()), nil
	}, nil
}

// kept are the rows of a fate that is wanted.
func (k Keep) kept(fates *array.Uint8) ([]int32, error) {
	if fates.NullN() > 0 {
		return nil, errors.New("column fate holds a null")
	}
	kept := make([]int32, 0, fates.Len())
	for i, f := range fates.Uint8Values() {
		if int(f) >= rows.ReasonCount {
			return nil, errors.New("column fate holds no reason")
		}
		if (rows.Reason(f) != rows.Alive) == k.Rejected {
			kept = append(kept, int32(i))
		}
	}
	return kept, nil
}

// imageIDs are <source>/<path>.
func imageIDs(source string, paths arrow.Array) arrow.Array {
	p := paths.(*array.String)
	out := rows.NewText(p.Len(), p.Len()*(len(source)+1)+len(p.ValueBytes()))
	for i := range p.Len() {
		out.Add(source, "/", p.Value(i))
	}
	return out.Array()
}

// Selected makes the hard-label table of one source behind Keep and Describe: exactly the columns of spec 10, and the
// extras last. Text is dictionary-encoded except ids and paths. Columns of pictures are null where nothing makes them.
type Selected struct {
	Source      string
	Licence     string                 // empty: unknown
	CropState   string                 // pending | none: of an image that nobody has looked at for crops
	Pictureless bool                   // the source has no pictures, whatever others have
	Names       []string               // Join.Names
	Codes       [][]string             // ICD-11 codes of final classes, by name, as the output lists them
	GroupID     func(id string) string // what leaves in the place of a group_id; nil: the group_id
}

// Name is the stage's name in errors.
func (Selected) Name() string { return "selected" }

var (
	typeTexts  = arrow.ListOf(rows.TypeDict)
	splitNames = rows.Texts(dataset.Splits[:])
)

// selectedFields are the columns of spec 10 for the hard-label table.
var selectedFields = []arrow.Field{
	{Name: OutImageID, Type: rows.TypeText}, rows.Nullable(rows.ColImagePath, rows.TypeText),
	{Name: OutSource, Type: rows.TypeDict}, {Name: OutSourcePath, Type: rows.TypeText},
	rows.Nullable("sha256", rows.TypeText), rows.Nullable(rows.ColPublishedSum, rows.TypeText),
	rows.Nullable(rows.ColLabel, rows.TypeDict), rows.Nullable("mapped_name", rows.TypeDict),
	rows.Nullable(OutTarget, rows.TypeDict), rows.Nullable("icd11_codes", typeTexts),
	rows.Nullable(rows.ColClassID, rows.TypeInt32), rows.Nullable(OutSplit, rows.TypeDict),
	rows.Nullable("group_id", rows.TypeText), rows.Nullable(rows.ColPatient, rows.TypeText),
	rows.Nullable(rows.ColLesion, rows.TypeText), rows.Nullable(rows.ColSex, rows.TypeDict),
	rows.Nullable(rows.ColAge, rows.TypeFloat32), rows.Nullable(rows.ColBodyPart, rows.TypeDict),
	rows.Nullable(rows.ColBodyPartOrigin, rows.TypeDict), rows.Nullable(rows.ColFitzpatrick, rows.TypeDict),
	rows.Nullable("fitzpatrick_origin", rows.TypeDict), decimals(rows.ColITA, "2"),
	rows.Nullable(rows.ColImageType, rows.TypeDict), rows.Nullable("image_type_origin", rows.TypeDict),
	decimals("image_type_confidence", "4"), rows.Nullable("width", rows.TypeInt32),
	rows.Nullable("height", rows.TypeInt32), rows.Nullable(OutCrops, rows.TypeInt32),
	rows.Nullable(rows.ColCropState, rows.TypeDict), rows.Nullable(rows.ColLabelOrigin, rows.TypeDict),
	rows.Nullable(rows.ColDiagnosisMethod, rows.TypeDict), rows.Nullable("licence", rows.TypeDict),
}

func decimals(name, digits string) arrow.Field {
	return arrow.Field{Name: name, Type: rows.TypeFloat32, Nullable: true,
		Metadata: arrow.NewMetadata([]string{DecimalsKey}, []string{digits})}
}

// selectedReads are the columns that Selected reads.
var selectedReads = []arrow.Field{
	{Name: OutImageID, Type: rows.TypeText}, {Name: rows.ColImagePath, Type: rows.TypeText},
	rows.Nullable(rows.ColLabel, rows.TypeDict), rows.Nullable(rows.ColLabelOrigin, rows.TypeDict),
	rows.Nullable(rows.ColPatient, rows.TypeText), rows.Nullable(rows.ColLesion, rows.TypeText),
	rows.Nullable(rows.ColSex, rows.TypeDict), rows.Nullable(rows.ColAge, rows.TypeFloat32),
	rows.Nullable(rows.ColSkinType, rows.TypeDict), rows.Nullable(rows.ColSkinTypeOrigin, rows.TypeDict),
	rows.Nullable(rows.ColSkinITA, rows.TypeFloat32), rows.Nullable(rows.ColShown, rows.TypeDict),
	rows.Nullable(rows.ColShownOrigin, rows.TypeDict), rows.Nullable(rows.ColShownConfidence, rows.TypeFloat32),
	rows.Nullable(rows.ColBodyPart, rows.TypeDict), rows.Nullable(rows.ColBodyPartOrigin, rows.TypeDict),
	rows.Nullable(rows.ColDiagnosisMethod, rows.TypeDict),
	rows.Nullable(rows.ColMapped, rows.TypeInt32), rows.Nullable(rows.ColTarget, rows.TypeInt32),
	rows.Nullable(rows.ColClassID, rows.TypeInt32), rows.Nullable(rows.ColSplit, rows.TypeUint8),
	rows.Nullable(rows.ColGroup, rows.TypeUint64),
}

// Bind checks the columns.
func (s Selected) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	_, err := rows.ColumnsOf(in, selectedReads...)
	more, _, moreErr := extras(in)
	if len(s.Codes) != len(s.Names) {
		err = errors.Join(err, errors.New("codes and names differ in number"))
	}
	if err := errors.Join(err, moreErr); err != nil {
		return nil, nil, err
	}
	out := arrow.NewSchema(slices.Concat(selectedFields, more), nil)
	names, codes := rows.Texts(s.Names), newCodeList(s.Codes)
	groups := GroupTexts
	if s.GroupID != nil {
		groups = func(ids arrow.Array) arrow.Array { return eachText(GroupTexts(ids), s.GroupID) }
	}
	return out, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		n := int(batch.NumRows())
		column := func(name string) arrow.Array { return batch.Column(in.FieldIndices(name)[0]) }
		made := map[string]arrow.Array{
			rows.ColImagePath: publishedPaths(batch), OutSourcePath: column(rows.ColImagePath),
			OutSource: constant(s.Source, n), "licence": constant(s.Licence, n),
			"mapped_name": array.NewDictionaryArray(rows.TypeDict, column(rows.ColMapped), names),
			OutTarget:     array.NewDictionaryArray(rows.TypeDict, column(rows.ColTarget), names),
			"icd11_codes": codes.column(column(rows.ColTarget)), OutSplit: splitColumn(column(rows.ColSplit)),
			"group_id":          groups(column(rows.ColGroup)),
			rows.ColFitzpatrick: column(rows.ColSkinType), "fitzpatrick_origin": column(rows.ColSkinTypeOrigin),
			rows.ColITA: column(rows.ColSkinITA), rows.ColImageType: column(rows.ColShown),
			"image_type_origin": column(rows.ColShownOrigin), "image_type_confidence": column(rows.ColShownConfidence),
		}
		s.cropped(batch, made)
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

// cropped makes the columns of crops: how many there are, and whether more are to come.
func (s Selected) cropped(batch arrow.RecordBatch, made map[string]arrow.Array) {
	n := int(batch.NumRows())
	at := batch.Schema().FieldIndices(rows.ColCrops)
	if len(at) == 0 || s.Pictureless {
		made[OutCrops], made[rows.ColCropState] = nil, constant(s.CropState, n)
		return
	}
	crops, counts := batch.Column(at[0]).(*array.List), make([]int32, n)
	for i := range counts {
		if crops.IsValid(i) {
			from, to := crops.ValueOffsets(i)
			counts[i] = int32(to - from)
		}
	}
	made[OutCrops] = rows.Fixed(rows.TypeInt32, counts, nil)
	made[rows.ColCropState] = batch.Column(batch.Schema().FieldIndices(rows.ColCropState)[0])
}

// A codeList is the codes of every name: name n has those from ends[n] to ends[n+1] in codes,
// which are numbers in dictionary.
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
	l.dictionary = rows.Texts(dictionary)
	return l
}

// column is the codes of the rows' names.
func (l *codeList) column(target arrow.Array) arrow.Array {
	values := rows.Int32sOf(target)
	offsets := append(make([]int32, 0, len(values)+1), 0)
	codes := make([]int32, 0, 2*len(values))
	n := rows.NewNulls(len(values))
	for i, v := range values {
		if target.IsNull(i) {
			n.Set(i)
		} else {
			codes = append(codes, l.codes[l.ends[v]:l.ends[v+1]]...)
		}
		offsets = append(offsets, int32(len(codes)))
	}
	return lists(typeTexts, offsets, rows.DictColumn(codes, l.dictionary).Data(), n)
}

// DropExtra drops the columns extra.*, which stand in Parquet files only.
type DropExtra struct{}

// Name is the stage's name in errors.
func (DropExtra) Name() string { return "drop extra" }

// Bind never fails.
func (DropExtra) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	out, choose := columnsWhere(in, func(name string) bool { return !strings.HasPrefix(name, rows.ExtraPrefix) })
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

// Rejected makes the table of one source's rejected rows behind Keep (spec 10):
// where each ended and the last name it had.
type Rejected struct {
	Source string
	Names  []string // Join.Names
}

// Name is the stage's name in errors.
func (Rejected) Name() string { return "rejected" }

var (
	rejectedSchema = arrow.NewSchema([]arrow.Field{
		{Name: OutImageID, Type: rows.TypeText}, {Name: OutSource, Type: rows.TypeDict},
		{Name: OutSourcePath, Type: rows.TypeText}, rows.Nullable(rows.ColLabel, rows.TypeDict),
		rows.Nullable(OutTarget, rows.TypeDict), {Name: "stage", Type: rows.TypeDict},
		{Name: rows.ColReason, Type: rows.TypeDict}, rows.Nullable("detail", rows.TypeDict),
	}, nil)
	reasonNames, reasonStages = reasonTexts()
)

func reasonTexts() (names, stages arrow.Array) {
	var n, s []string
	for r := range rows.ReasonCount {
		n, s = append(n, rows.Reason(r).String()), append(s, rows.Reason(r).Stage())
	}
	return rows.Texts(n), rows.Texts(s)
}

// Bind checks the columns.
func (s Rejected) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	at, err := rows.ColumnsOf(in, arrow.Field{Name: OutImageID, Type: rows.TypeText},
		arrow.Field{Name: rows.ColImagePath, Type: rows.TypeText}, rows.Nullable(rows.ColLabel, rows.TypeDict),
		rows.Nullable(rows.ColTarget, rows.TypeInt32), arrow.Field{Name: rows.ColFate, Type: rows.TypeUint8})
	if err != nil {
		return nil, nil, err
	}
	detail := func(_ arrow.RecordBatch, n int) arrow.Array { return allNull(rows.TypeDict, n) }
	if in.HasField(rows.ColDetail) { // pictures are known
		more, err := rows.ColumnsOf(in, rows.Nullable(rows.ColDetail, rows.TypeDict),
			rows.Nullable(rows.ColFlaw, rows.TypeDict))
		if err != nil {
			return nil, nil, err
		}
		detail = func(batch arrow.RecordBatch, _ int) arrow.Array {
			return either(batch.Column(more[0]), batch.Column(more[1]))
		}
	}
	dash := int32(len(s.Names))
	names := rows.Texts(append(slices.Clone(s.Names), "-"))
	return rejectedSchema, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		column := func(i int) arrow.Array { return batch.Column(at[i]) }
		targets, fates := slices.Clone(rows.OrMinusOne(column(3))), column(4).(*array.Uint8).Uint8Values()
		n := len(fates)
		reason, stage := make([]int32, n), make([]int32, n)
		for i, fate := range fates {
			reason[i], stage[i] = int32(fate), int32(fate)
			if rows.Reason(fate) == rows.LabelExcluded {
				targets[i] = dash
			}
		}
		return array.NewRecordBatch(rejectedSchema, []arrow.Array{
			column(0), constant(s.Source, n), column(1), column(2), rows.DictColumn(targets, names),
			rows.DictColumn(stage, reasonStages), rows.DictColumn(reason, reasonNames), detail(batch, n),
		}, int64(n)), nil
	}, nil
}

// either is a dictionary column of what the first column has, or else the second.
func either(a, b arrow.Array) arrow.Array {
	first, firstTexts := rows.CodesOf(a)
	second, secondTexts := rows.CodesOf(b)
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
	return rows.DictColumn(codes, rows.Texts(all))
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
	return rows.DictColumn(codes, splitNames)
}

// GroupTexts shows ColGroup as 16 hex digits.
func GroupTexts(groups arrow.Array) arrow.Array {
	out := rows.NewText(groups.Len(), 16*groups.Len())
	for i, g := range groups.(*array.Uint64).Uint64Values() {
		if groups.IsNull(i) {
			out.AddNull()
			continue
		}
		id := [8]byte{byte(g >> 56), byte(g >> 48), byte(g >> 40), byte(g >> 32), byte(g >> 24),
			byte(g >> 16), byte(g >> 8), byte(g)}
		out.Bytes = hex.AppendEncode(out.Bytes, id[:])
		out.End()
	}
	return out.Array()
}
