package workspace_test

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/yamlio"
	"github.com/dermset/dermset/sources"
	"github.com/dermset/dermset/workflow/workspace"
)

var update = flag.Bool("update", false, "write what is made of the tables of keys into docs/")

// docs is the folder of pages.
var docs = filepath.Join("..", "..", "docs")

// golden wants a file of docs/ to be what is made of the code, or writes it so.
func golden(t *testing.T, name, want string) {
	t.Helper()
	path := filepath.Join(docs, name)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is not what the code says (-code +page); go test -run TestSettings ./workflow/workspace -update "+
			"writes it:\n%s", name, diff)
	}
}

// The page of settings has every key of both files, with all that the tables say of it.
func TestSettingsPage(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(docs, "settings.md"))
	if err != nil {
		t.Fatal(err)
	}
	page, ok := yamlio.Fill(string(text), "dermset.yaml", yamlio.Page(workspace.Keys(), true))
	page, also := yamlio.Fill(page, "source.yaml", yamlio.Page(sources.Keys(), false))
	if !ok || !also {
		t.Fatal("settings.md has not both marks of both tables")
	}
	golden(t, "settings.md", page)
	for _, key := range append(workspace.Keys(), sources.Keys()...) {
		of, _, _ := strings.Cut(key.Page, "#")
		if _, err := os.Stat(filepath.Join(docs, of)); err != nil {
			t.Errorf("%s: %v", key.Path, err)
		}
	}
}

// The table has each key that Config has, in its order, and no other; sections hold keys.
func TestKeys(t *testing.T) {
	var want, got []string
	var walk func(of reflect.Type, prefix string)
	walk = func(of reflect.Type, prefix string) {
		for i := range of.NumField() {
			path := prefix + of.Field(i).Tag.Get("yaml")
			want = append(want, path)
			if of.Field(i).Type.Kind() == reflect.Struct {
				walk(of.Field(i).Type, path+".")
			}
		}
	}
	walk(reflect.TypeFor[workspace.Config](), "")
	for _, key := range workspace.Keys() {
		got = append(got, key.Path)
		if key.Says == "" {
			t.Errorf("%s says nothing", key.Path)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys (-settings +table):\n%s", diff)
	}
}

// Every example is read, is not the default, and is what the key is about.
func TestExamples(t *testing.T) {
	for _, key := range workspace.Keys() {
		if key.Is.String() == yamlio.Section.String() {
			continue
		}
		text, _ := yamlOf(key.Path, key.Example)
		if strings.HasPrefix(key.Path, "split.ratios.") { // which add up to 100
			text = "split: {ratios: {train: 80, val: 10, test: 10}}\n"
		}
		c, err := readConfig(t, text)
		if err != nil || cmp.Equal(workspace.Defaults(), c) && key.Path != "dataset" && key.Path != "sources" {
			t.Errorf("%s: %q is not read, or is the default: %v", key.Path, key.Example, err)
		}
	}
}

// What init writes has every key behind a # as it is by default: with all of them it says the same. It names nothing
// that is not built.
func TestInitShowsTheDefaults(t *testing.T) {
	dir := t.TempDir()
	if _, err := workspace.Init(dir); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(filepath.Join(dir, "dermset.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(written)
	shown := regexp.MustCompile(`(?m)^( *)# `).ReplaceAllString(text, "$1")
	want, err := readConfig(t, text)
	if err != nil {
		t.Fatal(err)
	}
	got, err := readConfig(t, shown)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("what is shown is not the default (-default +shown): %v\n%s", err, diff)
	}
	want.Version, want.Mapping.Workbook = workspace.Defaults().Version, workspace.Defaults().Mapping.Workbook
	if diff := cmp.Diff(workspace.Defaults(), want); diff != "" {
		t.Errorf("init sets more than version and workbook (-default +init):\n%s", diff)
	}
	for _, key := range leaves(reflect.TypeFor[workspace.Config](), "") {
		name := key.path[strings.LastIndexByte(key.path, '.')+1:]
		if !strings.Contains("\n"+shown, "\n"+strings.Repeat("  ", strings.Count(key.path, "."))+name+": ") {
			t.Errorf("%s is not shown", key.path)
		}
	}
	for key := range notBuilt {
		if section, _, _ := strings.Cut(key, "."); regexp.MustCompile(`(?m)^\W*` + section + ":").MatchString(text) {
			t.Errorf("%s is shown, which is not built", key)
		}
	}
	for _, line := range strings.Split(text, "\n") {
		if len([]rune(line)) > 100 {
			t.Errorf("%q has more than 100 characters", line)
		}
	}
}

// schemas are what editors check both files with.
func schemas(t *testing.T) map[string]string {
	t.Helper()
	made := map[string]string{}
	for name, of := range map[string]struct {
		keys  []yamlio.Key
		empty bool
	}{"dermset": {workspace.Keys(), true}, "source": {sources.Keys(), false}} {
		text, err := yamlio.Schema(name+".yaml", of.keys, of.empty)
		if err != nil {
			t.Fatal(err)
		}
		made[name] = string(text)
	}
	return made
}

func TestSettingsSchemas(t *testing.T) {
	for name, text := range schemas(t) {
		golden(t, name+".schema.json", text)
	}
}

// Every setting has the value that holds, and the line that says so.
func TestSettingsSayWhere(t *testing.T) {
	dir := t.TempDir()
	text := "version: \"1.0\"\nsplit:\n  seed:\n  group_by:\n  ratios: {train: 80, val: 10, test: 10}\n" +
		"mapping: {tabs: {a: b}}\n"
	if err := os.WriteFile(filepath.Join(dir, "dermset.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	all, err := (&workspace.Workspace{Dir: dir}).Settings()
	if err != nil || len(all) != len(leaves(reflect.TypeFor[workspace.Config](), "")) {
		t.Fatalf("%d settings: %v", len(all), err)
	}
	got := map[string]string{}
	for _, s := range all {
		got[s.Key] = s.Value + " " + s.From()
	}
	for key, want := range map[string]string{"version": `"1.0" dermset.yaml:1`, "dataset": "DX default",
		"split.seed": "1 default", "split.ratios.val": "10 dermset.yaml:5", "mapping.tabs": "{a: b} dermset.yaml:6",
		"split.group_by": "[patient, lesion, duplicate] default", "images.store": `"" default`} {
		if got[key] != want {
			t.Errorf("%s: %s, want %s", key, got[key], want)
		}
	}
}
