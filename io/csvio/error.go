package csvio

import "github.com/dermset/dermset/io/textio"

// MaxErrors is how many errors one piece, or one call of Read, reports.
const MaxErrors = 100

// An Error is one place in a file that a person must mend. Line and Column begin at 1;
// Column counts bytes of the physical line.
type Error = textio.Error

// atLine is an Error of a whole line.
func atLine(path string, line int, err error) error {
	return &Error{Path: path, Line: line, Column: 1, Err: err}
}
