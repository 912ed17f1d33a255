package build

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"html/template"
	"image"
	"image/color"
	"image/jpeg"
	"strings"

	"golang.org/x/image/draw"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/pictures"
	"github.com/dermset/dermset/workflow/workspace"
)

//go:embed twins.html
var twinsPage string

var twinsTemplate = template.Must(template.New("twins").Parse(twinsPage))

// A shownPair is a pair as the page of twins shows it.
type shownPair struct {
	twinPair
	PictureA, PictureB, Difference template.URL // data:
	Missing                        string       // why there are no pictures
}

// writeTwinSheet writes a page that shows pairs of images side by side: the second as it must be turned to look like
// the first, and what differs.
func (b *build) writeTwinSheet(path string, pairs []twinPair) error {
	known, err := b.seePictures()
	if err != nil {
		return err
	}
	sources := map[string]workspace.Source{}
	for _, source := range b.sources {
		sources[source.Name] = source
	}
	load := func(id string) (*image.RGBA, error) {
		name, path, _ := strings.Cut(id, "/")
		file := b.fileOf(known.blobs, sources[name], path, "")
		return b.small(&file)
	}
	var shown []shownPair
	for _, pair := range pairs {
		one := shownPair{twinPair: pair}
		imageA, err := load(pair.A)
		imageB, other := load(pair.B)
		if err == nil {
			err = other
		}
		if err != nil {
			one.Missing = err.Error()
			shown = append(shown, one)
			continue
		}
		imageB = turned(imageB, pair.Orientation)
		for _, of := range []struct {
			m    image.Image
			into *template.URL
		}{{imageA, &one.PictureA}, {imageB, &one.PictureB}, {difference(imageA, imageB), &one.Difference}} {
			if *of.into, err = dataURL(of.m); err != nil {
				return err
			}
		}
		shown = append(shown, one)
	}
	var page bytes.Buffer
	if err := twinsTemplate.Execute(&page, shown); err != nil {
		return err
	}
	return releaseio.WriteFile(path, page.Bytes())
}

// small is a picture as a page shows it.
func (b *build) small(file *pictures.File) (*image.RGBA, error) {
	p, release, err := pictures.Load(file, b.limits())
	if err != nil {
		return nil, err
	}
	defer release()
	return rgbaOf(images.Reduce(p.Stored, p.Orientation, sheetSide)), nil
}

func rgbaOf(small *images.Reduced) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, small.Width, small.Height))
	for i := range small.Width * small.Height {
		r, g, b := color.YCbCrToRGB(small.Y[i], small.Cb[i], small.Cr[i])
		m.SetRGBA(i%small.Width, i/small.Width, color.RGBA{r, g, b, 255})
	}
	return m
}

// turned is a picture turned as EXIF's Orientation says.
func turned(m *image.RGBA, orientation int) *image.RGBA {
	size := m.Rect.Size()
	width, height := size.X, size.Y
	if orientation >= 5 {
		width, height = height, width
	}
	out := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			out.SetRGBA(x, y, m.RGBAAt(images.StoredAt(x, y, size.X, size.Y, orientation)))
		}
	}
	return out
}

// difference shows where two pictures differ: white where they are the same, the darker the more they are not. The
// second is brought to the size of the first.
func difference(a, b *image.RGBA) *image.Gray {
	same := image.NewRGBA(a.Rect)
	draw.ApproxBiLinear.Scale(same, same.Rect, b, b.Rect, draw.Src, nil)
	out := image.NewGray(a.Rect)
	for i := range out.Pix {
		most := 0
		for c := range 3 {
			d := int(a.Pix[4*i+c]) - int(same.Pix[4*i+c])
			most = max(most, d, -d)
		}
		out.Pix[i] = uint8(255 - min(255, 2*most))
	}
	return out
}

func dataURL(m image.Image) (template.URL, error) {
	var data bytes.Buffer
	err := jpeg.Encode(&data, m, &jpeg.Options{Quality: 85})
	return template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(data.Bytes())), err
}
