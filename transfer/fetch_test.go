package transfer

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/blobio"
)

// fetchInto is one whole run.
func fetchInto(t *testing.T, dir string, store blobio.Store, o FetchOptions, groups ...Group) (Tally, error) {
	t.Helper()
	open := OpenBlobs
	if o.DryRun {
		open = ReadBlobs
	}
	b, err := open(dir, store.String())
	if err != nil {
		t.Fatal(err)
	}
	tally, err := Fetch(t.Context(), b, store, just(groups...), o)
	if closeErr := b.Close(); closeErr != nil {
		t.Error(closeErr)
	}
	return tally, err
}

func TestFetchesAllOnce(t *testing.T) {
	for _, n := range []int{0, 1, few, 3 * few} { // looked up one by one, and listed
		f, g := world(n)
		dir := filepath.Join(t.TempDir(), "blobs")
		tally, err := fetchInto(t, dir, f, usual, g)
		if err != nil || tally.Moved != int64(n) || tally.Wanted != int64(n) || tally.Failures() != 0 {
			t.Fatalf("%+v, %v", tally, err)
		}
		if diff := cmp.Diff(wantAll(g.Keys), held(t, dir, f, g.Keys)); diff != "" {
			t.Error(diff)
		}
		again, err := fetchInto(t, dir, f, usual, g)
		if err != nil || again.Had != int64(n) || again.Moved != 0 || again.HadBytes != tally.MovedBytes {
			t.Errorf("again: %+v, %v", again, err)
		}
		for asked, times := range f.Seen() {
			if strings.HasPrefix(asked, "get ") && times != 1 {
				t.Errorf("%s: %d times", asked, times)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "incoming")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("incoming: %v", err)
		}
	}
}

// Equal objects are one blob.
func TestEqualObjects(t *testing.T) {
	f, g := world(10)
	for _, key := range g.Keys {
		f.Set(key, []byte("the same"))
	}
	dir := t.TempDir()
	if _, err := fetchInto(t, dir, f, usual, g); err != nil {
		t.Fatal(err)
	}
	if got := files(t, dir); len(got) != 1 {
		t.Errorf("%v", got)
	}
}

// A failed object is a line of the log; the others come; the next run tries it again.
func TestFailedObjects(t *testing.T) {
	f, g := world(3 * few)
	f.Drop(g.Keys[7])
	bad := map[string]blobio.Reason{g.Keys[1]: blobio.Denied, g.Keys[2]: blobio.Differs, g.Keys[3]: blobio.Differs}
	f.Harm = func(op, key string, _ int) error {
		if reason := bad[key]; op == "get" && reason != "" {
			return &blobio.Error{Op: op, Key: key, Reason: reason, Attempts: 10, Err: errors.New("as the test wants it")}
		}
		if op == "entry" && key == g.Keys[4] {
			return &blobio.Error{Op: op, Key: key, Reason: blobio.NotAFile}
		}
		return nil
	}
	dir := t.TempDir()
	tally, err := fetchInto(t, dir, f, usual, g)
	failure := func(reason blobio.Reason, key, detail string) Failure {
		return Failure{Cause: Cause{Coming, reason}, Path: key, Detail: detail}
	}
	want := map[Cause]Failures{
		{Coming, blobio.Denied}: {1, []Failure{failure(blobio.Denied, g.Keys[1], "as the test wants it")}},
		{Coming, blobio.Differs}: {2, []Failure{
			failure(blobio.Differs, g.Keys[2], "as the test wants it"),
			failure(blobio.Differs, g.Keys[3], "as the test wants it"),
		}},
		{Coming, blobio.Missing}:  {1, []Failure{failure(blobio.Missing, g.Keys[7], "")}},
		{Coming, blobio.NotAFile}: {1, []Failure{failure(blobio.NotAFile, g.Keys[4], "")}},
	}
	if diff := cmp.Diff(want, tally.Failed); err != nil || diff != "" || tally.Failures() != 5 {
		t.Errorf("%v %s", err, diff)
	}
	causes := []Cause{{Coming, blobio.Differs}, {Coming, blobio.Denied},
		{Coming, blobio.Missing}, {Coming, blobio.NotAFile}}
	if diff := cmp.Diff(causes, tally.Causes()); diff != "" {
		t.Error(diff)
	}
	b, err := ReadBlobs(dir, f.String())
	if err != nil {
		t.Fatal(err)
	}
	if e, _ := b.Entry(g.Keys[2]); !e.Failed() || e.Attempts != 10 || e.Reason != blobio.Differs || e.SHA256 != "" {
		t.Errorf("%+v", e)
	}
	f.Harm = nil
	f.Set(g.Keys[7], content(g.Keys[7]))
	if tally, err := fetchInto(t, dir, f, usual, g); err != nil || tally.Moved != 5 || tally.Failures() != 0 {
		t.Errorf("again: %+v, %v", tally, err)
	}
	if diff := cmp.Diff(wantAll(g.Keys), held(t, dir, f, g.Keys)); diff != "" {
		t.Error(diff)
	}
}

// An object that is another than the one fetched before fails, and goes on to fail, until it is accepted or the old one
// is back.
func TestChangedSinceFetched(t *testing.T) {
	f, g := world(3)
	dir, key := t.TempDir(), g.Keys[1]
	if _, err := fetchInto(t, dir, f, usual, g); err != nil {
		t.Fatal(err)
	}
	f.Set(key, []byte("another picture"))
	for range 2 {
		tally, err := fetchInto(t, dir, f, usual, g)
		if err != nil || failedFor(tally, Coming, blobio.Changed) != 1 || tally.Had != 2 {
			t.Fatalf("%+v, %v", tally, err)
		}
	}
	f.Set(key, content(key))
	if tally, err := fetchInto(t, dir, f, usual, g); err != nil || tally.Had != 3 {
		t.Fatalf("the old one is back: %+v, %v", tally, err)
	}
	if diff := cmp.Diff(wantAll(g.Keys), held(t, dir, f, g.Keys)); diff != "" {
		t.Error(diff)
	}
	f.Set(key, []byte("another picture"))
	if tally, err := fetchInto(t, dir, f, accepting, g); err != nil || tally.Moved != 1 {
		t.Fatalf("accepted: %+v, %v", tally, err)
	}
	if got := held(t, dir, f, g.Keys)[key]; got != "another picture" {
		t.Errorf("%q", got)
	}
}

// An object that was uploaded anew with the same bytes has not changed, whatever its ETag.
func TestSameBytesAgain(t *testing.T) {
	dir, store := t.TempDir(), t.TempDir()
	write := func() {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Join(store, "src"), 0o755),
			os.WriteFile(filepath.Join(store, "src", "a.jpg"), []byte("the same"), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	s, err := blobio.Open(t.Context(), store, blobio.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g := Group{Prefix: "src/", Keys: []string{"src/a.jpg"}}
	for run, when := range []int64{1e9, 2e9, 2e9} {
		write()
		if err := os.Chtimes(filepath.Join(store, "src", "a.jpg"), time.Time{}, time.Unix(when, 0)); err != nil {
			t.Fatal(err)
		}
		tally, err := fetchInto(t, dir, s, usual, g)
		if err != nil || tally.Failures() > 0 || tally.Had != int64(run/2) {
			t.Errorf("run %d: %+v, %v", run, tally, err)
		}
	}
}

// An object that changes between plan and fetch is not taken for the planned one, now or later.
func TestChangedSincePlanned(t *testing.T) {
	f, g := world(3)
	dir, key := t.TempDir(), g.Keys[1]
	f.Harm = func(op, k string, n int) error {
		if op == "get" && k == key && n == 1 {
			f.Set(key, []byte("another picture"))
		}
		return nil
	}
	for range 2 {
		tally, err := fetchInto(t, dir, f, usual, g)
		if err != nil || failedFor(tally, Coming, blobio.Changed) != 1 {
			t.Fatalf("%+v, %v", tally, err)
		}
	}
	if tally, err := fetchInto(t, dir, f, accepting, g); err != nil || tally.Moved != 1 {
		t.Fatalf("accepted: %+v, %v", tally, err)
	}
	// accepted, it is followed at once
	f, g = world(3)
	f.Harm = func(op, k string, n int) error {
		if op == "get" && k == key && n == 1 {
			f.Set(key, []byte("another picture"))
		}
		return nil
	}
	if tally, err := fetchInto(t, t.TempDir(), f, accepting, g); err != nil || tally.Moved != 3 {
		t.Fatalf("followed: %+v, %v", tally, err)
	}
}

// An object that was fetched and is gone from the store has failed; its blob stays.
func TestGoneSinceFetched(t *testing.T) {
	f, g := world(2)
	dir := t.TempDir()
	if _, err := fetchInto(t, dir, f, usual, g); err != nil {
		t.Fatal(err)
	}
	f.Drop(g.Keys[0])
	if tally, err := fetchInto(t, dir, f, usual, g); err != nil || failedFor(tally, Coming, blobio.Missing) != 1 {
		t.Errorf("%+v, %v", tally, err)
	}
	f.Set(g.Keys[0], content(g.Keys[0]))
	if tally, err := fetchInto(t, dir, f, usual, g); err != nil || tally.Had != 2 {
		t.Errorf("%+v, %v", tally, err)
	}
}

// What concerns every object ends the run with one error. What came before is kept.
func TestFetchWholeStoreFails(t *testing.T) {
	for _, reason := range []blobio.Reason{blobio.Credentials, blobio.NoBucket, blobio.WrongRegion, blobio.Unreachable} {
		f, g := world(3 * few)
		var mu sync.Mutex
		gets := 0
		f.Harm = func(op, key string, _ int) error {
			mu.Lock()
			defer mu.Unlock()
			if op != "get" {
				return nil
			}
			if gets++; gets > few {
				return &blobio.Error{Op: op, Key: key, Reason: reason}
			}
			return nil
		}
		dir := t.TempDir()
		tally, err := fetchInto(t, dir, f, usual, g)
		if blobio.ReasonOf(err) != reason || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", reason, err)
		}
		if got := held(t, dir, f, g.Keys); int64(len(got))-tally.Failures() != few {
			t.Errorf("%s: %d are kept", reason, len(got))
		}
	}
}

func TestListingFails(t *testing.T) {
	f, g := world(3 * few)
	f.Harm = func(op, _ string, _ int) error {
		if op == "list" {
			return &blobio.Error{Op: op, Reason: blobio.NoBucket}
		}
		return nil
	}
	if _, err := fetchInto(t, t.TempDir(), f, usual, g); blobio.ReasonOf(err) != blobio.NoBucket {
		t.Error(err)
	}
}

// One object without a connection, while others come, is one failed object.
func TestOneUnreachable(t *testing.T) {
	f, g := world(20)
	begun, came := make(chan struct{}), make(chan struct{})
	f.Harm = func(op, key string, _ int) error {
		switch {
		case op != "get":
		case key == g.Keys[0]:
			close(begun)
			<-came
			return &blobio.Error{Op: op, Key: key, Reason: blobio.Unreachable}
		case key == g.Keys[19]: // others came by now
			close(came)
		default:
			<-begun
		}
		return nil
	}
	o := usual
	o.AtOnce = 2
	tally, err := fetchInto(t, t.TempDir(), f, o, g)
	if err != nil || failedFor(tally, Coming, blobio.Unreachable) != 1 || tally.Moved != 19 {
		t.Errorf("%+v, %v", tally, err)
	}
}

// A disk that takes no more ends the run, and says so once.
func TestDiskFails(t *testing.T) {
	f, g := world(3 * few)
	dir := t.TempDir()
	f.Harm = func(op, key string, _ int) error {
		if op == "get" && key == g.Keys[200] {
			return os.RemoveAll(filepath.Join(dir, "incoming"))
		}
		return nil
	}
	_, err := fetchInto(t, dir, f, usual, g)
	if err == nil || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "mend the disk") {
		t.Errorf("%v", err)
	}
	f.Harm = nil
	if _, err := fetchInto(t, dir, f, usual, g); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(wantAll(g.Keys), held(t, dir, f, g.Keys)); diff != "" {
		t.Error(diff)
	}
	if !errors.Is(local(syscall.ENOSPC), syscall.ENOSPC) {
		t.Error("the cause is lost")
	}
}

func TestFetchDryRun(t *testing.T) {
	f, g := world(3 * few)
	f.Drop(g.Keys[0])
	dir := filepath.Join(t.TempDir(), "blobs")
	o := usual
	o.DryRun = true
	tally, err := fetchInto(t, dir, f, o, g)
	if err != nil || tally.Moved != 3*few-1 || tally.Failures() != 1 ||
		tally.MovedBytes != (3*few-1)*int64(len(content(g.Keys[0]))) {
		t.Errorf("%+v, %v", tally, err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Error("it wrote")
	}
	for asked := range f.Seen() {
		if strings.HasPrefix(asked, "get ") {
			t.Error(asked)
		}
	}
}

// Never more objects than allowed, nor more bytes, are under way.
func TestFetchBounds(t *testing.T) {
	f, g := world(60)
	sizes := map[string]int64{}
	for i, key := range g.Keys {
		data := make([]byte, 100*(i%30))
		f.Set(key, data)
		sizes[key] = int64(len(data))
	}
	f.Set(g.Keys[0], make([]byte, 5000)) // more than is allowed: alone
	sizes[g.Keys[0]] = 5000
	b := &bounded{Fake: f, sizes: sizes}
	o := FetchOptions{Options: Options{AtOnce: 5}, Bytes: 4000}
	if tally, err := fetchInto(t, t.TempDir(), b, o, g); err != nil || tally.Moved != 60 {
		t.Fatalf("%+v, %v", tally, err)
	}
	if b.mostObjects > 5 || b.mostBytes > 5000 || b.mostObjects < 2 {
		t.Errorf("%d objects, %d bytes", b.mostObjects, b.mostBytes)
	}
}

// A cancelled run keeps what came.
func TestFetchCancelled(t *testing.T) {
	f, g := world(3 * few)
	ctx, cancel := context.WithCancel(t.Context())
	f.Harm = func(op, key string, _ int) error {
		if op == "get" && key == g.Keys[150] {
			cancel()
		}
		return nil
	}
	dir := t.TempDir()
	b, err := OpenBlobs(dir, f.String())
	if err != nil {
		t.Fatal(err)
	}
	tally, err := Fetch(ctx, b, f, just(g), usual)
	if !errors.Is(err, context.Canceled) || tally.Moved == 0 || tally.Moved == 3*few {
		t.Errorf("%+v, %v", tally, err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if got := held(t, dir, f, g.Keys); int64(len(got)) != tally.Moved {
		t.Errorf("%d are kept, %d were fetched", len(got), tally.Moved)
	}
}

// What fails because the run ends says nothing of its object.
func TestCancelledIsNotFailed(t *testing.T) {
	f, g := world(3)
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("as the test wants it")
	f.Harm = func(op, key string, _ int) error {
		if op == "get" && key == g.Keys[1] {
			cancel(why)
			return &blobio.Error{Op: op, Key: key, Reason: blobio.Cut}
		}
		return nil
	}
	dir := t.TempDir()
	b, err := OpenBlobs(dir, f.String())
	if err != nil {
		t.Fatal(err)
	}
	tally, err := Fetch(ctx, b, f, just(g), FetchOptions{Options: Options{AtOnce: 1}, Bytes: 1 << 20})
	if err != why || tally.Failures() != 0 || tally.Moved != 1 {
		t.Errorf("%+v, %v", tally, err)
	}
	if _, known := b.Entry(g.Keys[1]); known {
		t.Error("it stands in the log")
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

// Only what is durable counts as fetched.
func TestTallyIsOfWhatIsDurable(t *testing.T) {
	f, g := world(20)
	dir := t.TempDir()
	b, err := OpenBlobs(dir, f.String())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.log.Close(); err != nil { // no line can be written
		t.Fatal(err)
	}
	tally, err := Fetch(t.Context(), b, f, just(g), usual)
	if err == nil || tally.Moved != 0 || !strings.Contains(err.Error(), "mend the disk") {
		t.Errorf("%+v, %v", tally, err)
	}
}

// What fails in every run in the same way stands in the log once.
func TestTheLogDoesNotGrowWithFailures(t *testing.T) {
	f, g := world(3)
	g.Keys = append(g.Keys, "src/none.jpg")
	dir := t.TempDir()
	for range 3 {
		if tally, err := fetchInto(t, dir, f, usual, g); err != nil || tally.Failures() != 1 {
			t.Fatal(tally, err)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, logName))
	if lines := strings.Count(string(text), "\n"); err != nil || lines != 4 {
		t.Errorf("%d lines, %v:\n%s", lines, err, text)
	}
}

// No picture is as large as what comes of a wrong path; it does not fill the disk.
func TestTooLarge(t *testing.T) {
	folder := t.TempDir()
	for name, size := range map[string]int64{"small": 10, "large": MaxObject + 1} {
		path := filepath.Join(folder, name)
		if err := errors.Join(os.WriteFile(path, nil, 0o644), os.Truncate(path, size)); err != nil {
			t.Fatal(err)
		}
	}
	store, err := blobio.Open(t.Context(), folder, blobio.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tally, err := fetchInto(t, t.TempDir(), store, usual, Group{Keys: []string{"small", "large"}})
	if err != nil || tally.Moved != 1 || failedFor(tally, Coming, blobio.TooLarge) != 1 {
		t.Errorf("%+v, %v", tally, err)
	}
}
