package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"runtime"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/rows"
)

// groupID is the id of the group whose bytewise smallest image_id is given, as the big-endian value of its 16 hex
// digits: the first 8 bytes of SHA-256 (spec 8.5).
func groupID(imageID []byte) uint64 {
	sum := sha256.Sum256(imageID)
	return binary.BigEndian.Uint64(sum[:])
}

// naming is the state of Identify. It takes 4 bytes a group and, for every group that has seen some rows but not all,
// its smallest image_id so far. Groups of one row hold none.
type naming struct {
	left     int64 // rows to come in all
	state    vector[groupState]
	open     []openName
	free     []int32 // places in open that no group needs any more
	prefixes []string
	done     doneNames
}

// A groupState is how many rows a group has, as long as none has come; then it is the group's place in naming.open.
type groupState int32

// openAt is the state of a group with a place in naming.open.
func openAt(place int32) groupState { return groupState(^place) }

// place is the group's place in naming.open, if it has one.
func (s groupState) place() (place int32, is bool) { return int32(^s), s < 0 }

// An openName is the smallest image_id so far of a group with rows to come.
type openName struct {
	path   []byte
	source int32
	toCome int32
}

// Identify gives the groups their ids: its sinks see every row's image_path again, once the groups are known. It is
// called for every source in order, and the sinks are drained in that order. (In the first pass the smallest path of
// every group would have to be kept, since any later row can join two groups. Here a group of one row keeps nothing,
// and any other only while its rows come.)
func (l *Ledger) Identify(source int, in *arrow.Schema) (engine.Sink, error) {
	at, err := rows.ColumnsOf(in, rows.Nullable(rows.ColImagePath, rows.TypeText))
	if err != nil {
		return nil, err
	}
	if l.naming == nil {
		l.startNaming()
	}
	row := int(l.starts[source])
	return engine.Survey[*array.String]{
		Name:   "group ids",
		OnLook: func(batch arrow.RecordBatch) (*array.String, error) { return batch.Column(at[0]).(*array.String), nil },
		OnTake: func(paths *array.String) error {
			if end := l.starts[source+1]; int64(row+paths.Len()) > end {
				return fmt.Errorf("source %q has more than its %d rows", l.Sources[source].Name, l.Sources[source].Rows)
			}
			for i := range paths.Len() {
				l.name(l.group.get(row), int32(source), paths.Value(i))
				row++
			}
			l.named(int64(paths.Len()))
			return nil
		},
	}, nil
}

func (l *Ledger) startNaming() {
	n := &naming{left: int64(l.rows()), state: countRows[groupState](l)}
	for _, s := range l.Sources {
		n.prefixes = append(n.prefixes, s.Name+"/")
	}
	l.ids = *sized[uint64](l.groups)
	l.naming = n
}

// countRows are the rows of every group.
func countRows[T ~int32](l *Ledger) vector[T] {
	sizes := *sized[T](l.groups)
	for c := range l.group.chunks {
		for _, group := range l.group.chunk(c) {
			*sizes.at(int(group))++
		}
	}
	return sizes
}

// name notes one row of a group.
func (l *Ledger) name(group, source int32, path string) {
	n := l.naming
	state := n.state.at(int(group))
	place, open := state.place()
	switch {
	case open:
		best := &n.open[place]
		if n.less(source, path, best) {
			best.source, best.path = source, append(best.path[:0], path...)
		}
		if best.toCome--; best.toCome == 0 {
			addDone(&n.done, group, n.prefixes[best.source], best.path)
			n.free = append(n.free, place)
		}
	case *state == 1:
		addDone(&n.done, group, n.prefixes[source], path)
	default:
		*state = openAt(n.opened(source, int32(*state)-1, path))
	}
}

// named notes that rows have come. With the last of them the tables are freed; naming itself stays, for Identify may be
// called for sources without rows at the same time.
func (l *Ledger) named(number int64) {
	n := l.naming
	n.left -= number
	if n.left == 0 || len(n.done.groups) >= maxDone {
		n.done.hash(&l.ids)
	}
	if n.left == 0 {
		n.state, n.open, n.free, n.done = vector[groupState]{}, nil, nil, doneNames{}
	}
}

// opened is the place of a group whose first row has come.
func (n *naming) opened(source, toCome int32, path string) (place int32) {
	if last := len(n.free) - 1; last >= 0 {
		place, n.free = n.free[last], n.free[:last]
	} else {
		place = int32(len(n.open))
		n.open = append(n.open, openName{})
	}
	o := &n.open[place]
	o.path, o.source, o.toCome = append(o.path[:0], path...), source, toCome
	return place
}

// less compares image_ids. Names of sources hold no slash, so that two that differ decide before either ends.
func (n *naming) less(source int32, path string, than *openName) bool {
	if source != than.source {
		return n.prefixes[source] < n.prefixes[than.source]
	}
	return path < string(than.path)
}

// maxDone is about how many image_ids doneNames holds; a batch may add more.
const maxDone = 1 << 14

// doneNames are the smallest image_ids of groups that are complete. Their hashes, which are most of the work of
// Identify, are made for many groups at once, on all cores.
type doneNames struct {
	groups []int32
	ends   []int
	bytes  []byte
}

func addDone[T string | []byte](d *doneNames, group int32, prefix string, path T) {
	d.bytes = append(append(d.bytes, prefix...), path...)
	d.groups, d.ends = append(d.groups, group), append(d.ends, len(d.bytes))
}

// hash turns the image_ids into ids of groups.
func (d *doneNames) hash(ids *vector[uint64]) {
	each := max(1024, len(d.groups)/runtime.GOMAXPROCS(0)+1)
	var all sync.WaitGroup
	for from := 0; from < len(d.groups); from += each {
		all.Go(func() {
			start := 0
			if from > 0 {
				start = d.ends[from-1]
			}
			for i := from; i < min(from+each, len(d.groups)); i++ {
				*ids.at(int(d.groups[i])) = groupID(d.bytes[start:d.ends[i]])
				start = d.ends[i]
			}
		})
	}
	all.Wait()
	d.groups, d.ends, d.bytes = d.groups[:0], d.ends[:0], d.bytes[:0]
}

// giantGroup is the number of images above which a group is a finding (spec 8.5).
const giantGroup = 50

// GiantGroups are the groups of more than 50 images, rejected ones counted, by their first row, at most
// GroupOptions.MaxFindings of a source and then those that count them all. It needs the ids of groups.
func (l *Ledger) GiantGroups() []rows.Finding {
	sizes := countRows[int32](l)
	var findings []rows.Finding
	counts := make([]int64, len(l.Sources))
	row, next := int64(0), int32(0)
	for c := range l.group.chunks {
		for _, group := range l.group.chunk(c) {
			if group == next { // groups are numbered by their first row
				if size := sizes.get(int(group)); size > giantGroup {
					findings = l.giant(findings, counts, row, group, size)
				}
				next++
			}
			row++
		}
	}
	return append(findings, countsOf(FindingGiantGroup, counts, l.maxFindings)...)
}

// giant counts a giant group, and adds it unless enough of its source are listed.
func (l *Ledger) giant(findings []rows.Finding, counts []int64, row int64, group, size int32) []rows.Finding {
	source, at := l.Place(row)
	if counts[source]++; l.maxFindings > 0 && counts[source] > int64(l.maxFindings) {
		return findings
	}
	return append(findings, rows.Finding{
		ID: FindingGiantGroup, Source: source, Row: at, Subject: groupHex(l.ids.get(int(group))), Images: int64(size),
		Detail: fmt.Sprintf("%d images may not be separated", size),
	})
}

// groupHex is a group_id as the outputs show it: 16 hex digits.
func groupHex(id uint64) string { return fmt.Sprintf("%016x", id) }
