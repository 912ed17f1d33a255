package httpio

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// ErrUnreachable is why there is no connection at all. It is final: a network that is not there
// does not come in a minute.
var ErrUnreachable = errors.New("cannot be reached")

// ErrTooLong is why an answer of more than MaxBytes is not read.
var ErrTooLong = errors.New("the answer is too long")

// A Client sends requests. One goroutine uses it.
type Client struct {
	Patience
	HTTP     *http.Client // see [Straight]
	MaxBytes int64        // of an answer
	// Busy tells of an answer with a status below 500 whether it may be another one later, as 429 is. Nil: none.
	Busy func(Reply) bool
	// Now is the time that a date in Retry-After counts from. Nil: time.Now.
	Now func() time.Time
}

// A Reply is an answer that asking again would not change.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// Straight is an HTTP client that follows no redirect. Transport carries its requests;
// timeout is of one answer as a whole.
func Straight(transport http.RoundTripper, timeout time.Duration) *http.Client {
	return &http.Client{
		Transport: transport, Timeout: timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Send composes and sends a request until it has an answer that is neither "too many requests" nor a fault of the
// server. An error of compose is final unless it is [Passing]. Other errors begin with the address without its
// query, and say what to do.
func (c *Client) Send(ctx context.Context, compose func() (*http.Request, error)) (Reply, error) {
	var reply Reply
	tries, err := c.Persist(ctx, func() error {
		request, err := compose()
		if err != nil {
			return err
		}
		if reply, err = c.once(request.WithContext(ctx)); err != nil {
			return fmt.Errorf("%s: %w", named(request), err)
		}
		return nil
	})
	passing, failed := errors.AsType[*Passing](err)
	switch {
	case err == nil:
		return reply, nil
	case failed && passing.After > c.Longest:
		err = fmt.Errorf("%w, and asks to wait %v: try again then", err, passing.After.Round(time.Second))
	case failed:
		err = fmt.Errorf("%w, asked %d times: try again later", err, tries)
	}
	return Reply{}, err
}

func named(request *http.Request) string {
	short := url.URL{Scheme: request.URL.Scheme, Host: request.URL.Host, Path: request.URL.Path}
	return short.String()
}

// once sends a request once.
func (c *Client) once(request *http.Request) (Reply, error) {
	answer, err := c.HTTP.Do(request)
	if err != nil {
		return Reply{}, Explain(err)
	}
	defer answer.Body.Close()
	reply := Reply{Status: answer.StatusCode, Header: answer.Header}
	if Overloaded(reply.Status) { // whatever else it says
		return reply, c.busy(reply)
	}
	reply.Body, err = io.ReadAll(io.LimitReader(answer.Body, c.MaxBytes+1))
	switch {
	case err != nil:
		return reply, &Passing{Err: fmt.Errorf("the answer broke off (%w)", err)}
	case int64(len(reply.Body)) > c.MaxBytes:
		return reply, fmt.Errorf("%w: %d bytes are allowed", ErrTooLong, c.MaxBytes)
	case c.Busy != nil && c.Busy(reply):
		return reply, c.busy(reply)
	}
	return reply, nil
}

// Overloaded tells of a status whether the same request may have another answer later: too many requests,
// or a fault of the server.
func Overloaded(status int) bool { return status == http.StatusTooManyRequests || status >= 500 }

func (c *Client) busy(r Reply) error {
	now := time.Now
	if c.Now != nil {
		now = c.Now
	}
	return &Passing{Err: fmt.Errorf("answers %d", r.Status), After: RetryAfter(r.Header, now())}
}

// RetryAfter is how long an answer asks to wait, in seconds or until a date; 0 if it does not say.
func RetryAfter(header http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// Explain says what the error of a connection means, and what to do. Only a connection that broke off is [Passing].
func Explain(err error) error {
	if whole, ok := errors.AsType[*url.Error](err); ok { // its text has the whole address
		err = whole.Err
	}
	certificate, unfit := errors.AsType[*tls.CertificateVerificationError](err)
	dial, dialled := errors.AsType[*net.OpError](err)
	_, unknown := errors.AsType[*net.DNSError](err)
	switch {
	case unfit:
		return fmt.Errorf(
			"its certificate does not fit (%w): check the address and this machine's clock; if a proxy opens TLS here, "+
				"name its authority's file in SSL_CERT_FILE", certificate.Err)
	case errors.Is(err, http.ErrSchemeMismatch):
		return errors.New("does not speak TLS: want http:// here")
	case NoTrust(err):
		return fmt.Errorf("there is no TLS that both sides accept (%w): check the address (http or https), this machine's "+
			"clock and the proxy", err)
	case unknown || dialled && (dial.Op == "dial" || dial.Op == "proxyconnect"):
		return fmt.Errorf("%w (%w): check the network, the address and HTTPS_PROXY", ErrUnreachable, err)
	}
	return &Passing{Err: fmt.Errorf("the connection broke off (%w)", err)}
}

// NoTrust says whether TLS cannot be as things are set: a certificate that does not fit, a server that speaks none, or
// no version, cipher or certificate that both accept, which one of the two tells the other in an alert. An alert of an
// internal error is that of a busy server.
func NoTrust(err error) bool {
	_, unfit := errors.AsType[*tls.CertificateVerificationError](err)
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	link, of := errors.AsType[*net.OpError](err)
	alert := of && (link.Op == "remote error" || link.Op == "local error")
	return unfit || noTLS || errors.Is(err, http.ErrSchemeMismatch) ||
		alert && !strings.Contains(err.Error(), "internal error")
}
