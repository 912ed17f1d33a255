package workflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/dermset/dermset/io/releaseio"
)

// versionDir is the folder of a version that is there.
func (w *Workspace) versionDir(version string) (string, error) {
	if !lockForm.MatchString(version) {
		return "", Usage(fmt.Errorf("%q is not a version, want the name of a folder under dist, such as DXv27.1 or DXv27.1-draft", version))
	}
	dir := w.dist(version)
	if _, err := os.Stat(filepath.Join(dir, releaseio.ManifestName)); err != nil {
		return "", Usage(fmt.Errorf("there is no version %q under dist/: %w", version, err))
	}
	return dir, nil
}

// Verify holds every file of a version against its manifest and returns how many there are. What differs comes as one error.
func (w *Workspace) Verify(version string) (files int, err error) {
	dir, err := w.versionDir(version)
	if err != nil {
		return 0, err
	}
	differences, err := releaseio.Verify(dir, w.Run.Workers)
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, d := range differences {
		errs = append(errs, fmt.Errorf("dist/%s/%v", version, d))
	}
	manifest, err := releaseio.ReadManifest(dir)
	return len(manifest.Outputs), errors.Join(append(errs, err)...)
}

// A standing is where an image stood in a version.
type standing struct{ class, split string }

// A change is what became of an image between two versions. Gone and new images have one standing; a gone one has the reason of the newer
// version, if that still has its row.
type change struct {
	image    string
	kind     string // gone | new | class | split
	from, to standing
	reason   string
}

// Diff compares the selected images of two versions: a row per image, or the number of images that went each way.
func (w *Workspace) Diff(ctx context.Context, older, newer string, images bool) (columns []string, rows [][]string, err error) {
	changes, err := w.changes(ctx, older, newer)
	if err != nil {
		return nil, nil, err
	}
	slices.SortFunc(changes, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.from.class, b.from.class), cmp.Compare(a.to.class, b.to.class),
			cmp.Compare(a.from.split, b.from.split), cmp.Compare(a.to.split, b.to.split), cmp.Compare(a.reason, b.reason), cmp.Compare(a.image, b.image))
	})
	if images {
		for _, c := range changes {
			rows = append(rows, []string{c.image, c.kind, c.from.class, c.to.class, c.from.split, c.to.split, c.reason})
		}
		return []string{"image_id", "change", "class before", "class after", "split before", "split after", "rejected as"}, rows, nil
	}
	columns = []string{"change", "class before", "class after", "split before", "split after", "rejected as", "images"}
	for first := 0; first < len(changes); {
		c, last := changes[first], first
		for last < len(changes) && changes[last].alike(c) {
			last++
		}
		rows = append(rows, []string{c.kind, c.from.class, c.to.class, c.from.split, c.to.split, c.reason, number(int64(last - first))})
		first = last
	}
	return columns, rows, nil
}

func (c change) alike(other change) bool {
	c.image, other.image = "", ""
	return c == other
}

func (w *Workspace) changes(ctx context.Context, older, newer string) ([]change, error) {
	before := map[string]standing{}
	err := w.eachSelected(ctx, older, func(image string, at standing) {
		before[image] = at
	})
	if err != nil {
		return nil, err
	}
	var changes []change
	err = w.eachSelected(ctx, newer, func(image string, at standing) {
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
	err = w.eachCells(ctx, newer, "rejected", []string{"image_id", "reason"}, func(cells []string) error {
		if _, gone := before[cells[0]]; gone {
			reasons[cells[0]] = cells[1]
		}
		return nil
	})
	for image, was := range before {
		changes = append(changes, change{image: image, kind: "gone", from: was, reason: cmp.Or(reasons[image], "not in its source any more")})
	}
	return changes, err
}

func (w *Workspace) eachSelected(ctx context.Context, version string, row func(image string, at standing)) error {
	shared := map[string]string{} // class and split names come again and again
	share := func(text string) string {
		if one, ok := shared[text]; ok {
			return one
		}
		shared[text] = text
		return text
	}
	return w.eachCells(ctx, version, "selected_unsampled", []string{"image_id", "target_name", "split"}, func(cells []string) error {
		row(cells[0], standing{share(cells[1]), share(cells[2])})
		return nil
	})
}

// eachCells reads columns of one of a version's CSV tables, as eachText does.
func (w *Workspace) eachCells(ctx context.Context, version, table string, columns []string, row func(cells []string) error) error {
	dir, err := w.versionDir(version)
	if err != nil {
		return err
	}
	return eachText(ctx, filepath.Join(dir, prefix(version)+table+".csv"), columns, row)
}

// eachText reads columns of a CSV. Columns that it does not have are an error. The slice given to row is used again.
func eachText(ctx context.Context, path string, columns []string, row func(cells []string) error) (err error) {
	cells := make([]string, len(columns))
	failed := eachRow(ctx, path, func(r csvRow) bool {
		for i, column := range columns {
			if _, known := r.columns[column]; !known {
				err = fmt.Errorf("%s: no column %q", path, column)
				return false
			}
			cells[i] = r.cell(column)
		}
		err = row(cells)
		return err == nil
	})
	return cmp.Or(err, failed)
}
