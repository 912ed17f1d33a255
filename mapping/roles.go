package mapping

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/people"
)

// A Question is what a row asks under Consult. It is another one once its text is another. The tab of exclusions and
// mergers is called RefineTab, whatever kind of workbook it is in.
type Question struct{ Tab, Label, Text string }

// findQuestion finds a question that is open.
func (p *parser) findQuestion(t *tab, row int, q Question, source string, images int64) {
	if q.Text != "" && !p.answered[q] {
		p.find("open_question", t.placeOf(row, consultColumn), source, q.Label, images, fmt.Sprintf("asks %q", q.Text))
	}
}

// findUnexplained finds several codes of which no note says why, or nothing what would tell the diseases apart where
// the tab has a column for it.
func (p *parser) findUnexplained(t *tab, row int, r Row, images int64) {
	var without []string
	place := t.place(row, 3)
	_, asks := t.optional[neededColumn]
	if asks && r.Needed == "" {
		without, place = []string{"anything under " + neededColumn}, t.placeOf(row, neededColumn)
	}
	if strings.TrimSpace(r.Notes) == "" {
		without, place = append([]string{"a note"}, without...), t.place(row, 3)
	}
	if len(without) > 0 {
		p.find("consolidated_without_note", place, r.Source, r.Label, images,
			fmt.Sprintf("codes %s of %q without %s", CodesText(r.Codes), r.Target, strings.Join(without, " and ")))
	}
}

// reviewer are headers of further columns that name who reviewed: Reviewer, Primary reviewer, Reviewed by, Reviewer 2.
// Reviewers stand in the log of decisions; but people who keep them in the workbook too mean the same.
var reviewer = regexp.MustCompile(`^(primary|secondary|first|second)?review(er|edby)(id)?[12]?$`)

func namesReviewer(header string) bool { return reviewer.MatchString(csvio.HeaderKey(header)) }

// findSelfReview finds a person who holds two roles in a row, as far as the workbook tells: its annotator and the
// columns that name reviewers.
func (p *parser) findSelfReview(t *tab, row int, annotator, source, subject string, images int64) {
	type holder struct{ person, role string }
	var holders []holder
	if annotator != "" {
		holders = append(holders, holder{annotator, annotatorColumn})
	}
	for _, column := range t.reviewers {
		person, header := t.sheet.Cell(row, column).Plain(), t.sheet.Cell(0, column).Text
		if strings.TrimSpace(person) == "" {
			continue
		}
		if at := slices.IndexFunc(holders, func(h holder) bool { return people.Same(h.person, person) }); at >= 0 {
			p.find("self_review", t.cellName(row, column), source, subject, images,
				fmt.Sprintf("%q stands under %s and under %s", person, holders[at].role, header))
			continue
		}
		holders = append(holders, holder{person, header})
	}
}
