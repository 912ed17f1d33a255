package sources

import (
	"context"
	"encoding/csv"
	"os"
	"slices"
	"strings"
	"testing"
)

// fuzzedFormats are source.yaml's of one raw file, by its name.
var fuzzedFormats = [...][2]string{
	{"m.csv", "files: m.csv\ncolumns: {image_path: i, label: l, sex: s}\nextra: [e]\n"},
	{"m.tsv", "files: m.tsv\ncolumns: {image_path: i, label: l, age: s}\n"},
	{"m.tsv", "files: {path: m.tsv, quotes: rfc4180}\ncolumns: {image_path: i, label: l}\n"},
	{"m.csv", "files: {path: m.csv, delimiter: \";\"}\ncolumns: {image_path: i, label: l}\n"},
	{"m.json", "files: m.json\ncolumns: {image_path: i, label: l.a}\n"},
	{"m.json", "files: {path: m.json, records: r}\ncolumns: {image_path: $key, label: l}\n"},
	{"m.jsonl", "files: m.jsonl\ncolumns: {image_path: i, differentials: {column: l, format: json}}\n"},
	{"m.csv", "files: m.csv\ncolumns:\n  image_path: {column: i, stem: yes, matches: '(.)(b)?', to: '{1}{2}/{0}', " +
		"other: keep, else: l}\n  label: {one_hot: {columns: [l, s], several: join}, other: empty, else: e}\n" +
		"  sex: {column: s, matches: '^.', other: empty}\n  differentials: {probabilities: [e, l]}\nextra: {m: " +
		"{template: \"x{e}\", stem: yes, split: \";\", replace: {a: b}, map: {xb: \"\"}, other: reject}}\n"},
	{"m.csv", "files: {path: m.csv, delimiter: \"||\", comment: \"#\", skip_lines: 1}\ncolumns: {image_path: i, label: " +
		"l}\n"},
	{"m.csv", "files: {path: m.csv, line_ends: cr, comment: \"#\"}\ncolumns: {image_path: i, label: l}\n"},
	{"m.csv", "files: {path: m.csv, encoding: shift_jis}\ncolumns: {image_path: i, label: l}\n"},
	{"m.csv", "files: {path: m.csv, encoding: utf-16, header: 2}\ncolumns: {image_path: i, label: l}\n"},
	{"m.csv.gz", "files: m.csv.gz\ncolumns: {image_path: i, label: l}\n"},
	{"m.json", "files: {path: m.json, records: $file}\ncolumns: {image_path: i, label: l.a}\n"},
}

// FuzzTable ingests any file of each format of text: the rows add up, what comes out is a CSV that others read, with a
// path in each row and none twice, and the same comes out again.
func FuzzTable(f *testing.F) {
	f.Add(uint8(0), "i,l,s,e\na.jpg,\"x,\"\"y\",f,1\nb.jpg,,q,\n")
	f.Add(uint8(1), "i\tl\ts\na\t\"x\t40-49\nb\ty\t\n")
	f.Add(uint8(2), "i\tl\n\"a\"\t\"x\ty\"\n")
	f.Add(uint8(3), "i;l\r\na;x\r\n../b;y\r\na;z\r\n")
	f.Add(uint8(4), `[{"i": "a", "l": {"a": 1}}, {"i": null}, {"l": {}}]`)
	f.Add(uint8(5), `{"r": {"a": {"l": "x"}, "b": {}}}`)
	f.Add(uint8(7), "i,l,s,e\na/bc.jpg,X,,1\nbb,1,yes,a;\n,✓,?,0.5\n")
	f.Add(uint8(6), "{\"i\": \"a\", \"l\": \"[\\\"x\\\"]\"}\n\n{\"i\": 7}\n")
	f.Add(uint8(8), "x\n# y\ni||l\na||\"x||y\"\n#\nb||\n")
	f.Add(uint8(9), "i,l\r#\ra,x\r")
	f.Add(uint8(10), "i,l\na,\x83e\n")
	f.Add(uint8(11), inUTF16("sep=;\ni;l\na;é\n", le))
	f.Add(uint8(12), "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff")
	f.Add(uint8(13), `{"i": "a", "l": {"a": NaN}} {"i": "b"}`)
	f.Fuzz(func(t *testing.T, format uint8, text string) {
		form := fuzzedFormats[int(format)%len(fuzzedFormats)]
		s := newTrial(t, form[1], map[string]string{form[0]: text})
		if _, err := s.ingest(t); err != nil {
			if _, there := os.Stat(s.dir + "/clinic_dataset.csv"); there == nil {
				t.Errorf("failed, and left a dataset: %v", err)
			}
			return
		}
		// encoding/csv drops the CR of CR LF inside quotes, and nothing else here
		rows, err := csv.NewReader(strings.NewReader(s.csv)).ReadAll()
		if err != nil {
			t.Fatalf("%v in %q", err, s.csv)
		}
		paths := map[string]bool{}
		for _, row := range rows[1:] {
			if row[0] == "" || paths[row[0]] {
				t.Errorf("path %q", row[0])
			}
			paths[row[0]] = true
		}
		before := slices.Clone([]string{s.csv, s.ren})
		c, err := Load(s.dir)
		if err == nil {
			_, err = Ingest(context.Background(), c, Options{})
		}
		csv, _ := os.ReadFile(s.dir + "/clinic_dataset.csv")
		if err != nil || string(csv) != before[0] {
			t.Errorf("again: %v\n%q\n%q", err, csv, before[0])
		}
	})
}
