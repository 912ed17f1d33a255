package csvio

import "fmt"

// MaxErrors is how many errors one piece, or one call of Read, reports.
const MaxErrors = 100

// An Error is one place in a file that a person must mend. Line and Column begin at 1;
// Column counts bytes of the physical line.
type Error struct {
	Path         string
	Line, Column int
	Err          error
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d:%d: %v", e.Path, e.Line, e.Column, e.Err) }

func (e *Error) Unwrap() error { return e.Err }

// BadInput marks the error as one that does not keep other errors from being looked for (engine.BadInput).
func (e *Error) BadInput() {}
