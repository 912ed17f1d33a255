package pictures

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/io/fileio"
)

// Any number of workers and any memory find the same, in the order of the files, though contents are there many times
// and some are damaged.
func TestAnyWorkersFindTheSame(t *testing.T) {
	all := samples(t)
	r := rand.New(rand.NewPCG(31, 32))
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range all {
			if !yield(name) {
				return
			}
		}
	}) {
		data := bytes.Clone(all[name])
		all["again/"+name] = data
		for i := range 3 {
			damaged := bytes.Clone(data)
			if len(damaged) > 0 {
				damaged[r.IntN(len(damaged))] ^= 1 << r.IntN(8)
			}
			all[fmt.Sprint("damaged/", i, name)] = damaged
		}
	}
	files := list(t, folderOf(t, all))
	first := newDesk(t, meanLuma)
	first.workers = 1
	want := first.see(t, files)
	facts := sortedLines(first.facts(t, Check) + first.facts(t, meanLuma))
	for i, s := range want {
		if s.Name != files[i].Name {
			t.Fatalf("%q in place %d, want %q", s.Name, i, files[i].Name)
		}
	}
	for _, workers := range []int{0, 2, 8} {
		d := newDesk(t, meanLuma)
		d.workers, d.memory = workers, int64(1)<<(10*workers%31)
		counts := decodes(t)
		if diff := cmp.Diff(want, d.see(t, files)); diff != "" {
			t.Errorf("%d workers:\n%s", workers, diff)
		}
		if diff := cmp.Diff(facts, sortedLines(d.facts(t, Check)+d.facts(t, meanLuma))); diff != "" {
			t.Errorf("facts of %d workers:\n%s", workers, diff)
		}
		if !onlyOnce(counts) {
			t.Errorf("%d workers decode a content twice", workers)
		}
	}
}

func sortedLines(text string) []string { return slices.Sorted(strings.Lines(text)) }

// More files than are looked at together come in order all the same.
func TestManyFilesComeInOrder(t *testing.T) {
	d := newDesk(t)
	var files []File
	for i := range 2*together + 3 {
		files = append(files, File{Name: fmt.Sprint(i), Failed: fmt.Sprint("because of ", i), Gone: i%2 == 0})
	}
	seen := d.see(t, files)
	if len(seen) != len(files) {
		t.Fatalf("%d seen of %d", len(seen), len(files))
	}
	for i, s := range seen {
		want := map[bool]images.Verdict{true: images.Missing, false: images.NotFetched}[i%2 == 0]
		if s.Verdict != want || s.Name != files[i].Name || s.Detail != files[i].Failed {
			t.Fatalf("%+v in place %d", s, i)
		}
	}
}

// What is known of a blob is not read again: a build after a change of the mapping decodes nothing.
func TestABlobIsReadOnce(t *testing.T) {
	content := shaded(t, 70, 80, 1)
	files := blobs(t, content)
	d := newDesk(t)
	want := map[string]string{files[0].SHA256: "ok"}
	if diff := cmp.Diff(want, d.verdicts(t, files)); diff != "" {
		t.Fatal(diff)
	}
	write(t, files[0].Path, []byte("nobody looks"))
	if diff := cmp.Diff(want, d.verdicts(t, files)); diff != "" {
		t.Errorf("the second time:\n%s", diff)
	}
	if err := os.RemoveAll(d.dir); err != nil {
		t.Fatal(err)
	}
	taken := 0
	err := d.pass(t, t.Context(), files, func(*Seen) error { taken++; return nil })
	if err == nil || !strings.Contains(err.Error(), "damaged on this disk: 1") || taken != 1 { // of it there is no fact
		t.Errorf("a blob of other content than its name says: %v, %d taken", err, taken)
	}
	if _, err := os.Stat(files[0].Path); err == nil {
		t.Error("the damaged blob is still there")
	}
	if strings.Count(d.facts(t, Check), "\n") != 1 {
		t.Errorf("a damaged blob has a fact:\n%s", d.facts(t, Check))
	}
	write(t, files[0].Path, content)
	if diff := cmp.Diff(want, d.verdicts(t, files)); diff != "" {
		t.Errorf("mended:\n%s", diff)
	}
}

// Blobs that are damaged, gone or no file are told all at once, those of others are looked at; a run that ends early
// tells of those that it removed too.
func TestDamagedBlobsAreTold(t *testing.T) {
	files := blobs(t, shaded(t, 70, 80, 1), shaded(t, 70, 80, 2), shaded(t, 70, 80, 3))
	write(t, files[1].Path, []byte("damaged"))
	if err := os.Remove(files[2].Path); err != nil {
		t.Fatal(err)
	}
	d := newDesk(t)
	d.workers = 1
	broken := errors.New("broken")
	for _, fails := range []error{nil, broken} {
		write(t, files[1].Path, []byte("damaged"))
		err := d.pass(t, t.Context(), files, func(s *Seen) error {
			whole := s.SHA256 == files[0].SHA256
			if whole && s.Verdict != images.OK || !whole && s.Verdict != images.Missing {
				t.Errorf("%s: %s", s.SHA256, s.Verdict)
			}
			return fails
		})
		want := "work/blobs: pictures that are damaged on this disk: 2, the first one " + files[1].Path + ": its content"
		if err == nil || !strings.Contains(err.Error(), want) || errors.Is(err, broken) != (fails != nil) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// A file larger than any object is not read: it would take all memory.
func TestFileLargerThanAnyObject(t *testing.T) {
	folder := folderOf(t, map[string][]byte{"a.png": shaded(t, 70, 80, 1), "large.png": nil})
	if err := os.Truncate(filepath.Join(folder, "large.png"), mostBytes+1); err != nil { // a hole, which takes no room
		t.Skip(err)
	}
	d := newDesk(t)
	seen := d.see(t, list(t, folder))
	const want = "has 1073741825 bytes, want at most 1073741824"
	if seen[0].Verdict != images.OK || seen[1].Verdict != images.Unsupported || seen[1].Detail != want {
		t.Errorf("%+v", seen)
	}
	if strings.Count(d.facts(t, Check), "\n") != 2 {
		t.Errorf("facts:\n%s", d.facts(t, Check))
	}
}

// Files change while a run goes over them: the verdict is of what was read, and no pipe holds the run up.
func TestFilesThatChange(t *testing.T) {
	whole := shaded(t, 70, 80, 1)
	folder := folderOf(t, map[string][]byte{"a.png": whole, "folder/b.png": whole})
	path := filepath.Join(folder, "a.png")
	for name, c := range map[string]struct{ planned, want int }{
		"as planned": {len(whole), len(whole)}, "grows": {100, 100},
		"shrinks": {len(whole) + 100, len(whole)}, "was empty": {0, 0},
	} {
		if data, err := read(path, int64(c.planned)); err != nil || !bytes.Equal(data, whole[:c.want]) {
			t.Errorf("%s: %d bytes, %v, want %d", name, len(data), err, c.want)
		}
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if data, err := read(path, int64(len(whole))); err != nil || len(data) != 0 {
		t.Errorf("became empty: %d bytes, %v", len(data), err)
	}
	pipe := filepath.Join(folder, "pipe.png")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	for path, want := range map[string]string{
		pipe: "is a named pipe", filepath.Dir(path): "is a folder", "/dev/null": "is a device",
		path + "x": "no such file",
	} {
		if _, err := read(path, 10); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want …%s…", path, err, want)
		}
	}
	want := map[string]string{"a.png": "empty", "folder/b.png": "ok", "pipe.png": "missing"}
	if diff := cmp.Diff(want, newDesk(t).verdicts(t, list(t, folder))); diff != "" {
		t.Error(diff)
	}
}

// A folder whose name is no text cannot be walked into; what is beside it is looked at all the same.
func TestFolderThatCannotBeRead(t *testing.T) {
	folder := folderOf(t, map[string][]byte{"z.png": shaded(t, 70, 80, 1)})
	if err := os.Mkdir(filepath.Join(folder, "d\xe9r"), 0o755); err != nil {
		t.Skipf("no such name on this system: %v", err)
	}
	want := map[string]string{"d\xe9r": "not_fetched", "z.png": "ok"}
	if diff := cmp.Diff(want, newDesk(t).verdicts(t, list(t, folder))); diff != "" {
		t.Error(diff)
	}
	for _, none := range []string{filepath.Join(folder, "nowhere"), filepath.Join(folder, "z.png")} {
		if files, err := Folder(t.Context(), none); err == nil {
			t.Errorf("%s: %v", none, files)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Folder(ctx, folder); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}

// Whatever ends a run early, what it found is kept, and the next run finds the rest.
func TestWhatWasFoundIsKept(t *testing.T) {
	all := map[string][]byte{}
	for i := range 40 {
		all[fmt.Sprintf("%02d.png", i)] = shaded(t, 70, 80, i)
	}
	files := list(t, folderOf(t, all))
	broken := errors.New("broken")
	for name, end := range map[string]func(*desk) error{
		"take": func(d *desk) error {
			return d.pass(t, t.Context(), files, func(*Seen) error { return broken })
		},
		"interrupted": func(d *desk) error {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			looked := 0
			d.workers = 1
			counts := Looker{Name: "counts-1", Columns: []string{"n"}, Look: func(*Picture) []string {
				if looked++; looked == 10 {
					cancel()
				}
				return []string{""}
			}}
			d.lookers = append(d.lookers, counts)
			return d.pass(t, ctx, files, func(*Seen) error { t.Error("was handed on"); return nil })
		},
	} {
		d := newDesk(t)
		err := end(d)
		if !errors.Is(err, broken) && !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v", name, err)
		}
		known := strings.Count(d.facts(t, Check), "\n") - 1
		if want := map[string]int{"take": 40, "interrupted": 10}[name]; known != want {
			t.Errorf("%s: %d facts are kept, want %d", name, known, want)
		}
		d.lookers = d.lookers[:1]
		counts := decodes(t)
		if d.see(t, files); len(counts) != 40-known {
			t.Errorf("%s: %d decoded then, want %d", name, len(counts), 40-known)
		}
	}
}

func TestErrorsOfTheListOfFiles(t *testing.T) {
	broken := errors.New("broken")
	facts, err := OpenFacts(t.TempDir(), Lookers...)
	if err != nil {
		t.Fatal(err)
	}
	defer facts.Close()
	pass := Pass{Facts: facts, Limits: usual}
	none := func(yield func(File, error) bool) { yield(File{}, broken) }
	err = pass.Run(t.Context(), none, func(*Seen) error { return nil })
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := pass.Run(ctx, Each(nil), func(*Seen) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}

// A content that is there many times is decoded once, though all workers come to it together.
func TestEqualContentsAtOnce(t *testing.T) {
	all := map[string][]byte{}
	for i := range 16 {
		all[fmt.Sprint(i, ".jpg")] = grey(t, uint8(i%2))
	}
	counts, before := decodes(t), decode
	decode = func(data []byte, limits images.Limits) (images.Result, image.Image, func()) {
		time.Sleep(20 * time.Millisecond) // until the others are there
		return before(data, limits)
	}
	d := newDesk(t, meanLuma)
	d.workers = 16
	for _, s := range d.see(t, list(t, folderOf(t, all))) {
		if s.Verdict != images.OK {
			t.Errorf("%+v", s)
		}
	}
	if len(counts) != 2 || !onlyOnce(counts) {
		t.Errorf("decoded %v, want 2 contents once", counts)
	}
}

func TestShares(t *testing.T) {
	for memory, want := range map[int64][2]int64{
		-1: {1 << 18, 3 << 18}, 1 << 20: {1 << 18, 3 << 18}, 8<<20 + 1: {2 << 20, 6<<20 + 1},
		1 << 40: {1 << 28, 3 << 28},
	} {
		if files, pixels := shares(memory); files.bytes != want[0] || pixels.bytes != want[1] {
			t.Errorf("of %d: %d and %d, want %d", memory, files.bytes, pixels.bytes, want)
		}
	}
}

// Pictures in flight take no more than their share of the memory; one that needs more is decoded alone.
func TestSharesOfMemory(t *testing.T) {
	all := map[string][]byte{}
	for i := range 24 {
		side := 100 + 300*(i%3)
		all[fmt.Sprint(i, ".png")] = shaded(t, side, side, i)
	}
	files := list(t, folderOf(t, all))
	for _, memory := range []int64{1, 4 << 20, 64 << 20} {
		d := newDesk(t)
		d.workers, d.memory = 8, memory
		_, share := shares(memory)
		before := decode
		var mu sync.Mutex
		inFlight, bytes, most, tooMany := 0, int64(0), 0, false
		decode = func(data []byte, limits images.Limits) (images.Result, image.Image, func()) {
			takes := images.Memory(data, limits)
			mu.Lock()
			inFlight, bytes = inFlight+1, bytes+takes
			most, tooMany = max(most, inFlight), tooMany || bytes > share.bytes && inFlight > 1
			mu.Unlock()
			result, stored, release := before(data, limits)
			return result, stored, func() {
				release()
				mu.Lock()
				inFlight, bytes = inFlight-1, bytes-takes
				mu.Unlock()
			}
		}
		for i, s := range d.see(t, files) {
			if s.Verdict != images.OK || s.Name != files[i].Name {
				t.Errorf("%+v in place %d", s, i)
			}
		}
		decode = before
		if tooMany || inFlight != 0 {
			t.Errorf("memory %d: up to %d in flight, too many %t, %d left over", memory, most, tooMany, inFlight)
		}
	}
}

// The pixels that a looker saw are used again once all have answered.
func TestPixelsAreGivenBack(t *testing.T) {
	released := 0
	before := decode
	t.Cleanup(func() { decode = before })
	decode = func(data []byte, limits images.Limits) (images.Result, image.Image, func()) {
		result, stored, release := before(data, limits)
		return result, stored, func() { released++; release() }
	}
	d := newDesk(t, Looker{Name: "looks-1", Columns: []string{"n"}, Look: func(p *Picture) []string {
		if p.Stored == nil || released > 0 {
			t.Error("the pixels are gone")
		}
		return []string{""}
	}})
	d.see(t, blobs(t, grey(t, 100)))
	if released != 1 {
		t.Errorf("released %d times", released)
	}
}

// A disk that does not answer says nothing of a picture: a blob that was there is not taken away, and ends the run; any
// other file is not fetched, which is not missing.
func TestADiskThatDoesNotAnswer(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.png")
	if err := os.WriteFile(path, []byte("the bytes"), 0o644); err != nil {
		t.Fatal(err)
	}
	defer func() { stat = fileio.Stat }()
	for number, ends := range map[syscall.Errno]bool{syscall.EIO: false, syscall.ESTALE: false, syscall.EMFILE: false,
		syscall.EACCES: false, syscall.ENOMEM: true} {
		stat = func(name string) (fs.FileInfo, error) {
			return nil, &fs.PathError{Op: "stat", Path: name, Err: number}
		}
		for _, sum := range []string{"", strings.Repeat("0", 64)} {
			facts, err := OpenFacts(t.TempDir(), Lookers...)
			if err != nil {
				t.Fatal(err)
			}
			verdict := images.Verdict("")
			pass := Pass{Facts: facts, Limits: images.Limits{MinSide: 1, MaxPixels: 1 << 20}, Workers: 1, Memory: 1 << 20,
				Kept: func(string, images.Verdict) bool { return false }, Progress: func(int64) {}}
			err = pass.Run(t.Context(), Each([]File{{Name: "a.png", Path: path, SHA256: sum}}), func(s *Seen) error {
				verdict = s.Verdict
				return nil
			})
			if sum != "" || ends {
				if !errors.Is(err, number) {
					t.Errorf("%v: %v", number, err)
				}
			} else if err != nil || verdict != images.NotFetched {
				t.Errorf("%v: %s, %v", number, verdict, err)
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%v: %v", number, err)
			}
			if err := facts.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestLoadSaysWhyThereIsNoFile(t *testing.T) {
	file := File{Name: "a/1.jpg", Failed: "gone from work/blobs"}
	if _, _, err := Load(&file, images.Limits{}); err == nil || err.Error() != "a/1.jpg: gone from work/blobs" {
		t.Error(err)
	}
}
