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

// equals are the rows whose image has an equal: the same SHA-256 in another row, whatever became of either. They have
// places, in the order of rows. A set is all places of one image. It takes 24 bytes a place, and the image_ids once
// NameEquals has seen them.
//
// Of a set, the alive rows with a final class are compared: the first row of each class is the one that
// select.duplicates keeps, and a set with two such rows is a conflict of diagnoses.
type equals struct {
	rows   []int32
	class  []int32 // the final class of an alive row, else -1: not compared
	first  []int32 // the first place of the set
	kept   []int32 // the first place of the set with the same final class; itself, if it is that; -1: none
	last   []int32 // of a set's first place: the last place that is kept; -1: none
	before []int32 // of a kept place: the one kept before it; -1: none

	ids  []byte // image_ids, one behind another
	ends []int  // of each id
}

// A pictureState is how many rows show a picture; once the first of several has come,
// it is the first place of their set.
type pictureState int32

func setAt(first int32) pictureState { return pictureState(^first) }

func (s pictureState) set() (first int32) { return int32(^s) }

// equals finds the rows whose image has an equal. It takes 4 bytes a picture while it runs.
func (l *Ledger) equals(final []int32) *equals {
	e := &equals{}
	states := sized[pictureState](l.pictures)
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

// HasEquals says whether any image has an equal, so that NameEquals must see the rows.
func (d *Decision) HasEquals() bool { return d.equals != nil && len(d.equals.rows) > 0 }

// NameEquals learns the image_ids of images that have an equal: its sinks see the image_path of every row. It is called
// for every source in order, and the sinks are drained in that order. It keeps these image_ids and 8 bytes each.
func (d *Decision) NameEquals(source int, in *arrow.Schema) (engine.Sink, error) {
	at, err := rows.ColumnsOf(in, rows.Nullable(rows.ColImagePath, rows.TypeText))
	if err != nil {
		return nil, err
	}
	e, l := d.equals, d.ledger
	row, prefix := l.starts[source], l.Sources[source].Name+"/"
	return engine.Survey[*array.String]{
		Name:   "equal images",
		OnLook: func(batch arrow.RecordBatch) (*array.String, error) { return batch.Column(at[0]).(*array.String), nil },
		OnTake: func(paths *array.String) error {
			end := row + int64(paths.Len())
			for place := len(e.ends); place < len(e.rows) && int64(e.rows[place]) < end; place++ {
				e.ids = append(append(e.ids, prefix...), paths.Value(int(int64(e.rows[place])-row))...)
				e.ends = append(e.ends, len(e.ids))
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

// Duplicates are the rows of the table of duplicates (spec 10): every image that has an equal, beside the one of its
// set whose image_id is smallest, sorted. same_target compares final classes, whatever became of the rows; it and
// same_patient are empty where one of the two has none. It wants that NameEquals has seen all rows.
func (d *Decision) Duplicates() iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		if !d.HasEquals() {
			return
		}
		e, l := d.equals, d.ledger
		best := e.smallest()
		var pairs []int32 // the second places
		for place, first := range e.first {
			if best[first] != int32(place) {
				pairs = append(pairs, int32(place))
			}
		}
		a := func(b int32) int32 { return best[e.first[b]] }
		slices.SortFunc(pairs, func(x, y int32) int {
			return cmp.Or(bytes.Compare(e.id(a(x)), e.id(a(y))), bytes.Compare(e.id(x), e.id(y)))
		})
		for _, b := range pairs {
			rowA, rowB := int(e.rows[a(b)]), int(e.rows[b])
			target, patient := sameNumber(d.classOf(rowA), d.classOf(rowB)), sameNumber(l.patient.get(rowA), l.patient.get(rowB))
			if !yield([]string{string(e.id(a(b))), string(e.id(b)), "sha256", "0", target, patient}) {
				return
			}
		}
	}
}

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

// Conflicts are the findings duplicate_conflict: sets of equal images, alive after their verdicts, of different final
// classes, by row, at most maxFindings of a source and then those that count them all; 0 lists them all. The subject is
// the set's smallest image_id. It wants that NameEquals has seen all rows.
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
	best := e.smallest()
	var sets []int32
	for place, last := range e.last {
		if last >= 0 && e.before[last] >= 0 {
			sets = append(sets, int32(place))
		}
	}
	slices.SortFunc(sets, func(x, y int32) int { return cmp.Compare(e.rows[best[x]], e.rows[best[y]]) })
	var findings []rows.Finding
	counts := make([]int64, len(l.Sources))
	for _, set := range sets {
		source, row := l.Place(int64(e.rows[best[set]]))
		if counts[source]++; maxFindings > 0 && counts[source] > int64(maxFindings) {
			continue
		}
		findings = append(findings, rows.Finding{
			ID: FindingDuplicateConflict, Source: source, Row: row, Subject: string(e.id(best[set])), Images: images[set],
			Detail: d.conflict(set, names),
		})
	}
	return append(findings, countsOf(FindingDuplicateConflict, counts, maxFindings)...)
}

// conflict says which classes a set has, each with its first image.
func (d *Decision) conflict(set int32, names []string) string {
	e := d.equals
	var classes []string
	for place := e.last[set]; place >= 0; place = e.before[place] {
		classes = append(classes, fmt.Sprintf("%q (%s)", names[e.class[place]], e.id(place)))
	}
	slices.Sort(classes)
	return "equal images are " + strings.Join(classes, ", ")
}
