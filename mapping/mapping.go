package mapping

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dermset/dermset/io/sheetio"
)

// RefineTab is the tab of exclusions and mergers. An XLSX has it as refineTabXLSX.
const RefineTab = "Pathologies to exclude and merge"

// refineTabXLSX is what an XLSX can hold of RefineTab.
var refineTabXLSX = sheetio.CutTabName(RefineTab)

func isRefineTab(name string) bool { return name == RefineTab || name == refineTabXLSX }

// Excludes is the Target Name that leaves a label's images out.
const Excludes = "-"

// What a label maps to where it is not to a name.
const (
	Unmapped = -1 // not in the tab, or without a Target Name
	Excluded = -2 // to the mark -
)

// NotKept is the final class of a name that is excluded.
const NotKept = -1

// A Source is what the workbook is asked about one source.
type Source struct {
	Name    string
	Tab     string           // empty: called as the source
	Pending bool             // its tab may be missing, its labels unmapped
	Labels  map[string]int64 // rows naming each label; the empty label does not count
	Rows    int64            // rows naming any label

	// further labels, of which none is in the tab, and how often rows name them
	MoreLabels, MoreRows int64
}

func (s Source) tab() string { return cmp.Or(s.Tab, s.Name) }

// A Row is one label of one tab, as the workbook has it.
type Row struct {
	Source string // empty: the tab belongs to no source
	Tab    string
	Line   int // row of the tab, from 1
	Label  string
	Target string   // empty, -, or a name
	Codes  []string // sorted, unique; nil for none, and where the cell holds what is no code
	NoCode bool     // the cell of codes holds what is no code
	Notes  string

	// Of the optional columns, empty where the tab has none: what would tell the diseases apart, the question that is
	// open, and who proposed the row.
	Needed, Consult, Annotator string

	Extra []string // cells of the further columns, as Mapping.Columns lists them
}

// A Refinement is one row of the exclude and merge tab.
type Refinement struct {
	Line     int
	Category string
	Merge    bool   // else exclude
	Into     string // where to merge
	Reason   string

	Consult, Annotator string // as those of a Row

	Extra []string
}

// A Mapping is what the workbook says, ready for the join. It does not depend on the order of rows and tabs.
type Mapping struct {
	// Names is every mapped name and every category that is merged into, sorted bytewise. The other tables count by it.
	Names []string
	// Codes is, per name, the sorted union of its codes over the whole workbook.
	Codes [][]string
	// Final is, per name, the name that mergers end in, or NotKept. A name whose mergers do not end
	// stays itself (merge_cycle).
	Final []int32
	// FinalCodes is, per name that is a final class, the sorted union over the names merged into it, itself included;
	// else nil.
	FinalCodes [][]string
	// Labels is, per source, what each label of the tab and of the dataset maps to: a name, Unmapped or Excluded.
	Labels map[string]map[string]int32
	// Rows is every row with a label that is text, sorted by source, label, name, codes, notes and the optional columns.
	Rows []Row
	// Refinements is every row of the exclude and merge tab that says what to do, sorted by category.
	Refinements []Refinement
	// Columns is, per tab, its further columns.
	Columns map[string][]string
}

// Label is what a label of a source maps to: a name's number, Unmapped or Excluded.
func (m *Mapping) Label(source, label string) int32 {
	if name, ok := m.Labels[source][label]; ok {
		return name
	}
	return Unmapped
}

// CodesText writes codes as a JSON array, as all tables do. Codes hold nothing that JSON escapes.
func CodesText(codes []string) string {
	if len(codes) == 0 {
		return "[]"
	}
	return `["` + strings.Join(codes, `","`) + `"]`
}

// key is what rows are sorted by.
func (r Row) key() []string {
	return []string{r.Source, r.Label, r.Target, CodesText(r.Codes), r.Notes, r.Needed, r.Consult, r.Annotator}
}

// key is what refinements are sorted by.
func (r Refinement) key() []string {
	return []string{r.Category, r.Action(), r.Into, r.Reason, r.Consult, r.Annotator}
}

// Action is the word of the tab: exclude or merge.
func (r Refinement) Action() string {
	if r.Merge {
		return actionMerge
	}
	return actionExclude
}

func (m *Mapping) sort() {
	slices.SortStableFunc(m.Rows, func(a, b Row) int {
		if c := cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.Label, b.Label)); c != 0 {
			return c
		}
		return slices.Compare(a.key(), b.key()) // few rows have a label in common
	})
	slices.SortStableFunc(m.Refinements, func(a, b Refinement) int { return slices.Compare(a.key(), b.key()) })
}
