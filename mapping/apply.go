package mapping

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/sheetio"
)

// SuggestionColumns are those of a list of suggestions. A list to apply needs tab, label, target_name and icd11_codes;
// the others are for the person who cuts it down.
var SuggestionColumns = []string{"source", "tab", "label", "images", "rank", "target_name",
	"icd11_codes", "reason", "evidence", "around"}

// SuggestionList is suggestions, a row each in the order of SuggestionColumns, as the CSV of them holds them, which
// people open in a spreadsheet: Guarded, but for the Target Name that leaves a label out. ReadChoices takes the guards
// off.
func SuggestionList(rows [][]string) [][]string {
	out := make([][]string, len(rows))
	for i, row := range rows {
		out[i] = sheetio.GuardedRecord(row, slices.Index(SuggestionColumns, "target_name"))
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
// labels. A cell that holds anything is never changed; a row with another name or other codes is left as it is and
// reported. It returns a line for every row of every choice, in the order of the list, and what to write; nothing is
// written but by the caller. A tab that is not there or has no header, and a label without a row, are errors;
// all come at once.
func Apply(path string, choices []Choice) ([]Applied, []File, error) {
	book, err := sheetio.Read(path)
	if err != nil {
		return nil, nil, err
	}
	a := applier{book: book}
	for _, c := range choices {
		if err := a.apply(c); err != nil {
			a.problems = append(a.problems, fmt.Errorf("line %d: %w", c.Line, err))
		}
	}
	if err := errors.Join(a.problems...); err != nil {
		return nil, nil, err
	}
	files, err := a.files()
	return a.done, files, err
}

type applier struct {
	book     *sheetio.Book
	done     []Applied
	fills    []sheetio.Fill
	problems []error
}

// apply notes the fills of one choice.
func (a *applier) apply(c Choice) error {
	sheet := a.book.Sheet(c.Tab)
	if sheet == nil {
		return fmt.Errorf("the workbook has no tab %q: run mapping merge", c.Tab)
	}
	t, problems := openTab(sheet, mappingColumns)
	if t == nil {
		return fmt.Errorf("tab %q: %s", c.Tab, strings.Join(problems, "; "))
	}
	found := false
	for row := 1; row < len(sheet.Rows); row++ {
		if label := t.cell(row, 0); label.Kind == sheetio.Text && label.Text == c.Label {
			found = true
			a.fill(t, row, c)
		}
	}
	if !found {
		return fmt.Errorf("tab %q has no label %q: run mapping merge", c.Tab, c.Label)
	}
	return nil
}

// fill fills one row, or says why not.
func (a *applier) fill(t *tab, row int, c Choice) {
	say := func(format string, args ...any) {
		a.done = append(a.done, Applied{c, fmt.Sprintf(format, args...)})
	}
	target, codes := t.cell(row, 1), t.cell(row, 2)
	empty := sheetio.Cell{}
	switch {
	case target != empty && (target.Text != c.Target || target.Kind != sheetio.Text):
		say("left as it is: %s holds %q", t.place(row, 1), target.Text)
		return
	case codes != empty && !sameCodes(codes, c.Codes):
		say("left as it is: %s holds %q", t.place(row, 2), codes.Text)
		return
	}
	var filled []string
	for column, text := range map[int]string{1: c.Target, 2: c.Codes} {
		if t.cell(row, column) == empty && text != "" {
			a.fills = append(a.fills, sheetio.Fill{Tab: c.Tab, Row: row, Column: t.columns[column], Text: text})
			filled = append(filled, t.place(row, column))
		}
	}
	if len(filled) == 0 {
		say("was so already")
		return
	}
	slices.Sort(filled)
	say("filled %s", strings.Join(filled, " and "))
}

func sameCodes(cell sheetio.Cell, codes string) bool {
	list, err := icd11.ParseCell(cell.Text)
	return err == nil && cell.Kind == sheetio.Text && strings.Join(list, ";") == codes
}

// files makes the new bytes.
func (a *applier) files() ([]File, error) {
	if len(a.fills) == 0 {
		return nil, nil
	}
	if !a.book.Folder {
		data, err := unchanged(a.book.Path, a.book.Files[0])
		if err != nil {
			return nil, err
		}
		data, err = sheetio.FillXLSX(a.book.Path, data, a.fills)
		return []File{{a.book.Path, data}}, err
	}
	var files []File
	for i, sheet := range a.book.Sheets {
		of := slices.DeleteFunc(slices.Clone(a.fills), func(f sheetio.Fill) bool { return f.Tab != sheet.Name })
		if len(of) == 0 {
			continue
		}
		path := filepath.Join(a.book.Path, a.book.Files[i].Name)
		data, err := unchanged(path, a.book.Files[i])
		if err != nil {
			return nil, err
		}
		if data, err = sheetio.FillCSV(path, data, of); err != nil {
			return nil, err
		}
		files = append(files, File{path, data})
	}
	return files, nil
}
