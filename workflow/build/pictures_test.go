package build_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/pictures"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/workspace"
)

// newPicturedWorld is newBigWorld with pictures.
func newPicturedWorld(seed uint64, rows int) *world {
	w := newBigWorld(seed, rows)
	w.addPictures(pcg(seed, 32), rows/2, 6)
	w.layout, w.cropFiles = "link", true
	return w
}

func newPicturedBench(t *testing.T) *stepBench {
	return newBenchOf(t, picturedBenchWorld())
}

func picturedBenchWorld() *world {
	w := newPicturedWorld(8, 300)
	w.first, w.minSide, w.maxPixels, w.nearGroup, w.nearMost = true, 64, 9000, 4, 6
	for _, s := range w.sources {
		s.pictureless = false
	}
	return w
}

func TestStepsRunWherePicturesChanged(t *testing.T) {
	tooLongForRace(t)
	const end = "\n"
	from := []string{"check", "pictures", "twins", "split", "publish"}
	checked := []string{"check", "pictures", "twins", "describe", "crops", "split", "publish"}
	all := append([]string{"generate", "fetch"}, checked...)
	shown := []string{"check", "describe", "publish"}
	limited := []string{"check", "pictures?", "twins?", "describe?", "crops?", "split?", "publish"} // pixels tell
	const drawings = "source,source_path,x,y,width,height,annotator,date,note\n"
	const site = "Spot 7,nose,me,2026-02-03,the plan" + end
	w := picturedBenchWorld()
	rows := solve(w).rows
	broken := rows[slices.IndexFunc(rows,
		func(v *verdict) bool { return v.source.name == "s" && v.image == "not_an_image" })]
	quoted := `"` + strings.ReplaceAll(broken.row.path, `"`, `""`) + `"`
	row := "new,BCC" + strings.Repeat(",", 10+1) + end
	put := func(b *stepBench, c content) {
		if err := c.write(b.path("pictures/" + broken.id)); err != nil {
			b.t.Error(err)
		}
		b.add("sources/s/s_dataset.csv", row)
	}
	wantSteps(t, newPicturedBench, []stepCase{
		{"nothing", func(*stepBench) {}, nil, "pictures", "nothing it depends on changed"},
		{"another picture", func(b *stepBench) { put(b, content{"fit", 1000}) }, all,
			"fetch", "the rows of generate changed"},
		{"a picture is gone", func(b *stepBench) { put(b, content{}) }, all, "check", "the rows of generate changed"},
		{"min_side", func(b *stepBench) { b.edit("dermset.yaml", "min_side: 64", "min_side: 70") },
			limited, "check", "its settings changed"},
		{"max_pixels", func(b *stepBench) { b.edit("dermset.yaml", "max_pixels: 9000", "max_pixels: 90000") }, limited,
			"pictures", "if the verdicts of check change"},
		{"no tone", func(b *stepBench) { b.edit("dermset.yaml", "skin_tone: models/skin_tone.csv", "skin_tone: none") },
			shown, "check", "a later step looks at the facts"},
		{"other parts", func(b *stepBench) {
			b.put("parts.csv", "image_id,value\n")
			b.edit("dermset.yaml", "body_part: models/body_part.csv", "body_part: parts.csv")
		}, shown, "describe", "parts.csv is new"},
		{"a prediction", func(b *stepBench) { b.add("models/skin_tone.csv", "x/y.jpg,3,\n") }, shown, "describe",
			"models/skin_tone.csv changed"},
		{"larger crops", func(b *stepBench) { b.edit("dermset.yaml", "max_per_image: ", "max_per_image: 1") },
			[]string{"check", "crops", "publish"}, "crops", "its settings changed"},
		{"a drawing", func(b *stepBench) { b.put("annotations/more.csv", drawings) },
			[]string{"check", "crops", "publish"}, "crops", "annotations/more.csv is new"},
		{"more may fail", func(b *stepBench) { b.edit("dermset.yaml", "max_failed: 100", "max_failed: 99") },
			[]string{"fetch", "check??", "pictures??", "twins??", "describe??", "crops??", "split??", "publish"}, "crops",
			"if the pictures of fetch change"},
		{"what a site means", func(b *stepBench) { b.add("curation/body_sites.csv", site) }, []string{"publish"}, "publish",
			"curation/body_sites.csv changed"},
		{"an override", func(b *stepBench) { b.add("curation/image_overrides.csv", "s,"+quoted+",me,2026-02-03,fine"+end) },
			from, "pictures", "curation/image_overrides.csv changed"},
		{"duplicates", func(b *stepBench) { b.edit("dermset.yaml", "duplicates: first", "duplicates: keep") },
			[]string{"split", "publish"}, "split", "its settings changed"},
		{"group_by", func(b *stepBench) { b.edit("dermset.yaml", "[patient, lesion, duplicate]", "[patient, lesion]") }, all,
			"generate", "its settings changed"},
		{"seed", func(b *stepBench) { b.edit("dermset.yaml", "seed: 7", "seed: 8") },
			[]string{"split", "publish"}, "split", "its settings changed"},
		{"a row", func(b *stepBench) { b.add("sources/s/s_dataset.csv", "new,BCC"+strings.Repeat(",", 10+1)+end) }, all,
			"pictures", "the rows of generate changed"},
		{"damaged columns", func(b *stepBench) { b.cut("work/pictures/rows/s.arrows") },
			[]string{"check", "pictures"}, "pictures", "rows/s.arrows of its last answer is damaged"},
		{"damaged ledger", func(b *stepBench) { b.cut("work/pictures/ledger.arrows") },
			[]string{"check", "pictures"}, "pictures", "ledger.arrows of its last answer is damaged"},
		{"another answer of its size", func(b *stepBench) {
			b.edit("work/twins/answer.json", `"joined":true`, `"joined":null`)
		}, []string{"check", "twins"}, "twins", "answer.json of its last answer is damaged"},
		{"near_group", func(b *stepBench) { b.edit("dermset.yaml", "near_group: 4", "near_group: 3") },
			[]string{"check", "twins", "split", "publish"}, "twins", "its settings changed"},
		{"a verdict", func(b *stepBench) {
			b.add("curation/duplicate_verdicts.csv", "s/a,s/b,same,me,2026-02-03,looked"+end)
		}, []string{"check", "twins", "split", "publish"}, "twins", "curation/duplicate_verdicts.csv changed"},
		{"a torn fact", func(b *stepBench) { b.cut(factsFile) }, nil, "check", "nothing it depends on changed"},
		{"a torn fact and an override", func(b *stepBench) {
			b.cut(factsFile)
			b.add("curation/image_overrides.csv", "s,"+quoted+",me,2026-02-03,fine"+end)
		}, from, "pictures", "curation/image_overrides.csv changed"},
		{"no facts", func(b *stepBench) {
			_ = os.RemoveAll(b.path("work/facts"))
			b.cut("work/pictures/rows/s.arrows")
		}, []string{"check", "pictures"}, "pictures", "rows/s.arrows of its last answer is damaged"},
		{"a damaged answer of fetch, and a row", func(b *stepBench) {
			b.cut("work/fetch/answer.json")
			b.add("sources/s/s_dataset.csv", row)
		}, all, "fetch", "the rows of generate changed"},
		{"other pairs", func(b *stepBench) { b.edit("work/split/duplicates.csv", "bytes", "bites") },
			[]string{"split"}, "split", "duplicates.csv of its last answer is damaged"},
		{"damaged pairs", func(b *stepBench) { b.cut("work/split/duplicates.csv") }, []string{"split"}, "split",
			"duplicates.csv of its last answer is damaged"},
		{"no version", func(b *stepBench) { _ = os.RemoveAll(b.path("dist")) }, []string{"publish"}, "", ""},
	})
}

// What the last search counted is damaged: it is not taken for what this one would.
func TestSearchIsNotTakenFromADamagedAnswer(t *testing.T) {
	b := newPicturedBench(t)
	b.build()
	whole, err := os.ReadFile(b.path("work/twins/answer.json"))
	if err != nil {
		t.Fatal(err)
	}
	b.edit("work/twins/answer.json", `"candidates":`, `"candidates":7`)
	b.build()
	if again, err := os.ReadFile(b.path("work/twins/answer.json")); err != nil || !bytes.Equal(whole, again) {
		t.Errorf("the answer is %s, %v, want %s", again, err, whole)
	}
}

// Who is asked about tone and type changes neither verdicts nor crops nor splits; what was drawn changes where skin is
// looked for.
func TestStepsRunWhereWhoIsAskedChanged(t *testing.T) {
	shown := []string{"check", "describe", "publish"}
	const tone, kind = "skin_tone: models/skin_tone.csv", "image_type: models/image_type.csv"
	wantSteps(t, func(t *testing.T) *stepBench {
		b := newPicturedBench(t)
		b.edit("dermset.yaml", tone, "skin_tone: groh2022")
		b.build()
		return b
	}, []stepCase{
		{"another scale", func(b *stepBench) { b.edit("dermset.yaml", "groh2022", "delbino") }, shown, "check",
			"a later step looks at the facts"},
		{"nobody", func(b *stepBench) { b.edit("dermset.yaml", "groh2022", "none") }, shown, "check", "its settings changed"},
		{"another looker", func(b *stepBench) { b.edit("dermset.yaml", kind, "image_type: builtin") }, shown, "check",
			"its settings changed"},
		{"a drawing", func(b *stepBench) {
			b.put("annotations/more.csv", "source,source_path,x,y,width,height,annotator,date,note\n")
		}, []string{"check", "describe", "crops", "publish"}, "check", "annotations/more.csv is new"},
	})
}

// Where generate and split run again but pictures between them does not,
// split takes the ledger that knows the pictures.
func TestSplitTakesTheLedgerOfPictures(t *testing.T) {
	b := newPicturedBench(t)
	b.edit("dermset.yaml", "seed: 7", "seed: 8")
	b.cut("work/generate/rows/s.arrows")
	if diff := cmp.Diff([]string{"generate", "split", "publish"}, b.rebuild(plainRun)); diff != "" {
		t.Fatalf("these ran (-want +got):\n%s", diff)
	}
	got := versionText(t, b.path("dist/"+draft))
	w := picturedBenchWorld()
	w.splitSeed = 8
	if diff := cmp.Diff(buildFresh(t, w, filepath.Join(tempDir(t), "fresh"), plainRun), got); diff != "" {
		t.Errorf("not what a build from nothing publishes (-fresh +got):\n%s", diff)
	}
}

// A build without a store is that of the rows alone, whatever is known of pictures. What people decided about these is
// part of the state all the same, and is taken away here.
func TestWithoutStorePicturesDoNotCount(t *testing.T) {
	root := tempDir(t)
	w := newPicturedWorld(9, 300)
	dir := filepath.Join(root, "with")
	buildFresh(t, w, dir, plainRun)
	w.store = ""
	want := buildFresh(t, w, filepath.Join(root, "without"), plainRun)
	if err := errors.Join(w.write(dir), os.RemoveAll(filepath.Join(dir, "annotations")),
		os.Remove(filepath.Join(dir, "curation", "image_overrides.csv"))); err != nil {
		t.Fatal(err)
	}
	if _, err := buildIn(context.Background(), dir, "publish", plainRun); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, versionText(t, filepath.Join(dir, "dist", draft))); diff != "" {
		t.Errorf("-without +with, before:\n%s", diff)
	}
}

// factsFile is where check keeps what it found.
const factsFile = "work/facts/check-" + images.Decoder + ".tsv"

// fit is a picture that can be used, as a file; another for another number.
func fit(n int) string { return string(content{"fit", n}.file().data) }

// smallPictured is a workspace of a few rows with a store.
func smallPictured(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	all := map[string]string{
		"dermset.yaml": "version: \"1.0\"\nmapping: {workbook: mapping/workbook}\nselect: {min_images: 1, min_groups: 1}\n" +
			"images: {store: there}\n",
		"sources/s/source.yaml":   "title: S\n",
		"sources/s/s_dataset.csv": dataRows("1.jpg a", "2.jpg a"),
		"mapping/workbook/s.csv": "Source Label,Target Name,ICD-11 Code(s),Notes/Justification\n" +
			"a,A,2C32,\n",
		"mapping/workbook/Pathologies to exclude and merge.csv": "Category,Action,Merge into,Reason\n",
	}
	for path, text := range files {
		all[path] = text
	}
	if err := writeFiles(dir, all); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Everything wrong with what people decided about pictures comes at once, with its place.
func TestPictureFilesAreStrict(t *testing.T) {
	for _, c := range []struct {
		path, text string
		want       []string
	}{
		{"curation/image_overrides.csv",
			"source,source_path,person,date,reason\nt,1.jpg,me,2026-01-02,fine\ns,,me,2026-01-02,fine\ns,1.jpg,,2.1.2026,\n",
			[]string{
				`curation/image_overrides.csv:2: there is no source "t"`,
				"curation/image_overrides.csv:3: source_path must not be empty",
				"curation/image_overrides.csv:4: person and reason must not be empty",
				`curation/image_overrides.csv:4: date "2.1.2026": want a date`}},
	} {
		dir := smallPictured(t, map[string]string{c.path: c.text})
		_, err := buildIn(context.Background(), dir, "publish", plainRun)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error\n%v\nwant %q in it", err, want)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "dist")); err == nil {
			t.Error("a version was published")
		}
	}
}

// A build fetches, and says which setting is wrong where it cannot; the mapping can be checked all the same.
func TestNothingFetchedYet(t *testing.T) {
	dir := smallPictured(t, map[string]string{"sources/s/s_dataset.csv": dataRows("1.jpg a", "2.jpg b")})
	_, err := buildIn(context.Background(), dir, "publish", plainRun)
	if err == nil || !workspace.IsUsage(err) || !strings.Contains(err.Error(), "images.store: ") ||
		!strings.Contains(err.Error(), "there") {
		t.Errorf("error %v", err)
	}
	w, err := open(dir, plainRun)
	if err != nil {
		t.Fatal(err)
	}
	result, err := build.Findings(t.Context(), w)
	if err != nil || len(result.Rows) > 0 ||
		!strings.Contains(fmt.Sprint(brief(result.Findings)), `unmapped_label s s "b" 1`) {
		t.Errorf("findings %q, rows %v, %v", brief(result.Findings), result.Rows, err)
	}
}

// A locked image that comes under another name keeps its split; one that keeps its name does, whatever is in it now.
func TestLockFindsEqualImages(t *testing.T) {
	dir := filepath.Join(tempDir(t), "w")
	write := func(version, lock, prefix string, contents int) {
		rows, files := []string{}, map[string]string{}
		for i := range 60 {
			rows = append(rows, fmt.Sprintf("%s%d.jpg a", prefix, i))
			files[fmt.Sprintf("there/s/%s%d.jpg", prefix, i)] = fit(contents + i)
		}
		settings := "version: %q\nmapping: {workbook: mapping/workbook}\nselect: {min_images: 1, min_groups: 1}\n" +
			"images: {store: there, changed: accept}\nsplit: {ratios: %s, lock: %q}\n"
		ratios := "{train: 40, val: 30, test: 30}"
		if lock != "" {
			ratios = "{train: 100, val: 0, test: 0}"
		}
		maps.Copy(files, map[string]string{
			"dermset.yaml": fmt.Sprintf(settings, version, ratios, lock), "sources/s/source.yaml": "title: S\n",
			"sources/s/s_dataset.csv": dataRows(rows...),
			"mapping/workbook/s.csv": "Source Label,Target Name,ICD-11 Code(s),Notes/Justification\n" +
				"a,A,2C32,\n",
			"mapping/workbook/Pathologies to exclude and merge.csv": "Category,Action,Merge into,Reason\n",
		})
		if err := writeFiles(dir, files); err != nil {
			t.Fatal(err)
		}
		if _, err := buildIn(context.Background(), dir, "publish", plainRun); err != nil {
			t.Fatal(err)
		}
	}
	splits := func(version string) (list []string) {
		_, rows, err := readCSV(filepath.Join(dir, "dist", "DXv"+version+"-draft", "DXv"+version+"_selected_unsampled.csv"))
		if err != nil || len(rows) != 60 {
			t.Fatal(len(rows), err)
		}
		for _, row := range rows {
			list = append(list, row["split"])
		}
		return list
	}
	write("1.0", "", "old", 0)
	write("1.1", "DXv1.0-draft", "new", 0)
	if diff := cmp.Diff(splits("1.0"), splits("1.1")); diff != "" {
		t.Errorf("equal images under other names (-before +after):\n%s", diff)
	}
	write("1.2", "DXv1.0-draft", "old", 1)
	if diff := cmp.Diff(splits("1.0"), splits("1.2")); diff != "" {
		t.Errorf("other images under the same names (-before +after):\n%s", diff)
	}
	write("1.3", "DXv1.0-draft", "new", 1000)
	if got := splits("1.3"); strings.Contains(strings.Join(got, " "), "val") {
		t.Errorf("images that are new are locked: %v", got)
	}
}

// Equal images in several splits of the locked version: the strictest is that of a new one.
func TestLockOfEqualImagesIsTheStrictest(t *testing.T) {
	const settings = "version: %q\nmapping: {workbook: mapping/workbook}\nselect: {min_images: 1, min_groups: 1}\n" +
		"images: {store: there}\n" +
		"split: {ratios: {train: 34, val: 33, test: 33}, group_by: [patient], lock: %q}\n"
	files, old, renamed := map[string]string{}, []string{}, []string{}
	for i := range 60 {
		old, renamed = append(old, fmt.Sprintf("old%d.jpg a", i)), append(renamed, fmt.Sprintf("new%d.jpg a", i))
		files[fmt.Sprintf("there/s/old%d.jpg", i)], files[fmt.Sprintf("there/s/new%d.jpg", i)] = fit(i%20), fit(i%20)
	}
	dir := smallPictured(t, files)
	splits := func(version, lock string, rows []string) (list []string) {
		t.Helper()
		if err := writeFiles(dir, map[string]string{"dermset.yaml": fmt.Sprintf(settings, version, lock),
			"sources/s/s_dataset.csv": dataRows(rows...)}); err != nil {
			t.Fatal(err)
		}
		if _, err := buildIn(t.Context(), dir, "publish", plainRun); err != nil {
			t.Fatal(err)
		}
		_, selected, err := readCSV(filepath.Join(dir, "dist", "DXv"+version+"-draft",
			"DXv"+version+"_selected_unsampled.csv"))
		if err != nil || len(selected) != 60 {
			t.Fatal(len(selected), err)
		}
		for _, row := range selected {
			list = append(list, row["split"])
		}
		return list
	}
	before := splits("1.0", "", old)
	order := []string{"train", "val", "test"}
	want := slices.Clone(before)
	for i := range want {
		for _, other := range []int{i % 20, i%20 + 20, i%20 + 40} {
			if slices.Index(order, before[other]) > slices.Index(order, want[i]) {
				want[i] = before[other]
			}
		}
	}
	if diff := cmp.Diff(want, splits("1.1", "DXv1.0-draft", renamed)); diff != "" {
		t.Errorf("splits (-want +got):\n%s", diff)
	}
	if slices.Equal(want, before) {
		t.Error("no equal images were in several splits")
	}
}

// Where facts are gone, findings are not guessed; a build finds the facts again.
func TestLostFactsAreNotGuessed(t *testing.T) {
	dir := smallPictured(t, map[string]string{"there/s/1.jpg": fit(1), "there/s/2.jpg": fit(2)})
	publish := func() {
		t.Helper()
		if _, err := buildIn(t.Context(), dir, "publish", plainRun); err != nil {
			t.Fatal(err)
		}
	}
	publish()
	if err := os.RemoveAll(filepath.Join(dir, "work", "facts")); err != nil {
		t.Fatal(err)
	}
	if err := writeFiles(dir, map[string]string{
		"curation/image_overrides.csv": "source,source_path,person,date,reason\ns,1.jpg,me,2026-01-02,fine\n"}); err != nil {
		t.Fatal(err)
	}
	w, err := open(dir, plainRun)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := build.Findings(t.Context(), w); err == nil || !strings.Contains(err.Error(), "run `dermset check`") {
		t.Errorf("error %v", err)
	}
	publish()
}

// A workspace of a program that knew fewer lookers gets their facts with the next build, and keeps the others byte by
// byte; the version is the same.
func TestFactsOfNewLookersAreAdded(t *testing.T) {
	dir := smallPictured(t, map[string]string{"there/s/1.jpg": fit(1), "there/s/2.jpg": fit(2)})
	facts := filepath.Join(dir, "work", "facts")
	publish := func() (version, known map[string]string) {
		t.Helper()
		if _, err := buildIn(t.Context(), dir, "publish", plainRun); err != nil {
			t.Fatal(err)
		}
		return versionText(t, filepath.Join(dir, "dist", draft)), textsIn(t, facts)
	}
	version, known := publish()
	added := []string{pictures.Twins.Name + ".bin", pictures.Luma.Name + ".bin"}
	for _, name := range added {
		if err := os.Remove(filepath.Join(facts, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, made := range []string{"dist", "work/check"} {
		if err := os.RemoveAll(filepath.Join(dir, made)); err != nil {
			t.Fatal(err)
		}
	}
	again, then := publish()
	if diff := cmp.Diff(version, again); diff != "" {
		t.Error(diff)
	}
	for _, name := range added {
		if len(known[name]) != len(then[name]) || known[name] == "" {
			t.Errorf("%s has %d bytes, want %d", name, len(then[name]), len(known[name]))
		}
		delete(known, name)
		delete(then, name)
	}
	if diff := cmp.Diff(known, then); diff != "" {
		t.Errorf("other facts changed:\n%s", diff)
	}
}

// textsIn are the files of a folder.
func textsIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(text)
	}
	return all
}

// What was fetched since the last build, mapping check judges as it is.
func TestMappingCheckSeesWhatWasFetched(t *testing.T) {
	cut := string(content{"cut", 1}.file().data)
	dir := smallPictured(t, map[string]string{"there/s/1.jpg": cut, "there/s/2.jpg": fit(2),
		workspace.OverridesFile: strings.Join(workspace.OverrideColumns, ",") + "\ns,1.jpg,me,2026-01-02,fine\n"})
	if err := replaceIn(dir, "dermset.yaml", "there", "there, changed: accept"); err != nil {
		t.Fatal(err)
	}
	if _, err := buildIn(t.Context(), dir, "publish", plainRun); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		picture string
		idle    bool // the override keeps nothing
	}{{cut, false}, {fit(1), true}, {cut, false}} {
		if err := writeFiles(dir, map[string]string{"there/s/1.jpg": c.picture}); err != nil {
			t.Fatal(err)
		}
		w, err := open(dir, plainRun)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := build.Fetch(t.Context(), w, build.FetchOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := build.Check(t.Context(), w, "", func(*pictures.Seen) error { return nil }); err != nil {
			t.Fatal(err)
		}
		result, err := build.Findings(t.Context(), w)
		if err != nil {
			t.Fatal(err)
		}
		idle := slices.ContainsFunc(result.Findings, func(f findings.Finding) bool { return f.ID == "override_unknown" })
		if idle != c.idle {
			t.Errorf("that the override keeps nothing is said: %t, want %t", idle, c.idle)
		}
	}
}

// mapping check looks at what there is and decides nothing for later builds: whatever blobs are lost, or wherever the
// store is, a build after it is that from nothing.
func TestMappingCheckBetweenBuilds(t *testing.T) {
	files := map[string]string{
		"sources/s/s_dataset.csv": dataRows("1.jpg a", "2.jpg a", "3.jpg b"),
		"there/s/1.jpg":           fit(1), "there/s/2.jpg": fit(2), "there/s/3.jpg": "no picture",
		"mapping/workbook/s.csv": "Source Label,Target Name,ICD-11 Code(s),Notes/Justification\na,A,2C32,\nb,B,2C30,\n",
	}
	for name, change := range map[string]func(dir string) error{
		"all blobs are gone":  func(dir string) error { return os.RemoveAll(filepath.Join(dir, "work/blobs")) },
		"the log is gone":     func(dir string) error { return os.Remove(filepath.Join(dir, "work/blobs/log.jsonl")) },
		"no facts":            func(dir string) error { return os.RemoveAll(filepath.Join(dir, "work/facts")) },
		"nothing":             func(string) error { return nil },
		"check never ended":   func(dir string) error { return os.RemoveAll(filepath.Join(dir, "work/check")) },
		"the store respelled": func(dir string) error { return replaceIn(dir, "dermset.yaml", "there", "./there") },
		"a picture is replaced": func(
			dir string) error {
			return writeFiles(dir, map[string]string{"there/s/2.jpg": fit(9)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := smallPictured(t, files)
			publish := func() map[string]string {
				t.Helper()
				if _, err := buildIn(t.Context(), dir, "publish", plainRun); err != nil {
					t.Fatal(err)
				}
				return versionText(t, filepath.Join(dir, "dist", "DXv1.0-draft"))
			}
			publish()
			err := errors.Join(change(dir), replaceIn(dir, "mapping/workbook/s.csv", "b,B", "b,C"))
			if err != nil {
				t.Fatal(err)
			}
			w, err := open(dir, plainRun)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = build.Findings(t.Context(), w) // which may ask for dermset check
			got := publish()
			for _, made := range []string{"work", "dist"} {
				if err := os.RemoveAll(filepath.Join(dir, made)); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(publish(), got); diff != "" && name != "a picture is replaced" { // which nobody asked about
				t.Errorf("not what a build from nothing publishes (-fresh +got):\n%s", diff)
			}
		})
	}
}

// replaceIn replaces a text that stands in a file of a workspace.
func replaceIn(dir, inside, old, new string) error {
	path := filepath.Join(dir, filepath.FromSlash(inside))
	text, err := os.ReadFile(path)
	return errors.Join(err, os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o644))
}
