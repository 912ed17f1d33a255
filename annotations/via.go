package annotations

import (
	"fmt"
	"path"
	"strings"
)

// via reads what the VGG Image Annotator 2 exports, as CSV or JSON, and its projects (https://www.robots.ox.ac.uk/~vgg/
// software/via/): regions of pixels, rect, circle, ellipse (turned by radians) and polygon. The values of a region's
// attributes are its classes, and those of the file's what is said of the picture. Points and polylines are no regions.
// VIA 3 is another format.
func (f *file) via() error {
	if strings.EqualFold(path.Ext(f.place), ".csv") {
		return f.viaCSV()
	}
	return f.json(func(j *jsonReader) {
		j.object(func(key string) {
			switch key {
			case "_via_img_metadata":
				j.object(func(string) { f.viaImage(j) })
			case "_via_settings", "_via_attributes", "_via_data_format_version", "_via_image_id_list":
				j.skip()
			default:
				f.viaImage(j)
			}
		})
	})
}

// viaImage reads the element of one picture.
func (f *file) viaImage(j *jsonReader) {
	v, ok := j.value()
	switch name := v.get("filename").text; {
	case j.err != nil:
	case !ok:
		f.bad(v.line, -1, "a picture takes more than %d bytes", mostElement)
	case name == "" || len(name) > mostName:
		f.bad(v.line, -1, "has no filename: want what VIA 2 exports as annotations, or its project")
	default:
		picture := f.named(f.source, name, byName, v.line)
		f.viaTags(v.line, picture, v.get("file_attributes"))
		regions := v.get("regions").list
		for _, m := range v.get("regions").members { // of VIA 1, by number
			regions = append(regions, m.value)
		}
		for _, r := range regions {
			f.viaRegion(r.line, picture, r.get("shape_attributes"), r.get("region_attributes"))
		}
	}
}

var viaColumns = []string{"filename", "file_attributes", "region_shape_attributes", "region_attributes"}

func (f *file) viaCSV() error {
	return f.csv(viaColumns, false, func(line int, cells []string) {
		if cells[0] == "" || len(cells[0]) > mostName {
			f.bad(line, -1, "filename is empty or too long")
			return
		}
		picture := f.named(f.source, cells[0], byName, line)
		var parsed [3]value
		for i, cell := range cells[1:] {
			j := newJSON(strings.NewReader(cell), f.place)
			if cell == "" {
				continue
			}
			var ok bool
			parsed[i], ok = j.value()
			if err := j.end(); err != nil || !ok {
				f.bad(line, picture, "%s is no JSON: %s", viaColumns[1+i], quoted([]string{cell}))
				return
			}
		}
		f.viaTags(line, picture, parsed[0])
		if len(parsed[1].members) > 0 { // a picture without regions has a row with none
			f.viaRegion(line, picture, parsed[1], parsed[2])
		}
	})
}

// viaClasses are the values of attributes: texts, and of check boxes those that are checked.
func viaClasses(attributes value) (classes []string) {
	for _, m := range attributes.members {
		if m.value.isObject() {
			for _, box := range m.value.members {
				if box.value.kind == 't' {
					classes = append(classes, box.key)
				}
			}
		} else if word := m.value.word(); word != "" {
			classes = append(classes, word)
		}
	}
	return classes
}

func (f *file) viaTags(line int, picture int32, attributes value) {
	if classes := viaClasses(attributes); len(classes) > 0 {
		f.add(region{line: line, picture: picture, classes: classes, tag: true})
	}
}

func (f *file) viaRegion(line int, picture int32, shape, attributes value) {
	g := region{line: line, picture: picture, classes: viaClasses(attributes), name: shape.get("name").text}
	at := func(key string) float64 { return shape.get(key).float() }
	switch g.name {
	case "rect":
		g.extent = corner([]float64{at("x"), at("y"), at("width"), at("height")})
	case "circle":
		g.round(at("cx"), at("cy"), at("r"), at("r"), 0)
	case "ellipse":
		turned := 0.0
		if shape.get("theta").given() {
			turned = at("theta")
		}
		g.round(at("cx"), at("cy"), at("rx"), at("ry"), turned)
	case "polygon":
		xs, ys := shape.get("all_points_x").floats(), shape.get("all_points_y").floats()
		g.extent = nothing()
		for i := range min(len(xs), len(ys)) {
			g.extent.add(xs[i], ys[i])
		}
		if len(xs) != len(ys) || len(xs) < 3 {
			g.problem = fmt.Sprintf("a polygon has %d x and %d y, want 3 or more of both", len(xs), len(ys))
		}
	case "point", "polyline", "line":
		g.problem = "is no region: draw a rect, circle, ellipse or polygon"
	default:
		g.problem = fmt.Sprintf("%s is no shape of VIA 2", quoted([]string{g.name}))
	}
	f.add(g)
}
