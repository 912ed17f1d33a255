package stages

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/dataset"
)

// Join gives every row of one source its mapped name and final class, or the first reason why it has none (spec 8.1), in this order:
// source_pending, withdrawn, no_label, unmapped, label_excluded. A rejected row has neither name nor class.
//
// It parses differentials, once, into ColDifferential: label and reader are numbers local to the row, by first appearance; class is the
// final class as an index in Names, null when the label is unmapped, "-" or of an excluded category; weight is null when missing. A cell
// that is no differential is told in ColBad and counts as empty; an empty list is null. With Derive, a missing label is derived from them.
//
// In: what Normalise makes. Out: columns.go, extras last. Labels are looked up once per distinct label of a batch.
type Join struct {
	Names             []string            // all names, bytewise sorted
	Labels            map[string]int32    // the source's labels → index in Names; -1 or absent: unmapped; -2: "-"
	Final             []int32             // index in Names → index of the final class in Names; -1: its category is excluded
	Pending           bool                // the source's status is pending
	WithdrawnPaths    map[string]struct{} // image paths of this source
	WithdrawnPatients map[string]struct{} // patient ids of this source's patient space
	Derive            bool                // label.from is differentials
	RejectTies        bool                // label.on_tie is reject
	Given             bool                // differentials.weights is given
}

const (
	labelUnmapped = -1
	labelDash     = -2
)

// Name is the stage's name in errors.
func (Join) Name() string { return "join" }

var (
	typeEntry = arrow.StructOf(arrow.Field{Name: "label", Type: typeInt32}, nullable("class", typeInt32),
		arrow.Field{Name: "reader", Type: typeInt32}, nullable("weight", typeFloat64))
	typeEntries = arrow.ListOfField(arrow.Field{Name: "item", Type: typeEntry})
)

var joinedFields = []arrow.Field{
	{Name: ColReason, Type: typeUint8}, nullable(ColMapped, typeInt32), nullable(ColClass, typeInt32), nullable(ColDifferential, typeEntries),
}

// Joined is the schema behind Normalise and Join for a dataset CSV of schema raw.
func Joined(raw *arrow.Schema) (*arrow.Schema, error) {
	normal, _, err := Normalise{}.Bind(raw)
	if err != nil {
		return nil, err
	}
	joined, _, err := Join{}.Bind(normal)
	return joined, err
}

// Bind checks the columns and that Labels and Final stay within Names.
func (j Join) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	at, err := columnsOf(in, append(slices.Clone(cellFields), nullable(dataset.Differentials, typeText))...)
	more, moreAt, moreErr := extras(in)
	if err := errors.Join(err, moreErr, j.check()); err != nil {
		return nil, nil, err
	}
	out := arrow.NewSchema(slices.Concat(cellFields, joinedFields, more), nil)
	return out, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		columns := make([]arrow.Array, len(cellFields), out.NumFields())
		for i := range cellFields {
			columns[i] = batch.Column(at[i])
		}
		raw := batch.Column(at[len(cellFields)]).(*array.String)
		columns = append(columns, j.rows(columns, raw)...)
		for _, i := range moreAt {
			columns = append(columns, batch.Column(i))
		}
		return array.NewRecordBatch(out, columns, batch.NumRows()), nil
	}, nil
}

func (j Join) check() error {
	if len(j.Final) != len(j.Names) {
		return fmt.Errorf("%d final classes for %d names", len(j.Final), len(j.Names))
	}
	for i, f := range j.Final {
		if f < -1 || int(f) >= len(j.Names) {
			return fmt.Errorf("the final class of %q is %d, want -1 to %d", j.Names[i], f, len(j.Names)-1)
		}
	}
	for label, name := range j.Labels {
		if name < labelDash || int(name) >= len(j.Names) {
			return fmt.Errorf("label %q is mapped to %d, want -2 to %d", label, name, len(j.Names)-1)
		}
	}
	return nil
}

// The places of cellFields that Join reads or replaces.
const (
	cellPath, cellLabel, cellOrigin, cellPatient = 0, 1, 2, 3
	cellBad                                      = 12
)

// rows makes joinedFields; it replaces label, origin and bad in cells where differentials say so.
func (j Join) rows(cells []arrow.Array, raw *array.String) []arrow.Array {
	n := raw.Len()
	d := differentials{join: &j, offsets: append(make([]int32, 0, n+1), 0), nulls: newNulls(n)}
	var bad badCells
	var labels derivedLabels
	for i := range n {
		if raw.IsNull(i) {
			d.skip(i)
			continue
		}
		if err := d.add(i, raw.Value(i)); err != nil {
			bad.add(i, dataset.Differentials, raw.Value(i))
			continue
		}
		if j.Derive && len(d.entries) > 0 && cells[cellLabel].IsNull(i) {
			labels.add(i, d.entries, j.Given, j.RejectTies)
		}
	}
	if len(labels.rows) > 0 {
		cells[cellLabel], cells[cellOrigin] = labels.columns(cells[cellLabel], cells[cellOrigin])
	}
	if len(bad.rows) > 0 {
		old := cells[cellBad].(*array.String)
		var all badCells
		for i := range n {
			if old.IsValid(i) {
				all.readBad(i, old.Value(i))
			}
		}
		all.rows, all.cells = append(all.rows, bad.rows...), append(all.cells, bad.cells...)
		cells[cellBad] = all.column(n)
	}
	reason, mapped, class := j.reasons(cells)
	return []arrow.Array{reason, mapped, class, d.column()}
}

// reasons is spec 8.1.
func (j Join) reasons(cells []arrow.Array) (reason, mapped, class arrow.Array) {
	label := cells[cellLabel]
	codes, dictionary := codesOf(label)
	table := make([]int32, dictionary.Len())
	for i := range table {
		table[i] = j.lookup(dictionary.Value(i))
	}
	path, patient := cells[cellPath].(*array.String), cells[cellPatient].(*array.String)
	reasons, names, classes := make([]uint8, len(codes)), make([]int32, len(codes)), make([]int32, len(codes))
	noName, noClass := newNulls(len(codes)), newNulls(len(codes))
	for i, c := range codes {
		r, name := Alive, int32(labelUnmapped)
		switch {
		case j.Pending:
			r = SourcePending
		case isIn(j.WithdrawnPaths, path, i) || isIn(j.WithdrawnPatients, patient, i):
			r = Withdrawn
		case label.IsNull(i):
			r = NoLabel
		case table[c] == labelUnmapped:
			r = Unmapped
		case table[c] == labelDash:
			r = LabelExcluded
		default:
			name = table[c]
		}
		reasons[i] = uint8(r)
		if name < 0 {
			noName.set(i)
			noClass.set(i)
			continue
		}
		names[i] = name
		if classes[i] = j.Final[name]; classes[i] < 0 {
			classes[i] = 0
			noClass.set(i)
		}
	}
	return fixed(typeUint8, reasons, nil), fixed(typeInt32, names, noName), fixed(typeInt32, classes, noClass)
}

func (j Join) lookup(label string) int32 {
	if name, known := j.Labels[label]; known {
		return name
	}
	return labelUnmapped
}

func isIn(set map[string]struct{}, column *array.String, row int) bool {
	if len(set) == 0 || column.IsNull(row) {
		return false
	}
	_, is := set[column.Value(row)]
	return is
}

// differentials makes ColDifferential row by row.
type differentials struct {
	join    *Join
	entries []dataset.Entry // of the row added last
	offsets []int32
	nulls   *nulls
	labels  []int32
	classes []int32
	readers []int32
	weights []float64
	label   numbering
	reader  numbering
	classOf []int32 // of the row being added: label → class
}

// noWeight stands for a missing weight while a batch is made; no parsed weight is NaN.
var noWeight = math.NaN()

func (d *differentials) skip(row int) {
	d.nulls.set(row)
	d.entries = d.entries[:0]
	d.offsets = append(d.offsets, int32(len(d.labels)))
}

// add parses the cell of a row; on an error the row has no differentials.
func (d *differentials) add(row int, cell string) error {
	entries, err := dataset.ParseDifferentials(unsafe.Slice(unsafe.StringData(cell), len(cell)), d.entries[:0])
	if err != nil || len(entries) == 0 {
		d.skip(row)
		return err
	}
	d.entries = entries
	d.label.reset()
	d.reader.reset()
	d.classOf = d.classOf[:0]
	for i := range entries {
		e := &entries[i]
		number, isNew := d.label.number(e.Label)
		if isNew {
			class := int32(-1)
			if name := d.join.lookup(e.Label); name >= 0 {
				class = d.join.Final[name]
			}
			d.classOf = append(d.classOf, class)
		}
		reader, _ := d.reader.number(e.Reader)
		weight := noWeight
		if e.HasWeight {
			weight = e.Weight
		}
		d.labels, d.classes = append(d.labels, number), append(d.classes, d.classOf[number])
		d.readers, d.weights = append(d.readers, reader), append(d.weights, weight)
	}
	d.offsets = append(d.offsets, int32(len(d.labels)))
	return nil
}

func (d *differentials) column() arrow.Array {
	n := len(d.labels)
	noClass, noWeights := newNulls(n), newNulls(n)
	for i := range n {
		if d.classes[i] < 0 {
			d.classes[i] = 0
			noClass.set(i)
		}
		if math.IsNaN(d.weights[i]) {
			d.weights[i] = 0
			noWeights.set(i)
		}
	}
	entries := structData(typeEntry, n, fixedData(typeInt32, d.labels, nil), fixedData(typeInt32, d.classes, noClass),
		fixedData(typeInt32, d.readers, nil), fixedData(typeFloat64, d.weights, noWeights))
	return lists(typeEntries, d.offsets, entries, d.nulls)
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

func (n *numbering) number(text string) (number int32, isNew bool) {
	if n.index == nil {
		for i, t := range n.texts {
			if t == text {
				return int32(i), false
			}
		}
	} else if i, known := n.index[text]; known {
		return i, false
	}
	number = int32(len(n.texts))
	n.texts = append(n.texts, text)
	if n.index != nil {
		n.index[text] = number
	} else if len(n.texts) > fewTexts {
		n.index = make(map[string]int32, 4*fewTexts)
		for i, t := range n.texts {
			n.index[t] = int32(i)
		}
	}
	return number, true
}

// derivedLabels are the labels of a batch that were derived from differentials.
type derivedLabels struct {
	rows   []int
	labels []string
	ties   []bool
}

func (l *derivedLabels) add(row int, entries []dataset.Entry, given, rejectTies bool) {
	label, tie, ok := dataset.Derive(entries, given)
	if !ok || tie && rejectTies {
		return
	}
	l.rows, l.labels, l.ties = append(l.rows, row), append(l.labels, label), append(l.ties, tie)
}

// columns are the label and origin columns with the derived labels put in.
func (l *derivedLabels) columns(label, origin arrow.Array) (arrow.Array, arrow.Array) {
	codes, dictionary := codesOf(label)
	originCodes, _ := codesOf(origin)
	codes, originCodes = slices.Clone(codes), slices.Clone(originCodes)
	for i := range codes {
		if label.IsNull(i) {
			codes[i], originCodes[i] = -1, -1
		}
	}
	index := make(map[string]int32, dictionary.Len())
	values := make([]string, 0, dictionary.Len())
	for i := range dictionary.Len() {
		values = append(values, dictionary.Value(i))
		index[values[i]] = int32(i)
	}
	for i, row := range l.rows {
		code, known := index[l.labels[i]]
		if !known {
			code = int32(len(values))
			index[l.labels[i]] = code
			values = append(values, l.labels[i])
		}
		codes[row], originCodes[row] = code, 1
		if l.ties[i] {
			originCodes[row] = 2
		}
	}
	return dictColumn(codes, texts(values)), dictColumn(originCodes, origins)
}
