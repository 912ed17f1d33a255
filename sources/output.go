package sources

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/io/csvio"
)

// An output checks, normalises and counts rows, and writes the two files aside until publish.
type output struct {
	c      *Config
	dir    string
	dry    bool   // nothing is written
	raw    string // the raw folder, for errors
	report *Report
	errs   errorList

	file   *os.File // the dataset CSV, aside
	buf    *bufio.Writer
	line   []byte
	ioErr  error
	images map[string]place
	labels map[string]int64 // rows that name each
	people map[string]bool
	marks  map[string]bool // lesions
	kept   []dataset.RenamingRow
	aside  []string // files to remove at the end
}

func newOutput(c *Config, dir string, dry bool) (*output, error) {
	o := &output{
		c: c, dir: dir, dry: dry, report: &Report{Name: c.Name}, images: map[string]place{}, labels: map[string]int64{},
		people: map[string]bool{}, marks: map[string]bool{},
	}
	var err error
	if o.kept, err = dataset.ReadRenaming(c.Renaming(dir)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if dry {
		o.buf = bufio.NewWriter(io.Discard)
		return o, nil
	}
	old, _ := filepath.Glob(filepath.Join(dir, asidePattern(c.Name))) // left by a run that was killed
	for _, path := range old {
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	if o.file, err = o.create(); err != nil {
		return nil, err
	}
	o.buf = bufio.NewWriterSize(o.file, 1<<18)
	return o, nil
}

func asidePattern(name string) string { return ".ingest-" + name + "-*.tmp" }

func (o *output) create() (*os.File, error) {
	file, err := os.CreateTemp(o.dir, asidePattern(o.c.Name))
	if err != nil {
		return nil, err
	}
	o.aside = append(o.aside, file.Name())
	return file, file.Chmod(0o644)
}

// discard removes what is still aside.
func (o *output) discard() {
	if o.file != nil {
		o.file.Close()
	}
	for _, path := range o.aside {
		os.Remove(path) // those that were published are gone from here
	}
}

func (o *output) fail(at place, err error) { o.errs.add(fmt.Errorf("%s: %w", at.in(o.raw), err)) }

// header writes the columns: the dataset's, then further ones.
func (o *output) header(extras []string) {
	o.write(append(slices.Clone(dataset.Columns), extras...))
}

func (o *output) write(cells []string) {
	o.line = csvio.AppendRecord(o.line[:0], cells...)
	if _, err := o.buf.Write(o.line); err != nil && o.ioErr == nil {
		o.ioErr = err
	}
}

// Indexes of columns in a row.
var (
	labelAt         = slices.Index(dataset.Columns, dataset.Label)
	differentialsAt = slices.Index(dataset.Columns, dataset.Differentials)
	patientAt       = slices.Index(dataset.Columns, dataset.PatientID)
	lesionAt        = slices.Index(dataset.Columns, dataset.LesionID)
)

// add writes one row; cells are the dataset's columns, then further ones, and entries its differentials. It normalises
// cells in place and reports whether the row was written: a repeated image is not.
func (o *output) add(at place, cells []string, entries []dataset.Entry) bool {
	path := cells[0]
	if err := dataset.CheckPath(path); err != nil {
		o.fail(at, fmt.Errorf("image_path: %w", err))
	}
	if mask := cells[maskAt]; mask != "" {
		if err := dataset.CheckPath(mask); err != nil {
			o.fail(at, fmt.Errorf("mask_path: %w", err))
		}
	}
	if first, twice := o.images[path]; twice {
		if o.c.repeated == "first" {
			return false
		}
		o.fail(at,
			fmt.Errorf("image %q stands twice, first in %s (repeated_images: first keeps the first)", path, first.in(o.raw)))
		return true
	}
	o.images[path] = at
	o.normalise(at, cells, entries)
	for i, cell := range cells {
		if strings.IndexByte(cell, 0) >= 0 || !utf8.ValidString(cell) {
			o.fail(at, fmt.Errorf("column %d of the dataset: %q holds a NUL or is not UTF-8", i+1, cell))
		}
	}
	o.count(cells, entries)
	o.write(cells)
	o.report.Rows++
	return true
}

// normalise brings the cells to the form that dataset gives them. Bad values are listed, and kept as they are: a build
// finds them again (bad_value), and counts the cells as empty.
func (o *output) normalise(at place, cells []string, entries []dataset.Entry) {
	for i, name := range dataset.Columns {
		cell := cells[i]
		if cell == "" {
			continue
		}
		normal, ok := cell, true
		switch name {
		case dataset.SexColumn:
			normal, ok = dataset.Sex(cell)
		case dataset.AgeColumn:
			var years float32
			var known bool
			if years, known, ok = dataset.Age(cell); ok && known {
				normal = string(dataset.AppendAge(nil, years))
			} else {
				normal = ""
			}
		case dataset.FitzpatrickType:
			normal, ok = dataset.Fitzpatrick(cell)
		case dataset.ImageTypeColumn:
			normal, ok = dataset.ImageType(cell)
		case dataset.MethodColumn:
			normal, ok = dataset.DiagnosisMethod(cell)
		}
		if !ok {
			o.bad(BadValue{at.file, at.line, name, cell})
			normal = cell
		}
		cells[i] = normal
	}
	if stated := cells[differentialsAt]; len(entries) > 0 || !badDifferentials(stated) {
		cells[differentialsAt] = string(dataset.AppendDifferentials(nil, entries))
	}
}

func badDifferentials(cell string) bool {
	_, err := dataset.ParseDifferentials(cell, nil)
	return err != nil
}

// bad lists a bad value, once for all images of a raw row.
func (o *output) bad(value BadValue) {
	list := o.report.BadValues
	for i := len(list) - 1; i >= 0 && list[i].File == value.File && list[i].Line == value.Line; i-- {
		if list[i] == value && value.Line > 0 {
			return
		}
	}
	o.report.BadValues = append(list, value)
}

func (o *output) count(cells []string, entries []dataset.Entry) {
	label := cells[labelAt]
	if label != "" {
		o.labels[label]++
	}
	for i, entry := range entries {
		named := entry.Label == label ||
			slices.ContainsFunc(entries[:i], func(e dataset.Entry) bool { return e.Label == entry.Label })
		if !named {
			o.labels[entry.Label]++
		}
	}
	patient := o.id(cells[patientAt])
	if patient != "" {
		o.people[patient] = true
	}
	if lesion := o.id(cells[lesionAt]); lesion != "" {
		if o.c.LesionsInSource() {
			patient = ""
		}
		o.marks[strconv.Itoa(len(patient))+" "+patient+lesion] = true
	}
}

func (o *output) id(cell string) string {
	if slices.Contains(o.c.IDMissing, cell) {
		return ""
	}
	return cell
}

// finish completes the report.
func (o *output) finish() {
	r := o.report
	r.Labels, r.Patients, r.Lesions = len(o.labels), len(o.people), len(o.marks)
	for _, f := range r.Files {
		r.RawRows += f.Rows
		r.Used += f.Used
	}
	r.Unused = len(r.UnusedRows)
	for _, kept := range o.kept {
		if o.labels[kept.Label] == 0 && kept.Filled() {
			r.Gone = append(r.Gone, kept)
		}
	}
}

// renaming is a row for every label, with what was filled in before.
func (o *output) renaming() []dataset.RenamingRow {
	at := make(map[string]dataset.RenamingRow, len(o.kept))
	for _, row := range o.kept {
		at[row.Label] = row
	}
	rows := make([]dataset.RenamingRow, 0, len(o.labels))
	for label, images := range o.labels {
		row := at[label]
		row.Label, row.Images = label, images
		rows = append(rows, row)
	}
	return rows
}

// publish writes both files, or neither.
func (o *output) publish() error {
	if o.ioErr != nil || o.dry {
		return o.ioErr
	}
	if err := errors.Join(o.buf.Flush(), o.file.Sync(), o.file.Close()); err != nil {
		return err
	}
	renaming, err := o.create()
	if err != nil {
		return err
	}
	_, err = renaming.Write(dataset.AppendRenaming(nil, o.renaming()))
	if err := errors.Join(err, renaming.Sync(), renaming.Close()); err != nil {
		return err
	}
	csv := o.c.Dataset(o.dir)
	before := o.file.Name() + ".before.tmp"
	hadOne := os.Link(csv, before) == nil
	if hadOne {
		o.aside = append(o.aside, before)
	}
	if err := os.Rename(o.file.Name(), csv); err != nil {
		return err
	}
	if err := os.Rename(renaming.Name(), o.c.Renaming(o.dir)); err != nil {
		if hadOne {
			return errors.Join(err, os.Rename(before, csv))
		}
		return errors.Join(err, os.Remove(csv))
	}
	return syncFolder(o.dir)
}

// syncFolder makes renames in a folder last. Not every system can.
func syncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = folder.Sync() // some file systems refuse it; the files themselves are synced
	return folder.Close()
}
