package icd11

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

const (
	minGap      = 200 * time.Millisecond // between requests: at most 5 a second; WHO names no limit
	maxTries    = 5                      // of one request, with 1, 2, 4 and 8 seconds between them
	maxWait     = time.Minute            // that a server may ask for (Retry-After); a run does not wait longer
	maxReply    = 16 << 20               // bytes of an answer; the longest seen, of a chapter with its lists, has under 1 MB
	callTimeout = time.Minute            // for one answer as a whole
)

// A transport sends requests one after the other, at the rate and with the patience above. It follows no redirect, so that a token goes
// nowhere but to the API. It is used by one goroutine.
type transport struct {
	http *http.Client
	next time.Time // when the next request may start

	now   func() time.Time
	sleep func(context.Context, time.Duration) error
}

func newTransport() *transport {
	return &transport{
		http: &http.Client{
			Timeout:       callTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		now: time.Now, sleep: sleep,
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// A reply is an answer that asking again would not change.
type reply struct {
	status int
	body   []byte
}

// errAgain marks what may be better next time.
type errAgain struct {
	error
	after time.Duration // the least time to wait
}

func (e errAgain) Unwrap() error { return e.error }

// send makes and sends a request until it has an answer that is neither "too many requests" nor a fault of the server. Errors begin with the
// address, which make must keep free of secrets; bodies never stand in errors.
func (t *transport) send(ctx context.Context, make func() (*http.Request, error)) (reply, error) {
	for try := 1; ; try++ {
		request, err := make()
		if err != nil {
			return reply{}, err
		}
		answer, err := t.once(ctx, request)
		if ctx.Err() != nil {
			return reply{}, ctx.Err()
		}
		var again errAgain
		if err == nil || !errors.As(err, &again) {
			return answer, named(request, err)
		}
		if try == maxTries {
			return reply{}, named(request, fmt.Errorf("%w; gave up after %d tries, run again later", err, maxTries))
		}
		if again.after > maxWait {
			return reply{}, named(request, fmt.Errorf("%w, and asks to wait %v; run again then", err, again.after.Round(time.Second)))
		}
		if err := t.sleep(ctx, max(again.after, time.Second<<(try-1))); err != nil {
			return reply{}, err
		}
	}
}

func named(request *http.Request, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", request.URL, err)
}

// once sends a request when its turn has come.
func (t *transport) once(ctx context.Context, request *http.Request) (reply, error) {
	if wait := t.next.Sub(t.now()); wait > 0 {
		if err := t.sleep(ctx, wait); err != nil {
			return reply{}, err
		}
	}
	t.next = t.now().Add(minGap)
	response, err := t.http.Do(request.WithContext(ctx))
	if err != nil {
		return reply{}, explain(err)
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode == http.StatusTooManyRequests || response.StatusCode >= 500:
		return reply{}, errAgain{fmt.Errorf("answers %d", response.StatusCode), t.retryAfter(response.Header.Get("Retry-After"))}
	case response.StatusCode >= 300 && response.StatusCode < 400:
		return reply{}, fmt.Errorf("answers %d, a redirect, which is not followed: set icd11.api to the address of the API itself", response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxReply+1))
	if err != nil {
		return reply{}, errAgain{fmt.Errorf("the answer broke off (%w)", err), 0}
	}
	if len(body) > maxReply {
		return reply{}, fmt.Errorf("the answer is longer than %d bytes: is this the ICD-API?", maxReply)
	}
	return reply{response.StatusCode, body}, nil
}

// explain says what a failed connection means. Only what broke off may be better at once.
func explain(err error) error {
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err // the address is named once already
	}
	var certificate *tls.CertificateVerificationError
	var dial *net.OpError
	switch {
	case errors.As(err, &certificate):
		return fmt.Errorf("its certificate does not fit (%w): check the address, the clock of this machine, and whether a proxy stands between", certificate.Err)
	case errors.Is(err, http.ErrSchemeMismatch):
		return errors.New("does not speak TLS: want http:// here")
	case errors.As(err, &dial) && dial.Op == "dial", errors.As(err, new(*net.DNSError)):
		return fmt.Errorf("cannot be reached (%w): check the network and the address, or leave icd11.api empty to work offline", err)
	}
	return errAgain{fmt.Errorf("the connection broke off (%w)", err), 0}
}

// retryAfter is how long a server asks to wait, in either form of the header; 0 if it does not say.
func (t *transport) retryAfter(header string) time.Duration {
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, at.Sub(t.now()))
	}
	return 0
}

// CheckAddress refuses what is not the plain address of a server.
func CheckAddress(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil, u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "":
		return fmt.Errorf("%q, want an address such as https://id.who.int or http://localhost:8382", address)
	case u.User != nil:
		return errors.New("holds a user name: credentials come from the environment")
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return fmt.Errorf("%q, want an address without ? and #", address)
	}
	return nil
}

// private refuses an address that would carry secrets in the clear: they go over TLS, or stay on this machine.
func private(address string) error {
	if err := CheckAddress(address); err != nil {
		return err
	}
	if u, _ := url.Parse(address); u.Scheme == "http" && !loopback(u.Hostname()) {
		return fmt.Errorf("%q would send credentials in the clear: want https://", address)
	}
	return nil
}

func loopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// oauthErrors are the words that a token server may answer with (RFC 6749, 5.2). Others are not repeated: they might be anything.
var oauthErrors = []string{"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"}

func oauthError(code string) string {
	if slices.Contains(oauthErrors, code) {
		return " (" + code + ")"
	}
	return ""
}
