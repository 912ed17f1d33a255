package sources

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/sheetio"
)

// A table is one of the declared files, or several of one shape one after another, with the columns that source.yaml
// names. It holds no rows: each reads them.
type table struct {
	raw     *raw
	file    *file
	want    wanted
	except  func(name string) bool // of a walk: files that are no images
	columns []string
	all     []string // every column of the first file, where they are known; of JSON, those of the first records
	// seen says for each column whether a record of JSON has had it; nil for formats whose files name their columns.
	seen []bool
	// astray has the row of names of columns that stand in another one than the header.
	astray map[string]int
	own    int // how many columns the files have; behind them stand those that say where a row comes from
	rows   int
	// others are the files below a walk that are no images; the first of them are in other.
	others int
	other  []Unused
	read   bool      // to the end
	told   bool      // that a file is not what source.yaml declares
	long   errorList // cells that are too long
}

// wanted are the columns that are in use.
type wanted map[string]bool

// A row is a record of a file. What it holds is another row's when the next one is read; its texts stay.
type row struct {
	*rawFile
	line  int // where it begins, from 1: of a sheet its row, of Parquet its number, of a walk 0
	cells []string
	kinds []sheetio.Kind // of a sheet, by column; nil where all cells are text
}

// A rawFile is where rows come from.
type rawFile struct {
	name    string // below the raw folder
	sheet   string // of a workbook
	columns []int  // of the sheet, by column of the table
}

func (r *row) place() place { return place{r.name, r.line} }

// An intake is what a file is read into: first the columns that are in use, then rows of these columns, until row
// returns false. Of what is in a file in vain, nothing is kept.
type intake struct {
	want    wanted
	columns func(names, all []string) error
	seen    func(column int)           // of JSON: a record has the column
	also    func(name string)          // of JSON: a record has a column, whether in use or not
	astray  func(name string, row int) // of a sheet: the name of a column in use stands in a row near the header
	row     func(*row) bool
}

// Columns that every table has: where a row comes from.
const (
	fileColumn   = "$file"   // the file's path below the raw folder
	folderColumn = "$folder" // its folder, empty for the raw folder itself
	nameColumn   = "$name"   // its name
	stemColumn   = "$stem"   // its name without the suffix
	keyColumn    = "$key"    // of JSON records that are the values of an object: the record's key there
)

var pathColumns = []string{fileColumn, folderColumn, nameColumn, stemColumn}

func pathCell(column, file string) string {
	name := path.Base(file)
	switch column {
	case fileColumn:
		return file
	case folderColumn:
		return strings.TrimSuffix(strings.TrimSuffix(file, name), "/")
	case nameColumn:
		return name
	}
	return stemOf(name)
}

// column is the index of a column, or -1. Which columns records of JSON have is known when all are read: until then
// they have those that are asked for.
func (t *table) column(name string) int {
	at := slices.Index(t.columns, name)
	if t.read && at >= 0 && at < len(t.seen) && !t.seen[at] {
		return -1
	}
	return at
}

// loose reports whether the columns are known only when all rows are read.
func (t *table) loose() bool { return t.file.format == "json" || t.file.format == "jsonl" }

// each reads the table: begin is called when its columns are known, take for each row until it returns false. What is
// wrong with any of its files comes at once. It may be called again.
func (t *table) each(begin func(), take func(*row) bool) error {
	t.rows, t.read, t.columns, t.long = 0, false, nil, errorList{}
	if t.file.walk != "" {
		return t.eachImage(begin, take)
	}
	names, err := t.raw.filesOf(t.file)
	if err != nil {
		return err
	}
	var errs []error
	more := true
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			errs = append(errs, fmt.Errorf("%s: is read twice", t.raw.path(name)))
			continue
		}
		begun := func() {
			if i == 0 {
				begin()
			}
		}
		in := t.intake(name, begun, func(r *row) bool { more = take(r); return more })
		if errs = append(errs, t.explained(name, t.raw.read(t.file, name, in))); !more {
			break
		}
	}
	t.read = true
	return errors.Join(append(errs, t.long.join())...)
}

// checkLength notes cells that are longer than any may be.
func (t *table) checkLength(r *row) {
	for i, cell := range r.cells {
		if len(cell) > csvio.MaxCell {
			t.long.add(fmt.Errorf("%s: column %q: %w", r.place().in(t.raw.dir), t.columns[i], tooLong(len(cell))))
		}
	}
}

// intake takes in one file of the table. The first file has its columns; others have the same, in any order.
func (t *table) intake(name string, begin func(), take func(*row) bool) intake {
	var from []int     // the column of the file for each of the table's; nil: the same
	var paths []string // cells of the columns that say where a row comes from
	columns := func(names, all []string) error {
		if t.columns == nil {
			t.setColumns(names, all)
		} else if !slices.Equal(names, t.columns[:t.own]) {
			var err error
			if from, err = t.reorder(names); err != nil {
				return fmt.Errorf("%s: %w", t.raw.path(name), err)
			}
		}
		for _, column := range t.columns[t.own:] {
			paths = append(paths, pathCell(column, name))
		}
		begin()
		return nil
	}
	one := row{}
	in := intake{want: t.want, columns: columns, seen: t.see, also: t.hasAlso, astray: t.isAstray}
	in.row = func(r *row) bool {
		t.rows++
		one.line = r.line
		if from == nil {
			one.rawFile, one.kinds = r.rawFile, r.kinds
			one.cells = append(one.cells[:0], r.cells...)
		} else {
			one.reordered(r, from)
		}
		if t.checkLength(&one); len(t.long.errs) > 0 {
			return true // it is read to find what else is too long
		}
		one.cells = append(one.cells, paths...)
		return take(&one)
	}
	return in
}

func (t *table) setColumns(names, all []string) {
	t.columns, t.all, t.own = slices.Clone(names), all, len(names)
	if t.loose() && t.seen == nil {
		t.seen = make([]bool, t.own)
	}
	for _, name := range pathColumns {
		if t.want[name] && !slices.Contains(names, name) {
			t.columns = append(t.columns, name)
		}
	}
}

// see notes that a record of JSON has a column.
func (t *table) see(column int) { t.seen[column] = true }

func (t *table) hasAlso(name string) {
	if len(t.all) < MaxListed && !slices.Contains(t.all, name) {
		t.all = append(t.all, strings.Clone(name))
	}
}

func (t *table) isAstray(name string, row int) {
	if t.astray == nil {
		t.astray = map[string]int{}
	}
	t.astray[name] = row
}

// reorder finds the table's columns among those of a further file.
func (t *table) reorder(names []string) (from []int, err error) {
	for _, name := range names {
		if !slices.Contains(t.columns, name) {
			return nil, fmt.Errorf("column %q is not in the files before it", name)
		}
	}
	for _, name := range t.columns[:t.own] {
		at := slices.Index(names, name)
		if at < 0 {
			return nil, fmt.Errorf("column %q of the files before it is missing", name)
		}
		from = append(from, at)
	}
	return from, nil
}

// reordered has cell from[i] of another row of a file at i.
func (r *row) reordered(other *row, from []int) {
	if r.rawFile == nil {
		r.rawFile = &rawFile{name: other.name, sheet: other.sheet}
		for _, at := range from {
			if other.kinds != nil {
				r.columns = append(r.columns, other.columns[at])
			}
		}
	}
	r.cells, r.kinds = r.cells[:0], r.kinds[:0]
	for _, at := range from {
		r.cells = append(r.cells, other.cells[at])
		if other.kinds != nil {
			r.kinds = append(r.kinds, other.kinds[at])
		}
	}
}

// kind is what the sheet takes a cell for.
func (r *row) kind(column int) sheetio.Kind {
	if column < len(r.kinds) {
		return r.kinds[column]
	}
	return sheetio.Text
}

// cellName is a cell as a person finds it in its sheet.
func (r *row) cellName(column int) string {
	return r.sheet + "!" + sheetio.CellName(r.line-1, r.columns[column])
}

// noKey is an error where a cell of a join key holds no value: an error such as #N/A would join all that fail alike,
// unless the key's map has it.
func (r *row) noKey(col *column, column int) error {
	switch kind := r.kind(column); {
	case kind == sheetio.Failed && !mapped(col, r.cells[column]), kind == sheetio.FormulaWithoutValue:
		return fmt.Errorf("cell %s: %q, a key of the join, is %s in the sheet, want the value that is meant",
			r.cellName(column), r.cells[column], kind)
	}
	return nil
}

// A raw is the raw folder. Nothing outside it is opened: os.Root follows no link out of it.
type raw struct {
	root   *os.Root
	dir    string
	quoted string   // the TSV that is read, if it has cells in quotes
	doubts []string // see Report.Doubts
}

// open opens an ordinary file; a link out of the folder, a pipe or a device is an error.
func (r *raw) open(name string) (*os.File, error) {
	info, err := r.root.Stat(filepath.FromSlash(name))
	if err == nil {
		err = fileio.Check(info.Mode())
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w%s", r.path(name), withoutPath(err), r.instead(name))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.path(name), withoutPath(err))
	}
	return fileio.OpenIn(r.root, filepath.FromSlash(name))
}

// has reports whether there is such an ordinary file, which is no link.
func (r *raw) has(name string) (bool, error) {
	info, err := r.root.Lstat(filepath.FromSlash(name))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return false, nil
	}
	return err == nil && info.Mode().IsRegular(), err
}

// path is a file of the folder as errors name it.
func (r *raw) path(name string) string {
	return oneLine(filepath.Join(r.dir, filepath.FromSlash(name)))
}

func withoutPath(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

// expand gives the files that a path stands for: itself, or what a pattern matches, bytewise. What a system left beside
// the files is none of them.
func (r *raw) expand(pattern string) (names, left []string, err error) {
	_, err = r.root.Lstat(filepath.FromSlash(pattern)) // a file may have brackets in its name
	if err == nil || !strings.ContainsAny(pattern, "*?[") {
		return []string{pattern}, nil, nil
	}
	all, err := fs.Glob(fileio.FS(r.root), pattern)
	if literal := r.literally(pattern); len(all) == 0 && literal != pattern {
		all, err = fs.Glob(fileio.FS(r.root), literal)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w: of a [ that stands in a file's name write [[]", r.path(pattern), err)
	}
	for _, name := range all {
		if leftBySystem(name) {
			left = append(left, name)
		} else {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		text := ""
		if strings.Contains(pattern, "**") {
			text = " (here ** stands for the name of one folder, as * does)"
		}
		return nil, left, fmt.Errorf("%s: no file matches%s%s", r.path(pattern), text, r.instead(pattern))
	}
	slices.Sort(names)
	return names, left, nil
}

// filesOf are the files of a table, in order.
func (r *raw) filesOf(f *file) (names []string, err error) {
	for _, pattern := range f.paths {
		expanded, _, err := r.expand(pattern)
		if err != nil {
			return nil, err
		}
		names = append(names, expanded...)
	}
	return names, nil
}

func (r *raw) read(f *file, name string, in intake) error {
	switch f.format {
	case "xlsx":
		return r.readSheet(f, name, in)
	case "parquet":
		return r.readParquet(name, in)
	case "json":
		return r.readJSON(f, name, in)
	case "jsonl":
		return r.readJSONLines(f, name, in)
	}
	return r.readCSV(f, name, in)
}

// tooLong is the error of a cell of so many bytes.
func tooLong(bytes int) error { return fmt.Errorf("a cell of %d bytes, at most 1 MiB is read", bytes) }
