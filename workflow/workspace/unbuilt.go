package workspace

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// unbuilt are the files and folders of spec 2 whose parts are not built yet: what people write there, and what holds
// instead.
var unbuilt = []struct{ path, what, instead string }{
	{"curation/duplicate_verdicts.csv", "people's verdicts on duplicates", "equal images are one group"},
}

// BodySitesFile is where people say what sites of the body mean.
const BodySitesFile = "curation/body_sites.csv"

// CheckUnbuilt refuses every file that would be ignored because its part is not built yet. What begins with a dot is
// nobody's work.
func (w *Workspace) CheckUnbuilt() error {
	var errs []error
	for _, part := range unbuilt {
		file, err := w.firstFile(part.path)
		errs = append(errs, err)
		if file == "" {
			continue
		}
		remedy := "take the file away"
		if file != part.path {
			remedy = "take what is in " + part.path + "/ away"
		}
		errs = append(errs, fmt.Errorf("%s: %s are not part of this version; %s, whatever it says: %s",
			file, part.what, part.instead, remedy))
	}
	return Usage(errors.Join(errs...))
}

// firstFile is the path of a file or, bytewise, of the first one below a folder; empty if there is none.
func (w *Workspace) firstFile(inside string) (first string, err error) {
	root := w.Path(inside)
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case path == root && errors.Is(err, fs.ErrNotExist):
			return fs.SkipAll
		case err != nil:
			return err
		case strings.HasPrefix(entry.Name(), ".") && entry.IsDir():
			return fs.SkipDir
		case strings.HasPrefix(entry.Name(), ".") || entry.IsDir():
			return nil
		}
		first = w.Inside(path)
		return fs.SkipAll
	})
	return first, err
}
