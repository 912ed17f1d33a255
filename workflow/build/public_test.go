package build_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/desk"
	"github.com/dermset/dermset/workflow/workspace"
)

var publicUpdate = flag.Bool("update", false, "write the golden summaries of the public data sets anew")

// publicSpots are images whose soft labels the summary shows: of SCIN, and then one of each
// source without differentials.
var publicSpots = []string{
	"scin/dataset/images/-3205742176803893704.png", // two labels of one class, which together pass the image's own
	"scin/dataset/images/-4762289084741430925.png", // a tie of two classes
	"scin/dataset/images/5854025080806696361.png",  // three equal labels of three classes
	"scin/dataset/images/-7488721783507435350.png", // three equal weights that add up to 0.99
	"scin/dataset/images/-4027806997035329030.png", // a label of no class, so that the rest is divided by 0.78
	"scin/dataset/images/-1519713654362297847.png", // the longest list, with two labels of one class
	"scin/dataset/images/8406712750126834903.png",  // one label that is certain
	"scin/dataset/images/-737002406762138892.png",  // an image that two cases have; the first counts
	"fitzpatrick17k/6fa3bc93ee85194c7a3972b43270ae23.jpg",
	"ham10000/ISIC_0033156.jpg",
	"isic2017_val/ISIC_0014601.jpg",
	"pad_ufes_20/PAT_46_881_939.png",
}

// TestPublicDataSets builds examples/public from the real metadata and compares a summary with the golden one. It holds
// counts and the names of our own categories; the data sets' licences forbid more.
func TestPublicDataSets(t *testing.T) {
	data := os.Getenv("DERMSET_PUBLIC_DATA")
	if data == "" {
		t.Skip("the public data sets are not part of this project: set DERMSET_PUBLIC_DATA to a folder that has " +
			"metadata/<source>/ as examples/public/README.md says")
	}
	v := publicSet{raw: filepath.Join(data, "metadata"), golden: "public_summary.golden", spots: publicSpots}.check(t)
	// Lesion ids of PAD-UFES-20 are used again for other patients: joined by lesion alone there would be fewer groups
	// than its patients.
	v.checkGroups(t, map[string]int{"ham10000": 7470, "pad_ufes_20": 1373})
	v.checkClasses(t)
}

// TestInventedDataSets does the same with rows of testdata/public, which have the shapes of those data sets, and are
// there for everybody.
func TestInventedDataSets(t *testing.T) {
	v := publicSet{
		raw:      filepath.FromSlash("../../testdata/public"),
		settings: "select: {min_images: 1, min_groups: 1}\n",
		golden:   "invented_summary.golden",
		spots: []string{
			"scin/dataset/images/-11.png", // two labels of one class, which together pass the image's own
			"scin/dataset/images/31.png",  // a tie of two classes
			"scin/dataset/images/-22.png", // one label that is certain, of an image that two cases have; the first counts
		},
	}.check(t)
	v.checkGroups(t, map[string]int{"ham10000": 6, "pad_ufes_20": 5, "scin": 3})
}

// A publicSet is raw material for examples/public.
type publicSet struct {
	raw      string // holds a folder per source
	settings string // in place of those that dermset.yaml leaves out
	golden   string // summary, in testdata/
	spots    []string
}

// check builds the set, holds the version to the golden summary, and a second one, built otherwise, to the same bytes.
func (s publicSet) check(t *testing.T) *publicVersion {
	t.Helper()
	v := s.build(t, workspace.Resources{Workers: 2, BatchBytes: 1 << 20})
	v.checkRows(t)
	v.checkSoftLabels(t)
	golden, got := filepath.Join("..", "..", "testdata", s.golden), v.summary(t, s.spots)
	if *publicUpdate {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatalf("%v (make it with -update)", err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("summary, - golden, + this build (read the difference, then run with -update):\n%s", diff)
	}
	publicSameFiles(t, v, s.build(t, workspace.Resources{Workers: 5, BatchBytes: 7 << 10}))
	return v
}

// A publicVersion is what one build of the public data sets published.
type publicVersion struct {
	workspace string
	folder    string
	ingested  [][]string
	selected  []map[string]string
	soft      []map[string]string
	rejected  []map[string]string
}

// build ingests and builds a copy of examples/public.
func (s publicSet) build(t *testing.T, run workspace.Resources) *publicVersion {
	t.Helper()
	v := &publicVersion{workspace: t.TempDir()}
	if err := os.CopyFS(v.workspace, os.DirFS(filepath.FromSlash("../../examples/public"))); err != nil {
		t.Fatal(err)
	}
	settings := filepath.Join(v.workspace, "dermset.yaml")
	text, err := os.ReadFile(settings)
	if err == nil {
		err = os.WriteFile(settings, append(text, s.settings...), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	w, err := workspace.Open(v.workspace, run, quiet, workspace.NewProgress(io.Discard, false, quiet))
	if err != nil {
		t.Fatal(err)
	}
	err = w.Locked("build", func() error {
		if v.ingested, err = desk.Ingest(t.Context(), w, desk.IngestOptions{All: true, Raw: s.raw}); err != nil {
			return err
		}
		_, err := build.Run(t.Context(), w, "publish")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	v.folder = filepath.Join(v.workspace, "dist", "DXv0.1-draft")
	v.selected, v.soft, v.rejected = v.table(t, "selected_unsampled"),
		v.table(t, "selected_unsampled_soft"), v.table(t, "rejected")
	return v
}

func (v *publicVersion) table(t *testing.T, name string) []map[string]string {
	t.Helper()
	return publicTable(t, filepath.Join(v.folder, "DXv0.1_"+name+".csv"))
}

// publicTable reads a CSV as rows of column → cell, with the standard library's reader and not with ours.
func publicTable(t *testing.T, path string) []map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	rows := make([]map[string]string, len(records)-1)
	for i, record := range records[1:] {
		rows[i] = make(map[string]string, len(record))
		for j, cell := range record {
			rows[i][records[0][j]] = cell
		}
	}
	return rows
}

// sources are the names of the sources, bytewise.
func (v *publicVersion) sources() []string {
	names := make([]string, len(v.ingested))
	for i, row := range v.ingested {
		names[i] = row[0]
	}
	return names
}

// datasetIDs are the image ids of a source's dataset CSV: all rows in.
func (v *publicVersion) datasetIDs(t *testing.T, source string) []string {
	t.Helper()
	var ids []string
	for _, row := range publicTable(t, filepath.Join(v.workspace, "sources", source, source+"_dataset.csv")) {
		ids = append(ids, source+"/"+row["image_path"])
	}
	return ids
}

// checkRows holds the build to: rows in = selected + rejected, each once, in the dataset CSV's order;
// the soft table has the selected rows.
func (v *publicVersion) checkRows(t *testing.T) {
	t.Helper()
	var in []string
	for _, source := range v.sources() {
		in = append(in, v.datasetIDs(t, source)...)
	}
	position := make(map[string]int, len(in))
	for i, id := range in {
		position[id] = i
	}
	if len(position) != len(in) {
		t.Errorf("%d rows in, but only %d image ids", len(in), len(position))
	}
	if len(in) != len(v.selected)+len(v.rejected) {
		t.Errorf("%d rows in, want %d selected + %d rejected", len(in), len(v.selected), len(v.rejected))
	}
	seen := make(map[string]bool, len(in))
	for _, table := range [][]map[string]string{v.selected, v.rejected} {
		last := -1
		for _, row := range table {
			id := row["image_id"]
			at, known := position[id]
			if !known || seen[id] || at <= last {
				t.Fatalf("%s: known %t, seen before %t, row %d after row %d", id, known, seen[id], at, last)
			}
			seen[id], last = true, at
		}
	}
	ids := func(row map[string]string) string {
		return strings.Join([]string{row["image_id"], row["target_name"], row["class_id"], row["split"]}, "\t")
	}
	if !slices.EqualFunc(v.selected, v.soft, func(a, b map[string]string) bool { return ids(a) == ids(b) }) {
		t.Error("the soft table has other rows than the selected one")
	}
}

// checkGroups holds the build to the number of groups that sources are known to have, and to a split without leaks.
func (v *publicVersion) checkGroups(t *testing.T, groups map[string]int) {
	t.Helper()
	split := map[string]string{}
	for _, row := range v.selected {
		group := row["group_id"]
		if before, known := split[group]; known && before != row["split"] {
			t.Errorf("group %s is in %s and in %s", group, before, row["split"])
		}
		split[group] = row["split"]
	}
	for source, want := range groups {
		if got := v.distinct(source, "group_id"); got != want {
			t.Errorf("%s has %d groups, want %d", source, got, want)
		}
	}
}

// checkClasses holds the classes to the threshold, and each to having images in all splits.
func (v *publicVersion) checkClasses(t *testing.T) {
	t.Helper()
	for _, class := range v.table(t, "classes_stage3") {
		if publicNumber(t, class["groups"]) < 3 {
			t.Errorf("%s has %s groups and is a class all the same", class["target_name"], class["groups"])
		}
		for _, name := range []string{"train", "val", "test"} {
			if class[name] == "0" {
				t.Errorf("%s has no image in %s", class["target_name"], name)
			}
		}
	}
}

// checkSoftLabels holds every row's soft labels to: they add up to 1, the likeliest come first,
// and all classes are of stage 3.
func (v *publicVersion) checkSoftLabels(t *testing.T) {
	t.Helper()
	classes := map[string]bool{}
	for _, class := range v.table(t, "classes_stage3") {
		classes[class["target_name"]] = true
	}
	for _, row := range v.soft {
		names, p := publicSoft(t, row["soft_labels"])
		sum := 0.0
		for i, name := range names {
			sum += p[i]
			if !classes[name] || p[i] <= 0 || i > 0 && p[i] > p[i-1] {
				t.Fatalf("%s: %s", row["image_id"], row["soft_labels"])
			}
		}
		if sum < 1-1e-6 || sum > 1+1e-6 {
			t.Fatalf("%s: soft labels add up to %v: %s", row["image_id"], sum, row["soft_labels"])
		}
	}
}

// publicSoft is a cell of soft labels in its own order.
func publicSoft(t *testing.T, cell string) (names []string, p []float64) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(cell))
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return names, p
		}
		if err != nil {
			t.Fatalf("%q: %v", cell, err)
		}
		switch token := token.(type) {
		case string:
			names = append(names, token)
		case float64:
			p = append(p, token)
		}
	}
}

// distinct counts the values of a column among the selected rows of a source, the empty one left out.
func (v *publicVersion) distinct(source, column string) int {
	values := map[string]bool{}
	for _, row := range v.selected {
		if row["source"] == source && row[column] != "" {
			values[row[column]] = true
		}
	}
	return len(values)
}

// summary is the text that the golden file holds: tables of numbers, and the soft labels of the images named.
func (v *publicVersion) summary(t *testing.T, spots []string) string {
	t.Helper()
	var b strings.Builder
	table := func(title string, header []string, rows [][]string) {
		fmt.Fprintf(&b, "%s\n", title)
		w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for _, row := range append([][]string{header}, rows...) {
			fmt.Fprintf(w, "  %s\n", strings.Join(row, "\t"))
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		b.WriteByte('\n')
	}
	table("ingest", desk.IngestColumns.Keys(), v.ingested)
	header, rows := v.fates(t)
	table("rows in = selected + rejected by stage/reason", header, rows)
	table("selected", []string{"source", "groups", "patients", "sex", "age", "fitzpatrick", "body_part",
		"derived", "derived_tie"}, v.known())
	table("splits", []string{"split", "images", "groups"}, v.splits())
	for _, stage := range []string{"1", "2"} {
		fmt.Fprintf(&b, "classes of stage %s: %d\n", stage, len(v.table(t, "classes_stage"+stage)))
	}
	classes := v.table(t, "classes_stage3")
	columns := []string{"class_id", "images", "groups", "patients", "sources", "train", "val", "test", "target_name"}
	table(fmt.Sprintf("classes of stage 3: %d", len(classes)), columns, publicColumns(classes, columns))
	table("soft labels", []string{"what", "images"}, v.softCounts(t))
	table("soft labels of some images",
		[]string{"image_id", "readers", "tied_top", "target_name", "soft_labels"}, v.spots(t, spots))
	found := map[string]int{}
	for _, row := range publicTable(t, filepath.Join(v.folder, "mapping", "findings.csv")) {
		found[row["severity"]+" "+row["finding"]]++
	}
	table("findings", []string{"finding", "times"}, publicCounts(found))
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func publicColumns(rows []map[string]string, columns []string) [][]string {
	cells := make([][]string, len(rows))
	for i, row := range rows {
		for _, column := range columns {
			cells[i] = append(cells[i], row[column])
		}
	}
	return cells
}

func publicCounts(counts map[string]int) [][]string {
	var rows [][]string
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		rows = append(rows, []string{key, strconv.Itoa(counts[key])})
	}
	return rows
}

// fates is a row per source and one for all: rows in, selected, and rejected by reason.
func (v *publicVersion) fates(t *testing.T) (header []string, rows [][]string) {
	t.Helper()
	const all = "all"
	counts, reasons := map[[2]string]int{}, map[string]bool{}
	count := func(source, what string, n int) {
		counts[[2]string{source, what}] += n
		counts[[2]string{all, what}] += n
	}
	for _, source := range v.sources() {
		count(source, "in", len(v.datasetIDs(t, source)))
	}
	for _, row := range v.selected {
		count(row["source"], "selected", 1)
	}
	for _, row := range v.rejected {
		reason := row["stage"] + "/" + row["reason"]
		reasons[reason] = true
		count(row["source"], reason, 1)
	}
	header = append([]string{"source", "in", "selected"}, slices.Sorted(maps.Keys(reasons))...)
	for _, source := range append(v.sources(), all) {
		row := []string{source}
		for _, what := range header[1:] {
			row = append(row, strconv.Itoa(counts[[2]string{source, what}]))
		}
		rows = append(rows, row)
	}
	return header, rows
}

// known is a row per source: groups and patients, and how many selected rows have a value.
func (v *publicVersion) known() [][]string {
	var rows [][]string
	for _, source := range v.sources() {
		counts := map[string]int{}
		for _, row := range v.selected {
			if row["source"] != source {
				continue
			}
			for _, column := range []string{"sex", "age", "fitzpatrick", "body_part"} {
				if row[column] != "" {
					counts[column]++
				}
			}
			counts[row["label_origin"]]++
		}
		row := []string{source, strconv.Itoa(v.distinct(source, "group_id")), strconv.Itoa(v.distinct(source, "patient_id"))}
		for _, column := range []string{"sex", "age", "fitzpatrick", "body_part", "derived", "derived_tie"} {
			row = append(row, strconv.Itoa(counts[column]))
		}
		rows = append(rows, row)
	}
	return rows
}

func (v *publicVersion) splits() [][]string {
	images, groups := map[string]int{}, map[string]map[string]bool{}
	for _, row := range v.selected {
		split := row["split"]
		if groups[split] == nil {
			groups[split] = map[string]bool{}
		}
		images[split]++
		groups[split][row["group_id"]] = true
	}
	var rows [][]string
	for _, split := range slices.Sorted(maps.Keys(images)) {
		rows = append(rows, []string{split, strconv.Itoa(images[split]), strconv.Itoa(len(groups[split]))})
	}
	return rows
}

// softCounts says how many images have how many classes, a tie at the top, or another class above their own.
func (v *publicVersion) softCounts(t *testing.T) [][]string {
	t.Helper()
	counts := map[string]int{}
	for _, row := range v.soft {
		names, _ := publicSoft(t, row["soft_labels"])
		counts[fmt.Sprintf("%d classes", len(names))]++
		if row["tied_top"] == "true" {
			counts["tied_top"]++
		}
		if names[0] != row["target_name"] {
			counts["another class above the own"]++
		}
	}
	return publicCounts(counts)
}

func (v *publicVersion) spots(t *testing.T, ids []string) [][]string {
	t.Helper()
	at := map[string]map[string]string{}
	for _, row := range v.soft {
		at[row["image_id"]] = row
	}
	var rows []map[string]string
	for _, id := range ids {
		if at[id] == nil {
			t.Errorf("%s is not among the selected images", id)
			continue
		}
		rows = append(rows, at[id])
	}
	return publicColumns(rows, []string{"image_id", "readers", "tied_top", "target_name", "soft_labels"})
}

func publicNumber(t *testing.T, cell string) int {
	t.Helper()
	n, err := strconv.Atoi(cell)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// publicBuiltAt is the one place of a version that may differ between two builds.
var publicBuiltAt = regexp.MustCompile(`"built_at": "[^"]*"`)

// publicSameFiles holds two builds to the same published files and dataset CSVs, byte for byte.
func publicSameFiles(t *testing.T, a, b *publicVersion) {
	t.Helper()
	for _, inside := range []string{"dist", "sources"} {
		have, want := publicFiles(t, filepath.Join(b.workspace, inside)), publicFiles(t, filepath.Join(a.workspace, inside))
		for _, path := range slices.Sorted(maps.Keys(want)) {
			if text, there := have[path]; !there || text != want[path] {
				t.Errorf("%s/%s: there %t, or other bytes with other workers and batch size", inside, path, there)
			}
		}
		if len(have) != len(want) {
			t.Errorf("%s: %d files, want %d", inside, len(have), len(want))
		}
	}
}

// publicFiles is path → text of all files below a folder.
func publicFiles(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(folder), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(path)))
		if filepath.Base(path) == "manifest.json" {
			text = publicBuiltAt.ReplaceAll(text, nil)
		}
		if filepath.Base(path) == "manifest.sha256" {
			_, text, _ = bytes.Cut(text, []byte{'\n'}) // the manifest's
		}
		files[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
