package sheetio

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/dermset/dermset/io/fileio"
)

// errPullAgain is what to do about a folder that does not hold what a pull writes.
var errPullAgain = errors.New("run `dermset mapping pull`")

// readPulled reads a folder that the content of a pulled document was written to.
func readPulled(path string) (*Book, error) {
	record, err := fileio.ReadUpTo(filepath.Join(path, pullName), maxFileBytes)
	if err != nil {
		return nil, err
	}
	export, err := fileio.ReadUpTo(filepath.Join(path, exportName), maxFileBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: is gone: %w", filepath.Join(path, exportName), errPullAgain)
	}
	if err != nil {
		return nil, err
	}
	return openPulled(path, record, export)
}

// openPulled makes the book of a pulled document: that of its XLSX, if it is the one that was pulled. Path only stands
// in the book and in errors.
func openPulled(path string, record, export []byte) (*Book, error) {
	var r pullRecord
	if err := json.Unmarshal(record, &r); err != nil || r.Document == "" || r.SHA256 == "" {
		return nil, fmt.Errorf("%s: is damaged, or of an older dermset, which read documents otherwise: %w",
			filepath.Join(path, pullName), errPullAgain)
	}
	name := filepath.Join(path, exportName)
	files := []File{fileOf(pullName, record), fileOf(name, export)}
	if files[1].SHA256 != r.SHA256 {
		return nil, fmt.Errorf("%s: is not what was pulled: %w", name, errPullAgain)
	}
	book, err := Open(name, export)
	if err != nil {
		return nil, err
	}
	return &Book{
		Path: path, SHA256: hashOf(files), Files: files, Sheets: book.Sheets, Folder: true,
		Document: r.Document, Version: r.Version,
	}, nil
}
