package models

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestOpen shows the four kinds of settings.
func TestOpen(t *testing.T) {
	dir := write(t, map[string]string{"models/type.yaml": goodCard, "models/net/type.onnx": modelText,
		"elsewhere.csv": "image_id,value\na/b.jpg,clinical\n"})
	for setting, want := range map[string]Model{
		"none":             {Kind: Nothing},
		"builtin":          {Kind: BuiltIn},
		"models/type.yaml": {Kind: Network, Files: []string{"models/type.yaml", "models/net/type.onnx"}},
		"elsewhere.csv":    {Kind: Table, Files: []string{"elsewhere.csv"}},
	} {
		m, err := Open(dir, ImageType, setting, "builtin")
		if err != nil || m.Kind != want.Kind || m.Name != setting || m.Task != ImageType ||
			!slices.Equal(m.Files, want.Files) {
			t.Errorf("%s: %+v, %v", setting, m, err)
		} else if (m.Card != nil) != (m.Kind == Network) || (m.Predictions != nil) != (m.Kind == Table) {
			t.Errorf("%s: %+v", setting, m)
		}
	}
}

// TestOpenRefuses settings that name nothing, or nothing inside.
func TestOpenRefuses(t *testing.T) {
	outside := write(t, map[string]string{"p.csv": "image_id,value\n"})
	dir := write(t, map[string]string{"type.yaml": goodCard, "net/type.onnx": modelText})
	if err := os.Symlink(outside+"/p.csv", dir+"/link.csv"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir+"/folder.csv", 0o777); err != nil {
		t.Fatal(err)
	}
	for setting, want := range map[string]string{
		"":                  `"": want none, groh2022, delbino, a card (.yaml) or predictions (.csv)`,
		"groh":              `"groh": want none, groh2022, delbino, a card`,
		"None":              `"None": want none`,
		"net/type.onnx":     `"net/type.onnx": want none`,
		"p.csv":             "p.csv: no such file",
		"../p.csv":          "../p.csv: lies outside the folder",
		outside + "/p.csv":  "lies outside the folder",
		"link.csv":          "link.csv: ",
		"folder.csv":        "folder.csv: ",
		"type.yaml":         "type.yaml: the task of the card is image_type, want skin_tone",
		"../type.yaml":      "../type.yaml: lies outside the folder",
		"folder.csv/a.yaml": "folder.csv/a.yaml: ",
	} {
		if m, err := Open(dir, SkinTone, setting, "groh2022", "delbino"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v; want %s", setting, m, err, want)
		}
	}
}
