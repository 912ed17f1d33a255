// Package googletest is as much of Google Sheets and Google Drive as reading a document needs, on a loopback address, for tests. Answers
// have the shapes of Sheets v4 and Drive v3: empty cells at the ends of rows and tabs are left out, numbers that are 0 too, and dates are
// numbers whose cell has a date's format.
package googletest

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dermset/dermset/io/sheetio"
)

// What must never be seen outside a request: parts of it stand in for every secret there is.
const (
	Canary   = "CANARY"
	Token    = "ya29.CANARY-token"
	keyID    = "CANARY-key-id"
	Document = "1qpyC0XzvTcKT6EISywvqESX3A0MwQoFDE8p-Bll4hps"
	Account  = "reader@project.iam.gserviceaccount.com"
)

// A Server holds one document. Its fields may be changed between requests.
type Server struct {
	*httptest.Server
	Sheets  []sheetio.Sheet
	Version int
	Kind    string // MIME type of the document
	Export  []byte // nil: too large to export
	// Before, if not nil, sees each request first. If it returns true it has answered.
	Before   func(w http.ResponseWriter, r *http.Request) bool
	mu       sync.Mutex
	requests []string
}

// New starts a server that ends with the test.
func New(t testing.TB, sheets ...sheetio.Sheet) *Server {
	t.Helper()
	s := &Server{Sheets: sheets, Version: 7, Kind: "application/vnd.google-apps.spreadsheet", Export: []byte{}}
	var xlsx strings.Builder
	if err := sheetio.WriteXLSX(&xlsx, []sheetio.Sheet{{Name: "exported"}}); err != nil {
		t.Fatal(err)
	}
	s.Export = []byte(xlsx.String())
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// privateKey is made once: it takes a while.
var privateKey = sync.OnceValue(func() string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
})

// KeyFile writes the key of a service account that the server gives tokens to. Change, if not nil, may change it before.
func (s *Server) KeyFile(t testing.TB, change func(key map[string]string)) string {
	t.Helper()
	key := map[string]string{"type": "service_account", "client_email": Account, "private_key": privateKey(), "private_key_id": keyID, "token_uri": s.URL + "/token"}
	if change != nil {
		change(key)
	}
	text, err := json.Marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Google asks the server, and does not pause.
func (s *Server) Google(t testing.TB) *sheetio.Google {
	t.Helper()
	g, err := sheetio.ServiceAccount(t.Context(), s.KeyFile(t, nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s.Serve(g)
}

// Serve makes g ask the server, and not pause.
func (s *Server) Serve(g *sheetio.Google) *sheetio.Google {
	g.Sheets, g.Drive, g.Wait = s.URL, s.URL, NoWait
	return g
}

// NoWait is a Google's Wait that does not pause.
func NoWait(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// Requests are the paths asked for so far.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// ServeHTTP answers as Google does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.URL.Path)
	if s.Before != nil && s.Before(w, r) {
		return
	}
	if r.URL.Path == "/token" {
		if r.PostFormValue("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" || strings.Count(r.PostFormValue("assertion"), ".") != 2 {
			Refuse(w, 400, `{"error":"invalid_grant","error_description":"Invalid JWT `+Canary+`"}`)
			return
		}
		answer(w, map[string]any{"access_token": Token, "expires_in": 3599, "token_type": "Bearer"})
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+Token {
		Refuse(w, 401, `{"error":{"code":401,"message":"Request had invalid authentication credentials.","status":"UNAUTHENTICATED"}}`)
		return
	}
	switch r.URL.Path {
	case "/drive/v3/files/" + Document:
		answer(w, map[string]any{"id": Document, "name": "Mapping", "mimeType": s.Kind, "version": strconv.Itoa(s.Version), "modifiedTime": "2026-03-01T12:00:00.000Z"})
	case "/drive/v3/files/" + Document + "/export":
		if s.Export == nil {
			Refuse(w, 403, `{"error":{"code":403,"message":"This file is too large to be exported.","errors":[{"message":"This file is too large to be exported.","domain":"global","reason":"exportSizeLimitExceeded"}]}}`)
			return
		}
		_, _ = w.Write(s.Export)
	case "/v4/spreadsheets/" + Document:
		if ranges := r.URL.Query()["ranges"]; len(ranges) > 0 {
			answer(w, s.cells(ranges))
			return
		}
		answer(w, s.tabs())
	case "/v4/spreadsheets/" + Document + "/values:batchGet":
		if q := r.URL.Query(); q.Get("valueRenderOption") != "UNFORMATTED_VALUE" || q.Get("dateTimeRenderOption") == "FORMATTED_STRING" {
			Refuse(w, 400, `{"error":{"code":400,"message":"the test wants stored values","status":"INVALID_ARGUMENT"}}`)
			return
		}
		s.values(w, r.URL.Query()["ranges"])
	default:
		Refuse(w, 404, `{"error":{"code":404,"message":"Requested entity was not found.","status":"NOT_FOUND"}}`)
	}
}

// Refuse answers with a status and a body, as JSON.
func Refuse(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	fmt.Fprintln(w, body)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	_ = json.NewEncoder(w).Encode(v) // the reader has gone
}

type object = map[string]any

func (s *Server) tabs() object {
	sheets := []object{{"properties": object{"sheetId": 999, "title": "a chart", "index": len(s.Sheets), "sheetType": "OBJECT"}}}
	for i, sheet := range s.Sheets {
		properties := object{"sheetId": i, "title": sheet.Name, "index": i, "sheetType": "GRID"}
		if sheet.Hidden {
			properties["hidden"] = true
		}
		tab := object{"properties": properties}
		var merges []object
		for _, m := range sheet.Merged {
			merge := object{"sheetId": i, "endRowIndex": m.ToRow + 1, "endColumnIndex": m.ToColumn + 1}
			if m.FromRow > 0 {
				merge["startRowIndex"] = m.FromRow
			}
			if m.FromColumn > 0 {
				merge["startColumnIndex"] = m.FromColumn
			}
			merges = append(merges, merge)
		}
		if merges != nil {
			tab["merges"] = merges
		}
		sheets = append(sheets, tab)
	}
	return object{"properties": object{"title": "Mapping"}, "sheets": sheets}
}

// find is the tab that a range names, with the name as an answer has it.
func (s *Server) find(text string) (sheet *sheetio.Sheet, id int, shown string) {
	quoted, _, _ := strings.Cut(text, "'!")
	name := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(quoted, "'"), "'"), "''", "'")
	if !strings.HasPrefix(text, "'") {
		return nil, 0, "" // a name without quotes may be a cell
	}
	for i := range s.Sheets {
		if s.Sheets[i].Name != name {
			continue
		}
		shown = name
		if strings.ContainsFunc(name, func(r rune) bool { return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z') }) {
			shown = "'" + strings.ReplaceAll(name, "'", "''") + "'"
		}
		return &s.Sheets[i], i, shown
	}
	return nil, 0, ""
}

func (s *Server) values(w http.ResponseWriter, ranges []string) {
	var all []object
	for _, text := range ranges {
		sheet, _, shown := s.find(text)
		if sheet == nil {
			Refuse(w, 400, `{"error":{"code":400,"message":"Unable to parse range","status":"INVALID_ARGUMENT"}}`)
			return
		}
		one := object{"range": shown + "!A1:Z1000", "majorDimension": "ROWS"}
		values := make([][]any, len(sheet.Rows))
		for row, cells := range sheet.Rows {
			values[row] = make([]any, len(cells))
			for column, c := range cells {
				values[row][column] = value(c)
			}
		}
		if len(values) > 0 {
			one["values"] = values
		}
		all = append(all, one)
	}
	answer(w, object{"spreadsheetId": Document, "valueRanges": all})
}

func value(c sheetio.Cell) any {
	switch c.Kind {
	case sheetio.Number:
		return json.Number(c.Text)
	case sheetio.Bool:
		return c.Text == "TRUE"
	case sheetio.Date:
		return serial(c.Text)
	case sheetio.FormulaWithoutValue:
		return "Loading..."
	}
	return c.Text
}

// serial is the number of days from 1899-12-30.
func serial(text string) float64 {
	for _, form := range []string{"2006-01-02", "2006-01-02T15:04:05"} {
		if at, err := time.Parse(form, text); err == nil {
			return at.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24
		}
	}
	at, err := time.Parse("15:04:05", text)
	if err != nil {
		panic(fmt.Sprintf("googletest: date %q", text))
	}
	return at.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)).Hours() / 24
}

func (s *Server) cells(ranges []string) object {
	var sheets []object
	for _, text := range ranges {
		sheet, id, _ := s.find(text)
		rows := make([]object, len(sheet.Rows))
		for row, cells := range sheet.Rows {
			values := make([]object, len(cells))
			for column, c := range cells {
				values[column] = cell(c)
			}
			rows[row] = object{}
			if len(values) > 0 {
				rows[row]["values"] = values
			}
		}
		properties := object{}
		if id > 0 {
			properties["sheetId"] = id
		}
		sheets = append(sheets, object{"properties": properties, "data": []object{{"rowData": rows}}})
	}
	return object{"sheets": sheets}
}

// errorTypes are the words for error values in answers.
var errorTypes = map[string]string{"#NULL!": "NULL_VALUE", "#DIV/0!": "DIVIDE_BY_ZERO", "#VALUE!": "VALUE", "#REF!": "REF", "#NAME?": "NAME", "#NUM!": "NUM", "#N/A": "N_A"}

func cell(c sheetio.Cell) object {
	format := func(kind string) object { return object{"numberFormat": object{"type": kind}} }
	switch c.Kind {
	case sheetio.Date:
		kind := "DATE_TIME"
		if !strings.Contains(c.Text, "T") {
			kind = "DATE"
		}
		if !strings.Contains(c.Text, "-") {
			kind = "TIME"
		}
		return object{"effectiveFormat": format(kind)}
	case sheetio.Failed:
		return object{"effectiveValue": object{"errorValue": object{"type": errorTypes[c.Text]}}}
	case sheetio.FormulaWithoutValue:
		return object{"userEnteredValue": object{"formulaValue": c.Text}, "effectiveValue": object{"errorValue": object{"type": "LOADING"}}}
	case sheetio.Text:
		if c.Text != "" {
			return object{"effectiveFormat": format("TEXT")}
		}
	}
	return object{}
}
