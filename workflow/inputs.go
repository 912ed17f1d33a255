package workflow

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/io/sheetio"
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
	for _, path := range sortedKeys(in) {
		all = append(all, in[path])
	}
	return all
}

// add notes a file if it is there.
func (in inputs) add(w *Workspace, inside string) error {
	sum, size, err := hashFile(w.path(inside))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	in[inside] = releaseio.Entry{Path: inside, Bytes: size, SHA256: sum}
	return err
}

// inside is a path of this system as one of the workspace, with slashes.
func (w *Workspace) inside(path string) string {
	relative, err := filepath.Rel(w.Dir, path)
	if err != nil {
		return filepath.ToSlash(path)
	}
	return filepath.ToSlash(relative)
}

// readInputs notes everything that a build reads.
func (w *Workspace) readInputs(all []Source, book *sheetio.Book) (inputs, error) {
	in := inputs{}
	errs := []error{
		in.add(w, "dermset.yaml"), in.add(w, "people.yaml"), in.add(w, "mapping/known_categories.csv"),
		in.add(w, "mapping/accepted_findings.csv"), in.add(w, "mapping/decisions.jsonl"), in.add(w, "curation/withdrawn.csv"),
	}
	if w.hasPictures() {
		errs = append(errs, in.add(w, overridesFile))
	}
	for _, source := range all {
		path := w.inside(source.CSV)
		in[path] = releaseio.Entry{Path: path, Bytes: source.Bytes, SHA256: source.SHA256}
		errs = append(errs, in.add(w, w.inside(source.Path)), in.add(w, w.inside(source.Renaming(source.Dir))))
	}
	for _, file := range book.Files { // as they were when the mapping was read
		path := w.workbookPath(book, file)
		in[path] = releaseio.Entry{Path: path, Bytes: file.Bytes, SHA256: file.SHA256}
	}
	if w.Config.Split.Lock != "" {
		errs = append(errs, in.add(w, w.inside(w.lockFile())))
	}
	return in, errors.Join(errs...)
}

// workbookPath is a file of the workbook as a path of the workspace.
func (w *Workspace) workbookPath(book *sheetio.Book, file sheetio.File) string {
	root := w.workbookInside()
	if book.Folder {
		return root + "/" + file.Name
	}
	return root
}
