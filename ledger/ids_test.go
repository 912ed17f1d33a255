package ledger

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/engine/enginetest"
	"github.com/dermset/dermset/rows"
)

// spelled are ways to write the id of a number.
var spelled = []func(n int) string{
	func(n int) string { return fmt.Sprint("Person ", n) },
	func(n int) string { return fmt.Sprint("person", n) },
	func(n int) string { return fmt.Sprintf("PERSON 000%d.0", n) },
	func(n int) string { return fmt.Sprintf(" person\u00a0%d", n) },
	func(n int) string { return fmt.Sprintf("%sperson %d", strings.Repeat(" ", 30), n) },
}

// A naiveID is one spelling of an id, with the rows that have it.
type naiveID struct {
	source, row, alive int // of its first row, and of its first alive one
	images             int
	text               string
	sexes              map[string]bool
	youngest, oldest   float64
}

// naiveVariant is the finding of ids that are one, if there are several.
func naiveVariant(what string, ids []*naiveID, sources []GroupSource) (found []rows.Finding) {
	if len(ids) < 2 {
		return nil
	}
	slices.SortFunc(ids, func(a, b *naiveID) int {
		return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.row, b.row))
	})
	f := rows.Finding{ID: FindingIDVariant, Source: ids[0].source, Row: int64(ids[0].row)}
	var texts, places []string
	for i, id := range ids {
		f.Images += int64(id.images)
		if i < 10 {
			texts = append(texts, fmt.Sprintf("%q", id.text))
			places = append(places, fmt.Sprintf("%q in image %d of %q", id.text, id.row+1, sources[id.source].Name))
		}
	}
	slices.Sort(texts)
	f.Subject = strings.ReplaceAll("["+strings.Join(texts, ",")+"]", `\u00a0`, "\u00a0")
	f.Detail = "one " + what + " in several spellings, as it seems: " + strings.Join(places, ", ")
	if more := len(ids) - 10; more > 0 {
		f.Detail += fmt.Sprintf(" and %d more", more)
	}
	return []rows.Finding{f}
}

func naiveDiffers(id *naiveID) (found []rows.Finding) {
	if len(id.sexes) < 2 && id.oldest-id.youngest < 20 {
		return nil
	}
	var said []string
	if len(id.sexes) > 0 {
		var sexes []string
		for sex := range id.sexes {
			sexes = append(sexes, sex)
		}
		slices.Sort(sexes)
		said = append(said, "sex "+strings.Join(sexes, " and "))
	}
	switch {
	case id.oldest > id.youngest:
		said = append(said, fmt.Sprintf("age %g to %g", id.youngest, id.oldest))
	case id.oldest == id.youngest:
		said = append(said, fmt.Sprintf("age %g", id.oldest))
	}
	return []rows.Finding{finding(FindingPatientDiffers, id.source, int64(id.row), id.text, int64(id.images),
		"rows of one patient state "+strings.Join(said, ", "))}
}

// What is found about ids by hashes and bits is what is found by comparing all rows.
func TestIDFindingsAgree(t *testing.T) {
	sources := []GroupSource{{Name: "a", Space: "s", LesionScopeSource: true}, {Name: "b", Space: "s"},
		{Name: "c", Space: "c"}, {Name: "d", Space: "s"}}
	for seed := range uint64(150) {
		rng := rand.New(rand.NewPCG(seed, 5))
		limit, keys, ways := rng.IntN(5), 1+rng.IntN(30), 1+rng.IntN(len(spelled))
		g := NewGroups(GroupOptions{Patient: rng.IntN(2) == 0, Lesion: rng.IntN(2) == 0, Names: []string{"x"},
			MaxFindings: limit})
		patients, lesions := map[string][]*naiveID{}, map[string][]*naiveID{} // by owner and number
		note := func(all map[string][]*naiveID, key, text string, r naiveRow) *naiveID {
			i := slices.IndexFunc(all[key], func(id *naiveID) bool { return id.text == text })
			if i < 0 {
				i = len(all[key])
				all[key] = append(all[key], &naiveID{source: r.source, row: r.row, alive: -1, text: text,
					sexes: map[string]bool{}, youngest: 999, oldest: -1})
			}
			id := all[key][i]
			if r.alive && id.alive < 0 {
				id.source, id.row, id.alive = r.source, r.row, r.row
			}
			id.images++
			return id
		}
		var want, partly []rows.Finding
		lists := make([][]row, len(sources))
		for i, s := range sources {
			var without, with int
			var first []string
			for at := range rng.IntN(120) {
				made := row{"image_path": fmt.Sprint(at), "reason": uint8(rows.Alive), "mapped": 0}
				patient, owner := "", ""
				if rng.IntN(30) > i { // seldom, and now and then in no row of a source
					n := rng.IntN(keys)
					patient = spelled[rng.IntN(ways)](n)
					id := note(patients, fmt.Sprint(s.Space, " ", n), patient, naiveRow{source: i, row: at})
					made["patient_id"], owner = patient, patient
					if rng.IntN(3) == 0 {
						sex := []string{"male", "female", "other"}[(n+rng.IntN(50)/49)%3]
						made["sex"], id.sexes[sex] = sex, true
					}
					if rng.IntN(3) == 0 {
						age := float64(n) + float64(rng.IntN(205))/10
						made["age"] = float32(age)
						id.youngest, id.oldest = min(id.youngest, age), max(id.oldest, age)
					}
					with++
				} else if without++; without <= 5 {
					first = append(first, fmt.Sprint(at+1))
				}
				if s.LesionScopeSource {
					owner = ""
				}
				if rng.IntN(3) > 0 {
					n := rng.IntN(keys)
					lesion := spelled[rng.IntN(ways)](n)
					alive := rng.IntN(3) > 0
					if made["lesion_id"] = lesion; !alive {
						made["reason"], made["mapped"] = uint8(rows.Unmapped), nil
					}
					note(lesions, fmt.Sprintf("%q %q %d", s.Space, owner, n), lesion, naiveRow{source: i, row: at, alive: alive})
				}
				lists[i] = append(lists[i], made)
			}
			if with > 0 && without > 0 {
				detail := fmt.Sprintf("%d of %d rows have a patient_id; images without one: %s", with, with+without,
					strings.Join(first, ", "))
				if without > 5 {
					detail += fmt.Sprintf(" and %d more", without-5)
				}
				var at int64
				fmt.Sscan(first[0], &at)
				partly = append(partly, finding(FindingPartlyMissing, i, at-1, s.Name, int64(without), detail))
			}
			drain(t, enginetest.Stream(t, joinedSchema, lists[i], 1+rng.IntN(9)), must(g.Sink(s, joinedSchema)))
		}
		for _, ids := range patients {
			for _, id := range ids {
				want = append(want, naiveDiffers(id)...)
			}
			want = append(want, naiveVariant("patient_id", ids, sources)...)
		}
		for _, ids := range lesions {
			want = append(want, naiveVariant("lesion_id", ids, sources)...)
		}
		found := g.IDFindings()
		g.Ledger()
		for i := range sources {
			if found.Wants(i) {
				drain(t, enginetest.Stream(t, joinedSchema, lists[i], 7), must(found.Recall(i, joinedSchema)))
			}
		}
		sorted := func(all []rows.Finding) []rows.Finding {
			slices.SortFunc(all, func(a, b rows.Finding) int {
				return cmp.Or(strings.Compare(a.ID, b.ID), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Row, b.Row),
					strings.Compare(a.Subject, b.Subject), strings.Compare(a.Detail, b.Detail))
			})
			return all
		}
		if d := diff.Diff(sorted(append(partly, naiveFirst(want, limit)...)), sorted(found.All())); d != "" && len(want) > 0 {
			t.Fatalf("world %d, at most %d (-want +got):\n%s", seed, limit, d)
		}
	}
}

// naiveFirst is naiveCap where several findings of an id may have one row: those of patients come first.
func naiveFirst(found []rows.Finding, limit int) []rows.Finding {
	slices.SortFunc(found, func(a, b rows.Finding) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Row, b.Row), cmp.Compare(a.ID, b.ID),
			-strings.Compare(a.Detail[:9], b.Detail[:9])) // one patient_id, one lesion_id
	})
	return naiveCap(found, limit)
}

func TestStated(t *testing.T) {
	for _, test := range []struct {
		rows    []stated
		differs bool
		text    string
	}{
		{[]stated{statedSex("male"), statedSex("male")}, false, "sex male"},
		{[]stated{statedSex("male"), 0, statedSex("other")}, true, "sex male and other"},
		{[]stated{statedAge(0), statedAge(20)}, true, "age 0 to 20"},
		{[]stated{statedAge(120), statedAge(100.01)}, false, "age 100.01 to 120"},
		{[]stated{statedAge(44.5), 0, statedAge(24.5)}, true, "age 24.5 to 44.5"},
		{[]stated{statedSex("female") | statedAge(0.1), statedSex("male")}, true, "sex female and male, age 0.1"},
		{[]stated{0, 0}, false, "sex "},
	} {
		var all stated
		for _, s := range test.rows {
			all = all.and(s)
		}
		if all.differs() != test.differs || all.String() != test.text {
			t.Errorf("%q differs: %t, want %q %t", all, all.differs(), test.text, test.differs)
		}
	}
}

// A finding does not carry megabytes of an id, and names no more than ten.
func TestIDsAreToldShort(t *testing.T) {
	if got := toldID(strings.Repeat("ü", 200)); got != strings.Repeat("ü", 128)+"…" {
		t.Error(got)
	}
	if got := toldID("x" + strings.Repeat("ü", 200)); got != "x"+strings.Repeat("ü", 127)+"…" {
		t.Error(got)
	}
	var list []row
	for i := range 12 {
		list = append(list, row{"image_path": fmt.Sprint(i), "reason": uint8(0), "patient_id": strings.Repeat(" ", i) + "7"})
	}
	g := NewGroups(GroupOptions{})
	drain(t, enginetest.Stream(t, joinedSchema, list, 0), must(g.Sink(GroupSource{Name: "a", Space: "a"}, joinedSchema)))
	found := g.IDFindings()
	drain(t, enginetest.Stream(t, joinedSchema, list, 5), must(found.Recall(0, joinedSchema)))
	got := found.All()
	if len(got) != 1 || got[0].Images != 12 || strings.Count(got[0].Subject, "7") != 10 ||
		!strings.HasSuffix(got[0].Detail, ` in image 10 of "a" and 2 more`) {
		t.Errorf("%+v", got)
	}
}
