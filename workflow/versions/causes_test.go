package versions

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/workflow/workspace"
)

// What moves an image to another split, of several things the first: its own ids, pairs of its group, pins, the lock,
// settings, and else the other images.
func TestCausesOfSplits(t *testing.T) {
	version := func(name, table string) *known {
		k := &known{Version: Version{Name: name}, settings: workspace.Defaults(),
			classes: map[string]classCounts{"c": {table, "1"}}}
		k.manifest.Outputs = []releaseio.Entry{{Path: workspace.FilePrefix(name) + "selected_unsampled.csv", SHA256: table}}
		return k
	}
	locked := func(k *known, sum string) {
		k.settings.Split.Lock = "DXv1.0"
		k.manifest.Inputs = []releaseio.Entry{{Path: "dist/DXv1.0/DXv1.0_selected_unsampled.csv", SHA256: sum}}
	}
	const remedy = "; split.lock: DXv1.0 keeps splits"
	for want, change := range map[string]func(d *differ, was, is *image){
		"source|its patient_id or lesion_id": func(d *differ, _, is *image) {
			is.ids++
			d.joined[is.group] = "a and b"
		},
		"twin|a and b are": func(d *differ, _, is *image) {
			d.joined[is.group] = "a and b are"
			locked(d.to, "1")
		},
		"twin|c and d were": func(d *differ, was, _ *image) {
			d.parted[was.group] = "c and d were"
		},
		`split|split.pin of source "s": (free) → val`: func(d *differ, _, _ *image) {
			d.to.settings.Split.Pin["s"] = "val"
		},
		`split|split.pin of source "s": val`: func(d *differ, _, _ *image) {
			d.from.settings.Split.Pin["s"], d.to.settings.Split.Pin["s"] = "val", "val"
			locked(d.to, "1")
		},
		"lock|its group holds images that are pinned": func(d *differ, _, _ *image) {
			locked(d.to, "1")
			d.to.settings.Split.Seed = 7
		},
		"lock|split.lock: (none) → DXv1.0": func(d *differ, _, _ *image) { locked(d.to, "another") },
		"split|split.seed: 1 → 7" + remedy: func(d *differ, _, _ *image) { d.to.settings.Split.Seed = 7 },
		"split|split.group_by: ":           func(d *differ, _, _ *image) { d.to.settings.Split.GroupBy = nil },
		"split|split.ratio": func(d *differ, _, _ *image) {
			d.to.settings.Split.Ratios.Train = 60
		},
		"split|its group has other images" + remedy:    func(_ *differ, _, is *image) { is.group = 9 },
		`split|other images: "c" had 1 and has 2, and`: func(*differ, *image, *image) {},
	} {
		d := &differ{from: version("DXv1.0", "1"), to: version("DXv1.1", "2"), joined: map[uint64]string{},
			parted: map[uint64]string{}}
		was := &image{standing: standing{source: "s", state: selectedState, class: "c", split: "train"}, ids: 3, group: 4}
		is := &image{standing: standing{source: "s", state: selectedState, class: "c", split: "val"}, ids: 3, group: 4}
		change(d, was, is)
		got := d.explain(was, is)
		if text := got.name + "|" + got.detail; !strings.HasPrefix(text, want) {
			t.Errorf("%q, want %q", text, want)
		}
	}
}

// What becomes of an image: its place counts before its codes, and those before its bytes, where both are known.
func TestChangeOf(t *testing.T) {
	at := func(state, class, split string, content uint32) *image {
		return &image{standing: standing{state: state, class: class, split: split}, content: content}
	}
	d := &differ{from: &known{codes: map[string]string{"c": "1", "e": "1"}},
		to: &known{codes: map[string]string{"c": "1", "e": "2"}}}
	for _, c := range []struct {
		was, is *image
		want    string
	}{
		{at("", "", "", 0), at(selectedState, "c", "train", 1), "new"},
		{at("unmapped", "", "", 0), at(selectedState, "c", "train", 1), "new"},
		{at(selectedState, "c", "train", 1), at("withdrawn", "", "", 0), "gone"},
		{at(selectedState, "c", "train", 1), at("", "", "", 0), "gone"},
		{at("unmapped", "", "", 0), at("withdrawn", "", "", 0), ""},
		{at(selectedState, "c", "train", 1), at(selectedState, "e", "val", 2), "class"},
		{at(selectedState, "e", "train", 1), at(selectedState, "e", "val", 2), "split"},
		{at(selectedState, "e", "val", 1), at(selectedState, "e", "val", 2), "codes"},
		{at(selectedState, "c", "val", 1), at(selectedState, "c", "val", 2), "picture"},
		{at(selectedState, "c", "val", 0), at(selectedState, "c", "val", 2), ""},
		{at(selectedState, "c", "val", 2), at(selectedState, "c", "val", 2), ""},
	} {
		if got := d.changeOf(c.was, c.is); got != c.want {
			t.Errorf("%+v → %+v: %q, want %q", c.was, c.is, got, c.want)
		}
	}
}

// Of rows of one label each stands for one of the other side's.
func TestDiffMappings(t *testing.T) {
	key := mappingKey{"tab", "s", "a"}
	row := func(name, codes, note string) mappingRow { return mappingRow{name, codes, note} }
	older := &MappingTable{rows: map[mappingKey][]mappingRow{
		key: {row("X", "[]", ""), row("X", "[]", "")}, {"tab", "s", "b"}: {row("Y", "[]", "old")}, {"tab", "s", "same"}: {
			row("P", "[]", ""), row("Q", "[]", "")}},
		images: map[mappingKey]int64{key: 3, {mapping.RefineTab, "", "X"}: 5}}
	newer := &MappingTable{rows: map[mappingKey][]mappingRow{
		key: {row("X", "[]", "")}, {"tab", "s", "b"}: {row("Y", "[]", "new")}, {"tab", "s", "same"}: {
			row("Q", "[]", ""), row("P", "[]", "")}}}
	newer.addRule("X", refinement{"merge", "Y", "alike"})
	want := [][]string{
		{"removed", "tab", "s", "a", "X", "", "[]", "", "", "", "3", ""},
		{"changed", "tab", "s", "b", "Y", "Y", "[]", "[]", "old", "new", "0", ""},
		{"added", mapping.RefineTab, "", "X", "", `merged into "Y"`, "", "", "", "alike", "5", ""},
	}
	if diff := cmp.Diff(want, DiffMappings(older, newer)); diff != "" {
		t.Error(diff)
	}
	var words []string
	for _, row := range want {
		words = append(words, MappingChange(row))
	}
	if diff := cmp.Diff([]string{"X → (none); codes [] → (none)", "note old → new",
		`(none) → merged into "Y"; note (none) → alike`}, words); diff != "" {
		t.Error(diff)
	}
}
