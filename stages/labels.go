package stages

import (
	"maps"
	"strings"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/engine"
)

// Labels counts, for one source, the rows that name each distinct label, as its own label or in its differentials; a row counts once per
// label (spec 4, the renaming file's Images). It looks at raw batches, before Normalise. A differentials cell that does not parse names
// nothing. It keeps one entry per distinct label.
type Labels struct{ counts map[string]int64 }

// NewLabels counts nothing yet.
func NewLabels() *Labels { return &Labels{counts: map[string]int64{}} }

// Counts are the rows per label; the caller owns the map.
func (l *Labels) Counts() map[string]int64 { return maps.Clone(l.counts) }

// Sink takes the raw batches of the source.
func (l *Labels) Sink(raw *arrow.Schema) (engine.Sink, error) {
	at, err := columnsOf(raw, nullable(dataset.Label, typeDict), nullable(dataset.Differentials, typeText))
	if err != nil {
		return nil, err
	}
	return engine.Survey[map[string]int64]{
		Name: "labels",
		OnLook: func(batch arrow.RecordBatch) (map[string]int64, error) {
			return countLabels(batch.Column(at[0]), batch.Column(at[1]).(*array.String)), nil
		},
		OnTake: func(part map[string]int64) error {
			for label, rows := range part {
				if _, known := l.counts[label]; !known {
					label = strings.Clone(label) // else it would keep its whole batch
				}
				l.counts[label] += rows
			}
			return nil
		},
	}, nil
}

func countLabels(label arrow.Array, cells *array.String) map[string]int64 {
	codes, dictionary := codesOf(label)
	rows := make([]int64, dictionary.Len())
	counts := make(map[string]int64, dictionary.Len())
	var entries []dataset.Entry
	var seen numbering
	for i, c := range codes {
		own := ""
		if label.IsValid(i) {
			own = dictionary.Value(int(c))
			rows[c]++
		}
		if cells.IsNull(i) || cells.ValueLen(i) == 0 {
			continue
		}
		cell := cells.Value(i)
		var err error
		if entries, err = dataset.ParseDifferentials(unsafe.Slice(unsafe.StringData(cell), len(cell)), entries[:0]); err != nil {
			continue
		}
		seen.reset()
		seen.number(own)
		for _, e := range entries {
			if _, isNew := seen.number(e.Label); isNew {
				counts[e.Label]++
			}
		}
	}
	for c, n := range rows {
		if n > 0 && dictionary.ValueLen(c) > 0 {
			counts[dictionary.Value(c)] += n
		}
	}
	return counts
}
