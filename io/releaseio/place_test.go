package releaseio

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// placed publishes an edition of two tables and three placed files, of which two are one.
func placed(d *disk, dist, store, edition string, link bool) error {
	v, err := begin(d, dist, "DXv1")
	if err != nil {
		return err
	}
	defer v.Abort()
	f, err := v.Create("a.csv")
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := fmt.Fprintf(f, "a.csv of %s\n", edition); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	for name, path := range map[string]string{"images/A/1.jpg": "x", "images/A/2.jpg": "x", "images/B/3.png": "y"} {
		from := filepath.Join(store, path)
		data, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		if err := v.Place(from, Entry{name, int64(len(data)), hex.EncodeToString(sum[:])}, link); err != nil {
			return err
		}
	}
	_, err = v.Publish(Manifest{Dataset: "DX", Version: "1", State: Draft, BuiltAt: "now"})
	return err
}

// aStore is a folder of two read-only files.
func aStore(t *testing.T) string {
	t.Helper()
	store := t.TempDir()
	for name, text := range map[string]string{"x": "picture", "y": "another picture"} {
		if err := os.WriteFile(filepath.Join(store, name), []byte(text), 0o444); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

func TestPlacedFilesAreLinksOrCopies(t *testing.T) {
	for what, c := range map[string]struct {
		link  bool
		cause error // of links
		same  bool
		fails bool
	}{
		"links": {link: true, same: true}, "copies": {},
		"another file system": {link: true, cause: syscall.EXDEV}, "too many links": {link: true, cause: syscall.EMLINK},
		"somebody else's":  {link: true, cause: syscall.EPERM},
		"a full directory": {link: true, cause: syscall.ENOSPC, fails: true},
		"no permission":    {link: true, cause: syscall.EACCES, fails: true},
	} {
		t.Run(what, func(t *testing.T) {
			store, dist := aStore(t), t.TempDir()
			d := &disk{fault: func(op, _ string) error {
				if op == "link" {
					return c.cause
				}
				return nil
			}}
			err := placed(d, dist, store, "one", c.link)
			if c.fails {
				if !errors.Is(err, c.cause) || len(names(t, dist)) > 0 ||
					!strings.Contains(err.Error(), filepath.Join(dist, "DXv1", "images")) {
					t.Errorf("error %v, left %q", err, names(t, dist))
				}
				return
			}
			if err != nil || edition(t, dist) != "one" {
				t.Fatal(err)
			}
			there, errThere := os.Stat(filepath.Join(store, "x"))
			for _, name := range []string{"images/A/1.jpg", "images/A/2.jpg"} {
				info, err := os.Stat(filepath.Join(dist, "DXv1", name))
				if err := errors.Join(err, errThere); err != nil {
					t.Fatal(err)
				}
				if info.Mode().Perm()&0o222 != 0 || os.SameFile(info, there) != c.same {
					t.Errorf("%s: mode %v, the store's own: %t", name, info.Mode(), os.SameFile(info, there))
				}
			}
		})
	}
}

// A disk that fails at any change leaves the old version or the new one, whole.
func TestPlaceAnywhere(t *testing.T) {
	for _, link := range []bool{true, false} {
		for at := 0; ; at++ {
			store, dist, n := aStore(t), t.TempDir(), 0
			if err := placed(&disk{}, dist, store, "one", link); err != nil {
				t.Fatal(err)
			}
			var mu sync.Mutex
			d := &disk{fault: func(string, string) error {
				mu.Lock()
				defer mu.Unlock()
				if n++; n > at {
					return syscall.ENOSPC
				}
				return nil
			}}
			err := placed(d, dist, store, "two", link)
			if _, err := sweep(&disk{}, []string{dist}); err != nil {
				t.Fatal(err)
			}
			got := edition(t, dist)
			if err == nil && got != "two" || err != nil && (!errors.Is(err, syscall.ENOSPC) || got != "one" && got != "two") {
				t.Fatalf("fault at change %d: %v, edition %q", at, err, got)
			}
			if left := names(t, dist); !cmp.Equal(left, []string{"DXv1"}) {
				t.Fatalf("fault at change %d: left %q", at, left)
			}
			if n <= at {
				if at < 8 {
					t.Fatalf("only %d changes of the disk were seen", at)
				}
				break
			}
		}
	}
}

func TestPlaceRefuses(t *testing.T) {
	store := aStore(t)
	v, err := Begin(t.TempDir(), "DXv1")
	if err != nil {
		t.Fatal(err)
	}
	defer v.Abort()
	x := filepath.Join(store, "x")
	if err := v.Place(x, Entry{"images/1.jpg", 7, ""}, true); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"images/1.jpg": "written twice", "../1.jpg": "relative path",
		"/1.jpg": "relative path", "images/../1.jpg": "relative path"} {
		if err := v.Place(x, Entry{path, 7, ""}, true); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", path, err, want)
		}
	}
	if err := v.Place(x, Entry{"images/2.jpg", 6, ""}, false); err == nil || !strings.Contains(err.Error(), "run again") {
		t.Errorf("a file of another size: error %v", err)
	}
	if err := v.Place(filepath.Join(store, "z"), Entry{"images/3.jpg", 6, ""}, true); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: error %v", err)
	}
}

// A manifest is what encoding/json would write, whatever its files are called.
func TestManifestIsPlainJSON(t *testing.T) {
	m := Manifest{Dataset: "outputs", Settings: map[string]any{"outputs": []int{}, "x": map[string]any{"outputs": "[]"}},
		Inputs: []Entry{{Path: "\n  \"outputs\": []"}}}
	for range 2 {
		text, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		m.Outputs = byPath(m.Outputs)
		if err := e.Encode(m); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.String(), string(text)); diff != "" {
			t.Error(diff)
		}
		m.Outputs = []Entry{{"z", 1 << 40, "aa"}, {"a\"b\\c\n\u2028<&>é\x7f\xff", 0, ""}, {"images/A _ B/s--1.jpg", 12, "bb"}}
	}
}
