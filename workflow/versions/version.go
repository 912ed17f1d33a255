package versions

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/workflow/workspace"
)

// A Version is one that is there, under dist/.
type Version struct {
	Name string // of its folder, such as DXv27.1 or DXv27.1-draft
	Dir  string
}

// Open finds a version by the name of its folder.
func Open(w *workspace.Workspace, name string) (Version, error) {
	if !workspace.VersionForm.MatchString(name) {
		err := fmt.Errorf("%q is not a version, want the name of a folder under dist, such as DXv27.1 or DXv27.1-draft", name)
		return Version{}, workspace.Usage(err)
	}
	dir := w.Dist(name)
	_, err := os.Stat(filepath.Join(dir, releaseio.ManifestName))
	if fault.Of(err) == fault.NotThere {
		err = workspace.Usage(fmt.Errorf("there is no version %q under dist/: %w", name, err))
	}
	if err != nil {
		return Version{}, err
	}
	return Version{name, dir}, nil
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
