package stages

import (
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/engine/enginetest"
	"github.com/dermset/dermset/rows"
)

func TestCrops(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: rows.ColImagePath, Type: rows.TypeText}, rows.Nullable(rows.ColMaskPath, rows.TypeText),
		{Name: rows.ColReason, Type: rows.TypeUint8},
	}, nil)
	s := Crops{Of: func(path, mask string) (Cropped, error) {
		return map[string]Cropped{
			"a m": {State: "done", Crops: []Crop{{1, 2, 3, 4, true, ""}, {5, 6, 7, 8, false, "Ana"}}},
			"b ":  {State: "pending", Flaws: []Note{{ID: "bad_mask", Fault: "m failed", Detail: "m is\ngone"}}},
		}[path+" "+mask], nil
	}}
	crop := func(x, y, width, height int, origin string) row {
		return row{"x": x, "y": y, "width": width, "height": height, "origin": origin}
	}
	drawn := crop(5, 6, 7, 8, "annotation")
	drawn["annotator"] = "Ana"
	want := []row{
		{"crop_state": "done", "crop_boxes": []any{crop(1, 2, 3, 4, "mask"), drawn}},
		{"crop_state": "pending", "crop_flaws": `[{"id":"bad_mask","fault":"m failed","detail":"m is\ngone"}]`}, {},
	}
	in := []row{{"image_path": "a", "mask_path": "m", "reason": uint8(0)}, {"image_path": "b", "reason": uint8(0)},
		{"image_path": "a", "mask_path": "m", "reason": uint8(rows.NoLabel)}}
	enginetest.Run(t, s, schema, in, want)

	image := arrow.Field{Name: OutImageID, Type: rows.TypeText}
	table := arrow.NewSchema(slices.Concat([]arrow.Field{image, rows.Nullable(rows.ColMaskPath, rows.TypeText)},
		rows.CropFields), nil)
	for i := range want {
		want[i]["image_id"], want[i]["mask_path"] = "s/"+in[i]["image_path"].(string), "m"
	}
	enginetest.Run(t, CropTable{}, table, want, []row{
		{"image_id": "s/a", "crop_id": 1, "x": 1, "y": 2, "width": 3, "height": 4, "origin": "mask", "mask_path": "m"},
		{"image_id": "s/a", "crop_id": 2, "x": 5, "y": 6, "width": 7, "height": 8, "origin": "annotation",
			"annotator": "Ana"},
	})
}
