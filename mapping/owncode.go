package mapping

import (
	"fmt"
	"strings"

	"github.com/dermset/dermset/icd11"
)

// An ownCode is an ICD-11 code that a source itself gives for a label.
type ownCode struct{ code, where string }

// ownCodes are the codes that rows without a Target Name hold, by source and label: in the column of codes, as a source
// may fill it in, and in further columns that are called after ICD-11.
func ownCodes(m *Mapping) map[[2]string][]ownCode {
	own := map[[2]string][]ownCode{}
	for _, r := range m.Rows {
		if r.Target != "" {
			continue
		}
		key := [2]string{r.Source, r.Label}
		for _, code := range r.Codes {
			own[key] = append(own[key], ownCode{code, "its row"})
		}
		for i, column := range m.Columns[r.Tab] {
			if i >= len(r.Extra) || !strings.Contains(strings.ReplaceAll(spelling(column), " ", ""), "icd11") {
				continue
			}
			codes, err := icd11.ParseCell(r.Extra[i])
			if err != nil {
				continue // it is no code, or no longer one: the workbook's own columns are judged, not this one
			}
			for _, code := range codes {
				own[key] = append(own[key], ownCode{code, fmt.Sprintf("column %q of its row", column)})
			}
		}
	}
	return own
}

// byOwn finds the codes that the source itself gives.
func (s *suggester) byOwn(source, label string, c candidates) {
	for _, own := range s.own[[2]string{source, label}] {
		evidence := own.code + " stands in " + own.where
		if s.titles != nil {
			evidence += s.titles.titled(own.code)
		}
		s.addCode(c, sourceCode, own.code, sourceCode, evidence)
	}
}

// titled is the official title of a code, in brackets; empty where there is none.
func (t *titles) titled(code string) string {
	if title := t.release.Check(code).Title; title != "" {
		return fmt.Sprintf(" (%q)", title)
	}
	return ""
}
