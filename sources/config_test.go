package sources

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/yamlio"
)

func read(text string) (*Config, error) { return parse("clinic", ".", "source.yaml", []byte(text)) }

func TestDefaults(t *testing.T) {
	for _, text := range []string{"", "# only a comment\n", "title: clinic\n"} {
		c, err := read(text)
		if err != nil {
			t.Fatal(err)
		}
		if c.Title != "clinic" || c.PatientSpace != "clinic" || c.Kind != "archive" || !c.ICD11 || c.Pending() ||
			c.CropState() != "none" || c.LesionsInSource() || c.Given() || c.Derive() || c.RejectTies() ||
			c.HasRaw() || len(c.IDMissing) > 0 {
			t.Errorf("%q gives %+v", text, c)
		}
	}
}

func TestEveryDocumentationKey(t *testing.T) {
	c, err := read(`title: 2017
kind: custom
description: >
  two
  lines
licence:
icd11: no
crops: pending
status: pending
patient_space: shared
lesion_scope: source
differentials: {weights: given}
label: {from: differentials, on_tie: reject}
id_missing: [unknown, 0, "", ~]
`)
	if err != nil {
		t.Fatal(err)
	}
	if c.Title != "2017" || c.Kind != "custom" || c.Description != "two lines\n" || c.Licence != "" || c.ICD11 ||
		c.CropState() != "pending" || !c.Pending() || c.PatientSpace != "shared" || !c.LesionsInSource() ||
		!c.Given() || !c.Derive() || !c.RejectTies() {
		t.Errorf("%+v", c)
	}
	if diff := cmp.Diff([]string{"unknown", "0", "", ""}, c.IDMissing); diff != "" {
		t.Error(diff)
	}
}

func TestBadDeclarations(t *testing.T) {
	cases := []struct {
		text string
		want []string
	}{
		{"titel: x\nkind: big\nicd11: maybe\ntitle: [a]\n", []string{
			`source.yaml:1: titel: unknown key, want one of`,
			`source.yaml:2: kind: "big": want one of archive, custom, multiple`,
			`source.yaml:3: icd11: "maybe": want one of yes, no`, `source.yaml:4: title: is a list, want text`,
		}},
		{"title: a\ntitle: b\n", []string{"source.yaml:2: title: stands twice, first in line 1"}},
		{"- a\n", []string{"is a list, want keys with values"}},
		{"title: &x a\nkind: *x\n", []string{"source.yaml:2: kind:", "alias"}},
		{"title: a\n---\ntitle: b\n", []string{"more than one YAML document"}},
		{"title: {\n", []string{"source.yaml:"}},
		{"title: !!binary aGk=\n", []string{"title: \"aGk=\", want text"}},
		{"patient_space: \"\"\nlesion_scope: all\n", []string{"patient_space: is empty", "lesion_scope"}},
		{"exec: []\n", []string{"exec: want a command"}},
		{"exec: [a]\nfiles: m.csv\ncolumns: {image_path: i}\n", []string{"files: stands beside exec:"}},
		{"columns: {label: x}\n", []string{"there are no files: to make columns from"}},
		{"files: m.csv\n", []string{"columns.image_path: is missing"}},
		{"files: m.doc\ncolumns: {image_path: i}\n", []string{"source.yaml:1: files: format of \"m.doc\""}},
		{"files: ../m.csv\ncolumns: {image_path: i}\n", []string{"files: path \"../m.csv\" has the part"}},
		{"files:\n- a.csv\n- b.csv\n", []string{"source.yaml:3: files[2]: want join:"}},
		{"files: {path: a.csv, join: {on: x}}\n", []string{"nothing before it"}},
		{"files: {path: a.csv, sheet: x, records: y}\n",
			[]string{"files.records: has no meaning for a csv file", "files.sheet: has no meaning"}},
		{"files: {path: a.csv, walk: b}\n", []string{"want either path:"}},
		{"files: {walk: \"{a}/{a}\"}\n", []string{`files.walk: pattern "{a}/{a}" names "a" twice`}},
		{"files: {walk: \"/x\"}\n", []string{`has the part ""`}},
		{"files: {walk: x, suffixes: [png]}\n", []string{"does not begin with a dot"}},
		{"files: {path: a.csv, delimiter: ;;}\n", []string{"want one ASCII character, or tab"}},
		{"files: {path: a.csv, fill: down}\n", []string{"files.fill: has no meaning for a csv file, only for xlsx"}},
		{"files: {path: a.xlsx, fill: up}\n", []string{"want one of down"}},
		{"files: {path: a.xlsx, header: 0}\n", []string{"want a whole number, 1 or more"}},
		{"files:\n- a.csv\n- {path: x/a.csv, join: {on: i}}\ncolumns: {image_path: i}\n", []string{`name "a" stands twice`}},
		{"files:\n- a.csv\n- {path: b.csv, join: {type: left}}\n", []string{"want on:"}},
		{"columns: {labels: x}\n", []string{"columns.labels: unknown key"}},
		{"columns: {sex: {column: a, map: {b: c}}}\n", []string{"columns.sex: map: wants other:"}},
		{"columns: {sex: {column: a, other: keep}}\n", []string{"other: has no meaning without map:"}},
		{"columns: {sex: {column: a, constant: b}}\n", []string{"want one of column, columns"}},
		{"columns: {sex: {}}\n", []string{"want one of column, columns"}},
		{"columns: {sex: \"{a\"}\n", []string{"want a column's name in braces"}},
		{"columns: {sex: \"a}\"}\n", []string{"closes nothing"}},
		{"columns: {sex: {one_hot: {columns: {a: b}}}}\n", []string{"columns.sex.one_hot: unknown key"}},
		{"columns: {label: {one_hot: {none: x}}}\n", []string{"want columns: {raw column: label}"}},
		{"columns: {sex: {column: a, missing: empty}}\n", []string{"missing: unknown key"}},
		{"columns: {sex: {column: a, map: {x: 1, x: 2}, other: keep}}\n", []string{"columns.sex.map.x: stands twice"}},
		{"files: a.csv\ncolumns: {image_path: i, sex: {columns: [a, b]}}\n",
			[]string{"columns.sex: is a list, but image_path is not"}},
		{"files: a.csv\ncolumns: {image_path: {columns: [i, j]}, sex: {columns: [a]}}\n",
			[]string{"has 1 entries, image_path 2"}},
		{"columns: {differentials: {column: a, labels: b}}\n", []string{"columns.differentials: want column:"}},
		{"columns: {differentials: {labels: b}}\n", []string{"want labels: and weights: together"}},
		{"columns: {differentials: {column: b, separator: x}}\n", []string{"want format: delimited"}},
		{"columns: {differentials: {column: b, format: yaml}}\n", []string{"want one of json, python, delimited"}},
		{"where: [{column: a}]\nskip: [{column: a, matches: \"(\"}]\n",
			[]string{"where[1]: want column: and one of is:", "skip[1].matches: error parsing regexp"}},
		{"extra: [label, a, a]\n",
			[]string{`extra[1]: "label" is one of the dataset's own columns`, `extra[3]: "a" stands twice`}},
		{"? [a]\n: b\n", []string{"want plain text as a key"}},
	}
	for _, c := range cases {
		_, err := read(c.text)
		mustName(t, err, c.want...)
		if err == nil {
			t.Logf("in %q", c.text)
			continue
		}
		for _, one := range err.(interface{ Unwrap() []error }).Unwrap() {
			if _, is := errors.AsType[*yamlio.Error](one); !is {
				t.Errorf("%v is a %T", one, one)
			}
		}
	}
}

func TestLoad(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a.b-c_1")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "source new") {
		t.Errorf("a folder without source.yaml: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "source.yaml"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := Load(dir)
	if err != nil || c.Name != "a.b-c_1" || c.Dataset(dir) != filepath.Join(dir, "a.b-c_1_dataset.csv") {
		t.Errorf("%+v, %v", c, err)
	}
	for _, name := range []string{"", "-a", ".a", "a b", "ä", "a/b"} {
		if CheckName(name) == nil {
			t.Errorf("%q is no error", name)
		}
	}
}

func TestStarterLoads(t *testing.T) {
	text, err := New("my-clinic")
	if err != nil {
		t.Fatal(err)
	}
	c, err := parse("my-clinic", ".", "source.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	if !c.HasRaw() || c.PatientSpace != "my-clinic" {
		t.Errorf("%+v", c)
	}
	var plain []string
	commented := regexp.MustCompile(`^# (- \{.*|(?:patient_id|lesion_id|sex|age|body_site|fitzpatrick|image_type|diagnosis_method|differentials|mask_path): .*)$`)
	for _, line := range strings.Split(string(text), "\n") { // what is commented out is right as well
		plain = append(plain, commented.ReplaceAllString(line, "  $1"))
	}
	if _, err := parse("my-clinic", ".", "source.yaml", []byte(strings.Join(plain, "\n"))); err != nil {
		t.Error(err)
	}
	if _, err := New("a b"); err == nil {
		t.Error("a bad name is no error")
	}
}

// The declarations of examples/public say what they are, and make the datasets of testdata out of rows in the shapes of
// those sets.
func TestPublicExamples(t *testing.T) {
	dir, testdata := filepath.Join(t.TempDir(), "sources"), filepath.Join("..", "testdata")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "examples", "public", "sources"))); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) < 5 {
		t.Fatal(entries, err)
	}
	for _, entry := range entries {
		c, err := Load(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Error(err)
			continue
		}
		if c.Licence == "" || c.Description == "" || !c.HasRaw() {
			t.Errorf("%s lacks something: %+v", c.Path, c)
		}
		if _, err := Ingest(t.Context(), c, Options{Raw: filepath.Join(testdata, "public", c.Name)}); err != nil {
			t.Error(err)
		}
		got, gotErr := os.ReadFile(c.Dataset(c.Dir))
		want, err := os.ReadFile(filepath.Join(testdata, "datasets", c.Name+"_dataset.csv"))
		if err := errors.Join(err, gotErr); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.Name, diff)
		}
	}
}

func FuzzConfig(f *testing.F) {
	f.Add(starter)
	f.Add("files: [a.csv, {path: b.json, records: x.y, join: {on: {a: b}}}]\n" +
		"columns: {image_path: {columns: [a, b]}, label: \"{x}{{\"}\nextra: {y: {column: z, split: json}}\n")
	f.Add("files: {walk: \"**/{a}-*/{b}.png\"}\nskip: {column: a, is: [1, ~]}\n")
	f.Add("exec: [a]\n--- \n? a\n: *b\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := read(text)
		if err == nil && c.HasRaw() && len(c.Exec) == 0 && c.columns["image_path"] == nil {
			t.Error("a declaration without image_path loads")
		}
		if again, second := read(text); (err == nil) != (second == nil) ||
			err != nil && err.Error() != second.Error() || again.Title != c.Title {
			t.Errorf("read twice: %v, %v", err, second)
		}
	})
}

func TestDocumentedExamplesLoad(t *testing.T) {
	page, err := os.ReadFile("../docs/sources.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(page), "```yaml\n")[1:]
	for _, block := range blocks {
		text, _, _ := strings.Cut(block, "```")
		if c, err := read(text); err != nil || !c.HasRaw() {
			t.Errorf("%v\n%s", err, text)
		}
	}
	if len(blocks) < 12 {
		t.Errorf("%d examples", len(blocks))
	}
}

// What promises crops leaves an image without one pending (spec 9).
func TestCropState(t *testing.T) {
	for crops, want := range map[string]string{"none": "none", "programmatic": "none", "wound-masks": "none",
		"in-house": "pending", "mixed": "pending", "pending": "pending"} {
		if got := (&Config{Crops: crops}).CropState(); got != want {
			t.Errorf("crops: %s: %s, want %s", crops, got, want)
		}
	}
}
