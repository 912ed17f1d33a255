package blobio_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"hash/crc64"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
)

// A faultRange is a store behind a proxy that does harm once it is told to. It needs no environment,
// so that its tests run side by side.
type faultRange struct {
	*blobtest.Proxy
	blobio.Store
	harm  atomic.Pointer[func(r *http.Request, n int) blobtest.Fault]
	again atomic.Int64
}

func newFaultRange(t *testing.T, patience blobio.Patience) *faultRange {
	t.Helper()
	f := &faultRange{Proxy: &blobtest.Proxy{Next: blobtest.Server(t)}}
	f.Harm = func(r *http.Request, n int) blobtest.Fault {
		if harm := f.harm.Load(); harm != nil {
			return (*harm)(r, n)
		}
		return blobtest.None
	}
	f.Store = openAnonymous(t, f.Proxy, blobio.Options{Patience: patience, Again: func(blobio.Reason) { f.again.Add(1) }})
	return f
}

// hasty is for tests of stalls: others must not take a busy machine for one.
var hasty = blobio.Patience{First: time.Millisecond, Longest: 4 * time.Millisecond, Idle: 300 * time.Millisecond}

func patienceFor(fault blobtest.Fault) blobio.Patience {
	if fault == blobtest.StallBefore || fault == blobtest.StallInside {
		return hasty
	}
	return blobtest.Fast
}

func openAnonymous(t *testing.T, handler http.Handler, options blobio.Options) blobio.Store {
	t.Helper()
	return blobtest.Open(t, blobtest.Serve(t, handler)+"&region=us-east-1&anonymous=true", "p", options)
}

func (f *faultRange) do(harm func(r *http.Request, n int) blobtest.Fault) { f.harm.Store(&harm) }

// first does harm to the first requests of a method for each path.
func first(requests int, method string, fault blobtest.Fault) func(*http.Request, int) blobtest.Fault {
	return func(r *http.Request, n int) blobtest.Fault {
		if r.Method == method && n <= requests {
			return fault
		}
		return blobtest.None
	}
}

var picture = bytes.Repeat([]byte("the sixty thousand bytes of a picture "), 1600)

// Whatever breaks an attempt, another one brings the whole object.
func TestBrokenAttemptsAreMadeAgain(t *testing.T) {
	for name, fault := range map[string]blobtest.Fault{
		"cut": blobtest.Cut, "stall before": blobtest.StallBefore, "stall inside": blobtest.StallInside,
		"flip": blobtest.Flip, "short": blobtest.Short, "busy": blobtest.SlowDown, "lost": blobtest.Lost,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFaultRange(t, patienceFor(fault))
			o := blobtest.Save(t, f, "a.jpg", picture)
			f.do(first(3, http.MethodGet, fault))
			var data []byte
			got, err := f.Get(t.Context(), o, func(r io.Reader) (err error) {
				data, err = io.ReadAll(r)
				return err
			})
			if err != nil || !bytes.Equal(data, picture) || got.ETag != o.ETag || got.Size != o.Size {
				t.Fatalf("%+v, %v, %d bytes", got, err, len(data))
			}
			// What is lost before the answer net/http may ask for again itself; a busy machine may stall once more.
			exact := fault != blobtest.Lost && patienceFor(fault) != hasty
			if exact && (got.Attempts != 4 || f.again.Load() != 3) {
				t.Errorf("%d attempts, told of %d", got.Attempts, f.again.Load())
			}
		})
	}
}

// What stays broken ends after ten attempts, with its reason.
func TestBrokenForGood(t *testing.T) {
	for reason, fault := range map[blobio.Reason]blobtest.Fault{
		blobio.Cut: blobtest.Cut, blobio.Stalled: blobtest.StallInside,
		blobio.Differs: blobtest.Flip, blobio.Busy: blobtest.SlowDown,
	} {
		t.Run(string(reason), func(t *testing.T) {
			t.Parallel()
			f := newFaultRange(t, patienceFor(fault))
			o := blobtest.Save(t, f, "a.jpg", picture)
			f.do(first(1000, http.MethodGet, fault))
			_, err := blobtest.Load(t, f, o)
			fault, ok := errors.AsType[*blobio.Error](err)
			if !ok || fault.Reason != reason || fault.Attempts != 10 || fault.Key != "a.jpg" {
				t.Errorf("%v", err)
			}
			if n := f.Seen()["GET /pictures/p/a.jpg"]; n != 10 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// A reader that is fed a broken body never sees its end: it cannot take it for the object.
func TestBrokenBodyHasNoEnd(t *testing.T) {
	for name, fault := range map[string]blobtest.Fault{"flip": blobtest.Flip,
		"short": blobtest.Short, "cut": blobtest.Cut} {
		t.Run(name, func(t *testing.T) {
			f := newFaultRange(t, blobtest.Fast)
			o := blobtest.Save(t, f, "a.jpg", picture)
			f.do(first(1000, http.MethodGet, fault))
			_, _ = f.Get(t.Context(), o, func(r io.Reader) error {
				if _, err := io.ReadAll(r); err == nil {
					t.Error("the body ended well")
				}
				return nil
			})
		})
	}
}

// A read function that stops early does not make a broken body good.
func TestUnreadBodyIsProvedToo(t *testing.T) {
	f := newFaultRange(t, blobtest.Fast)
	o := blobtest.Save(t, f, "a.jpg", picture)
	f.do(first(1000, http.MethodGet, blobtest.Flip))
	_, err := f.Get(t.Context(), o, func(r io.Reader) error {
		_, err := io.ReadFull(r, make([]byte, 100))
		return err
	})
	if blobio.ReasonOf(err) != blobio.Differs {
		t.Error(err)
	}
}

// A storm of 503 with eight answers of nine: every object comes.
func TestStormOfBusyAnswers(t *testing.T) {
	f := newFaultRange(t, blobtest.Fast)
	for i := range 40 {
		blobtest.Save(t, f, fmt.Sprintf("%d.jpg", i), picture)
	}
	f.do(first(8, http.MethodGet, blobtest.SlowDown))
	listed := blobtest.Listed(t, f, "")
	if len(listed) != 40 {
		t.Fatalf("%d objects are listed", len(listed))
	}
	errs := make(chan error)
	for _, o := range listed {
		go func() {
			_, err := f.Get(t.Context(), o, func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err })
			errs <- err
		}()
	}
	for range listed {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

// What will be no different the next time is asked for once.
func TestNotAgain(t *testing.T) {
	f := newFaultRange(t, blobtest.Fast)
	o := blobtest.Save(t, f, "a.jpg", picture)
	f.do(first(1000, http.MethodGet, blobtest.Refuse))
	_, err := blobtest.Load(t, f, o)
	if blobio.ReasonOf(err) != blobio.Denied || f.Seen()["GET /pictures/p/a.jpg"] != 1 {
		t.Errorf("%v after %d requests", err, f.Seen()["GET /pictures/p/a.jpg"])
	}
}

// A page of a listing that breaks off is asked for again, with its token.
func TestBrokenListing(t *testing.T) {
	for name, fault := range map[string]blobtest.Fault{"cut": blobtest.Cut, "short": blobtest.Short,
		"stall": blobtest.StallInside, "busy": blobtest.SlowDown} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pages := &pagedServer{pages: 4, size: 5}
			proxy := &blobtest.Proxy{Next: pages, Harm: func(_ *http.Request, n int) blobtest.Fault {
				if n%2 == 0 {
					return fault
				}
				return blobtest.None
			}}
			got := blobtest.Listed(t, openAnonymous(t, proxy, blobio.Options{Patience: patienceFor(fault)}), "")
			if len(got) != 20 {
				t.Errorf("%d objects", len(got))
			}
			// Every second request is harmed, so that every page but the first is asked for twice;
			// a busy server does not look at the page.
			want := map[bool]string{false: " 1 1 2 2 3 3", true: " 1 2 3"}[fault == blobtest.SlowDown]
			if asked := strings.Join(pages.asked, " "); asked != want && patienceFor(fault) != hasty {
				t.Errorf("asked for the pages %q", asked)
			}
		})
	}
}

// A pagedServer lists pages of objects.
type pagedServer struct {
	pages, size int
	asked       []string
}

func (p *pagedServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token := r.URL.Query().Get("continuation-token")
	p.asked = append(p.asked, token)
	page := 0
	_, _ = fmt.Sscan(token, &page) // the first has none
	fmt.Fprint(w, `<?xml version="1.0"?><ListBucketResult><Name>pictures</Name>`)
	for i := range p.size {
		fmt.Fprintf(w, `<Contents><Key>p/%d-%d.jpg</Key><Size>3</Size><ETag>&quot;e&quot;</ETag></Contents>`, page, i)
	}
	if page+1 < p.pages {
		fmt.Fprintf(w, `<IsTruncated>true</IsTruncated><NextContinuationToken>%d</NextContinuationToken>`, page+1)
	}
	fmt.Fprint(w, `</ListBucketResult>`)
}

// The answer to a PUT is lost; asked again, the server says that something is there already: it is what was put.
func TestLostAnswerIsNoConflict(t *testing.T) {
	f := newFaultRange(t, blobtest.Fast)
	f.do(first(1, http.MethodPut, blobtest.Lost))
	if o, err := f.Put(t.Context(), blobio.Object{Key: "a.jpg"}, blobio.BytesBody(picture)); err != nil ||
		o.Size != int64(len(picture)) {
		t.Errorf("%+v, %v", o, err)
	}
	if n := f.Seen()["PUT /pictures/p/a.jpg"]; n != 2 {
		t.Errorf("%d requests", n)
	}
	f.do(first(0, "", blobtest.None))
	if _, err := f.Put(t.Context(), blobio.Object{Key: "a.jpg"},
		blobio.BytesBody([]byte("other"))); blobio.ReasonOf(err) != blobio.Changed {
		t.Errorf("other bytes: %v", err)
	}
}

// An object that changes between two attempts is not mixed from both.
func TestChangedBetweenAttempts(t *testing.T) {
	f := newFaultRange(t, blobtest.Fast)
	o := blobtest.Save(t, f, "a.jpg", picture)
	f.do(func(r *http.Request, n int) blobtest.Fault {
		if r.Method == http.MethodGet && n == 1 {
			return blobtest.Cut
		}
		return blobtest.None
	})
	calls := 0
	_, err := f.Get(t.Context(), o, func(r io.Reader) error {
		if calls++; calls == 1 {
			if _, err := f.Put(context.Background(), o, blobio.BytesBody([]byte("another"))); err != nil {
				t.Error(err)
			}
		}
		_, err := io.Copy(io.Discard, r)
		return err
	})
	if blobio.ReasonOf(err) != blobio.Changed {
		t.Error(err)
	}
}

// A server sends one body with the headers that a test wants.
func oneObject(body []byte, header map[string]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range header {
			w.Header().Set(name, value)
		}
		_, _ = w.Write(body)
	})
}

// Checksums that the store keeps are looked at: one that fits passes, one that does not fails, whatever its kind.
func TestChecksums(t *testing.T) {
	be := func(sum uint64, bytes int) string {
		var b []byte
		for i := bytes - 1; i >= 0; i-- {
			b = append(b, byte(sum>>(8*i)))
		}
		return base64.StdEncoding.EncodeToString(b)
	}
	md5Sum := md5.Sum(picture)
	kms := "aws:kms"
	for name, test := range map[string]struct {
		header map[string]string
		good   bool
	}{
		"crc32":       {map[string]string{"x-amz-checksum-crc32": be(uint64(crc32.ChecksumIEEE(picture)), 4)}, true},
		"crc32 wrong": {map[string]string{"x-amz-checksum-crc32": be(7, 4)}, false},
		"crc32c": {map[string]string{
			"x-amz-checksum-crc32c": be(uint64(crc32.Checksum(picture, crc32.MakeTable(crc32.Castagnoli))), 4)}, true},
		"crc32c wrong": {map[string]string{"x-amz-checksum-crc32c": be(7, 4)}, false},
		"crc64nvme": {map[string]string{
			"x-amz-checksum-crc64nvme": be(crc64.Checksum(picture, crc64.MakeTable(0x9a6c9329ac4bc9b5)), 8)}, true},
		"crc64nvme wrong": {map[string]string{"x-amz-checksum-crc64nvme": be(7, 8)}, false},
		"sha256 wrong":    {map[string]string{"x-amz-checksum-sha256": be(7, 8)}, false},
		"sha1 wrong":      {map[string]string{"x-amz-checksum-sha1": be(7, 8)}, false},
		"of parts":        {map[string]string{"x-amz-checksum-crc32": be(7, 4) + "-2"}, true},
		"etag":            {map[string]string{"ETag": `"` + hex.EncodeToString(md5Sum[:]) + `"`}, true},
		"etag wrong":      {map[string]string{"ETag": `"00000000000000000000000000000000"`}, false},
		"etag of parts":   {map[string]string{"ETag": `"00000000000000000000000000000000-2"`}, true},
		"etag of encrypted": {map[string]string{"ETag": `"00000000000000000000000000000000"`,
			"x-amz-server-side-encryption": kms}, true},
		"etag of own key": {map[string]string{"ETag": `"00000000000000000000000000000000"`,
			"x-amz-server-side-encryption-customer-algorithm": "AES256"}, true},
	} {
		s := openAnonymous(t, oneObject(picture, test.header),
			blobio.Options{Patience: blobio.Patience{Attempts: 2, First: 1, Longest: 1}})
		data, err := blobtest.Load(t, s, whatever("a.jpg"))
		if test.good && (err != nil || !bytes.Equal(data, picture)) || !test.good && blobio.ReasonOf(err) != blobio.Differs {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The CRC of the published test vector ("CRC-64/NVME" in the catalogue of parametrised CRC algorithms):
// 123456789 has ae8b14860a799888.
func TestChecksumOfNVMe(t *testing.T) {
	header := map[string]string{"x-amz-checksum-crc64nvme": base64.StdEncoding.EncodeToString([]byte{0xae, 0x8b,
		0x14, 0x86, 0x0a, 0x79, 0x98, 0x88})}
	if _, err := blobtest.Load(t, openAnonymous(t, oneObject([]byte("123456789"), header), blobio.Options{}),
		whatever("a")); err != nil {
		t.Error(err)
	}
}

// What is wrong with the whole store is said in one message with what to do, and holds no secret.
func TestWrongStore(t *testing.T) {
	answer := func(status int, code string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Amz-Bucket-Region", "eu-central-1")
			w.WriteHeader(status)
			fmt.Fprintf(w, `<?xml version="1.0"?><Error><Code>%s</Code><Message>%s</Message></Error>`,
				code, r.Header.Get("Authorization"))
		})
	}
	blobtest.Environment(t)
	for name, test := range map[string]struct {
		server http.Handler
		reason blobio.Reason
		says   string
	}{
		"key":       {answer(403, "InvalidAccessKeyId"), blobio.Credentials, "AWS_PROFILE"},
		"key, 404":  {answer(404, "InvalidAccessKeyId"), blobio.Credentials, "AWS_PROFILE"},
		"signature": {answer(403, "SignatureDoesNotMatch"), blobio.Credentials, "AWS_PROFILE"},
		"expired":   {answer(400, "ExpiredToken"), blobio.Credentials, "AWS_PROFILE"},
		"clock":     {answer(403, "RequestTimeTooSkewed"), blobio.Credentials, "clock"},
		"bucket":    {answer(404, "NoSuchBucket"), blobio.NoBucket, "images.store"},
		"region":    {answer(301, "PermanentRedirect"), blobio.WrongRegion, "eu-central-1"},
		"region 2":  {answer(400, "AuthorizationHeaderMalformed"), blobio.WrongRegion, "AWS_REGION"},
	} {
		s := blobtest.Open(t, blobtest.Serve(t, test.server), "p", blobio.Options{})
		for _, err := range everyError(t, s) {
			if is := blobio.ReasonOf(err); is != test.reason || !is.OfStore() {
				t.Errorf("%s: %v", name, err)
				continue
			}
			text := err.Error()
			if !strings.Contains(text, test.says) || strings.Contains(text, "\n") || strings.Contains(text, "AWS4-HMAC") ||
				strings.Contains(text, "secret") {
				t.Errorf("%s says %s", name, text)
			}
		}
	}
}

func TestNobodyAnswers(t *testing.T) {
	s := blobtest.Open(t, "http://127.0.0.1:1&region=us-east-1&anonymous=true", "p", blobio.Options{})
	for _, err := range everyError(t, s) {
		if blobio.ReasonOf(err) != blobio.Unreachable || !strings.Contains(err.Error(), "10 attempts") {
			t.Error(err)
		}
	}
}

func TestNoCredentials(t *testing.T) {
	blobtest.Environment(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	s := blobtest.Open(t, blobtest.Serve(t, blobtest.Server(t)), "p", blobio.Options{})
	for _, err := range everyError(t, s) {
		if blobio.ReasonOf(err) != blobio.Credentials || !strings.Contains(err.Error(), "anonymous=true") ||
			strings.Contains(err.Error(), "operation error S3") {
			t.Error(err)
		}
	}
}

// Requests say what the URL of the store says.
func TestOptionsReachTheServer(t *testing.T) {
	blobtest.Environment(t)
	seen := map[string]http.Header{}
	spy := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen[r.Method+" "+r.URL.EscapedPath()] = r.Header
		if r.URL.Query().Get("encoding-type") == "url" { // XML has no way to write every key
			seen["LIST"] = r.Header
		}
		w.Header().Set("ETag", `"e"`)
	})
	server := blobtest.Serve(t, spy)
	s := blobtest.Open(t, server+"&requester_pays=true", "p", blobio.Options{})
	_, _ = s.Stat(t.Context(), "a b.jpg")
	_, _ = blobtest.Load(t, s, blobio.Object{Key: "a b.jpg", ETag: "e"})
	_ = listError(t, s)
	for _, request := range []string{"LIST", "HEAD /pictures/p/a%20b.jpg", "GET /pictures/p/a%20b.jpg"} {
		h := seen[request]
		if h.Get("X-Amz-Request-Payer") != "requester" ||
			!strings.HasPrefix(h.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=key/") {
			t.Errorf("%s: %v", request, h)
		}
	}
	if h := seen["GET /pictures/p/a%20b.jpg"]; h.Get("X-Amz-Checksum-Mode") != "ENABLED" {
		t.Errorf("%v", h)
	}
	clear(seen)
	_, _ = blobtest.Load(t, blobtest.Open(t, server+"&anonymous=true", "p", blobio.Options{}), whatever("a.jpg"))
	if h := seen["GET /pictures/p/a.jpg"]; h == nil || h.Get("Authorization") != "" || h.Get("X-Amz-Request-Payer") != "" {
		t.Errorf("anonymous: %v", h)
	}
}

// A slow caller is no silent server.
func TestSlowReaderIsNotStalled(t *testing.T) {
	f := newFaultRange(t, hasty)
	o := blobtest.Save(t, f, "a.jpg", bytes.Repeat(picture, 30))
	got, err := f.Get(t.Context(), o, func(r io.Reader) error {
		if _, err := io.ReadFull(r, make([]byte, 1000)); err != nil {
			return err
		}
		time.Sleep(2 * hasty.Idle)
		_, err := io.Copy(io.Discard, r)
		return err
	})
	if err != nil || got.Attempts != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}
