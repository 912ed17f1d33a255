package sources

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/io/csvio"
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
	Differ   int // times that a later row says something else of an image than the first, with repeated_images: first
	Labels   int // distinct strings of labels and differentials
	Patients int // distinct patient ids
	Lesions  int // distinct lesion ids, of a patient or of the source as lesion_scope says

	Files []File
	// Alone are the used rows of the first file that no row of a joined one has joined: type: left keeps them. Where
	// that is every row, it is an error.
	Alone []Alone
	// The first MaxListed of what Unused, Bad, LeftOut and Differ count; Options has where all of the first two are
	// written.
	UnusedRows []Unused
	BadValues  []BadValue
	Repeated   []Unused
	Different  []Unused
	// Idle are values of map:, where: and skip: that no row has, and that were mistyped, or stand for all that does.
	Idle []string
	// VagueIDs are ids that may mean none.
	VagueIDs []VagueID
	// Reasons are what Unused counts by reason, BadIn what Bad counts by column, in the order of their first rows.
	Reasons, BadIn []Tally
	// Doubts are what may be meant otherwise, each with its first place and what to write then.
	Doubts []string
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

// A Tally counts what is of one kind, and has the first of it, with its place.
type Tally struct {
	Kind  string
	Rows  int
	First string
}

func (t Tally) String() string { return fmt.Sprintf("%s %d (first %s)", t.Kind, t.Rows, t.First) }

// tally counts one more of a kind; first is what it is called if it is the first.
func tally(all []Tally, kind string, first func() string) []Tally {
	at := slices.IndexFunc(all, func(t Tally) bool { return t.Kind == kind })
	if at < 0 {
		at, all = len(all), append(all, Tally{Kind: kind, First: first()})
	}
	all[at].Rows++
	return all
}

// MaxListed is how many unused rows, bad values and images left out a report names.
const MaxListed = 1000

// unusedColumns and badColumns are those of the lists that Options names.
var (
	unusedColumns = []string{"file", "line", "reason", "detail"}
	badColumns    = []string{"file", "line", "column", "value"}
)

// DecimalComma is the first bad value that is a number with a decimal comma, as much of Europe writes it.
func (r *Report) DecimalComma() (v BadValue, some bool) {
	at := slices.IndexFunc(r.BadValues, func(v BadValue) bool { return csvio.IsDecimalComma(strings.TrimSpace(v.Value)) })
	if at < 0 {
		return v, false
	}
	return r.BadValues[at], true
}

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
