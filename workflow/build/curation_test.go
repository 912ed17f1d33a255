package build

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
	"github.com/dermset/dermset/workflow/workspace/workspacetest"
)

func TestAWithdrawalThatNamesNothingIsFound(t *testing.T) {
	w := workspacetest.Small(t, "s,1.jpg,,me,2026-01-02,face\ns,s/2.jpg,,me,2026-01-02,the image_id for the path\n"+
		"s,,p1,me,2026-01-02,consent\ns,,nobody,me,2026-01-02,consent\ns,1.JPG,,me,2026-01-02,case\n")
	result, err := Findings(context.Background(), w)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range result.Findings {
		if f.ID == "withdrawn_unknown" {
			_, near, _ := strings.Cut(f.Detail, "; ")
			got = append(got, strings.TrimSpace(f.Place+" "+f.Subject+" "+near))
		}
	}
	if want := `curation/withdrawn.csv:6 1.JPG did you mean "1.jpg"?, curation/withdrawn.csv:5 nobody, ` +
		"curation/withdrawn.csv:3 s/2.jpg"; strings.Join(got, ", ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The verb names what slips are near, too.
func TestWithdrawnTellsOfLinesThatNameNothing(t *testing.T) {
	w := workspacetest.Small(t, "s,1.jgp,,me,2026-01-02,slip\ns,, P1 ,me,2026-01-02,spaces\n"+
		"s,2.jpg,,me,2026-01-02,right\n")
	var log bytes.Buffer
	w.Log = slog.New(slog.NewTextHandler(&log, nil))
	rows, err := versions.Withdrawn(t.Context(), w)
	said := strings.ReplaceAll(log.String(), `\"`, "'")
	if err != nil || len(rows) != 3 || strings.Count(said, "level=WARN") != 2 ||
		!strings.Contains(said, "withdrawn.csv:2: '1.jgp' names no image") ||
		!strings.Contains(said, "did you mean '1.jpg'") || !strings.Contains(said, "did you mean 'p1'") {
		t.Errorf("%q, %v, %s", rows, err, said)
	}
}

func TestWithdrawalsSayWhoWhenAndWhy(t *testing.T) {
	_, err := Findings(context.Background(), workspacetest.Small(t, "s,1.jpg,,,2026-01-02,face\n"+
		"s,1.jpg,,me,02/01/2026,face\nnone,1.jpg,,me,2026-01-02,face\ns,1.jpg,p,me,2026-01-02,face\n"))
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"curation/withdrawn.csv:2: person and reason must not be empty", `curation/withdrawn.csv:3: date "02/01/2026"`,
		`curation/withdrawn.csv:4: there is no source "none"`, "curation/withdrawn.csv:5: want a source_path or a patient_id",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not say %q", err, want)
		}
	}
}

// A workbook that is a link, and files beside its tabs: the link is an input like any other,
// the files are not the version's.
func TestTheWorkbookIsAnInputAndNothingBesideIt(t *testing.T) {
	w := workspacetest.Small(t, "")
	shared := filepath.Join(t.TempDir(), "shared.csv")
	tab := w.Path("mapping/workbook/s.csv")
	if err := os.Rename(tab, shared); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(shared, tab); err != nil {
		t.Skip("this system has no links")
	}
	for _, name := range []string{".~lock.s.csv#", "notes.txt"} {
		if err := os.WriteFile(w.Path("mapping/workbook/"+name), []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Run(context.Background(), w, "publish"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(shared,
		[]byte("Source Label,Target Name,ICD-11 Code(s),Notes/Justification\nacne,Acne,ED80.0,\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(context.Background(), w, "publish"); err != nil {
		t.Fatal(err)
	}
	dist := w.Dist("DXv27.1-draft")
	text, err := os.ReadFile(filepath.Join(dist, "DXv27.1_classes_stage3.csv"))
	if err != nil || !strings.Contains(string(text), "ED80.0") {
		t.Errorf("the classes are %q, %v: the changed tab was not seen", text, err)
	}
	entries, err := os.ReadDir(filepath.Join(dist, "mapping", "workbook"))
	if err != nil || len(entries) != 2 {
		t.Errorf("the archived workbook has %v, %v; want its two tabs", entries, err)
	}
	if _, err := versions.Verify(w, "DXv27.1-draft"); err != nil {
		t.Error(err)
	}
}

// The table that split.lock names must be the one that its version was published with: a table that was changed since,
// and one that the manifest does not list, locks nothing.
func TestALockMustBeWhatWasPublished(t *testing.T) {
	const table = "DXv27.1_selected_unsampled.csv"
	for what, edit := range map[string]struct{ file, old, new string }{
		"as it was published":   {},
		"changed at equal size": {table, "s/1.jpg", "s/7.jpg"},
		"not listed":            {"manifest.json", table, "DXv27.1_selected_unsampled.tsv"},
	} {
		t.Run(what, func(t *testing.T) {
			w := workspacetest.Small(t, "")
			if _, err := Run(t.Context(), w, "publish"); err != nil {
				t.Fatal(err)
			}
			if edit.file != "" {
				path := filepath.Join(w.Dist("DXv27.1-draft"), edit.file)
				text, err := os.ReadFile(path)
				if err != nil || !strings.Contains(string(text), edit.old) {
					t.Fatalf("%s holds no %q: %v", path, edit.old, err)
				}
				write(t, path, []byte(strings.Replace(string(text), edit.old, edit.new, 1)))
			}
			w.Config.Version, w.Config.Split.Lock = "27.2", "DXv27.1-draft"
			_, err := Run(t.Context(), w, "publish")
			if edit.file == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			want := "split.lock: dist/DXv27.1-draft/" + table +
				" is not what the manifest of its version says; see `dermset verify DXv27.1-draft`"
			if err == nil || err.Error() != want {
				t.Errorf("error %v, want %q", err, want)
			}
			if _, err := os.Stat(w.Dist("DXv27.2-draft")); err == nil {
				t.Error("a version was published")
			}
		})
	}
}

// No build, and nothing that says what a build would do, ignores a file of curation that cannot be read, with or
// without a store.
func TestNoBuildIgnoresAFile(t *testing.T) {
	for _, store := range []string{"", "pics"} {
		w := workspacetest.Small(t, "")
		w.Config.Images.Store = store
		write(t, w.Path("pics/s/1.jpg"), shaded(t, 80, 70, 1))
		write(t, w.Path("pics/s/2.jpg"), shaded(t, 80, 70, 2))
		run := map[string]func() error{
			"build":    func() error { _, err := Run(t.Context(), w, "publish"); return err },
			"findings": func() error { _, err := Findings(t.Context(), w); return err },
			"plan":     func() error { _, err := Plan(t.Context(), w); return err },
			"impact":   func() error { _, err := Impact(t.Context(), w, w.Path("mapping/workbook"), ""); return err },
		}
		for _, file := range []string{"curation/duplicate_verdicts.csv"} {
			write(t, w.Path(file), nil)
			for what, do := range run {
				if err := do(); err == nil || !workspace.IsUsage(err) || !strings.Contains(err.Error(), file+":") {
					t.Errorf("store %q: %s with %s: error %v", store, what, file, err)
				}
			}
			if err := os.Remove(w.Path(file)); err != nil {
				t.Fatal(err)
			}
		}
		for _, what := range []string{"build", "findings", "plan", "impact"} {
			if err := run[what](); err != nil {
				t.Errorf("store %q: %s without them: %v", store, what, err)
			}
		}
	}
}
