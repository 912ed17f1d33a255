package sheetio

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/fileio"
)

func readFolder(path string) (*Book, error) {
	names, err := csvNames(path)
	if err != nil {
		return nil, err
	}
	b := &Book{Path: path, Folder: true}
	cells, unpacked := maxCells, 0
	var problems []error
	for _, name := range names {
		data, err := fileio.ReadUpTo(filepath.Join(path, name), maxFileBytes)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		if unpacked += len(data); unpacked > maxUnpackedBytes {
			return nil, fmt.Errorf("%s: %w: %d bytes are allowed in all its .csv files", path, errTooLarge, maxUnpackedBytes)
		}
		sheet, err := readTab(filepath.Join(path, name), data, &cells)
		if err != nil {
			problems = append(problems, err)
		}
		b.Files = append(b.Files, fileOf(name, data))
		b.Sheets = append(b.Sheets, sheet)
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	b.SHA256 = hashOf(b.Files)
	return b, nil
}

// fileOf is the file at path, which holds data.
func fileOf(path string, data []byte) File {
	sum := sha256.Sum256(data)
	return File{filepath.Base(path), int64(len(data)), hex.EncodeToString(sum[:])}
}

// hashOf names the content of several files.
func hashOf(files []File) string {
	all := sha256.New()
	for _, f := range files {
		fmt.Fprintf(all, "%s  %s\n", f.SHA256, f.Name)
	}
	return hex.EncodeToString(all.Sum(nil))
}

// csvNames lists the .csv files of a folder, bytewise.
func csvNames(path string) ([]string, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var names []string
	seen := map[string]string{}
	for _, e := range entries {
		name := e.Name()
		ext := filepath.Ext(name)
		if !strings.EqualFold(ext, ".csv") || name[0] == '.' {
			continue
		}
		tab := strings.TrimSuffix(name, ext)
		if !utf8.ValidString(name) {
			return nil, fmt.Errorf("%s: the file name %q is not UTF-8: rename it", path, name)
		}
		if other, ok := seen[tab]; ok {
			return nil, fmt.Errorf("%s: %q and %q are the same tab: rename or remove one", path, other, name)
		}
		seen[tab] = name
		names = append(names, name)
	}
	if len(names) > maxSheets {
		return nil, fmt.Errorf("%s: %w: %d tabs are allowed, it has %d", path, errTooLarge, maxSheets, len(names))
	}
	slices.Sort(names)
	return names, nil
}

func readTab(path string, data []byte, cells *int) (Sheet, error) {
	name := filepath.Base(path)
	s := Sheet{Name: strings.TrimSuffix(name, filepath.Ext(name))}
	table, err := csvio.Read(bytes.NewReader(data), path)
	if err == nil && strings.ContainsRune(strings.Join(table.Header, ""), '\r') {
		err = errors.New("its lines end with CR alone")
	}
	if err != nil {
		return s, csvio.ExplainText(path, data, err)
	}
	g := grid{left: *cells}
	if err := g.addTexts(0, table.Header); err != nil {
		return s, fmt.Errorf("%s: %w", path, err)
	}
	for i, r := range table.Records {
		if err := g.addTexts(i+1, r.Fields); err != nil {
			return s, fmt.Errorf("%s: line %d: %w", path, r.Line, err)
		}
	}
	s.Rows, *cells = g.rows, g.left
	return s, nil
}

// addTexts takes a row of texts as they stand in a CSV.
func (g *grid) addTexts(row int, texts []string) error {
	texts = trimEnd(texts, func(text string) bool { return text == "" })
	if len(texts) == 0 {
		return nil
	}
	if err := bookLimits.check(position{row, min(len(texts)-1, maxColumns)}); err != nil {
		return err
	}
	cells := make([]Cell, len(texts))
	for column, text := range texts {
		if len(text) > maxText {
			return fmt.Errorf("column %d: %w", column+1, errLongText)
		}
		cells[column].Text = Bare(text)
	}
	return g.add(row, cells)
}
