package annotations

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// fuzz reads files of one exporter. Whatever they hold: boxes lie inside their picture, each once and in order, the
// state fits them, and reading again says the same.
func fuzz(f *testing.F, settings, name string, seeds ...string) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	files := export(settings, name, "")
	if settings == "" {
		files, name = map[string]string{"clinic/annotations.yaml": "format: coco\n"}, "../"+name
	}
	root := folder(f, files)
	f.Fuzz(func(t *testing.T, text []byte) {
		must(t, os.WriteFile(filepath.Join(root, "clinic", name), text, 0o666))
		first, again := fuzzed(t, root), fuzzed(t, root)
		if !reflect.DeepEqual(first, again) {
			t.Fatalf("%v\n%v", first, again)
		}
	})
}

// fuzzed is all that a folder says of three pictures.
func fuzzed(t *testing.T, root string) (all []any) {
	set, err := Read(root, []string{"clinic"})
	if err != nil {
		return []any{err.Error()}
	}
	set.Match("clinic", slices.Values([]string{"a.jpg", "x/b.jpg", "c.png"}))
	all = append(all, set.Findings())
	for _, path := range set.Pictures("clinic") {
		for orientation := 1; orientation <= 8; orientation += 5 {
			p := Picture{100, 80, orientation}
			got := set.Of("clinic", path, p)
			width, height := 100, 80
			if orientation == 6 {
				width, height = 80, 100
			}
			checkPlaced(t, got, width, height)
			all = append(all, got)
		}
		all = append(all, set.Key("clinic", path))
	}
	return all
}

func checkPlaced(t *testing.T, p Placed, width, height int) {
	t.Helper()
	want := None
	for i, b := range p.Boxes {
		if b.X < 0 || b.Y < 0 || b.Width < 1 || b.Height < 1 || b.X+b.Width > width || b.Y+b.Height > height {
			t.Fatalf("%v is not inside %d×%d", b, width, height)
		}
		if i > 0 && (b.Box == p.Boxes[i-1].Box || b.Y < p.Boxes[i-1].Y) {
			t.Fatalf("%v is out of order or twice", p.Boxes)
		}
		if b.Whole != (b.Width == width && b.Height == height) {
			t.Fatalf("%v is whole: %v", b.Box, b.Whole)
		}
		if want != Boxes && b.Whole {
			want = Whole
		} else {
			want = Boxes
		}
	}
	if p.State != want && (p.State != NoLesion || want != None) {
		t.Fatalf("%q, want %q", p.State, want)
	}
}

func FuzzNative(f *testing.F) {
	f.Add([]byte(header))
	fuzz(f, "", "a.csv",
		header+"clinic,a.jpg,10,20,30,40,ana,,\nclinic,a.jpg,whole,,,,b,,\nclinic,x/b.jpg,no_lesion,,,,b,,\"x\"\n",
		header+"clinic,a.jpg,1,2\nclinic,\"a.jpg\n")
}

func FuzzCOCO(f *testing.F) {
	fuzz(f, "format: coco\nclasses: {ignore: ruler, no_lesion: clear}\n", "a.json",
		coco(`{"id": 1, "image_id": 7, "category_id": 1, "bbox": [10, 20, 30.5, 40]}`,
			`{"id": 1, "image_id": 7, "category_id": 3, "segmentation": [[10, 20, 40, 20, 25, 60.5]]}`),
		coco(`{"image_id": 7, "segmentation": {"counts": [1620, 3, 77, 3, 6297], "size": [80, 100]}}`),
		coco(`{"image_id": 7, "segmentation": {"counts": "04", "size": [2, 2]}, "bbox": [NaN, "\u00e9\ud83d\ude00", 1e9, null]}`))
}

func FuzzVOC(f *testing.F) {
	fuzz(f, "format: voc\n", "a.xml", `<?xml version="1.0" encoding="UTF-8"?><annotation><filename>a.jpg</filename><size><width>100
</width><height>80</height></size><object><name>n</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax>
</bndbox></object></annotation>`, `<annotation><!-- --><![CDATA[x]]><object/></annotation>`)
}

func FuzzYOLO(f *testing.F) {
	fuzz(f, "format: yolo\nclasses: {ignore: 1, no_lesion: 2}\n", "a.txt", "0 0.25 0.5 0.3 0.5\r\n1 0 0 0 0\n\n2 0 0 0 0",
		"0 0.1 0.25 0.4 0.25 0.25 0.75\n0 0.1 0.25 0.4 0.25 0.25\n", "0 nan inf 1e300 -1")
}

func FuzzLabelStudio(f *testing.F) {
	fuzz(f, "format: label_studio\nclasses: {no_lesion: clear}\n", "a.json",
		`[{"data": {"image": "/data/upload/1/0a1b2c3d-a.jpg"}, "annotations": [{"completed_by": 1, "result": [{"id": "q",
"original_width": 100, "original_height": 80, "value": {"x": 10, "y": 25, "width": 30, "height": 50, "rotation": 30,
"labels": ["x"]}}, {"value": {"choices": ["clear"]}}, {"value": {"points": [[1, 2], [3, 4], [5, 9]]}}]}]}]`,
		`[{"image": "a.jpg", "l": [{"original_width": 9, "original_height": 9, "rle": [0, 0, 1, 68, 57, 27, 252, 96, 0, 1, 194, 0,
5, 110, 75, 0, 0, 14, 16, 0, 43, 64, 3, 132, 0, 10, 220, 206, 0, 0, 28, 32, 0, 86, 231, 176, 0]}, {"x": 50, "y": 50,
"radiusX": 20, "radiusY": 5, "rotation": 10, "original_width": 9, "original_height": 9}], "choice": "clear"}]`)
}

func FuzzCVAT(f *testing.F) {
	fuzz(f, "format: cvat\nclasses: {no_lesion: clear}\n", "a.xml", `<annotations><version>1.1</version><image id="0" name="a.jpg"
width="100" height="80"><box label="x" xtl="10" ytl="20" xbr="40" ybr="60" rotation="30"/><polygon points="1,2;3,4;5,1"/>
<mask rle="1, 2, 2, 2, 2" left="10" top="20" width="3" height="3"/><ellipse cx="50" cy="40" rx="20" ry="10" rotation="9"/>
<tag label="clear"/></image><image id="1" name="x/b.jpg"/><track id="0"/></annotations>`)
}

func FuzzVIA(f *testing.F) {
	fuzz(f, "format: via\nclasses: {no_lesion: clear}\n", "a.json", `{"_via_settings":{},"_via_img_metadata":{"a.jpg5":{"filename":
"a.jpg","size":5,"regions":[{"shape_attributes":{"name":"rect","x":10,"y":20,"width":30,"height":40},"region_attributes":
{"k":{"x":true}}},{"shape_attributes":{"name":"ellipse","cx":50,"cy":40,"rx":20,"ry":10,"theta":1}}],"file_attributes":
{"what":"clear"}}}}`, `{"a":{"filename":"c.png","regions":{"0":{"shape_attributes":{"name":"polygon","all_points_x":[1,2,3],
"all_points_y":[1,9,3]}}}}}`)
}

func FuzzVIACSV(f *testing.F) {
	fuzz(f, "format: via\nclasses: {no_lesion: clear}\n", "a.csv",
		"filename,file_size,file_attributes,region_count,region_id,"+
			"region_shape_attributes,region_attributes\na.jpg,5,\"{\"\"k\"\":\"\"clear\"\"}\",1,0,\"{\"\"name\"\":\"\"rect\"\","+
			"\"\"x\"\":10,\"\"y\"\":20,\"\"width\"\":30,\"\"height\"\":40}\",\"{}\"\n")
}

func FuzzSettings(f *testing.F) {
	for _, seed := range []string{"format: coco\n", "format: Pascal VOC\npixels: stored\nannotator: ana\n",
		"format: yolo\nclasses:\n  lesion: [a, b]\n  ignore: c\n"} {
		f.Add([]byte(seed))
	}
	at := filepath.Join(f.TempDir(), settingsName)
	f.Fuzz(func(t *testing.T, text []byte) {
		must(t, os.WriteFile(at, text, 0o666))
		if c, err := readSettings(at, "annotations/x/annotations.yaml"); err == nil && formats[c.format].read == nil {
			t.Fatalf("%+v", c)
		}
		_, _, _ = yamlClasses("data.yaml", text)
	})
}

// FuzzMasks: whatever the runs say, the extent lies inside the mask.
func FuzzMasks(f *testing.F) {
	f.Add([]byte("123O30K04020"), 6, 5)
	f.Add([]byte{0, 0, 1, 68, 57, 27, 252, 96, 0, 1, 194, 0, 5, 110, 75, 0, 0, 14, 16, 0, 43, 64, 3, 132, 0, 10, 220,
		206, 0, 0,
		28, 32, 0, 86, 231, 176, 0}, 9, 9)
	f.Add([]byte("1, 2, 2, 2, 2"), 3, 3)
	f.Add([]byte{9, 1, 19, 1, 8, 1, 2, 1, 39}, 9, 9)
	f.Fuzz(func(t *testing.T, data []byte, height, width int) {
		var numbers []float64
		for _, b := range data {
			numbers = append(numbers, float64(b))
		}
		check := func(e extent, err error) {
			if err == nil && (e.problem(false) != "" && (width > 1 || height > 1) || e.x0 < 0 || e.y0 < 0 ||
				e.x1 > float64(width) || e.y1 > float64(height)) {
				t.Fatalf("%v of %d×%d", e, width, height)
			}
		}
		check(cocoString(string(data), height, width))
		check(cocoCounts(numbers, height, width))
		check(brush(numbers, width, height))
		check(cvatMask(string(data), 0, 0, width, height))
	})
}

// FuzzNames: a name without folders that is a path's own means that picture.
func FuzzNames(f *testing.F) {
	for _, name := range []string{"a.jpg", "/data/upload/1/0a1b2c3d-a.jpg", `C:\x\a b.jpg`, "s3://b/%20a.jpg?x=1", "?d=a", "..", "/"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if len(name) > mostName {
			return
		}
		all := spellings(name)
		if all[0].text != name || len(all) > mostFolders+6 {
			t.Fatalf("%q: %v", name, all)
		}
		_, _ = validName(name), stem(name)
	})
}

// FuzzJSON holds the reader against encoding/json: what that takes, this takes too, within its limits, and alike. What
// this takes beyond are NaN, Infinity and numbers such as 01.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{"a": [1, 2.5e3, -0.1, "x\n\u00e9\ud83d\ude00\ud800\\", null, true, false, {}], "b": {"c": [[]]}}`,
		` [1, "a", 2] `, `"\u0000"`, `{"a":1,"a":2}`, "\ufeff5", `[1e400, NaN]`, `{"k": "\ud83d\n"}`,
		`"\ud800\u0000\ud83d\ud83d\ude00"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		j := newJSON(iotest.OneByteReader(bytes.NewReader(text)), "a.json")
		v, ok := j.value()
		err := j.end()
		var want any
		if json.Unmarshal(text, &want) != nil || !utf8.Valid(text) {
			return
		}
		if err != nil {
			if !strings.Contains(err.Error(), "nested more than") && !strings.Contains(err.Error(), "number of more than") {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if got := v.plain(); !ok || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: %#v, want %#v", text, got, want)
		}
	})
}

// plain is the value as encoding/json has it.
func (v value) plain() any {
	switch v.kind {
	case 't', 'f':
		return v.kind == 't'
	case '0':
		return v.number
	case '"':
		return v.text
	case '[':
		all := []any{}
		for _, number := range v.numbers {
			all = append(all, number)
		}
		for _, child := range v.list {
			all = append(all, child.plain())
		}
		return all
	case '{':
		all := map[string]any{}
		for _, m := range v.members {
			all[m.key] = m.value.plain()
		}
		return all
	}
	return nil
}

// FuzzInside puts what is fuzzed into one annotation of COCO and one region of Label Studio.
func FuzzInside(f *testing.F) {
	for _, seed := range []string{`"bbox": [10, 20, 30.5, 40]`, `"segmentation": [[10, 20, 40, 20, 25, 60.5]]`,
		`"segmentation": {"counts": [1620, 3, 77, 3, 6297], "size": [80, 100]}, "bbox": [20, 20, 2, 3]`,
		`"x": 10, "y": 25, "width": 30, "height": 50, "rotation": 30, "labels": ["x"]`, `"points": [[1, 2], [3, 4], [5, 9]]`,
		`"x": 50, "y": 50, "radiusX": 20, "radiusY": 5, "rotation": 10`, `"rle": [0, 0, 125, 0, 57, 27]`} {
		f.Add(seed)
	}
	root := folder(f, export("format: coco\n"))
	other := folder(f, export("format: label_studio\n"))
	f.Fuzz(func(t *testing.T, text string) {
		must(t, os.WriteFile(filepath.Join(root, "clinic", "a.json"), []byte(coco(`{"image_id": 7, `+text+`}`)), 0o666))
		task := `[{"image": "a.jpg", "l": [{"original_width": 100, "original_height": 80, ` + text + `}]}]`
		must(t, os.WriteFile(filepath.Join(other, "clinic", "a.json"), []byte(task), 0o666))
		fuzzed(t, root)
		fuzzed(t, other)
	})
}
