package ledger

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/zeebo/xxh3"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/rows"
)

// The ids of the findings about ids (spec 5).
const (
	FindingPartlyMissing  = "patient_partly_missing"
	FindingIDVariant      = "id_variant"
	FindingPatientDiffers = "patient_differs"
)

// idChecks is what is kept of ids beside their keys, by number, for the findings about them.
type idChecks struct {
	patients, lesions vector[uint64] // hashes of folded ids, each with what owns it
	stated            vector[stated] // of patients
	folded            []byte
}

// foldOf is the hash of an id of an owner when what does not count about it is taken away. Among ten million ids, the
// chance that any two that differ look equal is below 10⁻⁵.
func (c *idChecks) foldOf(owner uint32, id string) uint64 {
	c.folded = dataset.AppendFoldedID(c.folded[:0], id)
	return xxh3.HashSeed(c.folded, keySeed^uint64(owner)*0x9e3779b97f4a7c15)
}

// A stated is what the rows of a patient state of sex and age: a bit for each sex, the highest and the lowest age. Zero
// is nothing; where the highest and the lowest are larger than those of another, so are their fields.
type stated uint32

const (
	sexBits  = 3
	ageBits  = 14
	sexMask  = stated(1<<sexBits - 1)
	ageMask  = stated(1<<ageBits - 1)
	lowShift = sexBits
	topShift = sexBits + ageBits

	ageUnits = 100 // ages are kept in hundredths of a year, at most 120 years

	// agesApart is from how many years on two ages are hardly one person's (spec 5).
	agesApart = 20
)

var sexesStated = [sexBits]string{"female", "male", "other"}

func statedSex(sex string) stated {
	if i := slices.Index(sexesStated[:], sex); i >= 0 {
		return 1 << i
	}
	return 0
}

func statedAge(years float32) stated {
	age := stated(years*ageUnits + 0.5)
	return (ageMask-age)<<lowShift | (age+1)<<topShift
}

// and is what two state together.
func (s stated) and(other stated) stated {
	return (s|other)&sexMask | max(s&(ageMask<<lowShift), other&(ageMask<<lowShift)) |
		max(s>>topShift, other>>topShift)<<topShift
}

// ages are the lowest and the highest age, in hundredths of a year.
func (s stated) ages() (lowest, highest int, any bool) {
	if s>>topShift == 0 {
		return 0, 0, false
	}
	return int(ageMask - s>>lowShift&ageMask), int(s>>topShift) - 1, true
}

// differs says whether this is hardly one person.
func (s stated) differs() bool {
	lowest, highest, _ := s.ages()
	return bits.OnesCount32(uint32(s&sexMask)) > 1 || highest-lowest >= agesApart*ageUnits
}

func (s stated) String() string {
	var all []string
	for i, sex := range sexesStated {
		if s&(1<<i) != 0 {
			all = append(all, sex)
		}
	}
	text := "sex " + strings.Join(all, " and ")
	lowest, highest, any := s.ages()
	if !any {
		return text
	}
	age := "age " + hundredths(lowest)
	if highest > lowest {
		age += " to " + hundredths(highest)
	}
	if len(all) == 0 {
		return age
	}
	return text + ", " + age
}

func hundredths(age int) string { return strconv.FormatFloat(float64(age)/ageUnits, 'f', -1, 64) }

// statedOf is what each row states, of whoever it is.
func statedOf(sexes, ages arrow.Array) []stated {
	all := make([]stated, sexes.Len())
	if codes, dictionary := rows.CodesOf(sexes); sexes.NullN() < len(all) {
		bySex := make([]stated, dictionary.Len())
		for i := range bySex {
			bySex[i] = statedSex(dictionary.Value(i))
		}
		for i, code := range codes {
			if sexes.IsValid(i) {
				all[i] = bySex[code]
			}
		}
	}
	if ages.NullN() < len(all) {
		for i, years := range ages.(*array.Float32).Float32Values() {
			if ages.IsValid(i) {
				all[i] |= statedAge(years)
			}
		}
	}
	return all
}

// IDFindings are the findings about ids, once all rows are in:
//
//   - patient_partly_missing: a source whose rows have a patient_id, but not all. Its subject is the source.
//   - id_variant: ids of patients of one space, or of lesions of one patient (where lesions belong to none: of one
//     space), that differ only in what AppendFoldedID takes away. Its subject is a list of the ids.
//   - patient_differs: a patient whose rows state two sexes, or ages of 20 years or more apart. Its subject is the id.
//
// A Ledger keeps no ids: Recall has to see the rows again of those sources that Wants names, before All.
type IDFindings struct {
	ledger *Ledger
	list   []idFinding
	counts []rows.Finding // that count those of a kind which are not listed
	wanted []idPlace      // sorted
	texts  map[idPlace]string
}

// An idFinding is a finding whose subject is one id or several.
type idFinding struct {
	rows.Finding
	ids  []idPlace // the first ones
	more int       // ids beyond these
}

// An idPlace is a row that holds an id.
type idPlace struct {
	row    int32
	lesion bool
}

func (p idPlace) compare(other idPlace) int {
	if p.row == other.row && p.lesion != other.lesion {
		if p.lesion {
			return 1
		}
		return -1
	}
	return cmp.Compare(p.row, other.row)
}

// IDFindings looks for the findings about ids, when all rows have been taken and before Ledger.
func (g *Groups) IDFindings() *IDFindings {
	l := g.ledger
	l.startTo(len(l.Sources))
	f := &IDFindings{ledger: l, texts: map[idPlace]string{}}
	f.list = g.partlyMissing()
	g.variants(f.listing(FindingIDVariant, g.options.MaxFindings))
	g.differing(f.listing(FindingPatientDiffers, g.options.MaxFindings))
	for _, found := range f.list {
		f.wanted = append(f.wanted, found.ids...)
	}
	slices.SortFunc(f.wanted, idPlace.compare)
	f.wanted = slices.Compact(f.wanted)
	return f
}

// partlyMissing are the sources of which some rows have a patient and some have none.
func (g *Groups) partlyMissing() []idFinding {
	const maxExamples = 5
	var found []idFinding
	for source, s := range g.ledger.Sources {
		var without int64
		var examples []string
		start, first := g.ledger.starts[source], int64(-1)
		for row := range s.Rows {
			if g.ledger.patient.get(int(start+row)) >= 0 {
				continue
			}
			if without++; without == 1 {
				first = row
			}
			if without <= maxExamples {
				examples = append(examples, strconv.FormatInt(row+1, 10))
			}
		}
		if without == 0 || without == s.Rows {
			continue
		}
		detail := fmt.Sprintf("%d of %d rows have a patient_id; images without one: %s",
			s.Rows-without, s.Rows, strings.Join(examples, ", "))
		if without > maxExamples {
			detail += fmt.Sprintf(" and %d more", without-maxExamples)
		}
		found = append(found, idFinding{Finding: rows.Finding{ID: FindingPartlyMissing, Source: source, Row: first,
			Subject: s.Name, Images: without, Detail: detail}})
	}
	return found
}

// A listing lists findings of an id, which come in the order of their first rows: the first ones of each source.
type listing struct {
	*IDFindings
	id     string
	limit  int
	counts []int64 // by source
}

func (f *IDFindings) listing(id string, limit int) *listing {
	return &listing{f, id, limit, make([]int64, len(f.ledger.Sources))}
}

// takes counts a finding by its first row, and says whether it is to be listed.
func (l *listing) takes(row int32) bool {
	source, _ := l.ledger.Place(int64(row))
	l.counts[source]++
	return l.limit == 0 || l.counts[source] <= int64(l.limit)
}

func (l *listing) add(f idFinding) {
	f.ID = l.id
	f.Source, f.Row = l.ledger.Place(int64(f.ids[0].row))
	l.list = append(l.list, f)
}

func (l *listing) end() {
	l.IDFindings.counts = append(l.IDFindings.counts, countsOf(l.id, l.counts, l.limit)...)
}

// differing lists the patients who state what is hardly one person's.
func (g *Groups) differing(list *listing) {
	var images vector[int32]
	said := map[stated]string{}
	for number := range g.ids.stated.n {
		s := g.ids.stated.get(number)
		if !s.differs() {
			continue
		}
		first := g.patients.entries.at(number).row // patients are numbered by it
		if !list.takes(first) {
			continue
		}
		if images.n == 0 {
			images = countEach(&g.ledger.patient, g.patients.entries.n)
		}
		if said[s] == "" {
			said[s] = "rows of one patient state " + s.String()
		}
		list.add(idFinding{ids: []idPlace{{row: first}},
			Finding: rows.Finding{Images: int64(images.get(number)), Detail: said[s]}})
	}
	list.end()
}

// maxAlikeIDs is how many ids a finding of ids that are alike names.
const maxAlikeIDs = 10

// An alikeIDs is ids of one owner that are alike, by number. All ids may be: it takes 32 bytes, and 4 an id.
type alikeIDs struct {
	first   idPlace
	numbers []int32
}

// variants lists the ids that are alike, of patients and of lesions.
func (g *Groups) variants(list *listing) {
	sets := alikeIn(&g.ids.lesions, &g.lesions, true, alikeIn(&g.ids.patients, &g.patients, false, nil))
	slices.SortFunc(sets, func(a, b alikeIDs) int { return a.first.compare(b.first) })
	var images vector[int32]
	for _, set := range sets {
		if !list.takes(set.first.row) {
			continue
		}
		if images.n == 0 && !set.first.lesion {
			images = countEach(&g.ledger.patient, g.patients.entries.n)
		}
		list.add(g.variant(set, &images))
	}
	list.end()
}

// alikeIn adds the ids of a table that are alike.
func alikeIn(hashes *vector[uint64], table *keyTable, lesion bool, sets []alikeIDs) []alikeIDs {
	for numbers := range alike(hashes) {
		set := alikeIDs{idPlace{table.entries.at(int(numbers[0])).row, lesion}, numbers}
		for _, number := range numbers {
			set.first.row = min(set.first.row, table.entries.at(int(number)).row)
		}
		sets = append(sets, set)
	}
	return sets
}

// variant is the finding of ids that are alike. Of patients, images has how many there are of each.
func (g *Groups) variant(set alikeIDs, images *vector[int32]) (f idFinding) {
	for _, number := range set.numbers {
		if set.first.lesion {
			f.Images += int64(g.found.counts.get(int(number)))
			f.ids = append(f.ids, idPlace{g.lesions.entries.at(int(number)).row, true})
		} else {
			f.Images += int64(images.get(int(number)))
			f.ids = append(f.ids, idPlace{g.patients.entries.at(int(number)).row, false})
		}
	}
	slices.SortFunc(f.ids, idPlace.compare)
	if f.more = len(f.ids) - maxAlikeIDs; f.more > 0 {
		f.ids = slices.Clone(f.ids[:maxAlikeIDs])
	}
	return f
}

// countEach counts how often each number from 0 to below n is there; -1 is none.
func countEach(numbers *vector[int32], n int) vector[int32] {
	counts := *sized[int32](n)
	for i := range numbers.chunks {
		for _, number := range numbers.chunk(i) {
			if number >= 0 {
				*counts.at(int(number))++
			}
		}
	}
	return counts
}

// alike yields the numbers of hashes that are equal, two or more, in order. Two tables of bits, of at most 4 bytes a
// hash together, leave a few hashes to be sorted.
func alike(hashes *vector[uint64]) func(yield func(numbers []int32) bool) {
	type folded struct {
		hash   uint64
		number int32
	}
	return func(yield func([]int32) bool) {
		shift := 64 - bits.Len(uint(hashes.n*8))
		seen := make([]uint64, max(1, 1<<(64-shift)/64))
		again := make([]uint64, len(seen))
		for c := range hashes.chunks {
			for _, hash := range hashes.chunk(c) {
				at, bit := hash>>shift/64, uint64(1)<<(hash>>shift%64)
				again[at] |= seen[at] & bit
				seen[at] |= bit
			}
		}
		var some []folded
		for c := range hashes.chunks {
			for i, hash := range hashes.chunk(c) {
				if again[hash>>shift/64]>>(hash>>shift%64)&1 != 0 {
					some = append(some, folded{hash, int32(c<<chunkBits + i)})
				}
			}
		}
		slices.SortFunc(some, func(a, b folded) int {
			return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.number, b.number))
		})
		numbers := make([]int32, len(some))
		for i := range some {
			numbers[i] = some[i].number
		}
		for from, to := 0, 0; from < len(some); from = to {
			for to = from + 1; to < len(some) && some[to].hash == some[from].hash; to++ {
			}
			if to > from+1 && !yield(numbers[from:to:to]) {
				return
			}
		}
	}
}

// Wants says whether Recall has to see the rows of a source.
func (f *IDFindings) Wants(source int) bool {
	from, to := f.within(source)
	return from < to
}

// within are the places in wanted of a source.
func (f *IDFindings) within(source int) (from, to int) {
	at := func(row int64) int {
		return sort.Search(len(f.wanted), func(i int) bool { return int64(f.wanted[i].row) >= row })
	}
	return at(f.ledger.starts[source]), at(f.ledger.starts[source+1])
}

// Recall takes the rows of a source once more, for the ids that findings name.
func (f *IDFindings) Recall(source int, in *arrow.Schema) (engine.Sink, error) {
	at, err := rows.ColumnsOf(in, rows.Nullable(rows.ColPatient, rows.TypeText),
		rows.Nullable(rows.ColLesion, rows.TypeText))
	if err != nil {
		return nil, err
	}
	from, to := f.within(source)
	wanted, row := f.wanted[from:to], f.ledger.starts[source]
	return engine.Survey[arrow.RecordBatch]{Name: "ids", OnLook: itself, OnTake: func(batch arrow.RecordBatch) error {
		for ; len(wanted) > 0 && int64(wanted[0].row) < row+batch.NumRows(); wanted = wanted[1:] {
			column := batch.Column(at[0])
			if wanted[0].lesion {
				column = batch.Column(at[1])
			}
			f.texts[wanted[0]] = toldID(column.(*array.String).Value(int(int64(wanted[0].row) - row)))
		}
		row += batch.NumRows()
		return nil
	}}, nil
}

// toldID is an id as findings tell it, without what is beyond 256 bytes, and not held by a batch.
func toldID(id string) string {
	const most = 256
	if len(id) <= most {
		return strings.Clone(id)
	}
	return strings.ToValidUTF8(id[:most], "") + "…"
}

// All are the findings, those that count the ones of a kind last.
func (f *IDFindings) All() []rows.Finding {
	all := make([]rows.Finding, 0, len(f.list)+len(f.counts))
	for _, found := range f.list {
		switch found.ID {
		case FindingPatientDiffers:
			found.Subject = f.texts[found.ids[0]]
		case FindingIDVariant:
			f.nameVariant(&found)
		}
		all = append(all, found.Finding)
	}
	return append(all, f.counts...)
}

// VariantsOfLesions begins the detail of id_variant where the ids are those of lesions, not of patients.
const VariantsOfLesions = "one lesion_id"

// nameVariant names the ids, with an image of each.
func (f *IDFindings) nameVariant(found *idFinding) {
	what := "one patient_id"
	if found.ids[0].lesion {
		what = VariantsOfLesions
	}
	var texts, places []string
	for _, place := range found.ids {
		source, row := f.ledger.Place(int64(place.row))
		texts = append(texts, f.texts[place])
		places = append(places, fmt.Sprintf("%q in image %d of %q", f.texts[place], row+1, f.ledger.Sources[source].Name))
	}
	found.Subject = dataset.List(texts)
	found.Detail = what + " in several spellings, as it seems: " + strings.Join(places, ", ")
	if found.more > 0 {
		found.Detail += fmt.Sprintf(" and %d more", found.more)
	}
}
