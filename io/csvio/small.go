package csvio

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/dermset/dermset/io/fileio"
)

// maxSmall bounds what ReadTable and ReadColumns read, in bytes.
const maxSmall = 256 << 20

// A SmallTable is a table that people write, and what they must mend in it.
type SmallTable struct {
	Table
	path string
	errs []error
	more int // errors that are only counted
}

// ReadTable reads a small table that people write: its header has these columns and no others, each once, in any order,
// without regard to case and spaces. A further column is an error, so that no misspelt one is left unread. A file that
// is not there is an error that is fs.ErrNotExist; one that is no ordinary file, or larger than 256 MiB, is an error
// too. Header and fields are in the order of columns.
func ReadTable(path string, columns ...string) (*SmallTable, error) {
	return readSmall(path, columns, false)
}

// ReadColumns is ReadTable for a table that may have further columns, which are its reader's own and are left out.
func ReadColumns(path string, columns ...string) (*SmallTable, error) {
	return readSmall(path, columns, true)
}

func readSmall(path string, columns []string, further bool) (*SmallTable, error) {
	file, err := fileio.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > maxSmall {
		return nil, fmt.Errorf("%s: has %d bytes, want at most %d", path, info.Size(), maxSmall)
	}
	t := &SmallTable{Table: Table{Header: columns}, path: path}
	err = t.stream(&limited{file, maxSmall, maxSmall}, further, func(r Record) { t.Records = append(t.Records, r) })
	if err != nil {
		return nil, Explain(path, columns, err)
	}
	return t, nil
}

// EachRecord shows the records of a table as ReadTable reads it, one by one: it may be of any size.
func EachRecord(path string, columns []string, each func(Record)) error {
	file, err := fileio.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	t := &SmallTable{Table: Table{Header: columns}, path: path}
	return Explain(path, columns, t.stream(file, false, each))
}

// stream reads records, their fields in the order of the table's columns.
func (t *SmallTable) stream(r io.Reader, further bool, each func(Record)) error {
	var at []int
	begin := func(header []string) (err error) {
		at, err = t.find(header, further)
		return err
	}
	return stream(r, t.path, begin, func(records []Record) {
		for _, record := range records {
			fields := make([]string, len(at))
			for i, from := range at {
				fields[i] = record.Fields[from]
			}
			each(Record{record.Line, fields})
		}
	})
}

// find finds the table's columns in a header.
func (t *SmallTable) find(header []string, further bool) ([]int, error) {
	at, problems := FindColumns(header, t.Header, nil)
	if unknown := unknownColumns(header, t.Header); len(unknown) > 0 && !further && PartedBy(header) == "" {
		list, want := strings.Join(unknown, ", "), strings.Join(t.Header, ",")
		problems = append(problems, fmt.Sprintf("unknown columns %s: want this line to be `%s`", list, want))
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("%s:1: %s", t.path, strings.Join(problems, "; "))
	}
	return at, nil
}

// Failf notes what a person must mend in a record.
func (t *SmallTable) Failf(r Record, format string, args ...any) {
	if len(t.errs) == MaxErrors {
		t.more++
		return
	}
	t.errs = append(t.errs, fmt.Errorf("%s:%d: %s", t.path, r.Line, fmt.Sprintf(format, args...)))
}

// Err is what Failf noted, the first MaxErrors one by one; nil if that is nothing.
func (t *SmallTable) Err() error {
	if t.more > 0 {
		return errors.Join(append(slices.Clone(t.errs), fmt.Errorf("%s: and %d more like these", t.path, t.more))...)
	}
	return errors.Join(t.errs...)
}

// FindColumns finds each wanted column in a header, without regard to case and spaces, and says in words which are
// missing or there more than once. What near says of a missing one, if it is not nil, is added to that.
func FindColumns(header, wanted []string, near func(column string) string) (at []int, problems []string) {
	if by := PartedBy(header); by != "" && len(wanted) > 1 {
		return nil, []string{fmt.Sprintf(
			"its columns are parted by %s: want commas, so that this line is %q, and in all lines below", by,
			strings.Join(wanted, ","))}
	}
	places := map[string][]int{}
	for i, h := range header {
		places[HeaderKey(h)] = append(places[HeaderKey(h)], i)
	}
	for _, w := range wanted {
		switch found := places[HeaderKey(w)]; len(found) {
		case 1:
			at = append(at, found[0])
		case 0:
			what := fmt.Sprintf("column %q is missing", w)
			if near != nil {
				what += near(w)
			}
			problems = append(problems, what)
		default:
			problems = append(problems, fmt.Sprintf("column %q is there %d times", w, len(found)))
		}
	}
	return at, problems
}

// PartedBy is what the columns of a header without commas are parted by, in words; empty: it has one column.
func PartedBy(header []string) string {
	switch {
	case len(header) != 1:
		return ""
	case strings.Contains(header[0], ";"):
		return "semicolons"
	case strings.Contains(header[0], "\t"):
		return "tabs"
	}
	return ""
}

// unknownColumns lists the columns of a header that are none of the known ones. What cannot be seen, or looks like
// another letter, is written as its code.
func unknownColumns(header, known []string) []string {
	keys := map[string]bool{}
	for _, k := range known {
		keys[HeaderKey(k)] = true
	}
	var unknown []string
	for _, h := range header {
		if !keys[HeaderKey(h)] {
			unknown = append(unknown, strconv.QuoteToASCII(h))
		}
	}
	return unknown
}

// HeaderKey is equal for names of columns that differ only in case and spaces.
func HeaderKey(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), "")) }
