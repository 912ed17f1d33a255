package workflow

import (
	"context"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/dermset/dermset/ledger"
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
		got, err := linesOf(context.Background(), path, rows)
		if err != nil || !maps.Equal(got, want) {
			t.Fatalf("%q: lines %v, want %v (%v)", text.String(), got, want, err)
		}
		var lines lineCounter
		if _, _, err := hashFileInto(path, &lines); err != nil {
			t.Fatal(err)
		}
		b := build{ctx: context.Background(), answer: &generated{Ledger: []ledger.Source{{Rows: int64(len(begins))}}}}
		got, err = b.linesOf(Source{CSV: path, Lines: lines.lines()}, rows)
		if err != nil || !maps.Equal(got, want) {
			t.Fatalf("%q of %d lines: lines %v, want %v (%v)", text.String(), lines.lines(), got, want, err)
		}
		if lines.lines() == int64(len(begins))+1 {
			short++
		}
	}
	if short < 20 {
		t.Errorf("only %d files had a line a row", short)
	}
}

// A set of paths knows those it has, however wrong the room that was guessed, and forgets them with the next source.
func TestPathSet(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	set := newPathSet()
	for _, guess := range []int64{0, 5000, 100, 1 << 16, 0} {
		set.begin(nil, guess)
		seen := map[string]bool{}
		for range 5000 {
			path := strconv.Itoa(rng.IntN(4000))
			hash := set.hash(path)
			set.touch([]xxh3.Uint128{hash})
			if isNew := set.add(hash); isNew == seen[path] {
				t.Fatalf("guess %d: path %s: new %v", guess, path, isNew)
			}
			seen[path] = true
		}
	}
}
