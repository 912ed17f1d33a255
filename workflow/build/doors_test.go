//go:build unix

package build_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// strangers are what may stand where a file is to be.
var strangers = map[string]func(path string) error{
	"a named pipe": func(path string) error { return syscall.Mkfifo(path, 0o666) },
	"a socket": func(path string) error {
		// its name may be too long for a socket
		link := filepath.Join(os.TempDir(), "dermset-door")
		if err := errors.Join(os.RemoveAll(link), os.Symlink(filepath.Dir(path), link)); err != nil {
			return err
		}
		listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(link, "socket"), Net: "unix"})
		if err != nil {
			return err
		}
		listener.SetUnlinkOnClose(false)
		return errors.Join(listener.Close(), os.Rename(filepath.Join(link, "socket"), path), os.Remove(link))
	},
	"a folder": func(path string) error { return os.Mkdir(path, 0o777) },
	"a device": func(path string) error { return syscall.Mknod(path, syscall.S_IFCHR|0o666, 1<<8|5) }, // zeros without end
}

// mended are the files that a build makes again, whatever stands there; others are a person's, and an error names them.
func mended(inside string) bool {
	return strings.HasPrefix(inside, "work/") && !strings.HasPrefix(inside, "work/blobs/log") &&
		!strings.HasPrefix(inside, "work/facts/") && !strings.HasPrefix(inside, "work/copies/crops-") &&
		!strings.HasPrefix(inside, "work/copies/pictures-") || strings.HasPrefix(inside, "dist/")
}

// doorsWorkspace is one with all kinds of files, built once.
func doorsWorkspace(t *testing.T) (dir, dist string) {
	t.Helper()
	dir = smallPictured(t, map[string]string{
		"there/s/1.jpg": fit(1), "there/s/2.jpg": fit(2),
		"sources/s/s_renaming.csv":       "Source Label,Target Name,ICD-11 Code(s),Notes/Justification,Images\n",
		"mapping/known_categories.csv":   "Target Name,ICD-11 Code(s),Since version\nA,2C32,1.0\n",
		"mapping/accepted_findings.csv":  "finding,source,subject,person,date,reason\n",
		"mapping/decisions.jsonl":        "",
		"curation/withdrawn.csv":         "source,source_path,patient_id,person,date,reason\n",
		"curation/image_overrides.csv":   "source,source_path,person,date,reason\n",
		"people.yaml":                    "",
		"mapping/workbook/unrelated.csv": "Source Label,Target Name,ICD-11 Code(s),Notes/Justification\n",
	})
	tellBuild(t, dir)
	return dir, filepath.Join(dir, "dist", draft)
}

// buildEnds builds, and fails the test where the build waits for something.
func buildEnds(t *testing.T, dir, what string) error {
	t.Helper()
	built := make(chan error, 1)
	go func() {
		_, err := buildIn(t.Context(), dir, "publish", plainRun)
		built <- err
	}()
	select {
	case err := <-built:
		return err
	case <-time.After(40 * time.Second):
		t.Fatalf("%s: the build waits", what)
		return nil
	}
}

// Whatever stands in the place of a file that a build reads, it never waits for it: what a build made is made again,
// and else the error names the file and what stands there.
func TestOnlyOrdinaryFilesAreRead(t *testing.T) {
	dir, dist := doorsWorkspace(t)
	want := versionText(t, dist)
	var files []string
	for _, path := range filesUnder(t, dir) {
		inside, err := filepath.Rel(dir, path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(inside, "there/") && !strings.HasPrefix(inside, "work/blobs/") ||
			inside == "work/blobs/log.jsonl" {
			files = append(files, inside)
		}
	}
	for _, inside := range files {
		for what, stand := range strangers {
			if (testing.Short() || raceEnabled) && what != "a named pipe" {
				continue
			}
			path := filepath.Join(dir, inside)
			if err := os.Rename(path, path+".away"); err != nil {
				t.Fatal(err)
			}
			err := stand(path)
			if errors.Is(err, fs.ErrPermission) && what == "a device" {
				t.Log("only root makes devices")
			} else if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(inside, "work/") { // so that it is read
				if err := os.RemoveAll(dist); err != nil {
					t.Fatal(err)
				}
				if inside == "work/blobs/log.jsonl" || strings.HasPrefix(inside, "work/facts/") {
					if err := os.RemoveAll(filepath.Join(dir, "work/pictures")); err != nil {
						t.Fatal(err)
					}
				}
			}
			err = buildEnds(t, dir, inside+" is "+what)
			switch {
			case mended(inside) && err != nil:
				t.Errorf("%s is %s: %v", inside, what, err)
			case !mended(inside) && (err == nil || !strings.Contains(err.Error(), filepath.Base(inside)) ||
				!strings.Contains(err.Error(), "is "+what)):
				t.Errorf("%s is %s: error %v", inside, what, err)
			}
			if mended(inside) {
				if err := os.RemoveAll(path + ".away"); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, versionText(t, dist)); diff != "" {
					t.Errorf("%s is %s: another version:\n%s", inside, what, diff)
				}
			} else if err := errors.Join(os.RemoveAll(path), os.Rename(path+".away", path)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Nor does it wait where a folder is to be, be it of the store: the error names it, or it is made again.
func TestOnlyFoldersAreEntered(t *testing.T) {
	dir, dist := doorsWorkspace(t)
	for _, inside := range []string{"work", "dist", "mapping", "mapping/workbook", "sources", "sources/s", "curation",
		"work/blobs", "work/facts", "work/generate", "work/generate/rows", "there", "there/s"} {
		for what, stand := range strangers {
			if what == "a folder" || what == "a device" {
				continue
			}
			path := filepath.Join(dir, inside)
			if err := os.Rename(path, path+".away"); err != nil {
				t.Fatal(err)
			}
			if err := stand(path); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(inside, "there") || inside == "dist" || inside == "work/blobs" || inside == "work/facts" {
				err := errors.Join(os.RemoveAll(filepath.Join(dir, "work/fetch")),
					os.RemoveAll(filepath.Join(dir, "work/pictures")))
				if err != nil { // so that it is entered
					t.Fatal(err)
				}
			}
			err := buildEnds(t, dir, inside+" is "+what)
			if again := strings.HasPrefix(inside, "work/generate"); (err == nil) != again ||
				err != nil && !strings.Contains(err.Error(), filepath.Base(inside)) {
				t.Errorf("%s is %s: error %v", inside, what, err)
			}
			if err == nil {
				err = os.RemoveAll(path + ".away")
			} else {
				err = errors.Join(os.RemoveAll(path), os.Rename(path+".away", path))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	tellBuild(t, dir)
	versionText(t, dist)
}
