package sheetio

import (
	"slices"
	"strings"
)

// RunsAsFormula reports whether a spreadsheet may run what a CSV holds as text: it begins, behind apostrophes or none,
// with =, +, -, @, a tab or CR.
func RunsAsFormula(text string) bool {
	bare := strings.TrimLeft(text, "'")
	return bare != "" && strings.IndexByte("=+-@\t\r", bare[0]) >= 0
}

// Guarded is a text as a CSV that people open in a spreadsheet holds it: with one apostrophe more, if it would be run.
func Guarded(text string) string {
	if RunsAsFormula(text) {
		return "'" + text
	}
	return text
}

// Bare is the inverse of Guarded. A text that nobody guarded is itself, for whoever writes by hand.
func Bare(text string) string {
	if strings.HasPrefix(text, "'") && RunsAsFormula(text) {
		return text[1:]
	}
	return text
}

// GuardedRecord is the fields of a record, Guarded. In the columns of marks a lone - stays: it is a mark, and no
// spreadsheet runs it.
func GuardedRecord(fields []string, marks ...int) []string {
	out := make([]string, len(fields))
	for i, field := range fields {
		if out[i] = field; field != "-" || !slices.Contains(marks, i) {
			out[i] = Guarded(field)
		}
	}
	return out
}
