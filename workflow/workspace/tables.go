package workspace

import (
	"fmt"
	"io"
	"iter"
	"strconv"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/results"
)

// A Result is what a run tells the person who started it.
type Result struct {
	Columns  results.Columns
	Rows     [][]string
	Version  string // the folder of the version that was published; empty: none was
	Path     string // of this folder
	Classes  ClassSummary
	Look     []string // where to look
	Findings []findings.Finding
	Open     int // findings of severity error or review that nobody has accepted
}

// A ClassSummary tells a person of the classes that came of a run; of none where there is no split yet.
type ClassSummary struct {
	Total     int  // that are trained on
	Published bool // all of them stand in a version
	Columns   []string
	Rows      [][]string // those with the fewest images, then all of them together
	Near      []string   // those just below the threshold, with what they have of what it wants
}

// A Table is one that does not grow with rows.
type Table struct {
	Name    string // of its file, without the prefix of a version and without .csv
	Columns []string
	Rows    [][]string
}

// Text is the table as CSV.
func (t Table) Text() []byte {
	bytes := 0
	for _, row := range t.Rows {
		for _, cell := range row {
			bytes += len(cell) + len(`"",`)
		}
	}
	text := csvio.AppendRecord(make([]byte, 0, bytes+1<<10), t.Columns...)
	for _, row := range t.Rows {
		text = csvio.AppendRecord(text, row...)
	}
	return text
}

// WriteRows writes a table as CSV while its rows are made, for one that may be large.
func WriteRows(w io.Writer, columns []string, rows iter.Seq[[]string]) error {
	text := csvio.AppendRecord(nil, columns...)
	for row := range rows {
		if text = csvio.AppendRecord(text, row...); len(text) < 1<<16 {
			continue
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
		text = text[:0]
	}
	_, err := w.Write(text)
	return err
}

// Number is a count as a cell.
func Number(n int64) string { return strconv.FormatInt(n, 10) }

// Percent is 100 × part / total with two decimals, half away from zero; of nothing it is 0.00.
func Percent(part, total int64) string {
	if total == 0 {
		return "0.00"
	}
	hundredths := (part*20000 + total) / (2 * total)
	return fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100)
}
