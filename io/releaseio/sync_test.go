package releaseio

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// asideName is the chance in the name of what is written aside.
var asideName = regexp.MustCompile(`\.partial-[2-7A-Z]+`)

// changes are those that a disk is asked for, by operation and path below root, in order.
func changes(t *testing.T, root string, act func(d *disk) error) (all []string) {
	t.Helper()
	d := &disk{fault: oneByOne(func(op, path string) error {
		inside, err := filepath.Rel(root, path)
		all = append(all, op+" "+asideName.ReplaceAllString(filepath.ToSlash(inside), ".partial"))
		return err
	})}
	if err := act(d); err != nil {
		t.Fatal(err)
	}
	return all
}

// wantOrder holds changes to an order: each of the groups is there as a whole before any of the next begins.
func wantOrder(t *testing.T, all []string, groups ...[]string) {
	t.Helper()
	from := 0
	for _, group := range groups {
		last := from
		for _, change := range group {
			at := slices.Index(all[from:], change)
			if at < 0 {
				t.Fatalf("%q is not among the changes, or too early:\n%q", change, all)
			}
			last = max(last, from+at+1)
		}
		from = last
	}
}

// A power cut after a rename must not leave a name without what is below it: every file and every folder of a version
// reaches the disk before the version appears, and that it has appeared does too.
func TestFoldersAreSynced(t *testing.T) {
	files := []string{"sync dist/DXv1/a.csv", "sync dist/DXv1/mapping/c.csv", "sync dist/DXv1/mapping/deep/b.csv"}
	manifest := []string{"sync dist/DXv1/manifest.json"}
	deep, mapping := []string{"sync dist/.DXv1.partial/mapping/deep"}, []string{"sync dist/.DXv1.partial/mapping"}
	aside, dist := []string{"sync dist/.DXv1.partial"}, []string{"sync dist"}

	root := t.TempDir()
	version := func(d *disk) error {
		_, err := publish(d, filepath.Join(root, "dist"), Draft, "new")
		return err
	}
	wantOrder(t, changes(t, root, version), []string{"sync ."}, files, manifest, deep, mapping, aside,
		[]string{"rename dist/DXv1"}, dist)
	wantOrder(t, changes(t, root, version), files, manifest, deep, mapping, aside, []string{"exchange dist/DXv1"}, dist)
	twoRenames := func(d *disk) error { d.twoRenames = true; return version(d) }
	wantOrder(t, changes(t, root, twoRenames), files, manifest, deep, mapping, aside,
		[]string{"rename dist/.DXv1.replaced"}, []string{"rename dist/DXv1"}, dist)
}

func TestSingleFilesAndFoldersAreSynced(t *testing.T) {
	root := t.TempDir()
	file := func(d *disk) error { return writeFile(d, filepath.Join(root, "f"), nil) }
	folder := func(d *disk) error {
		return writeFolder(d, filepath.Join(root, "above", "folder"), map[string][]byte{"f": nil})
	}
	if d := cmp.Diff([]string{"create f", "write f", "sync f", "rename f", "sync ."}, changes(t, root, file)); d != "" {
		t.Errorf("a file (-want +got):\n%s", d)
	}
	want := []string{"sync .", "create above/folder", "create above/folder/f", "write above/folder/f",
		"sync above/folder/f", "sync above/.folder.partial", "rename above/folder", "sync above"}
	if d := cmp.Diff(want, changes(t, root, folder)); d != "" {
		t.Errorf("a folder (-want +got):\n%s", d)
	}
}

// What is said to be synced is: the system is asked, which refuses a file that is closed.
func TestSyncAsksTheSystem(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "f"))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := (&disk{}).sync(f, f.Name()); err == nil {
		t.Error("no error")
	}
}
