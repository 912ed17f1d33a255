package sources

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNaN takes what Python writes into JSON as missing values, wherever JSON stands.
func TestNaN(t *testing.T) {
	const cell = `[{"label": "a", "weight": NaN}, {"label": "b", "weight": 0.5}, NaN]`
	const pair = `["x", Infinity]`
	for name, text := range map[string]string{
		"m.json":  `[{"i": "1", "d": ` + cell + `, "age": -Infinity, "sex": null, "p": NaN, "m": {"n": Infinity}}]`,
		"m.jsonl": `{"i": "1", "d": ` + cell + `, "age": NaN, "p": Infinity, "m": {"n": -Infinity}, "sex": NaN}` + "\n",
		"m.csv":   "i,d,age,sex,p,m.n\n1,\"" + strings.ReplaceAll(cell, `"`, `""`) + "\",,,,\n",
	} {
		s := newTrial(t, "files: "+name+"\ncolumns: {image_path: i, age: age, sex: sex, patient_id: p, differentials: d}\n"+
			"extra: [m.n]\n", map[string]string{name: text})
		if report, err := s.ingest(t); err != nil || report.Bad > 0 {
			t.Fatalf("%s: %v, %+v", name, err, report)
		}
		want := []string{`1,,"[{""label"":""a""},{""label"":""b"",""weight"":0.5}]",,,,,,,,,,`}
		if diff := cmp.Diff(want, s.rows()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	s := newTrial(t, "files: m.csv\ncolumns: {image_path: {column: i, split: json}}\n",
		map[string]string{"m.csv": "i\n\"" + strings.ReplaceAll(pair, `"`, `""`) + "\"\n"})
	if _, err := s.ingest(t); err != nil || s.rows()[0] != "x,,,,,,,,,,," {
		t.Errorf("%v: %q", err, s.csv)
	}
}

// TestObjectsBehind reads objects one after another as records, and refuses what may be meant in two ways.
func TestObjectsBehind(t *testing.T) {
	const two = `{"a": {"i": "1"}, "b": {"i": "2"}} {"c": {"i": "3"}}`
	for _, c := range []struct{ records, text, want string }{
		{"", two, "a second object stands behind one of records: if each is a record, write `records: $file`"},
		{"", "[{\"i\": \"1\"}]\n{\"i\": \"2\"}", "m.json:2:1: a second object stands behind one of records"},
		{"", "{\"i\": \"1\"} x", "m.json:1:12: 'x', want nothing after the value"},
		{"$file", `[{"i": "1"}]`, "m.json:1:1: '[', want an object, for records: $file makes a record of each"},
		{"r", `{"r": [{"i": "1"}]} {"r": []}`, "want nothing after the value"},
	} {
		s := newTrial(t, "files: {path: m.json, records: \""+c.records+"\"}\ncolumns: {image_path: i}\n",
			map[string]string{"m.json": c.text})
		if c.records == "" {
			s = newTrial(t, "files: m.json\ncolumns: {image_path: i}\n", map[string]string{"m.json": c.text})
		}
		_, err := s.ingest(t)
		mustName(t, err, c.want)
	}
	named := newTrial(t, "files: m.json\ncolumns: {image_path: a.i, label: b.i}\n", map[string]string{"m.json": two})
	if _, err := named.ingest(t); err != nil || !cmp.Equal(named.rows(), []string{"1,2,,,,,,,,,,"}) {
		t.Errorf("%v: %q", err, named.csv) // the second has neither: no image
	}
	s := newTrial(t, "files: m.jsonl\ncolumns: {image_path: i}\n",
		map[string]string{"m.jsonl": "{\"i\": \"1\"}{\"i\": \"2\"}\n"})
	_, err := s.ingest(t)
	mustName(t, err, "m.jsonl:1:11: a second object stands in the line: write `format: json`")
	s = newTrial(t, "files: {path: m.json, records: $file}\ncolumns: {image_path: a.i, label: c.i}\n",
		map[string]string{"m.json": `{"a": {"i": "1"}}` + "\n" + `{"a": {"i": "2"}, "c": {"i": "3"}}`})
	if _, err := s.ingest(t); err != nil || !cmp.Equal(s.rows(), []string{"1,,,,,,,,,,,", "2,3,,,,,,,,,,"}) {
		t.Errorf("%v: %q", err, s.csv)
	}
}
