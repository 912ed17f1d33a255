package sheetio_test

import (
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

	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/io/sheetio/googletest"
)

func row(cells ...sheetio.Cell) []sheetio.Cell { return cells }

func text(t string) sheetio.Cell { return sheetio.Cell{Text: t} }

// document has every kind of cell, and names of tabs that an XLSX does not allow.
var document = []sheetio.Sheet{
	{Name: "O'Brien's set", Rows: [][]sheetio.Cell{
		row(text("Source Label"), text("Target Name"), text("ICD-11 Code(s)")),
		row(text(" a\u00a0"), sheetio.Cell{}, sheetio.Cell{Text: "2E+63", Kind: sheetio.Number}),
		nil,
		row(sheetio.Cell{}, sheetio.Cell{Text: "TRUE", Kind: sheetio.Bool}, text("TRUE"), sheetio.Cell{Text: "FALSE", Kind: sheetio.Bool}),
		row(sheetio.Cell{Text: "2026-03-01", Kind: sheetio.Date}, sheetio.Cell{Text: "2026-03-01T18:00:00", Kind: sheetio.Date}, sheetio.Cell{Text: "12:00:00", Kind: sheetio.Date}, sheetio.Cell{Text: "1900-02-28", Kind: sheetio.Date}, text("2026-03-01")),
		row(sheetio.Cell{Text: "#N/A", Kind: sheetio.Failed}, text("#N/A"), sheetio.Cell{Text: "=IMPORTRANGE(A1)", Kind: sheetio.FormulaWithoutValue}, text("=1+1"), text("Loading...")),
		row(sheetio.Cell{Text: "7", Kind: sheetio.Number}, sheetio.Cell{Text: "-0.5", Kind: sheetio.Number}, sheetio.Cell{Text: "1E-07", Kind: sheetio.Number}, text("01"), text("_x0041_"), text("a\r\nb\u200b😀")),
	}, Merged: []sheetio.Range{{FromRow: 1, ToRow: 2, FromColumn: 1, ToColumn: 1}}},
	{Name: "Pathologies to exclude and merge", Rows: [][]sheetio.Cell{row(text("Category"))}},
	{Name: "o'brien's SET"},
	{Name: "A1", Hidden: true, Rows: [][]sheetio.Cell{row(text("x"))}},
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
	if p.Title != "Mapping" || p.Values || p.Document != googletest.Document || string(p.Content["workbook.xlsx"]) != string(s.Export) {
		t.Errorf("title %q, values only %v, document %q", p.Title, p.Values, p.Document)
	}
	if n := len(s.Requests()); n != 7 { // a token, Drive's file, tabs, values, cells, export, Drive's file again
		t.Errorf("%d requests: %q", n, s.Requests())
	}

	dir := t.TempDir()
	for name, data := range p.Content {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	read, err := sheetio.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(p.Sheets, read.Sheets); d != "" || read.SHA256 != p.SHA256 || !read.Folder || read.Document != googletest.Document {
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
	if err := os.Remove(filepath.Join(dir, "values-1.json")); err != nil {
		t.Fatal(err)
	}
	if _, err := sheetio.Read(dir); err == nil || !strings.Contains(err.Error(), "values-1.json: is gone: run mapping pull") {
		t.Errorf("a file is gone: %v", err)
	}
}

// A document of many tabs with long names needs several addresses.
func TestPullManyTabs(t *testing.T) {
	var sheets []sheetio.Sheet
	for i := range 200 {
		sheets = append(sheets, sheetio.Sheet{Name: fmt.Sprintf("%s %d", strings.Repeat("é", 60), i), Rows: [][]sheetio.Cell{row(text(fmt.Sprint(i)))}})
	}
	s := googletest.New(t, sheets...)
	s.Export = nil
	s.Before = func(w http.ResponseWriter, r *http.Request) bool {
		if len(r.RequestURI) > 6<<10 {
			googletest.Refuse(w, 414, "")
		}
		return len(r.RequestURI) > 6<<10
	}
	p, err := s.Google(t).Pull(t.Context(), googletest.Document)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(sheets, p.Sheets); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if !p.Values || p.Content["workbook.xlsx"] != nil || !strings.Contains(string(p.Content["pull.json"]), "values only") {
		t.Errorf("a document that is too large to export: values only %v, %s", p.Values, p.Content["pull.json"])
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
		{"values", "values:batchGet", 1, ""},
		{"export", "/export", 2, ""},
		{"always", "/export", 99, "was changed each of the 3 times"},
	} {
		s := googletest.New(t, document...)
		left := c.times
		s.Before = func(_ http.ResponseWriter, r *http.Request) bool {
			if strings.Contains(r.URL.Path, c.at) && left > 0 {
				left--
				s.Version++
				s.Sheets = slices.Clone(document)
				s.Sheets[0].Name = fmt.Sprintf("renamed %d", left) // the range that is asked for is gone
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
		func(w http.ResponseWriter) { w.Header().Set("Retry-After", "17"); googletest.Refuse(w, 429, "{}") },
		func(w http.ResponseWriter) { googletest.Refuse(w, 503, "<html>") },
		func(w http.ResponseWriter) {
			googletest.Refuse(w, 403, `{"error":{"errors":[{"reason":"userRateLimitExceeded"}]}}`)
		},
		func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(`{"valueRanges":[`)) // half an answer
		},
		func(w http.ResponseWriter) { w.Header().Set("Retry-After", later); googletest.Refuse(w, 500, "") },
	}
	for _, part := range []string{"/token", "values:batchGet", "/export", "/drive/v3/files/" + googletest.Document} {
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
			if d := cmp.Diff([]time.Duration{17e9, 2e9, 4e9, 8e9}, pauses[:4]); d != "" || last < 30*time.Second || last > time.Minute {
				t.Errorf("pauses %v (-want +got):\n%s", pauses, d)
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
	sheets := func(status int, body string) func(*googletest.Server, *sheetio.Google) {
		return func(s *googletest.Server, _ *sheetio.Google) {
			s.Before = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.URL.Path, "values:batchGet") {
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
	canary := `{"error":{"code":401,"message":"` + googletest.Token + `","status":"CANARY","errors":[{"reason":"CANARY"}],"details":[{"reason":"CANARY"}]}}`
	for _, c := range []struct {
		name   string
		change func(*googletest.Server, *sheetio.Google)
		want   string
	}{
		{"401", sheets(401, canary), "answers 401: the credentials are not accepted"},
		{"403", sheets(403, canary), "share the document with that account as a viewer"},
		{"403, who", sheets(403, canary), googletest.Account},
		{"403, switched off", sheets(403, `{"error":{"status":"PERMISSION_DENIED","details":[{"reason":"SERVICE_DISABLED"}]}}`), "switch on the Google Sheets API"},
		{"403, scopes", sheets(403, `{"error":{"details":[{"reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}}`), "spreadsheets.readonly"},
		{"404", sheets(404, canary), "there is no such document"},
		{"400", sheets(400, canary), "answers 400"},
		{"400, an XLSX", sheets(400, `{"error":{"code":400,"message":"This operation is not supported for this document","status":"FAILED_PRECONDITION"}}`), "is no Google Sheet"},
		{"always 503", sheets(503, canary), "answers 503, asked 7 times: try again later"},
		{"not JSON", sheets(200, "<html>CANARY"), "is not understood"},
		{"half JSON", sheets(200, `{"valueRanges":[{"values":[["CANARY`), "is not understood"},
		{"another shape", sheets(200, `{"valueRanges":{}}`), "is not understood"},
		{"no ranges", sheets(200, `{}`), "values of 0 tabs, want 4"},
		{"another tab", sheets(200, `{"valueRanges":[{"range":"A1!A1:B2"}]}`), `values of tab "A1" where those of "O'Brien's set"`},
		{"nested values", sheets(200, `{"valueRanges":[{"values":[[{}]]}]}`), "neither text, number nor boolean"},
		{"a huge number", sheets(200, `{"valueRanges":[{"values":[[1e999]]}]}`), "is no number"},
		{"not UTF-8", sheets(200, "{\"valueRanges\":[{\"values\":[[\"\xff\"]]}]}"), "not UTF-8"},
		{"many columns", sheets(200, `{"valueRanges":[{"values":[[`+strings.Repeat(`1,`, 100_000)+`1]]}]}`), "1000 columns are allowed"},
		{"many rows", sheets(200, `{"valueRanges":[{"values":[`+strings.Repeat(`[],`, 200_000)+`[1]]}]}`), "200000 rows are allowed"},
		{"no cells", func(s *googletest.Server, _ *sheetio.Google) {
			s.Before = func(w http.ResponseWriter, r *http.Request) bool {
				kinds := strings.HasSuffix(r.URL.Path, googletest.Document) && r.URL.Query().Has("ranges")
				if kinds {
					googletest.Refuse(w, 200, `{"sheets":[{"properties":{"sheetId":1}}]}`)
				}
				return kinds
			}
		}, `no cells of tab "O'Brien's set"`},
		{"a long wait", func(s *googletest.Server, _ *sheetio.Google) {
			s.Before = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path == "/token" {
					return false
				}
				w.Header().Set("Retry-After", "86400")
				googletest.Refuse(w, 429, canary)
				return true
			}
		}, "answers 429, asked 1 times: try again later"},
		{"a redirect", func(s *googletest.Server, _ *sheetio.Google) {
			s.Before = func(w http.ResponseWriter, r *http.Request) bool {
				if strings.Contains(r.URL.Path, "/export") {
					http.Redirect(w, r, other.URL, http.StatusFound)
				}
				return strings.Contains(r.URL.Path, "/export")
			}
		}, "answers 302, a redirect"},
		{"a Word document", func(s *googletest.Server, _ *sheetio.Google) { s.Kind = "application/vnd.google-apps.document" }, "no Google Sheet"},
		{"a broken export", func(s *googletest.Server, _ *sheetio.Google) { s.Export = []byte("<html>") }, "the exported XLSX is not an XLSX file"},
		{"token 400", token(400, `{"error":"invalid_grant","error_description":"CANARY"}`), "answers 400, invalid_grant: the credentials are wrong"},
		{"token 400, unknown", token(400, `{"error":"CANARY"}`), "answers 400: download a new key"},
		{"token redirect", token(302, ""), "answers 302"},
		{"token half", token(200, `{"access_token":"CANARY`), "the answer broke off, or holds no token, asked 7 times"},
		{"no token", token(200, `{}`), "holds no token"},
		{"token 500", token(500, "CANARY"), "the token server: answers 500, asked 7 times"},
		{"certificate", func(_ *googletest.Server, g *sheetio.Google) { g.Sheets = secret.URL }, "its certificate does not fit"},
		{"no network", func(_ *googletest.Server, g *sheetio.Google) { g.Drive = closed.URL }, "cannot be reached"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := googletest.New(t, document...)
			g := s.Google(t)
			c.change(s, g)
			p, err := g.Pull(t.Context(), googletest.Document)
			if err == nil || p != nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "gsheet:"+googletest.Document+": ") {
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
	if _, err := s.Serve(g).Pull(t.Context(), googletest.Document); err == nil || !strings.Contains(err.Error(), "the token server: cannot be reached") {
		t.Errorf("error %v", err)
	}
}

func TestPullEnds(t *testing.T) {
	s := googletest.New(t, document...)
	g := s.Google(t)
	ctx, stop := context.WithCancel(t.Context())
	s.Before = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "values") {
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
		"type":    {func(k map[string]string) { k["type"] = "authorized_user" }, `type is not "service_account"`},
		"damaged": {func(k map[string]string) { k["private_key"] = k["private_key"][:200] + googletest.Canary }, "private_key is missing or damaged"},
		"no key":  {func(k map[string]string) { delete(k, "private_key") }, "private_key is missing"},
		"http":    {func(k map[string]string) { k["token_uri"] = "http://example.org/token" }, "token_uri is no https address"},
	} {
		path := s.KeyFile(t, c.change)
		if _, err := sheetio.ServiceAccount(t.Context(), path, nil); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), path) || strings.Contains(err.Error(), googletest.Canary) {
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
	if _, err := sheetio.ServiceAccount(t.Context(), bad, nil); err == nil || strings.Contains(err.Error(), googletest.Canary) {
		t.Errorf("no JSON: %v", err)
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", bad)
	if _, err := sheetio.DefaultCredentials(t.Context(), nil); err == nil || strings.Contains(err.Error(), googletest.Canary) || !strings.Contains(err.Error(), "application-default") {
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
			sheet.Rows = append(sheet.Rows, row(text(fmt.Sprintf("Label %d, recurrent", r)), text(fmt.Sprintf("Disease No. %d", r%350)), text("EA80;EK00"), text("can be told apart by eye")))
		}
		sheets = append(sheets, sheet)
	}
	p, err := googletest.New(b, sheets...).Google(b).Pull(b.Context(), googletest.Document)
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	size := 0
	for name, data := range p.Content {
		size += len(data)
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	b.SetBytes(int64(size))
	for b.Loop() {
		if book, err := sheetio.Read(dir); err != nil || len(book.Sheets) != 60 {
			b.Fatal(err)
		}
	}
}
