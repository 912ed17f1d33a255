package stages

// Columns of the rows between generate and publish: every name once, with its Arrow type, meaning and who makes it. A null is "unknown".
//
// As read from a dataset CSV (io/arrowio), all text exactly as in the cell, empty cells as empty strings:
//
//	image_path, differentials, patient_id, lesion_id, mask_path: utf8
//	label, sex, age, body_site, fitzpatrick, image_type, diagnosis_method: dictionary<int32, utf8>
//	extra.<name>: utf8, one per further column, bytewise
//
// After Normalise and Join, in this order:
const (
	ColImagePath       = "image_path"       // utf8: the dataset CSV's image_path, never null
	ColLabel           = "source_label"     // dictionary: the label, byte for byte, stated or derived; null: none
	ColLabelOrigin     = "label_origin"     // dictionary: stated | derived | derived_tie; null: no label
	ColPatient         = "patient_id"       // utf8, null: none (empty or one of the source's id_missing)
	ColLesion          = "lesion_id"        // utf8, null: none
	ColSex             = "sex"              // dictionary: male | female | other
	ColAge             = "age"              // float32: years, 0-120
	ColBodySite        = "body_site"        // dictionary: as stated
	ColFitzpatrick     = "fitzpatrick"      // dictionary: "1" ... "6", stated
	ColImageType       = "image_type"       // dictionary: clinical | dermoscopy | non-dermatological, stated
	ColDiagnosisMethod = "diagnosis_method" // dictionary: histopathology | consensus | single | unknown
	ColMaskPath        = "mask_path"        // utf8
	ColBad             = "bad"              // utf8: JSON array of "column=value" for cells outside what spec 4 allows; null: none
	ColReason          = "reason"           // uint8: a Reason; 0 while the row is alive
	ColMapped          = "mapped"           // int32: index of the mapped name in Join.Names; null: none
	ColClass           = "class"            // int32: index of the final class in Join.Names; null: none, or its category is excluded
	ColDifferential    = "differential"     // list<struct<label int32, class int32, reader int32, weight float64>>; null: none. See Join

	// ExtraPrefix begins the name of every column that only passes through, utf8, kept bytewise sorted after the ones above.
	ExtraPrefix = "extra."
)

// After Decide (zipped beside the columns above, row-aligned):
const (
	ColFate    = "fate"     // uint8: the row's final Reason; 0: selected
	ColTarget  = "target"   // int32: index in Join.Names of the last name the row had; null: none
	ColClassID = "class_id" // int32: stage-3 class id; null unless selected
	ColSplit   = "split"    // uint8: 0 train, 1 val, 2 test; null unless selected
	ColGroup   = "group"    // uint64: the group_id, big-endian value of its 16 hex digits
	ColDetail  = "detail"   // dictionary: more about the rejection; null: nothing. Only where pictures are known
)

// After Depict (zipped beside the columns above, row-aligned), where pictures are known:
const (
	ColVerdict = "verdict" // dictionary: why the image cannot be used, a verdict of spec 9; empty: it can; null: it was never fetched
	ColFlaw    = "flaw"    // dictionary: more about the verdict; null: nothing
	ColSHA256  = "sha256"  // utf8: of the image's bytes, 64 hex digits; null: unknown
	ColWidth   = "width"   // int32: pixels of the upright image; null: unknown
	ColHeight  = "height"  // int32: likewise
)

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

var reasons = [...]struct{ name, stage string }{
	Alive:                  {"", ""},
	SourcePending:          {"source_pending", "map"},
	Withdrawn:              {"withdrawn", "map"},
	NoLabel:                {"no_label", "map"},
	Unmapped:               {"unmapped", "map"},
	LabelExcluded:          {"label_excluded", "map"},
	ImageMissing:           {"image_missing", "image"},
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

// ofImage says whether a row is rejected at stage image: it has a mapped name then, and counts at stage 1.
func (r Reason) ofImage() bool { return r >= ImageMissing && r <= DuplicateOf }

// Split is one of the three parts of a dataset.
type Split uint8

const (
	Train Split = iota
	Val
	Test
)

// Splits lists the splits in order.
var Splits = [3]string{Train: "train", Val: "val", Test: "test"}

func (s Split) String() string { return Splits[s] }
