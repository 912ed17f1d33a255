package workflow

import (
	"errors"
	"fmt"
	"slices"

	"github.com/dermset/dermset/mapping"
)

// overrides are the images that people keep in spite of their verdict (curation/image_overrides.csv). A missing image cannot be kept.
type overrides struct {
	paths map[string]map[string]struct{} // source → source_path
	lines []override
}

// An override is one line of the file.
type override struct {
	line         int
	source, path string
}

const overridesFile = "curation/image_overrides.csv"

var overrideColumns = []string{"source", "source_path", "person", "date", "reason"}

// readOverrides reads curation/image_overrides.csv; without the file no verdict is overridden. A row that names an unknown source, no image,
// or not who keeps it when and why, is an error with its line.
func (w *Workspace) readOverrides(all []Source) (overrides, error) {
	out := overrides{paths: map[string]map[string]struct{}{}}
	rows, err := w.readTable(overridesFile, overrideColumns)
	var errs []error
	for _, row := range rows {
		source, path := row.Fields[0], row.Fields[1]
		fail := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("%s:%d: %s", overridesFile, row.Line, fmt.Sprintf(format, args...)))
		}
		if !slices.ContainsFunc(all, func(s Source) bool { return s.Name == source }) {
			fail("there is no source %q under %s/", source, w.Config.Sources)
		}
		if path == "" {
			fail("source_path is empty, want the image_path of a row")
		}
		checkDecision(row.Fields[2], row.Fields[3], row.Fields[4], fail)
		put(out.paths, source, path)
		out.lines = append(out.lines, override{row.Line, source, path})
	}
	return out, errors.Join(append(errs, err)...)
}

// idle are the lines that keep no image: it is not known, missing, or fit for use anyway.
func (o overrides) idle(known pictures) []int {
	var lines []int
	for _, line := range o.lines {
		if p, is := known.of(line.source, line.path); !is || p.Verdict == "" || p.Verdict == "missing" {
			lines = append(lines, line.line)
		}
	}
	return lines
}

// idleOverrides are the findings about overrides that keep nothing.
func (b *build) idleOverrides() []mapping.Finding {
	var all []mapping.Finding
	for _, o := range b.overrides.lines {
		if b.seen != nil && slices.Contains(b.seen.Idle, o.line) {
			all = append(all, mapping.New("override_unknown", fmt.Sprintf("%s:%d", overridesFile, o.line), o.source, o.path, 0, "names no image with a verdict that can be overridden"))
		}
	}
	return all
}
