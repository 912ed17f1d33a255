package build

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/zeebo/xxh3"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/io/arrowio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/pictures"
	"github.com/dermset/dermset/portable"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/stages"
	"github.com/dermset/dermset/transfer"
	"github.com/dermset/dermset/workflow/steps"
	"github.com/dermset/dermset/workflow/workspace"
)

// Folders of a version that hold pictures.
const (
	imagesFolder = "images"
	cropsFolder  = "crops"
)

// A gallery is the pictures of a version: which there are, under which names, and where their bytes come from.
type gallery struct {
	*publication
	copies  *pictures.Copies
	folders []string            // by class_id
	twice   map[uint64]struct{} // names that several pictures would have
	counts  galleryCounts
}

type galleryCounts struct{ pictures, rewritten, crops, without atomic.Int64 }

// galleryQuality is what quality.json tells of published pictures.
type galleryQuality struct {
	Layout    string `json:"layout"`
	Pictures  int64  `json:"pictures"`  // rows whose picture is in images/
	Rewritten int64  `json:"rewritten"` // of these: whose pixels were written anew, as PNG
	Without   int64  `json:"without"`   // selected rows that have no picture, or one whose pixels nobody can read
	Crops     int64  `json:"crops"`     // files in crops/
}

func (g *gallery) quality() *galleryQuality {
	if g == nil {
		return nil
	}
	return &galleryQuality{g.Config.Images.Layout, g.counts.pictures.Load(), g.counts.rewritten.Load(),
		g.counts.without.Load(), g.counts.crops.Load()}
}

// hang makes the copies that the version needs and are not there; nil where no pictures are published. Whoever gets one
// closes its copies.
func (p *publication) hang() (g *gallery, err error) {
	if !p.Config.PublishesPictures() {
		return nil, p.dropWithdrawn(nil)
	}
	g = &gallery{publication: p, folders: portable.Folders(p.classNames())}
	wanted, err := g.gather()
	if err != nil {
		return nil, err
	}
	if g.copies, err = pictures.OpenCopies(p.Work("copies")); err == nil {
		err = errors.Join(g.makeCopies(wanted), g.copies.Close())
	}
	if err != nil {
		return nil, fmt.Errorf("work/copies: %w; %s", err, unpublishedYet)
	}
	return g, p.dropWithdrawn(func() error { return g.copies.Keep(g.files(wanted)) })
}

// files are the files of the copies that are wanted, by their SHA-256.
func (g *gallery) files(wanted wantedCopies) map[string]bool {
	files := map[string]bool{}
	for content, boxes := range wanted {
		if copied, is := g.copies.Of(content); is {
			files[copied.SHA256] = true
		}
		for _, box := range boxes {
			if copied, is := g.copies.CropOf(content, box); is {
				files[copied.SHA256] = true
			}
		}
	}
	return files
}

// wantedCopies are the parts that are wanted of each content, besides the whole picture.
type wantedCopies map[[32]byte][]images.Box

// gather goes over the selected rows: which contents they show, and which of their names are not theirs alone.
func (g *gallery) gather() (wantedCopies, error) {
	wanted, names := wantedCopies{}, []uint64{}
	var passes []engine.Pass
	for _, source := range g.sources {
		stream, err := g.shots(source)
		if err != nil {
			return nil, err
		}
		survey, err := g.shotSurvey(source, stream.Schema, wanted, &names)
		if err != nil {
			return nil, err
		}
		passes = append(passes, engine.Pass{Name: source.Name, In: stream, Into: []engine.Sink{survey}})
	}
	if err := g.drain("publish: names", 0, onePass(passes...)); err != nil {
		return nil, err
	}
	g.twice = repeated(names)
	return wanted, nil
}

// repeated are the numbers that are there several times.
func repeated(numbers []uint64) map[uint64]struct{} {
	slices.Sort(numbers)
	twice := map[uint64]struct{}{}
	for i := 1; i < len(numbers); i++ {
		if numbers[i] == numbers[i-1] {
			twice[numbers[i]] = struct{}{}
		}
	}
	return twice
}

// shots is the stream of the selected rows of a source, as far as publishing their pictures goes.
func (g *gallery) shots(source workspace.Source) (engine.Stream, error) {
	whole, err := g.pathsOf(source.Name)
	if err != nil {
		return engine.Stream{}, err
	}
	stream := whole.Stream(rows.ColImagePath)
	for _, part := range []struct {
		step    string
		columns []string
	}{
		{"split", []string{rows.ColFate, rows.ColClassID}}, {"pictures", []string{rows.ColSHA256}},
		{"crops", []string{rows.ColCrops}},
	} {
		var beside *arrowio.Rows
		if beside, err = g.rowsOf(part.step, source.Name); err != nil {
			return engine.Stream{}, err
		}
		if stream, err = engine.Zip(stream, beside.Stream(part.columns...)); err != nil {
			return engine.Stream{}, err
		}
	}
	return engine.Map(stream,
		append([]engine.Stage{stages.Keep{Source: source.Name}}, g.disguise.stages(source.Name)...)...)
}

// A wantedShot is what gather needs of a row.
type wantedShot struct {
	content [32]byte
	boxes   []images.Box
	name    uint64
}

func (g *gallery) shotSurvey(source workspace.Source, in *arrow.Schema, wanted wantedCopies, names *[]uint64) (
	engine.Sink, error) {
	each, err := stages.Shots(in)
	return engine.Survey[[]wantedShot]{Name: "pictures to publish",
		OnLook: func(batch arrow.RecordBatch) (found []wantedShot, err error) {
			return found, each(batch, func(_ int, s stages.Shot) error {
				if content, is := contentOf(s.SHA256); is {
					found = append(found, wantedShot{content, g.boxes(s),
						g.nameKey(s.ClassID, portable.Stem(source.Name, s.Path))})
				}
				return nil
			})
		},
		OnTake: func(found []wantedShot) error {
			for _, s := range found {
				wanted[s.content] = append(wanted[s.content], s.boxes...)
				*names = append(*names, s.name)
			}
			return nil
		}}, err
}

// boxes are the parts of a picture that are published.
func (g *gallery) boxes(s stages.Shot) (boxes []images.Box) {
	if !g.Config.Crops.Files {
		return nil
	}
	for _, c := range s.Crops {
		boxes = append(boxes, images.Box{X: int(c.X), Y: int(c.Y), Width: int(c.Width), Height: int(c.Height)})
	}
	return boxes
}

// nameKey is a number for a name in the folder of a class, equal for names that some system takes for one.
func (g *gallery) nameKey(class int32, stem string) uint64 {
	return xxh3.HashStringSeed(portable.Key(stem), uint64(class))
}

func (g *gallery) makeCopies(wanted wantedCopies) error {
	contents := make([][32]byte, 0, len(wanted))
	for content := range wanted {
		contents = append(contents, content)
	}
	slices.SortFunc(contents, func(a, b [32]byte) int { return slices.Compare(a[:], b[:]) })
	defer g.Progress.Begin("publish: copies", "pictures", int64(len(contents)))()
	copying := pictures.Copying{Copies: g.copies, Blob: g.blobOf(), Limits: g.limits(),
		Workers: g.Workspace.Run.Workers, Memory: g.Workspace.Run.MemoryBytes, Progress: func() { g.Progress.Add("", 1, 1) }}
	if err := copying.Run(g.ctx, func(yield func(pictures.Wanted) bool) {
		for _, content := range contents {
			if !yield(pictures.Wanted{Content: content, Crops: wanted[content]}) {
				return
			}
		}
	}); err != nil {
		return err
	}
	g.Progress.End()
	return nil
}

// blobOf finds blobs, and what is known of their contents. Both are read when the first one is asked for: a version
// whose copies are all there is made without.
func (g *gallery) blobOf() func([32]byte) (pictures.File, images.Result, bool, error) {
	type known struct {
		blobs *transfer.Blobs
		facts *pictures.Facts
	}
	read := sync.OnceValues(func() (k known, err error) {
		if k.blobs, err = steps.Left(g.steps, "fetch", g.readBlobs); err != nil {
			return k, err
		}
		// Facts of contents, which no step makes other than they are: no answer is asked.
		if k.facts, err = pictures.OpenFacts(g.Work("facts"), pictures.Check); err != nil {
			return k, err
		}
		return k, k.facts.Close()
	})
	return func(content [32]byte) (blob pictures.File, r images.Result, is bool, err error) {
		k, err := read()
		if err != nil {
			return blob, r, false, err
		}
		blob.SHA256 = hex.EncodeToString(content[:])
		blob.Path = k.blobs.Path(blob.SHA256)
		r, is = k.facts.Result(content, g.limits())
		return blob, r, is, nil
	}
}

// stage publishes the pictures of a source's rows.
func (g *gallery) stage(source workspace.Source) engine.Stage {
	return stages.Published{Of: func(s stages.Shot) (path, sum string, err error) {
		content, _ := contentOf(s.SHA256)
		copied, is := g.copies.Of(content)
		if !is { // it has no picture, or one whose pixels nobody can read
			g.counts.without.Add(1)
			return "", "", nil
		}
		stem := portable.Stem(source.Name, s.Path)
		if _, shared := g.twice[g.nameKey(s.ClassID, stem)]; shared {
			stem = portable.Tagged(source.Name, s.Path)
		}
		stem = g.folders[s.ClassID] + "/" + stem
		path = imagesFolder + "/" + stem + copied.Extension
		if err := g.place(copied, path); err != nil {
			return "", "", err
		}
		if g.counts.pictures.Add(1); copied.Rewritten {
			g.counts.rewritten.Add(1)
		}
		return path, copied.SHA256, g.placeCrops(content, g.boxes(s), cropsFolder+"/"+stem)
	}}
}

func (g *gallery) placeCrops(content [32]byte, boxes []images.Box, stem string) error {
	for i, box := range boxes {
		copied, known := g.copies.CropOf(content, box)
		if !known {
			return errors.New("work/copies does not have its crops: run again")
		}
		if err := g.place(copied, stem+"--"+strconv.Itoa(i+1)+copied.Extension); err != nil {
			return err
		}
		g.counts.crops.Add(1)
	}
	return nil
}

func (g *gallery) place(copied pictures.Copy, path string) error {
	entry := releaseio.Entry{Path: path, Bytes: copied.Bytes, SHA256: copied.SHA256}
	if err := g.Place(g.copies.Path(copied), entry, g.Config.Images.Layout == workspace.Link); err != nil {
		return fmt.Errorf("%w; %s", err, unpublishedYet)
	}
	return nil
}

// unpublishedYet is what to do where pictures cannot be written.
const unpublishedYet = "nothing was published and what was copied stays: make room or see who may write, and run again"

// pictureTable is what loaders of image folders read beside the pictures.
func pictureTable(hard func(workspace.Source) engine.Stage) RowTable {
	return RowTable{Name: imagesFolder + "/metadata", Rows: hard, CSV: stages.PictureFolder{Folder: imagesFolder},
		CSVOnly: true}
}
