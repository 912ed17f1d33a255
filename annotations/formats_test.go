package annotations

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type example struct{ text, want string }

// examples hold what files of one picture come to. A want that begins with a colon is the end of a finding.
func examples(t *testing.T, settings, name string, all []example) {
	t.Helper()
	for _, c := range all {
		got := drawing(t, settings, name, c.text)
		if !fits(got, c.want) {
			t.Errorf("%s\n%s\nwant %s", c.text, got, c.want)
		}
	}
}

// fits holds what there is against all that is wanted, or behind a colon, the end of a finding.
func fits(got, want string) bool {
	if strings.HasPrefix(want, ":") {
		return strings.HasSuffix(got, want)
	}
	return got == want
}

// Classes that nothing stands behind have their default: every class is a lesion.
func TestEmptyClassesHaveTheirDefault(t *testing.T) {
	for _, text := range []string{"classes:\n", "classes: {lesion: , ignore: ~}\n"} {
		at := filepath.Join(t.TempDir(), settingsName)
		if err := os.WriteFile(at, []byte("format: coco\n"+text), 0o644); err != nil {
			t.Fatal(err)
		}
		c, err := readSettings(at, settingsName)
		if err != nil {
			t.Fatal(err)
		}
		if is, problem := c.roleOf([]string{"any"}); is != lesion {
			t.Errorf("%q: %v, %s", text, is, problem)
		}
	}
}

func TestVOC(t *testing.T) {
	voc := func(inside string) string {
		return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<annotation><folder>f</folder><filename>a.jpg</filename>" +
			"<size><width>100</width><height>80</height><depth>3</depth></size>\n" + inside + "</annotation>"
	}
	object := func(name string, xmin, ymin, xmax, ymax any) string {
		return fmt.Sprintf("<object><name>%s</name><difficult>0</difficult><bndbox><xmin>%v</xmin><ymin>%v</ymin>"+
			"<xmax>%v</xmax><ymax>%v</ymax></bndbox></object>\n", name, xmin, ymin, xmax, ymax)
	}
	examples(t, "format: Pascal VOC\nclasses: {lesion: [naevus, wart], ignore: ruler, no_lesion: clear}\n", "a.xml",
		[]example{
			{voc(object("naevus", 1, 1, 100, 80)), "whole | 0,0 100×80 whole"}, // counted from 1, the last one included
			{voc(object("naevus", 11, 21, 40, 60)), "boxes | 10,20 30×40"},
			{voc(object("naevus", 5, 5, 5, 5)), "boxes | 4,4 1×1"},
			{voc(object("naevus", " 11.5 ", 21, 40, 60) + object("wart", 1, 1, 2, 2) + object("ruler", 0, 0, -1, 0)),
				"boxes | 0,0 2×2 | 10,20 30×40"},
			{voc(object("clear", 0, 0, 0, 0)), "no_lesion"},
			{voc(object("naevus", 41, 21, 10, 60)), ":3: width -30 and height 40: want both above 0"},
			{voc(object("naevus", "x", 21, 10, 60)), ":3: a coordinate is missing or no number"},
			{voc(object("scar", 1, 1, 5, 5)), `:3: class "scar" is not listed in annotations.yaml`},
			{voc("<object><name>wart</name></object>"), ":3: the object has no bndbox"},
			{voc("<object><bndbox><xmin>1</xmin></bndbox></object>"), ":3: it has no class"},
			{voc("<object><name>wart</name><part><name>x</name><bndbox><xmin>1</xmin></bndbox></part>" +
				"<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object>"), "boxes | 0,0 9×9"},
			{"<annotation><size><width>0</width><height>0</height></size>" + object("wart", 1, 1, 5, 5) + "</annotation>",
				"boxes | 0,0 5×5"}, // named by its file
			{strings.Replace(voc(object("wart", 1, 1, 5, 5)), "a.jpg", "a", 1), "boxes | 0,0 5×5"},
		})
}

func TestYOLO(t *testing.T) {
	settings := "format: yolo\nclasses: {lesion: [naevus], ignore: ruler, no_lesion: clear, whole: all}\n"
	all := []example{
		{"0 0.25 0.5 0.3 0.5\n", "boxes | 10,20 30×40"},
		{"0 0.25 0.5 0.3 0.5\n\n1 9 9 9 9\r\n0 0.055 0.06875 0.09 0.1125", "boxes | 1,1 9×9 | 10,20 30×40"},
		{"0 0.1 0.25 0.4 0.25 0.25 0.75", "boxes | 10,20 30×40"},         // a polygon
		{"0 0.1 0.25 0.4 0.25 0.4 0.75 0.1 0.75", "boxes | 10,20 30×40"}, // an oriented box
		{"0 0.333333 0.333333 0.100000 0.100000", "boxes | 28,22 11×9"},  // 28.3 to 38.3, 22.7 to 30.7
		{"0 0.5 0.5 1.0 1.0", "whole | 0,0 100×80 whole"},
		{"2 0 0 0 0", "no_lesion"},
		{"3 0 0 0 0", "whole | 0,0 100×80 whole"},
		{"", ""},
		{"0 25 40 30 40", ":1: 10 is no relative coordinate, which are from 0 to 1"},
		{"0 0.25 0.5 0.3 0.5 0.93", ":1: has a confidence: it is what a model predicted, not what a person drew"},
		{"0 0.25 0.5 0.3", ":1: has 3 numbers behind the class, want 4, or 3 or more points"},
		{"0 0.25 0.5 0.3 nan", ":1: a coordinate is missing or no number"},
		{"0 0.25 0.5 -0.3 0.5", ":1: width -0.3 and height 0.5: want both above 0"},
		{"0 0.25 0.5 0 0.5", ":1: it has no area: width 0 and height 0.5"},
		{"0 1.5 0.5 0.1 0.5", ":1: 145,20 10×40 lies outside the picture of 100×80 pixels"},
		{"7 0.25 0.5 0.3 0.5", ":1: class 7 is not among the 4 classes"},
		{"naevus 0.25 0.5 0.3 0.5", `:1: "naevus" is no number of a class`},
		{"0 0.1 0.25 0.4 0.25 0.25 0.75 0.3", ":1: a polygon has a number too many: want pairs of x and y"},
	}
	for _, list := range []struct{ name, text string }{
		{"classes.txt", "naevus\nruler\nclear\nall\n"},
		{"data.yaml", "path: ../x\ntrain: images/train\nnc: 4\nnames: [naevus, ruler, clear, all]\n"},
		{"data.yaml", "names:\n  0: naevus\n  3: all\n  1: ruler\n  2: clear\n"},
	} {
		for _, c := range all {
			set := read(t, export(settings, "labels/train/a.txt", c.text, list.name, list.text, "train.txt",
				"images/a.jpg\n"), "x/a.jpg")
			got := strings.Join(append([]string{shown(set.Of("clinic", "x/a.jpg", Picture{100, 80, 1}))}, said(set)...), "\n")
			if !fits(got, c.want) {
				t.Errorf("%s %s\n%s\nwant %s", list.name, c.text, got, c.want)
			}
		}
	}
	examples(t, "format: yolo\nclasses: {ignore: [1]}\n", "a.txt", []example{ // without names, numbers are the classes
		{"0 0.25 0.5 0.3 0.5\n1 0 0 0 0", "boxes | 10,20 30×40"},
	})
	set := read(t, export("format: yolo\n", "a.txt", "0 0.25 0.5 0.3 0.5 0.1 0.1 2 0.2 0.2 2\n", "data.yaml",
		"kpt_shape: [2, 3]\nnames: [x]\n", "test.txt", "0 0.5 0.5 0.5 0.5"), "a.png", "test.png")
	for path, want := range map[string]string{"a.png": "boxes | 10,20 30×40", "test.png": "boxes | 25,20 50×40"} {
		if got := shown(set.Of("clinic", path, Picture{100, 80, 1})); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestCVAT(t *testing.T) {
	cvat := func(inside string) string {
		return "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<annotations><version>1.1</version><meta><task><labels><label>" +
			"<name>naevus</name><attributes/></label></labels></task></meta>\n" +
			`<image id="0" name="a.jpg" width="100" height="80">` + "\n" + inside + "</image></annotations>"
	}
	examples(t, "format: CVAT\nclasses: {ignore: ruler, no_lesion: clear, whole: all}\n", "annotations.xml", []example{
		{cvat(`<box label="naevus" xtl="10.00" ytl="20.00" xbr="40.00" ybr="60.00" occluded="0" z_order="0">` +
			`<attribute name="box">x</attribute></box>`), "boxes | 10,20 30×40"},
		{cvat(`<box label="naevus" xtl="10" ytl="20" xbr="40" ybr="60" rotation="90.0"/>`), "boxes | 5,25 40×30"},
		{cvat(`<box label="naevus" xtl="40" ytl="30" xbr="60" ybr="50" rotation="45"/>`), "boxes | 35,25 30×30"},
		{cvat(`<polygon label="naevus" points="10.00,20.00;40.00,20.00;25.00,60.00"/>`), "boxes | 10,20 30×40"},
		{cvat(`<ellipse label="naevus" cx="50" cy="40" rx="20" ry="10"/>`), "boxes | 30,30 40×20"},
		{cvat(`<ellipse label="naevus" cx="50" cy="40" rx="20" ry="10" rotation="90"/>`), "boxes | 40,20 20×40"},
		{cvat(`<mask label="naevus" rle="1, 2, 2, 2, 2" left="10" top="20" width="3" height="3"/>`), "boxes | 10,20 3×3"},
		{cvat(`<mask label="naevus" rle="4, 1, 4" left="10" top="20" width="3" height="3"/>`), "boxes | 11,21 1×1"},
		{cvat(`<tag label="clear"/>`), "no_lesion"},
		{cvat(`<tag label="all"/><tag label="good_frame"/>`), "whole | 0,0 100×80 whole"},
		{cvat(`<box label="ruler" xtl="x"/><box label="naevus" outside="1" xtl="x"/>`), ""},
		{cvat(`<mask label="naevus" rle="4, 1" left="10" top="20" width="3" height="3"/>`),
			":4: mask: the runs of the mask are 5 pixels, and not its 9"},
		{cvat(`<mask label="naevus" rle="4, 6" left="10" top="20" width="3" height="3"/>`),
			":4: mask: the runs of the mask are more than its 9 pixels"},
		{cvat(`<mask label="naevus" rle="4, x" left="10" top="20" width="3" height="3"/>`), `:4: mask: " x" is no run of a mask`},
		{cvat(`<mask label="naevus" rle="9" left="10" top="20" width="999999999" height="999999999"/>`),
			":4: mask: a mask of 0×0 pixels"},
		{cvat(`<box label="naevus" xtl="40" ytl="20" xbr="10" ybr="60"/>`), ":4: box: width -30 and height 40: want both above 0"},
		{cvat(`<polygon label="naevus" points="10,20;40,20"/>`), ":4: polygon: a polygon has 2 points, want 3 or more"},
		{cvat(`<polygon label="naevus" points="10,20;40,20;x"/>`), `:4: polygon: "x" is no point`},
		{cvat(`<polygon label="naevus" points="10,20;40,20;x,1"/>`), ":4: polygon: a coordinate is missing or no number"},
		{cvat(`<points label="naevus" points="10,20"/>`), ":4: points: is no region: draw a box, polygon, ellipse or mask"},
		{`<annotations><track id="0" label="naevus"><box frame="0" xtl="1" ytl="1" xbr="2" ybr="2" outside="0"/></track>` +
			"</annotations>", ":1: track 0 is of a video and names no picture: export as CVAT for images 1.1"},
	})
}

func TestLabelStudio(t *testing.T) {
	task := func(results ...string) string {
		return `[{"id": 1, "data": {"image": "/data/upload/1/0a1b2c3d-a.jpg", "note": "x"}, "predictions": [{"result": [
{"type": "rectanglelabels", "value": {"x": 1, "y": 1, "width": 1, "height": 1}}]}], "annotations": [
{"id": 5, "completed_by": {"id": 3, "email": "ana@x.org"}, "was_cancelled": false, "result": [
` + strings.Join(results, ",\n") + `]}]}]`
	}
	result := func(value string) string {
		return `{"id": "q", "type": "t", "original_width": 100, "original_height": 80, "image_rotation": 0, "value": ` + value + `}`
	}
	const fractions = "its coordinates are all from 0 to 1: they look like fractions, want per cents from 0 to 100"
	by := " by ana@x.org"
	examples(t, "format: label_studio\nclasses: {ignore: ruler, no_lesion: clear}\n", "a.json", []example{
		{task(result(`{"x": 10, "y": 25, "width": 30, "height": 50, "rotation": 0, "rectanglelabels": ["naevus"]}`)),
			"boxes | 10,20 30×40" + by},
		// Turned by a quarter around its top left corner: in pixels, not in per cents.
		{task(result(`{"x": 60, "y": 25, "width": 30, "height": 50, "rotation": 90, "rectanglelabels": ["naevus"]}`)),
			"boxes | 20,20 40×30" + by},
		{task(result(`{"points": [[10, 25], [40, 25], [25, 75]], "closed": true, "polygonlabels": ["naevus"]}`)),
			"boxes | 10,20 30×40" + by},
		{task(result(`{"x": 50, "y": 50, "radiusX": 20, "radiusY": 12.5, "rotation": 0, "ellipselabels": ["naevus"]}`)),
			"boxes | 30,30 40×20" + by},
		{task(result(`{"x": 50, "y": 50, "radiusX": 20, "radiusY": 12.5, "rotation": 90, "ellipselabels": ["naevus"]}`)),
			"boxes | 40,20 20×40" + by},
		// A rectangle, and in a second result of its id the labels that it has.
		{task(result(`{"x": 10, "y": 25, "width": 30, "height": 50}`),
			result(`{"x": 10, "y": 25, "width": 30, "height": 50, "labels": ["naevus"]}`)), "boxes | 10,20 30×40" + by},
		{task(result(`{"x": 10, "y": 25, "width": 30, "height": 50}`),
			result(`{"x": 10, "y": 25, "width": 30, "height": 50, "labels": ["ruler"]}`)), ""},
		{task(result(`{"choices": ["clear"]}`), `{"type": "textarea", "value": {"text": ["x"]}}`), "no_lesion"},
		// Fractions in place of per cents.
		{task(result(`{"x": 0.1, "y": 0.25, "width": 0.3, "height": 0.5, "rectanglelabels": ["naevus"]}`)), ":4: t: " + fractions},
		{task(result(`{"x": 0, "y": 0, "width": 1, "height": 1, "rotation": 90, "rectanglelabels": ["naevus"]}`)),
			":4: t: " + fractions},
		{task(result(`{"points": [[0.1, 0.25], [0.4, 0.25], [0.25, 1]], "polygonlabels": ["naevus"]}`)), ":4: t: " + fractions},
		{task(result(`{"x": 0.5, "y": 0.5, "radiusX": 0.2, "radiusY": 0.1, "rotation": 0, "ellipselabels": ["naevus"]}`)),
			":4: t: " + fractions},
		{task(result(`{"x": 0.5, "y": 0.5, "radiusX": 0.2, "radiusY": 0.1, "rotation": 5, "ellipselabels": ["naevus"]}`)),
			":4: t: " + fractions},
		{task(result(`{"x": 0, "y": 0, "width": 2, "height": 1, "rectanglelabels": ["naevus"]}`)), "boxes | 0,0 2×1" + by},
		{task(result(`{"x": 10, "y": 25, "width": 0, "height": 50, "rectanglelabels": ["naevus"]}`)),
			":4: t: it has no area: width 0 and height 0.5"},
		{task(result(`{"x": 10, "y": 25, "width": -5, "height": 50, "rotation": 10, "rectanglelabels": ["naevus"]}`)),
			":4: t: width -5 and height 40: want both above 0"},
		{task(result(`{"x": 10, "y": 25, "width": "w", "height": 50, "rectanglelabels": ["naevus"]}`)),
			":4: t: a coordinate is missing or no number"},
		{task(result(`{"x": 120, "y": 25, "width": 5, "height": 50, "rectanglelabels": ["naevus"]}`)),
			":4: 120,20 5×40 lies outside the picture of 100×80 pixels"},
		{task(`{"type": "t", "value": {"x": 1, "y": 2, "width": 3, "height": 4, "rotation": 5}}`),
			":4: t: it is turned, and original_width or original_height is missing"},
		{task(strings.Replace(result(`{"x": 1, "y": 2, "width": 3, "height": 4}`), `"image_rotation": 0`,
			`"image_rotation": 90`, 1)), ":4: t: the picture was turned by 90 degrees in the tool"},
		{task(result(`{"x": 1, "y": 2, "width": 0.5, "keypointlabels": ["naevus"]}`)),
			":4: t: is no region: draw a rectangle, polygon, ellipse or mask"},
		{task(result(`{"imageDataURL": "data:", "bitmasklabels": ["naevus"]}`)),
			":4: t: is of a kind that is not read: draw a rectangle, polygon, ellipse or mask"},
		{task(result(`{"format": "rle", "rle": [0, 0, 0, 1], "brushlabels": ["naevus"]}`)),
			":4: t: the mask has 1 values, want 4 for each of 100×80 pixels"},
		{task(result(`{"format": "rle", "rle": [0, 0, 125, 0], "brushlabels": ["naevus"]}`)), ":4: t: the mask breaks off"},
		{strings.Replace(task(result(`{"x": 1, "y": 2, "width": 3, "height": 4}`)), `"was_cancelled": false`,
			`"was_cancelled": true`, 1), ""},
		// JSON-MIN.
		{`[{"image": "s3://bucket/x/a.jpg", "id": 1, "label": [{"x": 10, "y": 25, "width": 30, "height": 50, "rotation": 0,
"rectanglelabels": ["naevus"], "original_width": 100, "original_height": 80}], "annotator": 2, "created_at": "x"}]`,
			"boxes | 10,20 30×40 by 2"},
		{`[{"image": "a.jpg", "choice": "clear"}]`, "no_lesion"},
		{`[{"image": "a.jpg", "choice": ["x", "clear"], "annotator": 2}]`, "no_lesion"},
		{`[{"photo": "a.jpg", "other": "b.jpg", "label": []}]`, ":1: the task names 2 pictures, want one in the value of `image`"},
		{`[5]`, ":1: is no task of Label Studio"},
		{`{"id": 4, "task": {"data": {"image": "a.jpg"}}, "completed_by": {"email": "x"}, "result": [` +
			result(`{"x": 10, "y": 25, "width": 30, "height": 50}`) + `]}`, "boxes | 10,20 30×40 by x"},
	})
}

func TestVIA(t *testing.T) {
	rect := `{"name":"rect","x":10,"y":20,"width":30,"height":40}`
	for _, c := range []struct{ shape, attributes, want string }{
		{rect, `{}`, "boxes | 10,20 30×40"},
		{rect, `{"type":"naevus","note":"x"}`, "boxes | 10,20 30×40"},
		{rect, `{"type":{"ruler":true}}`, ""},
		{rect, `{"type":{"ruler":false}}`, "boxes | 10,20 30×40"},
		{`{"name":"circle","cx":50,"cy":40,"r":10.5}`, `{}`, "boxes | 39,29 22×22"},
		{`{"name":"ellipse","cx":50,"cy":40,"rx":20,"ry":10}`, `{}`, "boxes | 30,30 40×20"},
		{`{"name":"ellipse","cx":50,"cy":40,"rx":20,"ry":10,"theta":1.5707963267948966}`, `{}`, "boxes | 40,20 20×40"},
		{`{"name":"polygon","all_points_x":[10,40,25],"all_points_y":[20,20,60]}`, `{}`, "boxes | 10,20 30×40"},
		{`{"name":"polygon","all_points_x":[10,40,25],"all_points_y":[20,20]}`, `{}`,
			": polygon: a polygon has 3 x and 2 y, want 3 or more of both"},
		{`{"name":"circle","cx":50,"cy":40,"r":-1}`, `{}`, ": circle: its radius is not above 0"},
		{`{"name":"rect","x":10,"y":20,"width":0,"height":40}`, `{}`, ": rect: it has no area: width 0 and height 40"},
		{`{"name":"point","cx":10,"cy":20}`, `{}`, ": point: is no region: draw a rect, circle, ellipse or polygon"},
		{`{"name":"cloud"}`, `{}`, `: cloud: "cloud" is no shape of VIA 2`},
	} {
		settings := "format: via\nclasses: {ignore: [ruler], no_lesion: clear}\n"
		image := `{"filename":"a.jpg","size":5,"regions":[{"shape_attributes":` + c.shape + `,"region_attributes":` +
			c.attributes + `}],"file_attributes":{"url":"x"}}`
		quote := func(text string) string { return `"` + strings.ReplaceAll(text, `"`, `""`) + `"` }
		for name, text := range map[string]string{
			"annotations.json": `{"a.jpg5":` + image + `}`,
			"project.json": `{"_via_settings":{"x":[]},"_via_img_metadata":{"a.jpg5":` + image + `},"_via_attributes":{},` +
				`"_via_data_format_version":"2.0.10","_via_image_id_list":["a.jpg5"]}`,
			"v1.json": `{"a.jpg5":` + strings.Replace(strings.Replace(image, `[{"sh`, `{"0":{"sh`, 1), `}],`, `}},`, 1) + `}`,
			"annotations.csv": "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes," +
				"region_attributes\na.jpg,5,\"{}\",1,0," + quote(c.shape) + "," + quote(c.attributes) + "\n",
		} {
			got := drawing(t, settings, name, text)
			if !fits(got, c.want) {
				t.Errorf("%s\n%s\n%s\nwant %s", name, text, got, c.want)
			}
		}
	}
	examples(t, "format: via\nclasses: {no_lesion: clear}\n", "a.json", []example{
		{`{"a.jpg5":{"filename":"a.jpg","regions":[],"file_attributes":{"what":"clear"}}}`, "no_lesion"},
		{`{"a":{"regions":[]}}`, ":1: has no filename: want what VIA 2 exports as annotations, or its project"},
	})
	examples(t, "format: via\nclasses: {no_lesion: clear}\n", "a.csv", []example{
		{"filename,file_attributes,region_shape_attributes,region_attributes\na.jpg,\"{\"\"what\"\":\"\"clear\"\"}\",{},{}\n",
			"no_lesion"},
		{"filename,file_attributes,region_shape_attributes,region_attributes\na.jpg,{},{x},{}\n",
			`:2: region_shape_attributes is no JSON: "{x}"`},
	})
}
