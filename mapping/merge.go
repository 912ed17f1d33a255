package mapping

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/sheetio"
)

// A Renaming is the labels of one source, as its renaming CSV has them.
type Renaming struct {
	Source string
	Tab    string // empty: called as the source
	Rows   []dataset.RenamingRow
}

func (r Renaming) tab() string { return Source{Name: r.Source, Tab: r.Tab}.tab() }

// Merged is what Merge did, or would do: nothing is written but by the caller.
type Merged struct {
	Added   []Added  // by source, then as appended: descending images, then bytewise
	Created []string // new tabs, in the order of their sources, the exclude and merge tab last
	Gone    []Gone   // by tab, then bytewise
	Files   []File   // what to write, each whole; empty if nothing changes
}

// Added is a label that the workbook lacked.
type Added struct {
	Source, Tab, Label string
	Images             int64
}

// Gone is a label of a tab that none of the tab's sources has any more. It stays in the workbook.
type Gone struct{ Tab, Label string }

// A File is a path and what it is to hold. Was is the SHA-256 of what it was made from; empty if it is a new file.
type File struct {
	Path string
	Data []byte
	Was  string
}

// Merge adds to the workbook at path (an XLSX file, or a folder with a .csv per tab; one that is not there begins
// empty) the labels that it lacks, with what their renaming rows say, and the tabs that it lacks, the exclude and merge
// tab included. No cell that is there changes: rows are added below the last one. Of a document of Google Sheets, the
// file to write is an XLSX beside path with the new rows alone, each tab begun with its header, to paste from. The same
// input gives the same bytes.
func Merge(path string, renamings []Renaming) (*Merged, error) {
	book, err := sheetio.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		book, err = &sheetio.Book{Path: path, Folder: !strings.EqualFold(filepath.Ext(path), ".xlsx")}, nil
	}
	if err != nil {
		return nil, err
	}
	renamings = slices.Clone(renamings)
	slices.SortFunc(renamings, func(a, b Renaming) int { return strings.Compare(a.Source, b.Source) })
	m := merger{book: book, out: &Merged{}, labels: map[string]map[string]bool{}, targets: map[string]int{}}
	var problems []error
	for _, r := range renamings {
		problems = append(problems, m.add(r))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	m.findGone(renamings)
	m.addRefineTab()
	m.out.Files, err = m.files()
	return m.out, err
}

type merger struct {
	book      *sheetio.Book
	out       *Merged
	labels    map[string]map[string]bool // of each tab, those added too
	targets   map[string]int             // of each tab, the column of Target Names
	additions []sheetio.Addition         // one per tab
}

// add adds the labels of one source to its tab.
func (m *merger) add(r Renaming) error {
	columns, width := []int{0, 1, 2, 3}, len(newColumns)
	sheet := m.book.Sheet(r.tab())
	if sheet != nil {
		t, problems := openTab(sheet, mappingColumns)
		if t == nil {
			return fmt.Errorf("%s: tab %q: %s", m.book.Path, sheet.Name, strings.Join(problems, "; "))
		}
		columns, width = t.columns, len(sheet.Rows[0])
		m.readLabels(t)
	}
	if m.labels[r.tab()] == nil {
		m.labels[r.tab()] = map[string]bool{}
	}
	m.targets[r.tab()] = columns[1]
	a := m.addition(r.tab(), sheet == nil)
	for _, row := range slices.SortedFunc(slices.Values(r.Rows), dataset.RenamingRow.Compare) {
		if row.Label == "" || m.labels[r.tab()][row.Label] {
			continue
		}
		m.labels[r.tab()][row.Label] = true
		cells := make([]string, width)
		for i, text := range []string{row.Label, row.Target, row.Codes, row.Notes} {
			cells[columns[i]] = text
		}
		a.Rows = append(a.Rows, cells)
		m.out.Added = append(m.out.Added, Added{r.Source, r.tab(), row.Label, row.Images})
	}
	return nil
}

// readLabels notes the labels of a tab once. A cell that is not text counts as what it shows:
// mending it is a person's work.
func (m *merger) readLabels(t *tab) {
	if m.labels[t.sheet.Name] != nil {
		return
	}
	labels := map[string]bool{}
	for row := 1; row < len(t.sheet.Rows); row++ {
		labels[t.cell(row, 0).Text] = true
	}
	m.labels[t.sheet.Name] = labels
}

// addition is what is added to a tab, begun with the header if the tab is new.
func (m *merger) addition(tab string, isNew bool) *sheetio.Addition {
	for i := range m.additions {
		if m.additions[i].Tab == tab {
			return &m.additions[i]
		}
	}
	a := sheetio.Addition{Tab: tab}
	if isNew {
		a.Rows = [][]string{newColumns}
		m.out.Created = append(m.out.Created, tab)
	}
	m.additions = append(m.additions, a)
	return &m.additions[len(m.additions)-1]
}

func (m *merger) addRefineTab() {
	if m.book.Sheet(RefineTab) != nil || m.book.Sheet(refineTabXLSX) != nil {
		return
	}
	tab := RefineTab
	if !m.book.Folder || m.book.Document != "" { // what is pasted comes from an XLSX
		tab = refineTabXLSX
	}
	m.additions = append(m.additions, sheetio.Addition{Tab: tab, Rows: [][]string{newRefineColumns}})
	m.out.Created = append(m.out.Created, tab)
}

// findGone finds labels of the renamings' tabs that no renaming has.
func (m *merger) findGone(renamings []Renaming) {
	live := map[string]map[string]bool{}
	for _, r := range renamings {
		if live[r.tab()] == nil {
			live[r.tab()] = map[string]bool{"": true}
		}
		for _, row := range r.Rows {
			live[r.tab()][row.Label] = true
		}
	}
	for tab, labels := range m.labels {
		for label := range labels {
			if !live[tab][label] {
				m.out.Gone = append(m.out.Gone, Gone{tab, label})
			}
		}
	}
	slices.SortFunc(m.out.Gone,
		func(a, b Gone) int { return cmp.Or(strings.Compare(a.Tab, b.Tab), strings.Compare(a.Label, b.Label)) })
}

// files makes the new bytes.
func (m *merger) files() ([]File, error) {
	m.additions = slices.DeleteFunc(m.additions, func(a sheetio.Addition) bool { return len(a.Rows) == 0 })
	switch {
	case len(m.additions) == 0:
		return nil, nil
	case m.book.Document != "":
		return fileToPaste(m.book, m.additions)
	case m.book.Folder:
		return m.folderFiles()
	case len(m.book.Files) == 0:
		var b bytes.Buffer
		var sheets []sheetio.Sheet
		for _, a := range m.additions {
			sheets = append(sheets, a.Sheet())
		}
		err := sheetio.WriteXLSX(&b, sheets)
		return []File{{Path: m.book.Path, Data: b.Bytes()}}, err
	}
	data, err := unchanged(m.book.Path, m.book.Files[0])
	if err != nil {
		return nil, err
	}
	data, err = sheetio.AppendXLSX(m.book.Path, data, m.additions)
	return []File{{m.book.Path, data, m.book.Files[0].SHA256}}, err
}

func (m *merger) folderFiles() ([]File, error) {
	all := slices.Clone(m.book.Sheets)
	var files []File
	for _, a := range m.additions {
		i := slices.IndexFunc(m.book.Sheets, func(s sheetio.Sheet) bool { return s.Name == a.Tab })
		if i < 0 {
			sheet := a.Sheet()
			all = append(all, sheet)
			text, err := sheetio.CSV(sheet, m.targets[a.Tab])
			if err != nil {
				return nil, err
			}
			files = append(files, File{Path: filepath.Join(m.book.Path, a.Tab+".csv"), Data: text})
			continue
		}
		path := filepath.Join(m.book.Path, m.book.Files[i].Name)
		data, err := unchanged(path, m.book.Files[i])
		if err != nil {
			return nil, err
		}
		data = sheetio.AppendCSV(data, a.Rows, m.targets[a.Tab])
		files = append(files, File{path, data, m.book.Files[i].SHA256})
	}
	return files, sheetio.CheckFiles(all)
}

// unchanged reads a file again and makes sure that it is what the book was read from.
func unchanged(path string, file sheetio.File) ([]byte, error) {
	data, err := fileio.Read(path)
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != file.SHA256 {
		return nil, fmt.Errorf("%s: has changed while it was read: try again", path)
	}
	return data, nil
}
