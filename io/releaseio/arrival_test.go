package releaseio

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// elsewhere is a version that was published in another dist, as text by path.
func elsewhere(t testing.TB, state string) map[string][]byte {
	t.Helper()
	dist := filepath.Join(t.TempDir(), "dist")
	if _, err := publish(&disk{}, dist, state, "one"); err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	err := filepath.WalkDir(filepath.Join(dist, "DXv1"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		inside, _ := filepath.Rel(filepath.Join(dist, "DXv1"), path)
		all[filepath.ToSlash(inside)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// arrive brings these files into dist, as a download does.
func arrive(d *disk, dist string, files map[string][]byte) error {
	a, err := beginArrival(d, dist, "DXv1")
	if err != nil {
		return err
	}
	defer a.Close()
	paths := map[string]bool{}
	for path := range files {
		paths[path] = true
	}
	if err := a.Keep(paths); err != nil {
		return err
	}
	for path, data := range files {
		if err := a.Root.MkdirAll(filepath.Dir(filepath.FromSlash(path)), 0o777); err != nil {
			return err
		}
		if err := a.Write(path, data); err != nil {
			return err
		}
	}
	return a.Publish()
}

func TestAVersionArrives(t *testing.T) {
	for _, state := range []string{Draft, Approved} {
		files, dist := elsewhere(t, state), filepath.Join(t.TempDir(), "dist")
		must(t, arrive(&disk{}, dist, files))
		if edition(t, dist) != "one" || !cmp.Equal(names(t, dist), []string{"DXv1"}) {
			t.Errorf("in dist: %q", names(t, dist))
		}
		for path, data := range files {
			got, err := os.ReadFile(filepath.Join(dist, "DXv1", path))
			if err != nil || string(got) != string(data) {
				t.Errorf("%s: %q, %v", path, got, err)
			}
		}
		info, err := os.Stat(filepath.Join(dist, "DXv1", "mapping"))
		if err != nil || (info.Mode()&0o222 == 0) != (state == Approved) {
			t.Errorf("%s: %v, %v", state, info.Mode(), err)
		}
		mustSay(t, arrive(&disk{}, dist, files), "is there already, and stays as it is")
	}
}

// Killed at each change of the disk in turn, the name shows nothing or the whole version; the next run, which
// sweeps first, ends with it.
func TestAnArrivalKilledAnywhere(t *testing.T) {
	files, killed := elsewhere(t, Approved), errors.New("killed")
	for at := 0; ; at++ {
		dist, n, dead := filepath.Join(t.TempDir(), "dist"), 0, false
		d := &disk{fault: oneByOne(func(string, string) error {
			if dead = dead || n == at; dead {
				return killed
			}
			n++
			return nil
		})}
		err := arrive(d, dist, files)
		if err == nil {
			if at < 8 {
				t.Errorf("only %d changes were tried", at)
			}
			return
		}
		if !errors.Is(err, killed) {
			t.Fatal(err)
		}
		if is := edition(t, dist); is != "" && is != "one" {
			t.Fatalf("killed at %d: %q", at, is)
		} else if is == "one" { // after the rename
			continue
		}
		if _, err := sweep(&disk{}, []string{dist}); err != nil {
			t.Fatal(err)
		}
		must(t, arrive(&disk{}, dist, files))
		if edition(t, dist) != "one" || !cmp.Equal(names(t, dist), []string{"DXv1"}) {
			t.Errorf("killed at %d, then in dist: %q", at, names(t, dist))
		}
	}
}

// What has come stays for the next run; whatever else is there goes, be it in read-only folders.
func TestAnArrivalKeepsWhatIsWanted(t *testing.T) {
	dist := t.TempDir()
	a, err := BeginArrival(dist, "DXv1")
	must(t, err)
	for _, path := range []string{"a.csv", "mapping/c.csv", "mapping/old/x", "old/y", "manifest.json"} {
		must(t, a.Root.MkdirAll(filepath.Dir(path), 0o777))
		must(t, a.Write(path, []byte(path)))
	}
	must(t, a.Root.Symlink("a.csv", "link"))
	must(t, a.Root.Symlink("..", "mapping/up"))
	must(t, a.Root.Mkdir("empty", 0o777))
	must(t, a.Root.Chmod("mapping/old", 0o555))
	must(t, a.Root.Chmod("mapping", 0o555))
	must(t, os.Chmod(a.Dir(), 0o555))
	must(t, a.Close())
	if _, err := sweep(&disk{}, []string{dist}); err != nil {
		t.Fatal(err)
	}
	a, err = BeginArrival(dist, "DXv1")
	must(t, err)
	must(t, a.Keep(map[string]bool{"a.csv": true, "mapping/c.csv": true, "link": true, "mapping/missing": true}))
	must(t, a.Close())
	for _, folder := range []string{".", "mapping"} {
		if info, err := os.Stat(filepath.Join(a.Dir(), folder)); err != nil || info.Mode()&0o200 == 0 {
			t.Errorf("%s: nobody may write to it: %v, %v", folder, info.Mode(), err)
		}
	}
	for _, kept := range []string{"a.csv", "mapping/c.csv"} {
		if data, err := os.ReadFile(filepath.Join(a.Dir(), kept)); err != nil || string(data) != kept {
			t.Errorf("%s: %q, %v", kept, data, err)
		}
	}
	for _, gone := range []string{"empty", "old", "mapping/old", "mapping/up", "link", ManifestName} {
		if _, err := os.Lstat(filepath.Join(a.Dir(), gone)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there: %v", gone, err)
		}
	}
}

// What is not as the manifest says does not appear.
func TestAnArrivalThatIsNotWhole(t *testing.T) {
	for name, harm := range map[string]func(map[string][]byte){
		"a.csv: is missing":            func(f map[string][]byte) { delete(f, "a.csv") },
		"a.csv: is not as it was":      func(f map[string][]byte) { f["a.csv"] = []byte("short") },
		"new.csv: is not in the":       func(f map[string][]byte) { f["new.csv"] = nil },
		"manifest.json: has SHA-256":   func(f map[string][]byte) { f["manifest.json"] = append(f["manifest.json"], ' ') },
		"manifest.json: no such file":  func(f map[string][]byte) { delete(f, "manifest.json") },
		"does not list the outputs of": func(f map[string][]byte) { f[SumsName] = f[SumsName][:80] },
	} {
		files, dist := elsewhere(t, Draft), t.TempDir()
		harm(files)
		mustSay(t, arrive(&disk{}, dist, files), name)
		if _, err := os.Lstat(filepath.Join(dist, "DXv1")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: it is there: %v", name, err)
		}
	}
	dist := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dist, ".DXv1.download"), nil, 0o644))
	mustSay(t, arrive(&disk{}, dist, elsewhere(t, Draft)), "is no folder, and a version is to arrive in it: remove it")
	for _, name := range []string{"../DXv1", "", ".", ".DXv1", "a/b"} {
		if _, err := BeginArrival(dist, name); err == nil {
			t.Errorf("%q is the name of a version", name)
		}
	}
}

func TestArrivingName(t *testing.T) {
	for folder, want := range map[string]string{ArrivingFolder("DXv1"): "DXv1", ".download": "", "DXv1.download": "",
		".DXv1": "", "DXv1": "", ".DXv1.partial-AAAAAAAAAAAAA": ""} {
		if got, ok := ArrivingName(folder); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %v", folder, got, ok)
		}
	}
}

// A manifest of elsewhere is read strictly: what a folder cannot hold, or what leads out of it, is refused before
// anything is made for it.
func TestForeignManifest(t *testing.T) {
	files := elsewhere(t, Draft)
	m, sum, err := Foreign{files[ManifestName], files[SumsName]}.Read()
	if err != nil || len(m.Outputs) != 3 || !strings.HasPrefix(string(files[SumsName]), sum) {
		t.Fatalf("%v, %s, %v", m, sum, err)
	}
	hash := strings.Repeat("0a", 32)
	entry := func(path string, bytes int64, sum string) string {
		return fmt.Sprintf(`{"path": %q, "bytes": %d, "sha256": %q}`, path, bytes, sum)
	}
	for outputs, want := range map[string]string{
		entry("../a", 1, hash):                                  "want a relative path",
		entry("/etc/passwd", 1, hash):                           "want a relative path",
		entry("a//b", 1, hash):                                  "want a relative path",
		entry("", 1, hash):                                      "want a relative path",
		entry(ManifestName, 1, hash):                            "listed twice, or the manifest itself",
		entry("a", 1, hash) + "," + entry("a", 1, hash):         "listed twice",
		entry("a", -1, hash):                                    "has -1 bytes",
		entry("a", 1<<62, hash) + "," + entry("b", 1<<62, hash): "no disk holds that",
		entry("a", 1, "00"):                                     "want 64 digits",
		entry("a", 1, strings.ToUpper(hash)):                    "want 64 digits in lower-case",
		entry("a", 1, strings.Repeat("zz", 32)):                 "want 64 digits",
		entry("a", 1, hash) + "," + entry("a/b", 1, hash):       "a is a file as well",
		entry(SumsName+"/b", 1, hash):                           "manifest.sha256 is a file as well",
	} {
		text := `{"dataset": "DX", "version": "1", "state": "draft", "outputs": [` + outputs + `]}`
		if _, _, err := (Foreign{[]byte(text), nil}).Read(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", outputs, err, want)
		}
	}
	for _, sums := range [][]byte{nil, files[SumsName][:60], append([]byte("f"), files[SumsName][1:]...)} {
		if _, _, err := (Foreign{append(files[ManifestName], '\n'), sums}).Read(); sums != nil && err == nil {
			t.Errorf("a manifest that %q does not fit is read", sums)
		}
	}
	lost := []byte(`{"dataset": "DX", "version": "1", "state": "draft", "tool": {"sums": true}}`)
	_, _, err = Foreign{lost, nil}.Read()
	mustSay(t, err, "manifest.sha256: is missing")
}

func FuzzForeign(f *testing.F) {
	f.Add([]byte(`{"outputs": [{"path": "a", "bytes": 1, "sha256": "00"}]}`), []byte("x"))
	f.Fuzz(func(t *testing.T, manifest, sums []byte) {
		m, _, err := Foreign{manifest, sums}.Read()
		if err != nil {
			return
		}
		for _, e := range m.Outputs {
			if checkPath(e.Path) != nil || e.Bytes < 0 || len(e.SHA256) != 64 {
				t.Errorf("%+v", e)
			}
		}
	})
}
