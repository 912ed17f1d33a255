package workflow

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/rows"
)

// overrides are the images that people keep in spite of a verdict (curation/image_overrides.csv).
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

// keeps says whether the image <source>/<source_path> is kept.
func (o overrides) keeps(name string, verdict images.Verdict) bool {
	source, path, _ := strings.Cut(name, "/")
	_, kept := o.paths[source][path]
	return kept && verdict != images.OK && rows.Keepable(string(verdict))
}

// readOverrides reads curation/image_overrides.csv; without the file no verdict is overridden. A row that names no source of sources or no
// image, that is there twice, or does not say who keeps the image, when and why, is an error with its line.
func (w *Workspace) readOverrides(sources []string) (overrides, error) {
	out := overrides{paths: map[string]map[string]struct{}{}}
	rows, err := w.readTable(overridesFile, overrideColumns)
	errs := []error{err, w.noDuplicateVerdicts()}
	seen := map[string]int{}
	for _, row := range rows {
		source, path := row.Fields[0], row.Fields[1]
		fail := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("%s:%d: %s", overridesFile, row.Line, fmt.Sprintf(format, args...)))
		}
		if !slices.Contains(sources, source) {
			fail("there is no source %q under %s/", source, w.Config.Sources)
		}
		if path == "" {
			fail("source_path must not be empty: an image is kept, never a whole source")
		}
		checkDecision(row.Fields[2], row.Fields[3], row.Fields[4], fail)
		name := source + "/" + path
		if line, again := seen[name]; again {
			fail("%q stands in line %d already", name, line)
		}
		seen[name] = row.Line
		put(out.paths, source, path)
		out.lines = append(out.lines, override{row.Line, source, path})
	}
	return out, Usage(errors.Join(errs...))
}

// noDuplicateVerdicts refuses what would be ignored.
func (w *Workspace) noDuplicateVerdicts() error {
	const file = "curation/duplicate_verdicts.csv"
	if _, err := os.Lstat(w.path(file)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("%s: people's verdicts on duplicates are not part of this version; equal images are one group, whatever it says: take the file away", file)
}

// idle are the lines of overrides that keep no image: it is not known or does not count, is fit for use anyway, or cannot be kept.
func (b *build) idle(known *fetchedPictures) (lines []int, err error) {
	if len(b.overrides.lines) == 0 {
		return nil, nil
	}
	keeps := map[string]bool{}
	for group, err := range b.wanted(false) {
		if err != nil {
			return nil, err
		}
		source := strings.TrimSuffix(group.Prefix, "/")
		for _, key := range group.Keys {
			path := key[len(group.Prefix):]
			if _, kept := b.overrides.paths[source][path]; kept {
				p, is := known.of(source, path)
				keeps[key] = is && rows.Keepable(p.Verdict)
			}
		}
	}
	for _, line := range b.overrides.lines {
		if !keeps[line.source+"/"+line.path] {
			lines = append(lines, line.line)
		}
	}
	return lines, nil
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
