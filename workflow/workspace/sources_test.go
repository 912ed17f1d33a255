package workspace_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/workflow/workspace"
	"github.com/dermset/dermset/workflow/workspace/workspacetest"
)

// A source is a folder of the workspace. A link is refused, whatever it leads to, and told that raw material alone may
// be elsewhere: what lies outside the workspace is not moved, compared or archived with it.
func TestASourceIsNoLink(t *testing.T) {
	w := workspacetest.Small(t, "")
	elsewhere := t.TempDir()
	for link, to := range map[string]string{"a": elsewhere, "z": w.Path("sources/s"), ".hidden": elsewhere} {
		if err := os.Symlink(to, w.Path("sources/"+link)); err != nil {
			t.Skip("this system has no links")
		}
	}
	names, err := w.SourceNames()
	if err == nil || !workspace.IsUsage(err) {
		t.Fatalf("sources %q, error %v, want one of usage", names, err)
	}
	const words = ": is a link; a source is a folder of the workspace, its raw material may be elsewhere (--raw)"
	if diff := cmp.Diff("sources/a"+words+"\nsources/z"+words, err.Error()); diff != "" {
		t.Error(diff)
	}
}
