package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/dermset/dermset/images"
)

// lookAll is our side of whole.py, and guesses image types besides: what the lookers of a build ask, one after the
// other.
func lookAll(list, out string) error {
	return eachLine(list, out, func(line string) ([]string, error) {
		path, maskPath, masked := strings.Cut(line, "\t")
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(data)
		r, stored, release := images.Decode(data, wide)
		defer release()
		row := append(checked(path, r, stored, sum), "0", "0", "0", "")
		if stored == nil {
			return row, nil
		}
		var where images.Where
		if masked {
			if where.Mask, err = maskOf(maskPath, r); err != nil {
				return nil, err
			}
			largest, all := where.Mask.Components(10)
			row[8], row[9] = strconv.Itoa(all), components(largest)
		}
		small := images.Reduce(stored, r.Orientation, images.ReducedSide)
		defer small.Free()
		tone, kind := images.ToneOf(small, where), images.TypeOf(small, sum)
		row[6], row[7] = number(tone.ITA), number(tone.Skin)
		return append(row, number(kind.P[0]), number(kind.P[1]), number(kind.P[2])), nil
	})
}

func maskOf(path string, of images.Result) (*images.Mask, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r, stored, release := images.Decode(data, wide)
	defer release()
	if stored == nil {
		return nil, fmt.Errorf("%s: %s", path, r.Detail)
	}
	return images.MaskOf(stored, r.Orientation, false).For(of.Upright())
}

func components(largest []images.Component) string {
	var texts []string
	for _, c := range largest {
		texts = append(texts, fmt.Sprintf("%d,%d,%d,%d,%d", c.X, c.Y, c.Width, c.Height, c.Pixels))
	}
	return strings.Join(texts, " ")
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// checked is what both modes begin a row with.
func checked(path string, r images.Result, stored image.Image, sum [32]byte) []string {
	var hash uint64
	if stored != nil {
		hash = images.SquareOf(stored, r.Orientation).Hashes()[0]
	}
	width, height := r.Upright()
	return []string{path, string(r.Verdict), strconv.Itoa(width), strconv.Itoa(height), hex.EncodeToString(sum[:]),
		fmt.Sprintf("%016x", hash)}
}

// eachLine writes a row for each line of a list.
func eachLine(list, out string, look func(line string) ([]string, error)) error {
	text, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for line := range strings.FieldsFuncSeq(string(text), func(r rune) bool { return r == '\n' }) {
		row, err := look(line)
		if err != nil {
			return err
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	return errors.Join(w.Error(), os.WriteFile(out, b.Bytes(), 0o644))
}

// drawMask draws the blots of a mask: one large one, and a few specks.
func drawMask(path string, width, height, seed int) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	m := image.NewGray(image.Rect(0, 0, width, height))
	for blot := range 4 {
		x0, y0 := width*(2+seed%5+3*blot)/16, height*(3+seed%7+2*blot)/20
		radius := float64(width) / 6 / float64(1+3*blot)
		for y := range height {
			for x := range width {
				edge := radius * (1 + 0.1*math.Sin(float64(x+2*y)/30))
				if math.Hypot(float64(x-x0), float64(y-y0)) < edge {
					m.SetGray(x, y, color.Gray{255})
				}
			}
		}
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(png.Encode(file, m), file.Close())
}

// addMasks adds drawn masks to a drawn set.
func (s *set) addMasks(made string, width, height int) error {
	for i, path := range s.lines {
		mask := filepath.Join(made, s.name, fmt.Sprintf("%03d-mask.png", i))
		if err := drawMask(mask, width, height, i); err != nil {
			return err
		}
		s.lines[i] = path + "\t" + mask
	}
	return nil
}

// mostApart is how many degrees apart half of the angles may be.
const mostApart = 0.5

// angleApart is how far the angles of two rows are apart, if both programs take a twentieth of the picture for skin.
// The peer's reduced picture is one of means of red, green and blue, ours one of luma and chroma: angles and shares
// differ a little, and much where all of a picture's chroma lies at the rule's edge. bench/tone compares exactly.
func angleApart(peer, ours []string) (apart float64, both bool, err error) {
	var of [4]float64
	for i, text := range []string{peer[6], ours[6], peer[7], ours[7]} {
		if of[i], err = strconv.ParseFloat(text, 64); err != nil {
			return 0, false, err
		}
	}
	return math.Abs(of[0] - of[1]), min(of[2], of[3]) >= 0.05, nil
}

// agreeWhole says whether two tables of the whole work are of the same: components equal, angles near each other.
func agreeWhole(peer, ours [][]string) (string, error) {
	var angles []float64
	for i, a := range peer {
		if !slices.Equal(a[8:10], ours[i][8:10]) {
			return fmt.Sprintf("no: components: %v and %v", a, ours[i]), nil
		}
		apart, both, err := angleApart(a, ours[i])
		if err != nil {
			return "", err
		}
		if both {
			angles = append(angles, apart)
		}
	}
	if len(angles) == 0 || median(angles) > mostApart {
		return fmt.Sprintf("no: angles of %d pictures are %v apart", len(angles), angles), nil
	}
	return fmt.Sprintf("components equal, half of %d angles within %.2f°", len(angles), median(angles)), nil
}
