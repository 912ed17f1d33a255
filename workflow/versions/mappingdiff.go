package versions

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/workflow/workspace"
)

// A MappingTable is the mapping as one table: what every label of every source is mapped to, and what the tab of
// exclusions and mergers says.
type MappingTable struct {
	rows   map[mappingKey][]mappingRow // of a label that several rows have, sorted
	images map[mappingKey]int64        // rows of the datasets with the label; nil: not known
}

// A mappingKey is a label of a source, or a category of the tab of exclusions and mergers.
type mappingKey struct{ tab, source, label string }

type mappingRow struct{ name, codes, note string }

// MappingOf is the table of a version, given by name or path, with the images of its labels.
func MappingOf(ctx context.Context, w *workspace.Workspace, name string) (*MappingTable, error) {
	k, err := read(ctx, w, name)
	if err != nil {
		return nil, err
	}
	t := &MappingTable{rows: map[mappingKey][]mappingRow{}, images: map[mappingKey]int64{}}
	columns := []string{"source", "source_label", "target_name", "icd11_codes", "notes"}
	err = csvio.EachRow(ctx, filepath.Join(k.Dir, "mapping", "normalised.csv"), columns, func(row csvio.Row) bool {
		t.add(k.tab(row.Cell(0)), row.Cell(0), row.Cell(1), mappingRow{row.Cell(2), row.Cell(3), row.Cell(4)})
		return true
	})
	if err != nil {
		return nil, err
	}
	if !k.whole {
		w.Log.Warn(name + ": an earlier dermset published it without its exclusions and mergers; they are guessed from " +
			"where names end, and have no reasons")
	}
	for category, rule := range k.rules {
		t.addRule(category, rule)
	}
	for _, table := range []string{"selected_unsampled", "rejected"} {
		err := k.Each(ctx, table, []string{"source", "source_label"}, func(cells []string) error {
			t.count(k, cells[0], cells[1])
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return t, nil
}

// count counts an image for its label, and for every category on the way of its name.
func (t *MappingTable) count(k *known, source, label string) {
	t.images[mappingKey{k.tab(source), source, label}]++
	at := k.labels[labelOf{source, label}].target
	for range len(k.rules) + 1 {
		t.images[mappingKey{mapping.RefineTab, "", at}]++
		rule := k.rules[at]
		if rule.action != "merge" {
			return
		}
		at = rule.into
	}
}

// MappingTableOf is the table of a mapping, of whose images nothing is known.
func MappingTableOf(m *mapping.Mapping) *MappingTable {
	t := &MappingTable{rows: map[mappingKey][]mappingRow{}}
	for _, row := range m.Rows {
		t.add(row.Tab, row.Source, row.Label, mappingRow{row.Target, mapping.CodesText(row.Codes), row.Notes})
	}
	for _, r := range m.Refinements {
		rule := refinement{action: exclude, reason: r.Reason}
		if r.Merge {
			rule = refinement{action: "merge", into: r.Into, reason: r.Reason}
		}
		t.addRule(r.Category, rule)
	}
	return t
}

func (t *MappingTable) add(tab, source, label string, row mappingRow) {
	if source == "" { // of a tab that belongs to no source a version does not say the name
		tab = ""
	}
	key := mappingKey{tab, source, label}
	t.rows[key] = append(t.rows[key], row)
}

func (t *MappingTable) addRule(category string, rule refinement) {
	t.add(mapping.RefineTab, mapping.RefineTab, category, mappingRow{rule.words(), "", rule.reason})
}

// MappingDiffColumns are those of DiffMappings.
var MappingDiffColumns = results.Columns{
	results.Text("change", "added, removed or changed"),
	results.Text("tab", "the tab"),
	results.Text("source", "the source; none in the tab of exclusions and mergers").OrNone(),
	results.Text("label", "the label, or the category"),
	results.Text("name_before", "Target Name before, or the rule").OrNone(),
	results.Text("name_after", "Target Name now").OrNone(),
	results.List("codes_before", "codes before"),
	results.List("codes_after", "codes now"),
	results.Text("note_before", "note before").OrNone(),
	results.Text("note_after", "note now").OrNone(),
	results.Whole("images_before", "images that had the label; none: not known").OrNone(),
	results.Whole("images_after", "images that have it; none: not known").OrNone(),
}

// DiffMappings has a row for each row of the workbook that was added, removed or changed, in name, codes or note: by
// tab, source and label; the tab of exclusions and mergers, whose label is the category, comes last. Images are empty
// where they are not known.
func DiffMappings(older, newer *MappingTable) (rows [][]string) {
	keys := map[mappingKey]struct{}{}
	for _, t := range []*MappingTable{older, newer} {
		for key := range t.rows {
			keys[key] = struct{}{}
		}
	}
	sorted := make([]mappingKey, 0, len(keys))
	for key := range keys {
		if !slices.Equal(older.sortedRows(key), newer.sortedRows(key)) {
			sorted = append(sorted, key)
		}
	}
	slices.SortFunc(sorted, func(a, b mappingKey) int {
		return cmp.Or(cmp.Compare(boolNumber(a.tab == mapping.RefineTab), boolNumber(b.tab == mapping.RefineTab)),
			cmp.Compare(a.tab, b.tab), cmp.Compare(a.source, b.source), cmp.Compare(a.label, b.label))
	})
	for _, key := range sorted {
		was, is := older.sortedRows(key), newer.sortedRows(key)
		was, is = without(was, is), without(is, was)
		for i := range max(len(was), len(is)) {
			rows = append(rows, changedRow(key, was, is, i, older.imagesOf(key), newer.imagesOf(key)))
		}
	}
	return rows
}

func boolNumber(is bool) int {
	if is {
		return 1
	}
	return 0
}

func changedRow(key mappingKey, was, is []mappingRow, i int, imagesBefore, imagesAfter string) []string {
	change := "changed"
	var old, new mappingRow
	if i < len(was) {
		old = was[i]
	} else {
		change = "added"
	}
	if i < len(is) {
		new = is[i]
	} else {
		change = "removed"
	}
	return []string{change, key.tab, key.shownSource(), key.label, old.name, new.name, old.codes, new.codes, old.note,
		new.note, imagesBefore, imagesAfter}
}

func (k mappingKey) shownSource() string {
	if k.tab == mapping.RefineTab {
		return ""
	}
	return k.source
}

func (t *MappingTable) sortedRows(key mappingKey) []mappingRow {
	rows := slices.Clone(t.rows[key])
	slices.SortFunc(rows, func(a, b mappingRow) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.codes, b.codes), cmp.Compare(a.note, b.note))
	})
	return rows
}

// without are the rows that the others do not have, one of theirs for one of these.
func without(rows, others []mappingRow) (left []mappingRow) {
	others = slices.Clone(others)
	for _, row := range rows {
		if i := slices.Index(others, row); i >= 0 {
			others = slices.Delete(others, i, i+1)
		} else {
			left = append(left, row)
		}
	}
	return left
}

func (t *MappingTable) imagesOf(key mappingKey) string {
	if t.images == nil {
		return ""
	}
	if key.tab == mapping.RefineTab {
		key.source = ""
	}
	return workspace.Number(t.images[key])
}

// MappingChange is a row of DiffMappings in words, for a table: what it was and is.
func MappingChange(row []string) string {
	var parts []string
	for i, what := range []string{"", "codes ", "note "} {
		if old, new := row[4+2*i], row[5+2*i]; old != new {
			parts = append(parts, what+fromTo(cmp.Or(old, "(none)"), cmp.Or(new, "(none)")))
		}
	}
	if len(parts) == 0 {
		return fmt.Sprintf("%s twice or no longer twice", row[4])
	}
	return strings.Join(parts, "; ")
}
