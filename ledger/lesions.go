package ledger

import (
	"cmp"
	"container/heap"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/rows"
)

// The ids of this package's findings (spec 5).
const (
	FindingDuplicateConflict = "duplicate_conflict"
	FindingGiantGroup        = "giant_group"
	FindingLesionTwoPatients = "lesion_two_patients"
	FindingLesionTwoLabels   = "lesion_two_labels"
	FindingClassMissing      = "class_missing_in_split"
)

// lesionFindings is what is known of lesions, by number, and of those of them that people should look at. Many lesions
// may be findings, but only MaxFindings a source are told: of the others there is the count, and no more than the 5
// bytes that every lesion takes.
type lesionFindings struct {
	counts vector[uint8]       // rows, up to 255
	names  vector[lesionState] // of alive rows
	list   []lesionFinding
	kinds  []findingKind

	// For sources with LesionScopeSource only. patientOf holds a patient for lesions whose entry shows a row without one,
	// mixed the findings of lesions of two patients.
	patientOf map[int]int32
	mixed     map[int]lesionState
}

// A lesionState is what is known of a lesion's names, or of its patients: a kind, and a number that goes with it.
type lesionState uint32

// A lesionKind says what a lesionState's number is.
type lesionKind uint8

const (
	noName   lesionKind = iota // no row is alive yet; 0
	oneName                    // all alive rows have one mapped name: the name
	unlisted                   // a finding that is counted and not told; 0
	listed                     // a finding that is told: its place in the list
)

// numberBits is how many bits of a lesionState are its number; a thousand million names or listed findings
// would not fit into memory.
const numberBits = 30

// of is the state of a kind and its number.
func (k lesionKind) of(number int32) lesionState {
	return lesionState(k)<<numberBits | lesionState(number)
}

func (s lesionState) kind() lesionKind { return lesionKind(s >> numberBits) }

func (s lesionState) number() int32 { return int32(s & (1<<numberBits - 1)) }

// A lesionFinding is a lesion of two names or two patients that is told of.
type lesionFinding struct {
	id     string
	lesion int
	text   []byte
	first  int32   // the row that the lesion's entry showed when the finding was made
	names  []int32 // of two names: all of them
	other  int32   // of two patients: the first row of another patient
	others int64   // and all rows of another patient
}

// A findingKind is the findings of one id for one source: a heap of places in the list, the one of the last row on top.
type findingKind struct {
	id     string
	source int
	count  int64
	places []int32
	list   *[]lesionFinding
}

func (k *findingKind) Len() int           { return len(k.places) }
func (k *findingKind) Less(i, j int) bool { return k.first(i) > k.first(j) }
func (k *findingKind) Swap(i, j int)      { k.places[i], k.places[j] = k.places[j], k.places[i] }
func (k *findingKind) Push(place any)     { k.places = append(k.places, place.(int32)) }
func (k *findingKind) Pop() any           { panic("findings only take one another's place") }
func (k *findingKind) first(i int) int32  { return (*k.list)[k.places[i]].first }

// A lesionRow is a row of a lesion.
type lesionRow struct {
	lesion int
	row    int32
	alive  bool
	name   int32 // the mapped name of an alive row
	texts  *array.String
	at     int
}

// names is what the row alone says of its lesion's names.
func (r *lesionRow) names() lesionState {
	if !r.alive {
		return noName.of(0)
	}
	return oneName.of(r.name)
}

// first notes a lesion's first row.
func (f *lesionFindings) first(r lesionRow) {
	f.counts.add(1)
	f.names.add(r.names())
}

// again compares a further row with the row that its lesion's entry shows: the first alive row, else the first.
func (g *Groups) again(r lesionRow, scope bool) {
	if count := g.found.counts.at(r.lesion); *count < math.MaxUint8 {
		*count++
	}
	if scope {
		g.comparePatients(r)
	}
	if r.alive {
		g.compareNames(r)
	}
}

// compareNames compares the name of an alive row with those known of its lesion.
func (g *Groups) compareNames(r lesionRow) {
	known := g.found.names.at(r.lesion)
	switch known.kind() {
	case noName:
		*known = r.names()
		g.show(r)
	case oneName:
		before := known.number()
		if before == r.name {
			return
		}
		*known = g.list(FindingLesionTwoLabels, r)
		if f := g.listed(*known); f != nil {
			f.names = append(f.names[:0], before, r.name)
		}
	case listed:
		if f := g.listed(*known); !slices.Contains(f.names, r.name) {
			f.names = append(f.names, r.name)
		}
	}
}

// show makes an alive row the one that the lesion's entry shows.
func (g *Groups) show(r lesionRow) {
	e := g.lesions.entries.at(r.lesion)
	if p := g.ledger.patient.get(int(e.row)); p >= 0 && g.ledger.patient.get(int(r.row)) < 0 {
		g.found.patientOf[r.lesion] = p
	}
	e.row = r.row
}

// comparePatients compares the patient of a row with the one known of its lesion.
func (g *Groups) comparePatients(r lesionRow) {
	patients := &g.ledger.patient
	known := patients.get(int(g.lesions.entries.at(r.lesion).row))
	if known < 0 {
		if p, has := g.found.patientOf[r.lesion]; has {
			known = p
		}
	}
	switch patient := patients.get(int(r.row)); {
	case patient < 0 || patient == known:
	case known < 0:
		g.found.patientOf[r.lesion] = patient
	default:
		state, has := g.found.mixed[r.lesion]
		if !has {
			state = g.list(FindingLesionTwoPatients, r)
			g.found.mixed[r.lesion] = state
		}
		if f := g.listed(state); f != nil {
			if f.others++; f.others == 1 {
				f.other = r.row
			}
		}
	}
}

// listed is the finding that a state stands for, or nil.
func (g *Groups) listed(state lesionState) *lesionFinding {
	if state.kind() != listed {
		return nil
	}
	return &g.found.list[state.number()]
}

// list counts a finding, and lists it unless there are enough of earlier rows. It returns the lesion's state.
func (g *Groups) list(id string, r lesionRow) lesionState {
	first := g.lesions.entries.at(r.lesion).row
	k := g.kind(id, first)
	k.count++
	place := int32(len(g.found.list))
	full := g.options.MaxFindings > 0 && len(k.places) == g.options.MaxFindings
	if full {
		if k.first(0) < first {
			return unlisted.of(0)
		}
		place = k.places[0]
		g.unlist(&g.found.list[place])
	} else {
		g.found.list = append(g.found.list, lesionFinding{})
	}
	f := &g.found.list[place]
	*f = lesionFinding{id: id, lesion: r.lesion, text: append(f.text[:0], r.texts.Value(r.at)...),
		first: first, names: f.names}
	if full {
		heap.Fix(k, 0)
	} else {
		heap.Push(k, place)
	}
	return listed.of(place)
}

// unlist leaves a finding's place to another one.
func (g *Groups) unlist(f *lesionFinding) {
	if f.id == FindingLesionTwoPatients {
		g.found.mixed[f.lesion] = unlisted.of(0)
	} else {
		*g.found.names.at(f.lesion) = unlisted.of(0)
	}
}

// kind is the findings of an id for the source of a row.
func (g *Groups) kind(id string, row int32) *findingKind {
	starts := g.ledger.starts
	source := sort.Search(len(starts), func(i int) bool { return starts[i] > int64(row) }) - 1
	for i := len(g.found.kinds) - 1; i >= 0; i-- {
		if k := &g.found.kinds[i]; k.source == source && k.id == id {
			return k
		}
	}
	g.found.kinds = append(g.found.kinds, findingKind{id: id, source: source, list: &g.found.list})
	return &g.found.kinds[len(g.found.kinds)-1]
}

// lesionFindings are the listed findings in the order of rows, and behind them those that count the ones of a kind.
func (g *Groups) lesionFindings() []rows.Finding {
	list := g.found.list
	slices.SortFunc(list,
		func(a, b lesionFinding) int { return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.id, b.id)) })
	quoted := make([]string, len(g.options.Names))
	for i, name := range g.options.Names {
		quoted[i] = strconv.Quote(name)
	}
	findings := make([]rows.Finding, 0, len(list)+len(g.found.kinds))
	for i := range list {
		f := &list[i]
		source, row := g.ledger.Place(int64(f.first))
		images := int64(g.found.counts.get(f.lesion))
		findings = append(findings, rows.Finding{ID: f.id, Source: source, Row: row, Subject: string(f.text),
			Images: images, Detail: g.detail(f, quoted)})
	}
	kinds := g.found.kinds
	slices.SortFunc(kinds,
		func(a, b findingKind) int { return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.id, b.id)) })
	for _, k := range kinds {
		if k.count > int64(len(k.places)) {
			findings = append(findings, countOf(k.id, k.source, k.count, len(k.places)))
		}
	}
	return findings
}

// detail says what is wrong with a lesion; quoted are all names in quotes.
func (g *Groups) detail(f *lesionFinding, quoted []string) string {
	if f.id == FindingLesionTwoPatients {
		source, row := g.ledger.Place(int64(f.other))
		return fmt.Sprintf("rows of another patient: %d, the first of them is image %d of %q",
			f.others, row+1, g.ledger.Sources[source].Name)
	}
	slices.Sort(f.names)
	detail := "mapped to " + quoted[f.names[0]] + ", " + quoted[f.names[1]]
	for _, name := range f.names[2:] {
		detail += ", " + quoted[name]
	}
	return detail
}

// countOf is the finding that counts the findings of an id for a source of which only some are listed.
func countOf(id string, source int, count int64, shown int) rows.Finding {
	return rows.Finding{ID: id, Source: source, Row: -1, Images: count,
		Detail: fmt.Sprintf("there are %d of these, the first %d are listed", count, shown)}
}

// countsOf are the findings that count those of an id by source, where there are more of them than limit allows;
// 0 allows all.
func countsOf(id string, counts []int64, limit int) (findings []rows.Finding) {
	for source, n := range counts {
		if limit > 0 && n > int64(limit) {
			findings = append(findings, countOf(id, source, n, limit))
		}
	}
	return findings
}
