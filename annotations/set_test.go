package annotations

import (
	"slices"
	"strings"
	"testing"
)

const header = "source,source_path,x,y,width,height,annotator,date,note\n"

func TestNative(t *testing.T) {
	set := read(t, map[string]string{"of ours.csv": "\ufeff" + header +
		"clinic,a.jpg,10,20,30,40,ana,2026-03-31,\"left, arm\"\n" +
		"clinic,a.jpg,50.0,20.5,30,40,bea,,\n" +
		"clinic,b.jpg,whole,,,,ana,,\n" +
		"clinic,c.jpg,no_lesion,,,,ana,,\n" +
		"clinic,a.jpg,,20,30,40,ana,,\n" + // line 6
		"clinic,a.jpg,10,20,-30,40,ana,,\n" +
		"clinic,a.jpg,10,20,0,40,ana,,\n" +
		"clinic,a.jpg,NaN,20,30,40,ana,,\n" +
		"clinic,a.jpg,0.1,0.2,0.3,0.4,ana,,\n" + // line 10
		"clinic,a.jpg,Whole,,,,ana,,\n" +
		"clinic,b.jpg,whole,1,,,ana,,\n" +
		"nowhere,a.jpg,10,20,30,40,ana,,\n" +
		"clinic,sub/a.jpg,10,20,30,40,ana,,\n" +
		"clinic,,10,20,30,40,ana,,\n" + // line 15
		"clinic,a.jpg,10,20,30,40,ana,,a note, with a comma\n" +
		"clinic,a.jpg,10,20,30,40,ana,,\xff\n" +
		"clinic,d.jpg,1,2,3,4,ana,,\"two\nlines\"\n" +
		"clinic,a.jpg,1e400,20,30,40,ana,,\n" + // line 20
		"clinic,b.jpg,1,2,3,4,ana,31.3.2026,\n" +
		"clinic,b.jpg,whole,,,,ana,2026-02-30,\n" +
		"clinic,a.jpg,0,0,1,1,ana,2026-02-28,\n" + // the whole picture as fractions, or its first pixel
		"clinic,b.jpg,1_0,20,30,40,ana,,\n" + // numbers of Go's source
		"clinic,b.jpg,10,0x1p4,30,40,ana,,\n",
	}, "a.jpg", "b.jpg", "c.jpg", "d.jpg")
	at := "annotations/of ours.csv:"
	equal(t, said(set),
		at[:len(at)-1]+" | "+at+`13: there is no source "nowhere"`,
		at[:len(at)-1]+" | "+at+"16: row has 10 fields, want 9 as in the header: "+
			"put quotes around a field that holds a comma",
		at[:len(at)-1]+" | "+at+"17: byte 0xff is not UTF-8: save the file as UTF-8",
		at[:len(at)-1]+" | "+at+"15: source_path is empty or too long",
		"clinic/a.jpg | "+at+`6: x is "": want a number of pixels, or whole or no_lesion as x`,
		"clinic/a.jpg | "+at+"7: width -30 and height 40: want both above 0",
		"clinic/a.jpg | "+at+"8: it has no area: width 0 and height 40",
		"clinic/a.jpg | "+at+"9: a coordinate is missing or no number",
		"clinic/a.jpg | "+at+"10: its coordinates are all from 0 to 1: they look relative, want pixels",
		"clinic/a.jpg | "+at+`11: x is "Whole": want a number of pixels, or whole or no_lesion as x`,
		"clinic/a.jpg | "+at+`20: x is "1e400": want a number of pixels, or whole or no_lesion as x`,
		"clinic/a.jpg | "+at+"23: its coordinates are all from 0 to 1: they look relative, want pixels",
		"clinic/b.jpg | "+at+"12: whole stands in the place of x: y, width and height must be empty",
		"clinic/b.jpg | "+at+`21: date is "31.3.2026": want a day such as 2026-03-31, or nothing`,
		"clinic/b.jpg | "+at+`22: date is "2026-02-30": want a day such as 2026-03-31, or nothing`,
		"clinic/b.jpg | "+at+`24: x is "1_0": want a number of pixels, or whole or no_lesion as x`,
		"clinic/b.jpg | "+at+`25: y is "0x1p4": want a number of pixels, or whole or no_lesion as x`,
		"clinic/sub/a.jpg | "+at+`14: the source has no picture "sub/a.jpg"`)
	for path, want := range map[string]string{
		"a.jpg": "boxes | 10,20 30×40 by ana | 50,20 30×41 by bea",
		"b.jpg": "whole | 0,0 80×100 whole by ana",
		"c.jpg": "no_lesion", "d.jpg": "boxes | 1,2 3×4 by ana", "e.jpg": "",
	} {
		if got := shown(set.Of("clinic", path, Picture{100, 80, 6})); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	equal(t, set.Pictures("clinic"), "a.jpg", "b.jpg", "c.jpg", "d.jpg")
	equal(t, set.Sources(), "clinic")
}

// TestAnnotatedTwice: by several people, in several files, and by one twice.
func TestAnnotatedTwice(t *testing.T) {
	files := export("format: voc\nannotator: dan\n", "a.xml", `<annotation><filename>a.jpg</filename><object><bndbox>
<xmin>11</xmin><ymin>21</ymin><xmax>40</xmax><ymax>60</ymax></bndbox></object></annotation>`)
	files["1.csv"] = header + "clinic,a.jpg,10,20,30,40,eva,,\nclinic,a.jpg,1,2,3,4,eva,,\nclinic,b.jpg,5,6,7,8,eva,,\n"
	files["2.csv"] = header +
		"clinic,a.jpg,10,20,30,40,ana,,\nclinic,a.jpg,1,2,3,4,eva,,\nclinic,b.jpg,no_lesion,,,,ana,,\n" +
		"clinic,c.jpg,no_lesion,,,,ana,,\nclinic,c.jpg,no_lesion,,,,eva,,\nclinic,d.jpg,whole,,,,eva,,\nclinic,d.jpg,0,0,50,50,eva,,\n"
	set := read(t, files, "a.jpg", "b.jpg", "c.jpg", "d.jpg")
	equal(t, said(set))
	for path, want := range map[string]string{
		"a.jpg": "boxes | 1,2 3×4 by eva | 10,20 30×40 by ana; dan; eva | annotations/2.csv:3: " +
			"one annotator drew a box twice, and it counts once: delete the older export",
		"b.jpg": "boxes | 5,6 7×8 by eva | annotations/2.csv:4: is said to show no lesion, but there are boxes, " +
			"which count: the first is at annotations/1.csv:4",
		"c.jpg": "no_lesion",
		"d.jpg": "boxes | 0,0 50×50 by eva | 0,0 100×80 whole by eva",
	} {
		if got := shown(set.Of("clinic", path, Picture{100, 80, 1})); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// TestKey: it changes with what is drawn, and with nothing else.
func TestKey(t *testing.T) {
	key := func(pixels string, rows ...string) string {
		files := map[string]string{"1.csv": header + strings.Join(rows, "")}
		if pixels != "" {
			files = export("format: yolo\npixels: "+pixels+"\n", "a.txt", strings.Join(rows, ""))
		}
		return read(t, files, "a.jpg").Key("clinic", "a.jpg")
	}
	a, b := "clinic,a.jpg,10,20,30,40,eva,,\n", "clinic,a.jpg,1,2,3,4,ana,,\n"
	same := []string{key("", a, b), key("", b, a), key("", a, b, a), key("", strings.Replace(a, "eva", "dan", 1), b)}
	if slices.ContainsFunc(same, func(k string) bool { return k != same[0] || len(k) != 64 }) {
		t.Errorf("%v", same)
	}
	all := []string{same[0], key("", a), key("", b), key("", "clinic,a.jpg,no_lesion,,,,,,\n"),
		key("", "clinic,a.jpg,whole,,,,,,\n"), key("", strings.Replace(a, ",40,", ",41,", 1)), key("",
			"clinic,b.jpg,1,2,3,4,,,\n"),
		key("upright", "0 0.5 0.5 0.1 0.1"), key("stored", "0 0.5 0.5 0.1 0.1"), key("stored", "0 0.5 0.5 0.1 0.2")}
	slices.Sort(all)
	if n := len(slices.Compact(all)); n != 10 || all[0] != "" {
		t.Errorf("%d of 10 are different: %v", n, all)
	}
}
