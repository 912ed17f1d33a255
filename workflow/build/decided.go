package build

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/people"
	"github.com/dermset/dermset/review"
	"github.com/dermset/dermset/sssom"
	"github.com/dermset/dermset/workflow/workspace"
)

// answered are the questions under Consult that people have answered in review workbooks.
func (b *build) answered() map[mapping.Question]bool {
	all := map[mapping.Question]bool{}
	if b.asOf == nil { // nobody asked for findings yet
		return all
	}
	for _, d := range b.asOf.Decisions {
		if d.Act == decisions.Answer {
			all[mapping.Question{Tab: d.Row.Tab, Label: d.Row.Label, Text: d.Question}] = true
		}
	}
	return all
}

// ofDecisions are the findings that log and workbook give together: doubts that nobody has answered, and rows whose
// annotator is one of their reviewers, which can come of an edit of the workbook alone. Of what is edited otherwise no
// review stands.
func (b *build) ofDecisions(c counted) (all []findings.Finding) {
	held := review.HeldBy(b.mapping)
	for _, row := range slices.SortedFunc(maps.Keys(held), decisions.Row.Compare) {
		_, open := b.asOf.Questions(row, "")
		for _, doubt := range open {
			all = append(all, b.ofRow("open_question", row, "", c, fmt.Sprintf("a reviewer asks %q", doubt)))
		}
		s, annotator := b.asOf.Standing(row), held[row].Annotator
		if annotator == "" || s.Primary == nil || !s.After.Equal(held[row].Cells) {
			continue
		}
		for _, by := range []*decisions.Decision{s.Primary, s.Secondary} {
			if by != nil && people.Same(annotator, by.Who) {
				all = append(all, b.ofRow("self_review", row, review.Annotator, c,
					fmt.Sprintf("%q stands under Annotator, and gave its %s review on %s", annotator, by.Role,
						by.Time.Format(time.DateOnly))))
			}
		}
	}
	return all
}

// ofRow is a finding about a row of the workbook: at its cell under a header, or at its label.
func (b *build) ofRow(id string, row decisions.Row, header string, c counted, detail string) findings.Finding {
	source, tab, images := "", row.Tab, int64(0)
	for i, s := range b.sources {
		if c.labels != nil && cmp.Or(b.Config.Mapping.Tabs[s.Name], s.Name) == row.Tab {
			source, images = cmp.Or(source, s.Name), images+c.labels[i][row.Label]
		}
	}
	label := review.SourceLabel
	if row.Tab == mapping.RefineTab {
		label, images = review.Category, c.images[row.Label]
		if b.book.Sheet(tab) == nil {
			tab = sheetio.CutTabName(tab)
		}
	}
	return findings.New(id, placeIn(b.book.Sheet(tab), label, row.Label, cmp.Or(header, label)), source, row.Label, images,
		detail)
}

// placeIn is the cell under a header in the first row of a label.
func placeIn(sheet *sheetio.Sheet, labels, label, header string) string {
	column := func(name string) int {
		return slices.IndexFunc(sheet.Rows[0], func(c sheetio.Cell) bool {
			return csvio.HeaderKey(c.Text) == csvio.HeaderKey(name)
		})
	}
	at := column(labels)
	for row := 1; row < len(sheet.Rows); row++ {
		if sheet.Cell(row, at).Text == label {
			return sheet.Name + "!" + sheetio.CellName(row, column(header))
		}
	}
	return sheet.Name
}

// reviewRows are the rows of the workbook with what counts of the log, and the images that each touches.
func (b *build) reviewRows() ([]review.Row, error) {
	found, err := b.generated()
	if err != nil {
		return nil, err
	}
	images := map[string]map[string]int64{}
	for i, source := range b.sources {
		images[source.Name] = found.Labels[i]
	}
	rows, _ := review.Given{Mapping: b.mapping, Images: images, Log: b.asOf}.Rows()
	return rows, nil
}

// discrepancies are the rows whose two reviews decided differently, those that are graver first.
func (b *build) discrepancies() (workspace.Table, error) {
	t := workspace.Table{Columns: []string{"tab", "label", "state", "images", "primary", "primary_by", "primary_at",
		"secondary", "secondary_by", "secondary_at", "blinded", "crosses"}}
	rows, err := b.reviewRows()
	if err != nil {
		return t, err
	}
	for _, d := range review.Discrepancies(b.asOf, rows, mapping.NewGravity(b.release)) {
		one, two := d.Primary, d.Secondary
		t.Rows = append(t.Rows, []string{d.Tab, d.Label, string(d.State), workspace.Number(d.Images),
			review.Decided(one.After), one.Who, one.Time.Format(time.RFC3339),
			review.Decided(two.After), two.Who, two.Time.Format(time.RFC3339), yesNo[d.Blind], d.Crosses})
	}
	return t, nil
}

var yesNo = map[bool]string{true: "yes", false: "no"}

// reviews are who did what with each row of the workbook that has a review as it stands, or a proposal in the log. The
// approver of an approved version approved those that both reviews left so.
func (p *publication) reviews() map[sssom.Key]sssom.Review {
	all := map[sssom.Key]sssom.Review{}
	for row, held := range review.HeldBy(p.mapping) {
		s, by := p.asOf.Standing(row), sssom.Review{}
		found := held.Cells
		stands := !held.Differ && s.Primary != nil && s.After.Equal(held.Cells)
		if stands {
			found = s.Primary.Before
			by = sssom.Review{Annotator: s.Annotator, Primary: s.Primary.Who, PrimaryOn: s.Primary.Day()}
		}
		if stands && s.Secondary != nil {
			by.Secondary, by.SecondaryOn = s.Secondary.Who, s.Secondary.Day()
			if p.approval != nil {
				by.Approver, by.ApprovedOn = p.approval.Who, p.approval.Day()
			}
		}
		if d := p.asOf.Annotated(row); d != nil && d.After.Equal(found) {
			by.Annotator, by.AnnotatedOn = cmp.Or(by.Annotator, d.Who), d.Day()
		}
		all[sssom.Key{Tab: row.Tab, Label: row.Label}] = by
	}
	return all
}
