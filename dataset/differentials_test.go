package dataset

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// oracle reads a differentials cell with encoding/json, token by token, so that keys that stand twice are seen.
func oracle(cell []byte) ([]Entry, error) {
	if len(cell) == 0 {
		return nil, nil
	}
	if !utf8.Valid(cell) {
		return nil, errors.New("not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(cell))
	d.UseNumber()
	bad := errors.New("not a differential")
	if token, err := d.Token(); err != nil || token != json.Delim('[') {
		return nil, bad
	}
	var entries []Entry
	var objects, labels bool
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		switch first := token.(type) {
		case string:
			labels = true
			entries = append(entries, Entry{Label: first})
		case json.Delim:
			if first != '{' {
				return nil, bad
			}
			objects = true
			entry, err := oracleObject(d)
			if err != nil {
				return nil, err
			}
			entries = append(entries, entry)
		default:
			return nil, bad
		}
		if entries[len(entries)-1].Label == "" {
			return nil, bad
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF || objects && labels {
		return nil, bad
	}
	return entries, nil
}

func oracleObject(d *json.Decoder) (Entry, error) {
	var entry Entry
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return entry, err
		}
		value, err := d.Token()
		if err != nil {
			return entry, err
		}
		text, isText := value.(string)
		number, isNumber := value.(json.Number)
		switch {
		case seen[key.(string)]:
			return entry, errors.New("twice")
		case key == "label" && isText:
			entry.Label = text
		case key == "reader" && isText:
			entry.Reader = text
		case key == "weight" && isNumber:
			entry.HasWeight = true
			entry.Weight, _ = strconv.ParseFloat(string(number), 64)
		default:
			return entry, errors.New("key or type")
		}
		seen[key.(string)] = true
	}
	_, err := d.Token()
	return entry, err
}

// differ compares the parser with the oracle. The parser is stricter in one thing: half of a surrogate pair,
// which encoding/json replaces.
func differ(t *testing.T, cell []byte) {
	t.Helper()
	got, err := ParseDifferentials(string(cell), nil)
	want, wrong := oracle(cell)
	if err != nil && strings.Contains(err.Error(), "surrogate") && bytes.Contains(cell, []byte(`\u`)) {
		return
	}
	if (err != nil) != (wrong != nil) ||
		err == nil && !(len(got) == 0 && len(want) == 0) && !reflect.DeepEqual(got, want) {
		t.Fatalf("%q: %v, %v, want %v, %v", cell, got, err, want, wrong)
	}
	if err == nil {
		again, err := ParseDifferentials(string(AppendDifferentials(nil, got)), nil)
		if err != nil || len(got) > 0 && !reflect.DeepEqual(again, got) {
			t.Fatalf("%q: %v is written as %q and reads back as %v, %v", cell, got, AppendDifferentials(nil, got), again, err)
		}
	}
}

func TestParse(t *testing.T) {
	inf := math.Inf(1)
	good := map[string][]Entry{
		``:            nil,
		`[]`:          nil,
		" [ ] \n":     nil,
		`["a","b"]`:   {{Label: "a"}, {Label: "b"}},
		`[ "a" ,"a"]`: {{Label: "a"}, {Label: "a"}},
		`[{"label":"a","weight":0.5,"reader":"r1"},{"reader":"","label":"b"}]`: {{Label: "a", Weight: 0.5,
			HasWeight: true, Reader: "r1"}, {Label: "b"}},
		`[{"label":"a","weight":1e999},{"label":"b","weight":-1e999},{"label":"c","weight":-0}]`: {
			{Label: "a", Weight: inf, HasWeight: true}, {Label: "b", Weight: -inf, HasWeight: true},
			{Label: "c", Weight: math.Copysign(0, -1), HasWeight: true},
		},
		`["\u00e9\n\"\\\/\ud83d\ude00 \u0000"]`: {{Label: "é\n\"\\/😀 \x00"}},
		`[{"l\u0061bel":"a"}]`:                  {{Label: "a"}},
		`[" a "]`:                               {{Label: " a "}},
	}
	for cell, want := range good {
		got, err := ParseDifferentials(cell, nil)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v, want %v", cell, got, err, want)
		}
		differ(t, []byte(cell))
	}
	bad := []string{
		" ", "a", "null", "{}", `"a"`, "1", "[", "]", `["a"`, `["a",]`, `[,"a"]`, `["a" "b"]`, `["a"]]`, `["a"] x`,
		`[1]`, `[null]`, `[true]`, `[["a"]]`, `[""]`, `["a",{"label":"b"}]`, `[{"label":"a"},"b"]`, `[{}]`,
		`[{"label":""}]`, `[{"label":1}]`, `[{"label":null}]`, `[{"weight":1}]`, `[{"label":"a","label":"b"}]`,
		`[{"label":"a","weight":1,"weight":1}]`, `[{"label":"a","reader":"","reader":"b"}]`, `[{"label":"a","weight":"1"}]`,
		`[{"label":"a","weight":null}]`, `[{"label":"a","weight":NaN}]`, `[{"label":"a","weight":01}]`,
		`[{"label":"a","weight":1.}]`, `[{"label":"a","weight":.1}]`, `[{"label":"a","weight":+1}]`,
		`[{"label":"a","weight":1e}]`, `[{"label":"a","weight":-}]`, `[{"label":"a","reader":1}]`,
		`[{"label":"a","Weight":1}]`, `[{"label":"a","note":"b"}]`, `[{"label":"a",}]`, `[{label:"a"}]`, `['a']`,
		"[\"a\nb\"]", `["\x41"]`, `["\u12g4"]`, `["\u123`, `["\ud800"]`, `["\ude00"]`, `["\ud800\u0041"]`, `["a`, `["a\`,
		"[\"\xff\"]", "\ufeff[]", strings.Repeat("[", 100000),
	}
	into := []Entry{{Label: "kept"}}
	for _, cell := range bad {
		got, err := ParseDifferentials(cell, into)
		if err == nil || !reflect.DeepEqual(got, into) {
			t.Errorf("%.40s: %v, %v, want an error and what was there", cell, got, err)
		}
		differ(t, []byte(cell))
	}
}

func TestParseAppends(t *testing.T) {
	got, err := ParseDifferentials(`["b"]`, []Entry{{Label: "a"}})
	if err != nil || len(got) != 2 || got[0].Label != "a" || got[1].Label != "b" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestAppend(t *testing.T) {
	nan := math.NaN()
	cases := map[string][]Entry{
		``:                        nil,
		`["a","\"\\\u0001\n\té"]`: {{Label: "a"}, {Label: "\"\\\x01\n\té"}},
		`[{"label":"a","weight":0.1},{"label":"b","reader":"r"}]`: {{Label: "a", Weight: 0.1, HasWeight: true},
			{Label: "b", Reader: "r"}},
		`[{"label":"a","weight":1e-07},{"label":"b","weight":1e+21},{"label":"c","weight":100000},{"label":"d"}]`: {
			{Label: "a", Weight: 1e-7, HasWeight: true}, {Label: "b", Weight: 1e21, HasWeight: true},
			{Label: "c", Weight: 1e5, HasWeight: true}, {Label: "d", Weight: nan, HasWeight: true},
		},
	}
	for want, entries := range cases {
		if got := string(AppendDifferentials(nil, entries)); got != want {
			t.Errorf("%v is written as %s, want %s", entries, got, want)
		}
	}
}

// TestRandom compares parser and oracle on random pieces of JSON put together, mostly nearly right.
func TestRandom(t *testing.T) {
	pieces := []string{
		`[`, `]`, `{`, `}`, `,`, `:`, `"a"`, `"b c"`, `"label"`, `"weight"`, `"reader"`, `"label":"x"`, `"weight":0.25`,
		`"weight":1e400`, `"reader":"r"`, `{"label":"y"}`, `{"label":"z","weight":3}`, ` `, "\n", `1`, `-0.0e-3`, `01`,
		`null`, `true`, `""`, `"\u00e9"`, `"\ud800\udc00"`, `"\udc00"`, `"é"`, "\xff", `"`, `\`,
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 50000 {
		var cell []byte
		if random.IntN(4) > 0 {
			cell = append(cell, '[')
		}
		for range random.IntN(8) {
			cell = append(cell, pieces[random.IntN(len(pieces))]...)
			if random.IntN(3) == 0 {
				cell = append(cell, ',')
			}
		}
		if random.IntN(4) > 0 {
			cell = append(cell, ']')
		}
		differ(t, cell)
	}
}

// TestRandomEntries compares on entries that encoding/json writes.
func TestRandomEntries(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 20000 {
		var list []map[string]any
		for range random.IntN(6) {
			entry := map[string]any{"label": string(rune(1+random.IntN(0xd7ff))) + "<&>"}
			if random.IntN(2) == 0 {
				entry["weight"] = random.NormFloat64() * math.Pow(10, float64(random.IntN(40)-20))
			}
			if random.IntN(2) == 0 {
				entry["reader"] = strconv.Itoa(random.IntN(3))
			}
			list = append(list, entry)
		}
		cell, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		if list != nil {
			differ(t, cell)
		}
	}
}

func FuzzParseDifferentials(f *testing.F) {
	f.Add([]byte(`["a","b"]`))
	f.Add([]byte(`[{"label":"a\u00e9","weight":0.5e-3,"reader":"r1"},{"label":"b"}]`))
	f.Add([]byte(`[{"label":"\ud83d\ude00","weight":1e999}]`))
	f.Fuzz(func(t *testing.T, cell []byte) { differ(t, cell) })
}

func BenchmarkParseDifferentials(b *testing.B) {
	cell := `[{"label":"Inflicted skin lesions","weight":0.41},{"label":"Eczema","weight":0.41},{"label":"Irritant Contact Dermatitis","weight":0.18}]`
	b.SetBytes(int64(len(cell)))
	b.ReportAllocs()
	var entries []Entry
	var err error
	for b.Loop() {
		if entries, err = ParseDifferentials(cell, entries[:0]); err != nil {
			b.Fatal(err)
		}
	}
}
