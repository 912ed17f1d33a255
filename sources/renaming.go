package sources

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/dermset/dermset/io/csvio"
)

// A Renaming is a row of a renaming CSV: a distinct string of label and differentials, what a person has filled in for it, and how many
// rows of the dataset CSV name it.
type Renaming struct {
	Line   int // of the file; 0 before it is written
	Label  string
	Target string
	Codes  string
	Notes  string
	Images int64
}

func (r Renaming) filled() bool { return r.Target != "" || r.Codes != "" || r.Notes != "" }

// renamingColumns are the columns of a renaming CSV.
var renamingColumns = []string{"Source Label", "Target Name", "ICD-11 Code(s)", "Notes/Justification", "Images"}

// ReadRenaming reads a renaming CSV. A file that is not there has no rows.
func ReadRenaming(path string) ([]Renaming, error) {
	file, err := csvio.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	table, err := csvio.Read(file, path, csvio.Options{})
	if err != nil {
		return nil, err
	}
	if !slices.Equal(table.Header, renamingColumns) {
		return nil, fmt.Errorf("%s: columns are %q, want %q", path, table.Header, renamingColumns)
	}
	var errs errorList
	rows := make([]Renaming, len(table.Records))
	seen := make(map[string]int, len(rows))
	for i, record := range table.Records {
		f := record.Fields
		row := Renaming{Line: record.Line, Label: f[0], Target: f[1], Codes: f[2], Notes: f[3]}
		if f[4] != "" {
			if row.Images, err = strconv.ParseInt(f[4], 10, 64); err != nil {
				errs.add(fmt.Errorf("%s:%d: Images is %q, want a whole number", path, record.Line, f[4]))
			}
		}
		if first := seen[row.Label]; first > 0 {
			errs.add(fmt.Errorf("%s:%d: label %q stands twice, first in line %d", path, record.Line, row.Label, first))
		}
		seen[row.Label] = record.Line
		rows[i] = row
	}
	return rows, errs.join()
}

// appendRenaming writes the labels by descending count, then bytewise, with what was filled in before.
func appendRenaming(dst []byte, labels map[string]int64, before []Renaming) []byte {
	rows := make([]Renaming, 0, len(labels))
	at := make(map[string]Renaming, len(before))
	for _, row := range before {
		at[row.Label] = row
	}
	for label, images := range labels {
		row := at[label]
		row.Label, row.Images = label, images
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b Renaming) int {
		return cmp.Or(cmp.Compare(b.Images, a.Images), cmp.Compare(a.Label, b.Label))
	})
	dst = csvio.AppendRecord(dst, renamingColumns...)
	for _, row := range rows {
		dst = csvio.AppendRecord(dst, row.Label, row.Target, row.Codes, row.Notes, strconv.FormatInt(row.Images, 10))
	}
	return dst
}
