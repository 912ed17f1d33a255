package versions

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/workflow/workspace"
)

// known is what a version says of how it was made: what its images are explained by.
type known struct {
	Version
	manifest releaseio.Manifest
	settings workspace.Config
	labels   map[labelOf]mappedTo
	rules    map[string]refinement  // by category
	whole    bool                   // rules are those of the tab; false: an earlier dermset kept only where they end
	classes  map[string]classCounts // of stage 2
	codes    map[string]string      // of classes of stage 3
	as       *renamer               // what its ids are called to be compared; nil: as they are
}

type labelOf struct{ source, label string }

// A mappedTo is what the workbook makes of a label.
type mappedTo struct{ target, codes, final, notes string }

// A refinement is what the exclude and merge tab says of a category.
type refinement struct{ action, into, reason string }

type classCounts struct{ images, groups string }

// read opens a version and reads what it was made of.
func read(ctx context.Context, w *workspace.Workspace, name string) (*known, error) {
	v, err := Open(w, name)
	if err != nil {
		return nil, err
	}
	k := &known{Version: v, classes: map[string]classCounts{}, codes: map[string]string{}}
	if k.manifest, err = releaseio.ReadManifest(v.Dir); err != nil {
		return nil, err
	}
	if k.settings, err = settingsOf(k.manifest); err != nil {
		return nil, fmt.Errorf("%s: settings: %w", filepath.Join(v.Dir, releaseio.ManifestName), err)
	}
	if err := k.readMapping(ctx); err != nil {
		return nil, err
	}
	err = v.Each(ctx, "classes_stage2", []string{"target_name", "images", "groups"}, func(cells []string) error {
		k.classes[cells[0]] = classCounts{cells[1], cells[2]}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return k, v.Each(ctx, "classes_stage3", []string{"target_name", "icd11_codes"}, func(cells []string) error {
		k.codes[cells[0]] = cells[1]
		return nil
	})
}

// settingsOf are the settings of a version, as far as this dermset knows them.
func settingsOf(m releaseio.Manifest) (c workspace.Config, err error) {
	text, err := json.Marshal(m.Settings)
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(text, &c)
}

// readMapping reads the normalised mapping, and the exclusions and mergers.
func (k *known) readMapping(ctx context.Context) error {
	k.labels, k.rules = map[labelOf]mappedTo{}, map[string]refinement{}
	columns := []string{"source", "source_label", "target_name", "icd11_codes", "final_class", "notes"}
	err := csvio.EachRow(ctx, filepath.Join(k.Dir, "mapping", "normalised.csv"), columns, func(row csvio.Row) bool {
		of := labelOf{row.Cell(0), row.Cell(1)}
		if k.labels[of].target == "" { // of two rows of one label, the one with a name counts
			k.labels[of] = mappedTo{row.Cell(2), row.Cell(3), row.Cell(4), row.Cell(5)}
		}
		return true
	})
	if err != nil {
		return err
	}
	k.whole = true
	err = csvio.EachRow(ctx, filepath.Join(k.Dir, "mapping", "exclusions_and_mergers.csv"),
		[]string{"category", "action", "merge_into", "reason"}, func(row csvio.Row) bool {
			k.rules[row.Cell(0)] = refinement{row.Cell(1), row.Cell(2), row.Cell(3)}
			return true
		})
	if fault.Of(err) == fault.NotThere {
		k.whole = false
		k.guessRules()
		return nil
	}
	return err
}

// guessRules takes the ends of mergers for the rules of a version that an earlier dermset published.
func (k *known) guessRules() {
	for _, m := range k.labels {
		switch m.target {
		case "", mapping.Excludes, m.final:
		default:
			k.rules[m.target] = refinement{action: exclude, into: m.final}
			if m.final != "" {
				k.rules[m.target] = refinement{action: "merge", into: m.final}
			}
		}
	}
}

// exclude is the action of a rule that merges into nothing.
const exclude = "exclude"

// end is where the mergers of a name end, and whether that is kept. Mergers that go round end where they began, as in
// the build.
func (k *known) end(name string) (class string, kept bool) {
	class = name
	for range len(k.rules) + 1 {
		rule, is := k.rules[class]
		if !is {
			return class, true
		}
		if rule.action == exclude {
			return class, false
		}
		class = rule.into
	}
	return name, true
}

// tab is the tab of a source.
func (k *known) tab(source string) string { return cmp.Or(k.settings.Mapping.Tabs[source], source) }

// csvOf is the dataset CSV of a source.
func (k *known) csvOf(source string) string {
	return k.settings.Sources + "/" + source + "/" + source + "_dataset.csv"
}

// sum is the SHA-256 of a file that the version was made of, or has; empty if it is none of them.
func sum(entries []releaseio.Entry, path string) string {
	for _, e := range entries {
		if e.Path == path {
			return e.SHA256
		}
	}
	return ""
}
