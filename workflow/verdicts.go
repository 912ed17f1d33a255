package workflow

import (
	"cmp"
	"strconv"

	"github.com/dermset/dermset/images"
)

// VerdictColumns are those of VerdictRows.
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

// VerdictRows are a row for each verdict that there is, in their order, then one for each warning.
func VerdictRows(found []Checked) [][]string {
	type tally struct {
		images, kept int
		first        *Checked
	}
	tallies := map[string]*tally{}
	count := func(what string, c *Checked) {
		t := tallies[what]
		if t == nil {
			t = &tally{first: c}
			tallies[what] = t
		}
		t.images++
		if c.Kept {
			t.kept++
		}
	}
	for i := range found {
		count(string(found[i].Verdict), &found[i])
		for _, warning := range found[i].Warnings {
			count(string(warning), &found[i])
		}
	}
	var rows [][]string
	add := func(what, shown string) {
		t := tallies[what]
		if t == nil {
			return
		}
		row := []string{shown, strconv.Itoa(t.images), strconv.Itoa(t.kept), "", "", remedies[what]}
		if what != string(images.OK) {
			row[3] = t.first.ShownName()
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

// ShownName is what a person finds the picture by.
func (c *Checked) ShownName() string { return cmp.Or(c.Name, c.SHA256) }
