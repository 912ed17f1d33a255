package stages

import (
	"errors"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/dataset"
)

// Join gives every row of one source its mapped name and final class, or the first reason why it has none (spec 8.1), in this order:
// source_pending, withdrawn, no_label, unmapped, label_excluded. A rejected row has neither name nor class.
//
// It makes ColDifferential of the differentials: label and reader are numbers local to the row, by first appearance; class is the final
// class as an index in Names, null when the label is unmapped, "-" or of an excluded category; weight is null when missing. With Derive,
// a missing label is derived from them.
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
	at, err := columnsOf(in, append(slices.Clone(cellFields), nullable(dataset.Differentials, typeStatedEntries))...)
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
		stated := statedEntriesOf(batch.Column(at[len(cellFields)]))
		if j.Derive {
			j.derive(columns, stated)
		}
		reason, mapped, class := j.reasons(columns)
		columns = append(columns, reason, mapped, class, stated.mapped(j))
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
const cellPath, cellLabel, cellOrigin, cellPatient = 0, 1, 2, 3

// derive puts labels into cells where there is none and the differentials give one.
func (j Join) derive(cells []arrow.Array, stated *statedEntries) {
	var labels derivedLabels
	var entries []dataset.Entry
	for row := range stated.list.Len() {
		if cells[cellLabel].IsNull(row) && stated.list.IsValid(row) {
			entries = stated.row(row, entries[:0])
			labels.add(row, entries, j.Given, j.RejectTies)
		}
	}
	if len(labels.rows) > 0 {
		cells[cellLabel], cells[cellOrigin] = labels.columns(cells[cellLabel], cells[cellOrigin])
	}
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
		default:
			r, name = reasonOf(table[c]), table[c]
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

// reasonOf is why the mapping rejects a label that is mapped to a name or to what stands for none; Alive for a name.
func reasonOf(mapped int32) Reason {
	switch mapped {
	case labelUnmapped:
		return Unmapped
	case labelDash:
		return LabelExcluded
	}
	return Alive
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
