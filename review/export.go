package review

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/mapping"
)

// A Book is what goes into a review workbook.
type Book struct {
	Meta       Meta
	Rows       []Row    // to review
	Questions  []Row    // that wait for an answer, whether their row is among Rows or not
	Categories []Mapped // shown only where Meta.Shows
	Names      []string // known and mapped ones, bytewise

	Title    func(code string) string // empty: not known
	Pictures map[decisions.Row][]Thumbnail
}

// A Thumbnail is a JPEG of at most sheetio.FormPictureSide pixels a side.
type Thumbnail struct {
	Data          []byte
	Width, Height int
}

// MostPictures are shown of a label.
const MostPictures = 4

// Made are the rows of all tabs, each once: what the log says was exported.
func (b *Book) Made() (made []decisions.Row) {
	seen := map[decisions.Row]bool{}
	add := func(row decisions.Row) {
		if !seen[row] {
			seen[row] = true
			made = append(made, row)
		}
	}
	for _, row := range slices.Concat(b.Rows, b.questions()) {
		add(row.Row)
	}
	if b.Meta.Shows() {
		for _, c := range b.Categories {
			add(RowOfCategory(c.Name))
		}
	}
	return made
}

// Sheets are the tabs, in the order in which a person works through them.
func (b *Book) Sheets() []sheetio.FormSheet {
	names, used := b.names(), map[string]bool{}
	for _, tab := range []string{startTab, refineTab, questionsTab, categoriesTab, namesTab, MetaTab} {
		used[folded(tab)] = true
	}
	tabs := []sheetio.FormSheet{b.start()}
	for _, group := range b.byTab() {
		tab := refineTab
		if group[0].Kind == Labels {
			tab = unused(group[0].Tab, used)
		}
		tabs = append(tabs, b.table(tab, group[0].Kind, group, names.Sheet))
	}
	if questions := b.questions(); len(questions) > 0 {
		tabs = append(tabs, b.table(questionsTab, Questions, questions, names.Sheet))
	}
	if len(b.Categories) > 0 && b.Meta.Shows() {
		tabs = append(tabs, b.categories(names.Sheet))
	}
	return append(tabs, names, b.meta())
}

// byTab are the rows to review, those with open questions first, then those that touch most images. In a sheet that
// shows nothing, categories are in bytewise order: their images tell which labels have their name.
func (b *Book) byTab() (groups [][]Row) {
	rows := slices.Clone(b.Rows)
	slices.SortStableFunc(rows, func(a, c Row) int {
		order := cmp.Or(cmp.Compare(a.Kind, c.Kind), strings.Compare(a.Tab, c.Tab), cmp.Compare(asked(c), asked(a)))
		if a.Kind == Labels || b.Meta.Shows() {
			order = cmp.Or(order, cmp.Compare(c.Images, a.Images))
		}
		return cmp.Or(order, strings.Compare(a.Label, c.Label))
	})
	for i, row := range rows {
		if i == 0 || rows[i-1].Tab != row.Tab || rows[i-1].Kind != row.Kind {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], row)
	}
	return groups
}

func asked(r Row) int { return min(len(r.Question), 1) }

// unused is a name for a tab that every spreadsheet and file system takes, and that no other tab has but for case.
func unused(tab string, used map[string]bool) string {
	tab = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]<>"|`, r) || unicode.IsControl(r) {
			return '_'
		}
		return r
	}, tab)
	tab = cmp.Or(strings.Trim(sheetio.CutTabName(tab), "'. "), "tab")
	if fileio.IsDevice(tab) {
		tab += "_"
	}
	name := tab
	for n := 2; used[folded(name)]; n++ {
		end := fmt.Sprintf(" (%d)", n)
		for name = tab; sheetio.CutTabName(name+end) != name+end; {
			_, last := utf8.DecodeLastRuneInString(name)
			name = name[:len(name)-last]
		}
		name += end
	}
	used[folded(name)] = true
	return name
}

func folded(name string) string { return strings.ToLower(strings.ToUpper(name)) }

// table is a tab of rows.
func (b *Book) table(tab string, kind Kind, rows []Row, names sheetio.Sheet) sheetio.FormSheet {
	t := b.begin(tab, kind, names)
	columns, most := len(t.Columns), 0
	if kind == Labels {
		for _, row := range rows {
			most = max(most, len(b.Pictures[row.Row]))
		}
	}
	for i := range most {
		t.Columns = append(t.Columns, sheetio.FormColumn{Width: sheetio.FormPictureWidth})
		t.Rows[0] = append(t.Rows[0], sheetio.Cell{Text: Picture + strconv.Itoa(i+1)})
	}
	for i, row := range rows {
		cells := b.line(kind, b.cells(row, kind))
		cells = append(cells, make([]sheetio.Cell, most)...)
		for n, p := range b.Pictures[row.Row] {
			if kind == Labels {
				t.Pictures = append(t.Pictures, sheetio.FormPicture{Row: i + 1, Column: columns + n, Data: p.Data,
					Width: p.Width, Height: p.Height})
			}
		}
		t.Rows = append(t.Rows, append(cells, sheetio.Cell{Text: RowID(b.Meta, row.Row, row.Cells)}))
	}
	return end(t)
}

// categories is the tab of all mapped names.
func (b *Book) categories(names sheetio.Sheet) sheetio.FormSheet {
	t := b.begin(categoriesTab, Categories, names)
	for _, c := range b.Categories {
		cells := map[string]sheetio.Cell{MappedName: text(c.Name), Codes: text(CodesText(c.Codes)),
			Titles: text(b.titles(c.Codes)), Images: number(c.Images), "Sources": text(strings.Join(c.Sources, ", ")),
			"Nearest Names": text(strings.Join(c.Nearest, "; ")), "Now": text(c.Now)}
		if c.Reach != nil {
			cells[Images], cells["Groups"], cells["Stage"] = number(c.Reach.Images), number(c.Reach.Groups),
				number(int64(c.Reach.Stage))
		}
		id := RowID(b.Meta, RowOfCategory(c.Name), c.Before)
		t.Rows = append(t.Rows, append(b.line(Categories, cells), text(id)))
	}
	return end(t)
}

// begin is a tab with its header, but for pictures and the id.
func (b *Book) begin(tab string, kind Kind, names sheetio.Sheet) sheetio.FormSheet {
	t := sheetio.FormSheet{Sheet: sheetio.Sheet{Name: tab, Rows: [][]sheetio.Cell{nil}}}
	for _, c := range Columns(kind, b.Meta.Shows()) {
		column := sheetio.FormColumn{Width: c.width, Open: c.Fills}
		switch {
		case !c.Fills:
		case c.Header == TargetName:
			column.List = sheetio.FormList(names, 0, 1)
		case c.Header == MergeInto:
			column.List = sheetio.FormList(names, 0, 2)
		case c.Header == Action:
			column.List, column.Strict = "exclude,merge", true
		case c.Header == Seen:
			column.List = yes
		}
		t.Columns = append(t.Columns, column)
		t.Rows[0] = append(t.Rows[0], text(c.Header))
	}
	return t
}

// end adds the column of ids.
func end(t sheetio.FormSheet) sheetio.FormSheet {
	t.Columns = append(t.Columns, sheetio.FormColumn{Width: 40, Hidden: true})
	t.Rows[0] = append(t.Rows[0], text(RowOf))
	return t
}

// line are the cells of a row in the order of the columns.
func (b *Book) line(kind Kind, cells map[string]sheetio.Cell) []sheetio.Cell {
	var line []sheetio.Cell
	for _, c := range Columns(kind, b.Meta.Shows()) {
		line = append(line, cells[c.Header])
	}
	return line
}

// cells are those of a row, by header, as far as the sheet may show them.
func (b *Book) cells(row Row, kind Kind) map[string]sheetio.Cell {
	cells := map[string]sheetio.Cell{SourceLabel: text(row.Label), Category: text(row.Label)}
	if row.Kind == Labels || b.Meta.Shows() {
		cells[Images] = number(row.Images)
	}
	if kind == Questions {
		cells[Question], cells["Tab"], cells[About] = text(b.question(row)), text(row.Tab), text(row.Label)
	} else if b.Meta.Shows() {
		for header, held := range row.Cells {
			cells[header], cells[Proposed+header] = text(held), text(held)
		}
		cells[Annotator], cells[Titles] = text(row.Annotator), text(b.titles(row.Codes))
	}
	return cells
}

// questions are those that the sheet may show: in one that shows nothing, no other person's doubt about a row that is
// still to be reviewed.
func (b *Book) questions() []Row {
	return slices.DeleteFunc(slices.Clone(b.Questions), func(r Row) bool {
		return r.IsDoubt && !b.Meta.Shows() && !r.done()
	})
}

// done reports whether both reviews of a row are given.
func (r *Row) done() bool {
	return r.State == decisions.SecondaryReviewed || r.State == decisions.Approved
}

// Withheld stands for a question that would tell what was proposed. Nobody can answer it: what stands beside it is no
// answer.
const Withheld = "(This question names what was proposed. It is shown once the row has been reviewed.)"

// question is the text of an open question; in a sheet that shows nothing, not one that names what the row holds and is
// still to be reviewed.
func (b *Book) question(row Row) string {
	if b.Meta.Shows() || row.done() {
		return row.Question
	}
	said := strings.ToLower(row.Question)
	for _, held := range append(slices.Clone(row.Codes), row.Cells[TargetName], row.Cells[MergeInto], row.Cells[Notes],
		row.Cells[Needed], row.Cells[Reason], row.Annotator) {
		if held != "" && held != mapping.Excludes && strings.Contains(said, strings.ToLower(held)) {
			return Withheld
		}
	}
	return row.Question
}

// titles are the official titles of codes.
func (b *Book) titles(codes []string) string {
	var all []string
	for _, code := range codes {
		if title := b.title(code); title != "" {
			all = append(all, code+": "+title)
		}
	}
	return strings.Join(all, "\n")
}

func (b *Book) title(code string) string {
	if b.Title == nil {
		return ""
	}
	return b.Title(code)
}

func text(s string) sheetio.Cell { return sheetio.Cell{Text: s} }

func number(n int64) sheetio.Cell {
	return sheetio.Cell{Text: strconv.FormatInt(n, 10), Kind: sheetio.Number}
}

// names is the hidden tab of what the drop-downs offer: the mark that leaves images out, which nothing is merged into,
// then all names.
func (b *Book) names() sheetio.FormSheet {
	t := sheetio.FormSheet{Sheet: sheetio.Sheet{Name: namesTab, Hidden: true,
		Rows: [][]sheetio.Cell{{text("Name")}, {text(mapping.Excludes)}}}, Columns: []sheetio.FormColumn{{Width: 50}}}
	for _, name := range b.Names {
		t.Rows = append(t.Rows, []sheetio.Cell{text(name)})
	}
	return t
}

// meta is the tab that says what the workbook is.
func (b *Book) meta() sheetio.FormSheet {
	m := b.Meta
	open := "no"
	if m.Open {
		open = yes
	}
	t := sheetio.FormSheet{VeryHidden: true, Sheet: sheetio.Sheet{Name: MetaTab,
		Rows: [][]sheetio.Cell{{text("Key"), text("Value")}}}, Columns: []sheetio.FormColumn{{Width: 12}, {Width: 70}}}
	for i, value := range []string{m.Sheet, m.Version, m.Role, m.Person, open, m.Made} {
		t.Rows = append(t.Rows, []sheetio.Cell{text(MetaKeys[i]), text(value)})
	}
	for _, group := range b.byTab() {
		t.Rows = append(t.Rows, []sheetio.Cell{text(rowsKey), text(fmt.Sprintf("%d %s", len(group), group[0].Tab))})
	}
	return t
}

// start is the page that says what to do.
func (b *Book) start() sheetio.FormSheet {
	kind := map[string]string{decisions.Primary: "primary review", decisions.Secondary: "secondary review",
		decisions.Sampler: "periodic quality check"}[b.Meta.Role]
	how := "The yellow columns hold what was proposed. Where it is right, choose yes under Seen; where not, write what " +
		"is right. A row with neither counts as not reviewed."
	if !b.Meta.Shows() {
		how = "Say for each row, by yourself, what it is: choose a name, or write one that is not in the list; - leaves " +
			"the images of a label out. Codes may stay empty beside a name from the list. A row without a name or action " +
			"counts as not reviewed."
	}
	lines := []string{
		fmt.Sprintf("%s: %s by %s", b.Meta.Version, kind, b.Meta.Person),
		"1. Each tab is a source with its labels. Rows with open questions come first, and the questions stand again on " +
			"the tab Questions, with room for the answer and the literature. Fill in the columns with a yellow head.",
		"2. " + how,
		"3. Several codes are written EA80;EK00. Where biopsy, history or touch is needed to tell diseases apart, say so " +
			"under Needed to Differentiate. What you doubt goes under Doubt.",
		"4. Filter and widen columns as you like. To sort, first take off the protection (Review, Unprotect Sheet; there " +
			"is no password). Leave the other columns and the hidden last one as they are: changed rows are refused.",
		"5. Rows may be done in parts: what is not reviewed yet stays open, and a file may come back twice.",
		"6. Save the file and give it back: dermset review import FILE",
	}
	t := sheetio.FormSheet{Page: true, Sheet: sheetio.Sheet{Name: startTab}, Columns: []sheetio.FormColumn{{Width: 110}}}
	for _, line := range lines {
		t.Rows = append(t.Rows, []sheetio.Cell{text(line)})
	}
	return t
}

// Folder are the tabs as a folder of CSVs, by file name: the same columns, without pictures and what is offered.
func (b *Book) Folder() (map[string][]byte, error) {
	plain, files := *b, map[string][]byte{}
	plain.Pictures = nil
	for _, t := range plain.Sheets() {
		if t.Name == namesTab || t.Page {
			continue
		}
		var marks []int
		for i, c := range t.Rows[0] {
			if c.Text == TargetName || c.Text == Proposed+TargetName {
				marks = append(marks, i)
			}
		}
		data, err := sheetio.CSV(t.Sheet, marks...)
		if err != nil {
			return nil, err
		}
		files[t.Name+".csv"] = data
	}
	return files, nil
}

// Counts says how many rows, open questions and pictures each tab has, of those that a person works through.
func (b *Book) Counts() (counts [][]string) {
	for _, group := range b.byTab() {
		questions, pictures := 0, 0
		for _, row := range group {
			questions += asked(row)
			pictures += len(b.Pictures[row.Row])
		}
		counts = append(counts, []string{group[0].Tab, strconv.Itoa(len(group)), strconv.Itoa(questions),
			strconv.Itoa(pictures)})
	}
	if n := strconv.Itoa(len(b.questions())); n != "0" {
		counts = append(counts, []string{questionsTab, n, n, "0"})
	}
	return counts
}
