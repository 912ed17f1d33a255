package build

import (
	"errors"
	"math"
	"slices"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/models"
	"github.com/dermset/dermset/review"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/stages"
)

// quality is quality.json: the numbers of the report.
type quality struct {
	Counts   counts            `json:"counts"`
	Sources  map[string]counts `json:"sources"`
	Classes  [3]int            `json:"classes"` // of stage 1, 2, 3
	Split    splitQuality      `json:"split"`
	Findings map[string]int    `json:"findings"` // by id, accepted ones too
	Shown    *shownQuality     `json:"shown"`    // null without pictures
	Twins    *twinsQuality     `json:"twins"`    // likewise
	LeftOut  map[string]int64  `json:"left_out"` // what crosses splits because the settings leave it out
	// Pictureless are the selected rows of sources without pictures, where others have some.
	Pictureless map[string]int64 `json:"without_pictures"`
	// Published is null where the version has no pictures.
	Published *galleryQuality   `json:"published"`
	Reviews   review.Agreements `json:"reviews"` // how far people agree who reviewed the mapping
}

// shownQuality is what pictures show, of selected images: stated against estimated, and crops.
type shownQuality struct {
	SkinTone  string                     `json:"skin_tone"`  // the setting
	ImageType string                     `json:"image_type"` // likewise
	All       shownBy                    `json:"all"`
	Sources   map[string]shownBy         `json:"sources"`
	Crops     map[string]stages.Cropping `json:"crops_by_class"`
}

type shownBy struct {
	Tone  toneQuality     `json:"tone"`
	Type  typeQuality     `json:"image_type"`
	Crops stages.Cropping `json:"crops"`
}

// toneQuality compares estimated Fitzpatrick types with stated ones. Where nobody was asked, nobody abstained.
type toneQuality struct {
	Asked     bool             `json:"asked"` // the setting names somebody
	Estimated int64            `json:"estimated"`
	Abstained map[string]int64 `json:"abstained"` // by reason
	Both      int64            `json:"both"`      // stated and estimated
	Exact     int64            `json:"exact"`
	WithinOne int64            `json:"within_one"`
	Kappa     *float64         `json:"weighted_kappa"` // quadratic; null: unknown
	Table     [6][6]int64      `json:"table"`          // rows: stated 1 to 6; columns: estimated
}

// typeQuality compares guessed image types with stated ones. Where nobody was asked, nobody is unsure: all is zero.
type typeQuality struct {
	Asked  bool        `json:"asked"`
	Values []string    `json:"values"`
	Table  [3][4]int64 `json:"table"` // rows: stated; columns: guessed, the last: unsure
	Only   [4]int64    `json:"not_stated"`
}

func (a *askedModels) shownOf(s stages.ShownBy) shownBy {
	q := shownBy{Crops: s.Crops, Type: typeQuality{Values: append(slices.Clone(dataset.ImageTypes), "unsure")},
		Tone: toneQuality{Abstained: map[string]int64{}}}
	if a.kind.Kind != models.Nothing {
		q.Type.Asked, q.Type.Table, q.Type.Only = true, s.Types, s.Guessed
	}
	if a.tone.Kind == models.Nothing {
		return q
	}
	q.Tone = toneQuality{Asked: true, Estimated: s.Estimated, Abstained: s.Abstained, Table: s.Tones}
	q.Tone.Both, q.Tone.Exact, q.Tone.WithinOne = s.Agreement()
	if kappa, known := s.Kappa(); known {
		kappa = math.Round(kappa*1e4) / 1e4
		q.Tone.Kappa = &kappa
	}
	return q
}

func (p *publication) shownQuality() *shownQuality {
	if !p.HasPictures() {
		return nil
	}
	q := &shownQuality{SkinTone: p.Config.Describe.SkinTone, ImageType: p.Config.Describe.ImageType,
		All: p.asks.shownOf(p.shown.All()), Sources: map[string]shownBy{}, Crops: map[string]stages.Cropping{}}
	for i, source := range p.sources {
		q.Sources[source.Name] = p.asks.shownOf(p.shown.Sources[i])
	}
	for id, crops := range p.shown.Classes {
		q.Crops[p.className(id)] = crops
	}
	return q
}

// counts is the way of rows: in, selected, and rejected by stage and reason. In is the sum of the others.
type counts struct {
	RowsIn   int64            `json:"rows_in"`
	Selected int64            `json:"selected"`
	Rejected map[string]int64 `json:"rejected"` // "stage/reason"
}

// splitQuality tells what the split became. A deviation is how many images more there are than the ratio asks for.
type splitQuality struct {
	Images    map[string]int64        `json:"images"` // split → images
	Groups    map[string]int64        `json:"groups"`
	Deviation map[string]float64      `json:"deviation"`
	Classes   map[string]classQuality `json:"classes"`
	// rows whose locked split a pin or another row of their group overrode
	Moved []movedRow `json:"moved"`
}

type classQuality struct {
	ledger.ClassSplit
	Deviation map[string]float64 `json:"deviation"`
}

type movedRow struct {
	Place  string `json:"place"`
	From   string `json:"from"`
	To     string `json:"to"`
	Pinned bool   `json:"pinned"`
}

func countsOf(f ledger.Funnel) counts {
	c := counts{RowsIn: f.Rows, Selected: f.Selected, Rejected: map[string]int64{}}
	for reason, n := range f.Rejected {
		if r := rows.Reason(reason); r != rows.Alive && n > 0 {
			c.Rejected[r.Stage()+"/"+r.String()] = n
		}
	}
	return c
}

func (p *publication) quality() (quality, error) {
	split := p.decision.Split
	q := quality{
		Counts: countsOf(p.decision.Funnel), Sources: map[string]counts{},
		Classes: [3]int{len(p.decision.Stage1), len(p.decision.Stage2), len(p.decision.Stage3)},
		Split: splitQuality{
			Images: bySplit(split.Images), Groups: bySplit(split.Groups),
			Deviation: bySplit(ledger.Deviation(split.Images, split.Ratios)), Classes: map[string]classQuality{},
		},
		Findings: map[string]int{}, Shown: p.shownQuality(), Published: p.gallery.quality(),
		Pictureless: p.pictureless(p.decision),
	}
	for i, source := range p.sources {
		q.Sources[source.Name] = countsOf(p.decision.Sources[i])
	}
	for id, class := range split.Classes {
		q.Split.Classes[p.className(id)] = classQuality{class, bySplit(ledger.Deviation(class.Images, split.Ratios))}
	}
	for _, finding := range p.findings {
		q.Findings[finding.ID]++
	}
	reviewed, err := p.reviewRows()
	q.Reviews = review.AgreementsOf(p.asOf, reviewed)
	errs := [4]error{3: err}
	q.Split.Moved, errs[0] = p.movedRows(split.Moved)
	q.Twins, errs[1] = p.twinsQuality()
	q.LeftOut, errs[2] = p.leaks()
	return q, errors.Join(errs[:]...)
}

// pictureless are the selected rows of sources without pictures where the workspace has a store, by source.
func (b *build) pictureless(d *ledger.Decision) map[string]int64 {
	selected := map[string]int64{}
	for i, source := range b.sources {
		if b.HasPictures() && !source.HasPictures() {
			selected[source.Name] = d.Sources[i].Selected
		}
	}
	return selected
}

// movedRows names the places of rows that did not keep their locked split.
func (b *build) movedRows(moved []ledger.Moved) ([]movedRow, error) {
	rows := map[int][]int64{}
	for _, m := range moved {
		rows[m.Source] = append(rows[m.Source], m.Row)
	}
	places, err := b.allPlaces(rows)
	if err != nil {
		return nil, err
	}
	out := []movedRow{}
	for _, m := range moved {
		out = append(out, movedRow{places[m.Source][m.Row], m.From.String(), m.To.String(), m.Pinned})
	}
	return out, nil
}

func bySplit[N int64 | float64](n [3]N) map[string]N {
	out := map[string]N{}
	for split, name := range dataset.Splits {
		out[name] = n[split]
	}
	return out
}
