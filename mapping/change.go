package mapping

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/slips"
)

// A Decision is what cells of one row of the workbook are to hold, After, and what they held when it was made, Before;
// both by the header of the column, which is found without regard to case and spaces. A column that only Before names
// stays; one that only After names was empty. Label is the Source Label or, in the exclude and merge tab, the Category.
type Decision struct {
	Tab, Label    string
	Before, After map[string]string
}

// A RefusedError says which decisions cannot be made, by their place in the list, and why.
type RefusedError map[int]error

func (all RefusedError) Error() string {
	var lines []string
	for _, i := range slices.Sorted(maps.Keys(all)) {
		lines = append(lines, all[i].Error())
	}
	return strings.Join(lines, "\n")
}

// Change makes decisions in the workbook at path, and returns what to write; nothing is written but by the caller. Rows
// are found by the bytes of their label; a label that is listed several times has all its rows changed. A cell that
// holds what it is to hold is left alone, and codes that are the same list are the same, however a cell writes them. A
// category that the exclude and merge tab lacks, of which Before names nothing, gets a row below the others. Another
// row that is not there, a cell that no longer holds what it held, a column that the tab lacks, and what no cell can
// hold or lose (sheetio.EditXLSX) are a RefusedError, all at once. Of a document of Google Sheets, the file to write is
// an XLSX beside path with the changed rows, each tab begun with its header, to paste from.
func Change(path string, decisions []Decision) ([]File, error) {
	book, err := sheetio.Read(path)
	if err != nil {
		return nil, err
	}
	c := changer{book: book, tabs: map[string]*openedTab{}, of: map[place]int{}, refused: RefusedError{}}
	var edits []sheetio.Edit
	for i, d := range decisions {
		more, err := c.edits(i, d)
		if err != nil {
			c.refused[i] = err
		}
		edits = append(edits, more...)
	}
	files, err := editedFiles(book, edits, c.added)
	if refused, ok := errors.AsType[sheetio.EditErrors](err); ok {
		for _, e := range refused {
			i := c.of[place{e.Edit.Tab, e.Edit.Row}]
			c.refused[i] = errors.Join(c.refused[i], sheetio.EditErrors{e})
		}
	} else if err != nil {
		return nil, err
	}
	if len(c.refused) > 0 {
		return nil, c.refused
	}
	return files, nil
}

// A changer finds the cells of decisions.
type changer struct {
	book    *sheetio.Book
	tabs    map[string]*openedTab
	of      map[place]int     // decisions, by the rows they change
	added   *sheetio.Addition // rows of the exclude and merge tab
	refused RefusedError
}

// A place is a row of a tab.
type place struct {
	tab string
	row int
}

// An openedTab is a tab whose rows are found by their label.
type openedTab struct {
	*tab
	rows  map[string][]int
	codes int // the column of codes; -1 if it has none
}

// open opens a tab once; that of exclusions and mergers under any of its names.
func (c *changer) open(name string) (*openedTab, error) {
	if t := c.tabs[name]; t != nil {
		return t, nil
	}
	sheet, wanted := c.book.Sheet(name), mappingColumns
	if isRefineTab(name) {
		wanted = refineColumns
		for _, other := range []string{RefineTab, refineTabXLSX} {
			if sheet == nil {
				sheet = c.book.Sheet(other)
			}
		}
	}
	if sheet == nil {
		var tabs []string
		for _, s := range c.book.Sheets {
			tabs = append(tabs, s.Name)
		}
		return nil, fmt.Errorf("the workbook has no tab %q: run mapping merge%s", name, slips.Meant(name, tabs))
	}
	opened, problems := openTab(sheet, wanted)
	if opened == nil {
		return nil, fmt.Errorf("tab %q: %s", name, strings.Join(problems, "; "))
	}
	t := &openedTab{opened, map[string][]int{}, -1}
	if !isRefineTab(name) {
		t.codes = t.columns[2]
	}
	for row := 1; row < len(sheet.Rows); row++ {
		if label := t.cell(row, 0); label.Kind == sheetio.Text && label.Text != "" {
			t.rows[label.Text] = append(t.rows[label.Text], row)
		}
	}
	c.tabs[name] = t
	return t, nil
}

// noLabel is the error that the tab has no such label, with the one that was probably meant.
func (t *openedTab) noLabel(label string) error {
	return fmt.Errorf("tab %q has no label %q: run mapping merge%s", t.sheet.Name, label,
		slips.Meant(label, slices.Sorted(maps.Keys(t.rows))))
}

// edits are those of decision number i.
func (c *changer) edits(i int, d Decision) (edits []sheetio.Edit, err error) {
	t, err := c.open(d.Tab)
	if err != nil {
		return nil, err
	}
	rows := t.rows[d.Label]
	if len(rows) == 0 && isRefineTab(d.Tab) && strings.Join(slices.Collect(maps.Values(d.Before)), "") == "" {
		return nil, c.add(t, i, d)
	}
	if len(rows) == 0 {
		return nil, t.noLabel(d.Label)
	}
	for _, row := range rows {
		if first, is := c.of[place{t.sheet.Name, row}]; is {
			return nil, fmt.Errorf("tab %q: label %q is decided twice, by decisions %d and %d",
				t.sheet.Name, d.Label, first+1, i+1)
		}
		c.of[place{t.sheet.Name, row}] = i
	}
	after := maps.Clone(d.Before)
	if after == nil {
		after = map[string]string{}
	}
	maps.Copy(after, d.After)
	var problems []error
	for _, header := range slices.Sorted(maps.Keys(after)) {
		more, err := t.edits(rows, header, d.Before[header], after[header])
		problems, edits = append(problems, err), append(edits, more...)
	}
	return edits, errors.Join(problems...)
}

// add adds the row of decision number i to the exclude and merge tab.
func (c *changer) add(t *openedTab, i int, d Decision) error {
	if c.added == nil {
		c.added = &sheetio.Addition{Tab: t.sheet.Name}
	}
	texts := make([]string, len(t.sheet.Rows[0]))
	texts[t.columns[0]] = d.Label
	for _, other := range c.added.Rows {
		if other[t.columns[0]] == d.Label {
			return fmt.Errorf("tab %q: category %q is decided twice, the second time by decision %d", d.Tab, d.Label, i+1)
		}
	}
	var problems []error
	for header, text := range d.After {
		column, err := t.column(header)
		if err == nil {
			texts[column] = text
		} else if text != "" {
			problems = append(problems, err)
		}
	}
	if len(problems) == 0 {
		c.added.Rows = append(c.added.Rows, texts)
	}
	return errors.Join(problems...)
}

// edits make the cells of a column hold after, if they hold before.
func (t *openedTab) edits(rows []int, header, before, after string) (edits []sheetio.Edit, err error) {
	column, err := t.column(header)
	if err != nil {
		if before+after == "" {
			err = nil // it is as empty as it is to be
		}
		return nil, err
	}
	var problems []error
	for _, row := range rows {
		cell := t.sheet.Cell(row, column)
		at := t.sheet.Name + "!" + sheetio.CellName(row, column)
		isCodes := column == t.codes && cell.Text != ""
		switch {
		case cell == sheetio.Cell{Text: after} || isCodes && sameCodes(cell, after):
		case cell.Text != before && !(isCodes && sameCodes(cell, before)):
			problems = append(problems, fmt.Errorf("%s: holds %q, and the decision on %q was made when it held %q: look again",
				at, cell.Text, t.cell(row, 0).Text, before))
		case after == before:
		case column == t.columns[0]:
			problems = append(problems, fmt.Errorf("%s: is the label of the row, which is never changed", at))
		default:
			edits = append(edits, sheetio.Edit{Tab: t.sheet.Name, Row: row, Column: column, Before: cell, Text: after})
		}
	}
	return edits, errors.Join(problems...)
}

// editedFiles are the files of a workbook with the edits, and with rows added to one of its tabs; or all EditErrors.
func editedFiles(book *sheetio.Book, edits []sheetio.Edit, added *sheetio.Addition) ([]File, error) {
	switch {
	case len(edits) == 0 && added == nil:
		return nil, nil
	case book.Document != "":
		return rowsToPaste(book, edits, added)
	case !book.Folder:
		data, err := unchanged(book.Path, book.Files[0])
		if err == nil && len(edits) > 0 {
			data, err = sheetio.EditXLSX(book.Path, data, edits)
		}
		if err == nil && added != nil {
			data, err = sheetio.AppendXLSX(book.Path, data, []sheetio.Addition{*added})
		}
		return []File{{book.Path, data, book.Files[0].SHA256}}, err
	}
	var files []File
	var refused sheetio.EditErrors
	for i, sheet := range book.Sheets {
		of := slices.DeleteFunc(slices.Clone(edits), func(e sheetio.Edit) bool { return e.Tab != sheet.Name })
		more := added != nil && added.Tab == sheet.Name
		if len(of) == 0 && !more {
			continue
		}
		path := filepath.Join(book.Path, book.Files[i].Name)
		data, err := unchanged(path, book.Files[i])
		if err == nil && len(of) > 0 {
			data, err = sheetio.EditCSV(path, data, of)
		}
		if err == nil && more {
			data = sheetio.AppendCSV(data, added.Rows)
		}
		if more, are := errors.AsType[sheetio.EditErrors](err); are {
			refused = append(refused, more...)
		} else if err != nil {
			return nil, err
		}
		files = append(files, File{path, data, book.Files[i].SHA256})
	}
	if len(refused) > 0 {
		return nil, fmt.Errorf("%s: %w", book.Path, refused)
	}
	return files, nil
}
