package build

import (
	"strings"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/annotations"
	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/pictures"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/stages"
	"github.com/dermset/dermset/workflow/steps"
	"github.com/dermset/dermset/workflow/workspace"
)

// cropped is work/crops/answer.json. The crops of rows lie beside it.
type cropped struct {
	Findings []rows.Finding `json:"findings"` // bad_mask, bad_annotation
	// Assumed are the pictures by source whose annotations were taken for upright pixels though nothing says so.
	Assumed map[string]int64 `json:"assumed"`
}

func (b *build) cropsKey() (any, map[string]string, error) {
	settings := b.Config.Crops
	settings.Files = false // which is publish's to follow
	return settings, b.annotationSums(), nil
}

// crops puts the rectangles that people drew, and those around what masks show, beside the rows that are alive.
func (b *build) crops(dir string) error {
	if err := b.matchAnnotations(); err != nil {
		return err
	}
	known, err := b.seePictures()
	if err != nil {
		return err
	}
	flaws, assumed := stages.NewNoted(maxAlike), make([]atomic.Int64, len(b.sources))
	if err := b.beside(dir, beside{
		what: "crops", columns: []string{rows.ColMaskPath}, keep: rows.CropFields,
		stage: func(source workspace.Source) engine.Stage {
			return stages.Beside{Stage: stages.Crops{Of: func(path, mask string) (stages.Cropped, error) {
				return b.cropsOf(known, source, path, mask, &assumed[source.Ordinal])
			}}}
		},
		note: func(source workspace.Source, made *arrow.Schema) (engine.Sink, error) {
			return flaws.Sink(source.Ordinal, source.Name, stages.CropFlaws, made)
		},
	}); err != nil {
		return err
	}
	b.letPicturesGo()
	answer := cropped{Findings: flaws.Findings(), Assumed: map[string]int64{}}
	for i := range assumed {
		if n := assumed[i].Load(); n > 0 {
			answer.Assumed[b.sources[i].Name] = n
		}
	}
	return steps.WriteAnswer(dir, answer)
}

// cropsOf are the crops of one image: what people drew wins over its mask.
func (b *build) cropsOf(known *knownPictures, source workspace.Source, path, mask string,
	assumed *atomic.Int64) (stages.Cropped, error) {
	of := stages.Cropped{State: source.CropState()}
	file := b.fileOf(known.blobs, source, path, mask)
	result, is := known.result(file.SHA256)
	if !is || result.Width == 0 {
		return of, nil
	}
	annotated := pictures.Decoded(result.Verdict) && b.annotatedCrops(result, source, path, assumed, &of)
	if mask == "" || source.Mask.Shows == "other" && !source.Mask.Crops {
		return of, nil
	}
	boxes, flaws, err := b.maskCrops(known.facts, &file, result, mask)
	of.Flaws = append(of.Flaws, flaws...)
	if annotated || !source.Mask.Crops {
		return of, err // the mask only says where skin is looked for
	}
	for _, box := range boxes {
		of.Crops = append(of.Crops, stages.Crop{X: int32(box.X), Y: int32(box.Y), Width: int32(box.Width),
			Height: int32(box.Height), FromMask: true})
	}
	if len(of.Crops) > 0 {
		of.State = cropsDone
	}
	return of, err
}

const cropsDone = "done"

// maskCrops are the rectangles around what the mask of an image's file shows, and what is wrong with the mask.
func (b *build) maskCrops(facts *pictures.Facts, file *pictures.File, result images.Result, mask string) (
	boxes []images.Box, flaws []stages.Note, err error) {
	if file.Mask.Failed != "" {
		return nil, []stages.Note{badMask(mask, "", "failed", "is "+file.Mask.Failed)}, nil
	}
	if !pictures.Decoded(result.Verdict) {
		return nil, nil, nil // whatever is known from when other limits held
	}
	found, is, err := facts.Outlined(file)
	if err != nil || !is {
		return nil, nil, err
	}
	wrong := found.Wrong()
	for _, flaw := range workspace.SortedKeys(wrong) {
		kind := ""
		if pictures.Usual(flaw) {
			kind = flaw
		}
		flaws = append(flaws, badMask(mask, kind, flaw, wrong[flaw]))
	}
	width, height := result.Upright()
	c := b.Config.Crops
	boxes = images.CropRule{Margin: c.Margin, MinArea: c.MinArea, Most: c.MaxPerImage}.Boxes(found.Largest, width, height)
	return boxes, append(flaws, oddCrops(&found, result, mask, len(boxes))...), nil
}

// badMask is what is wrong with a mask: of one image, or of a kind. Of a kind that takes no crop away all masks of the
// source are accepted with one.
func badMask(mask, kind, flaw, detail string) stages.Note {
	note := stages.Note{ID: "bad_mask", Kind: kind, Detail: mask + " " + detail}
	if kind == "" {
		note.Fault = mask + " " + flaw
	}
	return note
}

// oddMask is what is odd about the crop of a mask. Many masks of a source may have it, and those that come later are
// not accepted with them: the crop may be wrong.
func oddMask(mask, kind, detail string) stages.Note {
	return stages.Note{ID: "bad_mask", Kind: kind, Fault: "masks", Detail: mask + " " + detail}
}

// oddCrops are what a person should look at of crops that a mask made, or did not make.
func oddCrops(found *pictures.Outlined, r images.Result, mask string, crops int) (odd []stages.Note) {
	width, height := r.Upright()
	if len(found.Largest) == 0 {
		return nil
	}
	if crops == 0 {
		odd = append(odd, badMask(mask, "", "too small",
			"shows nothing as large as crops.min_area, so that there is no crop"))
	}
	largest := found.Largest[0]
	if whole := (images.Box{Width: width, Height: height}); largest.Box == whole && 2*largest.Pixels > width*height &&
		largest.Pixels < width*height {
		odd = append(odd, oddMask(mask, "mostly",
			"shows most of the picture, to all its edges: is it inverted (mask.inverted)?"))
	}
	if r.Orientation > 1 && (r.Orientation < 5 || width == height) {
		odd = append(odd, oddMask(mask, "turned", "is taken for upright: its picture is stored turned or mirrored, "+
			"and no size tells whether the mask was drawn so too"))
	}
	return odd
}

// annotatedCrops are the rectangles that people drew on a decoded image, if they did.
func (b *build) annotatedCrops(result images.Result, source workspace.Source, path string, assumed *atomic.Int64,
	of *stages.Cropped) bool {
	placed := b.annotations.Of(source.Name, path, onPicture(result))
	for _, f := range placed.Findings {
		of.Flaws = append(of.Flaws, stages.Note{ID: f.ID, Fault: strings.TrimPrefix(f.Subject, source.Name+"/"+path+": "),
			Detail: f.Place + ": " + f.Detail})
	}
	if placed.Assumed && assumed != nil {
		assumed.Add(1)
	}
	if placed.State == annotations.None {
		return false
	}
	of.State = cropsDone
	for _, box := range placed.Boxes {
		of.Crops = append(of.Crops, stages.Crop{X: int32(box.X), Y: int32(box.Y), Width: int32(box.Width),
			Height: int32(box.Height), Annotator: box.Annotator})
	}
	return true
}

// onPicture is what annotations must know of a decoded picture.
func onPicture(r images.Result) annotations.Picture {
	return annotations.Picture{Width: r.Width, Height: r.Height, Orientation: r.Orientation}
}
