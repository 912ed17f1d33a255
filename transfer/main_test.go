package transfer

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		os.Exit(child(dir, os.Getenv(childStore)))
	}
	goleak.VerifyTestMain(m)
}

// usual are options of both directions.
var usual = FetchOptions{Options: Options{AtOnce: 8}, Bytes: 1 << 20}

// accepting are the same, where changed objects are accepted.
var accepting = FetchOptions{Options: usual.Options, Bytes: usual.Bytes, AcceptChanged: true}

// world is a fake store with n objects below src/, and the group that wants them.
func world(n int) (*blobtest.Fake, Group) {
	f, g := &blobtest.Fake{}, Group{Prefix: "src/"}
	for i := range n {
		key := fmt.Sprintf("src/%04d.jpg", i)
		f.Set(key, content(key))
		g.Keys = append(g.Keys, key)
	}
	return f, g
}

func content(key string) []byte { return []byte(strings.Repeat("bytes of "+key+" ", 20)) }

// just are groups that are known already.
func just(groups ...Group) iter.Seq2[Group, error] {
	return func(yield func(Group, error) bool) {
		for _, g := range groups {
			if !yield(g, nil) {
				return
			}
		}
	}
}

// held is every key with the content of its blob; "failed: reason" for those that failed. It checks that every blob is
// what its name says.
func held(t *testing.T, dir string, store blobio.Store, keys []string) map[string]string {
	t.Helper()
	b, err := ReadBlobs(dir, store.String())
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, key := range keys {
		e, is := b.Entry(key)
		switch {
		case !is:
		case e.Failed():
			all[key] = "failed: " + string(e.Reason)
		default:
			data, err := os.ReadFile(b.Path(e.SHA256))
			if err != nil {
				t.Error(err)
			}
			if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != e.SHA256 || int64(len(data)) != e.Size {
				t.Errorf("%s: the blob %s is another", key, e.SHA256)
			}
			all[key] = string(data)
		}
	}
	return all
}

// files are the blobs of a folder, by name.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == logName {
			return err
		}
		data, err := os.ReadFile(path)
		inside, _ := filepath.Rel(dir, path)
		all[inside] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func wantAll(keys []string) map[string]string {
	all := map[string]string{}
	for _, key := range keys {
		all[key] = string(content(key))
	}
	return all
}

func write(t testing.TB, dir, path string, data []byte) {
	t.Helper()
	full := filepath.Join(dir, filepath.FromSlash(path))
	if err := errors.Join(os.MkdirAll(filepath.Dir(full), 0o755), os.WriteFile(full, data, 0o644)); err != nil {
		t.Fatal(err)
	}
}

func pathOf(i int) string { return fmt.Sprintf("%d/%04d.jpg", i%3, i) }

// folderOf is a folder with n files, and the set of them that goes below src/.
func folderOf(t testing.TB, n int) (dir string, set Set) {
	t.Helper()
	dir = t.TempDir()
	set.Prefix = "src/"
	for i := range n {
		path := pathOf(i)
		write(t, dir, path, content(path))
		set.Files = append(set.Files, File{Path: path, Row: int64(i)})
	}
	var err error
	if set.From, err = blobio.OpenFolder(t.Context(), dir, blobio.Options{Patience: blobtest.Fast}); err != nil {
		t.Fatal(err)
	}
	return dir, set
}

// objects is every object of a store with its bytes.
func objects(t testing.TB, s blobio.Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	for o, err := range s.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		body := ""
		if _, err := s.Get(t.Context(), o, func(r io.Reader) error {
			data, err := io.ReadAll(r)
			body = string(data)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		all[o.Key] = body
	}
	return all
}

func wantObjects(set Set) map[string]string {
	all := map[string]string{}
	for _, f := range set.Files {
		all[set.Prefix+f.Path] = string(content(f.Path))
	}
	return all
}

// puts is how many times objects were put.
func puts(f *blobtest.Fake) (n int) {
	for asked, times := range f.Seen() {
		if strings.HasPrefix(asked, "put ") {
			n += times
		}
	}
	return n
}

func reason(op, key string, reason blobio.Reason) error {
	return &blobio.Error{Op: op, Key: key, Reason: reason, Err: errors.New("as the test wants it")}
}

// failedFor is how many objects failed for a reason.
func failedFor(tally Tally, side Side, reason blobio.Reason) int64 {
	return tally.Failed[Cause{side, reason}].Objects
}
