package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/packed"
)

// A RenamingRow is a row of a renaming CSV: a distinct string of label and differentials, what a person has filled in
// for it, and how many rows of the dataset CSV name it.
type RenamingRow struct {
	Label, Target, Codes, Notes string
	Images                      int64
}

// Filled reports whether a person has filled anything in.
func (r RenamingRow) Filled() bool { return r.Target != "" || r.Codes != "" || r.Notes != "" }

// Compare orders rows as a renaming CSV has them: by descending count, then bytewise.
func (r RenamingRow) Compare(other RenamingRow) int {
	return cmp.Or(cmp.Compare(other.Images, r.Images), cmp.Compare(r.Label, other.Label))
}

// renamingColumns are the columns of a renaming CSV.
var renamingColumns = []string{"Source Label", "Target Name", "ICD-11 Code(s)", "Notes/Justification", "Images"}

// ReadRenaming reads a renaming CSV, in its order. Its cells are data: an apostrophe before a label is part of it. A
// row without a label, a label that stands twice, whatever its rows say, and Images that is no count are errors with
// their lines, and all come at once. A file that is not there is an error that is fs.ErrNotExist.
func ReadRenaming(path string) ([]RenamingRow, error) {
	table, err := csvio.ReadTable(path, renamingColumns...)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w: run source ingest, which writes it", path, fs.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	rows := make([]RenamingRow, 0, len(table.Records))
	first := make(map[string]int32, len(table.Records)) // place of the label's first record
	for i, r := range table.Records {
		row, fine := renamingRow(r.Fields)
		if !fine {
			table.Failf(r, "Images %q: want how many rows name the label, a whole number from 0", r.Fields[4])
		}
		if row.Label == "" {
			table.Failf(r, "the row has no Source Label: fill it in, or take the row out")
		} else if place, twice := first[row.Label]; twice {
			before := table.Records[place]
			table.Failf(r, "label %q is in line %d too%s: keep one of the rows", row.Label, before.Line, difference(before, r))
		} else {
			first[row.Label] = int32(i)
		}
		rows = append(rows, row)
	}
	return rows, table.Err()
}

// difference says what two rows of one label fill in differently; empty where they say the same.
func difference(a, b csvio.Record) string {
	for i, column := range renamingColumns[1:4] {
		if x, y := a.Fields[i+1], b.Fields[i+1]; x != y {
			return fmt.Sprintf(", there with the %s %q, here with %q", column, x, y)
		}
	}
	return ""
}

// renamingRow is the row of these fields; fine says whether its Images are a number of rows.
func renamingRow(f []string) (row RenamingRow, fine bool) {
	images, err := strconv.ParseInt(f[4], 10, 64)
	return RenamingRow{Label: f[0], Target: f[1], Codes: f[2], Notes: f[3], Images: images}, err == nil && images >= 0
}

// ReadFilled reads of a renaming CSV the rows that people filled something in. It wants of the file what ReadRenaming
// wants, and does not keep the other rows, which may be many.
func ReadFilled(path string) (filled []RenamingRow, err error) {
	var labels packed.Numbers
	wrong := false
	err = csvio.EachRecord(path, renamingColumns, func(r csvio.Record) {
		row, fine := renamingRow(r.Fields)
		_, isNew := labels.Put([]byte(row.Label), 0)
		wrong = wrong || !fine || row.Label == "" || !isNew
		if row.Filled() { // of its own memory: fields are parts of what was read with them
			row.Label, row.Target = strings.Clone(row.Label), strings.Clone(row.Target)
			row.Codes, row.Notes = strings.Clone(row.Codes), strings.Clone(row.Notes)
			filled = append(filled, row)
		}
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) || wrong {
		_, err = ReadRenaming(path) // which says what is wrong
	}
	return filled, err
}

// AppendRenaming appends a renaming CSV of the rows, each of another label, in any order.
func AppendRenaming(dst []byte, rows []RenamingRow) []byte {
	dst = csvio.AppendRecord(dst, renamingColumns...)
	for _, r := range slices.SortedFunc(slices.Values(rows), RenamingRow.Compare) {
		dst = r.Append(dst)
	}
	return dst
}

// Append appends the row as a renaming CSV has it.
func (r RenamingRow) Append(dst []byte) []byte {
	return csvio.AppendRecord(dst, r.Label, r.Target, r.Codes, r.Notes, strconv.FormatInt(r.Images, 10))
}
