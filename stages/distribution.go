package stages

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/rows"
)

// SplitCounts are images of train, val and test.
type SplitCounts [3]int64

// Total is the images of all splits.
func (s SplitCounts) Total() int64 { return s[rows.Train] + s[rows.Val] + s[rows.Test] }

// Counts are the selected images by class and value. Values ends with "unknown";
// Classes[class_id][i] belongs to Values[i].
type Counts struct {
	Values  []string
	Classes [][]SplitCounts
}

// A Distribution counts selected images by class, split, and Fitzpatrick type or image type (spec 10). It has one sink
// per source; all of them feed the same counts.
type Distribution struct {
	Fitzpatrick, ImageType Counts
}

// NewDistribution counts into the given number of classes.
func NewDistribution(classes int) *Distribution {
	counts := func(values ...string) Counts {
		c := Counts{Values: append(slices.Clone(values), "unknown"), Classes: make([][]SplitCounts, classes)}
		for i := range c.Classes {
			c.Classes[i] = make([]SplitCounts, len(c.Values))
		}
		return c
	}
	return &Distribution{counts("1", "2", "3", "4", "5", "6"), counts(dataset.ImageTypes...)}
}

// A counted image: its class, its split, and which of a Counts' values it has.
type counted struct {
	class       int32
	split       uint8
	fitzpatrick uint8
	imageType   uint8
}

// Sink counts the selected rows of decided batches behind Describe.
func (d *Distribution) Sink(in *arrow.Schema) (engine.Sink, error) {
	at, err := rows.ColumnsOf(in, rows.Nullable(rows.ColFate, rows.TypeUint8),
		rows.Nullable(rows.ColClassID, rows.TypeInt32), rows.Nullable(rows.ColSplit, rows.TypeUint8),
		rows.Nullable(rows.ColSkinType, rows.TypeDict), rows.Nullable(rows.ColShown, rows.TypeDict))
	if err != nil {
		return nil, err
	}
	look := func(batch arrow.RecordBatch) ([]counted, error) {
		fate := batch.Column(at[0]).(*array.Uint8)
		class := batch.Column(at[1]).(*array.Int32)
		split := batch.Column(at[2]).(*array.Uint8)
		fitzpatrick := values(batch.Column(at[3]), d.Fitzpatrick.Values)
		imageType := values(batch.Column(at[4]), d.ImageType.Values)
		part := make([]counted, 0, fate.Len())
		for i := range fate.Len() {
			if rows.Reason(fate.Value(i)) == rows.Alive {
				part = append(part, counted{class.Value(i), split.Value(i), fitzpatrick(i), imageType(i)})
			}
		}
		return part, nil
	}
	take := func(part []counted) error {
		for _, c := range part {
			d.Fitzpatrick.Classes[c.class][c.fitzpatrick][c.split]++
			d.ImageType.Classes[c.class][c.imageType][c.split]++
		}
		return nil
	}
	return engine.Survey[[]counted]{Name: "distribution", OnLook: look, OnTake: take}, nil
}

// values gives for each row of a dictionary column the place of its text among known;
// the last place where it is null or not known.
func values(column arrow.Array, known []string) func(row int) uint8 {
	texts := column.(*array.Dictionary)
	entries := texts.Dictionary().(*array.String)
	unknown := uint8(len(known) - 1)
	place := make([]uint8, entries.Len())
	for i := range place {
		place[i] = unknown
		if at := slices.Index(known, entries.Value(i)); at >= 0 {
			place[i] = uint8(at)
		}
	}
	return func(row int) uint8 {
		if texts.IsNull(row) {
			return unknown
		}
		return place[texts.GetValueIndex(row)]
	}
}
