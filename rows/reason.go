package rows

import "fmt"

// Reason says why a row is not selected. 0 is alive. The names and the stage of each are the contract's (spec 8).
type Reason uint8

const (
	Alive Reason = iota
	SourcePending
	Withdrawn
	NoLabel
	Unmapped
	LabelExcluded
	ImageMissing
	ImageNotFetched
	ImageEmpty
	ImageNotAnImage
	ImageUnsupportedFormat
	ImageTruncated
	ImageCorrupt
	ImageTooSmall
	ImageTooManyPixels
	ImageBlank
	DuplicateOf
	CategoryExcluded
	BelowThreshold
)

// ReasonCount is how many reasons there are, Alive among them.
const ReasonCount = int(BelowThreshold) + 1

var reasons = [ReasonCount]struct{ name, stage string }{
	Alive:                  {"", ""},
	SourcePending:          {"source_pending", "map"},
	Withdrawn:              {"withdrawn", "map"},
	NoLabel:                {"no_label", "map"},
	Unmapped:               {"unmapped", "map"},
	LabelExcluded:          {"label_excluded", "map"},
	ImageMissing:           {"image_missing", "image"},
	ImageNotFetched:        {"image_not_fetched", "image"},
	ImageEmpty:             {"image_empty", "image"},
	ImageNotAnImage:        {"image_not_an_image", "image"},
	ImageUnsupportedFormat: {"image_unsupported_format", "image"},
	ImageTruncated:         {"image_truncated", "image"},
	ImageCorrupt:           {"image_corrupt", "image"},
	ImageTooSmall:          {"image_too_small", "image"},
	ImageTooManyPixels:     {"image_too_many_pixels", "image"},
	ImageBlank:             {"image_blank", "image"},
	DuplicateOf:            {"duplicate_of", "image"},
	CategoryExcluded:       {"category_excluded", "refine"},
	BelowThreshold:         {"below_threshold", "threshold"},
}

// String is the reason's name in the rejected table; empty while alive.
func (r Reason) String() string { return reasons[r].name }

// Stage is the stage that rejects for this reason: map, image, refine or threshold.
func (r Reason) Stage() string { return reasons[r].stage }

// OfImage says whether a row is rejected at stage image: it has a mapped name then, and counts at stage 1.
func (r Reason) OfImage() bool { return r >= ImageMissing && r <= DuplicateOf }

// What a label is mapped to that has no mapped name.
const (
	LabelUnmapped = -1 // nothing
	LabelDash     = -2 // "-": the label is left out
)

// MappingReason is why the mapping rejects a label that is mapped to a name or to what stands for none;
// Alive for a name.
func MappingReason(mapped int32) Reason {
	switch mapped {
	case LabelUnmapped:
		return Unmapped
	case LabelDash:
		return LabelExcluded
	}
	return Alive
}

// CheckFinal says where the final classes of names (index of the class's name, -1: excluded) are not such.
func CheckFinal(names []string, final []int32) error {
	if len(final) != len(names) {
		return fmt.Errorf("%d final classes for %d names", len(final), len(names))
	}
	for i, f := range final {
		if f < -1 || int(f) >= len(names) {
			return fmt.Errorf("the final class of %q is %d, want -1 to %d", names[i], f, len(names)-1)
		}
	}
	return nil
}
