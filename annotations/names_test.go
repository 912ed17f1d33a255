package annotations

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestNames: what a name in an exporter's file means, among the paths of a source.
func TestNames(t *testing.T) {
	paths := []string{"a.jpg", "x/b.jpg", "y/b.jpg", "x/c.jpg", "deep/er/d.jpg", "x/my photo (1).jpg", "0a1b2c3d-e.jpg",
		"e.jpg", "x/100%.jpg", "x/f.jpg", "x/f.png", "g.h.jpg", "x/á.jpg", "1.jpg", "z/1.jpg"}
	for _, c := range []struct{ name, want string }{
		{"a.jpg", "a.jpg"},
		{"images/a.jpg", "a.jpg"},
		{"x/b.jpg", "x/b.jpg"},
		{"photos/x/b.jpg", "x/b.jpg"}, // the path is what the name ends with
		{`C:\photos\x\b.jpg`, "x/b.jpg"},
		{"b.jpg", `"b.jpg" may be 2 pictures of the source: "x/b.jpg", "y/b.jpg"`},
		{"z/b.jpg", `"z/b.jpg" may be 2 pictures of the source: "x/b.jpg", "y/b.jpg"`},
		{"c.jpg", "x/c.jpg"},
		{"other/c.jpg", "x/c.jpg"},
		{"er/d.jpg", "deep/er/d.jpg"},
		{"/data/upload/1/0a1b2c3d-c.jpg", "x/c.jpg"},
		{"/data/upload/1/0a1b2c3d-my_photo_1.jpg", "x/my photo (1).jpg"}, // as Django writes a name
		{"/data/local-files/?d=photos/x/b.jpg", "x/b.jpg"},
		{"s3://bucket/prefix/x/b.jpg", "x/b.jpg"},
		{"https://host/x/my%20photo%20%281%29.jpg?X-Amz-Signature=1%2F2", "x/my photo (1).jpg"},
		{"x/my photo (1).jpg", "x/my photo (1).jpg"},
		{"x/100%.jpg", "x/100%.jpg"},
		{"0a1b2c3d-e.jpg", "0a1b2c3d-e.jpg"}, // is a name of its own
		{"ffffffff-e.jpg", "e.jpg"},
		{"FFFFFFFF-e.jpg", `the source has no picture "FFFFFFFF-e.jpg"`},
		{"A.jpg", `the source has no picture "A.jpg"`},
		{"./x//c.jpg", "x/c.jpg"},
		{"x/%C3%A1.jpg", "x/á.jpg"},
		{"q/1.jpg", `"q/1.jpg" may be 2 pictures of the source: "1.jpg", "z/1.jpg"`}, // no folder agrees
		{"1.jpg", "1.jpg"},
		{"nothing.jpg", `the source has no picture "nothing.jpg"`},
		{strings.Repeat("d/", 100) + "x/b.jpg", "x/b.jpg"},
	} {
		for _, order := range []func([]string){func([]string) {}, slices.Reverse[[]string]} {
			paths := slices.Clone(paths)
			order(paths)
			text := fmt.Sprintf(`{"images":[{"id":1,"file_name":%q}],"annotations":[{"image_id":1,"bbox":[1,2,3,4]}]}`, c.name)
			set := read(t, export("format: coco\n", "a.json", text), paths...)
			if got := matched(set); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
		}
	}
}

// TestStems: a file of YOLO has its picture's name, but for the extension.
func TestStems(t *testing.T) {
	paths := []string{"x/a.jpg", "y/a.png", "x/b.jpeg", "c.tiff", "c/c.tiff", "x/my photo.jpg", "g.h.jpg"}
	for name, want := range map[string]string{
		"labels/b.txt": "x/b.jpeg", "b.txt": "x/b.jpeg", "c.txt": "c.tiff", "labels/x/a.txt": "x/a.jpg",
		"a.txt":                 `"a" may be 2 pictures of the source: "x/a.jpg", "y/a.png"`,
		"0a1b2c3d-my_photo.txt": "x/my photo.jpg", "g.h.txt": "g.h.jpg", "g.txt": `the source has no picture "g"`,
	} {
		set := read(t, export("format: yolo\n", name, "0 0.5 0.5 0.5 0.5\n"), paths...)
		if got := matched(set); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// matched is the one picture that has a box, or what is found.
func matched(set *Set) string {
	if all := set.Pictures("clinic"); len(all) > 0 {
		return strings.Join(all, " ")
	}
	for _, f := range set.Findings() {
		return f.Detail
	}
	return ""
}
