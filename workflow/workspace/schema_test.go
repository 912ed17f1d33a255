package workspace_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/dermset/dermset/sources"
	"github.com/dermset/dermset/workflow/workspace"
)

// A schema allows what the parser reads, and refuses what is unknown, of another type, no choice or out of limits.
func TestSchemasJudgeAsTheParsersDo(t *testing.T) {
	judges := map[string]*jsonschema.Schema{}
	for name, text := range schemas(t) {
		schema, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		compiler := jsonschema.NewCompiler()
		if err = errors.Join(err, compiler.AddResource(name, schema)); err == nil {
			judges[name], err = compiler.Compile(name)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	verdict := func(name, text string) error {
		var value any
		out, err := []byte(nil), yaml.Unmarshal([]byte(text), &value)
		if err == nil {
			out, err = json.Marshal(value)
		}
		if err == nil {
			value, err = jsonschema.UnmarshalJSON(bytes.NewReader(out))
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if value == nil {
			return nil
		}
		return judges[name].Validate(value)
	}
	dir := t.TempDir()
	if _, err := workspace.Init(dir); err != nil {
		t.Fatal(err)
	}
	atlas, err := sources.New("atlas")
	if err != nil {
		t.Fatal(err)
	}
	right := map[string][]string{"dermset": {read(t, filepath.Join(dir, "dermset.yaml")), specDefaults, "split:\n", ""},
		"source": {string(atlas), ""}}
	for name, pattern := range map[string]string{"dermset": "examples/*/dermset.yaml",
		"source": "*/*/sources/*/source.yaml"} {
		paths, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(pattern)))
		if err != nil || len(paths) == 0 {
			t.Fatal(pattern, paths, err)
		}
		for _, path := range paths {
			right[name] = append(right[name], read(t, path))
		}
	}
	for name, texts := range right {
		for _, text := range texts {
			if err := verdict(name, text); err != nil {
				t.Errorf("%s.schema.json: %v in\n%s", name, err, text)
			}
		}
	}
	for name, texts := range map[string][]string{
		"dermset": {"verson: a", "split: {ratio: 1}", "images: {layout: move}", "images: {min_side: 0}",
			"images: {min_side: 1.5}", "crops: {margin: 1.1}", "soft: {wide: maybe}", "split: {group_by: [person]}",
			"split: {pin: {a: training}}",
			"mapping: word", "split: {ratios: {Train: 1}}", "describe: {skin_tone: [a]}"},
		"source": {"titel: a", "kind: big", "icd11: maybe", "title: [a]", "files: {paht: a}", "files: [{path: a, header: x}]",
			"columns: {image_pth: a}", "columns: {sex: {colum: a}}", "columns: {sex: {column: a, else: {colum: b}}}",
			"extra: {shot: {column: [a]}}", "where: {colum: a}", "mask: {shows: hand}",
			"files: [a, {path: b, join: {on: {a: {colum: b}}}}]", "columns: {differentials: [{reder: a}]}"},
	} {
		for _, text := range texts {
			if verdict(name, text) == nil {
				t.Errorf("%s.schema.json allows %s", name, text)
			}
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
