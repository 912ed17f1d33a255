package desk

import (
	"context"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/review"
	"github.com/dermset/dermset/workflow/workspace"
	"github.com/dermset/dermset/workflow/workspace/workspacetest"
)

const somePeople = `- {id: ana, name: Ana, role: data_scientist}
- {id: ben, name: Ben, role: data_scientist}
- {id: old, name: Old, role: data_scientist, valid_to: 2020-01-01}
- {id: cy, name: Cy, role: dermatologist}
- {id: di, name: Di, role: dermatologist}
`

// reviewing is a small workspace with people, a label that ana proposed and one that nobody maps but asks about.
func reviewable(t *testing.T) (*workspace.Workspace, *strings.Builder) {
	t.Helper()
	w, log := workspacetest.Small(t, ""), &strings.Builder{}
	w.Log = slog.New(slog.NewTextHandler(log, nil))
	for path, text := range map[string]string{
		"people.yaml": somePeople,
		"mapping/workbook/s.csv": "Source Label,Target Name,ICD-11 Code(s),Notes/Justification,Annotator,Consult\n" +
			"acne,Acne,ED80,spots,ana,\nspot,,,,,what is it?\n",
	} {
		if err := os.WriteFile(w.Path(path), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return w, log
}

func logOf(t *testing.T, w *workspace.Workspace) *decisions.Log {
	t.Helper()
	l, err := decisions.Read(w.Path("mapping"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// metaOf reads what a workbook says of itself.
func metaOf(t *testing.T, path string) (*sheetio.Book, map[string]string) {
	t.Helper()
	book, err := sheetio.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	meta := map[string]string{}
	for _, row := range book.Sheet(review.MetaTab).Rows[1:] {
		meta[row[0].Text] = row[1].Text
	}
	return book, meta
}

func TestExportReview(t *testing.T) {
	w, _ := reviewable(t)
	before := files(t, w.Dir)
	o := ReviewOptions{Role: decisions.Primary, To: "ben", Out: filepath.Join(t.TempDir(), "ben.xlsx"), DryRun: true}
	want := [][]string{{"s", "1", "0", "0"}, {"Questions", "1", "1", "0"}}
	if rows, err := ExportReview(t.Context(), w, o); err != nil || !cmp.Equal(rows, want) {
		t.Errorf("dry run: %v %v", rows, err)
	}
	if d := cmp.Diff(before, files(t, w.Dir)); d != "" {
		t.Errorf("a dry run writes (-want +got):\n%s", d)
	}
	o.DryRun = false
	if rows, err := ExportReview(t.Context(), w, o); err != nil || !cmp.Equal(rows, want) {
		t.Errorf("%v %v", rows, err)
	}
	l := logOf(t, w)
	if len(l.Decisions) != 1 {
		t.Fatalf("%d lines", len(l.Decisions))
	}
	made := decisions.Made{Version: "DXv27.1", For: "ben", As: decisions.Primary,
		Rows: []decisions.Row{{Tab: "s", Label: "acne"}, {Tab: "s", Label: "spot"},
			{Tab: "Pathologies to exclude and merge", Label: "Acne"}}}
	made.Secret = l.Exported(l.Sums[0]).Secret
	if d := cmp.Diff(&made, l.Exported(l.Sums[0])); d != "" || len(made.Secret) < 26 {
		t.Errorf("the log (-want +got):\n%s", d)
	}
	book, meta := metaOf(t, o.Out)
	if meta["sheet"] != l.Sums[0] || meta["person"] != "ben" || meta["role"] != "primary" || meta["open"] != "no" {
		t.Errorf("meta %v", meta)
	}
	if slices.Contains(slices.Collect(maps.Values(meta)), made.Secret) {
		t.Error("the sheet tells the secret of its ids")
	}
	labels := book.Sheet("s")
	id := review.RowID(review.Meta{Sheet: l.Sums[0], Secret: made.Secret}, decisions.Row{Tab: "s", Label: "acne"},
		decisions.Cells{review.TargetName: "Acne", review.Codes: "ED80", review.Notes: "spots"})
	if last := labels.Rows[1][len(labels.Rows[1])-1].Text; len(labels.Rows) != 2 || last != id {
		t.Errorf("%d rows, id %s, want %s", len(labels.Rows), last, id)
	}
	if _, err := ExportReview(t.Context(), w, o); !workspace.IsUsage(err) || !strings.Contains(err.Error(), "is there") {
		t.Errorf("over a file that is there: %v", err)
	}
	if len(logOf(t, w).Decisions) != 1 {
		t.Error("a refused export is in the log")
	}
}

// What a CSV folder has are the columns of the XLSX, guarded against formulas.
func TestExportReviewAsCSV(t *testing.T) {
	w, _ := reviewable(t)
	if err := os.WriteFile(w.Path("mapping/workbook/s.csv"), []byte(
		"Source Label,Target Name,ICD-11 Code(s),Notes/Justification,Annotator\nacne,Acne,ED80,=1+1,ana\nspot,-,,,ana\n"),
		0o644); err != nil {
		t.Fatal(err)
	}
	o := ReviewOptions{Role: decisions.Primary, To: "ben", CSV: true, Out: filepath.Join(t.TempDir(), "ben")}
	if _, err := ExportReview(t.Context(), w, o); err != nil {
		t.Fatal(err)
	}
	text := files(t, o.Out)["s.csv"]
	if !strings.Contains(text, ",'=1+1,ana,Acne,ED80,'=1+1,") || !strings.Contains(text, "spot,0,-,,,,ana,-,,") {
		t.Error(text)
	}
	book, meta := metaOf(t, o.Out)
	if book.Sheet("s").Cell(1, 5).Text != "=1+1" || meta["sheet"] != logOf(t, w).Sums[0] {
		t.Errorf("%+v %v", book.Sheet("s"), meta)
	}
}

// A row that no spreadsheet holds is left out, and said so; the others are exported.
func TestExportReviewOfWhatFitsNoCell(t *testing.T) {
	w, log := reviewable(t)
	long := strings.Repeat("x", 40_000)
	if err := os.WriteFile(w.Path("mapping/workbook/s.csv"), []byte(
		"Source Label,Target Name,ICD-11 Code(s),Notes/Justification,Annotator\nacne,Acne,ED80,,ana\nb,"+long+",ED80,,ana\n"+
			"c,C,ED80,"+long+",ana\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	o := ReviewOptions{Role: decisions.Primary, To: "ben", Out: filepath.Join(t.TempDir(), "ben.xlsx")}
	rows, err := ExportReview(t.Context(), w, o)
	if err != nil || !cmp.Equal(rows, [][]string{{"s", "1", "0", "0"}}) ||
		strings.Count(log.String(), "fits into no spreadsheet") != 2 {
		t.Errorf("%v %v\n%s", rows, err, log)
	}
}

// A second reviewer is told who has the rows already; who took part gets none, and then nothing is written.
func TestExportReviewTells(t *testing.T) {
	w, log := reviewable(t)
	dir := t.TempDir()
	for _, to := range []string{"ben", "ana"} {
		if _, err := ExportReview(t.Context(), w, ReviewOptions{Role: decisions.Primary, To: to,
			Out: filepath.Join(dir, to+".xlsx")}); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(log.String(), "rows that wait, but in which ana took part, and which are left out: 1") {
		t.Error(log)
	}
	w2, log := reviewable(t)
	other := strings.Replace(somePeople, "- {id: old", "- {id: eva, name: Eva, role: data_scientist}\n- {id: old", 1)
	if err := os.WriteFile(w2.Path("people.yaml"), []byte(other), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"ben", "eva"} {
		if _, err := ExportReview(t.Context(), w2, ReviewOptions{Role: decisions.Primary, To: to,
			Out: filepath.Join(dir, "2"+to+".xlsx")}); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(log.String(), "in a workbook of ben too: 1 of the rows") {
		t.Error(log)
	}
	l, log2 := logOf(t, w2), &strings.Builder{}
	_, err := l.Add(decisions.Decision{Who: "ben", Role: decisions.Primary, Act: decisions.Review, Annotator: "ana",
		Row: &decisions.Row{Tab: "s", Label: "acne"}, After: decisions.Cells{review.TargetName: "Rosacea"},
		State: decisions.PrimaryReviewed}, time.Now()) // the row holds something else again: it waits
	if err == nil {
		err = w2.SaveDecisions(l)
	}
	w2.Log = slog.New(slog.NewTextHandler(log2, nil))
	if err == nil {
		_, err = ExportReview(t.Context(), w2, ReviewOptions{Role: decisions.Primary, To: "eva", DryRun: true})
	}
	if err != nil || strings.Contains(log2.String(), "workbook of ben") {
		t.Errorf("what ben's workbook held was reviewed since: %v %s", err, log2)
	}
	before := files(t, w.Dir)
	rows, err := ExportReview(t.Context(), w, ReviewOptions{Role: decisions.Sampler, To: "di", Sample: 3})
	if err != nil || rows != nil || !cmp.Equal(before, files(t, w.Dir)) {
		t.Errorf("nothing waits: %v %v, or something is written", rows, err)
	}
}

func TestExportReviewRefuses(t *testing.T) {
	w, _ := reviewable(t)
	before := files(t, w.Dir)
	for want, o := range map[string]ReviewOptions{
		`--role "": want primary or secondary`: {To: "ben"},
		"role data_scientist today: ana, ben":  {Role: "primary"},
		`"cy" is dermatologist`:                {Role: "primary", To: "cy"},
		`"ben" is data_scientist`:              {Role: "secondary", To: "ben"},
		`"di " is not in people.yaml, but`:     {Role: "secondary", To: "di "},
		"may not decide on":                    {Role: "primary", To: "old"},
		"--open: is for":                       {Role: "primary", To: "ben", Open: true},
		"ends in .xlsx":                        {Role: "primary", To: "ben", Out: "x.csv"},
		"and the name of a folder":             {Role: "primary", To: "ben", CSV: true, Out: "x.xlsx"},
		"0 rows":                               {Role: "sample", To: "di"},
		"no such folder":                       {Role: "primary", To: "ben", Out: "none/x.xlsx"},
	} {
		if _, err := ExportReview(t.Context(), w, o); !workspace.IsUsage(err) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	one := filepath.Join(t.TempDir(), "one.xlsx")
	alone := strings.Replace(somePeople, "- {id: ben", "- {id: zoe, name: Zoe, role: approver}\n#", 1)
	if err := os.WriteFile(w.Path("people.yaml"), []byte(alone), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ExportReview(t.Context(), w, ReviewOptions{Role: "primary", Out: one, DryRun: true}); err != nil {
		t.Errorf("one person alone has the role: %v", err)
	}
	if err := os.Remove(w.Path("people.yaml")); err != nil {
		t.Fatal(err)
	}
	delete(before, "people.yaml")
	o := ReviewOptions{Role: "primary", To: "ben"}
	_, err := ExportReview(t.Context(), w, o)
	if !workspace.IsUsage(err) || !strings.Contains(err.Error(), "no people.yaml") {
		t.Error(err)
	}
	if d := cmp.Diff(before, files(t, w.Dir)); d != "" {
		t.Errorf("something is written (-want +got):\n%s", d)
	}
}

// Nothing is made on a log that cannot be read whole.
func TestExportReviewOnADamagedLog(t *testing.T) {
	w, _ := reviewable(t)
	o := ReviewOptions{Role: decisions.Primary, To: "ben", Out: filepath.Join(t.TempDir(), "1.xlsx")}
	if _, err := ExportReview(t.Context(), w, o); err != nil {
		t.Fatal(err)
	}
	path := w.Path("mapping/" + decisions.FileName)
	text, _ := os.ReadFile(path)
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), "ben", "bem", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	o.Out += ".xlsx"
	if _, err := ExportReview(t.Context(), w, o); err == nil || !strings.Contains(err.Error(), decisions.FileName) {
		t.Error(err)
	}
	if _, err := ReviewStatus(context.Background(), w); err == nil {
		t.Error("a status on a damaged log")
	}
	if _, err := os.Stat(o.Out); err == nil {
		t.Error("a workbook is made on a damaged log")
	}
}
