package review

import (
	"slices"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/mapping"
)

// A Reach is how far a mapped name comes in the last build.
type Reach struct {
	Images, Groups int64
	Stage          int // the last one in which it is, merged or not: 1, 2 or 3
}

// A Mapped is a mapped name as those see it who consolidate the whole list.
type Mapped struct {
	Name    string
	Codes   []string
	Images  int64 // that name one of its labels
	Sources []string
	Reach   *Reach // nil: in no build yet
	Now     string // what the exclude and merge tab says of it, in words
	Before  decisions.Cells
	Nearest []string
}

// nearest is how many near names are shown.
const nearest = 3

// Mapped are all mapped names, bytewise.
func (g Given) Mapped(reached map[string]Reach) []Mapped {
	images, m := g.imagesByName(), g.Mapping
	sources := make([][]string, len(m.Names))
	for source, labels := range m.Labels {
		for _, name := range labels {
			if name >= 0 && !slices.Contains(sources[name], source) {
				sources[name] = append(sources[name], source)
			}
		}
	}
	refined := map[string]mapping.Refinement{}
	for _, r := range m.Refinements {
		refined[r.Category] = r
	}
	near := mapping.NearestNames(m.Names, nearest)
	all := make([]Mapped, len(m.Names))
	for i, name := range m.Names {
		slices.Sort(sources[i])
		all[i] = Mapped{Name: name, Codes: m.Codes[i], Images: images[name], Sources: sources[i], Nearest: near[i]}
		if reach, is := reached[name]; is {
			all[i].Reach = &reach
		}
		if r, is := refined[name]; is {
			all[i].Before = CellsOfCategory(r)
			all[i].Now = "excluded"
			if r.Merge {
				all[i].Now = "merged into " + r.Into
			}
		}
	}
	return all
}
