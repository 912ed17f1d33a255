package pictures

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dermset/dermset/images"
)

// Outline is the looker that finds what a picture's mask shows: its largest components, from which crops are made.
var Outline = Looker{
	Name:    "outline1-" + images.Decoder,
	Columns: []string{"verdict", "width", "height", "flaws", "components", "largest", "detail"},
	Beside: func(f *File) (name string, asks bool) {
		if !f.Mask.here() {
			return "", false
		}
		return f.Mask.name(), true
	},
	Look: outlineFields,
}

// MostComponents is how many components of a mask are kept, the largest ones: crops.max_per_image is at most that.
const MostComponents = 100

// An Outlined is what Outline found.
type Outlined struct {
	Verdict       images.Verdict // of the mask as a picture
	Width, Height int            // of the upright mask; 0: unknown
	Flaws         []string       // as images.Mask.Flaws, and OtherShape
	Components    int            // of all sizes
	Largest       []images.Component
	Detail        string // more about the verdict or the shape
}

// OtherShape is the flaw of a mask that cannot be laid over its picture.
const OtherShape = "other_shape"

func outlineFields(p *Picture) []string {
	mask, is := p.Mask()
	o := Outlined{Verdict: is.Verdict, Detail: is.Detail}
	o.Width, o.Height = is.Upright()
	if mask != nil {
		o.Flaws = mask.Flaws()
		width, height := p.Upright()
		if fitting, err := mask.For(width, height); err != nil {
			o.Flaws, o.Detail = append(o.Flaws, OtherShape), err.Error()
		} else {
			o.Largest, o.Components = fitting.Components(MostComponents)
		}
	}
	return o.fields()
}

func (o *Outlined) fields() []string {
	var largest []string
	for _, c := range o.Largest {
		largest = append(largest, fmt.Sprint(c.X, c.Y, c.Width, c.Height, c.Pixels))
	}
	return []string{string(o.Verdict), strconv.Itoa(o.Width), strconv.Itoa(o.Height), strings.Join(o.Flaws, " "),
		strconv.Itoa(o.Components), strings.Join(largest, ","), o.Detail}
}

// Wrong says what is wrong with a mask, in words for a person, by flaw. Flaws of a mask that is used all the same are
// Usual: a source commonly has them in all its masks.
func (o *Outlined) Wrong() map[string]string {
	if o.Verdict != images.OK && o.Verdict != images.Blank && o.Verdict != images.TooSmall {
		return map[string]string{string(o.Verdict): fmt.Sprintf("cannot be used: %s: %s", o.Verdict, o.Detail)}
	}
	wrong := map[string]string{}
	for _, flaw := range o.Flaws {
		wrong[flaw] = flaws[flaw]
	}
	if slices.Contains(o.Flaws, OtherShape) {
		wrong[OtherShape] += ": " + o.Detail
	}
	return wrong
}

// Usual says whether a flaw is one that a source commonly has in all its masks, and that takes no crop away.
func Usual(flaw string) bool {
	return flaw == images.MaskManyValued || flaw == images.MaskNoisy || flaw == images.MaskFaint
}

// flaws are what is wrong with a mask, in words.
var flaws = map[string]string{
	images.MaskEmpty:      "shows nothing: no pixel is foreground",
	images.MaskWhole:      "shows the whole picture: all pixels are foreground",
	images.MaskManyValued: "has many values, not two: the upper half of them is taken",
	images.MaskNoisy:      "has noise around its edges, as lossy pictures have: what is above the middle is taken",
	images.MaskFaint:      "has two values that are hardly apart: it may be an empty mask",
	OtherShape:            "has another shape than its picture",
}

// Outlined is what Outline found out about a file with a mask. It is not known if nobody has looked at both yet, or the
// picture could not be decoded.
func (f *Facts) Outlined(file *File) (found Outlined, known bool, err error) {
	fields, known := f.Of(Outline.Name, file)
	if !known || fields[0] == "" {
		return found, false, nil
	}
	found, err = outlined(fields)
	return found, err == nil, err
}

// outlined is what the fields of a fact say.
func outlined(fields []string) (o Outlined, err error) {
	if len(fields) != len(Outline.Columns) {
		return o, fmt.Errorf("a fact of %d columns, want %d", len(fields), len(Outline.Columns))
	}
	o.Verdict, o.Flaws, o.Detail = images.Verdict(fields[0]), strings.Fields(fields[3]), fields[6]
	var errs [3]error
	o.Width, errs[0] = strconv.Atoi(fields[1])
	o.Height, errs[1] = strconv.Atoi(fields[2])
	o.Components, errs[2] = strconv.Atoi(fields[4])
	if fields[5] == "" {
		return o, errors.Join(errs[:]...)
	}
	for text := range strings.SplitSeq(fields[5], ",") {
		var c images.Component
		if _, err := fmt.Sscan(text, &c.X, &c.Y, &c.Width, &c.Height, &c.Pixels); err != nil {
			return o, fmt.Errorf("component %q: %w", text, err)
		}
		o.Largest = append(o.Largest, c)
	}
	return o, errors.Join(errs[:]...)
}
