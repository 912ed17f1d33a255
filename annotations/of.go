package annotations

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/images"
)

// Of places what was drawn on a picture. It may be called from many goroutines.
//
// Boxes of several annotators and files all count; one that several drew exactly alike counts once, for all of them. A
// box that one annotator drew twice is a finding, and so is a picture of which somebody says that there is no lesion
// while there are boxes: the boxes count.
func (s *Set) Of(source, path string, p Picture) Placed {
	w := &onPicture{set: s, source: source, path: path, first: map[sameBox]*drawn{}, at: map[images.Box]int{}}
	for _, d := range s.of(source, path) {
		w.put(d, p)
	}
	return w.placed(p)
}

// onPicture gathers what was drawn on one picture.
type onPicture struct {
	set          *Set
	source, path string
	out          Placed
	first        map[sameBox]*drawn
	at           map[images.Box]int // in out.Boxes
	none         *drawn             // says that there is no lesion
	again        *drawn             // the first one that stands twice
	twice        int
}

type sameBox struct {
	box       images.Box
	annotator int32
}

func (w *onPicture) put(d *drawn, p Picture) {
	var box images.Box
	switch d.role {
	case noLesion:
		w.none = cmp.Or(w.none, d)
		return
	case whole:
		box.Width, box.Height = images.Result{Width: p.Width, Height: p.Height, Orientation: p.Orientation}.Upright()
	default:
		at := place(d, p)
		if at.note != "" {
			w.say(d, at.note, "")
		}
		if at.dropped {
			return
		}
		box = at.box
		w.out.Assumed = w.out.Assumed || at.assumed
	}
	w.keep(d, box)
}

func (w *onPicture) keep(d *drawn, box images.Box) {
	same := sameBox{box, d.annotator}
	if w.first[same] != nil {
		w.twice++
		w.again = cmp.Or(w.again, d)
		return
	}
	w.first[same] = d
	name := w.set.annotators[d.annotator]
	at, ok := w.at[box]
	if !ok {
		w.at[box] = len(w.out.Boxes)
		w.out.Boxes = append(w.out.Boxes, Box{Box: box, Annotator: name})
		return
	}
	names := strings.Split(w.out.Boxes[at].Annotator, "; ")
	names = slices.DeleteFunc(append(names, name), func(s string) bool { return s == "" })
	slices.Sort(names)
	w.out.Boxes[at].Annotator = strings.Join(names, "; ")
}

// say notes a finding about something drawn. More of the detail, which names other lines, does not tell the fault.
func (w *onPicture) say(d *drawn, detail, more string) {
	w.out.Findings = append(w.out.Findings, findings.New(badAnnotation, w.set.placeOf(d), w.source,
		faultOf(w.source+"/"+w.path, w.set.files[d.file], detail), 1, detail+more).Naming(w.source+"/"+w.path))
}

func (s *Set) placeOf(d *drawn) string { return fmt.Sprintf("%s:%d", s.files[d.file], d.line) }

func (w *onPicture) placed(p Picture) Placed {
	if w.twice > 0 {
		boxes, count := "a box", "it counts"
		if w.twice > 1 {
			boxes, count = fmt.Sprintf("%d boxes", w.twice), "they count"
		}
		w.say(w.again, fmt.Sprintf("one annotator drew %s twice, and %s once: delete the older export", boxes, count), "")
	}
	if w.none != nil && len(w.out.Boxes) > 0 {
		w.say(w.none, "is said to show no lesion, but there are boxes, which count",
			": the first is at "+w.set.placeOf(w.firstBox()))
	}
	width, height := images.Result{Width: p.Width, Height: p.Height, Orientation: p.Orientation}.Upright()
	w.out.State = None
	if w.none != nil {
		w.out.State = NoLesion
	}
	for i := range w.out.Boxes {
		b := &w.out.Boxes[i]
		if b.Whole = b.Box == (images.Box{Width: width, Height: height}); !b.Whole {
			w.out.State = Boxes
		} else if w.out.State != Boxes {
			w.out.State = Whole
		}
	}
	slices.SortFunc(w.out.Boxes, func(a, b Box) int {
		return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X), cmp.Compare(a.Height, b.Height),
			cmp.Compare(a.Width, b.Width))
	})
	findings.Sort(w.out.Findings)
	return w.out
}

// firstBox is the box that stands first in the files.
func (w *onPicture) firstBox() (first *drawn) {
	for _, d := range w.first {
		if first == nil || cmp.Or(cmp.Compare(d.file, first.file), cmp.Compare(d.line, first.line)) < 0 {
			first = d
		}
	}
	return first
}

// AssumedUpright is the finding about a source in which so many pictures had Placed.Assumed.
func AssumedUpright(source string, pictures int64) findings.Finding {
	return findings.New(badAnnotation, "annotations/"+source+"/"+settingsName, source, "pixels", pictures,
		"nothing tells whether coordinates are of the upright pictures or of their stored pixels: taken for upright; "+
			"say pixels: upright, or pixels: stored")
}
