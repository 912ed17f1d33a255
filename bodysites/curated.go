package bodysites

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/io/csvio"
)

// Curated is what people say of sites, a row each.
type Curated []CuratedSite

// A CuratedSite is one row: the part that a text means; empty if it says nothing about a part.
type CuratedSite struct {
	Line       int
	Site, Part string
}

// CuratedColumns are the columns of curation/body_sites.csv.
var CuratedColumns = []string{"body_site", "body_part", "person", "date", "reason"}

// noPart is the word in the column body_part for a text that says nothing about a part. An empty cell is not taken for
// it: it may have been forgotten.
const noPart = "none"

// ReadCurated reads curation/body_sites.csv; a file that is not there says nothing. A row without a site, with a part
// that there is not, about a text that is the same as one above, or that does not say who decided, when and why, is an
// error with its line; all come at once.
func ReadCurated(path string) (Curated, error) {
	table, err := csvio.ReadTable(path, CuratedColumns...)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all Curated
	lines := map[string]int{}
	for _, r := range table.Records {
		site := CuratedSite{r.Line, r.Fields[0], r.Fields[1]}
		fail := func(format string, args ...any) { table.Failf(r, format, args...) }
		t := textOf(site.Site)
		key := t.key()
		if t.blank {
			fail("body_site must not be empty")
		} else if line, again := lines[key]; again {
			fail("body_site %q is the same as in line %d: take one of the rows out", site.Site, line)
		} else {
			lines[key] = r.Line
		}
		if site.Part == noPart {
			site.Part = ""
		} else if !Builtin().Has(site.Part) {
			meant := ":"
			if near := Builtin().Nearest(site.Part); near != "" {
				meant = fmt.Sprintf(", did you mean %s?", near)
			}
			fail("body_part %q is unknown%s want one of %s, or none if the text says nothing about a part", site.Part, meant,
				Builtin().names())
		}
		findings.CheckDecision(r.Fields[2], r.Fields[3], r.Fields[4], fail)
		all = append(all, site)
	}
	return all, table.Err()
}
