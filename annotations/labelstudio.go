package annotations

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// labelStudio reads what Label Studio exports as JSON or JSON-MIN (https://labelstud.io/guide/export): tasks, with
// rectangles, ellipses and polygons in per cents, and masks (see brush). A rectangle is turned clockwise, in degrees,
// around its top left corner as it lies after turning. Predictions, drafts and skipped annotations do not count.
func (f *file) labelStudio() error {
	return f.json(func(j *jsonReader) {
		if j.next() == '{' { // one task, as Label Studio writes it to a cloud storage
			f.task(j)
			return
		}
		j.array(func() { f.task(j) })
	})
}

func (f *file) task(j *jsonReader) {
	v, ok := j.value()
	switch {
	case j.err != nil:
		return
	case !ok:
		f.bad(v.line, -1, "a task takes more than %d bytes", mostElement)
		return
	case !v.isObject():
		f.bad(v.line, -1, "is no task of Label Studio")
		return
	}
	t := &lsTask{file: f, line: v.line, picture: -1}
	annotations := v.get("annotations")
	if !annotations.isList() {
		annotations = v.get("completions") // until version 1.0
	}
	switch {
	case annotations.isList() && t.named(v.get("data")):
		for _, a := range annotations.list {
			t.annotation(a)
		}
	case v.get("result").isList() && t.named(v.get("task").get("data")):
		t.annotation(v)
	case !annotations.isList() && !v.get("result").isList() && t.named(v):
		t.min(v)
	}
}

// An lsTask is one picture and what was drawn on it.
type lsTask struct {
	*file
	line    int
	picture int32
}

// named finds the picture among the data of a task: the one text that names one, or else what is called image.
func (t *lsTask) named(data value) bool {
	var names []string
	for _, m := range data.members {
		if text := m.value.text; m.value.isText() && (isPicture(plainName(text)) || strings.HasPrefix(text, "/data/")) {
			names = append(names, text)
		}
	}
	if image := data.get("image"); image.isText() {
		names = []string{image.text}
	}
	if len(names) != 1 || names[0] == "" || len(names[0]) > mostName {
		t.bad(t.line, -1, "the task names %d pictures, want one in the value of `image`", len(names))
		return false
	}
	t.picture = t.file.named(t.source, names[0], byName, t.line)
	return true
}

// annotation adds what one annotator drew. Regions of one id are one: a rectangle, and the labels that it was given.
func (t *lsTask) annotation(a value) {
	if a.get("was_cancelled").kind == 't' || a.get("skipped").kind == 't' {
		return
	}
	by := a.get("completed_by")
	annotator := by.word()
	if by.isObject() {
		annotator = by.get("email").word()
	}
	var all []region
	ids := map[string]int{}
	for _, result := range a.get("result").list {
		g, ok := t.region(result.get("value"), result, result.get("type").text)
		if !ok {
			continue
		}
		g.annotator = annotator
		id := result.get("id").word()
		if at, ok := ids[id]; ok && id != "" && !g.tag && !all[at].tag {
			all[at].classes = append(all[at].classes, g.classes...)
			continue
		}
		ids[id] = len(all)
		all = append(all, g)
	}
	for _, g := range all {
		t.add(g)
	}
}

// min adds what a record of JSON-MIN holds: a list of regions for each tag, and choices as text.
func (t *lsTask) min(record value) {
	annotator := record.get("annotator").word()
	for _, m := range record.members {
		values := m.value.list
		switch {
		case m.value.isText(): // may be the one choice of a tag
			values = []value{m.value}
		case !m.value.isList():
			continue
		}
		for _, v := range values {
			if v.isText() {
				t.add(region{line: v.line, picture: t.picture, classes: []string{v.text}, tag: true, annotator: annotator})
			} else if g, ok := t.region(v, v, ""); ok {
				g.annotator = annotator
				t.add(g)
			}
		}
	}
}

// region reads one region by the keys that it has. Beside holds the size of the picture. It is false for what is
// neither drawn nor a choice, such as text.
func (t *lsTask) region(v, beside value, kind string) (region, bool) {
	g := region{line: v.line, picture: t.picture, name: kind}
	for _, m := range v.members {
		if strings.HasSuffix(m.key, "labels") || m.key == "choices" {
			for _, label := range slices.Concat(m.value.list, []value{m.value}) {
				if label.isText() {
					g.classes = append(g.classes, label.text)
				}
			}
		}
	}
	w, h := beside.get("original_width").size(), beside.get("original_height").size()
	g.size = size{int(w), int(h)}
	x, y := v.get("x").float(), v.get("y").float()
	switch {
	case v.get("rle").given():
		e, err := brush(v.get("rle").numbers, int(w), int(h))
		if g.extent = e; err != nil {
			g.problem = err.Error()
		}
	case v.get("points").isList():
		g.extent, g.problem = polygon(lsPoints(v.get("points").list))
		t.percent(&g)
	case v.get("radiusX").given():
		t.lsEllipse(&g, v, x, y)
	case v.get("width").given() && v.get("height").given():
		t.lsRectangle(&g, v, x, y)
	case v.get("choices").given():
		g.tag = true
	case v.get("x").given() || v.get("vertices").given() || v.get("sequence").given():
		g.problem = "is no region: draw a rectangle, polygon, ellipse or mask"
	case len(g.classes) > 0:
		g.problem = "is of a kind that is not read: draw a rectangle, polygon, ellipse or mask"
	default:
		return g, false
	}
	if turned := beside.get("image_rotation"); turned.given() && turned.float() != 0 {
		g.problem = fmt.Sprintf("the picture was turned by %s degrees in the tool", decimal(turned.float()))
	}
	return g, true
}

func lsPoints(points []value) (all []float64) {
	for _, point := range points {
		xy := point.floats()
		if len(xy) != 2 {
			xy = []float64{math.NaN(), math.NaN()}
		}
		all = append(all, xy...)
	}
	return all
}

// percent makes an extent in per cents a relative one.
func (t *lsTask) percent(g *region) {
	g.fractions()
	g.relative = true
	g.x0, g.y0, g.x1, g.y1 = g.x0/100, g.y0/100, g.x1/100, g.y1/100
}

// fractions finds per cents that are none: what lies in the first hundredth of the picture was written as 0 to 1.
func (g *region) fractions() {
	if g.problem == "" && g.within(0, 1) {
		g.problem = "its coordinates are all from 0 to 1: they look like fractions, want per cents from 0 to 100"
	}
}

// pixels are those of a per cent. False where they are needed, and the size of the picture is missing.
func (g *region) pixels() (x, y float64, ok bool) {
	if g.size.width == 0 || g.size.height == 0 {
		g.problem = "it is turned, and original_width or original_height is missing"
		return 0, 0, false
	}
	return float64(g.size.width) / 100, float64(g.size.height) / 100, true
}

// rotation is 0 where there is none.
func rotation(v value) float64 {
	if r := v.get("rotation"); r.given() {
		return r.float()
	}
	return 0
}

func (t *lsTask) lsRectangle(g *region, v value, x, y float64) {
	g.extent = extent{x, y, x + v.get("width").float(), y + v.get("height").float()}
	turned := rotation(v)
	if turned == 0 {
		t.percent(g)
	} else if sx, sy, ok := g.pixels(); ok {
		g.fractions()
		g.extent = extent{g.x0 * sx, g.y0 * sy, g.x1 * sx, g.y1 * sy}
		if g.problem = cmp.Or(g.problem, g.extent.problem(false)); g.problem == "" {
			g.extent = g.extent.turned(turned, g.x0, g.y0)
		}
	}
}

// lsEllipse: the middle and radii are in per cents of width and height, turned around the middle.
func (t *lsTask) lsEllipse(g *region, v value, x, y float64) {
	rx, ry, turned := v.get("radiusX").float(), v.get("radiusY").float(), rotation(v)
	if turned == 0 {
		g.round(x, y, rx, ry, 0)
		t.percent(g)
	} else if sx, sy, ok := g.pixels(); ok {
		g.round(x, y, rx, ry, 0)
		if g.fractions(); g.problem == "" {
			g.round(x*sx, y*sy, rx*sx, ry*sy, turned*math.Pi/180)
		}
	}
}
