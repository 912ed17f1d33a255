package ledger

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
	"github.com/dermset/dermset/rows"
)

var (
	// What else is known of a picture stands before what the survey reads.
	pictureSchema = arrow.NewSchema([]arrow.Field{
		rows.Nullable(rows.ColWidth, rows.TypeInt32), rows.Nullable(rows.ColSHA256, rows.TypeText),
		rows.Nullable(rows.ColVerdict, rows.TypeDict), rows.Nullable(rows.ColPixels, rows.TypeText),
	}, nil)
	pathSumSchema = arrow.NewSchema([]arrow.Field{
		{Name: rows.ColImagePath, Type: rows.TypeText}, rows.Nullable(rows.ColSHA256, rows.TypeText),
	}, nil)
)

func sumOf(content string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(content))) }

// pictured runs rows "path content verdict" of one source, all mapped to the names of their first letter
// in turn, through a survey.
func pictured(t *testing.T, join bool, lines ...string) (*Ledger, engine.Stream) {
	t.Helper()
	l := New([]Source{{"s", int64(len(lines))}})
	var paths, pictures []row
	for i, line := range lines {
		cells := strings.Split(line, " ")
		paths = append(paths, row{"image_path": cells[0], "sha256": sumOf(cells[1])})
		pictures = append(pictures, row{"verdict": cells[2], "sha256": sumOf(cells[1]), "width": i})
		l.reason.add(0)
		l.mapped.add(int32(cells[0][0] - 'a'))
		l.patient.add(-1)
		l.group.add(int32(i))
		l.ids.add(uint64(i))
		l.groups++
	}
	stream := enginetest.Stream(t, pathSumSchema, paths, 2)
	survey := l.LearnPictures(0)
	drain(t, enginetest.Stream(t, pictureSchema, pictures, 2), must(survey.Sink(0, pictureSchema)))
	must(survey.End())
	if join && l.JoinPictures(&Twins{}) {
		if l.Check() == nil {
			t.Error("a ledger with new groups and old ids passed the check")
		}
		drain(t, stream, must(l.Identify(0, pathSumSchema)))
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
		{"equal", true, []string{"a1 x ok", "a2 y ok", "a3 x ok", "a4 z ok"}, "ABAC"},
		{"not asked for", false, []string{"a1 x ok", "a2 y ok", "a3 x ok", "a4 z ok"}, "ABCD"},
		{"cut off alike", true, []string{"a1 x truncated", "a2 x ok"}, "AA"},
		{"files that show nobody", true,
			[]string{"a1 x empty", "a2 x empty", "a3 y not_an_image", "a4 y not_an_image",
				"a5 z blank", "a6 z blank"}, "ABCDEF"},
	} {
		if l, _ := pictured(t, c.join, c.rows...); groupLetters(l) != c.want {
			t.Errorf("%s: groups %s, want %s", c.name, groupLetters(l), c.want)
		}
	}
}

// What a rejected row shows depends on what was fetched for earlier versions: it joins nobody,
// even where its picture is known.
func TestRejectedRowsShowNobody(t *testing.T) {
	l := New([]Source{{"s", 4}})
	for i, reason := range []rows.Reason{rows.Unmapped, rows.Alive, rows.Alive, rows.Unmapped} {
		l.reason.add(uint8(reason))
		l.group.add(int32(i))
		l.groups++
	}
	p := l.LearnPictures(0)
	for row := range int32(4) {
		p.take(row, rows.Alive, keyOf("one picture"), [32]byte{})
	}
	must(p.End())
	if joined := l.JoinPictures(&Twins{}); !joined || groupLetters(l) != "ABBC" {
		t.Errorf("groups %s, joined %t", groupLetters(l), joined)
	}
}

// Many conflicts are counted, and only the first listed.
func TestConflictsAreLimited(t *testing.T) {
	l, paths := pictured(t, true, "b1 x ok", "a1 x ok", "a2 y ok", "b2 y ok", "a3 z ok", "b3 z ok", "a4 w ok", "a5 w ok",
		"c1 v ok", "a6 v ok", "a7 x ok", "a8 x corrupt")
	d := must(Decide(l, DecideOptions{Names: []string{"A", "B", "C"}, Final: []int32{0, 1, -1},
		Split: SplitOptions{Ratios: [3]int{100, 0, 0}}}))
	drain(t, paths, must(d.NameEquals(0, pathSumSchema)))
	got := d.Conflicts([]string{"A", "B", "C"}, 2)
	want := []rows.Finding{
		finding(FindingDuplicateConflict, 0, 1, "s/a1: A, B", 3, `equal images are "A" (s/a1), "B" (s/b1)`),
		finding(FindingDuplicateConflict, 0, 2, "s/a2: A, B", 2, `equal images are "A" (s/a2), "B" (s/b2)`),
		finding(FindingDuplicateConflict, 0, -1, "", 3, "there are 3 of these, the first 2 are listed"),
	}
	want[0].About, want[1].About = []string{"s/a1"}, []string{"s/a2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestPicturesWantAllRows(t *testing.T) {
	l := New([]Source{{"s", 2}, {"t", 1}})
	for i := range 3 {
		l.reason.add(0)
		l.group.add(int32(i))
	}
	one := enginetest.Stream(t, pictureSchema, []row{{}}, 0)
	p := l.LearnPictures(0)
	if err := enginetest.Drain(one, must(p.Sink(1, pictureSchema))); err == nil {
		t.Error("the rows of the second source were taken first")
	}
	drain(t, one, must(p.Sink(0, pictureSchema)))
	if _, err := p.End(); err == nil || !strings.Contains(err.Error(), "pictures of 1 rows, want 3") {
		t.Errorf("error %v", err)
	}
}

// Verdicts are texts, whatever their codes in a batch are; one that is none is an error.
func TestPicturesReadVerdictsByText(t *testing.T) {
	l, _ := pictured(t, true, "a1 x blank", "a2 y ok", "a3 z truncated", "a4 w ok", "a5 v missing")
	for row, want := range []rows.Reason{rows.ImageBlank, rows.Alive, rows.ImageTruncated, rows.Alive, rows.ImageMissing} {
		if got := rows.Reason(l.reason.get(row)); got != want {
			t.Errorf("row %d: reason %q, want %q", row, got, want)
		}
	}
	odd := enginetest.Stream(t, pictureSchema, []row{{"verdict": "ugly"}}, 0)
	err := enginetest.Drain(odd, must(l.LearnPictures(0).Sink(0, pictureSchema)))
	if err == nil || !strings.Contains(err.Error(), `verdict "ugly", want one of ok, missing, not_fetched, empty, `) {
		t.Errorf("error %v", err)
	}
}

// A survey of pictures stays within the bytes it promises, and so does what Decide keeps of equal images:
// 60 a picture and 4 a row; 24 a row before they have names.
func TestPicturesMemory(t *testing.T) {
	if testing.Short() || raceEnabled {
		return
	}
	const many = 2_000_000
	heap := func() float64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return float64(stats.HeapAlloc)
	}
	l := New([]Source{{"s", many}})
	l.reason, l.mapped, l.group = *sized[uint8](many), *sized[int32](many), *sized[int32](many)
	before := heap()
	p := l.LearnPictures(0)
	for row := range int32(many) {
		sum := sha256.Sum256(binary.LittleEndian.AppendUint32(nil, uint32(row)))
		p.take(row, rows.Alive, keyOf(fmt.Sprintf("%x", sum)), sum)
	}
	perRow := (heap() - before) / many
	t.Logf("%.1f bytes a row while all pictures differ", perRow)
	if perRow > 65 {
		t.Errorf("%.1f bytes a row, want at most 64", perRow)
	}
	if _, err := p.End(); err != nil {
		t.Fatal(err)
	}
	for row := range many {
		*l.picture.at(row) = int32(row / 2)
	}
	before = heap()
	e := l.equals([]int32{0}, &Twins{})
	perRow = (heap() - before) / many
	t.Logf("%.1f bytes a row while all pictures have an equal", perRow)
	if perRow > 24*1.25+1 { // a many that grows has a quarter to spare
		t.Errorf("%.1f bytes a row, want at most 30", perRow)
	}
	if !slices.Equal(e.rows[:3], []int32{0, 1, 2}) {
		t.Errorf("rows %v", e.rows[:3])
	}
	runtime.KeepAlive(l)
}
