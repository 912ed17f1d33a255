package stages

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
)

// GroupID is the id of the group whose bytewise smallest image_id is given, as the big-endian value of its 16 hex digits: the first 8 bytes
// of SHA-256 (spec 8.5).
func GroupID(imageID []byte) uint64 {
	sum := sha256.Sum256(imageID)
	return binary.BigEndian.Uint64(sum[:])
}

// naming is the state of Identify: per group the rows still to come (4 bytes a group), and for groups that have seen some rows but not all
// their smallest image_id so far. Groups of one row hold none.
type naming struct {
	left     int64 // rows to come in all
	toCome   *vector[int32]
	smallest map[int32]imageName
	ranks    []string // name/ of each source
}

// An imageName is an image_id: its source and path, and the GroupID it would give.
type imageName struct {
	source int
	path   string
	id     uint64
}

type nameParts struct {
	paths *array.String
	ids   []uint64
}

// Identify gives the groups their ids: its sinks see every row's image_path again, once the groups are known. It is called for every source
// in order, and the sinks are drained in that order. (In the first pass the smallest path of every group would have to be kept, since
// any later row can join two groups. Here a group of one row keeps nothing, and any other only while its rows come.)
func (l *Ledger) Identify(source int, in *arrow.Schema) (engine.Sink, error) {
	at, err := columnsOf(in, nullable(ColImagePath, typeText))
	if err != nil {
		return nil, err
	}
	if l.naming == nil {
		l.startNaming()
	}
	prefix := l.naming.ranks[source]
	row := int(l.starts[source])
	return engine.Survey[nameParts]{
		Name: "group ids",
		OnLook: func(batch arrow.RecordBatch) (nameParts, error) {
			p := nameParts{paths: batch.Column(at[0]).(*array.String), ids: make([]uint64, batch.NumRows())}
			id := []byte(prefix)
			for i := range p.ids {
				id = append(id[:len(prefix)], p.paths.Value(i)...)
				p.ids[i] = GroupID(id)
			}
			return p, nil
		},
		OnTake: func(p nameParts) error {
			if end := l.starts[source+1]; int64(row+len(p.ids)) > end {
				return fmt.Errorf("source %q has more than its %d rows", l.Sources[source].Name, l.Sources[source].Rows)
			}
			for i, id := range p.ids {
				l.name(l.group.get(row), source, p.paths, i, id)
				row++
			}
			return nil
		},
	}, nil
}

func (l *Ledger) startNaming() {
	n := &naming{left: int64(l.rows()), toCome: sized[int32](l.groups), smallest: map[int32]imageName{}}
	for row := range l.rows() {
		*n.toCome.at(int(l.group.get(row)))++
	}
	for _, s := range l.Sources {
		n.ranks = append(n.ranks, s.Name+"/")
	}
	l.ids = *sized[uint64](l.groups)
	l.naming = n
}

// name notes one row of a group.
func (l *Ledger) name(group int32, source int, paths *array.String, i int, id uint64) {
	n := l.naming
	n.left--
	toCome := n.toCome.at(int(group))
	*toCome--
	best, has := n.smallest[group]
	if *toCome == 0 && !has {
		*l.ids.at(int(group)) = id
		return
	}
	if path := paths.Value(i); !has || n.less(source, path, best) {
		best = imageName{source, path, id}
		if *toCome > 0 {
			best.path = strings.Clone(path)
			n.smallest[group] = best
		}
	}
	if *toCome == 0 {
		delete(n.smallest, group)
		*l.ids.at(int(group)) = best.id
	}
}

// less compares image_ids. Names of sources hold no slash, so that two that differ decide before either ends.
func (n *naming) less(source int, path string, than imageName) bool {
	if source != than.source {
		return n.ranks[source] < n.ranks[than.source]
	}
	return path < than.path
}

// giantGroup is the number of images above which a group is a finding (spec 8.5).
const giantGroup = 50

// GiantGroups are the groups of more than 50 images, rejected ones counted, by their first row. It needs the ids of groups.
func (l *Ledger) GiantGroups() []Finding {
	sizes := sized[int32](l.groups)
	for row := range l.rows() {
		*sizes.at(int(l.group.get(row)))++
	}
	var findings []Finding
	for row := range l.rows() {
		group := int(l.group.get(row))
		size := sizes.at(group)
		if *size <= giantGroup {
			continue
		}
		source, at := l.Place(int64(row))
		findings = append(findings, Finding{
			ID: FindingGiantGroup, Source: source, Row: at, Subject: GroupHex(l.ids.get(group)), Images: int64(*size),
			Detail: fmt.Sprintf("%d images may not be separated", *size),
		})
		*size = 0
	}
	return findings
}

// GroupHex is a group_id as the outputs show it: 16 hex digits.
func GroupHex(id uint64) string { return fmt.Sprintf("%016x", id) }
