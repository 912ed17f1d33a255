package annotations

import (
	"strings"
	"testing"
)

// coco is a file of one image, one category, and annotations.
func coco(annotations ...string) string {
	return `{"info": {"description": "x", "nested": [[{}]]}, "annotations": [` + strings.Join(annotations, ",\n") + `],
"categories": [{"id": 1, "name": "naevus"}, {"id": 2, "name": "ruler"}, {"id": 3, "name": "clear"}],
"images": [{"id": 7, "file_name": "a.jpg", "width": 100, "height": 80}]}`
}

func TestCOCO(t *testing.T) {
	for _, c := range []struct{ annotation, want string }{
		{`{"id": 1, "image_id": 7, "category_id": 1, "bbox": [10, 20, 30.5, 40]}`, "boxes | 10,20 31×40"},
		{`{"id": 1, "image_id": "7", "category_id": 1.0, "segmentation": [], "bbox": [10, 20, 30, 40]}`, "boxes | 10,20 30×40"},
		{`{"id": 1, "image_id": 7, "category_id": 1, "segmentation": [[10, 20, 40, 20, 25, 60.5], [50, 21, 55, 21, 52, 30]]}`,
			"boxes | 10,20 45×41"},
		{`{"id": 1, "image_id": 7, "category_id": 1, "segmentation": [10, 20, 40, 20, 25, 60]}`, "boxes | 10,20 30×40"},
		{`{"id": 1, "image_id": 7, "category_id": 1, "iscrowd": 1, "segmentation": {"counts": [1620, 3, 77, 3, 6297],
			"size": [80, 100]}, "bbox": [20, 20, 2, 3]}`, "boxes | 20,20 2×3"},
		{`{"id": 1, "image_id": 7, "category_id": 3}`, "no_lesion"},
		{`{"id": 1, "image_id": 7, "category_id": 3, "bbox": [0, 0, 0, 0]}`, "no_lesion"},
		{`{"id": 1, "image_id": 7, "category_id": 2, "bbox": [0, 0, -1, 0]}`, ""},
		{`{"id": 1, "image_id": 7, "bbox": [10, 20, 30, 40]}`, "boxes | 10,20 30×40"},
		{`{"id": 1, "image_id": 7, "category_id": 1, "bbox": [0, 0, 100, 80]}`, "whole | 0,0 100×80 whole"},
		{`{"id": 1, "image_id": 7, "category_id": 1, "bbox": [0, 0, NaN, 80]}`,
			": annotation 1: a coordinate is missing or no number"},
		{`{"id": 1, "image_id": 7, "category_id": 1, "bbox": [0, 0, 1e999, 80]}`,
			": annotation 1: a coordinate is missing or no number"},
		{`{"id": 1, "image_id": 7, "category_id": 1, "bbox": [0, "x", 5, 80]}`,
			": annotation 1: a coordinate is missing or no number"},
		{`{"id": 1, "image_id": 7, "category_id": 1, "bbox": [0, 0, 5]}`, ": annotation 1: a coordinate is missing or no number"},
		{`{"id": 1, "image_id": 7, "category_id": 1, "bbox": "0 0 5 5"}`, ": annotation 1: a coordinate is missing or no number"},
		{`{"id": 1, "image_id": 7, "category_id": 1, "bbox": [30, 20, 10, -5]}`,
			": annotation 1: width 10 and height -5: want both above 0"},
		{`{"id": 1, "image_id": 7, "category_id": 1, "bbox": [30, 20, 0, 5]}`,
			": annotation 1: it has no area: width 0 and height 5"},
		{`{"id": 1, "image_id": 7, "category_id": 1, "bbox": [0.3, 0.25, 0.5, 0.5]}`,
			": annotation 1: its coordinates are all from 0 to 1: they look relative, want pixels"},
		{`{"id": 1, "image_id": 7, "category_id": 1, "bbox": [110, 20, 10, 5]}`,
			":1: 110,20 10×5 lies outside the picture of 100×80 pixels"},
		{`{"id": 1, "image_id": 7, "category_id": 1}`, ": annotation 1: it has neither bbox nor segmentation"},
		{`{"id": 1, "image_id": 8, "category_id": 1, "bbox": [10, 20, 30, 40]}`,
			`: annotation 1: its image_id "8" is not among the images`},
		{`{"id": 1, "image_id": 7, "category_id": 9, "bbox": [10, 20, 30, 40]}`,
			`: annotation 1: its category_id "9" is not among the categories`},
		{`{"id": 1, "image_id": 7, "category_id": 1, "bbox": [10, 20, 40, 60], "segmentation": [[10, 20, 40, 20, 25, 60]]}`,
			": annotation 1: its bbox is from 10,20 to 50,80, its segmentation from 10,20 to 40,60"}, // two corners
		{`{"id": 1, "image_id": 7, "category_id": 1, "segmentation": [[10, 20, 40, 20, 25]]}`,
			": annotation 1: a polygon has a number too many: want pairs of x and y"},
		{`{"id": 1, "image_id": 7, "category_id": 1, "segmentation": [[10, 20, 40, 20]]}`,
			": annotation 1: a polygon has 2 points, want 3 or more"},
		{`{"id": 1, "image_id": 7, "category_id": 1, "segmentation": {"counts": [8000], "size": [80, 100]}}`,
			": annotation 1: its mask is empty"},
		{`{"id": 1, "image_id": 7, "category_id": 1, "segmentation": {"counts": [0, 10], "size": [80, 100]}}`,
			": annotation 1: the runs of the mask are 10 pixels, and not its 8000"},
		{`{"id": 1, "image_id": 7, "category_id": 1, "segmentation": {"counts": [0, 10], "size": [40, 50]}}`,
			": annotation 1: its mask has 50×40 pixels, its image 100×80"},
		{`{"id": 1, "image_id": 7, "category_id": 1, "segmentation": {"counts": "04", "size": [1e9, 1e9]}}`,
			": annotation 1: the size of its mask is [1e+09 1e+09]: want [height, width], each from 1 to 1048576 pixels"},
		{`"a text"`, `: annotation : its image_id "" is not among the images`},
	} {
		got := drawing(t, "format: COCO\nclasses: {ignore: ruler, no_lesion: [clear]}\n", "a.json", coco(c.annotation))
		if !fits(got, c.want) {
			t.Errorf("%s: %s, want %s", c.annotation, got, c.want)
		}
	}
}

// TestCOCOKeepsTheRest: what is wrong with one annotation leaves the others, and each is said with its place.
func TestCOCOKeepsTheRest(t *testing.T) {
	set := read(t, export("format: coco\nannotator: ana\n", "x/instances.json", `{"images": [
{"id": 1, "file_name": "a.jpg"},
{"id": 2, "file_name": "b.jpg"},
{"id": 2, "file_name": "c.jpg"},
{"id": 3},
{"id": 4, "file_name": "unknown.jpg"}
], "annotations": [
{"id": 10, "image_id": 1, "bbox": [1, 2, 3, 4]},
{"id": 11, "image_id": 1, "bbox": [1, 2, -3, 4]},
{"id": 12, "image_id": 2, "bbox": [1, 2, 3, 4]},
{"id": 13, "image_id": 4, "bbox": [1, 2, 3, 4]},
{"id": 14, "image_id": 1, "bbox": [5, 6, 7, 8]}
]}`), "a.jpg", "b.jpg", "c.jpg")
	equal(t, said(set),
		`annotations/clinic/x/instances.json | annotations/clinic/x/instances.json:4: `+
			`image 2 is there twice, as "b.jpg", "c.jpg": none of them counts`,
		`annotations/clinic/x/instances.json | annotations/clinic/x/instances.json:5: an image has no id, or no file_name`,
		`annotations/clinic/x/instances.json | annotations/clinic/x/instances.json:10: `+
			`annotation 12: its image_id "2" is not among the images`,
		`clinic/a.jpg | annotations/clinic/x/instances.json:9: annotation 11: width -3 and height 4: want both above 0`,
		`clinic/unknown.jpg | annotations/clinic/x/instances.json:6: the source has no picture "unknown.jpg"`)
	if got, want := shown(set.Of("clinic", "a.jpg", Picture{100, 80, 1})),
		"boxes | 1,2 3×4 by ana | 5,6 7×8 by ana"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	equal(t, set.Pictures("clinic"), "a.jpg")
}

// TestLabelStudiosCOCO: it has the stored size of a picture, boxes of upright pixels, and polygons of neither.
func TestLabelStudiosCOCO(t *testing.T) {
	set := read(t, export("format: coco\n", "result.json", `{"images": [{"id": 1, "file_name": "images/a.jpg",
"width": 100, "height": 80}], "categories": [{"id": 0, "name": "x"}], "annotations": [
{"id": 1, "image_id": 1, "category_id": 0, "segmentation": [], "bbox": [10, 20, 30, 40]},
{"id": 2, "image_id": 1, "category_id": 0, "segmentation": [[10, 20, 40, 20, 25, 60]], "bbox": [10, 20, 30, 40]}
], "info": {"contributor": "Label Studio"}}`), "a.jpg")
	if got, want := shown(set.Of("clinic", "a.jpg", Picture{100, 80, 6})), "boxes | 10,20 30×40 | "+
		"annotations/clinic/result.json:4: Label Studio's COCO files mix sizes of the stored and of the upright picture: "+
		"export JSON | assumed"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
