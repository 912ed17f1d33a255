package build

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
)

// leaks holds the tables as they are written against the rules of groups. A version whose images leak is not published.
func (p *publication) leaks() (map[string]int64, error) {
	if p.tables != nil {
		return nil, nil // they are others
	}
	found, err := p.twinned()
	if err != nil {
		return nil, err
	}
	known := slices.DeleteFunc(slices.Clone(p.verdicts), func(v workspace.Verdict) bool {
		return slices.Contains(found.Idle, v.Line) // an image that is nobody's joins nobody
	})
	rules := versions.LeakRules{Patient: p.groupsBy("patient"), Lesion: p.groupsBy("lesion"),
		Duplicate: p.groupsBy("duplicate"), Within: p.Config.Images.NearGroup,
		Verdicts: p.disguise.verdicts(known),
		Sources:  map[string]versions.LeakSource{}}
	for _, source := range p.sources {
		rules.Sources[source.Name] = versions.LeakSource{Space: source.PatientSpace, Lesions: source.LesionsInSource()}
	}
	leaks, err := versions.Version{Name: p.folder, Dir: p.Aside()}.Leaks(p.ctx, rules)
	if err != nil || leaks.Groups == 0 {
		return leaks.LeftOut, err
	}
	return nil, fmt.Errorf("publish: images that belong together stand in different splits, in %d groups: no version is "+
		"published; this is a fault of dermset, please report it: %s", leaks.Groups, strings.Join(leaks.First, "; "))
}

// twinsQuality tells which images show the same, and which sources have them in common.
type twinsQuality struct {
	Pairs   map[string]int64 `json:"pairs"` // by method
	Overlap []overlap        `json:"overlap"`
	Search  searchReport     `json:"search"`
}

// overlap is how many pairs of images two sources have, by method; a source may have pairs with itself.
type overlap struct {
	SourceA string           `json:"source_a"`
	SourceB string           `json:"source_b"`
	Pairs   map[string]int64 `json:"pairs"`
}

// twinsQuality is null without pictures.
func (p *publication) twinsQuality() (*twinsQuality, error) {
	if !p.HasPictures() {
		return nil, nil
	}
	found, err := p.twinned()
	if err != nil {
		return nil, err
	}
	q := &twinsQuality{Pairs: map[string]int64{}, Overlap: []overlap{}, Search: found.Search.Report}
	err = versions.Version{Name: p.folder, Dir: p.Aside()}.Each(p.ctx, "duplicates",
		[]string{"image_a", "image_b", "method"}, func(cells []string) error {
			a, _, _ := strings.Cut(cells[0], "/")
			b, _, _ := strings.Cut(cells[1], "/")
			q.Pairs[cells[2]]++
			q.add(min(a, b), max(a, b), cells[2])
			return nil
		})
	return q, err
}

func (q *twinsQuality) add(a, b, method string) {
	at, has := slices.BinarySearchFunc(q.Overlap, [2]string{a, b}, func(o overlap, want [2]string) int {
		return slices.Compare([]string{o.SourceA, o.SourceB}, want[:])
	})
	if !has {
		q.Overlap = slices.Insert(q.Overlap, at, overlap{a, b, map[string]int64{}})
	}
	q.Overlap[at].Pairs[method]++
}
