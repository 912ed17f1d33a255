package sources

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/sheetio"
)

// A table is one of the declared files, or several of one shape one after another,
// with the columns that source.yaml names.
type table struct {
	name    string
	columns []string
	all     []string // every column of the first file, where they are known
	rows    []row
	odd     map[cellPlace]oddCell // cells of a sheet that are not text
}

// A row is a record of a file. line is where it begins, from 1: of a sheet its row, of Parquet its number, of a walk 0.
type row struct {
	file  string // below the raw folder
	line  int
	cells []string
}

type cellPlace struct{ row, column int }

// An oddCell is a cell that its sheet does not hold as text, and where it is: sheet!C17.
type oddCell struct {
	kind  sheetio.Kind
	place string
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
	return strings.TrimSuffix(name, path.Ext(name))
}

// column is the index of a column, or -1.
func (t *table) column(name string) int { return slices.Index(t.columns, name) }

// A raw is the raw folder. Nothing outside it is opened: os.Root follows no link out of it.
type raw struct {
	root *os.Root
	dir  string
}

// maxText is the largest metadata file that is read whole: JSON, and text in another encoding than UTF-8.
const maxText = 1 << 30

// open opens an ordinary file; a link out of the folder, a pipe or a device is an error.
func (r *raw) open(name string) (*os.File, error) {
	info, err := r.root.Stat(filepath.FromSlash(name))
	if err == nil {
		err = fileio.Check(info.Mode())
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.path(name), withoutPath(err))
	}
	return r.root.Open(filepath.FromSlash(name))
}

// path is a file of the folder as errors name it.
func (r *raw) path(name string) string { return filepath.Join(r.dir, filepath.FromSlash(name)) }

func withoutPath(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

// expand gives the files that a path stands for: itself, or what a pattern matches, bytewise.
func (r *raw) expand(pattern string) ([]string, error) {
	if !strings.ContainsAny(pattern, "*?[") {
		return []string{pattern}, nil
	}
	names, err := fs.Glob(r.root.FS(), pattern)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.path(pattern), err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: no file matches", r.path(pattern))
	}
	slices.Sort(names)
	return names, nil
}

// load reads a declared table. want tells which columns are used: the others are not kept.
func (r *raw) load(f *file, want func(column string) bool) (*table, error) {
	t := &table{name: f.name, odd: map[cellPlace]oddCell{}}
	var names []string
	for _, pattern := range f.paths {
		expanded, err := r.expand(pattern)
		if err != nil {
			return nil, err
		}
		names = append(names, expanded...)
	}
	var errs []error
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			errs = append(errs, fmt.Errorf("%s: is read twice", r.path(name)))
			continue
		}
		next := &table{name: f.name, odd: map[cellPlace]oddCell{}}
		err := r.read(f, name, want, next)
		if err == nil {
			err = t.add(next, i == 0, f.format == "json" || f.format == "jsonl")
			if err != nil {
				err = fmt.Errorf("%s: %w", r.path(name), err)
			}
		}
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	t.addPathColumns(want)
	return t, nil
}

func (r *raw) read(f *file, name string, want func(string) bool, t *table) error {
	switch f.format {
	case "xlsx":
		return r.readSheet(f, name, want, t)
	case "parquet":
		return r.readParquet(name, want, t)
	case "json":
		return r.readJSON(f, name, want, t)
	case "jsonl":
		return r.readJSONLines(f, name, want, t)
	}
	return r.readCSV(f, name, want, t)
}

// add appends a file's rows. Files of JSON may have other keys, files of other formats have the same columns.
func (t *table) add(next *table, first, loose bool) error {
	if first {
		t.columns, t.all, t.rows, t.odd = next.columns, next.all, next.rows, next.odd
		return nil
	}
	for _, name := range next.columns {
		if t.column(name) < 0 {
			if !loose {
				return fmt.Errorf("column %q is not in the files before it", name)
			}
			t.columns = append(t.columns, name)
		}
	}
	from := make([]int, len(t.columns)) // the column of next that stands at each column of t
	for i, name := range t.columns {
		if from[i] = next.column(name); from[i] < 0 && !loose {
			return fmt.Errorf("column %q of the files before it is missing", name)
		}
	}
	base := len(t.rows)
	for i, row := range next.rows {
		cells := make([]string, len(from))
		for column, at := range from {
			if at < 0 || at >= len(row.cells) {
				continue
			}
			cells[column] = row.cells[at]
			if cell, odd := next.odd[cellPlace{i, at}]; odd {
				t.odd[cellPlace{base + i, column}] = cell
			}
		}
		row.cells = cells
		t.rows = append(t.rows, row)
	}
	return nil
}

// addPathColumns completes every row to the table's columns and appends the columns that say where a row comes from.
func (t *table) addPathColumns(want func(string) bool) {
	width := len(t.columns)
	for _, name := range pathColumns {
		if want(name) && t.column(name) < 0 {
			t.columns = append(t.columns, name)
		}
	}
	for i := range t.rows {
		row := &t.rows[i]
		for len(row.cells) < width {
			row.cells = append(row.cells, "")
		}
		for _, name := range t.columns[width:] {
			row.cells = append(row.cells, pathCell(name, row.file))
		}
	}
}

// text reads a text file whole, as UTF-8 without a byte order mark.
func (r *raw) text(f *file, name string) (string, error) {
	in, err := r.open(name)
	if err != nil {
		return "", err
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxText+1))
	if err != nil {
		return "", err
	}
	if len(data) > maxText {
		return "", fmt.Errorf("%s: is larger than %d bytes", r.path(name), maxText)
	}
	if data, err = decodeText(data, f.encoding); err != nil {
		return "", fmt.Errorf("%s: %w", r.path(name), err)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	for line, rest := 1, data; len(rest) > 0; line++ {
		one, after, _ := bytes.Cut(rest, []byte("\n"))
		if !utf8.Valid(one) {
			return "", &csvio.Error{Path: r.path(name), Line: line, Column: 1,
				Err: errors.New("is not UTF-8, set encoding: windows-1252 or utf-16 if it is that")}
		}
		rest = after
	}
	return string(data), nil
}

// windows1252 are the characters of the bytes 0x80 to 0x9f, where it is not Latin 1. 0 stands for none.
var windows1252 = [32]rune{
	'€', 0, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0, 'Ž', 0,
	0, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0, 'ž', 'Ÿ',
}

func decodeText(data []byte, encoding string) ([]byte, error) {
	switch encoding {
	case "windows-1252":
		out := make([]byte, 0, len(data)+len(data)/8)
		for at, c := range data {
			r := rune(c)
			if c >= 0x80 && c < 0xa0 {
				if r = windows1252[c-0x80]; r == 0 {
					return nil, fmt.Errorf("byte %d is %#x, which windows-1252 does not have", at+1, c)
				}
			}
			out = utf8.AppendRune(out, r)
		}
		return out, nil
	case "utf-16":
		var order binary.ByteOrder = binary.LittleEndian
		if len(data)%2 != 0 {
			return nil, errors.New("has an odd number of bytes, so it is not utf-16")
		}
		if bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
			order = binary.BigEndian
		}
		out := make([]byte, 0, len(data))
		for at := 0; at < len(data); at += 2 {
			r := rune(order.Uint16(data[at:]))
			if utf16.IsSurrogate(r) {
				if at += 2; at < len(data) {
					r = utf16.DecodeRune(r, rune(order.Uint16(data[at:])))
				}
				if at >= len(data) || r == utf8.RuneError {
					return nil, fmt.Errorf("byte %d begins half of a surrogate pair", at-1)
				}
			}
			out = utf8.AppendRune(out, r)
		}
		return out, nil
	}
	return data, nil
}
