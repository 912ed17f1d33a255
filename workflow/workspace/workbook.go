package workspace

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/slips"
)

// PulledFolder is where the workbook is that was pulled from Google Sheets last.
const PulledFolder = "mapping/gsheet"

var documentForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// Document is the id of the document of Google Sheets that is the workbook;
// ok is false if the workbook is a file or folder.
func (c *Config) Document() (id string, ok bool) {
	return strings.CutPrefix(c.Mapping.Workbook, "gsheet:")
}

// WorkbookInside is the workbook's place in the workspace: of a document of Google Sheets, where it is pulled to.
func (w *Workspace) WorkbookInside() string {
	if _, ok := w.Config.Document(); ok {
		return PulledFolder
	}
	return path.Clean(filepath.ToSlash(w.Config.Mapping.Workbook))
}

// Workbook reads the workbook that dermset.yaml names.
func (w *Workspace) Workbook() (*sheetio.Book, error) {
	if err := w.Settled(); err != nil {
		return nil, err
	}
	if id, ok := w.Config.Document(); ok {
		return w.PulledWorkbook(id)
	}
	path := w.Config.Mapping.Workbook
	if _, err := os.Stat(w.Path(path)); errors.Is(err, os.ErrNotExist) {
		return nil, Usage(fmt.Errorf("dermset.yaml: mapping.workbook: there is no %s; %sname the XLSX or the "+
			"folder of CSVs, "+
			"or make one with `dermset mapping merge`", path, w.otherWorkbook(path)))
	}
	return sheetio.Read(w.Path(path))
}

// otherWorkbook names what may be the workbook that is not at its path, the most alike first: an XLSX, or a folder with
// CSVs, beside it.
func (w *Workspace) otherWorkbook(inside string) string {
	folder := filepath.Dir(inside)
	entries, _ := os.ReadDir(w.Path(folder)) // that it cannot be read is told elsewhere
	var there []string
	for _, entry := range entries {
		name := entry.Name()
		csvs, _ := filepath.Glob(filepath.Join(w.Path(folder), name, "*.csv"))
		isBook := strings.EqualFold(filepath.Ext(name), ".xlsx") && !strings.HasPrefix(name, "~") &&
			!strings.HasPrefix(name, ".")
		if isBook || len(csvs) > 0 && name != "curation" && name != "mapping" { // which hold other tables
			there = append(there, name)
		}
	}
	if len(there) == 0 {
		return ""
	}
	name := cmp.Or(slips.Nearest(filepath.Base(inside), there), there[0])
	return fmt.Sprintf("%[1]s is there: write `mapping: {workbook: %[1]s}`, or ",
		filepath.ToSlash(filepath.Join(folder, name)))
}

// PulledWorkbook reads the workbook that was pulled last.
func (w *Workspace) PulledWorkbook(id string) (*sheetio.Book, error) {
	book, err := sheetio.Read(w.Path(PulledFolder))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, Usage(
			fmt.Errorf("dermset.yaml: mapping.workbook: gsheet:%s has not been pulled yet; run `dermset mapping pull`", id))
	case err != nil:
		return nil, err
	case book.Document != id:
		return nil,
			Usage(fmt.Errorf("dermset.yaml: mapping.workbook: %s holds another document, %q; run `dermset mapping pull`",
				PulledFolder, book.Document))
	}
	return book, w.CheckExport(book)
}

// CheckExport refuses tabs of sources that Google's export of a document has, if at all, under another name.
func (w *Workspace) CheckExport(book *sheetio.Book) error {
	names, err := w.SourceNames()
	if err != nil {
		return nil // Sources tells
	}
	var errs []error
	for _, name := range names {
		tab := cmp.Or(w.Config.Mapping.Tabs[name], name)
		if err := sheetio.CheckTabName(tab); err != nil && book.Sheet(tab) == nil {
			errs = append(errs,
				fmt.Errorf("dermset.yaml: mapping.workbook: Google exports the document without source %q: %w", name, err))
		}
	}
	return Usage(errors.Join(errs...))
}

// CheckNames checks the settings that name sources.
func (w *Workspace) CheckNames() error {
	names, err := w.SourceNames()
	if err != nil {
		return nil // Sources tells
	}
	var errs []error
	for _, name := range SortedKeys(w.Config.Split.Pin) {
		if !slices.Contains(names, name) {
			errs = append(errs, fmt.Errorf("dermset.yaml: split.pin: %s", w.noSource(name, names)))
		}
	}
	for _, name := range SortedKeys(w.Config.Mapping.Tabs) {
		if !slices.Contains(names, name) {
			errs = append(errs, fmt.Errorf("dermset.yaml: mapping.tabs: %s", w.noSource(name, names)))
		}
	}
	return Usage(errors.Join(errs...))
}
