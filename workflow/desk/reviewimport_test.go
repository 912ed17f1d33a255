package desk

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/io/sheetio/googletest"
	"github.com/dermset/dermset/review"
	"github.com/dermset/dermset/workflow/workspace"
	"github.com/dermset/dermset/workflow/workspace/workspacetest"
)

// The test program is also a program that imports review workbooks, so that it can be killed: the workspace, then the
// files.
const childImport = "DERMSET_TEST_IMPORT"

func TestMain(m *testing.M) {
	if args := os.Getenv(childImport); args != "" {
		os.Exit(importInChild(strings.Split(args, "\n")))
	}
	os.Exit(m.Run())
}

func importInChild(args []string) int {
	w, err := openAt(args[0])
	for _, file := range args[1:] {
		if err != nil {
			break
		}
		err = importFile(w, file)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func importFile(w *workspace.Workspace, file string) error {
	return w.LockedSoon(context.Background(), "review import", func() error {
		done, err := ImportReview(w, file, false, time.Now())
		if done.Count[review.Refused] > 0 {
			err = errors.Join(err, fmt.Errorf("refused: %q", done.Rows))
		}
		return err
	})
}

func openAt(dir string) (*workspace.Workspace, error) {
	log := slog.New(slog.DiscardHandler)
	return workspace.Open(dir, workspace.Resources{Workers: 1, BatchBytes: 1 << 16}, log,
		workspace.NewProgress(io.Discard, false, log))
}

const reviewers = `- {id: ana, name: Ana Ruiz, role: data_scientist}
- {id: ben, name: Ben Ode, role: data_scientist}
- {id: eli, name: Eli Eck, role: data_scientist}
- {id: cy, name: Cy Tran, role: dermatologist}
`

// reviewed is a workspace of so many labels, whose workbook is an XLSX or a folder of CSVs.
func reviewed(t testing.TB, labels int, xlsx bool) *workspace.Workspace {
	t.Helper()
	dir := t.TempDir()
	clinic, dataset := sheetio.Sheet{Name: "clinic", Rows: [][]sheetio.Cell{{}}}, workspacetest.Header
	add := func(texts ...string) {
		var row []sheetio.Cell
		for _, text := range texts {
			row = append(row, sheetio.Cell{Text: text})
		}
		clinic.Rows = append(clinic.Rows, row)
	}
	add("Source Label", "Target Name", "ICD-11 Code(s)", "Notes/Justification", "Needed to Differentiate", "Consult",
		"Annotator")
	clinic.Rows = clinic.Rows[1:]
	for i := range labels {
		label := fmt.Sprintf("label %02d", i)
		add(label, "Naevus", "2F20", "", "", "", "ana")
		dataset += fmt.Sprintf("%d.jpg,%s,,,,,,,,,,\n", i, label)
	}
	refine := sheetio.Sheet{Name: sheetio.CutTabName("Pathologies to exclude and merge"), Rows: [][]sheetio.Cell{
		{{Text: "Category"}, {Text: "Action"}, {Text: "Merge into"}, {Text: "Reason"}, {Text: "Annotator"}}}}
	files := map[string]string{
		"dermset.yaml":                      "mapping: {workbook: mapping/workbook}\n",
		"people.yaml":                       reviewers,
		"sources/clinic/source.yaml":        "title: Clinic\n",
		"sources/clinic/clinic_dataset.csv": dataset,
	}
	if xlsx {
		files["dermset.yaml"] = "mapping: {workbook: mapping/workbook.xlsx}\n"
		var b bytes.Buffer
		if err := sheetio.WriteXLSX(&b, []sheetio.Sheet{clinic, refine}); err != nil {
			t.Fatal(err)
		}
		files["mapping/workbook.xlsx"] = b.String()
	} else {
		refine.Name = "Pathologies to exclude and merge"
		for _, s := range []sheetio.Sheet{clinic, refine} {
			text, err := sheetio.CSV(s)
			if err != nil {
				t.Fatal(err)
			}
			files["mapping/workbook/"+s.Name+".csv"] = string(text)
		}
	}
	for path, text := range files {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	w, err := openAt(dir)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// exported is a review workbook for a person, as a folder of CSVs in which fill has changed the rows of the tab of
// labels, by their headers.
func exported(t testing.TB, w *workspace.Workspace, who, role string, fill func(row map[string]string)) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), who)
	if _, err := ExportReview(t.Context(), w, ReviewOptions{Role: role, To: who, CSV: true, Out: out}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(out, "clinic.csv")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, header := range records[0] {
			row[header] = record[i]
		}
		fill(row)
		for i, header := range records[0] {
			record[i] = row[header]
		}
	}
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(records); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return out
}

// named gives rows another name, those whose number leaves that rest when halved.
func named(name, codes string, rest int) func(map[string]string) {
	return func(row map[string]string) {
		var n int
		if _, err := fmt.Sscanf(row[review.SourceLabel], "label %d", &n); err == nil && n%2 == rest {
			row[review.TargetName], row[review.Codes] = name, codes
		}
	}
}

// stands says how many rows the log and the workbook say are reviewed by a person, and fails where the two differ.
func stands(t testing.TB, w *workspace.Workspace) map[string]int {
	t.Helper()
	m, err := readMapping(w)
	if err != nil {
		t.Fatal(err)
	}
	log, err := decisions.Read(w.Path("mapping"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for row, held := range review.HeldBy(m) {
		s := log.Standing(row)
		switch {
		case s.Primary == nil && held.Cells[review.TargetName] != "Naevus":
			t.Errorf("%s: the workbook says %q, and the log nothing", row.Label, held.Cells[review.TargetName])
		case s.Primary != nil && !s.After.Equal(held.Cells):
			t.Errorf("%s: the log says %v, and the workbook %v", row.Label, s.After, held.Cells)
		case s.Primary != nil:
			counts[s.Primary.Who]++
		}
	}
	return counts
}

func childOf(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childImport+"="+strings.Join(args, "\n"))
	return cmd
}

// Two people give their workbooks back at the same moment: the second waits, and nobody's row is lost.
func TestTwoImportAtOnce(t *testing.T) {
	for _, xlsx := range []bool{false, true} {
		w := reviewed(t, 20, xlsx)
		ben := exported(t, w, "ben", decisions.Primary, named("Melanoma", "2C30", 0))
		eli := exported(t, w, "eli", decisions.Primary, named("Wart", "1E80", 1))
		var running []*exec.Cmd
		for _, file := range []string{ben, eli} {
			cmd := childOf(w.Dir, file)
			cmd.Stderr = &bytes.Buffer{}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			running = append(running, cmd)
		}
		for _, cmd := range running {
			if err := cmd.Wait(); err != nil {
				t.Errorf("%v: %s", err, cmd.Stderr)
			}
		}
		if got := stands(t, w); got["ben"] != 10 || got["eli"] != 10 {
			t.Errorf("reviewed by %v, want 10 each", got)
		}
	}
}

// An import that is killed at any moment leaves log and workbook as they were or as they are to be, together; run
// again, it ends as if nothing had happened.
func TestKilledImports(t *testing.T) {
	moments := 100
	if testing.Short() {
		moments = 8
	}
	r := rand.New(rand.NewPCG(1, 2))
	seen, took := map[string]int{}, time.Duration(0)
	for i := range moments {
		w := reviewed(t, 12, i%2 == 0)
		file := exported(t, w, "ben", decisions.Primary, named("Melanoma", "2C30", 0))
		cmd := childOf(w.Dir, file)
		began := time.Now()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if took > 0 { // the first one is not killed
			after := took/3 + time.Duration(r.Int64N(int64(took)))
			timer := time.AfterFunc(after, func() { _ = cmd.Process.Signal(syscall.SIGKILL) }) // it may have ended
			defer timer.Stop()
		}
		if err := cmd.Wait(); err == nil {
			took = max(took, time.Since(began))
		}
		n := stands(t, w)["ben"]
		if n != 0 && n != 6 {
			t.Fatalf("killed, and %d of 6 rows are there", n)
		}
		seen[fmt.Sprint(n)]++
		if err := importFile(w, file); err != nil {
			t.Fatalf("run again: %v", err)
		}
		if n := stands(t, w)["ben"]; n != 6 {
			t.Fatalf("run again, %d of 6 rows are there", n)
		}
		if left, _ := filepath.Glob(filepath.Join(w.Dir, "mapping", ".*")); len(left) > 0 {
			t.Errorf("left aside: %v", left)
		}
	}
	t.Logf("rows that were there after a kill: %v", seen)
}

// A dry run and a refused sheet write nothing; the log that cannot be read whole refuses all.
func TestImportsThatWriteNothing(t *testing.T) {
	w := reviewed(t, 4, false)
	file := exported(t, w, "ben", decisions.Primary, named("Melanoma", "2C30", 0))
	before := files(t, w.Dir)
	same := func(what string) {
		t.Helper()
		after := files(t, w.Dir)
		for path := range after {
			if after[path] != before[path] {
				t.Errorf("%s: %s has changed", what, path)
			}
		}
	}
	done, err := ImportReview(w, file, true, time.Now())
	if err != nil || done.Count[review.Taken] != 2 {
		t.Errorf("dry run: %v %v", done, err)
	}
	same("dry run")
	log, head := w.Path("mapping/decisions.jsonl"), w.Path("mapping/decisions.head")
	for what, change := range map[string]func() error{
		"a flipped byte": func() error {
			text := strings.Replace(before["mapping/decisions.jsonl"], "ben", "bem", 1)
			return os.WriteFile(log, []byte(text), 0o666)
		},
		"a truncated log": func() error { return os.Truncate(log, int64(len(before["mapping/decisions.jsonl"]))/2) },
		"no log":          func() error { return os.Remove(log) },
		"another head":    func() error { return os.WriteFile(head, []byte("2 "+strings.Repeat("a", 64)+"\n"), 0o666) },
		"a line in the future": func() error {
			l, err := decisions.Read(w.Path("mapping"), time.Now())
			if err == nil {
				_, err = l.Add(l.Decisions[0], time.Now().Add(time.Hour))
			}
			return errors.Join(err, os.WriteFile(log, l.Text(), 0o666), os.WriteFile(head, l.Head(), 0o666))
		},
		"no people": func() error { return os.Remove(w.Path("people.yaml")) },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		changed := files(t, w.Dir)
		if _, err := ImportReview(w, file, false, time.Now()); err == nil {
			t.Errorf("%s: taken", what)
		}
		after := files(t, w.Dir)
		for path := range after {
			if after[path] != changed[path] {
				t.Errorf("%s: %s was written", what, path)
			}
		}
		for _, path := range []string{"mapping/decisions.jsonl", "mapping/decisions.head", "people.yaml"} {
			if err := os.WriteFile(w.Path(path), []byte(before[path]), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	same("all of it")
}

// What no cell of the workbook can hold is refused, row by row, and the rest is taken.
func TestRowsThatTheWorkbookCannotHold(t *testing.T) {
	w := reviewed(t, 4, false)
	path := w.Path("mapping/workbook/clinic.csv")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte("Needed to Differentiate"), []byte("Remark"), 1)
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
	file := exported(t, w, "ben", decisions.Primary, func(row map[string]string) {
		row[review.Seen] = "yes"
		if row[review.SourceLabel] == "label 01" {
			row[review.Needed] = "biopsy"
		}
	})
	done, err := ImportReview(w, file, false, time.Now())
	if err != nil || done.Count[review.Taken] != 3 || done.Count[review.Refused] != 1 {
		t.Fatalf("%v %v", done, err)
	}
	last := done.Rows[len(done.Rows)-1]
	if !slices.Equal(last[:3], []string{"clinic", "label 01", review.Refused}) ||
		!strings.Contains(last[3], review.Needed) {
		t.Errorf("refused: %q", last)
	}
	if got := stands(t, w)["ben"]; got != 3 {
		t.Errorf("%d rows stand, want 3", got)
	}
}

// A document of Google Sheets is never written: what was decided, by everybody, stands in one file to paste, until the
// document that was pulled holds it.
func TestImportIntoADocument(t *testing.T) {
	w := reviewed(t, 4, false)
	sheets := sheetsOf(t, w.Path("mapping/workbook"))
	server := googletest.New(t, sheets...)
	w.Config.Mapping.Workbook = "gsheet:" + googletest.Document
	pull := func() {
		t.Helper()
		if _, err := Pull(t.Context(), w, PullOptions{Google: server.Google(t)}); err != nil {
			t.Fatal(err)
		}
	}
	pull()
	ben := exported(t, w, "ben", decisions.Primary, named("Melanoma", "2C30", 0))
	eli := exported(t, w, "eli", decisions.Primary, named("Wart", "1E80", 1))
	before := files(t, w.Path("mapping/gsheet"))
	for _, file := range []string{ben, eli, ben} {
		done, err := ImportReview(w, file, false, time.Now())
		if err != nil || done.Count[review.Refused] > 0 || done.Paste != "mapping/to-paste.xlsx" {
			t.Fatalf("%+v %v", done, err)
		}
	}
	if after := files(t, w.Path("mapping/gsheet")); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Error("what was pulled has changed")
	}
	paste, err := sheetio.Read(w.Path("mapping/to-paste.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, cells := range paste.Sheet("clinic").Rows[1:] {
		rows = append(rows, cells[0].Text+" "+cells[1].Text+" "+cells[2].Text)
	}
	want := []string{"label 00 Melanoma 2C30", "label 01 Wart 1E80", "label 02 Melanoma 2C30", "label 03 Wart 1E80"}
	if !slices.Equal(rows, want) {
		t.Errorf("to paste: %q, want %q", rows, want)
	}
	for i := range sheets {
		if sheets[i].Name == "clinic" {
			copy(sheets[i].Rows[1:], paste.Sheet("clinic").Rows[1:])
		}
	}
	server.Sheets, server.Version = sheets, server.Version+1
	pull()
	if got := stands(t, w); got["ben"] != 2 || got["eli"] != 2 {
		t.Errorf("pasted and pulled, reviewed by %v", got)
	}
	done, err := ImportReview(w, eli, false, time.Now())
	if err != nil || done.Count[review.Already] != 2 || done.Paste != "" {
		t.Errorf("once more: %+v %v", done, err)
	}
}
