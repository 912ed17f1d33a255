package build

import (
	"strings"
	"testing"

	"github.com/dermset/dermset/workflow/workspace/workspacetest"
)

// Who allows less memory than the tables that grow with rows may need, 500 MB and 100 bytes a row, is warned, and the
// run goes on; who allows as much is not.
func TestWarnsOfTooLittleMemory(t *testing.T) {
	const need = 500_000_000 + 2*100 // of two rows
	for memory, want := range map[int64]bool{1 << 20: true, need - 1: true, need: false, 1 << 40: false} {
		w := workspacetest.Small(t, "")
		w.Run.MemoryBytes = memory
		var warned []string
		tell(w, func(line string) {
			if strings.Contains(line, "more than --memory allows") {
				warned = append(warned, line)
			}
		})
		if _, err := Run(t.Context(), w, "publish"); err != nil {
			t.Errorf("--memory %d: %v", memory, err)
		}
		if len(warned) > 1 || (len(warned) == 1) != want {
			t.Errorf("--memory %d: warned %q, want a warning: %t", memory, warned, want)
		}
	}
}
