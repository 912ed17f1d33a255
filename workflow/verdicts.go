package workflow

import (
	"strconv"

	"github.com/dermset/dermset/images"
)

// VerdictColumns are those of Verdicts.Rows.
var VerdictColumns = []string{"verdict", "images", "kept", "for example", "because", "what to do"}

// remedies say what a person can do about a verdict or a warning.
var remedies = map[string]string{
	string(images.Missing):          "look for the file; anything but an ordinary file is none",
	string(images.Empty):            "fetch or copy it again",
	string(images.NotAnImage):       "look what it is; an error page of a server is a common case",
	string(images.Unsupported):      "convert it to PNG",
	string(images.Truncated):        "fetch or copy it again; if it is cut at its origin, ask the owner",
	string(images.Corrupt):          "fetch or copy it again; if it is broken at its origin, ask the owner",
	string(images.TooSmall):         "lower images.min_side, or keep it in curation/image_overrides.csv",
	string(images.TooManyPixels):    "raise images.max_pixels if it is meant to be so large",
	string(images.Blank):            "nothing, or keep it in curation/image_overrides.csv",
	string(images.Animated):         "nothing: the first frame counts",
	string(images.ExtensionDiffers): "nothing: the content counts",
	string(images.MissingEOI):       "nothing: all its pixels are there",
}

// Verdicts counts pictures by verdict and by warning. Its zero value is ready.
type Verdicts struct {
	tallies map[string]*verdictTally
}

type verdictTally struct {
	images, kept int
	first        Checked
}

// Add counts a picture.
func (v *Verdicts) Add(c *Checked) {
	if v.tallies == nil {
		v.tallies = map[string]*verdictTally{}
	}
	v.count(string(c.Verdict), c)
	for _, warning := range c.Warnings {
		v.count(string(warning), c)
	}
}

func (v *Verdicts) count(what string, c *Checked) {
	t := v.tallies[what]
	if t == nil {
		t = &verdictTally{first: *c}
		v.tallies[what] = t
	}
	t.images++
	if c.Kept {
		t.kept++
	}
}

// Rows are a row for each verdict that there is, in their order, then one for each warning.
func (v *Verdicts) Rows() (rows [][]string) {
	add := func(what, shown string) {
		t := v.tallies[what]
		if t == nil {
			return
		}
		row := []string{shown, strconv.Itoa(t.images), strconv.Itoa(t.kept), "", "", remedies[what]}
		if what != string(images.OK) {
			row[3] = t.first.Name
		}
		if what == string(t.first.Verdict) {
			row[4] = t.first.Detail
		}
		rows = append(rows, row)
	}
	for _, verdict := range images.Verdicts {
		add(string(verdict), string(verdict))
	}
	for _, warning := range []images.Warning{images.Animated, images.ExtensionDiffers, images.MissingEOI} {
		add(string(warning), "warning: "+string(warning))
	}
	return rows
}
