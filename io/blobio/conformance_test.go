package blobio_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	s, err := blobio.Open(context.Background(), dir, blobio.Options{})
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
	reasons := func() (reasons [3]blobio.Reason, texts string) {
		s := blobtest.Open(t, g.URL, "p", blobio.Options{})
		var listErr error
		for _, listErr = range s.List(t.Context(), "") {
		}
		_, getErr := blobtest.Load(t, s, blobio.Object{Key: "a.jpg", Size: -1})
		_, putErr := s.Put(t.Context(), blobio.Object{Key: "a.jpg"}, blobio.BytesBody([]byte("x")))
		for i, err := range []error{listErr, getErr, putErr} {
			reasons[i] = blobio.ReasonOf(err)
			texts += fmt.Sprintln(err)
		}
		return reasons, texts
	}
	t.Run("secret", func(t *testing.T) {
		t.Setenv("AWS_SECRET_ACCESS_KEY", "wrong")
		if is, text := reasons(); is != [3]blobio.Reason{blobio.Credentials, blobio.Credentials, blobio.Credentials} {
			t.Errorf("%v: %s", is, text)
		}
	})
	t.Run("key", func(t *testing.T) {
		t.Setenv("AWS_ACCESS_KEY_ID", "nobody")
		if is, text := reasons(); is != [3]blobio.Reason{blobio.Credentials, blobio.Credentials, blobio.Credentials} {
			t.Errorf("%v: %s", is, text)
		}
	})
	t.Run("bucket", func(t *testing.T) {
		s, err := blobio.Open(t.Context(), "s3://nothing-here/p", blobio.Options{Patience: blobtest.Fast})
		if err != nil {
			t.Fatal(err)
		}
		var listErr error
		for _, listErr = range s.List(t.Context(), "") {
		}
		_, getErr := blobtest.Load(t, s, blobio.Object{Key: "a.jpg", Size: -1})
		for _, err := range []error{listErr, getErr} {
			if blobio.ReasonOf(err) != blobio.NoBucket {
				t.Error(err)
			}
		}
	})
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
