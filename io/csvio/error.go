package csvio

import (
	"fmt"
	"os"
)

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

// Open opens a regular file for reading. A folder, a pipe or a device is an error, never a wait.
func Open(path string) (*os.File, error) {
	info, err := os.Stat(path) // before opening: to open a pipe is to wait for its writer
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: is %s, want an ordinary file", path, kindOf(info.Mode()))
	}
	return os.Open(path)
}

func kindOf(mode os.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&os.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&os.ModeSocket != 0:
		return "a socket"
	default:
		return "a device"
	}
}
