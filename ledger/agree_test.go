package ledger_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/rows"
)

// Everything but the split itself, of which split_test.go checks what spec 8.6 promises, must be what the oracle says.
func TestRulesAgreeWithTheOracle(t *testing.T) {
	worlds(t, 500, func(t *testing.T, rng *rand.Rand, w *world) {
		list := w.oracleRows()
		w.oraclePictures(list)
		w.oracleGroups(list)
		stage3 := w.oracleFates(list)
		o := w.run(t, 1+rng.IntN(9))
		w.agreeOnJoin(t, o, list)
		w.agreeOnLabels(t, o)
		w.agreeOnFindings(t, o, list)
		if o.err != nil {
			if len(w.options.Split.Pin) < 2 && !(w.options.Split.LockFail && w.locked != nil) {
				t.Error(o.err)
			}
			return
		}
		w.agreeOnFates(t, o, list)
		w.agreeOnClasses(t, o, list, stage3)
		w.agreeOnSoftLabels(t, o, list, stage3)
		if diff := cmp.Diff(w.oraclePairs(list), o.pairs); diff != "" {
			t.Errorf("pairs (-want +got):\n%s", diff)
		}
	})
}

func text(r row, column string) string {
	s, _ := r[column].(string)
	return s
}

func (w *world) agreeOnJoin(t *testing.T, o *outcome, list []*oracleRow) {
	t.Helper()
	got := slices.Concat(o.joined...)
	if len(got) != len(list) {
		t.Fatalf("%d rows behind join, want %d", len(got), len(list))
	}
	for i, r := range list {
		g := got[i]
		mapped, class := int32(-1), int32(-1)
		if m, has := g["mapped"].(int32); has {
			mapped = m
		}
		if c, has := g["class"].(int32); has {
			class = c
		}
		entries, _ := g["differential"].([]row)
		want := fmt.Sprintf("%q %q %q %q %v %q %q bad %t entries %d",
			r.label, r.origin, r.patient, r.lesion, r.reason, r.mapped, r.class, r.bad, len(r.entries))
		have := fmt.Sprintf("%q %q %q %q %v %q %q bad %t entries %d", text(g, "source_label"), text(g, "label_origin"),
			text(g, "patient_id"), text(g, "lesion_id"), rows.Reason(g["reason"].(uint8)), w.nameOf(mapped), w.nameOf(class),
			strings.HasPrefix(text(g, "bad"), `["differentials=`), len(entries))
		if want != have {
			t.Fatalf("row %s: %s, want %s", r.id, have, want)
		}
	}
}

func (w *world) agreeOnLabels(t *testing.T, o *outcome) {
	t.Helper()
	for i, s := range w.sources {
		want := map[string]int64{}
		for _, cells := range s.rows {
			named := map[string]bool{cells["label"]: true}
			entries, _ := oracleDifferentials(cells["differentials"])
			for _, e := range entries {
				named[e.Label] = true
			}
			for label := range named {
				if label != "" {
					want[label]++
				}
			}
		}
		if diff := cmp.Diff(want, o.labels[i]); diff != "" {
			t.Fatalf("labels of %q (-want +got):\n%s", s.group.Name, diff)
		}
	}
}

// agreeOnFindings checks which lesions and groups are findings, and their images.
func (w *world) agreeOnFindings(t *testing.T, o *outcome, list []*oracleRow) {
	t.Helper()
	var want, got []string
	lesions, groups := map[string][]*oracleRow{}, map[string]int{}
	for _, r := range list {
		groups[r.groupID]++
		if r.lesion == "" {
			continue
		}
		key := fmt.Sprintf("%q %q", r.space, r.lesion)
		if r.patient != "" && !w.sources[r.index].group.LesionScopeSource {
			key += fmt.Sprintf(" %q", r.patient)
		}
		lesions[key] = append(lesions[key], r)
	}
	for _, of := range lesions {
		names, patients := map[string]bool{}, map[string]bool{}
		scoped := false
		for _, r := range of {
			if r.reason == rows.Alive {
				names[r.mapped] = true
			}
			if r.patient != "" {
				patients[r.patient] = true
				scoped = true // only sources with lesion_scope source have rows with patients in such a lesion
			}
		}
		if len(names) > 1 {
			want = append(want, fmt.Sprint("lesion_two_labels ", of[0].lesion, len(of)))
		}
		if len(patients) > 1 && scoped {
			want = append(want, fmt.Sprint("lesion_two_patients ", of[0].lesion, len(of)))
		}
	}
	for id, n := range groups {
		if n > 50 {
			want = append(want, fmt.Sprint("giant_group ", id, n))
		}
	}
	if o.err == nil { // else nobody has compared them
		want = append(want, w.oracleConflicts(list)...)
	}
	for _, f := range o.findings {
		got = append(got, fmt.Sprint(f.ID, " ", f.Subject, f.Images))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("findings (-want +got):\n%s", diff)
	}
}

func (w *world) agreeOnFates(t *testing.T, o *outcome, list []*oracleRow) {
	t.Helper()
	got := slices.Concat(o.final...)
	if len(got) != len(list) || int(o.decision.Funnel.Rows) != len(list) {
		t.Fatalf("%d rows, funnel says %d, want %d", len(got), o.decision.Funnel.Rows, len(list))
	}
	var want ledger.Funnel
	for i, r := range list {
		g := got[i]
		target := int32(-1)
		if m, has := g["target"].(int32); has {
			target = m
		}
		have := fmt.Sprintf("%v %q group %s of %q",
			rows.Reason(g["fate"].(uint8)), w.nameOf(target), fmt.Sprintf("%016x", g["group"]), text(g, "detail"))
		if want := fmt.Sprintf("%v %q group %s of %q", r.fate, r.target, r.groupID, r.detail); have != want {
			t.Fatalf("row %s: %s, want %s", r.id, have, want)
		}
		_, hasID := g["class_id"]
		_, hasSplit := g["split"]
		if alive := r.fate == rows.Alive; hasID != alive || hasSplit != alive {
			t.Fatalf("row %s: class_id %v, split %v, but fate %v", r.id, g["class_id"], g["split"], r.fate)
		}
		want.Rows++
		if r.fate == rows.Alive {
			want.Selected++
		} else {
			want.Rejected[r.fate]++
		}
	}
	if diff := cmp.Diff(want, o.decision.Funnel); diff != "" {
		t.Fatalf("funnel (-want +got):\n%s", diff)
	}
}

func (w *world) agreeOnClasses(t *testing.T, o *outcome, list []*oracleRow, stage3 []string) {
	t.Helper()
	show := func(table []ledger.Class) (lines []string) {
		for _, c := range table {
			var merged []string
			for _, m := range c.MergedFrom {
				merged = append(merged, w.names[m])
			}
			lines = append(lines, fmt.Sprintf("%s %d %d %d %d [%s]",
				w.names[c.Name], c.Images, c.Sources, c.Patients, c.Groups, strings.Join(merged, " ")))
		}
		return lines
	}
	d := o.decision
	for stage, tables := range map[string][2][]string{
		"1": {oracleTable(list, func(r *oracleRow) string { return r.mapped }), show(d.Stage1)},
		"2": {oracleTable(list, func(r *oracleRow) string {
			if r.lost == rows.Alive {
				return r.class
			}
			return ""
		}), show(d.Stage2)},
		"3": {oracleTable(list, func(r *oracleRow) string {
			if r.fate == rows.Alive {
				return r.class
			}
			return ""
		}), show(d.Stage3)},
	} {
		if diff := cmp.Diff(tables[0], tables[1]); diff != "" {
			t.Fatalf("classes of stage %s (-want +got):\n%s", stage, diff)
		}
	}
	if len(d.Classes) != len(stage3) {
		t.Fatalf("%d classes, want %v", len(d.Classes), stage3)
	}
	for id, name := range d.Classes {
		if w.names[name] != stage3[id] || d.ClassID[name] != int32(id) || d.Stage3[id].ClassID != int32(id) {
			t.Fatalf("class_id %d is %q, want %q", id, w.names[name], stage3[id])
		}
	}
	var splits [3]int64
	perClass := make([][3]int64, len(stage3))
	for _, g := range slices.Concat(o.final...) {
		if s, has := g["split"].(uint8); has {
			splits[s]++
			perClass[g["class_id"].(int32)][s]++
		}
	}
	if splits != d.Split.Images {
		t.Fatalf("splits have %v images, want %v", d.Split.Images, splits)
	}
	for id := range stage3 {
		if d.Stage3[id].Splits != perClass[id] {
			t.Fatalf("splits of %q have %v images, want %v", stage3[id], d.Stage3[id].Splits, perClass[id])
		}
	}
}

func (w *world) agreeOnSoftLabels(t *testing.T, o *outcome, list []*oracleRow, stage3 []string) {
	t.Helper()
	got := slices.Concat(o.final...)
	for i, r := range list {
		g := got[i]
		if r.fate != rows.Alive {
			if g["readers"] != nil || g["tied_top"] != nil || g["soft_labels"] != nil {
				t.Fatalf("row %s is rejected and has soft labels", r.id)
			}
			continue
		}
		classOf := func(label string) string {
			name, known := w.sources[r.index].join.Labels[label]
			if !known || name < 0 || w.final[name] < 0 || !slices.Contains(stage3, w.names[w.final[name]]) {
				return ""
			}
			return w.names[w.final[name]]
		}
		want := oracleSoft(r.entries, classOf, r.class, w.sources[r.index].join.Given)
		readers := map[string]bool{}
		for _, e := range r.entries {
			readers[e.Reader] = true
		}
		wantText := fmt.Sprintf("%d readers, tied %t:", len(readers), len(want) > 1 && want[0].p == want[1].p)
		for _, s := range want {
			wantText += fmt.Sprintf(" %s %v", s.class, s.p)
		}
		gotText := fmt.Sprintf("%d readers, tied %t:", g["readers"], g["tied_top"])
		var sum float64
		for _, s := range g["soft_labels"].([]row) {
			p := s["p"].(float32)
			sum += float64(p)
			gotText += fmt.Sprintf(" %s %v", stage3[s["class_id"].(int32)], p)
		}
		if wantText != gotText {
			t.Fatalf("row %s: %s, want %s", r.id, gotText, wantText)
		}
		if math.Abs(sum-1) > 1e-6 {
			t.Fatalf("row %s: soft labels add up to %v", r.id, sum)
		}
	}
}

// oracleConflicts are the findings of images that are equal, or nearly, and of different classes.
func (w *world) oracleConflicts(list []*oracleRow) (want []string) {
	of := oraclePictures(list)
	compared := func(set []*oracleRow) (classes []string, images int) {
		for _, r := range set {
			if is := classesCompared(r); len(is) > 0 {
				classes = append(classes, is...)
				images++
			}
		}
		slices.Sort(classes)
		return slices.Compact(classes), images
	}
	agree := func(set []*oracleRow) bool {
		for _, a := range set {
			for _, b := range set {
				if slices.Contains(classesCompared(a), a.class) && slices.Contains(classesCompared(b), b.class) &&
					a.class != b.class && !w.saidOf(w.different, a, b) {
					return false
				}
			}
		}
		return true
	}
	for _, set := range of {
		if classes, images := compared(set); !agree(set) {
			want = append(want, fmt.Sprint("duplicate_conflict ", set[0].id, ": ", strings.Join(classes, ", "), images))
		}
	}
	for _, pair := range w.oraclePairs(list) {
		distance, _ := strconv.Atoi(pair[3])
		if pair[2] != "near" || distance > int(w.within) {
			continue
		}
		var sets [2][]*oracleRow
		for _, set := range of {
			for i, id := range pair[:2] {
				if slices.ContainsFunc(set, func(r *oracleRow) bool { return r.id == id }) {
					sets[i] = set
				}
			}
		}
		a, imagesA := compared(sets[0])
		b, imagesB := compared(sets[1])
		if len(a) > 0 && len(b) > 0 && !slices.Equal(a, b) {
			classes := slices.Concat(a, b)
			slices.Sort(classes)
			want = append(want, fmt.Sprint("duplicate_conflict ", pair[0], " and ", pair[1], ": ",
				strings.Join(slices.Compact(classes), ", "), imagesA+imagesB))
		}
	}
	return want
}

// classesCompared is the class of a row that is compared with equal ones.
func classesCompared(r *oracleRow) []string {
	if r.lost == rows.DuplicateOf || r.compared() {
		return []string{r.class}
	}
	return nil
}
