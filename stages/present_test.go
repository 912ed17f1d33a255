package stages

import (
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/engine/enginetest"
	"github.com/dermset/dermset/rows"
)

// decidedFields are what is decided on rows, beside the joined ones.
var decidedFields = []arrow.Field{
	{Name: rows.ColFate, Type: rows.TypeUint8}, rows.Nullable(rows.ColTarget, rows.TypeInt32),
	rows.Nullable(rows.ColClassID, rows.TypeInt32), rows.Nullable(rows.ColSplit, rows.TypeUint8),
	{Name: rows.ColGroup, Type: rows.TypeUint64},
}

// decidedSchema is a row with everything that the output tables read, and a row_id before it.
func decidedSchema() *arrow.Schema {
	joined := must(Joined(rawSchema("a", "b")))
	rowID := []arrow.Field{{Name: "row_id", Type: arrow.PrimitiveTypes.Int64}}
	return arrow.NewSchema(slices.Concat(rowID, joined.Fields(), decidedFields, softFields), nil)
}

var (
	outNames = []string{"acne", "eczema", "wart"}
	outRows  = []row{
		{
			"row_id": int64(0), "image_path": "x/1.jpg", "source_label": "Akne", "label_origin": "derived",
			"patient_id": "P", "lesion_id": "L", "sex": "male", "age": float32(4.5), "body_site": "  Left\tARM ",
			"fitzpatrick": "3", "image_type": "clinical", "diagnosis_method": "single", "mask_path": "m",
			"reason": uint8(0), "mapped": 1, "class": 0, "extra.a": "A", "fate": uint8(0), "target": 0, "class_id": 0,
			"split": uint8(rows.Test), "group": uint64(0x0123456789abcdef), "readers": 2, "tied_top": false,
			"soft_labels": []any{row{"class_id": 1, "p": float32(0.75)}, row{"class_id": 0, "p": float32(0.25)}},
		},
		{"row_id": int64(1), "image_path": "2.jpg", "reason": uint8(rows.NoLabel),
			"fate": uint8(rows.NoLabel), "group": uint64(1)},
		{
			"row_id": int64(2), "image_path": "3.jpg", "source_label": "w", "label_origin": "stated", "reason": uint8(0),
			"mapped": 2, "class": 2, "fate": uint8(0), "target": 2, "class_id": 1, "split": uint8(rows.Train),
			"group": uint64(2), "readers": 0, "tied_top": true, "soft_labels": []any{row{"class_id": 1, "p": float32(1)}},
		},
		{
			"row_id": int64(3), "image_path": "4.jpg", "source_label": "z", "label_origin": "stated",
			"reason": uint8(rows.LabelExcluded), "fate": uint8(rows.LabelExcluded), "group": uint64(3),
		},
		{
			"row_id": int64(4), "image_path": "5.jpg", "source_label": "e", "label_origin": "stated", "reason": uint8(0),
			"mapped": 1, "fate": uint8(rows.CategoryExcluded), "target": 1, "group": uint64(4),
		},
	}
	outClasses = []int32{0, 2}
)

func TestSelectedTable(t *testing.T) {
	s := Selected{Source: "src", Licence: "CC0", CropState: "none", Names: outNames,
		Codes: [][]string{{"ED80", "EK00"}, nil, {}}}
	want := []row{
		{
			"image_id": "src/x/1.jpg", "source": "src", "source_path": "x/1.jpg", "source_label": "Akne",
			"mapped_name": "eczema", "target_name": "acne", "icd11_codes": []string{"ED80", "EK00"}, "class_id": 0,
			"split": "test", "group_id": "0123456789abcdef", "patient_id": "P", "lesion_id": "L", "sex": "male",
			"age": float32(4.5), "body_part": "left arm", "body_part_origin": "stated", "fitzpatrick": "3",
			"fitzpatrick_origin": "stated", "image_type": "clinical", "image_type_origin": "stated", "crop_state": "none",
			"label_origin": "derived", "diagnosis_method": "single", "licence": "CC0", "extra.a": "A",
		},
		{
			"image_id": "src/3.jpg", "source": "src", "source_path": "3.jpg", "source_label": "w", "mapped_name": "wart",
			"target_name": "wart", "icd11_codes": []string{}, "class_id": 1, "split": "train", "group_id": "0000000000000002",
			"label_origin": "stated", "crop_state": "none", "licence": "CC0",
		},
	}
	kept := inTurn{Keep{Source: "src"}, Describe{Part: lowered}, s}
	enginetest.Run(t, kept, decidedSchema(), outRows, want)

	out, _, err := kept.Bind(decidedSchema())
	if err != nil {
		t.Fatal(err)
	}
	const columns = "image_id, image_path, source, source_path, sha256, sha256_published, source_label, mapped_name, " +
		"target_name, icd11_codes, class_id, " +
		"split, group_id, patient_id, lesion_id, sex, age, body_part, body_part_origin, fitzpatrick, fitzpatrick_origin, " +
		"ita, image_type, " +
		"image_type_origin, image_type_confidence, width, height, crops, crop_state, label_origin, diagnosis_method, licence"
	if got := namesOf(out); got != columns+", extra.a, extra.b" {
		t.Errorf("columns are %s", got)
	}
	for _, r := range want {
		delete(r, "extra.a")
	}
	drop, _, err := DropExtra{}.Bind(out)
	if err != nil {
		t.Fatal(err)
	}
	if got := namesOf(drop); got != columns {
		t.Errorf("columns without extras are %s", got)
	}
	s.Licence = ""
	in := must(apply1(t, s, outRows[:1]))
	if _, has := in[0]["licence"]; has {
		t.Errorf("an unknown licence is %q, want null", in[0]["licence"])
	}
}

// lowered stands for a vocabulary of parts of the body.
func lowered(site string) string { return strings.Join(strings.Fields(strings.ToLower(site)), " ") }

func apply1(t *testing.T, s Selected, in []row) ([]row, error) {
	_, apply, err := inTurn{Keep{Source: "src"}, Describe{Part: lowered}, s}.Bind(decidedSchema())
	if err != nil {
		return nil, err
	}
	batch, err := apply(enginetest.Batch(t, decidedSchema(), in))
	if err != nil {
		return nil, err
	}
	return enginetest.Rows(batch), nil
}

func namesOf(s *arrow.Schema) string {
	var names []string
	for _, f := range s.Fields() {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}

func TestDropExtra(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{rows.Nullable("a", rows.TypeText), rows.Nullable("extra.a", rows.TypeText),
		rows.Nullable("b", rows.TypeInt32)}, nil)
	enginetest.Run(t, DropExtra{}, schema, []row{{"a": "1", "extra.a": "2", "b": 3}, {"extra.a": "4"}},
		[]row{{"a": "1", "b": 3}, {}})
}

func TestSoftTable(t *testing.T) {
	base := []row{
		{"image_id": "src/x/1.jpg", "target_name": "acne", "class_id": 0, "split": "test", "readers": 2, "tied_top": false},
		{"image_id": "src/3.jpg", "target_name": "wart", "class_id": 1, "split": "train", "readers": 0, "tied_top": true},
	}
	share := func(key string, class any, p float64) row { return row{key: class, "p": float32(p)} }
	byID := []row{
		with(base[0], row{"soft_labels": []any{share("class_id", 1, .75), share("class_id", 0, .25)}}),
		with(base[1], row{"soft_labels": []any{share("class_id", 1, 1)}}),
	}
	byName := []row{
		with(base[0], row{"soft_labels": []any{share("name", "wart", .75), share("name", "acne", .25)}}),
		with(base[1], row{"soft_labels": []any{share("name", "wart", 1)}}),
	}
	s := Soft{Names: outNames, Classes: outClasses}
	kept := func() engine.Stage { return inTurn{Keep{Source: "src"}, s} }
	enginetest.Run(t, kept(), decidedSchema(), outRows, byID)
	s.Wide = true
	wide := []row{
		with(byID[0], row{"soft.acne": float32(.25), "soft.wart": float32(.75)}),
		with(byID[1], row{"soft.acne": float32(0), "soft.wart": float32(1)}),
	}
	enginetest.Run(t, kept(), decidedSchema(), outRows, wide)
	table, _, err := kept().Bind(decidedSchema())
	if err != nil {
		t.Fatal(err)
	}
	enginetest.Run(t, NamedClasses{Names: outNames, Classes: outClasses}, table, wide, byName)
	if _, _, err := (NamedClasses{Names: outNames, Classes: []int32{99}}).Bind(table); err == nil {
		t.Error("a class without a name is no error")
	}
	out, _, err := kept().Bind(decidedSchema())
	if err != nil {
		t.Fatal(err)
	}
	const columns = "image_id, image_path, target_name, class_id, split, readers, tied_top, soft_labels, soft.acne, " +
		"soft.wart"
	if got := namesOf(out); got != columns {
		t.Errorf("columns are %s, want %s", got, columns)
	}
}

func TestRejectedTable(t *testing.T) {
	want := []row{
		{"image_id": "src/2.jpg", "source": "src", "source_path": "2.jpg", "stage": "map", "reason": "no_label"},
		{
			"image_id": "src/4.jpg", "source": "src", "source_path": "4.jpg", "source_label": "z", "target_name": "-",
			"stage": "map", "reason": "label_excluded",
		},
		{
			"image_id": "src/5.jpg", "source": "src", "source_path": "5.jpg", "source_label": "e", "target_name": "eczema",
			"stage": "refine", "reason": "category_excluded",
		},
	}
	s := inTurn{Keep{Source: "src", Rejected: true}, Rejected{Source: "src", Names: outNames}}
	enginetest.Run(t, s, decidedSchema(), outRows, want)
	out, _, err := s.Bind(decidedSchema())
	if err != nil {
		t.Fatal(err)
	}
	if got := namesOf(out); got != "image_id, source, source_path, source_label, target_name, stage, reason, detail" {
		t.Errorf("columns are %s", got)
	}
}

func TestRejectedRowsHaveNoExtras(t *testing.T) {
	in := arrow.NewSchema(append(decidedSchema().Fields(), rows.Nullable("extra.note", rows.TypeText)), nil)
	for _, rejected := range []bool{false, true} {
		out, _, err := Keep{Source: "src", Rejected: rejected}.Bind(in)
		if err != nil || out.HasField("extra.note") == rejected {
			t.Errorf("rejected %t: %v, %v", rejected, out, err)
		}
	}
}
