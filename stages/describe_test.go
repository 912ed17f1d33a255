package stages

import (
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/engine/enginetest"
	"github.com/dermset/dermset/rows"
)

var statedSchema = arrow.NewSchema([]arrow.Field{
	rows.Nullable(rows.ColBodySite, rows.TypeDict), rows.Nullable(rows.ColFitzpatrick, rows.TypeDict),
	rows.Nullable(rows.ColImageType, rows.TypeDict),
}, nil)

func partOf(site string) string { return map[string]string{"left arm": "arm", "Nase": "nose"}[site] }

// Without pictures there is what is stated.
func TestDescribeWithoutPictures(t *testing.T) {
	enginetest.Run(t, Describe{Part: partOf}, statedSchema,
		[]row{{"body_site": "left arm", "fitzpatrick": "2", "image_type": "dermoscopy"}, {"body_site": "moon"}, {}},
		[]row{
			{
				"body_site": "left arm", "fitzpatrick": "2", "image_type": "dermoscopy",
				"body_part": "arm", "body_part_origin": "stated", "skin_type": "2", "skin_type_origin": "stated",
				"shown": "dermoscopy", "shown_origin": "stated",
			},
			{"body_site": "moon"}, {},
		})
}

// What is stated wins; what pictures show fills the rest; the final type decides whether a tone is estimated.
func TestDescribe(t *testing.T) {
	schema := arrow.NewSchema(slices.Concat(statedSchema.Fields(), rows.ShownFields), nil)
	merge := func(rows ...row) row {
		all := row{}
		for _, r := range rows {
			for name, value := range r {
				all[name] = value
			}
		}
		return all
	}
	tone := row{"ita": float32(30.5), "tone": "2"}
	clinical := row{"kind": "clinical", "kind_confidence": float32(0.75)}
	dermoscopy := row{"kind": "dermoscopy", "kind_confidence": float32(0.5)}
	estimated := row{"skin_type": "2", "skin_type_origin": "estimated", "skin_ita": float32(30.5)}
	looksClinical := row{"shown": "clinical", "shown_origin": "estimated", "shown_confidence": float32(0.75)}
	saysClinical := row{"shown": "clinical", "shown_origin": "stated"}
	looksDermoscopic := row{"shown": "dermoscopy", "shown_origin": "estimated", "shown_confidence": float32(0.5)}
	cases := map[string]struct{ in, more row }{
		"nothing stated": {merge(tone, clinical, row{"part": "foot"}),
			merge(estimated, looksClinical, row{"body_part": "foot", "body_part_origin": "estimated"})},
		"all stated": {
			merge(tone, dermoscopy,
				row{"part": "foot", "body_site": "Nase", "fitzpatrick": "6", "image_type": "clinical"}),
			merge(saysClinical, row{"body_part": "nose", "body_part_origin": "stated", "skin_type": "6",
				"skin_type_origin": "stated", "skin_ita": float32(30.5)}),
		},
		"looks dermoscopic": {merge(tone, dermoscopy), merge(looksDermoscopic, row{"tone_abstained": "dermoscopy"})},
		"says no skin": {merge(tone, clinical, row{"image_type": "non-dermatological"}),
			row{"shown": "non-dermatological", "shown_origin": "stated", "tone_abstained": "non-dermatological"}},
		"too little skin": {merge(clinical, row{"ita": float32(1), "tone_abstains": "too_little_skin"}),
			merge(looksClinical, row{"tone_abstained": "too_little_skin"})},
		"nobody is sure of the type": {tone, estimated},
		"nobody looked":              {row{}, row{}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			enginetest.Run(t, Describe{Part: partOf}, schema, []row{c.in, {}, c.in},
				[]row{merge(c.in, c.more), {}, merge(c.in, c.more)})
		})
	}
}
