package desk

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/io/sheetio/googletest"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/workspace"
	"github.com/dermset/dermset/workflow/workspace/workspacetest"
)

// sheetsOf are the tabs of a folder of CSVs.
func sheetsOf(t *testing.T, folder string) []sheetio.Sheet {
	t.Helper()
	book, err := sheetio.Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	return book.Sheets
}

// onGoogle is a curated workspace whose workbook is a document of the server's. Its log goes into the buffer.
func onGoogle(t *testing.T) (w *workspace.Workspace, s *googletest.Server, log *bytes.Buffer) {
	t.Helper()
	w = workspacetest.Small(t, "")
	s = googletest.New(t, sheetsOf(t, w.Path("mapping/workbook"))...)
	if err := os.RemoveAll(w.Path("mapping/workbook")); err != nil {
		t.Fatal(err)
	}
	w.Config.Mapping.Workbook = "gsheet:" + googletest.Document
	log = &bytes.Buffer{}
	w.Log = slog.New(slog.NewTextHandler(log, nil))
	return w, s, log
}

// files are the paths and contents below a folder.
func files(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		inside, _ := filepath.Rel(folder, path)
		all[filepath.ToSlash(inside)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func whats(rows [][]string) (what []string) {
	for _, r := range rows {
		what = append(what, filepath.Base(r[0])+" "+r[3])
	}
	return what
}

func TestPullAndBuild(t *testing.T) {
	local := workspacetest.Small(t, "")
	if _, err := build.Run(context.Background(), local, "publish"); err != nil {
		t.Fatal(err)
	}
	w, s, log := onGoogle(t)
	options := PullOptions{Google: s.Google(t)}
	if _, err := build.Run(context.Background(), w, "publish"); err == nil || !workspace.IsUsage(err) ||
		!strings.Contains(err.Error(), "run `dermset mapping pull`") {
		t.Errorf("a build before the first pull: %v", err)
	}
	if _, err := Merge(context.Background(), w, true); err == nil ||
		!strings.Contains(err.Error(), "run `dermset mapping pull`") {
		t.Errorf("a merge before the first pull: %v", err)
	}

	rows, err := Pull(context.Background(), w, PullOptions{Google: options.Google, DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"pull.json new", "workbook.xlsx new"}
	if d := cmp.Diff(want, whats(rows)); d != "" {
		t.Errorf("a dry run (-want +got):\n%s", d)
	}
	if got := files(t, w.Path("mapping")); len(got) > 0 {
		t.Errorf("a dry run writes %v", got)
	}
	if _, err := Pull(context.Background(), w, options); err != nil {
		t.Fatal(err)
	}
	if got := files(t, w.Path("mapping")); len(got) != len(want) {
		t.Errorf("a pull keeps %d files, want %d", len(got), len(want))
	}

	asked := len(s.Requests())
	if _, err := build.Run(context.Background(), w, "publish"); err != nil {
		t.Fatal(err)
	}
	if len(s.Requests()) != asked {
		t.Error("a build asks Google")
	}
	got, wanted := files(t, w.Dist("DXv27.1-draft")), files(t, local.Dist("DXv27.1-draft"))
	for path, text := range got {
		if strings.HasPrefix(path, "DXv27.1_") && text != wanted[path] {
			t.Errorf("%s differs from that of the folder of CSVs", path)
		}
	}
	if d := cmp.Diff(wanted["mapping/normalised.csv"], got["mapping/normalised.csv"]); d != "" {
		t.Errorf("the mapping differs from that of the folder of CSVs (-want +got):\n%s", d)
	}
	for path, text := range files(t, w.Path("mapping/gsheet")) {
		if got["mapping/gsheet/"+path] != text {
			t.Errorf("the version has no copy of mapping/gsheet/%s", path)
		}
	}
	for path, text := range files(t, w.Dir) {
		if strings.Contains(text, googletest.Canary) {
			t.Errorf("a secret is in %s", path)
		}
	}
	if strings.Contains(log.String(), googletest.Canary) {
		t.Errorf("a secret is in the log %s", log)
	}

	w.Config.Mapping.Workbook = "gsheet:another"
	if _, err := build.Findings(context.Background(), w); err == nil || !workspace.IsUsage(err) ||
		!strings.Contains(err.Error(), googletest.Document) {
		t.Errorf("what was pulled is another document: %v", err)
	}
}

// A document that has not changed stays as it was pulled; one that has takes its place;
// one that cannot be read whole does not.
func TestPullAgain(t *testing.T) {
	w, s, _ := onGoogle(t)
	options := PullOptions{Google: s.Google(t)}
	if _, err := Pull(context.Background(), w, options); err != nil {
		t.Fatal(err)
	}
	first := files(t, w.Path("mapping"))
	s.Export = []byte(first["gsheet/workbook.xlsx"] + "\x00") // Google makes other bytes each time
	rows, err := Pull(context.Background(), w, options)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(first, files(t, w.Path("mapping"))); d != "" ||
		strings.Contains(strings.Join(whats(rows), ","), " changed") {
		t.Errorf("an unchanged document: %v (-want +got):\n%s", whats(rows), d)
	}

	s.Version++
	s.Export = nil
	s.Sheets[1].Rows[1][1].Text = "Acne vulgaris"
	for _, part := range []string{"/token", "/export"} {
		s.Before = func(rw http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, part) {
				googletest.Refuse(rw, 503, googletest.Token)
			}
			return strings.HasSuffix(r.URL.Path, part)
		}
		_, err := Pull(context.Background(), w, PullOptions{Google: s.Google(t)})
		if err == nil || strings.Contains(err.Error(), googletest.Canary) {
			t.Errorf("%s does not answer: %v", part, err)
		}
		if d := cmp.Diff(first, files(t, w.Path("mapping"))); d != "" {
			t.Errorf("%s does not answer (-want +got):\n%s", part, d)
		}
	}
	s.Before = func(rw http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/export") {
			googletest.TooLarge(rw)
		}
		return strings.HasSuffix(r.URL.Path, "/export")
	}
	if _, err := Pull(context.Background(), w, options); err == nil ||
		!strings.Contains(err.Error(), "split the document") {
		t.Errorf("a document that is too large to export: %v", err)
	}
	if d := cmp.Diff(first, files(t, w.Path("mapping"))); d != "" {
		t.Errorf("a document that is too large to export (-want +got):\n%s", d)
	}
	s.Before = nil
	rows, err = Pull(context.Background(), w, options)
	if err != nil {
		t.Fatal(err)
	}
	now := files(t, w.Path("mapping"))
	if book, err := sheetio.Read(w.Path("mapping/gsheet")); err != nil ||
		book.Sheets[1].Rows[1][1].Text != "Acne vulgaris" || !slices.Contains(whats(rows), "workbook.xlsx changed") {
		t.Errorf("a changed document: %v, %v", whats(rows), err)
	}
	if err := os.WriteFile(w.Path("mapping/gsheet/workbook.xlsx"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := build.Findings(context.Background(), w); err == nil ||
		!strings.Contains(err.Error(), "workbook.xlsx: is not what was pulled: run `dermset mapping pull`") {
		t.Errorf("a damaged copy: %v", err)
	}
	if _, err := Pull(context.Background(), w, options); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(now, files(t, w.Path("mapping"))); d != "" {
		t.Errorf("a damaged copy is not mended (-want +got):\n%s", d)
	}
}

// Merge never writes to Google: it makes an XLSX of the new rows under their headers.
func TestMergeToPaste(t *testing.T) {
	w, s, log := onGoogle(t)
	options := PullOptions{Google: s.Google(t)}
	if _, err := Pull(context.Background(), w, options); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(w.Path("sources/s/s_dataset.csv"),
		[]byte(workspacetest.Header+"1.jpg,acne,,p1,,,,,,,,\n2.jpg,2E63,,p2,,,,,,,,\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	before, requests := files(t, w.Path("mapping")), len(s.Requests())
	if _, err := Merge(context.Background(), w, true); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, files(t, w.Path("mapping"))); d != "" {
		t.Errorf("a dry run writes (-want +got):\n%s", d)
	}
	rows, err := Merge(context.Background(), w, false)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([][]string{{"s", "2E63", "added"}}, rows); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	book, err := sheetio.Read(w.Path("mapping/to-paste.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	want := []sheetio.Sheet{{Name: "s", Rows: [][]sheetio.Cell{
		{{Text: "Source Label"}, {Text: "Target Name"}, {Text: "ICD-11 Code(s)"},
			{Text: "Notes/Justification"}}, {{Text: "2E63"}}}}}
	if d := cmp.Diff(want, book.Sheets); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if len(s.Requests()) != requests || !strings.Contains(log.String(), "mapping/to-paste.xlsx") {
		t.Errorf("%d requests; the log %s", len(s.Requests())-requests, log)
	}
}

// Google's export cuts the name of a tab: what was mapped there must not be missing without a word,
// also where a tab may be.
func TestTabsThatNoExportHolds(t *testing.T) {
	w, s, _ := onGoogle(t)
	options := PullOptions{Google: s.Google(t)}
	if _, err := Pull(context.Background(), w, options); err != nil {
		t.Fatal(err)
	}
	before := files(t, w.Path("mapping"))
	w.Config.Mapping.Tabs = map[string]string{"s": "a tab's name of more than 31 letters"}
	s.Sheets[1].Name, s.Version = w.Config.Mapping.Tabs["s"], s.Version+1
	const want = `without source "s": tab "a tab's name of more than 31 letters": has 36 characters, a spreadsheet allows 31: give it a shorter name`
	for name, act := range map[string]func() error{
		"pull":  func() error { _, err := Pull(context.Background(), w, options); return err },
		"check": func() error { _, err := build.Findings(context.Background(), w); return err },
		"merge": func() error { _, err := Merge(context.Background(), w, false); return err },
	} {
		if err := act(); err == nil || !workspace.IsUsage(err) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if d := cmp.Diff(before, files(t, w.Path("mapping"))); d != "" {
		t.Errorf("something is written (-want +got):\n%s", d)
	}
}

func TestPullWithoutCredentials(t *testing.T) {
	w, s, _ := onGoogle(t)
	t.Setenv(serviceAccountEnv, "")
	if _, err := Pull(context.Background(), w, PullOptions{}); err == nil || !workspace.IsUsage(err) ||
		!strings.Contains(err.Error(), serviceAccountEnv+" is not set") {
		t.Errorf("no credentials: %v", err)
	}
	t.Setenv(serviceAccountEnv, s.KeyFile(t, func(k map[string]string) { k["private_key"] = googletest.Canary }))
	if _, err := Pull(context.Background(), w, PullOptions{}); err == nil || !workspace.IsUsage(err) ||
		!strings.Contains(err.Error(), "key.json: client_email or private_key") ||
		strings.Contains(err.Error(), googletest.Canary) {
		t.Errorf("a damaged key: %v", err)
	}
	for _, key := range []string{`{"private_key": "` + googletest.Canary + `"}`,
		"-----BEGIN PRIVATE KEY-----\n" + googletest.Canary, googletest.Canary + strings.Repeat("eyJ0", 600)} {
		t.Setenv(serviceAccountEnv, key) // as CI hands out secrets
		if _, err := Pull(context.Background(), w, PullOptions{}); err == nil || !workspace.IsUsage(err) ||
			!strings.Contains(err.Error(), "perhaps the key itself") || strings.Contains(err.Error(), googletest.Canary) {
			t.Errorf("the key itself instead of its file: %v", err)
		}
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", w.Path("dermset.yaml"))
	if _, err := Pull(context.Background(), w, PullOptions{ADC: true}); err == nil || !workspace.IsUsage(err) {
		t.Errorf("no default credentials: %v", err)
	}
	if _, err := Pull(context.Background(), workspacetest.Small(t, ""), PullOptions{Google: s.Google(t)}); err == nil ||
		!workspace.IsUsage(err) || !strings.Contains(err.Error(), "needs no pull") {
		t.Errorf("a folder is pulled: %v", err)
	}
}
