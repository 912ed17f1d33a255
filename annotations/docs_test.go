package annotations

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The examples of docs/annotations.md are read as it says: all are one box, or one mask.
func TestExamplesOfTheDocs(t *testing.T) {
	page, err := os.ReadFile("../docs/annotations.md")
	must(t, err)
	_, behind, _ := strings.Cut(string(page), "### An example of each\n")
	section, _, _ := strings.Cut(behind, "\n### ")
	form := regexp.MustCompile("(?m)^\\*\\*([a-z_]+)\\*\\* `([^`]+)`.*\n\n((?:    .*\n)+)")
	heads := form.FindAllStringSubmatch(section, -1)
	forms := map[string]int{}
	for _, head := range heads {
		format, name := head[1], head[2]
		forms[format]++
		text := strings.ReplaceAll("\n"+head[3], "\n    ", "\n")[1:]
		files := export("format: "+format+"\n", name, text)
		if format == "native" {
			files = map[string]string{name: strings.ReplaceAll(text, "clinic-atlas", "clinic")}
		}
		set := read(t, files, "a.jpg")
		got, _, _ := strings.Cut(shown(set.Of("clinic", "a.jpg", Picture{80, 60, 1})), " by ")
		want := "boxes | 12,8 30×26"
		if name == "runs.json" || name == "compressed.json" {
			want = "boxes | 12,8 3×4"
		}
		if got != want || len(said(set)) > 0 {
			t.Errorf("%s %s: %s %q, want %s", format, name, got, said(set), want)
		}
	}
	for _, format := range []string{"native", "coco", "voc", "yolo", "label_studio", "cvat", "via"} {
		if forms[format] == 0 {
			t.Errorf("no example of %s", format)
		}
	}
}
