package build

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/models"
	"github.com/dermset/dermset/pictures"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/stages"
	"github.com/dermset/dermset/workflow/workspace"
)

// A count is one of the numbers of what describe or crops found: what, and what was found of it.
type count struct{ what, found string }

// shownCounts are numbers by source. Those that come first always stand there, with zero too; the others follow, each
// behind those of its kind.
type shownCounts struct {
	first   []count
	sources []map[count]int64 // by ordinal
}

func (b *build) newCounts(first ...count) *shownCounts {
	c := &shownCounts{first: first, sources: make([]map[count]int64, len(b.sources))}
	for i := range c.sources {
		c.sources[i] = map[count]int64{}
	}
	return c
}

// allSources stands for the sum of all sources: no source may be called so.
const allSources = "(all)"

// rows are the numbers of all sources together, and then of each.
func (c *shownCounts) rows(sources []workspace.Source) (table [][]string) {
	all := map[count]int64{}
	for _, of := range c.sources {
		for what, n := range of {
			all[what] += n
		}
	}
	add := func(name string, of map[count]int64) {
		more := slices.SortedFunc(maps.Keys(of), func(a, b count) int { return strings.Compare(a.found, b.found) })
		for i, what := range c.first {
			table = append(table, []string{name, what.what, what.found, workspace.Number(of[what])})
			if i+1 < len(c.first) && c.first[i+1].what == what.what {
				continue
			}
			for _, further := range more {
				if further.what == what.what && !slices.Contains(c.first, further) {
					table = append(table, []string{name, further.what, further.found, workspace.Number(of[further])})
				}
			}
		}
	}
	add(allSources, all)
	for i, source := range sources {
		add(source.Name, c.sources[i])
	}
	return table
}

// ShownColumns are those of what describe and crops give.
var ShownColumns = results.Columns{
	results.Text("source", "its name, or (all)"),
	results.Text("what", "what was looked for: pictures, skin tone, image type, body part, masks and so on"),
	results.Text("found", "what was found"),
	results.Whole("count", "images that show it"),
}

// shownRows are what describe found of the images that count: how many pictures, and of each question how many have
// an answer, whose it is, and why there is none. What the source states goes before what the picture shows.
func (b *build) shownRows() ([][]string, error) {
	known, err := b.seePictures()
	if err != nil {
		return nil, err
	}
	counts := b.newCounts(count{"pictures", "looked at"}, count{"pictures", "not usable"},
		count{"skin tone", "stated"}, count{"skin tone", "estimated"},
		count{"image type", "stated"}, count{"image type", "predicted"}, count{"image type", "unknown"},
		count{"body part", "stated"}, count{"body part", "predicted"}, count{"body part", "unknown"})
	for i, source := range b.sources {
		if err := b.countShown(known, source, counts.sources[i]); err != nil {
			return nil, err
		}
	}
	return counts.rows(b.sources), nil
}

// countShown counts what is shown of a source's images.
func (b *build) countShown(known *knownPictures, source workspace.Source, counts map[count]int64) error {
	describe := stages.Describe{Part: b.partOf}
	columns := []string{rows.ColBodySite, rows.ColFitzpatrick, rows.ColImageType}
	return b.eachFound("describe", source, columns, func(batch arrow.RecordBatch, alive func(row int) bool) error {
		made, apply, err := describe.Bind(batch.Schema())
		if err != nil {
			return err
		}
		if batch, err = apply(batch); err != nil {
			return err
		}
		text := func(column string) func(row int) string {
			return stages.TextsAt(batch.Column(made.FieldIndices(column)[0]))
		}
		tone, abstains := text(rows.ColSkinTypeOrigin), text(rows.ColSkinToneAbstained)
		kind, part, which := text(rows.ColShownOrigin), text(rows.ColBodyPartOrigin), text(rows.ColBodyPart)
		paths := textsOf(batch, rows.ColImagePath)
		for row := range int(batch.NumRows()) {
			if !alive(row) {
				continue
			}
			picture, is := known.of(source.Name, paths.Value(row))
			looked := is && pictures.Decoded(picture.verdict)
			if source.HasPictures() {
				counts[count{"pictures", either(looked, "looked at", "not usable")}]++
			} else {
				counts[count{"pictures", "the source has none"}]++
			}
			counts[count{"skin tone", b.toneFound(tone(row), abstains(row), looked)}]++
			counts[count{"image type", predictedOf(kind(row))}]++
			counts[count{"body part", predictedOf(part(row))}]++
			if name := which(row); name != "" {
				counts[count{"body part", "is " + name}]++
			}
		}
		return nil
	})
}

// toneFound says what became of the tone of an image, whose tone it is, or why there is none.
func (b *build) toneFound(origin, abstains string, looked bool) string {
	switch {
	case origin != "":
		return origin
	case b.asks.tone.Kind == models.Nothing:
		return "nobody was asked"
	case !looked:
		return "no picture"
	case abstains == "":
		return "abstained: not sure"
	}
	return "abstained: " + abstains
}

// predictedOf says whose answer it is that an image has.
func predictedOf(origin string) string {
	switch origin {
	case "":
		return "unknown"
	case "estimated":
		return "predicted"
	}
	return origin
}

func either(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}

// cropRows are what crops found of the images that count: how many have crops, and where these come from.
func (b *build) cropRows() ([][]string, error) {
	counts := b.newCounts(count{"pictures", "done"}, count{"pictures", "pending"}, count{"pictures", "none"},
		count{"crops", "from masks"}, count{"crops", "from annotations"})
	for i, source := range b.sources {
		if err := b.eachFound("crops", source, nil, func(batch arrow.RecordBatch, alive func(row int) bool) error {
			at, err := rows.ColumnsOf(batch.Schema(), rows.CropFields...)
			if err != nil {
				return err
			}
			state, crops := stages.TextsAt(batch.Column(at[0])), batch.Column(at[1]).(*array.List)
			origin := stages.TextsAt(crops.ListValues().(*array.Struct).Field(4))
			for row := range int(batch.NumRows()) {
				if !alive(row) {
					continue
				}
				counts.sources[i][count{"pictures", state(row)}]++
				if crops.IsNull(row) {
					continue
				}
				for from, to := crops.ValueOffsets(row); from < to; from++ {
					by := either(origin(int(from)) == "mask", "from masks", "from annotations")
					counts.sources[i][count{"crops", by}]++
				}
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	return counts.rows(b.sources), nil
}

// eachFound tells the batches of a source's image paths, of some columns of its rows, and of what a step put beside
// them. Alive says of which rows of a batch the image counts.
func (b *build) eachFound(step string, source workspace.Source, columns []string,
	see func(batch arrow.RecordBatch, alive func(row int) bool) error) error {
	l, err := b.seeLedger("generate")
	if err != nil {
		return err
	}
	paths, err := b.pathsOf(source.Name)
	if err != nil {
		return err
	}
	whole := paths.Stream()
	for _, part := range []string{"generate", step} {
		if part == "generate" && len(columns) == 0 {
			continue
		}
		beside, err := b.rowsOf(part, source.Name)
		if err != nil {
			return err
		}
		of := columns
		if part == step {
			of = nil // all
		}
		if whole, err = engine.Zip(whole, beside.Stream(of...)); err != nil {
			return err
		}
	}
	row := l.Row(source.Ordinal, 0)
	var failed error
	err = b.eachBatch(source.Name, whole, func(batch arrow.RecordBatch) {
		if failed == nil {
			failed = see(batch, func(i int) bool { return l.Alive(row + int64(i)) })
		}
		row += batch.NumRows()
	})
	return errors.Join(err, failed)
}
