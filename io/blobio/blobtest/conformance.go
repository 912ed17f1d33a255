package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dermset/dermset/io/blobio"
)

// A Kind says in what the stores that one suite is run on may differ.
type Kind struct {
	// Open is an empty store.
	Open func(t *testing.T) blobio.Store
	// Refuses lists keys that this kind cannot hold: putting them is an error, and changes nothing else.
	Refuses []string
	// Mangles lists keys that this kind holds under others. Nobody can put that right here.
	Mangles []string
	// Trusts says that it takes bytes that do not fit the checksums sent along.
	Trusts bool
}

// keys are ordinary ones and such as people have, with what S3 itself gives no meaning: each part,
// byte and form of a letter counts.
var keys = []string{
	"plain.jpg", "a/b/c.jpg", "with space.jpg", "plus+and%20per%cent.jpg", "uml\u00e4ut.jpg", "umla\u0308ut.jpg",
	"UPPER.jpg", "upper.jpg", "quote\"'&<>.jpg", "question?mark#hash.jpg", "semi;colon:and,comma=.jpg",
	"tilde~(brackets)[]{}!*@$.jpg", "a//b.jpg", "../x.jpg", "./y.jpg", "node", "node/below.jpg", "line\nend.jpg",
	"\u65e5\u672c\u8a9e/\U0001f600.jpg", "long/" + strings.Repeat("x", 200) + "/" + strings.Repeat("y", 200) + ".jpg",
	"very/" + strings.Repeat("z", 300) + ".jpg", strings.Repeat("seven7/", 140) + "end.jpg",
}

func content(key string) []byte { return []byte("the bytes of " + key) }

// Conforms runs the suite.
func Conforms(t *testing.T, kind Kind) {
	for name, test := range map[string]func(*testing.T, blobio.Store){
		"missing": missing, "put": put, "replace": replace, "remove": remove, "changed": changed, "same": same,
		"rewritten": rewritten, "read begins anew": ownError, "empty": empty, "list": list, "cancel": cancelled,
		"bad keys": badKeys,
	} {
		t.Run(name, func(t *testing.T) { test(t, kind.Open(t)) })
	}
	t.Run("keys", func(t *testing.T) { everyKey(t, kind) })
	if !kind.Trusts {
		t.Run("expected", func(t *testing.T) { expected(t, kind.Open(t)) })
	}
}

// Load is a whole object.
func Load(t *testing.T, s blobio.Store, o blobio.Object) ([]byte, error) {
	t.Helper()
	var data []byte
	_, err := s.Get(t.Context(), o, func(r io.Reader) (err error) {
		data, err = io.ReadAll(r)
		return err
	})
	return data, err
}

// Save puts a new object.
func Save(t *testing.T, s blobio.Store, key string, data []byte) blobio.Object {
	t.Helper()
	o, err := s.Put(t.Context(), blobio.Object{Key: key}, blobio.BytesBody(data))
	if err != nil {
		t.Fatalf("put %q: %v", key, err)
	}
	return o
}

func want(t *testing.T, reason blobio.Reason, err error) {
	t.Helper()
	if is := blobio.ReasonOf(err); is != reason {
		t.Errorf("got %v, want the reason %s", err, reason)
	}
}

func missing(t *testing.T, s blobio.Store) {
	for _, key := range []string{"none.jpg", "no/such/folder.jpg"} {
		_, err := s.Stat(t.Context(), key)
		want(t, blobio.Missing, err)
		_, err = Load(t, s, blobio.Object{Key: key, Size: -1})
		want(t, blobio.Missing, err)
		_, err = Load(t, s, blobio.Object{Key: key, ETag: "0123", Size: 3})
		want(t, blobio.Missing, err)
	}
	for o, err := range s.List(t.Context(), "none/") {
		t.Errorf("lists %v, %v", o, err)
	}
}

func put(t *testing.T, s blobio.Store) {
	o := Save(t, s, "a/b.jpg", []byte("first"))
	if o.Key != "a/b.jpg" || o.Size != 5 || o.ETag == "" || strings.Contains(o.ETag, `"`) {
		t.Errorf("put says %+v", o)
	}
	there, err := s.Stat(t.Context(), "a/b.jpg")
	if err != nil || there.Size != 5 || there.ETag != o.ETag {
		t.Errorf("stat says %+v, %v; put said %+v", there, err, o)
	}
	if _, err := s.Put(t.Context(), blobio.Object{Key: "a/b.jpg"}, blobio.BytesBody([]byte("first"))); err != nil {
		t.Errorf("the same bytes again: %v", err)
	}
	_, err = s.Put(t.Context(), blobio.Object{Key: "a/b.jpg"}, blobio.BytesBody([]byte("other")))
	want(t, blobio.Changed, err)
	if data, err := Load(t, s, there); string(data) != "first" || err != nil {
		t.Errorf("holds %q, %v", data, err)
	}
}

func replace(t *testing.T, s blobio.Store) {
	first := Save(t, s, "a.jpg", []byte("first"))
	second, err := s.Put(t.Context(), first, blobio.BytesBody([]byte("second one")))
	if err != nil || second.ETag == first.ETag {
		t.Fatalf("replaced: %+v, %v", second, err)
	}
	_, err = s.Put(t.Context(), first, blobio.BytesBody([]byte("third")))
	want(t, blobio.Changed, err)
	if data, err := Load(t, s, second); string(data) != "second one" || err != nil {
		t.Errorf("holds %q, %v", data, err)
	}
}

// What is removed is the object that was meant, and no other.
func remove(t *testing.T, s blobio.Store) {
	first := Save(t, s, "a/b.jpg", []byte("first"))
	second, err := s.Put(t.Context(), first, blobio.BytesBody([]byte("second one")))
	if err != nil {
		t.Fatal(err)
	}
	want(t, blobio.Changed, s.Remove(t.Context(), first))
	if data, err := Load(t, s, second); string(data) != "second one" || err != nil {
		t.Errorf("holds %q, %v", data, err)
	}
	if err := s.Remove(t.Context(), second); err != nil {
		t.Error(err)
	}
	_, err = s.Stat(t.Context(), "a/b.jpg")
	want(t, blobio.Missing, err)
	want(t, blobio.Missing, s.Remove(t.Context(), second))
	Save(t, s, "a/b.jpg", []byte("third"))
	want(t, blobio.BadKey, s.Remove(t.Context(), blobio.Object{}))
}

func changed(t *testing.T, s blobio.Store) {
	first := Save(t, s, "a.jpg", []byte("first"))
	if _, err := s.Put(t.Context(), first, blobio.BytesBody([]byte("others"))); err != nil {
		t.Fatal(err)
	}
	for _, o := range []blobio.Object{first, {Key: "a.jpg", Size: first.Size}} {
		_, err := s.Get(t.Context(), o, func(io.Reader) error {
			t.Errorf("%+v: the bytes of another are handed over", o)
			return nil
		})
		want(t, blobio.Changed, err)
	}
	if data, err := Load(t, s, blobio.Object{Key: "a.jpg", Size: -1}); string(data) != "others" || err != nil {
		t.Errorf("without an ETag: %q, %v", data, err)
	}
}

// Equal bytes are the same, and no others: not those of equal size, and not those of another
// object that took the place.
func same(t *testing.T, s blobio.Store) {
	o := Save(t, s, "a.jpg", []byte("first"))
	for text, want := range map[string]bool{"first": true, "other": false, "more than first": false, "": false} {
		body := blobio.BytesBody([]byte(text))
		for range 2 { // sums that are known are used again
			if is, err := s.Same(t.Context(), o, body); err != nil || is != want {
				t.Errorf("%q: %v, %v", text, is, err)
			}
		}
	}
	told := blobio.BytesBody([]byte("first"))
	told.Expect(sha(t, "first"))
	if is, err := s.Same(t.Context(), o, told); err != nil || !is {
		t.Errorf("by a hash that is known: %v, %v", is, err)
	}
	gone := o
	gone.Key = "gone.jpg"
	if is, err := s.Same(t.Context(), gone, blobio.BytesBody([]byte("other"))); is {
		t.Errorf("an object that is gone: %v, %v", is, err)
	}
}

func sha(t *testing.T, text string) []byte {
	t.Helper()
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

// Bytes that do not have the hash that is expected never become an object.
func expected(t *testing.T, s blobio.Store) {
	body := blobio.BytesBody([]byte("first"))
	body.Expect(sha(t, "other"))
	if o, err := s.Put(t.Context(), blobio.Object{Key: "a.jpg"}, body); err == nil {
		t.Errorf("put %+v", o)
	}
	_, err := s.Stat(t.Context(), "a.jpg")
	want(t, blobio.Missing, err)
	body = blobio.BytesBody([]byte("first"))
	body.Expect(sha(t, "first"))
	if _, err := s.Put(t.Context(), blobio.Object{Key: "a.jpg"}, body); err != nil {
		t.Error(err)
	}
}

// A file that is written to after it was opened is refused, whether it grew, shrank or kept its size.
func rewritten(t *testing.T, s blobio.Store) {
	dir := t.TempDir()
	from, err := blobio.OpenFolder(t.Context(), dir, blobio.Options{Patience: Fast})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "a.jpg")
	for _, text := range []string{"first and more", "f", "other"} {
		if err := os.WriteFile(path, []byte("first"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, time.Unix(1e9, 0)); err != nil {
			t.Fatal(err)
		}
		body, err := from.Body(t.Context(), "a.jpg")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err = s.Put(t.Context(), blobio.Object{Key: "a.jpg"}, body)
		want(t, blobio.Rewritten, err)
		if err := body.Close(); err != nil {
			t.Error(err)
		}
	}
	_, err = s.Stat(t.Context(), "a.jpg")
	want(t, blobio.Missing, err)
}

// What read itself has to say is no fault of the store.
func ownError(t *testing.T, s blobio.Store) {
	o := Save(t, s, "a.jpg", bytes.Repeat([]byte("x"), 100_000))
	full, calls := errors.New("the disk is full"), 0
	_, err := s.Get(t.Context(), o, func(r io.Reader) error {
		calls++
		_, _ = io.ReadFull(r, make([]byte, 10))
		return full
	})
	if !errors.Is(err, full) || blobio.ReasonOf(err) != "" || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
}

func empty(t *testing.T, s blobio.Store) {
	o := Save(t, s, "empty.jpg", nil)
	if data, err := Load(t, s, o); len(data) != 0 || err != nil || o.Size != 0 {
		t.Errorf("%+v holds %q, %v", o, data, err)
	}
}

func list(t *testing.T, s blobio.Store) {
	for _, key := range []string{"a/1.jpg", "a/2.jpg", "a/deep/3.jpg", "ab/4.jpg", "b.jpg"} {
		Save(t, s, key, content(key))
	}
	for prefix, want := range map[string]string{
		"": "a/1.jpg a/2.jpg a/deep/3.jpg ab/4.jpg b.jpg", "a/": "a/1.jpg a/2.jpg a/deep/3.jpg",
		"a": "a/1.jpg a/2.jpg a/deep/3.jpg ab/4.jpg", "a/deep/3": "a/deep/3.jpg", "c": "",
	} {
		got := Listed(t, s, prefix)
		if is := strings.Join(slices.Sorted(maps.Keys(got)), " "); is != want {
			t.Errorf("%q lists %s, want %s", prefix, is, want)
		}
		for key, o := range got {
			if data, err := Load(t, s, o); !bytes.Equal(data, content(key)) || err != nil || o.Size != int64(len(data)) {
				t.Errorf("%+v holds %q, %v", o, data, err)
			}
		}
	}
	for o, err := range s.List(t.Context(), "b.jpg/") { // a file system has a file there, and says so
		if err == nil || blobio.ReasonOf(err) != blobio.NotAFile {
			t.Errorf("lists %v, %v", o, err)
		}
	}
	for range s.List(t.Context(), "") {
		break // stopping early is allowed
	}
	top, err := s.(interface {
		Top(ctx context.Context) ([]string, error)
	}).Top(t.Context())
	if slices.Sort(top); err != nil || strings.Join(top, " ") != "a/ ab/ b.jpg" {
		t.Errorf("%q, %v", top, err)
	}
}

// Listed is all that a listing without errors yields.
func Listed(t *testing.T, s blobio.Store, prefix string) map[string]blobio.Object {
	t.Helper()
	got := map[string]blobio.Object{}
	for o, err := range s.List(t.Context(), prefix) {
		if err != nil {
			t.Fatalf("list %q: %v", prefix, err)
		}
		got[o.Key] = o
	}
	return got
}

func cancelled(t *testing.T, s blobio.Store) {
	o := Save(t, s, "a.jpg", content("a.jpg"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Get(ctx, o, func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err }); !errors.Is(err,
		context.Canceled) {
		t.Errorf("get: %v", err)
	}
	if _, err := s.Put(ctx, blobio.Object{Key: "b.jpg"},
		blobio.BytesBody(content("b.jpg"))); !errors.Is(err, context.Canceled) {
		t.Errorf("put: %v", err)
	}
	var last error
	for _, err := range s.List(ctx, "") {
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("list: %v", last)
	}
}

func badKeys(t *testing.T, s blobio.Store) {
	for _, key := range []string{"", strings.Repeat("x/", 513)} {
		_, err := s.Stat(t.Context(), key)
		want(t, blobio.BadKey, err)
		_, err = Load(t, s, blobio.Object{Key: key, Size: -1})
		want(t, blobio.BadKey, err)
		_, err = s.Put(t.Context(), blobio.Object{Key: key}, blobio.BytesBody([]byte("x")))
		want(t, blobio.BadKey, err)
	}
}

// everyKey puts all keys side by side, and wants each to be the one that it is.
func everyKey(t *testing.T, kind Kind) {
	s := kind.Open(t)
	held := map[string]bool{}
	for _, key := range keys {
		if slices.Contains(kind.Mangles, key) {
			continue
		}
		if slices.Contains(kind.Refuses, key) {
			if _, err := s.Put(t.Context(), blobio.Object{Key: key}, blobio.BytesBody(content(key))); err == nil {
				t.Errorf("%q: this kind of store holds it by now; take it out of Refuses", key)
			}
			continue
		}
		held[key] = true
		Save(t, s, key, content(key))
	}
	got := Listed(t, s, "")
	for key := range held {
		o, err := s.Stat(t.Context(), key)
		if err != nil || o.Key != key {
			t.Errorf("stat %q: %+v, %v", key, o, err)
		}
		if got[key].ETag != o.ETag {
			t.Errorf("%q: listed %+v, stat %+v", key, got[key], o)
		}
		if data, err := Load(t, s, o); !bytes.Equal(data, content(key)) || err != nil {
			t.Errorf("%q holds %q, %v", key, data, err)
		}
	}
	for key := range got {
		if !held[key] {
			t.Errorf("%q is listed, and was not put", key)
		}
	}
}
