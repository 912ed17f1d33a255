package build

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dermset/dermset/workflow/workspace/workspacetest"
)

// A dataset CSV that is written to between being hashed and being read to its end ends the run and leaves no answer:
// the manifest would name what was not read. The next run takes the file as it is then.
func TestADatasetThatChangesWhileItIsRead(t *testing.T) {
	for when, line := range map[string]string{
		"after it was hashed": "z: pending", "while its rows were read": "generate: 2 rows in",
	} {
		w := workspacetest.Small(t, "")
		write(t, w.Path("sources/z/source.yaml"), []byte("status: pending\n"))
		const csv = "sources/s/s_dataset.csv"
		changed := false
		during(w, line, func() {
			changed = true
			text, err := os.ReadFile(w.Path(csv))
			if err != nil {
				t.Error(err)
			}
			write(t, w.Path(csv), append(text, "3.jpg,acne,,p3,,,,,,,,\n"...))
			soon := time.Now().Add(time.Hour) // where the clock of the disk is slow
			if err := os.Chtimes(w.Path(csv), soon, soon); err != nil {
				t.Error(err)
			}
		})
		_, err := Run(t.Context(), w, "publish")
		want := csv + ": changed while it was read; run again"
		if !changed || err == nil || err.Error() != want {
			t.Errorf("%s: changed %t, error %v, want %q", when, changed, err, want)
		}
		for _, left := range []string{w.Work("generate"), w.Dist("DXv27.1-draft")} {
			if _, err := os.Stat(left); err == nil {
				t.Errorf("%s: %s is there", when, w.Inside(left))
			}
		}
		if _, err := Run(t.Context(), w, "publish"); err != nil {
			t.Errorf("%s: run again: %v", when, err)
			continue
		}
		text, err := os.ReadFile(w.Dist("DXv27.1-draft/DXv27.1_selected_unsampled.csv"))
		if err != nil || !strings.Contains(string(text), "s/3.jpg") {
			t.Errorf("%s: the new row is not selected: %v\n%s", when, err, text)
		}
	}
}
