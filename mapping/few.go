package mapping

import (
	"container/heap"
	"fmt"

	"github.com/dermset/dermset/findings"
)

// mostAlike is how many findings of one id are listed for one source, and mostOfAll for all sources: others are
// counted. A person who has that many mends their cause.
const (
	mostAlike = 10_000
	mostOfAll = 50_000
)

// few gathers findings, of each id and source the first in the order of findings.Sort.
type few struct {
	kinds  map[kindOfFinding]*alike
	listed map[string]int // findings by id
	most   int            // mostAlike; less in tests
}

type kindOfFinding struct{ id, source string }

// alike are the findings of one kind: once there are more than most, a heap with the last one on top.
type alike struct {
	list   []findings.Finding
	most   int
	count  int64
	images int64 // of those that are not listed
}

func newFew() *few {
	return &few{kinds: map[kindOfFinding]*alike{}, listed: map[string]int{}, most: mostAlike}
}

func (w *few) add(f findings.Finding) {
	kind := kindOfFinding{f.ID, f.Source}
	a := w.kinds[kind]
	if a == nil {
		a = &alike{most: max(1, min(w.most, mostOfAll-w.listed[f.ID]))}
		w.kinds[kind] = a
	}
	a.count++
	if len(a.list) < a.most {
		w.listed[f.ID]++
		a.list = append(a.list, f)
		return
	}
	if a.count == int64(a.most)+1 {
		heap.Init(a)
	}
	if last := a.list[0]; findings.Compare(f, last) < 0 {
		a.list[0], f = f, last
		heap.Fix(a, 0)
	}
	a.images += f.Images
}

// all are the findings that are listed and, for each kind that has more, one that counts them.
func (w *few) all() (all []findings.Finding) {
	for kind, a := range w.kinds {
		all = append(all, a.list...)
		if a.count > int64(len(a.list)) {
			all = append(all, findings.New(kind.id, "", kind.source, "", a.images,
				fmt.Sprintf("there are %d of these, the first %d are listed", a.count, len(a.list))))
		}
	}
	findings.Sort(all)
	return all
}

func (a *alike) Len() int           { return len(a.list) }
func (a *alike) Less(i, j int) bool { return findings.Compare(a.list[i], a.list[j]) > 0 }
func (a *alike) Swap(i, j int)      { a.list[i], a.list[j] = a.list[j], a.list[i] }
func (a *alike) Push(any)           { panic("findings only take one another's place") }
func (a *alike) Pop() any           { panic("findings only take one another's place") }
