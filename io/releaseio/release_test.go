package releaseio

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// publish writes a version of three files whose content tells the edition.
func publish(d *disk, dist, state, edition string) (bool, error) {
	v, err := begin(d, dist, "DXv1")
	if err != nil {
		return false, err
	}
	defer v.Abort()
	for _, path := range []string{"a.csv", "mapping/deep/b.csv", "mapping/c.csv"} {
		f, err := v.Create(path)
		if err != nil {
			return false, err
		}
		defer f.Abort()
		if _, err := fmt.Fprintf(f, "%s of %s\n", path, edition); err != nil {
			return false, err
		}
		if err := f.Close(); err != nil {
			return false, err
		}
	}
	return v.Publish(Manifest{Dataset: "DX", Version: "1", State: state, BuiltAt: "now " + edition,
		Inputs: []Entry{{Path: "x", Bytes: 1, SHA256: "00"}}, Settings: map[string]any{"b": 1, "a": []string{"<&>"}}})
}

// edition says which edition is published, after verifying it; "" when none is.
func edition(t *testing.T, dist string) string {
	t.Helper()
	dir := filepath.Join(dist, "DXv1")
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	verified, err := Verify(dir, 2)
	if err != nil || len(verified.Differences) > 0 || !verified.Sealed {
		t.Fatalf("the published version is not whole: %+v %v", verified, err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "a.csv"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(strings.TrimPrefix(string(b), "a.csv of "))
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestDraftReplacesDraft(t *testing.T) {
	for _, two := range []bool{false, true} {
		dist := filepath.Join(t.TempDir(), "dist")
		for _, e := range []string{"one", "two", "two", "three"} {
			if _, err := publish(&disk{twoRenames: two}, dist, Draft, e); err != nil {
				t.Fatal(err)
			}
			if got := edition(t, dist); got != e {
				t.Fatalf("published %q, want %q", got, e)
			}
			if got := names(t, dist); !cmp.Equal(got, []string{"DXv1"}) {
				t.Fatalf("left in dist: %q", got)
			}
		}
	}
}

func TestFinalVersionNeverChanges(t *testing.T) {
	dist := t.TempDir()
	if already, err := publish(&disk{}, dist, "approved", "one"); already || err != nil {
		t.Fatal(already, err)
	}
	before, err := os.ReadFile(filepath.Join(dist, "DXv1", ManifestName))
	if err != nil {
		t.Fatal(err)
	}
	if already, err := publish(&disk{}, dist, "approved", "one"); !already || err != nil {
		t.Fatal(already, err)
	}
	_, err = publish(&disk{}, dist, "approved", "two")
	changed, ok := errors.AsType[*ChangedError](err)
	if !ok {
		t.Fatalf("error %v, want *ChangedError", err)
	}
	var paths []string
	for _, d := range changed.Differences {
		paths = append(paths, d.Path)
	}
	if want := []string{"a.csv", "mapping/c.csv", "mapping/deep/b.csv"}; !cmp.Equal(paths, want) {
		t.Errorf("differences %q, want %q", paths, want)
	}
	after, err := os.ReadFile(filepath.Join(dist, "DXv1", ManifestName))
	if err != nil || !bytes.Equal(before, after) || edition(t, dist) != "one" {
		t.Errorf("the published version changed: %v", err)
	}
	if got := names(t, dist); !cmp.Equal(got, []string{"DXv1"}) {
		t.Errorf("left in dist: %q", got)
	}
	if err := os.WriteFile(filepath.Join(dist, "DXv1", "a.csv"), []byte("damaged"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := publish(&disk{}, dist, "approved", "one"); err == nil ||
		!strings.Contains(err.Error(), "a.csv: has 7 bytes, want 13") {
		t.Errorf("error %v, want one that names the damaged file", err)
	}
}

// TestKilledAnywhere lets the run die at each change of the disk in turn: nothing that comes later happens, not even
// cleaning up. The version is the old one or the new one, whole; the next run sweeps and publishes.
func TestKilledAnywhere(t *testing.T) {
	killed := errors.New("killed")
	for _, two := range []bool{false, true} {
		for _, old := range []string{"", "old"} {
			for at := 0; ; at++ {
				dist := filepath.Join(t.TempDir(), "dist")
				if old != "" {
					if _, err := publish(&disk{}, dist, Draft, old); err != nil {
						t.Fatal(err)
					}
				}
				n := 0
				d := &disk{twoRenames: two, fault: oneByOne(func(op, path string) error {
					n++
					if n > at {
						return killed
					}
					return nil
				})}
				_, err := publish(d, dist, Draft, "new")
				if two {
					if _, err := sweep(&disk{}, []string{dist}); err != nil {
						t.Fatal(err)
					}
				}
				if got := edition(t, dist); got != old && got != "new" {
					t.Fatalf("killed at change %d: edition %q, want %q or %q", at, got, old, "new")
				}
				if _, err := sweep(&disk{}, []string{dist}); err != nil {
					t.Fatal(err)
				}
				if _, err := publish(&disk{twoRenames: two}, dist, Draft, "new"); err != nil {
					t.Fatal(err)
				}
				if got := names(t, dist); edition(t, dist) != "new" || !cmp.Equal(got, []string{"DXv1"}) {
					t.Fatalf("killed at change %d: after the next run %q", at, got)
				}
				if err == nil && n <= at {
					if at < 12 {
						t.Fatalf("only %d changes of the disk were seen", at)
					}
					break
				}
			}
		}
	}
}

// TestDiskFull lets one change of the disk fail in turn, after which the disk works again: the error names a path and
// its cause, the old version stays, nothing is left aside. oneByOne lets a fault be asked from many goroutines.
func oneByOne(fault func(op, path string) error) func(op, path string) error {
	var mu sync.Mutex
	return func(op, path string) error {
		mu.Lock()
		defer mu.Unlock()
		return fault(op, path)
	}
}

func TestDiskFull(t *testing.T) {
	for _, two := range []bool{false, true} {
		for at := 0; diskFull(t, two, at); at++ {
		}
	}
}

// diskFull lets one change fail; false: there are not so many.
func diskFull(t *testing.T, two bool, at int) bool {
	dist := filepath.Join(t.TempDir(), "dist")
	if _, err := publish(&disk{}, dist, Draft, "old"); err != nil {
		t.Fatal(err)
	}
	n, failed := 0, ""
	d := &disk{twoRenames: two, fault: oneByOne(func(op, path string) error {
		n++
		if n == at+1 {
			failed = op + " " + path
			return syscall.ENOSPC
		}
		return nil
	})}
	_, err := publish(d, dist, Draft, "new")
	if failed == "" {
		return false
	}
	if strings.HasPrefix(failed, "remove ") { // the old version stays aside until it is swept
		return true
	}
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), failed) {
		t.Fatalf("error %v, want ENOSPC at %q", err, failed)
	}
	if got := edition(t, dist); got != "old" && failed != "sync "+dist {
		t.Fatalf("%s failed: edition %q", failed, got)
	}
	if got := names(t, dist); !cmp.Equal(got, []string{"DXv1"}) {
		t.Fatalf("%s failed: left in dist: %q", failed, got)
	}
	return true
}

func TestWriteFileFaults(t *testing.T) {
	for at := 0; ; at++ {
		dir := t.TempDir()
		path := filepath.Join(dir, "f.csv")
		if err := WriteFile(path, []byte("old")); err != nil {
			t.Fatal(err)
		}
		n := 0
		d := &disk{fault: oneByOne(func(op, path string) error {
			n++
			if n == at+1 {
				return syscall.ENOSPC
			}
			return nil
		})}
		err := writeFile(d, path, []byte("new"))
		b, readErr := os.ReadFile(path)
		if readErr != nil || string(b) != "old" && string(b) != "new" {
			t.Fatalf("after fault %d: %q %v", at, b, readErr)
		}
		if got := names(t, dir); !cmp.Equal(got, []string{"f.csv"}) {
			t.Fatalf("after fault %d: left %q", at, got)
		}
		if n <= at {
			if err != nil || string(b) != "new" || at < 4 {
				t.Fatalf("%q %v after %d changes", b, err, at)
			}
			return
		}
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), dir) ||
			strings.Contains(err.Error(), ".partial-") {
			t.Fatalf("error %v", err)
		}
	}
}

// Who may read or write a file does not change when its content does.
func TestWriteFileKeepsPermissions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	for _, mode := range []fs.FileMode{0o644, 0o640, 0o664} {
		if err := errors.Join(WriteFile(path, []byte("x")), os.Chmod(path, mode), WriteFile(path, []byte("y"))); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("mode %v, %v, want %v", info.Mode(), err, mode)
		}
	}
}

func TestCreateEntryAndAbort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	f, err := create(&disk{}, path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("abc")); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f.Abort()
	want := Entry{Path: path, Bytes: 3, SHA256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}
	if f.entry != want {
		t.Errorf("entry %v, want %v", f.entry, want)
	}
	g, err := create(&disk{}, path)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = g.Write([]byte("lost"))
	g.Abort()
	if b, _ := os.ReadFile(path); string(b) != "abc" || len(names(t, filepath.Dir(path))) != 1 {
		t.Errorf("after Abort: %q", b)
	}
}

func TestPathsStayInside(t *testing.T) {
	dist := t.TempDir()
	v, err := Begin(dist, "DXv1")
	if err != nil {
		t.Fatal(err)
	}
	defer v.Abort()
	for _, path := range []string{"", ".", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", ManifestName} {
		if f, err := v.Create(path); err == nil {
			t.Errorf("path %q was taken", path)
			f.Abort()
		}
	}
	if err := os.Symlink(t.TempDir(), filepath.Join(v.aside, "out")); err != nil {
		t.Fatal(err)
	}
	if f, err := v.Create("out/x"); err == nil {
		t.Error("a file was written through a link that leaves the version")
		f.Abort()
	}
	for _, name := range []string{"", "..", ".x", "a/b", `a\b`} {
		if _, err := Begin(dist, name); err == nil {
			t.Errorf("version name %q was taken", name)
		}
	}
}

func TestManyFilesAtOnce(t *testing.T) {
	dist := t.TempDir()
	v, err := Begin(dist, "DXv1")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			f, err := v.Create(fmt.Sprintf("d%d/f%d", i%7, i))
			if err != nil {
				t.Error(err)
				return
			}
			fmt.Fprint(f, i)
			if i%10 == 9 {
				f.Abort()
				return
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if _, err := v.Publish(Manifest{State: "approved"}); err != nil {
		t.Fatal(err)
	}
	m, err := ReadManifest(filepath.Join(dist, "DXv1"))
	if err != nil || len(m.Outputs) != 45 {
		t.Fatalf("%d outputs, want 45: %v", len(m.Outputs), err)
	}
	if d, err := Verify(filepath.Join(dist, "DXv1"), 8); err != nil || len(d.Differences) > 0 {
		t.Error(d, err)
	}
}

func TestVerifyNamesEverything(t *testing.T) {
	dist := t.TempDir()
	if _, err := publish(&disk{}, dist, "approved", "one"); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(dist, "DXv1")
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, err := range []error{
		os.WriteFile(at("a.csv"), []byte("a.csv of two\n"), 0o644),
		os.Remove(at("mapping/c.csv")),
		os.Rename(at("mapping/deep/b.csv"), filepath.Join(dist, "b.csv")),
		os.Symlink(filepath.Join(dist, "b.csv"), at("mapping/deep/b.csv")),
		os.WriteFile(at("extra"), nil, 0o644),
		os.Mkdir(at("hollow"), 0o755),
		os.Symlink("/etc", at("etc")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	verified, err := Verify(dir, 3)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range verified.Differences {
		got = append(got, strings.Split(d.String(), " 0")[0])
	}
	want := []string{"a.csv: has SHA-256", "etc: is a symbolic link, and not in the manifest",
		"extra: is not in the manifest", "hollow: is an empty folder", "mapping/c.csv: is missing",
		"mapping/deep/b.csv: is a symbolic link, want a regular file"}
	for i := range got {
		if strings.HasPrefix(got[i], "a.csv: has SHA-256") {
			got[i] = "a.csv: has SHA-256"
		}
	}
	if !cmp.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
}

func TestManifestBytes(t *testing.T) {
	type settings struct {
		Z string `json:"z"`
		A int    `json:"a"`
	}
	m := Manifest{Dataset: "DX", Version: "27.1", State: Draft,
		Settings: settings{"<é>", 1}, ICD11: map[string]string{"release": "2025-01"},
		Counts:  map[string]int64{"b": 1 << 60, "a": 2},
		Outputs: []Entry{{Path: "b"}, {Path: "a", Bytes: 3, SHA256: "ff"}}, BuiltAt: "t"}
	b, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "dataset": "DX",
  "version": "27.1",
  "state": "draft",
  "state_sha256": "",
  "tool": null,
  "settings": {
    "a": 1,
    "z": "<é>"
  },
  "icd11": {
    "release": "2025-01"
  },
  "counts": {
    "a": 2,
    "b": 1152921504606846976
  },
  "approval": null,
  "inputs": [],
  "outputs": [
    {
      "path": "a",
      "bytes": 3,
      "sha256": "ff"
    },
    {
      "path": "b",
      "bytes": 0,
      "sha256": ""
    }
  ],
  "built_at": "t"
}
`
	if string(b) != want {
		t.Error(cmp.Diff(want, string(b)))
	}
	back, err := decodeManifest(b)
	if err != nil {
		t.Fatal(err)
	}
	m.BuiltAt = "later"
	if d := compareManifests(back, m); len(d) > 0 {
		t.Error("a manifest read back differs:", d)
	}
	m.State, m.PseudonymKey, m.Inputs = "approved", "0123456789abcdef", []Entry{{Path: "in"}}
	if d := compareManifests(back, m); len(d) != 3 {
		t.Error("differences:", d)
	}
}

func FuzzManifest(f *testing.F) {
	b, err := Manifest{Dataset: "DX", Outputs: []Entry{{Path: "a"}}, Settings: map[string]any{"x": 1.5}}.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"outputs":[{"path":"../x"}]}`))
	f.Add([]byte(`{} {}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := decodeManifest(b)
		if err != nil {
			return
		}
		once, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := decodeManifest(once)
		if err != nil {
			t.Fatalf("%v\n%s", err, once)
		}
		twice, err := again.encode()
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%s\n%s\n%v", once, twice, err)
		}
	})
}

// Whatever somebody does to a version while it is written, it is published whole or not at all.
func TestChangedWhileWritten(t *testing.T) {
	for what, change := range map[string]func(aside string) error{
		"a file removed":   func(aside string) error { return os.Remove(filepath.Join(aside, "a.csv")) },
		"a file cut":       func(aside string) error { return os.Truncate(filepath.Join(aside, "a.csv"), 3) },
		"a file added":     func(aside string) error { return os.WriteFile(filepath.Join(aside, "b.csv"), nil, 0o644) },
		"a folder added":   func(aside string) error { return os.Mkdir(filepath.Join(aside, "b"), 0o755) },
		"a folder removed": func(aside string) error { return os.RemoveAll(filepath.Join(aside, "d")) },
		"all removed":      os.RemoveAll,
		"a link": func(aside string) error {
			return errors.Join(os.Rename(filepath.Join(aside, "a.csv"), filepath.Join(aside, "d", "a.csv")),
				os.Symlink("d/a.csv", filepath.Join(aside, "a.csv")))
		},
		"another folder": func(aside string) error {
			return errors.Join(os.Rename(aside, aside+"-away"), os.CopyFS(aside, os.DirFS(t.TempDir())))
		},
	} {
		dist := t.TempDir()
		if _, err := publish(&disk{}, dist, Draft, "old"); err != nil {
			t.Fatal(err)
		}
		v, err := Begin(dist, "DXv1")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"a.csv", "d/b.csv"} {
			f, err := v.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprint(f, "new, "+path)
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if err := change(v.aside); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Publish(Manifest{Dataset: "DX", Version: "1", State: Draft}); err == nil {
			t.Errorf("%s: published", what)
		}
		if got := edition(t, dist); got != "old" {
			t.Errorf("%s: %q is published", what, got)
		}
	}
}
