package versions

import (
	"cmp"
	"context"
	"slices"

	"github.com/dermset/dermset/workflow/workspace"
)

// A standing is where an image stood in a version.
type standing struct{ class, split string }

// A change is what became of an image between two versions. Gone and new images have one standing; a gone one has the
// reason of the newer version, if that still has its row.
type change struct {
	image    string
	kind     string // gone | new | class | split
	from, to standing
	reason   string
}

// Diff compares the selected images of two versions: a row per image, or the number of images that went each way.
func Diff(ctx context.Context, w *workspace.Workspace, older, newer string,
	images bool) (columns []string, rows [][]string, err error) {
	changes, err := changesBetween(ctx, w, older, newer)
	if err != nil {
		return nil, nil, err
	}
	slices.SortFunc(changes, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.from.class, b.from.class),
			cmp.Compare(a.to.class, b.to.class), cmp.Compare(a.from.split, b.from.split), cmp.Compare(a.to.split, b.to.split),
			cmp.Compare(a.reason, b.reason), cmp.Compare(a.image, b.image))
	})
	if images {
		for _, c := range changes {
			rows = append(rows, []string{c.image, c.kind, c.from.class, c.to.class, c.from.split, c.to.split, c.reason})
		}
		return []string{"image_id", "change", "class before", "class after", "split before",
			"split after", "rejected as"}, rows, nil
	}
	columns = []string{"change", "class before", "class after", "split before", "split after", "rejected as", "images"}
	for first := 0; first < len(changes); {
		c, last := changes[first], first
		for last < len(changes) && changes[last].alike(c) {
			last++
		}
		rows = append(rows, []string{c.kind, c.from.class, c.to.class, c.from.split, c.to.split, c.reason,
			workspace.Number(int64(last - first))})
		first = last
	}
	return columns, rows, nil
}

func (c change) alike(other change) bool {
	c.image, other.image = "", ""
	return c == other
}

func changesBetween(ctx context.Context, w *workspace.Workspace, older, newer string) ([]change, error) {
	from, err := Open(w, older)
	if err != nil {
		return nil, err
	}
	to, err := Open(w, newer)
	if err != nil {
		return nil, err
	}
	before := map[string]standing{}
	err = from.eachSelected(ctx, func(image string, at standing) {
		before[image] = at
	})
	if err != nil {
		return nil, err
	}
	var changes []change
	err = to.eachSelected(ctx, func(image string, at standing) {
		was, known := before[image]
		delete(before, image)
		switch {
		case !known:
			changes = append(changes, change{image: image, kind: "new", to: at})
		case was.class != at.class:
			changes = append(changes, change{image: image, kind: "class", from: was, to: at})
		case was.split != at.split:
			changes = append(changes, change{image: image, kind: "split", from: was, to: at})
		}
	})
	if err != nil {
		return nil, err
	}
	reasons := map[string]string{}
	err = to.Each(ctx, "rejected", []string{"image_id", "reason"}, func(cells []string) error {
		if _, gone := before[cells[0]]; gone {
			reasons[cells[0]] = cells[1]
		}
		return nil
	})
	for image, was := range before {
		reason := cmp.Or(reasons[image], "not in its source any more")
		changes = append(changes, change{image: image, kind: "gone", from: was, reason: reason})
	}
	return changes, err
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
