package stages

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/engine/enginetest"
	"github.com/dermset/dermset/rows"
)

func TestPseudonymise(t *testing.T) {
	as := func(what string) func(string) string {
		return func(original string) string { return what + "(" + original + ")" }
	}
	s := Pseudonymise{Source: "s", Image: as("image"), ImageID: as("id"), Patient: as("patient"), Lesion: as("lesion"),
		Mask: as("mask"), Said: as("said")}
	all := arrow.NewSchema([]arrow.Field{{Name: OutImageID, Type: rows.TypeText},
		{Name: rows.ColImagePath, Type: rows.TypeText}, rows.Nullable(rows.ColLabel, rows.TypeDict),
		rows.Nullable(rows.ColPatient, rows.TypeText), rows.Nullable(rows.ColLesion, rows.TypeText),
		rows.Nullable(rows.ColMaskPath, rows.TypeText), rows.Nullable("extra.note", rows.TypeText),
		rows.Nullable(rows.ColDetail, rows.TypeDict), rows.Nullable(rows.ColFlaw, rows.TypeDict)}, nil)
	enginetest.Run(t, s, all, []row{
		{"image_id": "s/a/1.jpg", "image_path": "a/1.jpg", "source_label": "a/1.jpg", "patient_id": "p", "lesion_id": "l",
			"mask_path": "m.png", "extra.note": "p", "detail": "t/2.jpg", "flaw": "no a/1.jpg"},
		{"image_id": "s/2", "image_path": "2"},
		{"image_id": "s/3", "image_path": "3", "source_label": "x", "detail": "t/2.jpg"},
	}, []row{
		{"image_id": "s/image(a/1.jpg)", "image_path": "image(a/1.jpg)", "source_label": "a/1.jpg",
			"patient_id": "patient(p)", "lesion_id": "lesion(l)", "mask_path": "mask(m.png)", "detail": "id(t/2.jpg)",
			"flaw": "said(no a/1.jpg)"},
		{"image_id": "s/image(2)", "image_path": "image(2)"},
		{"image_id": "s/image(3)", "image_path": "image(3)", "source_label": "x", "detail": "id(t/2.jpg)"},
	})
	few := arrow.NewSchema(all.Fields()[:2], nil) // as gallery.shots has them
	enginetest.Run(t, s, few, []row{{"image_id": "s/1", "image_path": "1"}},
		[]row{{"image_id": "s/image(1)", "image_path": "image(1)"}})
	if _, _, err := s.Bind(arrow.NewSchema(all.Fields()[2:], nil)); err == nil {
		t.Error("rows without an image_id are taken")
	}
}
