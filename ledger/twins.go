package ledger

import (
	"slices"

	"github.com/dermset/dermset/rows"
)

// Twins are what makes images of different bytes and pixels one group, or keeps equal ones apart (spec 8.5).
type Twins struct {
	Near   []Near // pictures that look alike
	Within uint8  // up to which distance they join groups: images.near_group
	// What people say of pairs of images, by rows: the first of a pair is smaller, and pairs are sorted (Sort). Same adds
	// an edge, whatever became of the rows; Different takes the edge of this pair away.
	Same, Different [][2]int32
}

// Near is a pair of pictures that look alike.
type Near struct {
	A, B        int32 // their numbers, A < B
	Distance    uint8 // of their hashes, in bits
	Orientation uint8 // what B must be turned by to look like A, as EXIF numbers it: 1 to 8
}

// InOrder is the same pair with A < B.
func (n Near) InOrder() Near {
	if n.A > n.B {
		n.A, n.B, n.Orientation = n.B, n.A, turnedBack[n.Orientation]
	}
	return n
}

// Sort puts what people say in order.
func (t *Twins) Sort() {
	slices.SortFunc(t.Same, comparePairs)
	slices.SortFunc(t.Different, comparePairs)
}

// turnedBack is the orientation that undoes each.
var turnedBack = [9]uint8{0, 1, 2, 3, 4, 5, 8, 7, 6}

// TurnedBack is turnedBack of an orientation as tables have it.
func TurnedBack(orientation string) string {
	if len(orientation) != 1 || orientation < "1" || orientation > "8" {
		return orientation
	}
	return string('0' + turnedBack[orientation[0]-'0'])
}

// differs says whether people say that two rows show different things.
func (t *Twins) differs(a, b int32) bool {
	_, is := slices.BinarySearchFunc(t.Different, [2]int32{min(a, b), max(a, b)}, comparePairs)
	return is
}

func comparePairs(x, y [2]int32) int { return slices.Compare(x[:], y[:]) }

// JoinPictures joins the groups of rows whose pictures are equal, or twins: those of rows that no earlier reason than
// their picture rejects. If it says that groups were joined, they have no ids any more: see Identify. The ledgers that
// share their groups with this one are left as they are.
//
// It takes 4 bytes a group and 4 a picture while it runs; then the ledger has groups of its own, 4 bytes a row.
func (l *Ledger) JoinPictures(t *Twins) (joined bool) {
	j := &joining{Twins: t, ledger: l, first: make([]int32, l.pictures)}
	for g := range l.groups {
		j.groups.add(int32(g))
	}
	j.equal()
	for _, n := range t.Near {
		if n.Distance <= t.Within {
			j.near(n)
		}
	}
	for _, pair := range t.Same {
		j.unite(pair[0], pair[1])
	}
	if j.joined {
		shared := l.group
		l.group = vector[int32]{}
		for c := range shared.chunks {
			addAll(&l.group, shared.chunk(c))
		}
		l.regroup(&j.groups)
	}
	return j.joined
}

// A joining is one run of JoinPictures.
type joining struct {
	*Twins
	ledger *Ledger
	groups vector[int32]     // forest over the ledger's groups
	first  []int32           // by picture: its first row and 1
	said   map[int32]bool    // rows that people say differ from another
	apart  map[int32][]int32 // by picture: all its rows, where one of them is among those
	joined bool
}

func (j *joining) unite(a, b int32) {
	a, b = j.ledger.group.get(int(a)), j.ledger.group.get(int(b))
	if root(&j.groups, a) != root(&j.groups, b) {
		unite(&j.groups, a, b)
		j.joined = true
	}
}

// equal joins the rows of each picture.
func (j *joining) equal() {
	l := j.ledger
	j.said, j.apart = map[int32]bool{}, map[int32][]int32{}
	for _, pair := range j.Different {
		for _, row := range pair {
			j.said[row] = true
			if picture := l.pictureOf(row); picture >= 0 {
				j.apart[picture] = nil
			}
		}
	}
	for row := range int32(l.picture.n) {
		picture := l.pictureOf(row)
		if picture < 0 {
			continue
		}
		if rows, touched := j.apart[picture]; touched {
			j.apart[picture] = append(rows, row)
			continue
		}
		if j.first[picture] == 0 {
			j.first[picture] = row + 1
		}
		j.unite(j.first[picture]-1, row)
	}
	for _, rows := range j.apart {
		j.uniteAll(rows, rows)
	}
}

// pictureOf is the number of a row's picture; -1 where it has none, or is rejected for an earlier reason.
func (l *Ledger) pictureOf(row int32) int32 {
	if int(row) >= l.picture.n {
		return -1
	}
	reason := rows.Reason(l.reason.get(int(row)))
	if reason != rows.Alive && !reason.OfImage() {
		return -1
	}
	return l.picture.get(int(row))
}

// near joins the rows of two pictures.
func (j *joining) near(n Near) { j.uniteAll(j.rowsOf(n.A), j.rowsOf(n.B)) }

// rowsOf are the rows of a picture or, where all of them are one group anyway, one of them.
func (j *joining) rowsOf(picture int32) []int32 {
	if rows, touched := j.apart[picture]; touched {
		return rows
	}
	if first := j.first[picture]; first > 0 {
		return []int32{first - 1}
	}
	return nil
}

// uniteAll joins each of some rows with each of others, but for pairs that people say differ. A row that differs from
// nobody makes one group of all the others, so that only rows of which people say something are compared in pairs.
func (j *joining) uniteAll(as, bs []int32) {
	hub := func(among []int32) int {
		return slices.IndexFunc(among, func(row int32) bool { return !j.said[row] })
	}
	whole := false // bs are one group
	if a := hub(as); a >= 0 {
		for _, b := range bs {
			j.unite(as[a], b)
		}
		whole = true
	} else if hub(bs) >= 0 {
		j.uniteAll(bs, as)
		return
	}
	for _, a := range as {
		for _, b := range bs {
			if a == b || j.differs(a, b) {
				continue
			}
			if j.unite(a, b); whole {
				break
			}
		}
	}
}
