package findings

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/dermset/dermset/io/csvio"
)

// An Accepted finding is one that is meant. Subject is a label or category, never a cell.
type Accepted struct {
	Finding, Source, Subject, Person, Date, Reason string
	Line                                           int // in its file
}

// AcceptedColumns are those of accepted_findings.csv.
var AcceptedColumns = []string{"finding", "source", "subject", "person", "date", "reason"}

// ReadAccepted reads accepted_findings.csv: finding, source, subject, person, date (2006-01-02), reason. A file that is
// not there holds nothing. Ids that are not in the catalogue or that block builds, dates that are none, and empty
// persons or reasons are errors with their lines; all come at once.
func ReadAccepted(path string) ([]Accepted, error) {
	table, err := csvio.ReadTable(path, AcceptedColumns...)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []Accepted
	for _, r := range table.Records {
		f := r.Fields
		a := Accepted{f[0], f[1], f[2], f[3], f[4], f[5], r.Line}
		entry, ok := Lookup(a.Finding)
		switch {
		case !ok:
			table.Failf(r, "finding %q is unknown, `dermset findings` lists them%s", a.Finding, Meant(a.Finding))
		case entry.Blocks:
			table.Failf(r, "finding %q blocks builds and cannot be accepted: %s", a.Finding, entry.Remedy)
		}
		CheckDecision(a.Person, a.Date, a.Reason, func(format string, args ...any) { table.Failf(r, format, args...) })
		all = append(all, a)
	}
	return all, table.Err()
}

// CheckDecision fails where a person's decision does not say who decided, when and why.
func CheckDecision(person, date, reason string, fail func(format string, args ...any)) {
	if person == "" || reason == "" {
		fail("person and reason must not be empty")
	}
	if _, err := time.Parse("2006-01-02", date); err != nil {
		fail("date %q: want a date such as 2026-03-31%s", date, meantDay(date))
	}
}

// days are forms in which people write a day.
var days = []string{"2/1/2006", "1/2/2006", "2.1.2006", "2-1-2006", "1-2-2006", "2006/1/2", "2006.1.2", "2006-1-2",
	"2 January 2006", "January 2, 2006", "20060102", time.RFC3339}

// meantDay says what to write for a day in another form, unless it may be either of two: 3/4/2026.
func meantDay(text string) string {
	var meant []string
	for _, form := range days {
		if day, err := time.Parse(form, text); err == nil && !slices.Contains(meant, day.Format(time.DateOnly)) {
			meant = append(meant, day.Format(time.DateOnly))
		}
	}
	if len(meant) != 1 {
		return ""
	}
	return ": write " + meant[0]
}

// Accept marks the findings that are accepted: those with the same id, source and subject, but none that blocks. Where
// a finding is about a code, the reason must name it: else another wrong code of the same name would be accepted
// unseen. It returns the acceptances that no finding needs any more.
func Accept(all []Finding, accepted []Accepted) (unused []Accepted) {
	type key struct{ id, source, subject string }
	by := map[key][]int{}
	for i, a := range accepted {
		k := key{a.Finding, a.Source, a.Subject}
		by[k] = append(by[k], i)
	}
	used := make([]bool, len(accepted))
	for i := range all {
		f := &all[i]
		k := key{f.ID, f.Source, f.Subject}
		for _, n := range by[k] {
			if !f.Blocks && (f.Code == "" || NamesCode(accepted[n].Reason, f.Code)) {
				f.Accepted, used[n] = &accepted[n], true
			}
		}
	}
	for n, a := range accepted {
		if !used[n] {
			unused = append(unused, a)
		}
	}
	return unused
}

// NamesCode reports whether a text holds a code as a word of its own: 1B75.3 does not name 1B75.
func NamesCode(text, code string) bool {
	words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\n,;:()\"'", r) })
	return slices.ContainsFunc(words, func(word string) bool { return strings.TrimRight(word, ".") == code })
}
