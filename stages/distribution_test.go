package stages

import (
	"context"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/engine/enginetest"
	"github.com/dermset/dermset/rows"
)

func TestDistributionCountsSelectedImagesOnly(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{rows.Nullable(rows.ColFate, rows.TypeUint8),
		rows.Nullable(rows.ColClassID, rows.TypeInt32), rows.Nullable(rows.ColSplit, rows.TypeUint8),
		rows.Nullable(rows.ColSkinType, rows.TypeDict), rows.Nullable(rows.ColShown, rows.TypeDict)}, nil)
	in := []row{
		{rows.ColFate: 0, rows.ColClassID: 1, rows.ColSplit: 2, rows.ColSkinType: "3", rows.ColShown: "dermoscopy"},
		{rows.ColFate: 0, rows.ColClassID: 1, rows.ColSplit: 0, rows.ColSkinType: "3"},
		{rows.ColFate: 0, rows.ColClassID: 0, rows.ColSplit: 1, rows.ColShown: "clinical"},
		{rows.ColFate: int(rows.BelowThreshold), rows.ColSkinType: "6", rows.ColShown: "clinical"},
	}
	for _, size := range []int{1, 3, 4} {
		d := NewDistribution(2)
		sink, err := d.Sink(schema)
		if err != nil {
			t.Fatal(err)
		}
		pass := engine.Pass{Name: "s", In: enginetest.Stream(t, schema, in, size), Into: []engine.Sink{sink}}
		err = engine.Drain(context.Background(), engine.Settings{Workers: 2},
			func(yield func(engine.Pass, error) bool) { yield(pass, nil) })
		if err != nil {
			t.Fatal(err)
		}
		want := NewDistribution(2)
		want.Fitzpatrick.Classes[1][2] = SplitCounts{1, 0, 1}
		want.Fitzpatrick.Classes[0][6] = SplitCounts{0, 1, 0}
		want.ImageType.Classes[1][1] = SplitCounts{0, 0, 1}
		want.ImageType.Classes[1][3] = SplitCounts{1, 0, 0}
		want.ImageType.Classes[0][0] = SplitCounts{0, 1, 0}
		if diff := cmp.Diff(want, d); diff != "" {
			t.Errorf("batches of %d: %s", size, diff)
		}
	}
}
