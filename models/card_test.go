package models

import (
	"crypto/sha256"
	"encoding/hex"
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
	if got := strings.Join(c.Classes, "|"); got != "clinical|dermoscopy||clinical" || c.modelPath() != "models/net/type.onnx" {
		t.Errorf("classes %q, model %s", got, c.modelPath())
	}
	if c.Input.Scale != 255 || c.Input.Layout != "nchw" || len(c.Input.Mean) != 3 || c.Resize.Mode != "stretch" {
		t.Errorf("defaults: %+v", c.Statement)
	}
}
