package releaseio

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// oddNames are names that text formats stumble over.
var oddNames = []string{"a b.csv", `back\slash.csv`, "line\nend.csv", "return\r.csv", `\n.csv`, " leading", "*star",
	"ünïcode", "mapping/deep/b.csv", "-dash", `two\\n`}

// oddVersion publishes a version of files with such names.
func oddVersion(t *testing.T) (dir string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("this system has no such names")
	}
	dist := t.TempDir()
	v, err := Begin(dist, "DXv1")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range oddNames {
		f, err := v.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(f, "%q", name)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := v.Publish(Manifest{Dataset: "DX", Version: "1", State: Draft}); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dist, "DXv1")
}

// checkLine is what `sha256sum -c` makes of a line, by the manual of GNU coreutils: 64 hex digits, a space, a space or
// an asterisk, and the name, which is escaped where the line begins with a backslash.
func checkLine(line string) (sum, name string, err error) {
	line, escaped := strings.CutPrefix(line, `\`)
	if len(line) < 67 || line[64] != ' ' || line[65] != ' ' && line[65] != '*' {
		return "", "", fmt.Errorf("%q: improperly formatted", line)
	}
	sum, raw := line[:64], line[66:]
	if !escaped {
		return sum, raw, nil
	}
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c == '\\' {
			i++
			at := strings.IndexByte(`\nr`, (raw + "?")[i])
			if at < 0 {
				return "", "", fmt.Errorf("%q: a backslash before something else", line)
			}
			c = "\\\n\r"[at]
		}
		name += string([]byte{c})
	}
	return sum, name, nil
}

// manifest.sha256 has a line for the manifest and one for each output, as sha256sum reads it, whatever their names.
func TestSums(t *testing.T) {
	dir := oddVersion(t)
	text, err := os.ReadFile(filepath.Join(dir, SumsName))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		sum, name, err := checkLine(strings.TrimSuffix(line, "\n"))
		if err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || sum != fmt.Sprintf("%x", sha256.Sum256(content)) {
			t.Errorf("%q: %s, %v", name, sum, err)
		}
		names = append(names, name)
	}
	want := append([]string{ManifestName}, slices.Sorted(slices.Values(oddNames))...)
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	_, outputs, err := parseSums(text)
	if err != nil || len(outputs) != len(oddNames) {
		t.Errorf("%v, %v", outputs, err)
	}
	for i, e := range outputs {
		if e.Path != want[i+1] {
			t.Errorf("%q, want %q", e.Path, want[i+1])
		}
	}
	program, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Log("sha256sum is not there")
		return
	}
	cmd := exec.Command(program, "--strict", "--quiet", "-c", SumsName)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// What damages the manifest or manifest.sha256 is told, and the outputs are verified all the same.
func TestVerifyManifest(t *testing.T) {
	edit := func(name, old, new string) func(dir string) error {
		return func(dir string) error { return replaceText(filepath.Join(dir, name), old, new) }
	}
	changed := ManifestName + ": has SHA-256"
	for what, c := range map[string]struct {
		do   func(dir string) error
		want []string // nil: the version cannot be read
	}{
		"a number": {edit(ManifestName, `"bytes": 7,`, `"bytes": 8,`), []string{"has 7 bytes, want 8", changed}},
		"a letter": {edit(ManifestName, `"dataset": "DX"`, `"dataset": "DY"`), []string{changed}},
		"no JSON": {func(dir string) error { return os.Truncate(filepath.Join(dir, ManifestName), 50) },
			[]string{changed}},
		"no JSON, and a file": {func(dir string) error {
			return errors.Join(os.Truncate(filepath.Join(dir, ManifestName), 50),
				os.WriteFile(filepath.Join(dir, "a b.csv"), nil, 0o644))
		}, []string{"a b.csv: has SHA-256", changed}},
		"no line":          {edit(SumsName, "  ", " x"), []string{SumsName + ": line 1: "}},
		"another output":   {edit(SumsName, "ünï", "ünö"), []string{SumsName + ": does not list the outputs"}},
		"a folder of sums": {func(dir string) error { return folderFor(filepath.Join(dir, SumsName)) }, []string{SumsName}},
		"no manifest":      {func(dir string) error { return os.Remove(filepath.Join(dir, ManifestName)) }, nil},
	} {
		dir := oddVersion(t)
		if err := c.do(dir); err != nil {
			t.Fatal(err)
		}
		v, err := Verify(dir, 2)
		if (err != nil) != (c.want == nil) {
			t.Errorf("%s: error %v", what, err)
		}
		got := fmt.Sprint(v.Differences)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %s, want %s", what, got, want)
			}
		}
		if len(v.Differences) > len(c.want)+1 {
			t.Errorf("%s: %d differences: %s", what, len(v.Differences), got)
		}
	}
}

func replaceText(path, old, new string) error {
	text, err := os.ReadFile(path)
	if err == nil && !strings.Contains(string(text), old) {
		err = fmt.Errorf("%s: holds no %q", path, old)
	}
	return errors.Join(err, os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o644))
}

func folderFor(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o755)) }

// A version that an earlier program published is verified as well as it can be.
func TestVerifyWithoutSums(t *testing.T) {
	dir := oddVersion(t)
	if err := os.Remove(filepath.Join(dir, SumsName)); err != nil {
		t.Fatal(err)
	}
	v, err := Verify(dir, 2)
	if err != nil || len(v.Differences) > 0 || v.Sealed {
		t.Errorf("%+v, %v", v, err)
	}
	if _, wrong, err := Glance(dir); err != nil || len(wrong) != 1 || wrong[0].Path != SumsName {
		t.Errorf("at a glance: %v, %v", wrong, err)
	}
}

// Who verifies while drafts replace each other sees one of them, whole.
func TestVerifyWhilePublishing(t *testing.T) {
	for _, two := range []bool{false, true} {
		dist := t.TempDir()
		d := &disk{twoRenames: two}
		if _, err := publish(d, dist, Draft, "first"); err != nil {
			t.Fatal(err)
		}
		done, ended := make(chan struct{}), make(chan error)
		go func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					ended <- nil
					return
				default:
				}
				if _, err := publish(d, dist, Draft, fmt.Sprint("edition ", i)); err != nil {
					ended <- err
					return
				}
			}
		}()
		for range 300 {
			if v, err := Verify(filepath.Join(dist, "DXv1"), 2); err != nil || len(v.Differences) > 0 {
				t.Errorf("two renames %t: %v, %v", two, v.Differences, err)
				break
			}
		}
		close(done)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func FuzzParseSums(f *testing.F) {
	f.Add(sumsOf(strings.Repeat("0a", 32), []Entry{{Path: "a\nb", SHA256: strings.Repeat("0b", 32)}}))
	f.Add([]byte("\\" + strings.Repeat("0a", 32) + "  manifest.json\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		manifest, outputs, err := parseSums(text)
		if err != nil {
			return
		}
		again, back, err := parseSums(sumsOf(manifest, outputs))
		if err != nil || again != manifest || !cmp.Equal(back, outputs) {
			t.Errorf("%q: %v, want %v: %v", text, back, outputs, err)
		}
	})
}
