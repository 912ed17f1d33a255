package sheetio

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"

	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/httpio"
)

// driveURL is where the API of Google Drive is.
const driveURL = "https://www.googleapis.com"

// scope lets the holder of a token read documents and nothing else.
const scope = "https://www.googleapis.com/auth/drive.readonly"

const (
	answerTimeout = 5 * time.Minute // for an answer as a whole
	headerTimeout = time.Minute     // for its beginning
	maxExport     = 16 << 20        // bytes of an answer; of an export, Google allows 10 MB
)

// patience is with one request: pauses of at most 2, 4, 8 … 64 s, together one or two minutes,
// in which Google counts requests.
var patience = httpio.Patience{Tries: 7, First: 2 * time.Second, Longest: 2 * time.Minute}

// A Google reads documents of Google Sheets. It never writes to one. Errors say what to do; none holds a credential,
// nor the text of an answer, which could hold one. One goroutine uses it.
type Google struct {
	Drive string // base URL, without a slash at its end
	*httpio.Client
	tokens    oauth2.TokenSource
	account   string // who the documents are to be shared with
	transport *rememberingTransport
}

// ServiceAccount is a Google that asks as the service account whose JSON key is in the file. Transport carries all
// requests, those for tokens too; nil means the system's.
func ServiceAccount(ctx context.Context, path string, transport http.RoundTripper) (*Google, error) {
	key, err := fileio.ReadUpTo(path, maxFileBytes)
	if err != nil {
		return nil, err
	}
	var account struct {
		Type  string `json:"type"`
		Email string `json:"client_email"`
		Key   string `json:"private_key"`
		Token string `json:"token_uri"`
	}
	switch err := json.Unmarshal(key, &account); {
	case err != nil:
		return nil, fmt.Errorf("%s: is not the JSON key file of a service account: download a new key", path)
	case account.Type != string(google.ServiceAccount):
		return nil,
			fmt.Errorf("%s: type is not %q: download the key of a service account, or use --adc for other credentials",
				path, google.ServiceAccount)
	case account.Email == "" || !isPrivateKey(account.Key):
		return nil, fmt.Errorf("%s: client_email or private_key is missing or damaged: download a new key", path)
	case !isSafe(account.Token):
		return nil, fmt.Errorf("%s: token_uri is no https address: download a new key", path)
	}
	g := newGoogle(transport)
	g.account = account.Email
	credentials, err := google.CredentialsFromJSONWithType(g.with(ctx), key, google.ServiceAccount, scope)
	if err != nil {
		return nil, fmt.Errorf("%s: is not the JSON key file of a service account: download a new key", path)
	}
	g.tokens = credentials.TokenSource
	return g, nil
}

// DefaultCredentials is a Google that asks with Google's application-default credentials. A file of these may name
// addresses to send secrets to, so nobody gets them who did not ask for them.
func DefaultCredentials(ctx context.Context, transport http.RoundTripper) (*Google, error) {
	g := newGoogle(transport)
	g.account = "the account of the application-default credentials"
	credentials, err := google.FindDefaultCredentials(g.with(ctx), scope)
	if err != nil { // its text may quote the file
		return nil, errors.New("there are no application-default credentials, or they cannot be read: run `gcloud auth " +
			"application-default login`, or name a service account")
	}
	g.tokens = credentials.TokenSource
	return g, nil
}

func newGoogle(transport http.RoundTripper) *Google {
	if transport == nil {
		own := http.DefaultTransport.(*http.Transport).Clone()
		own.ResponseHeaderTimeout = headerTimeout
		transport = own
	}
	remembering := &rememberingTransport{base: transport}
	return &Google{Drive: driveURL, transport: remembering, Client: &httpio.Client{
		Patience: patience, HTTP: httpio.Straight(remembering, answerTimeout), MaxBytes: maxExport, Busy: isRateLimit,
	}}
}

// with makes oauth2 use the same client.
func (g *Google) with(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, g.HTTP)
}

// A rememberingTransport keeps the last error, of which oauth2 passes on the text only. One goroutine uses it.
type rememberingTransport struct {
	base http.RoundTripper
	err  error
}

func (t *rememberingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := t.base.RoundTrip(r)
	t.err = err
	return answer, err
}

func isPrivateKey(text string) bool {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return false
	}
	_, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		_, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	}
	return err == nil
}

// isSafe reports whether a token may be asked for at the address: over TLS, or without leaving the machine.
// Empty means Google's.
func isSafe(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	return address == "" || u.Scheme == "https" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1"
}
