package review

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/io/sheetio"
)

// printed is the review workbook of a room, as review export makes it, with its line in the log.
func (r *room) printed(who, as string) *Book {
	r.t.Helper()
	g := Given{Mapping: r.mapping(), Log: r.log}
	rows, _ := g.Rows()
	b := &Book{Meta: Meta{Version: r.version, Role: as, Person: who}, Questions: Asked(rows), Categories: g.Mapped(nil)}
	for _, row := range rows {
		if row.State != decisions.Unmapped {
			b.Rows = append(b.Rows, row)
		}
	}
	sum, err := r.log.Add(decisions.Decision{Who: "leo", Role: "data_scientist", Act: decisions.Export,
		Made: &decisions.Made{Version: r.version, For: who, As: as, Rows: b.Made()}}, r.now)
	if err != nil {
		r.t.Fatal(err)
	}
	b.Meta.Sheet = sum
	return b
}

// edited is an XLSX after somebody has edited it.
func edited(t testing.TB, data []byte, edit func(*excelize.File)) []byte {
	t.Helper()
	x, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	edit(x)
	var out bytes.Buffer
	if err := x.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// at is the name of the cell of a label's row, or of the header, under a header.
func at(t testing.TB, x *excelize.File, tab, label, header string) string {
	t.Helper()
	rows, err := x.GetRows(tab)
	if err != nil {
		t.Fatal(err)
	}
	column := slices.Index(rows[0], header)
	row := slices.IndexFunc(rows, func(cells []string) bool { return len(cells) > 0 && cells[0] == label })
	if column < 0 || row < 0 {
		t.Fatalf("tab %q has no %q of %q in %q", tab, header, label, rows)
	}
	return sheetio.CellName(row, column)
}

func put(t testing.TB, x *excelize.File, tab, label string, cells map[string]any) {
	t.Helper()
	for header, value := range cells {
		if err := x.SetCellValue(tab, at(t, x, tab, label, header), value); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t testing.TB, data []byte) (*Filled, error) {
	t.Helper()
	book, err := sheetio.Open("ben.xlsx", data)
	if err != nil {
		t.Fatal(err)
	}
	return ReadFilled(book)
}

// A workbook is read however its rows and columns were moved, and whatever was added to it.
func TestReadMoved(t *testing.T) {
	r := newRoom(t)
	data := edited(t, xlsx(t, r.printed("ben", decisions.Primary)), func(x *excelize.File) {
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		put(t, x, "clinic", "nv", map[string]any{Seen: "yes", Notes: "seen in the clinic  "})
		put(t, x, "clinic", "mm", map[string]any{Seen: true})
		put(t, x, "Exclusions and mergers", "Wart", map[string]any{Action: "merge", MergeInto: "Naevus"})
		put(t, x, "Questions", "which kind?", map[string]any{Answer: "nodular", Literature: "PMID 1"})
		put(t, x, "Categories", "Melanoma", map[string]any{Action: "exclude"})
		// rows the other way round, some hidden; the first columns behind the others, and one more
		rows, err := x.GetRows("clinic")
		must(err)
		width := len(rows[0])
		for i, row := range rows {
			for len(row) < width {
				row = append(row, "")
			}
			place := 0
			if i > 0 {
				place = len(rows) - i
			}
			must(x.SetSheetRow("clinic", sheetio.CellName(place, 0), new(slices.Concat(row[3:], row[:3]))))
		}
		must(x.SetRowVisible("clinic", 3, false))
		must(x.SetSheetCol("clinic", "Z1", &[]string{"My remarks", "hello"}))
		must(x.SetSheetName("clinic", "renamed"))
		_, err = x.NewSheet("scratch")
		must(err)
		must(x.SetCellValue("scratch", "A1", "1+1"))
	})
	f, err := read(t, data)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(f.Ignored, ", "); got != `column "My remarks" of tab "renamed", tab "scratch"` {
		t.Errorf("told to be ignored: %s", got)
	}
	want := []string{"Melanoma: taken: (empty) → exclude", "Wart: taken: exclude → merge; (empty) → Naevus",
		"bcc: taken: question answered", "mm: taken: as it was", "nv: taken: (empty) → seen in the clinic"}
	said := r.take(f)
	slices.Sort(said)
	if !slices.Equal(said, want) {
		t.Errorf("%q, want %q", said, want)
	}
}

// What a spreadsheet or a person did to rows refuses these rows, each with its cell.
func TestReadDamagedRows(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*testing.T, *excelize.File)
		want map[string]string // label → what is wrong
	}{
		{"a code that became a number", func(t *testing.T, x *excelize.File) {
			put(t, x, "clinic", "nv", map[string]any{Codes: 2e63})
		}, map[string]string{"nv": "probably the code 2E63 was meant"}},
		{"a date", func(t *testing.T, x *excelize.File) {
			put(t, x, "clinic", "nv", map[string]any{Notes: now})
		}, map[string]string{"nv": "Notes/Justification holds a date"}},
		{"a formula", func(t *testing.T, x *excelize.File) {
			if err := x.SetCellFormula("clinic", at(t, x, "clinic", "nv", Notes), `HYPERLINK("http://x","y")`); err != nil {
				t.Fatal(err)
			}
		}, map[string]string{"nv": "Notes/Justification holds a formula"}},
		{"merged cells", func(t *testing.T, x *excelize.File) {
			first, last := at(t, x, "clinic", "ak", TargetName), at(t, x, "clinic", "mm", TargetName)
			if first > last {
				first, last = last, first
			}
			if err := x.MergeCell("clinic", first, last); err != nil {
				t.Fatal(err)
			}
		}, map[string]string{"ak": "is in the merged cells", "mm": "is in the merged cells"}},
		{"a row pasted over another", func(t *testing.T, x *excelize.File) {
			rows, err := x.GetRows("clinic")
			if err == nil {
				from := slices.IndexFunc(rows, func(cells []string) bool { return cells[0] == "nv" })
				to := slices.IndexFunc(rows, func(cells []string) bool { return cells[0] == "ak" })
				err = x.SetSheetRow("clinic", sheetio.CellName(to, 0), &rows[from])
			}
			if err != nil {
				t.Fatal(err)
			}
		}, map[string]string{"nv": "has the same id: one was pasted over the other"}},
		{"a label that was edited", func(t *testing.T, x *excelize.File) {
			put(t, x, "clinic", "nv", map[string]any{SourceLabel: "nvx"})
		}, map[string]string{"nv": "the label was edited"}},
		{"an id that is none", func(t *testing.T, x *excelize.File) {
			put(t, x, "clinic", "nv", map[string]any{RowOf: "0123"})
		}, map[string]string{"nv": `id "0123" is of no row of this sheet`}},
		{"no id", func(t *testing.T, x *excelize.File) {
			put(t, x, "clinic", "nv", map[string]any{RowOf: ""})
		}, map[string]string{"nv": "has no id"}},
		{"an error value", func(t *testing.T, x *excelize.File) {
			if err := x.SetCellFormula("clinic", at(t, x, "clinic", "nv", Seen), "1/0"); err != nil {
				t.Fatal(err)
			}
		}, map[string]string{"nv": "Seen holds a formula"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRoom(t)
			data := edited(t, xlsx(t, r.printed("ben", decisions.Primary)), func(x *excelize.File) {
				put(t, x, "clinic", "ak", map[string]any{Doubt: "sure?"})
				put(t, x, "clinic", "mm", map[string]any{Doubt: "sure?"})
				put(t, x, "clinic", "nv", map[string]any{Doubt: "sure?"})
				c.edit(t, x)
			})
			f, err := read(t, data)
			if err != nil {
				t.Fatal(err)
			}
			outcomes, err := r.judge(f)
			if err != nil {
				t.Fatal(err)
			}
			refused, taken := map[string]string{}, 0
			for _, o := range outcomes {
				switch o.What {
				case Refused:
					refused[o.Row.Label] += o.Why
				case Taken:
					taken++
				}
			}
			for label, why := range refused {
				if !strings.Contains(why, "clinic!") {
					t.Errorf("%s: %q names no cell", label, why)
				}
			}
			for label, want := range c.want {
				if !strings.Contains(refused[label], want) {
					t.Errorf("%s: %q, want %q; refused: %q", label, refused[label], want, refused)
				}
			}
			if len(refused) != len(c.want) || taken == 0 {
				t.Errorf("refused %q, taken %d", refused, taken)
			}
		})
	}
}

// What is refused names the cell that it is about, and the remedy.
func TestRefusedNamesTheCell(t *testing.T) {
	for _, c := range []struct {
		tab, label, header, want string
		cells                    map[string]any
	}{
		{"clinic", "nv", Codes, "write them under ICD-11 Code(s)", map[string]any{TargetName: "Angioma", Codes: ""}},
		{"clinic", "nv", Codes, "melanoma", map[string]any{Codes: "melanoma"}},
		{"clinic", "nv", TargetName, "want a name", map[string]any{TargetName: ""}},
		{"clinic", "nv", Notes, "as a formula", map[string]any{Notes: "@SUM(A1)"}},
		{"clinic", "nv", Seen, "write yes", map[string]any{Seen: "?"}},
		{"clinic", "sk", SourceLabel, "annotator", map[string]any{Seen: "yes"}},
		{refineTab, "Wart", Action, "want exclude", map[string]any{Action: "delete"}},
		{refineTab, "Wart", MergeInto, "is merged into", map[string]any{Action: "merge", MergeInto: "Warzen"}},
	} {
		r, cell := newRoom(t), ""
		f, err := read(t, edited(t, xlsx(t, r.printed("ben", decisions.Primary)), func(x *excelize.File) {
			put(t, x, c.tab, c.label, c.cells)
			cell = at(t, x, c.tab, c.label, c.header)
		}))
		if err != nil {
			t.Fatal(err)
		}
		said := r.take(f)
		if len(said) != 1 || !strings.Contains(said[0], c.want) || !strings.HasSuffix(said[0], "("+c.tab+"!"+cell+")") {
			t.Errorf("%s %v: %q, want %q and %s", c.label, c.cells, said, c.want, cell)
		}
	}
}

// The value that a formula gave is no text that a person typed, whatever it is.
func TestReadComputedCells(t *testing.T) {
	r := newRoom(t)
	book, err := sheetio.Open("ben.xlsx", xlsx(t, r.printed("ben", decisions.Primary)))
	if err != nil {
		t.Fatal(err)
	}
	sheet := book.Sheet("clinic")
	column := slices.IndexFunc(sheet.Rows[0], func(c sheetio.Cell) bool { return c.Text == Notes })
	row := slices.IndexFunc(sheet.Rows, func(cells []sheetio.Cell) bool { return cells[0].Text == "nv" })
	sheet.Rows[row][column].Text = "by eye"
	sheet.Formulas = []sheetio.Place{{Row: row, Column: column}}
	f, err := ReadFilled(book)
	if err != nil {
		t.Fatal(err)
	}
	at := sheetio.CellName(row, column)
	want := "nv: refused: Notes/Justification holds a formula: want its text (clinic!" + at + ")"
	if said := r.take(f); len(said) != 1 || said[0] != want {
		t.Errorf("%q, want %q", said, want)
	}
}

// What makes the whole file useless refuses all of it, says what to do, and comes at once.
func TestReadDamagedSheets(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*testing.T, *excelize.File) error
		want []string
	}{
		{"no ids", func(t *testing.T, x *excelize.File) error {
			return x.SetCellValue("clinic", at(t, x, "clinic", SourceLabel, RowOf), "")
		}, []string{`tab "clinic": column "Row" is missing`, "bring the columns back"}},
		{"a column that is missing", func(t *testing.T, x *excelize.File) error {
			return x.SetCellValue("clinic", at(t, x, "clinic", SourceLabel, Codes), "Codes")
		}, []string{`column "ICD-11 Code(s)" is missing`}},
		{"a column twice", func(t *testing.T, x *excelize.File) error {
			return x.SetCellValue("clinic", "Z1", "Target name")
		}, []string{`column "Target Name" is there 2 times`}},
		{"no keys", func(_ *testing.T, x *excelize.File) error { return x.DeleteSheet(MetaTab) },
			[]string{`the tab "dermset" is missing`}},
		{"all of it", func(t *testing.T, x *excelize.File) error {
			if err := x.SetCellValue("Questions", at(t, x, "Questions", Question, Answer), "?"); err != nil {
				return err
			}
			return x.DeleteSheet(MetaTab)
		}, []string{`column "Answer" is missing`, `the tab "dermset" is missing`}},
	} {
		r := newRoom(t)
		data := edited(t, xlsx(t, r.printed("ben", decisions.Primary)), func(x *excelize.File) {
			if err := c.edit(t, x); err != nil {
				t.Fatal(err)
			}
		})
		_, err := read(t, data)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v, want %s", c.name, err, want)
			}
		}
	}
}

// Folders of CSVs are read back, with the mark and line ends that spreadsheets write; other forms of CSV are refused,
// with what to do.
func TestReadFolders(t *testing.T) {
	r := newRoom(t)
	files, err := r.printed("ben", decisions.Primary).Folder()
	if err != nil {
		t.Fatal(err)
	}
	clinic := string(files["clinic.csv"])
	marked := "\ufeff" + strings.ReplaceAll(strings.Replace(clinic, "nv,0,Naevus", "nv,7,Naevus", 1), "\n", "\r\n")
	for _, c := range []struct{ name, text, want string }{
		{"as it was", clinic, ""},
		{"saved as CSV UTF-8", marked, ""},
		{"semicolons", strings.ReplaceAll(clinic, ",", ";"), "parted by semicolons"},
		{"tabs", strings.ReplaceAll(clinic, ",", "\t"), "parted by tabs"},
		{"cp1252", strings.Replace(clinic, "nv,", "n\xe4vus,", 1), "not UTF-8"},
	} {
		dir := t.TempDir()
		for name, data := range files {
			if name == "clinic.csv" {
				data = []byte(c.text)
			}
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		book, err := sheetio.Read(dir)
		var f *Filled
		if err == nil {
			f, err = ReadFilled(book)
		}
		if c.want == "" && err == nil {
			outcomes, err := r.judge(f)
			if err != nil || slices.ContainsFunc(outcomes, func(o Outcome) bool { return o.What != Open }) {
				t.Errorf("%s: %v %v, want all left open", c.name, outcomes, err)
			}
			continue
		}
		if c.want == "" || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %s", c.name, err, c.want)
		}
	}
}
