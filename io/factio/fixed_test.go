package factio

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// width of the values of these tests, of which valueOf is one.
const width = 5

func valueOf(i int) []byte { return fmt.Appendf(nil, "v%04d", i) }

func openFixed(t testing.TB, path string) *FixedStore {
	t.Helper()
	s, err := OpenFixed(path, "luma", width, true)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func putFixed(t testing.TB, s *FixedStore, numbers ...int) {
	t.Helper()
	for _, i := range numbers {
		if err := s.Put(keyOf(i), valueOf(i)); err != nil {
			t.Fatal(err)
		}
	}
}

func closedFixed(t testing.TB, s *FixedStore) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// wantsFixed holds a store to the values of these numbers below most, and to no others.
func wantsFixed(t testing.TB, s *FixedStore, most int, numbers ...int) {
	t.Helper()
	r, err := s.Reader()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for i := range most {
		want := slices.Contains(numbers, i)
		value, known, err := r.Get(keyOf(i))
		if err != nil || known != want || s.Has(keyOf(i)) != want || known && !bytes.Equal(value, valueOf(i)) {
			t.Errorf("%d: %q, known %t, has %t, %v; want known %t", i, value, known, s.Has(keyOf(i)), err, want)
		}
		if held, known := s.Get(keyOf(i)); known != want || !bytes.Equal(held, value) {
			t.Errorf("%d: %q, known %t in memory; want known %t", i, held, known, want)
		}
	}
}

// written are the bytes of a file with the values of the numbers below n.
func written(t testing.TB, path string, n int) []byte {
	t.Helper()
	s := openFixed(t, path)
	for i := range n {
		putFixed(t, s, i)
	}
	closedFixed(t, s)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestValuesAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "facts", "luma.bin")
	s := openFixed(t, path)
	wantsFixed(t, s, 3)
	putFixed(t, s, 2, 0, 2) // a key that has its value keeps it
	closedFixed(t, s)
	for range 2 { // the second time after an open and close without a Put
		wantsFixed(t, s, 3, 0, 2) // after it was closed
		s = openFixed(t, path)
		closedFixed(t, s)
	}
	info, err := os.Stat(path)
	if want := len("sha256\tluma, 5 bytes\tcrc32c\n") + 2*(32+width+4); err != nil || info.Size() != int64(want) {
		t.Errorf("%v bytes, %v, want %d", info.Size(), err, want)
	}
}

// Whatever byte a file is cut at, the values before the cut are there, and those put after it are too.
func TestTornValues(t *testing.T) {
	path := filepath.Join(t.TempDir(), "luma.bin")
	whole := written(t, path, 5)
	header := len(whole) - 5*(32+width+4)
	for cut := range len(whole) {
		if err := os.WriteFile(path, whole[:cut], 0o644); err != nil {
			t.Fatal(err)
		}
		var want []int
		for i := range 5 {
			if cut >= header+(i+1)*(32+width+4) {
				want = append(want, i)
			}
		}
		s := openFixed(t, path)
		wantsFixed(t, s, 10, want...)
		putFixed(t, s, 9)
		closedFixed(t, s)
		s = openFixed(t, path)
		wantsFixed(t, s, 10, append(want, 9)...)
		closedFixed(t, s)
	}
}

// Whatever byte is damaged, the value that it belongs to is not known, and no other is lost; put again, it is known.
func TestDamagedValueIsNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "luma.bin")
	whole := written(t, path, 3)
	header := len(whole) - 3*(32+width+4)
	for at := header; at < len(whole); at++ {
		data := slices.Clone(whole)
		data[at] ^= 1 << (at % 8)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		lost := (at - header) / (32 + width + 4)
		s := openFixed(t, path)
		wantsFixed(t, s, 3, slices.DeleteFunc([]int{0, 1, 2}, func(i int) bool { return i == lost })...)
		putFixed(t, s, lost)
		closedFixed(t, s)
		s = openFixed(t, path)
		wantsFixed(t, s, 3, 0, 1, 2)
		closedFixed(t, s)
	}
}

// What is damaged, or cut off, after the store was opened is not known to who reads it.
func TestValueDamagedLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "luma.bin")
	whole := written(t, path, 3)
	s := openFixed(t, path)
	defer closedFixed(t, s)
	r, err := s.Reader()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for at := len(whole) - (32 + width + 4); at < len(whole); at++ {
		data := slices.Clone(whole)
		data[at] ^= 1 << (at % 8)
		for what, data := range map[string][]byte{"damaged": data, "cut": whole[:at]} {
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
			if value, known, err := r.Get(keyOf(2)); known || err != nil {
				t.Errorf("%s at %d: %q, %v", what, at, value, err)
			}
			if value, known, err := r.Get(keyOf(1)); !known || err != nil {
				t.Errorf("%s at %d, the value before: %q, %v", what, at, value, err)
			}
		}
	}
}

// Values of many pieces are found in the piece that they are in.
func TestHeldValues(t *testing.T) {
	path := filepath.Join(t.TempDir(), "luma.bin")
	s := openFixed(t, path)
	const n = 2*pieceRecords + 3
	for i := range n {
		putFixed(t, s, i)
	}
	for range 2 {
		for i := range n + 1 {
			if value, known := s.Get(keyOf(i)); known != (i < n) || known && !bytes.Equal(value, valueOf(i)) {
				t.Fatalf("%d: %q, known %t", i, value, known)
			}
		}
		closedFixed(t, s)
		s = openFixed(t, path)
	}
	closedFixed(t, s)
}

// Memory a value is what is promised.
func TestMemoryOfValues(t *testing.T) {
	const n = 200_000
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for _, held := range []bool{false, true} {
		s, err := OpenFixed(filepath.Join(t.TempDir(), "luma.bin"), "luma", 64, held)
		if err != nil {
			t.Fatal(err)
		}
		defer closedFixed(t, s)
		s.write = func([]byte) error { return nil }
		before := heap()
		for i := range n {
			if err := s.Put(keyOf(i), make([]byte, 64)); err != nil {
				t.Fatal(err)
			}
		}
		each, most := float64(heap()-before)/n, 38.0
		if held {
			most += 64
		}
		if each > most {
			t.Errorf("held %t: %.1f bytes a value", held, each)
		}
		t.Logf("held %t: %.1f bytes a value", held, each)
	}
}

// Blocks that a machine which stopped never wrote are zeros: no value, and nothing behind them is lost.
func TestZerosAreNoValues(t *testing.T) {
	path := filepath.Join(t.TempDir(), "luma.bin")
	whole := written(t, path, 3)
	header := len(whole) - 3*(32+width+4)
	clear(whole[header : header+2*(32+width+4)])
	if err := os.WriteFile(path, whole, 0o644); err != nil {
		t.Fatal(err)
	}
	s := openFixed(t, path)
	defer closedFixed(t, s)
	wantsFixed(t, s, 3, 2)
	if s.Has(Key{}) {
		t.Error("zeros are known")
	}
}

func TestOtherValuesAreAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "luma.bin")
	before := written(t, path, 2)
	for name, width := range map[string]int{"luma": width + 1, "hues": width} {
		if _, err := OpenFixed(path, name, width, true); err == nil || !strings.Contains(err.Error(), "delete the file") {
			t.Errorf("%s of %d bytes: %v, want that it says to delete the file", name, width, err)
		}
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed: %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a value of another width is put")
		}
	}()
	_ = openFixed(t, path).Put(keyOf(7), make([]byte, width+1))
}

// Values are durable in groups, without Close, and are read while others are put.
func TestGroupsOfValuesAreDurable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "luma.bin")
	s := openFixed(t, path)
	s.synced = time.Now().Add(time.Hour) // it is not time that ends the group
	for i := range groupRows + 1 {
		putFixed(t, s, i)
	}
	r, err := s.Reader()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for i := range groupRows + 1 {
		if _, known, err := r.Get(keyOf(i)); err != nil || known != (i < groupRows) {
			t.Fatalf("%d before Close: known %t, %v", i, known, err)
		}
	}
	closedFixed(t, s)
	if _, known, err := r.Get(keyOf(groupRows)); err != nil || !known {
		t.Errorf("after Close: known %t, %v", known, err)
	}
}

func TestConcurrentPutsOfValues(t *testing.T) {
	path := filepath.Join(t.TempDir(), "luma.bin")
	s := openFixed(t, path)
	r, err := s.Reader()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var want []int
	var all sync.WaitGroup
	for i := range 100 {
		want = append(want, i)
		for range 2 {
			all.Go(func() {
				if err := s.Put(keyOf(i), valueOf(i)); err != nil {
					t.Error(err)
				}
				if value, known, err := r.Get(keyOf(i)); err != nil || known && !bytes.Equal(value, valueOf(i)) {
					t.Errorf("%d: %q, %v", i, value, err)
				}
			})
		}
	}
	all.Wait()
	closedFixed(t, s)
	wantsFixed(t, openFixed(t, path), 100, want...)
}

// A disk that is full ends the run with its error, whatever was written of a group by then; what is whole is kept, and
// with room again the rest is put behind it.
func TestFullDisk(t *testing.T) {
	const size = 32 + width + 4
	for _, room := range []int{0, 1, 31, size - 1, size, size + 1, 2*size - 1, 2 * size, 3*size + 7, 4*size - 1} {
		path := filepath.Join(t.TempDir(), "luma.bin")
		written(t, path, 1)
		s := openFixed(t, path)
		write := s.write
		s.write = func(rows []byte) error {
			if room < len(rows) {
				return errors.Join(write(rows[:room]), syscall.ENOSPC)
			}
			return write(rows)
		}
		putFixed(t, s, 1, 2, 3, 4)
		if err := s.Close(); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("room for %d bytes: error %v", room, err)
		}
		if err := s.Put(keyOf(5), valueOf(5)); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("a value after the error: %v", err)
		}
		want := []int{0, 1, 2, 3, 4}[:1+room/size]
		s = openFixed(t, path)
		wantsFixed(t, s, 6, want...)
		putFixed(t, s, 4, 3, 2, 1)
		closedFixed(t, s)
		wantsFixed(t, openFixed(t, path), 6, 0, 1, 2, 3, 4)
	}
}

// A file that cannot be read to its end is an error: what is behind is not lost.
func TestFileThatCannotBeRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "luma.bin")
	before := written(t, path, 3)
	s := openFixed(t, path)
	closedFixed(t, s)
	if err := s.read(); err == nil { // the file is closed
		t.Error("no error")
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed: %v", err)
	}
	r := &Reader{s, s.file}
	if _, known, err := r.Get(keyOf(1)); err == nil || err == io.EOF || known {
		t.Errorf("known %t, %v", known, err)
	}
}

func FuzzOpenFixed(f *testing.F) {
	header := []byte("sha256\tluma, 5 bytes\tcrc32c\n")
	f.Add(header)
	f.Add(header[:9])
	f.Add(append(header, make([]byte, 3*(32+width+4)+7)...))
	f.Add(written(f, filepath.Join(f.TempDir(), "luma.bin"), 3))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "luma.bin")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := OpenFixed(path, "luma", width, true)
		if err != nil {
			return
		}
		putFixed(t, s, 1)
		closedFixed(t, s)
		s = openFixed(t, path)
		defer closedFixed(t, s)
		r, err := s.Reader()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if _, known, err := r.Get(keyOf(1)); err != nil || !known {
			t.Errorf("what was put is not known: %v", err)
		}
		for at := len(header); at+s.size() <= len(data); at += s.size() {
			key := Key(data[at:])
			if _, known, err := r.Get(key); err != nil || known != isWhole(data[at:at+s.size()]) && key != keyOf(1) {
				t.Errorf("record at %d: known %t, %v", at, known, err)
			}
		}
	})
}

func BenchmarkOpenFixed(b *testing.B) {
	path := filepath.Join(b.TempDir(), "luma.bin")
	s, err := OpenFixed(path, "luma", 1024, false)
	if err != nil {
		b.Fatal(err)
	}
	const values = 200_000
	value := make([]byte, 1024)
	for i := range values {
		if err := s.Put(keyOf(i), value); err != nil {
			b.Fatal(err)
		}
	}
	closedFixed(b, s)
	b.SetBytes(int64(values * s.size()))
	for b.Loop() {
		s, err := OpenFixed(path, "luma", 1024, false)
		if err != nil {
			b.Fatal(err)
		}
		closedFixed(b, s)
	}
}

// What is erased is not on the disk any more and not known to who opens the store again, and may be put again.
func TestErase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.bin")
	s := openFixed(t, path)
	putFixed(t, s, 0, 1, 2, 3)
	if err := s.Erase(keyOf(1), keyOf(3), keyOf(9)); err != nil {
		t.Fatal(err)
	}
	closedFixed(t, s)
	text, err := os.ReadFile(path)
	if err != nil || bytes.Contains(text, valueOf(1)) || bytes.Contains(text, valueOf(3)) {
		t.Errorf("the file still has what was erased: %v", err)
	}
	s = openFixed(t, path)
	wantsFixed(t, s, 5, 0, 2)
	putFixed(t, s, 1)
	closedFixed(t, s)
	s = openFixed(t, path)
	wantsFixed(t, s, 5, 0, 1, 2)
	closedFixed(t, s)
}
