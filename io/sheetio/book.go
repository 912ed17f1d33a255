package sheetio

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/dermset/dermset/io/fileio"
)

// Limits of reading; more is an error.
const (
	maxFileBytes     = 128 << 20 // of the file, or of one CSV
	maxUnpackedBytes = 256 << 20 // of all that is unpacked from an XLSX, or of all CSVs of a folder
	maxSheets        = 12_000
	maxRows          = 200_000   // of a tab
	maxColumns       = 1000      // of a tab
	maxCells         = 4_000_000 // of all tabs, empty cells to the left of filled ones included
)

// Kind says as what a cell is stored.
type Kind uint8

const (
	Text Kind = iota // also of empty cells
	Number
	Date // a number shown as a date or time, or an ISO date
	Bool
	FormulaWithoutValue // a formula whose value the file does not hold
	Failed              // an error value such as #N/A
)

// String names the kind with its article, as in "a number".
func (k Kind) String() string {
	return [...]string{"text", "a number", "a date", "a boolean", "a formula without a stored value", "an error value"}[k]
}

// A Cell is one value. Text is: of text, its bytes; of a number, its digits as stored (2E+63); of a date, 2006-01-02 or
// 2006-01-02T15:04:05, without a day 15:04:05; of a boolean TRUE or FALSE; of a formula without value, the formula with
// its =; of an error value, its name. A formula with a stored value is that value.
type Cell struct {
	Text string
	Kind Kind
}

// Plain is the cell's text, of a number the shortest that means it: 1.0 and 1E3, as Google Sheets and Apache POI store
// them, are 1 and 1000. What is no number that a float64 holds to the last digit stays as it is stored.
func (c Cell) Plain() string {
	number, err := strconv.ParseFloat(c.Text, 64)
	size := math.Abs(number)
	if c.Kind != Number || err != nil || size >= 1e15 || size < 1e-9 && size > 0 {
		return c.Text
	}
	return strconv.FormatFloat(number+0, 'f', -1, 64) // + 0: -0 is 0
}

// A Sheet is one tab. Rows hold no empty cells at their end, and there are no empty rows at the end. Merged are the
// rectangles of cells that are shown as one: only the first cell of each has a value. Formulas are the cells whose
// stored value, empty or not, a formula gave, in their order. Err says why the tab of an XLSX could not be read,
// because it is too large or the file has no part for it; it has no rows then.
type Sheet struct {
	Name     string
	Hidden   bool
	Rows     [][]Cell
	Merged   []Range
	Formulas []Place
	Err      error
}

// A Place is a cell's row and column, from 0.
type Place struct{ Row, Column int }

// A Range is a rectangle of cells. Rows and columns count from 0; the last ones belong to it.
type Range struct{ FromRow, FromColumn, ToRow, ToColumn int }

// compare orders ranges by their first rows, then columns.
func (r Range) compare(other Range) int {
	return cmp.Or(cmp.Compare(r.FromRow, other.FromRow), cmp.Compare(r.FromColumn, other.FromColumn))
}

// Has reports whether the cell is in the range.
func (r Range) Has(row, column int) bool {
	return r.FromRow <= row && row <= r.ToRow && r.FromColumn <= column && column <= r.ToColumn
}

// String is the range as spreadsheets give it: A2:A3.
func (r Range) String() string {
	return CellName(r.FromRow, r.FromColumn) + ":" + CellName(r.ToRow, r.ToColumn)
}

// Cell is the cell at row and column, from 0; an empty one where the sheet has none.
func (s *Sheet) Cell(row, column int) Cell {
	if row >= len(s.Rows) || column >= len(s.Rows[row]) {
		return Cell{}
	}
	return s.Rows[row][column]
}

// A File is one file a book was read from.
type File struct {
	Name   string // base name
	Bytes  int64
	SHA256 string // lower-case hex
}

// A Book is a workbook. SHA256 is that of the XLSX file; of a folder, that of one line "<sha256 of the file> <name>\n"
// per file, in bytewise order of names. Sheets are in the order of the tabs; those of CSVs in bytewise order of file
// names. Document and Version are the id of the document of Google Sheets that the folder was pulled from, and which
// state of it that was; else empty.
type Book struct {
	Path     string
	SHA256   string
	Files    []File
	Sheets   []Sheet
	Folder   bool
	Document string
	Version  string
}

// Sheet is the tab of exactly that name, or nil.
func (b *Book) Sheet(name string) *Sheet {
	for i := range b.Sheets {
		if b.Sheets[i].Name == name {
			return &b.Sheets[i]
		}
	}
	return nil
}

// Read reads the workbook at path: a folder that Pulled.Content was written to, or a folder of .csv files, whose names
// without .csv are the tabs' (other files there, and names that begin with a point, are not looked at), or else an XLSX
// file. All errors of a folder come at once.
func Read(path string) (*Book, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		if _, err := os.Stat(filepath.Join(path, pullName)); err == nil {
			return readPulled(path)
		}
		return readFolder(path)
	}
	if ext := filepath.Ext(path); strings.EqualFold(ext, ".csv") {
		return nil, fmt.Errorf("%s: is a single CSV: want an .xlsx file, or a folder with a .csv per tab", path)
	}
	data, err := fileio.ReadUpTo(path, maxFileBytes)
	if err != nil {
		return nil, err
	}
	return Open(path, data)
}

var errTooLarge = errors.New("is too large")

// CellName is the name of the cell at row and column, from 0, as spreadsheets give it: CellName(16, 2) is C17.
func CellName(row, column int) string { return columnName(column) + strconv.Itoa(row+1) }

func columnName(column int) string {
	var name []byte
	for n := column + 1; n > 0; n = (n - 1) / 26 {
		name = append([]byte{byte('A' + (n-1)%26)}, name...)
	}
	return string(name)
}

// parseCellName is the inverse of CellName for what a file may hold: capitals, then digits without a leading zero.
// Columns beyond three letters and rows beyond seven digits are no cell.
func parseCellName(name string) (row, column int, ok bool) {
	letters := 0
	for letters < len(name) && 'A' <= name[letters] && name[letters] <= 'Z' {
		column = column*26 + int(name[letters]-'A') + 1
		letters++
	}
	digits := name[letters:]
	if letters == 0 || letters > 3 || len(digits) == 0 || len(digits) > 7 || digits[0] == '0' {
		return 0, 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	return int(n) - 1, column - 1, err == nil
}

// parseRange reads a range of cells (A2:B3), of whole columns (B:D) or rows (2:4), or a single cell.
func parseRange(ref string) (r Range, ok bool) {
	first, last, two := strings.Cut(ref, ":")
	if !two {
		last = first
	}
	ends := [2]position{{0, 0}, {fileLimits.rows - 1, fileLimits.columns - 1}}
	for i, name := range []string{first, last} {
		switch digits := strings.TrimLeft(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"); {
		case two && digits == "" && name != "":
			_, ends[i].column, ok = parseCellName(name + "1")
		case two && digits == name:
			ends[i].row, _, ok = parseCellName("A" + name)
		default:
			ends[i].row, ends[i].column, ok = parseCellName(name)
		}
		if !ok {
			return r, false
		}
	}
	r = Range{ends[0].row, ends[0].column, ends[1].row, ends[1].column}
	return r, r.FromRow <= r.ToRow && r.FromColumn <= r.ToColumn
}

// A grid takes the rows of one sheet in order.
type grid struct {
	rows [][]Cell
	left int // cells that may still be taken
}

// add takes a copy of a row.
func (g *grid) add(row int, cells []Cell) error {
	if g.left -= len(cells); g.left < 0 {
		return fmt.Errorf("the workbook %w: %d cells are allowed", errTooLarge, maxCells)
	}
	for len(g.rows) < row {
		g.rows = append(g.rows, nil)
	}
	g.rows = append(g.rows, slices.Clone(cells))
	return nil
}
