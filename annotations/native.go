package annotations

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/dermset/dermset/io/csvio"
)

// nativeColumns are those of our own CSVs: pixels of the upright picture, x and y of the top left corner.
// In the place of x there may be `whole`, the lesion is the whole picture, or `no_lesion`; then y, width and height are
// empty.
var nativeColumns = []string{"source", "source_path", "x", "y", "width", "height", "annotator", "date", "note"}

// native reads one of our own CSVs. A row that is not as it should be is a finding; a header that is not, or quotes
// that do not close, are errors.
func (f *file) native() error {
	return f.csv(nativeColumns, true, func(line int, cells []string) {
		source, path := cells[0], cells[1]
		g := region{line: line, annotator: cells[6]}
		g.extent, g.problem = nativeExtent(cells[2:6])
		switch cells[2] {
		case "whole", "no_lesion":
			g.classes = []string{cells[2]}
			if g.problem = ""; cells[3] != "" || cells[4] != "" || cells[5] != "" {
				g.classes, g.problem = nil, fmt.Sprintf("%s stands in the place of x: y, width and height must be empty", cells[2])
			}
		}
		if _, err := time.Parse(time.DateOnly, cells[7]); err != nil && cells[7] != "" {
			g.classes, g.problem = nil, fmt.Sprintf("date is %q: want a day such as 2026-03-31, or nothing", cells[7])
		}
		switch {
		case !f.sources[source]:
			f.bad(line, -1, "there is no source %s", quoted(cells[:1]))
		case path == "" || len(path) > mostName:
			f.say(source, f.place, f.place+":"+strconv.Itoa(line), -1, "source_path is empty or too long")
		default:
			of := *f // whose source is the row's
			of.source = source
			g.picture = of.named(source, path, byPath, line)
			of.add(g)
		}
	})
}

func nativeExtent(cells []string) (extent, string) {
	var at [4]float64
	for i, cell := range cells {
		number, err := parseDecimal(cell)
		if err != nil || math.IsInf(number, 0) {
			return extent{}, fmt.Sprintf("%s is %q: want a number of pixels, or whole or no_lesion as x",
				nativeColumns[2+i], cell)
		}
		at[i] = number
	}
	return extent{at[0], at[1], at[0] + at[2], at[1] + at[3]}, ""
}

// nativeSettings say what the words of our own CSVs mean.
func nativeSettings() *settings {
	return &settings{frame: upright, roles: map[string]role{"whole": whole, "no_lesion": noLesion}}
}

// csv shows the rows of a CSV, their cells in the order of columns. A row with too many or too few cells, or bytes that
// are no text, is a finding. Strict forbids further columns.
func (f *file) csv(columns []string, strict bool, each func(line int, cells []string)) error {
	in, err := f.openFile()
	if err != nil {
		return err
	}
	defer in.Close()
	// A piece is one record, so that one that is wrong leaves the others.
	cutter := csvio.NewCutter(in, f.place, ',', 1)
	cells, err := cutter.Header()
	if err != nil {
		return err
	}
	var header []string
	for _, cell := range cells {
		header = append(header, cell.Name)
	}
	at, problems := csvio.FindColumns(header, columns, nil)
	if strict && len(problems) == 0 && len(header) > len(columns) {
		problems = append(problems, fmt.Sprintf("has columns %s, want only %s", quoted(header), strings.Join(columns, ", ")))
	}
	if len(problems) > 0 {
		return fmt.Errorf("%s:1: %s", f.place, strings.Join(problems, "; "))
	}
	row := make([]string, len(columns))
	for {
		piece, err := cutter.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f.record(piece, len(header), at, row, each); err != nil {
			return err
		}
	}
}

// record shows the one record of a piece.
func (f *file) record(piece *csvio.Piece, columns int, at []int, row []string, each func(int, []string)) error {
	defer piece.Free()
	var first *csvio.Error
	line := piece.Line
	fields, err := piece.Scan(columns)
	switch {
	case err != nil && piece.Broken():
		return err
	case errors.As(err, &first):
		f.bad(first.Line, -1, "%v", first.Err)
		return nil
	}
	for i := range fields.Rows() {
		for column, from := range at {
			row[column] = string(csvio.AppendValue(nil, fields.Raw(i, from)))
		}
		each(line, row)
	}
	return nil
}
