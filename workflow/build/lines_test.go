package build

import (
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/workflow/workspace"
)

// The lines of rows are those that a person counts, whatever stands between quotes, and whatever the line ends are.
func TestLinesOfRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	cells := []string{"a", `"b"`, "\"two\nlines\"", "\"three\r\nlines\n\"", `"say ""hi"""`, ""}
	short := 0 // files that need not be read
	for range 600 {
		var text strings.Builder
		end := []string{"\n", "\r\n"}[rng.IntN(2)]
		if rng.IntN(2) == 0 {
			text.WriteString("\ufeff")
		}
		text.WriteString([]string{"\"x\ny\",z", "x,z"}[rng.IntN(2)] + end)
		cells := cells[2*rng.IntN(3):] // sometimes without line ends in them
		var begins []int
		for range rng.IntN(40) {
			begins = append(begins, 1+strings.Count(text.String(), "\n"))
			text.WriteString(cells[rng.IntN(len(cells))] + "," + cells[rng.IntN(len(cells))] + end)
		}
		text.WriteString(strings.Repeat(end, rng.IntN(3)))
		path := filepath.Join(t.TempDir(), "x.csv")
		if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		var rows []int64
		want := map[int64]int{}
		for row, line := range begins {
			if rng.IntN(3) == 0 {
				rows = append(rows, int64(row), int64(row))
				want[int64(row)] = line
			}
		}
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		got, err := csvio.LinesOf(t.Context(), path, rows)
		if err != nil || !maps.Equal(got, want) {
			t.Fatalf("%q: lines %v, want %v (%v)", text.String(), got, want, err)
		}
		lines := int64(strings.Count(text.String(), "\n"))
		got, err = linesOf(t.Context(), workspace.Source{CSV: path, Lines: lines}, int64(len(begins)), rows)
		if err != nil || !maps.Equal(got, want) {
			t.Fatalf("%q of %d lines: lines %v, want %v (%v)", text.String(), lines, got, want, err)
		}
		if lines == int64(len(begins))+1 {
			short++
		}
	}
	if short < 20 {
		t.Errorf("only %d files had a line a row", short)
	}
}
