package versions

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/workflow/workspace"
)

// A Version is one that is there, under dist/ or anywhere.
type Version struct {
	Name string // of its folder, such as DXv27.1 or DXv27.1-draft
	Dir  string
}

// Open finds a version by its name, which is that of its folder under dist/, or by the path of its folder: what has a
// separator is a path.
func Open(w *workspace.Workspace, name string) (Version, error) {
	if name == "." || strings.ContainsRune(filepath.ToSlash(name), '/') {
		return openPath(name)
	}
	if !workspace.VersionForm.MatchString(name) {
		err := fmt.Errorf("%q is not a version, want the name of a folder under dist, such as DXv27.1 or DXv27.1-draft, "+
			"or the path of a version's folder", name)
		return Version{}, workspace.Usage(err)
	}
	v := Version{name, w.Dist(name)}
	return v, v.mustBeThere(fmt.Sprintf("there is no version %q under dist/", name))
}

// openPath finds a version by the path of its folder, which keeps the version's name wherever it is.
func openPath(path string) (Version, error) {
	dir, err := filepath.Abs(path)
	if err != nil {
		return Version{}, err
	}
	v := Version{filepath.Base(dir), filepath.Clean(path)}
	if err := v.mustBeThere(fmt.Sprintf("there is no version at %q", path)); err != nil {
		return Version{}, err
	}
	if !workspace.VersionForm.MatchString(v.Name) {
		return Version{}, workspace.Usage(fmt.Errorf("%q has a manifest, but its files are called after a version, and so "+
			"must be its folder: DXv27.1 or DXv27.1-draft", path))
	}
	return v, nil
}

// mustBeThere is an error in these words where the version is not.
func (v Version) mustBeThere(missing string) error {
	_, err := os.Stat(filepath.Join(v.Dir, releaseio.ManifestName))
	if fault.Of(err) == fault.NotThere {
		return workspace.Usage(fmt.Errorf("%s: %w", missing, err))
	}
	return err
}

// OrOwn is Open; without a name it is the workspace's own version or else its draft.
func OrOwn(w *workspace.Workspace, name string) (Version, error) {
	if name == "" {
		name = w.Config.VersionName()
		if _, err := os.Stat(w.Dist(name)); err != nil {
			name += "-draft"
		}
	}
	return Open(w, name)
}

// table is the path of one of its CSV tables.
func (v Version) table(name string) string {
	return filepath.Join(v.Dir, workspace.FilePrefix(v.Name)+name+".csv")
}

// Each shows the cells of columns of a table, row by row. The slice is used again. A table without one of the columns
// is an error; so is what see returns, which ends it.
func (v Version) Each(ctx context.Context, table string, columns []string, see func(cells []string) error) error {
	cells := make([]string, len(columns))
	return v.eachRow(ctx, table, columns, func(row csvio.Row) error {
		for i := range cells {
			cells[i] = row.Cell(i)
		}
		return see(cells)
	})
}

// eachRow is Each for who takes only what it needs of a row.
func (v Version) eachRow(ctx context.Context, table string, columns []string, see func(csvio.Row) error) error {
	var failed error
	err := csvio.EachRow(ctx, v.table(table), columns, func(row csvio.Row) bool {
		failed = see(row)
		return failed == nil
	})
	return cmp.Or(err, failed)
}
