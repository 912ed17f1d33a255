package sheetio

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

const (
	// maxTries and firstPause make pauses of 1, 2, 4 … 32 s: together one minute, in which Google counts requests.
	maxTries   = 7
	firstPause = time.Second
	// maxPause is the longest that a server may ask to wait for.
	maxPause = 2 * time.Minute
)

// A refusal is why a request got no answer.
type refusal struct {
	text  string
	again bool          // it may be answered later
	moved bool          // a document that is changed while it is read may be why
	after time.Duration // how long the server asks to wait
}

func (r *refusal) Error() string { return r.text }

// errExportTooLarge is the answer to an export of more than 10 MB.
var errExportTooLarge = errors.New("is too large for Google to export")

// get asks for an address and returns the whole answer, at most limit bytes. What may pass is asked again, up to maxTries times, after
// growing pauses or when the server says so.
func (g *Google) get(ctx context.Context, address string, limit int64) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	for try, pause := 1, firstPause; ; try, pause = try+1, 2*pause {
		data, err := g.once(ctx, u, limit)
		if err == nil {
			return data, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var r *refusal
		if !errors.As(err, &r) {
			return nil, err
		}
		switch {
		case !r.again:
			return nil, r
		case try == maxTries || r.after > maxPause:
			return nil, fmt.Errorf("%w, asked %d times: try again later", r, try)
		}
		if err := g.Wait(ctx, max(pause, r.after)); err != nil {
			return nil, err
		}
	}
}

// once asks once.
func (g *Google) once(ctx context.Context, u *url.URL, limit int64) ([]byte, error) {
	token, err := g.token()
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := g.client.Do(request)
	if err != nil {
		return nil, unreachable(u.Host, err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, limit+1))
	switch {
	case answer.StatusCode != http.StatusOK:
		return nil, g.refused(u.Host, answer, data)
	case err != nil:
		return nil, &refusal{text: u.Host + ": the answer broke off", again: true}
	case int64(len(data)) > limit:
		return nil, fmt.Errorf("%s: the answer %w: %d bytes are allowed", u.Host, errTooLarge, limit)
	}
	return data, nil
}

// token is an access token, a new one when the last has run out.
func (g *Google) token() (string, error) {
	g.transport.err = nil
	token, err := g.tokens.Token()
	if err == nil && token.AccessToken != "" {
		return token.AccessToken, nil
	}
	var told *oauth2.RetrieveError
	switch {
	case errors.As(err, &told) && told.Response != nil:
		return "", tokenRefused(told)
	case g.transport.err != nil:
		return "", unreachable("the token server", g.transport.err)
	}
	return "", &refusal{text: "the token server: the answer broke off, or holds no token", again: true}
}

// tokenRefused says what a token server's refusal means (RFC 6749, 5.2).
func tokenRefused(err *oauth2.RetrieveError) error {
	status := err.Response.StatusCode
	if status == http.StatusTooManyRequests || status >= 500 {
		return &refusal{text: fmt.Sprintf("the token server: answers %d", status), again: true, after: retryAfter(err.Response)}
	}
	var body struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal(err.Body, &body) // what is no JSON has no error code
	switch body.Error {
	case "invalid_grant", "invalid_client", "unauthorized_client", "disabled_client", "deleted_client":
		return &refusal{text: fmt.Sprintf("the token server: answers %d, %s: the credentials are wrong, revoked or expired, or this machine's clock is: download a new key", status, body.Error)}
	}
	return &refusal{text: fmt.Sprintf("the token server: answers %d: download a new key, and check that no proxy answers in its place", status)}
}

// unreachable says why a request was not answered.
func unreachable(host string, err error) error {
	var certificate *tls.CertificateVerificationError
	if errors.As(err, &certificate) {
		return &refusal{text: fmt.Sprintf("%s: its certificate does not fit (%v): if a proxy opens TLS here, name its authority's file in SSL_CERT_FILE", host, certificate.Err)}
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) { // its text has the whole address
		err = wrapped.Err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &refusal{text: host + ": the answer broke off", again: true}
	}
	return &refusal{text: fmt.Sprintf("%s: cannot be reached (%v): check the network and HTTPS_PROXY", host, err)}
}

// refused says what an answer other than 200 means.
func (g *Google) refused(host string, answer *http.Response, body []byte) error {
	status := answer.StatusCode
	says := fmt.Sprintf("%s: answers %d", host, status)
	reasons := reasonsOf(body)
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(reasons, n) })
	}
	switch {
	case status == http.StatusTooManyRequests, status >= 500, status == http.StatusForbidden && has("rateLimitExceeded", "userRateLimitExceeded"):
		return &refusal{text: says, again: true, after: retryAfter(answer)}
	case status == http.StatusForbidden && has("exportSizeLimitExceeded"):
		return errExportTooLarge
	case status == http.StatusForbidden && has("accessNotConfigured", "SERVICE_DISABLED"):
		return &refusal{text: says + ": the API is not switched on in the credentials' project: switch on the Google Sheets API and the Google Drive API"}
	case status == http.StatusForbidden && has("insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"):
		return &refusal{text: says + ": the credentials do not cover reading documents: log in with the scopes spreadsheets.readonly and drive.readonly"}
	case status == http.StatusForbidden, status == http.StatusNotFound:
		return &refusal{text: fmt.Sprintf("%s: there is no such document, or %s may not read it: check the id after gsheet:, and share the document with that account as a viewer", says, g.account)}
	case status == http.StatusUnauthorized:
		return &refusal{text: says + ": the credentials are not accepted: check that the key is not revoked and the clock is right, or download a new key"}
	case status >= 300 && status < 400:
		return &refusal{text: says + ", a redirect, which no credentials follow: check that no proxy answers in its place"}
	case status == http.StatusBadRequest && has("FAILED_PRECONDITION"):
		return &refusal{text: says + ": the document is no Google Sheet: open it in Google Sheets and save it as one, or download it and name the .xlsx file"}
	}
	return &refusal{text: says + ": check the id after gsheet:, and that no proxy answers in its place", moved: status == http.StatusBadRequest}
}

// reasonsOf are the words by which Google's error answers say what is wrong: the status and, of both APIs, the reasons.
func reasonsOf(body []byte) []string {
	var answer struct {
		Error struct {
			Status  string
			Errors  []struct{ Reason string }
			Details []struct{ Reason string }
		}
	}
	if json.Unmarshal(body, &answer) != nil {
		return nil
	}
	reasons := []string{answer.Error.Status}
	for _, e := range slices.Concat(answer.Error.Errors, answer.Error.Details) {
		reasons = append(reasons, e.Reason)
	}
	return reasons
}

// retryAfter is how long an answer asks to wait, in seconds or until a date; 0 if it does not say.
func retryAfter(answer *http.Response) time.Duration {
	text := strings.TrimSpace(answer.Header.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}
