package review

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/people"
)

// A Case is what the answers of a review workbook are held against.
type Case struct {
	Log     *decisions.Log
	People  *people.People
	Version string // that the workspace is at: DXv27.1
	Today   string // 2006-01-02
	Mapping *mapping.Mapping
	Known   []mapping.Category
	NoCode  []string // names that need no code

	// Document says that the workbook is a document of Google Sheets, which nobody writes to: it holds what was decided
	// once a person has pasted it.
	Document bool
}

// What becomes of a row of a review workbook.
const (
	Taken   = "taken"
	Refused = "refused"
	Already = "already" // the same person said the same before, in the same sheet
	Open    = "left open"
	Missing = "not in the file" // the sheet was exported with it
)

// An Outcome is what becomes of one row of a review workbook.
type Outcome struct {
	Row       decisions.Row // where it is not known, tab and label of the review workbook
	What      string
	Why       string               // what moves; of a refused row, why
	Decisions []decisions.Decision // to add to the log
	Change    *Change              // of the workbook

	line   *Line  // of the review workbook
	header string // of the column of it that is refused; empty: the row
}

// Refuse is what becomes of the row if it is refused, with the cell of the review workbook to look at: the one under
// header, or the row's first.
func (o Outcome) Refuse(header, why string) Outcome {
	if o.line != nil {
		why += o.line.place(header, why)
	}
	return Outcome{Row: o.Row, What: Refused, Why: why, line: o.line}
}

// place names a cell, unless it is named already.
func (l *Line) place(header, said string) string {
	at := cmp.Or(l.At[header], l.At[l.Kind.LabelHeader()])
	if at == "" || strings.Contains(said, l.Tab+"!") {
		return ""
	}
	return fmt.Sprintf(" (%s!%s)", l.Tab, at)
}

// A Change is what cells of a row of the workbook hold, and what they are to hold.
type Change struct{ Before, After decisions.Cells }

// Judge holds a review workbook that came back against log, people and the workbook as they are, row by row, in the
// order of the sheet as it was exported. Nothing is written, and the log stays as it is. What is about the person or
// the sheet is an error, all at once, and then nothing of it is taken.
func (c Case) Judge(f *Filled) ([]Outcome, error) {
	if err := c.checkSheet(f.Meta); err != nil {
		return nil, err
	}
	j := judge{Case: c, meta: f.Meta, made: c.Log.Exported(f.Meta.Sheet), held: HeldBy(c.Mapping),
		rows: map[string]decisions.Row{}, codes: map[string]string{}, own: map[decisions.Row][]decisions.Decision{}}
	j.meta.Role, j.meta.Person, j.meta.Open, j.meta.Secret = j.made.As, j.made.For, j.made.Open, j.made.Secret
	order := map[decisions.Row]int{}
	for i, row := range j.made.Rows {
		j.rows[RowKey(f.Meta.Sheet, row)], order[row] = row, i
	}
	for _, known := range c.Known {
		j.codes[known.Name] = CodesText(known.Codes)
	}
	for i, name := range c.Mapping.Names {
		if codes := CodesText(c.Mapping.Codes[i]); codes != "" {
			j.codes[name] = codes
		}
	}
	for _, d := range c.Log.Decisions {
		if d.Sheet == f.Meta.Sheet && d.Row != nil {
			j.own[*d.Row] = append(j.own[*d.Row], d)
		}
	}
	if c.Document {
		j.pending = PendingRows(c.Log, j.held)
	}
	all, err := j.gone(f)
	if err != nil {
		return nil, err
	}
	for i, l := range f.Lines {
		o := j.line(l)
		if o.line = &f.Lines[i]; o.What == Refused {
			o = o.Refuse(o.header, o.Why)
		}
		if o.What != "" {
			all = append(all, o)
		}
	}
	refuseTwice(all)
	j.refuseMergers(all)
	place := func(row decisions.Row) int {
		if at, known := order[row]; known {
			return at
		}
		return len(order)
	}
	slices.SortStableFunc(all, func(a, b Outcome) int { return cmp.Compare(place(a.Row), place(b.Row)) })
	return all, nil
}

// checkSheet refuses a sheet that this log did not export, or that says of itself what the log does not, and a person
// who may not decide today.
func (c Case) checkSheet(m Meta) error {
	made := c.Log.Exported(m.Sheet)
	if made == nil {
		err := fmt.Errorf("the sheet %.12s… was not exported here: no line of %s has this SHA-256; it is of another "+
			"workspace, or its tab %q was edited", m.Sheet, decisions.FileName, MetaTab)
		if m.Person != "" && !c.People.Knows(m.Person) {
			err = errors.Join(err, fmt.Errorf("%q is not in %s", m.Person, people.FileName))
		}
		return err
	}
	var problems []error
	if made.Version != c.Version {
		problems = append(problems, fmt.Errorf("the sheet was exported for %s, and dermset.yaml is at %s: export it again",
			made.Version, c.Version))
	}
	for _, said := range [][3]string{{"version", m.Version, made.Version}, {"role", m.Role, made.As},
		{"person", m.Person, made.For}} {
		if said[1] != "" && said[1] != said[2] {
			problems = append(problems, fmt.Errorf("tab %q: says %s %q, and the log that the sheet was exported for %q: "+
				"it was edited; export it again", MetaTab, said[0], said[1], said[2]))
		}
	}
	if m.Open && !made.Open && made.As == decisions.Secondary {
		problems = append(problems, fmt.Errorf("tab %q: says that the sheet shows the proposals, and the log that it was "+
			"exported blinded: it was edited; export it again", MetaTab))
	}
	_, err := c.People.Holds(made.For, RoleFor(made.As), c.Today)
	return errors.Join(append(problems, err)...)
}

// RoleFor is the role of people.yaml that a part in a review needs (spec 2).
func RoleFor(part string) people.Role {
	if part == decisions.Primary {
		return people.DataScientist
	}
	return people.Dermatologist
}

// refuseTwice refuses rows that two tabs of one sheet decide: nobody knows which counts.
func refuseTwice(all []Outcome) {
	first := map[decisions.Row]int{}
	for i := range all {
		if all[i].Change == nil {
			continue
		}
		at, twice := first[all[i].Row]
		if !twice {
			first[all[i].Row] = i
			continue
		}
		for _, n := range []int{at, i} {
			all[n] = all[n].Refuse(Action, "two tabs of the sheet decide it: keep one of them")
		}
	}
}

// A judge looks at one sheet.
type judge struct {
	Case
	meta  Meta // as the log has it
	made  *decisions.Made
	held  map[decisions.Row]Held
	rows  map[string]decisions.Row               // of the sheet, by RowKey
	codes map[string]string                      // of names, in the workbook or known
	own   map[decisions.Row][]decisions.Decision // what this sheet brought before

	pending []Pending // what waits to be pasted into a document
}

// line judges one row of the file. What is no row of the sheet and holds nothing is no outcome.
func (j *judge) line(l Line) Outcome {
	key, _, _ := strings.Cut(l.ID, ".")
	row, known := j.rows[key]
	o := Outcome{Row: row, What: Refused}
	if !known {
		o.Row = decisions.Row{Tab: l.Tab, Label: l.Label}
	}
	switch {
	case len(l.Problems) > 0:
		o.Why = strings.Join(l.Problems, "; ")
	case l.ID == "":
		o.Why = fmt.Sprintf("row %d of tab %q has no id: it was not in the sheet, or the id was deleted", l.Number, l.Tab)
	case !known:
		o.Why = fmt.Sprintf("row %d of tab %q: id %q is of no row of this sheet", l.Number, l.Tab, l.ID)
	case sameLines(l.Label) != sameLines(row.Label):
		o.Why = fmt.Sprintf("row %d of tab %q says %q, and its id %q: the label was edited, or the row was pasted over",
			l.Number, l.Tab, l.Label, row.Label)
	case l.Kind == Questions:
		return j.answer(l, row)
	default:
		return j.decide(l, row)
	}
	return o
}

// sameLines is a text as it is compared with what a spreadsheet made of it, which may write line ends otherwise.
func sameLines(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}

// answer judges the answer to a question.
func (j *judge) answer(l Line, row decisions.Row) Outcome {
	o := Outcome{Row: row, What: Refused}
	all, _ := j.Log.Questions(row, j.held[row].Consult)
	at := slices.IndexFunc(all, func(q string) bool { return sameLines(q) == sameLines(l.Cells[Question]) })
	d := decisions.Decision{Who: j.made.For, Role: j.made.As, Act: decisions.Answer, Row: &row, Sheet: j.meta.Sheet,
		Why: strings.TrimSpace(l.Cells[Answer]), Sources: strings.TrimSpace(l.Cells[Literature])}
	switch {
	case d.Why == "" && d.Sources == "":
		o.What, o.Why = Open, "question"
		return o
	case d.Why == "":
		o.Why = "has literature and no answer"
		return o
	case at < 0:
		o.Why = fmt.Sprintf("nobody asks %q: the question was edited, or its cell under Consult is another one now",
			l.Cells[Question])
		return o
	}
	d.Question = all[at]
	for i, before := range slices.Backward(j.own[row]) {
		if before.Act != decisions.Answer || before.Question != d.Question || before.Why != d.Why ||
			before.Sources != d.Sources {
			continue
		}
		o.What, o.Why = Already, "question answered"
		if slices.ContainsFunc(j.own[row][i+1:], func(later decisions.Decision) bool {
			return later.Act == decisions.Answer && later.Question == d.Question
		}) {
			o.What, o.Why = Refused, "was answered otherwise since in this very sheet: this is an older copy of it"
		}
		return o
	}
	if err := j.Log.Legal(d); err != nil {
		o.Why = err.Error()
		return o
	}
	o.What, o.Why, o.Decisions = Taken, "question answered", []decisions.Decision{d}
	return o
}
