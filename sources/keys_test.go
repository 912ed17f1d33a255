package sources

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/yamlio"
)

// forms are what a value may be: around it, so that a key's own keys are reached. A key that is unknown everywhere
// makes the parser list what it knows.
var forms = [][2]string{{"", ""}, {"[", "]"}, {"[a.csv, ", "]"}, {"{x: ", "}"}}

var listed = regexp.MustCompile(`: (\S*?)\.?qqqqqq: unknown key, want one of (.*)$`)

// shared leads from a place where any column's keys stand to the place where the table has them.
var shared = strings.NewReplacer("columns.differentials.one_hot.", "columns.*.one_hot.",
	"columns.*.else.", "columns.*.", "extra.*.", "columns.*.", "files.join.on.*.", "columns.*.",
	"files.join.on.before.", "columns.*.",
	"files.join.on.this.", "columns.*.")

var (
	entry     = regexp.MustCompile(`\[[0-9]+\]`)
	own       = regexp.MustCompile(`\bx\b`)
	anyColumn = regexp.MustCompile(`^columns\.[a-z_]+`)
)

// pathOf is the table's path of a key as messages name it.
func pathOf(key string) string {
	path := own.ReplaceAllString(entry.ReplaceAllString(key, ""), "*")
	if !strings.HasPrefix(path, "columns.differentials") {
		path = anyColumn.ReplaceAllString(path, "columns.*")
	}
	for short := shared.Replace(path); short != path; short = shared.Replace(path) {
		path = short
	}
	return path
}

// A spot is where keys are accepted: what stands around them.
type spot struct{ before, after string }

// accepted walks through all that the parser accepts, and gives all keys with their spots.
var accepted = sync.OnceValue(func() map[string][]spot {
	found, walked := map[string][]spot{}, map[string]bool{}
	var walk func(at spot)
	walk = func(at spot) {
		for line := range strings.Lines(fmt.Sprint(reads(at.before + "{qqqqqq: 1}" + at.after))) {
			m := listed.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
			if m == nil || walked[m[1]] || strings.Count(m[1], "else") > 1 {
				continue
			}
			walked[m[1]] = true
			for key := range strings.SplitSeq(m[2], ", ") {
				path := pathOf(strings.TrimPrefix(m[1]+"."+key, "."))
				found[path] = append(found[path], spot{at.before + "{" + key + ": ", "}" + at.after})
				for _, form := range forms {
					walk(spot{at.before + "{" + key + ": " + form[0], form[1] + "}" + at.after})
				}
			}
		}
	}
	walk(spot{})
	return found
})

// The table has each key that the parser accepts, at every level, and no other.
func TestKeys(t *testing.T) {
	found := accepted()
	want := map[string]bool{}
	for _, key := range Keys() {
		if path := pathOf(key.Path); path != "" && !strings.HasSuffix(path, "*") {
			want[path] = true
		}
	}
	want["columns.*"] = true // any column
	for path := range found {
		if !want[path] {
			t.Errorf("source.yaml may have %s, and the table of keys (keys.go) has not", path)
		}
	}
	for path := range want {
		if found[path] == nil {
			t.Errorf("the table of keys (keys.go) has %s, and source.yaml may not", path)
		}
	}
	if len(found) < 70 {
		t.Errorf("only %d keys are found", len(found))
	}
}

var choice = regexp.MustCompile(`"nonsense": want one of ([^;]*)`)

// What a key may be one of is what the parser takes.
func TestKeysOfAFewWords(t *testing.T) {
	found := accepted()
	for _, key := range Keys() {
		var taken []string
		for _, at := range found[pathOf(key.Path)] {
			_, err := parse("s", "s", "source.yaml", []byte(at.before+"nonsense"+at.after))
			if m := choice.FindStringSubmatch(fmt.Sprint(err)); m != nil {
				taken = strings.Split(strings.Split(m[1], "\n")[0], ", ")
			}
		}
		want := key.Is.Values()
		if key.Is.String() == yamlio.YesNo.String() {
			want = []string{"yes", "no", "true", "false"}
		}
		if diff := cmp.Diff(want, taken); diff != "" {
			t.Errorf("%s (-table +parser):\n%s", key.Path, diff)
		}
	}
}

// around are files that an example may want beside it.
var around = []string{"%s", "files: a.csv\n%s", "files: {path: a.csv, %s}", "files: {path: a.xlsx, %s}",
	"files: {path: a.json, %s}", "files: {walk: x/*, %s}", "files: {%s}", "files: [a.csv, {path: b.csv, %s}]",
	"files: [a.csv, {path: b.csv, join: {%s}}]", "files: [a.csv, {path: b.csv, join: {on: a, %s}}]",
	"files: [a.csv, {path: b.csv, join: {on: [{before: a, %s}]}}]",
	"files: [a.csv, {path: b.csv, join: {on: [{this: a, %s}]}}]"}

// Every example can be written, beside what it wants, and is not the default.
func TestExamples(t *testing.T) {
	for _, key := range Keys() {
		if key.Example == "" {
			continue
		}
		above, name := "", key.Path
		if i := strings.LastIndexByte(key.Path, '.'); i >= 0 {
			above, name = key.Path[:i], key.Path[i+1:]
		}
		line := strings.ReplaceAll(name, "*", "image_path") + ": " + key.Example
		var texts []string
		for _, text := range around {
			text = fmt.Sprintf(text, line)
			texts = append(texts, text, text+"\ncolumns: {image_path: a}")
		}
		files := "files: a.csv\n"
		switch above {
		case "where", "skip":
			texts = []string{files + "columns: {image_path: a}\n" + above + ": {column: a, " + line + "}",
				files + "columns: {image_path: a}\n" + above + ": {is: a, " + line + "}",
				files + "columns: {image_path: a}\n" + above + ": {column: a, is: a, " + line + "}"}
		case "mask", "label", "differentials":
			texts = []string{above + ": {" + line + "}"}
		case "columns":
			texts = []string{files + "columns: {" + line + "}", files + "columns: {image_path: a, " + line + "}",
				files + "columns: {image_path: a, label: " + key.Example + "}"}
		case "columns.differentials":
			for _, beside := range []string{"", "column: a, ", "labels: a, ", "weights: a, ", "column: a, format: delimited, "} {
				texts = append(texts, files+"columns: {image_path: a, differentials: {"+beside+line+"}}")
			}
		case "columns.*", "columns.*.one_hot":
			for _, beside := range []string{"", "column: a, ", "column: a, map: {a: b}, ", "column: a, other: keep, ",
				"column: a, matches: (a), other: keep, "} {
				texts = append(texts, files+"columns: {mask_path: {"+beside+line+"}, image_path: a}",
					files+"columns: {image_path: {"+beside+line+"}}")
			}
			for _, beside := range []string{"", "columns: [a], ", "columns: [a], several: join, "} {
				texts = append(texts, files+"columns: {image_path: a, label: {one_hot: {"+beside+line+"}}}")
			}
		}
		if !slices.ContainsFunc(texts, func(text string) bool { return reads(text) == nil }) {
			t.Errorf("%s: %s cannot be written: %v", key.Path, line, reads(texts[0]))
		}
		if key.Example == key.Default {
			t.Errorf("%s: the example is the default", key.Path)
		}
	}
}

func reads(text string) error {
	_, err := parse("s", "s", "source.yaml", []byte(text))
	return err
}

// marked are lines behind one #, and behind two.
var (
	once  = regexp.MustCompile(`(?m)^# `)
	twice = regexp.MustCompile(`(?m)^## `)
)

// What stands in a new source.yaml behind one # says what holds without it; what stands behind two is YAML, and words.
func TestStarterShowsTheDefaults(t *testing.T) {
	text, err := New("atlas")
	if err != nil {
		t.Fatal(err)
	}
	read := func(text string) *Config {
		c, err := parse("atlas", "sources/atlas", "source.yaml", []byte(text))
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		return c
	}
	shown := once.ReplaceAllString(string(text), "")
	all := cmp.Exporter(func(reflect.Type) bool { return true })
	want, got := read(string(text)), read(shown)
	got.IDMissing, got.extra = nil, nil // none, as [] is
	if diff := cmp.Diff(want, got, all); diff != "" || shown == string(text) {
		t.Errorf("what is shown is not the default (-default +shown):\n%s", diff)
	}
	_, keys, _ := strings.Cut(string(text), "## Where rows come from")
	_, err = parse("atlas", "sources/atlas", "source.yaml", []byte(twice.ReplaceAllString("## # "+keys, "")))
	if err == nil || strings.Contains(err.Error(), "did not find") {
		t.Errorf("examples are no YAML: %v", err)
	}
	for _, key := range Keys() {
		if key.Path != "" && !strings.Contains(string(text), " "+strings.ReplaceAll(key.Name(), "*", "NAME")+":") {
			t.Errorf("%s is not shown", key.Path)
		}
	}
	for _, line := range strings.Split(string(text), "\n") {
		if len([]rune(line)) > 100 {
			t.Errorf("%q has more than 100 characters", line)
		}
	}
}

// A key that is misspelt, or stands where it has no meaning, is told with what was meant.
func TestWhatWasMeantInSourceYAML(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"titel: a", "1:1: titel: unknown key; did you mean title?"},
		{"license: MIT", "1:1: license: unknown key; did you mean licence?"},
		{"files: a.csv\ncolumns: {image_pth: a}", "2:11: columns.image_pth: unknown key; did you mean image_path?"},
		{"mask: {invert: yes}", "1:8: mask.invert: unknown key; did you mean inverted?"},
		{"image_path: a", "1:1: image_path: unknown key here: it stands below columns: write `columns: {image_path: a}`"},
		{"columns:\nage: a", "2:1: age: unknown key here: it stands below columns: which is in line 1: write `age: a` there"},
		{"delimiter: tab", "1:1: delimiter: unknown key here: it stands below files: write `files: {delimiter: tab}`"},
		{"on_tie: first", "1:1: on_tie: unknown key here: it stands below label: write `label: {on_tie: first}`"},
		{"label: {column: dx}", "1:9: label.column: unknown key here: it stands "},
		{"files: {path: a.csv, sep: a}", "1:22: files.sep: unknown key"},
		{"mask.shows: skin", "1:1: mask.shows: unknown key: a dot parts no keys: write `mask: {shows: skin}`"},
		{"crops: in_house", `1:8: crops: "in_house": want one of in-house, programmatic, wound-masks, mixed, none, ` +
			"pending; did you mean in-house?"},
	} {
		if err := reads(test.text); err == nil || !strings.Contains(err.Error(), "source.yaml:"+test.want) {
			t.Errorf("%q: %v, want %q", test.text, err, test.want)
		}
	}
}
