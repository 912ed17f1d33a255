package blobio_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
)

// To remove takes patience, says who must be asked, and never takes another object away: not at a server that does not
// know the condition either, nor one that is known by its time alone.
func TestRemove(t *testing.T) {
	for name, c := range map[string]struct {
		harm  func(w http.ResponseWriter, r *http.Request, n int) (answered bool) // of the n-th DELETE, from 1
		want  blobio.Reason
		gone  bool
		times int
	}{
		"well": {nil, "", true, 1},
		"busy": {func(w http.ResponseWriter, _ *http.Request, n int) bool {
			if n == 1 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			return n == 1
		}, "", true, 2},
		"denied": {func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			w.WriteHeader(http.StatusForbidden)
			return true
		}, blobio.Denied, false, 1},
		"no conditions": {func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if r.Header.Get("If-Match") != "" {
				w.WriteHeader(http.StatusNotImplemented)
			}
			return r.Header.Get("If-Match") != ""
		}, "", true, 2},
		"another came": {func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if r.Header.Get("If-Match") == "" {
				return false
			}
			w.WriteHeader(http.StatusPreconditionFailed)
			return true
		}, blobio.Changed, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			next, times := blobtest.Server(t), 0
			s := openAnonymous(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodDelete {
					if times++; c.harm != nil && c.harm(w, r, times) {
						return
					}
				}
				next.ServeHTTP(w, r)
			}), blobio.Options{})
			o := blobtest.Save(t, s, "a.jpg", picture)
			if err := s.Remove(t.Context(), o); blobio.ReasonOf(err) != c.want {
				t.Errorf("%v, want %q", err, c.want)
			}
			if there := len(blobtest.Listed(t, s, "")); there == 1 == c.gone || times != c.times {
				t.Errorf("%d are left after %d requests", there, times)
			}
		})
	}
}

// An answer that was lost is none about what is there: an attempt before has removed it.
func TestRemoveWhoseAnswerIsLost(t *testing.T) {
	proxy := &blobtest.Proxy{Next: blobtest.Server(t), Harm: func(r *http.Request, n int) blobtest.Fault {
		if r.Method == http.MethodDelete && n == 1 {
			return blobtest.Lost
		}
		return blobtest.None
	}}
	for name, second := range map[string]int{"as if it were there": 0, "as S3 does": http.StatusNotFound} {
		s := openAnonymous(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete && proxy.Seen()["DELETE "+r.URL.Path] == 1 && second != 0 {
				w.WriteHeader(second)
				return
			}
			proxy.ServeHTTP(w, r)
		}), blobio.Options{})
		o := blobtest.Save(t, s, name, picture)
		if err := s.Remove(t.Context(), o); err != nil || len(blobtest.Listed(t, s, "")) != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What has no ETag may be another object of the same size.
func TestRemoveWithoutAnETag(t *testing.T) {
	next := blobtest.Server(t)
	s := openAnonymous(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		maps.Copy(w.Header(), answer.Header())
		w.Header().Del("ETag")
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}), blobio.Options{})
	if _, err := s.Put(t.Context(), blobio.Object{Key: "a.jpg"}, blobio.BytesBody(picture)); err != nil {
		t.Fatal(err)
	}
	o, err := s.Stat(t.Context(), "a.jpg")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(t.Context(), o); blobio.ReasonOf(err) != blobio.Changed || len(blobtest.Listed(t, s, "")) != 1 {
		t.Errorf("%+v: %v", o, err)
	}
}
