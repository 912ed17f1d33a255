package versions

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/workflow/workspace"
	"github.com/dermset/dermset/workflow/workspace/workspacetest"
)

// published is a workspace with versions that consist of a manifest and one table each.
func published(t *testing.T, tables map[string]string) *workspace.Workspace {
	t.Helper()
	w := workspacetest.Small(t, "")
	for version, text := range tables {
		dir := w.Dist(version)
		err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, "manifest.json"), []byte("{}"), 0o644),
			os.WriteFile(filepath.Join(dir, workspace.FilePrefix(version)+"t.csv"), []byte(text), 0o644))
		if err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// Columns are found by name, whatever their order, and cells read back what was quoted.
func TestEach(t *testing.T) {
	w := published(t, map[string]string{
		"DXv1.0-draft": "\ufeffb,\"a\",c\n1,\"x,\"\"y\n\",\n,z,3\n", "DXv1.1": "a\n", "DXv1.2": "",
		"DXv1.3": "a,b\n1\n", "DXv1.4": "a,a\n1,2\n",
	})
	for _, c := range []struct {
		version string
		columns []string
		want    []string
		err     string
	}{
		{"DXv1.0-draft", []string{"a", "b"}, []string{"x,\"y\n|1", "z|"}, ""},
		{"DXv1.0-draft", []string{"a", "d"}, nil, `DXv1.0_t.csv:1: there is no column "d"`},
		{"DXv1.1", []string{"a"}, nil, ""},
		{"DXv1.1", []string{"b"}, nil, `there is no column "b"`},
		{"DXv1.2", []string{"a"}, nil, "DXv1.2_t.csv"},
		{"DXv1.3", []string{"a"}, nil, "DXv1.3_t.csv:2"},
	} {
		v, err := Open(w, c.version)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		err = v.Each(t.Context(), "t", c.columns, func(cells []string) error {
			got = append(got, strings.Join(cells, "|"))
			return nil
		})
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s %q: %s", c.version, c.columns, diff)
		}
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s %q: error %v, want %q", c.version, c.columns, err, c.err)
		}
	}
}

// What the reader says ends it, and is the error.
func TestEachEnds(t *testing.T) {
	v, err := Open(published(t, map[string]string{"DXv1.0": "a\n1\n2\n"}), "DXv1.0")
	if err != nil {
		t.Fatal(err)
	}
	enough, seen := errors.New("enough"), 0
	err = v.Each(t.Context(), "t", []string{"a"}, func([]string) error {
		seen++
		return enough
	})
	if !errors.Is(err, enough) || seen != 1 {
		t.Errorf("%d rows, error %v", seen, err)
	}
}

// A version is one that is there, and its name leads nowhere else.
func TestOpen(t *testing.T) {
	w := published(t, map[string]string{"DXv27.1-draft": "a\n", "other": "a\n"})
	for name, want := range map[string]string{
		"DXv27.1-draft": "", "DXv27.1": `there is no version "DXv27.1" under dist/`, "other": `"other" is not a version`,
		"": "is not a version", w.Dist("DXv27.1-draft"): "", w.Dist("DXv27.1-draft") + "/": "",
		w.Dist("DXv27.1"): "there is no version at", w.Dist("other"): "its files are called after a version",
		"../DXv27.1-draft": "there is no version at", w.Dist(""): "there is no version at",
		"dist/DXv27.1-draft": "", "./dist/DXv27.1-draft/": "", // below the workspace, wherever one stands
		"DXv27.10-draft": `under dist/; there are: DXv27.1-draft; did you mean DXv27.1-draft?`,
		"DXv27.1-drft":   `the path of a version's folder; did you mean DXv27.1-draft?`,
		"dist/DXv9":      `there is no version at "dist/DXv9"; there are: DXv27.1-draft`,
		"..":             "there is no version at",
	} {
		_, err := Open(w, name)
		if (err == nil) != (want == "") || err != nil && (!workspace.IsUsage(err) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: error %v, want %q", name, err, want)
		}
	}
	for _, own := range []string{"DXv27.1-draft", "DXv27.1"} { // the draft as long as there is nothing better
		if own == "DXv27.1" {
			if err := os.CopyFS(w.Dist(own), os.DirFS(w.Dist("DXv27.1-draft"))); err != nil {
				t.Fatal(err)
			}
		}
		if v, err := OrOwn(w, ""); err != nil || v.Name != own {
			t.Errorf("without a name: %+v, %v, want %s", v, err, own)
		}
	}
}

// Versions are told in the order of their numbers, and a folder without a manifest is none.
func TestNames(t *testing.T) {
	all := []string{"AXv3.0", "DXv0.9-draft", "DXv0.9", "DXv0.10-draft", "DXv2.0", "DXv10.0", "DXv10.1"}
	tables := map[string]string{}
	for _, name := range all {
		tables[name] = ""
	}
	w := published(t, tables)
	if err := errors.Join(os.Mkdir(w.Dist("DXv11.0"), 0o755), os.Mkdir(w.Dist(".DXv1.0.download"), 0o755),
		os.WriteFile(w.Dist("DXv12.0"), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all, Names(w)); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]string{"DXv0.10": "DXv0.10-draft", "AXv3.0-draft": "AXv3.0"} {
		if _, err := Open(w, name); err == nil || !strings.HasSuffix(err.Error(), "; did you mean "+want+"?") {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := Open(w, "DXv11.0")
	if err == nil || !strings.Contains(err.Error(), "has no manifest.json, and is no version") {
		t.Errorf("%v", err)
	}
	empty := workspacetest.Small(t, "")
	_, err = Open(empty, "DXv1.0")
	if err == nil || !strings.Contains(err.Error(), "there is none yet: `dermset build`") {
		t.Errorf("%v", err)
	}
}

// What a version keeps of its inputs is what it was made of, whatever the folders of the workspace are called.
func TestKeptInputs(t *testing.T) {
	m := releaseio.Manifest{Settings: map[string]any{"sources": "raw/all"},
		Inputs: []releaseio.Entry{
			{Path: "dermset.yaml", SHA256: "0"}, {Path: "mapping/workbook/s.csv", SHA256: "1"},
			{Path: "books/x.xlsx", SHA256: "2"}, {Path: "raw/all/s/source.yaml", SHA256: "3"},
			{Path: "raw/all/s/s_dataset.csv", SHA256: "4"}},
		Outputs: []releaseio.Entry{
			{Path: "mapping/workbook/s.csv", SHA256: "1"}, {Path: "mapping/books/x.xlsx", SHA256: "2"},
			{Path: "sources/s/source.yaml", SHA256: "3"}, {Path: "mapping/findings.csv", SHA256: "5"}},
	}
	if wrong := otherInputs(m); len(wrong) > 0 {
		t.Errorf("%v", wrong)
	}
	var want []string
	for i := range 3 {
		m.Outputs[i].SHA256 = "6"
		want = append(want, m.Outputs[i].Path)
	}
	var got []string
	for _, d := range otherInputs(m) {
		got = append(got, d.Path)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Images are held together by their bytes, pixels and nearness as far as the settings say, and by what people say.
func TestEdges(t *testing.T) {
	w := published(t, map[string]string{"DXv1.0": ""})
	k := known{Version: Version{"DXv1.0", w.Dist("DXv1.0")}, settings: w.Config}
	k.settings.Images.NearGroup = 4
	write := func(name, text string) {
		path := filepath.Join(k.Dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	write("DXv1.0_duplicates.csv", "image_a,image_b,method,distance\na,b,bytes,0\na,c,near,4\nb,d,near,5\nc,d,near,1\n")
	of := func() edges {
		t.Helper()
		all, err := k.edges(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	want := edges{{"a", "b"}: "bytes", {"a", "c"}: "near", {"c", "d"}: "near"}
	if diff := cmp.Diff(want, of()); diff != "" {
		t.Errorf("without verdicts: %s", diff)
	}
	write("mapping/curation/duplicate_verdicts.csv", "image_a,image_b,verdict\nd,c,different\nz,y,same\nb,d,crop-of\n")
	delete(want, [2]string{"c", "d"})
	want[[2]string{"y", "z"}], want[[2]string{"b", "d"}] = "verdict same", "verdict crop-of"
	if diff := cmp.Diff(want, of()); diff != "" {
		t.Errorf("with verdicts: %s", diff)
	}
	if k.settings.Split.GroupBy = []string{"patient"}; len(of()) > 0 {
		t.Errorf("not held together: %v", of())
	}
}
