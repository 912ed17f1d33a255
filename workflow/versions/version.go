package versions

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/slips"
	"github.com/dermset/dermset/workflow/workspace"
)

// A Version is one that is there, under dist/ or anywhere.
type Version struct {
	Name string // of its folder, such as DXv27.1 or DXv27.1-draft
	Dir  string
}

// Open finds a version by its name, which is that of its folder under dist/, or by the path of its folder: what has a
// separator is a path. It is the one place where what people call a version is read.
func Open(w *workspace.Workspace, name string) (Version, error) {
	if IsPath(name) {
		return openPath(w, name)
	}
	if !workspace.VersionForm.MatchString(name) {
		err := fmt.Errorf("%q is not a version, want the name of a folder under dist, such as DXv27.1 or DXv27.1-draft, "+
			"or the path of a version's folder%s", name, meant(name, Names(w)))
		return Version{}, workspace.Usage(err)
	}
	v := Version{name, w.Dist(name)}
	return v, v.mustBeThere(w, fmt.Sprintf("there is no version %q under dist/", name))
}

// IsPath says whether a version is named by the path of its folder.
func IsPath(name string) bool {
	return name == "." || name == ".." || strings.ContainsRune(filepath.ToSlash(name), '/')
}

// openPath finds a version by the path of its folder, which keeps the version's name wherever it is. A path that is not
// there may begin at the workspace: --workspace may name another folder than the one that a person stands in.
func openPath(w *workspace.Workspace, path string) (Version, error) {
	dir, err := filepath.Abs(path)
	if err != nil {
		return Version{}, err
	}
	v := Version{filepath.Base(dir), filepath.Clean(path)}
	if inside := w.Path(path); !filepath.IsAbs(path) && !isVersion(v.Dir) && isVersion(inside) {
		v = Version{filepath.Base(inside), inside}
	}
	if err := v.mustBeThere(w, fmt.Sprintf("there is no version at %q", path)); err != nil {
		return Version{}, err
	}
	if !workspace.VersionForm.MatchString(v.Name) {
		return Version{}, workspace.Usage(fmt.Errorf("%q has a manifest, but its files are called after a version, and so "+
			"must be its folder: DXv27.1 or DXv27.1-draft", path))
	}
	return v, nil
}

func isVersion(dir string) bool {
	there, err := workspace.IsThere(filepath.Join(dir, releaseio.ManifestName))
	return err == nil && there
}

// mustBeThere is an error in these words where the version is not; it says which ones are.
func (v Version) mustBeThere(w *workspace.Workspace, missing string) error {
	_, err := os.Stat(filepath.Join(v.Dir, releaseio.ManifestName))
	if fault.Of(err) != fault.NotThere {
		return err
	}
	if info, folderErr := os.Stat(v.Dir); folderErr == nil && info.IsDir() {
		return workspace.Usage(absent(fmt.Sprintf("%s: the folder %s has no %s, and is no version: it was not written by "+
			"dermset, or somebody removed that file", missing, w.Shown(v.Dir), releaseio.ManifestName)))
	}
	if v.Name == w.Config.Split.Lock {
		return workspace.Usage(absent(missing + "; get it: " + downloadLines(w, v.Name)))
	}
	return workspace.Usage(absent(missing + othersWords(v.Name, Names(w))))
}

// An absent is an error that says that a version is not there.
type absent string

func (a absent) Error() string { return string(a) }

// Unwrap makes it what it is to those who ask for its class.
func (a absent) Unwrap() error { return fs.ErrNotExist }

// othersWords say which versions there are in place of one.
func othersWords(name string, others []string) string {
	const most = 10
	if len(others) == 0 {
		return "; there is none yet: `dermset build` makes one"
	}
	told, more := others, ""
	if n := len(others) - most; n > 0 {
		told, more = others[n:], fmt.Sprintf(", and %d earlier ones", n)
	}
	return "; there are: " + strings.Join(told, ", ") + more + meant(name, others)
}

// meant says which version was probably meant: before all, the draft of the one that is named, or the version of a
// draft.
func meant(name string, others []string) string {
	for _, other := range others {
		if strings.EqualFold(other, name+"-draft") || strings.EqualFold(other+"-draft", name) {
			return fmt.Sprintf("; did you mean %s?", other)
		}
	}
	return slips.Meant(name, others)
}

// Names are those of the versions under dist/, the newest last. What has no manifest is none.
func Names(w *workspace.Workspace) (all []string) {
	entries, err := os.ReadDir(w.Dist(""))
	if err != nil {
		return nil
	}
	for _, entry := range entries {
		if workspace.VersionForm.MatchString(entry.Name()) && isVersion(w.Dist(entry.Name())) {
			all = append(all, entry.Name())
		}
	}
	slices.SortFunc(all, compareNames)
	return all
}

// compareNames puts versions in order: DXv9.1 before DXv10.0, and a draft before what it becomes.
func compareNames(a, b string) int {
	return cmp.Or(
		cmp.Compare(datasetOf(a), datasetOf(b)), cmp.Compare(numberOf(a, 0), numberOf(b, 0)),
		cmp.Compare(numberOf(a, 1), numberOf(b, 1)), -cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

func datasetOf(name string) string { return name[:max(0, strings.LastIndexByte(name, 'v'))] }

// numberOf is a part of the number of a version, as text that compares as the number does.
func numberOf(name string, part int) string {
	number := strings.TrimSuffix(name[strings.LastIndexByte(name, 'v')+1:], "-draft")
	digits := strings.TrimLeft(strings.Split(number+".", ".")[part], "0")
	return fmt.Sprintf("%20s", digits)
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
