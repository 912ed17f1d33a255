//go:build unix

package blobio_test

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
)

// What is no ordinary file in a folder is reported, by Stat, Get and List alike, and nothing waits for it or leaves the folder.
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
			"good.jpg": "", "sub/deep.jpg": "", "link.jpg": "", "linkdir/deep.jpg": "", "dangling.jpg": blobio.Missing, "out.jpg": blobio.Outside,
			"absolute.jpg": blobio.Outside, "outdir/secret.jpg": blobio.Outside, "circle.jpg": blobio.NotAFile, "fifo.jpg": blobio.NotAFile,
			"socket.jpg": blobio.NotAFile, "sub": blobio.NotAFile, "linkdir": blobio.NotAFile, "good.jpg/below.jpg": blobio.Missing,
			"../secret.jpg": blobio.BadKey, "/etc/passwd": blobio.BadKey, "sub//deep.jpg": blobio.BadKey, strings.Repeat("n", 300): blobio.Missing,
		}
		for key, reason := range want {
			_, statErr := s.Stat(t.Context(), key)
			_, getErr := s.Get(t.Context(), blobio.Object{Key: key, Size: -1}, func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err })
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
		for _, key := range []string{"good.jpg", "sub/deep.jpg", "link.jpg", "dangling.jpg", "out.jpg", "absolute.jpg", "outdir", "circle.jpg", "fifo.jpg", "socket.jpg"} {
			reason, is := listed[key]
			if wanted := map[string]blobio.Reason{"outdir": blobio.Outside}; !is || reason != want[key] && reason != wanted[key] {
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

// What a killed run left is no object, and is removed when nobody has written to it for long.
func TestFolderAfterAKill(t *testing.T) {
	dir := t.TempDir()
	dead, alive := ".partial-"+strings.Repeat("A", 26), ".partial-"+strings.Repeat("7", 26)
	for _, name := range []string{dead, alive} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("half"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(filepath.Join(dir, dead), time.Time{}, time.Now().Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	s := openFolder(t, dir)
	blobtest.Save(t, s, "a.jpg", picture)
	if got := blobtest.Listed(t, s, ""); len(got) != 1 {
		t.Errorf("lists %v", got)
	}
	_, old := os.Stat(filepath.Join(dir, dead))
	_, young := os.Stat(filepath.Join(dir, alive))
	if !errors.Is(old, fs.ErrNotExist) || young != nil {
		t.Errorf("the old one: %v; the young one, which may be another's: %v", old, young)
	}
}

func TestFolderIsMissing(t *testing.T) {
	if _, err := blobio.Open(t.Context(), filepath.Join(t.TempDir(), "none"), blobio.Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
