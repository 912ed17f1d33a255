package csvio

import (
	"errors"
	"fmt"
)

// Explain says of a file that people save, and that does not read, what it seems to be instead: another encoding or
// kind
// of file, or a table that begins further down. What is wrong with it by this room's rules follows from that, and is
// not said then. Any other error stays as it is.
func Explain(path string, columns []string, err error) error {
	if err == nil {
		return nil
	}
	if seen := RecogniseFile(path, columns); seen != nil {
		return explained(path, seen, err)
	}
	return err
}

// ExplainText is Explain for a file that was read, of which no column is known.
func ExplainText(path string, data []byte, err error) error {
	if seen := Recognise(data[:min(len(data), HeadBytes)], nil); err != nil && seen != nil {
		return explained(path, seen, err)
	}
	return err
}

func explained(path string, seen *Seen, err error) error {
	if seen.Kind.Name == "" && len(seen.Encodings) == 0 && !seen.OnlyCR && seen.Header == 0 && seen.Comment == "" {
		return err // that fields are parted otherwise is said with the line to write
	}
	at, line := fmt.Sprintf("%s:1", path), &Error{}
	if errors.As(err, &line) {
		at = fmt.Sprintf("%s:%d:%d", path, line.Line, line.Column)
	}
	return fmt.Errorf("%s: %s", at, seen.Fixed())
}
