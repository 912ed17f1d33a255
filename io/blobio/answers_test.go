package blobio_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
)

// listError is the last error of a listing.
func listError(t *testing.T, s blobio.Store) (last error) {
	t.Helper()
	for _, last = range s.List(t.Context(), "") {
	}
	return last
}

// whatever is there under a key.
func whatever(key string) blobio.Object { return blobio.Object{Key: key, Size: -1} }

// everyError is what each operation says of a store that is wrong.
func everyError(t *testing.T, s blobio.Store) map[string]error {
	t.Helper()
	_, statErr := s.Stat(t.Context(), "a.jpg")
	_, getErr := blobtest.Load(t, s, whatever("a.jpg"))
	_, putErr := s.Put(t.Context(), blobio.Object{Key: "a.jpg"}, blobio.BytesBody(picture))
	return map[string]error{"list": listError(t, s), "stat": statErr, "get": getErr, "put": putErr}
}

// An authority of one's own, and a server that would speak HTTP/2.
func TestCABundle(t *testing.T) {
	blobtest.Environment(t)
	var protocols sync.Map
	next := blobtest.Server(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protocols.Store(r.ProtoMajor, true)
		next.ServeHTTP(w, r)
	}))
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it says that it is not trusted
	server.StartTLS()
	t.Cleanup(server.Close)

	for op, err := range everyError(t, blobtest.Open(t, server.URL, "p", blobio.Options{})) {
		if blobio.ReasonOf(err) != blobio.NoTrust || !strings.Contains(err.Error(), "certificate") ||
			strings.Contains(err.Error(), "attempts") {
			t.Errorf("without the authority, %s: %v", op, err)
		}
	}

	bundle := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle,
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CA_BUNDLE", bundle)
	s := blobtest.Open(t, server.URL, "p", blobio.Options{})
	o := blobtest.Save(t, s, "a.jpg", picture)
	if there, err := s.Stat(t.Context(), "a.jpg"); err != nil || there.ETag != o.ETag ||
		blobtest.Listed(t, s, "")["a.jpg"].ETag != o.ETag {
		t.Errorf("%+v, %v", there, err)
	}
	if data, err := blobtest.Load(t, s, o); err != nil || !bytes.Equal(data, picture) {
		t.Error(err)
	}
	if _, two := protocols.Load(2); two {
		t.Error("spoke HTTP/2")
	}
}

// A HEAD that is refused is asked once more as a GET, and what that says counts, if it says more.
func TestRefusedHead(t *testing.T) {
	for name, test := range map[string]struct {
		head, get int
		code      string
		reason    blobio.Reason
	}{
		"missing":              {404, 404, "NoSuchKey", blobio.Missing},
		"no bucket":            {404, 404, "NoSuchBucket", blobio.NoBucket},
		"may not list":         {403, 403, "AccessDenied", blobio.Denied},
		"wrong key":            {403, 403, "InvalidAccessKeyId", blobio.Credentials},
		"expired":              {400, 400, "ExpiredToken", blobio.Credentials},
		"region":               {400, 400, "AuthorizationHeaderMalformed", blobio.WrongRegion},
		"key":                  {400, 400, "InvalidURI", blobio.BadKey},
		"busy by now":          {403, 503, "SlowDown", blobio.Busy},
		"there by now":         {404, 206, "", blobio.Missing},
		"there by now, empty":  {404, 416, "InvalidRange", blobio.Missing},
		"says nothing of that": {403, 403, "", blobio.Denied},
	} {
		var asked []string
		s := openAnonymous(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, r.Method+r.Header.Get("Range"))
			if r.Method == http.MethodHead {
				w.WriteHeader(test.head)
				return
			}
			w.WriteHeader(test.get)
			fmt.Fprintf(w, "<Error><Code>%s</Code></Error>", test.code)
		}), blobio.Options{Patience: blobio.Patience{Attempts: 1}})
		_, err := s.Stat(t.Context(), "a.jpg")
		if blobio.ReasonOf(err) != test.reason || strings.Join(asked, " ") != "HEAD GETbytes=0-0" {
			t.Errorf("%s: %v, asked %q", name, err, asked)
		}
	}
}

// tooMuch is what no test of an endless answer may take; there it ends, so that the test does.
const tooMuch = 64 << 20

// endless writes until nobody listens any more, and counts.
func endless(status int, begin, piece string, wrote *atomic.Int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		_, err := io.WriteString(w, begin)
		for n := 0; err == nil && wrote.Load() <= tooMuch; wrote.Add(int64(n)) {
			n, err = io.WriteString(w, piece)
		}
	})
}

// No answer takes more memory than any that S3 gives.
func TestEndlessAnswers(t *testing.T) {
	entry := "<Contents><Key>p/" + strings.Repeat("k", 1000) + "</Key><Size>3</Size></Contents>"
	for name, test := range map[string]struct {
		status       int
		begin, piece string
		reason       blobio.Reason
	}{
		"page":    {200, "<ListBucketResult><Name>pictures</Name>", strings.Repeat(entry, 100), blobio.Refused},
		"refusal": {403, "<Error>", strings.Repeat("<a>", 10_000), blobio.Denied},
		"busy":    {503, "", strings.Repeat(" ", 100_000), blobio.Busy},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var wrote atomic.Int64
			s := openAnonymous(t, endless(test.status, test.begin, test.piece, &wrote),
				blobio.Options{Patience: blobio.Patience{Attempts: 2, First: 1, Longest: 1}})
			if err := listError(t, s); blobio.ReasonOf(err) != test.reason {
				t.Error(err)
			}
			if test.status != http.StatusOK {
				if _, err := s.Put(t.Context(), blobio.Object{Key: "a.jpg"},
					blobio.BytesBody(picture)); blobio.ReasonOf(err) != test.reason {
					t.Error(err)
				}
			}
			if wrote.Load() > tooMuch {
				t.Error("it is read on and on")
			}
		})
	}
	t.Run("object", func(t *testing.T) {
		t.Parallel()
		var wrote atomic.Int64
		s := openAnonymous(t, endless(200, "", string(picture), &wrote),
			blobio.Options{Patience: blobio.Patience{Attempts: 2, First: 1, Longest: 1}})
		if _, err := blobtest.Load(t, s, blobio.Object{Key: "a.jpg", Size: 1000}); blobio.ReasonOf(err) != blobio.Differs ||
			wrote.Load() > tooMuch {
			t.Errorf("%v after %d bytes", err, wrote.Load())
		}
	})
}

// listing is a server whose bucket has these entries.
func listing(encoding string, entries ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<ListBucketResult><Name>pictures</Name><EncodingType>%s</EncodingType>%s</ListBucketResult>`,
			encoding, strings.Join(entries, ""))
	})
}

func entry(key string) string {
	return "<Contents><Key>" + key + "</Key><Size>3</Size><ETag>&quot;e&quot;</ETag></Contents>"
}

// What a listing may hold: keys in a form of the server's choice, the prefix's own object,
// but nothing else than what was asked for.
func TestEntries(t *testing.T) {
	for name, test := range map[string]struct {
		server http.Handler
		keys   string
		reason blobio.Reason
	}{
		"encoded":         {listing("url", entry("p/a%2Bb+c.jpg"), entry("p/%C3%A4%0A.jpg")), "a+b c.jpg|ä\n.jpg", ""},
		"as they are":     {listing("", entry("p/a%2Bb+c.jpg")), "a%2Bb+c.jpg", ""},
		"own object":      {listing("url", entry("p/"), entry("p/a.jpg")), "a.jpg", ""},
		"outside":         {listing("url", entry("p/a.jpg"), entry("q/b.jpg")), "a.jpg", blobio.Refused},
		"broken":          {listing("url", entry("p/%zz.jpg")), "", blobio.Refused},
		"of other XML":    {oneObject([]byte("<html><body>Please log in</body></html>"), nil), "", blobio.Refused},
		"without entries": {listing("url"), "", ""},
	} {
		var keys []string
		var last error
		for o, err := range openAnonymous(t, test.server, blobio.Options{}).List(t.Context(), "") {
			if last = err; err == nil {
				keys = append(keys, o.Key)
			}
		}
		if strings.Join(keys, "|") != test.keys || blobio.ReasonOf(last) != test.reason ||
			(last == nil) != (test.reason == "") {
			t.Errorf("%s: %q, %v", name, keys, last)
		}
	}
}

// A key that cannot be read is not taken for the prefix.
func TestBrokenEntryWithoutAPrefix(t *testing.T) {
	s := blobtest.Open(t, blobtest.Serve(t, listing("url", entry("%zz.jpg")))+
		"&region=us-east-1&anonymous=true", "", blobio.Options{})
	if err := listError(t, s); blobio.ReasonOf(err) != blobio.Refused {
		t.Error(err)
	}
}

// A listing that begins anew again and again ends.
func TestSameTokenAgain(t *testing.T) {
	asked := 0
	s := openAnonymous(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		fmt.Fprintf(w, `<ListBucketResult><Name>pictures</Name>%s<IsTruncated>%v</IsTruncated><NextContinuationToken>again</NextContinuationToken></ListBucketResult>`, entry("p/a.jpg"), asked < 10)
	}), blobio.Options{})
	if err := listError(t, s); blobio.ReasonOf(err) != blobio.Refused || asked != 2 {
		t.Errorf("%v after %d pages", err, asked)
	}
}

// Who may not list is told so.
func TestMayNotList(t *testing.T) {
	s := openAnonymous(t, http.HandlerFunc(func(w http.ResponseWriter,
		r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
	}), blobio.Options{})
	if err := listError(t, s); blobio.ReasonOf(err) != blobio.Denied || !strings.Contains(err.Error(), "s3:ListBucket") {
		t.Error(err)
	}
}

// A page for people is no picture, whoever sends it in place of one.
func TestPageForPeople(t *testing.T) {
	page, asked := []byte("<html><body>Please log in</body></html>"), 0
	s := openAnonymous(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page)
	}), blobio.Options{})
	o, err := s.Stat(t.Context(), "a.jpg")
	if err != nil || o.ETag != "" {
		t.Fatalf("%+v, %v", o, err)
	}
	asked = 0
	if _, err := blobtest.Load(t, s, o); blobio.ReasonOf(err) != blobio.Refused || asked != 1 {
		t.Errorf("%v after %d requests", err, asked)
	}
}

// The size that was told is held against the bytes, whether or not there is anything else to go by.
func TestSizes(t *testing.T) {
	chunked := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", r.URL.Query().Get("etag"))
		_, _ = w.Write(picture[:100])
		_ = http.NewResponseController(w).Flush() // so that no length is told
		_, _ = w.Write(picture[100:])
	})
	is := int64(len(picture))
	parts, length := map[string]string{"ETag": `"0123-2"`}, map[string]string{"Content-Length": fmt.Sprint(is)}
	both := maps.Clone(parts)
	maps.Copy(both, length)
	for name, test := range map[string]struct {
		server http.Handler
		object blobio.Object
		reason blobio.Reason
	}{
		"as told":                 {oneObject(picture, parts), blobio.Object{ETag: "0123-2", Size: is}, ""},
		"longer":                  {oneObject(picture, parts), blobio.Object{ETag: "0123-2", Size: is - 1}, blobio.Differs},
		"shorter":                 {oneObject(picture, parts), blobio.Object{ETag: "0123-2", Size: is + 1}, blobio.Differs},
		"length, longer":          {oneObject(picture, both), blobio.Object{ETag: "0123-2", Size: is - 1}, blobio.Differs},
		"length, shorter":         {oneObject(picture, both), blobio.Object{ETag: "0123-2", Size: is + 1}, blobio.Differs},
		"not told":                {oneObject(picture, parts), blobio.Object{ETag: "0123-2", Size: -1}, ""},
		"no ETag, as told":        {oneObject(picture, length), blobio.Object{Size: is}, ""},
		"no ETag, longer":         {oneObject(picture, length), blobio.Object{Size: is - 1}, blobio.Changed},
		"no ETag, shorter":        {oneObject(picture, length), blobio.Object{Size: is + 1}, blobio.Changed},
		"nothing told":            {oneObject(picture, nil), blobio.Object{Size: -1}, ""},
		"no length, as told":      {chunked, blobio.Object{Size: is}, ""},
		"no length, longer":       {chunked, blobio.Object{Size: is - 1}, blobio.Differs},
		"no length, shorter":      {chunked, blobio.Object{Size: is + 1}, blobio.Differs},
		"no length, nothing told": {chunked, blobio.Object{Size: -1}, ""},
	} {
		s := openAnonymous(t, test.server, blobio.Options{Patience: blobio.Patience{Attempts: 2, First: 1, Longest: 1}})
		test.object.Key = "a.jpg"
		receipt, err := s.Get(t.Context(), test.object,
			func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err })
		if blobio.ReasonOf(err) != test.reason || err == nil && receipt.Size != is {
			t.Errorf("%s: %+v, %v", name, receipt, err)
		}
	}
}

// Where a store has no ETags, time and size tell a change.
func TestWithoutETag(t *testing.T) {
	modified := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	s := openAnonymous(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("list-type") {
			fmt.Fprintf(w, `<ListBucketResult><Name>pictures</Name><Contents><Key>p/a.jpg</Key><Size>%d</Size><LastModified>%s</LastModified></Contents></ListBucketResult>`,
				len(picture), modified.Format("2006-01-02T15:04:05.000Z"))
			return
		}
		http.ServeContent(w, r, "a.jpg", modified, bytes.NewReader(picture))
	}), blobio.Options{})
	listed := blobtest.Listed(t, s, "")["a.jpg"]
	o, err := s.Stat(t.Context(), "a.jpg")
	if err != nil || o != listed || o.ETag == "" {
		t.Fatalf("listed %+v, stat %+v, %v", listed, o, err)
	}
	if data, err := blobtest.Load(t, s, o); err != nil || !bytes.Equal(data, picture) {
		t.Error(err)
	}
	modified = modified.Add(time.Second)
	if _, err := blobtest.Load(t, s, o); blobio.ReasonOf(err) != blobio.Changed {
		t.Error(err)
	}
	if is, err := s.Stat(t.Context(), "a.jpg"); err != nil || is.ETag == o.ETag {
		t.Errorf("%+v, %v", is, err)
	}
}

// A proxy that makes ETags weak makes no other objects of them.
func TestWeakETags(t *testing.T) {
	next := blobtest.Server(t)
	var conditions atomic.Int64
	s := openAnonymous(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-Match") != "" {
			conditions.Add(1)
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		maps.Copy(w.Header(), answer.Header())
		if etag := w.Header().Get("ETag"); etag != "" && r.Method != http.MethodPut {
			w.Header().Set("ETag", "W/"+etag)
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}), blobio.Options{})
	put := blobtest.Save(t, s, "a.jpg", picture)
	o, err := s.Stat(t.Context(), "a.jpg")
	if listed := blobtest.Listed(t, s, "")["a.jpg"]; err != nil || o.ETag != listed.ETag || o.ETag != put.ETag {
		t.Fatalf("put %+v, listed %+v, stat %+v, %v", put, listed, o, err)
	}
	if data, err := blobtest.Load(t, s, o); err != nil || !bytes.Equal(data, picture) {
		t.Error(err)
	}
	if same, err := s.Same(t.Context(), o, blobio.BytesBody(picture)); err != nil || !same {
		t.Errorf("%v, %v", same, err)
	}
	if conditions.Load() > 0 {
		t.Error("a weak ETag fits no If-Match")
	}
}

// Stat is tried as often as everything else, and by nobody but persist.
func TestStatAgain(t *testing.T) {
	f := newFaultRange(t, blobtest.Fast)
	o := blobtest.Save(t, f, "a.jpg", picture)
	f.do(first(3, http.MethodHead, blobtest.SlowDown))
	if is, err := f.Stat(t.Context(), "a.jpg"); err != nil || is.ETag != o.ETag ||
		f.Seen()["HEAD /pictures/p/a.jpg"] != 4 {
		t.Errorf("%+v, %v after %d requests", is, err, f.Seen()["HEAD /pictures/p/a.jpg"])
	}
	f.do(first(1000, http.MethodHead, blobtest.SlowDown))
	if _, err := f.Stat(t.Context(), "b.jpg"); blobio.ReasonOf(err) != blobio.Busy ||
		f.Seen()["HEAD /pictures/p/b.jpg"] != 10 {
		t.Errorf("%v after %d requests", err, f.Seen()["HEAD /pictures/p/b.jpg"])
	}
}

// Nobody is sent to another server, with or without what the request holds.
func TestNoRedirects(t *testing.T) {
	blobtest.Environment(t)
	var there atomic.Int64
	other := blobtest.Serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { there.Add(1) }))
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := blobtest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other+r.URL.RequestURI(), status)
		}))
		for op, err := range everyError(t,
			blobtest.Open(t, server, "p", blobio.Options{Patience: blobio.Patience{Attempts: 1}})) {
			if err == nil {
				t.Errorf("%d, %s", status, op)
			}
		}
	}
	if n := there.Load(); n > 0 {
		t.Errorf("%d requests went elsewhere", n)
	}
}

// An object is its bytes, not what they unpack to.
func TestPackedObject(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(picture)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var accepts string
	s := openAnonymous(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		accepts = r.Header.Get("Accept-Encoding")
		oneObject(packed.Bytes(), map[string]string{"Content-Encoding": "gzip", "ETag": `"e"`}).ServeHTTP(w, r)
	}), blobio.Options{})
	data, err := blobtest.Load(t, s, blobio.Object{Key: "a.svgz", ETag: "e", Size: int64(packed.Len())})
	if err != nil || !bytes.Equal(data, packed.Bytes()) || accepts != "" {
		t.Errorf("%d bytes, %v; accepts %q", len(data), err, accepts)
	}
}

// As many connections as there are calls at once serve them all.
func TestConnectionsAreKept(t *testing.T) {
	const atOnce, rounds = 32, 10
	var together *sync.WaitGroup
	var opened atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		together.Done()
		together.Wait()
		_, _ = w.Write(picture)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	s := blobtest.Open(t, server.URL+"&region=us-east-1&anonymous=true", "p", blobio.Options{Connections: atOnce})
	for range rounds {
		together = &sync.WaitGroup{}
		together.Add(atOnce)
		var calls sync.WaitGroup
		for range atOnce {
			calls.Go(func() {
				if _, err := blobtest.Load(t, s, whatever("a.jpg")); err != nil {
					t.Error(err)
				}
			})
		}
		calls.Wait()
	}
	if n := opened.Load(); n > 2*atOnce {
		t.Errorf("%d connections", n)
	}
}

// A bucket's key has 1,024 bytes with the prefix of the store.
func TestLongestKey(t *testing.T) {
	asked := 0
	s := openAnonymous(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked++ }), blobio.Options{})
	key := strings.Repeat("k", 1024-len("p/"))
	if _, err := s.Stat(t.Context(), key); err != nil || asked != 1 {
		t.Error(err)
	}
	if _, err := s.Stat(t.Context(), key+"k"); blobio.ReasonOf(err) != blobio.BadKey || asked != 1 {
		t.Error(err)
	}
}

// A put says what its bytes hash to, signed, and under which condition.
func TestPutSaysItsHash(t *testing.T) {
	blobtest.Environment(t)
	t.Setenv("AWS_REGION", "")
	var seen http.Header
	server := blobtest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("ETag", `"e"`)
	}))
	if _, err := blobtest.Open(t, server, "p", blobio.Options{}).Put(t.Context(), blobio.Object{Key: "a.jpg"},
		blobio.BytesBody(picture)); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(picture)
	want := map[string]string{
		"X-Amz-Checksum-Sha256": base64.StdEncoding.EncodeToString(sum[:]),
		"X-Amz-Content-Sha256":  hex.EncodeToString(sum[:]), "If-None-Match": "*",
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if seen.Get(name) != want[name] {
			t.Errorf("%s: %q, want %q", name, seen.Get(name), want[name])
		}
	}
	// Servers of one's own need no region; the signature does.
	if signed := seen.Get("Authorization"); !strings.Contains(signed, "/us-east-1/s3/") ||
		!strings.Contains(signed, "x-amz-content-sha256") {
		t.Error(signed)
	}
}

// Below HTTP, both ways to a server give the same reason in the same words, and not in those of the SDK.
func TestSameWordsBelowHTTP(t *testing.T) {
	blobtest.Environment(t)
	cut := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter,
		r *http.Request) {
		panic(http.ErrAbortHandler)
	}))
	cut.Start()
	t.Cleanup(cut.Close)
	broken := openAnonymous(t, oneObject([]byte("<ListBucketResult><Name>pictures</Na"), nil),
		blobio.Options{Patience: blobio.Patience{Attempts: 1}})
	if err := listError(t, broken); blobio.ReasonOf(err) != blobio.Cut || strings.Contains(err.Error(), "StatusCode") ||
		strings.Contains(err.Error(), "operation") {
		t.Error(err)
	}
	noTLS := strings.Replace(cut.URL, "http:", "https:", 1)
	for url, reason := range map[string]blobio.Reason{cut.URL: blobio.Cut,
		"http://127.0.0.1:1": blobio.Unreachable, noTLS: blobio.NoTrust} {
		all := everyError(t, blobtest.Open(t, url, "p", blobio.Options{Patience: blobio.Patience{Attempts: 1}}))
		for op, err := range all {
			is, _ := errors.AsType[*blobio.Error](err)
			if is == nil || is.Reason != reason {
				t.Errorf("%s, %s: %v", url, op, err)
				continue
			}
			for _, noise := range []string{"StatusCode", "RequestID", "operation", "request send", "Head ", "http://"} {
				if strings.Contains(err.Error(), noise) {
					t.Errorf("%s, %s: %v", url, op, err)
				}
			}
		}
	}
}
