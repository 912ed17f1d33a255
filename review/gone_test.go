package review

import (
	"slices"
	"strings"
	"testing"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/io/sheetio"
)

// Tabs of decisions that are gone refuse the file, single rows are named; what only asks and lists may go.
func TestGoneFromTheFile(t *testing.T) {
	const refine = "Exclusions and mergers"
	clinicGone, refineGone := `tab "clinic" of 6 rows is gone, or its first row is no longer the header`,
		`tab "Pathologies to exclude and merge" of 1 rows is gone`
	drop := func(tab string) func(*sheetio.Book) {
		return func(b *sheetio.Book) {
			b.Sheets = slices.DeleteFunc(b.Sheets, func(s sheetio.Sheet) bool { return s.Name == tab })
		}
	}
	rowOf := func(s *sheetio.Sheet) int {
		return slices.IndexFunc(s.Rows, func(row []sheetio.Cell) bool { return row[0].Text == "mm" })
	}
	for _, c := range []struct {
		name  string
		edit  func(*sheetio.Book)
		err   string   // what refuses the file
		older string   // what refuses one that does not say how many rows it had, if not err
		gone  []string // labels
	}{
		{name: "nothing", edit: func(*sheetio.Book) {}},
		{name: "a tab", edit: drop("clinic"), err: clinicGone, older: `tab "clinic" of 5 rows is gone`},
		{name: "a tab of categories that are listed too", edit: drop(refine), err: refineGone, older: "-"},
		{name: "a title above the header", edit: func(b *sheetio.Book) {
			s := b.Sheet("clinic")
			s.Rows = slices.Insert(s.Rows, 0, texts("My review"))
		}, err: clinicGone, older: `tab "clinic" of 5 rows is gone`},
		{name: "a renamed header", edit: func(b *sheetio.Book) { b.Sheet("clinic").Rows[0][0].Text = "Label" },
			err: clinicGone, older: `tab "clinic" of 5 rows is gone`},
		{name: "a row", edit: func(b *sheetio.Book) {
			s := b.Sheet("clinic")
			s.Rows = slices.Delete(s.Rows, rowOf(s), rowOf(s)+1)
		}, gone: []string{"mm"}},
		{name: "an id", edit: func(b *sheetio.Book) {
			s := b.Sheet("clinic")
			s.Rows[rowOf(s)][len(s.Rows[0])-1].Text = "7"
		}},
		{name: "questions", edit: drop("Questions")},
		{name: "categories", edit: drop("Categories")},
	} {
		for _, older := range []bool{false, true} {
			r := newRoom(t)
			r.book.Sheets[0].Rows[3][1].Text = "Naevus" // its question is asked of a row that is reviewed too
			book, err := sheetio.Open("ben.xlsx", xlsx(t, r.printed("ben", decisions.Primary)))
			if err != nil {
				t.Fatal(err)
			}
			c.edit(book)
			f, err := ReadFilled(book)
			if err != nil {
				t.Fatal(err)
			}
			want := c.err
			if older {
				f.Rows = nil
				if c.older != "" {
					want = strings.Trim(c.older, "-")
				}
			}
			outcomes, err := r.judge(f)
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s, older %v: error %v, want %q", c.name, older, err, want)
			}
			var gone []string
			for _, o := range outcomes {
				if o.What == Missing {
					gone = append(gone, o.Row.Label)
				}
			}
			if !slices.Equal(gone, c.gone) {
				t.Errorf("%s, older %v: gone are %q, want %q", c.name, older, gone, c.gone)
			}
		}
	}
}
