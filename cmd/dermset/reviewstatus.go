package main

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/dermset/dermset/agreement"
	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/review"
	"github.com/dermset/dermset/workflow/desk"
)

func (a *app) reviewStatusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "How far every row is: states by tab, questions, doubts, discrepancies, agreement",
		Long: `How far every row is: states by tab, open questions, doubts, and the rows whose two reviews
differ, of which the secondary one stands; those that cross malignant, in situ, uncertain and
benign come first. Then how far reviewers agree, overall and by tab: per cent, and Cohen's
kappa with its 95 % interval. JSON and CSV have one table: what says what each line is.`,
		Example: "  dermset review status\n  dermset review status --format csv",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := a.open()
			if err != nil {
				return err
			}
			status, err := desk.ReviewStatus(cmd.Context(), w)
			if err != nil {
				return err
			}
			if a.format != "table" {
				return a.giveRows(reviewStatusForm, statusRows(status))
			}
			return a.printStatus(status)
		},
	}
}

// reviewStatusForm is a status as JSON and CSV. A line is of a state with the rows of a tab that are in it, of a
// question, a doubt or a discrepancy, or of an agreement: of a tab or, without one, of all; its rows are pairs.
var reviewStatusForm = results.Form{
	Verb: "review status", Says: "how far every row is",
	Rows: results.Columns{
		results.Text("what", "a state, question, doubt, discrepancy, agreement, agreement_open or agreement_sample"),
		results.Text("tab", "the tab; none of an agreement: all tabs").OrNone(),
		results.Text("label", "the row's label, of a question, doubt or discrepancy").OrNone(),
		results.Whole("rows", "rows in the state, or pairs of an agreement"),
		results.Whole("images", "images that the row touches").OrNone(),
		results.Text("text", "the question or doubt, or why there is no kappa").OrNone(),
		results.Text("primary", "of a discrepancy: what the primary review decided").OrNone(),
		results.Text("primary_by", "who").OrNone(),
		results.Time("primary_at", "when").OrNone(),
		results.Text("secondary", "what the secondary review decided, which stands").OrNone(),
		results.Text("secondary_by", "who").OrNone(),
		results.Time("secondary_at", "when").OrNone(),
		results.Text("crosses", "the behaviours between which they differ").OrNone(),
		results.Whole("agreed", "of an agreement: pairs that agree").OrNone(),
		results.Number("percent", "of them").OrNone(),
		results.Number("kappa", "Cohen's").OrNone(),
		results.Number("kappa_low", "of its 95 % interval").OrNone(),
		results.Number("kappa_high", "of its 95 % interval").OrNone(),
	},
}

// agreements are those of a status, in their order: what they are called in JSON and CSV, and on a terminal.
func agreements(s *desk.Status) []namedAgreement {
	return []namedAgreement{
		{"agreement", "blinded", s.Agreements.Blinded},
		{"agreement_open", "not blinded", s.Agreements.Open},
		{"agreement_sample", "samples", s.Agreements.Samples},
	}
}

type namedAgreement struct {
	what, words string
	review.Agreement
}

// byTab are its lines: all, then each tab; none where nothing is compared.
func (a namedAgreement) byTab(all string) []agreement.Tab {
	if a.All.Pairs == 0 {
		return nil
	}
	return append([]agreement.Tab{{Tab: all, Agreement: a.All}}, a.Tabs...)
}

func statusRows(s *desk.Status) (rows [][]string) {
	add := func(cells ...string) {
		rows = append(rows, append(cells, make([]string, len(reviewStatusForm.Rows)-len(cells))...))
	}
	for _, c := range s.Counts {
		for _, state := range desk.States {
			add(string(state), c.Tab, "", count(int64(c.Rows[state])))
		}
	}
	for _, q := range s.Questions {
		add("question", q.Tab, q.Label, "1", count(q.Images), q.Question)
	}
	for _, d := range s.Doubts {
		add("doubt", d.Tab, d.Label, "1", "", fmt.Sprintf("%s (%s, %s)", d.What, d.Who, d.Time.Format(time.DateOnly)))
	}
	for _, d := range s.Discrepancies {
		one, two := d.Primary, d.Secondary
		add("discrepancy", d.Tab, d.Label, "1", count(d.Images), "", review.Decided(one.After), one.Who,
			one.Time.Format(time.RFC3339), review.Decided(two.After), two.Who, two.Time.Format(time.RFC3339), d.Crosses)
	}
	for _, a := range agreements(s) {
		for _, t := range a.byTab("") {
			add(a.what, t.Tab, "", count(int64(t.Pairs)), "", t.Why, "", "", "", "", "", "", "", count(int64(t.Agreed)),
				decimal(t.Percent), decimal(t.Kappa), decimal(t.Low), decimal(t.High))
		}
	}
	return rows
}

// decimal is a number as JSON has it; empty if there is none.
func decimal(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', -1, 64)
}

// printStatus prints a status for a terminal of 80 columns.
func (a *app) printStatus(s *desk.Status) error {
	states := [][]string{}
	total := review.Count{Tab: "all", Rows: map[decisions.State]int{}}
	line := func(c review.Count) {
		cells := []string{c.Tab}
		for _, state := range desk.States {
			cells = append(cells, count(int64(c.Rows[state])))
		}
		states = append(states, append(cells, count(int64(c.Questions)), count(c.Images)))
	}
	for _, c := range s.Counts {
		line(c)
		for state, n := range c.Rows {
			total.Rows[state] += n
		}
		total.Questions, total.Images = total.Questions+c.Questions, total.Images+c.Images
	}
	line(total)
	var questions, doubts, discrepancies [][]string
	for _, q := range s.Questions {
		questions = append(questions, []string{q.Tab, q.Label, count(q.Images), q.Question})
	}
	for _, d := range s.Doubts {
		doubts = append(doubts, []string{d.Tab, d.Label, d.Who, d.Time.Format(time.DateOnly), d.What})
	}
	by := func(d *decisions.Decision) string {
		return fmt.Sprintf("%s, %s, %s", cmp.Or(review.Decided(d.After), "(nothing)"), d.Who, d.Time.Format(time.DateOnly))
	}
	for _, d := range s.Discrepancies {
		discrepancies = append(discrepancies, []string{d.Tab, d.Label, count(d.Images), by(d.Primary), by(d.Secondary),
			d.Crosses})
	}
	return cmp.Or(
		a.printPart("", []string{"tab", "unmapped", "proposed", "primary", "secondary", "asked", "named"}, states),
		a.printPart("questions that wait for an answer", []string{"tab", "label", "images", "question"}, questions),
		a.printPart("doubts", []string{"tab", "label", "who", "when", "doubt"}, doubts),
		a.printPart("the two reviews differ; the secondary one stands",
			[]string{"tab", "label", "images", "primary", "secondary", "crosses"}, discrepancies),
		a.printPart("how far secondary reviews agree with primary ones, and samples with both",
			[]string{"who", "tab", "rows", "agreed", "%", "kappa (95 % interval)"}, agreementRows(s)))
}

// agreementRows are the agreements as a person reads them.
func agreementRows(s *desk.Status) (rows [][]string) {
	for _, a := range agreements(s) {
		for _, t := range a.byTab("all") {
			kappa := "none: " + t.Why
			if t.Kappa != nil {
				kappa = fmt.Sprintf("%.2f (%.2f to %.2f)", *t.Kappa, *t.Low, *t.High)
			}
			rows = append(rows, []string{a.words, t.Tab, count(int64(t.Pairs)), count(int64(t.Agreed)),
				fmt.Sprintf("%.1f", *t.Percent), kappa})
		}
	}
	return rows
}

// printPart prints a table under its title, if it has rows.
func (a *app) printPart(title string, columns []string, rows [][]string) error {
	if len(rows) == 0 {
		return nil
	}
	if title != "" {
		if err := a.printLine("\n" + title); err != nil {
			return err
		}
	}
	return a.printWithin(usualWidth, columns, rows)
}
