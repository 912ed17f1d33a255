package ledger

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/engine/enginetest"
	"github.com/dermset/dermset/rows"
)

// groupsOf runs rows "path patient lesion" of sources through groups and shows their ids by image_id,
// as letters by first appearance.
func groupsOf(t *testing.T, o GroupOptions, sources []GroupSource, lists ...[]string) (string, []rows.Finding) {
	t.Helper()
	schema := joinedSchema
	g := NewGroups(o)
	var batches [][]row
	for i, s := range sources {
		var list []row
		for _, r := range lists[i] {
			cells := strings.Split(r, " ")
			made := row{"image_path": cells[0], "reason": uint8(0), "mapped": 0}
			for j, name := range []string{"", "patient_id", "lesion_id"} {
				if j > 0 && cells[j] != "-" {
					made[name] = cells[j]
				}
			}
			if len(cells) > 3 {
				made["mapped"] = int(cells[3][0] - '0')
			}
			list = append(list, made)
		}
		batches = append(batches, list)
		drain(t, enginetest.Stream(t, schema, list, 2), must(g.Sink(s, schema)))
	}
	l, findings := g.Ledger()
	letters := ""
	for row := range l.rows() {
		letters += string(rune('A' + l.group.get(row)))
	}
	for i := range sources {
		drain(t, enginetest.Stream(t, schema, batches[i], 2), must(l.Identify(i, schema)))
	}
	if err := l.Check(); err != nil {
		t.Fatal(err)
	}
	return letters, findings
}

func TestGroups(t *testing.T) {
	both := GroupOptions{Patient: true, Lesion: true, Names: []string{"acne", "wart"}}
	own := []GroupSource{{Name: "a", Space: "a"}, {Name: "b", Space: "b"}}
	shared := []GroupSource{{Name: "a", Space: "s"}, {Name: "b", Space: "s"}}
	scope := []GroupSource{{Name: "a", Space: "a", LesionScopeSource: true}, {Name: "b", Space: "b"}}
	tests := []struct {
		name    string
		options GroupOptions
		sources []GroupSource
		a, b    []string
		want    string
	}{
		{"patient", both, own, []string{"1 p -", "2 q -", "3 p -"}, nil, "ABA"},
		{"no patient edge", GroupOptions{Lesion: true}, own, []string{"1 p -", "2 q -", "3 p -"}, nil, "ABC"},
		{"empty ids join nothing", both, own, []string{"1 - -", "2 - -", "3 - -"}, nil, "ABC"},
		{"lesion of one patient", GroupOptions{Lesion: true}, own, []string{"1 p l", "2 q l", "3 p l"}, nil, "ABA"},
		{"lesions without patient", GroupOptions{Lesion: true}, own, []string{"1 - l", "2 p l", "3 - l"}, nil, "ABA"},
		{"lesion scope source", GroupOptions{Lesion: true}, scope, []string{"1 - l", "2 p l", "3 q l"}, nil, "AAA"},
		{"no lesion edge", GroupOptions{Patient: true}, scope, []string{"1 - l", "2 p l", "3 q l"}, nil, "ABC"},
		{"chain through lesions and patients", both, scope,
			[]string{"1 p l", "2 q m", "3 r n", "4 p m", "5 r l"}, nil, "AAAAA"},
		{"late bridge", both, scope, []string{"1 p -", "2 q -", "3 p l", "4 q l"}, nil, "AAAA"},
		{"other spaces", both, own, []string{"1 p l"}, []string{"1 p l", "2 - l"}, "ABC"},
		{"one space", both, shared, []string{"1 p l", "2 - m"}, []string{"1 p k", "2 - m"}, "ABAB"},
		{"ids that look alike", both, own,
			[]string{"1 p -", "2 p\x00 -", "3 P -", "4 " + strings.Repeat("p", 11) + " -",
				"5 " + strings.Repeat("p", 12) + " -"}, nil, "ABCDE"},
	}
	for _, test := range tests {
		if got, _ := groupsOf(t, test.options, test.sources, test.a, test.b); got != test.want {
			t.Errorf("%s: groups %s, want %s", test.name, got, test.want)
		}
	}
}

func TestLesionFindings(t *testing.T) {
	o := GroupOptions{Names: []string{"acne", "wart"}}
	_, got := groupsOf(t, o, []GroupSource{{Name: "a", Space: "a", LesionScopeSource: true}, {Name: "b", Space: "b"}},
		[]string{"1 - l 0", "2 p l 1", "3 q l 0", "4 - m 0", "5 p m 0"}, []string{"1 p l 0", "2 q l 1", "3 p l 1"})
	want := []rows.Finding{
		finding(FindingLesionTwoLabels, 0, 0, "l", 3, `mapped to "acne", "wart"`),
		finding(FindingLesionTwoPatients, 0, 0, "l", 3, `rows of another patient: 1, the first of them is image 3 of "a"`),
		finding(FindingLesionTwoLabels, 1, 0, "l", 2, `mapped to "acne", "wart"`),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestGroupsWantSourcesInOrder(t *testing.T) {
	schema := joinedSchema
	g := NewGroups(GroupOptions{})
	must(g.Sink(GroupSource{Name: "b"}, schema))
	for _, name := range []string{"a", "b"} {
		if _, err := g.Sink(GroupSource{Name: name}, schema); err == nil {
			t.Errorf("source %q was taken behind b", name)
		}
	}
}

func TestLedgerPlaces(t *testing.T) {
	l := New([]Source{{"a", 0}, {"b", 2}, {"c", 0}, {"d", 1}})
	for number, want := range [][2]int64{{1, 0}, {1, 1}, {3, 0}} {
		source, row := l.Place(int64(number))
		if int64(source) != want[0] || row != want[1] || l.Row(source, row) != int64(number) {
			t.Errorf("row %d is at %d, %d, want %v", number, source, row, want)
		}
	}
}

func TestIdentifyWantsAllRows(t *testing.T) {
	schema := joinedSchema
	g := NewGroups(GroupOptions{})
	in := []row{{"image_path": "1", "reason": uint8(0)}, {"image_path": "2", "reason": uint8(0)}}
	drain(t, enginetest.Stream(t, schema, in, 0), must(g.Sink(GroupSource{Name: "a"}, schema)))
	l, _ := g.Ledger()
	if l.Check() == nil {
		t.Error("a ledger without group ids passed the check")
	}
	drain(t, enginetest.Stream(t, schema, in[:1], 0), must(l.Identify(0, schema)))
	if err := l.Check(); err == nil || !strings.Contains(err.Error(), "1 rows have not been seen") {
		t.Errorf("error %v", err)
	}
	g = NewGroups(GroupOptions{})
	drain(t, enginetest.Stream(t, schema, in[:1], 0), must(g.Sink(GroupSource{Name: "a"}, schema)))
	l, _ = g.Ledger()
	if err := enginetest.Drain(enginetest.Stream(t, schema, in, 0), must(l.Identify(0, schema))); err == nil {
		t.Error("a row too many was taken")
	}
}

func TestKeyTable(t *testing.T) {
	table := keyTable{spaces: make([]keySlots, 3)}
	index := map[string]int{}
	rng := rand.New(rand.NewPCG(1, 2))
	for row := range 60000 {
		owner, id := uint32(rng.IntN(9000)), strings.Repeat("x", 9*rng.IntN(2))+fmt.Sprint(rng.IntN(3))
		key, space := fmt.Sprint(owner, " ", id), owner%3
		want, known := index[key]
		if !known {
			want = len(index)
			index[key] = want
		}
		if got, isNew := table.number(space, owner, keyOf(id), int32(row)); got != want || isNew == known {
			t.Fatalf("row %d: number %d, new %t, want %d, %t", row, got, isNew, want, !known)
		}
	}
}

// The key tables stay within the bytes that Groups promises, even if every row is a patient and a lesion of its own.
func TestGroupsMemory(t *testing.T) {
	if testing.Short() || raceEnabled {
		return
	}
	const many = 2_000_000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	g := NewGroups(GroupOptions{Patient: true, Lesion: true})
	g.patients.spaces, g.lesions.spaces = make([]keySlots, 1), make([]keySlots, 1)
	for row := range int32(many) {
		id := keyID{uint32(row), 7, 4 << 24}
		patient, _ := g.patients.number(0, 0, id, row)
		g.lesions.number(0, uint32(patient), id, row)
		g.found.first(lesionRow{})
		g.ledger.group.add(row)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	perRow := float64(after.HeapAlloc-before.HeapAlloc) / many
	t.Logf("%.1f bytes a row", perRow)
	if perRow > 65 {
		t.Errorf("%.1f bytes a row, want at most 64 and what the test itself takes", perRow)
	}
	runtime.KeepAlive(g)
}
