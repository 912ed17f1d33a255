package stages

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
)

// Groups finds the groups of spec 8.5 over all rows of all sources, rejected ones too: the connected components under equal patient and
// equal lesion, as GroupOptions say. It fills the Ledger on the way and numbers the patients.
//
// A patient is (space, patient_id). A lesion is (space, patient_id, lesion_id) if the row has a patient_id, else (space, lesion_id); with
// LesionScopeSource it is (space, lesion_id) always. Rows without a key are groups of their own.
//
// Tables that grow with rows, besides the ledger's 13 bytes a row (4 of them are the union-find's): the two keyTables, at most 28 bytes a
// patient and 29 a lesion. They are freed by Ledger.
type Groups struct {
	options  GroupOptions
	spaces   map[string]uint32
	patients keyTable
	lesions  keyTable
	counts   vector[uint8] // rows per lesion, up to 255
	scopes   []bool        // LesionScopeSource per source
	ledger   *Ledger

	// patientOf holds a patient for lesions whose entry in lesions shows a row without one. Few, for sources with LesionScopeSource only.
	patientOf map[int]int32
	findings  map[findingKey]*lesionFinding
}

// GroupOptions say what joins rows (split.group_by) and how findings name names.
type GroupOptions struct {
	Patient, Lesion bool     // which edges count
	Names           []string // Join.Names
}

// GroupSource is what Groups must know of a source.
type GroupSource struct {
	Name              string
	Space             string // patient_space; the source's name by default
	LesionScopeSource bool   // lesion_scope is source
}

// A Finding is something a person should look at; the catalogue of findings knows its severity and remedy by ID.
type Finding struct {
	ID      string
	Source  int   // index of the source of Row
	Row     int64 // the first row concerned, from 0 in its dataset CSV; -1: no row
	Subject string
	Images  int64
	Detail  string
}

// The ids of this package's findings (spec 5).
const (
	FindingGiantGroup        = "giant_group"
	FindingLesionTwoPatients = "lesion_two_patients"
	FindingLesionTwoLabels   = "lesion_two_labels"
	FindingClassMissing      = "class_missing_in_split"
)

type findingKey struct {
	id     string
	lesion int
}

type lesionFinding struct {
	first  int32 // the row that the lesion's entry showed when the finding was made
	other  int32 // the first row of another patient
	others int64 // rows of another patient
	names  []int32
	lesion string
}

// maxGroupRows bounds rows so that a row number fits an int32.
const maxGroupRows = math.MaxInt32

// NewGroups has no rows yet.
func NewGroups(o GroupOptions) *Groups {
	return &Groups{options: o, spaces: map[string]uint32{}, ledger: &Ledger{}, patientOf: map[int]int32{}, findings: map[findingKey]*lesionFinding{}}
}

// groupPart is what Look hands to Take.
type groupPart struct {
	reason              []uint8
	mapped              []int32 // -1: none
	patients            []keyID
	lesions             []keyID
	patient, lesionText *array.String
}

// Sink takes the batches of the next source, behind Join. It is called once for every source, also for those without rows, in bytewise
// order of name, and for all of them before the first batch is taken; the sinks are drained in that order, as the passes of one Drain
// are. Ids are packed in parallel, tables filled in order.
func (g *Groups) Sink(s GroupSource, joined *arrow.Schema) (engine.Sink, error) {
	at, err := columnsOf(joined, nullable(ColPatient, typeText), nullable(ColLesion, typeText), nullable(ColReason, typeUint8), nullable(ColMapped, typeInt32))
	if err != nil {
		return nil, err
	}
	if n := len(g.ledger.Sources); n > 0 && g.ledger.Sources[n-1].Name >= s.Name {
		return nil, fmt.Errorf("source %q stands behind %q, want sources in bytewise order, each once", s.Name, g.ledger.Sources[n-1].Name)
	}
	source := len(g.ledger.Sources)
	g.ledger.Sources = append(g.ledger.Sources, LedgerSource{Name: s.Name})
	g.scopes = append(g.scopes, s.LesionScopeSource)
	space, known := g.spaces[s.Space]
	if !known {
		space = uint32(len(g.spaces))
		g.spaces[s.Space] = space
	}
	return engine.Survey[*groupPart]{
		Name: "groups",
		OnLook: func(batch arrow.RecordBatch) (*groupPart, error) {
			p := &groupPart{patient: batch.Column(at[0]).(*array.String), lesionText: batch.Column(at[1]).(*array.String)}
			p.patients, p.lesions = keysOf(p.patient), keysOf(p.lesionText)
			p.reason = batch.Column(at[2]).(*array.Uint8).Uint8Values()
			p.mapped = orMinusOne(batch.Column(at[3]))
			return p, nil
		},
		OnTake: func(p *groupPart) error { return g.take(source, space, p) },
	}, nil
}

// orMinusOne are the values of an int32 column, with -1 for null.
func orMinusOne(column arrow.Array) []int32 {
	values := int32sOf(column)
	if column.NullN() == 0 {
		return values
	}
	values = slices.Clone(values)
	for i := range values {
		if column.IsNull(i) {
			values[i] = -1
		}
	}
	return values
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
	addAll(&l.reason, p.reason)
	addAll(&l.mapped, p.mapped)
	for i := range p.reason {
		row := int32(l.group.n)
		l.group.add(row)
		patient := int32(-1)
		if p.patients[i] != (keyID{}) {
			number, isNew := g.patients.number(space, p.patients[i], row)
			patient = int32(number)
			if !isNew && g.options.Patient {
				g.union(row, g.patients.entries.at(number).row)
			}
		}
		l.patient.add(patient)
		if p.lesions[i] == (keyID{}) {
			continue
		}
		owner := space | 1<<31
		if patient >= 0 && !g.scopes[source] {
			owner = uint32(patient)
		}
		number, isNew := g.lesions.number(owner, p.lesions[i], row)
		if isNew {
			g.counts.add(1)
			continue
		}
		if g.options.Lesion {
			g.union(row, g.lesions.entries.at(number).row)
		}
		g.again(number, row, source, p.lesionText.Value(i))
	}
	l.Sources[source].Rows += int64(len(p.reason))
	return nil
}

// again notes a further row of a lesion and compares it with the row that the lesion's entry shows: its first alive row, else its first.
func (g *Groups) again(lesion int, row int32, source int, id string) {
	if count := g.counts.at(lesion); *count < math.MaxUint8 {
		*count++
	}
	l := g.ledger
	e := g.lesions.entries.at(lesion)
	if g.scopes[source] {
		known := l.patient.get(int(e.row))
		if known < 0 {
			if p, has := g.patientOf[lesion]; has {
				known = p
			}
		}
		switch patient := l.patient.get(int(row)); {
		case patient < 0:
		case known < 0:
			g.patientOf[lesion] = patient
		case known != patient:
			f := g.finding(FindingLesionTwoPatients, lesion, e.row, id)
			if f.others++; f.others == 1 {
				f.other = row
			}
		}
	}
	if Reason(l.reason.get(int(row))) != Alive {
		return
	}
	if Reason(l.reason.get(int(e.row))) != Alive {
		if p := l.patient.get(int(e.row)); p >= 0 && l.patient.get(int(row)) < 0 {
			g.patientOf[lesion] = p
		}
		e.row = row
		return
	}
	if a, b := l.mapped.get(int(e.row)), l.mapped.get(int(row)); a != b {
		f := g.finding(FindingLesionTwoLabels, lesion, e.row, id)
		for _, name := range []int32{a, b} {
			if !slices.Contains(f.names, name) {
				f.names = append(f.names, name)
			}
		}
	}
}

func (g *Groups) finding(id string, lesion int, first int32, text string) *lesionFinding {
	key := findingKey{id, lesion}
	f := g.findings[key]
	if f == nil {
		f = &lesionFinding{first: first, lesion: strings.Clone(text)}
		g.findings[key] = f
	}
	return f
}

// union joins the groups of two rows: the group column is a forest whose roots are the smallest rows.
func (g *Groups) union(a, b int32) {
	a, b = g.root(a), g.root(b)
	if a != b {
		*g.ledger.group.at(int(max(a, b))) = min(a, b)
	}
}

func (g *Groups) root(row int32) int32 {
	parents := &g.ledger.group
	for {
		p := parents.at(int(row))
		if *p == row {
			return row
		}
		*p = parents.get(int(*p))
		row = *p
	}
}

// Ledger ends the survey: groups are numbered by their first row, the key tables are freed. The findings are lesion_two_patients (for
// sources with LesionScopeSource) and lesion_two_labels (alive rows of a lesion with different mapped names), in the order of rows; their
// Images are the lesion's rows, 255 standing for 255 or more. The groups have no ids yet: see Ledger.Identify.
func (g *Groups) Ledger() (*Ledger, []Finding) {
	l := g.ledger
	l.startTo(len(l.Sources))
	for i := range l.group.n {
		p := l.group.at(i)
		if int(*p) == i {
			*p = int32(l.groups)
			l.groups++
		} else {
			*p = l.group.get(int(*p)) // the parent comes before and has its number already
		}
	}
	l.patients = g.patients.entries.n
	findings := make([]Finding, 0, len(g.findings))
	for key, f := range g.findings {
		source, row := l.Place(int64(f.first))
		detail := "mapped to " + quoteAll(g.options.Names, f.names)
		if key.id == FindingLesionTwoPatients {
			other, otherRow := l.Place(int64(f.other))
			detail = fmt.Sprintf("rows of another patient: %d, the first of them is image %d of %q", f.others, otherRow+1, l.Sources[other].Name)
		}
		images := int64(g.counts.get(key.lesion))
		findings = append(findings, Finding{ID: key.id, Source: source, Row: row, Subject: f.lesion, Images: images, Detail: detail})
	}
	slices.SortFunc(findings, compareFindings)
	g.patients, g.lesions, g.counts, g.patientOf, g.findings = keyTable{}, keyTable{}, vector[uint8]{}, nil, nil
	return l, findings
}

func compareFindings(a, b Finding) int {
	return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Row, b.Row), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Subject, b.Subject))
}

// quoteAll are the names at the given places, sorted, quoted, with commas.
func quoteAll(names []string, at []int32) string {
	at = slices.Sorted(slices.Values(at))
	quoted := make([]string, len(at))
	for i, n := range at {
		quoted[i] = fmt.Sprintf("%q", names[n])
	}
	return strings.Join(quoted, ", ")
}
