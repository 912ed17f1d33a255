package rows

// Columns of the rows between generate and publish: every name once, with its Arrow type, meaning, unit and who makes
// it. A null is "unknown".
//
// As read from a dataset CSV (io/arrowio), all text exactly as in the cell, empty cells as empty strings:
//
//	image_path, differentials, patient_id, lesion_id, mask_path: utf8
//	label, sex, age, body_site, fitzpatrick, image_type, diagnosis_method: dictionary<int32, utf8>
//	extra.<name>: utf8, one per further column, bytewise
//
// Made by stages.Normalise and stages.Join, in this order:
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
	// utf8: JSON array of "column=value" for cells outside what spec 4 allows; null: none
	ColBad    = "bad"
	ColReason = "reason" // uint8: a Reason; 0 while the row is alive
	ColMapped = "mapped" // int32: index of the mapped name in stages.Join.Names; null: none
	// int32: index of the final class in stages.Join.Names; null: none, or its category is excluded
	ColClass = "class"
	// list<struct<label int32, class int32, reader int32, weight float64>>; null: none. See TypeEntries
	ColDifferential = "differential"

	// ExtraPrefix begins the name of every column that only passes through, utf8,
	// kept bytewise sorted after the ones above.
	ExtraPrefix = "extra."
)

// Made by ledger.Decide (zipped beside the columns above, row-aligned):
const (
	ColFate    = "fate"     // uint8: the row's final Reason; 0: selected
	ColTarget  = "target"   // int32: index in stages.Join.Names of the last name the row had; null: none
	ColClassID = "class_id" // int32: stage-3 class id; null unless selected
	ColSplit   = "split"    // uint8: a Split; null unless selected
	ColGroup   = "group"    // uint64: the group_id, big-endian value of its 16 hex digits
	ColDetail  = "detail"   // dictionary: more about the rejection; null: nothing. Only where pictures are known
)

// Made by stages.Facts of what is known of pictures (zipped beside the columns above, row-aligned):
const (
	// dictionary: "ok", or why the image cannot be used, a verdict of spec 9; null: it was never fetched
	ColVerdict = "verdict"
	ColFlaw    = "flaw"   // dictionary: more about the verdict; null: nothing
	ColSHA256  = "sha256" // utf8: of the image's bytes, 64 hex digits; null: unknown
	ColWidth   = "width"  // int32: pixels of the upright image; null: unknown
	ColHeight  = "height" // int32: likewise
	ColPixels  = "pixels" // utf8: SHA-256 of the upright pixels, 64 hex digits; null: unknown, or they show nobody
)

// Made by stages.Facts of what pictures show, before anybody compares it with what the source states (zipped beside the
// columns above, row-aligned):
const (
	ColITA            = "ita"             // float32: degrees, -180 to 180; null: not measured
	ColTone           = "tone"            // dictionary: "1" ... "6", estimated; null: nobody knows
	ColToneAbstains   = "tone_abstains"   // dictionary: why no tone is estimated; null: one is, or nobody looked
	ColKind           = "kind"            // dictionary: the image type that it looks like; null: nobody is sure
	ColKindConfidence = "kind_confidence" // float32: 0 to 1, of ColKind; null where it is
	ColPart           = "part"            // dictionary: part of the body, guessed; null: too unsure, or nobody looked
)

// Made by stages.Describe of what the source states and what pictures show. Origins are stated | estimated, null where
// nothing is known:
const (
	ColBodyPart          = "body_part" // dictionary: of bodysites' vocabulary
	ColBodyPartOrigin    = "body_part_origin"
	ColSkinType          = "skin_type" // dictionary: "1" ... "6"
	ColSkinTypeOrigin    = "skin_type_origin"
	ColSkinITA           = "skin_ita" // float32: ColITA where a tone is estimated; null elsewhere
	ColShown             = "shown"    // dictionary: clinical | dermoscopy | non-dermatological
	ColShownOrigin       = "shown_origin"
	ColShownConfidence   = "shown_confidence" // float32: 0 to 1; null where the type is stated
	ColSkinToneAbstained = "tone_abstained"   // dictionary: why no tone is estimated, the image type among the reasons
)

// Made by stages.Crops (zipped beside the rows, row-aligned):
const (
	ColCropState = "crop_state" // dictionary: done | pending | none; null: the row's image is not looked at
	ColCrops     = "crop_boxes" // list<struct>, of TypeCrops: by crop_id; null: none
	ColCropFlaws = "crop_flaws" // utf8: JSON of stages.Cropped.Flaws; null: nothing is wrong
)

// Made by stages.Published of selected rows, where pictures are published:
const (
	ColPublishedPath = "published_path"   // utf8: in the version's folder; null: the row's picture is not published
	ColPublishedSum  = "sha256_published" // utf8: of the published bytes, 64 hex digits; null likewise
)

// Made by stages.SoftLabel, null unless the row is selected:
const (
	ColReaders    = "readers"     // int32: distinct readers of the differentials; 0: none
	ColTiedTop    = "tied_top"    // bool: another class shares the highest p
	ColSoftLabels = "soft_labels" // list<struct<class_id int32, p float32>>, by descending p
)
