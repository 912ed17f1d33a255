package review

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/dermset/dermset/decisions"
)

// savedBy are programs that open an XLSX and save it again: the file that they made of one, in a folder. A program that
// is not there skips the test.
var savedBy = map[string]func(t *testing.T, folder, file string) string{
	"LibreOffice": func(t *testing.T, folder, file string) string {
		soffice, err := exec.LookPath("soffice")
		if err != nil {
			t.Skip("LibreOffice (soffice) is not on the PATH")
		}
		if testing.Short() {
			t.Skip("starting LibreOffice takes seconds")
		}
		start(t, soffice, "-env:UserInstallation=file://"+filepath.ToSlash(folder)+"/profile", "--headless", "--convert-to",
			"xlsx:Calc MS Excel 2007 XML", "--outdir", filepath.Join(folder, "saved"), file)
		return filepath.Join(folder, "saved", filepath.Base(file))
	},
	"openpyxl": func(t *testing.T, folder, file string) string {
		python := os.Getenv("DERMSET_TEST_PYTHON")
		if python == "" {
			python = "python3"
		}
		if exec.Command(python, "-c", "import openpyxl").Run() != nil {
			t.Skip(python + " (DERMSET_TEST_PYTHON) has no openpyxl")
		}
		saved := filepath.Join(folder, "saved.xlsx")
		start(t, python, "-c", "import openpyxl, sys\nopenpyxl.load_workbook(sys.argv[1]).save(sys.argv[2])", file, saved)
		return saved
	},
}

func start(t *testing.T, program string, args ...string) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute)
	defer stop()
	if out, err := exec.CommandContext(ctx, program, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// A workbook that a spreadsheet saved before and after it was filled in says what was filled in, and nothing else.
func TestSavedBySpreadsheets(t *testing.T) {
	for program, save := range savedBy {
		for _, role := range []string{decisions.Primary, decisions.Secondary} {
			t.Run(program+"/"+role, func(t *testing.T) {
				r, who := newRoom(t), "ben"
				if role == decisions.Secondary {
					primaryOf("ben", "nv")(r)
					primaryOf("ben", "mm")(r)
					who = "cy"
				}
				folder := t.TempDir()
				write := func(name string, data []byte) string {
					path := filepath.Join(folder, name)
					if err := os.WriteFile(path, data, 0o666); err != nil {
						t.Fatal(err)
					}
					return path
				}
				data, err := os.ReadFile(save(t, folder, write("sheet.xlsx", xlsx(t, r.printed(who, role)))))
				if err != nil {
					t.Fatal(err)
				}
				data = edited(t, data, func(x *excelize.File) {
					put(t, x, "clinic", "nv", map[string]any{TargetName: "Melanoma", Codes: "2E63", Notes: "two\nlines"})
					put(t, x, "clinic", "mm", map[string]any{TargetName: "Melanoma", Seen: "yes", Doubt: "thin?"})
				})
				data, err = os.ReadFile(save(t, folder, write("filled.xlsx", data)))
				if err != nil {
					t.Fatal(err)
				}
				f, err := read(t, data)
				if err != nil {
					t.Fatal(err)
				}
				want := []string{`mm: taken: as it was; asks "thin?"`,
					"nv: taken: Naevus → Melanoma; 2F20 → 2E63; (empty) → two\nlines"}
				if d := cmp.Diff(want, r.take(f)); d != "" || len(f.Ignored) > 0 {
					t.Errorf("ignored %q (-want +got):\n%s", f.Ignored, d)
				}
				if !slices.ContainsFunc(f.Lines, func(l Line) bool { return l.Label == "ak" }) {
					t.Error("rows are gone")
				}
			})
		}
	}
}
