package workflow

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/rows"
)

// withdrawals are the images and patients that people took out of the dataset (curation/withdrawn.csv).
type withdrawals struct {
	paths    map[string]map[string]struct{} // source → source_path
	patients map[string]map[string]struct{} // patient space → patient_id
	lines    []withdrawal
}

// A withdrawal is one line of the file: of an image of a source, or of a patient of a space.
type withdrawal struct {
	line                 int
	source, path         string
	space, patient, name string // name: what the line names
}

const withdrawnFile = "curation/withdrawn.csv"

var withdrawnColumns = []string{"source", "source_path", "patient_id", "person", "date", "reason"}

// readWithdrawals reads curation/withdrawn.csv; without the file nothing is withdrawn. A row that names an unknown source, neither an image
// nor a patient, or not who withdrew it when and why, is an error with its line.
func (w *Workspace) readWithdrawals(all []Source) (withdrawals, error) {
	out := withdrawals{paths: map[string]map[string]struct{}{}, patients: map[string]map[string]struct{}{}}
	spaces := map[string]string{}
	for _, source := range all {
		spaces[source.Name] = source.PatientSpace
	}
	rows, err := w.readTable(withdrawnFile, withdrawnColumns)
	if err != nil {
		return out, err
	}
	var errs []error
	for _, row := range rows {
		fail := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("%s:%d: %s", withdrawnFile, row.Line, fmt.Sprintf(format, args...)))
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
			put(out.paths, source, image)
			out.lines = append(out.lines, withdrawal{line: row.Line, source: source, path: image, name: image})
		} else {
			put(out.patients, space, patient)
			out.lines = append(out.lines, withdrawal{line: row.Line, source: source, space: space, patient: patient, name: patient})
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

// A withdrawalCheck notes which withdrawals name an image that is there: one that names none takes nothing out, and may be a typing error.
type withdrawalCheck struct {
	paths, patients map[string]map[string]struct{}
}

// sink looks at a source's rows behind Join.
func (c *withdrawalCheck) sink(source Source, withdrawn withdrawals, joined *arrow.Schema) engine.Sink {
	paths, patients := withdrawn.paths[source.Name], withdrawn.patients[source.PatientSpace]
	pathAt, patientAt := joined.FieldIndices(rows.ColImagePath)[0], joined.FieldIndices(rows.ColPatient)[0]
	type found struct{ paths, patients []string }
	look := func(batch arrow.RecordBatch) (found, error) {
		return found{among(batch.Column(pathAt), paths), among(batch.Column(patientAt), patients)}, nil
	}
	take := func(part found) error {
		for _, path := range part.paths {
			put(c.paths, source.Name, path)
		}
		for _, patient := range part.patients {
			put(c.patients, source.PatientSpace, patient)
		}
		return nil
	}
	return engine.Survey[found]{Name: "withdrawals", OnLook: look, OnTake: take}
}

// among are the texts of a column that are wanted.
func among(column arrow.Array, wanted map[string]struct{}) []string {
	var found []string
	if len(wanted) == 0 {
		return nil
	}
	texts := column.(*array.String)
	for i := range texts.Len() {
		if _, is := wanted[texts.Value(i)]; is && texts.IsValid(i) {
			found = append(found, strings.Clone(texts.Value(i)))
		}
	}
	return found
}

// idle are the lines of withdrawals that name no image.
func (c *withdrawalCheck) idle(withdrawn withdrawals) []int {
	var lines []int
	for _, w := range withdrawn.lines {
		_, path := c.paths[w.source][w.path]
		_, patient := c.patients[w.space][w.patient]
		if w.path != "" && !path || w.patient != "" && !patient {
			lines = append(lines, w.line)
		}
	}
	return lines
}

// idleWithdrawals are the findings about withdrawals that take nothing out.
func (b *build) idleWithdrawals() []mapping.Finding {
	var all []mapping.Finding
	for _, w := range b.withdrawn.lines {
		if slices.Contains(b.answer.Idle, w.line) {
			all = append(all, mapping.New("withdrawn_unknown", fmt.Sprintf("%s:%d", withdrawnFile, w.line), w.source, w.name, 0, "names no image of its source or patient space"))
		}
	}
	return all
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
