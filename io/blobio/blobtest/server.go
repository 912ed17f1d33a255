package blobtest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/dermset/dermset/io/blobio"
)

// Bucket is the one that test servers have.
const Bucket = "pictures"

// Fast is patience for tests: as many attempts as there are, without the waiting.
var Fast = blobio.Patience{First: time.Millisecond, Longest: 4 * time.Millisecond, Idle: 10 * time.Second}

// Server is an S3 server in this process with an empty bucket. It knows listing and objects,
// no signatures and no checksums.
func Server(t testing.TB) http.Handler {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket(Bucket); err != nil {
		t.Fatal(err)
	}
	return gofakes3.New(backend).Server()
}

// Serve makes a handler's URL that of an S3 store whose credentials are in the environment.
func Serve(t testing.TB, handler http.Handler) (url string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// Environment has credentials for a test server, and nothing else that programs of AWS look at.
func Environment(t *testing.T) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "",
		"AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/nonexistent",
		"AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "AWS_PROFILE": "", "AWS_ENDPOINT_URL": "",
		"AWS_ENDPOINT_URL_S3": "", "AWS_CA_BUNDLE": "",
	} {
		t.Setenv(name, value)
	}
}

// Open is the store below prefix in the bucket at a server's URL, which may be followed by further options
// such as &anonymous=true.
func Open(t testing.TB, server, prefix string, options blobio.Options) blobio.Store {
	t.Helper()
	if options.Patience == (blobio.Patience{}) {
		options.Patience = Fast
	}
	s, err := blobio.Open(context.Background(), "s3://"+Bucket+"/"+prefix+"?endpoint="+server, options)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
