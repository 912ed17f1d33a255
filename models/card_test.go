package models

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// write makes files in a new folder.
func write(t testing.TB, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const modelText = "not a model, but a card that is not run does not care"

func sumOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// goodCard is a card with every key that there must be.
var goodCard = `title: Type of image
version: "1"
licence: CC0-1.0
task: image_type
file: net/type.onnx
sha256: ` + sumOf(modelText) + `
input: {size: [224, 192]}
classes: [Clinical, dermoscopy, "", clinical]
threshold: 0.6
`

func TestCard(t *testing.T) {
	dir := write(t, map[string]string{"models/type.yaml": goodCard, "models/net/type.onnx": modelText})
	c, err := ReadCard(dir, "models/type.yaml")
	if err != nil {
		t.Fatal(err)
	}
	classes, model := strings.Join(c.Classes, "|"), c.modelPath()
	if classes != "clinical|dermoscopy||clinical" || model != "models/net/type.onnx" {
		t.Errorf("classes %q, model %s", classes, model)
	}
	for key, want := range map[string]string{"classes": "models/type.yaml:8: classes: net/type.onnx has no use",
		"input.layout": "models/type.yaml:7: input.layout: net/type.onnx has no use"} {
		if err := c.wrong(key, errors.New("has no use")); err.Error() != want {
			t.Errorf("about %s: %v, want %q", key, err, want)
		}
	}
	if c.Input.Scale != 255 || c.Input.Layout != "nchw" || len(c.Input.Mean) != 3 || c.Resize.Mode != "stretch" {
		t.Errorf("defaults: %+v", c.Statement)
	}
}

// TestCardNamesEveryMistake with its line, all at once.
func TestCardNamesEveryMistake(t *testing.T) {
	dir := write(t, map[string]string{"type.yaml": `title: ""
task: kind
file: ../type.onnx
sha256: ABC
colour: yes
input:
  size: [0, 224, 3]
  layout: chw
  channels: grey
  scale: 0
  mean: [1, 2]
  deviation: [1, 0, .nan]
resize:
  mode: crop
  filter: lanczos
  shorter: 100
  pad: [0, 0, 256]
classes: []
output: probabilities
threshold: 1.5
`})
	_, err := ReadCard(dir, "type.yaml")
	for _, want := range []string{
		"type.yaml:1: title: is missing", "type.yaml: version: is missing", "type.yaml: licence: is missing",
		`type.yaml:2:7: task: "kind": want one of image_type, body_part, skin_tone`,
		`type.yaml:4: sha256: "ABC": want 64 lower-case hex digits`, "type.yaml:5:1: colour: unknown key",
		"type.yaml:7: input.size: [0, 224, 3]: want width and height", `type.yaml:8:11: input.layout: "chw": want one of nchw, nhwc; did you mean nchw?`,
		`type.yaml:9:13: input.channels: "grey": want`, "type.yaml:10: input.scale: 0: want a number above 0",
		"type.yaml:11: input.mean: [1, 2]: want three numbers", "type.yaml:12: input.deviation: ",
		`type.yaml:14:9: resize.mode: "crop": want one of stretch`, `type.yaml:15:11: resize.filter: "lanczos": want`,
		"type.yaml:16: resize.shorter: is for the mode cover alone",
		"type.yaml:17: resize.pad: is for the mode contain alone",
		"type.yaml:17: resize.pad: [0, 0, 256]: want red", "type.yaml:18: classes: is missing",
		"type.yaml:3: file: ../type.onnx: lies outside the folder", "type.yaml:20: threshold: 1.5: want a number from 0 to 1",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no error with %s", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
}

// TestCardRefuses cards with one mistake.
func TestCardRefuses(t *testing.T) {
	outside := write(t, map[string]string{"type.onnx": modelText})
	for _, c := range []struct{ old, new, want string }{
		{"net/type.onnx", "net/none.onnx", "type.yaml:5: file: net/none.onnx: no such file"},
		{"net/type.onnx", "../net/type.onnx", "file: ../net/type.onnx: lies outside the folder"},
		{"net/type.onnx", filepath.ToSlash(outside) + "/type.onnx", "lies outside the folder"},
		{"threshold: 0.6", "threshold: 0.6\noutput: scores", `output: "scores": want`},
		{"net/type.onnx", "net/link.onnx", "file: net/link.onnx: "},
		{"net/type.onnx", "net", "file: net: "},
		{"net/type.onnx", "net/other.onnx", "has the SHA-256 " + sumOf("other") + ", not the one that the card names"},
		{"dermoscopy", "dermatoscopy", `classes: entry 2 is "dermatoscopy": want one of clinical`},
		{`[Clinical, dermoscopy, "", clinical]`, `["", ""]`, "classes: no output means anything"},
		{"[224, 192]", "[224, 5000]", "input.size: [224, 5000]: want"},
		{"[224, 192]", "224", "input.size: "},
		{"[224, 192]}", "[224, 192]}\nresize: {mode: cover, shorter: 200}", "resize.shorter: 200: want pixels from 224"},
		{"threshold: 0.6", "threshold: .nan", "threshold: NaN: want"},
		{"threshold: 0.6", "threshold: high", "threshold: "},
		{"title: Type of image", "title: [", "type.yaml:"},
	} {
		dir := write(t, map[string]string{"type.yaml": strings.Replace(goodCard, c.old, c.new, 1),
			"net/type.onnx": modelText, "net/other.onnx": "other"})
		if err := os.Symlink(outside+"/type.onnx", dir+"/net/link.onnx"); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadCard(dir, "type.yaml"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %s", c.new, err, c.want)
		}
	}
}

// TestCardID: facts are kept under it, so it changes with everything that answers depend on, and with nothing else.
func TestCardID(t *testing.T) {
	id := func(old, new string) string {
		t.Helper()
		c, doc, err := parseCard("type.yaml", []byte(strings.Replace(goodCard, old, new, 1)))
		if err := errors.Join(err, doc.Err()); err != nil {
			t.Fatal(err)
		}
		return c.ID()
	}
	first := id("", "")
	for _, same := range [][2]string{{"Type of image", "Better words"}, {`"1"`, `"2"`}, {"CC0-1.0", "MIT"},
		{"net/type.onnx", "elsewhere.onnx"}, {"threshold: 0.6", "threshold: 0.60"}, {"Clinical", "clinical"},
		{"[224, 192]", "[224, 192], scale: 255"}} {
		if id(same[0], same[1]) != first {
			t.Errorf("%s makes another card", same[1])
		}
	}
	for _, other := range [][2]string{{sumOf(modelText), sumOf("")}, {"0.6", "0.7"}, {"[224, 192]", "[192, 224]"},
		{"[224, 192]", "[224, 192], layout: nhwc"}, {"[224, 192]", "[224, 192], channels: bgr"},
		{"[224, 192]", "[224, 192], scale: 1"}, {"[224, 192]", "[224, 192], mean: [0, 0, 1]"},
		{"[224, 192]", "[224, 192], deviation: [1, 1, 2]"}, {"[224, 192]}", "[224, 192]}\nresize: {mode: cover}"},
		{"[224, 192]}", "[224, 192]}\nresize: {filter: bicubic}"}, {`"", clinical`, `clinical, ""`},
		{"threshold: 0.6", "threshold: 0.6\noutput: probabilities"}} {
		if id(other[0], other[1]) == first {
			t.Errorf("%s makes no other card", other[1])
		}
	}
}

// FuzzCard: whatever stands in a card, it is read or refused, and one that is read can be asked.
func FuzzCard(f *testing.F) {
	f.Add(goodCard)
	f.Add(goodCard + "resize: {mode: contain, filter: bicubic, pad: [1, 2, 3]}\noutput: probabilities\n")
	f.Add("task: skin_tone\nclasses: [1, 2, I, '']\ninput: {size: [1], mean: [.inf, 0, 0]}\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, doc, err := parseCard("card.yaml", []byte(text))
		if err != nil || doc.Err() != nil {
			return
		}
		r := reference{Width: 7, Height: 5}
		if c.Input.Size[0]*c.Input.Size[1] < 1<<16 && c.Resize.Shorter < 1<<10 {
			if tensor := c.Prepare(r.draw(), 6); len(tensor) != 3*c.Input.Size[0]*c.Input.Size[1] {
				t.Fatalf("%d values for %v", len(tensor), c.Input.Size)
			}
		}
		answer := c.judge(make([]float32, len(c.Classes)))
		if answer.Value != "" && !strings.Contains(strings.Join(c.Task.Values(), "|"), answer.Value) || c.ID() == "" {
			t.Fatalf("%+v", answer)
		}
	})
}
