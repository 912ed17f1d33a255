package blobio_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
)

// raw sends a text as it stands, whatever HTTP says of it; then the connection ends.
func raw(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		sent := text
		if head, _, whole := strings.Cut(text, "\r\n\r\n"); whole && r.Method == http.MethodHead {
			sent = head + "\r\n\r\n"
		}
		_, _ = io.WriteString(conn, sent) // the client may be gone
		_ = conn.Close()
	})
}

// answerOf is an answer that is well but for what is in it.
func answerOf(head, text string) http.Handler {
	return raw(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n", len(text), head) + text)
}

// pageOf is a page of a listing.
func pageOf(entries string) http.Handler {
	return answerOf("Content-Type: application/xml\r\n",
		"<ListBucketResult><Name>pictures</Name>"+entries+"</ListBucketResult>")
}

// strangeAnswers are answers that no request should have, and what list, stat, get, get of an ETag, put and replace
// make of them: - takes it as it is, * is all of them, and what is left out is not asked.
var strangeAnswers = map[string]struct {
	server http.Handler
	wants  string
}{
	"an error in 200": {answerOf("Content-Type: application/xml\r\n", "<Error><Code>InternalError</Code></Error>"),
		"busy - refused changed busy busy"},
	"a page for people": {answerOf("Content-Type: text/html\r\n", "<html>log in</html>"),
		"refused - refused changed differs differs"},
	"nothing": {answerOf("", ""), "refused - - changed differs differs"},
	"204":     {raw("HTTP/1.1 204 No Content\r\n\r\n"), "refused - refused refused differs differs"},
	"304":     {raw("HTTP/1.1 304 Not Modified\r\nETag: \"e\"\r\n\r\n"), "*refused"},
	"a loop":  {raw("HTTP/1.1 307 No\r\nLocation: /pictures/p/a.jpg\r\nContent-Length: 0\r\n\r\n"), "*busy"},
	"a redirect": {raw("HTTP/1.1 302 No\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"),
		"*refused"},
	"a huge header":       {raw("HTTP/1.1 200 OK\r\nX-A: " + strings.Repeat("a", 1<<20) + "\r\n\r\n"), "*cut"},
	"many headers":        {raw("HTTP/1.1 200 OK\r\n" + strings.Repeat("X-A: b\r\n", 1<<17) + "\r\n"), "*cut"},
	"no HTTP":             {raw("SSH-2.0-OpenSSH_9.6\r\n"), "*cut"},
	"a status of letters": {raw("HTTP/1.1 OK Hm\r\n\r\n"), "*cut"},
	"a negative length":   {raw("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc"), "*cut"},
	"two lengths":         {raw("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"), "*cut"},
	"a huge length": {raw("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\nETag: \"e\"\r\n\r\nabc"),
		"refused - cut cut cut cut"},
	"a bad chunk": {raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nETag: \"e\"\r\n\r\nzz\r\nabc"),
		"cut - cut cut cut cut"},
	"a huge chunk": {raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nETag: \"e\"\r\n\r\nffffffffffffffff\r\nabc"),
		"refused - cut cut cut cut"},
	"an end":          {raw(""), "*cut"},
	"half a head":     {raw("HTTP/1.1 200 O"), "*cut"},
	"hints for ever":  {raw(strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 10_000)), "*cut"},
	"100 and no more": {raw("HTTP/1.1 100 Continue\r\n\r\n"), "*cut"},
	"another protocol": {raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"),
		"cut cut refused refused cut cut"},
	"417":         {raw("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n"), "*refused"},
	"401":         {raw("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"), "*denied"},
	"407":         {raw("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"), "*refused"},
	"429":         {raw("HTTP/1.1 429 No\r\nRetry-After: 1000000\r\nContent-Length: 0\r\n\r\n"), "*busy"},
	"half a page": {answerOf("", "<ListBucketResult><Name>pictures</Name><Contents><Key>p/a"), "cut"},
	"no XML":      {answerOf("", "\x00\xff\xfe"), "refused"},
	"entities": {answerOf("", `<!DOCTYPE a [<!ENTITY b "b">]><ListBucketResult><Name>&b;</Name></ListBucketResult>`),
		"refused"},
	"UTF-16":            {answerOf("", `<?xml version="1.0" encoding="UTF-16"?><ListBucketResult/>`), "cut"},
	"a negative size":   {pageOf("<Contents><Key>p/a.jpg</Key><Size>-5</Size></Contents>"), "-"},
	"a size of letters": {pageOf("<Contents><Key>p/a.jpg</Key><Size>many</Size></Contents>"), "cut"},
	"a huge size":       {pageOf("<Contents><Key>p/a.jpg</Key><Size>99999999999999999999</Size></Contents>"), "cut"},
	"no key":            {pageOf("<Contents><Size>5</Size></Contents>"), "refused"},
	"a time of letters": {pageOf("<Contents><Key>p/a.jpg</Key><LastModified>yesterday</LastModified></Contents>"), "cut"},
	"more, and nothing": {pageOf("<IsTruncated>true</IsTruncated>"), "refused"},
	"more or not":       {pageOf("<IsTruncated>perhaps</IsTruncated>"), "cut"},
	"no character":      {pageOf("<Contents><Key>p/a&#0;b</Key></Contents>"), "cut"},
}

// Whatever a server answers, it is an error of its kind or what it says it is, after two attempts and no long time, and
// never what was asked for.
func TestHostileAnswers(t *testing.T) {
	for name, h := range strangeAnswers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openAnonymous(t, h.server,
				blobio.Options{Patience: blobio.Patience{Attempts: 2, First: 1, Longest: 1, Idle: 10 * time.Second}})
			wants := strings.Fields(h.wants)
			if reason, all := strings.CutPrefix(h.wants, "*"); all {
				wants = slices.Repeat([]string{reason}, 6)
			}
			for i, want := range wants {
				if want == "-" {
					want = ""
				}
				if err := strangeAsked[i](t, s); string(blobio.ReasonOf(err)) != want || (want == "") != (err == nil) {
					t.Errorf("%d: %v, want %q", i, err, want)
				}
			}
		})
	}
}

// strangeAsked are the ways in which a server is asked.
var strangeAsked = []func(*testing.T, blobio.Store) error{
	listError,
	func(t *testing.T, s blobio.Store) error { _, err := s.Stat(t.Context(), "a.jpg"); return err },
	func(t *testing.T, s blobio.Store) error { _, err := blobtest.Load(t, s, whatever("a.jpg")); return err },
	func(t *testing.T, s blobio.Store) error {
		_, err := blobtest.Load(t, s, blobio.Object{Key: "a.jpg", ETag: "e", Size: 3})
		return err
	},
	func(t *testing.T, s blobio.Store) error { return putAs(t, s, blobio.Object{Key: "a.jpg"}) },
	func(t *testing.T, s blobio.Store) error { return putAs(t, s, blobio.Object{Key: "a.jpg", ETag: "e"}) },
}

func putAs(t *testing.T, s blobio.Store, old blobio.Object) error {
	_, err := s.Put(t.Context(), old, blobio.BytesBody(picture))
	return err
}

// A server that says nothing of what it took is asked for it.
func TestPutWithoutAWord(t *testing.T) {
	next := blobtest.Server(t)
	for name, want := range map[string]blobio.Reason{"kept": "", "lost": blobio.Differs, "other": blobio.Differs} {
		s := openAnonymous(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut && name != "kept" {
				if name == "other" {
					other, err := http.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), strings.NewReader("other"))
					if err != nil {
						t.Error(err)
					}
					next.ServeHTTP(&silent{}, other)
				}
				return
			}
			if r.Method == http.MethodPut {
				next.ServeHTTP(&silent{}, r)
				return
			}
			next.ServeHTTP(w, r)
		}), blobio.Options{Patience: blobio.Patience{Attempts: 2, First: 1, Longest: 1}})
		_, err := s.Put(t.Context(), blobio.Object{Key: name + ".jpg"}, blobio.BytesBody(picture))
		if blobio.ReasonOf(err) != want || (want == "") != (err == nil) {
			t.Errorf("%s: %v", name, err)
		}
		data, loadErr := blobtest.Load(t, s, whatever(name+".jpg"))
		if name == "kept" && (loadErr != nil || !bytes.Equal(data, picture)) {
			t.Errorf("%s: %v", name, loadErr)
		}
	}
}

// silent drops an answer.
type silent struct{ header http.Header }

func (s *silent) Header() http.Header {
	if s.header == nil {
		s.header = http.Header{}
	}
	return s.header
}
func (s *silent) Write(p []byte) (int, error) { return len(p), nil }
func (s *silent) WriteHeader(int)             {}
