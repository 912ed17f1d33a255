package workflow

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dermset/dermset/images"
)

const overridesFile = "curation/image_overrides.csv"

var overrideColumns = []string{"source", "source_path", "person", "date", "reason"}

// Overrides are the images that people keep in spite of a verdict (curation/image_overrides.csv), by <source>/<source_path>.
type Overrides map[string]struct{}

// keeps says whether a person's word keeps a picture. What is not there, or has no bytes, nobody can keep.
func (o Overrides) keeps(name string, verdict images.Verdict) bool {
	if verdict == images.OK || verdict == images.Missing || verdict == images.Empty {
		return false
	}
	_, kept := o[name]
	return kept
}

// readOverrides reads curation/image_overrides.csv; without the file nothing is kept. A row that names an unknown source or no image, that is
// there twice, or that does not say who keeps the image, when and why, is an error with its line.
func (w *Workspace) readOverrides() (Overrides, error) {
	rows, err := w.readTable(overridesFile, overrideColumns)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	sources, err := w.SourceNames()
	if err != nil {
		return nil, err
	}
	kept, lines := Overrides{}, map[string]int{}
	var errs []error
	for _, row := range rows {
		fail := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("%s:%d: %s", overridesFile, row.Line, fmt.Sprintf(format, args...)))
		}
		source, image := row.Fields[0], row.Fields[1]
		name := source + "/" + image
		if !slices.Contains(sources, source) {
			fail("there is no source %q under %s/", source, w.Config.Sources)
		}
		if image == "" {
			fail("source_path must not be empty: an image is kept, never a whole source")
		}
		if strings.TrimSpace(row.Fields[2]) == "" || strings.TrimSpace(row.Fields[4]) == "" {
			fail("person and reason must not be empty")
		}
		if _, err := time.Parse(time.DateOnly, row.Fields[3]); err != nil {
			fail("date %q: want a date such as 2026-03-31", row.Fields[3])
		}
		if line, again := lines[name]; again {
			fail("%q stands in line %d already", name, line)
		}
		lines[name] = row.Line
		kept[name] = struct{}{}
	}
	return kept, Usage(errors.Join(errs...))
}
