package build_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/icd11/icd11test"
	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/review"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
)

// An approveBench is a workspace with one of each part of a state, ready to be approved.
type approveBench struct {
	*stepBench
}

const approveSettings = `version: "1.1"
mapping: {workbook: mapping/workbook}
images: {store: pictures, max_failed: 50, changed: accept}
describe: {skin_tone: none, image_type: none, body_part: parts.csv}
select: {min_images: 1, min_groups: 1}
split: {lock: DXv1.0-draft}
`

const approvePeople = `- {id: ana, name: Ana, role: data_scientist}
- {id: ben, name: Ben, role: data_scientist}
- {id: dora, name: Dora, role: dermatologist}
- {id: eve, name: Eve, role: approver}
`

func newApproveBench(t *testing.T) *approveBench {
	t.Helper()
	b := &approveBench{&stepBench{t, filepath.Join(tempDir(t), "w")}}
	rows := strings.Join(datasetHeader, ",") + "\n"
	for i := range 6 {
		rows += fmt.Sprintf("%d.png,label %d,,p%d,,,,,,,,%d-mask.png\n", i, i%2, i, i)
		b.draw(fmt.Sprintf("pictures/a/%d.png", i), noise(uint64(i)))
		b.draw(fmt.Sprintf("pictures/a/%d-mask.png", i), spot(i+5))
	}
	zip := icd11test.Release("2025-01", icd11test.Skin())
	record, err := workspace.JSONText(workspace.Imported{Release: "2025-01", Bytes: int64(len(zip)),
		SHA256: workspace.Sum(zip)})
	if err != nil {
		t.Fatal(err)
	}
	tab := "Source Label,Target Name,ICD-11 Code(s),Notes/Justification,Annotator\n"
	for name, text := range map[string]string{
		"dermset.yaml": strings.NewReplacer("1.1", "1.0", "lock: DXv1.0-draft", "").Replace(approveSettings),
		"people.yaml":  approvePeople, "sources/a/source.yaml": "title: A\n", "sources/a/a_dataset.csv": rows,
		"sources/a/a_renaming.csv": "Source Label,Target Name,ICD-11 Code(s),Notes/Justification,Images\n",
		"mapping/workbook/a.csv": tab + "label 0,Melanoma of skin,2C30,,ana\n" +
			"label 1,Basal cell carcinoma of skin,2C32,,ana\n",
		"mapping/workbook/Pathologies to exclude and merge.csv": "Category,Action,Merge into,Reason,Annotator\n",
		"mapping/known_categories.csv": "Target Name,ICD-11 Code(s),Since version\nMelanoma of skin,2C30,0.1\n" +
			"Basal cell carcinoma of skin,2C32,0.1\n",
		"curation/withdrawn.csv":          "source,source_path,patient_id,person,date,reason\n",
		"curation/image_overrides.csv":    "source,source_path,person,date,reason\n",
		"curation/duplicate_verdicts.csv": "image_a,image_b,verdict,person,date,reason\n",
		"curation/body_sites.csv":         "body_site,body_part,person,date,reason\n",
		"annotations/ours.csv":            "source,source_path,x,y,width,height,annotator,date,note\n",
		"parts.csv":                       "image_id,value\na/0.png,foot\n",
		"icd11/2025-01.zip":               string(zip), "icd11/2025-01.json": string(record),
	} {
		b.put(name, text)
	}
	b.publish()
	b.put("dermset.yaml", approveSettings)
	b.acceptAll()
	b.reviewAll()
	b.publish()
	return b
}

// noise is a picture that is like no other.
func noise(seed uint64) image.Image {
	r := rand.New(rand.NewPCG(seed, 7))
	m := image.NewGray(image.Rect(0, 0, 80, 80))
	for y := range 80 {
		for x := range 80 {
			m.Pix[y*80+x] = uint8(r.IntN(256))
		}
	}
	return m
}

// spot is a mask with a square at some place.
func spot(at int) image.Image {
	m := image.NewGray(image.Rect(0, 0, 80, 80))
	for y := range 20 {
		for x := range 20 {
			m.SetGray(at+x, at+y, color.Gray{Y: 255})
		}
	}
	return m
}

func (b *approveBench) draw(inside string, m image.Image) {
	b.t.Helper()
	var text bytes.Buffer
	if err := png.Encode(&text, m); err != nil {
		b.t.Fatal(err)
	}
	b.put(inside, text.String())
}

func (b *approveBench) open() *workspace.Workspace {
	b.t.Helper()
	w, err := open(b.dir, plainRun)
	if err != nil {
		b.t.Fatal(err)
	}
	return w
}

// publish builds, and says where the version is.
func (b *approveBench) publish() string {
	b.t.Helper()
	result, err := buildIn(context.Background(), b.dir, "publish", plainRun)
	if err != nil {
		b.t.Fatal(err)
	}
	return result.Look[0]
}

// acceptAll accepts all findings.
func (b *approveBench) acceptAll() {
	b.t.Helper()
	result, err := build.Findings(context.Background(), b.open())
	if err != nil {
		b.t.Fatal(err)
	}
	text := []byte("finding,source,subject,person,date,reason\n")
	for _, f := range result.Findings {
		if f.Severity != findings.Info {
			text = csvio.AppendRecord(text, f.ID, f.Source, f.Subject, "ana", "2026-02-03", "meant: "+f.Code)
		}
	}
	b.put("mapping/accepted_findings.csv", string(text))
}

// reviewAll lets ben and dora review every row of the mapping as it stands.
func (b *approveBench) reviewAll() {
	b.t.Helper()
	w := b.open()
	l, err := w.Decisions()
	if err != nil {
		b.t.Fatal(err)
	}
	_, m, _, err := build.ReadMapping(context.Background(), w)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, r := range m.Rows {
		b.review(l, review.RowOfLabel(r), review.CellsOfLabel(r))
	}
	for _, r := range m.Refinements {
		b.review(l, review.RowOfCategory(r.Category), review.CellsOfCategory(r))
	}
	if err := w.SaveDecisions(l); err != nil {
		b.t.Fatal(err)
	}
}

func (b *approveBench) review(l *decisions.Log, row decisions.Row, cells decisions.Cells) {
	for _, by := range [][2]string{{"ben", decisions.Primary}, {"dora", decisions.Secondary}} {
		_, _ = l.Add(decisions.Decision{Who: by[0], Role: by[1], Act: decisions.Review, Row: &row, Annotator: "ana",
			Before: cells, After: cells}, time.Now()) // one that stands stays
	}
}

func (b *approveBench) approve() error {
	_, err := build.Approve(context.Background(), b.open(), build.Approval{As: "eve", Reason: "all is well"})
	return err
}

// approved approves the state and publishes it.
func (b *approveBench) approved() *approveBench {
	b.t.Helper()
	if err := b.approve(); err != nil {
		b.t.Fatal(err)
	}
	if where := b.publish(); !strings.Contains(where, `dist/DXv1.1: approved by "eve"`) {
		b.t.Fatalf("%s, want an approved version", where)
	}
	return b
}

// copied is the same workspace in another place, without the approved version.
func (b *approveBench) copied(t *testing.T) *approveBench {
	t.Helper()
	c := &approveBench{&stepBench{t, filepath.Join(tempDir(t), "w")}}
	if err := os.CopyFS(c.dir, os.DirFS(b.dir)); err != nil {
		t.Fatal(err)
	}
	return c
}

// Each part of a state is bound: a change of it ends the approval, the next build is a draft that says so, and so does
// plan as far as it can know; as it was, the state is approved again. What is no part of it ends nothing.
func TestChangesThatEndAnApproval(t *testing.T) {
	tooLongForRace(t)
	start := newApproveBench(t).approved()
	for _, c := range []struct {
		name   string
		change func(b *approveBench)
		want   []string // parts that changed; nil: the approval stands
	}{
		{"nothing", func(*approveBench) {}, nil},
		{"order of rows", func(b *approveBench) {
			b.edit("mapping/workbook/a.csv", "label 0,Melanoma of skin,2C30,,ana\n", "")
			b.add("mapping/workbook/a.csv", "label 0,Melanoma of skin,2C30,,ana\n")
		}, nil},
		{"how codes are written", func(b *approveBench) { b.edit("mapping/workbook/a.csv", "2C30", `"[""2C30""]"`) }, nil},
		{"a comment", func(b *approveBench) { b.add("dermset.yaml", "# so it is\n") }, nil},
		{"a renaming file", func(b *approveBench) { b.add("sources/a/a_renaming.csv", "label 9,,,,1\n") }, nil},
		{"a person more", func(b *approveBench) { b.add("people.yaml", "- {id: fay, name: Fay, role: approver}\n") }, nil},
		{"another store with the same pictures", func(b *approveBench) {
			if err := os.Rename(b.path("pictures"), b.path("elsewhere")); err != nil {
				b.t.Fatal(err)
			}
			b.edit("dermset.yaml", "store: pictures", "store: elsewhere")
		}, nil},
		{"a later decision", func(b *approveBench) {
			w := b.open()
			l, err := w.Decisions()
			if err == nil {
				_, err = l.Add(comment, time.Now())
			}
			if err == nil {
				err = w.SaveDecisions(l)
			}
			if err != nil {
				b.t.Fatal(err)
			}
		}, nil},
		{"a note", func(b *approveBench) { b.edit("mapping/workbook/a.csv", "2C30,", "2C30,seen") },
			[]string{`mapping/normalised.csv (row "label 0" of "a")`}},
		{"a merger", func(b *approveBench) {
			b.add("mapping/workbook/Pathologies to exclude and merge.csv",
				"Melanoma of skin,merge,Basal cell carcinoma of skin,x,ana\n")
		}, []string{`mapping/exclusions_and_mergers.csv (row "Melanoma of skin")`, `mapping/normalised.csv (row "label 0" of "a")`}},
		{"a category", func(b *approveBench) { b.add("mapping/known_categories.csv", "Wart,1E80,0.1\n") },
			[]string{"mapping/known_categories.csv"}},
		{"an acceptance", func(b *approveBench) {
			b.add("mapping/accepted_findings.csv", "new_category,,Wart,ana,2026-02-03,x\n")
		}, []string{"mapping/accepted_findings.csv"}},
		{"what the API says", func(b *approveBench) { b.put("icd11/2025-01.checked.json", `{"release":"2025-01"}`) },
			[]string{"icd11/2025-01.checked.json"}},
		{"a row", func(b *approveBench) { b.add("sources/a/a_dataset.csv", "0-mask.png,label 0,,,,,,,,,,\n") },
			[]string{"sources/a/a_dataset.csv"}},
		{"what a source says", func(b *approveBench) { b.add("sources/a/source.yaml", "licence: CC0\n") },
			[]string{"sources/a/source.yaml"}},
		{"a withdrawal", func(b *approveBench) {
			b.add("curation/withdrawn.csv", "a,0.png,,ana,2026-02-03,asked for\n")
		}, []string{"curation/withdrawn.csv"}},
		{"an override", func(b *approveBench) { b.add("curation/image_overrides.csv", "a,0.png,ana,2026-02-03,x\n") },
			[]string{"curation/image_overrides.csv"}},
		{"a verdict", func(b *approveBench) {
			b.add("curation/duplicate_verdicts.csv", "a/0.png,a/1.png,different,ana,2026-02-03,x\n")
		}, []string{"curation/duplicate_verdicts.csv"}},
		{"a site", func(b *approveBench) { b.add("curation/body_sites.csv", "Spot 7,nose,ana,2026-02-03,x\n") },
			[]string{"curation/body_sites.csv"}},
		{"a drawing", func(b *approveBench) { b.add("annotations/ours.csv", "a,0.png,1,1,9,9,ana,2026-02-03,\n") },
			[]string{"annotations/ours.csv"}},
		{"a prediction", func(b *approveBench) { b.add("parts.csv", "a/1.png,foot\n") }, []string{"parts.csv"}},
		{"a picture", func(b *approveBench) { b.fetchAnew(); b.draw("pictures/a/0.png", noise(99)) },
			[]string{"objects", "pictures"}},
		{"a mask", func(b *approveBench) { b.fetchAnew(); b.draw("pictures/a/0-mask.png", spot(30)) }, []string{"objects"}},
		{"the locked version", func(b *approveBench) {
			b.put("dermset.yaml", strings.NewReplacer("1.1", "1.0", "lock: DXv1.0-draft", "seed: 2").Replace(approveSettings))
			b.edit("sources/a/a_dataset.csv", ",,,,,0-mask", ",,,,,0-mask")
			b.publish()
			b.put("dermset.yaml", approveSettings)
		}, []string{"dist/DXv1.0-draft/DXv1.0_selected_unsampled.csv"}},
		{"a setting", func(b *approveBench) { b.edit("dermset.yaml", "min_images: 1", "min_images: 2") },
			[]string{"settings"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := start.copied(t)
			want := "the approval of " + time.Now().UTC().Format(time.DateOnly) + ` by "eve" ended: ` +
				strings.Join(c.want, ", ")
			c.change(b)
			if _, _, why := b.plan(); c.want != nil && !slices.Contains(c.want, "objects") {
				if !strings.Contains(why["approval"], c.want[0]) {
					t.Errorf("plan says %q, want %q", why["approval"], want)
				}
			}
			switch where := b.publish(); {
			case c.want == nil && !strings.Contains(where, "DXv1.1: approved by"):
				t.Errorf("%s, want it approved", where)
			case c.want != nil && !containsAll(where, append(c.want, "DXv1.1-draft: a draft, as the approval of ")):
				t.Errorf("%s, want a draft, as %s", where, want)
			}
			if _, err := versions.Verify(b.open(), "DXv1.1"); err != nil {
				t.Error(err)
			}
		})
	}
}

func containsAll(text string, parts []string) bool {
	return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(text, part) })
}

// fetchAnew lets the next build ask the store about all pictures.
func (b *approveBench) fetchAnew() {
	if err := os.RemoveAll(b.path("work")); err != nil {
		b.t.Fatal(err)
	}
}

// Whatever keeps a state from being approved is said, and nothing is written.
func TestRefusedApprovals(t *testing.T) {
	tooLongForRace(t)
	start := newApproveBench(t)
	const refine = "mapping/workbook/Pathologies to exclude and merge.csv"
	for name, c := range map[string]struct {
		change func(b *approveBench)
		want   string
	}{
		"no people": {func(b *approveBench) { b.remove("people.yaml") }, "there is no people.yaml"},
		"nobody":    {func(b *approveBench) { b.edit("people.yaml", "id: eve", "id: eva") }, `"eve" is not in people.yaml`},
		"another role": {func(b *approveBench) { b.edit("people.yaml", "role: approver", "role: dermatologist") },
			"want approver"},
		"expired": {func(b *approveBench) { b.edit("people.yaml", "name: Eve", "name: Eve, valid_to: 2026-01-01") },
			"may not decide on"},
		"no draft":            {func(b *approveBench) { b.remove("dist/DXv1.1-draft") }, "there is no draft of DXv1.1"},
		"draft of another":    {func(b *approveBench) { b.add("parts.csv", "a/1.png,foot\n") }, "another state (parts.csv)"},
		"a damaged draft":     {func(b *approveBench) { b.cut("dist/DXv1.1-draft/quality.json") }, "the draft is damaged"},
		"a draft with a file": {func(b *approveBench) { b.put("dist/DXv1.1-draft/x", "") }, "the draft is damaged"},
		"a finding": {func(b *approveBench) {
			b.put("mapping/accepted_findings.csv", "finding,source,subject,person,date,reason\n")
			b.add("annotations/ours.csv", "a,7.png,1,1,9,9,ana,2026-02-03,\n")
			b.publish()
		}, "findings wait for a person: 1 review bad_annotation, "},
		"no release": {func(b *approveBench) { b.remove("icd11"); b.publish() },
			"the codes were not checked against release 2025-01"},
		"no annotator": {func(b *approveBench) { b.edit("mapping/workbook/a.csv", "2C30,,ana", "2C30,,"); b.publish() },
			`rows without an Annotator: 1, such as "label 0" in tab "a"`},
		"a stranger": {func(b *approveBench) { b.edit("mapping/workbook/a.csv", "2C30,,ana", "2C30,,zoe"); b.publish() },
			`rows whose Annotator "zoe" is not in people.yaml: 1, such as`},
		"the annotator reviewed": {func(b *approveBench) {
			b.edit("mapping/workbook/a.csv", "2C30,,ana", "2C30,,ben")
			b.publish()
		}, "rows whose Annotator is another than when they were reviewed: 1"},
		"edited": {func(b *approveBench) { b.edit("mapping/workbook/a.csv", "2C30,,", "2C30,x,"); b.publish() },
			`rows that were edited since they were reviewed: 1, such as "label 0" in tab "a"`},
		"a new row": {func(b *approveBench) { b.add("mapping/workbook/a.csv", "label 2,-,,,ana\n"); b.publish() },
			`rows without a primary review: 1, such as "label 2" in tab "a"`},
		"an exclusion": {func(b *approveBench) { b.add(refine, "Melanoma of skin,exclude,,x,ana\n"); b.publish() },
			`rows without a primary review: 1, such as "Melanoma of skin" in tab "` + mapping.RefineTab + `"`},
		"one review": {func(b *approveBench) {
			b.add("mapping/workbook/a.csv", "label 2,-,,,ana\n")
			b.publish()
			w := b.open()
			l, _ := w.Decisions()
			cells := decisions.Cells{"Target Name": "-"}
			_, err := l.Add(decisions.Decision{Who: "ben", Role: decisions.Primary, Act: decisions.Review, Annotator: "ana",
				Row: &decisions.Row{Tab: "a", Label: "label 2"}, Before: cells, After: cells}, time.Now())
			if err := cmpErr(err, w.SaveDecisions(l)); err != nil {
				b.t.Fatal(err)
			}
		}, `rows without a secondary review: 1, such as "label 2" in tab "a"`},
		"a reviewer who was none": {func(b *approveBench) {
			b.edit("people.yaml", "name: Dora", "name: Dora, valid_to: 2026-01-01")
			b.publish()
		}, "rows whose review does not count"},
		"no log":       {func(b *approveBench) { b.remove("mapping/decisions.jsonl") }, "lines were cut off"},
		"a broken log": {func(b *approveBench) { b.edit("mapping/decisions.jsonl", "ben", "bem") }, "a line was changed"},
		"a cut log":    {func(b *approveBench) { b.cut("mapping/decisions.jsonl") }, "lines were cut off"},
		"two heads":    {func(b *approveBench) { b.add("mapping/decisions.head", "1 x\n") }, "is damaged"},
		"the future":   {func(b *approveBench) { b.future() }, "is in the future"},
		"published": {func(b *approveBench) { b.approved(); b.add("parts.csv", "a/1.png,foot\n"); b.publish() },
			"is published already"},
		"approved":    {func(b *approveBench) { b.approved() }, `"eve" has approved this state already`},
		"no such key": {func(b *approveBench) { b.edit("people.yaml", "role: approver", `role: approver, ssh_key: "`+aKey+`"`) }, "sign with --key"},
		"a block": {func(b *approveBench) { b.edit("mapping/workbook/a.csv", "label 1", "label 0") },
			"that block the build"},
		"another build": {func(b *approveBench) {
			b.edit("dist/DXv1.1-draft/manifest.json", `"version": "`+build.Version+`"`, `"version": "0.0.9"`)
		}, "was built by dermset 0.0.9"},
	} {
		t.Run(name, func(t *testing.T) {
			b := start.copied(t)
			c.change(b)
			before := b.textOf("mapping")
			if err := b.approve(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if diff := cmp.Diff(before, b.textOf("mapping")); diff != "" {
				t.Errorf("something was written: %s", diff)
			}
		})
	}
}

const aKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUHLSkZCtX4h3ONGIJGEHUkiTs8fJjvqWkz3eQ4rnBM"

func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *approveBench) remove(inside string) {
	b.t.Helper()
	if err := fileio.RemoveAll(b.path(inside)); err != nil { // read-only folders too
		b.t.Fatal(err)
	}
}

// future adds a line to the log of a day to come.
func (b *approveBench) future() {
	b.t.Helper()
	w := b.open()
	l, err := w.Decisions()
	if err == nil {
		_, err = l.Add(comment, time.Now().Add(time.Hour))
	}
	if err := cmpErr(err, w.SaveDecisions(l)); err != nil {
		b.t.Fatal(err)
	}
}

// textOf is what all files below a folder hold.
func (b *approveBench) textOf(inside string) map[string]string {
	b.t.Helper()
	all := map[string]string{}
	if err := filepath.WalkDir(b.path(inside), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all[path] = string(text)
		return err
	}); err != nil {
		b.t.Fatal(err)
	}
	return all
}

var comment = decisions.Decision{Who: "ben", Act: decisions.Comment, Why: "hm",
	Row: &decisions.Row{Tab: "a", Label: "label 0"}}

// An approved version is the same for any workers and batch size, and built again it proves equal, whatever was decided
// since; nobody may write to it, copies and all; a damaged one is not taken for it.
func TestApprovedVersionStays(t *testing.T) {
	tooLongForRace(t)
	start := newApproveBench(t)
	if err := start.approve(); err != nil {
		t.Fatal(err)
	}
	b := start.copied(t)
	b.publish()
	want := versionText(t, b.path("dist/DXv1.1"))
	if err := filepath.WalkDir(b.path("dist/DXv1.1"), func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if info, err := d.Info(); err != nil || info.Mode()&0o222 != 0 {
			t.Errorf("%s: mode %v, error %v, want it read-only", path, info.Mode(), err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(b.path("dist/DXv1.0-draft/manifest.json")); err != nil || info.Mode()&0o200 == 0 {
		t.Errorf("a draft has mode %v, error %v", info.Mode(), err)
	}
	other := start.copied(t)
	if _, err := buildIn(context.Background(), other.dir, "publish",
		workspace.Resources{Workers: 7, BatchBytes: 99, MemoryBytes: 1 << 28}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, versionText(t, other.path("dist/DXv1.1"))); diff != "" {
		t.Errorf("other workers publish another version: %s", diff)
	}
	b.remove("work")
	b.add("people.yaml", "- {id: fay, name: Fay, role: approver}\n")
	if where := b.publish(); !strings.Contains(where, "DXv1.1: approved") {
		t.Error(where)
	}
	b.remove("dist/DXv1.1")
	b.publish()
	if diff := cmp.Diff(want, versionText(t, b.path("dist/DXv1.1"))); diff != "" {
		t.Errorf("what was decided since changes it: %s", diff)
	}
	if err := os.Chmod(b.path("dist/DXv1.1/quality.json"), 0o644); err != nil {
		t.Fatal(err)
	}
	b.edit("dist/DXv1.1/quality.json", "rows_in", "rows_on")
	b.remove("work")
	if _, err := buildIn(context.Background(), b.dir, "publish", plainRun); err == nil ||
		!strings.Contains(err.Error(), "quality.json: has SHA-256") {
		t.Errorf("a damaged version: error %v", err)
	}
}

// Where the store does not answer, what may pass makes no draft of an approved state: the build fails, and gives the
// version when the store is well again. Nothing is approved meanwhile.
func TestApprovedBuildWantsAllPictures(t *testing.T) {
	tooLongForRace(t)
	build.LittlePatience(t)
	blobtest.Environment(t)
	var harm atomic.Bool
	busy := func(r *http.Request, _ int) blobtest.Fault {
		if harm.Load() && strings.HasSuffix(r.URL.Path, "/0.png") {
			return blobtest.SlowDown
		}
		return blobtest.None
	}
	server := blobtest.Serve(t, &blobtest.Proxy{Next: blobtest.Server(t), Harm: busy})
	store := blobtest.Open(t, server, "p", blobio.Options{})
	b := newApproveBench(t)
	for path, text := range b.textOf("pictures") {
		name, err := filepath.Rel(b.path("pictures"), path)
		if err != nil {
			t.Fatal(err)
		}
		blobtest.Save(t, store, filepath.ToSlash(name), []byte(text))
	}
	b.edit("dermset.yaml", "store: pictures", `store: "s3://`+blobtest.Bucket+`/p?endpoint=`+server+`"`)
	b.remove("work")
	harm.Store(true)
	if where := b.publish(); !strings.Contains(where, "draft") {
		t.Error(where)
	}
	if err := b.approve(); err == nil || !strings.Contains(err.Error(), "the store did not answer for 1 pictures") {
		t.Errorf("approved while the store did not answer: error %v", err)
	}
	harm.Store(false)
	b.publish()
	if err := b.approve(); err != nil {
		t.Fatal(err)
	}
	b.remove("work")
	harm.Store(true)
	_, err := buildIn(context.Background(), b.dir, "publish", plainRun)
	if err == nil || !strings.Contains(err.Error(), "the store did not answer for 1 of its pictures, which may pass") {
		t.Errorf("the store does not answer: error %v", err)
	}
	harm.Store(false)
	if where := b.publish(); !strings.Contains(where, "DXv1.1: approved") {
		t.Error(where)
	}
}

// Two approve at once: one of them does, and the other is told who holds the workspace, or that it is approved.
func TestTwoApproveAtOnce(t *testing.T) {
	b := newApproveBench(t)
	b.add("people.yaml", "- {id: fay, name: Fay, role: approver}\n")
	errs := make(chan error, 2)
	for _, who := range []string{"eve", "fay"} {
		go func() {
			w, err := open(b.dir, plainRun)
			if err == nil {
				err = w.Locked("approve", func() error {
					_, err := build.Approve(context.Background(), w, build.Approval{As: who})
					return err
				})
			}
			errs <- err
		}()
	}
	one, other := <-errs, <-errs
	if (one == nil) == (other == nil) {
		t.Errorf("errors %v and %v, want one", one, other)
	}
	if l, err := b.open().Decisions(); err != nil || len(l.Approvals()) != 1 {
		t.Errorf("approvals %v, error %v", l.Approvals(), err)
	}
}

// Killed at any moment, an approval is there whole or not at all, and the log is whole.
func TestKilledWhileApproving(t *testing.T) {
	tooLongForRace(t)
	start := newApproveBench(t)
	before := start.textOf("mapping")
	kills, there := 100, 0
	if testing.Short() {
		kills = 12
	}
	cmd := child(t, childApprove, start.copied(t).dir)
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	took, killed := time.Since(began), 0
	for range kills {
		b := start.copied(t)
		cmd := child(t, childApprove, b.dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(took*2/3+time.Duration(rand.Int64N(int64(took)*2/3)), func() { _ = cmd.Process.Kill() })
		if err := cmd.Wait(); err != nil {
			killed++
		}
		timer.Stop()
		w := b.open()
		if err := w.Locked("look", func() error { return nil }); err != nil {
			t.Fatal(err)
		}
		l, err := w.Decisions()
		if err != nil {
			t.Fatal(err)
		}
		if there += len(l.Approvals()); len(l.Approvals()) == 0 {
			after := b.textOf("mapping")
			for path, text := range before {
				if now := after[strings.Replace(path, start.dir, b.dir, 1)]; now != text {
					t.Errorf("%s changed, and nothing was approved", path)
				}
			}
		}
		if err := fileio.RemoveAll(b.dir); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d of %d were killed, %d approvals are there; one takes %v", killed, kills, there, took)
}

// resealed writes manifest and sums anew, as somebody does who forges a version and knows how: all files are as the
// manifest says, and so are the inputs that the version keeps.
func (b *approveBench) resealed(version string, edit func(m map[string]any)) {
	b.t.Helper()
	dir := b.path("dist/" + version)
	var manifest map[string]any
	if err := workspace.ReadJSON(filepath.Join(dir, "manifest.json"), &manifest); err != nil {
		b.t.Fatal(err)
	}
	sums := map[string]string{}
	for _, list := range []string{"outputs", "inputs"} {
		for _, e := range manifest[list].([]any) {
			entry := e.(map[string]any)
			inside := entry["path"].(string)
			if list == "inputs" {
				inside = versions.KeptInput(inside)
			}
			if sum, size, err := workspace.HashFile(filepath.Join(dir, filepath.FromSlash(inside))); err == nil {
				entry["sha256"], entry["bytes"], sums[inside] = sum, size, sum
			}
		}
	}
	edit(manifest)
	text, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		b.t.Fatal(err)
	}
	lines := workspace.Sum(text) + "  manifest.json\n"
	for _, name := range workspace.SortedKeys(sums) {
		lines += sums[name] + "  " + name + "\n"
	}
	b.put("dist/"+version+"/manifest.json", string(text))
	b.put("dist/"+version+"/manifest.sha256", lines)
}

// Of an approved version verify asks whether its approval is what the version keeps: one that was forged with all its
// hashes is found by what it says.
func TestForgedApprovals(t *testing.T) {
	tooLongForRace(t)
	start := newApproveBench(t).approved()
	if err := filepath.WalkDir(start.path("dist/DXv1.1"), func(path string, d os.DirEntry, err error) error {
		if err == nil {
			err = os.Chmod(path, map[bool]os.FileMode{true: 0o755, false: 0o644}[d.IsDir()])
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	const kept = "dist/DXv1.1/mapping/"
	none := func(map[string]any) {}
	for name, c := range map[string]struct {
		forge func(b *approveBench)
		edit  func(m map[string]any)
		want  string
	}{
		"nothing": {func(*approveBench) {}, none, ""},
		"state": {func(b *approveBench) { b.edit(kept+"state.sha256", "settings", "setting") }, none,
			"mapping/state.sha256: is not the state that the manifest names"},
		"another state": {func(b *approveBench) { b.edit(kept+"state.sha256", "settings", "setting") },
			func(m map[string]any) { m["state_sha256"] = nil }, "mapping/state.sha256: is not the state"},
		"log": {func(b *approveBench) { b.edit(kept+"decisions.jsonl", "all is well", "all is bell") }, none,
			"has not the SHA-256 that mapping/decisions.head says"},
		"people": {func(b *approveBench) { b.edit(kept+"people.yaml", "role: approver", "role: dermatologist") }, none,
			"the approval does not hold"},
		"who": {func(*approveBench) {}, func(m map[string]any) { m["approval"].(map[string]any)["person"] = "dora" },
			"manifest.json: approval: is not what mapping/decisions.jsonl:5 says"},
		"no approval": {func(*approveBench) {}, func(m map[string]any) { m["approval"] = nil },
			"manifest.json: approval: is not what"},
		"a draft": {func(*approveBench) {}, func(m map[string]any) { m["version"] = "1.2" }, "is of DXv1.2"},
		"statement": {func(b *approveBench) { b.edit(kept+"approval.txt", "eve", "eva") }, none,
			"mapping/approval.txt: is not what mapping/decisions.jsonl:5 says"},
		"input": {func(*approveBench) {}, func(m map[string]any) {
			for _, e := range m["inputs"].([]any) {
				if entry := e.(map[string]any); entry["path"] == "parts.csv" {
					entry["sha256"] = strings.Repeat("0", 64)
				}
			}
		}, "says that parts.csv has SHA-256"},
		"no people": {removing("people.yaml"), without("people.yaml"), "dist/DXv1.1/mapping/people.yaml: is missing, and " +
			"without it nobody can say whether the version is what was approved"},
		"no state":     {removing("state.sha256"), without("state.sha256"), "dist/DXv1.1/mapping/state.sha256: is missing"},
		"no log":       {removing("decisions.jsonl"), without("decisions.jsonl"), "dist/DXv1.1/mapping/decisions."},
		"no statement": {removing("approval.txt"), without("approval.txt"), "dist/DXv1.1/mapping/approval.txt: is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			b := start.copied(t)
			c.forge(b)
			b.resealed("DXv1.1", c.edit)
			_, err := versions.Verify(b.open(), "DXv1.1")
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			b.downloads("DXv1.1", strings.TrimPrefix(c.want, "dist/DXv1.1/"))
		})
	}
}

// removing takes a file out of mapping/ of the approved version, and without out of its manifest.
func removing(name string) func(b *approveBench) {
	return func(b *approveBench) {
		if err := os.Remove(b.path("dist/DXv1.1/mapping/" + name)); err != nil {
			b.t.Fatal(err)
		}
	}
}

func without(name string) func(m map[string]any) {
	return func(m map[string]any) {
		m["outputs"] = slices.DeleteFunc(m["outputs"].([]any), func(e any) bool {
			return e.(map[string]any)["path"] == "mapping/"+name
		})
	}
}

// downloads wants a version that was forged not to come from a store: what verify says of it is said before it appears.
func (b *approveBench) downloads(version, want string) {
	b.t.Helper()
	store, dist := b.path("store"), b.path("dist")
	if err := os.Rename(dist, store); err != nil {
		b.t.Fatal(err)
	}
	w := b.open()
	_, err := versions.Download(b.t.Context(), w, version, store, false)
	there, statErr := workspace.IsThere(filepath.Join(dist, version))
	if statErr != nil || there != (want == "") || (err == nil) != there ||
		err != nil && !strings.Contains(err.Error(), want) {
		b.t.Errorf("downloaded: %v, there: %v, want %q", err, there, want)
	}
	if !there {
		return
	}
	if _, err := versions.Verify(w, version); err != nil {
		b.t.Error(err)
	}
	if info, err := os.Stat(filepath.Join(dist, version, "manifest.json")); err != nil || info.Mode()&0o222 != 0 {
		b.t.Errorf("an approved version may be written to: %v, %v", info.Mode(), err)
	}
}

// pulled is the workbook as a document of Google Sheets that was pulled, with a note in the row of label 0.
func (b *approveBench) pulled(note string) {
	b.t.Helper()
	file := excelize.NewFile()
	defer file.Close()
	for name, rows := range map[string][][]string{
		"a": {{"Source Label", "Target Name", "ICD-11 Code(s)", "Notes/Justification", "Annotator"},
			{"label 0", "Melanoma of skin", "2C30", note, "ana"},
			{"label 1", "Basal cell carcinoma of skin", "2C32", "", "ana"}},
		"Pathologies to exclude and merg": {{"Category", "Action", "Merge into", "Reason", "Annotator"}},
	} {
		_, err := file.NewSheet(name)
		for i, row := range rows {
			err = cmpErr(err, file.SetSheetRow(name, fmt.Sprintf("A%d", i+1), &row))
		}
		if err != nil {
			b.t.Fatal(err)
		}
	}
	var text bytes.Buffer
	if err := cmpErr(file.DeleteSheet("Sheet1"), file.Write(&text)); err != nil {
		b.t.Fatal(err)
	}
	b.put("mapping/gsheet/workbook.xlsx", text.String())
	b.put("mapping/gsheet/pull.json", fmt.Sprintf(`{"document": "doc", "sha256": %q}`, workspace.Sum(text.Bytes())))
	b.put("dermset.yaml", strings.Replace(approveSettings, "workbook: mapping/workbook", `workbook: "gsheet:doc"`, 1))
}

// What was pulled from Google must say what the log says, before it is approved.
func TestApprovalOfAPulledWorkbook(t *testing.T) {
	b := newApproveBench(t)
	b.pulled("another note")
	b.publish()
	if err := b.approve(); err == nil || !strings.Contains(err.Error(), "paste mapping/to-paste.xlsx into the document") {
		t.Errorf("error %v", err)
	}
	b.pulled("")
	b.publish()
	b.approved()
}

// A log that is not whole stops whoever would build from an approval that it speaks of, and no draft.
func TestBrokenLogStopsWhoReliesOnIt(t *testing.T) {
	b := newApproveBench(t).approved()
	b.edit("mapping/decisions.jsonl", "dora", "bora")
	_, err := buildIn(context.Background(), b.dir, "publish", plainRun)
	if err == nil || !strings.Contains(err.Error(), "a log that is not whole proves nothing") {
		t.Errorf("error %v", err)
	}
	if _, _, why := b.plan(); !strings.Contains(why["approval"], "is not whole") {
		t.Errorf("plan says %q", why["approval"])
	}
	if _, err := buildIn(context.Background(), b.dir, "split", plainRun); err != nil {
		t.Error(err)
	}
	b.add("parts.csv", "a/1.png,foot\n")
	if where := b.publish(); !strings.Contains(where, "a draft, as mapping/decisions.jsonl is not whole") {
		t.Error(where)
	}
	if _, err := versions.Verify(b.open(), "DXv1.1"); err != nil {
		t.Error(err)
	}
}
