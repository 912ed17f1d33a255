package annotations

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBrokenFiles: what ends a run, with its place.
func TestBrokenFiles(t *testing.T) {
	deep := strings.Repeat("[", 100_000)
	for _, c := range []struct {
		files map[string]string
		want  string
	}{
		{map[string]string{"clinic/a.json": "{}"},
			"annotations/clinic/annotations.yaml: is not there: it says what the files beside it are (docs/annotations.md)"},
		{export("pixels: upright\n"), "annotations/clinic/annotations.yaml:1: format: is missing, want one of " +
			"coco, cvat, label_studio, via, voc, yolo"},
		{export("format: kitti\n"), `annotations/clinic/annotations.yaml:1:9: format: "kitti": want one of ` +
			"coco, cvat, label_studio, via, voc, yolo"},
		{export("format: coco\npixels: turned\n"), `annotations/clinic/annotations.yaml:2:9: pixels: "turned": want one of upright, stored`},
		{export("format: coco\nclasses: {lesion: [a, b], ignore: a}\n"),
			`annotations/clinic/annotations.yaml:2: classes.ignore: class "a" stands twice`},
		{export("format: coco\nclass: a\n"),
			"annotations/clinic/annotations.yaml:2:1: class: unknown key; did you mean classes?"},
		{export("format: coco\n", "a.json", `{"images": [`), "annotations/clinic/a.json:1: breaks off: export it again"},
		{export("format: coco\n", "a.json", ""), "annotations/clinic/a.json:1: breaks off: export it again"},
		{export("format: coco\n", "a.json", "{\"images\": [],\n\"annotations\": [] x}"),
			"annotations/clinic/a.json:2: is no JSON: 'x' where a comma is wanted"},
		{export("format: coco\n", "a.json", `{"images": [], "annotations": []} 5`), "annotations/clinic/a.json:1: goes on after its end"},
		{export("format: coco\n", "a.json", `{"images": []}`),
			"annotations/clinic/a.json: is no COCO dataset: want an object with images, annotations and categories"},
		{export("format: coco\n", "a.json", "\xff\xfe{\x00"), "annotations/clinic/a.json:1: is not UTF-8: save it as UTF-8"},
		{export("format: coco\n", "a.json", "{\"\xff\": 1}"), "annotations/clinic/a.json:1: is not UTF-8: save it as UTF-8"},
		{export("format: coco\n", "a.json", `{"info": `+deep), "annotations/clinic/a.json:1: is nested more than 64 deep"},
		{export("format: coco\n", "a.json", `{"info": `+strings.Repeat("9", 100)),
			"annotations/clinic/a.json:1: has a number of more than 64 characters"},
		{export("format: coco\n", "a.json", `{"info": nil}`), "annotations/clinic/a.json:1: is no JSON: want null"},
		{export("format: coco\n", "a.json", `{"info": 0x1F}`), `annotations/clinic/a.json:1: is no JSON: "0x1F" is no value`},
		{export("format: coco\n", "a.json", `{"info": "\ud800\q"}`), `annotations/clinic/a.json:1: is no JSON: \q in a text`},
		{export("format: label_studio\n", "a.json", `{"info": "`+"\n"+`"}`),
			"annotations/clinic/a.json:2: is no JSON: a control character in a text"},
		{export("format: voc\n", "a.xml", "<annotation>\n<object>"),
			"annotations/clinic/a.xml:2: XML syntax error on line 2: unexpected EOF"},
		{export("format: voc\n", "a.xml", ""), "annotations/clinic/a.xml: has no tag, want <annotation>"},
		{export("format: cvat\n", "a.xml", `{"a": 1}`), "annotations/clinic/a.xml: has no tag, want <annotations>"},
		{export("format: voc\n", "a.xml", "<annotations/>"),
			"annotations/clinic/a.xml:1: is a file of <annotations>, want <annotation>"},
		{export("format: cvat\n", "a.xml",
			"<?xml version=\"1.0\"?>\n<!DOCTYPE a [<!ENTITY b \"c\">]>\n<annotations>&b;</annotations>"),
			"annotations/clinic/a.xml:2: has a document type, which is not read: take <!DOCTYPE a [<!ENTITY …> out"},
		{export("format: cvat\n", "a.xml", "<annotations>&b;</annotations>"),
			"annotations/clinic/a.xml:1: XML syntax error on line 1: invalid character entity &b;"},
		{export("format: cvat\n", "a.xml", strings.Repeat("<annotations>", 100)),
			"annotations/clinic/a.xml:1: is nested more than 64 deep"},
		{export("format: voc\n", "a.xml", `<?xml version="1.0" encoding="ISO-8859-1"?><annotation/>`),
			"annotations/clinic/a.xml:1: xml: opening charset \"ISO-8859-1\": is written in ISO-8859-1: save it as UTF-8"},
		{map[string]string{"ours.csv": "source;source_path;x;y;width;height;annotator;date;note\nclinic;a.jpg;1;2;3;4;;;\n"},
			"annotations/ours.csv:1: its columns are parted by semicolons: want commas, so that this line is " +
				`"source,source_path,x,y,width,height,annotator,date,note", and in all lines below`},
		{map[string]string{"ours.csv": "source\tsource_path\tx\n"},
			"annotations/ours.csv:1: its columns are parted by tabs: " + `want commas, so that this line is ` +
				`"source,source_path,x,y,width,height,annotator,date,note", and in all lines below`},
		{export("format: via\n", "a.csv", "filename,x\n"), `annotations/clinic/a.csv:1: column "file_attributes" is missing; ` +
			`column "region_shape_attributes" is missing; column "region_attributes" is missing`},
		{export("format: yolo\n", "classes.txt", "a\n", "data.yaml", "names: [b]\n"),
			"annotations/clinic/data.yaml: names other classes than annotations/clinic/classes.txt: keep one of them"},
		{map[string]string{"a.csv": "source,source_path,x,y,width,height\n"}, `annotations/a.csv:1: column "annotator" is missing; ` +
			`column "date" is missing; column "note" is missing`},
		{map[string]string{"a.csv": header[:len(header)-1] + ",more\n"}, `annotations/a.csv:1: has columns "source", "source_path", ` +
			`"x", "y", "width", "height", "annotator", "date", "note", "more", want only ` + strings.ReplaceAll(header[:len(header)-1], ",", ", ")},
		{map[string]string{"a.csv": header + "clinic,\"a\n"}, "annotations/a.csv:2:8: quote is never closed"},
	} {
		if _, err := Read(folder(t, c.files), []string{"clinic"}); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%.200v\n%v\nwant %s", c.files, err, c.want)
		}
	}
}

// TestAllErrorsComeTogether: of all files.
func TestAllErrorsComeTogether(t *testing.T) {
	files := export("format: coco\n", "a.json", "{", "b.json", "[")
	files["x.csv"], files["other/annotations.yaml"] = "source\n", "format: x\n"
	_, err := Read(folder(t, files), []string{"clinic", "other"})
	if err == nil || strings.Count(err.Error(), "\n") != 3 {
		t.Errorf("%v", err)
	}
	for i := range 2 * mostErrors {
		files[fmt.Sprintf("clinic/%d.json", i)] = "{"
	}
	_, err = Read(folder(t, files), []string{"clinic", "other"})
	if want := "annotations: and 104 more files are wrong"; !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%v", err)
	}
}

// TestWhatIsNotRead is said; what exports have beside annotations is not.
func TestWhatIsNotRead(t *testing.T) {
	files := export("format: coco\n", "images/a.jpg", "x", ".DS_Store", "", "README.dataset.txt", "", "export.zip", "",
		"b.xml", "",
		"__MACOSX/a.json", "{")
	files["nowhere/a.json"], files["note.txt"], files[".hidden"] = "", "", ""
	set := read(t, files)
	equal(t, said(set),
		"annotations/note.txt | annotations/note.txt: is not read: want .csv files, and a folder for each source",
		"annotations/clinic/b.xml | annotations/clinic/b.xml: is not read: format coco is read from .json files",
		"annotations/clinic/export.zip | annotations/clinic/export.zip: is not read: format coco is read from .json files",
		`annotations/nowhere | annotations/nowhere: there is no source "nowhere": what is in the folder is not read`)
	empty, err := Read(filepath.Join(t.TempDir(), "annotations"), nil)
	if err != nil || len(empty.Sources()) > 0 || empty.Key("clinic", "a") != "" {
		t.Errorf("%v %v", empty, err)
	}
	empty.Match("clinic", func(func(string) bool) {})
	pipe := folder(t, export("format: coco\n"))
	must(t, os.Symlink("/dev/zero", filepath.Join(pipe, "clinic", "a.json")))
	if _, err := Read(pipe, []string{"clinic"}); err == nil || !strings.Contains(err.Error(), "device") {
		t.Errorf("%v", err)
	}
}

// TestManyFindings: a source lists the first ones, and counts the others.
func TestManyFindings(t *testing.T) {
	var rows strings.Builder
	rows.WriteString(header)
	for i := range mostFindings + 5 {
		fmt.Fprintf(&rows, "clinic,%d.jpg,x,,,,,,\nclinic,%d.jpg,1,2,3,4,,,\n", i, i)
	}
	all := read(t, map[string]string{"a.csv": rows.String()}).Findings()
	if last := all[0]; len(all) != 2*mostFindings+1 || last.Detail != "there are 10 more of these" || last.Images != 10 {
		t.Errorf("%d, %+v", len(all), last)
	}
}

// TestElementsThatAreTooLarge are said, and the rest of the file counts: nothing is kept of them.
func TestElementsThatAreTooLarge(t *testing.T) {
	large := "[" + strings.Repeat("[1,2],", mostElement/costOfValue) + "[1,2]]"
	set := read(t, export("format: coco\n", "a.json", coco(`{"image_id": 7, "segmentation": `+large+`}`,
		`{"image_id": 7, "bbox": [10, 20, 30, 40]}`)), "a.jpg")
	equal(t, said(set), "annotations/clinic/a.json | annotations/clinic/a.json:1: takes more than 67108864 bytes")
	if got := shown(set.Of("clinic", "a.jpg", Picture{100, 80, 1})); got != "boxes | 10,20 30×40" {
		t.Error(got)
	}
}

// TestTagsAndLinesThatAreTooLarge: a line of YOLO is left out, a tag ends its file.
func TestTagsAndLinesThatAreTooLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("writes and reads 60 MB")
	}
	long := "0 0.5 0.5 0.5 0.5\n0 " + strings.Repeat("0.5 ", mostLine/4) + "\n0 0.25 0.5 0.3 0.5\n"
	set := read(t, export("format: yolo\n", "a.txt", long), "a.jpg")
	equal(t, said(set), "clinic/a.jpg | annotations/clinic/a.txt:2: the line has more than 16777216 bytes")
	if got := shown(set.Of("clinic", "a.jpg", Picture{100, 80, 1})); got != "boxes | 10,20 30×40 | 25,20 50×40" {
		t.Error(got)
	}
	text := `<annotation><filename>` + strings.Repeat("x", mostToken+1<<16) + `</filename></annotation>`
	_, err := Read(folder(t, export("format: voc\n", "a.xml", text)), []string{"clinic"})
	if want := "a tag or text has more than 8388608 bytes"; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%v", err)
	}
}
