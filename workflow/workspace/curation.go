package workspace

import (
	"cmp"
	"errors"
	"fmt"
	"os"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/io/csvio"
)

// Withdrawals are the images and patients that people took out of the dataset (curation/withdrawn.csv).
type Withdrawals struct {
	Paths    Sets // source → source_path
	Patients Sets // patient space → patient_id
	Lines    []Withdrawal
}

// A Withdrawal is one line of the file: of an image of a source, or of a patient of a space.
type Withdrawal struct {
	Line                 int
	Source, Path         string
	Space, Patient, Name string // Name: what the line names
	Person, Date, Reason string
}

// CurationFolder holds what people decided about images: withdrawals in WithdrawnFile, and in BodySitesFile what sites
// of the body mean.
const (
	CurationFolder = "curation"
	WithdrawnFile  = "curation/withdrawn.csv"
	BodySitesFile  = "curation/body_sites.csv"
)

var withdrawnColumns = []string{"source", "source_path", "patient_id", "person", "date", "reason"}

// ReadWithdrawals reads curation/withdrawn.csv; without the file nothing is withdrawn. A row that names an unknown
// source, neither an image nor a patient, or not who withdrew it when and why, is an error with its line.
func (w *Workspace) ReadWithdrawals(all []Source) (Withdrawals, error) {
	out := Withdrawals{Paths: Sets{}, Patients: Sets{}}
	spaces := map[string]string{}
	for _, source := range all {
		spaces[source.Name] = source.PatientSpace
	}
	rows, err := w.ReadTable(WithdrawnFile, withdrawnColumns)
	if err := errors.Join(err, w.checkCurated()); err != nil {
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
			fail("%s", w.noSource(source, SortedKeys(spaces)))
		}
		if (image == "") == (patient == "") {
			fail("want a source_path or a patient_id, one of them")
		}
		findings.CheckDecision(row.Fields[3], row.Fields[4], row.Fields[5], fail)
		if image != "" {
			out.Paths.Put(source, image)
		} else {
			out.Patients.Put(space, patient)
		}
		line := Withdrawal{Line: row.Line, Source: source, Path: image, Patient: patient, Name: cmp.Or(image, patient),
			Person: row.Fields[3], Date: row.Fields[4], Reason: row.Fields[5]}
		if image == "" {
			line.Space = space
		}
		out.Lines = append(out.Lines, line)
	}
	return out, errors.Join(errs...)
}

// Sets are sets of texts, each by what it is of.
type Sets map[string]map[string]struct{}

// Put puts a value into a set.
func (s Sets) Put(set, value string) {
	if s[set] == nil {
		s[set] = map[string]struct{}{}
	}
	s[set][value] = struct{}{}
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
