package mapping

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/sheetio"
)

// RefineTab is the tab of exclusions and mergers. An XLSX has it as RefineTabXLSX.
const RefineTab = "Pathologies to exclude and merge"

// RefineTabXLSX is what an XLSX can hold of RefineTab.
var RefineTabXLSX = sheetio.CutTabName(RefineTab)

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
}

func (s Source) tab() string {
	if s.Tab != "" {
		return s.Tab
	}
	return s.Name
}

// A Row is one label of one tab, as the workbook has it.
type Row struct {
	Source string // empty: the tab belongs to no source
	Tab    string
	Line   int // row of the tab, from 1
	Label  string
	Target string   // empty, -, or a name
	Codes  []string // sorted, unique; nil for none, and where the cell holds no codes
	Notes  string
	Extra  []string // cells of the further columns, as Mapping.Columns lists them
}

// A Refinement is one row of the exclude and merge tab.
type Refinement struct {
	Line     int
	Category string
	Merge    bool   // else exclude
	Into     string // where to merge
	Reason   string
	Extra    []string
}

// A Mapping is what the workbook says, ready for the join. It does not depend on the order of rows and tabs.
type Mapping struct {
	// Names is every mapped name and every category that is merged into, sorted bytewise. The other tables count by it.
	Names []string
	// Codes is, per name, the sorted union of its codes over the whole workbook.
	Codes [][]string
	// Final is, per name, the name that mergers end in, or NotKept. A name whose mergers do not end stays itself (merge_cycle).
	Final []int32
	// FinalCodes is, per name that is a final class, the sorted union over the names merged into it, itself included; else nil.
	FinalCodes [][]string
	// Labels is, per source, what each label of the tab and of the dataset maps to: a name, Unmapped or Excluded.
	Labels map[string]map[string]int32
	// Rows is every row with a label that is text, sorted as the normalised table.
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

// Normalised is the mapping as CSV: source, source_label, target_name, icd11_codes (a JSON array), notes; rows sorted bytewise by all
// of these. Source is empty for tabs that belong to none.
func (m *Mapping) Normalised() []byte {
	out := csvio.AppendRecord(nil, "source", "source_label", "target_name", "icd11_codes", "notes")
	for _, r := range m.Rows {
		out = csvio.AppendRecord(out, r.key()...)
	}
	return out
}

func (r Row) key() []string {
	return []string{r.Source, r.Label, r.Target, CodesText(r.Codes), r.Notes}
}

// NormalisedRefinements is the exclude and merge tab as CSV: category, action, merge_into, reason; rows sorted bytewise by all of these.
func (m *Mapping) NormalisedRefinements() []byte {
	out := csvio.AppendRecord(nil, "category", "action", "merge_into", "reason")
	for _, r := range m.Refinements {
		out = csvio.AppendRecord(out, r.key()...)
	}
	return out
}

func (r Refinement) key() []string {
	action := actionExclude
	if r.Merge {
		action = actionMerge
	}
	return []string{r.Category, action, r.Into, r.Reason}
}

// Hash is the SHA-256, in hex, of what Normalised and NormalisedRefinements give, each after its length. It does not change with the
// order of rows and tabs, with further columns, or with the spelling of a list of codes.
func (m *Mapping) Hash() string {
	h := sha256.New()
	for _, table := range [][]byte{m.Normalised(), m.NormalisedRefinements()} {
		_ = binary.Write(h, binary.BigEndian, uint64(len(table))) // a hash takes everything
		h.Write(table)
	}
	return hex.EncodeToString(h.Sum(nil))
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
