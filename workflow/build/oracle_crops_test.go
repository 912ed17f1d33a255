package build_test

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
)

// This file is what masks and annotations add to a world and to the oracle (spec 9, crops), on grids of pixels.

// A worldMask is the mask of a row's picture: how it is drawn, and a number that tells drawings of a kind apart. The
// zero mask is none.
type worldMask struct {
	kind string
	n    int
}

var maskKinds = []string{"fit", "fit", "fit", "fit", "ones", "double", "other shape", "empty", "whole", "lost", "text"}

// A drawing is what people drew on a row's picture.
type drawing struct {
	words [4]string // x, y, width, height
	state string    // boxes | whole | no_lesion
}

// addMasks gives some images a mask and some of them drawings.
func (w *world) addMasks(r *rand.Rand) {
	w.margin, w.minArea, w.mostCrops = pick(r, []float64{0, 0.1, 0.25}), pick(r, []float64{0, 0.0005, 0.01}), 1+r.IntN(4)
	for _, s := range w.sources {
		s.shows, s.inverted, s.noCrops = pick(r, []string{"lesion", "skin", "other"}), chance(r, 4), chance(r, 4)
		for i := range s.rows {
			s.rows[i].addMask(r)
		}
	}
}

func (row *worldRow) addMask(r *rand.Rand) {
	row.addSayings(r)
	if chance(r, 2) {
		row.mask = worldMask{pick(r, maskKinds), r.IntN(30)}
	}
	if !chance(r, 5) {
		return
	}
	for range 1 + r.IntN(3) {
		row.drawn = append(row.drawn, newDrawing(r))
	}
}

func newDrawing(r *rand.Rand) drawing {
	switch r.IntN(5) {
	case 0:
		return drawing{[4]string{"whole"}, "whole"}
	default:
		box := [4]string{}
		for i, most := range []int{20, 20, 20, 20} {
			box[i] = strconv.Itoa(r.IntN(most) + i/2)
		}
		return drawing{box, "boxes"}
	}
}

// maskPath is where a row's mask is in its source; empty: it has none.
func (row *worldRow) maskPath() string {
	if row.mask.kind == "" {
		return ""
	}
	return fmt.Sprintf("masks/%x.png", row.path)
}

// A grid is a picture of two colours.
type grid [][]bool

func newGrid(width, height int) grid {
	g := make(grid, height)
	for y := range g {
		g[y] = make([]bool, width)
	}
	return g
}

// shown is what a mask shows of a picture of a size: rectangles that often touch at a corner, and single pixels.
func (m worldMask) shown(width, height int) grid {
	g := newGrid(width, height)
	switch m.kind {
	case "empty":
		return g
	case "whole":
		for y := range g {
			g[y] = slices.Repeat([]bool{true}, width)
		}
		return g
	}
	r := pcg(uint64(m.n), 31)
	for range 1 + r.IntN(6) {
		x, y := r.IntN(width), r.IntN(height)
		for dy := range 1 + r.IntN(9) {
			for dx := range 1 + r.IntN(9) {
				if x+dx < width && y+dy < height {
					g[y+dy][x+dx] = true
				}
			}
		}
	}
	return g
}

// data is the file of the mask of a picture of an upright size; nil where it is not in the store.
func (m worldMask) data(width, height int, inverted bool) []byte {
	width, height = max(width, 1), max(height, 1)
	g, scale := m.shown(width, height), 1
	high := byte(255)
	switch m.kind {
	case "lost":
		return nil
	case "text":
		return []byte("no mask")
	case "ones":
		high = 1
	case "double":
		scale = 2
	case "other shape":
		g = m.shown(width, 2*height)
	}
	rows := []byte(nil)
	for y := range scale * len(g) {
		rows = append(rows, 0)
		for x := range scale * width {
			value := byte(0)
			if g[y/scale][x/scale] != inverted {
				value = high
			}
			rows = append(rows, value)
		}
	}
	return pngOf(scale*width, scale*len(g), rows)
}

// writeMasks puts the masks into the store.
func (w *world) writeMasks(dir string) error {
	for _, s := range w.sources {
		for i := range s.rows {
			row := &s.rows[i]
			if row.mask.kind == "" {
				continue
			}
			width, height := row.picture.upright()
			path := filepath.Join(dir, w.store, s.name, filepath.FromSlash(row.maskPath()))
			data := row.mask.data(width, height, s.inverted)
			if old, err := os.ReadFile(path); err == nil && string(old) == string(data) && data != nil {
				continue
			}
			if err := errors.Join(os.RemoveAll(path), os.MkdirAll(filepath.Dir(path), 0o755)); err != nil {
				return err
			}
			if data == nil {
				continue
			}
			if err := os.WriteFile(path, data, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// upright is the size of the upright picture; 0: the content does not say.
func (c content) upright() (width, height int) {
	if f := c.file(); f != nil {
		return f.width, f.height
	}
	return 0, 0
}

// drawnFile is what people drew, as our own CSV.
func (w *world) drawnFile() string {
	c := w.newCSV("drawn")
	c.record("source", "source_path", "x", "y", "width", "height", "annotator", "date", "note")
	for _, s := range w.sources {
		for _, row := range s.rows {
			for _, d := range row.drawn {
				c.record(s.name, row.path, d.words[0], d.words[1], d.words[2], d.words[3], "Ana", "2026-02-03", "")
			}
		}
	}
	c.record("nowhere", "1.jpg", "1", "1", "1", "1", "Ana", "", "there is no such source")
	return c.String()
}

// A rectangle has its last pixels outside.
type rectangle struct{ left, top, right, bottom int }

// A wantedCrop is a row of the table of crops.
type wantedCrop struct {
	ImageID   string  `parquet:"image_id"`
	CropID    int32   `parquet:"crop_id"`
	X         int32   `parquet:"x"`
	Y         int32   `parquet:"y"`
	Width     int32   `parquet:"width"`
	Height    int32   `parquet:"height"`
	Origin    string  `parquet:"origin"`
	Annotator *string `parquet:"annotator,optional"`
	MaskPath  *string `parquet:"mask_path,optional"`
}

// cropsOf are the crops of a row's picture, and their state.
func (w *world) cropsOf(v *verdict) (crops []wantedCrop, state string) {
	state = "none"
	if v.source.crops != "none" {
		state = "pending"
	}
	if !w.pictured(v.source) || !w.decodes(v.row.picture) {
		return nil, state
	}
	if boxes, annotated := drawnBoxes(v.row.drawn, v.width, v.height); annotated {
		ana := "Ana"
		return cropRows(v.id, boxes, wantedCrop{Origin: "annotation", Annotator: &ana}), "done"
	}
	if v.source.noCrops || slices.Contains([]string{"", "other shape", "lost", "text"}, v.row.mask.kind) {
		return nil, state
	}
	shown := v.row.mask.shown(v.width, v.height)
	path := v.row.maskPath()
	crops = cropRows(v.id, w.maskBoxes(shown), wantedCrop{Origin: "mask", MaskPath: &path})
	if len(crops) > 0 {
		state = "done"
	}
	return crops, state
}

// decodes says whether the pixels of a content are all there, under the limits of the world.
func (w *world) decodes(c content) bool {
	f := c.file()
	return f != nil && (f.verdict == "" || f.verdict == "blank") && f.width*f.height <= w.maxPixels
}

// drawnBoxes are what people drew inside a picture.
func drawnBoxes(drawn []drawing, width, height int) (boxes []rectangle, annotated bool) {
	for _, d := range drawn {
		box := rectangle{0, 0, width, height}
		if d.state == "boxes" {
			var at [4]int
			for i, word := range d.words {
				at[i], _ = strconv.Atoi(word)
			}
			box = rectangle{at[0], at[1], at[0] + at[2], at[1] + at[3]}
		}
		if !slices.Contains(boxes, box) {
			boxes = append(boxes, box)
		}
	}
	return boxes, len(boxes) > 0
}

// maskBoxes is spec 9: components by 8 neighbours, the largest of those that are large enough, grown, clipped, merged.
func (w *world) maskBoxes(g grid) []rectangle {
	type component struct {
		rectangle
		pixels int
	}
	height, width := len(g), len(g[0])
	seen := newGrid(width, height)
	var all []component
	for y := range g {
		for x := range g[y] {
			if !g[y][x] || seen[y][x] {
				continue
			}
			c := component{rectangle{x, y, x + 1, y + 1}, 0}
			seen[y][x] = true
			for todo := [][2]int{{x, y}}; len(todo) > 0; {
				at := todo[len(todo)-1]
				todo = todo[:len(todo)-1]
				c.pixels++
				c.left, c.top = min(c.left, at[0]), min(c.top, at[1])
				c.right, c.bottom = max(c.right, at[0]+1), max(c.bottom, at[1]+1)
				for ny := max(at[1]-1, 0); ny <= min(at[1]+1, height-1); ny++ {
					for nx := max(at[0]-1, 0); nx <= min(at[0]+1, width-1); nx++ {
						if g[ny][nx] && !seen[ny][nx] {
							seen[ny][nx] = true
							todo = append(todo, [2]int{nx, ny})
						}
					}
				}
			}
			if float64(c.pixels) >= w.minArea*float64(width*height) {
				all = append(all, c)
			}
		}
	}
	slices.SortFunc(all, func(a, b component) int {
		return cmp.Or(b.pixels-a.pixels, a.top-b.top, a.left-b.left)
	})
	var boxes []rectangle
	for _, c := range all[:min(len(all), w.mostCrops)] {
		by := int(math.Floor(w.margin*float64(max(c.right-c.left, c.bottom-c.top)) + 0.5))
		boxes = append(boxes,
			rectangle{max(c.left-by, 0), max(c.top-by, 0), min(c.right+by, width), min(c.bottom+by, height)})
	}
	return apart(boxes)
}

// apart are boxes of which none share a pixel: those that do become their bounding box.
func apart(boxes []rectangle) []rectangle {
	for i, a := range boxes {
		for j, b := range boxes[:i] {
			if a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom {
				both := rectangle{min(a.left, b.left), min(a.top, b.top), max(a.right, b.right), max(a.bottom, b.bottom)}
				return apart(append(slices.Delete(slices.Delete(slices.Clone(boxes), i, i+1), j, j+1), both))
			}
		}
	}
	return boxes
}

// cropRows are the rows of boxes, by y, then x.
func cropRows(id string, boxes []rectangle, like wantedCrop) (rows []wantedCrop) {
	slices.SortFunc(boxes, func(a, b rectangle) int {
		return cmp.Or(a.top-b.top, a.left-b.left, a.bottom-b.bottom, a.right-b.right)
	})
	for i, box := range boxes {
		row := like
		row.ImageID, row.CropID, row.X, row.Y = id, int32(i)+1, int32(box.left), int32(box.top)
		row.Width, row.Height = int32(box.right-box.left), int32(box.bottom-box.top)
		rows = append(rows, row)
	}
	return rows
}

// compareCrops holds the table of crops of a version against the answer.
func (w *world) compareCrops(dist string, alive []*verdict, counts *oracleCounts) string {
	got, err := parquet.ReadFile[wantedCrop](filepath.Join(dist, "DXv1.0_crops.parquet"))
	if err != nil {
		return err.Error()
	}
	var want []wantedCrop
	for _, v := range alive {
		if w.pictured(v.source) {
			crops, _ := w.cropsOf(v)
			want = append(want, crops...)
		}
	}
	counts.Crops += len(want)
	if len(want) == 0 && len(got) == 0 {
		return ""
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		return "crops (-want +got):\n" + diff
	}
	return ""
}
