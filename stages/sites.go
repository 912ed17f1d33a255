package stages

import (
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/rows"
)

// A Site is a text of body_site, and how many rows state it.
type Site struct {
	Text string
	Rows int64
}

// Sites counts the sites of the body that one source states. Its zero value is ready.
type Sites struct {
	Sites []Site
	More  int64 // rows that state further sites than the first MaxSites

	rows map[string]int64
}

// MaxSites is how many sites of a source are told apart, and MostOfSite how many bytes of one are kept.
const (
	MaxSites   = 1000
	MostOfSite = 256
)

// Sorted is what was counted, bytewise.
func (s *Sites) Sorted() Sites {
	sorted := Sites{More: s.More}
	for text, rows := range s.rows {
		sorted.Sites = append(sorted.Sites, Site{text, rows})
	}
	slices.SortFunc(sorted.Sites, func(a, b Site) int { return strings.Compare(a.Text, b.Text) })
	return sorted
}

// Sink takes the batches of the source behind Join.
func (s *Sites) Sink(joined *arrow.Schema) (engine.Sink, error) {
	at, err := rows.ColumnsOf(joined, rows.Nullable(rows.ColBodySite, rows.TypeDict))
	if err != nil {
		return nil, err
	}
	return engine.Survey[[]Site]{Name: "sites",
		OnLook: func(batch arrow.RecordBatch) ([]Site, error) { return sitesOf(batch.Column(at[0])), nil },
		OnTake: func(part []Site) error {
			for _, site := range part {
				s.add(site)
			}
			return nil
		},
	}, nil
}

func (s *Sites) add(site Site) {
	if _, known := s.rows[site.Text]; !known {
		if len(s.rows) >= MaxSites {
			s.More += site.Rows
			return
		}
		if s.rows == nil {
			s.rows = map[string]int64{}
		}
	}
	s.rows[site.Text] += site.Rows
}

// sitesOf counts the sites of a batch, in the order of its dictionary.
func sitesOf(column arrow.Array) (sites []Site) {
	codes, texts := rows.CodesOf(column)
	counts := make([]int64, texts.Len())
	for i, code := range codes {
		if column.IsValid(i) {
			counts[code]++
		}
	}
	for code, n := range counts {
		if text := texts.Value(code); n > 0 && text != "" {
			sites = append(sites, Site{strings.Clone(text[:min(len(text), MostOfSite)]), n})
		}
	}
	return sites
}
