package build_test

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/workspace"
)

const (
	firstKey   = "the first key of these tests"
	anotherKey = "another key of these tests"
)

// pseudonymOf is spec 9, in the words of the standard library.
func pseudonymOf(key, kind, space, original string) string {
	if original == "" {
		return ""
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(kind + "\x00" + space + "\x00" + original))
	return hex.EncodeToString(mac.Sum(nil))[:32]
}

func pseudonymImage(key, id string) string {
	source, path, _ := strings.Cut(id, "/")
	return source + "/" + pseudonymOf(key, "image", source, path)
}

// A disguised is a version as it is, and the same one with pseudonyms.
type disguised struct {
	t           *testing.T
	world       *world
	plain, with string // folders
}

func (d *disguised) table(dir, name string) []map[string]string {
	d.t.Helper()
	_, rows, err := readCSV(filepath.Join(dir, name))
	if err != nil {
		d.t.Fatal(err)
	}
	return rows
}

// newDisguised builds a world twice, the second time with pseudonyms.
func newDisguised(t *testing.T, w *world, dir string) *disguised {
	t.Helper()
	d := &disguised{t, w, filepath.Join(dir, "plain", "dist", draft), filepath.Join(dir, "with", "dist", draft)}
	w.pin = map[string]string{} // two may be in one group, which no build splits
	w.pseudonymise = false
	buildFresh(t, w, filepath.Join(dir, "plain"), plainRun)
	w.pseudonymise = true
	buildFresh(t, w, filepath.Join(dir, "with"), plainRun)
	return d
}

func (d *disguised) space(source string) string {
	for _, s := range d.world.sources {
		if s.name == source {
			return s.space
		}
	}
	return "none"
}

// row is a row of any table as it has to leave. Paths of published pictures are compared by themselves.
func (d *disguised) row(row map[string]string) map[string]string {
	out := maps.Clone(row)
	if source, is := row["source"]; is {
		out["source_path"] = pseudonymOf(firstKey, "image", source, row["source_path"])
		for _, kind := range []string{"patient", "lesion"} {
			if id, is := row[kind+"_id"]; is {
				out[kind+"_id"] = pseudonymOf(firstKey, kind, d.space(source), id)
			}
		}
	}
	if id, is := row["group_id"]; is {
		out["group_id"] = pseudonymOf(firstKey, "group", "", id)
	}
	if detail := row["detail"]; row["reason"] == "duplicate_of" {
		out["detail"] = pseudonymImage(firstKey, detail)
	} else if detail != "" {
		out["detail"] = pseudonymOf(firstKey, "text", row["source"], detail)
	}
	out["image_id"] = pseudonymImage(firstKey, row["image_id"])
	for _, column := range []string{"image_path", "file_name"} {
		delete(out, column)
	}
	return out
}

// wantTables holds the tables of rows against each other: the same rows in the same order.
func (d *disguised) wantTables() {
	for _, name := range []string{"DXv1.0_selected_unsampled.csv", "DXv1.0_selected_unsampled_soft.csv",
		"DXv1.0_rejected.csv", "images/metadata.csv"} {
		if _, err := os.Stat(filepath.Join(d.plain, name)); err != nil && strings.Contains(name, "metadata") {
			continue // no pictures are published
		}
		plain, with := d.table(d.plain, name), d.table(d.with, name)
		var want []map[string]string
		for i, row := range plain {
			want = append(want, d.row(row))
			if i < len(with) {
				d.wantPicture(name, row, with[i])
			}
		}
		for _, row := range with {
			delete(row, "image_path")
			delete(row, "file_name")
		}
		if diff := gocmp.Diff(want, with); diff != "" {
			d.t.Fatalf("world %d: %s (-want +got):\n%s", d.world.seed, name, diff)
		}
	}
}

// wantPicture holds the published picture of a row against that of the row as it is: in the same folder, of the same
// bytes, called by the pseudonym.
func (d *disguised) wantPicture(table string, plain, with map[string]string) {
	for _, column := range []string{"image_path", "file_name"} {
		was, is := plain[column], with[column]
		if was == "" && is == "" {
			continue
		}
		source, hash, _ := strings.Cut(with["image_id"], "/")
		if path.Dir(was) != path.Dir(is) || path.Ext(was) != path.Ext(is) ||
			!strings.HasSuffix(strings.TrimSuffix(is, path.Ext(is)), "--"+hash) || source == "" {
			d.t.Fatalf("world %d: %s: %s %q was %q, of %s", d.world.seed, table, column, is, was, with["image_id"])
		}
		if sum := plain["sha256_published"]; column == "image_path" && sum != "" {
			text, err := os.ReadFile(filepath.Join(d.with, filepath.FromSlash(is)))
			if got := sha256.Sum256(text); err != nil || hex.EncodeToString(got[:]) != sum {
				d.t.Fatalf("world %d: %s is not the picture that it was: %v", d.world.seed, is, err)
			}
		}
	}
}

func (d *disguised) wantDuplicates() {
	back := map[string]string{"6": "8", "8": "6"}
	want := d.table(d.plain, "DXv1.0_duplicates.csv")
	for _, row := range want {
		row["image_a"], row["image_b"] = pseudonymImage(firstKey, row["image_a"]), pseudonymImage(firstKey, row["image_b"])
		if row["image_a"] > row["image_b"] {
			row["image_a"], row["image_b"] = row["image_b"], row["image_a"]
			row["orientation"] = cmp.Or(back[row["orientation"]], row["orientation"])
		}
	}
	slices.SortFunc(want, func(a, b map[string]string) int {
		return cmp.Or(cmp.Compare(a["image_a"], b["image_a"]), cmp.Compare(a["image_b"], b["image_b"]))
	})
	if diff := gocmp.Diff(want, d.table(d.with, "DXv1.0_duplicates.csv")); diff != "" {
		d.t.Fatalf("world %d: duplicates (-want +got):\n%s", d.world.seed, diff)
	}
}

func (d *disguised) wantCrops() {
	read := func(dir string) []wantedCrop {
		crops, err := parquet.ReadFile[wantedCrop](filepath.Join(dir, "DXv1.0_crops.parquet"))
		if err != nil {
			d.t.Fatal(err)
		}
		return crops
	}
	want := read(d.plain)
	for i, crop := range want {
		want[i].ImageID = pseudonymImage(firstKey, crop.ImageID)
		if crop.MaskPath != nil {
			source, _, _ := strings.Cut(crop.ImageID, "/")
			mask := pseudonymOf(firstKey, "mask", source, *crop.MaskPath)
			want[i].MaskPath = &mask
		}
	}
	if diff := gocmp.Diff(want, read(d.with)); diff != "" {
		d.t.Fatalf("world %d: crops (-want +got):\n%s", d.world.seed, diff)
	}
}

// changes are the files of a version that pseudonyms change. All others have the same bytes.
var changes = regexp.MustCompile(`^(DXv1.0_(selected_unsampled|selected_unsampled_soft|rejected|crops|duplicates)\.` +
	`|(images|crops)/|mapping/(findings|accepted_findings|curation/(duplicate_verdicts|image_overrides))\.csv$` +
	`|mapping/state\.sha256$|manifest\.(json|sha256)$)`)

// leftOut are those that it leaves out.
var leftOut = regexp.MustCompile(`^sources/.*_renaming\.csv$`)

func (d *disguised) wantOtherFiles() {
	plain, with := versionText(d.t, d.plain), versionText(d.t, d.with)
	for name, text := range plain {
		if !changes.MatchString(name) && !leftOut.MatchString(name) && with[name] != text {
			d.t.Errorf("world %d: %s is another, or not there", d.world.seed, name)
		}
	}
	count := func(files map[string]string, folder string) (n int) {
		for name := range files {
			if strings.HasPrefix(name, folder) {
				n++
			}
		}
		return n
	}
	for _, folder := range []string{"images/", "crops/"} {
		if was, is := count(plain, folder), count(with, folder); was != is {
			d.t.Errorf("world %d: %s has %d files, and had %d", d.world.seed, folder, is, was)
		}
	}
	for name := range with {
		if leftOut.MatchString(name) {
			d.t.Errorf("world %d: %s is there", d.world.seed, name)
		}
	}
	if strings.Contains(with["manifest.json"], `"pseudonym_key": "`) == strings.Contains(plain["manifest.json"], "_key") {
		d.t.Errorf("world %d: which manifest has the fingerprint of a key?", d.world.seed)
	}
}

// Rows in are the rows out, in their order and with everything that they had, but for ids and paths, which are those
// that spec 9 says. What a build without pseudonyms says of rows other tests hold against the oracle.
func TestPseudonymsChangeNothingElse(t *testing.T) {
	t.Setenv("DERMSET_PSEUDONYM_KEY", firstKey)
	root := tempDir(t)
	worlds := []*world{newPicturedWorld(11, bigRows(1000, 300))}
	for seed := range uint64(bigRows(60, 12)) {
		worlds = append(worlds, newWorld(500+seed))
	}
	for i := range worlds[0].sources[3].rows {
		worlds[0].sources[3].rows[i].patient = "everybody"
	}
	kinds := map[string]int{}
	for i, w := range worlds {
		d := newDisguised(t, w, filepath.Join(root, fmt.Sprint(i)))
		d.wantTables()
		d.wantDuplicates()
		d.wantCrops()
		d.wantFindings(kinds)
		d.wantOtherFiles()
		d.wantCuration()
		d.wantWayBack()
		if t.Failed() {
			t.FailNow()
		}
	}
	for _, kind := range []string{"giant_group", "patient_differs", "id_variant of lesions", "id_variant", "new_category",
		"lesion_two_labels", "lesion_two_patients", "duplicate_conflict", "image_type_differs", "unmapped_label"} {
		if kinds[kind] == 0 {
			t.Errorf("no finding %s: %v", kind, kinds)
		}
	}
}

// wantCuration wants what people say of images in the archive, under the pseudonyms of these.
func (d *disguised) wantCuration() {
	for name, columns := range map[string][]string{"duplicate_verdicts.csv": workspace.VerdictColumns,
		"image_overrides.csv": workspace.OverrideColumns} {
		var lines [2][][]string
		for i, dir := range []string{d.plain, d.with} {
			table, err := csvio.ReadTable(filepath.Join(dir, "mapping", "curation", name), columns...)
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				d.t.Fatal(err)
			}
			if table == nil {
				continue
			}
			for _, record := range table.Records {
				lines[i] = append(lines[i], record.Fields)
			}
		}
		for _, line := range lines[0] {
			if name == "duplicate_verdicts.csv" {
				line[0], line[1] = pseudonymImage(firstKey, line[0]), pseudonymImage(firstKey, line[1])
				line[5] = pseudonymOf(firstKey, "text", "", line[5])
				continue
			}
			line[1] = pseudonymOf(firstKey, "image", line[0], line[1])
			line[4] = pseudonymOf(firstKey, "text", line[0], line[4])
		}
		if diff := gocmp.Diff(lines[0], lines[1]); diff != "" {
			d.t.Errorf("world %d: %s (-want +got):\n%s", d.world.seed, name, diff)
		}
	}
}

// wantFindings wants the findings of ids, images and labels under the pseudonyms that these have in the tables, and
// counts them by kind.
func (d *disguised) wantFindings(kinds map[string]int) {
	lines := func(rows []map[string]string) (all []string) {
		for _, row := range rows {
			if row["subject"] != "(text)" {
				all = append(all, fmt.Sprint(row["severity"], row["finding"], row["place"], row["source"], row["images"],
					row["subject"]))
			}
		}
		slices.Sort(all)
		return all
	}
	plain, with := d.table(d.plain, "mapping/findings.csv"), d.table(d.with, "mapping/findings.csv")
	for _, row := range plain {
		row["subject"] = d.subject(row, kinds)
	}
	for _, row := range with {
		if row["subject"] != "" && d.subject(row, map[string]int{}) == "(text)" {
			row["subject"] = "(text)"
		}
	}
	if len(plain) != len(with) {
		d.t.Errorf("world %d: %d findings, want %d", d.world.seed, len(with), len(plain))
	}
	if diff := gocmp.Diff(lines(plain), lines(with)); diff != "" {
		d.t.Errorf("world %d: findings (-want +got):\n%s", d.world.seed, diff)
	}
}

// subject is that of a finding as it has to leave; "(text)" is what this test does not know.
func (d *disguised) subject(row map[string]string, kinds map[string]int) string {
	id, subject, space := row["finding"], row["subject"], d.space(row["source"])
	if subject == "" { // it counts others
		return ""
	}
	kinds[id]++
	switch id {
	case "giant_group":
		return pseudonymOf(firstKey, "group", "", subject)
	case "patient_differs":
		return pseudonymOf(firstKey, "patient", space, subject)
	case "lesion_two_labels", "lesion_two_patients":
		return pseudonymOf(firstKey, "lesion", space, subject)
	case "id_variant":
		var ids []string
		if err := json.Unmarshal([]byte(subject), &ids); err != nil {
			d.t.Fatal(err)
		}
		kind := "patient"
		if strings.Contains(row["detail"], "lesion_id") {
			kind = "lesion"
			kinds["id_variant of lesions"]++
		}
		for i := range ids {
			ids[i] = pseudonymOf(firstKey, kind, space, ids[i])
		}
		slices.Sort(ids)
		return `["` + strings.Join(ids, `","`) + `"]`
	case "image_type_differs":
		if image, types, is := strings.Cut(subject, ": "); is {
			return pseudonymImage(firstKey, image) + ": " + types
		}
		return "(text)" // it counts others
	case "duplicate_conflict":
		images, classes, _ := strings.Cut(subject, ": ")
		pair := strings.Split(images, " and ")
		for i := range pair {
			pair[i] = pseudonymImage(firstKey, pair[i])
		}
		return strings.Join(pair, " and ") + ": " + classes
	}
	if slices.Contains(build.WithoutIDs, id) {
		return subject
	}
	return "(text)"
}

// wantWayBack wants the way back to have each original once, whose pseudonym is that of spec 9, and all of them.
func (d *disguised) wantWayBack() {
	path := filepath.Join(d.with, "..", "..", "work", "publish", "pseudonyms.csv")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		d.t.Fatalf("the way back: %v, %v", info, err)
	}
	_, rows, err := readCSV(path)
	if err != nil {
		d.t.Fatal(err)
	}
	known := map[[2]string]bool{}
	for _, row := range rows {
		if row["pseudonym"] != pseudonymOf(firstKey, row["kind"], row["space"], row["original"]) {
			d.t.Fatalf("world %d: the way back says %v", d.world.seed, row)
		}
		key := [2]string{row["kind"], row["pseudonym"]}
		if known[key] {
			d.t.Fatalf("world %d: the way back has %v twice", d.world.seed, row)
		}
		known[key] = true
	}
	for _, table := range []string{"selected_unsampled", "rejected"} {
		for _, row := range d.table(d.with, "DXv1.0_"+table+".csv") {
			for column, kind := range map[string]string{"source_path": "image", "patient_id": "patient",
				"lesion_id": "lesion", "group_id": "group"} {
				if p := row[column]; p != "" && !known[[2]string{kind, p}] {
					d.t.Fatalf("world %d: nothing leads back from %s %s", d.world.seed, kind, p)
				}
			}
			if detail := row["detail"]; row["reason"] != "duplicate_of" && detail != "" && !known[[2]string{"text", detail}] {
				d.t.Fatalf("world %d: nothing leads back from detail %s", d.world.seed, detail)
			}
		}
	}
}

// The same bytes come out for any workers and batches, other bytes for another key: no pseudonym is that of two keys.
func TestPseudonymsDependOnTheKeyAlone(t *testing.T) {
	root, w := tempDir(t), newPicturedWorld(12, bigRows(600, 200))
	w.addVerdicts(pcg(12, 5))
	w.pseudonymise = true
	version := func(key, name string, run workspace.Resources) (files, ids map[string]string) {
		t.Setenv("DERMSET_PSEUDONYM_KEY", key)
		dir := filepath.Join(root, name)
		files, ids = buildFresh(t, w, dir, run), map[string]string{}
		_, rows, err := readCSV(filepath.Join(dir, "work", "publish", "pseudonyms.csv"))
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			ids[row["pseudonym"]] = row["original"]
		}
		return files, ids
	}
	want, ids := version(firstKey, "first", plainRun)
	back, err := os.ReadFile(filepath.Join(root, "first", "work", "publish", "pseudonyms.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for i, run := range []workspace.Resources{{Workers: 1, BatchBytes: 64, MemoryBytes: 1 << 12},
		{Workers: 8, BatchBytes: 4096, MemoryBytes: 1 << 28}, plainRun} {
		got, _ := version(firstKey, fmt.Sprint(i), run)
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", run, diff)
		}
		again, err := os.ReadFile(filepath.Join(root, fmt.Sprint(i), "work", "publish", "pseudonyms.csv"))
		if err != nil || string(again) != string(back) {
			t.Errorf("%+v: another way back (%v)", run, err)
		}
	}
	other, others := version(anotherKey, "other", plainRun)
	if len(others) != len(ids) || len(ids) < 200 {
		t.Errorf("%d and %d pseudonyms", len(ids), len(others))
	}
	for p := range others {
		if _, is := ids[p]; is {
			t.Errorf("%s is a pseudonym of both keys", p)
		}
	}
	for name, text := range want {
		if changes.MatchString(name) && !strings.HasSuffix(name, "accepted_findings.csv") && other[name] == text {
			t.Errorf("%s has the same bytes for another key", name)
		}
	}
}

// Another key makes the version again, and nothing else; so does a way back that is gone.
func TestAnotherKeyPublishesAgain(t *testing.T) {
	t.Setenv("DERMSET_PSEUDONYM_KEY", firstKey)
	w := newPicturedWorld(13, 100)
	w.pseudonymise = true
	b := newBenchOf(t, w)
	if ran := b.rebuild(plainRun); len(ran) > 0 {
		t.Errorf("the same key: %v ran", ran)
	}
	t.Setenv("DERMSET_PSEUDONYM_KEY", anotherKey)
	_, _, why := b.plan()
	if !strings.Contains(why["publish"], "key of pseudonyms") {
		t.Errorf("plan says of another key: %v", why)
	}
	if ran := b.rebuild(plainRun); !slices.Equal(ran, []string{"publish"}) {
		t.Errorf("another key: %v ran", ran)
	}
	b.build()
	if err := os.Remove(b.path("work/publish/pseudonyms.csv")); err != nil {
		t.Fatal(err)
	}
	if ran := b.rebuild(plainRun); !slices.Equal(ran, []string{"publish"}) {
		t.Errorf("no way back: %v ran", ran)
	}
}

// Without a key of 16 bytes nothing begins, and no error holds what was given in its place.
func TestNoKeyNoBuild(t *testing.T) {
	dir, w := filepath.Join(tempDir(t), "w"), newWorld(1)
	w.pseudonymise = true
	if err := w.write(dir); err != nil {
		t.Fatal(err)
	}
	for what, set := range map[string]map[string]string{
		"no key is given": {}, "at least 16 bytes, and this one has 15": {"DERMSET_PSEUDONYM_KEY": "fifteen bytes.."},
		"this one has 0":                {"DERMSET_PSEUDONYM_KEY": ""},
		"both set":                      {"DERMSET_PSEUDONYM_KEY": firstKey, "DERMSET_PSEUDONYM_KEY_COMMAND": "printf x"},
		"exit status":                   {"DERMSET_PSEUDONYM_KEY_COMMAND": "ls /nowhere/secretive"},
		"not found":                     {"DERMSET_PSEUDONYM_KEY_COMMAND": "dermset-no-such-program secretive"},
		"names no command":              {"DERMSET_PSEUDONYM_KEY_COMMAND": " "},
		"KEY_COMMAND: a key has at lea": {"DERMSET_PSEUDONYM_KEY_COMMAND": "printf fifteen_bytes.."},
	} {
		for _, name := range []string{"DERMSET_PSEUDONYM_KEY", "DERMSET_PSEUDONYM_KEY_COMMAND"} {
			t.Setenv(name, "") // which is put back at the end
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
		for name, value := range set {
			t.Setenv(name, value)
		}
		_, err := buildIn(context.Background(), dir, "publish", plainRun)
		if err == nil || !strings.Contains(err.Error(), what) || !workspace.IsUsage(err) {
			t.Errorf("build: %v, want %q", err, what)
		}
		opened, openErr := open(dir, plainRun)
		if openErr != nil {
			t.Fatal(openErr)
		}
		if _, planErr := build.Plan(context.Background(), opened); planErr == nil || planErr.Error() != err.Error() {
			t.Errorf("plan: %v, want %v", planErr, err)
		}
		for _, secret := range []string{"fifteen", firstKey, "secretive"} {
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("the error tells %q: %v", secret, err)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "work")); err == nil {
			t.Fatalf("%s: work began", what)
		}
	}
}

// A command prints the same key that a variable holds, with or without a line end; no shell sees it.
func TestKeyCommand(t *testing.T) {
	root := tempDir(t)
	var want map[string]string
	for i, set := range [][2]string{{"DERMSET_PSEUDONYM_KEY", "sixteen_bytes_$X"},
		{"DERMSET_PSEUDONYM_KEY_COMMAND", "printf sixteen_bytes_$X"},
		{"DERMSET_PSEUDONYM_KEY_COMMAND", "  echo\tsixteen_bytes_$X "},
		{"DERMSET_PSEUDONYM_KEY_COMMAND", `printf sixteen_bytes_$X\r\n`}} {
		t.Run(set[0], func(t *testing.T) {
			t.Setenv(set[0], set[1])
			w := newWorld(2)
			w.pseudonymise = true
			got := buildFresh(t, w, filepath.Join(root, fmt.Sprint(i)), plainRun)
			if want == nil {
				want = got
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("%v (-want +got):\n%s", set, diff)
			}
		})
	}
	var manifest struct {
		PseudonymKey string `json:"pseudonym_key"`
	}
	mac := hmac.New(sha256.New, []byte("sixteen_bytes_$X"))
	mac.Write([]byte("dermset pseudonym key"))
	if err := json.Unmarshal([]byte(want["manifest.json"]), &manifest); err != nil ||
		manifest.PseudonymKey != hex.EncodeToString(mac.Sum(nil))[:16] {
		t.Errorf("fingerprint %s, %v", manifest.PseudonymKey, err)
	}
}
