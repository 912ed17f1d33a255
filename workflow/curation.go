package workflow

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/dermset/dermset/io/csvio"
)

// withdrawals are the images and patients that people took out of the dataset (curation/withdrawn.csv).
type withdrawals struct {
	paths    map[string]map[string]struct{} // source → source_path
	patients map[string]map[string]struct{} // patient space → patient_id
}

var withdrawnColumns = []string{"source", "source_path", "patient_id", "person", "date", "reason"}

// readWithdrawals reads curation/withdrawn.csv; without the file nothing is withdrawn. A row that names an unknown source, or neither an
// image nor a patient, is an error with its line: a withdrawal that does nothing would go unnoticed.
func (w *Workspace) readWithdrawals(all []Source) (withdrawals, error) {
	out := withdrawals{paths: map[string]map[string]struct{}{}, patients: map[string]map[string]struct{}{}}
	spaces := map[string]string{}
	for _, source := range all {
		spaces[source.Name] = source.PatientSpace
	}
	const path = "curation/withdrawn.csv"
	rows, err := w.readTable(path, withdrawnColumns)
	if err != nil {
		return out, err
	}
	var errs []error
	for _, row := range rows {
		source, image, patient := row.Fields[0], row.Fields[1], row.Fields[2]
		space, known := spaces[source]
		switch {
		case !known:
			errs = append(errs, fmt.Errorf("%s:%d: there is no source %q under %s/", path, row.Line, source, w.Config.Sources))
		case (image == "") == (patient == ""):
			errs = append(errs, fmt.Errorf("%s:%d: want a source_path or a patient_id, one of them", path, row.Line))
		case image != "":
			put(out.paths, source, image)
		default:
			put(out.patients, space, patient)
		}
	}
	return out, errors.Join(errs...)
}

func put(sets map[string]map[string]struct{}, set, value string) {
	if sets[set] == nil {
		sets[set] = map[string]struct{}{}
	}
	sets[set][value] = struct{}{}
}

// readTable reads a small CSV of the workspace whose header has exactly these columns, in any order, and gives its rows in the order of
// columns. Without the file there are no rows.
func (w *Workspace) readTable(inside string, columns []string) ([]csvio.Record, error) {
	file, err := csvio.Open(w.path(inside))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	table, err := csvio.Read(file, inside, csvio.Options{})
	if err != nil {
		return nil, err
	}
	if !slices.Equal(slices.Sorted(slices.Values(table.Header)), slices.Sorted(slices.Values(columns))) {
		return nil, fmt.Errorf("%s:1: the columns are %q, want %q", inside, table.Header, columns)
	}
	place := make([]int, len(columns))
	for i, name := range columns {
		place[i] = slices.Index(table.Header, name)
	}
	for i, row := range table.Records {
		fields := make([]string, len(columns))
		for j, from := range place {
			fields[j] = row.Fields[from]
		}
		table.Records[i].Fields = fields
	}
	return table.Records, nil
}
