package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"html/template"
	"image"
	"image/color"
	"slices"
	"strings"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/pictures"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/stages"
	"github.com/dermset/dermset/workflow/workspace"
)

// sheetSide is the longer side of a picture on a contact sheet, in pixels.
const sheetSide = 320

//go:embed sheet.html
var sheetPage string

var sheetTemplate = template.Must(template.New("sheet").Parse(sheetPage))

// A sheetSource is the part of a contact sheet that shows one source.
type sheetSource struct {
	Name     string
	Pictures []sheetPicture
}

// A sheetPicture is a picture as it is shown.
type sheetPicture struct {
	ID, State, Detail string
	Crops             int
	Source            template.URL // data:
}

// PageColumns are those of what CropSheet gives.
var PageColumns = results.Columns{
	results.Text("page", "the file"), results.Whole("pictures", "pictures that it shows"),
}

// CropSheet brings crops up to date and writes a page for a person's eye: of each source some pictures, chosen by
// split.seed, with the outline of their mask and their crops. The result says how many pictures it shows, and has the
// findings so far, as that of crops has.
func CropSheet(ctx context.Context, w *workspace.Workspace, path string, ofSource int) (workspace.Result, error) {
	b := newBuild(ctx, w)
	result, err := b.run("crops")
	if err != nil {
		return result, err
	}
	shown, err := b.writeSheet(path, ofSource)
	result.Columns = PageColumns
	result.Rows = [][]string{{path, workspace.Number(int64(shown))}}
	return result, err
}

// writeSheet writes the page of crops, which are up to date, and says how many pictures it shows.
func (b *build) writeSheet(path string, ofSource int) (shown int, err error) {
	if err := b.matchAnnotations(); err != nil {
		return 0, err
	}
	known, err := b.seePictures()
	if err != nil {
		return 0, err
	}
	var all []sheetSource
	for _, source := range b.sources {
		part, err := b.sheetOf(known, source, ofSource)
		if err != nil {
			return 0, err
		}
		if len(part.Pictures) > 0 {
			all = append(all, part)
			shown += len(part.Pictures)
		}
	}
	var page bytes.Buffer
	if err := sheetTemplate.Execute(&page, all); err != nil {
		return 0, err
	}
	return shown, releaseio.WriteFile(path, page.Bytes())
}

// sheetOf shows pictures of a source that could be decoded.
func (b *build) sheetOf(known *knownPictures, source workspace.Source, most int) (sheetSource, error) {
	part := sheetSource{Name: source.Name}
	chosen, err := b.chosenImages(source, func(image string) bool {
		result, is := known.result(b.fileOf(known.blobs, source, image, "").SHA256)
		return is && pictures.Decoded(result.Verdict)
	}, most)
	if err != nil {
		return part, err
	}
	for _, of := range chosen {
		one, err := b.sheetPicture(known, source, of[0], of[1])
		if err != nil {
			return part, err
		}
		part.Pictures = append(part.Pictures, one)
	}
	return part, nil
}

// chosenImages are images of a source, with their masks, as if by chance: those of the least hashes with split.seed.
func (b *build) chosenImages(source workspace.Source, fit func(image string) bool, most int) ([][2]string, error) {
	l, err := b.seeLedger("generate")
	if err != nil {
		return nil, err
	}
	type choice struct {
		hash  [32]byte
		image [2]string
	}
	var chosen []choice
	seed := binary.BigEndian.AppendUint64(nil, uint64(b.Config.Split.Seed))
	err = b.eachAlive(source, l, func(image, mask string) {
		c := choice{hash: sha256.Sum256(append(slices.Clip(seed), image...))}
		compare := func(a, b choice) int { return bytes.Compare(a.hash[:], b.hash[:]) }
		at, _ := slices.BinarySearchFunc(chosen, c, compare)
		if at == most || !fit(image) {
			return
		}
		c.image = [2]string{strings.Clone(image), strings.Clone(mask)}
		chosen = slices.Insert(chosen, at, c)
		chosen = chosen[:min(most, len(chosen))]
	})
	var all [][2]string
	for _, c := range chosen {
		all = append(all, c.image)
	}
	return all, err
}

// sheetPicture draws one picture with the outline of its mask and its crops.
func (b *build) sheetPicture(known *knownPictures, source workspace.Source, path, mask string) (sheetPicture, error) {
	var none sheetPicture
	crops, err := b.cropsOf(known, source, path, mask, nil)
	if err != nil {
		return none, err
	}
	file := b.fileOf(known.blobs, source, path, mask)
	p, release, err := pictures.Load(&file, b.limits())
	if err != nil {
		return none, err
	}
	defer release()
	small := images.Reduce(p.Stored, p.Orientation, sheetSide)
	uri, err := dataURL(drawCrops(small, p.Outline(), crops.Crops))
	if err != nil {
		return none, err
	}
	return sheetPicture{ID: file.Name, State: crops.State, Detail: details(crops.Flaws),
		Crops: len(crops.Crops), Source: uri}, nil
}

// details are what is wrong with a picture's mask and annotations.
func details(flaws []stages.Note) string {
	all := make([]string, len(flaws))
	for i, flaw := range flaws {
		all[i] = flaw.Detail
	}
	return strings.Join(all, "; ")
}

var (
	outlineColour = color.RGBA{0, 255, 255, 255}
	maskColour    = color.RGBA{255, 220, 0, 255}
	drawnColour   = color.RGBA{255, 0, 200, 255}
)

// drawCrops draws the outline of a mask, and crops: those of a mask yellow, those that people drew magenta.
func drawCrops(small *images.Reduced, outline *images.Mask, crops []stages.Crop) image.Image {
	m := rgbaOf(small)
	k := small.Factor
	on := func(x, y int) bool {
		return outline.Foreground(min(max(x*k, 0), small.FullWidth-1), min(max(y*k, 0), small.FullHeight-1))
	}
	for y := range small.Height {
		for x := range small.Width {
			if outline != nil && on(x, y) && !(on(x-1, y) && on(x+1, y) && on(x, y-1) && on(x, y+1)) {
				m.SetRGBA(x, y, outlineColour)
			}
		}
	}
	for _, c := range crops {
		colour := drawnColour
		if c.FromMask {
			colour = maskColour
		}
		box := image.Rect(int(c.X)/k, int(c.Y)/k, int(c.X+c.Width-1)/k, int(c.Y+c.Height-1)/k)
		for x := box.Min.X; x <= box.Max.X; x++ {
			m.SetRGBA(x, box.Min.Y, colour)
			m.SetRGBA(x, box.Max.Y, colour)
		}
		for y := box.Min.Y; y <= box.Max.Y; y++ {
			m.SetRGBA(box.Min.X, y, colour)
			m.SetRGBA(box.Max.X, y, colour)
		}
	}
	return m
}
