package stages

import (
	"context"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/engine/enginetest"
)

func TestDistributionCountsSelectedImagesOnly(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{nullable(ColFate, typeUint8), nullable(ColClassID, typeInt32), nullable(ColSplit, typeUint8),
		nullable(ColFitzpatrick, typeDict), nullable(ColImageType, typeDict)}, nil)
	rows := []row{
		{ColFate: 0, ColClassID: 1, ColSplit: 2, ColFitzpatrick: "3", ColImageType: "dermoscopy"},
		{ColFate: 0, ColClassID: 1, ColSplit: 0, ColFitzpatrick: "3"},
		{ColFate: 0, ColClassID: 0, ColSplit: 1, ColImageType: "clinical"},
		{ColFate: int(BelowThreshold), ColFitzpatrick: "6", ColImageType: "clinical"},
	}
	for _, size := range []int{1, 3, 4} {
		d := NewDistribution(2)
		sink, err := d.Sink(schema)
		if err != nil {
			t.Fatal(err)
		}
		pass := engine.Pass{Name: "s", In: enginetest.Stream(t, schema, rows, size), Into: []engine.Sink{sink}}
		err = engine.Drain(context.Background(), engine.Settings{Workers: 2}, func(yield func(engine.Pass, error) bool) { yield(pass, nil) })
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
