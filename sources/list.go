package sources

import (
	"context"
	"errors"
	"os"
	"slices"
	"strconv"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/results"
)

// SummaryColumns are the columns of the sources' summary table (spec 4).
var SummaryColumns = results.Columns{
	results.Text("id", "the source's name"),
	results.Text("name", "its title").OrNone(),
	results.Text("kind", "what it is a source of, as source.yaml says").OrNone(),
	results.Text("description", "as source.yaml says").OrNone(),
	results.Text("icd11", "whether it has codes of its own: yes, no or pending").OrNone(),
	results.Text("crops", "yes, partial, pending or no").OrNone(),
	results.Text("differentials", "the same").OrNone(),
	results.Text("sex", "the same").OrNone(),
	results.Text("age", "the same").OrNone(),
	results.Whole("images", "rows of its dataset CSV"),
}

// A Summary is a source's row there. The last five but Images are each yes, partial, pending or no.
type Summary struct {
	ID            string // the folder's name
	Name          string // its title
	Kind          string
	Description   string
	ICD11         string // pending while the source is
	Crops         string // partial: not of all images
	Differentials string // yes: every row has them; pending: there is no dataset CSV yet
	Sex           string
	Age           string
	Images        int64 // rows of the dataset CSV
}

// Summarise makes the row of a source, from its declaration and its dataset CSV.
// A cell that is a bad value counts as empty.
func Summarise(ctx context.Context, c *Config) (Summary, error) {
	s := Summary{ID: c.Name, Name: c.Title, Kind: c.Kind, Description: c.Description, ICD11: "no", Crops: "no"}
	switch {
	case c.Pending():
		s.ICD11 = "pending"
	case c.ICD11:
		s.ICD11 = "yes"
	}
	switch c.Crops {
	case "in-house", "programmatic":
		s.Crops = "yes"
	case "wound-masks", "mixed":
		s.Crops = "partial"
	case "pending":
		s.Crops = "pending"
	}
	path := c.Dataset(c.Dir)
	file, err := fileio.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		s.Differentials, s.Sex, s.Age = "pending", "pending", "pending"
		return s, nil
	}
	if err != nil {
		return s, err
	}
	defer file.Close()
	var from []int
	var differentials, sexes, ages int64
	var entries []dataset.Entry
	header := func(header []csvio.HeaderCell) (err error) {
		from, _, err = dataset.Header(path, header)
		return err
	}
	sexAt, ageAt := slices.Index(dataset.Columns, dataset.SexColumn), slices.Index(dataset.Columns, dataset.AgeColumn)
	table := csvTable{in: file, path: path}
	err = table.scan(header, func(r *csvRow) bool {
		s.Images++
		if sex, _ := dataset.Sex(r.cell(from[sexAt])); sex != "" {
			sexes++
		}
		if _, known, _ := dataset.Age(r.cell(from[ageAt])); known {
			ages++
		}
		if entries, _ = dataset.ParseDifferentials(r.cell(from[differentialsAt]), entries[:0]); len(entries) > 0 {
			differentials++
		}
		return ctx.Err() == nil
	})
	share := func(rows int64) string {
		switch {
		case rows == 0:
			return "no"
		case rows < s.Images:
			return "partial"
		}
		return "yes"
	}
	s.Differentials, s.Sex, s.Age = share(differentials), share(sexes), share(ages)
	return s, errors.Join(err, ctx.Err())
}

// Cells are the row's cells, in the order of SummaryColumns.
func (s Summary) Cells() []string {
	return []string{s.ID, s.Name, s.Kind, s.Description, s.ICD11, s.Crops, s.Differentials, s.Sex,
		s.Age, strconv.FormatInt(s.Images, 10)}
}

// Totals is the table's last row: how many sources there are, how many say yes or partial in each column,
// and all images.
func Totals(all []Summary) Summary {
	total := Summary{ID: "total", Name: strconv.Itoa(len(all))}
	count := func(of func(Summary) string) string {
		n := 0
		for _, s := range all {
			if answer := of(s); answer == "yes" || answer == "partial" {
				n++
			}
		}
		return strconv.Itoa(n)
	}
	total.ICD11 = count(func(s Summary) string { return s.ICD11 })
	total.Crops = count(func(s Summary) string { return s.Crops })
	total.Differentials = count(func(s Summary) string { return s.Differentials })
	total.Sex = count(func(s Summary) string { return s.Sex })
	total.Age = count(func(s Summary) string { return s.Age })
	for _, s := range all {
		total.Images += s.Images
	}
	return total
}
