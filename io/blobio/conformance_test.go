package blobio_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
	"github.com/dermset/dermset/io/blobio/gateway"
)

func TestFolder(t *testing.T) {
	blobtest.Conforms(t, blobtest.Kind{
		Open: func(t *testing.T) blobio.Store { return openFolder(t, t.TempDir()) },
		// A file system has names of at most 255 bytes, and no file that is a folder too.
		Refuses: []string{"a//b.jpg", "../x.jpg", "./y.jpg", "node/below.jpg", "very/" + strings.Repeat("z", 300) + ".jpg"},
	})
}

func openFolder(t *testing.T, dir string) blobio.Store {
	t.Helper()
	s, err := blobio.Open(context.Background(), dir, blobio.Options{Patience: blobtest.Fast})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFake(t *testing.T) {
	blobtest.Conforms(t, blobtest.Kind{Open: func(*testing.T) blobio.Store { return &blobtest.Fake{} }})
}

func TestServerInProcess(t *testing.T) {
	blobtest.Environment(t)
	blobtest.Conforms(t, blobtest.Kind{Trusts: true, Open: func(t *testing.T) blobio.Store {
		return blobtest.Open(t, blobtest.Serve(t, blobtest.Server(t)), "some/prefix", blobio.Options{})
	}})
}

// A real server checks signatures, conditions and checksums.
func TestGateway(t *testing.T) {
	dir, g := startGateway(t)
	n := 0
	blobtest.Conforms(t, blobtest.Kind{
		Open: func(t *testing.T) blobio.Store {
			n++
			return blobtest.Open(t, g.URL, filepath.Base(dir)+string(rune('a'+n)), blobio.Options{})
		},
		// Objects are files of that server, so it has the limits of a folder.
		Refuses: []string{"node/below.jpg", "very/" + strings.Repeat("z", 300) + ".jpg"},
		Mangles: []string{"a//b.jpg", "../x.jpg", "./y.jpg"},
	})
}

// What a real server says of wrong keys and buckets.
func TestGatewayRefuses(t *testing.T) {
	_, g := startGateway(t)
	for name, test := range map[string]struct {
		variable, value, bucket string
		reason                  blobio.Reason
	}{
		"secret": {"AWS_SECRET_ACCESS_KEY", "wrong", blobtest.Bucket, blobio.Credentials},
		"key":    {"AWS_ACCESS_KEY_ID", "nobody", blobtest.Bucket, blobio.Credentials},
		"region": {"AWS_REGION", "eu-west-1", blobtest.Bucket, blobio.WrongRegion},
		"bucket": {"AWS_REGION", "us-east-1", "nothing-here", blobio.NoBucket},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(test.variable, test.value)
			s, err := blobio.Open(t.Context(), "s3://"+test.bucket+"/p?endpoint="+g.URL, blobio.Options{Patience: blobtest.Fast})
			if err != nil {
				t.Fatal(err)
			}
			for op, err := range everyError(t, s) {
				if blobio.ReasonOf(err) != test.reason {
					t.Errorf("%s: %v", op, err)
				}
			}
		})
	}
}

// A real server tells no ETag of a file that was copied into its folder by hand.
func TestGatewayFilesByHand(t *testing.T) {
	dir, g := startGateway(t)
	path := filepath.Join(dir, blobtest.Bucket, "p", "a.jpg")
	if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	copied := func(text string, seconds int64) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, time.Unix(seconds, 999e6)); err != nil {
			t.Fatal(err)
		}
	}
	s := blobtest.Open(t, g.URL, "p", blobio.Options{})
	copied("first", 1e9)
	o, err := s.Stat(t.Context(), "a.jpg")
	if listed := blobtest.Listed(t, s, "")["a.jpg"]; err != nil || listed != o || o.ETag == "" {
		t.Fatalf("listed %+v, stat %+v, %v", listed, o, err)
	}
	if data, err := blobtest.Load(t, s, o); err != nil || string(data) != "first" {
		t.Errorf("%q, %v", data, err)
	}
	copied("other", 1e9+1)
	if _, err := blobtest.Load(t, s, o); blobio.ReasonOf(err) != blobio.Changed {
		t.Error(err)
	}
}

// startGateway is a real server with the bucket; the environment has its credentials.
func startGateway(t *testing.T) (dir string, g *gateway.Gateway) {
	t.Helper()
	program, err := gateway.Find()
	if err != nil {
		t.Skip(err)
	}
	dir = t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, blobtest.Bucket), 0o755); err != nil {
		t.Fatal(err)
	}
	g, err = gateway.Start(context.Background(), program, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Stop)
	blobtest.Environment(t)
	for _, kv := range g.Environment() {
		t.Setenv(kv[0], kv[1])
	}
	return dir, g
}
