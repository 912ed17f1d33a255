package build

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/dermset/dermset/workflow/workspace"
	"github.com/dermset/dermset/workflow/workspace/workspacetest"
)

// Without the version of split.lock every verb works that needs no split, and each of the others says how to get it.
func TestVerbsThatNeedTheLock(t *testing.T) {
	w := workspacetest.Small(t, "")
	w.Log, w.Config.Split.Lock = slog.New(slog.DiscardHandler), "DXv9.9"
	b := newBuild(t.Context(), w)
	needs := map[string]bool{"split": true, "soft": true, "publish": true}
	for _, step := range b.table() {
		err := b.lockFor(step.Verb)
		if (err != nil) != needs[step.Verb] {
			t.Errorf("%s: %v", step.Verb, err)
		}
		if err != nil && (!workspace.IsUsage(err) || !strings.Contains(err.Error(),
			"dermset.yaml: split.lock: DXv9.9 is not on this machine; get it: `dermset download DXv9.9 --from URL`")) {
			t.Errorf("%s: %v", step.Verb, err)
		}
	}
	if _, err := b.lock(); err == nil {
		t.Error("a lock is opened that is not there")
	}
}
