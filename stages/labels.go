package stages

import (
	"maps"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/rows"
)

// Labels counts, for one source, the rows that name each distinct label, as its own label or in its differentials; a
// row counts once per label (spec 4, the renaming file's Images). A differentials cell that does not parse names
// nothing. It keeps one entry per distinct label.
type Labels struct {
	counts map[string]int64
	rows   int64
}

// NewLabels counts nothing yet.
func NewLabels() *Labels { return &Labels{counts: map[string]int64{}} }

// Counts are the rows per label; the caller owns the map.
func (l *Labels) Counts() map[string]int64 { return maps.Clone(l.counts) }

// Rows is how many rows name any label.
func (l *Labels) Rows() int64 { return l.rows }

// labelPart is what Look hands to Take: rows per label, and rows that name any.
type labelPart struct {
	counts map[string]int64
	rows   int64
}

// Sink takes the batches of the source behind Normalise.
func (l *Labels) Sink(normal *arrow.Schema) (engine.Sink, error) {
	at, err := rows.ColumnsOf(normal, rows.Nullable(rows.ColLabel, rows.TypeDict),
		rows.Nullable(dataset.Differentials, typeStatedEntries))
	if err != nil {
		return nil, err
	}
	return engine.Survey[labelPart]{
		Name: "labels",
		OnLook: func(batch arrow.RecordBatch) (labelPart, error) {
			return countLabels(batch.Column(at[0]), statedEntriesOf(batch.Column(at[1]))), nil
		},
		OnTake: func(part labelPart) error {
			l.rows += part.rows
			for label, rows := range part.counts {
				if _, known := l.counts[label]; !known {
					label = strings.Clone(label) // else it would keep its whole batch
				}
				l.counts[label] += rows
			}
			return nil
		},
	}, nil
}

func countLabels(label arrow.Array, stated *statedEntries) labelPart {
	own, dictionary := rows.CodesOf(label)
	counts := make(map[string]int64, dictionary.Len())
	for code, rows := range ownRows(label, own, dictionary.Len()) {
		if rows > 0 {
			counts[dictionary.Value(code)] += rows
		}
	}
	texts := make([]string, stated.dictionary.Len())
	for code := range texts {
		texts[code] = stated.dictionary.Value(code)
	}
	inEntries, rows := codesIn(texts, dictionary), make([]int64, len(texts))
	seen := make([]int32, len(texts)) // 1 + the last row that named it
	naming := int64(label.Len() - label.NullN())
	for row := range stated.list.Len() {
		from, to := stated.of(row)
		if from == to {
			continue
		}
		if label.IsNull(row) {
			naming++
		} else if code := inEntries[own[row]]; code >= 0 {
			seen[code] = int32(row) + 1
		}
		for _, code := range stated.codes[from:to] {
			if seen[code] != int32(row)+1 {
				seen[code] = int32(row) + 1
				rows[code]++
			}
		}
	}
	for code, n := range rows {
		if n > 0 {
			counts[texts[code]] += n
		}
	}
	return labelPart{counts, naming}
}

// ownRows counts the rows of each label code.
func ownRows(label arrow.Array, codes []int32, distinct int) []int64 {
	rows := make([]int64, distinct)
	for i, c := range codes {
		if label.IsValid(i) {
			rows[c]++
		}
	}
	return rows
}

// codesIn are, for each text of a dictionary, its place among texts, or -1.
func codesIn(texts []string, dictionary *array.String) []int32 {
	place := make(map[string]int32, len(texts))
	for i, t := range texts {
		place[t] = int32(i)
	}
	codes := make([]int32, dictionary.Len())
	for i := range codes {
		codes[i] = -1
		if at, is := place[dictionary.Value(i)]; is {
			codes[i] = at
		}
	}
	return codes
}
