package versions

import (
	"cmp"
	"context"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/dermset/dermset/workflow/workspace"
)

// A standing is where an image stood in a version.
type standing struct{ class, split string }

// A change is what becomes of images between two versions. Gone and new images have one standing; a gone one has the
// reason of the newer version, if that still has its row.
type change struct {
	kind     string // gone | new | class | split
	from, to standing
	reason   string
}

// Diff compares the selected images of two versions: a row per image, or the number of images that went each way.
func Diff(ctx context.Context, w *workspace.Workspace, older, newer string,
	images bool) (columns []string, rows [][]string, err error) {
	d := newDiffer(images)
	if err := d.compare(ctx, w, older, newer); err != nil {
		return nil, nil, err
	}
	if images {
		slices.SortFunc(d.images, func(a, b changedImage) int {
			return cmp.Or(a.what.compare(*b.what), cmp.Compare(a.image, b.image))
		})
		rows = make([][]string, len(d.images))
		for i, c := range d.images {
			rows[i] = append([]string{c.image}, c.what.cells()...)
		}
		return []string{"image_id", "change", "class before", "class after", "split before",
			"split after", "rejected as"}, rows, nil
	}
	for _, c := range slices.SortedFunc(maps.Keys(d.counts), change.compare) {
		rows = append(rows, append(c.cells(), workspace.Number(d.counts[c])))
	}
	return []string{"change", "class before", "class after", "split before", "split after", "rejected as", "images"},
		rows, nil
}

// A differ compares two versions. Of the images of the older one it holds 128-bit hashes of a random seed.
type differ struct {
	seed   uint64
	before map[xxh3.Uint128]place // in the older version, until they are found in the newer one
	names  numbers                // of standings, and of reasons
	each   bool
	images []changedImage
	counts map[change]int64
	whats  map[change]*change
}

func newDiffer(each bool) *differ {
	return &differ{seed: rand.Uint64(), before: map[xxh3.Uint128]place{}, each: each, counts: map[change]int64{},
		whats: map[change]*change{}, names: numbers{all: []standing{{}}, known: map[standing]int32{{}: 0}}}
}

// A place is where an image stood, and why the newer version rejects it, both by number.
type place struct{ at, reason int32 }

// A changedImage is an image and what became of it.
type changedImage struct {
	image string
	what  *change
}

func (d *differ) compare(ctx context.Context, w *workspace.Workspace, older, newer string) error {
	from, err := Open(w, older)
	if err != nil {
		return err
	}
	to, err := Open(w, newer)
	if err != nil {
		return err
	}
	err = from.eachSelected(ctx, func(image string, at standing) {
		d.before[d.hash(image)] = place{at: d.names.of(at)}
	})
	if err != nil {
		return err
	}
	err = to.eachSelected(ctx, func(image string, at standing) {
		hash := d.hash(image)
		known, is := d.before[hash]
		delete(d.before, hash)
		switch was := d.names.all[known.at]; {
		case !is:
			d.note(image, change{kind: "new", to: at})
		case was.class != at.class:
			d.note(image, change{kind: "class", from: was, to: at})
		case was.split != at.split:
			d.note(image, change{kind: "split", from: was, to: at})
		}
	})
	if err != nil {
		return err
	}
	return d.findGone(ctx, from, to)
}

// findGone notes the images of the older version that the newer one does not select, which are left.
func (d *differ) findGone(ctx context.Context, from, to Version) error {
	err := to.Each(ctx, "rejected", []string{"image_id", "reason"}, func(cells []string) error {
		hash := d.hash(cells[0])
		if was, gone := d.before[hash]; gone {
			was.reason = d.names.of(standing{class: cells[1]})
			d.before[hash] = was
		}
		return nil
	})
	if err != nil || len(d.before) == 0 {
		return err
	}
	return from.eachSelected(ctx, func(image string, at standing) {
		if was, gone := d.before[d.hash(image)]; gone {
			reason := cmp.Or(d.names.all[was.reason].class, "not in its source any more")
			d.note(image, change{kind: "gone", from: at, reason: reason})
		}
	})
}

func (d *differ) hash(image string) xxh3.Uint128 { return xxh3.HashString128Seed(image, d.seed) }

// note counts a change, and lists its image if that is asked for.
func (d *differ) note(image string, c change) {
	d.counts[c]++
	if !d.each {
		return
	}
	what := d.whats[c]
	if what == nil {
		what = &c
		d.whats[c] = what
	}
	d.images = append(d.images, changedImage{image, what})
}

// numbers gives standings numbers; that of the zero standing is 0.
type numbers struct {
	all   []standing
	known map[standing]int32
}

func (n *numbers) of(s standing) int32 {
	number, known := n.known[s]
	if !known {
		number = int32(len(n.all))
		n.all, n.known[s] = append(n.all, s), number
	}
	return number
}

func (c change) compare(other change) int {
	return cmp.Or(cmp.Compare(c.kind, other.kind), cmp.Compare(c.from.class, other.from.class),
		cmp.Compare(c.to.class, other.to.class), cmp.Compare(c.from.split, other.from.split),
		cmp.Compare(c.to.split, other.to.split), cmp.Compare(c.reason, other.reason))
}

func (c change) cells() []string {
	return []string{c.kind, c.from.class, c.to.class, c.from.split, c.to.split, c.reason}
}

// eachSelected shows where every selected image of a version stands.
func (v Version) eachSelected(ctx context.Context, see func(image string, at standing)) error {
	shared := map[string]string{} // class and split names come again and again
	share := func(text string) string {
		if one, ok := shared[text]; ok {
			return one
		}
		shared[text] = text
		return text
	}
	return v.Each(ctx, "selected_unsampled", []string{"image_id", "target_name", "split"}, func(cells []string) error {
		see(cells[0], standing{share(cells[1]), share(cells[2])})
		return nil
	})
}
