package transfer

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
)

// wantArrivals wants that many files to be on their way.
func wantArrivals(t *testing.T, b *Blobs, want int) {
	t.Helper()
	entries, err := os.ReadDir(b.incoming())
	if err != nil || len(entries) != want {
		t.Errorf("%d files are incoming, want %d; %v", len(entries), want, err)
	}
}

// A breaking store hands over half of each object three times before the whole, which never comes of src/new.jpg.
type breaking struct{ *blobtest.Fake }

func (s breaking) Get(ctx context.Context, o blobio.Object, read func(io.Reader) error) (blobio.Receipt, error) {
	for range 3 {
		if err := read(io.MultiReader(strings.NewReader("half"), iotest.ErrReader(io.ErrUnexpectedEOF))); !errors.Is(err,
			io.ErrUnexpectedEOF) {
			return blobio.Receipt{}, err
		}
	}
	if o.Key == "src/new.jpg" {
		return blobio.Receipt{Attempts: 3}, &blobio.Error{Op: "get", Key: o.Key, Reason: blobio.Cut}
	}
	return s.Fake.Get(ctx, o, read)
}

// What did not come whole, and what came and was not wanted, leaves no file while the run is on.
func TestNothingIsLeftOver(t *testing.T) {
	f, g := world(4)
	b, err := OpenBlobs(t.TempDir(), f.String())
	if err != nil {
		t.Fatal(err)
	}
	if tally, err := Fetch(t.Context(), b, breaking{f}, just(g), usual); err != nil || tally.Moved != 4 {
		t.Fatalf("%+v, %v", tally, err)
	}
	wantArrivals(t, b, 0)
	f.Set(g.Keys[0], []byte("another picture")) // is fetched, and compared
	f.Set("src/new.jpg", []byte("new"))
	all := Group{Prefix: "src/", Keys: append(g.Keys, "src/new.jpg")}
	if tally, err := Fetch(t.Context(), b, breaking{f}, just(all), usual); err != nil ||
		failedFor(tally, Coming, blobio.Changed) != 1 || failedFor(tally, Coming, blobio.Cut) != 1 {
		t.Fatalf("%+v, %v", tally, err)
	}
	wantArrivals(t, b, 0)
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

// A group is made durable when it has enough bytes, and does not wait for more.
func TestGroupBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var watched []int64
		watch := func(tally Tally) { watched = append(watched, tally.Moved) }
		f := newFetch(nil, nil, FetchOptions{Options: Options{DryRun: true, Watch: watch}})
		done := make(chan landing)
		ended := make(chan error)
		go func() { ended <- f.commitAll(done, func(error) {}) }()
		for range 3 {
			done <- landing{state: moved, entry: Entry{Size: groupBytes/2 - 1}}
			synctest.Wait()
		}
		if len(watched) != 1 || watched[0] != 3 {
			t.Errorf("%v", watched)
		}
		close(done)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
