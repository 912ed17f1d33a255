package annotations

import (
	"iter"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/images"
)

// A State says what annotators said of a picture.
type State string

// The states.
const (
	None     State = ""          // nothing that counts
	Boxes    State = "boxes"     // at least one box that is not the whole picture
	Whole    State = "whole"     // the lesion is the whole picture, and nothing else was drawn
	NoLesion State = "no_lesion" // somebody looked, and there is none
)

// A Box is a lesion: half-open, in pixels of the upright picture and inside it.
type Box struct {
	images.Box
	Whole     bool   // is the whole picture
	Annotator string // several who drew exactly this box: joined by "; ", sorted; empty: nobody says
}

// A Picture is what must be known of a picture to place boxes on it, as images.Result has it.
type Picture struct{ Width, Height, Orientation int } // of the stored pixels; EXIF's 1 to 8

// Placed is what was drawn on one picture.
type Placed struct {
	State    State
	Boxes    []Box              // by y, x, height, width
	Findings []findings.Finding // sorted
	// Assumed says that boxes were taken for upright pixels where neither annotations.yaml nor a size tells, although
	// the picture is stored otherwise: one finding a source is for the caller to make (see AssumedUpright).
	Assumed bool
}

// A Set is all annotations of a workspace.
type Set struct{}

// Read reads the folder annotations/ for the sources there are. A folder that is not there holds nothing. The error
// joins all that is wrong with files.
func Read(folder string, sources []string) (*Set, error) { return &Set{}, nil }

// Sources are those that have annotations, sorted: Match wants the paths of each.
func (s *Set) Sources() []string { return nil }

// Match says which pictures of a source there are (image_path of its dataset CSV), once for each of Sources, before
// Findings, Key and Of are asked.
func (s *Set) Match(source string, paths iter.Seq[string]) {}

// Findings are those of reading and of matching, sorted.
func (s *Set) Findings() []findings.Finding { return nil }

// Pictures are the paths of a source's pictures on which something was drawn, sorted.
func (s *Set) Pictures(source string) []string { return nil }

// Key names what was drawn on a picture: it is equal where Of gives equal boxes and states for equal pictures. It is
// empty where nothing was drawn.
func (s *Set) Key(source, path string) string { return "" }

// Of places what was drawn on a picture. It may be called from many goroutines.
func (s *Set) Of(source, path string, p Picture) Placed { return Placed{} }

// AssumedUpright is the finding about a source in which so many pictures had Placed.Assumed.
func AssumedUpright(source string, pictures int64) findings.Finding { return findings.Finding{} }
