package review

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/mapping"
)

// A Kind is what the rows of a tab of a review workbook are about. Who reads one knows the kind of a tab by the header
// of its first column (KindOf), never by the tab's name: names are cut to what a spreadsheet allows, and may be edited.
type Kind int

// The kinds of tabs.
const (
	Labels      Kind = iota // labels of one tab of the workbook
	Refinements             // exclusions and mergers
	Questions               // open questions, whatever they are about
	Categories              // all mapped names, to consolidate them
)

// Headers of the columns that are no column of the workbook.
const (
	Images   = "Images"
	Proposed = "Proposed " // begins the header of a column that shows what the workbook holds
	Titles   = "Official Title(s)"
	Doubt    = "Doubt"
	Seen     = "Seen"
	Picture  = "Picture " // and its number, from 1
	RowOf    = "Row"      // the id of the row (RowID); the last column, hidden

	Question   = "Question"
	About      = "Label or Category"
	Answer     = "Answer"
	Literature = "Literature"

	MappedName = "Mapped Name"
)

// The columns of the workbook that a review decides, and those that it reads, by their headers.
const (
	SourceLabel = "Source Label"
	TargetName  = "Target Name"
	Codes       = "ICD-11 Code(s)"
	Notes       = "Notes/Justification"
	Needed      = "Needed to Differentiate"
	Consult     = "Consult"
	Annotator   = "Annotator"

	Category  = "Category"
	Action    = "Action"
	MergeInto = "Merge into"
	Reason    = "Reason"
)

// What the column Action holds.
const (
	excludes = "exclude"
	merges   = "merge"
)

// Seen is filled with yes; what counts like it, and like nothing, say saysYes and saysNo.
const yes = "yes"

// Names of tabs. Those of labels are called as the workbook's, cut to what a spreadsheet allows and numbered where two
// would be equal.
const (
	startTab      = "Start here"
	refineTab     = "Exclusions and mergers"
	questionsTab  = "Questions"
	categoriesTab = "Categories"
	namesTab      = "Names"   // hidden, what the drop-down of names offers; XLSX alone
	MetaTab       = "dermset" // very hidden: two columns, a key of MetaKeys and its value
)

// MetaKeys are the keys of MetaTab. Only the first is needed: the log has the others, in the line of the export, and a
// sheet that says otherwise than the log is refused. Others may be added; who reads one ignores what he does not know.
var MetaKeys = []string{"sheet", "version", "role", "person", "open", "made"}

// Meta says what a review workbook is.
type Meta struct {
	Sheet   string // SHA-256 of the log's line that exported it
	Version string // such as DXv27.1
	Role    string // decisions.Primary, Secondary or Sampler
	Person  string
	Open    bool   // "yes" or "no": a secondary reviewer was shown the proposals
	Made    string // UTC, RFC 3339
	Secret  string // of the log's line; in no sheet
}

// Shows reports whether the sheet shows what the workbook holds. Its columns that decide are filled with it, and a row
// counts as answered if Seen is filled or if one of them differs from what was exported. In one that shows nothing, a
// blinded sheet, they are empty, and a row counts as answered if its first deciding column (Target Name, Action) is
// filled; codes that are left empty beside a name that the workbook knows are that name's codes.
// In both, text under Doubt in a row that is not answered is a comment, and decides nothing.
func (m Meta) Shows() bool { return m.Role == decisions.Primary || m.Open }

// A Column is one column of a tab.
type Column struct {
	Header  string
	Decides bool // it is the column of the workbook of the same name, and is decided here
	Fills   bool // the person fills it: it is not locked
	shown   bool // only in sheets that show what the workbook holds
	width   float64
}

// table is the columns of each kind of tab, in their order. The first tells the kind. The id comes behind them, and
// before it, in a tab of labels, the pictures. The text under Label or Category, Category, Source Label and Mapped Name
// is the row's: one that was edited is refused.
var table = map[Kind][]Column{
	Labels: {
		{Header: SourceLabel, width: 34}, {Header: Images, width: 9},
		{Header: Proposed + TargetName, shown: true, width: 26}, {Header: Proposed + Codes, shown: true, width: 15},
		{Header: Titles, shown: true, width: 28}, {Header: Proposed + Notes, shown: true, width: 30},
		{Header: Annotator, shown: true, width: 11},
		{Header: TargetName, Decides: true, Fills: true, width: 28}, {Header: Codes, Decides: true, Fills: true, width: 16},
		{Header: Notes, Decides: true, Fills: true, width: 30}, {Header: Needed, Decides: true, Fills: true, width: 20},
		{Header: Doubt, Fills: true, width: 22}, {Header: Seen, Fills: true, width: 7},
	},
	Refinements: {
		{Header: Category, width: 34}, {Header: Images, width: 9},
		{Header: Proposed + Action, shown: true, width: 12}, {Header: Proposed + MergeInto, shown: true, width: 26},
		{Header: Proposed + Reason, shown: true, width: 30}, {Header: Annotator, shown: true, width: 11},
		{Header: Action, Decides: true, Fills: true, width: 11}, {Header: MergeInto, Decides: true, Fills: true, width: 28},
		{Header: Reason, Decides: true, Fills: true, width: 30},
		{Header: Doubt, Fills: true, width: 22}, {Header: Seen, Fills: true, width: 7},
	},
	Questions: {
		{Header: Question, width: 44}, {Header: "Tab", width: 20}, {Header: About, width: 34}, {Header: Images, width: 9},
		{Header: Answer, Fills: true, width: 44}, {Header: Literature, Fills: true, width: 36},
	},
	Categories: {
		{Header: MappedName, width: 30}, {Header: Codes, width: 14}, {Header: Titles, width: 28},
		{Header: Images, width: 9}, {Header: "Groups", width: 9}, {Header: "Sources", width: 24},
		{Header: "Stage", width: 8}, {Header: "Nearest Names", width: 30}, {Header: "Now", width: 24},
		{Header: Action, Decides: true, Fills: true, width: 11}, {Header: MergeInto, Decides: true, Fills: true, width: 28},
		{Header: Reason, Decides: true, Fills: true, width: 30},
	},
}

// Columns are the columns of a tab of this kind, without pictures and id, in a sheet that shows what the workbook holds
// or not. Tabs of categories are only in sheets that do: their counts tell which label has which name.
func Columns(kind Kind, shows bool) []Column {
	return slices.DeleteFunc(slices.Clone(table[kind]), func(c Column) bool { return c.shown && !shows })
}

// KindOf is the kind of the tab whose first column has this header; false if it is none that is read: the page of
// instructions, the names, MetaTab.
func KindOf(header string) (Kind, bool) {
	for kind, columns := range table {
		if columns[0].Header == header {
			return kind, true
		}
	}
	return 0, false
}

// LabelHeader is the header of the column with the label or category that the row is about.
func (k Kind) LabelHeader() string {
	if k == Questions {
		return About
	}
	return table[k][0].Header
}

// RowID is the id of a row of a sheet: RowKey, a point, and the first 16 hex digits of the SHA-256 of sheet and secret,
// NUL tab NUL label and, for each cell that the row of the workbook held when it was exported, in bytewise order of
// headers, NUL header NUL text. A row of MetaTab's sheet that has the right key and another end has changed since. The
// secret keeps a blinded reviewer from trying which name and codes have this end: there are few names to try.
func RowID(m Meta, row decisions.Row, before decisions.Cells) string {
	parts := []string{m.Sheet + m.Secret, row.Tab, row.Label}
	for _, header := range slices.Sorted(maps.Keys(before)) {
		if before[header] != "" {
			parts = append(parts, header, before[header])
		}
	}
	return RowKey(m.Sheet, row) + "." + hashOf(parts...)[:16]
}

// RowKey is the first 20 hex digits of the SHA-256 of sheet NUL tab NUL label: which row of which sheet it is, whatever
// it held. Rows of the log's export line are found by it.
func RowKey(sheet string, row decisions.Row) string { return hashOf(sheet, row.Tab, row.Label)[:20] }

func hashOf(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// RowOfLabel names a row of a source's tab in the log.
func RowOfLabel(r mapping.Row) decisions.Row { return decisions.Row{Tab: r.Tab, Label: r.Label} }

// RowOfCategory names a row of the exclude and merge tab in the log: by mapping.RefineTab, also where an XLSX has the
// tab under its cut name.
func RowOfCategory(category string) decisions.Row {
	return decisions.Row{Tab: mapping.RefineTab, Label: category}
}

// CellsOfLabel is what the deciding columns of a row of a source's tab hold.
func CellsOfLabel(r mapping.Row) decisions.Cells {
	return decisions.Cells{TargetName: r.Target, Codes: CodesText(r.Codes), Notes: r.Notes, Needed: r.Needed}
}

// CellsOfCategory is what the deciding columns of a row of the exclude and merge tab hold.
func CellsOfCategory(r mapping.Refinement) decisions.Cells {
	return decisions.Cells{Action: r.Action(), MergeInto: r.Into, Reason: r.Reason}
}

// CodesText is how codes stand in cells of decisions and review workbooks.
func CodesText(codes []string) string { return strings.Join(codes, ";") }
