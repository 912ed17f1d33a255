package mapping

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/io/csvio"
)

// maxFile bounds the small tables of this package, in bytes.
const maxFile = 256 << 20

// An Accepted finding is one that is meant. Subject is a label or category, never a cell.
type Accepted struct {
	Finding, Source, Subject, Person, Date, Reason string
	Line                                           int // in its file
}

// ReadAccepted reads accepted_findings.csv: finding, source, subject, person, date (2006-01-02), reason. A file that is not there holds
// nothing. Ids that are not in the catalogue or that block builds, dates that are none, and empty persons or reasons are errors with
// their lines; all come at once.
func ReadAccepted(path string) ([]Accepted, error) {
	t, err := readTable(path, "finding", "source", "subject", "person", "date", "reason")
	if t == nil {
		return nil, err
	}
	var all []Accepted
	for i, r := range t.records {
		a := Accepted{t.at(r, 0), t.at(r, 1), t.at(r, 2), t.at(r, 3), t.at(r, 4), t.at(r, 5), r.Line}
		entry, ok := Lookup(a.Finding)
		switch {
		case !ok:
			t.fail(i, "finding %q is unknown: dermset findings lists them", a.Finding)
		case entry.Blocks:
			t.fail(i, "finding %q blocks builds and cannot be accepted: %s", a.Finding, entry.Remedy)
		}
		if a.Person == "" || a.Reason == "" {
			t.fail(i, "person and reason must not be empty")
		}
		if _, err := time.Parse("2006-01-02", a.Date); err != nil {
			t.fail(i, "date %q: want a date such as 2026-03-31", a.Date)
		}
		all = append(all, a)
	}
	return all, t.err()
}

// Accept marks the findings that are accepted: those with the same id, source and subject, but none that blocks. Where a finding is about
// a code, the reason must name it: else another wrong code of the same name would be accepted unseen. It returns the acceptances that no
// finding needs any more.
func Accept(findings []Finding, accepted []Accepted) (unused []Accepted) {
	type key struct{ id, source, subject string }
	by := map[key][]int{}
	for i, a := range accepted {
		k := key{a.Finding, a.Source, a.Subject}
		by[k] = append(by[k], i)
	}
	used := make([]bool, len(accepted))
	for i := range findings {
		f := &findings[i]
		k := key{f.ID, f.Source, f.Subject}
		for _, n := range by[k] {
			if !f.Blocks && (f.Code == "" || namesCode(accepted[n].Reason, f.Code)) {
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

// namesCode reports whether a text holds a code as a word of its own: 1B75.3 does not name 1B75.
func namesCode(text, code string) bool {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\n,;:()\"'", r) }) {
		if strings.TrimRight(word, ".") == code {
			return true
		}
	}
	return false
}

// A Category is a Target Name that earlier versions had.
type Category struct {
	Name  string
	Codes []string // sorted, unique
	Since string   // version
}

// ReadCategories reads known_categories.csv: Target Name, ICD-11 Code(s), Since version. A file that is not there holds nothing. Empty
// or repeated names and codes that are none are errors with their lines; all come at once.
func ReadCategories(path string) ([]Category, error) {
	t, err := readTable(path, "Target Name", "ICD-11 Code(s)", "Since version")
	if t == nil {
		return nil, err
	}
	var all []Category
	seen := map[string]bool{}
	for i, r := range t.records {
		c := Category{Name: t.at(r, 0), Since: t.at(r, 2)}
		codes, err := icd11.ParseCell(t.at(r, 1))
		c.Codes = codes
		switch {
		case err != nil:
			t.fail(i, "%v", err)
		case c.Name == "" || c.Name == Excludes:
			t.fail(i, "Target Name %q: want the name of a category", c.Name)
		case seen[c.Name]:
			t.fail(i, "Target Name %q is listed twice", c.Name)
		}
		seen[c.Name] = true
		all = append(all, c)
	}
	return all, t.err()
}

// A RenamingRow is one label of a renaming CSV.
type RenamingRow struct {
	Label, Target, Codes, Notes string
	Images                      int64 // rows that name the label
}

// ReadRenaming reads a source's renaming CSV: Source Label, Target Name, ICD-11 Code(s), Notes/Justification, Images. A file that is
// not there is an error.
func ReadRenaming(path string) ([]RenamingRow, error) {
	t, err := readTable(path, "Source Label", "Target Name", "ICD-11 Code(s)", "Notes/Justification", "Images")
	if err != nil {
		return nil, err
	}
	if t == nil {
		return nil, fmt.Errorf("%s: is not there: run source ingest", path)
	}
	var all []RenamingRow
	for i, r := range t.records {
		images, err := strconv.ParseInt(t.at(r, 4), 10, 64)
		if err != nil || images < 0 {
			t.fail(i, "Images %q: want a count", t.at(r, 4))
		}
		all = append(all, RenamingRow{t.at(r, 0), t.at(r, 1), t.at(r, 2), t.at(r, 3), images})
	}
	return all, t.err()
}

// A csvTable is a small CSV whose columns are found by name, without regard to case and spaces.
type csvTable struct {
	path    string
	columns []int
	records []csvio.Record
	errs    []error
}

// readTable reads a CSV; nil without an error if there is no such file.
func readTable(path string, columns ...string) (*csvTable, error) {
	f, err := csvio.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := csvio.Read(f, path, csvio.Options{MaxBytes: maxFile})
	if err != nil {
		return nil, err
	}
	found, problems := findColumns(raw.Header, columns)
	if len(problems) > 0 {
		return nil, fmt.Errorf("%s:1: %s", path, strings.Join(problems, "; "))
	}
	return &csvTable{path: path, columns: found, records: raw.Records}, nil
}

func (t *csvTable) at(r csvio.Record, column int) string { return r.Fields[t.columns[column]] }

func (t *csvTable) fail(record int, format string, args ...any) {
	t.errs = append(t.errs, fmt.Errorf("%s:%d: %s", t.path, t.records[record].Line, fmt.Sprintf(format, args...)))
}

func (t *csvTable) err() error { return errors.Join(t.errs...) }

// findColumns finds each wanted column in a header and says in words which are missing or there twice.
func findColumns(header, wanted []string) (columns []int, problems []string) {
	at := map[string][]int{}
	for i, h := range header {
		at[headerKey(h)] = append(at[headerKey(h)], i)
	}
	for _, w := range wanted {
		switch found := at[headerKey(w)]; len(found) {
		case 1:
			columns = append(columns, found[0])
		case 0:
			problems = append(problems, fmt.Sprintf("column %q is missing%s", w, nearHeader(header, w)))
		default:
			problems = append(problems, fmt.Sprintf("column %q is there %d times", w, len(found)))
		}
	}
	return columns, problems
}

// nearHeader names a column that is only written like the wanted one.
func nearHeader(header []string, wanted string) string {
	for _, h := range header {
		if spelling(headerKey(h)) == spelling(headerKey(wanted)) {
			return fmt.Sprintf(", but one is called %q%s", h, itHolds(h))
		}
	}
	return ""
}

func headerKey(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), "")) }
