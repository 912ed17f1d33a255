package main

import (
	"cmp"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"image"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dermset/dermset/images"
)

// A picture is a row of the manifest, and what the features say of it.
type picture struct {
	source  string // the folder it lies in
	sha256  string
	licence string
	class   int    // of images.ImageTypes
	group   string // pictures of one camera or patient: they are left out together
	trains  bool   // its licence allows it
	// features are those of the picture itself first, then of its variants.
	features [][]float64
}

// free are the licences under which a picture may be trained on; a slash or a space may follow, and a note.
var free = []string{"CC0", "CC0-1.0", "CC-BY-3.0", "CC-BY-4.0", "MIT", "BSD", "BSD-2-Clause", "BSD-3-Clause",
	"public domain"}

func mayTrain(licence string) bool {
	return slices.ContainsFunc(free, func(name string) bool {
		note, is := strings.CutPrefix(licence, name)
		return is && (note == "" || note[0] == '/' || note[0] == ' ')
	})
}

// readCorpus reads a manifest and the pictures that it names, whose paths begin at the folder above the manifest's.
func readCorpus(manifest string) ([]*picture, error) {
	file, err := os.Open(manifest)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var pictures []*picture
	rows := csv.NewReader(file)
	header, err := rows.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", manifest, err)
	}
	for {
		cells, err := rows.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", manifest, err)
		}
		p, err := readPicture(filepath.Dir(filepath.Dir(manifest)), func(column string) string {
			if i := slices.Index(header, column); i >= 0 {
				return cells[i]
			}
			return ""
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", manifest, err)
		}
		pictures = append(pictures, p)
	}
	slices.SortFunc(pictures, func(a, b *picture) int { // so that the order of the manifest does not matter
		return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.sha256, b.sha256))
	})
	return pictures, nil
}

func readPicture(root string, cell func(string) string) (*picture, error) {
	path := cell("file")
	p := &picture{
		source: filepath.Base(filepath.Dir(path)), sha256: cell("sha256"), licence: cell("licence"),
		class: slices.Index(images.ImageTypes[:], cell("image_type")),
		group: cmp.Or(cell("patient_id"), cell("resized_from"), cell("width")+"x"+cell("height")),
	}
	p.trains = mayTrain(p.licence)
	if p.class < 0 {
		return p, fmt.Errorf("%s: image_type is %q, want one of %v", path, cell("image_type"), images.ImageTypes)
	}
	data, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		return p, err
	}
	if sum := sha256Of(data); sum != p.sha256 {
		return p, fmt.Errorf("%s: SHA-256 is %s, the manifest says %s", path, sum, p.sha256)
	}
	result, stored, release := images.Decode(data, images.Limits{MinSide: 1, MaxPixels: 1 << 28})
	defer release()
	if result.Verdict != images.OK {
		return p, fmt.Errorf("%s: %s: %s", path, result.Verdict, result.Detail)
	}
	p.features = append(p.features, images.TypeFeatures(images.Reduce(stored, result.Orientation, images.ReducedSide)))
	if p.trains {
		p.features = append(p.features, variants(stored, result.Orientation, p)...)
	}
	return p, nil
}

// variantsEach is how many variants a picture is trained in besides itself.
const variantsEach = 9

// jitter is by how much cameras differ in chroma: one standard deviation.
const jitter = 8

// variants are what the picture would be from another camera or further away, so that its source's habits count for
// less: in another light, and of three one as it is, one a part of it, one on a drawn backdrop; at another size. They
// depend on the picture alone.
func variants(stored image.Image, orientation int, p *picture) (features [][]float64) {
	seed, err := hex.DecodeString(p.sha256)
	if err != nil || len(seed) != 32 {
		panic("not a SHA-256: " + p.sha256) // it was compared
	}
	random := rand.New(rand.NewChaCha8([32]byte(seed)))
	for i := range variantsEach {
		part := stored
		if i%3 == 1 {
			part = cut(stored, 0.35+0.65*random.Float64(), random)
		}
		r := images.Reduce(part, orientation, []int{512, 400, 300, 200}[random.IntN(4)])
		if i%3 == 2 {
			r = onBackdrop(r, images.ImageTypes[p.class] == "dermoscopy", random)
		}
		relight(r, 0.75+0.5*random.Float64(), jitter*random.NormFloat64(), jitter*random.NormFloat64())
		features = append(features, images.TypeFeatures(r))
	}
	return features
}

// onBackdrop lays a picture, cut to an ellipse, on what cameras see around things: planes with edges between them, of
// little colour. Around what a dermoscope sees there is its dark tube, and the ellipse is a circle.
func onBackdrop(r *images.Reduced, tube bool, random *rand.Rand) *images.Reduced {
	size := []image.Point{{400, 300}, {300, 400}, {400, 400}}[random.IntN(3)]
	back := &images.Reduced{Width: size.X, Height: size.Y, Grey: r.Grey}
	back.Y, back.Cb, back.Cr = make([]uint8, size.X*size.Y), make([]uint8, size.X*size.Y), make([]uint8, size.X*size.Y)
	everywhere := func(int, int) bool { return true }
	short := float64(min(size.X, size.Y))
	// the half axes
	wide := short * (0.25 + 0.3*random.Float64())
	high := wide * (0.5 + 0.5*random.Float64())
	if tube {
		wide = short * (0.4 + 0.15*random.Float64())
		high = wide
		fill(back, everywhere, 30*random.Float64(), 0, random)
	} else {
		fill(back, everywhere, 20+215*random.Float64(), 4, random)
		for range random.IntN(5) {
			side := turned(2*math.Pi*random.Float64(), float64(random.IntN(size.X)), float64(random.IntN(size.Y)))
			beyond := func(x, y int) bool { u, _ := side(x, y); return u > 0 }
			fill(back, beyond, 20+215*random.Float64(), 8, random)
		}
	}
	axes := turned(math.Pi*random.Float64(), float64(size.X)/2, float64(size.Y)/2)
	scale := float64(min(r.Width, r.Height)) / (2 * wide)
	for y := range size.Y {
		for x := range size.X {
			u, v := axes(x, y)
			sx := r.Width/2 + int(scale*float64(x-size.X/2))
			sy := r.Height/2 + int(scale*float64(y-size.Y/2))
			if math.Hypot(u/wide, v/high) < 1 && sx >= 0 && sy >= 0 && sx < r.Width && sy < r.Height {
				to, from := y*size.X+x, sy*r.Width+sx
				back.Y[to], back.Cb[to], back.Cr[to] = r.Y[from], r.Cb[from], r.Cr[from]
			}
		}
	}
	return back
}

// turned are places seen from another place, and turned by an angle.
func turned(angle, fromX, fromY float64) func(x, y int) (u, v float64) {
	cos, sin := math.Cos(angle), math.Sin(angle)
	return func(x, y int) (u, v float64) {
		dx, dy := float64(x)-fromX, float64(y)-fromY
		return float64(cos*dx) + float64(sin*dy), float64(cos*dy) - float64(sin*dx)
	}
}

// fill gives a part a colour, lit from one side, with grain.
func fill(r *images.Reduced, part func(x, y int) bool, luma, colour float64, random *rand.Rand) {
	cb, cr := 128+float64(colour*random.NormFloat64()), 128+float64(colour*random.NormFloat64())
	if r.Grey {
		cb, cr = 128, 128
	}
	slope := 0.1 * random.NormFloat64()
	for y := range r.Height {
		for x := range r.Width {
			if part(x, y) {
				at := y*r.Width + x
				r.Y[at] = byteOf(luma + float64(slope*float64(x-y)) + float64(2*random.NormFloat64()))
				r.Cb[at], r.Cr[at] = byteOf(cb), byteOf(cr)
			}
		}
	}
}

func byteOf(v float64) uint8 { return uint8(max(0, min(255, v+0.5))) }

// cut is a part of a picture whose sides are that share of its own.
func cut(m image.Image, share float64, random *rand.Rand) image.Image {
	b := m.Bounds()
	width, height := max(1, int(share*float64(b.Dx()))), max(1, int(share*float64(b.Dy())))
	x, y := b.Min.X+random.IntN(b.Dx()-width+1), b.Min.Y+random.IntN(b.Dy()-height+1)
	return m.(interface {
		SubImage(image.Rectangle) image.Image
	}).SubImage(image.Rect(x, y, x+width, y+height))
}

// relight makes a picture brighter and shifts its colours. What is grey stays so.
func relight(r *images.Reduced, gain, cb, cr float64) {
	if r.Grey {
		cb, cr = 0, 0
	}
	for i := range r.Y {
		r.Y[i] = byteOf(gain * float64(r.Y[i]))
		r.Cb[i] = byteOf(128 + cb + gain*(float64(r.Cb[i])-128))
		r.Cr[i] = byteOf(128 + cr + gain*(float64(r.Cr[i])-128))
	}
}
