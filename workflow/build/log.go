package build

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/people"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/review"
	"github.com/dermset/dermset/slips"
	"github.com/dermset/dermset/workflow/workspace"
)

// Logged says what of the log is asked for.
type Logged struct {
	Row        bool // of one row of the mapping: Tab and Label
	Tab, Label string
	Verify     bool // check it instead
}

// The columns of what Log returns: of the log, and of what was checked of it.
var (
	LogColumns = results.Columns{
		results.Whole("n", "number of the decision: its line in mapping/decisions.jsonl"),
		results.Time("time", "when"),
		results.Text("who", "id of people.yaml"),
		results.Text("role", "in which role").OrNone(),
		results.Text("act", "what was done: propose, review, export, approve and so on"),
		results.Text("tab", "of a row: its tab").OrNone(),
		results.Text("label", "of a row: its label or category").OrNone(),
		results.Text("before", "cells before, as header=text").OrNone(),
		results.Text("after", "cells now").OrNone(),
		results.Text("why", "why").OrNone(),
		results.Text("about", "the question, the workbook or the state that it is about").OrNone(),
	}
	LogCheckColumns = results.Columns{
		results.Text("what", "what was counted: lines, acts, signatures, bytes that were never acknowledged"),
		results.Whole("count", "how many"),
	}
)

// Log shows the log of decisions, or checks it: then what is wrong is an error, all of it, and the rows say what was
// checked. A log that is not whole is shown as far as it can be read, with a warning.
func Log(w *workspace.Workspace, asked Logged) (rows [][]string, err error) {
	l, err := w.Decisions()
	if err != nil { // what a run that died was writing is finished by who locks the workspace
		_ = w.Locked("log", func() error {
			l, err = w.Decisions()
			return nil
		})
	}
	if l == nil {
		return nil, err
	}
	if asked.Verify {
		who, peopleErr := w.People()
		if err := errors.Join(err, peopleErr); err != nil {
			return nil, err
		}
		return verifyLog(l, who)
	}
	if err != nil {
		w.Log.Warn(fmt.Sprintf("%s: is not whole; `dermset log --verify` says what is wrong", workspace.DecisionsFile))
	}
	known := map[string][]string{}
	for _, d := range l.Decisions {
		if d.Row != nil && asked.Row {
			known[d.Row.Tab] = append(known[d.Row.Tab], d.Row.Label)
		}
		if !asked.Row || d.Row != nil && *d.Row == (decisions.Row{Tab: asked.Tab, Label: asked.Label}) {
			rows = append(rows, logRow(d))
		}
	}
	if asked.Row && len(rows) == 0 {
		meant := slips.Meant(asked.Tab, workspace.SortedKeys(known))
		if labels := known[asked.Tab]; labels != nil {
			meant = slips.Meant(asked.Label, labels)
		}
		w.Log.Warn(fmt.Sprintf("nobody decided anything of %q in tab %q%s", asked.Label, asked.Tab, meant))
	}
	return rows, nil
}

// LogInWords is rows of Log for people, in few columns: what was done to which row stands in one text.
func LogInWords(rows [][]string) (columns []string, short [][]string) {
	for _, r := range rows {
		who, what := r[2], []string{r[4]}
		if r[3] != "" && r[3] != r[4] {
			who += " (" + r[3] + ")"
		}
		if r[6] != "" {
			what = append(what, fmt.Sprintf("%q in %q", r[6], r[5]))
		}
		switch before, after := r[7], r[8]; {
		case before != after:
			what = append(what, before+" → "+after)
		case after != "":
			what = append(what, "left as "+after)
		}
		for _, more := range []string{r[10], r[9]} {
			if more != "" {
				what = append(what, more)
			}
		}
		short = append(short, []string{r[0], r[1], who, strings.Join(what, ": ")})
	}
	return []string{"n", "time", "who", "what"}, short
}

func logRow(d decisions.Decision) []string {
	row := []string{workspace.Number(d.Number), d.Time.Format(time.RFC3339), d.Who, d.Role, string(d.Act), "", "",
		cellsText(d.Before), cellsText(d.After), d.Why, ""}
	switch {
	case d.Row != nil:
		row[5], row[6], row[10] = d.Row.Tab, d.Row.Label, d.Question
	case d.Made != nil:
		row[10] = fmt.Sprintf("%s: for %s as %s%s; rows: %d", d.Made.Version, d.Made.For, d.Made.As, shownText(d.Made),
			len(d.Made.Rows))
	case d.Approval != nil:
		row[10] = fmt.Sprintf("%s: state %s", d.Approval.Version, d.Approval.State)
		if d.Act == decisions.Approve {
			row[10] += ", " + signedText(d)
		}
	}
	return row
}

// shownText says whether a workbook that is blinded was.
func shownText(made *decisions.Made) string {
	switch {
	case made.As == decisions.Primary:
		return ""
	case made.Open:
		return ", shown what was proposed"
	}
	return ", blinded"
}

func signedText(d decisions.Decision) string {
	key, err := d.Signature()
	switch {
	case err != nil:
		return "with a signature that does not hold"
	case key == nil:
		return "unsigned"
	}
	return "signed with " + ssh.FingerprintSHA256(key)
}

// cellsText are cells as a person reads them: those that hold something, by header.
func cellsText(c decisions.Cells) string {
	var parts []string
	for _, header := range workspace.SortedKeys(c) {
		if c[header] != "" {
			parts = append(parts, header+"="+c[header])
		}
	}
	return strings.Join(parts, "; ")
}

// verifyLog holds a log that is whole against the people: who reviewed and approved held the role on that day, and each
// approval is signed as they say.
func verifyLog(l *decisions.Log, who *people.People) ([][]string, error) {
	if who == nil && len(l.Decisions) > 0 {
		return nil, people.ErrNobody
	}
	count, signed := map[string]int{}, int64(0)
	var problems []error
	for _, d := range l.Decisions {
		if d.Approval != nil && d.Approval.Signed != "" {
			signed++
		}
		count[string(d.Act)]++
		if err := actedInRole(d, who); err != nil {
			problems = append(problems, fmt.Errorf("%s:%d: %s: %w", workspace.DecisionsFile, d.Number, d.Act, err))
		}
	}
	rows := [][]string{{"lines", workspace.Number(int64(len(l.Decisions)))}}
	for _, act := range workspace.SortedKeys(count) {
		rows = append(rows, []string{act, workspace.Number(int64(count[act]))})
	}
	rows = append(rows, []string{"signatures", workspace.Number(signed)},
		[]string{"bytes that were never acknowledged", workspace.Number(int64(l.Unsure))})
	return rows, errors.Join(problems...)
}

// actedInRole is an error unless who decided was entitled to on that day.
func actedInRole(d decisions.Decision, who *people.People) error {
	var role people.Role
	switch {
	case d.Act == decisions.Approve:
		return decisions.HoldsThroughout(d, who)
	case d.Act == decisions.Withdraw:
		role = people.Approver
	case d.Act == decisions.Review:
		role = review.RoleFor(d.Role)
	default:
		return nil
	}
	_, err := who.Holds(d.Who, role, d.Day())
	return err
}
