package ledger

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/dermset/dermset/rows"
)

// SplitOptions are the settings of spec 8.6.
type SplitOptions struct {
	Ratios [3]int                // whole per cents of images that add up to 100
	Seed   int64                 // of the order of groups
	Pin    map[string]rows.Split // source → split
	// the split of an earlier version, or NoSplit, per row of the ledger (Ledger.Row); nil: none
	Locked []rows.Split
	// a group whose locked rows disagree is an error; otherwise the strictest split wins: test, val, train
	LockFail bool
}

func (o *SplitOptions) check(l *Ledger) error {
	var errs []error
	sum := 0
	for s, r := range o.Ratios {
		sum += r
		if r < 0 || r > 100 {
			errs = append(errs, fmt.Errorf("split ratio %s is %d, want 0 to 100", rows.Split(s), r))
		}
	}
	if sum != 100 {
		errs = append(errs, fmt.Errorf("split ratios add up to %d, want 100", sum))
	}
	for _, name := range slices.Sorted(maps.Keys(o.Pin)) {
		if !slices.ContainsFunc(l.Sources, func(s Source) bool { return s.Name == name }) {
			errs = append(errs, fmt.Errorf("pinned source %q is no source", name))
		}
		if o.Pin[name] > rows.Test {
			errs = append(errs, fmt.Errorf("source %q is pinned to %d, want one of train, val, test", name, o.Pin[name]))
		}
	}
	if o.Locked != nil && len(o.Locked) != l.rows() {
		errs = append(errs, fmt.Errorf("%d locked rows for %d rows", len(o.Locked), l.rows()))
	}
	return errors.Join(errs...)
}

// A SplitReport tells what the split became.
type SplitReport struct {
	Ratios  [3]int
	Images  [3]int64     // selected rows per split
	Groups  [3]int64     // groups with a selected row per split
	Classes []ClassSplit // by class_id
	Moved   []Moved      // locked rows that did not keep their split, by row
}

// A ClassSplit tells how one class was split.
type ClassSplit struct {
	// groups with a selected row of the class that are neither pinned nor locked
	FreeGroups  int64        `json:"free_groups"`
	FreeImages  int64        `json:"free_images"`  // selected rows of the class in them
	LargestFree int64        `json:"largest_free"` // the most of them in one group
	Free        [3]int64     `json:"free"`         // FreeImages per split, before mending
	Images      [3]int64     `json:"images"`       // all selected rows of the class per split, in the end
	Few         bool         `json:"few"`          // fewer than 3 free groups: nothing is promised
	Mended      bool         `json:"mended"`       // a group that holds the class was moved by mending
	Missing     []rows.Split `json:"missing"`      // splits of ratio > 0 without the class, though it has 3 free groups
}

// Deviation is, per split, how many images more there are than the ratio asks for.
func Deviation(images [3]int64, ratios [3]int) (deviation [3]float64) {
	total := images[0] + images[1] + images[2]
	for s := range images {
		deviation[s] = float64(100*images[s]-int64(ratios[s])*total) / 100
	}
	return deviation
}

// Moved is a locked row that did not keep its split.
type Moved struct {
	Source   int
	Row      int64
	From, To rows.Split
	Pinned   bool // a pin beat the lock; otherwise the lock of another row of its group did
}

// fewGroups is the number of free groups from which a class is promised to appear in every split (spec 8.6).
const fewGroups = 3

// A share is the selected rows of one class in one group.
type share struct{ class, images int32 }

// A splitter holds the groups while they are split. It takes at most 8 bytes a selected row (shares, distinct (class,
// group)) and, a group, 6 bytes and, for the time they are ordered, 21 more for the free ones.
type splitter struct {
	options  SplitOptions
	ledger   *Ledger
	shares   []share      // by group
	ends     []int32      // end of each group's shares
	split    []rows.Split // per group; NoSplit: no selected row, or none yet
	bonds    []bond       // per group
	classes  []ClassSplit
	assigned [][3]int64 // class → images of free groups per split so far
	present  [][3]int32 // class → groups per split that hold it
}

// splitInput is the rows to be split: idOf is the class_id of rows by their mapped names,
// -1 where they are not selected.
type splitInput struct {
	names   *namesBy // by group; freed once it has been read
	idOf    []int32
	classes int
	shares  int64 // distinct (class, group)
}

// splitGroups is spec 8.6: it gives every group with selected rows a split.
//
// Pins come first, then locks, then the free groups, stratified. A group's stratum is the rarest of its classes: fewest
// images in free groups, then smaller name. Strata are split from the rarest to the most frequent; inside a stratum
// groups come in the order of their groupOrder. Each goes to the split that lacks most images of the stratum's class. A
// split lacks ratio·T − 100·a, with T the class's images in free groups and a those of them in the split so far, groups
// of rarer strata included. Ties go to train before val before test; a split of ratio 0 gets none.
//
// For a class whose groups hold no other class this keeps every split within g, its largest free group, of ratio·T/100.
// Proof. While groups remain, the lacks add up to 100 times the images that remain, so the largest is positive. The
// split that takes a group thus ends less than g above its share; it may get below no more. Let x > 0 be the largest
// lack in the end. When a split was given its last group, it lacked at least as much as that one, which lacked at least
// x; so in the end it lacks at least x − 100·g. A split given none lacks at least 0. All lacks add up to 0 in the end,
// thus x ≤ 2·(100·g − x) and x ≤ ⅔·100·g. QED
//
// A class with fewer than 3 free groups goes to train as long as train stays within g above its share, else by the rule
// above. The bound holds for it too: with at most two groups no other split can lack more than train has too much,
// or than half of both.
//
// Then mend moves groups for the sake of classes that a split lacks.
func splitGroups(l *Ledger, o SplitOptions, in splitInput) (*splitter, SplitReport, error) {
	if err := o.check(l); err != nil {
		return nil, SplitReport{}, err
	}
	s := &splitter{options: o, ledger: l}
	s.share(&in)
	selected := &byKey{}
	if len(o.Pin) > 0 || o.Locked != nil {
		selected = l.orderBy(in.classes, in.idOf)
	}
	if err := errors.Join(s.pin(selected), s.lock(selected)); err != nil {
		return nil, SplitReport{}, err
	}
	s.countFree()
	s.stratify()
	s.mend()
	return s, s.report(selected), nil
}

// share fills shares and ends.
func (s *splitter) share(in *splitInput) {
	groups := s.ledger.groups
	s.shares, s.ends = make([]share, 0, in.shares), make([]int32, groups)
	last := make([]int32, in.classes) // 1 + the class's last share
	for group := range groups {
		from := int32(len(s.shares))
		for _, name := range in.names.of(group) {
			if name < 0 { // lost at stage image
				continue
			}
			class := in.idOf[name]
			if class < 0 {
				continue
			}
			if last[class] <= from {
				s.shares = append(s.shares, share{class: class})
				last[class] = int32(len(s.shares))
			}
			s.shares[last[class]-1].images++
		}
		s.ends[group] = int32(len(s.shares))
	}
	in.names = nil
	s.split, s.bonds = slices.Repeat([]rows.Split{rows.NoSplit}, groups), make([]bond, groups)
	s.classes = make([]ClassSplit, in.classes)
	s.assigned, s.present = make([][3]int64, in.classes), make([][3]int32, in.classes)
}

// of are a group's shares.
func (s *splitter) of(group int32) []share {
	if group == 0 {
		return s.shares[:s.ends[0]]
	}
	return s.shares[s.ends[group-1]:s.ends[group]]
}

// countFree fills the numbers of classes that the order of strata follows, and presence in the splits of bound groups.
func (s *splitter) countFree() {
	for group, bond := range s.bonds {
		for _, sh := range s.of(int32(group)) {
			c := &s.classes[sh.class]
			if bond != free {
				s.present[sh.class][s.split[group]]++
				continue
			}
			c.FreeGroups++
			c.FreeImages += int64(sh.images)
			c.LargestFree = max(c.LargestFree, int64(sh.images))
		}
	}
	for i := range s.classes {
		s.classes[i].Few = s.classes[i].FreeGroups < fewGroups
	}
}

// rarest are the classes by their images in free groups, then name.
func (s *splitter) rarest() []int {
	order := make([]int, len(s.classes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order,
		func(a, b int) int { return cmp.Compare(s.classes[a].FreeImages, s.classes[b].FreeImages) })
	return order
}

// groupOrder is the seeded hash that groups are ordered by: mix(id ⊕ mix(seed + 0x9e3779b97f4a7c15)), with mix the
// finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014). It is one to one,
// so that ties are equal ids.
func groupOrder(id uint64, seed int64) uint64 { return mix(id ^ mix(uint64(seed)+0x9e3779b97f4a7c15)) }

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// stratify gives the free groups their splits.
func (s *splitter) stratify() {
	order := s.rarest()
	groups, ends := s.strata(order)
	from := 0
	for r, end := range ends {
		for _, g := range groups[from:end] {
			shares := s.of(g.group)
			s.put(g.group, s.choose(order[r], shares), shares)
		}
		from = end
	}
	for i := range s.classes {
		s.classes[i].Free = s.assigned[i]
	}
}

// choose is the split for the next group of a class's stratum, whose shares are given.
func (s *splitter) choose(class int, shares []share) rows.Split {
	c, ratios := &s.classes[class], &s.options.Ratios
	if c.Few && ratios[rows.Train] > 0 {
		var images int64
		for _, sh := range shares {
			if sh.class == int32(class) {
				images = int64(sh.images)
			}
		}
		if 100*(s.assigned[class][rows.Train]+images)-int64(ratios[rows.Train])*c.FreeImages <= 100*c.LargestFree {
			return rows.Train
		}
	}
	best, bestLack := rows.NoSplit, int64(0)
	for t := rows.Train; t <= rows.Test; t++ {
		lack := int64(ratios[t])*c.FreeImages - 100*s.assigned[class][t]
		if ratios[t] > 0 && (best == rows.NoSplit || lack > bestLack) {
			best, bestLack = t, lack
		}
	}
	return best
}

// put puts a free group into a split.
func (s *splitter) put(group int32, to rows.Split, shares []share) {
	s.split[group] = to
	for _, sh := range shares {
		s.assigned[sh.class][to] += int64(sh.images)
		s.present[sh.class][to]++
	}
}

// report counts images, and lists locked rows that did not keep their split.
func (s *splitter) report(selected *byKey) SplitReport {
	r := SplitReport{Ratios: s.options.Ratios, Classes: s.classes}
	for group, to := range s.split {
		shares := s.of(int32(group))
		for _, sh := range shares {
			r.Classes[sh.class].Images[to] += int64(sh.images)
			r.Images[to] += int64(sh.images)
		}
		if len(shares) > 0 {
			r.Groups[to]++
		}
	}
	if s.options.Locked == nil {
		return r
	}
	for _, row := range selected.rows {
		group := s.ledger.group.get(int(row))
		from, to := s.options.Locked[row], s.split[group]
		if from != rows.NoSplit && from != to {
			source, at := s.ledger.Place(int64(row))
			r.Moved = append(r.Moved, Moved{source, at, from, to, s.bonds[group] == pinned})
		}
	}
	slices.SortFunc(r.Moved,
		func(a, b Moved) int { return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Row, b.Row)) })
	return r
}
