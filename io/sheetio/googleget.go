package sheetio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"golang.org/x/oauth2"

	"github.com/dermset/dermset/io/httpio"
)

// get asks Drive for what is at a path, patiently, and returns the whole answer.
func (g *Google) get(ctx context.Context, path string) ([]byte, error) {
	reply, err := g.Send(ctx, func() (*http.Request, error) {
		token, err := g.token()
		if err != nil {
			return nil, err
		}
		request, err := http.NewRequest(http.MethodGet, g.Drive+path, nil)
		if err == nil {
			request.Header.Set("Authorization", "Bearer "+token)
		}
		return request, err
	})
	if err != nil {
		return nil, err
	}
	if reply.Status != http.StatusOK {
		return nil, g.refused(reply)
	}
	return reply.Body, nil
}

// token is an access token, a new one when the last has run out.
func (g *Google) token() (string, error) {
	g.transport.err = nil
	token, err := g.tokens.Token()
	if err == nil && token.AccessToken != "" {
		return token.AccessToken, nil
	}
	told, refused := errors.AsType[*oauth2.RetrieveError](err)
	switch {
	case refused && told.Response != nil:
		err = tokenRefused(told)
	case g.transport.err != nil:
		err = httpio.Explain(g.transport.err)
	default: // its text may quote the answer
		err = &httpio.Passing{Err: errors.New("the answer broke off, or holds no token")}
	}
	return "", fmt.Errorf("the token server: %w", err)
}

// tokenRefused says what a token server's refusal means (RFC 6749, 5.2).
func tokenRefused(err *oauth2.RetrieveError) error {
	status := err.Response.StatusCode
	if httpio.Overloaded(status) {
		return &httpio.Passing{Err: fmt.Errorf("answers %d", status),
			After: httpio.RetryAfter(err.Response.Header, time.Now())}
	}
	var body struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal(err.Body, &body) // what is no JSON has no error code
	switch body.Error {
	case "invalid_grant", "invalid_client", "unauthorized_client", "disabled_client", "deleted_client":
		return fmt.Errorf(
			"answers %d, %s: the credentials are wrong, revoked or expired, or this machine's clock is: download a new key",
			status, body.Error)
	}
	return fmt.Errorf("answers %d: download a new key, and check that no proxy answers in its place", status)
}

// isRateLimit tells of an answer whether it says, in Google's own words, "too many requests".
func isRateLimit(reply httpio.Reply) bool {
	return reply.Status == http.StatusForbidden && gives(reply, "rateLimitExceeded", "userRateLimitExceeded")
}

// refused says what an answer other than 200 means.
func (g *Google) refused(reply httpio.Reply) error {
	why, forbidden := "check the id after gsheet:, and that no proxy answers in its place",
		reply.Status == http.StatusForbidden
	switch {
	case forbidden && gives(reply, "exportSizeLimitExceeded"):
		return errors.New(
			"is larger than the 10 MB that Google exports: split the document, or download its tabs as CSV into a folder " +
				"and name that in mapping.workbook")
	case forbidden && gives(reply, "accessNotConfigured", "SERVICE_DISABLED"):
		why = "the API is not switched on in the credentials' project: switch on the Google Drive API"
	case forbidden && gives(reply, "insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"):
		why = "the credentials do not cover reading documents: log in with the scope drive.readonly"
	case forbidden, reply.Status == http.StatusNotFound:
		why = fmt.Sprintf(
			"there is no such document, or %s may not read it: check the id after gsheet:, and share the document with that "+
				"account as a viewer", g.account)
	case reply.Status == http.StatusUnauthorized:
		why =
			"the credentials are not accepted: check that the key is not revoked and the clock is right, or download a new key"
	case reply.Status >= 300 && reply.Status < 400:
		why = "a redirect, which no credentials follow: check that no proxy answers in its place"
	}
	return fmt.Errorf("answers %d: %s", reply.Status, why)
}

// gives tells whether Google's answer gives one of the reasons.
func gives(reply httpio.Reply, reasons ...string) bool {
	var answer struct {
		Error struct {
			Errors  []struct{ Reason string }
			Details []struct{ Reason string }
		}
	}
	if json.Unmarshal(reply.Body, &answer) != nil {
		return false
	}
	given := slices.Concat(answer.Error.Errors, answer.Error.Details)
	return slices.ContainsFunc(given, func(e struct{ Reason string }) bool { return slices.Contains(reasons, e.Reason) })
}
