package ledger

import (
	"bytes"
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/rows"
)

// equals are the rows whose picture another row has too, or one that looks alike, whatever became of either. They have
// places, in the order of rows. A set is all places of one picture. It takes 24 bytes a place, and once NameEquals has
// seen them 20 more and the image_ids, and 16 a pair.
//
// Of a set, the alive rows with a final class are compared: the first row of each class is the one that
// select.duplicates keeps, and a set with two such rows is a conflict of diagnoses.
type equals struct {
	*Twins
	near   []Near // as Twins has it, with the first places of sets in place of pictures
	rows   []int32
	class  []int32 // the final class of an alive row, else -1: not compared
	first  []int32 // the first place of the set
	kept   []int32 // the first place of the set with the same final class; itself, if it is that; -1: none
	last   []int32 // of a set's first place: the last place that is kept; -1: none
	before []int32 // of a kept place: the one kept before it; -1: none

	ids      []byte // image_ids, one behind another
	ends     []int  // of each id
	contents []keyID
	paired   []pairing // once somebody has asked for pairings
}

// A pictureState is how many rows show a picture; once the first of several has come,
// it is the first place of their set.
type pictureState int32

func setAt(first int32) pictureState { return pictureState(^first) }

func (s pictureState) set() (first int32) { return int32(^s) }

// equals finds the rows whose picture has an equal or a twin. It takes 4 bytes a picture while it runs.
func (l *Ledger) equals(final []int32, twins *Twins) *equals {
	e := &equals{Twins: twins}
	states := sized[pictureState](l.pictures)
	for _, n := range twins.Near { // as if there were another row
		*states.at(int(n.A))++
		*states.at(int(n.B))++
	}
	for c := range l.picture.chunks {
		for _, picture := range l.picture.chunk(c) {
			if picture >= 0 {
				*states.at(int(picture))++
			}
		}
	}
	row := int32(0)
	for c := range l.picture.chunks {
		for _, picture := range l.picture.chunk(c) {
			if picture >= 0 {
				if state := states.at(int(picture)); *state != 1 {
					if *state > 1 {
						*state = setAt(int32(len(e.rows)))
					}
					e.add(row, state.set(), l.classAlive(int(row), final))
				}
			}
			row++
		}
	}
	for _, n := range twins.Near {
		n.A, n.B = states.get(int(n.A)).set(), states.get(int(n.B)).set()
		e.near = append(e.near, n)
	}
	return e
}

// classAlive is the final class of a row that is alive and has one, else -1.
func (l *Ledger) classAlive(row int, final []int32) int32 {
	if rows.Reason(l.reason.get(row)) != rows.Alive {
		return -1
	}
	return final[l.mapped.get(row)]
}

// add adds a row to the set of a first place, which may be its own.
func (e *equals) add(row, first, class int32) {
	place := int32(len(e.rows))
	e.rows, e.class, e.first = append(e.rows, row), append(e.class, class), append(e.first, first)
	e.last, e.before = append(e.last, -1), append(e.before, -1)
	e.kept = append(e.kept, e.keptOf(first, class))
	if class >= 0 && e.kept[place] < 0 {
		e.kept[place], e.before[place], e.last[first] = place, e.last[first], place
	}
}

// keptOf is the kept place of a set's class; -1: none.
func (e *equals) keptOf(first, class int32) int32 {
	place := e.last[first]
	for place >= 0 && e.class[place] != class {
		place = e.before[place]
	}
	return place
}

// withoutDuplicates is the ledger with DuplicateOf for later rows of equal image and final class. It shares everything
// but the reasons, and takes 1 byte a row more.
func (l *Ledger) withoutDuplicates(e *equals) *Ledger {
	other := *l
	other.reason = vector[uint8]{}
	for c := range l.reason.chunks {
		addAll(&other.reason, l.reason.chunk(c))
	}
	for place, kept := range e.kept {
		if kept >= 0 && int(kept) != place {
			*other.reason.at(int(e.rows[place])) = uint8(rows.DuplicateOf)
		}
	}
	return &other
}

// HasEquals says whether any image has an equal or a twin, so that NameEquals must see the rows.
func (d *Decision) HasEquals() bool { return d.equals != nil && len(d.equals.rows) > 0 }

// NameEquals learns the image_ids of images that have an equal or a twin: its sinks see ColImagePath and ColSHA256 of
// every row. It is called for every source in order, and the sinks are drained in that order. It keeps these image_ids
// and 20 bytes each.
func (d *Decision) NameEquals(source int, in *arrow.Schema) (engine.Sink, error) {
	at, err := rows.ColumnsOf(in, rows.Nullable(rows.ColImagePath, rows.TypeText),
		rows.Nullable(rows.ColSHA256, rows.TypeText))
	if err != nil {
		return nil, err
	}
	e, l := d.equals, d.ledger
	row, prefix := l.starts[source], l.Sources[source].Name+"/"
	return engine.Survey[arrow.RecordBatch]{
		Name:   "equal images",
		OnLook: itself,
		OnTake: func(batch arrow.RecordBatch) error {
			paths, sums := batch.Column(at[0]).(*array.String), batch.Column(at[1]).(*array.String)
			end := row + int64(paths.Len())
			for place := len(e.ends); place < len(e.rows) && int64(e.rows[place]) < end; place++ {
				i := int(int64(e.rows[place]) - row)
				e.ids = append(append(e.ids, prefix...), paths.Value(i)...)
				e.ends = append(e.ends, len(e.ids))
				e.contents = append(e.contents, keyOf(sums.Value(i)))
			}
			row = end
			return nil
		},
	}, nil
}

// id is the image_id of a place.
func (e *equals) id(place int32) []byte {
	from := 0
	if place > 0 {
		from = e.ends[place-1]
	}
	return e.ids[from:e.ends[place]]
}

// details is ColDetail for n rows: the image that a duplicate is one of.
func (d *Decision) details(from, n int) arrow.Array {
	e := d.equals
	codes := slices.Repeat([]int32{-1}, n)
	var kept []string
	place, _ := slices.BinarySearch(e.rows, int32(from))
	for ; place < len(e.rows) && int(e.rows[place]) < from+n; place++ {
		if row := int(e.rows[place]); rows.Reason(d.ledger.reason.get(row)) == rows.DuplicateOf {
			codes[row-from] = int32(len(kept))
			kept = append(kept, string(e.id(e.kept[place])))
		}
	}
	return rows.DictColumn(codes, rows.Texts(kept))
}

// smallest is, for the first place of every set, the place of its bytewise smallest image_id, which names the set.
func (e *equals) smallest() []int32 {
	best := slices.Clone(e.first)
	for place, first := range e.first {
		if bytes.Compare(e.id(int32(place)), e.id(best[first])) < 0 {
			best[first] = int32(place)
		}
	}
	return best
}

// The ways in which two images are the same, or nearly.
const (
	MethodBytes  = "bytes"  // equal SHA-256
	MethodPixels = "pixels" // equal upright pixels in other bytes
	MethodNear   = "near"   // alike in one of eight orientations
)

// A pairing is two places, whose ids are in order, that stand for an edge between pictures.
type pairing struct {
	a, b int32
	near *Near // nil: the pictures are equal
}

// Duplicates are the rows of the table of duplicates (spec 10), sorted: every image that has an equal, beside the one
// of its set whose image_id is smallest; and of every two pictures that look alike, the smallest image_ids of both.
// Pairs that people say differ are left out; of the pictures of such images all other pairs are there. same_target
// compares final classes, whatever became of the rows; it and same_patient are empty where one of the two has none.
// Beside each row come the two final classes, -1 where there is none. It wants that NameEquals has seen all rows.
func (d *Decision) Duplicates() iter.Seq2[[]string, [2]int32] {
	return func(yield func([]string, [2]int32) bool) {
		if !d.HasEquals() {
			return
		}
		e, l := d.equals, d.ledger
		for _, p := range e.pairings() {
			rowA, rowB := int(e.rows[p.a]), int(e.rows[p.b])
			method, distance, orientation := MethodPixels, uint8(0), uint8(1)
			switch {
			case p.near != nil:
				method, distance, orientation = MethodNear, p.near.Distance, p.near.Orientation
			case e.contents[p.a] == e.contents[p.b]:
				method = MethodBytes
			}
			classes := [2]int32{d.classOf(rowA), d.classOf(rowB)}
			if !yield([]string{string(e.id(p.a)), string(e.id(p.b)), method, strconv.Itoa(int(distance)),
				strconv.Itoa(int(orientation)), sameNumber(classes[0], classes[1]),
				sameNumber(l.patient.get(rowA), l.patient.get(rowB))}, classes) {
				return
			}
		}
	}
}

// mostSaid is how many images a set may have of which people say that some differ, so that each pair of them is looked
// at; of a larger one all are beside the first, as where nobody says anything.
const mostSaid = 100

// pairings are the edges between images, sorted by their ids: of a set its first image beside each other one, of two
// that are near the first of both; of sets of which people say something each pair that they do not say differs.
func (e *equals) pairings() []pairing {
	if e.paired == nil {
		e.paired = e.pair()
	}
	return e.paired
}

func (e *equals) pair() (all []pairing) {
	best, said := e.smallest(), e.placesSaid()
	add := func(a, b int32, near *Near) {
		if e.less(b, a) {
			a, b = b, a
			if near != nil {
				near.Orientation = turnedBack[near.Orientation]
			}
		}
		all = append(all, pairing{a, b, near})
	}
	among := func(set int32) []int32 { // whom a set is compared by
		if places := said[set]; len(places) > 0 && len(places) <= mostSaid {
			return places
		}
		return best[set : set+1]
	}
	for place, first := range e.first {
		b := int32(place)
		for _, a := range among(first) {
			if e.less(a, b) && !e.differ(a, b) {
				add(a, b, nil)
			}
		}
	}
	for _, near := range e.near {
		for _, a := range among(near.A) {
			for _, b := range among(near.B) {
				if one := near; !e.differ(a, b) {
					add(a, b, &one)
				}
			}
		}
	}
	slices.SortFunc(all, func(x, y pairing) int {
		return cmp.Or(bytes.Compare(e.id(x.a), e.id(y.a)), bytes.Compare(e.id(x.b), e.id(y.b)))
	})
	return all
}

func (e *equals) differ(a, b int32) bool { return e.differs(e.rows[a], e.rows[b]) }

// placesSaid are the places, by image_id, of the sets of which people say that an image differs from another, by the
// set's first place.
func (e *equals) placesSaid() map[int32][]int32 {
	said := map[int32][]int32{}
	for _, pair := range e.Different {
		for _, row := range pair {
			if place, is := slices.BinarySearch(e.rows, row); is {
				said[e.first[place]] = nil
			}
		}
	}
	if len(said) == 0 {
		return nil
	}
	for place, first := range e.first {
		if places, is := said[first]; is {
			said[first] = append(places, int32(place))
		}
	}
	for _, places := range said {
		slices.SortFunc(places, func(x, y int32) int { return bytes.Compare(e.id(x), e.id(y)) })
	}
	return said
}

func (e *equals) less(a, b int32) bool { return bytes.Compare(e.id(a), e.id(b)) < 0 }

// classOf is the final class of a row's mapped name, whatever became of the row; -1: none.
func (d *Decision) classOf(row int) int32 {
	if name := d.ledger.mapped.get(row); name >= 0 {
		return d.final[name]
	}
	return -1
}

// sameNumber compares two numbers of which -1 is unknown.
func sameNumber(a, b int32) string {
	if a < 0 || b < 0 {
		return ""
	}
	return strconv.FormatBool(a == b)
}

// Conflicts are the findings duplicate_conflict: images of different final classes, alive after their verdicts, whose
// pictures are equal, or alike enough to join groups. They are listed by row, at most maxFindings of a source and then
// those that count them all; 0 lists them all. The subject has the smallest image_id of equal pictures, of two that are
// alike one of each, and the classes: who accepts it accepts no other conflict. It wants that NameEquals has seen all
// rows.
func (d *Decision) Conflicts(names []string, maxFindings int) []rows.Finding {
	if !d.HasEquals() {
		return nil
	}
	e, l := d.equals, d.ledger
	images := make([]int64, len(e.rows)) // compared ones, by the set's first place
	for place, first := range e.first {
		if e.kept[place] >= 0 {
			images[first]++
		}
	}
	var found []rows.Finding
	best := e.smallest()
	add := func(about []string, place int32, classes string, images int64, detail string) {
		source, row := l.Place(int64(e.rows[place]))
		found = append(found, rows.Finding{ID: FindingDuplicateConflict, Source: source, Row: row,
			Subject: strings.Join(about, " and ") + ": " + classes, About: about, Images: images, Detail: detail})
	}
	said := e.placesSaid()
	for place, last := range e.last {
		set := int32(place)
		if last >= 0 && e.before[last] >= 0 && e.disagree(said[set]) {
			add([]string{string(e.id(best[set]))}, best[set], d.classNames(names, set), images[set],
				"equal images are "+d.classesOf(set, names))
		}
	}
	for _, p := range e.pairings() {
		if p.near == nil || p.near.Distance > e.Within {
			continue
		}
		setA, setB := e.first[p.a], e.first[p.b]
		a, b := d.classesOf(setA, names), d.classesOf(setB, names)
		if a == "" || b == "" || d.sameClasses(setA, setB) {
			continue
		}
		add([]string{string(e.id(p.a)), string(e.id(p.b))}, p.a, d.classNames(names, setA, setB),
			images[setA]+images[setB],
			fmt.Sprintf("nearly equal images (distance %d) are %s and %s", p.near.Distance, a, b))
	}
	return fewOf(found, len(l.Sources), maxFindings)
}

// disagree says whether two of the places of a set are compared, of different classes, and not said to differ. Of a set
// of which nobody says anything there are no places to look at: two of its classes are known to be different.
func (e *equals) disagree(places []int32) bool {
	if places == nil {
		return true
	}
	for i, a := range places {
		for _, b := range places[:i] {
			if e.class[a] >= 0 && e.class[b] >= 0 && e.class[a] != e.class[b] && !e.differ(a, b) {
				return true
			}
		}
	}
	return false
}

// fewOf are findings sorted by row, the first of each source and one that counts them all.
func fewOf(found []rows.Finding, sources, maxFindings int) []rows.Finding {
	slices.SortStableFunc(found, func(x, y rows.Finding) int {
		return cmp.Or(cmp.Compare(x.Source, y.Source), cmp.Compare(x.Row, y.Row))
	})
	counts := make([]int64, sources)
	few := slices.DeleteFunc(found, func(f rows.Finding) bool {
		counts[f.Source]++
		return maxFindings > 0 && counts[f.Source] > int64(maxFindings)
	})
	return append(few, countsOf(FindingDuplicateConflict, counts, maxFindings)...)
}

// keptClasses are the final classes of a set, sorted, each with its first place.
func (e *equals) keptClasses(set int32) (classes, places []int32) {
	for place := e.last[set]; place >= 0; place = e.before[place] {
		places = append(places, place)
	}
	slices.SortFunc(places, func(x, y int32) int { return cmp.Compare(e.class[x], e.class[y]) })
	for _, place := range places {
		classes = append(classes, e.class[place])
	}
	return classes, places
}

// sameClasses says whether two sets have the same final classes.
func (d *Decision) sameClasses(a, b int32) bool {
	x, _ := d.equals.keptClasses(a)
	y, _ := d.equals.keptClasses(b)
	return slices.Equal(x, y)
}

// classNames are the final classes of sets, sorted.
func (d *Decision) classNames(names []string, sets ...int32) string {
	var texts []string
	for _, set := range sets {
		classes, _ := d.equals.keptClasses(set)
		for _, class := range classes {
			texts = append(texts, names[class])
		}
	}
	slices.Sort(texts)
	return strings.Join(slices.Compact(texts), ", ")
}

// classesOf says which classes a set has, each with its first image; empty if it has none.
func (d *Decision) classesOf(set int32, names []string) string {
	var texts []string
	classes, places := d.equals.keptClasses(set)
	for i, class := range classes {
		texts = append(texts, fmt.Sprintf("%q (%s)", names[class], d.equals.id(places[i])))
	}
	slices.Sort(texts)
	return strings.Join(texts, ", ")
}
