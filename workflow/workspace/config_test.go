package workspace_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/workflow/workspace"
)

// specDefaults is dermset.yaml as spec 2 gives it, without the keys of parts that are not built.
const specDefaults = `
dataset: DX
version: "27.1"
sources: sources
mapping: {workbook: mapping/workbook.xlsx, tabs: {}}
images: {store: "", layout: link, changed: fail, max_failed: 1, near_group: 4, near_report: 6, min_side: 64, max_pixels: 200000000}
describe: {skin_tone: groh2022, image_type: builtin, body_part: none}
crops: {margin: 0.1, min_area: 0.0005, max_per_image: 10, files: false}
select: {min_images: 20, min_groups: 3, duplicates: keep}
split: {ratios: {train: 70, val: 15, test: 15}, seed: 1, group_by: [patient, lesion, duplicate], lock: "", lock_conflict: strictest, pin: {}}
soft: {wide: false}
icd11: {release: "2025-01", no_code: [Non-specific lesion, Non-specific finding], api: ""}
privacy: {pseudonymise: false}
`

func readConfig(t testing.TB, text string) (workspace.Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dermset.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return workspace.ReadConfig(path)
}

// The defaults are those of the contract: spelled out or left out, the settings are the same,
// and no key is missing on either side.
// An empty key has its default, whatever it holds: groups of patients stay whole.
func TestAnEmptyKeyHasItsDefault(t *testing.T) {
	got, err := readConfig(t, "split: {group_by: , pin: }\nicd11: {no_code: }\nmapping: {tabs: ~}\ncrops:\nversion:\n")
	if diff := cmp.Diff(workspace.Defaults(), got); diff != "" || err != nil {
		t.Errorf("%v (-default +got):\n%s", err, diff)
	}
}

func TestDefaultsAreTheContracts(t *testing.T) {
	for what, text := range map[string]string{"spec 2": specDefaults, "an empty file": "",
		"only a comment": "# nothing\n"} {
		got, err := readConfig(t, text)
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if diff := cmp.Diff(workspace.Defaults(), got); diff != "" {
			t.Errorf("%s (-defaults +read):\n%s", what, diff)
		}
	}
	keys := map[string]bool{}
	for _, key := range leaves(reflect.TypeFor[workspace.Config](), "") {
		keys[key.path] = true
		last := key.path[strings.LastIndex(key.path, ".")+1:]
		if !regexp.MustCompile(`\b` + last + `:`).MatchString(specDefaults) {
			t.Errorf("spec 2 has no key %s", key.path)
		}
	}
	// ten of them hold keys
	if n := len(regexp.MustCompile(`[a-z_0-9]+:`).FindAllString(specDefaults, -1)); n != len(keys)+10 {
		t.Errorf("spec 2 has %d keys, the settings %d", n-10, len(keys))
	}
}

type leaf struct {
	path string
	kind reflect.Type
}

func leaves(of reflect.Type, prefix string) (all []leaf) {
	for i := range of.NumField() {
		field := of.Field(i)
		path := prefix + field.Tag.Get("yaml")
		if field.Type.Kind() == reflect.Struct {
			all = append(all, leaves(field.Type, path+".")...)
		} else {
			all = append(all, leaf{path, field.Type})
		}
	}
	return all
}

// yamlOf writes one dotted key, two lines below the top, and says on which line it stands.
func yamlOf(path, value string) (text string, line int) {
	text = "# settings\n\n"
	parts := strings.Split(path, ".")
	for i, part := range parts {
		text += strings.Repeat("  ", i) + part + ":"
		if i+1 < len(parts) {
			text += "\n"
		}
	}
	return text + " " + value + "\n", 2 + len(parts)
}

// wantError wants one usage error that names the line and the last part of the key.
func wantError(t *testing.T, text string, line int, path string) {
	t.Helper()
	_, err := readConfig(t, text)
	if err == nil || !workspace.IsUsage(err) {
		t.Errorf("%q: error %v, want one of usage", text, err)
		return
	}
	key := path[strings.LastIndex(path, ".")+1:]
	for _, want := range []string{fmt.Sprintf("dermset.yaml:%d:", line), key} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %q, want %q in it", text, err, want)
		}
	}
	if n := strings.Count(err.Error(), "\n") + 1; n != 1 {
		t.Errorf("%q: %d errors for one key: %v", text, n, err)
	}
}

// A value of a wrong type is an error with line and key, whatever the key.
func TestWrongTypes(t *testing.T) {
	wrong := map[reflect.Kind][]string{
		reflect.String: {"[a, b]", "{a: b}"}, reflect.Int: {"many", "1.5", "[1]", "{a: 1}", "true", `"7"`},
		reflect.Int64:   {"many", "1.5", "[1]", "99999999999999999999"},
		reflect.Float64: {"many", "[1]", "{a: 1}", "true"}, reflect.Bool: {"maybe", "1", "[true]", "{a: true}"},
		reflect.Slice: {"word", "{a: b}", "[[a]]"},
		reflect.Map:   {"word", "[a]", "{a: [b]}"},
	}
	for _, key := range leaves(reflect.TypeFor[workspace.Config](), "") {
		for _, value := range wrong[key.kind.Kind()] {
			text, line := yamlOf(key.path, value)
			wantError(t, text, line, key.path)
		}
	}
	for _, section := range []string{"mapping", "images", "describe", "crops", "select", "split",
		"split.ratios", "soft", "icd11", "privacy"} {
		for _, value := range []string{"word", "[a]", "7"} {
			text, line := yamlOf(section, value)
			wantError(t, text, line, section)
		}
	}
}

// A key that does not exist, or stands twice, is an error with line and key, at the top and in every section.
func TestUnknownKeys(t *testing.T) {
	for _, path := range []string{"unknwon", "mapping.unknwon", "images.unknwon", "describe.unknwon", "crops.unknwon",
		"select.unknwon", "split.unknwon", "split.ratios.unknwon", "soft.unknwon", "icd11.unknwon", "privacy.unknwon",
		"Dataset", "select.minimages", "split.ratios.Train"} {
		text, line := yamlOf(path, "1")
		wantError(t, text, line, path)
	}
	wantError(t, "dataset: A\ndataset: B\n", 2, "dataset")
	wantError(t, "select: {min_images: 3}\nsplit:\n  seed: 1\n  seed: 2\n", 4, "split.seed")
}

// A value that no build could follow is an error with line and key.
func TestBadValues(t *testing.T) {
	for path, values := range map[string][]string{
		"dataset": {`""`, "D X", "D/X", "9X", "D-X", "D_X"},
		"version": {`""`, "27", "v27.1", "27.1.0", "027.1", "27.01", "27.x", "27.1-draft", "../1.1"},
		"sources": {"../elsewhere", "/abs", `""`}, "mapping.workbook": {"../wb.xlsx", "/abs.xlsx", `""`, `"gsheet:"`,
			"gsheet:a/b", "gsheet:https://docs.google.com/spreadsheets/d/abc/edit", "gsheet:.."},
		"images.store": {"s3://", "s3://bucket/x?colour=red", "s3://bucket?endpoint=somewhere", "s3://user:password@bucket/x",
			"gs://bucket/x"}, "images.changed": {"ignore", `""`},
		"images.max_failed": {"-1", "101", ".nan", ".inf"}, "images.min_side": {"0", "-1"},
		"images.max_pixels": {"0", "-5"}, "images.near_group": {"-1", "7"}, "images.near_report": {"3", "17", "1.5"},
		"describe.skin_tone":  {`""`, "builtin", "groh", "model.onnx", "../tones.csv", "/tones.csv"},
		"describe.image_type": {`""`, "groh2022", "true", "../card.yaml"}, "describe.body_part": {`""`, "builtin", "a.txt"},
		"crops.margin": {"-0.1", "1.1", ".nan"}, "crops.min_area": {"-1", "2", ".inf"},
		"crops.max_per_image": {"0", "-1", "101", "1.5"},
		"select.min_images":   {"0", "-1"}, "select.min_groups": {"0", "-1"}, "select.duplicates": {"last", `""`},
		"split.ratios": {"{train: 70, val: 15, test: 16}", "{train: 120, val: -20, test: 0}",
			"{train: 80}", "{train: 0, val: 0, test: 0}"},
		"split.group_by":      {"[person]", "[patient, Lesion]", `[""]`},
		"split.lock":          {"27.0", "DXv27", "../DXv27.0", "dist/DXv27.0", "DXv27.0-final"},
		"split.lock_conflict": {"loosest", `""`}, "split.pin": {"{a: training}", `{a: ""}`, "{a: Test}"},
		"icd11.release": {`""`, "2025", "2025-1", "25-01", "2025-13", "2025-00"},
	} {
		for _, value := range values {
			text, line := yamlOf(path, value)
			wantError(t, text, line, path)
		}
	}
}

// notBuilt are the keys of what is not built yet, each with the value that means off, if there is one.
var notBuilt = map[string]string{
	"report.thumbnails": "false",
}

// A key for what is not built yet is off where it is left out or empty, or has a value that means off; any other value
// is refused, the spec's default too: nothing is accepted and ignored.
func TestWhatIsNotBuiltIsRefused(t *testing.T) {
	for path, off := range notBuilt {
		for _, value := range []string{off, "null"} {
			text, _ := yamlOf(path, value)
			if got, err := readConfig(t, text); err != nil || !cmp.Equal(workspace.Defaults(), got) {
				t.Errorf("%q: %v, or not the defaults", text, err)
			}
		}
		for _, value := range []string{
			"link", "copy", "4", "0", "groh2022", "0.1", "true", "[none]",
			"{none: 1}", `"no"`, "None", "FALSE", `""`,
		} {
			text, line := yamlOf(path, value)
			wantError(t, text, line, path)
		}
		_, err := readConfig(t, strings.ReplaceAll(path, ".", ": {")+": 7}\n")
		if err == nil || !strings.Contains(err.Error(), "not built yet: leave it out") ||
			off != "" && !strings.Contains(err.Error(), "set it to "+off) {
			t.Errorf("%s: error %v", path, err)
		}
	}
	for _, section := range []string{"describe", "crops", "privacy", "report"} {
		if _, err := readConfig(t, section+":\n"); err != nil {
			t.Errorf("%s without keys: %v", section, err)
		}
	}
}

// What is allowed is read, at its limits too.
func TestGoodValues(t *testing.T) {
	c, err := readConfig(t, `
dataset: Derm2
version: 3.10
select: {min_images: 1, min_groups: 1, duplicates: first}
images: {layout: none, changed: accept, max_failed: 0, min_side: 1, max_pixels: 1}
split: {ratios: {train: 0, val: 0, test: 100}, seed: -9223372036854775808, group_by: [], lock: DXv27.0-draft, lock_conflict: fail, pin: {a: val, b.c: test}}
mapping: {workbook: wb, tabs: {a: "Another tab"}}
icd11: {no_code: []}
`)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.VersionName(); got != "Derm2v3.10" { // a YAML reader that takes 3.10 for a number would say 3.1
		t.Errorf("version %s", got)
	}
	want := workspace.SplitConfig{Ratios: workspace.Ratios{Test: 100}, Seed: -1 << 63, GroupBy: []string{},
		Lock: "DXv27.0-draft", LockConflict: "fail", Pin: map[string]string{"a": "val", "b.c": "test"}}
	if diff := cmp.Diff(want, c.Split); diff != "" {
		t.Errorf("split (-want +got):\n%s", diff)
	}
	if len(c.ICD11.NoCode) != 0 || c.ICD11.Release != "2025-01" || c.Mapping.Tabs["a"] != "Another tab" {
		t.Errorf("%+v", c)
	}
}

// Everything that is wrong comes at once, whatever kind it is of.
func TestAllErrorsAtOnce(t *testing.T) {
	_, err := readConfig(t, `dataset: "D X"
verson: "1.0"
select:
  min_images: many
  min_groups: 0
split:
  ratios: {train: 1, val: 2, test: 3}
  seed: [1]
  lock_conflict: loosest
  pin: {a.b: nowhere, c: train}
images: {layout: move, unknwon: 1}
`)
	for _, want := range []string{"dermset.yaml:1: dataset", `dermset.yaml:2:1: verson: unknown key; did you mean version?`,
		"dermset.yaml:4: ", "dermset.yaml:5:15: select.min_groups", "dermset.yaml:7: split.ratios", "dermset.yaml:8: ",
		"dermset.yaml:9:18: split.lock_conflict", "dermset.yaml:10:8: split.pin.a.b", "dermset.yaml:11:18: images.layout",
		`dermset.yaml:11:24: images.unknwon: unknown key`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error\n%v\nwant %q in it", err, want)
		}
	}
}

// Several documents, aliases and what is no YAML are refused; a workspace without settings is told what to do.
func TestNoSettings(t *testing.T) {
	for _, text := range []string{"dataset: A\n---\ndataset: B\n", "dataset: &a A\nversion: *a\n", "dataset: [\n",
		"\tdataset: A\n", "- a\n", "word\n"} {
		if _, err := readConfig(t, text); err == nil || !workspace.IsUsage(err) ||
			!strings.Contains(err.Error(), "dermset.yaml") {
			t.Errorf("%q: error %v", text, err)
		}
	}
	_, err := workspace.ReadConfig(filepath.Join(t.TempDir(), "dermset.yaml"))
	if err == nil || !workspace.IsUsage(err) || !strings.Contains(err.Error(), "dermset init") {
		t.Errorf("no file: %v", err)
	}
}
