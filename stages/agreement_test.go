package stages

import (
	"math"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/rows"
)

func TestShownCountsStatedAgainstEstimated(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{rows.Nullable(rows.ColITA, rows.TypeFloat32),
		rows.Nullable(rows.ColFitzpatrick, rows.TypeDict),
		rows.Nullable(rows.ColTone, rows.TypeDict), rows.Nullable(rows.ColSkinToneAbstained, rows.TypeDict),
		rows.Nullable(rows.ColImageType, rows.TypeDict), rows.Nullable(rows.ColKind, rows.TypeDict),
		rows.Nullable(rows.ColCropState, rows.TypeDict), rows.Nullable(rows.ColCrops, rows.TypeCrops),
		rows.Nullable(rows.ColClassID, rows.TypeInt32)}, nil)
	box := row{"x": 1, "y": 1, "width": 1, "height": 1, "origin": "mask"}
	in := []row{
		{"fitzpatrick": "2", "tone": "3", "image_type": "clinical", "kind": "clinical", "crop_state": "done",
			"crop_boxes": []any{box, box}, "class_id": 1},
		{"fitzpatrick": "6", "tone": "6", "tone_abstained": "dermoscopy", "kind": "dermoscopy", "crop_state": "pending",
			"class_id": 0},
		{"tone": "1", "image_type": "dermoscopy", "class_id": 1},
		{"fitzpatrick": "4", "tone_abstained": "spread", "class_id": 1},
	}
	for _, batch := range []int{1, 4} {
		shown := NewShown(2, 2)
		drainInto(t, schema, in, batch, func(source int) (engine.Sink, error) { return shown.Sink(source, schema) })
		want := ShownBy{Estimated: 2, Abstained: map[string]int64{"dermoscopy": 1, "spread": 1},
			Guessed: [4]int64{0, 1, 0, 1}, Crops: Cropping{1, 1, 2, 2}}
		want.Tones[1][2] = 1
		want.Types[0][0], want.Types[1][3] = 1, 1
		if diff := cmp.Diff(want, shown.Sources[1]); diff != "" {
			t.Errorf("batches of %d (-want +got):\n%s", batch, diff)
		}
		if diff := cmp.Diff([]Cropping{{0, 2, 0, 0}, {2, 0, 4, 4}}, shown.Classes); diff != "" {
			t.Errorf("batches of %d, classes (-want +got):\n%s", batch, diff)
		}
		if all := shown.All(); all.Estimated != 4 || all.Tones[1][2] != 2 || all.Abstained["spread"] != 2 {
			t.Errorf("the sum of both sources is %+v", all)
		}
	}
}

// The values are those of scikit-learn's cohen_kappa_score with weights="quadratic".
func TestKappa(t *testing.T) {
	for _, c := range []struct {
		pairs [][2]int // stated, estimated
		kappa float64
		known bool
	}{
		{nil, 0, false},
		{[][2]int{{1, 1}, {1, 1}}, 0, false},
		{[][2]int{{0, 0}, {1, 1}, {5, 5}}, 1, true},
		{[][2]int{{0, 5}, {5, 0}}, -1, true},
		{[][2]int{{0, 0}, {0, 1}, {1, 1}, {2, 1}, {3, 5}, {5, 4}}, 0.8205128205128205, true},
	} {
		var s ShownBy
		for _, pair := range c.pairs {
			s.Tones[pair[0]][pair[1]]++
		}
		kappa, known := s.Kappa()
		if known != c.known || math.Abs(kappa-c.kappa) > 1e-12 {
			t.Errorf("%v: kappa %v, known %t, want %v, %t", c.pairs, kappa, known, c.kappa, c.known)
		}
	}
	s := ShownBy{}
	s.Tones[0][0], s.Tones[0][1], s.Tones[0][2] = 3, 2, 1
	if both, exact, one := s.Agreement(); both != 6 || exact != 3 || one != 5 {
		t.Errorf("%d both, %d exact, %d within one", both, exact, one)
	}
}
