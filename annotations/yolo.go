package annotations

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/yamlio"
)

// mostLine is how many bytes a line of YOLO may have.
const mostLine = 16 << 20

// isClassList says whether a file of YOLO names classes.
func isClassList(name string) bool {
	return slices.Contains([]string{"classes.txt", "obj.names", "data.yaml", "data.yml", "dataset.yaml"},
		strings.ToLower(name))
}

// classLists are the classes of a source's YOLO files, one a line or `names` of a data.yaml, and whether they are of
// poses (kpt_shape). Several lists must be equal: files do not say which is theirs.
func (r *reader) classLists(paths []string) (classes []string, boxed bool, err error) {
	for i, at := range paths {
		data, err := fileio.ReadUpTo(at, yamlio.MaxBytes)
		if err != nil {
			return nil, false, err
		}
		var these []string
		if strings.HasSuffix(strings.ToLower(at), "ml") {
			these, boxed, err = yamlClasses(r.placeOf(at), data)
		} else {
			for line := range strings.Lines(strings.TrimSpace(strings.TrimPrefix(string(data), "\ufeff"))) {
				these = append(these, strings.TrimSpace(line))
			}
		}
		if err == nil && i > 0 && !slices.Equal(classes, these) {
			err = fmt.Errorf("%s: names other classes than %s: keep one of them", r.placeOf(at), r.placeOf(paths[0]))
		}
		if err != nil {
			return nil, false, err
		}
		classes = these
	}
	return classes, boxed, nil
}

// yamlClasses are `names` of a data.yaml: a list, or names by number.
func yamlClasses(place string, data []byte) (classes []string, boxed bool, err error) {
	document := yamlio.Parse(place, data)
	root := document.Root()
	if root == nil {
		return nil, false, errors.Join(document.Err(), fmt.Errorf("%s: has no names of classes", place))
	}
	root.Members(func(key string, n *yamlio.Node) {
		switch {
		case key == "kpt_shape":
			boxed = true
		case key == "names" && n.IsList():
			n.Texts(&classes)
		case key == "names":
			n.Pairs(func(number, name string) {
				at, err := strconv.Atoi(number)
				if err != nil || at < 0 || at > 10_000 {
					n.Failf("%q is no number of a class", number)
					return
				}
				classes = append(classes, make([]string, max(0, at+1-len(classes)))...)
				classes[at] = name
			})
		}
	})
	return classes, boxed, document.Err()
}

// yolo reads a file of YOLO, whose name without extension is its picture's: a line for each region, of relative
// coordinates (https://docs.ultralytics.com/datasets/detect/, segment/ and obb/): the number of a class and then either
// the middle, width and height, or the points of a polygon. A sixth number is a model's confidence: not a person's box.
// Of poses, the box counts. An empty file says nothing.
func (f *file) yolo() error {
	in, err := f.openFile()
	if err != nil {
		return err
	}
	defer in.Close()
	name := strings.TrimSuffix(f.place[len("annotations/"+f.source+"/"):], filepath.Ext(f.place))
	picture, list := int32(-1), listsPictures(path.Base(name))
	return eachLine(in, func(line int, text string, whole bool) {
		fields := strings.Fields(text)
		if line == 1 && list && len(fields) > 0 && !isNumber(fields[0]) {
			list, fields = true, nil // of the paths of pictures
		} else if line == 1 {
			list = false
		}
		if list || len(fields) == 0 {
			return
		}
		if picture < 0 {
			picture = f.named(f.source, name, byStem, 1)
		}
		g := region{line: line, picture: picture, relative: true}
		if g.problem = fmt.Sprintf("the line has more than %d bytes", mostLine); whole {
			g.extent, g.problem = f.yoloExtent(fields[1:])
		}
		class, err := strconv.Atoi(fields[0])
		switch {
		case err != nil || class < 0:
			f.bad(line, picture, "%s is no number of a class", quoted(fields[:1]))
			return
		case len(f.classes) == 0:
			g.classes = []string{fields[0]}
		case class >= len(f.classes) || f.classes[class] == "":
			f.bad(line, picture, "class %d is not among the %d classes", class, len(f.classes))
			return
		default:
			g.classes = f.classes[class : class+1]
		}
		f.add(g)
	})
}

// listsPictures says whether a file of that name usually lists the pictures of a part of the data.
func listsPictures(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "readme") || slices.Contains([]string{"train", "val", "valid", "test",
		"autosplit_train",
		"autosplit_val", "autosplit_test"}, name)
}

func isNumber(text string) bool {
	_, err := parseDecimal(text)
	return err == nil
}

func (f *file) yoloExtent(fields []string) (extent, string) {
	numbers := make([]float64, len(fields))
	for i, field := range fields {
		numbers[i] = number(field)
	}
	switch n := len(numbers); {
	case n < 4:
		return extent{}, fmt.Sprintf("has %d numbers behind the class, want 4, or 3 or more points", n)
	case n == 4 || f.boxed:
		x, y, w, h := numbers[0], numbers[1], numbers[2], numbers[3]
		return extent{x - w/2, y - h/2, x + w/2, y + h/2}, ""
	case n == 5:
		return extent{}, "has a confidence: it is what a model predicted, not what a person drew"
	}
	return polygon(numbers)
}

// eachLine shows the lines of a text. Whole is false for one that is too long, of which only the begin is shown.
func eachLine(r io.Reader, each func(line int, text string, whole bool)) error {
	in := bufio.NewReaderSize(r, 64<<10)
	for line := 1; ; line++ {
		var text []byte
		whole := true
		for more := true; more; {
			part, isPrefix, err := in.ReadLine()
			if err == io.EOF && len(text) == 0 {
				return nil
			}
			if err != nil && err != io.EOF {
				return err
			}
			if more = isPrefix && err == nil; len(text)+len(part) > mostLine {
				whole = false
			} else {
				text = append(text, part...)
			}
		}
		if line == 1 {
			text = []byte(strings.TrimPrefix(string(text), "\ufeff"))
		}
		each(line, string(text), whole)
	}
}
