package yamlio

import (
	"strings"
	"testing"
)

type settings struct {
	Name  string         `yaml:"name"`
	Count int            `yaml:"count"`
	Split map[string]int `yaml:"split"`
	Inner struct {
		Flag bool `yaml:"flag"`
	} `yaml:"inner"`
}

func TestDecodeNamesEveryMistakeWithItsLine(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"unknown keys", "nam: a\ncount: 3\ninner:\n  flog: true\n", []string{
			`f.yaml:1: nam: unknown key, want one of name, count, split, inner`, `f.yaml:4: inner.flog: unknown key, want one of flag`}},
		{"wrong types", "count: many\ninner: 4\nname: [a]\nsplit: {a: {}}\n", []string{
			`f.yaml:1: count: "many", want a whole number`, `f.yaml:2: inner: "4", want keys with values`,
			`f.yaml:3: name: is a list, want text`, `f.yaml:4: split.a: is keys with values, want a whole number`}},
		{"fractions", "count: 1.5\nsplit: {a: 2.0}\n", []string{`f.yaml:1: count: "1.5", want a whole number`, `f.yaml:2: split.a: "2.0", want`}},
		{"too large", "count: 99999999999999999999\n", []string{`f.yaml:1: count: "99999999999999999999", want a whole number`}},
		{"twice", "name: a\nname: b\n", []string{`f.yaml:2: name: stands twice, first in line 1`}},
		{"alias", "name: &a x\nsplit: {a: *a}\n", []string{"f.yaml:2: split.a: an alias"}},
		{"two documents", "name: a\n---\nname: b\n", []string{"f.yaml: more than one YAML document"}},
		{"not yaml", "name: [a\n", []string{"f.yaml:"}},
		{"not keys", "- a\n", []string{"f.yaml:1: is a list, want keys with values"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Decode("f.yaml", []byte(test.text), &settings{}, nil)
			if err == nil {
				t.Fatal("no error")
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(test.want) {
				t.Fatalf("got %q, want %q", lines, test.want)
			}
			for i, want := range test.want {
				if !strings.HasPrefix(lines[i], want) {
					t.Errorf("got %q, want %q", lines[i], want)
				}
			}
		})
	}
}

func TestDecodeKeepsDefaults(t *testing.T) {
	s := settings{Name: "default", Count: 7}
	if _, err := Decode("f.yaml", []byte("count: 8\n"), &s, nil); err != nil || s.Name != "default" || s.Count != 8 {
		t.Fatalf("got %+v, %v", s, err)
	}
	if _, err := Decode("f.yaml", nil, &s, nil); err != nil || s.Count != 8 {
		t.Fatalf("an empty file: got %+v, %v", s, err)
	}
}

func TestErrorfNamesTheNearestLine(t *testing.T) {
	doc, err := Decode("f.yaml", []byte("name: a\ninner:\n  flag: true\n"), &settings{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"inner.flag": "f.yaml:3: inner.flag: no", "inner.other": "f.yaml:2: inner.other: no", "none": "f.yaml: none: no",
	} {
		if got := doc.Errorf(key, "no").Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Keys that are not built yet do nothing where they are empty or mean off, and are refused else; they are listed among those that may stand.
func TestNotBuilt(t *testing.T) {
	notBuilt := map[string][]string{"later": {"none", "false"}, "inner.more": nil, "part.one": nil, "part.two.deep": {"none"}}
	for text, want := range map[string]string{
		"later: none\n": "", "later: false\n": "", "later:\n": "", "inner: {more: }\n": "", "part: {two: {deep: none}}\n": "", "part:\n": "",
		"later: soon\n":               "f.yaml:1: later: is for a part of dermset that is not built yet: leave it out, or set it to none",
		"later: [none]\n":             "f.yaml:1: later: is for a part of dermset that is not built yet: leave it out, or set it to none",
		"inner: {more: none}\n":       "f.yaml:1: inner.more: is for a part of dermset that is not built yet: leave it out",
		"part:\n  one: 1\n":           "f.yaml:2: part.one: is for a part of dermset that is not built yet: leave it out",
		"part: {two: {deep: {a: b}}}": "f.yaml:1: part.two.deep: is for a part of dermset that is not built yet: leave it out, or set it to none",
		"part: none\n":                `f.yaml:1: part: "none", want keys with values`,
		"part: {three: 1}\n":          "f.yaml:1: part.three: unknown key, want one of one, two",
		"inner: {mor: 1}\n":           "f.yaml:1: inner.mor: unknown key, want one of flag, more",
		"later: none\nlater: none\n":  "f.yaml:2: later: stands twice, first in line 1",
	} {
		var got string
		if _, err := Decode("f.yaml", []byte(text), &settings{}, notBuilt); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("name: a\ncount: 3\n"))
	f.Add([]byte("a: &x [*x]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, _ := Decode("f.yaml", data, &settings{}, nil)
		if doc != nil {
			_ = doc.Errorf("inner.flag", "x")
		}
	})
}
