package sources

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
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

// A list, or keys with values, that nothing stands behind has its default, as where the key is not there.
func TestEmptyListsAndKeysHaveTheirDefault(t *testing.T) {
	want, err := read("")
	if err != nil {
		t.Fatal(err)
	}
	got, err := read("id_missing:\ndifferentials: ~\nlabel:\nmask:\nexec:\nfiles:\n" +
		"where:\nskip:\ncolumns:\nextra: null\n")
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v: %v", got, want, err)
	}
	got, err = read("files: {walk: x, suffixes: , join: }\n" +
		"columns: {image_path: {column: $file, replace: , map: }, label: {one_hot: {columns: [a], marks: , unset: }}}\n")
	if err != nil || len(got.files[0].suffixes) != len(imageSuffixes) || got.columns["image_path"].mapping != nil ||
		len(got.columns["label"].oneHot.marks.keys) > 0 {
		t.Errorf("%+v: %v", got, err)
	}
	_, err = read("files: x.csv\ncolumns: {image_path: {columns: }}\n")
	if err == nil || !strings.Contains(err.Error(), "want a list") {
		t.Errorf("what has no default: %v", err)
	}
}

func TestBadDeclarations(t *testing.T) {
	cases := []struct {
		text string
		want []string
	}{
		{"titel: x\nkind: big\nicd11: maybe\ntitle: [a]\n", []string{
			`source.yaml:1:1: titel: unknown key; did you mean title?`,
			`source.yaml:2:7: kind: "big": want one of archive, custom, multiple`,
			`source.yaml:3:8: icd11: "maybe": want one of yes, no`, `source.yaml:4: title: is a list, want text`,
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
		{"files: m.doc\ncolumns: {image_path: i}\n", []string{"source.yaml:1: files: \"m.doc\" is not read: export"}},
		{"files: m.dat\ncolumns: {image_path: i}\n", []string{"source.yaml:1: files: format of \"m.dat\""}},
		{"files: ../m.csv\ncolumns: {image_path: i}\n", []string{"files: path \"../m.csv\" has the part"}},
		{"files:\n- a.csv\n- b.csv\n", []string{"source.yaml:3: files[2]: want join:"}},
		{"files: {path: a.csv, join: {on: x}}\n", []string{"nothing before it"}},
		{"files: {path: a.csv, sheet: x, records: y}\n",
			[]string{"files.records: has no meaning for a csv file", "files.sheet: has no meaning"}},
		{"files: {path: a.csv, walk: b}\n", []string{"want either path:"}},
		{"files: {walk: \"{a}/{a}\"}\n", []string{`files.walk: pattern "{a}/{a}" names "a" twice`}},
		{"files: {walk: \"/x\"}\n", []string{`has the part ""`}},
		{"files: {walk: x, suffixes: [png]}\n", []string{"does not begin with a dot"}},
		{"files: {path: a.csv, delimiter: semicolon}\n",
			[]string{`"semicolon": want the characters themselves, such as ";"`}},
		{"files: {path: a.csv, delimiter: \"\"}\n", []string{"delimiter: is empty: want the characters between fields"}},
		{"files: {path: a.csv, delimiter: '\\s+'}\n", []string{"any number of blanks is no delimiter", "tr -s ' \\t' '\\t'"}},
		{"files: {path: a.csv, delimiter: '\\|+'}\n", []string{"it is no pattern"}},
		{"files: {path: a.csv, encoding: windows-1522}\n",
			[]string{`encoding "windows-1522" is not known: want windows-1252, windows-`}},
		{"files: {path: a.csv, encoding: ansi}\n", []string{"want windows-1252 in western Europe"}},
		{"files: {path: a.csv, header: 3, skip_lines: 3}\n", []string{
			"files.header: names line 3, and skip_lines: 3 leaves out all lines before line 4: want one of them"}},
		{"files: {path: a.csv, comment: '#', delimiter: '#'}\n", []string{`files.comment: "#" is also the delimiter`}},
		{"files: {path: a.csv, comment: 'a\"'}\n", []string{"want what comments begin with"}},
		{"files: {path: a.json, comment: '#', header: 2, skip_lines: 1, line_ends: cr}\n", []string{
			"files.comment: has no meaning for a json file, only for csv, tsv",
			"files.header: has no meaning for a json file, only for csv, tsv, xlsx", "files.skip_lines: has",
			"files.line_ends: has"}},
		{"files: a.xls\n",
			[]string{`"a.xls" is not read: open it in a spreadsheet program, save it as .xlsx, and write path: a.xlsx`}},
		{"files: d/a.csv.zst\n", []string{`"d/a.csv.zst" is not unpacked here: unpack it, and write path: d/a.csv`}},
		{"files: a.zip\n", []string{"is an archive: unpack it, and write the path: of the file that was in it"}},
		{"files: a.tar.gz\n", []string{"is an archive"}},
		{"files: a.parquet.gz\n", []string{"unpack it with gunzip, and write path: a.parquet"}},
		{"files: a.pdf\n", []string{"export its table as CSV UTF-8, and write path: a.csv"}},
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
		{"columns: {label: {one_hot: {none: x}}}\n", []string{"want columns: {raw column: label}"}},
		{"columns: {sex: {column: a, missing: empty}}\n", []string{"columns.sex.missing: is of mask_path alone"}},
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
		{"extra: [x, extra.x]\n", []string{`extra[2]: "extra.x" stands twice`}},
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
	f.Add("files: [a.csv, {path: b.csv, join: {on: {\"{a}/{b}\": {column: c, stem: yes, matches: '(x)(?P<n>y)?', " +
		"to: '{1}-{n}', other: keep}}, ignore_case: yes}}]\n" +
		"columns: {image_path: a, label: {column: l, else: {one_hot: {columns: [a, b], marks: [X, ✓], unset: [-], " +
		"several: join, separator: +}, other: empty}},\n" +
		"  differentials: [{probabilities: {a: A}}, {one_hot: {columns: [a]}}]}\n")
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
