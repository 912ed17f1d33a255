package build

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/io/factio"
	"github.com/dermset/dermset/pictures"
	"github.com/dermset/dermset/transfer"
	"github.com/dermset/dermset/workflow/workspace"
	"github.com/dermset/dermset/workflow/workspace/workspacetest"
)

// shaded is a PNG of a size, other for another seed.
func shaded(t *testing.T, width, height, seed int) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		m.Set(i%width, i/width, color.NRGBA{uint8(i + seed), uint8(i >> 8), uint8(seed), 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// checkedList keeps all that is found.
type checkedList []pictures.Seen

func (l *checkedList) take(s *pictures.Seen) error {
	*l = append(*l, *s)
	return nil
}

// verdicts is name → verdict, warnings and whether a person keeps it, of the pictures in a folder.
func verdicts(t *testing.T, w *workspace.Workspace, folder string) map[string]string {
	t.Helper()
	var found checkedList
	if err := Check(t.Context(), w, folder, found.take); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, c := range found {
		kept := ""
		if c.Kept {
			kept = "kept"
		}
		all[c.Name] = strings.Join(strings.Fields(string(c.Verdict)+" "+pictures.Warnings(c.Result)+" "+kept), " ")
	}
	return all
}

func TestCheckOfAFolder(t *testing.T) {
	w := workspacetest.Small(t, "")
	folder := t.TempDir()
	whole := shaded(t, 70, 80, 1)
	for name, data := range map[string][]byte{
		"s/a.png": whole, "s/b.jpg": whole, "s/cut.png": whole[:len(whole)/2], "s/empty.png": nil,
		"s/page.jpg": []byte("<html>no such key"), "s/small.png": shaded(t, 63, 80, 2), "s/kept.png": shaded(t, 63, 80, 3),
		"s/nothing.png": nil, ".hidden": []byte("x"), ".git/x.png": whole,
	} {
		write(t, filepath.Join(folder, filepath.FromSlash(name)), data)
	}
	for link, to := range map[string]string{"s/linked.png": "a.png", "s/dangling.png": "nowhere", "s/folder.png": "."} {
		if err := os.Symlink(to, filepath.Join(folder, filepath.FromSlash(link))); err != nil {
			t.Skip(err)
		}
	}
	write(t, w.Path(workspace.OverridesFile),
		[]byte(strings.Join(workspace.OverrideColumns, ",")+"\ns,kept.png,me,2026-01-02,a mole fills it\n"+
			"s,nothing.png,me,2026-01-02,hope\ns,a.png,me,2026-01-02,it is fine anyway\n"))
	want := map[string]string{
		"s/a.png": "ok", "s/b.jpg": "ok extension_differs", "s/cut.png": "truncated", "s/empty.png": "empty",
		"s/page.jpg": "not_an_image", "s/small.png": "too_small", "s/kept.png": "too_small kept", "s/nothing.png": "empty",
		"s/linked.png": "ok", "s/dangling.png": "missing", "s/folder.png": "missing",
	}
	for _, workers := range []int{1, 4} { // the second time from the facts
		w.Run.Workers = workers
		if diff := cmp.Diff(want, verdicts(t, w, folder)); diff != "" {
			t.Errorf("%d workers:\n%s", workers, diff)
		}
	}
}

func TestBadOverridesAreToldAtOnce(t *testing.T) {
	w := workspacetest.Small(t, "")
	write(t, w.Path(workspace.OverridesFile), []byte(strings.Join(workspace.OverrideColumns, ",")+
		"\nt,a.png,me,2026-01-02,x\ns,,me,2026-01-02,x\ns,a.png,,2026-01-02,\ns,a.png,me,yesterday,x\n"))
	_, err := w.ReadOverrides([]string{"s"})
	want := `curation/image_overrides.csv:2: there is no source "t" under sources/; make it with ` + "`dermset source new t`" + `
curation/image_overrides.csv:3: source_path must not be empty: an image is kept, never a whole source
curation/image_overrides.csv:4: person and reason must not be empty
curation/image_overrides.csv:5: date "yesterday": want a date such as 2026-03-31
curation/image_overrides.csv:5: "s/a.png" stands in line 4 already`
	if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
		t.Error(diff)
	}
	if !workspace.IsUsage(err) {
		t.Error("is no error of usage")
	}
}

// A picture of which there is no fact, or only one of a lower limit, is nothing that can be used, and nothing that
// cannot: only one that took check too long is corrupt.
func TestPictureWithoutAFact(t *testing.T) {
	w := workspacetest.Small(t, "")
	sum := hex.EncodeToString(make([]byte, 32))
	write(t, filepath.Join(w.Work("blobs"), sum[:2], sum[2:4], sum), []byte("content"))
	write(t, filepath.Join(w.Work("blobs"), "log.jsonl"),
		fmt.Appendf(nil, `{"object":"store/s/a.png","size":7,"sha256":%q,"status":"fetched","attempts":1}`+"\n", sum))
	blobs, err := transfer.ReadBlobs(w.Work("blobs"), "store")
	if err != nil {
		t.Fatal(err)
	}
	facts, err := newBuild(t.Context(), w).openFacts()
	if err != nil {
		t.Fatal(err)
	}
	look := func(overdue bool) {
		t.Helper()
		known := knownPictures{blobs: blobs, facts: facts, limits: newBuild(t.Context(), w).limits(),
			overdue: map[string]bool{sum: overdue}}
		p, is := known.of("s", "a.png")
		if is != overdue || overdue && p.verdict != images.Corrupt {
			t.Errorf("overdue %t: %+v, known %t", overdue, p, is)
		}
		if err := known.complete(); (err == nil) != overdue {
			t.Errorf("overdue %t: error %v", overdue, err)
		}
	}
	look(false)
	look(true)
	if err := facts.Close(); err != nil {
		t.Fatal(err)
	}
	store, err := factio.Open(filepath.Join(w.Work("facts"), pictures.Check.Name+".tsv"), pictures.Check.Columns...)
	if err != nil {
		t.Fatal(err)
	}
	large := []string{"too_many_pixels", "png", "100", "100", "1", "", "", ""} // under another limit than now
	if err := errors.Join(store.Put(factio.Key{}, large...), store.Close()); err != nil {
		t.Fatal(err)
	}
	if facts, err = newBuild(t.Context(), w).openFacts(); err != nil {
		t.Fatal(err)
	}
	defer facts.Close()
	look(false)
}
