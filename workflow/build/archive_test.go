package build

import (
	"os"
	"testing"

	"github.com/dermset/dermset/workflow/workspace/workspacetest"
)

// What a version archives is what it was built from: an input that changes, or goes, between being read and being
// archived ends the run, names the file, and nothing is published.
func TestAnInputThatChangesBeforeItIsArchived(t *testing.T) {
	written := map[string]string{
		"mapping/known_categories.csv":  "Target Name,ICD-11 Code(s),Since version\n",
		"mapping/accepted_findings.csv": "finding,source,subject,person,date,reason\n",
		"mapping/decisions.jsonl":       "{}\n",
		"sources/s/s_renaming.csv":      "Source Label,Target Name,ICD-11 Code(s),Notes/Justification,Images\nacne,,,,2\n",
	}
	inputs := []string{
		"mapping/workbook/s.csv", "mapping/workbook/Pathologies to exclude and merge.csv", "sources/s/source.yaml",
	}
	for file := range written {
		inputs = append(inputs, file)
	}
	for what, change := range map[string]func(path string) error{
		"changed": func(path string) error {
			text, err := os.ReadFile(path)
			text[0] ^= 1 // and no byte more
			write(t, path, text)
			return err
		},
		"gone": os.Remove,
	} {
		for _, file := range inputs {
			w := workspacetest.Small(t, "")
			for path, text := range written {
				write(t, w.Path(path), []byte(text))
			}
			during(w, "generate: ", func() {
				if err := change(w.Path(file)); err != nil {
					t.Error(err)
				}
			})
			_, err := Run(t.Context(), w, "publish")
			want := file + ": changed while the version was built from it; run again"
			if err == nil || err.Error() != want {
				t.Errorf("%s %s: error %v, want %q", file, what, err, want)
			}
			if left, err := os.ReadDir(w.Dist("")); err != nil || len(left) > 0 {
				t.Errorf("%s %s: dist/ holds %v, %v", file, what, left, err)
			}
		}
	}
}
