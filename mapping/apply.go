package mapping

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/results"
)

// SuggestionColumns are those of a list of suggestions. A list to apply needs tab, label, target_name and icd11_codes;
// the others are for the person who cuts it down.
var SuggestionColumns = results.Columns{
	results.Text("source", "the source that has the label"),
	results.Text("tab", "its tab of the workbook"),
	results.Text("label", "a label that is not mapped"),
	results.Whole("images", "images that have it"),
	results.Whole("rank", "of this suggestion for the label, from 1").OrNone(),
	results.Text("target_name", "what it may mean").OrNone(),
	results.List("icd11_codes", "its codes"),
	results.Text("reason", "why").OrNone(),
	results.Text("evidence", "where that comes from").OrNone(),
	results.Text("around", "what the code lies in, and what lies beside it").OrNone(),
}

// SuggestionList is suggestions, a row each in the order of SuggestionColumns, as the CSV of them holds them, which
// people open in a spreadsheet: Guarded, but for the Target Name that leaves a label out. ReadChoices takes the guards
// off.
func SuggestionList(rows [][]string) [][]string {
	out := make([][]string, len(rows))
	for i, row := range rows {
		out[i] = sheetio.GuardedRecord(row, slices.Index(SuggestionColumns.Keys(), "target_name"))
	}
	return out
}

// A Choice is a line of a list that a person has left in it: the label's rows get this name and these codes.
type Choice struct {
	Tab, Label, Target string
	Codes              string // as the cell is to hold them
	Line               int
}

// ReadChoices reads a list of suggestions that was cut down. Two lines for one label, a line without a tab, label or
// name, and codes that are none are errors with their lines; all come at once.
func ReadChoices(path string) ([]Choice, error) {
	table, err := csvio.ReadColumns(path, "tab", "label", "target_name", "icd11_codes")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: is not there: write one with mapping suggest --format csv", path)
	}
	if err != nil {
		return nil, err
	}
	var all []Choice
	lines := map[[2]string]int{}
	for _, r := range table.Records {
		c := Choice{Tab: sheetio.Bare(r.Fields[0]), Label: sheetio.Bare(r.Fields[1]), Target: sheetio.Bare(r.Fields[2]),
			Line: r.Line}
		codes, err := icd11.ParseCell(r.Fields[3])
		c.Codes = strings.Join(codes, ";")
		first := lines[[2]string{c.Tab, c.Label}]
		switch {
		case err != nil:
			table.Failf(r, "%v", err)
		case c.Tab == "" || c.Label == "" || c.Target == "":
			table.Failf(r, "tab, label and target_name must not be empty")
		case c.Target == Excludes && c.Codes != "":
			table.Failf(r, "label %q is left out (%s) and has codes %q: remove one of them", c.Label, Excludes, c.Codes)
		case first > 0:
			table.Failf(r, "label %q of tab %q is in line %d too: keep one suggestion for each label", c.Label, c.Tab, first)
		}
		lines[[2]string{c.Tab, c.Label}] = r.Line
		all = append(all, c)
	}
	return all, table.Err()
}

// Applied says what became of one choice.
type Applied struct {
	Choice
	What string // in words
}

// Apply fills the choices into the workbook at path: the empty cells of Target Name and of codes in the rows of their
// labels, and with an annotator, the id of the person who chose, the empty cell of Annotator in each row that gets a
// Target Name. A cell that holds anything is never changed; a row with another name, other codes or another annotator
// is left as it is and reported. It returns a line for every row of every choice, in the order of the list, and what to
// write; nothing is written but by the caller. A tab that is not there or lacks a column, and a label without a row,
// are errors; all come at once.
func Apply(path string, choices []Choice, annotator string) ([]Applied, []File, error) {
	book, err := sheetio.Read(path)
	if err != nil {
		return nil, nil, err
	}
	a := applier{changer: changer{book: book, tabs: map[string]*openedTab{}}, annotator: annotator}
	var problems []error
	for _, c := range choices {
		if err := a.apply(c); err != nil {
			problems = append(problems, fmt.Errorf("line %d: %w", c.Line, err))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, nil, err
	}
	files, err := editedFiles(book, a.fills, nil)
	return a.done, files, err
}

type applier struct {
	changer
	annotator string // empty: nobody says who chose
	done      []Applied
	fills     []sheetio.Edit
}

// apply notes the fills of one choice.
func (a *applier) apply(c Choice) error {
	t, err := a.open(c.Tab)
	if err == nil && t.codes < 0 {
		err = fmt.Errorf("tab %q: is no source's: its rows are not mapped", c.Tab)
	}
	if err != nil {
		return err
	}
	rows := t.rows[c.Label]
	if len(rows) == 0 {
		return t.noLabel(c.Label)
	}
	want := []sheetio.Edit{{Column: t.columns[1], Text: c.Target}, {Column: t.columns[2], Text: c.Codes}}
	if a.annotator != "" {
		column, err := t.column(annotatorColumn)
		if err != nil {
			return err
		}
		want = append(want, sheetio.Edit{Column: column, Text: a.annotator})
	}
	for _, row := range rows {
		a.done = append(a.done, Applied{c, a.fill(t, row, want)})
	}
	return nil
}

// fill fills one row with what it is to hold, or says why not. The annotator, who comes last, is of rows that get a
// name.
func (a *applier) fill(t *openedTab, row int, want []sheetio.Edit) string {
	empty := sheetio.Cell{}
	if t.cell(row, 1) != empty {
		want = want[:2]
	}
	var filled []string
	fills := a.fills
	for _, e := range want {
		e.Tab, e.Row = t.sheet.Name, row
		place := e.Tab + "!" + sheetio.CellName(row, e.Column)
		switch cell := t.sheet.Cell(row, e.Column); {
		case cell == empty && e.Text != "":
			fills, filled = append(fills, e), append(filled, place)
		case cell != empty && cell != sheetio.Cell{Text: e.Text} && !(e.Column == t.codes && sameCodes(cell, e.Text)):
			return fmt.Sprintf("left as it is: %s holds %q", place, cell.Text)
		}
	}
	if len(filled) == 0 {
		return "was so already"
	}
	a.fills = fills
	slices.Sort(filled)
	return "filled " + strings.Join(filled, " and ")
}

// sameCodes reports whether a cell is text and holds the same codes as another writing of them.
func sameCodes(cell sheetio.Cell, codes string) bool {
	list, err := icd11.ParseCell(cell.Text)
	wanted, wantedErr := icd11.ParseCell(codes)
	return err == nil && wantedErr == nil && cell.Kind == sheetio.Text && slices.Equal(list, wanted)
}
