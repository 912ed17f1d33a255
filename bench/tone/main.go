// Command tone writes what dermset sees of real pictures and masks, so that check.py can find the same with
// scikit-image and SciPy, and prints the types that sources state against those that are estimated. bench/tone/run
// calls both. It needs DERMSET_PUBLIC_DATA, a folder with images/manifest.csv.
package main

import (
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strconv"

	"github.com/dermset/dermset/images"
)

func main() {
	out := flag.String("out", "work/bench/tone", "folder for reduced pictures, skin masks and tables")
	sheet := flag.String("sheet", "", "draw 24 of the pictures, with all but their skin pixels darkened, as this PNG")
	flag.Parse()
	if err := run(os.Getenv("DERMSET_PUBLIC_DATA"), *out, *sheet); err != nil {
		fmt.Fprintln(os.Stderr, "tone:", err)
		os.Exit(1)
	}
}

// A picture is a row of the manifest, and what was seen of it.
type picture struct {
	file, mask, source, imageType, fitzpatrick string

	reduced *images.Reduced
	skin    *images.Mask
	tone    images.Tone
}

func run(data, out, sheet string) error {
	pictures, err := manifest(data)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	var tones, boxes [][]string
	for i := range pictures {
		p := &pictures[i]
		rule := images.CropRule{Margin: 0.1, MinArea: 0.0005, Most: 10} // crops' defaults
		row, err := p.look(data, rule)
		if err != nil {
			return fmt.Errorf("%s: %w", p.file, err)
		}
		boxes = append(boxes, row...)
		name := fmt.Sprintf("%03d", i)
		if err := errors.Join(writePNG(filepath.Join(out, name+".png"), colours(p.reduced)),
			writePNG(filepath.Join(out, name+"-skin.png"), bits(p.skin))); err != nil {
			return err
		}
		tones = append(tones, []string{name, p.file, number(p.tone.ITA), number(p.tone.Skin), number(p.tone.Spread),
			p.tone.Abstains})
	}
	printAgreement(pictures)
	if sheet != "" {
		if err := writePNG(sheet, drawSheet(chosen(pictures))); err != nil {
			return err
		}
	}
	return errors.Join(writeCSV(filepath.Join(out, "tones.csv"), tones), writeCSV(filepath.Join(out, "boxes.csv"), boxes))
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func manifest(data string) (pictures []picture, err error) {
	file, err := os.Open(filepath.Join(data, "images", "manifest.csv"))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	for _, row := range rows[1:] {
		pictures = append(pictures, picture{file: row[at["file"]], mask: row[at["mask"]], source: row[at["source"]],
			imageType: row[at["image_type"]], fitzpatrick: row[at["fitzpatrick"]]})
	}
	return pictures, nil
}

// look looks at a picture, and at its mask if it has one, whose boxes are the answer.
func (p *picture) look(data string, rule images.CropRule) (boxes [][]string, err error) {
	result, stored, err := decode(data, p.file)
	if err != nil {
		return nil, err
	}
	p.reduced = images.Reduce(stored, result.Orientation, 512)
	var where images.Where
	if p.mask != "" {
		told, stored, err := decode(data, p.mask)
		if err != nil {
			return nil, err
		}
		mask := images.MaskOf(stored, told.Orientation, false)
		if where.Mask, err = mask.For(p.reduced.FullWidth, p.reduced.FullHeight); err != nil {
			return nil, err
		}
		largest, all := where.Mask.Components(rule.Most)
		row := []string{p.mask, strconv.Itoa(p.reduced.FullWidth), strconv.Itoa(p.reduced.FullHeight), strconv.Itoa(all),
			fmt.Sprint(mask.Flaws())}
		for _, b := range rule.Boxes(largest, p.reduced.FullWidth, p.reduced.FullHeight) {
			row = append(row, fmt.Sprintf("%d %d %d %d", b.X, b.Y, b.Width, b.Height))
		}
		boxes = append(boxes, row)
	}
	p.skin, p.tone = images.SkinOf(p.reduced, where), images.ToneOf(p.reduced, where)
	return boxes, nil
}

func decode(data, file string) (images.Result, image.Image, error) {
	content, err := os.ReadFile(filepath.Join(data, filepath.FromSlash(file)))
	if err != nil {
		return images.Result{}, nil, err
	}
	result, stored, _ := images.Decode(content, images.Limits{MinSide: 1, MaxPixels: 200_000_000})
	if stored == nil {
		return result, nil, fmt.Errorf("%s: %s", result.Verdict, result.Detail)
	}
	return result, stored, nil
}

func colours(r *images.Reduced) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, r.Width, r.Height))
	for i := range r.Width * r.Height {
		red, green, blue := color.YCbCrToRGB(r.Y[i], r.Cb[i], r.Cr[i])
		m.Pix[4*i], m.Pix[4*i+1], m.Pix[4*i+2], m.Pix[4*i+3] = red, green, blue, 255
	}
	return m
}

func bits(of *images.Mask) image.Image {
	m := image.NewGray(image.Rect(0, 0, of.Width, of.Height))
	for y := range of.Height {
		for x := range of.Width {
			if of.Foreground(x, y) {
				m.Pix[y*m.Stride+x] = 255
			}
		}
	}
	return m
}

func writePNG(path string, m image.Image) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join((&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(file, m), file.Close())
}

func writeCSV(path string, rows [][]string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	w := csv.NewWriter(file)
	return errors.Join(w.WriteAll(rows), file.Close())
}
