package annotations

import (
	"fmt"
	"math"
	"strconv"
)

// coco reads a COCO dataset (https://cocodataset.org/#format-data): images, categories, and annotations with a bbox, or
// a segmentation, which is polygons or a mask as RLE, compressed or not. The segmentation counts where there are both;
// a bbox that does not agree with it is a finding, for it is often written as two corners. A crowd is one box.
//
// An image without annotations says nothing: that nobody drew on it does not mean that somebody looked.
//
// The file is read twice, so that the order of its lists does not matter; about 150 bytes an image are held meanwhile.
func (f *file) coco() error {
	c := &cocoFile{file: f, byNumber: map[int64]int32{}, byText: map[string]int32{}, categories: map[string]string{}}
	if err := c.pass(map[string]func(value){"images": c.image, "categories": c.category, "info": c.info}); err != nil {
		return err
	}
	if !c.seen["images"] || !c.seen["annotations"] {
		return fmt.Errorf("%s: is no COCO dataset: want an object with images, annotations and categories", f.place)
	}
	return c.pass(map[string]func(value){"annotations": c.annotation})
}

type cocoFile struct {
	*file
	images      []cocoImage
	byNumber    map[int64]int32 // images by id
	byText      map[string]int32
	categories  map[string]string
	seen        map[string]bool
	labelStudio bool
}

type cocoImage struct {
	name          string // empty: the id stands for several
	width, height int32
	line          int32
}

// pass shows the elements of some lists of the file.
func (c *cocoFile) pass(lists map[string]func(value)) error {
	c.seen = map[string]bool{}
	return c.json(func(j *jsonReader) {
		j.object(func(key string) {
			c.seen[key] = true
			switch each := lists[key]; {
			case each == nil:
				j.skip()
			case j.next() == '[':
				j.array(func() { c.element(j, each) })
			default:
				c.element(j, each)
			}
		})
	})
}

func (c *cocoFile) element(j *jsonReader, each func(value)) {
	if v, ok := j.value(); ok {
		each(v)
	} else if j.err == nil {
		c.bad(v.line, -1, "takes more than %d bytes", mostElement)
	}
}

// json reads the file.
func (f *file) json(read func(*jsonReader)) error {
	in, err := f.openFile()
	if err != nil {
		return err
	}
	defer in.Close()
	j := newJSON(in, f.place)
	read(j)
	return j.end()
}

func (c *cocoFile) info(v value) { c.labelStudio = v.get("contributor").text == "Label Studio" }

func (c *cocoFile) category(v value) {
	c.categories[v.get("id").word()] = v.get("name").word()
}

func (c *cocoFile) image(v value) {
	id, name := v.get("id").word(), v.get("file_name").text
	switch before := c.find(id); {
	case id == "" || name == "" || len(name) > mostName:
		c.bad(v.line, -1, "an image has no id, or no file_name")
	case before != nil && before.name != name:
		c.bad(v.line, -1, "image %s is there twice, as %s: none of them counts", id, quoted([]string{before.name, name}))
		*before = cocoImage{}
	case before == nil:
		if number, err := strconv.ParseInt(id, 10, 64); err == nil {
			c.byNumber[number] = int32(len(c.images))
		} else {
			c.byText[id] = int32(len(c.images))
		}
		c.images = append(c.images, cocoImage{name, v.get("width").size(), v.get("height").size(), int32(v.line)})
	}
}

// find is the image of an id; nil if there is none.
func (c *cocoFile) find(id string) *cocoImage {
	at, ok := c.byText[id]
	if number, err := strconv.ParseInt(id, 10, 64); err == nil {
		at, ok = c.byNumber[number]
	}
	if !ok {
		return nil
	}
	return &c.images[at]
}

func (c *cocoFile) annotation(v value) {
	g := region{line: v.line, picture: -1, name: "annotation " + v.get("id").word()}
	image := c.find(v.get("image_id").word())
	if image == nil || image.name == "" {
		c.bad(v.line, -1, "%s: its image_id %q is not among the images", g.name, v.get("image_id").word())
		return
	}
	g.size = size{int(image.width), int(image.height)}
	g.picture = c.named(c.source, image.name, byName, int(image.line))
	category, ok := c.categories[v.get("category_id").word()]
	if ok {
		g.classes = []string{category}
	} else if v.get("category_id").given() {
		c.bad(v.line, g.picture, "%s: its category_id %q is not among the categories", g.name, v.get("category_id").word())
		return
	}
	segmentation, bbox := v.get("segmentation"), v.get("bbox")
	hasShape, hasBox := len(segmentation.list)+len(segmentation.numbers)+len(segmentation.members) > 0, bbox.given()
	if g.tag = !hasShape && !hasBox; g.tag && c.roles[category] != noLesion && c.roles[category] != whole {
		g.tag, g.problem = false, "it has neither bbox nor segmentation"
	}
	if hasBox {
		g.extent = corner(bbox.floats())
	}
	if hasShape {
		c.segmentation(&g, segmentation)
	}
	if hasShape && hasBox && g.problem == "" {
		g.problem = disagree(g.extent, corner(bbox.floats()))
	}
	if c.labelStudio && g.mixed {
		g.mixed = true
	} else if c.labelStudio && c.frame == untold {
		g.size = size{} // says nothing of the pixels that Label Studio shows
	}
	c.add(g)
}

// floats are the numbers of a list; nil if it holds anything else.
func (v value) floats() []float64 {
	if len(v.list) == 0 {
		return v.numbers
	}
	var all []float64
	for _, number := range v.list {
		all = append(all, number.float())
	}
	return all
}

// corner is the extent of x, y, width and height.
func corner(xywh []float64) extent {
	if len(xywh) != 4 {
		return extent{x0: math.NaN()}
	}
	return extent{xywh[0], xywh[1], xywh[0] + xywh[2], xywh[1] + xywh[3]}
}

// disagree says where a bbox is none of its segmentation: rasterised polygons are up to two pixels off.
func disagree(shape, bbox extent) string {
	a, b := [4]float64{shape.x0, shape.y0, shape.x1, shape.y1}, [4]float64{bbox.x0, bbox.y0, bbox.x1, bbox.y1}
	for i := range a {
		if may := max(2, 0.01*max(shape.x1-shape.x0, shape.y1-shape.y0)); !(math.Abs(a[i]-b[i]) <= may) {
			return fmt.Sprintf("its bbox is from %s,%s to %s,%s, its segmentation from %s,%s to %s,%s", decimal(b[0]),
				decimal(b[1]), decimal(b[2]), decimal(b[3]), decimal(a[0]), decimal(a[1]), decimal(a[2]), decimal(a[3]))
		}
	}
	return ""
}

// segmentation finds the extent of polygons or of a mask.
func (c *cocoFile) segmentation(g *region, v value) {
	switch {
	case v.isObject():
		c.mask(g, v)
	case len(v.numbers) > 0:
		g.extent, g.problem = polygon(v.numbers)
		g.mixed = c.labelStudio
	default:
		g.extent, g.mixed = nothing(), c.labelStudio
		for _, part := range v.list {
			of, problem := polygon(part.floats())
			if problem != "" {
				g.problem = problem
				return
			}
			g.extent.add(of.x0, of.y0)
			g.extent.add(of.x1, of.y1)
		}
	}
}

// polygon is the extent of x, y, x, y …
func polygon(points []float64) (extent, string) {
	all := nothing()
	for i := 0; i+1 < len(points); i += 2 {
		all.add(points[i], points[i+1])
	}
	switch {
	case len(points)%2 == 1:
		return all, "a polygon has a number too many: want pairs of x and y"
	case len(points) < 6:
		return all, fmt.Sprintf("a polygon has %d points, want 3 or more", len(points)/2)
	}
	return all, ""
}

func (c *cocoFile) mask(g *region, v value) {
	of := v.get("size").floats()
	if len(of) != 2 {
		g.problem = "its mask has no size: want [height, width]"
		return
	}
	height, width := int(value{kind: '0', number: of[0]}.size()), int(value{kind: '0', number: of[1]}.size())
	if height == 0 || width == 0 {
		g.problem = fmt.Sprintf("the size of its mask is %v: want [height, width], each from 1 to %d pixels", of, mostSide)
		return
	}
	if is := (size{width, height}); g.size.width > 0 && g.size.height > 0 && is != g.size {
		g.problem = fmt.Sprintf("its mask has %d×%d pixels, its image %d×%d", width, height, g.size.width, g.size.height)
		return
	}
	g.size = size{width, height}
	var err error
	if counts := v.get("counts"); counts.isText() {
		g.extent, err = cocoString(counts.text, height, width)
	} else {
		g.extent, err = cocoCounts(counts.floats(), height, width)
	}
	if err != nil {
		g.problem = err.Error()
	}
}
