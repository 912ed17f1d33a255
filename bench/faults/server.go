package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

const bucket = "pictures"

// A server is an S3 server in this process. Its objects are those of a folder s3, which it takes in and gives back.
type server struct {
	*httptest.Server
	objects *s3mem.Backend
	handler atomic.Value // http.Handler
	asked   atomic.Int64 // requests since it was told what to do
	lie     atomic.Pointer[lie]
}

// tell makes the server lie from now on; nil: be well.
func (s *server) tell(l *lie) {
	s.asked.Store(0)
	s.lie.Store(l)
}

func newServer() *server {
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := int(s.asked.Add(1))
		if lie := s.lie.Load(); lie != nil && (n == lie.from || n > lie.from && lie.always) {
			lies[lie.kind](w, r, s.handler.Load().(http.Handler))
			return
		}
		s.handler.Load().(http.Handler).ServeHTTP(w, r)
	}))
	return s
}

// environment is what the program must have in its environment to use the server.
func (s *server) environment() []string {
	return []string{"AWS_ENDPOINT_URL=" + s.URL, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=key",
		"AWS_SECRET_ACCESS_KEY=secret", "AWS_SESSION_TOKEN=", "AWS_PROFILE=", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=/nonexistent", "AWS_SHARED_CREDENTIALS_FILE=/nonexistent", "AWS_CA_BUNDLE=",
		"AWS_ENDPOINT_URL_S3="}
}

// take empties the server and takes the files below a folder in, which then is gone.
func (s *server) take(folder string) error {
	s.objects = s3mem.New()
	if err := s.objects.CreateBucket(bucket); err != nil {
		return err
	}
	s.handler.Store(gofakes3.New(s.objects).Server())
	t, err := readTree(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for key, text := range t {
		if err == nil && !strings.HasSuffix(key, "/") {
			_, err = s.objects.PutObject(bucket, key, nil, strings.NewReader(text), int64(len(text)), nil)
		}
	}
	return errors.Join(err, os.RemoveAll(folder))
}

// put puts the objects into a tree, as those of the folder s3.
func (s *server) put(t tree) error {
	list, err := s.objects.ListBucket(bucket, &gofakes3.Prefix{}, gofakes3.ListBucketPage{})
	if err != nil {
		return err
	}
	for _, o := range list.Contents {
		object, err := s.objects.GetObject(bucket, o.Key, nil)
		if err != nil {
			return err
		}
		var text bytes.Buffer
		_, err = io.Copy(&text, object.Contents)
		if err := errors.Join(err, object.Contents.Close()); err != nil {
			return err
		}
		name := "s3/" + o.Key
		t[name] = text.String()
		for dir := filepath.Dir(name); dir != "."; dir = filepath.Dir(dir) {
			t[dir+"/"] = ""
		}
	}
	return nil
}
