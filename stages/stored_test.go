package stages

import (
	"testing"

	"github.com/dermset/dermset/rows"
)

// ImagePaths and RowColumns part joined rows without overlap; what they both leave out is read by no later step.
func TestStoredColumns(t *testing.T) {
	joined := must(Joined(rawSchema("a")))
	paths, _, err := ImagePaths{}.Bind(joined)
	if err != nil {
		t.Fatal(err)
	}
	others, _, err := RowColumns{}.Bind(joined)
	if err != nil {
		t.Fatal(err)
	}
	if got := namesOf(paths); got != rows.ColImagePath {
		t.Errorf("image paths are %s", got)
	}
	const want = "source_label, label_origin, patient_id, lesion_id, sex, age, body_site, fitzpatrick, image_type, " +
		"diagnosis_method, " +
		"mask_path, mapped, differential, extra.a"
	if got := namesOf(others); got != want {
		t.Errorf("other columns are %s, want %s", got, want)
	}
	if _, _, err := (RowColumns{}).Bind(paths); err != nil {
		t.Error(err)
	}
	if _, _, err := (ImagePaths{}).Bind(others); err == nil {
		t.Error("rows without image paths were taken")
	}
}
