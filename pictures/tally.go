package pictures

import (
	"strconv"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/results"
)

// TallyColumns are those of Tally.Rows.
var TallyColumns = results.Columns{
	results.Text("verdict", "a verdict, or warning: and a warning (docs/images.md)"),
	results.Whole("images", "pictures that have it"),
	results.Whole("kept", "those of them that curation/image_overrides.csv keeps"),
	results.Text("example", "the first of them").OrNone(),
	results.Text("because", "why that one has the verdict").OrNone(),
	results.Text("remedy", "what to do").OrNone(),
}

// remedies say what a person can do about a verdict or a warning.
var remedies = map[string]string{
	string(images.Missing):          "look for the file; anything but an ordinary file is none",
	string(images.NotFetched):       "look at what it says, and fetch or look again: it may be there",
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
	string(images.Incomplete):       "ask its origin for the whole picture: this one is blurred",
	string(images.MissingEOI):       "nothing: all its pixels are there",
	string(images.OddTags):          "nothing: all its pixels are there",
	string(images.OddSizes):         "nothing: all its pixels are there",
	string(images.OddChecksum):      "nothing: all its pixels are there",
	string(images.OddColours):       "look at it: pixels of colours that its table lacks are black",
	string(images.ExtraData):        "nothing: all its pixels are there",
}

// A Tally counts pictures by verdict and by warning. Its zero value is ready.
type Tally struct {
	counts map[string]*count
}

type count struct {
	images, kept int
	first        Seen
}

// Add counts a picture.
func (t *Tally) Add(s *Seen) {
	if t.counts == nil {
		t.counts = map[string]*count{}
	}
	t.add(string(s.Verdict), s)
	for _, warning := range s.Warnings {
		t.add(string(warning), s)
	}
}

func (t *Tally) add(what string, s *Seen) {
	c := t.counts[what]
	if c == nil {
		c = &count{first: *s}
		t.counts[what] = c
	}
	c.images++
	if s.Kept {
		c.kept++
	}
}

// Rows are a row for each verdict that there is, in their order, then one for each warning.
func (t *Tally) Rows() (rows [][]string) {
	add := func(what, shown string) {
		c := t.counts[what]
		if c == nil {
			return
		}
		row := []string{shown, strconv.Itoa(c.images), strconv.Itoa(c.kept), "", "", remedies[what]}
		if what != string(images.OK) {
			row[3] = c.first.Name
		}
		if what == string(c.first.Verdict) {
			row[4] = c.first.Detail
		}
		rows = append(rows, row)
	}
	for _, verdict := range images.Verdicts {
		add(string(verdict), string(verdict))
	}
	for _, warning := range images.Warnings {
		add(string(warning), "warning: "+string(warning))
	}
	return rows
}
