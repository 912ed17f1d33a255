package review

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/people"
)

var now = time.Date(2026, 3, 31, 9, 0, 0, 0, time.UTC)

const somePeople = `- {id: Ana, name: Ana Ruiz, role: data_scientist}
- {id: ben, name: Ben Ode, role: data_scientist}
- {id: eli, name: Eli Eck, role: data_scientist}
- {id: cy, name: Cy Tran, role: dermatologist}
- {id: dee, name: Dee Lund, role: dermatologist}
- {id: old, name: Olga D, role: data_scientist, valid_to: 2026-03-30}
`

// A room is a workspace without files: a workbook, people and a log.
type room struct {
	t       testing.TB
	book    *sheetio.Book
	log     *decisions.Log
	people  *people.People
	version string
	now     time.Time
	doc     bool
	listed  []string // more categories that sheets list
}

func texts(line string) (row []sheetio.Cell) {
	for text := range strings.SplitSeq(line, "|") {
		row = append(row, sheetio.Cell{Text: text})
	}
	return row
}

func sheetOf(name string, lines ...string) sheetio.Sheet {
	s := sheetio.Sheet{Name: name}
	for _, line := range lines {
		s.Rows = append(s.Rows, texts(line))
	}
	return s
}

func newRoom(t testing.TB) *room {
	t.Helper()
	who, err := people.Parse("people.yaml", []byte(somePeople))
	if err != nil {
		t.Fatal(err)
	}
	log, err := decisions.Parse(nil, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	return &room{t: t, people: who, log: log, version: "DXv1.0", now: now, book: &sheetio.Book{Sheets: []sheetio.Sheet{
		sheetOf("clinic", "Source Label|Target Name|ICD-11 Code(s)|Notes/Justification|Needed to Differentiate|Consult|"+
			"Annotator",
			"nv|Naevus|2F20||||Ana", "mm|Melanoma|2C30|by eye|biopsy||ANA ", "bcc|||||which kind?|Ana",
			"ak|Actinic keratosis|EK90.0||||ben", "sk|Naevus|||||zed", "wart|Wart|1E80||||"),
		sheetOf(mapping.RefineTab, "Category|Action|Merge into|Reason|Annotator", "Wart|exclude||few|Ana"),
	}}}
}

func (r *room) mapping() *mapping.Mapping {
	m, _ := mapping.Parse(r.book, []mapping.Source{{Name: "clinic"}}, mapping.Given{OnlyBlocking: true})
	return m
}

// export is a sheet of all rows, as review export makes one, filled in by nobody.
func (r *room) export(who, as string, open bool) *Filled {
	r.t.Helper()
	held := HeldBy(r.mapping())
	made := &decisions.Made{Version: r.version, For: who, As: as, Open: open}
	for row := range held {
		made.Rows = append(made.Rows, row)
	}
	for _, category := range append([]string{"Naevus"}, r.listed...) {
		if row := RowOfCategory(category); !slices.Contains(made.Rows, row) {
			made.Rows = append(made.Rows, row)
		}
	}
	slices.SortFunc(made.Rows, func(a, b decisions.Row) int {
		return strings.Compare(a.Tab+"\x00"+a.Label, b.Tab+"\x00"+b.Label)
	})
	sum, err := r.log.Add(decisions.Decision{Who: "leo", Role: "data_scientist", Act: decisions.Export, Made: made}, r.now)
	if err != nil {
		r.t.Fatal(err)
	}
	f := &Filled{Meta: Meta{Sheet: sum, Version: r.version, Role: as, Person: who, Open: open}}
	shows := f.Meta.Shows()
	for _, row := range made.Rows {
		kind := Labels
		if row.Tab == mapping.RefineTab {
			kind = Refinements
		}
		if row.Label == "Naevus" {
			kind = Categories
		}
		l := Line{Kind: kind, Tab: row.Tab, Number: len(f.Lines) + 2, ID: RowID(f.Meta, row, held[row].Cells),
			Label: row.Label, Cells: map[string]string{}}
		for _, c := range Columns(kind, shows) {
			if shows && c.Decides {
				l.Cells[c.Header] = held[row].Cells[c.Header]
			}
			if of, is := strings.CutPrefix(c.Header, Proposed); is {
				l.Cells[c.Header] = held[row].Cells[of]
			}
		}
		f.Lines = append(f.Lines, l)
	}
	return f
}

// ask adds a row to the tab of questions.
func (f *Filled) ask(row decisions.Row, question, answer, literature string) {
	f.Lines = append(f.Lines, Line{Kind: Questions, Tab: "Questions", ID: RowKey(f.Meta.Sheet, row) + ".x",
		Label: row.Label, Cells: map[string]string{Question: question, Answer: answer, Literature: literature}})
}

func (f *Filled) line(label string) *Line {
	for i := range f.Lines {
		if f.Lines[i].Label == label {
			return &f.Lines[i]
		}
	}
	panic("no line " + label)
}

func (f *Filled) set(label string, cells ...string) {
	for i := 0; i < len(cells); i += 2 {
		f.line(label).Cells[cells[i]] = cells[i+1]
	}
}

func (r *room) judge(f *Filled) ([]Outcome, error) {
	return Case{Log: r.log, People: r.people, Version: r.version, Today: r.now.Format(time.DateOnly), Mapping: r.mapping(),
		Known:  []mapping.Category{{Name: "Ephelis", Codes: []string{"ED61.0"}}},
		NoCode: []string{"Non-specific lesion"}, Document: r.doc}.Judge(f)
}

// take imports a sheet: what it decides stands in log and workbook afterwards.
func (r *room) take(f *Filled) (said []string) {
	r.t.Helper()
	outcomes, err := r.judge(f)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, o := range outcomes {
		for _, d := range o.Decisions {
			if _, err := r.log.Add(d, r.now); err != nil {
				r.t.Errorf("%s: what was judged legal is not: %v", o.Row.Label, err)
			}
		}
		if o.Change != nil && !r.doc {
			r.write(o.Row, o.Change)
		}
		if o.What != Open {
			said = append(said, fmt.Sprintf("%s: %s: %s", o.Row.Label, o.What, o.Why))
		}
	}
	return said
}

// write puts cells into the workbook, whose row must hold what it is said to hold.
func (r *room) write(row decisions.Row, c *Change) {
	r.t.Helper()
	for i := range r.book.Sheets {
		s := &r.book.Sheets[i]
		if s.Name != row.Tab {
			continue
		}
		at := slices.IndexFunc(s.Rows, func(cells []sheetio.Cell) bool { return cells[0].Text == row.Label })
		if at < 0 {
			at = len(s.Rows)
			s.Rows = append(s.Rows, make([]sheetio.Cell, len(s.Rows[0])))
			s.Rows[at][0].Text = row.Label
		}
		for column, header := range s.Rows[0] {
			if after, is := c.After[header.Text]; is {
				if got := s.Rows[at][column].Text; got != c.Before[header.Text] {
					r.t.Errorf("%s: %s holds %q, and the change says %q", row.Label, header.Text, got, c.Before[header.Text])
				}
				s.Rows[at][column].Text = after
			}
		}
	}
}

func (r *room) cell(label, header string) string {
	for _, s := range r.book.Sheets {
		for _, cells := range s.Rows {
			if cells[0].Text == label {
				return cells[slices.IndexFunc(s.Rows[0], func(c sheetio.Cell) bool { return c.Text == header })].Text
			}
		}
	}
	return "(none)"
}

// The way of a row through two reviews: the primary one sees the proposal, the secondary one does not, and stands.
func TestTwoReviews(t *testing.T) {
	r := newRoom(t)
	primary := r.export("ben", decisions.Primary, false)
	primary.set("nv", Seen, "yes")
	primary.set("mm", TargetName, "Melanoma in situ ", Codes, "2E63", Doubt, " thin? ")
	primary.set("bcc", TargetName, "Basal cell carcinoma", Codes, "2C32, 2C32")
	primary.set("Wart", Action, "merge", MergeInto, "Naevus")
	want := []string{"Wart: taken: exclude → merge; (empty) → Naevus",
		"bcc: taken: (empty) → Basal cell carcinoma; (empty) → 2C32",
		`mm: taken: Melanoma → Melanoma in situ; 2C30 → 2E63; asks "thin?"`, "nv: taken: as it was"}
	if d := cmp.Diff(want, r.take(primary)); d != "" {
		t.Errorf("primary (-want +got):\n%s", d)
	}
	for i := range want {
		want[i] = strings.Replace(want[i], ": taken:", ": already:", 1)
	}
	if d := cmp.Diff(want, r.take(primary)); d != "" {
		t.Errorf("the same again (-want +got):\n%s", d)
	}
	secondary := r.export("cy", decisions.Secondary, false)
	secondary.set("nv", TargetName, "Naevus")
	secondary.set("mm", TargetName, "Melanoma in situ", Notes, "thin")
	secondary.set("bcc", TargetName, "Naevus")
	secondary.ask(decisions.Row{Tab: "clinic", Label: "bcc"}, "which kind?", "nodular", "PMID 1")
	secondary.ask(decisions.Row{Tab: "clinic", Label: "mm"}, "thin?", "", "")
	want = []string{"bcc: taken: Basal cell carcinoma → Naevus; 2C32 → 2F20", "bcc: taken: question answered",
		"mm: taken: by eye → thin", "nv: taken: as it was"}
	if d := cmp.Diff(want, r.take(secondary)); d != "" {
		t.Errorf("secondary (-want +got):\n%s", d)
	}
	for row, state := range map[string]decisions.State{"nv": decisions.SecondaryReviewed,
		"mm":  decisions.SecondaryReviewed,
		"bcc": decisions.SecondaryReviewed, "ak": decisions.Proposed, "Wart": decisions.PrimaryReviewed} {
		name := decisions.Row{Tab: "clinic", Label: row}
		if row == "Wart" {
			name.Tab = mapping.RefineTab
		}
		if got := r.log.Standing(name).State(HeldBy(r.mapping())[name].Cells, true); got != state {
			t.Errorf("%s is %s, want %s", row, got, state)
		}
	}
	got := []string{r.cell("bcc", TargetName), r.cell("mm", Notes), r.cell("mm", Needed)}
	if !slices.Equal(got, []string{"Naevus", "thin", "biopsy"}) {
		t.Errorf("the workbook says %q", got)
	}
	if _, open := r.log.Questions(decisions.Row{Tab: "clinic", Label: "bcc"}, "which kind?"); len(open) > 0 {
		t.Errorf("still open: %q", open)
	}
	if _, open := r.log.Questions(decisions.Row{Tab: "clinic", Label: "mm"}, ""); len(open) != 1 {
		t.Errorf("open: %q, want the doubt", open)
	}
}

// What is wrong with one row refuses and names that row; the rest is taken.
func TestRefusedRows(t *testing.T) {
	for _, c := range []struct {
		name, label string
		who, as     string
		before      func(*room)          // what happened before the export
		fill        func(*room, *Filled) // what happened after it
		want        string
	}{
		{"who annotated reviews", "nv", "Ana", decisions.Primary, nil,
			func(_ *room, f *Filled) { f.set("nv", Seen, "yes") }, `"Ana" annotated it`},
		{"who annotated reviews, under another spelling", "mm", "Ana", decisions.Primary, nil,
			func(_ *room, f *Filled) { f.set("mm", Seen, "yes") }, `annotated it`},
		{"no annotator", "wart", "ben", decisions.Primary, nil,
			func(_ *room, f *Filled) { f.set("wart", Seen, "yes") }, "names no annotator"},
		{"an annotator nobody knows", "sk", "ben", decisions.Primary, nil,
			func(_ *room, f *Filled) { f.set("sk", Seen, "yes") }, `annotator "zed" is not in people.yaml`},
		{"secondary before primary", "nv", "cy", decisions.Secondary, nil,
			func(_ *room, f *Filled) { f.set("nv", TargetName, "Naevus") }, "has no primary review as it stands"},
		{"a second primary reviewer", "nv", "ben", decisions.Primary, nil, func(r *room, f *Filled) {
			other := r.export("eli", decisions.Primary, false)
			other.set("nv", Seen, "yes")
			r.take(other)
			f.set("nv", Seen, "yes")
		}, `has its primary review already, by "eli"`},
		{"a second primary reviewer, after the first changed it", "nv", "ben", decisions.Primary, nil,
			func(r *room, f *Filled) {
				other := r.export("eli", decisions.Primary, false)
				other.set("nv", TargetName, "Melanoma", Codes, "")
				r.take(other)
				f.set("nv", Seen, "yes")
			}, `"eli" reviewed it on 2026-03-31`},
		{"a second secondary reviewer", "nv", "cy", decisions.Secondary, primaryOf("ben", "nv"), func(r *room, f *Filled) {
			other := r.export("dee", decisions.Secondary, false)
			other.set("nv", TargetName, "Naevus")
			r.take(other)
			f.set("nv", TargetName, "Naevus")
		}, `has its secondary review already, by "dee"`},
		{"the annotator was written over", "nv", "cy", decisions.Secondary, primaryOf("ben", "nv"),
			func(r *room, f *Filled) {
				r.book.Sheets[0].Rows[1][6].Text = "CY"
				f.set("nv", TargetName, "Naevus")
			}, `"CY" annotated it`},
		{"an id that was cut at its point", "nv", "ben", decisions.Primary, nil, func(_ *room, f *Filled) {
			f.line("nv").ID = f.line("nv").ID[:20]
			f.set("nv", Seen, "yes")
		}, "is damaged"},
		{"an id of which the end was cut", "nv", "ben", decisions.Primary, nil, func(_ *room, f *Filled) {
			f.line("nv").ID = f.line("nv").ID[:36]
			f.set("nv", Seen, "yes")
		}, "is damaged"},
		{"an id that was rounded", "nv", "ben", decisions.Primary, nil, func(_ *room, f *Filled) {
			f.line("nv").ID = f.line("nv").ID[:27] + "0000000000"
			f.set("nv", Seen, "yes")
		}, "is damaged"},
		{"changed by hand", "nv", "ben", decisions.Primary, nil, func(r *room, f *Filled) {
			r.book.Sheets[0].Rows[1][3].Text = "why"
			f.set("nv", Seen, "yes")
		}, "changed since it was exported, by hand"},
		{"decided, then edited by hand", "nv", "ben", decisions.Primary, nil, func(r *room, f *Filled) {
			f.set("nv", TargetName, "Melanoma", Codes, "2C30")
			r.take(f)
			r.book.Sheets[0].Rows[1][1].Text, r.book.Sheets[0].Rows[1][2].Text = "Naevus", "2F20"
		}, "was taken on 2026-03-31, and somebody edited the workbook since"},
		{"an older copy of the sheet", "nv", "ben", decisions.Primary, nil, func(r *room, f *Filled) {
			f.set("nv", TargetName, "Melanoma", Codes, "2C30")
			r.take(f)
			f.set("nv", Notes, "sure")
			r.take(f)
			f.set("nv", Notes, "")
		}, "this is an older copy of it"},
		{"gone", "nv", "ben", decisions.Primary, nil, func(r *room, f *Filled) {
			r.book.Sheets[0].Rows = slices.Delete(r.book.Sheets[0].Rows, 1, 2)
			f.set("nv", Seen, "yes")
		}, "not in the workbook any more"},
		{"listed twice, not alike", "nv", "ben", decisions.Primary, func(r *room) {
			r.book.Sheets[0].Rows = append(r.book.Sheets[0].Rows, texts("nv|Naevus|2F20|other|||Ana"))
		}, func(_ *room, f *Filled) { f.set("nv", Seen, "yes") }, "listed several times"},
		{"codes that are none", "nv", "ben", decisions.Primary, nil,
			func(_ *room, f *Filled) { f.set("nv", Codes, "2F20;melanoma") }, "melanoma"},
		{"a name without codes", "nv", "ben", decisions.Primary, nil,
			func(_ *room, f *Filled) { f.set("nv", TargetName, "Angioma", Codes, "") }, `"Angioma" has no codes`},
		{"codes taken out", "nv", "ben", decisions.Primary, nil,
			func(_ *room, f *Filled) { f.set("nv", Codes, "") }, `its codes 2F20 were taken out`},
		{"left out, with codes", "nv", "ben", decisions.Primary, nil,
			func(_ *room, f *Filled) { f.set("nv", TargetName, "-") }, "is left out (-) and has the codes 2F20"},
		{"a name taken out", "nv", "ben", decisions.Primary, nil,
			func(_ *room, f *Filled) { f.set("nv", TargetName, "") }, "has no Target Name"},
		{"seen without a name", "bcc", "ben", decisions.Primary, nil,
			func(_ *room, f *Filled) { f.set("bcc", Seen, "yes") }, "has no Target Name"},
		{"a note without a name", "nv", "cy", decisions.Secondary, primaryOf("ben", "nv"),
			func(_ *room, f *Filled) { f.set("nv", Notes, "unclear") }, "has no Target Name"},
		{"a name of two lines", "nv", "ben", decisions.Primary, nil,
			func(_ *room, f *Filled) { f.set("nv", TargetName, "Naevus\nMelanoma") }, "line break"},
		{"a formula in a note", "nv", "ben", decisions.Primary, nil,
			func(_ *room, f *Filled) { f.set("nv", Notes, `=HYPERLINK("x")`) }, "runs as a formula"},
		{"a call in a note", "nv", "ben", decisions.Primary, nil,
			func(_ *room, f *Filled) { f.set("nv", Notes, "@SUM(A1)") }, "runs as a formula"},
		{"a control character in a note", "nv", "ben", decisions.Primary, nil,
			func(_ *room, f *Filled) { f.set("nv", Notes, "by\x07eye") }, "Notes/Justification holds the character U+0007"},
		{"a control character in a name", "nv", "ben", decisions.Primary, nil,
			func(_ *room, f *Filled) { f.set("nv", TargetName, "Nae\u0085vus") }, "Target Name holds the character U+0085"},
		{"a name that turns round", "nv", "ben", decisions.Primary, nil,
			func(_ *room, f *Filled) { f.set("nv", TargetName, "\u202esuveaN") }, "Target Name holds the character U+202E"},
		{"a merger that turns round", "Wart", "ben", decisions.Primary, nil,
			func(_ *room, f *Filled) { f.set("Wart", Action, "merge", MergeInto, "Nae\u2066vus") }, "U+2066"},
		{"an edited label", "nv", "ben", decisions.Primary, nil,
			func(_ *room, f *Filled) { f.line("nv").Label = "nv2" }, `its id "nv": the label was edited`},
		{"no action", "Wart", "ben", decisions.Primary, nil,
			func(_ *room, f *Filled) { f.set("Wart", Action, "") }, "has no Action"},
		{"an action that is none", "Wart", "ben", decisions.Primary, nil,
			func(_ *room, f *Filled) { f.set("Wart", Action, "delete") }, "want exclude or merge"},
		{"excluded into", "Wart", "ben", decisions.Primary, nil,
			func(_ *room, f *Filled) { f.set("Wart", MergeInto, "Naevus") }, "is excluded and has a category"},
		{"merged into itself", "Wart", "ben", decisions.Primary, nil,
			func(_ *room, f *Filled) { f.set("Wart", Action, "merge", MergeInto, "Wart") }, "want the name of another"},
		{"a sample of one's own review", "nv", "cy", decisions.Sampler, func(r *room) {
			primaryOf("ben", "nv")(r)
			f := r.export("cy", decisions.Secondary, false)
			f.set("nv", TargetName, "Naevus")
			r.take(f)
		}, func(_ *room, f *Filled) { f.set("nv", TargetName, "Naevus") }, `"cy" reviewed it`},
		{"a question that nobody asks", "bcc", "cy", decisions.Secondary, nil, func(_ *room, f *Filled) {
			f.ask(decisions.Row{Tab: "clinic", Label: "bcc"}, "which?", "nodular", "")
		}, `nobody asks "which?"`},
		{"literature without an answer", "bcc", "cy", decisions.Secondary, nil, func(_ *room, f *Filled) {
			f.ask(decisions.Row{Tab: "clinic", Label: "bcc"}, "which kind?", " ", "PMID 1")
		}, "no answer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRoom(t)
			if c.before != nil {
				c.before(r)
			}
			f := r.export(c.who, c.as, false)
			c.fill(r, f)
			// another row of the sheet, which nothing is wrong with
			f.set("ak", Doubt, "sure?")
			log, workbook := string(r.log.Text()), fmt.Sprint(r.book.Sheets)
			outcomes, err := r.judge(f)
			if err != nil {
				t.Fatal(err)
			}
			refused, taken := []Outcome{}, []string{}
			for _, o := range outcomes {
				switch o.What {
				case Refused:
					refused = append(refused, o)
				case Taken:
					taken = append(taken, o.Row.Label)
				}
			}
			if len(refused) != 1 || refused[0].Row.Label != c.label || !strings.Contains(refused[0].Why, c.want) {
				t.Errorf("refused %+v, want %s: %s", refused, c.label, c.want)
			}
			if len(refused) > 0 && (refused[0].Change != nil || refused[0].Decisions != nil) {
				t.Error("what is refused changes something")
			}
			if !slices.Contains(taken, "ak") {
				t.Errorf("taken %v, want the others", taken)
			}
			if string(r.log.Text()) != log || fmt.Sprint(r.book.Sheets) != workbook {
				t.Error("judging changed something")
			}
		})
	}
}

// primaryOf has a person review a row as it is.
func primaryOf(who, label string) func(*room) {
	return func(r *room) {
		f := r.export(who, decisions.Primary, false)
		f.set(label, Seen, "yes")
		r.take(f)
	}
}

// Who filled in more of a sheet, or says otherwise in it, gives it back again; a copy that says nothing of a row
// changes nothing of it.
func TestGivenBackAgain(t *testing.T) {
	r := newRoom(t)
	f := r.export("ben", decisions.Primary, false)
	f.set("nv", TargetName, "Melanoma", Codes, "2C30")
	r.take(f)
	f.set("nv", TargetName, "Naevus", Codes, "2F20", Seen, "yes")
	f.set("ak", Seen, "yes")
	want := []string{"ak: refused: \"ben\" annotated it, and may not review it",
		"nv: taken: Melanoma → Naevus; 2C30 → 2F20"}
	if d := cmp.Diff(want, r.take(f)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	f.set("nv", TargetName, "Melanoma", Codes, "2C30", Notes, "by eye", Seen, "")
	r.take(f)
	f.set("nv", TargetName, "Naevus", Codes, "2F20", Notes, "", Seen, "")
	f.set("ak", Seen, "")
	if said := r.take(f); len(said) > 0 || r.cell("nv", Notes) != "by eye" {
		t.Errorf("a copy that nobody filled in: %q", said)
	}
}

// What is about the person or the sheet refuses all of it, and all that is wrong comes at once.
func TestRefusedSheets(t *testing.T) {
	for _, c := range []struct {
		name, who, as string
		change        func(*room, *Filled)
		want          []string
	}{
		{"unknown person", "zoe", decisions.Primary, nil, []string{`"zoe" is not in people.yaml`}},
		{"another spelling", "BEN", decisions.Primary, nil, []string{`"BEN" is not in people.yaml, but "ben" is`}},
		{"expired", "old", decisions.Primary, nil, []string{"may not decide on 2026-03-31"}},
		{"a role that does not fit", "cy", decisions.Primary, nil, []string{`"cy" is dermatologist, want data_scientist`}},
		{"a role that does not fit, of two", "ben", decisions.Secondary, nil,
			[]string{`"ben" is data_scientist, want dermatologist`}},
		{"another log", "ben", decisions.Primary, func(_ *room, f *Filled) { f.Meta.Sheet = strings.Repeat("0", 64) },
			[]string{"was not exported here"}},
		{"another version", "ben", decisions.Primary, func(r *room, _ *Filled) { r.version = "DXv1.1" },
			[]string{"exported for DXv1.0, and dermset.yaml is at DXv1.1"}},
		{"exported for another", "ben", decisions.Primary, func(_ *room, f *Filled) { f.Meta.Person = "eli" },
			[]string{`says person "eli"`, `exported for "ben"`}},
		{"another role", "ben", decisions.Primary, func(_ *room, f *Filled) { f.Meta.Role = decisions.Secondary },
			[]string{`says role "secondary"`}},
		{"not blinded", "cy", decisions.Secondary, func(_ *room, f *Filled) { f.Meta.Open = true },
			[]string{"exported blinded"}},
		{"all of it", "old", decisions.Primary, func(r *room, f *Filled) { r.version, f.Meta.Person = "DXv2.0", "zoe" },
			[]string{"is at DXv2.0", `says person "zoe"`, "may not decide on"}},
	} {
		r := newRoom(t)
		f := r.export(c.who, c.as, false)
		f.set("nv", Seen, "yes", TargetName, "Naevus")
		if c.change != nil {
			c.change(r, f)
		}
		outcomes, err := r.judge(f)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v, want %s", c.name, err, want)
			}
		}
		if len(outcomes) > 0 {
			t.Errorf("%s: judged %v", c.name, outcomes)
		}
	}
}

// Categories that are consolidated become rows of the tab of exclusions and mergers, proposed by who did it.
func TestCategories(t *testing.T) {
	r := newRoom(t)
	f := r.export("ben", decisions.Primary, false)
	f.set("Naevus", Action, "Exclude", Reason, "too wide")
	if d := cmp.Diff([]string{"Naevus: taken: (empty) → exclude; (empty) → too wide"}, r.take(f)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := r.cell("Naevus", Annotator) + r.cell("Naevus", Reason); got != "bentoo wide" {
		t.Errorf("the row says %q", got)
	}
	if said := r.take(f); len(said) != 1 || !strings.Contains(said[0], "already") {
		t.Errorf("again: %q", said)
	}
	row := RowOfCategory("Naevus")
	if got := r.log.Standing(row).State(HeldBy(r.mapping())[row].Cells, true); got != decisions.Proposed {
		t.Errorf("it is %s, want proposed", got)
	}
	self := r.export("ben", decisions.Primary, false)
	self.line("Naevus").Kind = Refinements
	self.set("Naevus", Seen, "yes")
	if said := r.take(self); len(said) != 1 || !strings.Contains(said[0], `"ben" annotated it`) {
		t.Errorf("reviewed by who proposed it: %q", said)
	}
}

// What two tabs of one sheet decide is refused in both.
func TestDecidedTwice(t *testing.T) {
	r := newRoom(t)
	f := r.export("ben", decisions.Primary, false)
	f.set("Wart", Reason, "very few")
	other := *f.line("Wart")
	other.Kind, other.Cells = Categories, map[string]string{Action: "merge", MergeInto: "Naevus"}
	f.Lines = append(f.Lines, other)
	for _, said := range r.take(f) {
		if said != "Wart: refused: two tabs of the sheet decide it: keep one of them" {
			t.Error(said)
		}
	}
}

// What a document does not hold yet is pending; what somebody edited in it since is not.
func TestPending(t *testing.T) {
	r := newRoom(t)
	r.doc = true
	f := r.export("ben", decisions.Primary, false)
	f.set("nv", TargetName, "Melanoma", Codes, "2C30")
	f.set("mm", TargetName, "Naevus", Codes, "2F20")
	f.set("bcc", TargetName, "Naevus", Codes, "2F20")
	f.set("Naevus", Action, "exclude")
	r.take(f)
	f.set("nv", Notes, "by eye")
	r.take(f)
	r.edit("mm", TargetName, "Angioma")
	r.edit("bcc", TargetName, "Naevus")
	r.edit("bcc", Codes, "2F20")
	var got []string
	for _, p := range PendingRows(r.log, HeldBy(r.mapping())) {
		got = append(got, fmt.Sprintf("%s: %s → %s %s %s", p.Row.Label, p.Before[TargetName],
			p.After[TargetName]+p.After[Action], p.After[Notes], p.After[Annotator]))
	}
	want := []string{"Naevus:  → exclude  ben", "nv: Naevus → Melanoma by eye "}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Names that the workbook or known_categories.csv knows bring their codes; of others the reviewer says them.
func TestCodesOfKnownNames(t *testing.T) {
	r := newRoom(t)
	for _, label := range []string{"nv", "mm", "ak"} {
		who := "ben"
		if label == "ak" {
			who = "eli"
		}
		primaryOf(who, label)(r)
	}
	f := r.export("cy", decisions.Secondary, false)
	f.set("nv", TargetName, "Melanoma")
	f.set("mm", TargetName, "Ephelis")
	f.set("ak", TargetName, "Non-specific lesion")
	want := []string{"ak: taken: Actinic keratosis → Non-specific lesion; EK90.0 → (empty)",
		"mm: taken: Melanoma → Ephelis; 2C30 → ED61.0; by eye → (empty); biopsy → (empty)",
		"nv: taken: Naevus → Melanoma; 2F20 → 2C30"}
	if d := cmp.Diff(want, r.take(f)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// What counts as yes under Seen, and what as nothing; whatever else stands there refuses the row and names the cell.
func TestSeen(t *testing.T) {
	for what, said := range map[string][]string{
		Taken: {"yes", " Yes ", "Y", "x", "TRUE", "1", "ja", "oui", "Sí", "ok", "✓", "✔", "2026-03-31", "31.3.2026",
			"3/31/2026", "31/3/26", "ben", "BEN", "bo", "BO"},
		Open:    {"", " ", "no", "N", "FALSE", "0", "nein", "non", "-"},
		Refused: {"?", "not sure", "yes?", "maybe", "eli", "ee", "b", "2", "31.3.", "=A1", "см"},
	} {
		for _, seen := range said {
			r := newRoom(t)
			f := r.export("ben", decisions.Primary, false)
			f.set("nv", Seen, seen)
			outcomes, err := r.judge(f)
			if err != nil {
				t.Fatal(err)
			}
			at := slices.IndexFunc(outcomes, func(o Outcome) bool { return o.Row.Label == "nv" })
			if o := outcomes[at]; o.What != what || what == Refused && !strings.Contains(o.Why, "Seen holds") {
				t.Errorf("%q: %s: %s, want %s", seen, o.What, o.Why, what)
			}
		}
	}
	r := newRoom(t)
	f := r.export("ben", decisions.Primary, false)
	f.set("nv", Seen, "46112")
	f.line("nv").Dated = true // a number that is shown as a day
	if said := r.take(f); !slices.Equal(said, []string{"nv: taken: as it was"}) {
		t.Errorf("a date: %q", said)
	}
}

// Who says another name in a blinded sheet and then corrects it to the old one brings codes, note and all back, which
// they never saw; codes of their own, or a note, are theirs.
func TestCorrectedToTheOldName(t *testing.T) {
	for _, c := range []struct {
		name, codes, note string
		want              []string // codes, note, what it takes
	}{
		{"Melanoma", "", "", []string{"2C30", "by eye", "biopsy"}},
		{"Melanoma", "2C30", "", []string{"2C30", "by eye", "biopsy"}},
		{"Melanoma", "", "thin", []string{"2C30", "thin", "biopsy"}},
		{"Melanoma", "2E63", "", []string{"2E63", "", ""}},
		{"Wart", "", "", []string{"1E80", "", ""}},
	} {
		r := newRoom(t)
		primaryOf("ben", "mm")(r)
		f := r.export("cy", decisions.Secondary, false)
		f.set("mm", TargetName, "Naevus")
		r.take(f)
		f.set("mm", TargetName, c.name, Codes, c.codes, Notes, c.note)
		said := r.take(f)
		if got := []string{r.cell("mm", Codes), r.cell("mm", Notes), r.cell("mm", Needed)}; !slices.Equal(got, c.want) {
			t.Errorf("%s %s: %q, want %q: %q", c.name, c.codes, got, c.want, said)
		}
		if again := r.take(f); len(again) != 1 || !strings.Contains(again[0], Already) {
			t.Errorf("%s %s, again: %q", c.name, c.codes, again)
		}
	}
}
