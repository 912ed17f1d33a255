package sources

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/dataset"
)

func TestPythonLiterals(t *testing.T) {
	good := map[string][]dataset.Entry{
		"":     nil,
		"  ":   nil,
		"None": nil,
		"[]":   nil,
		"{}":   nil,
		"()":   nil,
		`{'a': 0.41, "b's": 1, 'c': 1e-05, 'd': nan, 'e': None, 'f': -inf, 'g': -2., 'h': .5}`: {
			{Label: "a", Weight: 0.41, HasWeight: true}, {Label: "b's", Weight: 1, HasWeight: true},
			{Label: "c", Weight: 1e-5, HasWeight: true}, {Label: "d"}, {Label: "e"},
			{Label: "f"}, {Label: "g", Weight: -2, HasWeight: true},
			{Label: "h", Weight: 0.5, HasWeight: true},
		},
		`['a', "b",]`: {{Label: "a"}, {Label: "b"}},
		`('a', 'b')`:  {{Label: "a"}, {Label: "b"}},
		`[('a', 0.5), ['b', 1]]`: {{Label: "a", Weight: 0.5, HasWeight: true},
			{Label: "b", Weight: 1, HasWeight: true}},
		`['\'\\\n\x41\u00e9\U0001F600', 'é']`:              {{Label: "'\\\nAé😀"}, {Label: "é"}},
		`[{'label': 'a', 'weight': 1, 'reader': None}]`:    {{Label: "a", Weight: 1, HasWeight: true}},
		`[{'label': 'a', 'reader': 'r'}, {'label': 'b'} ]`: {{Label: "a", Reader: "r"}, {Label: "b"}},
		"[ 'a' , \"b\" , 'c\\n' ]":                         {{Label: "a"}, {Label: "b"}, {Label: "c\n"}},
		"{'a': 1e999}":                                     {{Label: "a", Weight: inf(1), HasWeight: true}},
		`{'Skin and/or, "subcutaneous" nodule {x}': 1.0}`: {{Label: `Skin and/or, "subcutaneous" nodule {x}`,
			Weight: 1, HasWeight: true}},
	}
	python := reader{column: "c", format: "python"}
	for text, want := range good {
		got, err := python.entries(nil, func(string) string { return text })
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", text, err, diff)
		}
	}
	bad := []string{
		"a", "'a'", "1", "True", "[", "['a'", "['a' 'b']", "['''a''']", "['a', 1]", "{'a'}", "{'a': 'b'}", "{'a': 1, 'a': 2}",
		"{1: 'a'}", "[,]", "['a',,]", "[null]", "__import__('os')", "[x for x in y]", "['a'] + ['b']", "['a']]",
		"{'': 1}", "['']", `['\ud800']`, `['\N{DASH}']`, `['\q']`, "[True]", "{'a': True}", "[('a',)]", "[('a', 1, 2)]",
		"array(['a'])", "['a\nb']", "{'a': 01}", "{'a': 1_0}", "{'a': 0x1}", "[{'label': 'a', 'more': 1}]",
		"[{'weight': 1}]", "b'a'", strings.Repeat("[", 1000), strings.Repeat("[", 65) + strings.Repeat("]", 65), "{'a': +}",
		"[-]", "['\\", "['\\x4", "['\\U00110000']",
	}
	for _, text := range bad {
		if got, err := python.entries(nil, func(string) string { return text }); err == nil {
			t.Errorf("%s gives %v, want an error", text, got)
		}
	}
}

func inf(sign float64) float64 { return sign / zero }

var zero float64

func TestDelimited(t *testing.T) {
	cases := []struct {
		r    reader
		text string
		want []dataset.Entry // nil: an error
	}{
		{reader{separator: ";"}, "a;b : c; d ;", []dataset.Entry{{Label: "a"}, {Label: "b : c"}, {Label: "d"}}},
		{reader{separator: ";", weightSep: ":"}, "a;b:0.3;c:d: 1", []dataset.Entry{{Label: "a"},
			{Label: "b", Weight: 0.3, HasWeight: true}, {Label: "c:d", Weight: 1, HasWeight: true}}},
		{reader{separator: ";", weightSep: ":"}, "a:inf;b:NaN;c:-Infinity;d:+Inf", []dataset.Entry{{Label: "a"}, {Label: "b"},
			{Label: "c"}, {Label: "d"}}},
		{reader{separator: " > "}, "a > b>c", []dataset.Entry{{Label: "a"}, {Label: "b>c"}}},
		{reader{separator: ";"}, "a;;b", nil},
		{reader{separator: ";"}, ";", nil},
		{reader{separator: ";", weightSep: ":"}, "a:x", nil},
		{reader{separator: ";", weightSep: ":"}, "a:", nil},
		{reader{separator: ";", weightSep: ":"}, ":1", nil},
		{reader{separator: ";", weightSep: ":"}, "a:0x10", nil},
	}
	for _, c := range cases {
		c.r.column, c.r.format = "c", "delimited"
		got, err := c.r.entries(nil, func(string) string { return c.text })
		if diff := cmp.Diff(c.want, got); (err != nil) != (c.want == nil) || err == nil && diff != "" {
			t.Errorf("%q: %v\n%s", c.text, err, diff)
		}
	}
}

func TestParallelLists(t *testing.T) {
	r := reader{labels: "l", weights: "w", format: "python"}
	entries := func(labels, weights string) ([]dataset.Entry, error) {
		return r.entries(nil, func(name string) string { return map[string]string{"l": labels, "w": weights}[name] })
	}
	got, err := entries("['a', 'b']", "[4, None]")
	if diff := cmp.Diff([]dataset.Entry{{Label: "a", Weight: 4, HasWeight: true}, {Label: "b"}}, got); err != nil ||
		diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	got, err = entries("[None, 'y', None]", "[0.6, inf, None]") // a weight stays with its place
	if diff := cmp.Diff([]dataset.Entry{{Label: "y"}}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	for _, c := range [][2]string{{"['a']", "[]"}, {"['a']", "['1']"}, {"[1]", "[1]"},
		{"[None]", "[1]"}, {"{'a': 1}", "[1]"}} {
		if got, err := entries(c[0], c[1]); err == nil {
			t.Errorf("%v gives %v, want an error", c, got)
		}
	}
}

// FuzzRecords reads records of JSON: no panic, and through a window of a few bytes the same as in one piece.
func FuzzRecords(f *testing.F) {
	f.Add(`{"d": [{"a": 1, "b": {"c": [1, 2]}}, {"b.c": null}]}`, "d")
	f.Add(`{"k": {"a": "x"}, "": {}}`, "")
	f.Add("{\"skipped\": [[1, {\"x\": \"a long text, longer than the window\"}],\n\"\\ud83d\\ude00\", -1.5e+10, true],\n"+
		`"d": [{"a": "é\u00e9"},  {"a": 12345678}]}`, "d")
	f.Add(`{"d": [{"a": 1}, {"a": 1 "b"}], "d": []}`, "d")
	long := regexp.MustCompile(`[0-9+\-.eE]{20}`)
	f.Fuzz(func(t *testing.T, text, keys string) {
		if long.MatchString(text) { // a number longer than what stands ready is not told from the end of the window
			return
		}
		var path []string
		if keys != "" {
			path = strings.Split(keys, ".")
		}
		read := func(block int) (rows []string, err error) {
			j := newJSONText(strings.NewReader(text), "x")
			j.block, j.ahead = block, min(block, jsonAhead)
			in := intake{want: wanted{"a": true, "b.c": true, "$key": true}, seen: func(int) {}, row: func(r *row) bool {
				rows = append(rows, fmt.Sprintf("%d %q", r.line, r.cells))
				return true
			}}
			in.also = func(string) {}
			records := newJSONRecords("x", j, in)
			if err = j.fill(); err == nil {
				err = records.find(path)
			}
			if err == nil {
				err = j.end()
			}
			return rows, j.failed(err)
		}
		whole, wantErr := read(jsonBlock)
		rows, err := read(40)
		if diff := cmp.Diff(whole, rows); (err == nil) != (wantErr == nil) || err == nil && diff != "" {
			t.Errorf("through a window %v, in one piece %v; rows (-one piece +window):\n%s", err, wantErr, diff)
		}
	})
}

// FuzzDifferentials reads a cell in every format. What is read, the dataset CSV can hold: it reads back the same.
func FuzzDifferentials(f *testing.F) {
	f.Add(`{'Eczema': 0.41, "Bowen's": 1e-5}`, ";", ":")
	f.Add(`[('a', 1), {'label': 'b', 'reader': 'r'}]`, ", ", "=")
	f.Add(`["a", "b"]`, ";", "")
	f.Add("a; b:0.3;", ";", ":")
	f.Fuzz(func(t *testing.T, text, separator, weightSep string) {
		if !utf8.ValidString(text) || !utf8.ValidString(separator) || !utf8.ValidString(weightSep) || separator == "" {
			return
		}
		for _, format := range []string{"json", "python", "delimited"} {
			r := reader{column: "c", format: format, separator: separator, weightSep: weightSep}
			entries, err := r.entries(nil, func(string) string { return text })
			if err != nil {
				continue
			}
			again, err := dataset.ParseDifferentials(string(dataset.AppendDifferentials(nil, entries)), nil)
			if diff := cmp.Diff(entries, again); err != nil || diff != "" && len(entries) > 0 {
				t.Errorf("%s %q: %v\n%s", format, text, err, diff)
			}
		}
	})
}
