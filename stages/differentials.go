package stages

import (
	"math"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/rows"
)

// Differentials as stated, between Normalise and Join: a list of entries in file order, null where the cell is empty,
// holds no entry, or is none. Readers are numbers local to the row, by first appearance. A null weight is none.
var (
	typeStatedEntry = arrow.StructOf(arrow.Field{Name: "label", Type: rows.TypeDict},
		arrow.Field{Name: "reader", Type: rows.TypeInt32}, rows.Nullable("weight", rows.TypeFloat64))
	typeStatedEntries = arrow.ListOfField(arrow.Field{Name: "item", Type: typeStatedEntry})
)

// parseDifferentials reads the cells of a column; those that are no differentials are told as bad.
func parseDifferentials(cells *array.String, bad *badCells) arrow.Array {
	n := cells.Len()
	p := entryParser{offsets: append(make([]int32, 0, n+1), 0), nulls: rows.NewNulls(n),
		index: map[string]int32{}, dictionary: rows.NewText(0, 0)}
	for row := range n {
		var err error
		if cells.IsNull(row) || cells.ValueLen(row) == 0 {
			p.skip(row)
		} else if err = p.add(row, cells.Value(row)); err != nil {
			bad.add(row, dataset.Differentials, cells.Value(row))
		}
	}
	return p.column()
}

// An entryParser makes the column of stated entries row by row.
type entryParser struct {
	entries    []dataset.Entry // of the row added last
	offsets    []int32
	nulls      *rows.Nulls
	labels     []int32
	readers    []int32
	weights    []float64
	index      map[string]int32 // label → its code
	dictionary *rows.TextColumn
	reader     numbering
}

// noWeight stands for a missing weight while a batch is made; no parsed weight is NaN.
var noWeight = math.NaN()

func (p *entryParser) skip(row int) {
	p.nulls.Set(row)
	p.offsets = append(p.offsets, int32(len(p.labels)))
}

// add parses the cell of a row; on an error the row has no differentials.
func (p *entryParser) add(row int, cell string) error {
	entries, err := dataset.ParseDifferentials(cell, p.entries[:0])
	if err != nil || len(entries) == 0 {
		p.skip(row)
		return err
	}
	p.entries = entries
	p.reader.reset()
	for i := range entries {
		e := &entries[i]
		weight := noWeight
		if e.HasWeight {
			weight = e.Weight
		}
		p.labels, p.readers = append(p.labels, p.code(e.Label)), append(p.readers, p.reader.number(e.Reader))
		p.weights = append(p.weights, weight)
	}
	p.offsets = append(p.offsets, int32(len(p.labels)))
	return nil
}

func (p *entryParser) code(label string) int32 {
	code, known := p.index[label]
	if !known {
		code = int32(len(p.index))
		p.index[label] = code
		p.dictionary.Add(label)
	}
	return code
}

func (p *entryParser) column() arrow.Array {
	n := len(p.labels)
	noWeights := rows.NewNulls(n)
	for i := range n {
		if math.IsNaN(p.weights[i]) {
			p.weights[i] = 0
			noWeights.Set(i)
		}
	}
	entries := structData(typeStatedEntry, n, rows.DictColumn(p.labels, p.dictionary.Array()).Data(),
		rows.FixedData(rows.TypeInt32, p.readers, nil), rows.FixedData(rows.TypeFloat64, p.weights, noWeights))
	return lists(typeStatedEntries, p.offsets, entries, p.nulls)
}

// numbering gives texts numbers by first appearance. A few texts are compared one by one, many are kept in a map.
type numbering struct {
	texts []string
	index map[string]int32
}

const fewTexts = 24

func (n *numbering) reset() {
	n.texts = n.texts[:0]
	n.index = nil
}

func (n *numbering) number(text string) int32 {
	if n.index == nil {
		for i, t := range n.texts {
			if t == text {
				return int32(i)
			}
		}
	} else if i, known := n.index[text]; known {
		return i
	}
	number := int32(len(n.texts))
	n.texts = append(n.texts, text)
	if n.index != nil {
		n.index[text] = number
	} else if len(n.texts) > fewTexts {
		n.index = make(map[string]int32, 4*fewTexts)
		for i, t := range n.texts {
			n.index[t] = int32(i)
		}
	}
	return number
}

// statedEntries reads what parseDifferentials made.
type statedEntries struct {
	list       *array.List
	codes      []int32 // of labels
	dictionary *array.String
	readers    *array.Int32
	weights    *array.Float64
}

func statedEntriesOf(column arrow.Array) *statedEntries {
	list := column.(*array.List)
	s := list.ListValues().(*array.Struct)
	codes, dictionary := rows.CodesOf(s.Field(0))
	return &statedEntries{list, codes, dictionary, s.Field(1).(*array.Int32), s.Field(2).(*array.Float64)}
}

// of is the range of a row's entries; it is empty for a null.
func (s *statedEntries) of(row int) (from, to int) {
	if s.list.IsNull(row) {
		return 0, 0
	}
	a, b := s.list.ValueOffsets(row)
	return int(a), int(b)
}

// row appends a row's entries to into.
func (s *statedEntries) row(row int, into []dataset.Entry) []dataset.Entry {
	from, to := s.of(row)
	for i := from; i < to; i++ {
		e := dataset.Entry{Label: s.dictionary.Value(int(s.codes[i])), Reader: strconv.Itoa(int(s.readers.Value(i)))}
		if s.weights.IsValid(i) {
			e.Weight, e.HasWeight = s.weights.Value(i), true
		}
		into = append(into, e)
	}
	return into
}

// mapped is ColDifferential: labels are numbered in every row, and each distinct label's class is looked up once.
// Readers, weights and the cut into rows are shared.
func (s *statedEntries) mapped(j Join) arrow.Array {
	n := len(s.codes)
	table := make([]int32, s.dictionary.Len())
	for code := range table {
		table[code] = -1
		if name := j.lookup(s.dictionary.Value(code)); name >= 0 {
			table[code] = j.Final[name]
		}
	}
	labels, classes, noClass := make([]int32, n), make([]int32, n), rows.NewNulls(n)
	// by code: 1 + the row that has it, and its number there
	seen, number := make([]int32, len(table)), make([]int32, len(table))
	for row := range s.list.Len() {
		next := int32(0)
		for i, to := s.of(row); i < to; i++ {
			code := s.codes[i]
			if seen[code] != int32(row)+1 {
				seen[code], number[code] = int32(row)+1, next
				next++
			}
			labels[i] = number[code]
			if classes[i] = table[code]; classes[i] < 0 {
				classes[i] = 0
				noClass.Set(i)
			}
		}
	}
	entries := structData(rows.TypeEntry, n, rows.FixedData(rows.TypeInt32, labels, nil),
		rows.FixedData(rows.TypeInt32, classes, noClass), s.readers.Data(), s.weights.Data())
	d := s.list.Data()
	return array.MakeFromData(array.NewData(rows.TypeEntries, d.Len(), d.Buffers(),
		[]arrow.ArrayData{entries}, s.list.NullN(), d.Offset()))
}
