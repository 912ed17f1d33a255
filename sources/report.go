package sources

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/dermset/dermset/dataset"
)

// A Report says what became of a source's raw rows. Per file and in all, raw rows = used + unused.
type Report struct {
	Name     string
	Rows     int // of the dataset CSV, one per image
	RawRows  int
	Used     int
	Unused   int
	Bad      int // cells outside what their columns may hold
	LeftOut  int // images left out of used rows, as rows before name them, with repeated_images: first
	Labels   int // distinct strings of labels and differentials
	Patients int // distinct patient ids
	Lesions  int // distinct lesion ids, of a patient or of the source as lesion_scope says

	Files []File
	// The first MaxListed of what Unused, Bad and LeftOut count; Options has where all of the first two are written.
	UnusedRows []Unused
	BadValues  []BadValue
	Repeated   []Unused
	// Gone are rows of the renaming CSV as it was that had something filled in, and whose label no row names any more.
	Gone []dataset.RenamingRow
}

// A File is one file of the raw material, or one walk over images or masks.
type File struct {
	Table string // its name in source.yaml
	Path  string // below the raw folder
	Rows  int
	Used  int
}

// An Unused is a raw row that made no row of the dataset. Reason is one of
//
//	skip, where                          a condition in source.yaml, which Detail gives
//	no_match                             joined with type: inner, and nothing matches
//	nothing_joins                        of a joined file: no row of the first file matches
//	row_unused                           of a joined file: the rows that match are unused
//	no_image                             no image_path
//	repeated_image                       a row before names its images
//	value_rejected, one_hot, list_length a value that its column refuses
//	link, not_an_image, no_pattern       of a walk
//	system_file                          hidden, or made by a system beside people's files
//	mask_without_image                   of masks
type Unused struct {
	File   string // below the raw folder
	Line   int    // 0 for a file of a walk
	Reason string
	Detail string
}

// A BadValue is a cell outside what its column may hold: the finding bad_value. The dataset CSV keeps the
// cell as it is, and a build counts it as empty.
type BadValue struct {
	File   string
	Line   int
	Column string // of the dataset CSV
	Value  string
}

// MaxListed is how many unused rows, bad values and images left out a report names.
const MaxListed = 1000

// unusedColumns and badColumns are those of the lists that Options names.
var (
	unusedColumns = []string{"file", "line", "reason", "detail"}
	badColumns    = []string{"file", "line", "column", "value"}
)

func (u Unused) cells() []string {
	line := ""
	if u.Line > 0 {
		line = strconv.Itoa(u.Line)
	}
	return []string{u.File, line, u.Reason, u.Detail}
}

func (v BadValue) cells() []string { return []string{v.File, strconv.Itoa(v.Line), v.Column, v.Value} }

// maxErrors is how many errors of one kind are told one by one.
const maxErrors = 100

// An errorList collects what a person must mend.
type errorList struct {
	errs []error
	more int
}

func (l *errorList) add(err error) {
	switch {
	case err == nil:
	case len(l.errs) == maxErrors:
		l.more++
	default:
		l.errs = append(l.errs, err)
	}
}

// first puts an error before the others.
func (l *errorList) first(err error) {
	if err != nil {
		l.errs = append([]error{err}, l.errs...)
	}
}

func (l *errorList) join() error {
	if l.more > 0 {
		return errors.Join(append(l.errs, fmt.Errorf("and %d more like these", l.more))...)
	}
	return errors.Join(l.errs...)
}
