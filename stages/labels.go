package stages

import (
	"cmp"
	"container/heap"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/zeebo/xxh3"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/rows"
)

// mostLabelBytes bounds the labels that a LabelTable holds as texts.
const mostLabelBytes = 32 << 20

// A LabelTable counts the labels of one source at a time, in the order of sources. Of every distinct label it holds a
// 128-bit hash of a random seed and a count; of the labels themselves those that are smallest bytewise, up to a number
// of bytes: so what it knows does not depend on batches.
type LabelTable struct {
	seed    uint64
	of      *Labels
	counts  map[xxh3.Uint128]int64
	texts   texts  // a heap once bound is set
	bytes   int    // that they take
	most    int    // bytes that they may take
	bound   string // labels from this one on are not held
	bounded bool
}

// NewLabelTable counts nothing yet.
func NewLabelTable() *LabelTable { return &LabelTable{seed: rand.Uint64(), most: mostLabelBytes} }

// Labels counts, for one source, the rows that name each distinct label, as its own label or in its differentials; a
// row counts once per label (spec 4, the renaming file's Images). A differentials cell that does not parse names
// nothing.
type Labels struct {
	table  *LabelTable
	wanted map[string]int32
	most   int
	counts map[string]int64
	others OtherLabels
	rows   int64
}

// OtherLabels are labels that are only counted.
type OtherLabels struct {
	Labels int64 // how many there are
	Rows   int64 // how often they are named
}

// Source counts the labels of the next source. It tells those in wanted, and of others as many as most, those that most
// rows name.
func (t *LabelTable) Source(wanted map[string]int32, most int) *Labels {
	return &Labels{table: t, wanted: wanted, most: most, counts: map[string]int64{}}
}

// Counts are the rows per label, once all rows are in, and what is known of the others.
func (l *Labels) Counts() (map[string]int64, OtherLabels) {
	if l.table.of == l {
		l.end()
	}
	return l.counts, l.others
}

// Rows is how many rows name any label.
func (l *Labels) Rows() int64 { return l.rows }

// begin makes the table the source's.
func (l *Labels) begin() {
	t := l.table
	if t.of == l {
		return
	}
	if t.of != nil {
		t.of.end()
	}
	t.of, t.counts = l, map[xxh3.Uint128]int64{}
}

// end chooses the labels to tell of and leaves the table to the next source.
func (l *Labels) end() {
	t := l.table
	for label := range l.wanted {
		hash := t.hash(label)
		if n := t.counts[hash]; n > 0 {
			l.counts[label] = n
			delete(t.counts, hash)
		}
	}
	for _, n := range t.counts {
		l.others.Labels++
		l.others.Rows += n
	}
	var others []labelRows
	for _, label := range t.texts {
		if n := t.counts[t.hash(label)]; n > 0 {
			others = append(others, labelRows{label: label, rows: n})
		}
	}
	slices.SortFunc(others, func(a, b labelRows) int {
		return cmp.Or(cmp.Compare(b.rows, a.rows), strings.Compare(a.label, b.label))
	})
	for _, other := range others[:min(len(others), l.most)] {
		l.counts[other.label] = other.rows
		l.others.Labels--
		l.others.Rows -= other.rows
	}
	t.of, t.counts, t.texts, t.bytes, t.bound, t.bounded = nil, nil, nil, 0, "", false
}

func (t *LabelTable) hash(label string) xxh3.Uint128 { return xxh3.HashString128Seed(label, t.seed) }

// add counts rows that name a label.
func (t *LabelTable) add(hash xxh3.Uint128, label string, rows int64) {
	n, known := t.counts[hash]
	t.counts[hash] = n + rows
	if known || t.bounded && label >= t.bound {
		return
	}
	label = strings.Clone(label) // else it would keep its whole batch
	t.bytes += textBytes(label)
	if t.bounded {
		heap.Push(&t.texts, label)
	} else {
		t.texts = append(t.texts, label)
	}
	if t.bytes > t.most && !t.bounded {
		t.bounded = true
		heap.Init(&t.texts)
	}
	for t.bytes > t.most {
		t.bound = heap.Pop(&t.texts).(string)
		t.bytes -= textBytes(t.bound)
	}
}

func textBytes(text string) int { return len(text) + 16 }

// texts are a heap, the largest on top.
type texts []string

func (t texts) Len() int           { return len(t) }
func (t texts) Less(i, j int) bool { return t[i] > t[j] }
func (t texts) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *texts) Push(text any)     { *t = append(*t, text.(string)) }
func (t *texts) Pop() any {
	last := len(*t) - 1
	text := (*t)[last]
	(*t)[last] = ""
	*t = (*t)[:last]
	return text
}

// labelPart is what Look hands to Take: rows per label, and rows that name any.
type labelPart struct {
	labels []labelRows
	rows   int64
}

// labelRows are the rows of a batch that name a label.
type labelRows struct {
	hash  xxh3.Uint128
	label string
	rows  int64
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
			part := countLabels(batch.Column(at[0]), statedEntriesOf(batch.Column(at[1])))
			for i := range part.labels {
				part.labels[i].hash = l.table.hash(part.labels[i].label)
			}
			return part, nil
		},
		OnTake: func(part labelPart) error {
			l.begin()
			l.rows += part.rows
			for _, named := range part.labels {
				l.table.add(named.hash, named.label, named.rows)
			}
			return nil
		},
	}, nil
}

// countLabels counts the rows that name each label. One that stands in both columns comes twice.
func countLabels(label arrow.Array, stated *statedEntries) (part labelPart) {
	own, dictionary := rows.CodesOf(label)
	for code, rows := range ownRows(label, own, dictionary.Len()) {
		if rows > 0 {
			part.labels = append(part.labels, labelRows{label: dictionary.Value(code), rows: rows})
		}
	}
	texts := make([]string, stated.dictionary.Len())
	for code := range texts {
		texts[code] = stated.dictionary.Value(code)
	}
	inEntries, rows := codesIn(texts, dictionary), make([]int64, len(texts))
	seen := make([]int32, len(texts)) // 1 + the last row that named it
	part.rows = int64(label.Len() - label.NullN())
	for row := range stated.list.Len() {
		from, to := stated.of(row)
		if from == to {
			continue
		}
		if label.IsNull(row) {
			part.rows++
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
			part.labels = append(part.labels, labelRows{label: texts[code], rows: n})
		}
	}
	return part
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
