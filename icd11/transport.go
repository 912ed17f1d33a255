package icd11

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/dermset/dermset/io/httpio"
)

const (
	minGap = 200 * time.Millisecond // between requests: at most 5 a second; WHO names no limit
	// bytes of an answer; the longest seen, of a chapter with its lists, has under 1 MB
	maxReply    = 16 << 20
	callTimeout = time.Minute // for one answer as a whole
)

// patience is with one request: pauses of at most 2, 4, 8 and 16 seconds, or as long as the server asks for.
var patience = httpio.Patience{Tries: 5, First: 2 * time.Second, Longest: time.Minute}

// A transport sends requests one after the other, at the rate and with the patience above. It is used by one goroutine.
type transport struct {
	http *httpio.Client
	next time.Time // when the next request may start
}

func newTransport() *transport {
	return &transport{http: &httpio.Client{
		Patience: patience, HTTP: httpio.Straight(nil, callTimeout), MaxBytes: maxReply, Now: time.Now,
	}}
}

// send composes a request when its turn has come, and sends it until it has an answer that is neither "too many
// requests" nor a fault of the server.
func (t *transport) send(ctx context.Context, compose func() (*http.Request, error)) (httpio.Reply, error) {
	reply, err := t.http.Send(ctx, func() (*http.Request, error) {
		if wait := t.next.Sub(t.http.Now()); wait > 0 {
			if err := t.http.Pause(ctx, wait); err != nil {
				return nil, err
			}
		}
		t.next = t.http.Now().Add(minGap)
		return compose()
	})
	switch {
	case errors.Is(err, httpio.ErrUnreachable):
		return reply, fmt.Errorf("%w, or leave icd11.api empty to work offline", err)
	case errors.Is(err, httpio.ErrTooLong):
		return reply, fmt.Errorf("%w: is this the ICD-API?", err)
	}
	return reply, err
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

// oauthErrors are the words that a token server may answer with (RFC 6749, 5.2). Others are not repeated:
// they might be anything.
var oauthErrors = []string{"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client",
	"unsupported_grant_type", "invalid_scope"}

func oauthError(code string) string {
	if slices.Contains(oauthErrors, code) {
		return " (" + code + ")"
	}
	return ""
}
