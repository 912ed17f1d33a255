package build_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A build of many sources opens few files at once: each source has eight in work/.
func TestManySourcesNeedFewHandles(t *testing.T) {
	r := pcg(1, 64)
	w := newBigWorld(1, 60)
	for i := range 60 {
		s := newSource(r, fmt.Sprintf("n%02d", i), labelPool[:12])
		s.pending, s.tab, s.rows = false, s.name, s.rows[:min(len(s.rows), i%4)] // some are empty
		w.sources = append(w.sources, s)
	}
	slices.SortFunc(w.sources, func(a, b *worldSource) int { return strings.Compare(a.name, b.name) })
	w.tabs = nil
	w.addTabs(r, labelPool[:12], targetPool[:8])
	w.addPictures(r, 40, 6)
	dir := filepath.Join(tempDir(t), "w")
	want := buildFresh(t, w, dir, plainRun)
	for _, folder := range []string{"work", "dist"} {
		if err := os.RemoveAll(filepath.Join(dir, folder)); err != nil {
			t.Fatal(err)
		}
	}
	cmd := child(t, childDir, dir)
	cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", `ulimit -n 32 && exec "$0"`, cmd.Path}
	if _, err := os.Stat(cmd.Path); err != nil {
		t.Skip("no shell to set a limit in: ", err)
	}
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if diff := cmp.Diff(want, versionText(t, filepath.Join(dir, "dist", draft))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
