package sssom

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/mapping"
)

// A Set is what one file is made of.
type Set struct {
	Dataset, Version string // DX, 27.1
	Mapping          *mapping.Mapping
	ReleaseID        string         // of ICD-11, whose codes they are meant to be
	Release          *icd11.Release // which was imported; nil: codes have no titles
	Reviews          map[Key]Review // of rows, as far as they were reviewed
}

// A Key is a row of the workbook.
type Key struct{ Tab, Label string }

// A Review is who did what with a row: ids of people.yaml, and days as 2006-01-02. What is not known is empty. The
// annotator of the workbook counts where there is none.
type Review struct {
	Annotator, Primary, Secondary, Approver         string
	AnnotatedOn, PrimaryOn, SecondaryOn, ApprovedOn string
}

// A slot is a column of the file; those that may be shared are said once where all records agree.
type slot struct {
	name   string
	shared bool
}

// slots are those of a record that are written, in the order of the schema's class Mapping.
var slots = []slot{
	{"subject_id", false}, {"subject_label", false}, {"subject_category", false}, {"predicate_id", false},
	{"object_id", false}, {"object_label", false}, {"mapping_justification", false}, {"author_id", false},
	{"reviewer_id", false}, {"creator_id", false}, {"subject_source", true}, {"object_type", true},
	{"mapping_date", true}, {"publication_date", false}, {"review_date", false}, {"comment", false},
}

// A record is the cells of one row, as slots has them.
type record []string

// Text is the file of the set. Equal sets give equal bytes, whatever the order of rows in the workbook.
func (s Set) Text() []byte {
	records := s.records()
	shared := share(records)
	var out bytes.Buffer
	s.writeHead(&out, records, shared)
	var columns []int
	for i := range slots {
		if slices.ContainsFunc(records, func(r record) bool { return r[i] != "" }) || i == 0 {
			columns = append(columns, i)
		}
	}
	writeLine(&out, columns, func(i int) string { return slots[i].name })
	for _, r := range records {
		writeLine(&out, columns, func(i int) string { return r[i] })
	}
	return out.Bytes()
}

// records are all records, sorted by their cells, each once.
func (s Set) records() (all []record) {
	for _, row := range s.Mapping.Rows {
		if row.Source == "" || row.Target == "" || row.NoCode {
			continue // the tab belongs to no source, or nobody has decided yet, or nobody knows what on
		}
		codes := s.codes(row)
		for _, code := range codes {
			all = append(all, s.record(row, code, len(codes)))
		}
	}
	slices.SortFunc(all, func(a, b record) int { return slices.Compare(a, b) })
	return slices.CompactFunc(all, func(a, b record) bool { return slices.Equal(a, b) })
}

// codes are those of a row, else those that other rows give its name; one that is empty where there is none.
func (s Set) codes(row mapping.Row) []string {
	codes := row.Codes
	if at, known := slices.BinarySearch(s.Mapping.Names, row.Target); len(codes) == 0 && known {
		codes = s.Mapping.Codes[at]
	}
	if row.Target == mapping.Excludes || len(codes) == 0 {
		return []string{""}
	}
	return codes
}

// record is one row and one of its codes; an empty code is none.
func (s Set) record(row mapping.Row, code string, codes int) record {
	r := s.Reviews[Key{row.Tab, row.Label}]
	object, kind, title := noTerm, "", ""
	if code != "" {
		object = codePrefix + ":" + escape(code)
		if strings.ContainsAny(code, "&/") {
			kind = "composed entity expression"
		}
		if s.Release != nil {
			title = s.Release.Check(code).Title
		}
	}
	return record{
		labelPrefix + ":" + escape(row.Source) + "/" + escape(row.Label), text(row.Label), text(row.Target),
		s.predicate(row, code, codes), object, title, "semapv:ManualMappingCuration",
		people(cmp.Or(r.Annotator, row.Annotator)), people(r.Primary, r.Secondary), people(r.Approver),
		sourcePrefix + ":" + escape(row.Source), kind,
		r.AnnotatedOn, r.ApprovedOn, max(r.PrimaryOn, r.SecondaryOn), text(row.Notes),
	}
}

// predicate says how a label and one of its codes relate, as far as the workbook and the release tell.
//
// Several codes stand for diseases that cannot be told apart by eye: what the label's images show is one or the other,
// so that each code is narrower than it (skos:narrowMatch; in SNOMED's maps a broader term to narrower ones, in FHIR
// source-is-broader-than-target). A single code that the release knows for a parent or a residual category, and whose
// title is neither label nor name, is broader (skos:broadMatch): it is what vague_without_note asks about. Else one
// code is what the annotator takes the label for: skos:exactMatch, and so is that there is none, as in the standard's
// own example.
func (s Set) predicate(row mapping.Row, code string, codes int) string {
	switch {
	case codes > 1:
		return "skos:narrowMatch"
	case code != "" && s.Release != nil && mapping.Wider(s.Release, code, row):
		return "skos:broadMatch"
	}
	return "skos:exactMatch"
}

// share takes out of the records what all of them have in common, of the slots that may be said once.
func share(records []record) []string {
	shared := make([]string, len(slots))
	for i, slot := range slots {
		if !slot.shared || len(records) == 0 ||
			slices.ContainsFunc(records, func(r record) bool { return r[i] != records[0][i] }) {
			continue
		}
		shared[i] = records[0][i]
		for _, r := range records {
			r[i] = ""
		}
	}
	return shared
}

// text is what a file of UTF-8 can hold of a text; all its bytes are in the identifier.
func text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// writeLine writes one line of cells, quoted where they hold a tab, a line end or a quote.
func writeLine(out *bytes.Buffer, columns []int, cell func(i int) string) {
	for n, i := range columns {
		if n > 0 {
			out.WriteByte('\t')
		}
		if text := cell(i); strings.ContainsAny(text, "\t\r\n\"") {
			fmt.Fprintf(out, `"%s"`, strings.ReplaceAll(text, `"`, `""`))
		} else {
			out.WriteString(text)
		}
	}
	out.WriteByte('\n')
}
