package build_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dermset/dermset/workflow/workspace"
	"github.com/google/go-cmp/cmp"
)

// worldSeeds are the worlds that are compared; DERMSET_WORLDS says another number,
// DERMSET_SEED the one world to repeat.
func worldSeeds(t testing.TB, many, few uint64) []uint64 {
	t.Helper()
	number := func(name string) (uint64, bool) {
		text := os.Getenv(name)
		if text == "" {
			return 0, false
		}
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("%s=%q: %v", name, text, err)
		}
		return n, true
	}
	if seed, is := number("DERMSET_SEED"); is {
		return []uint64{seed}
	}
	n := many
	if testing.Short() || raceEnabled {
		n = few
	}
	if given, is := number("DERMSET_WORLDS"); is {
		n = given
	}
	seeds := make([]uint64, n)
	for i := range seeds {
		seeds[i] = uint64(i)
	}
	return seeds
}

// Every row of thousands of random workspaces comes out as the contract says,
// by an oracle that knows nothing of the code.
func TestBuildAgreesWithOracle(t *testing.T) {
	seeds := worldSeeds(t, 1000, 80)
	dir := tempDir(t)
	began := time.Now()
	const lanes = 2
	counts := make([]oracleCounts, lanes)
	t.Run("worlds", func(t *testing.T) {
		for lane := range lanes {
			t.Run(strconv.Itoa(lane), func(t *testing.T) {
				t.Parallel()
				for i, seed := range seeds {
					if i%lanes == lane {
						compareWorld(t, filepath.Join(dir, strconv.FormatUint(seed, 10)), newWorld(seed), &counts[lane])
					}
				}
			})
		}
	})
	sum := oracleCounts{}
	for _, c := range counts {
		sum.add(c)
	}
	t.Logf("%+v in %v", sum, time.Since(began).Round(time.Millisecond))
	if len(seeds) >= 100 {
		sum.wantEverything(t)
	}
}

// oracleCounts say what the worlds held, so that a generator that makes only empty ones is noticed.
type oracleCounts struct {
	Worlds, Refused, Rows, Selected, Merged, Tied  int
	Given, Ranked, Derived, DerivedTie             int
	Classes, Pure, Missing, Mended                 int
	Pairs, Near, Conflicts, Overridden, IDFindings int
	Crops, Pictureless                             int
	Reasons                                        map[string]int
}

func (c *oracleCounts) add(o oracleCounts) {
	c.Worlds, c.Refused, c.Rows, c.Selected, c.Merged = c.Worlds+o.Worlds, c.Refused+o.Refused, c.Rows+o.Rows,
		c.Selected+o.Selected, c.Merged+o.Merged
	c.Tied, c.Given, c.Ranked, c.Derived, c.DerivedTie = c.Tied+o.Tied, c.Given+o.Given, c.Ranked+o.Ranked,
		c.Derived+o.Derived, c.DerivedTie+o.DerivedTie
	c.Classes, c.Pure, c.Missing, c.Mended = c.Classes+o.Classes, c.Pure+o.Pure, c.Missing+o.Missing, c.Mended+o.Mended
	c.Pairs, c.Conflicts, c.Overridden = c.Pairs+o.Pairs, c.Conflicts+o.Conflicts, c.Overridden+o.Overridden
	c.Near += o.Near
	c.IDFindings, c.Crops = c.IDFindings+o.IDFindings, c.Crops+o.Crops
	c.Pictureless += o.Pictureless
	if c.Reasons == nil {
		c.Reasons = map[string]int{}
	}
	for reason, n := range o.Reasons {
		c.Reasons[reason] += n
	}
}

func (c *oracleCounts) wantEverything(t *testing.T) {
	t.Helper()
	for what, n := range map[string]int{"refused": c.Refused, "selected": c.Selected, "merged": c.Merged, "tied": c.Tied,
		"given": c.Given, "ranked": c.Ranked, "derived": c.Derived, "derived tie": c.DerivedTie, "pure": c.Pure,
		"mended": c.Mended, "equal": c.Pairs, "nearly equal": c.Near, "in conflict": c.Conflicts, "overridden": c.Overridden,
		"about ids": c.IDFindings, "cropped": c.Crops, "of a source without pictures": c.Pictureless} {
		if n == 0 {
			t.Errorf("no world had anything %s", what)
		}
	}
	for _, reason := range []string{"source_pending", "withdrawn", "no_label", "unmapped", "label_excluded",
		"category_excluded", "below_threshold", "image_missing", "image_not_fetched",
		"image_empty", "image_not_an_image",
		"image_unsupported_format", "image_truncated", "image_corrupt", "image_too_small",
		"image_too_many_pixels", "image_blank", "duplicate_of"} {
		if c.Reasons[reason] == 0 {
			t.Errorf("no row was rejected as %s", reason)
		}
	}
}

func compareWorld(t *testing.T, dir string, w *world, counts *oracleCounts) {
	t.Helper()
	fatal := func(format string, args ...any) {
		t.Helper()
		kept := filepath.Join(os.TempDir(), fmt.Sprintf("dermset-world-%d", w.seed))
		_ = os.RemoveAll(kept)
		_ = os.CopyFS(kept, os.DirFS(dir))
		t.Fatalf("repeat with DERMSET_SEED=%d; the workspace is kept in %s\n%s", w.seed, kept, fmt.Sprintf(format, args...))
	}
	if err := w.write(dir); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(w.seed, 29))
	settings := workspace.Resources{Workers: 1 + r.IntN(3),
		BatchBytes: pick(r, []int{1, 64, 500, 1 << 20}), MemoryBytes: 1 << 28}
	want := solve(w)
	_, err := buildIn(context.Background(), dir, "publish", settings)
	if conflict := w.pinsConflict(want); (err != nil) != conflict {
		fatal("error %v, but two pins in one group: %t", err, conflict)
	}
	counts.note(want)
	if err != nil {
		counts.Refused++
	} else if problem := w.compare(filepath.Join(dir, "dist", "DXv1.0-draft"), want, counts); problem != "" {
		fatal("%s", problem)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}

func (c *oracleCounts) note(a *answer) {
	c.Worlds++
	if c.Reasons == nil {
		c.Reasons = map[string]int{}
	}
	for _, v := range a.rows {
		c.Rows++
		if v.stage != "" {
			c.Reasons[v.reason]++
			continue
		}
		c.Selected++
		for what, is := range map[*int]bool{
			&c.Merged: v.mapped != v.final, &c.Tied: v.tied, &c.Given: v.source.given && len(v.soft) > 1,
			&c.Ranked: !v.source.given && len(v.soft) > 1, &c.Overridden: v.overridden, &c.Derived: v.origin == "derived",
			&c.DerivedTie: v.origin == "derived_tie", &c.Pictureless: v.source.pictureless,
		} {
			if is {
				*what++
			}
		}
	}
}

// selectedHeader and the others are spec 10's.
var (
	selectedHeader = strings.Split("image_id,image_path,source,source_path,sha256,sha256_published,source_label,"+
		"mapped_name,target_name,icd11_codes,class_id,split,"+
		"group_id,patient_id,lesion_id,sex,age,body_part,body_part_origin,fitzpatrick,fitzpatrick_origin,ita,image_type,"+
		"image_type_origin,image_type_confidence,"+
		"width,height,crops,crop_state,label_origin,diagnosis_method,licence", ",")
	softHeader     = strings.Split("image_id,image_path,target_name,class_id,split,readers,tied_top,soft_labels", ",")
	rejectedHeader = strings.Split("image_id,source,source_path,source_label,target_name,stage,reason,detail", ",")
	stageHeaders   = [3][]string{
		strings.Split("target_name,icd11_codes,images,sources,patients,groups", ","),
		strings.Split("target_name,icd11_codes,images,sources,patients,groups,merged_from", ","),
		strings.Split("target_name,icd11_codes,images,sources,patients,groups,merged_from,class_id,train,val,test", ","),
	}
)

// compare holds a version against the answer; what differs comes as text.
func (w *world) compare(dist string, a *answer, counts *oracleCounts) string {
	var problems []string
	read := func(name string, header []string) []map[string]string {
		got, rows, err := readCSV(filepath.Join(dist, "DXv1.0_"+name+".csv"))
		if err != nil {
			problems = append(problems, err.Error())
		} else if diff := cmp.Diff(header, got); diff != "" {
			problems = append(problems, name+": header (-want +got):\n"+diff)
		}
		return rows
	}
	same := func(name string, want, got any) {
		if diff := cmp.Diff(want, got); diff != "" {
			problems = append(problems, name+" (-want +got):\n"+diff)
		}
	}
	selected := read("selected_unsampled", selectedHeader)
	soft := read("selected_unsampled_soft", softHeader)
	rejected := read("rejected", rejectedHeader)
	var wantSelected, wantRejected []map[string]string
	var alive []*verdict
	for _, v := range a.rows {
		if v.stage == "" {
			alive = append(alive, v)
			wantSelected = append(wantSelected, w.selectedRow(v, a))
		} else {
			wantRejected = append(wantRejected, map[string]string{
				"image_id": v.id, "source": v.source.name, "source_path": v.row.path, "source_label": v.label,
				"target_name": v.target, "stage": v.stage, "reason": v.reason, "detail": v.detail,
			})
		}
	}
	for _, row := range rejected {
		if row["detail"] != "" && strings.HasPrefix(row["reason"], "image_") { // in words that no contract fixes
			row["detail"] = said
		}
	}
	same("rejected", wantRejected, rejected)
	splits := make([]string, len(selected))
	for i, row := range selected {
		splits[i] = row["split"]
		delete(row, "split")
	}
	if problem := w.comparePublished(dist, alive, selected, soft); problem != "" {
		problems = append(problems, "published: "+problem)
	}
	same("selected", wantSelected, selected)
	if len(problems) > 0 {
		return strings.Join(problems, "\n")
	}
	for i, v := range alive {
		if i >= len(soft) {
			problems = append(problems, "the soft table is too short")
			break
		}
		if problem := softProblem(v, splits[i], a, soft[i]); problem != "" {
			problems = append(problems, problem)
		}
	}
	for i, v := range alive {
		for _, class := range a.tables[2] {
			if class["target_name"] == v.final {
				for _, split := range splitNames {
					n, _ := strconv.Atoi(class[split])
					if split == splits[i] {
						n++
					}
					class[split] = strconv.Itoa(n)
				}
			}
		}
	}
	for stage, header := range stageHeaders {
		name := fmt.Sprintf("classes_stage%d", stage+1)
		same(name, a.tables[stage], read(name, header))
	}
	values := [2][]string{{"1", "2", "3", "4", "5", "6", "unknown"},
		{"clinical", "dermoscopy", "non-dermatological", "unknown"}}
	for i, what := range []string{"fitzpatrick", "image_type"} {
		file := strings.ReplaceAll(what, "_", "")
		of := func(v *verdict) string { return w.describe(v)[what] }
		same(file, distribution(what, of, values[i], alive, a),
			read(file+"_distribution", []string{"target_name", "class_id", what, "images", "percent"}))
		same(file, summary(what, of, values[i], alive, splits),
			read(file+"_summary", []string{what, "images", "percent", "train", "val", "test"}))
	}
	if problem := w.compareCounts(filepath.Join(dist, "quality.json"), a); problem != "" {
		problems = append(problems, problem)
	}
	if problem := w.compareIDFindings(dist, a, counts); problem != "" {
		problems = append(problems, problem)
	}
	if problem := w.compareDuplicates(dist, a, counts); problem != "" {
		problems = append(problems, problem)
	}
	if problem := w.compareCrops(dist, alive, counts); problem != "" {
		problems = append(problems, problem)
	}
	problems = append(problems, w.checkSplit(filepath.Join(dist, "quality.json"), a, alive, splits, counts)...)
	return strings.Join(problems, "\n")
}

func (w *world) selectedRow(v *verdict, a *answer) map[string]string {
	crops, state := w.cropsOf(v)
	cropCount := strconv.Itoa(len(crops))
	if !w.pictured(v.source) {
		cropCount = ""
	}
	row := map[string]string{
		"image_id": v.id, "image_path": "", "source": v.source.name, "source_path": v.row.path, "sha256": v.sum,
		"sha256_published": "", "source_label": v.label, "mapped_name": v.mapped, "target_name": v.final,
		"icd11_codes": listText(w.codes(v.final, true)), "class_id": strconv.Itoa(slices.Index(a.classes, v.final)),
		"group_id": v.group, "patient_id": v.patient, "lesion_id": v.lesion, "sex": v.row.sex.means,
		"age": v.row.age.means, "width": sizeText(v.width), "height": sizeText(v.height), "crops": cropCount,
		"crop_state": state, "label_origin": v.origin,
		"diagnosis_method": v.row.method.means, "licence": v.source.licence,
	}
	maps.Copy(row, w.describe(v))
	return row
}

// softProblem compares a row of the soft table; p must be equal as float32 and written in as few digits as tell it.
func softProblem(v *verdict, split string, a *answer, got map[string]string) string {
	labels := got["soft_labels"]
	delete(got, "soft_labels")
	want := map[string]string{"image_id": v.id, "image_path": "", "target_name": v.final,
		"class_id": strconv.Itoa(slices.Index(a.classes, v.final)), "split": split, "readers": strconv.Itoa(v.readers),
		"tied_top": strconv.FormatBool(v.tied)}
	if diff := cmp.Diff(want, got); diff != "" {
		return "soft (-want +got):\n" + diff + labels
	}
	var shares []share
	decoder := json.NewDecoder(strings.NewReader(labels))
	decoder.UseNumber()
	open, err := decoder.Token()
	if err != nil || open != json.Delim('{') {
		return fmt.Sprintf("%s: soft_labels %q is no object", v.id, labels)
	}
	for decoder.More() {
		name, err := decoder.Token()
		value, err2 := decoder.Token()
		digits, isNumber := value.(json.Number)
		if err != nil || err2 != nil || !isNumber {
			return fmt.Sprintf("%s: soft_labels %q", v.id, labels)
		}
		p, err := strconv.ParseFloat(string(digits), 32)
		if err != nil || len(digits) > len(strconv.FormatFloat(p, 'f', -1, 32)) {
			return fmt.Sprintf("%s: %s is not the shortest decimal: %v", v.id, digits, err)
		}
		shares = append(shares, share{name.(string), float32(p)})
	}
	if diff := cmp.Diff(v.soft, shares, cmp.AllowUnexported(share{})); diff != "" {
		return fmt.Sprintf("%s: soft labels of %s (-want +got):\n%s", v.id, v.row.differentials, diff)
	}
	return ""
}
