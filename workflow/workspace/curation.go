package workspace

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/dermset/dermset/io/csvio"
)

// Withdrawals are the images and patients that people took out of the dataset (curation/withdrawn.csv).
type Withdrawals struct {
	Paths    map[string]map[string]struct{} // source → source_path
	Patients map[string]map[string]struct{} // patient space → patient_id
	Lines    []Withdrawal
}

// A Withdrawal is one line of the file: of an image of a source, or of a patient of a space.
type Withdrawal struct {
	Line                 int
	Source, Path         string
	Space, Patient, Name string // Name: what the line names
}

// WithdrawnFile is where they stand in the workspace.
const WithdrawnFile = "curation/withdrawn.csv"

var withdrawnColumns = []string{"source", "source_path", "patient_id", "person", "date", "reason"}

// ReadWithdrawals reads curation/withdrawn.csv; without the file nothing is withdrawn. A row that names an unknown
// source, neither an image nor a patient, or not who withdrew it when and why, is an error with its line.
func (w *Workspace) ReadWithdrawals(all []Source) (Withdrawals, error) {
	out := Withdrawals{Paths: map[string]map[string]struct{}{}, Patients: map[string]map[string]struct{}{}}
	spaces := map[string]string{}
	for _, source := range all {
		spaces[source.Name] = source.PatientSpace
	}
	rows, err := w.ReadTable(WithdrawnFile, withdrawnColumns)
	if err != nil {
		return out, err
	}
	var errs []error
	for _, row := range rows {
		fail := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("%s:%d: %s", WithdrawnFile, row.Line, fmt.Sprintf(format, args...)))
		}
		source, image, patient := row.Fields[0], row.Fields[1], row.Fields[2]
		space, known := spaces[source]
		if !known {
			fail("there is no source %q under %s/", source, w.Config.Sources)
		}
		if (image == "") == (patient == "") {
			fail("want a source_path or a patient_id, one of them")
		}
		checkDecision(row.Fields[3], row.Fields[4], row.Fields[5], fail)
		if image != "" {
			put(out.Paths, source, image)
			out.Lines = append(out.Lines, Withdrawal{Line: row.Line, Source: source, Path: image, Name: image})
		} else {
			put(out.Patients, space, patient)
			out.Lines = append(out.Lines,
				Withdrawal{Line: row.Line, Source: source, Space: space, Patient: patient, Name: patient})
		}
	}
	return out, errors.Join(errs...)
}

// checkDecision fails where a person's decision does not say who decided, when and why.
func checkDecision(person, date, reason string, fail func(format string, args ...any)) {
	if person == "" || reason == "" {
		fail("person and reason must not be empty")
	}
	if _, err := time.Parse("2006-01-02", date); err != nil {
		fail("date %q: want a date such as 2026-03-31", date)
	}
}

func put(sets map[string]map[string]struct{}, set, value string) {
	if sets[set] == nil {
		sets[set] = map[string]struct{}{}
	}
	sets[set][value] = struct{}{}
}

// ReadTable is csvio.ReadTable inside the workspace. Without the file there are no rows.
func (w *Workspace) ReadTable(inside string, columns []string) ([]csvio.Record, error) {
	table, err := csvio.ReadTable(w.Path(inside), columns...)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return table.Records, nil
}
