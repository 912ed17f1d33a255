package stages

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/engine/enginetest"
)

var pathSchema = arrow.NewSchema([]arrow.Field{{Name: ColImagePath, Type: typeText}}, nil)

func TestDepict(t *testing.T) {
	known := map[string]Picture{
		"ok":      {SHA256: [32]byte{0xab, 31: 1}, Width: 600, Height: 450},
		"cut":     {SHA256: [32]byte{1}, Verdict: "truncated", Width: 600},
		"kept":    {SHA256: [32]byte{1}, Verdict: "truncated"},
		"missing": {Verdict: "missing"},
	}
	s := Depict{
		Of:   func(path string) (Picture, bool) { p, is := known[path]; return p, is },
		Kept: map[string]struct{}{"kept": {}, "missing": {}, "never": {}},
	}
	sum := "01" + strings.Repeat("0", 62)
	enginetest.Run(t, s, pathSchema,
		[]row{{"image_path": "ok"}, {"image_path": "cut"}, {"image_path": "kept"}, {"image_path": "missing"}, {"image_path": "never"}},
		[]row{
			{"verdict": "", "sha256": "ab" + strings.Repeat("0", 60) + "01", "width": 600, "height": 450},
			{"verdict": "truncated", "sha256": sum, "width": 600}, {"verdict": "", "sha256": sum}, {"verdict": "missing"}, {},
		})
	withReasons := arrow.NewSchema([]arrow.Field{{Name: ColImagePath, Type: typeText}, {Name: ColReason, Type: typeUint8}}, nil)
	enginetest.Run(t, s, withReasons,
		[]row{{"image_path": "cut", "reason": uint8(Alive)}, {"image_path": "cut", "reason": uint8(Unmapped)}, {"image_path": "ok", "reason": uint8(LabelExcluded)}},
		[]row{{"verdict": "truncated", "sha256": sum, "width": 600}, {}, {}})
	known["odd"] = Picture{Verdict: "ugly"}
	_, apply, err := s.Bind(pathSchema)
	if err != nil {
		t.Fatal(err)
	}
	_, err = apply(enginetest.Batch(t, pathSchema, []row{{"image_path": "odd"}}))
	if want := `image "odd": verdict "ugly", want one of missing, empty, not_an_image, unsupported_format, truncated, corrupt, too_small, too_many_pixels, blank`; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v, want %s", err, want)
	}
}

// pictured runs rows "path content verdict" of one source, all mapped to the names of their first letter in turn, through Pictures.
func pictured(t *testing.T, join bool, rows ...string) (*Ledger, engine.Stream) {
	t.Helper()
	l := NewLedger([]LedgerSource{{"s", int64(len(rows))}})
	known := map[string]Picture{}
	var paths []row
	for i, r := range rows {
		cells := strings.Split(r, " ")
		known[cells[0]] = Picture{SHA256: sha256.Sum256([]byte(cells[1])), Verdict: cells[2]}
		paths = append(paths, row{"image_path": cells[0]})
		l.reason.add(0)
		l.mapped.add(int32(cells[0][0] - 'a'))
		l.patient.add(-1)
		l.group.add(int32(i))
		l.ids.add(uint64(i))
		l.groups++
	}
	stream := enginetest.Stream(t, pathSchema, paths, 2)
	depicted := must(engine.Map(stream, Depict{Of: func(path string) (Picture, bool) { return known[path], true }}))
	p := NewPictures(l, join, 0)
	drain(t, depicted, must(p.Sink(0, depicted.Schema)))
	if must(p.End()) {
		if l.Check() == nil {
			t.Error("a ledger with new groups and old ids passed the check")
		}
		drain(t, stream, must(l.Identify(0, pathSchema)))
	}
	if err := l.Check(); err != nil {
		t.Fatal(err)
	}
	return l, stream
}

func groupLetters(l *Ledger) (letters string) {
	for row := range l.rows() {
		letters += string(rune('A' + l.group.get(row)))
	}
	return letters
}

func TestEqualImagesJoinGroups(t *testing.T) {
	for _, c := range []struct {
		name string
		join bool
		rows []string
		want string
	}{
		{"equal", true, []string{"a1 x ", "a2 y ", "a3 x ", "a4 z "}, "ABAC"},
		{"not asked for", false, []string{"a1 x ", "a2 y ", "a3 x ", "a4 z "}, "ABCD"},
		{"cut off alike", true, []string{"a1 x truncated", "a2 x "}, "AA"},
		{"files that show nobody", true, []string{"a1 x empty", "a2 x empty", "a3 y not_an_image", "a4 y not_an_image", "a5 z blank", "a6 z blank"}, "ABCDEF"},
	} {
		if l, _ := pictured(t, c.join, c.rows...); groupLetters(l) != c.want {
			t.Errorf("%s: groups %s, want %s", c.name, groupLetters(l), c.want)
		}
	}
}

// What a rejected row shows depends on what was fetched for earlier versions: it joins nobody, even where Depict knew it.
func TestRejectedRowsShowNobody(t *testing.T) {
	l := NewLedger([]LedgerSource{{"s", 4}})
	for i, reason := range []Reason{Unmapped, Alive, Alive, Unmapped} {
		l.reason.add(uint8(reason))
		l.group.add(int32(i))
		l.groups++
	}
	p := NewPictures(l, true, 0)
	for row := range int32(4) {
		p.take(row, Alive, keyOf("one picture"))
	}
	if joined := must(p.End()); !joined || groupLetters(l) != "ABBC" {
		t.Errorf("groups %s, joined %t", groupLetters(l), joined)
	}
}

// Many conflicts are counted, and only the first listed.
func TestConflictsAreLimited(t *testing.T) {
	l, paths := pictured(t, true, "b1 x ", "a1 x ", "a2 y ", "b2 y ", "a3 z ", "b3 z ", "a4 w ", "a5 w ", "c1 v ", "a6 v ", "a7 x ", "a8 x corrupt")
	d := must(Decide(l, DecideOptions{Names: []string{"A", "B", "C"}, Final: []int32{0, 1, -1}, Split: SplitOptions{Ratios: [3]int{100, 0, 0}}}))
	drain(t, paths, must(d.NameEquals(0, pathSchema)))
	got := d.Conflicts([]string{"A", "B", "C"}, 2)
	want := []Finding{
		{FindingDuplicateConflict, 0, 1, "s/a1", 3, `equal images are "A" (s/a1), "B" (s/b1)`},
		{FindingDuplicateConflict, 0, 2, "s/a2", 2, `equal images are "A" (s/a2), "B" (s/b2)`},
		{FindingDuplicateConflict, 0, -1, "", 3, "there are 3 of these, the first 2 are listed"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestPicturesWantAllRows(t *testing.T) {
	l := NewLedger([]LedgerSource{{"s", 2}, {"t", 1}})
	for i := range 3 {
		l.reason.add(0)
		l.group.add(int32(i))
	}
	depicted := must(engine.Map(enginetest.Stream(t, pathSchema, []row{{"image_path": "1"}}, 0), Depict{Of: func(string) (Picture, bool) { return Picture{}, false }}))
	p := NewPictures(l, true, 0)
	if err := tryDrain(depicted, must(p.Sink(1, depicted.Schema))); err == nil {
		t.Error("the rows of the second source were taken first")
	}
	drain(t, depicted, must(p.Sink(0, depicted.Schema)))
	if _, err := p.End(); err == nil || !strings.Contains(err.Error(), "pictures of 1 rows, want 3") {
		t.Errorf("error %v", err)
	}
}

// Pictures stays within the bytes it promises, and so does what Decide keeps of equal images: 28 a picture and 4 a row; 24 a row.
func TestPicturesMemory(t *testing.T) {
	if testing.Short() {
		return
	}
	const rows = 2_000_000
	heap := func() float64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return float64(stats.HeapAlloc)
	}
	l := NewLedger([]LedgerSource{{"s", rows}})
	l.reason, l.mapped, l.group = *sized[uint8](rows), *sized[int32](rows), *sized[int32](rows)
	before := heap()
	p := NewPictures(l, true, 0)
	for row := range int32(rows) {
		sum := sha256.Sum256(binary.LittleEndian.AppendUint32(nil, uint32(row)))
		p.take(row, Alive, keyOf(fmt.Sprintf("%x", sum)))
	}
	perRow := (heap() - before) / rows
	t.Logf("%.1f bytes a row while all pictures differ", perRow)
	if perRow > 33 {
		t.Errorf("%.1f bytes a row, want at most 32", perRow)
	}
	if _, err := p.End(); err != nil {
		t.Fatal(err)
	}
	for row := range rows {
		*l.picture.at(row) = int32(row / 2)
	}
	before = heap()
	e := l.equals([]int32{0})
	perRow = (heap() - before) / rows
	t.Logf("%.1f bytes a row while all pictures have an equal", perRow)
	if perRow > 24*1.25+1 { // a list that grows has a quarter to spare
		t.Errorf("%.1f bytes a row, want at most 30", perRow)
	}
	if !slices.Equal(e.rows[:3], []int32{0, 1, 2}) {
		t.Errorf("rows %v", e.rows[:3])
	}
	runtime.KeepAlive(l)
}
