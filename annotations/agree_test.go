package annotations

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/dermset/dermset/images"
)

// writers write boxes on one picture in each format.
var writers = map[string]struct {
	file  string
	write func(is size, boxes []images.Box) string
}{
	"coco": {"a.json", func(is size, boxes []images.Box) string {
		var all []string
		for i, b := range boxes {
			counts := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(columnRuns(is, b))), ", "), "[]")
			all = append(all, []string{
				fmt.Sprintf(`{"image_id": 1, "bbox": [%d, %d, %d, %d]}`, b.X, b.Y, b.Width, b.Height),
				fmt.Sprintf(`{"segmentation": [[%[1]d, %[2]d, %[3]d, %[2]d, %[3]d, %[4]d, %[1]d, %[4]d]], "image_id": 1}`,
					b.X, b.Y, b.X+b.Width, b.Y+b.Height),
				fmt.Sprintf(`{"segmentation": {"counts": [%s], "size": [%d, %d]}, "image_id": 1}`, counts, is.height, is.width),
				fmt.Sprintf(`{"image_id": 1, "segmentation": {"size": [%d, %d], "counts": %q}}`, is.height, is.width,
					compressed(columnRuns(is, b))),
			}[i%4])
		}
		return fmt.Sprintf(`{"annotations": [%s], "images": [{"id": 1, "file_name": "a.jpg", "width": %d, "height": %d}]}`,
			strings.Join(all, ","), is.width, is.height)
	}},
	"voc": {"a.xml", func(is size, boxes []images.Box) string {
		text := fmt.Sprintf("<annotation><filename>a.jpg</filename><size><width>%d</width><height>%d</height></size>",
			is.width,
			is.height)
		for _, b := range boxes {
			text += fmt.Sprintf("<object><bndbox><xmin>%d</xmin><ymin>%d</ymin><xmax>%d</xmax><ymax>%d</ymax></bndbox></object>",
				b.X+1, b.Y+1, b.X+b.Width, b.Y+b.Height)
		}
		return text + "</annotation>"
	}},
	"yolo": {"a.txt", func(is size, boxes []images.Box) (text string) {
		for i, b := range boxes {
			w, h := float64(is.width), float64(is.height)
			x0, y0, x1, y1 := float64(b.X)/w, float64(b.Y)/h, float64(b.X+b.Width)/w, float64(b.Y+b.Height)/h
			if i%2 == 0 {
				text += fmt.Sprintf("0 %.6f %.6f %.6f %.6f\n", (x0+x1)/2, (y0+y1)/2, x1-x0, y1-y0)
			} else {
				text += fmt.Sprintf("0 %.6f %.6f %.6f %.6f %.6f %.6f\n", x0, y0, x1, y0, x1, y1)
			}
		}
		return text
	}},
	"labelstudio": {"a.json", func(is size, boxes []images.Box) string {
		var all []string
		for i, b := range boxes {
			x, y := 100*float64(b.X)/float64(is.width), 100*float64(b.Y)/float64(is.height)
			w, h := 100*float64(b.Width)/float64(is.width), 100*float64(b.Height)/float64(is.height)
			value := fmt.Sprintf(`{"x": %v, "y": %v, "width": %v, "height": %v}`, x, y, w, h)
			switch i % 3 {
			case 1: // turned by a quarter around its top left corner
				value = fmt.Sprintf(`{"x": %v, "y": %v, "width": %v, "height": %v, "rotation": 90}`, x+w, y,
					100*float64(b.Height)/float64(is.width), 100*float64(b.Width)/float64(is.height))
			case 2:
				value = fmt.Sprintf(`{"points": [[%v, %v], [%v, %v], [%v, %v]]}`, x, y, x+w, y, x, y+h)
			}
			all = append(all, fmt.Sprintf(`{"original_width": %d, "original_height": %d, "value": %s}`, is.width, is.height, value))
		}
		return fmt.Sprintf(`[{"data": {"image": "a.jpg"}, "annotations": [{"result": [%s]}]}]`, strings.Join(all, ","))
	}},
	"cvat": {"a.xml", func(is size, boxes []images.Box) string {
		text := fmt.Sprintf(`<annotations><image name="a.jpg" width="%d" height="%d">`, is.width, is.height)
		for i, b := range boxes {
			switch i % 3 {
			case 0:
				text += fmt.Sprintf(`<box xtl="%d.00" ytl="%d.00" xbr="%d.00" ybr="%d.00"/>`, b.X, b.Y, b.X+b.Width, b.Y+b.Height)
			case 1:
				text += fmt.Sprintf(`<polygon points="%d,%d;%d,%d;%d,%d"/>`, b.X, b.Y, b.X+b.Width, b.Y, b.X+b.Width, b.Y+b.Height)
			default:
				text += fmt.Sprintf(`<mask rle="0, %d" left="%d" top="%d" width="%d" height="%d"/>`, b.Width*b.Height, b.X, b.Y,
					b.Width, b.Height)
			}
		}
		return text + "</image></annotations>"
	}},
	"via": {"a.json", func(_ size, boxes []images.Box) string {
		var all []string
		for _, b := range boxes {
			all = append(all, fmt.Sprintf(`{"shape_attributes": {"name": "rect", "x": %d, "y": %d, "width": %d, "height": %d}}`,
				b.X, b.Y, b.Width, b.Height))
		}
		return fmt.Sprintf(`{"a.jpg1": {"filename": "a.jpg", "regions": [%s]}}`, strings.Join(all, ","))
	}},
}

// columnRuns are the runs of a box, column by column.
func columnRuns(is size, b images.Box) []float64 {
	mask := make([]bool, is.width*is.height)
	for x := b.X; x < b.X+b.Width; x++ {
		for y := b.Y; y < b.Y+b.Height; y++ {
			mask[x*is.height+y] = true
		}
	}
	return runs(mask)
}

// TestFormatsAgree writes the same boxes in every format, on stored or upright pixels, and wants the same boxes of the
// upright picture from all.
func TestFormatsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 40 {
		p := Picture{4 + r.IntN(60), 4 + r.IntN(60), 1 + r.IntN(8)}
		ids := uprightIDs(p.Width, p.Height, p.Orientation)
		for pixels, grid := range map[string][][]int{"upright": ids, "stored": uprightIDs(p.Width, p.Height, 1)} {
			is := size{len(grid[0]), len(grid)}
			var boxes []images.Box
			var want [][]int
			for range 1 + r.IntN(6) {
				b := images.Box{X: r.IntN(is.width - 2), Y: r.IntN(is.height - 2)}
				b.Width, b.Height = 2+r.IntN(is.width-b.X-1), 2+r.IntN(is.height-b.Y-1)
				if !slices.Contains(boxes, b) {
					boxes, want = append(boxes, b), append(want, under(grid, b))
				}
			}
			slices.SortFunc(want, slices.Compare)
			for format, w := range writers {
				set := read(t, export("format: "+format+"\npixels: "+pixels+"\n", w.file, w.write(is, boxes)), "a.jpg")
				placed := set.Of("clinic", "a.jpg", p)
				var got [][]int
				for _, b := range placed.Boxes {
					got = append(got, under(ids, b.Box))
				}
				slices.SortFunc(got, slices.Compare)
				if !slices.EqualFunc(got, want, slices.Equal) || len(placed.Findings)+len(set.Findings()) > 0 {
					t.Fatalf("%s, %s, %+v, %v: %s %v", format, pixels, p, boxes, shown(placed), said(set))
				}
			}
		}
	}
}
