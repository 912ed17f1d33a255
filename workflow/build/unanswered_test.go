package build_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/workspace"
)

// A shaky workspace has pictures in an S3 store that does harm when it is told to.
type shaky struct {
	t     *testing.T
	dir   string
	store blobio.Store
	harm  atomic.Pointer[func(r *http.Request) blobtest.Fault]
	said  bytes.Buffer
}

// newShaky has three pictures of one class, unless they are left out of the store.
func newShaky(t *testing.T, settings string, pictures ...string) *shaky {
	t.Helper()
	build.LittlePatience(t)
	blobtest.Environment(t)
	s := &shaky{t: t}
	proxy := &blobtest.Proxy{Next: blobtest.Server(t), Harm: func(r *http.Request, _ int) blobtest.Fault {
		if harm := s.harm.Load(); harm != nil {
			return (*harm)(r)
		}
		return blobtest.None
	}}
	server := blobtest.Serve(t, proxy)
	s.store = blobtest.Open(t, server, "p", blobio.Options{})
	for i, name := range pictures {
		blobtest.Save(t, s.store, "s/"+name, []byte(fit(i+1)))
	}
	s.dir = smallPictured(t, map[string]string{
		"dermset.yaml": "version: \"1.0\"\nmapping: {workbook: mapping/workbook}\n" +
			"select: {min_images: 1, min_groups: 1}\n" +
			"images: {store: \"s3://" + blobtest.Bucket + "/p?endpoint=" + server + "\", " + settings + "}\n",
		"sources/s/s_dataset.csv": dataRows("1.jpg a", "2.jpg a", "3.jpg a"),
	})
	return s
}

// busyFor answers 503 for keys that end so.
func (s *shaky) busyFor(end string) {
	harm := func(r *http.Request) blobtest.Fault {
		if strings.HasSuffix(r.URL.Path, end) {
			return blobtest.SlowDown
		}
		return blobtest.None
	}
	s.harm.Store(&harm)
}

func (s *shaky) well() { s.harm.Store(nil) }

// run runs a verb, and returns what it said.
func (s *shaky) run(verb func(w *workspace.Workspace) error) (said string, err error) {
	s.t.Helper()
	s.said.Reset()
	log := slog.New(slog.NewTextHandler(&s.said, nil))
	w, err := workspace.Open(s.dir, plainRun, log, workspace.NewProgress(io.Discard, false, log))
	if err != nil {
		s.t.Fatal(err)
	}
	err = w.Locked("build", func() error { return verb(w) })
	return s.said.String(), err
}

func (s *shaky) build() (said string, err error) {
	return s.run(func(w *workspace.Workspace) error {
		_, err := build.Run(s.t.Context(), w, "publish")
		return err
	})
}

func (s *shaky) fetch(o build.FetchOptions) (said string, err error) {
	return s.run(func(w *workspace.Workspace) error {
		_, err := build.Fetch(s.t.Context(), w, o)
		return err
	})
}

// want is what became of the three rows.
func (s *shaky) want(what string, want ...string) {
	s.t.Helper()
	var got []string
	for _, table := range []string{"selected_unsampled", "rejected"} {
		_, rows, err := readCSV(filepath.Join(s.dir, "dist", "DXv1.0-draft", "DXv1.0_"+table+".csv"))
		if err != nil {
			s.t.Fatal(err)
		}
		for _, row := range rows {
			got = append(got, strings.TrimSpace(row["image_id"]+" "+row["reason"]+" "+row["detail"]))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("%s: %s", what, diff)
	}
}

func has(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s: said %s\nwant %s", what, text, part)
		}
	}
}

// A picture for which the store has no answer is not fetched, which is not missing: its row says so, no build is up to
// date, each says how many it asks for again, and when the store is well again the picture is there.
func TestWhatTheStoreDoesNotAnswerFor(t *testing.T) {
	s := newShaky(t, "max_failed: 90", "1.jpg", "2.jpg")
	s.busyFor("2.jpg")
	for _, again := range []bool{false, true} {
		said, err := s.build()
		if err != nil {
			t.Fatal(err)
		}
		has(t, "busy", said, "did not answer for 1 of 3 pictures", "the next build asks again")
		if strings.Contains(said, "up to date: generate, fetch") ||
			strings.Contains(said, "for 1 pictures the last time") != again {
			t.Errorf("again %v: %s", again, said)
		}
		s.want("busy", "s/1.jpg", "s/2.jpg image_not_fetched not fetched: busy", "s/3.jpg image_missing not fetched: missing")
	}
	plan, err := s.run(func(w *workspace.Workspace) error {
		rows, err := build.Plan(t.Context(), w)
		for _, row := range rows {
			if row[0] == "fetch" && (row[2] != "yes" || !strings.Contains(row[3], "did not answer for 1 pictures")) {
				t.Errorf("planned: %q", row)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(plan, err)
	}
	s.well()
	if _, err := s.build(); err != nil {
		t.Fatal(err)
	}
	s.want("well again", "s/1.jpg", "s/2.jpg", "s/3.jpg image_missing not fetched: missing")
	said, err := s.build()
	if err != nil {
		t.Fatal(err)
	}
	has(t, "then", said, "up to date: generate, fetch")
}

// What was fetched before is not lost because the store does not answer now, and what it is asked for again it is asked
// for in every build until it answers.
func TestWhatWasFetchedBeforeStays(t *testing.T) {
	s := newShaky(t, "max_failed: 50", "1.jpg", "2.jpg", "3.jpg")
	if _, err := s.build(); err != nil {
		t.Fatal(err)
	}
	s.busyFor("2.jpg")
	said, err := s.fetch(build.FetchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	has(t, "fetch", said, "did not answer for 1 of 3 pictures")
	if _, err := s.fetch(build.FetchOptions{Only: "failed"}); err != nil { // which asks for nothing, and so learns nothing
		t.Fatal(err)
	}
	for range 2 {
		said, err := s.build()
		if err != nil {
			t.Fatal(err)
		}
		has(t, "build", said, "did not answer for 1 pictures the last time", "did not answer for 1 of 3")
		s.want("busy", "s/1.jpg", "s/2.jpg", "s/3.jpg")
	}
	s.well()
	for _, want := range []string{"did not answer for 1 pictures the last time", "up to date: generate, fetch"} {
		said, err := s.build()
		if err != nil {
			t.Fatal(err)
		}
		has(t, "well again", said, want)
	}
}

// A fetch that fails as a whole leaves the last answer standing: with the store away a build goes on as before.
func TestAFetchThatFailsAsAWhole(t *testing.T) {
	s := newShaky(t, "max_failed: 50", "1.jpg", "2.jpg", "3.jpg")
	if _, err := s.build(); err != nil {
		t.Fatal(err)
	}
	answer := func() string {
		text, err := os.ReadFile(filepath.Join(s.dir, "work", "fetch", "answer.json"))
		if err != nil || !json.Valid(text) {
			t.Fatal(err)
		}
		return string(text)
	}
	before := answer()
	s.busyFor("") // more than max_failed allows
	for _, o := range []build.FetchOptions{{}, {Only: "failed"}} {
		if said, err := s.fetch(o); (err == nil) != (o.Only != "") {
			t.Errorf("%+v: %v, %s", o, err, said)
		}
		if after := answer(); after != before {
			t.Errorf("%+v: the last answer was %s, is %s", o, before, after)
		}
		said, err := s.build()
		if err != nil {
			t.Fatal(err)
		}
		has(t, "build", said, "up to date: generate, fetch")
		s.want("down", "s/1.jpg", "s/2.jpg", "s/3.jpg")
	}
}

// What a fetch that failed has learned counts: the last answer stands only as long as it says what is.
func TestAFetchThatLearnsAndFails(t *testing.T) {
	dir := smallPictured(t, map[string]string{"there/s/1.jpg": fit(1), "there/s/2.jpg": fit(2)})
	if _, err := buildIn(t.Context(), dir, "publish", plainRun); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "there", "s", "1.jpg")); err != nil {
		t.Fatal(err)
	}
	w, err := open(dir, plainRun)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := build.Fetch(t.Context(), w, build.FetchOptions{}); err == nil {
		t.Fatal("a picture is gone, and none may fail")
	}
	if _, err := buildIn(t.Context(), dir, "publish", plainRun); err == nil {
		t.Error("the build takes no note of what fetch has learned")
	}
}
