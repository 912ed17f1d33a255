package workspace

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A workbook that is not at its path is told by what is there: what is most like it, and no folder of other tables.
func TestAnotherWorkbook(t *testing.T) {
	for _, c := range []struct{ asked, want string }{
		{"mapping/Workbook.xlsx", "mapping/workbook.xlsx"}, // which differs by its case alone, and not mapping/a
		{"mapping/b", "mapping/a"},
		{"workbook.xlsx", ""},
	} {
		w := &Workspace{Dir: t.TempDir(), Config: Defaults()}
		w.Config.Mapping.Workbook = c.asked
		for _, path := range []string{"mapping/a/s.csv", "mapping/workbook.xlsx", "mapping/known_categories.csv",
			"curation/withdrawn.csv"} {
			if err := os.MkdirAll(filepath.Dir(w.Path(path)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(w.Path(path), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		_, err := w.Workbook()
		told := "is there: write `mapping: {workbook: " + c.want + "}`"
		if err == nil || c.want != "" && !strings.Contains(err.Error(), told) ||
			c.want == "" && strings.Contains(err.Error(), "is there") {
			t.Errorf("%s: %v", c.asked, err)
		}
	}
}
