package build_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/workspace"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// A stepBench is a workspace that is built, changed and built again.
type stepBench struct {
	t   *testing.T
	dir string
}

// longAgo marks what a build has not written again.
var longAgo = time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)

var allSteps = []string{"generate", "split", "publish"}

func newStepBench(t *testing.T) *stepBench {
	t.Helper()
	return newBenchOf(t, newBigWorld(8, 300))
}

func newBenchOf(t *testing.T, w *world) *stepBench {
	t.Helper()
	b := &stepBench{t, filepath.Join(tempDir(t), "w")}
	if err := w.write(b.dir); err != nil {
		t.Fatal(err)
	}
	b.build()
	return b
}

// steps are those that a build of the workspace has.
func (b *stepBench) steps() []string {
	if _, err := os.Stat(b.path("work/pictures")); err != nil {
		return allSteps
	}
	return []string{"generate", "fetch", "check", "pictures", "twins", "describe", "crops", "split", "publish"}
}

func (b *stepBench) build() {
	b.t.Helper()
	if _, err := buildIn(context.Background(), b.dir, "publish", plainRun); err != nil {
		b.t.Fatal(err)
	}
	for _, step := range b.steps() {
		if err := os.Chtimes(b.path("work/"+step+"/step.json"), longAgo, longAgo); err != nil {
			b.t.Fatal(err)
		}
	}
	if err := os.Chtimes(b.path("dist/"+draft+"/manifest.json"), longAgo, longAgo); err != nil {
		b.t.Fatal(err)
	}
}

func (b *stepBench) path(inside string) string {
	return filepath.Join(b.dir, filepath.FromSlash(inside))
}

// rebuild builds again with settings and says which steps ran.
func (b *stepBench) rebuild(settings workspace.Resources) (ran []string) {
	b.t.Helper()
	if _, err := buildIn(context.Background(), b.dir, "publish", settings); err != nil {
		b.t.Fatal(err)
	}
	for _, step := range b.steps() {
		if !b.old("work/" + step + "/step.json") {
			ran = append(ran, step)
		}
	}
	return ran
}

func (b *stepBench) old(inside string) bool {
	b.t.Helper()
	info, err := os.Stat(b.path(inside))
	if err != nil {
		return false
	}
	return info.ModTime().Equal(longAgo)
}

// plan says which steps a build would run, which it would perhaps, and why.
func (b *stepBench) plan() (runs, perhaps []string, why map[string]string) {
	b.t.Helper()
	w, err := open(b.dir, plainRun)
	if err != nil {
		b.t.Fatal(err)
	}
	rows, err := build.Plan(context.Background(), w)
	if err != nil {
		b.t.Fatal(err)
	}
	why = map[string]string{}
	for _, row := range rows {
		why[row[0]] = row[3]
		switch row[2] {
		case "yes":
			runs = append(runs, row[0])
		case "perhaps":
			perhaps = append(perhaps, row[0])
		}
	}
	return runs, perhaps, why
}

func (b *stepBench) edit(inside, old, new string) {
	b.t.Helper()
	text, err := os.ReadFile(b.path(inside))
	if err != nil {
		b.t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		b.t.Fatalf("%s holds no %q:\n%s", inside, old, text)
	}
	if err := os.WriteFile(b.path(inside), []byte(strings.Replace(string(text), old, new, 1)), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

func (b *stepBench) add(inside, text string) {
	b.t.Helper()
	file, err := os.OpenFile(b.path(inside), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		b.t.Fatal(err)
	}
	_, err = file.WriteString(text)
	if err2 := file.Close(); err != nil || err2 != nil {
		b.t.Fatal(err, err2)
	}
}

// put writes a file.
func (b *stepBench) put(inside, text string) {
	b.t.Helper()
	err := os.MkdirAll(filepath.Dir(b.path(inside)), 0o755)
	if err == nil {
		err = os.WriteFile(b.path(inside), []byte(text), 0o644)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// cut takes a byte off a file's end.
func (b *stepBench) cut(inside string) {
	b.t.Helper()
	info, err := os.Stat(b.path(inside))
	if err == nil {
		err = os.Truncate(b.path(inside), info.Size()-1)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// A step runs again if and only if something it depends on changed; plan says so beforehand, and why.
func TestStepsRunWhereSomethingChanged(t *testing.T) {
	end := "\n"
	all := allSteps
	wantSteps(t, newStepBench, []stepCase{
		{"nothing", func(*stepBench) {}, nil, "generate", "nothing it depends on changed"},
		{"a touched file", func(b *stepBench) { _ = os.Chtimes(b.path("sources/s/s_dataset.csv"), longAgo, longAgo) }, nil,
			"publish", "nothing it depends on changed"},
		{"seed", func(b *stepBench) { b.edit("dermset.yaml", "seed: 7", "seed: 8") },
			[]string{"split", "publish"}, "split", "its settings changed"},
		{"ratios", func(b *stepBench) { b.edit("dermset.yaml", "train: 70, val: 15", "train: 65, val: 20") },
			[]string{"split", "publish"}, "split", "its settings changed"},
		{"pin", func(b *stepBench) { b.edit("dermset.yaml", `"zeta": test`, `"zeta": val`) },
			[]string{"split", "publish"}, "split", "its settings changed"},
		{"min_images", func(b *stepBench) { b.edit("dermset.yaml", "min_images: 5", "min_images: 6") },
			[]string{"split", "publish"}, "split", "its settings changed"},
		{"group_by", func(b *stepBench) { b.edit("dermset.yaml", "[patient, lesion, duplicate]", "[patient]") }, all,
			"generate", "its settings changed"},
		{"wide", func(b *stepBench) { b.add("dermset.yaml", "soft: {wide: true}\n") }, []string{"publish"},
			"publish", "its settings changed"},
		{"release", func(b *stepBench) { b.add("dermset.yaml", "icd11: {release: \"2024-01\"}\n") }, []string{"publish"},
			"publish", "dermset.yaml changed"},
		{"a row", func(b *stepBench) { b.add("sources/s/s_dataset.csv", "new,BCC"+strings.Repeat(",", 10+1)+end) }, all,
			"generate", "sources/s/s_dataset.csv changed"},
		{"source.yaml", func(b *stepBench) { b.add("sources/s/source.yaml", "title: Another\n") }, all,
			"generate", "sources/s/source.yaml changed"},
		{"withdrawn", func(b *stepBench) { b.add("curation/withdrawn.csv", "s,x,,a,2026-01-02,c"+end) }, all, "generate",
			"curation/withdrawn.csv changed"},
		{"a note", func(b *stepBench) {
			b.edit("mapping/workbook/Pathologies to exclude and merge.csv", "because", "why not")
		}, []string{"publish"},
			"publish", "mapping/workbook/Pathologies to exclude and merge.csv changed"},
		{"a rule", func(b *stepBench) {
			b.add("mapping/workbook/Pathologies to exclude and merge.csv", "Something new,merge,Something else,"+end)
		}, all, "generate", "mapping changed"},
		{"known categories", func(b *stepBench) { b.add("mapping/known_categories.csv", "Novel,2C32,1.0"+end) },
			[]string{"publish"}, "publish", "mapping/known_categories.csv changed"},
		{"damaged rows", func(b *stepBench) { b.cut("work/generate/rows/s.arrows") }, []string{"generate", "split?"},
			"generate", "rows/s.arrows of its last answer is damaged"},
		{"damaged ledger", func(b *stepBench) { _ = os.Remove(b.path("work/generate/ledger.arrows")) },
			[]string{"generate", "split?"}, "generate", "ledger.arrows of its last answer is damaged"},
		{"damaged decisions", func(b *stepBench) { b.cut("work/split/rows/s-1.arrows") }, []string{"split"}, "split",
			"rows/s-1.arrows of its last answer is damaged"},
		{"damaged answer", func(b *stepBench) { b.cut("work/split/answer.json") }, []string{"split"}, "split",
			"answer.json of its last answer is damaged"},
		{"another answer of its size", func(b *stepBench) {
			b.edit("work/split/answer.json", `"ClassID":-1`, `"ClassID":-2`)
		}, []string{"split"}, "split", "its last answer is damaged"},
		{"other rows of its size", func(b *stepBench) {
			b.edit("work/generate/answer.json", `"Rows":60`, `"Rows":61`)
		}, []string{"generate", "split?"}, "generate", "its last answer is damaged"},
		{"damaged step", func(b *stepBench) { b.cut("work/split/step.json"); b.cut("work/split/step.json") },
			[]string{"split"}, "split", "its last answer cannot be read"},
		{"no work", func(b *stepBench) { _ = os.RemoveAll(b.path("work")) }, all, "generate", "it has not run yet"},
		{"no version", func(b *stepBench) { _ = os.RemoveAll(b.path("dist")) }, []string{"publish"}, "", ""},
	})
}

// A stepCase is a change, and which steps it makes run. What plan says of them beforehand is true: those of which it
// says that they perhaps run end with a question mark, and behind another one they did not.
type stepCase struct {
	name   string
	change func(*stepBench)
	want   []string
	step   string // whose reason is looked at
	why    string
}

// parted are the steps that a case wants to run, those of which plan is sure, and those that perhaps run.
func (c *stepCase) parted() (ran, sure, perhaps []string) {
	for _, step := range c.want {
		name := strings.TrimRight(step, "?")
		switch step {
		case name:
			sure = append(sure, name)
		default:
			perhaps = append(perhaps, name)
		}
		if step != name+"??" {
			ran = append(ran, name)
		}
	}
	return ran, sure, perhaps
}

func wantSteps(t *testing.T, bench func(*testing.T) *stepBench, cases []stepCase) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := bench(t)
			before := versionText(t, b.path("dist/"+draft))
			c.change(b)
			planned, perhaps, why := b.plan()
			if c.step != "" && !strings.Contains(why[c.step], c.why) {
				t.Errorf("plan: %s because %q, want %q", c.step, why[c.step], c.why)
			}
			ran, sure, unsure := c.parted()
			if diff := cmp.Diff([][]string{sure, unsure}, [][]string{planned, perhaps}, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("plan says these run, and these perhaps (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(ran,
				b.rebuild(workspace.Resources{Workers: 1, BatchBytes: 500, MemoryBytes: 1 << 26})); diff != "" {
				t.Errorf("these ran (-want +got):\n%s", diff)
			}
			after := versionText(t, b.path("dist/"+draft))
			republished := slices.Contains(c.want, "publish")
			if b.old("dist/"+draft+"/manifest.json") == republished {
				t.Errorf("published again: %t, want %t", !republished, republished)
			}
			if c.name != "no work" && c.name != "no version" && cmp.Equal(before, after) == republished {
				t.Errorf("published another version: %t, want %t", !republished, republished)
			}
			if ran := b.rebuildAfterMark(); len(ran) > 0 {
				t.Errorf("built once more without a change, these ran: %v", ran)
			}
			fresh := filepath.Join(tempDir(t), "fresh")
			if err := os.CopyFS(fresh, os.DirFS(b.dir)); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"work", "dist"} {
				if err := os.RemoveAll(filepath.Join(fresh, name)); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := buildIn(context.Background(), fresh, "publish", plainRun); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(versionText(t, filepath.Join(fresh, "dist", draft)), after); diff != "" {
				t.Errorf("not what a build from nothing publishes (-fresh +got):\n%s", diff)
			}
		})
	}
}

func (b *stepBench) rebuildAfterMark() []string {
	b.t.Helper()
	b.build()
	return b.rebuild(plainRun)
}

// Where generate alone has to run again and cuts the rows otherwise, later steps follow it.
func TestRowsCutOtherwise(t *testing.T) {
	for _, fresh := range []func(*testing.T) *stepBench{newStepBench, newPicturedBench} {
		b := fresh(t)
		want := versionText(t, b.path("dist/"+draft))
		for _, bytes := range []int{300, 1 << 20} {
			b.cut("work/generate/rows/s.arrows")
			if err := os.RemoveAll(b.path("dist")); err != nil {
				t.Fatal(err)
			}
			settings := plainRun
			settings.BatchBytes = bytes
			// As a build that was killed behind it leaves it, too.
			if _, err := buildIn(context.Background(), b.dir, "generate", settings); err != nil {
				t.Fatal(err)
			}
			b.rebuild(settings)
			if diff := cmp.Diff(want, versionText(t, b.path("dist/"+draft))); diff != "" {
				t.Errorf("batches of %d bytes (-before +after):\n%s", bytes, diff)
			}
		}
	}
}

// A change of the version publishes under the new name, and nothing earlier runs again.
func TestNewVersionOnlyPublishes(t *testing.T) {
	b := newStepBench(t)
	before := versionText(t, b.path("dist/"+draft))
	b.edit("dermset.yaml", `version: "1.0"`, `version: "1.1"`)
	if diff := cmp.Diff([]string{"publish"}, b.rebuild(plainRun)); diff != "" {
		t.Errorf("these ran (-want +got):\n%s", diff)
	}
	after := versionText(t, b.path("dist/DXv1.1-draft"))
	for name, sum := range before {
		if renamed := strings.Replace(name, "DXv1.0_", "DXv1.1_", 1); strings.HasSuffix(name, ".csv") &&
			after[renamed] != sum {
			t.Errorf("%s differs from %s", renamed, name)
		}
	}
	if diff := cmp.Diff(before, versionText(t, b.path("dist/"+draft))); diff != "" {
		t.Errorf("the older draft changed (-before +after):\n%s", diff)
	}
}

// soft alone writes what publish would, under the version's name.
func TestSoftAlone(t *testing.T) {
	b := newStepBench(t)
	for _, version := range []string{"1.0", "1.1"} {
		if version == "1.1" {
			b.edit("dermset.yaml", `version: "1.0"`, `version: "1.1"`)
		}
		for _, until := range []string{"soft", "publish"} {
			if _, err := buildIn(context.Background(), b.dir, until, plainRun); err != nil {
				t.Fatal(err)
			}
		}
		name := "DXv" + version + "_selected_unsampled_soft.csv"
		got, err := os.ReadFile(b.path("work/soft/" + name))
		if err != nil {
			t.Error(err)
			continue
		}
		want, err := os.ReadFile(b.path("dist/DXv" + version + "-draft/" + name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-published +alone):\n%s", name, diff)
		}
	}
}

// A step that fails leaves the last answer, and the version, as they were.
func TestFailedStepKeepsLastAnswer(t *testing.T) {
	b := newStepBench(t)
	before := versionText(t, b.path("dist/"+draft))
	good, err := os.ReadFile(b.path("sources/s/s_dataset.csv"))
	if err != nil {
		t.Fatal(err)
	}
	b.add("sources/s/s_dataset.csv", "../up,BCC"+strings.Repeat(",", 11)+"\n/abs,BCC"+strings.Repeat(",", 11)+"\n")
	_, err = buildIn(context.Background(), b.dir, "publish", plainRun)
	for _, want := range []string{"sources/s/s_dataset.csv:", `"../up"`, `"/abs"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
	if diff := cmp.Diff(before, versionText(t, b.path("dist/"+draft))); diff != "" {
		t.Errorf("the version changed (-before +after):\n%s", diff)
	}
	if err := os.WriteFile(b.path("sources/s/s_dataset.csv"), good, 0o644); err != nil {
		t.Fatal(err)
	}
	if ran := b.rebuild(plainRun); len(ran) > 0 {
		t.Errorf("the file is as it was, these ran: %v", ran)
	}
}

// A cancelled build says so and leaves the version as it was.
func TestCancelled(t *testing.T) {
	b := newStepBench(t)
	before := versionText(t, b.path("dist/"+draft))
	b.edit("dermset.yaml", "seed: 7", "seed: 8")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := buildIn(ctx, b.dir, "publish", plainRun); err == nil || workspace.IsUsage(err) {
		t.Errorf("error %v", err)
	}
	if diff := cmp.Diff(before, versionText(t, b.path("dist/"+draft))); diff != "" {
		t.Errorf("the version changed (-before +after):\n%s", diff)
	}
}

// A lockBench has one class of patients with one image each, whose lesions can join them.
type lockBench struct {
	*stepBench
	rows []string
}

func newLockBench(t *testing.T) *lockBench {
	b := &lockBench{stepBench: &stepBench{t, filepath.Join(tempDir(t), "w")}}
	for i := range 60 {
		b.rows = append(b.rows, fmt.Sprintf("%02d,label %d,,p%d,L%d,,,,,,,", i, i%2, i, i))
	}
	b.write("1.0", "split: {ratios: {train: 40, val: 30, test: 30}}")
	b.publish()
	return b
}

func (b *lockBench) write(version, split string) {
	b.t.Helper()
	header := strings.Join(datasetHeader, ",") + "\n"
	files := map[string]string{
		"dermset.yaml": fmt.Sprintf(
			"version: %q\nmapping: {workbook: mapping/workbook}\nselect: {min_images: 1, min_groups: 1}\n%s\n", version, split),
		"sources/a/source.yaml":   "lesion_scope: source\n",
		"sources/a/a_dataset.csv": header + strings.Join(b.rows, "\n") + "\n",
		"sources/b/source.yaml":   "patient_space: a\n",
		"sources/b/b_dataset.csv": header + "pinned,label 0,,p0,,,,,,,,\n",
		"mapping/workbook/a.csv": "Source Label,Target Name,ICD-11 Code(s),Notes/Justification\nlabel 0,Even,2C32,\n" +
			"label 1,Odd,2C30,\n",
		"mapping/workbook/b.csv": "Source Label,Target Name,ICD-11 Code(s),Notes/Justification\n" +
			"label 0,Even,2C32,\n",
		"mapping/workbook/Pathologies to exclude and merge.csv": "Category,Action,Merge into,Reason\n",
	}
	if err := writeFiles(b.dir, files); err != nil {
		b.t.Fatal(err)
	}
}

func (b *lockBench) publish() {
	b.t.Helper()
	if _, err := buildIn(context.Background(), b.dir, "publish", plainRun); err != nil {
		b.t.Fatal(err)
	}
}

func (b *lockBench) splits(version string) map[string]string {
	b.t.Helper()
	_, rows, err := readCSV(b.path("dist/DXv" + version + "-draft/DXv" + version + "_selected_unsampled.csv"))
	if err != nil {
		b.t.Fatal(err)
	}
	splits := map[string]string{}
	for _, row := range rows {
		splits[row["image_id"]] = row["split"]
	}
	return splits
}

// in is the number of some row of source a in a split, but for row 0, which source b shares.
func (b *lockBench) in(splits map[string]string, split string) int {
	for i := 1; i < 60; i++ {
		if splits[fmt.Sprintf("a/%02d", i)] == split {
			return i
		}
	}
	b.t.Fatalf("no row is in %s: %v", split, splits)
	return 0
}

func TestLockOfNoVersionIsUsage(t *testing.T) {
	b := newLockBench(t)
	for _, lock := range []string{"DXv0.9", "DXv1.0"} { // only the draft is there
		b.write("1.1", "split: {lock: "+lock+"}")
		_, err := buildIn(context.Background(), b.dir, "publish", plainRun)
		if err == nil || !workspace.IsUsage(err) || !strings.Contains(err.Error(), "split.lock") ||
			!strings.Contains(err.Error(), lock) {
			t.Errorf("lock %s: error %v", lock, err)
		}
		if _, err := os.Stat(b.path("dist/DXv1.1-draft")); err == nil {
			t.Error("a version was published")
		}
	}
}

// Locked images keep their split over versions, whatever else changes, and whatever the file's row order.
func TestLockKeepsSplits(t *testing.T) {
	b := newLockBench(t)
	before := b.splits("1.0")
	b.rows = b.rows[5:] // some images are gone
	for i := range 200 {
		b.rows = append(b.rows, fmt.Sprintf("new %d,label %d,,q%d,,,,,,,,", i, i%2, i))
	}
	slices.Reverse(b.rows)
	b.write("1.1", "split: {ratios: {train: 100, val: 0, test: 0}, seed: 99, lock: DXv1.0-draft}")
	b.publish()
	kept := 0
	for image, split := range b.splits("1.1") {
		if was, locked := before[image]; locked {
			kept++
			if was != split {
				t.Errorf("%s was in %s, is in %s", image, was, split)
			}
		} else if split != "train" {
			t.Errorf("%s is new and in %s, whose ratio is 0", image, split)
		}
	}
	if kept != 56 {
		t.Errorf("%d images kept their split, want 55 of a and 1 of b", kept)
	}
	// Locked again to the locked version, under other ratios: nothing moves.
	second := b.splits("1.1")
	b.write("1.2", "split: {ratios: {train: 10, val: 45, test: 45}, lock: DXv1.1-draft}")
	b.publish()
	if diff := cmp.Diff(second, b.splits("1.2")); diff != "" {
		t.Errorf("moved (-before +after):\n%s", diff)
	}
	if got, err := readReport(b.path("dist/DXv1.2-draft/quality.json")); err != nil || len(got.Findings) == 0 {
		t.Errorf("quality.json: %+v, %v", got, err)
	}
}

// A new image joins groups that were apart: the strictest split wins, or the build fails; a pin beats the lock.
func TestLockedGroupsThatMerge(t *testing.T) {
	for _, c := range []struct {
		one, other, want string
	}{{"train", "val", "val"}, {"val", "test", "test"}, {"train", "test", "test"}, {"train", "train", "train"}} {
		t.Run(c.one+" and "+c.other, func(t *testing.T) {
			b := newLockBench(t)
			before := b.splits("1.0")
			one := b.in(before, c.one)
			rest := maps.Clone(before)
			delete(rest, fmt.Sprintf("a/%02d", one))
			other := b.in(rest, c.other)
			b.rows = append(b.rows, fmt.Sprintf("joins,label 0,,p%d,L%d,,,,,,,", one, other))
			b.write("1.1", "split: {lock: DXv1.0-draft}")
			b.publish()
			want := maps.Clone(before)
			want["a/joins"] = c.want
			want[fmt.Sprintf("a/%02d", one)], want[fmt.Sprintf("a/%02d", other)] = c.want, c.want
			if diff := cmp.Diff(want, b.splits("1.1")); diff != "" {
				t.Errorf("splits (-want +got):\n%s", diff)
			}
			b.write("1.2", "split: {lock: DXv1.0-draft, lock_conflict: fail}")
			_, err := buildIn(context.Background(), b.dir, "publish", plainRun)
			if disagree := c.one != c.other; (err != nil) != disagree {
				t.Errorf("lock_conflict: fail gives %v", err)
			} else if disagree && (!strings.Contains(err.Error(), c.one) || !strings.Contains(err.Error(), c.other)) {
				t.Errorf("the error names no splits: %v", err)
			}
		})
	}
}

func TestPinBeatsLock(t *testing.T) {
	b := newLockBench(t)
	before := b.splits("1.0")
	for _, to := range splitNames {
		b.write("1.1", "split: {lock: DXv1.0-draft, lock_conflict: fail, pin: {b: "+to+"}}")
		b.publish()
		want := maps.Clone(before)
		want["b/pinned"], want["a/00"] = to, to // its group whole
		if diff := cmp.Diff(want, b.splits("1.1")); diff != "" {
			t.Errorf("pinned to %s (-want +got):\n%s", to, diff)
		}
	}
	b.write("1.1", "split: {pin: {b: train, a: test}}")
	if _, err := buildIn(context.Background(), b.dir, "publish", plainRun); err == nil ||
		!strings.Contains(err.Error(), "pinned") {
		t.Errorf("two pins in one group: %v", err)
	}
	b.write("1.1", "split: {pin: {nobody: train}}")
	if _, err := buildIn(context.Background(), b.dir, "publish", plainRun); !workspace.IsUsage(err) ||
		!strings.Contains(fmt.Sprint(err), "nobody") {
		t.Errorf("a pin of no source: %v", err)
	}
}
