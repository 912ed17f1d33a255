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
			_, err := Decode("f.yaml", []byte(test.text), &settings{})
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
	doc, err := Decode("f.yaml", []byte("name: a\ninner:\n  flag: true\n"), &settings{})
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

func FuzzDecode(f *testing.F) {
	f.Add([]byte("name: a\ncount: 3\n"))
	f.Add([]byte("a: &x [*x]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, _ := Decode("f.yaml", data, &settings{})
		if doc != nil {
			_ = doc.Errorf("inner.flag", "x")
		}
	})
}
