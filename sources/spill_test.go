package sources

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSpill reads back what was added, in memory, on disk and across both, one by one and in order.
func TestSpill(t *testing.T) {
	long := strings.Repeat("a long record ", 20_000)
	for _, share := range []int64{0, 3 * int64(len(long)), 1 << 40} {
		dir, left := t.TempDir(), share
		s := &spill{dir: dir, share: &left}
		var want []string
		var ends []int64
		for i := range 40 {
			record := fmt.Sprint(i, long[:i*i*150])
			want = append(want, record)
			s.add([]byte(record))
			ends = append(ends, s.end)
		}
		if err := s.finish(); err != nil {
			t.Fatal(err)
		}
		if (s.file == nil) != (share == 1<<40) {
			t.Errorf("share %d: on disk is %v", share, s.file)
		}
		from := int64(0)
		for i, end := range ends {
			if got, err := s.read(from, end); err != nil || got != want[i] {
				t.Fatalf("share %d: record %d is %.20q (%v)", share, i, got, err)
			}
			from = end
		}
		if all, err := io.ReadAll(s.all()); err != nil || string(all) != strings.Join(want, "") {
			t.Errorf("share %d: in order it is otherwise (%v)", share, err)
		}
		if entries, _ := os.ReadDir(dir); len(entries) > 0 {
			t.Errorf("%s lies about", entries[0].Name())
		}
		if err := s.free(); err != nil || left != share {
			t.Errorf("%d of a share of %d are left (%v)", left, share, err)
		}
	}
}

// TestLabels compares labels that are sorted in runs with those of a map.
func TestLabels(t *testing.T) {
	l := newLabelTable(t.TempDir())
	*l.texts.share = 1000
	l.runBytes = 4000
	want := map[string]int64{}
	for i := range 3000 {
		label := strings.Repeat("x", i*31%70) + fmt.Sprint(i*i%977)
		want[label]++
		l.add(label)
	}
	var rows []countedLabel
	for label, images := range want {
		rows = append(rows, countedLabel{label, images})
	}
	slices.SortFunc(rows, compareLabels)
	var got []countedLabel
	if err := l.sorted(func(c countedLabel) error { got = append(got, c); return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rows, got, cmp.AllowUnexported(countedLabel{})); diff != "" {
		t.Error(diff)
	}
	if l.count(rows[0].label) != rows[0].images || l.count("none") != 0 {
		t.Errorf("%q is named %d times", rows[0].label, l.count(rows[0].label))
	}
}
