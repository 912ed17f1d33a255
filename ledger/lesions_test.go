package ledger

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	diff "github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/engine/enginetest"
	"github.com/dermset/dermset/rows"
)

// naiveRow is a row of a lesion.
type naiveRow struct {
	source, row   int
	alive, scoped bool
	name          int
	patient       string
}

// naiveFindings are the findings of one lesion, said row by row.
func naiveFindings(lesion string, list []naiveRow, sources []GroupSource, names []string) (found []rows.Finding) {
	shown, known := list[0], "" // known: a patient of a row that was shown, or of the first row with one
	var first, other *naiveRow
	others := 0
	for i, r := range list[1:] {
		patient := cmp.Or(shown.patient, known)
		switch {
		case !r.scoped || r.patient == "" || r.patient == patient:
		case patient == "":
			known = r.patient
		default:
			if others++; others == 1 {
				at := shown
				first, other = &at, &list[1+i]
			}
		}
		if r.alive && !shown.alive {
			if r.patient == "" && shown.patient != "" {
				known = shown.patient
			}
			shown = r
		}
	}
	add := func(id string, at naiveRow, detail string) {
		found = append(found, finding(id, at.source, int64(at.row), lesion, int64(min(len(list), 255)), detail))
	}
	if others > 0 {
		add(FindingLesionTwoPatients, *first, fmt.Sprintf("rows of another patient: %d, the first of them is image %d of %q",
			others, other.row+1, sources[other.source].Name))
	}
	var used []int
	for _, r := range list {
		if r.alive && !slices.Contains(used, r.name) {
			used = append(used, r.name)
		}
	}
	slices.Sort(used)
	if len(used) > 1 {
		detail := "mapped to"
		for i, name := range used {
			detail += fmt.Sprintf("%s %q", []string{"", ","}[min(i, 1)], names[name])
		}
		add(FindingLesionTwoLabels, shown, detail)
	}
	return found
}

// naiveCap lists so many of each kind.
func naiveCap(found []rows.Finding, limit int) (out []rows.Finding) {
	slices.SortFunc(found, func(a, b rows.Finding) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Row, b.Row), cmp.Compare(a.ID, b.ID))
	})
	type kind struct {
		source int
		id     string
	}
	count := map[kind]int64{}
	for _, f := range found {
		if count[kind{f.Source, f.ID}]++; limit == 0 || count[kind{f.Source, f.ID}] <= int64(limit) {
			out = append(out, f)
		}
	}
	var more []rows.Finding
	for k, n := range count {
		if limit > 0 && n > int64(limit) {
			more = append(more, rows.Finding{ID: k.id, Source: k.source, Row: -1, Images: n,
				Detail: fmt.Sprintf("there are %d of these, the first %d are listed", n, limit)})
		}
	}
	slices.SortFunc(more,
		func(a, b rows.Finding) int { return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.ID, b.ID)) })
	return append(out, more...)
}

// Findings are kept small and few on the way; what is listed is what is listed if all are kept.
func TestLesionFindingsAgree(t *testing.T) {
	schema := joinedSchema
	names := []string{"a", "b\n", "c", "d"}
	sources := []GroupSource{{Name: "a", Space: "s", LesionScopeSource: true}, {Name: "b", Space: "s"},
		{Name: "c", Space: "c", LesionScopeSource: true}, {Name: "d", Space: "s"}}
	for seed := range uint64(150) {
		rng := rand.New(rand.NewPCG(seed, 3))
		limit, keys := rng.IntN(5), 1+rng.IntN(20)
		g := NewGroups(GroupOptions{Patient: rng.IntN(2) == 0, Lesion: rng.IntN(2) == 0, Names: names, MaxFindings: limit})
		lesions := map[string][]naiveRow{}
		subjects := map[string]string{}
		for i, s := range sources {
			var list []row
			for at := range rng.IntN(120) {
				r := naiveRow{source: i, row: at, alive: rng.IntN(4) > 0, scoped: s.LesionScopeSource,
					name: rng.IntN(1 + rng.IntN(len(names)))}
				made := row{"image_path": fmt.Sprint(at), "reason": uint8(rows.Unmapped)}
				if r.alive {
					made["reason"], made["mapped"] = uint8(rows.Alive), r.name
				}
				if rng.IntN(3) > 0 {
					r.patient = fmt.Sprint("patient ", rng.IntN(keys))
					made["patient_id"] = r.patient
				}
				lesion := fmt.Sprint("lesion ", rng.IntN(keys))
				made["lesion_id"] = lesion
				key := s.Space + lesion
				if r.patient != "" && !r.scoped {
					key += r.patient
				}
				lesions[key], subjects[key] = append(lesions[key], r), lesion
				list = append(list, made)
			}
			drain(t, enginetest.Stream(t, schema, list, 7), must(g.Sink(s, schema)))
		}
		var want []rows.Finding
		for key, list := range lesions {
			want = append(want, naiveFindings(subjects[key], list, sources, names)...)
		}
		_, got := g.Ledger()
		if d := diff.Diff(naiveCap(want, limit), got); d != "" && len(want)+len(got) > 0 {
			t.Fatalf("world %d, at most %d (-want +got):\n%s", seed, limit, d)
		}
	}
}

func TestGiantGroupsAreCounted(t *testing.T) {
	l := splitLedger(nil)
	for group := range int32(5) {
		for range 60 {
			l.group.add(group)
		}
		l.ids.add(uint64(group))
	}
	l.groups, l.Sources[0].Rows, l.maxFindings = 5, 300, 2
	l.starts = []int64{0, 300}
	got := l.GiantGroups()
	want := rows.Finding{ID: FindingGiantGroup, Row: -1, Images: 5, Detail: "there are 5 of these, the first 2 are listed"}
	if len(got) != 3 || got[1].Row != 60 || diff.Diff(want, got[2]) != "" {
		t.Errorf("findings %v", got)
	}
	l.maxFindings = 0
	if n := len(l.GiantGroups()); n != 5 {
		t.Errorf("%d findings without a limit, want 5", n)
	}
}
