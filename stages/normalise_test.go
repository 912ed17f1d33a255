package stages

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/engine/enginetest"
)

func TestNormalise(t *testing.T) {
	in := []row{
		with(rawRow(map[string]string{
			"image_path": "a/1.jpg", "label": " Nävus\n", "differentials": `["x"]`, "patient_id": "P1", "lesion_id": "L1",
			"sex": "F", "age": "40-49", "body_site": "Left Arm", "fitzpatrick": "FST III", "image_type": "Clinical",
			"diagnosis_method": "consensus", "mask_path": "m/1.png",
		}), row{"extra.site": "Rome"}),
		with(rawRow(map[string]string{"image_path": "2.jpg", "patient_id": "n/a", "lesion_id": "N/A"}),
			row{"extra.site": ""}),
		with(rawRow(map[string]string{
			"image_path": "3.jpg", "label": "b", "sex": "x", "age": "200", "fitzpatrick": "VII",
			"image_type": "photo", "diagnosis_method": "biopsy?",
		}), row{"extra.site": "x"}),
		with(rawRow(map[string]string{"image_path": "4.jpg", "label": "b", "sex": "m", "age": "<1"}), row{"extra.site": "x"}),
	}
	want := []row{
		{
			"image_path": "a/1.jpg", "source_label": " Nävus\n", "label_origin": "stated", "patient_id": "P1",
			"lesion_id": "L1", "sex": "female", "age": float32(44.5), "body_site": "Left Arm", "fitzpatrick": "3",
			"image_type": "clinical", "diagnosis_method": "consensus", "mask_path": "m/1.png",
			"differentials": []any{row{"label": "x", "reader": 0}}, "extra.site": "Rome",
		},
		{"image_path": "2.jpg", "lesion_id": "N/A"},
		{
			"image_path": "3.jpg", "source_label": "b", "label_origin": "stated", "extra.site": "x",
			"bad": `["sex=x","age=200","fitzpatrick=VII","image_type=photo","diagnosis_method=biopsy?"]`,
		},
		{"image_path": "4.jpg", "source_label": "b", "label_origin": "stated", "sex": "male",
			"age": float32(0), "extra.site": "x"},
	}
	enginetest.Run(t, Normalise{IDMissing: []string{"n/a", "unknown"}}, rawSchema("site"), in, want)
}

func TestNormaliseOfALongBadCell(t *testing.T) {
	var bad badCells
	bad.add(0, "age", strings.Repeat("ä", 200))
	if want := "age=" + strings.Repeat("ä", 128) + "…"; bad.cells[0] != want {
		t.Errorf("told %q, want %q", bad.cells[0], want)
	}
	bad.add(0, "age", "a"+strings.Repeat("ä", 200))
	if want := "age=a" + strings.Repeat("ä", 127) + "…"; bad.cells[1] != want {
		t.Errorf("told %q, want %q", bad.cells[1], want)
	}
}

func TestBindNamesEveryMissingColumn(t *testing.T) {
	_, _, err := Join{}.Bind(rawSchema())
	if err == nil {
		t.Fatal("bound to raw columns")
	}
	for _, part := range []string{`"source_label" stands 0 times`, `"label_origin" stands 0 times`, `"sex"`} {
		if part == `"sex"` {
			if strings.Contains(err.Error(), part) {
				t.Errorf("%v names %s, which is there", err, part)
			}
		} else if !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not say %s", err, part)
		}
	}
}

func TestBadValues(t *testing.T) {
	schema := must(Joined(rawSchema()))
	in := []row{}
	for _, bad := range []string{"", `["age=200"]`, `["sex=a=b","age=200"]`, "", `["age=201"]`} {
		r := row{"image_path": "p", "reason": uint8(0)}
		if bad != "" {
			r["bad"] = bad
		}
		in = append(in, r)
	}
	for _, batchRows := range []int{1, 2, 7} {
		b := NewBadValues()
		drain(t, enginetest.Stream(t, schema, in, batchRows), must(b.Sink(schema)))
		want := []BadValue{{"age", "200", 1, 2, false}, {"sex", "a=b", 2, 1, false}, {"age", "201", 4, 1, false}}
		if diff := cmp.Diff(want, b.Values()); diff != "" {
			t.Errorf("batches of %d rows (-want +got):\n%s", batchRows, diff)
		}
	}
}

func TestBadValuesAreBounded(t *testing.T) {
	b := NewBadValues()
	for i := range int64(MaxBadValues + 5) {
		b.add("age", strings.Repeat("9", 3+int(i)), i)
		b.add("age", strings.Repeat("9", 3+int(i)), i)
	}
	got := b.Values()
	if len(got) != MaxBadValues+1 {
		t.Fatalf("%d values, want %d and one for more", len(got), MaxBadValues)
	}
	if diff := cmp.Diff(BadValue{"age", "", MaxBadValues, 10, true}, got[MaxBadValues]); diff != "" {
		t.Errorf("more (-want +got):\n%s", diff)
	}
}
