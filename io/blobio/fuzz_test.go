package blobio_test

import (
	"bytes"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
)

// rawServer sends the same bytes to everybody who asks, whatever they are, and says where it is.
func rawServer(f *testing.F, answer *atomic.Value) (url string) {
	f.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				asked := make([]byte, 64<<10)
				_, _ = conn.Read(asked) // requests without a body come in one piece; a body is not waited for
				_, _ = conn.Write(answer.Load().([]byte))
				_ = conn.Close()
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// FuzzServer answers with any bytes, head and all: what comes of a listing is below what was listed, what comes of an
// object is what its head promised, and all else is an error with a reason.
func FuzzServer(f *testing.F) {
	var answer atomic.Value
	url := rawServer(f, &answer)
	xml := func(entries string) string {
		return "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n\r\n" +
			"<?xml version=\"1.0\"?><ListBucketResult><Name>b</Name>" + entries + "</ListBucketResult>"
	}
	for _, seed := range []string{
		xml("<EncodingType>url</EncodingType><Contents><Key>p/a%20b.jpg</Key><Size>3</Size><ETag>&quot;e&quot;</ETag>" +
			"<LastModified>2026-01-02T03:04:05.000Z</LastModified></Contents>"),
		xml("<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken><Contents><Key>p/</Key></Contents>"),
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nETag: W/\"e\"\r\nLast-Modified: Fri, 02 Jan 2026 03:04:05 GMT\r\n" +
			"x-amz-checksum-crc32: NSRBwg==\r\nx-amz-version-id: 7\r\n\r\nabc",
		"HTTP/1.1 404 Not Found\r\nContent-Length: 41\r\n\r\n<Error><Code>NoSuchBucket</Code></Error>\n",
		"HTTP/1.1 301 Moved\r\nX-Amz-Bucket-Region: eu-central-1\r\nContent-Length: 0\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		answer.Store(data)
		s := blobtest.Open(t, url+"&region=us-east-1&anonymous=true", "p",
			blobio.Options{Patience: blobio.Patience{Attempts: 1, Idle: time.Second}})
		told := func(err error) {
			if err != nil && blobio.ReasonOf(err) == "" {
				t.Errorf("an error without a reason: %v", err)
			}
		}
		n := 0
		for o, err := range s.List(t.Context(), "in/") {
			told(err)
			if err == nil && o.Size < -1 {
				t.Errorf("lists %+v", o)
			}
			if n++; n > 100_000 {
				t.Fatal("lists on and on")
			}
		}
		o, err := s.Stat(t.Context(), "a.jpg")
		if told(err); err == nil && o.Size < -1 {
			t.Errorf("stat %+v", o)
		}
		var body bytes.Buffer
		receipt, err := s.Get(t.Context(), blobio.Object{Key: "a.jpg", Size: 3, ETag: "e"}, func(r io.Reader) error {
			body.Reset()
			_, err := io.Copy(&body, r)
			return err
		})
		if told(err); err == nil && (body.Len() != 3 || receipt.Size != 3 || receipt.ETag != "e") {
			t.Errorf("%q, %+v", body.String(), receipt)
		}
		if _, err := blobtest.Load(t, s, whatever("a.jpg")); err != nil {
			told(err)
			if strings.ContainsAny(err.Error(), "\x1b\x07") {
				t.Errorf("says %q", err)
			}
		}
	})
}
