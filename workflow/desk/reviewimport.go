package desk

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/people"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/review"
	"github.com/dermset/dermset/workflow/workspace"
)

// ImportColumns are those of what an import tells: each row of the sheet that says something, and for each tab how many
// rows say nothing.
var ImportColumns = results.Columns{
	results.Text("tab", "a tab of the review workbook"),
	results.Text("label", "the row's label; none where rows of the tab that say nothing are counted").OrNone(),
	results.Text("what", "what became of it: taken, refused and so on (docs/review.md)"),
	results.Text("why", "why").OrNone(),
	results.Whole("rows", "how many: 1, or those of the tab that say nothing"),
}

// An Imported is what became of a review workbook.
type Imported struct {
	Rows  [][]string     // by ImportColumns
	Count map[string]int // of rows, by review.Taken and the others
	Paste string         // what a person is to paste, in the workspace; empty: nothing
}

// ImportReview takes what a person decided in the review workbook file, a path of this system: row by row what is legal
// becomes lines of the log and cells of the workbook, by one act. Rows that are refused are told, and change nothing.
// What is wrong with the person, the sheet or the log is an error, and nothing of the sheet is taken. The workbook of
// Google Sheets is not written: what it is to hold stands in mapping/to-paste.xlsx. A dry run writes nothing.
func ImportReview(w *workspace.Workspace, file string, dryRun bool, now time.Time) (Imported, error) {
	r, err := readImporting(w, file, now)
	if err != nil {
		return Imported{}, err
	}
	outcomes, err := r.Judge(r.filled)
	if err != nil {
		return Imported{}, fmt.Errorf("%s: nothing of it is taken:\n%w", file, err)
	}
	for _, what := range r.filled.Ignored {
		w.Log.Warn(fmt.Sprintf("%s: %s is not read", file, what))
	}
	var files []mapping.File
	if !r.Document {
		if files, err = r.change(outcomes); err != nil {
			return Imported{}, err
		}
	}
	before := len(r.Log.Decisions)
	for _, o := range outcomes {
		for _, d := range o.Decisions {
			if _, err := r.Log.Add(d, now); err != nil {
				return Imported{}, err
			}
		}
	}
	done := imported(outcomes)
	if r.Document {
		if files, err = r.toPaste(w); err != nil {
			return done, err
		}
		for _, f := range files {
			done.Paste = w.Inside(f.Path)
		}
	}
	if dryRun {
		return done, nil
	}
	var log []workspace.File
	if len(r.Log.Decisions) > before {
		log = w.LogFiles(r.Log)
	}
	return done, writeWorkbook(w, files, log...)
}

// An importing is an import on its way.
type importing struct {
	review.Case
	filled   *review.Filled
	workbook string
}

// readImporting reads all that an import needs; what is wrong with any of it comes at once.
func readImporting(w *workspace.Workspace, file string, now time.Time) (*importing, error) {
	r := &importing{workbook: w.Path(w.WorkbookInside())}
	r.Version = w.Config.VersionName()
	r.Today, r.NoCode = now.UTC().Format(time.DateOnly), w.Config.ICD11.NoCode
	_, r.Document = w.Config.Document()
	var peopleErr, logErr, mappingErr, knownErr error
	r.People, peopleErr = people.Read(w.Path(people.FileName))
	if errors.Is(peopleErr, people.ErrNobody) {
		peopleErr = workspace.Usage(peopleErr)
	}
	r.Log, logErr = decisions.Read(w.Path("mapping"), now)
	r.Mapping, mappingErr = readMapping(w)
	r.Known, knownErr = mapping.ReadCategories(w.Path("mapping/known_categories.csv"))
	book, err := sheetio.Read(file)
	if err == nil {
		if r.filled, err = review.ReadFilled(book); err != nil {
			err = fmt.Errorf("%s: nothing of it is taken:\n%w", file, err)
		}
	}
	return r, errors.Join(peopleErr, logErr, mappingErr, knownErr, err)
}

// readMapping reads the workbook as it is, without the labels of the sources.
func readMapping(w *workspace.Workspace) (*mapping.Mapping, error) {
	names, err := w.SourceNames()
	if err != nil {
		return nil, err
	}
	book, err := w.Workbook()
	if err != nil {
		return nil, err
	}
	var sources []mapping.Source
	for _, name := range names {
		sources = append(sources, mapping.Source{Name: name, Tab: w.Config.Mapping.Tabs[name]})
	}
	m, _ := mapping.Parse(book, sources, mapping.Given{OnlyBlocking: true})
	return m, nil
}

// change is the workbook with what was taken. What no cell of it can hold is refused then.
func (r *importing) change(outcomes []review.Outcome) ([]mapping.File, error) {
	var changes []mapping.Decision
	var of []int
	for i, o := range outcomes {
		if o.Change != nil && !o.Change.Before.Equal(o.Change.After) {
			changes = append(changes, change(o.Row, *o.Change))
			of = append(of, i)
		}
	}
	return r.changeWhatFits(changes, func(i int, why error) {
		o := &outcomes[of[i]]
		*o = o.Refuse("", why.Error())
	})
}

// changeWhatFits is the workbook with those of the changes that its cells can hold; the others are told to refuse, each
// once.
func (r *importing) changeWhatFits(changes []mapping.Decision, refuse func(i int, why error)) ([]mapping.File, error) {
	left := make([]int, len(changes)) // of changes, by their places
	for i := range changes {
		left[i] = i
	}
	for {
		files, err := mapping.Change(r.workbook, changes)
		refused, is := errors.AsType[mapping.RefusedError](err)
		if !is || len(refused) == 0 {
			return files, err
		}
		var fit []mapping.Decision
		var at []int
		for n, c := range changes {
			if why := refused[n]; why != nil {
				refuse(left[n], why)
			} else {
				fit, at = append(fit, c), append(at, left[n])
			}
		}
		changes, left = fit, at
	}
}

func change(row decisions.Row, c review.Change) mapping.Decision {
	return mapping.Decision{Tab: row.Tab, Label: row.Label, Before: c.Before, After: c.After}
}

// toPaste is what the document does not hold yet of what the log says.
func (r *importing) toPaste(w *workspace.Workspace) ([]mapping.File, error) {
	var changes []mapping.Decision
	for _, p := range review.PendingRows(r.Log, review.HeldBy(r.Mapping)) {
		changes = append(changes, change(p.Row, p.Change))
	}
	return r.changeWhatFits(changes, func(i int, why error) {
		w.Log.Warn(fmt.Sprintf("the document cannot hold what was decided on %q: %v", changes[i].Label, why))
	})
}

// imported tells what became of the rows.
func imported(outcomes []review.Outcome) Imported {
	done := Imported{Count: map[string]int{}}
	var tabs []string
	open := map[string]int{}
	for _, o := range outcomes {
		done.Count[o.What]++
		if o.What == review.Open {
			if open[o.Row.Tab]++; open[o.Row.Tab] == 1 {
				tabs = append(tabs, o.Row.Tab)
			}
			continue
		}
		done.Rows = append(done.Rows, []string{o.Row.Tab, o.Row.Label, o.What, strings.ReplaceAll(o.Why, "\n", "; "),
			"1"})
	}
	for _, tab := range tabs {
		done.Rows = append(done.Rows, []string{tab, "", review.Open, "", workspace.Number(int64(open[tab]))})
	}
	// what a person must look at comes last
	order := []string{review.Taken, review.Already, review.Open, review.Missing, review.Refused}
	slices.SortStableFunc(done.Rows, func(a, b []string) int {
		return cmp.Compare(slices.Index(order, a[2]), slices.Index(order, b[2]))
	})
	return done
}
