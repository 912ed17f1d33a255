package review

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/mapping"
)

var day = time.Date(2026, 3, 31, 9, 0, 0, 0, time.UTC)

var (
	header       = []string{SourceLabel, TargetName, Codes, Notes, "Annotator", "consult", "Needed To Differentiate"}
	refineHeader = []string{Category, Action, MergeInto, Reason, "Annotator"}
)

func sheet(name string, rows ...[]string) sheetio.Sheet {
	s := sheetio.Sheet{Name: name}
	for _, cells := range rows {
		var row []sheetio.Cell
		for _, cell := range cells {
			row = append(row, text(cell))
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

// given is a workbook of two sources; proposals are the cells behind the label.
func given(t *testing.T, l *decisions.Log, clinic, archive [][]string, refine ...[]string) Given {
	t.Helper()
	if l == nil {
		l, _ = decisions.Parse(nil, nil, day)
	}
	book := &sheetio.Book{Sheets: []sheetio.Sheet{sheet("clinic", slices.Insert(clinic, 0, header)...),
		sheet("archive", slices.Insert(archive, 0, header)...),
		sheet(sheetio.CutTabName(mapping.RefineTab), slices.Insert(refine, 0, refineHeader)...)}}
	images := map[string]map[string]int64{"clinic": {}, "archive": {}}
	for source, rows := range map[string][][]string{"clinic": clinic, "archive": archive} {
		for i, row := range rows {
			images[source][row[0]] = int64(10 + i)
		}
	}
	m, _ := mapping.Parse(book, []mapping.Source{{Name: "clinic", Labels: images["clinic"]},
		{Name: "archive", Labels: images["archive"]}}, mapping.Given{OnlyBlocking: true})
	return Given{m, images, l}
}

func bookFor(t *testing.T, g Given, m Meta) *Book {
	t.Helper()
	rows, torn := g.Rows()
	if len(torn) > 0 {
		t.Fatal(torn)
	}
	picked, _ := For(m.Role, m.Person, rows)
	m.Sheet, m.Version, m.Made = strings.Repeat("a", 64), "DXv1.0", "2026-03-31T09:00:00Z"
	return &Book{Meta: m, Rows: picked, Questions: Asked(rows), Categories: g.Mapped(nil), Names: g.Mapping.Names}
}

func xlsx(t *testing.T, b *Book) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := sheetio.WriteForm(&out, b.Sheets()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// reviewed is the log in which ben has reviewed rows as they are.
func reviewed(t *testing.T, g Given) *decisions.Log {
	t.Helper()
	l, _ := decisions.Parse(nil, nil, day)
	rows, _ := g.Rows()
	for _, row := range rows {
		if row.Annotator == "" {
			continue
		}
		if _, err := l.Add(decisions.Decision{Who: "ben-canary", Role: decisions.Primary, Act: decisions.Review,
			Row: &row.Row, Annotator: row.Annotator, Before: row.Cells, After: row.Cells,
			State: decisions.PrimaryReviewed}, day); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// ids are those of rows; their ends are hashes of what the rows held.
var ids = regexp.MustCompile(`([0-9a-f]{20})\.[0-9a-f]{16}`)

// A blinded sheet is the same whatever was proposed, by whom and why: two workbooks in which the same names stand, but
// everywhere otherwise, give the same bytes, but for the ends of ids.
func TestBlinded(t *testing.T) {
	clinic := [][]string{{"nv", "Naevus", "2F20", "note-canary", "ana-canary", "", "touch-canary"},
		{"mel", "Melanoma", "2C30", "", "ana-canary", "is it a Melanoma?"},
		{"bcc", "Carcinoma", "2C32", "", "ana-canary"}}
	archive := [][]string{{"x", "-", "", "", "ana-canary", "what is x?"}}
	refine := [][]string{{"Naevus", "merge", "Melanoma", "reason-canary", "ana-canary"},
		{"Carcinoma", "exclude", "", "", "ana-canary"}}
	g := given(t, nil, clinic, archive, refine...)
	otherwise := given(t, nil, [][]string{{"nv", "Carcinoma", "EA80", "", "dan"},
		{"mel", "Naevus", "EK00", "x", "dan", "is it a Naevus?", "y"}, {"bcc", "Melanoma", "EA80", "", "dan"}},
		[][]string{{"x", "Naevus", "2F2Z", "", "dan", "what is x?"}},
		[]string{"Naevus", "exclude", "", "", "dan"}, []string{"Carcinoma", "merge", "Naevus", "other", "dan"})
	g.Log, otherwise.Log = reviewed(t, g), reviewed(t, otherwise)
	for _, role := range []string{decisions.Secondary, decisions.Sampler} {
		meta := Meta{Role: role, Person: "cy"}
		one, other := bookFor(t, g, meta), bookFor(t, otherwise, meta)
		if role == decisions.Secondary && len(one.Rows) != 6 {
			t.Fatalf("%d rows", len(one.Rows))
		}
		parts, others := partsOf(t, xlsx(t, one)), partsOf(t, xlsx(t, other))
		files, _ := one.Folder()
		for name, data := range files {
			parts[name] = string(data)
		}
		for name, text := range parts {
			for _, canary := range []string{"canary", "2F20", "2C30", "2C32", Proposed, Titles} {
				if strings.Contains(text, canary) {
					t.Errorf("%s: %s holds %s", role, name, canary)
				}
			}
			if want := ids.ReplaceAllString(others[name], "$1"); others[name] != "" &&
				want != ids.ReplaceAllString(text, "$1") {
				t.Errorf("%s: %s tells what was proposed:\n%s", role, name, cmp.Diff(want, ids.ReplaceAllString(text, "$1")))
			}
		}
	}
	open := bookFor(t, g, Meta{Role: decisions.Secondary, Person: "cy", Open: true})
	if shown := fmt.Sprint(partsOf(t, xlsx(t, open))); !strings.Contains(shown, "note-canary") ||
		strings.Contains(shown, Withheld) {
		t.Error("an open sheet shows no proposals")
	}
}

func partsOf(t *testing.T, data []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, file := range z.File {
		r, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts[file.Name] = string(text)
	}
	return parts
}

// What a primary reviewer gets: proposals beside cells that are filled with them, questions first, codes as text.
func TestPrimary(t *testing.T) {
	g := given(t, nil, [][]string{{"warts", "Wart", `["EA80", "1E80"]`, "why", "ana",
		"sure?", "biopsy"}, {"=nv", "Naevus", "2F20", "", "ana"}, {"mine", "Mine", "", "", "Ben "},
		{"nobody's", "Naevus", "2F20"},
		{"unmapped", "", "", "", "ana"}},
		[][]string{{"x", "-", "", "", "ana"}}, []string{"Wart", "merge", "Naevus", "few", "ana"})
	b := bookFor(t, g, Meta{Role: decisions.Primary, Person: "ben"})
	b.Title = func(code string) string { return map[string]string{"1E80": "Common warts"}[code] }
	data := xlsx(t, b)
	if !bytes.Equal(data, xlsx(t, b)) {
		t.Error("the same workbook has other bytes")
	}
	book, err := sheetio.Open("a.xlsx", data)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range book.Sheets {
		names = append(names, s.Name)
	}
	want := []string{startTab, "archive", "clinic", refineTab, questionsTab, categoriesTab, namesTab, MetaTab}
	if d := cmp.Diff(want, names); d != "" {
		t.Errorf("tabs (-want +got):\n%s", d)
	}
	rows := records(book.Sheet("clinic"))
	for _, c := range []struct {
		row          int
		column, want string
	}{
		{0, SourceLabel, "warts"}, {0, Images, "10"}, {0, Proposed + TargetName, "Wart"}, {0, TargetName, "Wart"},
		{0, Codes, "1E80;EA80"}, {0, Titles, "1E80: Common warts"}, {0, Needed, "biopsy"}, {0, Annotator, "ana"},
		{0, Seen, ""}, {1, SourceLabel, "=nv"}, {1, Codes, "2F20"},
		{1, RowOf, RowID(b.Meta, decisions.Row{Tab: "clinic", Label: "=nv"},
			decisions.Cells{TargetName: "Naevus", Codes: "2F20"})},
	} {
		if got := rows[c.row][c.column]; got != c.want {
			t.Errorf("row %d, %s: %q, want %q", c.row, c.column, got, c.want)
		}
	}
	if len(rows) != 2 {
		t.Errorf("%d rows: %v", len(rows), rows)
	}
	if got := records(book.Sheet(refineTab)); len(got) != 1 || got[0][MergeInto] != "Naevus" ||
		got[0][Proposed+Action] != "merge" {
		t.Errorf("exclusions and mergers: %v", got)
	}
	if got := records(book.Sheet(questionsTab)); len(got) != 1 || got[0][Question] != "sure?" || got[0][About] != "warts" {
		t.Errorf("questions: %v", got)
	}
	made := []decisions.Row{{Tab: "archive", Label: "x"}, {Tab: "clinic", Label: "=nv"}, {Tab: "clinic", Label: "warts"},
		{Tab: mapping.RefineTab, Label: "Wart"}, {Tab: mapping.RefineTab, Label: "Mine"},
		{Tab: mapping.RefineTab, Label: "Naevus"}}
	if d := cmp.Diff(made, b.Made()); d != "" {
		t.Errorf("made (-want +got):\n%s", d)
	}
	if _, left := For(decisions.Primary, "ben", must(g.Rows())); left != (Left{Own: 1, NoAnnotator: 1}) {
		t.Errorf("left: %+v", left)
	}
}

func must(rows []Row, _ []decisions.Row) []Row { return rows }

// records are the rows of a tab by header.
func records(s *sheetio.Sheet) (all []map[string]string) {
	for _, row := range s.Rows[1:] {
		record := map[string]string{}
		for i, c := range row {
			record[s.Rows[0][i].Text] = c.Text
		}
		all = append(all, record)
	}
	return all
}

// Who took part in a row is not asked to judge it, under no spelling of his id.
func TestForWhom(t *testing.T) {
	g := given(t, nil, [][]string{{"nv", "Naevus", "2F20", "", "ana"}}, nil)
	g.Log = reviewed(t, g)
	for person, want := range map[string]int{"Ana ": 0, "BEN-CANARY": 0, "cy": 1} {
		if picked, _ := For(decisions.Secondary, person, must(g.Rows())); len(picked) != want {
			t.Errorf("%s: %d rows, want %d", person, len(picked), want)
		}
	}
	row := decisions.Row{Tab: "clinic", Label: "nv"}
	cells := decisions.Cells{TargetName: "Naevus", Codes: "2F20"}
	if _, err := g.Log.Add(decisions.Decision{Who: "cy", Role: decisions.Secondary, Act: decisions.Review, Row: &row,
		Annotator: "ana", Before: cells, After: cells, State: decisions.SecondaryReviewed}, day); err != nil {
		t.Fatal(err)
	}
	for person, want := range map[string]int{"ana": 0, "ben-canary": 0, "CY": 0, "di": 1} {
		if picked, _ := For(decisions.Sampler, person, must(g.Rows())); len(picked) != want {
			t.Errorf("sample for %s: %d rows, want %d", person, len(picked), want)
		}
	}
	edited := given(t, g.Log, [][]string{{"nv", "Nevus", "2F20", "", "ana"}}, nil)
	if picked, _ := For(decisions.Primary, "di", must(edited.Rows())); len(picked) != 1 {
		t.Error("a row that was edited by hand is not proposed again")
	}
}

func TestTornRows(t *testing.T) {
	rows, torn := given(t, nil, [][]string{{"a", "A", "2F20", "", "ana"}, {"b", "B", "2F20", "", "ana"},
		{"a", "A", "2F20", "", "ana"}, {"b", "C", "2F20", "", "ana"}}, nil).Rows()
	if len(rows) != 1 || rows[0].Label != "a" || !slices.Equal(torn, []decisions.Row{{Tab: "clinic", Label: "b"}}) {
		t.Errorf("%v, torn %v", rows, torn)
	}
}

func TestUnused(t *testing.T) {
	used := map[string]bool{"questions": true}
	long := strings.Repeat("ä", 40)
	want := map[string]string{"Questions": "Questions (2)", "a/b": "a_b", "'": "tab", "con": "con_",
		long: strings.Repeat("ä", 31)}
	for _, tab := range slices.Sorted(maps.Keys(want)) {
		if got := unused(tab, used); got != want[tab] {
			t.Errorf("%q: %q, want %q", tab, got, want[tab])
		}
	}
	if got := unused(long+"x", used); got != strings.Repeat("ä", 27)+" (2)" {
		t.Errorf("%q", got)
	}
}

func TestDraw(t *testing.T) {
	var rows []Row
	for i := range 300 {
		tab, images := "large", int64(90)
		if i%3 == 0 {
			tab, images = "small", 20
		}
		rows = append(rows, Row{Row: decisions.Row{Tab: tab, Label: fmt.Sprint(i)}, Images: images})
	}
	drawn := Draw(rows, 10, 1)
	count := 0
	for _, row := range drawn {
		if row.Tab == "large" {
			count++
		}
	}
	if len(drawn) != 10 || count != 9 { // 18,000 of 20,000 images
		t.Errorf("%d rows, %d of the large tab", len(drawn), count)
	}
	slices.Reverse(rows)
	if d := cmp.Diff(drawn, Draw(rows, 10, 1)); d != "" {
		t.Errorf("in another order others are drawn (-want +got):\n%s", d)
	}
	if cmp.Equal(drawn, Draw(rows, 10, 2)) {
		t.Error("another seed draws the same")
	}
	if len(Draw(rows, 1000, 1)) != 300 {
		t.Error("not all are drawn")
	}
}

func TestRowID(t *testing.T) {
	row := decisions.Row{Tab: "clinic", Label: "nv"}
	id := RowID(Meta{Sheet: "s"}, row, decisions.Cells{TargetName: "N", Codes: ""})
	if id != RowID(Meta{Sheet: "s"}, row, decisions.Cells{TargetName: "N"}) || !ids.MatchString(id) || len(id) != 37 {
		t.Error(id)
	}
	for _, other := range []string{RowID(Meta{Sheet: "t"}, row, decisions.Cells{TargetName: "N"}),
		RowID(Meta{Sheet: "s"}, decisions.Row{Tab: "clinic", Label: "n"}, decisions.Cells{TargetName: "N"}),
		RowID(Meta{Sheet: "s", Secret: "x"}, row, decisions.Cells{TargetName: "N"}),
		RowID(Meta{Sheet: "s"}, row, decisions.Cells{Codes: "N"}),
		RowID(Meta{Sheet: "s"}, row, decisions.Cells{TargetName: "M"})} {
		if other == id {
			t.Error("two rows have one id")
		}
	}
}
