package icd11

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCheckCodeTakes(t *testing.T) {
	for _, code := range []string{"2C32", "2C32.Z", "2C30", "EA80", "ED92.0", "2E63", "9A01.1Y", "2C3Z", "1C2Z", "EA80.AB",
		"2C25.Z&XK8G&XA9HN5", "2C25.Z&XK8G/EA80", "EA80/EK00", "VD00", "SA00", "EA90&XS5W"} {
		if err := checkCode(code); err != nil {
			t.Errorf("checkCode(%q): %v", code, err)
		}
	}
}

func TestCheckCodeRefuses(t *testing.T) {
	cases := []struct{ code, want string }{
		{"", "is empty"},
		{"2c32", `did you mean "2C32"?`},
		{"2C3O", `did you mean "2C30"?`},
		{"2CI2", `did you mean "2C12"?`},
		{"EA9l", `did you mean "EA91"?`},
		{"2C3l", `did you mean "2C31"?`},
		{" 2C32", `did you mean "2C32"?`},
		{"2C 32", `did you mean "2C32"?`},
		{"ea80/ek00", `did you mean "EA80/EK00"?`},
		{"PE95/", `did you mean "PE95"?`},
		{"EA80-EA8Z", "is a block"},
		{"EA80–EA8Z", "is a block"},
		{"BlockL1-EA8", "is a block"},
		{"02", "is a chapter"},
		{"X", "is a chapter"},
		{"v", "is a chapter"},
		{"XK8G", "cannot stand alone"},
		{"XA9HN5", "cannot stand alone"},
		{"XK8G&2C32", "cannot stand alone"},
		{"2C32/XK8G", "cannot stand alone"},
		{"2C32&EA80", "joined by /"},
		{"2C32&&XK8G", "is empty: want a code before and after & and /"},
		{"&XK8G", "is empty: want a code before and after & and /"},
		{"L20.9", "ICD-10"},
		{"C43", "ICD-10"},
		{"24079001", "is not an ICD-11 code"},
		{"2C32.", "is not an ICD-11 code"},
		{"2C32.ABC", "is not an ICD-11 code"},
		{"2C", "is not an ICD-11 code"},
		{"2C322", "is not an ICD-11 code"},
		{"0A00", "is not an ICD-11 code"},
		{"２C32", "is not an ICD-11 code"},
		{"2C32\n", `did you mean "2C32"?`},
		{"-", "is not an ICD-11 code"},
	}
	for _, c := range cases {
		err := checkCode(c.code)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("checkCode(%q) = %v, want it to say %q", c.code, err, c.want)
		}
	}
}

func TestParseCell(t *testing.T) {
	cases := []struct {
		cell string
		want []string
	}{
		{"", nil},
		{"  ", nil},
		{"[]", nil},
		{"2C32", []string{"2C32"}},
		{" 2C32\u00a0", []string{"2C32"}},
		{"EK00;EA80", []string{"EA80", "EK00"}},
		{"EA80, EK00", []string{"EA80", "EK00"}},
		{"EA80,EK00;EA80", []string{"EA80", "EK00"}},
		{`["EK00","EA80","EA80"]`, []string{"EA80", "EK00"}},
		{`[“EA80”, „EK00”]`, []string{"EA80", "EK00"}},
		{`[‘EA80’]`, []string{"EA80"}},
		{"2C25.Z&XK8G; EA80/EK00", []string{"2C25.Z&XK8G", "EA80/EK00"}},
	}
	for _, c := range cases {
		got, err := ParseCell(c.cell)
		if err != nil {
			t.Errorf("ParseCell(%q): %v", c.cell, err)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("ParseCell(%q) (-want +got):\n%s", c.cell, d)
		}
	}
}

func TestParseCellRefuses(t *testing.T) {
	cases := []struct{ cell, want string }{
		{"EA80;", "entry of the list is empty"},
		{"EA80 EK00", "separated by ;"},
		{"EA80\nEK00", "separated by ;"},
		{"EA80 - EA8Z", "is a block"},
		{"2c32; 02", `"2c32" has lower-case letters: codes are in capitals; did you mean "2C32"?; code "02" is a chapter`},
		{`["EA80"`, "JSON array"},
		{`["EA80"] x`, "follows"},
		{`["EA80", 5]`, "entry 2 is not text"},
		{`[null]`, "entry 1 is not text"},
		{`['EA80']`, "JSON array"},
		{`["EA80",""]`, "entry of the list is empty"},
		{"2E+63", "is not an ICD-11 code"},
	}
	for _, c := range cases {
		codes, err := ParseCell(c.cell)
		if codes != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("ParseCell(%q) = %q, %v, want it to say %q", c.cell, codes, err, c.want)
		}
	}
}

// What ParseCell gives is sorted, unique, made of good codes, and reads back as itself in each form.
func FuzzParseCell(f *testing.F) {
	for _, s := range []string{"", "2C32", "EA80;EK00", "EA80, EK00", `["EA80","EK00"]`, "[“EA80”]", "2C25.Z&XK8G&XA9HN5",
		"2c3o", "EA80-EA8Z", "PE95/", "[[", `["\u0032C32"]`, "\xff;EA80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		codes, err := ParseCell(cell)
		if err != nil {
			if codes != nil || strings.ContainsRune(err.Error(), '\n') {
				t.Fatalf("codes %q with error %q", codes, err)
			}
			return
		}
		if !slices.IsSorted(codes) || len(slices.Compact(slices.Clone(codes))) != len(codes) {
			t.Fatalf("codes %q are not sorted and unique", codes)
		}
		for _, c := range codes {
			if err := checkCode(c); err != nil {
				t.Fatal(err)
			}
		}
		for _, form := range []string{strings.Join(codes, ";"), strings.Join(codes, ", "), array(codes)} {
			again, err := ParseCell(form)
			if err != nil || !slices.Equal(again, codes) {
				t.Fatalf("%q reads back as %q, %v, want %q", form, again, err, codes)
			}
		}
	})
}

func array(codes []string) string {
	if len(codes) == 0 {
		return "[]"
	}
	return `["` + strings.Join(codes, `","`) + `"]`
}
