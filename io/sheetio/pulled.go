package sheetio

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// readPulled reads a folder that the content of a pulled document was written to. Files whose hash is not that of the pull are errors;
// all come at once.
func readPulled(path string) (*Book, error) {
	record, err := readFile(filepath.Join(path, pullName))
	if err != nil {
		return nil, err
	}
	content := map[string][]byte{pullName: record}
	r, err := decodeRecord(record)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(path, pullName), err)
	}
	var problems []error
	for _, f := range r.Files {
		data, err := readFile(filepath.Join(path, f.Name))
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%s: is gone: run mapping pull", filepath.Join(path, f.Name))
		}
		problems = append(problems, err)
		content[f.Name] = data
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return openPulled(path, content)
}

func decodeRecord(data []byte) (*pullRecord, error) {
	var r pullRecord
	if err := json.Unmarshal(data, &r); err != nil || r.Document == "" {
		return nil, errors.New("is damaged: run mapping pull")
	}
	for _, f := range r.Files {
		if f.Name != filepath.Base(f.Name) || strings.ContainsAny(f.Name, `/\`) || f.Name == "." || f.Name == ".." {
			return nil, fmt.Errorf("names %q, which is no file of a pull: run mapping pull", f.Name)
		}
	}
	return &r, nil
}

// openPulled reads the files of a pulled document. Path only stands in the book and in errors.
func openPulled(path string, content map[string][]byte) (*Book, error) {
	record, err := decodeRecord(content[pullName])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(path, pullName), err)
	}
	b := &Book{Path: path, Folder: true, Document: record.Document, Version: record.Version}
	var problems []error
	for _, f := range append(record.Files, recordFile{Name: pullName}) {
		data := content[f.Name]
		sum := sha256.Sum256(data)
		hash := hex.EncodeToString(sum[:])
		if f.Name != pullName && (hash != f.SHA256 || int64(len(data)) != f.Bytes) {
			problems = append(problems, fmt.Errorf("%s: is not what was pulled: run mapping pull", filepath.Join(path, f.Name)))
		}
		b.Files = append(b.Files, File{f.Name, int64(len(data)), hash})
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	slices.SortFunc(b.Files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	b.SHA256 = hashOf(b.Files)
	if b.Sheets, err = decodeContent(content); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// decodeContent makes sheets of the answers of Google Sheets.
func decodeContent(content map[string][]byte) ([]Sheet, error) {
	tabs, err := decodeTabs(content[tabsName])
	if err != nil {
		return nil, err
	}
	cells := MaxCells
	for n, some := range chunks(tabs) {
		if err := decodeValues(content[fmt.Sprintf(valuesName, n+1)], some, &cells); err != nil {
			return nil, err
		}
		if kinds, ok := content[fmt.Sprintf(cellsName, n+1)]; ok {
			if err := decodeCells(kinds, some); err != nil {
				return nil, err
			}
		}
	}
	sheets := make([]Sheet, len(tabs))
	for i, t := range tabs {
		sheets[i] = t.sheet()
	}
	return sheets, nil
}
