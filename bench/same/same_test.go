package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// program is a stand-in for dermset: its builds publish two files and a manifest, and then do what extra says.
const program = `#!/bin/sh
case $1 in build) ;; *) echo "$1"; exit 0 ;; esac
version=$(sed -n 's/^version: "\(.*\)"/\1/p' w/dermset.yaml)
dist=w/dist/DXv$version-draft
mkdir -p "$dist/mapping"
printf 'image_id\ns/1\ns/2\n' >"$dist/DXv${version}_selected_unsampled.csv"
printf 'PAR1' >"$dist/DXv${version}_selected_unsampled.parquet"
printf '%s' '{"tool": {"version": "1"}, "built_at": "2026-01-02T03:04:05Z", "settings": {}}' >"$dist/manifest.json"
echo "built 2026-01-02T03:04:05Z"
`

func write(t *testing.T, path, text string, mode os.FileMode) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// differencesOf compares the stand-in with one that does more, on a workspace of two versions.
func differencesOf(t *testing.T, extra string) result {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "from", "dermset.yaml"), "version: \"1.0\"\nselect: {min_images: 1}\n", 0o644)
	c := comparison{dir: filepath.Join(dir, "run")}
	c.programs[0] = write(t, filepath.Join(dir, "old"), program, 0o755)
	c.programs[1] = write(t, filepath.Join(dir, "new"), program+extra, 0o755)
	r, err := c.compare(job{name: "j", from: filepath.Join(dir, "from")})
	if err != nil {
		t.Fatal(err)
	}
	if r.versions != 2 || r.files < 4 {
		t.Fatalf("%d versions, %d files: want 2 versions of 2 or 3 files", r.versions, r.files)
	}
	return r
}

func TestWhatDiffersIsNoticed(t *testing.T) {
	for _, c := range []struct{ name, extra, want string }{
		{"nothing", "", ""},
		{"another time", `sed -i 's/05Z/06Z/' "$dist/manifest.json"`, ""},
		{"another tool", `sed -i 's/"1"/"2"/' "$dist/manifest.json"`, ""},
		{"a flipped byte", `printf 'PAR2' >"$dist/DXv${version}_selected_unsampled.parquet"`,
			`_selected_unsampled.parquet: differs at byte 3 of 4 and 4: "PAR1" before, "PAR2" now`},
		{"a longer file", `printf 'PAR1 ' >"$dist/DXv${version}_selected_unsampled.parquet"`, "differs at byte 4 of 4 and 5"},
		{"a missing file", `rm "$dist/DXv${version}_selected_unsampled.csv"`, "_selected_unsampled.csv: is missing now"},
		{"another file", `touch "$dist/mapping/more"`, "mapping/more: was not there before"},
		{"another setting", `sed -i 's/"settings": {}/"settings": {"a": 1}/' "$dist/manifest.json"`,
			"manifest.json: differs"},
		{"another exit code", `echo why >&2; exit 3`, `"w" "--format" "csv"]: exit code 0 before, 3 now`},
		{"another word", `echo more`, "stdout: differs at byte 11 of 11 and 16"},
	} {
		got := differencesOf(t, c.extra).differences
		if c.want == "" && len(got) > 0 || c.want != "" && !strings.Contains(strings.Join(got, "\n"), c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestProgramsThatDifferEndTheRun(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "from", "dermset.yaml"), "version: \"1.0\"\n", 0o644)
	jobs := []job{{name: "j", from: filepath.Join(dir, "from")}}
	old := write(t, filepath.Join(dir, "old"), program, 0o755)
	for extra, want := range map[string]error{"": nil, "exit 3": errDiffer} {
		now := write(t, filepath.Join(dir, "new"+extra), program+extra, 0o755)
		c := comparison{programs: [2]string{old, now}, dir: filepath.Join(dir, "run"+extra)}
		if err := c.run(jobs); err != want {
			t.Errorf("%q: %v, want %v", extra, err, want)
		}
	}
}

// A manifest may say other things of parts that are not built, and which table of the locked version was read: no more.
func TestWhatAManifestMaySay(t *testing.T) {
	manifest := func(settings, inputs string) string {
		return fmt.Sprintf(`{"settings": {%s "split": {"lock": "DXv1.0"}}, "inputs": [%s]}`, settings, inputs)
	}
	input := func(path, sum string) string { return fmt.Sprintf(`{"path": %q, "bytes": 1, "sha256": %q}`, path, sum) }
	const table = "dist/DXv1.0/DXv1.0_selected_unsampled"
	for _, c := range []struct {
		name, old, now string
		same           bool
	}{
		{"unbuilt parts", manifest(`"images": {"near_group": 4, "near_report": 8, "layout": "link"}, "crops": {}, `, ""),
			manifest(`"images": {}, `, ""), true},
		{"built parts", manifest(`"images": {"min_side": 64}, `, ""), manifest(`"images": {}, `, ""), false},
		{"the lock's table", manifest("", input(table+".parquet", "a")), manifest("", input(table+".csv", "b")), true},
		{"the lock's other table", manifest("", input(table+"_soft.csv", "a")), manifest("", input(table+"_soft.csv", "b")),
			false},
		{"another input", manifest("", input("dermset.yaml", "a")), manifest("", input("dermset.yaml", "b")), false},
	} {
		dir := t.TempDir()
		old := write(t, filepath.Join(dir, "old", "manifest.json"), c.old, 0o644)
		now := write(t, filepath.Join(dir, "new", "manifest.json"), c.now, 0o644)
		d, err := compareFiles(old, now)
		if err != nil || (d == "") != c.same {
			t.Errorf("%s: %q, %v, want the same: %v", c.name, d, err, c.same)
		}
	}
}
