package sources

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
)

// TestInstead says what is there where a file is not.
func TestInstead(t *testing.T) {
	for _, c := range []struct {
		path string
		want []string
	}{
		{"m.csv", []string{"m.csv: no such file or directory; there is \"M.CSV\": write `path: \"M.CSV\"`"}},
		{"d/a.csv", []string{"; there is \"d/a.tsv\": write `path: \"d/a.tsv\"`"}},
		{"a.tsv", []string{"; there is \"d/a.tsv\": write `path: \"d/a.tsv\"`"}},
		{"e\u0301.csv", []string{"; there is \"\u00e9.csv\": write `path: \"\u00e9.csv\"` (accents are written in two ways"}},
		{"\"x  y.csv\"", []string{"; there is \"x y.csv\""}},
		{"d/zzz.csv", []string{"; \"d\" has \"a.tsv\", \"b[1].csv\""}},
		{"q/zzz.csv", []string{"; the raw folder has \"M.CSV\", \"d/\", \"e/\", \"x y.csv\", \"\u00e9.csv\""}},
		{"\"d/*.xlsx\"", []string{"d/*.xlsx: no file matches; \"d\" has \"a.tsv\", \"b[1].csv\""}},
		{"\"*.tsv\"", []string{"*.tsv: no file matches; there is \"d/a.tsv\""}},
		{"\"E/*.csv\"", []string{"; there is \"e/1.csv\", \"e/2.csv\": write `path: \"e/*.csv\"`"}},
		{"\"**/q/*.csv\"", []string{"no file matches (here ** stands for the name of one folder"}},
		{"\"d/b[2.csv\"", []string{"syntax error in pattern: of a [ that stands in a file's name write [[]"}},
	} {
		s := newTrial(t, "files: {path: "+c.path+"}\ncolumns: {image_path: i}\n",
			map[string]string{"M.CSV": "", "d/a.tsv": "", "d/b[1].csv": "", "\u00e9.csv": "", "x y.csv": "", "._hidden": "",
				"e/1.csv": "", "e/2.csv": ""})
		_, err := s.ingest(t)
		mustName(t, err, c.want...)
	}
	// of several files in folders of one depth, the pattern that matches all of them is what to write
	for pattern, want := range map[string]string{"*.json": "*/*/*.json", "p1/*.json": "*/*/*.json", "*.jsonl": "e/*.jsonl",
		"*.tsv": "1.TSV", "a.json": "01/p1/a.json"} {
		s := newTrial(t, "files: {path: \""+pattern+"\"}\ncolumns: {image_path: i}\n", map[string]string{"01/p1/a.json": "",
			"01/p2/b.json": "", "02/p1/c.json": "", "e/a.jsonl": "", "e/b.jsonl": "", "1.TSV": "", "q/2.tsv": ""})
		_, err := s.ingest(t)
		mustName(t, err, "write `path: \""+want+"\"`")
	}
	// what stands in a name is no pattern where a file has just that name
	for _, name := range []string{"m[1].csv", "m*.csv", "m?.csv", "m{1}.csv", "m[.csv", "m].csv"} {
		s := newTrial(t, "files: {path: \""+name+"\"}\ncolumns: {image_path: i}\n", map[string]string{name: "i\na\n"})
		if _, err := s.ingest(t); err != nil {
			t.Error(err)
		}
	}
	for _, folder := range []string{"set[1]", "a[1]/b[]", "[x"} {
		s := newTrial(t, "files: {path: \""+folder+"/m*.csv\"}\ncolumns: {image_path: i}\n",
			map[string]string{folder + "/m1.csv": "i\na\n", folder + "/m2.csv": "i\nb\n"})
		if _, err := s.ingest(t); err != nil || len(s.rows()) != 2 {
			t.Errorf("%s: %v, %q", folder, err, s.csv)
		}
	}
}

// TestColumnsThatLookAlike says why a column is not the one that is written.
func TestColumnsThatLookAlike(t *testing.T) {
	for _, c := range []struct{ written, is, want string }{
		{"label", "l\u0430bel", "write \"l\\u0430bel\" (\"lаbel\" holds U+0430, which looks like a)"},
		{"l\u0430bel", "label", "write label (\"lаbel\" holds U+0430, which looks like a)"},
		{"l\u00e9sion", "le\u0301sion", "write \"le\\u0301sion\" (accents are written in two ways"},
	} {
		s := newTrial(t, "files: m.csv\ncolumns: {image_path: i, label: "+c.written+"}\n",
			map[string]string{"m.csv": "i," + c.is + "\na,b\n"})
		_, err := s.ingest(t)
		mustName(t, err, c.want)
	}
	if why := alikeBy("lable", "label"); why != "" {
		t.Error(why)
	}
}

// TestDoubts: what may be meant otherwise is told, with the line to write.
func TestDoubts(t *testing.T) {
	const tsv = "i\tl\na\tnevus\nb\t\"nevus, dysplastic\"\nc\t\"x\"\n"
	s := newTrial(t, "files: m.tsv\ncolumns: {image_path: i, label: l}\n", map[string]string{"m.tsv": tsv})
	report, err := s.ingest(t)
	want := []string{"m.tsv:3: \"nevus, dysplastic\" stands in quotes, which are kept: where they are none of the text, " +
		"write `{path: m.tsv, quotes: rfc4180}` in line 1 of source.yaml"}
	if err != nil || !slices.Equal(report.Doubts, want) {
		t.Errorf("%q, %v", report.Doubts, err)
	}
	for _, quotes := range []string{"none", "rfc4180"} {
		s = newTrial(t, "files: {path: m.tsv, quotes: "+quotes+"}\ncolumns: {image_path: i, label: l}\n",
			map[string]string{"m.tsv": tsv})
		if report, err = s.ingest(t); err != nil || len(report.Doubts) > 0 {
			t.Errorf("quotes: %s: %q, %v", quotes, report.Doubts, err)
		}
	}
}

// TestFoldersOfTheRawFolder are no part of what is cut off a path from elsewhere.
func TestFoldersOfTheRawFolder(t *testing.T) {
	for file, want := range map[string]string{
		`D:\export\P0\a.jpg`:   `replace: {'\': '/'}, matches: '^D:/(.*)$', to: '{1}', other: keep`,
		`/mnt/export/P0/a.jpg`: `matches: '^/mnt/(.*)$', to: '{1}', other: keep`,
		`/mnt/other/P0/a.jpg`:  `matches: '^/mnt/other/P0/(.*)$', to: '{1}', other: keep`,
		`C:\..\other\a.jpg`:    `matches: '^C:\\\.\.\\other\\(.*)$', to: '{1}', other: keep`,
	} {
		s := newTrial(t, "files: m.csv\ncolumns: {image_path: i}\n", map[string]string{"m.csv": "i\n" + file + "\n",
			"export/P0/a.jpg": ""})
		_, err := s.ingest(t)
		mustName(t, err, "write `image_path: {column: i, "+want+"}`")
	}
}

// TestWhichColumns says which columns there are where one is not.
func TestWhichColumns(t *testing.T) {
	s := newTrial(t, "files: m.jsonl\ncolumns: {image_path: i, label: dx}\n",
		map[string]string{"m.jsonl": "{\"i\": \"a\", \"meta\": {\"diagnosis\": \"x\"}}\n{\"i\": \"b\", \"age\": 4}\n"})
	_, err := s.ingest(t)
	mustName(t, err, `there is no column "dx" in the raw material, only i, meta.diagnosis, meta, age`)
	s = newTrial(t, "files: {walk: \"{label}/*\"}\ncolumns: {image_path: $file, label: label}\n",
		map[string]string{"nevus/p1/a.jpg": ""})
	_, err = s.ingest(t)
	mustName(t, err, `no image matches {label}/*; there is "nevus/p1/a.jpg": want a part between / for each of its folders`)
	for header, names := range map[string][2]string{"1": {"Clin", "2"}, "2": {"ID", "1"}} {
		s = newTrial(t, "files: {path: m.xlsx, header: "+header+"}\ncolumns: {image_path: ID, label: Clin, age: Age}\n", nil)
		workbook(t, filepath.Join(s.dir, "raw", "m.xlsx"), [][]string{
			{"ID", "Clinical diagnosis", "Age"}, {"", "Clin", "Age"}, {"a", "x", "#4"}})
		_, err = s.ingest(t)
		mustName(t, err, fmt.Sprintf("there is no column %q in row %s of m, but row %s has the name: names over several rows",
			names[0], header, names[1]))
	}
}

func TestTemplateWithoutQuotes(t *testing.T) {
	for yaml, want := range map[string]string{
		"files: m.csv\ncolumns: {image_path: {file}}\n":                                          `{file} without quotes is no template in YAML: write "{file}"`,
		"files: [m.csv, {path: n.csv, join: {on: {file: {id}}}}]\ncolumns: {image_path: file}\n": `write "{id}"`,
		"files: m.csv\ncolumns: {image_path: {colunm: x}}\n":                                     "unknown key",
	} {
		_, err := newTrial(t, yaml, nil).ingest(t)
		mustName(t, err, want)
	}
}
