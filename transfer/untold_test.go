package transfer

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
)

// A store that tells no ETags tells no change either: its objects are fetched each time, and others than before are
// told by their bytes.
func TestWithoutETags(t *testing.T) {
	f, g := world(3)
	f.Untold = true
	dir, key := t.TempDir(), g.Keys[1]
	for range 2 {
		if tally, err := fetchInto(t, dir, f, usual, g); err != nil || tally.Moved != 3 {
			t.Fatalf("%+v, %v", tally, err)
		}
	}
	other := []byte(strings.Replace(string(content(key)), "b", "B", 1)) // of the same size
	f.Set(key, other)
	for range 2 {
		if tally, err := fetchInto(t, dir, f, usual, g); err != nil ||
			failedFor(tally, Coming, blobio.Changed) != 1 || tally.Moved != 2 {
			t.Fatalf("%+v, %v", tally, err)
		}
	}
	if tally, err := fetchInto(t, dir, f, accepting, g); err != nil || tally.Moved != 3 {
		t.Fatalf("%+v, %v", tally, err)
	}
	if got := held(t, dir, f, g.Keys)[key]; got != string(other) {
		t.Errorf("%q", got)
	}
}

// A resized store tells another size with the same ETag.
type resized struct{ *blobtest.Fake }

func (r resized) Stat(ctx context.Context, key string) (blobio.Object, error) {
	o, err := r.Fake.Stat(ctx, key)
	o.Size++
	return o, err
}

// An ETag alone does not make an object the one that was fetched.
func TestSizeCountsToo(t *testing.T) {
	f, g := world(2)
	dir := t.TempDir()
	if _, err := fetchInto(t, dir, f, usual, g); err != nil {
		t.Fatal(err)
	}
	if tally, err := fetchInto(t, dir, resized{f}, usual, g); err != nil || tally.Had != 0 {
		t.Errorf("%+v, %v", tally, err)
	}
}

// Who may not list may read: objects are looked up one by one.
func TestListingIsDenied(t *testing.T) {
	f, g := world(3 * few)
	g.Keys = append(g.Keys, "src/none.jpg")
	f.Harm = func(op, key string, _ int) error {
		if op == "list" {
			return &blobio.Error{Op: op, Reason: blobio.Denied}
		}
		return nil
	}
	dir := t.TempDir()
	tally, err := fetchInto(t, dir, f, usual, g)
	if err != nil || tally.Moved != 3*few || failedFor(tally, Coming, blobio.Missing) != 1 {
		t.Errorf("%+v, %v", tally, err)
	}
	if diff := cmp.Diff(wantAll(g.Keys[:3*few]), held(t, dir, f, g.Keys[:3*few])); diff != "" {
		t.Error(diff)
	}
}

// A store that tells no size fills no disk.
func TestTooLargeUntold(t *testing.T) {
	f, g := world(2)
	dir := t.TempDir()
	b, err := OpenBlobs(dir, f.String())
	if err != nil {
		t.Fatal(err)
	}
	most := int64(len(content(g.Keys[0])))
	f.Set(g.Keys[1], make([]byte, most+1))
	r := newFetch(b, f, FetchOptions{Options: Options{AtOnce: 1}, Bytes: 1})
	r.most = most
	for i, reason := range []blobio.Reason{"", blobio.TooLarge} {
		out, err := r.get(t.Context(), blobio.Object{Key: g.Keys[i], Size: -1}, 0)
		if err != nil || out.entry.Reason != reason {
			t.Errorf("%+v, %v", out, err)
		}
	}
	wantArrivals(t, b, 1)
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

// A sizeless store tells no sizes.
type sizeless struct{ *blobtest.Fake }

func (s sizeless) Stat(ctx context.Context, key string) (blobio.Object, error) {
	o, err := s.Fake.Stat(ctx, key)
	o.Size = -1
	return o, err
}

// A size that is not told is no number: it counts as nothing in a dry run, and as what came in a real one.
func TestSizesUntold(t *testing.T) {
	f, g := world(2)
	dry := usual
	dry.DryRun = true
	if tally, err := fetchInto(t, t.TempDir(), sizeless{f}, dry, g); err != nil ||
		tally.Moved != 2 || tally.MovedBytes != 0 {
		t.Errorf("%+v, %v", tally, err)
	}
	if tally, err := fetchInto(t, t.TempDir(), sizeless{f}, usual, g); err != nil ||
		tally.MovedBytes != 2*int64(len(content(g.Keys[0]))) {
		t.Errorf("%+v, %v", tally, err)
	}
}
