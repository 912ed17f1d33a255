package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/text"
)

// inked is what of a text is no frame and no space, and so must be there however it is wrapped.
func inked(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r >= 0x2500 && r <= 0x257f {
			return -1
		}
		return r
	}, text)
}

// Whatever its columns and cells, no line of a table is wider than its room, and what it does not show it names.
func TestTablesFitAnyRoom(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	cells := []string{"", "1", "yes", "12345", "Psoriasis", strings.Repeat("木目", 12),
		"sources/clinic-atlas/clinic-atlas_dataset.csv:13",
		strings.Repeat("0123456789abcdef", 4), "https://example.org/" + strings.Repeat("a/path/", 12), "e\u0301e\u0301 " +
			strings.Repeat("e\u0301", 50), strings.Repeat("🙂", 20), strings.Repeat("a cell of many words ", 10),
		`["2C30","2C32"]`}
	for range 100 {
		columns, rows := make([]string, 1+random.IntN(12)), make([][]string, 1+random.IntN(4))
		for i := range columns {
			columns[i] = fmt.Sprintf("c%d_name", i)
		}
		for i := range rows {
			rows[i] = make([]string, len(columns))
			for j := range rows[i] {
				rows[i][j] = cells[random.IntN(len(cells))]
			}
		}
		for _, width := range []int{40, 60, 80, 99, 100, 120, 160, 240} {
			shown := room{columns: width}.lay(columns, rows)
			for line := range strings.SplitSeq(shown, "\n") {
				if text.StringWidth(line) > width {
					t.Fatalf("%d: %q has %d columns\n%s", width, line, text.StringWidth(line), shown)
				}
			}
			table, left, _ := strings.Cut(shown, "columns left out for lack of room:")
			left, _, _ = strings.Cut(left, ";")
			out := strings.Fields(strings.ReplaceAll(left, ",", " "))
			ink := 0
			for i, name := range columns {
				if slices.Contains(out, name) {
					continue
				}
				for _, row := range rows {
					ink += len(inked(row[i]))
				}
			}
			if got := len(inked(table)); got < ink {
				t.Fatalf("%d: %d bytes of cells, want %d\n%s", width, got, ink, shown)
			}
		}
	}
}

// What becomes of a table that is too wide: its frame goes, then empty columns; long cells stand in a block a row below
// 100 columns; else the columns that tell least go. What went is named. A pipe gets all columns, however wide.
func TestLayouts(t *testing.T) {
	columns := []string{"image", "verdict", "kept", "format", "width", "height", "detail"}
	short := [][]string{{"a/0001.jpg", "ok", "", "jpeg", "320", "240", "none"},
		{"a/0002.jpg", "ok", "", "jpeg", "64", "64", "x"}}
	long := [][]string{{"a/1.jpg", "truncated", "", "jpeg", "320", "240",
		"the data ends at byte 4,096 of 9,120, in the middle"}}
	for _, c := range []struct {
		width int
		rows  [][]string
		want  string
	}{
		{80, short, `
┌────────────┬─────────┬──────┬────────┬───────┬────────┬────────┐
│ image      │ verdict │ kept │ format │ width │ height │ detail │
├────────────┼─────────┼──────┼────────┼───────┼────────┼────────┤
│ a/0001.jpg │ ok      │      │ jpeg   │   320 │    240 │ none   │
│ a/0002.jpg │ ok      │      │ jpeg   │    64 │     64 │ x      │
└────────────┴─────────┴──────┴────────┴───────┴────────┴────────┘`},
		{61, short, `
image       verdict  kept  format  width  height  detail
────────────────────────────────────────────────────────
a/0001.jpg  ok             jpeg      320     240  none
a/0002.jpg  ok             jpeg       64      64  x`},
		{45, short, `
image       verdict  width  height  detail
──────────────────────────────────────────
a/0001.jpg  ok         320     240  none
a/0002.jpg  ok          64      64  x
columns left out for lack of room: kept,
format; --format csv has all`},
		{60, long, `
image:   a/1.jpg
verdict: truncated
format:  jpeg
width:   320
height:  240
detail:  the data ends at byte 4,096 of 9,120, in the middle`},
		{40, long, `
image:   a/1.jpg
verdict: truncated
format:  jpeg
width:   320
height:  240
detail:  the data ends at byte 4,096 of
         9,120, in the middle`},
	} {
		if got := (room{columns: c.width}).lay(columns, c.rows); got != strings.TrimPrefix(c.want, "\n") {
			t.Errorf("%d:\n%s", c.width, got)
		}
	}
	wide := [][]string{{strings.Repeat("x", 400), "a", "b", "c", "d", "e", "f"}}
	if got := (room{wanted: maxWidth}).lay(columns, wide); strings.Contains(got, "left out") {
		t.Error(got)
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		line  string
		width int
		want  []string
	}{
		{"short", 80, []string{"short"}},
		{"three words here", 11, []string{"three words", "here"}},
		{"sources/clinic/clinic.csv:13 is bad", 16, []string{"sources/clinic/", "clinic.csv:13 is", "bad"}},
		{"run `dermset mapping check` again", 26, []string{"run", "`dermset mapping check`", "again"}},
		{"an odd ` does not join words of a line", 12, []string{"an odd `", "does not", "join words", "of a line"}},
		{"    indented code", 12, []string{"    indented", "code"}},
		{"木木木木木", 5, []string{"木木", "木木", "木"}},
		{"e\u0301e\u0301e\u0301", 2, []string{"e\u0301e\u0301", "e\u0301"}},
		{"木", 1, []string{"木"}},
	} {
		if got := wrap(c.line, c.width); !slices.Equal(got, c.want) {
			t.Errorf("%q in %d: %q, want %q", c.line, c.width, got, c.want)
		}
	}
}

// What a person copies out of a message stays whole, on a line of its own, where a terminal is narrower than it.
func TestWhatIsCopiedStaysWhole(t *testing.T) {
	url := "https://icdcdn.who.int/static/releasefiles/2025-01/SimpleTabulation-ICD-11-MMS-en.zip"
	command := "`dermset source ingest hospital-vigo --raw /home/ana/material`"
	got := hangKeeping("error: download "+url+" and run "+command+" a-word-without-any-sense-at-all-in-it", 40, 2, copied)
	want := []string{"error: download", "  " + url, "  and run", "  " + command, "  a-word-without-any-sense-at-all-in-it"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// A head that is broken is broken into words.
func TestHeads(t *testing.T) {
	rows := [][]string{{strings.Repeat("s", 20), "30"}}
	if got := (room{columns: 29}).lay([]string{"source", "raw_rows"}, rows); strings.Contains(got, "raw_") ||
		!strings.Contains(got, "raw") || !strings.Contains(got, "rows") {
		t.Error(got)
	}
}

// Nothing of a line is lost, doubled or too wide, whatever is in it.
func FuzzWrap(f *testing.F) {
	f.Add("a `b c` d/e 木 e\u0301 \x80 ", 3, 1)
	f.Add("` ` `", 1, 0)
	f.Fuzz(func(t *testing.T, line string, width, indent int) {
		if width < 1 || width > 200 || indent < 0 || indent > width || strings.ContainsAny(line, "\n") {
			t.Skip()
		}
		parts := hang(line, width, indent)
		got := inked(strings.Join(parts, ""))
		if got != inked(strings.ToValidUTF8(line, "\ufffd")) && got != inked(line) {
			t.Errorf("%q in %d became %q", line, width, parts)
		}
		for _, part := range parts {
			if text.StringWidth(part) > max(width, 2) {
				t.Errorf("%q in %d: %q is too wide", line, width, part)
			}
		}
	})
}
