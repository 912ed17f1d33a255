package sheetio_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/io/sheetio/googletest"
)

func row(cells ...sheetio.Cell) []sheetio.Cell { return cells }

func text(t string) sheetio.Cell { return sheetio.Cell{Text: t} }

// document has a hidden tab, an empty one, and cells with what must not be trimmed or lost.
var document = []sheetio.Sheet{
	{Name: "Brien's set", Rows: [][]sheetio.Cell{
		row(text("Source Label"), text("Target Name"), text("ICD-11 Code(s)")),
		row(text(" a\u00a0"), sheetio.Cell{}, text("2E63")),
		nil,
		row(text("=1+1"), text("_x0041_"), text("a\r\nb\u200b😀")),
	}},
	{Name: "empty"},
	{Name: "A1", Hidden: true, Rows: [][]sheetio.Cell{row(text("x"))}},
}

// write writes the content of a pulled document into a folder.
func write(t testing.TB, p *sheetio.Pulled) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, data := range p.Content {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestPull(t *testing.T) {
	s := googletest.New(t, document...)
	p, err := s.Google(t).Pull(t.Context(), googletest.Document)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(document, p.Sheets); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if p.Title != "Mapping" || p.Document != googletest.Document || p.Version != "7" || len(p.Content) != 2 {
		t.Errorf("title %q, document %q, version %q, %d files", p.Title, p.Document, p.Version, len(p.Content))
	}
	if n := len(s.Requests()); n != 4 { // a token, Drive's file, export, Drive's file again
		t.Errorf("%d requests: %q", n, s.Requests())
	}

	dir := write(t, p)
	read, err := sheetio.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(p.Sheets, read.Sheets); d != "" || read.SHA256 != p.SHA256 || !read.Folder ||
		read.Document != googletest.Document || read.Version != "7" {
		t.Errorf("read back (-want +got):\n%s\nhash %s, want %s", d, read.SHA256, p.SHA256)
	}
	for name, data := range p.Content {
		changed := slices.Clone(data)
		changed[len(changed)/2] ^= 1
		for _, now := range [][]byte{changed, data[:len(data)-2], nil} {
			if err := os.WriteFile(filepath.Join(dir, name), now, 0o666); err != nil {
				t.Fatal(err)
			}
			again, err := sheetio.Read(dir)
			if err == nil && again.SHA256 == p.SHA256 || err != nil && !strings.Contains(err.Error(), dir) {
				t.Errorf("%s is changed: error %v", name, err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(dir, "workbook.xlsx")); err != nil {
		t.Fatal(err)
	}
	if _, err := sheetio.Read(dir); err == nil ||
		!strings.Contains(err.Error(), "workbook.xlsx: is gone: run `dermset mapping pull`") {
		t.Errorf("a file is gone: %v", err)
	}
}

// The export is read as any XLSX is: numbers, dates, errors and merged cells are known to be some.
func TestPullKinds(t *testing.T) {
	x := excelize.NewFile()
	date, err := x.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		x.SetCellValue("Sheet1", "A1", 7.5), x.SetCellValue("Sheet1", "B1", true), x.SetCellValue("Sheet1", "C1", 46082),
		x.SetCellStyle("Sheet1", "C1", "C1", date), x.SetCellFormula("Sheet1", "D1", "A1"),
		x.SetCellValue("Sheet1", "A2", "merged"), x.MergeCell("Sheet1", "A2", "B3"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var export bytes.Buffer
	if err := x.Write(&export); err != nil {
		t.Fatal(err)
	}
	s := googletest.New(t)
	s.Export = export.Bytes()
	p, err := s.Google(t).Pull(t.Context(), googletest.Document)
	if err != nil {
		t.Fatal(err)
	}
	want := []sheetio.Sheet{{Name: "Sheet1", Rows: [][]sheetio.Cell{
		{{Text: "7.5", Kind: sheetio.Number}, {Text: "TRUE", Kind: sheetio.Bool}, {Text: "2026-03-01", Kind: sheetio.Date},
			{Text: "=A1", Kind: sheetio.FormulaWithoutValue}},
		{text("merged")},
	}, Merged: []sheetio.Range{{FromRow: 1, ToRow: 2, ToColumn: 1}}}}
	if d := cmp.Diff(want, p.Sheets); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// What an earlier dermset pulled, Google's values, is no book any more; nor is it taken for a folder of CSVs.
func TestOlderPull(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string]string{
		"pull.json": `{"document": "` + googletest.Document +
			`", "title": "Mapping", "version": "7", "files": [{"name": "values-1.json", "bytes": 2, "sha256": "44"}]}`,
		"values-1.json": "{}", "workbook.xlsx": "PK",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	_, err := sheetio.Read(dir)
	if err == nil || !strings.Contains(err.Error(),
		"pull.json: is damaged, or of an older dermset, which read documents otherwise: run `dermset mapping pull`") {
		t.Errorf("error %v", err)
	}
}

// A document that is changed while it is read is read again, and given up on when that does not end.
func TestPullMoves(t *testing.T) {
	for _, c := range []struct {
		name  string
		at    string // part of the path of the request at which someone writes
		times int
		want  string
	}{
		{"once", "/export", 1, ""},
		{"twice", "/export", 2, ""},
		{"always", "/export", 99, "was changed each of the 3 times"},
	} {
		s := googletest.New(t, document...)
		left := c.times
		s.Before = func(_ http.ResponseWriter, r *http.Request) bool {
			if strings.Contains(r.URL.Path, c.at) && left > 0 {
				left--
				s.Version++
				s.Sheets = slices.Clone(document)
				s.Sheets[0].Name = fmt.Sprintf("renamed %d", left)
			}
			return false
		}
		p, err := s.Google(t).Pull(t.Context(), googletest.Document)
		if c.want != "" {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want it to say %q", c.name, err, c.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if d := cmp.Diff(s.Sheets, p.Sheets); d != "" {
			t.Errorf("%s: not the last state (-want +got):\n%s", c.name, d)
		}
	}
}

// What may pass is asked again, after growing pauses or as long as the server says.
func TestPullAsksAgain(t *testing.T) {
	var pauses []time.Duration
	var later = time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)
	answers := []func(w http.ResponseWriter){
		func(w http.ResponseWriter) { w.Header().Set("Retry-After", "117"); googletest.Refuse(w, 429, "{}") },
		func(w http.ResponseWriter) { googletest.Refuse(w, 503, "<html>") },
		func(w http.ResponseWriter) {
			googletest.Refuse(w, 403, `{"error":{"errors":[{"reason":"userRateLimitExceeded"}]}}`)
		},
		func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(`{"name":`)) // half an answer
		},
		func(w http.ResponseWriter) { w.Header().Set("Retry-After", later); googletest.Refuse(w, 500, "") },
	}
	for _, part := range []string{"/token", "/export", "/drive/v3/files/" + googletest.Document} {
		s := googletest.New(t, document...)
		n := 0
		s.Before = func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, part) || n == len(answers) {
				return false
			}
			n++
			if part == "/token" && n == 3 {
				return false // 403 is final there
			}
			answers[n-1](w)
			return true
		}
		g := s.Google(t)
		pauses = nil
		g.Wait = func(_ context.Context, d time.Duration) error { pauses = append(pauses, d); return nil }
		if _, err := g.Pull(t.Context(), googletest.Document); err != nil {
			t.Errorf("%s: %v", part, err)
		}
		if part == "/export" {
			last := pauses[len(pauses)-1]
			most := []time.Duration{117e9, 4e9, 8e9, 16e9}
			if !slices.EqualFunc(most, pauses[:4], func(most, d time.Duration) bool { return most/2 <= d && d <= most }) ||
				pauses[0] != 117e9 || last < 30*time.Second || last > time.Minute {
				t.Errorf("pauses %v, want about %v, then until the date", pauses, most)
			}
		}
	}
}

func TestPullErrors(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another host was asked, with the credentials %q", r.Header.Get("Authorization"))
	}))
	defer other.Close()
	secret := httptest.NewUnstartedServer(nil)
	secret.Config.ErrorLog = log.New(io.Discard, "", 0)
	secret.StartTLS()
	defer secret.Close()
	closed := httptest.NewServer(nil)
	closed.Close()
	export := func(status int, body string) func(*googletest.Server, *sheetio.Google) {
		return func(s *googletest.Server, _ *sheetio.Google) {
			s.Before = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.URL.Path, "/export") {
					return false
				}
				googletest.Refuse(w, status, body)
				return true
			}
		}
	}
	token := func(status int, body string) func(*googletest.Server, *sheetio.Google) {
		return func(s *googletest.Server, _ *sheetio.Google) {
			s.Before = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != "/token" {
					return false
				}
				w.Header().Set("Location", other.URL)
				googletest.Refuse(w, status, body)
				return true
			}
		}
	}
	canary := `{"error":{"code":401,"message":"` + googletest.Token +
		`","status":"CANARY","errors":[{"reason":"CANARY"}],"details":[{"reason":"CANARY"}]}}`
	for _, c := range []struct {
		name   string
		change func(*googletest.Server, *sheetio.Google)
		want   string
	}{
		{"401", export(401, canary), "answers 401: the credentials are not accepted"},
		{"403", export(403, canary), "share the document with that account as a viewer"},
		{"403, who", export(403, canary), googletest.Account},
		{"403, switched off",
			export(403, `{"error":{"status":"PERMISSION_DENIED","details":[{"reason":"SERVICE_DISABLED"}]}}`),
			"switch on the Google Drive API"},
		{"403, scopes",
			export(403, `{"error":{"details":[{"reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}}`), "drive.readonly"},
		{"404", export(404, canary), "there is no such document"},
		{"400", export(400, canary), "answers 400"},
		{"too large", func(s *googletest.Server, _ *sheetio.Google) {
			s.Before = func(w http.ResponseWriter, r *http.Request) bool {
				large := strings.Contains(r.URL.Path, "/export")
				if large {
					googletest.TooLarge(w)
				}
				return large
			}
		}, "larger than the 10 MB that Google exports: split the document, or download its tabs as CSV into a folder and " +
			"name that in mapping.workbook"},
		{"always 503", export(503, canary), "answers 503, asked 7 times: try again later"},
		{"no answer of Drive's", func(s *googletest.Server, _ *sheetio.Google) {
			s.Before = func(w http.ResponseWriter, r *http.Request) bool {
				file := strings.HasSuffix(r.URL.Path, googletest.Document)
				if file {
					googletest.Refuse(w, 200, "<html>CANARY")
				}
				return file
			}
		}, "the answer of Google Drive is not understood"},
		{"an endless export", export(200, strings.Repeat("CANARY ", 3<<20)), "the answer is too long"},
		{"a page", export(200, "<html>CANARY"), "is not an XLSX file"},
		{"a long wait", func(s *googletest.Server, _ *sheetio.Google) {
			s.Before = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path == "/token" {
					return false
				}
				w.Header().Set("Retry-After", "86400")
				googletest.Refuse(w, 429, canary)
				return true
			}
		}, "answers 429, and asks to wait 24h0m0s: try again then"},
		{"a redirect", func(s *googletest.Server, _ *sheetio.Google) {
			s.Before = func(w http.ResponseWriter, r *http.Request) bool {
				if strings.Contains(r.URL.Path, "/export") {
					http.Redirect(w, r, other.URL, http.StatusFound)
				}
				return strings.Contains(r.URL.Path, "/export")
			}
		}, "answers 302: a redirect, which no credentials follow"},
		{"a Word document", func(s *googletest.Server,
			_ *sheetio.Google) {
			s.Kind = "application/vnd.google-apps.document"
		}, "no Google Sheet"},
		{"a broken export",
			func(s *googletest.Server, _ *sheetio.Google) { s.Export = []byte("<html>") }, "is not an XLSX file"},
		{"token 400", token(400, `{"error":"invalid_grant","error_description":"CANARY"}`),
			"answers 400, invalid_grant: the credentials are wrong"},
		{"token 400, unknown", token(400, `{"error":"CANARY"}`), "answers 400: download a new key"},
		{"token redirect", token(302, ""), "answers 302"},
		{"token half", token(200, `{"access_token":"CANARY`), "the answer broke off, or holds no token, asked 7 times"},
		{"no token", token(200, `{}`), "holds no token"},
		{"token 500", token(500, "CANARY"), "the token server: answers 500, asked 7 times"},
		{"certificate", func(_ *googletest.Server, g *sheetio.Google) { g.Drive = secret.URL },
			"its certificate does not fit"},
		{"no network", func(_ *googletest.Server, g *sheetio.Google) { g.Drive = closed.URL }, "cannot be reached"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := googletest.New(t, document...)
			g := s.Google(t)
			c.change(s, g)
			p, err := g.Pull(t.Context(), googletest.Document)
			if err == nil || p != nil || !strings.Contains(err.Error(), c.want) ||
				!strings.HasPrefix(err.Error(), "gsheet:"+googletest.Document+": ") {
				t.Errorf("error %v, want it to say %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), googletest.Canary) {
				t.Errorf("a secret is in the error %q", err)
			}
		})
	}
}

func TestTokenServerUnreachable(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	s := googletest.New(t)
	key := s.KeyFile(t, func(k map[string]string) { k["token_uri"] = closed.URL })
	g, err := sheetio.ServiceAccount(t.Context(), key, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Serve(g).Pull(t.Context(), googletest.Document); err == nil ||
		!strings.Contains(err.Error(), "the token server: cannot be reached") {
		t.Errorf("error %v", err)
	}
}

func TestPullEnds(t *testing.T) {
	s := googletest.New(t, document...)
	g := s.Google(t)
	ctx, stop := context.WithCancel(t.Context())
	s.Before = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/export") {
			googletest.Refuse(w, 503, "")
			stop()
			return true
		}
		return false
	}
	if _, err := g.Pull(ctx, googletest.Document); err != context.Canceled {
		t.Errorf("error %v", err)
	}
}

func TestKeyFilesRefused(t *testing.T) {
	s := googletest.New(t)
	for name, c := range map[string]struct {
		change func(map[string]string)
		want   string
	}{
		"type": {func(k map[string]string) { k["type"] = "authorized_user" }, `type is not "service_account"`},
		"damaged": {func(k map[string]string) { k["private_key"] = k["private_key"][:200] + googletest.Canary },
			"private_key is missing or damaged"},
		"no key": {func(k map[string]string) { delete(k, "private_key") }, "private_key is missing"},
		"http": {func(k map[string]string) { k["token_uri"] = "http://example.org/token" },
			"token_uri is no https address"},
	} {
		path := s.KeyFile(t, c.change)
		if _, err := sheetio.ServiceAccount(t.Context(), path, nil); err == nil || !strings.Contains(err.Error(), c.want) ||
			!strings.HasPrefix(err.Error(), path) || strings.Contains(err.Error(), googletest.Canary) {
			t.Errorf("%s: %v, want it to say %q", name, err, c.want)
		}
	}
	bad := filepath.Join(t.TempDir(), "bad.json")
	if _, err := sheetio.ServiceAccount(t.Context(), bad, nil); err == nil {
		t.Error("a key that is not there is read")
	}
	if err := os.WriteFile(bad, []byte(googletest.Canary), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sheetio.ServiceAccount(t.Context(), bad, nil); err == nil ||
		strings.Contains(err.Error(), googletest.Canary) {
		t.Errorf("no JSON: %v", err)
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", bad)
	if _, err := sheetio.DefaultCredentials(t.Context(), nil); err == nil ||
		strings.Contains(err.Error(), googletest.Canary) || !strings.Contains(err.Error(), "application-default") {
		t.Errorf("default credentials that are no JSON: %v", err)
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", s.KeyFile(t, nil))
	g, err := sheetio.DefaultCredentials(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Serve(g).Pull(t.Context(), googletest.Document); err != nil {
		t.Errorf("default credentials: %v", err)
	}
}

// BenchmarkReadPulled reads a pulled document of 60 tabs of 500 rows.
func BenchmarkReadPulled(b *testing.B) {
	var sheets []sheetio.Sheet
	for i := range 60 {
		sheet := sheetio.Sheet{Name: fmt.Sprintf("source_%02d", i)}
		for r := range 501 {
			sheet.Rows = append(sheet.Rows, row(text(fmt.Sprintf("Label %d, recurrent", r)),
				text(fmt.Sprintf("Disease No. %d", r%350)), text("EA80;EK00"), text("can be told apart by eye")))
		}
		sheets = append(sheets, sheet)
	}
	p, err := googletest.New(b, sheets...).Google(b).Pull(b.Context(), googletest.Document)
	if err != nil {
		b.Fatal(err)
	}
	dir := write(b, p)
	size := 0
	for _, data := range p.Content {
		size += len(data)
	}
	b.ReportAllocs()
	b.SetBytes(int64(size))
	for b.Loop() {
		if book, err := sheetio.Read(dir); err != nil || len(book.Sheets) != 60 {
			b.Fatal(err)
		}
	}
}
