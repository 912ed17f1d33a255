package stages

import (
	"errors"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/rows"
)

// Join gives every row of one source its mapped name and final class, or the first reason why it has none (spec 8.1),
// in this order: source_pending, withdrawn, no_label, unmapped, label_excluded.
// A rejected row has neither name nor class.
//
// It makes ColDifferential of the differentials, as rows.TypeEntries says. With Derive,
// a missing label is derived from them.
//
// In: what Normalise makes. Out: the columns of package rows, extras last.
// Labels are looked up once per distinct label of a batch.
type Join struct {
	Names  []string         // all names, bytewise sorted
	Labels map[string]int32 // the source's labels → index in Names; -1 or absent: unmapped; -2: "-"
	// index in Names → index of the final class in Names; -1: its category is excluded
	Final             []int32
	Pending           bool                // the source's status is pending
	WithdrawnPaths    map[string]struct{} // image paths of this source
	WithdrawnPatients map[string]struct{} // patient ids of this source's patient space
	Derive            bool                // label.from is differentials
	RejectTies        bool                // label.on_tie is reject
	Given             bool                // differentials.weights is given
}

// Name is the stage's name in errors.
func (Join) Name() string { return "join" }

var joinedFields = []arrow.Field{
	{Name: rows.ColReason, Type: rows.TypeUint8}, rows.Nullable(rows.ColMapped, rows.TypeInt32),
	rows.Nullable(rows.ColClass, rows.TypeInt32), rows.Nullable(rows.ColDifferential, rows.TypeEntries),
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
	at, err := rows.ColumnsOf(in,
		append(slices.Clone(cellFields), rows.Nullable(dataset.Differentials, typeStatedEntries))...)
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
	if err := rows.CheckFinal(j.Names, j.Final); err != nil {
		return err
	}
	for label, name := range j.Labels {
		if name < rows.LabelDash || int(name) >= len(j.Names) {
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
	codes, dictionary := rows.CodesOf(label)
	table := make([]int32, dictionary.Len())
	for i := range table {
		table[i] = j.lookup(dictionary.Value(i))
	}
	path, patient := cells[cellPath].(*array.String), cells[cellPatient].(*array.String)
	reasons, names, classes := make([]uint8, len(codes)), make([]int32, len(codes)), make([]int32, len(codes))
	noName, noClass := rows.NewNulls(len(codes)), rows.NewNulls(len(codes))
	for i, c := range codes {
		r, name := rows.Alive, int32(rows.LabelUnmapped)
		switch {
		case j.Pending:
			r = rows.SourcePending
		case isIn(j.WithdrawnPaths, path, i) || isIn(j.WithdrawnPatients, patient, i):
			r = rows.Withdrawn
		case label.IsNull(i):
			r = rows.NoLabel
		default:
			r, name = rows.MappingReason(table[c]), table[c]
		}
		reasons[i] = uint8(r)
		if name < 0 {
			noName.Set(i)
			noClass.Set(i)
			continue
		}
		names[i] = name
		if classes[i] = j.Final[name]; classes[i] < 0 {
			classes[i] = 0
			noClass.Set(i)
		}
	}
	return rows.Fixed(rows.TypeUint8, reasons, nil), rows.Fixed(rows.TypeInt32, names, noName),
		rows.Fixed(rows.TypeInt32, classes, noClass)
}

func (j Join) lookup(label string) int32 {
	if name, known := j.Labels[label]; known {
		return name
	}
	return rows.LabelUnmapped
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
	codes, dictionary := rows.CodesOf(label)
	originCodes, _ := rows.CodesOf(origin)
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
	return rows.DictColumn(codes, rows.Texts(values)), rows.DictColumn(originCodes, origins)
}
