package blobio

import (
	"errors"
	"io"
	"net/http"
)

// How much of an answer the SDK may read into memory. A page has 1,000 keys of 1,024 bytes at most, each byte three as
// in a URL or six as in XML, and some hundred bytes around each.
const (
	maxAnswer  = 16 << 20
	maxRefusal = 64 << 10
)

var errTooLong = errors.New("the answer is longer than any that S3 gives")

// A bounded transport is the SDK's, which reads every answer to its end.
type bounded struct{ next http.RoundTripper }

func (b bounded) do(req *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	most := int64(maxAnswer)
	if resp.StatusCode >= 300 {
		most = maxRefusal
	}
	resp.Body = &boundedBody{resp.Body, most}
	return resp, nil
}

type boundedBody struct {
	io.ReadCloser
	left int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
