package mapping

import (
	"errors"
	"io/fs"

	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/io/csvio"
)

// A Category is a Target Name that earlier versions had.
type Category struct {
	Name  string
	Codes []string // sorted, unique
	Since string   // version
}

// ReadCategories reads known_categories.csv: Target Name, ICD-11 Code(s), Since version. A file that is not there holds
// nothing. Empty or repeated names and codes that are none are errors with their lines; all come at once.
func ReadCategories(path string) ([]Category, error) {
	table, err := csvio.ReadTable(path, "Target Name", "ICD-11 Code(s)", "Since version")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []Category
	seen := map[string]bool{}
	for _, r := range table.Records {
		c := Category{Name: r.Fields[0], Since: r.Fields[2]}
		codes, err := icd11.ParseCell(r.Fields[1])
		c.Codes = codes
		switch {
		case err != nil:
			table.Failf(r, "%v", err)
		case c.Name == "" || c.Name == Excludes:
			table.Failf(r, "Target Name %q: want the name of a category", c.Name)
		case seen[c.Name]:
			table.Failf(r, "Target Name %q is listed twice", c.Name)
		}
		seen[c.Name] = true
		all = append(all, c)
	}
	return all, table.Err()
}
