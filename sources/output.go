package sources

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/packed"
)

// An output checks, normalises and counts rows, and writes the two files aside until publish.
type output struct {
	c         *Config
	dir       string
	dry       bool // nothing is written
	do        func(change func() error) error
	force     bool   // a dataset CSV that ingest did not write may be overwritten
	raw       string // the raw folder, for errors
	temp      string // the folder for what memory has no room for
	report    *Report
	errs      errorList
	paths     map[string]*badPaths // by column and what is wrong
	twice     int                  // rows whose image stands before them
	pathKinds []*badPaths          // in the order of their first rows

	csv                 *asideFile // the dataset CSV
	line                []byte
	number              uint32 // of the raw row
	columns             []string
	images              packed.Numbers // path → number of the image
	rowOf               []uint32       // image → number of the raw row that names it first
	firstSaid           []uint32       // see remember
	differs             string         // what the raw row says otherwise of an image than the first that names it
	sexes               sexes
	people              packed.Numbers
	marks               packed.Numbers // lesions
	labels              *labelTable
	filled              map[string]dataset.RenamingRow // what people filled in, by label
	firsts              []firstPlace
	badHere             []BadValue // bad values of the raw row
	unusedList, badList list
}

// A list is written as CSV, to nowhere without a writer.
type list struct {
	out  *bufio.Writer
	line []byte
}

func newList(w io.Writer, columns []string) list {
	if w == nil {
		w = io.Discard
	}
	l := list{out: bufio.NewWriter(w)}
	l.add(columns)
	return l
}

func (l *list) add(cells []string) {
	l.line = csvio.AppendRecord(l.line[:0], cells...)
	_, _ = l.out.Write(l.line) // Flush has the error
}

func newOutput(c *Config, o Options) (*output, error) {
	out := &output{
		c: c, dir: c.Dir, dry: o.DryRun, force: o.Force, do: now, report: &Report{Name: c.Name},
		paths:      map[string]*badPaths{},
		unusedList: newList(o.Unused, unusedColumns), badList: newList(o.BadValues, badColumns),
	}
	if !out.dry {
		out.temp = c.Dir
	}
	out.labels = newLabelTable(out.temp)
	rows, err := dataset.ReadFilled(c.Renaming(out.dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	out.filled = make(map[string]dataset.RenamingRow, len(rows))
	for _, row := range rows {
		out.filled[row.Label] = row
	}
	if !out.dry {
		if err := c.sweep(); err != nil {
			return nil, err
		}
	}
	out.csv, err = newAside(c.Dataset(out.dir), out.dry)
	return out, err
}

// discard removes what is still aside.
func (o *output) discard() {
	o.csv.drop()
	_ = o.labels.texts.free()
}

func (o *output) fail(at place, err error) { o.errs.add(fmt.Errorf("%s: %w", at.in(o.raw), err)) }

// header writes the columns: the dataset's, then further ones.
func (o *output) header(extras []string) {
	o.columns = append(slices.Clone(dataset.Columns), extras...)
	o.line = csvio.AppendRecord(o.line[:0], o.columns...)
	o.csv.write(o.line)
}

// Indexes of columns in a row.
var (
	labelAt         = slices.Index(dataset.Columns, dataset.Label)
	differentialsAt = slices.Index(dataset.Columns, dataset.Differentials)
	patientAt       = slices.Index(dataset.Columns, dataset.PatientID)
	lesionAt        = slices.Index(dataset.Columns, dataset.LesionID)
	sexAt           = slices.Index(dataset.Columns, dataset.SexColumn)
)

// add writes one row; cells are the dataset's columns, then further ones, and entries its differentials. It normalises
// cells in place and reports whether the row was written: a repeated image is not.
func (o *output) add(at place, cells []string, entries []dataset.Entry) bool {
	path := cells[0]
	if err := dataset.CheckPath(path); err != nil {
		o.badPath(at, dataset.ImagePath, err)
	}
	if mask := cells[maskAt]; mask != "" {
		if err := dataset.CheckPath(mask); err != nil {
			o.badPath(at, dataset.MaskPath, err)
		}
	}
	o.line = append(o.line[:0], path...)
	if first, isNew := o.images.Put(o.line, uint32(len(o.rowOf))); !isNew {
		if o.c.repeated == "first" {
			o.compare(at, cells, entries, int(first))
			return false
		}
		if o.twice++; o.twice > mostAlike {
			return true
		}
		twice := &imageTwice{dir: o.raw, at: at, path: strings.Clone(path)}
		o.errs.add(twice)
		o.firsts = o.placed(o.rowOf[first], func(p place) { twice.first = p })
		return true
	}
	o.rowOf = append(o.rowOf, o.number)
	o.normalise(at, cells, entries)
	o.remember(cells)
	o.check(at, cells)
	o.count(cells, entries)
	o.line = csvio.AppendRecord(o.line[:0], cells...)
	if len(o.line) > csvio.MaxRecord {
		o.fail(at, fmt.Errorf("the row of image %q has %d bytes, at most %d are read again",
			path, len(o.line), csvio.MaxRecord))
	}
	o.csv.write(o.line)
	o.report.Rows++
	return true
}

// check refuses what the CSV could not hold, or a build would not read.
func (o *output) check(at place, cells []string) {
	for i, cell := range cells {
		switch {
		case len(cell) > csvio.MaxCell:
			o.fail(at, fmt.Errorf("column %q of the dataset: %w", o.columns[i], tooLong(len(cell))))
		case o.columns[i] == dataset.ImagePath || o.columns[i] == dataset.MaskPath: // told by dataset.CheckPath
		case strings.IndexByte(cell, 0) >= 0 || !utf8.ValidString(cell):
			o.fail(at, fmt.Errorf("column %q of the dataset: %.100q holds a NUL or is not UTF-8", o.columns[i], cell))
		}
	}
}

// An imageTwice is the error of an image that stands twice. Where it stands first is looked for at the end.
type imageTwice struct {
	dir       string
	at, first place
	path      string
}

func (e *imageTwice) Error() string {
	return fmt.Sprintf("%s: image %q stands twice, first in %s: to keep the first of each, write "+
		"`repeated_images: first` "+
		"in source.yaml", e.at.in(e.dir), e.path, e.first.in(e.dir))
}

// A firstPlace is a raw row whose place is looked for.
type firstPlace struct {
	number uint32
	set    func(place)
}

// placed notes that the place of a raw row is wanted, of as many as are told.
func (o *output) placed(number uint32, set func(place)) []firstPlace {
	if len(o.firsts) < maxErrors+2*MaxListed {
		return append(o.firsts, firstPlace{number, set})
	}
	return o.firsts
}

// place finds the wanted places: each shows the places of all raw rows, in order, until see returns false.
func (o *output) place(each func(see func(place) bool) error) error {
	if len(o.firsts) == 0 {
		return nil
	}
	slices.SortStableFunc(o.firsts, func(a, b firstPlace) int { return int(int64(a.number) - int64(b.number)) })
	number, rest := uint32(0), o.firsts
	return each(func(at place) bool {
		for number++; len(rest) > 0 && rest[0].number == number; rest = rest[1:] {
			rest[0].set(at)
		}
		return len(rest) > 0
	})
}

// normalise brings the cells to the form that dataset gives them. Bad values are listed, and kept as they are: a build
// finds them again (bad_value), and counts the cells as empty.
func (o *output) normalise(at place, cells []string, entries []dataset.Entry) {
	for i, name := range dataset.Columns {
		cell := cells[i]
		if cell == "" {
			continue
		}
		normal, ok := normalForm(name, cell)
		if !ok {
			o.bad(BadValue{at.file, at.line, name, cell})
			normal = cell
		}
		cells[i] = normal
	}
	cells[differentialsAt] = normalDifferentials(cells[differentialsAt], entries)
}

// normalForm is the form that dataset gives a cell; not ok: it is a bad value.
func normalForm(name, cell string) (normal string, ok bool) {
	switch name {
	case dataset.SexColumn:
		return dataset.Sex(cell)
	case dataset.AgeColumn:
		years, known, ok := dataset.Age(cell)
		if !ok || !known {
			return "", ok
		}
		return string(dataset.AppendAge(nil, years)), true
	case dataset.FitzpatrickType:
		return dataset.Fitzpatrick(cell)
	case dataset.ImageTypeColumn:
		return dataset.ImageType(cell)
	case dataset.MethodColumn:
		return dataset.DiagnosisMethod(cell)
	}
	return cell, true
}

// normalDifferentials are the entries as a cell; stated stays where it is none.
func normalDifferentials(stated string, entries []dataset.Entry) string {
	if len(entries) == 0 && badDifferentials(stated) {
		return stated
	}
	return string(dataset.AppendDifferentials(nil, entries))
}

func badDifferentials(cell string) bool {
	_, err := dataset.ParseDifferentials(cell, nil)
	return err != nil
}

// bad lists a bad value, once for all images of a raw row.
func (o *output) bad(value BadValue) {
	if len(o.badHere) > 0 && (o.badHere[0].File != value.File || o.badHere[0].Line != value.Line) {
		o.badHere = o.badHere[:0]
	}
	if value.Line > 0 && slices.Contains(o.badHere, value) {
		return
	}
	o.badHere = append(o.badHere, value)
	o.badList.add(value.cells())
	o.report.BadIn = tally(o.report.BadIn, value.Column, func() string {
		return fmt.Sprintf("%s: %q", place{value.File, value.Line}.in(""), value.Value)
	})
	if o.report.Bad++; o.report.Bad <= MaxListed {
		value.Value = strings.Clone(value.Value)
		o.report.BadValues = append(o.report.BadValues, value)
	}
}

// unused lists an unused raw row.
func (o *output) unused(u Unused) {
	o.report.Reasons = tally(o.report.Reasons, u.Reason, func() string {
		return strings.TrimSuffix(place{u.File, u.Line}.in("")+": "+u.Detail, ": ")
	})
	o.unusedList.add(u.cells())
	if o.report.Unused++; o.report.Unused <= MaxListed {
		o.report.UnusedRows = append(o.report.UnusedRows, u)
	}
}

// leaveOut lists an image that a used row names, and a row before it too.
func (o *output) leaveOut(at place, path string) {
	if o.report.LeftOut++; o.report.LeftOut > MaxListed {
		return
	}
	i := len(o.report.Repeated)
	o.report.Repeated = append(o.report.Repeated, Unused{File: at.file, Line: at.line, Reason: "repeated_image"})
	first, _ := o.images.Get([]byte(path))
	path = strings.Clone(path)
	o.firsts = o.placed(o.rowOf[first], func(p place) { o.report.Repeated[i].Detail = path + ", first in " + p.in("") })
}

func (o *output) count(cells []string, entries []dataset.Entry) {
	label := cells[labelAt]
	if label != "" {
		o.labels.add(label)
	}
	for i, entry := range entries {
		named := entry.Label == label ||
			slices.ContainsFunc(entries[:i], func(e dataset.Entry) bool { return e.Label == entry.Label })
		if !named {
			o.labels.add(entry.Label)
		}
	}
	patient := o.id(cells[patientAt])
	if patient != "" {
		o.vague(dataset.PatientID, patient)
		o.line = append(o.line[:0], patient...)
		o.people.Put(o.line, 0)
	}
	if lesion := o.id(cells[lesionAt]); lesion != "" {
		o.vague(dataset.LesionID, lesion)
		if o.c.LesionsInSource() {
			patient = ""
		}
		o.line = binary.AppendUvarint(o.line[:0], uint64(len(patient)))
		o.line = append(append(o.line, patient...), lesion...)
		o.marks.Put(o.line, 0)
	}
}

func (o *output) id(cell string) string {
	if slices.Contains(o.c.IDMissing, cell) {
		return ""
	}
	return cell
}

// finish completes the report.
func (o *output) finish() error {
	r := o.report
	r.Labels, r.Patients, r.Lesions = o.labels.numbers.Len(), o.people.Len(), o.marks.Len()
	for _, f := range r.Files {
		r.RawRows += f.Rows
		r.Used += f.Used
	}
	for _, label := range slices.Sorted(maps.Keys(o.filled)) {
		if o.labels.count(label) == 0 {
			r.Gone = append(r.Gone, o.filled[label])
		}
	}
	slices.SortFunc(r.Gone, dataset.RenamingRow.Compare)
	return errors.Join(o.unusedList.out.Flush(), o.badList.out.Flush())
}

// ErrNoRow is the error of raw material that makes no image.
var ErrNoRow = errors.New("no row of the raw material makes an image")

// noRow is the error of raw material that makes no image.
func (o *output) noRow() error {
	var why []string
	for _, reason := range o.report.Reasons {
		why = append(why, reason.String())
	}
	told := "it has no rows"
	if len(why) > 0 {
		told = "unused rows by reason: " + strings.Join(why, ", ")
	}
	return fmt.Errorf("%s: %w, and nothing is written; %s", o.c.Path, ErrNoRow, told)
}
