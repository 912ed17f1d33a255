package blobio_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
)

// A relay stands before a real server: signatures are of its own host, which the requests keep. What harm gets may be
// changed, answered or cut.
type relay struct {
	target *url.URL

	mu   sync.Mutex
	harm func(w http.ResponseWriter, r *http.Request) (answered bool)
	seen []string
}

func (p *relay) asked(part string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.seen {
		if strings.Contains(s, part) {
			n++
		}
	}
	return n
}

// startRelay is a store at a real server behind a relay.
func startRelay(t *testing.T, options blobio.Options) (*relay, blobio.Store) {
	t.Helper()
	_, g := startGateway(t)
	target, err := url.Parse(g.URL)
	if err != nil {
		t.Fatal(err)
	}
	p := &relay{target: target}
	next := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host }}
	server := blobtest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.seen = append(p.seen, r.Method+" "+r.URL.RequestURI())
		harm := p.harm
		p.mu.Unlock()
		if harm != nil && harm(w, r) {
			return
		}
		next.ServeHTTP(w, r)
	}))
	return p, blobtest.Open(t, server, "p", options)
}

func (p *relay) do(harm func(w http.ResponseWriter, r *http.Request) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.harm = harm
}

// once does it to the first request that has the part in its method and address.
func once(part string,
	harm func(w http.ResponseWriter, r *http.Request) bool) func(http.ResponseWriter, *http.Request) bool {
	var done sync.Once
	return func(w http.ResponseWriter, r *http.Request) (answered bool) {
		if strings.Contains(r.Method+" "+r.URL.RequestURI(), part) {
			done.Do(func() { answered = harm(w, r) })
		}
		return answered
	}
}

// flip changes one bit of a request's body.
func flip(_ http.ResponseWriter, r *http.Request) bool {
	data, _ := io.ReadAll(r.Body)
	data[len(data)/2] ^= 4
	r.Body = io.NopCloser(bytes.NewReader(data))
	return false
}

func busy(w http.ResponseWriter, r *http.Request) bool {
	_, _ = io.Copy(io.Discard, r.Body) // else the client may meet a closed connection first
	w.WriteHeader(http.StatusServiceUnavailable)
	return true
}

// Bytes that change on their way are refused by the server, and sent again.
func TestFlippedOnTheWay(t *testing.T) {
	p, s := startRelay(t, blobio.Options{})
	p.do(once("PUT ", flip))
	o, err := s.Put(t.Context(), blobio.Object{Key: "a.jpg"}, blobio.BytesBody(picture))
	if err != nil || p.asked("PUT ") != 2 {
		t.Fatalf("%+v, %v after %d requests", o, err, p.asked("PUT "))
	}
	if data, err := blobtest.Load(t, s, o); !bytes.Equal(data, picture) || err != nil {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}

// A server that keeps no checksums is held to the ETag.
func TestFlippedAtATrustingServer(t *testing.T) {
	next := blobtest.Server(t)
	s := openAnonymous(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			flip(w, r)
		}
		next.ServeHTTP(w, r)
	}), blobio.Options{})
	if _, err := s.Put(t.Context(), blobio.Object{Key: "a.jpg"},
		blobio.BytesBody(picture)); blobio.ReasonOf(err) != blobio.Differs {
		t.Error(err)
	}
}

// large is an object of three parts.
func large() (data []byte, options blobio.Options) {
	data = make([]byte, 11<<20)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(data) // never fails
	return data, blobio.Options{PartBytes: 5 << 20}
}

// A large object goes in parts, each with its checksum; it is whole, equality is told without reading it,
// and the conditions of Put hold.
func TestParts(t *testing.T) {
	data, options := large()
	p, s := startRelay(t, options)
	o, err := s.Put(t.Context(), blobio.Object{Key: "a.bin"}, blobio.BytesBody(data))
	if err != nil || o.Size != int64(len(data)) || !strings.HasSuffix(o.ETag, "-3") || p.asked("partNumber") != 3 {
		t.Fatalf("%+v, %v", o, err)
	}
	if listed := blobtest.Listed(t, s, "")["a.bin"]; listed != o {
		t.Errorf("listed %+v, put %+v", listed, o)
	}
	other := bytes.Clone(data)
	other[7] ^= 1
	for is, data := range map[bool][]byte{true: data, false: other} {
		if same, err := s.Same(t.Context(), o, blobio.BytesBody(data)); same != is || err != nil {
			t.Errorf("%v: %v, %v", is, same, err)
		}
	}
	if p.asked("GET /pictures/p/a.bin") != 0 {
		t.Error("it was read to compare it")
	}
	if is, err := blobtest.Load(t, s, o); !bytes.Equal(is, data) || err != nil {
		t.Errorf("%d bytes, %v", len(is), err)
	}
	if _, err := s.Put(t.Context(), blobio.Object{Key: "a.bin"}, blobio.BytesBody(data)); err != nil {
		t.Errorf("the same bytes again: %v", err)
	}
	if _, err := s.Put(t.Context(), blobio.Object{Key: "a.bin"},
		blobio.BytesBody(other)); blobio.ReasonOf(err) != blobio.Changed {
		t.Errorf("other bytes: %v", err)
	}
	second, err := s.Put(t.Context(), o, blobio.BytesBody(other))
	if err != nil || second.ETag == o.ETag {
		t.Errorf("replaced: %+v, %v", second, err)
	}
	if _, err := s.Put(t.Context(), o, blobio.BytesBody(data)); blobio.ReasonOf(err) != blobio.Changed {
		t.Errorf("what is not there any more: %v", err)
	}
	wantNoParts(t, p)
}

// wantNoParts wants every upload to have been completed or aborted.
func wantNoParts(t *testing.T, p *relay) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	open := map[string]bool{}
	for _, asked := range p.seen {
		_, query, _ := strings.Cut(asked, "uploadId=")
		id, _, _ := strings.Cut(query, "&")
		switch method, _, _ := strings.Cut(asked, " "); {
		case id == "":
		case method == http.MethodPut:
			open[id] = true
		default:
			delete(open, id)
		}
	}
	if len(open) > 0 {
		t.Errorf("%d uploads are neither completed nor aborted", len(open))
	}
}

// Parts that break are sent again; what breaks for good is aborted.
func TestBrokenParts(t *testing.T) {
	data, options := large()
	for name, harm := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"flip": once("partNumber=2", flip), "busy": once("partNumber=2", busy), "begin": once("uploads=", busy),
		"complete": once("POST /pictures/p/a.bin?uploadId", busy),
	} {
		t.Run(name, func(t *testing.T) {
			p, s := startRelay(t, options)
			p.do(harm)
			o, err := s.Put(t.Context(), blobio.Object{Key: "a.bin"}, blobio.BytesBody(data))
			if err != nil {
				t.Fatal(err)
			}
			if is, err := blobtest.Load(t, s, o); !bytes.Equal(is, data) || err != nil {
				t.Errorf("%d bytes, %v", len(is), err)
			}
			wantNoParts(t, p)
		})
	}
	t.Run("for good", func(t *testing.T) {
		p, s := startRelay(t, options)
		p.do(func(w http.ResponseWriter, r *http.Request) bool {
			return strings.Contains(r.URL.RawQuery, "partNumber=2") && busy(w, r)
		})
		if _, err := s.Put(t.Context(), blobio.Object{Key: "a.bin"},
			blobio.BytesBody(data)); blobio.ReasonOf(err) != blobio.Busy || p.asked("DELETE ") != 1 {
			t.Errorf("%v, %d aborted", err, p.asked("DELETE "))
		}
		wantNoParts(t, p)
	})
	t.Run("cancelled", func(t *testing.T) {
		p, s := startRelay(t, options)
		ctx, cancel := context.WithCancel(t.Context())
		p.do(once("partNumber=2", func(http.ResponseWriter, *http.Request) bool { cancel(); return false }))
		if _, err := s.Put(ctx, blobio.Object{Key: "a.bin"}, blobio.BytesBody(data)); err != context.Canceled ||
			p.asked("DELETE ") != 1 {
			t.Errorf("%v, %d aborted", err, p.asked("DELETE "))
		}
	})
}

// The last answer may begin with 200 and say afterwards that nothing came of it: as if it had said so at once.
func TestLateRefusalOfParts(t *testing.T) {
	asked := 0
	s := openAnonymous(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		switch query := r.URL.Query(); {
		case query.Has("uploads"):
			fmt.Fprint(w, `<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>`)
		case r.Method == http.MethodPost:
			asked++
			fmt.Fprint(w,
				`<?xml version="1.0"?><Error><Code>InternalError</Code><Message>as the test wants it</Message></Error>`)
		default:
			w.Header().Set("ETag", `"e"`)
		}
	}), blobio.Options{PartBytes: 30_000})
	_, err := s.Put(t.Context(), blobio.Object{Key: "a.bin"}, blobio.BytesBody(picture))
	if blobio.ReasonOf(err) != blobio.Busy || asked != 10 {
		t.Errorf("%v after %d requests", err, asked)
	}
}

// The answer to the last request is lost: it is found that the object is there.
func TestLostAnswerOfParts(t *testing.T) {
	data, options := large()
	p, s := startRelay(t, options)
	p.do(once("POST /pictures/p/a.bin?uploadId", func(w http.ResponseWriter, r *http.Request) bool {
		req := r.Clone(context.Background())
		req.RequestURI, req.URL.Scheme, req.URL.Host = "", p.target.Scheme, p.target.Host
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("%v, %v", resp, err)
		} else {
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		panic(http.ErrAbortHandler)
	}))
	o, err := s.Put(t.Context(), blobio.Object{Key: "a.bin"}, blobio.BytesBody(data))
	if err != nil {
		t.Fatal(err)
	}
	if is, err := blobtest.Load(t, s, o); !bytes.Equal(is, data) || err != nil {
		t.Errorf("%d bytes, %v", len(is), err)
	}
}

// A file that changes while its parts are sent is told, and no object comes of it.
func TestRewrittenBetweenParts(t *testing.T) {
	data, options := large()
	p, s := startRelay(t, options)
	dir := t.TempDir()
	path := filepath.Join(dir, "a.bin")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	from, err := blobio.OpenFolder(t.Context(), dir, blobio.Options{Patience: blobtest.Fast})
	if err != nil {
		t.Fatal(err)
	}
	body, err := from.Body(t.Context(), "a.bin")
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	p.do(once("partNumber=2", func(http.ResponseWriter, *http.Request) bool {
		if err := os.Chtimes(path, time.Time{}, time.Unix(1e9, 0)); err != nil {
			t.Error(err)
		}
		return false
	}))
	if _, err := s.Put(t.Context(), blobio.Object{Key: "a.bin"}, body); blobio.ReasonOf(err) != blobio.Rewritten {
		t.Error(err)
	}
	if got := blobtest.Listed(t, s, ""); len(got) > 0 {
		t.Errorf("%v", got)
	}
	wantNoParts(t, p)
}

// How equality is told: by the ETag alone, by a checksum that HEAD tells, and only where there is neither by the bytes.
func TestSameAsksNoMoreThanItMust(t *testing.T) {
	blobtest.Environment(t)
	const md5Sum, sha = "5d41402abc4b2a76b9719d911017c592", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=" // of hello
	for name, test := range map[string]struct {
		etag   string
		header map[string]string
		body   string
		same   bool
		asks   string
	}{
		"etag":       {md5Sum, nil, "hello", true, ""},
		"other etag": {md5Sum, nil, "hallo", false, "HEAD"},
		"encrypted": {strings.Repeat("0", 32),
			map[string]string{"x-amz-server-side-encryption": "aws:kms", "x-amz-checksum-sha256": sha}, "hello", true, "HEAD"},
		"other, encrypted": {strings.Repeat("0", 32),
			map[string]string{"x-amz-server-side-encryption": "aws:kms", "x-amz-checksum-sha256": sha}, "hallo", false, "HEAD"},
		"crc32c": {"x-2", map[string]string{"x-amz-checksum-crc32c": "mnG7TA=="}, "hello", true, "HEAD"},
		"of parts": {"x-2", map[string]string{"x-amz-checksum-sha256": sha, "x-amz-checksum-type": "COMPOSITE"},
			"hello", true, "HEAD GET"},
		"nothing is kept":     {"x-2", nil, "hello", true, "HEAD GET"},
		"other, nothing kept": {"x-2", nil, "hallo", false, "HEAD GET"},
	} {
		var asked []string
		s := openAnonymous(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, r.Method)
			for name, value := range test.header {
				if r.Method == http.MethodHead {
					w.Header().Set(name, value)
				}
			}
			w.Header().Set("ETag", fmt.Sprintf("%q", test.etag))
			w.Header().Set("Content-Length", "5")
			if r.Method == http.MethodGet {
				_, _ = w.Write([]byte("hello"))
			}
		}), blobio.Options{})
		same, err := s.Same(t.Context(), blobio.Object{Key: "a", Size: 5, ETag: test.etag},
			blobio.BytesBody([]byte(test.body)))
		if same != test.same || err != nil || strings.Join(asked, " ") != test.asks {
			t.Errorf("%s: %v, %v, asked %q, want %q", name, same, err, asked, test.asks)
		}
	}
}
