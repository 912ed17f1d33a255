package versions

import (
	"cmp"
	"context"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/workflow/workspace"
)

// A Diff is what became of images between two versions: of those that are selected in one of them alone, or in another
// class or split, with other codes or another picture. Each has one cause.
type Diff struct {
	Images [][]string // a row per image, if they are asked for: ImageColumns
	Ways   [][]string // a row for each way that images went, and each cause: WayColumns
	Causes [][]string // a row for each cause: CauseColumns
	Parted int64      // images that moved to another split though their class did not, and no lock moved them
	Lock   string     // what split.lock would have kept them; empty: the newer version was locked to the older one
}

// The columns of a Diff.
var (
	ImageColumns = results.Columns{
		results.Text("image_id", "the image"),
		changeColumn,
		results.Text("state_before", "selected, or why it was rejected; none: it was not there").OrNone(),
		classBefore, splitBefore,
		results.Text("state_after", "the same, now").OrNone(),
		classAfter, splitAfter, causeColumn,
		results.Text("detail", "the very thing that moved it").OrNone(),
	}
	WayColumns = results.Columns{
		changeColumn, classBefore, classAfter, splitBefore, splitAfter,
		results.Text("rejected_as", "why they are, or were, rejected").OrNone(),
		causeColumn,
		results.Whole("images", "how many went this way"),
	}
	CauseColumns = append([]string{"cause", "images"}, changes...)
)

var (
	changeColumn = results.Text("change", "what became of it: gone, new, class, split, codes or picture")
	causeColumn  = results.Text("cause", "the first cause that explains it (docs/versions.md)")
	classBefore  = results.Text("class_before", "the class before").OrNone()
	classAfter   = results.Text("class_after", "the class now").OrNone()
	splitBefore  = results.Text("split_before", "the split before").OrNone()
	splitAfter   = results.Text("split_after", "the split now").OrNone()
)

// changes are what becomes of images, in the order of a table of causes: codes are those of a class that is the same,
// pictures those of images that stand where they did.
var changes = []string{"gone", "new", "class", "split", "codes", "picture"}

// A standing is where an image stands in a version.
type standing struct {
	source, label string
	state         string // selectedState, or the reason why it is rejected; empty: the version does not know the image
	class, split  string // of a rejected image the last name it had
	twin          string // the image that is kept in place of a duplicate
}

const selectedState = "selected"

// An image is what a version says of one.
type image struct {
	standing
	content, ids uint32 // hashes of its SHA-256, and of its patient and lesion; 0: none
	group        uint64
	detail       string // of a rejected image of the newer version
}

// Compare compares the images of two versions, each given by name or path. What it reads are published files alone.
func Compare(ctx context.Context, w *workspace.Workspace, older, newer string, images bool) (*Diff, error) {
	from, err := read(ctx, w, older)
	if err != nil {
		return nil, err
	}
	to, err := read(ctx, w, newer)
	if err != nil {
		return nil, err
	}
	d := &differ{from: from, to: to, seed: rand.Uint64(), before: map[imageKey]place{}, each: images,
		counts: map[way]int64{}, ways: map[way]*way{},
		names: numbers{all: []standing{{}}, known: map[standing]int32{{}: 0}}}
	if err := d.recognise(ctx, w); err != nil {
		return nil, err
	}
	if err := d.compare(ctx); err != nil {
		return nil, err
	}
	return d.result(), nil
}

// A differ compares two versions. Of the rows of the older one it holds 128-bit hashes of a random seed.
type differ struct {
	from, to *known
	seed     uint64
	before   map[imageKey]place // in the older version, until they are found in the newer one
	names    numbers
	each     bool
	images   []movedImage
	counts   map[way]int64
	ways     map[way]*way
	parted   map[uint64]string // groups of the older version that pairs hold together no longer
	joined   map[uint64]string // groups of the newer version that pairs hold together now
	recoded  map[string]string // class → the row that changed its codes
	kept     int64             // images in another split, though their class is the same and no lock moved them
	bySum    string            // why images are known again by their contents; empty: they are by their image_ids
}

// An imageKey is a hash of an image_id, and a place an image, its standing by number. Both are words of 4 bytes, as
// there is one of each for every row: 36 bytes, where whole hashes would make it 40.
type imageKey [4]uint32

type place struct {
	at           int32
	content, ids uint32
	group        [2]uint32
}

// A way is what becomes of images between two versions, and why.
type way struct {
	change   string
	cause    string
	from, to where
}

type where struct{ state, class, split string }

// A movedImage is an image, the way it went, and what names the cause.
type movedImage struct {
	image  string
	way    *way
	detail string
}

func (d *differ) compare(ctx context.Context) error {
	if err := d.compareEdges(ctx); err != nil {
		return err
	}
	err := d.eachImage(ctx, d.from, func(_ string, key imageKey, at *image) {
		group := [2]uint32{uint32(at.group >> 32), uint32(at.group)}
		d.before[key] = place{d.names.of(at.standing), at.content, at.ids, group}
	})
	if err != nil {
		return err
	}
	err = d.eachImage(ctx, d.to, func(id string, key imageKey, is *image) {
		known := d.before[key]
		delete(d.before, key)
		was := image{standing: d.names.all[known.at], content: known.content, ids: known.ids,
			group: uint64(known.group[0])<<32 | uint64(known.group[1])}
		d.note(id, &was, is)
	})
	if err != nil || len(d.before) == 0 {
		return err
	}
	return d.eachImage(ctx, d.from, func(id string, key imageKey, was *image) {
		if _, gone := d.before[key]; gone {
			d.note(id, was, &image{standing: standing{source: was.source}})
		}
	})
}

func (d *differ) key(image string) imageKey {
	h := xxh3.HashString128Seed(image, d.seed)
	return imageKey{uint32(h.Hi >> 32), uint32(h.Hi), uint32(h.Lo >> 32), uint32(h.Lo)}
}

// number is a number for a text that is not empty, equal for equal ones.
func (d *differ) number(text string) uint64 {
	if text == "" {
		return 0
	}
	return xxh3.HashStringSeed(text, d.seed)
}

// changeOf is what became of an image; empty if nothing did.
func (d *differ) changeOf(was, is *image) string {
	switch selected := is.state == selectedState; {
	case was.state != selectedState && !selected:
		return ""
	case was.state != selectedState:
		return "new"
	case !selected:
		return "gone"
	case was.class != is.class:
		return "class"
	case was.split != is.split:
		return "split"
	case d.from.codes[is.class] != d.to.codes[is.class]:
		return "codes"
	case was.content != is.content && was.content != 0 && is.content != 0:
		return "picture"
	}
	return ""
}

// note counts what became of an image, and lists it if that is asked for.
func (d *differ) note(id string, was, is *image) {
	change := d.changeOf(was, is)
	if change == "" {
		return
	}
	because := d.explain(was, is)
	if change == "split" && because.name != byLock {
		d.kept++
	}
	w := way{change, because.name, d.where(was), d.where(is)}
	d.counts[w]++
	if !d.each {
		return
	}
	shared := d.ways[w]
	if shared == nil {
		shared = &w
		d.ways[w] = shared
	}
	d.images = append(d.images, movedImage{id, shared, because.detail})
}

// where an image is; of one that is not selected nobody knows whether it is rejected, where contents alone tell.
func (d *differ) where(i *image) where {
	switch {
	case i.state == "" && d.bySum != "":
		return where{state: "unknown"}
	case i.state == "":
		return where{state: "absent"}
	}
	return where{i.state, i.class, i.split}
}

func (d *differ) result() *Diff {
	r := &Diff{Parted: d.kept}
	if !d.lockedToOlder() {
		r.Lock = d.from.Name
	}
	slices.SortFunc(d.images, func(a, b movedImage) int {
		return cmp.Or(a.way.compare(*b.way), cmp.Compare(a.image, b.image))
	})
	for _, i := range d.images {
		from, to := i.way.from, i.way.to
		r.Images = append(r.Images, []string{i.image, i.way.change, from.state, from.class, from.split,
			to.state, to.class, to.split, i.way.cause, i.detail})
	}
	sums := map[string]map[string]int64{}
	for _, w := range slices.SortedFunc(maps.Keys(d.counts), way.compare) {
		n := d.counts[w]
		r.Ways = append(r.Ways, append(w.cells(), workspace.Number(n)))
		if sums[w.cause] == nil {
			sums[w.cause] = map[string]int64{}
		}
		sums[w.cause][w.change] += n
		sums[w.cause]["images"] += n
	}
	for _, name := range Causes {
		of := sums[name]
		if of == nil {
			continue
		}
		row := []string{name}
		for _, column := range CauseColumns[1:] {
			row = append(row, workspace.Number(of[column]))
		}
		r.Causes = append(r.Causes, row)
	}
	return r
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

func (w way) compare(other way) int {
	return cmp.Or(cmp.Compare(slices.Index(changes, w.change), slices.Index(changes, other.change)),
		w.from.compare(other.from), w.to.compare(other.to),
		cmp.Compare(slices.Index(Causes, w.cause), slices.Index(Causes, other.cause)))
}

func (w where) compare(other where) int {
	return cmp.Or(cmp.Compare(w.class, other.class), cmp.Compare(w.split, other.split),
		cmp.Compare(w.state, other.state))
}

func (w way) cells() []string {
	rejected := w.to.state
	if rejected == selectedState {
		rejected = w.from.state
	}
	if rejected == selectedState {
		rejected = ""
	}
	return []string{w.change, w.from.class, w.to.class, w.from.split, w.to.split, rejected, w.cause}
}

// eachImage shows every row of a version that can be known again, the selected ones first, and by what it is.
func (d *differ) eachImage(ctx context.Context, k *known, see func(id string, key imageKey, at *image)) error {
	shared := map[string]string{} // labels, classes and splits come again and again
	share := func(text string) string {
		if one, ok := shared[text]; ok {
			return one
		}
		shared[text] = text
		return text
	}
	columns := []string{"image_id", "source", "source_label", "target_name", "split", "sha256", "group_id", "patient_id",
		"lesion_id"}
	bySum := sumsOf()
	err := k.Each(ctx, "selected_unsampled", columns, func(c []string) error {
		at := &image{standing: standing{source: share(c[1]), label: share(c[2]), state: selectedState,
			class: share(c[3]), split: share(c[4])}, content: uint32(d.number(c[5]))}
		if d.bySum != "" {
			if again := bySum(c[1], c[5]); again != "" {
				see(c[0], d.key(again), at)
			}
			return nil
		}
		at.group, at.ids = d.number(k.as.group(c[6])), uint32(d.number(k.as.ids(c[1], c[7], c[8])))
		see(c[0], d.key(k.as.image(c[0])), at)
		return nil
	})
	if err != nil || d.bySum != "" {
		return err
	}
	columns = []string{"image_id", "source", "source_label", "target_name", "reason", "detail"}
	return k.Each(ctx, "rejected", columns, func(c []string) error {
		at := &image{standing: standing{source: share(c[1]), label: share(c[2]), state: share(c[4]), class: share(c[3])},
			detail: c[5]}
		if at.state == "duplicate_of" {
			at.twin, at.detail = k.as.image(c[5]), ""
		}
		see(c[0], d.key(k.as.image(c[0])), at)
		return nil
	})
}
