package workspace

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/images"
)

// Overrides are the images that people keep in spite of a verdict (curation/image_overrides.csv).
type Overrides struct {
	Paths Sets // source → source_path
	Lines []Override
}

// An Override is one line of the file.
type Override struct {
	Line         int
	Source, Path string
}

// OverridesFile is where they stand in the workspace.
const OverridesFile = "curation/image_overrides.csv"

// OverrideColumns are its columns.
var OverrideColumns = []string{"source", "source_path", "person", "date", "reason"}

// Keeps says whether the image <source>/<source_path> is kept.
func (o Overrides) Keeps(name string, verdict images.Verdict) bool {
	source, path, _ := strings.Cut(name, "/")
	_, kept := o.Paths[source][path]
	return kept && verdict.Keepable()
}

// ReadOverrides reads curation/image_overrides.csv; without the file no verdict is overridden. A row that names no
// source of sources or no image, that is there twice, or does not say who keeps the image, when and why,
// is an error with its line.
func (w *Workspace) ReadOverrides(sources []string) (Overrides, error) {
	out := Overrides{Paths: Sets{}}
	rows, err := w.ReadTable(OverridesFile, OverrideColumns)
	errs := []error{err}
	seen := map[string]int{}
	for _, row := range rows {
		source, path := row.Fields[0], row.Fields[1]
		fail := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("%s:%d: %s", OverridesFile, row.Line, fmt.Sprintf(format, args...)))
		}
		if !slices.Contains(sources, source) {
			fail("%s", w.noSource(source, sources))
		}
		if path == "" {
			fail("source_path must not be empty: an image is kept, never a whole source")
		}
		findings.CheckDecision(row.Fields[2], row.Fields[3], row.Fields[4], fail)
		name := source + "/" + path
		if line, again := seen[name]; again {
			fail("%q stands in line %d already", name, line)
		}
		seen[name] = row.Line
		out.Paths.Put(source, path)
		out.Lines = append(out.Lines, Override{row.Line, source, path})
	}
	return out, Usage(errors.Join(errs...))
}
