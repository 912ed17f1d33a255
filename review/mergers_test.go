package review

import (
	"slices"
	"strings"
	"testing"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/mapping"
)

// Mergers that the build could not follow are refused, from whichever tab they come and with what the workbook holds;
// those beside them are taken.
func TestMergersWithoutEnd(t *testing.T) {
	const ring, into = "forms a ring of mergers, ", "is merged into a ring of mergers, "
	for _, c := range []struct {
		name    string
		held    []string // rows of the exclude and merge tab; X → Y as X|Y
		says    []string // of the sheet; "=" before one of the tab Categories
		names   string   // what a label gets
		pending bool     // held is what was decided, and not pasted into the document yet
		want    map[string]string
	}{
		{name: "two of the sheet", held: []string{"Naevus|", "Melanoma|"},
			says: []string{"Naevus|Melanoma", "Melanoma|Naevus"},
			want: map[string]string{"Naevus": ring + "Naevus → Melanoma → Naevus",
				"Melanoma": ring + "Melanoma → Naevus → Melanoma"}},
		{name: "three of both tabs", held: []string{"Naevus|"},
			says: []string{"Naevus|Melanoma", "=Melanoma|Wart", "=Wart|Naevus"},
			want: map[string]string{"Naevus": ring, "Melanoma": ring, "Wart": ring}},
		{name: "with the workbook", held: []string{"Naevus|Melanoma"}, says: []string{"=Melanoma|Naevus"},
			want: map[string]string{"Melanoma": ring}},
		{name: "with what waits to be pasted", held: []string{"Naevus|Melanoma"}, says: []string{"=Melanoma|Naevus"},
			pending: true, want: map[string]string{"Melanoma": ring}},
		{name: "into a ring of the workbook", held: []string{"Naevus|Melanoma", "Melanoma|Naevus"},
			says: []string{"=Wart|Naevus"},
			want: map[string]string{"Wart": into + "Naevus → Melanoma → Naevus"}},
		{name: "a ring that is taken apart", held: []string{"Naevus|Melanoma", "Melanoma|Naevus"},
			says: []string{"Naevus|Wart"},
			want: map[string]string{}},
		{name: "a ring once another row is refused", held: []string{"Naevus|Melanoma"},
			says: []string{"Naevus|Nevus cell", "=Melanoma|Naevus"},
			want: map[string]string{"Naevus": "which is no Target Name", "Melanoma": ring}},
		{name: "beside a ring", held: []string{"Naevus|Melanoma"}, says: []string{"=Melanoma|Naevus", "=Wart|Ephelis"},
			want: map[string]string{"Melanoma": ring}},
		{name: "a chain", held: []string{"Naevus|Melanoma"}, says: []string{"=Melanoma|Wart"}, want: map[string]string{}},
		{name: "into nothing known", says: []string{"=Wart|Melanomas"}, want: map[string]string{
			"Wart": `is merged into "Melanomas", which is no Target Name of the workbook and not known: ` +
				`want one of the list; did you mean "Melanoma"?`}},
		{name: "into what a label of the sheet becomes", says: []string{"=Wart|Angioma"}, names: "Angioma",
			want: map[string]string{}},
	} {
		r := newRoom(t)
		r.doc, r.listed = c.pending, []string{"Melanoma", "Wart"}
		refine := &r.book.Sheets[1]
		refine.Rows = refine.Rows[:1]
		if !c.pending {
			for _, line := range c.held {
				category, to, merged := strings.Cut(line, "|")
				action := "merge"
				if !merged || to == "" {
					action = "exclude"
				}
				refine.Rows = append(refine.Rows, texts(category+"|"+action+"|"+to+"||Ana"))
			}
		} else {
			f := r.categories("eli", c.held)
			r.take(f)
		}
		f := r.categories("ben", c.says)
		if c.names != "" {
			f.set("nv", TargetName, c.names, Codes, "2F20")
		}
		outcomes, err := r.judge(f)
		if err != nil {
			t.Fatal(err)
		}
		refused := map[string]string{}
		for _, o := range outcomes {
			if o.What == Refused {
				refused[o.Row.Label] = o.Why
				if o.Change != nil || o.Decisions != nil {
					t.Errorf("%s: %s is refused and changes something", c.name, o.Row.Label)
				}
			}
		}
		for label, want := range c.want {
			if !strings.Contains(refused[label], want) {
				t.Errorf("%s: %s: %q, want %q", c.name, label, refused[label], want)
			}
		}
		if len(refused) != len(c.want) {
			t.Errorf("%s: refused %q", c.name, refused)
		}
	}
}

// categories is a primary sheet that says into which others categories are merged.
func (r *room) categories(who string, says []string) *Filled {
	f := r.export(who, decisions.Primary, false)
	for _, line := range says {
		category, into, _ := strings.Cut(strings.TrimPrefix(line, "="), "|")
		kind, row := Refinements, RowOfCategory(category)
		if strings.HasPrefix(line, "=") || r.doc {
			kind = Categories
		}
		f.Lines = slices.DeleteFunc(f.Lines, func(l Line) bool { return l.Kind != Labels && l.Label == category })
		f.Lines = append(f.Lines, Line{Kind: kind, Tab: mapping.RefineTab, Label: category,
			ID:    RowID(f.Meta, row, HeldBy(r.mapping())[row].Cells),
			Cells: map[string]string{Action: "merge", MergeInto: into}})
	}
	return f
}
