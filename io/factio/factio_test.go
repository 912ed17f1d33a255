package factio

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func keyOf(i int) Key { return sha256.Sum256(fmt.Append(nil, i)) }

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(path, "verdict", "detail")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t testing.TB, s *Store, i int, fields ...string) {
	t.Helper()
	if err := s.Put(keyOf(i), fields...); err != nil {
		t.Fatal(err)
	}
}

func closed(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// wants holds a store to rows, and to no others.
func wants(t *testing.T, s *Store, rows map[int][]string) {
	t.Helper()
	for i := range 10 {
		if _, known := s.Get(keyOf(i)); known && rows[i] == nil {
			t.Errorf("row %d is known", i)
		}
	}
	for i, want := range rows {
		got, known := s.Get(keyOf(i))
		if diff := cmp.Diff(want, got); diff != "" || !known {
			t.Errorf("row %d, known %t:\n%s", i, known, diff)
		}
	}
}

func TestRowsAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "facts", "check.tsv")
	s := open(t, path)
	put(t, s, 1, "ok", "")
	put(t, s, 2, "corrupt", "a\ttab, and\r\na line")
	put(t, s, 1, "blank", "the later one counts")
	want := map[int][]string{1: {"blank", "the later one counts"}, 2: {"corrupt", "a tab, and  a line"}}
	wants(t, s, want)
	closed(t, s)
	for range 2 { // the second time after an Open and Close without a Put
		s = open(t, path)
		wants(t, s, want)
		closed(t, s)
	}
}

// Whatever byte a file is cut at, the rows before the cut are there, and rows put after it are too.
func TestTornTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "check.tsv")
	s := open(t, path)
	var ends []int
	for i := range 5 {
		put(t, s, i, "ok", fmt.Sprint("row ", i))
		ends = append(ends, len("sha256\tverdict\tdetail\tcrc32c\n")+len(s.waiting))
	}
	closed(t, s)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(whole) {
		if err := os.WriteFile(path, whole[:cut], 0o644); err != nil {
			t.Fatal(err)
		}
		s := open(t, path)
		put(t, s, 9, "ok", "after")
		closed(t, s)
		want := map[int][]string{9: {"ok", "after"}}
		for i, end := range ends {
			if cut >= end {
				want[i] = []string{"ok", fmt.Sprint("row ", i)}
			}
		}
		s = open(t, path)
		wants(t, s, want)
		closed(t, s)
	}
}

func TestDamagedRowIsNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "check.tsv")
	s := open(t, path)
	for i := range 3 {
		put(t, s, i, "ok", fmt.Sprint("row ", i))
	}
	closed(t, s)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(data, []byte("row 1"), []byte("row\x00\x00"), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	wants(t, s, map[int][]string{0: {"ok", "row 0"}, 2: {"ok", "row 2"}})
	closed(t, s)
}

// A row that is whole and has other columns than its file is none of it.
func TestRowsOfOtherColumnsAreNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "check.tsv")
	s := open(t, path)
	for i, fields := range [][]string{{"ok", "row 0"}, {"ok"}, {"ok", "row 2", "and more"}} {
		put(t, s, i, fields...)
	}
	closed(t, s)
	s = open(t, path)
	wants(t, s, map[int][]string{0: {"ok", "row 0"}})
	closed(t, s)
}

func TestOtherColumnsAreAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "check.tsv")
	closed(t, open(t, path))
	if _, err := Open(path, "verdict"); err == nil || !strings.Contains(err.Error(), "delete the file") {
		t.Errorf("error %v, want one that says to delete the file", err)
	}
}

// Rows are durable in groups, without Close: what a killed run had grouped is there.
func TestGroupsAreDurable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "check.tsv")
	s := open(t, path)
	for i := range groupRows + 1 {
		put(t, s, i, "ok", "")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if rows := bytes.Count(data, []byte("\n")) - 1; rows < groupRows {
		t.Errorf("%d rows in the file before Close, want at least %d", rows, groupRows)
	}
	closed(t, s)
}

func TestConcurrentPuts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "check.tsv")
	s := open(t, path)
	want := map[int][]string{}
	var all sync.WaitGroup
	for i := range 100 {
		want[i] = []string{"ok", fmt.Sprint(i)}
		all.Go(func() {
			if err := s.Put(keyOf(i), "ok", fmt.Sprint(i)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	closed(t, s)
	s = open(t, path)
	wants(t, s, want)
	closed(t, s)
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte("sha256\tverdict\tdetail\tcrc32c\n"))
	f.Add([]byte("sha256\tverdict\tdetail\tcrc32c\n\t\n" + strings.Repeat("0", 64) + "\tok\t\t00000000\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "check.tsv")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := Open(path, "verdict", "detail")
		if err != nil {
			return
		}
		put(t, s, 1, "ok", "")
		closed(t, s)
		s = open(t, path)
		defer closed(t, s)
		if _, known := s.Get(keyOf(1)); !known {
			t.Error("what was put is not known")
		}
		for line := range bytes.Lines(data) {
			key, row, whole := parse(bytes.TrimSuffix(line, []byte{'\n'}))
			if !whole || !bytes.HasSuffix(line, []byte{'\n'}) || bytes.Count(row, []byte{'\t'}) != 1 {
				continue
			}
			if _, known := s.Get(key); !known {
				t.Errorf("%q is not known", line)
			}
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "check.tsv")
	s := open(b, path)
	const rows = 200_000
	for i := range rows {
		put(b, s, i, "ok", "jpeg, 1024 x 768, 3 channels, 8 bits")
	}
	closed(b, s)
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	for b.Loop() {
		closed(b, open(b, path))
	}
}
