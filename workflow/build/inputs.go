package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/workflow/workspace"
)

// inputs are the files of the workspace that a build reads, by their path in it, with size and SHA-256.
type inputs map[string]releaseio.Entry

// sum is the SHA-256 of an input, empty if it is not there.
func (in inputs) sum(path string) string { return in[path].SHA256 }

func (in inputs) sums() map[string]string {
	sums := map[string]string{}
	for path, entry := range in {
		sums[path] = entry.SHA256
	}
	return sums
}

// entries are the inputs sorted by path.
func (in inputs) entries() []releaseio.Entry {
	var all []releaseio.Entry
	for _, path := range workspace.SortedKeys(in) {
		all = append(all, in[path])
	}
	return all
}

// add notes a file if it is there.
func (in inputs) add(w *workspace.Workspace, inside string) error {
	sum, size, err := workspace.HashFile(w.Path(inside))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	in[inside] = releaseio.Entry{Path: inside, Bytes: size, SHA256: sum}
	return err
}

// addFolder notes all files below a folder, if it is there. What begins with a dot is nobody's work. Manifest, findings
// and tables name the others, and are UTF-8: so are names.
func (in inputs) addFolder(w *workspace.Workspace, inside string) error {
	root := w.Path(inside)
	var bad []error
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case path == root && errors.Is(err, fs.ErrNotExist):
			return fs.SkipAll
		case err != nil:
			return err
		case strings.HasPrefix(entry.Name(), ".") && entry.IsDir():
			return fs.SkipDir
		case !utf8.ValidString(entry.Name()):
			bad = append(bad, fmt.Errorf("%s: the name is not UTF-8: rename it", w.Inside(path)))
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case strings.HasPrefix(entry.Name(), ".") || entry.IsDir():
			return nil
		}
		return in.add(w, w.Inside(path))
	})
	return errors.Join(append(bad, err)...)
}

// readInputs notes everything that a build reads or that the state is made of, with pictures or without.
func (b *build) readInputs() error {
	w, in := b.Workspace, inputs{}
	errs := []error{
		in.add(w, "dermset.yaml"), in.add(w, workspace.PeopleFile), in.add(w, "mapping/known_categories.csv"),
		in.add(w, "mapping/accepted_findings.csv"), in.add(w, workspace.DecisionsFile),
		in.addFolder(w, workspace.CurationFolder), in.addFolder(w, annotationsFolder),
	}
	for _, path := range b.asks.files() {
		errs = append(errs, in.add(w, path))
	}
	for _, source := range b.sources {
		path := w.Inside(source.CSV)
		in[path] = releaseio.Entry{Path: path, Bytes: source.Bytes, SHA256: source.SHA256}
		errs = append(errs, in.add(w, w.Inside(source.Path)), in.add(w, w.Inside(source.Renaming(source.Dir))))
	}
	for _, file := range b.book.Files { // as they were when the mapping was read
		path := b.workbookPath(file)
		in[path] = releaseio.Entry{Path: path, Bytes: file.Bytes, SHA256: file.SHA256}
	}
	if w.Config.Split.Lock != "" {
		errs = append(errs, in.add(w, w.Inside(w.LockFile())), in.add(w, w.Inside(b.beforeFile())))
	}
	b.inputs = in
	return errors.Join(errs...)
}

// workbookPath is a file of the workbook as a path of the workspace.
func (b *build) workbookPath(file sheetio.File) string {
	if b.book.Folder {
		return b.WorkbookInside() + "/" + file.Name
	}
	return b.WorkbookInside()
}
