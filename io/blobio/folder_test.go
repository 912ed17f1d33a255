//go:build unix

package blobio_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
)

// What is no ordinary file in a folder is reported, by Stat, Get and List alike,
// and nothing waits for it or leaves the folder.
func TestFolderOfOtherThings(t *testing.T) {
	base := t.TempDir()
	dir := filepath.Join(base, "d")
	file := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	link := func(to, name string) {
		t.Helper()
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	file(filepath.Join(dir, "good.jpg"), "good")
	file(filepath.Join(dir, "sub", "deep.jpg"), "deep")
	file(filepath.Join(base, "secret.jpg"), "secret")
	file(filepath.Join(base, "outside", "secret.jpg"), "secret")
	link("good.jpg", "link.jpg")
	link("sub", "linkdir")
	link("nowhere.jpg", "dangling.jpg")
	link("../secret.jpg", "out.jpg")
	link(filepath.Join(base, "secret.jpg"), "absolute.jpg")
	link("../outside", "outdir")
	link("circle.jpg", "circle.jpg")
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo.jpg"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir) // the path of a socket is short
	socket, err := net.Listen("unix", "socket.jpg")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()

	done := make(chan struct{})
	go func() {
		defer close(done)
		s := openFolder(t, dir)
		want := map[string]blobio.Reason{
			"good.jpg": "", "sub/deep.jpg": "", "link.jpg": "", "linkdir/deep.jpg": "", "dangling.jpg": blobio.Missing,
			"out.jpg": blobio.Outside, "absolute.jpg": blobio.Outside, "outdir/secret.jpg": blobio.Outside,
			"circle.jpg": blobio.NotAFile, "fifo.jpg": blobio.NotAFile, "socket.jpg": blobio.NotAFile, "sub": blobio.NotAFile,
			"linkdir": blobio.NotAFile, "good.jpg/below.jpg": blobio.Missing, "../secret.jpg": blobio.BadKey,
			"/etc/passwd": blobio.BadKey, "sub//deep.jpg": blobio.BadKey, strings.Repeat("n", 300): blobio.Missing,
		}
		for key, reason := range want {
			_, statErr := s.Stat(t.Context(), key)
			_, getErr := s.Get(t.Context(), blobio.Object{Key: key, Size: -1},
				func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err })
			for _, err := range []error{statErr, getErr} {
				if is := blobio.ReasonOf(err); is != reason || reason == "" && err != nil {
					t.Errorf("%.40s: %v, want the reason %q", key, err, reason)
				}
			}
		}
		listed := map[string]blobio.Reason{}
		for o, err := range s.List(t.Context(), "") {
			listed[o.Key] = blobio.ReasonOf(err)
		}
		for _, key := range []string{"good.jpg", "sub/deep.jpg", "link.jpg", "dangling.jpg", "out.jpg", "absolute.jpg",
			"outdir", "circle.jpg", "fifo.jpg", "socket.jpg"} {
			reason, is := listed[key]
			if wanted := map[string]blobio.Reason{"outdir": blobio.Outside}; !is ||
				reason != want[key] && reason != wanted[key] {
				t.Errorf("%s: listed %v with %q", key, is, reason)
			}
		}
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("something waits")
	}
}

// A file that is written to while it is read is not taken for either state.
func TestFolderChangesWhileRead(t *testing.T) {
	dir := t.TempDir()
	s := openFolder(t, dir)
	o := blobtest.Save(t, s, "a.jpg", picture)
	_, err := s.Get(t.Context(), o, func(r io.Reader) error {
		if _, err := io.Copy(io.Discard, r); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, "a.jpg"), []byte("another"), 0o644)
	})
	if blobio.ReasonOf(err) != blobio.Changed {
		t.Error(err)
	}
}

// A lateClock is a file system whose clock is behind the one of this machine.
type lateClock struct {
	blobio.FileSystem
	by time.Duration
}

func (l lateClock) OpenFile(name string, flag int, perm fs.FileMode) (blobio.File, error) {
	file, err := l.FileSystem.OpenFile(name, flag, perm)
	if err != nil || flag&os.O_CREATE == 0 {
		return file, err
	}
	return lateFile{file, l.by}, nil
}

type lateFile struct {
	blobio.File
	by time.Duration
}

func (l lateFile) Stat() (fs.FileInfo, error) {
	info, err := l.File.Stat()
	return lateInfo{info, l.by}, err
}

type lateInfo struct {
	fs.FileInfo
	by time.Duration
}

func (l lateInfo) ModTime() time.Time { return l.FileInfo.ModTime().Add(-l.by) }

// What a killed run left is no object, and is removed when nobody has written to it for an hour, as the store counts
// time; also where nothing is put. What is no file of that kind stays.
func TestFolderAfterAKill(t *testing.T) {
	for name, c := range map[string]struct {
		late, age time.Duration
		gone      bool
	}{
		"old":                         {0, 61 * time.Minute, true},
		"young, perhaps another's":    {0, 59 * time.Minute, false},
		"of the future":               {0, -48 * time.Hour, false},
		"old only by our clock":       {3 * time.Hour, 2 * time.Hour, false},
		"young only by our clock":     {-3 * time.Hour, -time.Hour, true},
		"old by the clock of a share": {3 * time.Hour, 4*time.Hour + time.Minute, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			left := ".partial-" + strings.Repeat("A", 26)
			for _, path := range []string{left, "deep/" + left, "deep/.partial-notes", "other/" + left} {
				path = filepath.Join(dir, path)
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("half"), 0o644),
					os.Chtimes(path, time.Time{}, time.Now().Add(-c.age))); err != nil {
					t.Fatal(err)
				}
			}
			f, err := blobio.OpenFolder(t.Context(), dir, blobio.Options{Patience: blobtest.Fast,
				Files: func(next blobio.FileSystem) blobio.FileSystem { return lateClock{next, c.late} }})
			if err != nil {
				t.Fatal(err)
			}
			f.Sweep() // nothing has been listed
			if got := blobtest.Listed(t, f, "deep/"); len(got) != 1 {
				t.Errorf("lists %v", got)
			}
			f.Sweep()
			var got []string
			for _, pattern := range []string{"*", "*/*", ".*", "*/.*"} {
				paths, _ := filepath.Glob(filepath.Join(dir, pattern))
				got = append(got, paths...)
			}
			want := map[bool]int{true: 5, false: 6}[c.gone] // two folders, and files; only what was listed
			if slices.Sort(got); len(slices.Compact(got)) != want {
				t.Errorf("want %d of %v", want, got)
			}
		})
	}
}

// An unlink that is said to have failed may have been made.
func TestFolderRemoveIsSaidToHaveFailed(t *testing.T) {
	dir := t.TempDir()
	for _, made := range []bool{true, false} {
		s := openFolder(t, dir)
		o := blobtest.Save(t, s, "a.jpg", picture)
		n := 0
		faults := &blobtest.Faults{Harm: func(op, name string, _ int64) error {
			if op != "remove" {
				return nil
			}
			if n++; n > 1 {
				return nil
			}
			if made {
				_ = os.Remove(filepath.Join(dir, name))
			}
			return syscall.EIO
		}}
		f, err := blobio.OpenFolder(t.Context(), dir, blobio.Options{Patience: blobtest.Fast, Files: faults.Files})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Remove(t.Context(), o); err != nil || len(blobtest.Listed(t, f, "")) != 0 {
			t.Errorf("made %v: %v", made, err)
		}
	}
}

func TestFolderIsMissing(t *testing.T) {
	if _, err := blobio.Open(t.Context(), filepath.Join(t.TempDir(), "none"),
		blobio.Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// What cannot be walked is told, with its key, and costs nothing else.
func TestFolderGoesOn(t *testing.T) {
	base := t.TempDir()
	dir := filepath.Join(base, "d")
	for _, path := range []string{"src/a.jpg", "src/fold\xe9r/b.jpg", "src/shut/c.jpg",
		"src/z.jpg", "../outside/secret.jpg"} {
		path = filepath.Join(dir, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("x"), 0o644)); err != nil {
			t.Skip(err) // a file system that takes UTF-8 alone
		}
	}
	if err := errors.Join(os.Symlink("../outside", filepath.Join(dir, "link")),
		os.Chmod(filepath.Join(dir, "src", "shut"), 0)); err != nil {
		t.Fatal(err)
	}
	s := openFolder(t, dir)
	all := func(prefix string) map[string]blobio.Reason {
		reasons := map[string]blobio.Reason{}
		for o, err := range s.List(t.Context(), prefix) {
			reasons[o.Key] = blobio.ReasonOf(err)
			if err != nil && reasons[o.Key] == "" {
				t.Errorf("%q: %v", prefix, err)
			}
		}
		return reasons
	}
	want := map[string]blobio.Reason{"src/a.jpg": "", "src/fold\xe9r": blobio.BadKey,
		"src/shut": blobio.Denied, "src/z.jpg": ""}
	if os.Geteuid() == 0 { // may do everything
		delete(want, "src/shut")
		want["src/shut/c.jpg"] = ""
	}
	if diff := cmp.Diff(want, all("src/")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]blobio.Reason{"link": blobio.Outside}, all("link/")); diff != "" {
		t.Error(diff)
	}
	for range s.List(t.Context(), "link/") {
		break // at an error, too
	}
	if err := errors.Join(os.Chmod(filepath.Join(dir, "src", "shut"), 0o755), os.RemoveAll(dir)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]blobio.Reason{"": blobio.Missing}, all("")); diff != "" {
		t.Error(diff)
	}
}

// A file that becomes a pipe between the look and the opening is not waited for.
func TestFolderBecomesAPipe(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.jpg")
	if err := errors.Join(syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644),
		os.WriteFile(filepath.Join(dir, "file"), picture, 0o644)); err != nil {
		t.Fatal(err)
	}
	s, done := openFolder(t, dir), make(chan struct{})
	go func() {
		defer close(done)
		for range 20_000 {
			_, err := s.Get(t.Context(), blobio.Object{Key: "a.jpg", Size: -1},
				func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err })
			if reason := blobio.ReasonOf(err); err != nil && reason != blobio.NotAFile &&
				reason != blobio.Missing && reason != blobio.Changed {
				t.Error(err)
			}
		}
	}()
	end := time.After(30 * time.Second)
	for i := 0; ; i++ {
		from := filepath.Join(dir, []string{"pipe", "file"}[i%2])
		if err := errors.Join(os.Link(from, from+".new"), os.Rename(from+".new", path)); err != nil {
			t.Fatal(err)
		}
		select {
		case <-done:
			return
		case <-end:
			t.Fatal("it waits for a pipe")
		default:
		}
	}
}

// A file that was cut off while it was read is not whole because it has its size and time again.
func TestFolderCountsBytes(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.jpg")
	s := openFolder(t, dir)
	o := blobtest.Save(t, s, "a.jpg", picture)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Get(t.Context(), o, func(r io.Reader) error {
		if err := os.Truncate(path, 100); err != nil {
			t.Error(err)
		}
		_, err := io.Copy(io.Discard, r)
		return errors.Join(err, os.Truncate(path, o.Size), os.Chtimes(path, time.Time{}, info.ModTime()))
	})
	if blobio.ReasonOf(err) != blobio.Differs {
		t.Error(err)
	}
}

// Of several puts of one key at once one does, whole, and the others say so; nothing else is left.
func TestFolderPutsAtOnce(t *testing.T) {
	dir := t.TempDir()
	s := openFolder(t, dir)
	old := blobio.Object{Key: "a.jpg"}
	for round := range 20 {
		const atOnce = 16
		texts, won := make([][]byte, atOnce), make([]blobio.Object, atOnce)
		var puts sync.WaitGroup
		for i := range atOnce {
			texts[i] = bytes.Repeat([]byte{'a' + byte(i)}, 50_000+1000*atOnce*round+i) // sizes differ, as times may not
			puts.Go(func() {
				o, err := s.Put(t.Context(), old, blobio.BytesBody(texts[i]))
				if err != nil && blobio.ReasonOf(err) != blobio.Changed {
					t.Error(err)
				}
				won[i] = o
			})
		}
		puts.Wait()
		winners := 0
		for i, o := range won {
			if o.ETag == "" {
				continue
			}
			winners, old = winners+1, o
			if data, err := blobtest.Load(t, s, o); err != nil || !bytes.Equal(data, texts[i]) {
				t.Errorf("%d bytes, %v", len(data), err)
			}
		}
		if entries, err := os.ReadDir(dir); winners != 1 || len(entries) != 1 || err != nil {
			t.Fatalf("round %d: %d have won, %v is left, %v", round, winners, entries, err)
		}
	}
}

// Names of files that are being written are no keys; other names with dots are.
func TestFolderNamesAside(t *testing.T) {
	s := openFolder(t, t.TempDir())
	aside := ".partial-" + strings.Repeat("A", 26)
	for _, key := range []string{aside, "a/" + aside} {
		if _, err := s.Put(t.Context(), blobio.Object{Key: key},
			blobio.BytesBody(picture)); blobio.ReasonOf(err) != blobio.BadKey {
			t.Errorf("%s: %v", key, err)
		}
	}
	for _, key := range []string{".partial-report.jpg", ".partial-2", "." + aside, aside + ".jpg"} {
		blobtest.Save(t, s, key, picture)
	}
	if got := blobtest.Listed(t, s, ""); len(got) != 4 {
		t.Errorf("%v", got)
	}
}
