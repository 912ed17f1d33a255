package sources

import (
	"fmt"
	"hash/maphash"
	"strings"

	"github.com/dermset/dermset/dataset"
)

var saidSeed = maphash.MakeSeed()

// hashOf is 0 for an empty cell, else 32 bits of a hash that are not 0.
func hashOf(cell string) uint32 {
	if cell == "" {
		return 0
	}
	return max(uint32(maphash.String(saidSeed, cell)), 1)
}

// remember keeps, with repeated_images: first, a hash of what the dataset's columns behind the path say of an image:
// 44 bytes an image.
func (o *output) remember(cells []string) {
	if o.c.repeated != "first" {
		return
	}
	for _, cell := range cells[1:len(dataset.Columns)] {
		o.firstSaid = append(o.firstSaid, hashOf(cell))
	}
}

// compare lists what a row says of an image otherwise than the first one that names it. An empty cell says nothing.
func (o *output) compare(at place, cells []string, entries []dataset.Entry, first int) {
	const behind = 1 // the path
	width := len(dataset.Columns) - behind
	said := o.firstSaid[first*width:][:width]
	var differ []string
	for i, name := range dataset.Columns[behind:] {
		cell := cells[behind+i]
		if behind+i == differentialsAt {
			cell = normalDifferentials(cell, entries)
		} else if normal, ok := normalForm(name, cell); ok {
			cell = normal
		}
		if hash := hashOf(cell); hash != 0 && hash != said[i] {
			differ = append(differ, fmt.Sprintf("%s %.200q", name, cell))
		}
	}
	if len(differ) == 0 {
		return
	}
	o.differs = strings.Join(differ, ", ")
	if o.report.Differ++; o.report.Differ > MaxListed {
		return
	}
	i, told := len(o.report.Different), strings.Clone(cells[0])+": "+o.differs
	o.report.Different = append(o.report.Different, Unused{at.file, at.line, "repeated_image", told})
	o.firsts = o.placed(o.rowOf[first], func(p place) { o.report.Different[i].Detail = told + ", first in " + p.in("") })
}

// unlike is what the detail of a row adds that repeats images and says something else of one of them.
func (o *output) unlike() string {
	if o.differs == "" {
		return ""
	}
	return ", which say otherwise: here " + o.differs
}
