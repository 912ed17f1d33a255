package main

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/mapping"
)

// Columns of a tab.
const (
	labelColumn = iota
	nameColumn
	codeColumn
	noteColumn
)

// images are how many images the labels of large sets have; others have someImages.
var images = map[string]int64{"ham10000 nv": 6705, "ham10000 mel": 1113, "ham10000 bkl": 1099, "ham10000 bcc": 514,
	"dermoscopy nv": 6000, "dermoscopy NV": 600, "dermoscopy mel": 1000, "dermoscopy bcc": 600}

const someImages = 20

// A workbook is a good one, and what is found in it.
type workbook struct {
	name    string
	sheets  []sheetio.Sheet
	sources []mapping.Source
	given   mapping.Given
	table   *mapping.Mapping
	good    []findings.Finding
	had     map[string]bool    // keys of good
	unnoted []findings.Finding // of the workbook without its notes, once asked
}

func newWorkbook(name string, sheets []sheetio.Sheet, release *icd11.Release) *workbook {
	w := &workbook{name: name, sheets: sheets, given: mapping.Given{Release: release}}
	known := map[string]bool{}
	for _, sheet := range sheets {
		if sheet.Name == mapping.RefineTab {
			continue
		}
		s := mapping.Source{Name: sheet.Name, Labels: map[string]int64{}}
		for _, row := range sheet.Rows[1:] {
			n := cmp.Or(images[sheet.Name+" "+row[labelColumn].Text], someImages)
			s.Labels[row[labelColumn].Text] = n
			s.Rows += n
			if target := row[nameColumn].Text; target != mapping.Excludes && target != "" {
				known[target] = true
			}
		}
		w.sources = append(w.sources, s)
	}
	for target := range known {
		w.given.Known = append(w.given.Known, mapping.Category{Name: target})
	}
	w.table, w.good = mapping.Parse(&sheetio.Book{Sheets: sheets}, w.sources, w.given)
	w.had = map[string]bool{}
	for _, f := range w.good {
		w.had[key(f)] = true
	}
	return w
}

// knowingCodes is the workbook with the codes of known categories.
func (w *workbook) knowingCodes() *workbook {
	known := *w
	known.name += " with known codes"
	known.given.Known = slices.Clone(w.given.Known)
	for i, c := range known.given.Known {
		if at, ok := slices.BinarySearch(w.table.Names, c.Name); ok {
			known.given.Known[i].Codes = w.table.Codes[at]
		}
	}
	return &known
}

func key(f findings.Finding) string {
	return strings.Join([]string{f.ID, f.Source, f.Subject, f.Detail}, "\x00")
}

// copied is the sheets, to be spoiled.
func (w *workbook) copied() []sheetio.Sheet {
	sheets := slices.Clone(w.sheets)
	for i := range sheets {
		sheets[i].Rows = slices.Clone(sheets[i].Rows)
		for r := range sheets[i].Rows {
			sheets[i].Rows[r] = slices.Clone(sheets[i].Rows[r])
		}
	}
	return sheets
}

func (w *workbook) withoutNotes() []sheetio.Sheet {
	sheets := w.copied()
	for _, sheet := range sheets {
		for r, row := range sheet.Rows {
			if r > 0 && sheet.Name != mapping.RefineTab {
				row[noteColumn].Text = ""
			}
		}
	}
	return sheets
}

func (w *workbook) check(sheets []sheetio.Sheet) []findings.Finding {
	_, found := mapping.Parse(&sheetio.Book{Sheets: sheets}, w.sources, w.given)
	return found
}

// printAlarms prints and counts what a person would have to mend or accept. Notes that are missing are told so on
// purpose, and are no alarms.
func printAlarms(what string, found []findings.Finding, list bool) (n int) {
	kinds := map[string]int{}
	for _, f := range found {
		if f.Severity == findings.Info || strings.HasSuffix(f.ID, "_without_note") {
			continue
		}
		n++
		kinds[f.ID]++
		if list {
			fmt.Printf("alarm, %s: %s %s %q: %s\n", what, f.ID, f.Place, f.Subject, f.Detail)
		}
	}
	fmt.Printf("alarms, %s: %d %v\n", what, n, kinds)
	return n
}

func readPublic(release *icd11.Release) (*workbook, error) {
	book, err := sheetio.Read(filepath.FromSlash("examples/public/mapping/workbook"))
	if err != nil {
		return nil, err
	}
	return newWorkbook("public", padded(book.Sheets), release), nil
}

// publicGolds are the labels of the public workbook that have a name, with its codes and all below them.
func (w *workbook) publicGolds() (golds []gold) {
	for _, r := range w.table.Rows {
		if r.Target == mapping.Excludes || len(r.Codes) == 0 {
			continue
		}
		g := gold{set: "public " + r.Tab, label: r.Label}
		for _, code := range r.Codes {
			g.accept = append(g.accept, code+"*")
		}
		golds = append(golds, g)
	}
	return golds
}

// padded gives every row the four columns.
func padded(sheets []sheetio.Sheet) []sheetio.Sheet {
	for _, sheet := range sheets {
		for r := range sheet.Rows {
			for len(sheet.Rows[r]) <= noteColumn {
				sheet.Rows[r] = append(sheet.Rows[r], sheetio.Cell{})
			}
		}
	}
	return sheets
}

// A gold is a label and the codes that a coder may choose for it.
type gold struct {
	set, label string
	accept     []string
}

// readSecond reads the tabs of second/, whose last column is the gold list.
func readSecond(release *icd11.Release) (*workbook, []gold, error) {
	sheets := []sheetio.Sheet{{Name: mapping.RefineTab, Rows: row("Category", "Action", "Merge into", "Reason")}}
	var golds []gold
	for _, set := range []string{"atlas", "dermoscopy", "clinica", "frde"} {
		table, err := csvio.ReadTable(filepath.Join("bench", "mapping-errors", "second", set+".csv"),
			"Source Label", "Target Name", "ICD-11 Code(s)", "Notes/Justification", "accept")
		if err != nil {
			return nil, nil, err
		}
		sheet := sheetio.Sheet{Name: set, Rows: row(table.Header[:noteColumn+1]...)}
		for _, r := range table.Records {
			golds = append(golds, gold{set, r.Fields[0], strings.Split(r.Fields[4], ";")})
			if r.Fields[nameColumn] != "" {
				sheet.Rows = append(sheet.Rows, row(r.Fields[:noteColumn+1]...)...)
			}
		}
		sheets = append(sheets, sheet)
	}
	return newWorkbook("second", sheets, release), golds, nil
}

func row(texts ...string) [][]sheetio.Cell {
	var cells []sheetio.Cell
	for _, text := range texts {
		cells = append(cells, sheetio.Cell{Text: text})
	}
	return [][]sheetio.Cell{cells}
}
