package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/slips"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/workspace"
)

// An Acceptance is findings of one id that a person accepts at once.
type Acceptance struct {
	Finding string
	Source  string // empty: those of every source, and of none
	Subject string // a pattern of the whole subject: * is any text; empty: every subject
	Person  string
	Reason  string
	DryRun  bool
}

// AcceptColumns are those of the rows of Accept.
var AcceptColumns = results.Columns{
	results.Text("finding", "its id"),
	results.Text("source", "its source").OrNone(),
	results.Text("subject", "what it is about"),
	results.Whole("images", "images it touches"),
	results.Text("what", "accepted, or would be accepted"),
}

// acceptedFile is where acceptances stand, as a path of the workspace.
const acceptedFile = "mapping/accepted_findings.csv"

// Accept adds a line to mapping/accepted_findings.csv for each finding that the acceptance means and nobody has
// accepted yet, and returns a row for each. Lines that are there keep their bytes. Where one that is meant cannot be
// accepted, or none is meant, it writes nothing and the error says why. A dry run writes nothing.
func Accept(ctx context.Context, w *workspace.Workspace, a Acceptance) ([][]string, error) {
	today := time.Now().Format(time.DateOnly)
	a.Person, a.Reason = strings.TrimSpace(a.Person), strings.TrimSpace(a.Reason)
	if err := a.check(w, today); err != nil {
		return nil, workspace.Usage(err)
	}
	result, err := build.Findings(ctx, w)
	if err != nil {
		return nil, err
	}
	meant, err := a.meant(result.Findings)
	if err != nil {
		return nil, workspace.Usage(err)
	}
	var lines, rows [][]string
	for _, f := range meant {
		lines = append(lines, []string{f.ID, f.Source, f.Subject, a.Person, today, a.Reason})
		rows = append(rows, []string{f.ID, f.Source, f.Subject, workspace.Number(f.Images), "accepted"})
	}
	if a.DryRun || len(lines) == 0 {
		for _, row := range rows {
			row[len(row)-1] = "would be accepted"
		}
		return rows, nil
	}
	text, err := fileio.Read(w.Path(acceptedFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if text, err = appendLines(text, lines); err != nil {
		return nil, err
	}
	return rows, w.Together([]workspace.File{{Path: w.Path(acceptedFile), Data: text}})
}

// check refuses what could accept nothing, whatever there is to find.
func (a *Acceptance) check(w *workspace.Workspace, today string) error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	switch kind, ok := findings.Lookup(a.Finding); {
	case !ok:
		fail("--finding %q: there is no such finding; `dermset findings` lists them%s", a.Finding,
			findings.Meant(a.Finding))
	case kind.Blocks:
		fail("--finding %s: it blocks builds and cannot be accepted: %s", a.Finding, kind.Remedy)
	}
	if a.Person == "" || a.Reason == "" {
		fail("--as and --reason must say who accepts, and why")
	}
	everyone, err := w.People()
	if err == nil && everyone != nil && a.Person != "" {
		err = everyone.Present(a.Person, today)
	}
	return errors.Join(append(errs, err)...)
}

// meant are the findings that the acceptance means and nobody has accepted, one for each source and subject.
func (a *Acceptance) meant(all []findings.Finding) ([]findings.Finding, error) {
	var meant []findings.Finding
	var subjects, others []string
	var errs []error
	already := 0
	seen := map[[2]string]bool{}
	for _, f := range all {
		if f.ID != a.Finding {
			continue
		}
		if a.Source != "" && f.Source != a.Source {
			others = append(others, f.Source)
			continue
		}
		subjects = append(subjects, f.Subject)
		switch {
		case !a.matches(f.Subject):
		case f.Accepted != nil:
			already++
		case f.Code != "" && !findings.NamesCode(a.Reason, f.Code):
			errs = append(errs, fmt.Errorf("%s of %q: --reason must name the code %s, so that another wrong code is found again",
				f.ID, f.Subject, f.Code))
		case !seen[[2]string{f.Source, f.Subject}]:
			seen[[2]string{f.Source, f.Subject}] = true
			meant = append(meant, f)
		}
	}
	if len(meant)+len(errs)+already == 0 {
		return nil, a.nothing(subjects, others)
	}
	return meant, errors.Join(errs...)
}

// nothing says that no finding is meant, and what there is; others are sources that have such findings.
func (a *Acceptance) nothing(subjects, others []string) error {
	of := ""
	if a.Source != "" {
		of = fmt.Sprintf(" of source %q", a.Source)
	}
	if len(subjects) == 0 {
		return fmt.Errorf("there is no finding %s%s%s", a.Finding, of, slips.Meant(a.Source, others))
	}
	const named = 3
	var some []string
	for _, subject := range subjects[:min(named, len(subjects))] {
		some = append(some, strconv.Quote(subject))
	}
	return fmt.Errorf("--subject %q: none of the %d findings %s%s has such a subject; theirs are such as %s (* stands "+
		"for any text)", a.Subject, len(subjects), a.Finding, of, strings.Join(some, ", "))
}

// matches says whether the pattern means a subject. One that has a * itself is meant by its own writing too.
func (a *Acceptance) matches(subject string) bool {
	parts := strings.Split(a.Subject, "*")
	if a.Subject == "" || a.Subject == subject || len(parts) == 1 {
		return a.Subject == "" || a.Subject == subject
	}
	rest, ok := strings.CutPrefix(subject, parts[0])
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(rest, part)
		rest, ok = after, ok && found
	}
	return ok && strings.HasSuffix(rest, parts[len(parts)-1])
}

// appendLines adds lines to the text of accepted_findings.csv, in the order of its columns and with its line ends.
func appendLines(text []byte, lines [][]string) ([]byte, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		text = csvio.AppendRecord(nil, findings.AcceptedColumns...)
	}
	table, err := csvio.Read(bytes.NewReader(text), acceptedFile)
	if err != nil {
		return nil, err
	}
	at, _ := csvio.FindColumns(table.Header, findings.AcceptedColumns, nil) // whoever read the findings found them
	text = slices.Clip(text)
	if text[len(text)-1] != '\n' {
		text = append(text, '\n')
	}
	first, _, _ := bytes.Cut(text, []byte("\n"))
	for _, line := range lines {
		fields := make([]string, len(table.Header))
		for i, to := range at {
			fields[to] = line[i]
		}
		text = csvio.AppendRecord(text, fields...)
		if bytes.HasSuffix(first, []byte("\r")) {
			text = append(text[:len(text)-1], "\r\n"...)
		}
	}
	return text, nil
}
