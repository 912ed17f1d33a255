package fault

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestTogether(t *testing.T) {
	for _, c := range []struct{ given, want string }{
		{"a.csv:2: is bad|b.csv: is worse", "a.csv:2: is bad|b.csv: is worse"},
		{"a.csv:2: the row has 3 cells, want 5|a.csv:9: the row has 3 cells, want 5|b.csv:4: the row has 3 cells, want 5",
			"a.csv:2, 9, b.csv:4: the row has 3 cells, want 5"},
		{`a.csv:2: sex "x": want one of f, m|other|a.csv:3: sex "y": want one of f, m|a.csv:4: sex "z": want one of f, m`,
			`a.csv:2: sex "x": want one of f, m|a.csv:3: sex "y"|a.csv:4: sex "z"|other`},
		{`a.csv:2: sex "x": want one of f, m|a.csv:3: sex "y": want one of f, m`,
			`a.csv:2: sex "x": want one of f, m|a.csv:3: sex "y": want one of f, m`}, // two are as short as they are
		{`a.csv:4: image "2.jpg" stands twice (repeated_images: first keeps it)|` +
			`a.csv:5: image "3.jpg" stands twice (repeated_images: first keeps it)|` +
			`a.csv:6: image "4.jpg" stands twice (repeated_images: first keeps it)`,
			`a.csv:4: image "2.jpg" stands twice (repeated_images: first keeps it)|` +
				`a.csv:5: image "3.jpg" stands twice|a.csv:6: image "4.jpg" stands twice`},
		{"a.csv:4: image twice: to keep the first, write so|a.csv:5: image twice: to keep the first, write so|" +
			"a.csv:6: image twice: to keep the first, write so", // each says what is wrong, one what to do
			"a.csv:4: image twice: to keep the first, write so|a.csv:5, 6: image twice"},
		{"s: a.csv:2:1: has 3, want 2: quotes around it help|s: a.csv:3:1: has 1, want 2: quotes around it help|" +
			"s: a.csv:4:1: has 1, want 2: quotes around it help|s: b.csv:7: has 1, want 2: quotes around it help",
			"s: a.csv:2:1: has 3, want 2: quotes around it help|s: a.csv:3:1, 4:1: has 1, want 2|" +
				"s: b.csv:7: has 1, want 2"},
		{`a: label "x: a b c d"|b: label "y: a b c d"`, `a: label "x: a b c d"|b: label "y: a b c d"`}, // quoted is of others
		{"a: write `x: {y: z, u: v}`|b: write `x: {y: z, u: v}`|c: write `x: {y: z, u: v}`",
			"a, b, c: write `x: {y: z, u: v}`"},
		{"one: and its long remedy here", "one: and its long remedy here"},
		{"", ""},
	} {
		if got := strings.Join(Together(strings.Split(c.given, "|")), "|"); got != c.want {
			t.Errorf("%q\nbecame %q\nwant   %q", c.given, got, c.want)
		}
	}
	var rows []string
	for i := range 19 {
		rows = append(rows, "table.csv:"+strings.Repeat("1", i+1)+`: cell "x" is no number: write it with a point, as in 1.5`)
	}
	got := Together(slices.Clone(rows))
	if n := strings.Count(strings.Join(got, "\n"), "with a point"); n != 1 {
		t.Errorf("a remedy is said %d times: %q", n, got)
	}
	for _, row := range rows {
		place, _, _ := strings.Cut(strings.TrimPrefix(row, "table.csv:"), ": ")
		if !strings.Contains(strings.Join(got, "\n"), place) {
			t.Errorf("%s is lost", place)
		}
	}
}

// At a terminal three of a kind are read, and the others counted; lines that are one message by their places have some.
func TestFew(t *testing.T) {
	var apart, alike []string
	for i := range 26 {
		apart = append(apart, fmt.Sprintf(`a.csv:%d: %d.jpg: no such file; put the file there or elsewhere`, i+2, i))
		alike = append(alike, fmt.Sprintf("a.csv:%d: the row has 3 cells, want 5", i+2))
	}
	for _, c := range []struct {
		given []string
		want  string
	}{
		{apart, "a.csv:2: 0.jpg: no such file; put the file there or elsewhere|a.csv:3: 1.jpg: no such file|" +
			"a.csv:4: 2.jpg: no such file|and 23 more like these; with `--log-format json` all are told"},
		{apart[:4], strings.Join(Together(apart[:4]), "|")}, // the count would be as long
		{alike, "a.csv:2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, and 14 more: the row has 3 cells, want 5"},
		{apart[:2], strings.Join(apart[:2], "|")},
	} {
		if got := strings.Join(Few(c.given), "|"); got != c.want {
			t.Errorf("%q\nwant %q", got, c.want)
		}
	}
	if got := strings.Join(Together(apart), "|"); strings.Contains(got, "more") || strings.Count(got, "|") != 25 {
		t.Errorf("elsewhere: %q", got)
	}
}
