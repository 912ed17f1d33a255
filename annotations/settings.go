package annotations

import (
	"maps"
	"slices"
	"strings"

	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/yamlio"
	"github.com/dermset/dermset/slips"
)

// settingsName is the file beside the files of an exporter that says what they are.
const settingsName = "annotations.yaml"

// settings are what annotations.yaml says of the files beside it.
type settings struct {
	format    string
	frame     frame
	annotator string
	roles     map[string]role // of classes
	listed    bool            // the classes of lesions are listed, so that another one is unknown
}

// A role is what a class means.
type role int8

const (
	lesion role = 1 + iota
	ignored
	noLesion
	whole
)

// roleNames are the keys of `classes`.
var roleNames = map[string]role{"lesion": lesion, "ignore": ignored, "no_lesion": noLesion, "whole": whole}

// formatNames are the names of all formats, for a message.
func formatNames() string { return strings.Join(slices.Sorted(maps.Keys(formats)), ", ") }

// formatKey is the name of a format without case, spaces, dashes and underscores, nor who made it.
func formatKey(name string) string {
	key := strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToLower(name))
	return strings.TrimPrefix(key, "pascal")
}

func readSettings(path, place string) (*settings, error) {
	data, err := fileio.ReadUpTo(path, yamlio.MaxBytes)
	if err != nil {
		return nil, err
	}
	c := &settings{roles: map[string]role{}}
	document := yamlio.Parse(place, data)
	if root := document.Root(); root != nil {
		root.Fields(yamlio.Fields{"format": c.readFormat, "pixels": c.readPixels, "classes": yamlio.OrDefault(c.readClasses),
			"annotator": func(n *yamlio.Node) { n.Filled(&c.annotator) }})
	}
	if c.format == "" && document.Err() == nil {
		document.Failf(1, "format", "is missing, want one of %s", formatNames())
	}
	return c, document.Err()
}

func (c *settings) readFormat(n *yamlio.Node) {
	var text string
	if !n.Text(&text) {
		return
	}
	for name := range formats {
		if formatKey(name) == formatKey(text) {
			c.format = name
			return
		}
	}
	c.format = text // which is there, and wrong
	n.Mistyped("%q: want one of %s%s", text, formatNames(), slips.Meant(text, slices.Sorted(maps.Keys(formats))))
}

func (c *settings) readPixels(n *yamlio.Node) {
	var word string
	n.OneOf(&word, "upright", "stored")
	c.frame = map[string]frame{"upright": upright, "stored": stored}[word]
}

func (c *settings) readClasses(n *yamlio.Node) {
	fields := yamlio.Fields{}
	for name, role := range roleNames {
		fields[name] = yamlio.OrDefault(func(n *yamlio.Node) {
			c.listed = c.listed || role == lesion
			n.OneOrEach(func(n *yamlio.Node) {
				var class string
				n.Filled(&class)
				if c.roles[class] != 0 {
					n.Failf("class %q stands twice", class)
				}
				c.roles[class] = role
			})
		})
	}
	n.Fields(fields)
}

// roleOf says what the classes of something mean; 0, with a reason, where that cannot be told. Classes that are not
// listed only count where none of them is: tools have attributes beside classes.
func (c *settings) roleOf(classes []string) (is role, problem string) {
	for _, class := range classes {
		switch r := c.roles[class]; {
		case r == 0 || r == is:
		case is != 0:
			return 0, "its classes " + quoted(classes) + " contradict each other"
		default:
			is = r
		}
	}
	switch {
	case is != 0:
		return is, ""
	case !c.listed:
		return lesion, ""
	case len(classes) == 0:
		return 0, "it has no class"
	}
	return 0, "class " + quoted(classes) + " is not listed in " + settingsName
}
