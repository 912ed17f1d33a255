package dataset

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/slips"
)

// FurtherPrefix may begin the name of a further column of a dataset CSV. A build gives it to those that lack it.
const FurtherPrefix = "extra."

// otherNames are names that people give to a column, written as columnKey does. A further column with such a name is
// the dataset's own one under a wrong name if the file lacks that.
var otherNames = map[string]string{
	"image": ImagePath, "path": ImagePath, "file": ImagePath, "filename": ImagePath, "filepath": ImagePath,
	"imagefile": ImagePath, "imagename": ImagePath, "imgpath": ImagePath,
	"diagnosis": Label, "dx": Label, "class": Label, "sourcelabel": Label,
	"differentialdiagnosis": Differentials, "differentialdiagnoses": Differentials,
	"patient": PatientID, "patientcode": PatientID, "patientnumber": PatientID, "lesion": LesionID,
	"gender": SexColumn, "ages": AgeColumn, "ageyears": AgeColumn,
	"site": BodySite, "location": BodySite, "localization": BodySite, "localisation": BodySite, "bodypart": BodySite,
	"fst": FitzpatrickType, "skintype": FitzpatrickType, "fitzpatricktype": FitzpatrickType,
	"fitzpatrickskintype": FitzpatrickType, "method": MethodColumn, "mask": MaskPath, "maskfile": MaskPath,
}

// Header finds the columns of a dataset CSV in its header: at is where each of Columns stands, -1 for one that the file
// lacks, and further are all others, in order. Needed are image_path, and label or differentials. A further column
// whose name is nearly that of one that the file lacks would be lost in silence: it is an error, unless it begins with
// FurtherPrefix. All that is wrong comes at once.
func Header(path string, header []csvio.HeaderCell) (at, further []int, err error) {
	var errs []error
	fail := func(cell csvio.HeaderCell, format string, args ...any) {
		errs = append(errs, &csvio.Error{Path: path, Line: cell.Line, Column: cell.Column,
			Err: fmt.Errorf(format, args...)})
	}
	begin := csvio.HeaderCell{Line: 1, Column: 1}
	places := map[string]int{}
	var names []string
	for i, cell := range header {
		names = append(names, cell.Name)
		key := strings.TrimPrefix(cell.Name, FurtherPrefix)
		if slices.Contains(Columns, key) {
			key = cell.Name
		}
		if first, twice := places[key]; twice {
			fail(cell, "column %q is named twice, first as column %d: rename or remove one", cell.Name, first+1)
			continue
		}
		places[key] = i
	}
	if by := csvio.PartedBy(names); by != "" {
		fail(begin, "its columns are parted by %s: want commas, as in %q", by, strings.Join(Columns[:2], ","))
		return nil, nil, errors.Join(errs...)
	}
	lacks := map[string]bool{}
	for _, name := range Columns {
		i, there := places[name]
		if lacks[name] = !there; !there {
			i = -1
		}
		at = append(at, i)
	}
	for i, cell := range header {
		if slices.Contains(Columns, cell.Name) {
			continue
		}
		further = append(further, i)
		if meant := meantColumn(cell.Name); lacks[meant] {
			fail(cell, "column %q: did you mean %q? rename it; %s%s keeps it as a further column",
				cell.Name, meant, FurtherPrefix, cell.Name)
			lacks[meant] = false
		}
	}
	if known := len(header) - len(further); known == 0 && len(errs) == 0 && len(header) > 0 {
		fail(begin, "line 1 has no name of a column of a dataset, but %q: write the names above it, such as `%s`", names[0],
			strings.Join([]string{ImagePath, Label}, ","))
		return at, further, errors.Join(errs...)
	}
	if lacks[ImagePath] {
		fail(begin, "column %q is missing: every row is an image", ImagePath)
	}
	if lacks[Label] && lacks[Differentials] {
		fail(begin, "column %q is missing, and %q too: a row without a diagnosis is in no class", Label, Differentials)
	}
	return at, further, errors.Join(errs...)
}

// CheckHeader says what is wrong with the header of a dataset CSV.
func CheckHeader(path string) error {
	header, err := csvio.ReadHeader(path)
	if err == nil {
		_, _, err = Header(path, header)
	}
	return csvio.Explain(path, Columns, err)
}

// EachRow shows every row of a dataset CSV with some of its Columns until see returns false. Columns that the file
// lacks are empty.
func EachRow(ctx context.Context, path string, columns []string, see func(csvio.Row) bool) error {
	return csvio.EachRowOf(ctx, path, func(header []csvio.HeaderCell) ([]int, error) {
		at, _, err := Header(path, header)
		if err != nil {
			return nil, err
		}
		var wanted []int
		for _, name := range columns {
			wanted = append(wanted, at[slices.Index(Columns, name)])
		}
		return wanted, nil
	}, see)
}

// meantColumn is the dataset's own column that a further one is named nearly like; empty: none.
func meantColumn(name string) string {
	if strings.HasPrefix(name, FurtherPrefix) {
		return ""
	}
	key := columnKey(name)
	for _, own := range Columns {
		if wanted := columnKey(own); key == wanted || len(wanted) >= leastSlip && slips.Count(key, wanted, 1) <= 1 {
			return own
		}
	}
	return otherNames[key]
}

// leastSlip is how long a name must be for one that differs by a letter to be it: page is not age.
const leastSlip = 5

// columnKey is equal for names that differ in case, blanks and signs alone.
func columnKey(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\u00a0_-.:", r) {
			return -1
		}
		return r
	}, strings.ToLower(AsLatin(name)))
}
