package sheetio

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
)

// An XLSX is an open XLSX file whose tabs are read one at a time, row by row. What is in a tab that nobody reads does
// not matter: it may be too large, damaged, or no worksheet at all.
type XLSX struct {
	Tabs   []Tab // without chart sheets, dialogs and sheets of macros
	reader sheetReader
}

// A Tab is one worksheet of an XLSX.
type Tab struct {
	Name   string
	Hidden bool
	part   string // empty: the file holds none
}

var (
	// bookLimits are those of a workbook that is read whole.
	bookLimits = limits{rows: maxRows, columns: maxColumns, shared: maxUnpackedBytes}
	// fileLimits are those of a file whose tabs are read row by row: what a spreadsheet allows.
	fileLimits = limits{rows: 1 << 20, columns: 1 << 14, shared: 128 << 20}
)

// maxScanned is how many bytes are unpacked of an XLSX whose tabs are read row by row.
const maxScanned = 8 << 30

// OpenXLSX opens an XLSX file of size bytes. The shared strings are read at once, 128 MiB at most. In, which is not
// closed, must stay as it is as long as tabs are read. Errors do not name the file.
func OpenXLSX(in io.ReaderAt, size int64) (*XLSX, error) {
	return openXLSX(in, size, fileLimits, maxScanned)
}

// Rows calls each for every row of a tab with a cell that is not empty, in order. Row counts from 0. Cells has none
// that is empty at its end, and is good until each returns; texts may be kept. An error of each ends the reading and is
// returned. A tab has 1,048,576 rows and 16,384 columns at most, a cell 1 MiB of text, a row 16 MiB: more is an error,
// and memory is not taken for it.
func (x *XLSX) Rows(tab Tab, each func(row int, cells []Cell) error) error {
	return x.reader.scan(tab.part, each, func(Range) error { return nil })
}

// Merged is the ranges of a tab that are shown as one cell, in the order of their first rows, then columns.
func (x *XLSX) Merged(tab Tab) ([]Range, error) {
	some, err := x.reader.parts.mentions(tab.part, "mergeCell")
	if err != nil || !some {
		return nil, err
	}
	var all []Range
	err = x.reader.scan(tab.part, func(int, []Cell) error { return nil }, func(m Range) error {
		if all = append(all, m); len(all) > maxMerged {
			return fmt.Errorf("merged cells: %w: %d are allowed", errTooLarge, maxMerged)
		}
		return nil
	})
	slices.SortFunc(all, Range.compare)
	return all, err
}

func openXLSX(in io.ReaderAt, size int64, l limits, left int64) (*XLSX, error) {
	p, err := openParts(in, size, left)
	if err != nil {
		return nil, err
	}
	name, err := p.workbook()
	if err != nil {
		return nil, err
	}
	w, err := p.readWorkbook(name)
	if err != nil {
		return nil, err
	}
	rels, err := p.relations(name)
	if err != nil {
		return nil, err
	}
	x := &XLSX{reader: sheetReader{parts: p, date1904: w.date1904, limits: l}}
	if err := x.addTabs(w.tabs, rels); err != nil {
		return nil, err
	}
	return x, x.reader.readShared(rels)
}

func (x *XLSX) addTabs(tabs []xml.StartElement, rels []relation) error {
	targets := map[string]relation{}
	for _, rel := range rels {
		targets[rel.ID] = rel
	}
	seen := map[string]bool{}
	for _, s := range tabs {
		name, state := attr(s, "name"), attr(s, "state")
		rel, ok := targets[relationID(s)]
		if ok && !rel.is("worksheet") {
			continue
		}
		if seen[name] {
			return fmt.Errorf("tab %q: is there twice: rename one", name)
		}
		seen[name] = true
		x.Tabs = append(x.Tabs, Tab{name, state == "hidden" || state == "veryHidden", rel.Target})
	}
	return nil
}

// sheets reads all tabs. Those that are too large, or have no part, say so in their Err.
func (x *XLSX) sheets() ([]Sheet, error) {
	cells, ranges := maxCells, maxMerged
	var sheets []Sheet
	for _, tab := range x.Tabs {
		s := Sheet{Name: tab.Name, Hidden: tab.Hidden}
		bytes, g, left := x.reader.parts.left, grid{left: cells}, ranges
		x.reader.formula = func(at Place) error {
			if s.Formulas = append(s.Formulas, at); len(s.Formulas) > maxCells {
				return fmt.Errorf("the workbook %w: %d formulas are allowed", errTooLarge, maxCells)
			}
			return nil
		}
		err := x.reader.scan(tab.part, g.add, func(m Range) error {
			if left--; left < 0 {
				return fmt.Errorf("the workbook %w: %d merged cells are allowed", errTooLarge, maxMerged)
			}
			s.Merged = append(s.Merged, m)
			return nil
		})
		switch {
		case err == nil:
			s.Rows, cells, ranges = g.rows, g.left, left
		case errors.Is(err, errTooLarge) || errors.Is(err, errNoPart):
			s.Merged, s.Formulas, s.Err = nil, nil, err
			x.reader.parts.left = bytes
		default:
			return nil, fmt.Errorf("tab %q: %w", tab.Name, err)
		}
		sheets = append(sheets, s)
	}
	return sheets, nil
}
