package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/people"
)

// Given is what rows are made of.
type Given struct {
	Mapping *mapping.Mapping
	Images  map[string]map[string]int64 // source → label → images that name it
	Log     *decisions.Log
}

// A Row is a row of the workbook as those see it who review it.
type Row struct {
	decisions.Row
	Kind      Kind // Labels or Refinements
	Cells     decisions.Cells
	Codes     []string
	Annotator string
	Question  string   // under Consult, if nobody has answered it
	Doubts    []string // under Doubt in review workbooks, that nobody has answered
	IsDoubt   bool     // of a row of the tab of questions: Question is one of them
	Images    int64
	Sources   []string // of a label: those whose tab it is
	State     decisions.State
	Standing  decisions.Standing
}

// Rows are the rows of all tabs that a source has and of the exclude and merge tab, each once, by tab and label, that
// tab last. Torn are those that stand in the workbook several times and not alike: nobody can say which one is
// reviewed.
func (g Given) Rows() (rows []Row, torn []decisions.Row) {
	at := map[decisions.Row]int{}
	for _, r := range g.Mapping.Rows {
		if r.Source == "" {
			continue
		}
		row := Row{Row: RowOfLabel(r), Kind: Labels, Codes: r.Codes, Sources: []string{r.Source}}
		g.fill(&row, CellsOfLabel(r), r.Annotator, r.Consult, r.Target != "")
		i, twice := at[row.Row]
		if twice && rows[i].Cells.Equal(row.Cells) && rows[i].Annotator == row.Annotator {
			if !slices.Contains(rows[i].Sources, r.Source) {
				rows[i].Sources = append(rows[i].Sources, r.Source)
			}
		} else if twice && !slices.Contains(torn, row.Row) {
			torn = append(torn, row.Row)
		}
		if !twice {
			at[row.Row] = len(rows)
			rows = append(rows, row)
		}
	}
	for i := range rows {
		for _, source := range rows[i].Sources {
			rows[i].Images += g.Images[source][rows[i].Label]
		}
	}
	rows = slices.DeleteFunc(rows, func(r Row) bool { return slices.Contains(torn, r.Row) })
	slices.SortFunc(rows, func(a, b Row) int { return a.Row.Compare(b.Row) })
	return append(rows, g.refinements()...), torn
}

// refinements are the rows of the exclude and merge tab.
func (g Given) refinements() (rows []Row) {
	images := g.imagesByName()
	for _, r := range g.Mapping.Refinements {
		row := Row{Row: RowOfCategory(r.Category), Kind: Refinements, Images: images[r.Category]}
		g.fill(&row, CellsOfCategory(r), r.Annotator, r.Consult, true)
		rows = append(rows, row)
	}
	return rows
}

func (g Given) fill(row *Row, cells decisions.Cells, annotator, consult string, named bool) {
	row.Cells, row.Annotator = cells, annotator
	row.Standing = g.Log.Standing(row.Row)
	row.State = row.Standing.State(cells, named)
	_, open := g.Log.Questions(row.Row, consult)
	for _, question := range open {
		if question == consult {
			row.Question = question
		} else {
			row.Doubts = append(row.Doubts, question)
		}
	}
}

// imagesByName adds up the images of the labels of each mapped name.
func (g Given) imagesByName() map[string]int64 {
	images := map[string]int64{}
	for source, labels := range g.Mapping.Labels {
		for label, name := range labels {
			if name >= 0 {
				images[g.Mapping.Names[name]] += g.Images[source][label]
			}
		}
	}
	return images
}

// Left says why rows that wait for a role are not for a person.
type Left struct {
	Own         int // the person annotated or reviewed them
	NoAnnotator int // nobody knows who proposed them, so that nobody may review them
}

// For picks the rows that wait for a review in a role and that the person took no part in: for a primary review those
// that are proposed, for a secondary one those that are primary reviewed as they stand, for a sample those that have
// both reviews. Rows without a Target Name wait for nobody but who maps them.
func For(role, person string, rows []Row) (picked []Row, left Left) {
	waiting := map[string]decisions.State{decisions.Primary: decisions.Proposed,
		decisions.Secondary: decisions.PrimaryReviewed, decisions.Sampler: decisions.SecondaryReviewed}[role]
	for _, row := range rows {
		switch {
		case row.State != waiting:
		case role == decisions.Primary && strings.TrimSpace(row.Annotator) == "":
			left.NoAnnotator++
		case row.took(role, person):
			left.Own++
		default:
			picked = append(picked, row)
		}
	}
	return picked, left
}

// took reports whether a person took part in what a review in this role would judge.
func (r *Row) took(role, person string) bool {
	if role == decisions.Primary {
		return people.Same(person, r.Annotator)
	}
	s := r.Standing
	return people.Same(person, s.Annotator) || people.Same(person, r.Annotator) ||
		s.Primary != nil && people.Same(person, s.Primary.Who) ||
		s.Secondary != nil && people.Same(person, s.Secondary.Who)
}

// Asked are the rows with open questions, whatever their state: for each question one.
func Asked(rows []Row) (asked []Row) {
	for _, row := range rows {
		if row.Question != "" {
			asked = append(asked, row)
		}
		for _, doubt := range row.Doubts {
			row.Question, row.IsDoubt = doubt, true
			asked = append(asked, row)
		}
	}
	return asked
}

// Fits reports why no cell of a spreadsheet can hold the row's texts; nil if one can.
func (r *Row) Fits() error {
	for _, text := range append([]string{r.Label, r.Cells[Notes], r.Cells[Needed], r.Cells[Reason], r.Cells[TargetName],
		r.Cells[MergeInto], r.Annotator, r.Question}, r.Doubts...) {
		if err := sheetio.CheckText(text); err != nil {
			return fmt.Errorf("%.40q: %w", text, err)
		}
	}
	return nil
}
