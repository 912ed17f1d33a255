package images

import (
	"cmp"
	"slices"
)

// A Component is a set of foreground pixels that touch by 8 neighbours: what lies around it, and how many they are.
type Component struct {
	Box
	Pixels int
}

// Components are the largest components of the mask, so many at most, and how many there are in all. The order is by
// pixels, the most first; among equals the topmost first, then the leftmost.
//
// Rows are read once, from the top; what is kept are the runs of two rows and the components that reach the last row.
// So it takes as much memory as a row, whatever the mask shows.
func (m *Mask) Components(most int) (largest []Component, all int) {
	s := sweep{most: most}
	for y := range m.Height {
		s.below, s.above = s.above[:0], s.below
		at := 0
		runs(m.row(y), func(from, to int) { at = s.add(run{from: from, to: to}, y, at) })
		s.settle()
	}
	s.below, s.above = nil, s.below
	s.settle()
	s.keep()
	for _, c := range s.largest {
		largest = append(largest, c.Component)
	}
	return largest, s.all
}

// A run is pixels of one row, from one up to another, of a component.
type run struct{ from, to, of int }

// A growing component may reach on into the row below.
type growing struct {
	Component
	first  int // the leftmost pixel of its top row
	parent int // the place of what it was found to be one with; its own if it is none
	next   int // its place once the row is done; -1 until a run of the row is found to be of it
}

// A sweep goes through a mask row by row.
type sweep struct {
	most         int
	above, below []run // of the row before and of this one
	open, spare  []growing
	largest      []growing
	all          int
}

// add brings in a run of a row; no run above before at reaches as far right. The answer is at for the run to the right.
func (s *sweep) add(r run, y, at int) int {
	for at < len(s.above) && s.above[at].to < r.from {
		at++
	}
	r.of = -1
	for i := at; i < len(s.above) && s.above[i].from <= r.to; i++ {
		if of := s.root(s.above[i].of); r.of < 0 {
			r.of = of
		} else if of != r.of {
			r.of = s.join(r.of, of)
		}
	}
	if r.of < 0 {
		r.of = len(s.open)
		s.open = append(s.open, growing{Component{Box{r.from, y, 0, 0}, 0}, r.from, r.of, -1})
	}
	c := &s.open[r.of]
	c.Box, c.Pixels = around(c.Box, Box{r.from, y, r.to - r.from, 1}), c.Pixels+r.to-r.from
	s.below = append(s.below, r)
	return at
}

func (s *sweep) root(of int) int {
	for s.open[of].parent != of {
		s.open[of].parent = s.open[s.open[of].parent].parent
		of = s.open[of].parent
	}
	return of
}

// join makes one of two components.
func (s *sweep) join(a, b int) int {
	if before(s.open[b], s.open[a]) {
		a, b = b, a
	}
	one, other := &s.open[a], &s.open[b]
	one.Box, one.Pixels = around(one.Box, other.Box), one.Pixels+other.Pixels
	other.parent = a
	return a
}

// before says whether a begins before b, from the top and then from the left.
func before(a, b growing) bool { return a.Y < b.Y || a.Y == b.Y && a.first < b.first }

// settle ends a row: components without a run in it are whole.
func (s *sweep) settle() {
	open := s.spare[:0]
	for i := range s.below {
		r := &s.below[i]
		c := &s.open[s.root(r.of)]
		if c.next < 0 {
			c.next = len(open)
			open = append(open, growing{c.Component, c.first, c.next, -1})
		}
		r.of = c.next
	}
	for i, c := range s.open {
		if c.parent == i && c.next < 0 {
			s.all++
			if s.largest = append(s.largest, c); len(s.largest) >= 2*s.most+1000 {
				s.keep()
			}
		}
	}
	s.open, s.spare = open, s.open
}

// keep forgets all but the largest components. Equals whose boxes have one corner are told apart by their first pixel.
func (s *sweep) keep() {
	slices.SortFunc(s.largest, func(a, b growing) int {
		return cmp.Or(bySize(a.Component, b.Component), cmp.Compare(a.first, b.first))
	})
	s.largest = s.largest[:min(len(s.largest), s.most)]
}

// bySize orders components: the most pixels first; among equals the topmost, then the leftmost.
func bySize(a, b Component) int {
	return cmp.Or(cmp.Compare(b.Pixels, a.Pixels), cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X))
}
