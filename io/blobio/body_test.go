package blobio

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
)

// A counted is bytes that count how many of them were read.
type counted struct {
	*bytes.Reader
	n int64
}

func (c *counted) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.Reader.ReadAt(p, off)
	c.n += int64(n)
	return n, err
}

// A body is read once to hash it and once to send it, also where it is compared first;
// with a hash that is known it is only sent.
func TestBodyIsReadTwiceAtMost(t *testing.T) {
	data := bytes.Repeat([]byte("bytes "), 100_000)
	sum := sha256.Sum256(data)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("ETag", `"another"`)
		w.Header().Set("X-Amz-Checksum-Sha256", base64.StdEncoding.EncodeToString(sum[:]))
		if r.Method == http.MethodHead {
			w.Header().Set("X-Amz-Checksum-Sha256", base64.StdEncoding.EncodeToString(make([]byte, 32)))
			w.Header().Set("Content-Length", strconv.Itoa(len(data)))
		}
	}))
	defer server.Close()
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	s, err := Open(t.Context(), "s3://bucket?region=us-east-1&endpoint="+server.URL, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		compare, known bool
		times          int
	}{"new": {false, false, 2}, "compared": {true, false, 2}, "known": {false, true, 1},
		"compared, known": {true, true, 1}} {
		c := &counted{Reader: bytes.NewReader(data)}
		body := &Body{Size: int64(len(data)), bytes: c}
		if test.known {
			body.Expect(sum[:])
		}
		old := Object{Key: "a", Size: body.Size, ETag: "another"}
		if test.compare {
			if same, err := s.Same(t.Context(), old, body); same || err != nil {
				t.Errorf("%s: %v, %v", name, same, err)
			}
		}
		if _, err := s.Put(t.Context(), old, body); err != nil || c.n != int64(test.times*len(data)) {
			t.Errorf("%s: read %.1f times, want %d; %v", name, float64(c.n)/float64(len(data)), test.times, err)
		}
	}
}
