package ledger

import (
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/rows"
)

// Groups finds the groups of spec 8.5 over all rows of all sources, rejected ones too: the connected components under
// equal patient and equal lesion, as GroupOptions say. It fills the Ledger on the way and numbers the patients.
//
// A patient is (space, patient_id). A lesion is (space, patient_id, lesion_id) if the row has a patient_id, else
// (space, lesion_id); with LesionScopeSource it is (space, lesion_id) always.
// Rows without a key are groups of their own.
//
// Besides the ledger's 13 bytes a row, 4 of which are the union-find's, three tables grow with rows: the keyTables,
// what is known of lesions, and what is checked of ids. They take at most 44 bytes a patient and 45 a lesion (40 and 41
// in spaces of more than a million), and are freed by Ledger.
type Groups struct {
	options  GroupOptions
	spaces   map[string]uint32
	patients keyTable
	lesions  keyTable
	found    lesionFindings
	ids      idChecks
	scopes   []bool // LesionScopeSource per source
	ledger   *Ledger
	numbers  []int32 // patients of the batch being taken
}

// GroupOptions say what joins rows (split.group_by), and how findings name names and how many there may be.
type GroupOptions struct {
	Patient, Lesion bool     // which edges count
	Names           []string // all mapped names

	// MaxFindings is how many findings of one id are listed for one source, the first by row; one more, of no row, then
	// counts all. 0 lists them all.
	MaxFindings int
}

// GroupSource is what Groups must know of a source.
type GroupSource struct {
	Name              string
	Space             string // patient_space; the source's name by default
	LesionScopeSource bool   // lesion_scope is source
}

// maxGroupRows bounds rows so that a row number fits an int32.
const maxGroupRows = math.MaxInt32

// NewGroups has no rows yet.
func NewGroups(o GroupOptions) *Groups {
	return &Groups{
		options: o, spaces: map[string]uint32{}, ledger: &Ledger{maxFindings: o.MaxFindings},
		found: lesionFindings{patientOf: map[int]int32{}, mixed: map[int]lesionState{}},
	}
}

// groupPart is what Look hands to Take.
type groupPart struct {
	reason              []uint8
	mapped              []int32 // -1: none
	patients            []keyID
	lesions             []keyID
	stated              []stated
	patient, lesionText *array.String
}

// Sink takes the batches of the next source: joined rows. It is called once for every source, also for those without
// rows, in bytewise order of name, and for all of them before the first batch is taken. The sinks are drained in that
// order, as the passes of one Drain are. Ids are packed in parallel, tables filled in order.
func (g *Groups) Sink(s GroupSource, joined *arrow.Schema) (engine.Sink, error) {
	at, err := rows.ColumnsOf(joined, rows.Nullable(rows.ColPatient, rows.TypeText), rows.Nullable(rows.ColLesion,
		rows.TypeText), rows.Nullable(rows.ColReason, rows.TypeUint8), rows.Nullable(rows.ColMapped, rows.TypeInt32),
		rows.Nullable(rows.ColSex, rows.TypeDict), rows.Nullable(rows.ColAge, rows.TypeFloat32))
	if err != nil {
		return nil, err
	}
	if n := len(g.ledger.Sources); n > 0 && g.ledger.Sources[n-1].Name >= s.Name {
		return nil, fmt.Errorf("source %q stands behind %q, want sources in bytewise order, each once",
			s.Name, g.ledger.Sources[n-1].Name)
	}
	source := len(g.ledger.Sources)
	g.ledger.Sources = append(g.ledger.Sources, Source{Name: s.Name})
	g.scopes = append(g.scopes, s.LesionScopeSource)
	space, known := g.spaces[s.Space]
	if !known {
		space = uint32(len(g.spaces))
		g.spaces[s.Space] = space
		g.patients.spaces, g.lesions.spaces = append(g.patients.spaces, keySlots{}), append(g.lesions.spaces, keySlots{})
	}
	return engine.Survey[*groupPart]{
		Name: "groups",
		OnLook: func(batch arrow.RecordBatch) (*groupPart, error) {
			p := &groupPart{patient: batch.Column(at[0]).(*array.String), lesionText: batch.Column(at[1]).(*array.String)}
			p.patients, p.lesions = keysOf(p.patient), keysOf(p.lesionText)
			p.reason = batch.Column(at[2]).(*array.Uint8).Uint8Values()
			p.mapped = rows.OrMinusOne(batch.Column(at[3]))
			p.stated = statedOf(batch.Column(at[4]), batch.Column(at[5]))
			return p, nil
		},
		OnTake: func(p *groupPart) error { return g.take(source, space, p) },
	}, nil
}

// keysOf packs ids. Rows of one patient or lesion often follow one another.
func keysOf(column *array.String) []keyID {
	keys := make([]keyID, column.Len())
	last, lastKey := "", keyID{}
	for i := range keys {
		if column.IsNull(i) {
			continue
		}
		if id := column.Value(i); id != last {
			last, lastKey = id, keyOf(id)
		}
		keys[i] = lastKey
	}
	return keys
}

func (g *Groups) take(source int, space uint32, p *groupPart) error {
	l := g.ledger
	if l.rows()+len(p.reason) > maxGroupRows {
		return fmt.Errorf("more than %d rows", maxGroupRows)
	}
	if source < len(l.starts)-1 {
		return fmt.Errorf("rows of source %q come behind those of a later source", l.Sources[source].Name)
	}
	l.startTo(source)
	from := int32(l.rows())
	addAll(&l.reason, p.reason)
	addAll(&l.mapped, p.mapped)
	for i := range p.reason {
		l.group.add(from + int32(i))
	}
	g.takePatients(space, from, p)
	addAll(&l.patient, g.numbers)
	g.takeLesions(source, space, from, p)
	l.Sources[source].Rows += int64(len(p.reason))
	return nil
}

// takePatients numbers the patients of rows, and joins each row with an earlier one of its patient.
func (g *Groups) takePatients(space uint32, from int32, p *groupPart) {
	g.numbers = g.numbers[:0]
	for i, key := range p.patients {
		if key == (keyID{}) {
			g.numbers = append(g.numbers, -1)
			continue
		}
		row := from + int32(i)
		number, isNew := g.patients.number(space, space, key, row)
		g.numbers = append(g.numbers, int32(number))
		if isNew {
			g.ids.patients.add(g.ids.foldOf(space, p.patient.Value(i)))
			g.ids.stated.add(p.stated[i])
			continue
		}
		known := g.ids.stated.at(number)
		*known = known.and(p.stated[i])
		if g.options.Patient {
			// the row is a root, and not the smallest
			*g.ledger.group.at(int(row)) = root(&g.ledger.group, g.patients.entries.at(number).row)
		}
	}
}

// takeLesions compares each row of a lesion with what is known of it, and joins them.
func (g *Groups) takeLesions(source int, space uint32, from int32, p *groupPart) {
	scope := g.scopes[source]
	for i, key := range p.lesions {
		if key == (keyID{}) {
			continue
		}
		row := lesionRow{
			row: from + int32(i), alive: rows.Reason(p.reason[i]) == rows.Alive && p.mapped[i] >= 0, name: p.mapped[i],
			texts: p.lesionText, at: i,
		}
		owner, joined := space|1<<31, false
		if patient := g.numbers[i]; patient >= 0 && !scope {
			owner, joined = uint32(patient), g.options.Patient // all rows of the patient
		}
		var isNew bool
		if row.lesion, isNew = g.lesions.number(space, owner, key, row.row); isNew {
			g.found.first(row)
			g.ids.lesions.add(g.ids.foldOf(owner, p.lesionText.Value(i)))
			continue
		}
		if g.options.Lesion && !joined {
			unite(&g.ledger.group, row.row, g.lesions.entries.at(row.lesion).row)
		}
		g.again(row, scope)
	}
}

// Ledger ends the survey: groups are numbered by their first row, the key tables are freed.
// The groups have no ids yet: see Ledger.Identify.
//
// The findings are lesion_two_patients (for sources with LesionScopeSource) and lesion_two_labels (alive rows of a
// lesion with different mapped names), in the order of rows. There are at most GroupOptions.MaxFindings of each for a
// source, and behind them those that count them all. Their Images are the lesion's rows, 255 standing for 255 or more.
func (g *Groups) Ledger() (*Ledger, []rows.Finding) {
	l := g.ledger
	l.startTo(len(l.Sources))
	l.groups = numberTrees(&l.group)
	l.patients = g.patients.entries.n
	findings := g.lesionFindings()
	g.patients, g.lesions, g.found, g.ids, g.numbers = keyTable{}, keyTable{}, lesionFindings{}, idChecks{}, nil
	return l, findings
}
