package annotations

import (
	"encoding/xml"
	"fmt"
	"math"
	"strings"
)

// cvat reads "CVAT for images 1.1" (https://docs.cvat.ai/docs/dataset_management/formats/format-xml/, and for ellipses
// cvat/apps/dataset_manager/formats/cvat.py): images with box, polygon, ellipse, mask and tag. Rotation is in degrees,
// clockwise, around the middle. What is marked as outside is not in the picture. Points, polylines, cuboids and
// skeletons are no regions, and tracks, which are of videos, name no picture: they are findings.
func (f *file) cvat() error {
	c := &cvatFile{file: f, picture: -1}
	return f.xml("annotations", func(x *xmlReader, tag xml.StartElement) error {
		at, name := attributes(tag.Attr), tag.Name.Local
		switch {
		case len(x.open) == 2 && name == "image":
			c.image(x.line, at)
		case len(x.open) == 2 && name == "track":
			f.bad(x.line, -1, "track %s is of a video and names no picture: export as CVAT for images 1.1", at.get("id"))
		case len(x.open) == 3 && x.open[1] == "image" && c.picture >= 0:
			c.shape(x.line, name, at)
		}
		return nil
	})
}

type cvatFile struct {
	*file
	picture int32 // below 0: none
	size    size
}

func (c *cvatFile) image(line int, at attributes) {
	name := at.get("name")
	if c.picture = -1; name == "" || len(name) > mostName {
		c.bad(line, -1, "image %s has no name, or one that is too long", at.get("id"))
		return
	}
	c.picture = c.named(c.source, name, byName, line)
	c.size = size{wholeNumber(at.get("width")), wholeNumber(at.get("height"))}
}

func (c *cvatFile) shape(line int, name string, at attributes) {
	g := region{line: line, picture: c.picture, name: name, size: c.size}
	if label := at.get("label"); label != "" {
		g.classes = []string{label}
	}
	if at.get("outside") == "1" {
		return
	}
	switch name {
	case "tag":
		g.tag = true
	case "box":
		g.extent = extent{at.number("xtl"), at.number("ytl"), at.number("xbr"), at.number("ybr")}
		if g.problem = g.extent.problem(false); g.problem == "" {
			g.extent = g.extent.turned(degrees(at), (g.x0+g.x1)/2, (g.y0+g.y1)/2)
		}
	case "ellipse":
		g.round(at.number("cx"), at.number("cy"), at.number("rx"), at.number("ry"), degrees(at)*math.Pi/180)
	case "polygon":
		g.extent, g.problem = pairs(at.get("points"))
	case "mask":
		g.extent, g.problem = cvatShape(at)
	case "points", "polyline", "cuboid", "skeleton":
		g.problem = "is no region: draw a box, polygon, ellipse or mask"
	default:
		return
	}
	c.add(g)
}

// degrees are the rotation.
func degrees(at attributes) float64 {
	if at.get("rotation") == "" {
		return 0
	}
	return at.number("rotation")
}

func cvatShape(at attributes) (extent, string) {
	left, top := at.number("left"), at.number("top")
	if left != math.Trunc(left) || top != math.Trunc(top) {
		return extent{}, "left and top of a mask must be whole numbers"
	}
	e, err := cvatMask(at.get("rle"), left, top, wholeNumber(at.get("width")), wholeNumber(at.get("height")))
	if err != nil {
		return e, err.Error()
	}
	return e, ""
}

// pairs is the extent of x,y;x,y …
func pairs(text string) (extent, string) {
	all, n := nothing(), 0
	for point := range strings.SplitSeq(strings.TrimSuffix(strings.TrimSpace(text), ";"), ";") {
		x, y, ok := strings.Cut(point, ",")
		if !ok {
			return all, fmt.Sprintf("%s is no point", quoted([]string{point}))
		}
		all.add(number(x), number(y))
		n++
	}
	if n < 3 {
		return all, fmt.Sprintf("a polygon has %d points, want 3 or more", n)
	}
	return all, ""
}
