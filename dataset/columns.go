package dataset

// The columns of a dataset CSV, by name.
const (
	ImagePath       = "image_path"       // the image, relative to the source's root; see CheckPath. Unique in a source
	Label           = "label"            // the diagnosis, byte for byte as the source gives it
	Differentials   = "differentials"    // JSON; see ParseDifferentials
	PatientID       = "patient_id"       // text, byte for byte
	LesionID        = "lesion_id"        // text, byte for byte
	SexColumn       = "sex"              // male | female | other; see Sex
	AgeColumn       = "age"              // years, 0 to 120; see Age
	BodySite        = "body_site"        // text as stated
	FitzpatrickType = "fitzpatrick"      // 1 to 6; see Fitzpatrick
	ImageTypeColumn = "image_type"       // clinical | dermoscopy | non-dermatological; see ImageType
	MethodColumn    = "diagnosis_method" // histopathology | consensus | single | unknown; see DiagnosisMethod
	MaskPath        = "mask_path"        // the segmentation mask, relative to the source's root; see CheckPath
)

// Columns are the columns of a dataset CSV, in order. Further columns follow them.
var Columns = []string{
	ImagePath, Label, Differentials, PatientID, LesionID, SexColumn, AgeColumn, BodySite, FitzpatrickType,
	ImageTypeColumn, MethodColumn, MaskPath,
}
