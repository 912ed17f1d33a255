package stages

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/rows"
)

// A Shown counts what the pictures of selected images show, by source and class: how estimates agree with what sources
// state, why there is none, and how many images have crops.
type Shown struct {
	Sources []ShownBy // by ordinal of the source
	Classes []Cropping
}

// ShownBy is what the pictures of one source show.
type ShownBy struct {
	Tones     [6][6]int64      // images by stated and estimated Fitzpatrick type
	Estimated int64            // images of which a tone is estimated, stated or not
	Abstained map[string]int64 // images of which none is, by reason
	Types     [3][4]int64      // images by stated and guessed image type; the last: nobody is sure
	Guessed   [4]int64         // images without a stated type
	Crops     Cropping
}

// Cropping counts images by their state of cropping, and crops.
type Cropping struct {
	Done    int64 `json:"done"`
	Pending int64 `json:"pending"`
	None    int64 `json:"none"`
	Crops   int64 `json:"crops"`
}

// NewShown counts images of so many sources and classes.
func NewShown(sources, classes int) *Shown {
	s := &Shown{Sources: make([]ShownBy, sources), Classes: make([]Cropping, classes)}
	for i := range s.Sources {
		s.Sources[i].Abstained = map[string]int64{}
	}
	return s
}

// shownPart is what one batch adds.
type shownPart struct {
	ShownBy
	classes map[int32]Cropping
}

// Sink counts the selected rows of a source behind Describe. Rows of which no pictures are known count nothing.
func (s *Shown) Sink(source int, in *arrow.Schema) (engine.Sink, error) {
	look := func(arrow.RecordBatch) (shownPart, error) { return shownPart{}, nil }
	if in.HasField(rows.ColITA) {
		at, err := rows.ColumnsOf(in, rows.Nullable(rows.ColFitzpatrick, rows.TypeDict),
			rows.Nullable(rows.ColTone, rows.TypeDict), rows.Nullable(rows.ColSkinToneAbstained, rows.TypeDict),
			rows.Nullable(rows.ColImageType, rows.TypeDict), rows.Nullable(rows.ColKind, rows.TypeDict),
			rows.Nullable(rows.ColCropState, rows.TypeDict), rows.Nullable(rows.ColCrops, rows.TypeCrops),
			rows.Nullable(rows.ColClassID, rows.TypeInt32))
		if err != nil {
			return nil, err
		}
		look = func(batch arrow.RecordBatch) (shownPart, error) {
			columns := make([]arrow.Array, len(at))
			for i, column := range at {
				columns[i] = batch.Column(column)
			}
			return countShown(columns, int(batch.NumRows())), nil
		}
	}
	take := func(part shownPart) error {
		s.Sources[source].add(&part.ShownBy)
		for class, crops := range part.classes {
			s.Classes[class].add(crops)
		}
		return nil
	}
	return engine.Survey[shownPart]{Name: "shown", OnLook: look, OnTake: take}, nil
}

var toneValues = []string{"1", "2", "3", "4", "5", "6", "none"}

// countShown counts the rows of a batch, of which it has the columns that Sink names.
func countShown(columns []arrow.Array, n int) shownPart {
	part := shownPart{ShownBy: ShownBy{Abstained: map[string]int64{}}, classes: map[int32]Cropping{}}
	stated, tone := values(columns[0], toneValues), values(columns[1], toneValues)
	abstained := TextsAt(columns[2])
	types := append(dataset.ImageTypes[:3:3], "none")
	says, looks := values(columns[3], types), values(columns[4], types)
	state, crops, class := TextsAt(columns[5]), columns[6].(*array.List), columns[7].(*array.Int32)
	for i := range n {
		if why := abstained(i); why != "" {
			part.Abstained[why]++
		} else if tone(i) < 6 {
			part.Estimated++
			if stated(i) < 6 {
				part.Tones[stated(i)][tone(i)]++
			}
		}
		if says(i) < 3 {
			part.Types[says(i)][looks(i)]++
		} else {
			part.Guessed[looks(i)]++
		}
		one := Cropping{}
		switch state(i) {
		case "done":
			one.Done = 1
		case "pending":
			one.Pending = 1
		default:
			one.None = 1
		}
		if crops.IsValid(i) {
			from, to := crops.ValueOffsets(i)
			one.Crops = to - from
		}
		part.Crops.add(one)
		of := part.classes[class.Value(i)]
		of.add(one)
		part.classes[class.Value(i)] = of
	}
	return part
}

func (c *Cropping) add(more Cropping) {
	c.Done, c.Pending, c.None, c.Crops = c.Done+more.Done, c.Pending+more.Pending, c.None+more.None, c.Crops+more.Crops
}

func (s *ShownBy) add(more *ShownBy) {
	for i := range s.Tones {
		for j := range s.Tones[i] {
			s.Tones[i][j] += more.Tones[i][j]
		}
	}
	for i := range s.Types {
		for j := range s.Types[i] {
			s.Types[i][j] += more.Types[i][j]
		}
	}
	for i := range s.Guessed {
		s.Guessed[i] += more.Guessed[i]
	}
	s.Estimated += more.Estimated
	s.Crops.add(more.Crops)
	for why, n := range more.Abstained {
		s.Abstained[why] += n
	}
}

// All is the sum over all sources.
func (s *Shown) All() ShownBy {
	all := ShownBy{Abstained: map[string]int64{}}
	for i := range s.Sources {
		all.add(&s.Sources[i])
	}
	return all
}

// Kappa is Cohen's kappa with quadratic weights (Cohen 1968, Psychological Bulletin 70, 213) of the table of stated and
// estimated types: 1 where they agree, 0 where they agree as often as chance has it. It is not known of an empty table,
// nor where all images have one and the same type.
func (s *ShownBy) Kappa() (kappa float64, known bool) {
	var rowSums, columnSums [6]float64
	total := 0.0
	for i, row := range s.Tones {
		for j, n := range row {
			rowSums[i] += float64(n)
			columnSums[j] += float64(n)
			total += float64(n)
		}
	}
	seen, chance := 0.0, 0.0
	for i := range rowSums {
		for j := range columnSums {
			weight := float64((i - j) * (i - j))
			seen += weight * float64(s.Tones[i][j])
			chance += weight * rowSums[i] * columnSums[j] / max(total, 1)
		}
	}
	if chance == 0 {
		return 0, false
	}
	return 1 - seen/chance, true
}

// Agreement is how many images have a stated and an estimated type, and of how many they are equal, and at most one
// apart.
func (s *ShownBy) Agreement() (both, exact, withinOne int64) {
	for i, row := range s.Tones {
		for j, n := range row {
			both += n
			if i == j {
				exact += n
			}
			if i-j <= 1 && j-i <= 1 {
				withinOne += n
			}
		}
	}
	return both, exact, withinOne
}
