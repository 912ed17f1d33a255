package annotations

import (
	"math"
	"path"
	"strings"
)

// voc reads a file of Pascal VOC: one picture, and objects with a bndbox of pixels that are counted from 1, xmax and
// ymax included (VOC development kit, on bounding boxes: "the top-left pixel in the image has coordinates (1,1)").
// Parts of an object have boxes of their own, which are not lesions. The picture is named by filename; where there is
// none, by the name of the file.
func (f *file) voc() error {
	root, err := f.tree("annotation")
	if err != nil {
		return err
	}
	name, kind := strings.TrimSpace(root.get("filename")), byName
	if name == "" {
		name = path.Base(f.place)
		name, kind = stem(name), byStem
	} else if !isPicture(name) {
		kind = byStem
	}
	if len(name) > mostName {
		f.bad(root.line, -1, "filename has more than %d bytes", mostName)
		return nil
	}
	var is size
	if s := root.child("size"); s != nil {
		is = size{wholeNumber(s.get("width")), wholeNumber(s.get("height"))}
	}
	picture := f.named(f.source, name, kind, root.line)
	for _, object := range root.children {
		if object.name != "object" {
			continue
		}
		g := region{line: object.line, picture: picture, size: is}
		if class := strings.TrimSpace(object.get("name")); class != "" {
			g.classes = []string{class}
		}
		if box := object.child("bndbox"); box != nil {
			g.extent = extent{number(box.get("xmin")) - 1, number(box.get("ymin")) - 1, number(box.get("xmax")),
				number(box.get("ymax"))}
		} else {
			g.extent = extent{x0: math.NaN()}
			g.problem = "the object has no bndbox"
		}
		f.add(g)
	}
	return nil
}
