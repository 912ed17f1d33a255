package googletest

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
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
	Sheets  []sheetio.Sheet // all cells are exported as text
	Version int
	Kind    string // MIME type of the document
	Export  []byte // what is exported; nil: the sheets
	// Before, if not nil, sees each request first. If it returns true it has answered.
	Before   func(w http.ResponseWriter, r *http.Request) bool
	mu       sync.Mutex
	requests []string
}

// TooLarge answers as Google does when an export would have more than 10 MB.
func TooLarge(w http.ResponseWriter) {
	Refuse(w, 403, `{"error":{"code":403,"message":"This file is too large to be exported.","errors":[{"message":"This file is too large to be exported.","domain":"global","reason":"exportSizeLimitExceeded"}]}}`)
}

// New starts a server that ends with the test.
func New(t testing.TB, sheets ...sheetio.Sheet) *Server {
	t.Helper()
	s := &Server{Sheets: sheets, Version: 7, Kind: "application/vnd.google-apps.spreadsheet"}
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

// KeyFile writes the key of a service account that the server gives tokens to. Change, if not nil,
// may change it before.
func (s *Server) KeyFile(t testing.TB, change func(key map[string]string)) string {
	t.Helper()
	key := map[string]string{"type": "service_account", "client_email": Account, "private_key": privateKey(),
		"private_key_id": keyID, "token_uri": s.URL + "/token"}
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
	g.Drive, g.Wait = s.URL, func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	return g
}

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
		if r.PostFormValue("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" ||
			strings.Count(r.PostFormValue("assertion"), ".") != 2 {
			Refuse(w, 400, `{"error":"invalid_grant","error_description":"Invalid JWT `+Canary+`"}`)
			return
		}
		answer(w, map[string]any{"access_token": Token, "expires_in": 3599, "token_type": "Bearer"})
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+Token {
		Refuse(w, 401,
			`{"error":{"code":401,"message":"Request had invalid authentication credentials.","status":"UNAUTHENTICATED"}}`)
		return
	}
	switch r.URL.Path {
	case "/drive/v3/files/" + Document:
		answer(w, map[string]any{"id": Document, "name": "Mapping", "mimeType": s.Kind, "version": strconv.Itoa(s.Version),
			"modifiedTime": "2026-03-01T12:00:00.000Z"})
	case "/drive/v3/files/" + Document + "/export":
		s.export(w)
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

// export makes the XLSX.
func (s *Server) export(w http.ResponseWriter) {
	if s.Export != nil {
		_, _ = w.Write(s.Export)
		return
	}
	sheets := slices.Clone(s.Sheets)
	for i := range sheets {
		sheets[i].Name = sheetio.CutTabName(sheets[i].Name)
	}
	if len(sheets) == 0 {
		sheets = []sheetio.Sheet{{Name: "Sheet1"}}
	}
	var xlsx strings.Builder
	if err := sheetio.WriteXLSX(&xlsx, sheets); err != nil {
		panic(err) // the test's sheets are at fault
	}
	_, _ = io.WriteString(w, xlsx.String())
}
