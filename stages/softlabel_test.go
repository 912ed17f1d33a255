package stages

import (
	"math"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/engine/enginetest"
	"github.com/dermset/dermset/rows"
)

// softSchema is what SoftLabel reads.
var softSchema = arrow.NewSchema([]arrow.Field{
	rows.Nullable(rows.ColDifferential, rows.TypeEntries), {Name: rows.ColFate, Type: rows.TypeUint8},
	rows.Nullable(rows.ColClassID, rows.TypeInt32),
}, nil)

// rated is an entry whose label is its class too; class 9 is none. selectedRow makes labels local to the row.
func rated(label, reader int, weight float64) row { return entry(label, label, reader, weight) }

func selectedRow(own int, entries ...any) row {
	r := row{"fate": uint8(0), "class_id": own}
	labels := map[any]int{}
	for i, e := range entries {
		label := e.(row)["label"]
		if _, known := labels[label]; !known {
			labels[label] = len(labels)
		}
		entries[i] = with(e.(row), row{"label": labels[label]})
	}
	if len(entries) > 0 {
		r["differential"] = entries
	}
	return r
}

// softly are the columns that SoftLabel adds: id, p, id, p ...
func softly(readers int, tied bool, shares ...float64) row {
	list := []any{}
	for i := 0; i < len(shares); i += 2 {
		list = append(list, row{"class_id": int32(shares[i]), "p": float32(shares[i+1])})
	}
	return row{"readers": readers, "tied_top": tied, "soft_labels": list}
}

func runSoft(t *testing.T, s SoftLabel, in, made []row) {
	t.Helper()
	var want []row
	for i := range in {
		want = append(want, with(in[i], made[i]))
	}
	enginetest.Run(t, s, softSchema, in, want)
}

// same maps class n to class_id n, for 9 classes, and the tenth to none.
var same = []int32{0, 1, 2, 3, 4, 5, 6, 7, 8, -1}

func TestSoftLabelByRank(t *testing.T) {
	in := []row{
		selectedRow(1, rated(1, 0, 0), rated(2, 0, 0), rated(3, 0, 0)), // by list order
		selectedRow(1, rated(3, 0, 1), rated(1, 0, 5), rated(2, 0, 1)), // weights 1, 5, 1
		selectedRow(1, rated(3, 0, 1), rated(1, 0, 5), rated(2, 0, 0)), // one without a weight: list order
		selectedRow(1, rated(1, 0, 0), rated(1, 0, 0), rated(2, 0, 0)), // a, a, b
		selectedRow(1, rated(2, 0, 0)),                                 // the own label is put in
		selectedRow(1, rated(2, 0, 3), rated(3, 0, 3)),                 // and before those of equal weight
		selectedRow(1, rated(9, 0, 0), rated(1, 0, 0)),                 // no stage-3 class: dropped, not renumbered
		// two labels of one class: the best stays, 2 is third
		selectedRow(1, rated(1, 0, 0), entry(5, 1, 0, 0), rated(2, 0, 0)),
		// two readers, in turn: the second gets the own label too
		selectedRow(1, rated(1, 0, 0), rated(2, 1, 0), rated(2, 0, 0)),
		selectedRow(2, rated(1, 0, 2), rated(2, 0, 2), rated(3, 0, 2)), // all tied: the own class first
		selectedRow(1), // no differential
		selectedRow(2, rated(9, 0, 0), rated(2, 0, 0), entry(7, -1, 0, 0)),          // only the own class is left
		{"fate": uint8(rows.BelowThreshold), "differential": []any{rated(0, 0, 0)}}, // not selected
		selectedRow(1, rated(1, 0, 1), rated(2, 0, 9), rated(1, 0, 9)),              // the best of a repeated label counts
	}
	runSoft(t, SoftLabel{ClassID: same}, in, []row{
		softly(1, false, 1, 6./11, 2, 3./11, 3, 2./11),
		softly(1, false, 1, 12./22, 2, 5./22, 3, 5./22),
		softly(1, false, 3, 6./11, 1, 3./11, 2, 2./11),
		softly(1, false, 1, 2./3, 2, 1./3),
		softly(1, false, 1, 2./3, 2, 1./3),
		softly(1, false, 1, 12./22, 2, 5./22, 3, 5./22),
		softly(1, false, 1, 1),
		softly(1, false, 1, 3./4, 2, 1./4),
		softly(2, false, 1, 2./3, 2, 1./3),
		softly(1, true, 2, 1./3, 1, 1./3, 3, 1./3),
		softly(0, false, 1, 1),
		softly(1, false, 2, 1),
		{},
		softly(1, true, 1, 1./2, 2, 1./2),
	})
}

func TestSoftLabelGiven(t *testing.T) {
	in := []row{
		selectedRow(1, rated(1, 0, 3), rated(2, 0, 1), rated(2, 1, 4)),
		selectedRow(1, rated(2, 0, 2)),                                  // the own label is not put in
		selectedRow(1, rated(2, 0, 0), rated(3, 0, -1), rated(1, 0, 2)), // bad weights are dropped
		selectedRow(1, rated(2, 0, math.Inf(1)), rated(9, 0, 7)),        // none left
		selectedRow(1, rated(1, 0, math.MaxFloat64), rated(2, 0, math.MaxFloat64)),
		selectedRow(1, rated(1, 0, 1), rated(2, 0, 1e-60)), // rounds to 0: not written
		selectedRow(1, rated(9, 0, math.MaxFloat64), rated(9, 0, math.MaxFloat64), rated(2, 0, 5e-324)),
		selectedRow(3, rated(1, 0, 1), rated(2, 0, 1+1e-12)), // equal as float32: by name
	}
	runSoft(t, SoftLabel{Given: true, ClassID: same}, in, []row{
		softly(2, false, 2, 5./8, 1, 3./8), softly(1, false, 2, 1), softly(1, false, 1, 1), softly(1, false, 1, 1),
		softly(1, true, 1, 1./2, 2, 1./2), softly(1, false, 1, 1), softly(1, false, 2, 1), softly(1, true, 1, 1./2, 2, 1./2),
	})
}

// The worked example of the SCIN data set's description: three readers, whose weighted labels are published
// as 0.69, 0.12, 0.12, 0.08.
func TestSoftLabelOfThePublishedExample(t *testing.T) {
	const dermatitis, eczema, pih, psoriasis = 0, 1, 2, 3
	in := selectedRow(eczema,
		rated(eczema, 0, 0), rated(dermatitis, 0, 0), rated(psoriasis, 0, 0),
		rated(eczema, 1, 0), rated(pih, 1, 0),
		rated(eczema, 2, 0),
	)
	batch := enginetest.Batch(t, softSchema, []row{in})
	_, apply, err := SoftLabel{ClassID: same}.Bind(softSchema)
	if err != nil {
		t.Fatal(err)
	}
	got := enginetest.Rows(must(apply(batch)))[0]["soft_labels"].([]row)
	var ids []int32
	var ps []float64
	for _, s := range got {
		ids = append(ids, s["class_id"].(int32))
		ps = append(ps, math.Round(1000*float64(s["p"].(float32)))/1000)
	}
	if want := []int32{eczema, dermatitis, pih, psoriasis}; !slices.Equal(ids, want) {
		t.Errorf("classes %v, want %v", ids, want)
	}
	if diff := cmp.Diff([]float64{.692, .115, .115, .077}, ps); diff != "" {
		t.Errorf("shares (-want +got):\n%s", diff)
	}
}

func TestSoftLabelRefusesAClassThatIsNone(t *testing.T) {
	_, apply, err := SoftLabel{ClassID: []int32{0, -1}}.Bind(softSchema)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := apply(enginetest.Batch(t, softSchema, []row{selectedRow(1)})); err == nil {
		t.Error("class_id 1 of 1 class was taken")
	}
	if _, _, err := (SoftLabel{ClassID: []int32{1}}).Bind(softSchema); err == nil {
		t.Error("a class_id beyond the names was bound")
	}
}
