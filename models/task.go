package models

import (
	"strings"

	"github.com/dermset/dermset/bodysites"
	"github.com/dermset/dermset/dataset"
)

// A Task is what a model is asked, named as in the settings describe.*.
type Task string

// The tasks.
const (
	ImageType Task = "image_type"
	BodyPart  Task = "body_part"
	SkinTone  Task = "skin_tone"
)

// Tasks are all of them.
var Tasks = []Task{ImageType, BodyPart, SkinTone}

// Values are what may be answered, in the words of a version's tables.
func (t Task) Values() []string {
	switch t {
	case ImageType:
		return []string{"clinical", "dermoscopy", "non-dermatological"}
	case SkinTone:
		return []string{"1", "2", "3", "4", "5", "6"}
	}
	var names []string
	for _, part := range bodysites.Builtin().Parts() {
		names = append(names, part.Name)
	}
	return names
}

// value reads one of the values as people write them: in any case, a part of the body with _ or - too, a tone as
// dataset CSVs may have it.
func (t Task) value(text string) (value string, ok bool) {
	switch t {
	case ImageType:
		value, ok = dataset.ImageType(text)
	case SkinTone:
		value, ok = dataset.Fitzpatrick(text)
	default:
		value = strings.ToLower(spaces.Replace(strings.TrimSpace(text)))
		ok = bodysites.Builtin().Has(value)
	}
	return value, ok && value != ""
}

var spaces = strings.NewReplacer("_", " ", "-", " ")

// want is what may be written, for a message.
func (t Task) want() string { return "want one of " + strings.Join(t.Values(), ", ") }
