package review

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/people"
)

// A naive row is what the oracle knows of one row: what it holds, and who reviewed what it holds.
type naiveRow struct {
	name, annotator    string
	primary, secondary string
	left               string              // what the last review left
	said               map[string][]string // by sheet: what it said, oldest first
}

// A naive sheet is one that somebody has, and what they last wrote into each row; empty: nothing.
type naiveSheet struct {
	*Filled
	was, says map[string]string
}

// take says what an import has to make of a row, and does it.
func (n *naiveRow) take(sheet *naiveSheet, label string) string {
	says, who := sheet.says[label], sheet.Meta.Person
	said := n.said[sheet.Meta.Sheet]
	stands := n.primary != "" && n.left == n.name
	own := len(said) > 0 && said[len(said)-1] == n.name
	switch {
	case says == "":
		return Open
	case len(said) > 0 && said[len(said)-1] == says && n.name == says:
		return Already
	case slices.Contains(said, says) || n.name != sheet.was[label] && !own || people.Same(who, n.annotator):
		return Refused
	case sheet.Meta.Role == decisions.Primary && stands && (n.secondary != "" || n.primary != who):
		return Refused
	case sheet.Meta.Role == decisions.Primary:
		n.primary, n.secondary = who, ""
	case !stands || people.Same(who, n.primary) || n.secondary != "" && n.secondary != who:
		return Refused
	default:
		n.secondary = who
	}
	n.name, n.left = says, says
	n.said[sheet.Meta.Sheet] = append(said, says)
	return Taken
}

func (n *naiveRow) state() decisions.State {
	switch {
	case n.name == "":
		return decisions.Unmapped
	case n.primary == "" || n.left != n.name:
		return decisions.Proposed
	case n.secondary == "":
		return decisions.PrimaryReviewed
	}
	return decisions.SecondaryReviewed
}

// Random people review a random workbook in random order: they fill in sheets more or less, give them back, older
// copies too, and somebody edits the workbook meanwhile. The log, read again, says of each row what a naive oracle
// says, and the workbook holds what was said last: nobody's row is lost.
func TestRandomReviews(t *testing.T) {
	counts := map[string]int{}
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(20, seed))
		room, rows := randomRoom(t, r)
		var sheets []*naiveSheet
		for range 60 {
			switch act := r.IntN(10); {
			case act == 0 || len(sheets) == 0:
				who := []string{"Ana", "ben", "eli", "cy", "dee"}[r.IntN(5)]
				as := decisions.Primary
				if who == "cy" || who == "dee" {
					as = decisions.Secondary
				}
				s := &naiveSheet{room.export(who, as, r.IntN(2) == 0 && as == decisions.Secondary), map[string]string{},
					map[string]string{}}
				for label, row := range rows {
					s.was[label] = row.name
				}
				sheets = append(sheets, s)
			case act == 1:
				label := randomLabel(r)
				rows[label].name = randomName(r)
				room.edit(label, TargetName, rows[label].name)
			case act < 6:
				s, label := sheets[r.IntN(len(sheets))], randomLabel(r)
				s.says[label] = randomName(r)
				s.set(label, TargetName, s.says[label], Codes, "2F20")
				if s.Meta.Shows() {
					s.set(label, Seen, "yes")
				}
			default:
				importRandom(t, room, rows, sheets[r.IntN(len(sheets))], counts)
			}
		}
		again, err := decisions.Parse(room.log.Text(), room.log.Head(), now)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		held := HeldBy(room.mapping())
		for label, row := range rows {
			name := decisions.Row{Tab: "clinic", Label: label}
			if got := again.Standing(name).State(held[name].Cells, true); got != row.state() {
				t.Fatalf("seed %d: %s is %s, and the oracle says %s", seed, label, got, row.state())
			}
			if got := held[name].Cells[TargetName]; got != row.name {
				t.Fatalf("seed %d: %s holds %q, and the oracle says %q", seed, label, got, row.name)
			}
		}
	}
	for _, what := range []string{Taken, Refused, Already, Open} {
		if counts[what] < 200 {
			t.Errorf("%d rows %s: the worlds try too little (%v)", counts[what], what, counts)
		}
	}
}

func randomLabel(r *rand.Rand) string { return fmt.Sprintf("label %d", r.IntN(6)) }

func randomName(r *rand.Rand) string { return []string{"Naevus", "Melanoma", "Wart"}[r.IntN(3)] }

func randomRoom(t *testing.T, r *rand.Rand) (*room, map[string]*naiveRow) {
	room := newRoom(t)
	lines := []string{"Source Label|Target Name|ICD-11 Code(s)|Notes/Justification|Annotator"}
	rows := map[string]*naiveRow{}
	for i := range 6 {
		label := fmt.Sprintf("label %d", i)
		n := &naiveRow{name: randomName(r), annotator: []string{"Ana", "ben", "BEN ", "cy", "eli"}[r.IntN(5)],
			said: map[string][]string{}}
		rows[label] = n
		lines = append(lines, strings.Join([]string{label, n.name, "2F20", "", n.annotator}, "|"))
	}
	room.book.Sheets[0] = sheetOf("clinic", lines...)
	return room, rows
}

func (r *room) edit(label, header, text string) {
	s := &r.book.Sheets[0]
	column := slices.IndexFunc(s.Rows[0], func(c sheetio.Cell) bool { return c.Text == header })
	for _, cells := range s.Rows {
		if cells[0].Text == label {
			cells[column].Text = text
		}
	}
}

// importRandom gives a sheet back, and holds what became of each of its rows against the oracle.
func importRandom(t *testing.T, room *room, rows map[string]*naiveRow, s *naiveSheet, counts map[string]int) {
	t.Helper()
	want, got := map[string]string{}, map[string]string{}
	for label, row := range rows {
		want[label] = row.take(s, label)
		counts[want[label]]++
		got[label] = Open
	}
	for _, said := range room.take(s.Filled) {
		label, rest, _ := strings.Cut(said, ": ")
		got[label], _, _ = strings.Cut(rest, ":")
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("import of %s as %s (-oracle +got):\n%s", s.Meta.Person, s.Meta.Role, d)
	}
}
