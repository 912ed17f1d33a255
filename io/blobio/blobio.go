package blobio

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
)

// An Object is what a store tells of an object without its bytes.
type Object struct {
	Key  string // below the store's prefix, with slashes
	Size int64  // bytes; -1: the store does not tell
	// changes when the bytes change; without quotes. Where a store has none: of time and size. Empty:
	// it tells nothing of the kind
	ETag    string
	Version string // of a bucket that keeps versions; empty elsewhere
}

// A Receipt says what Get has handed over, and in how many attempts.
type Receipt struct {
	Object
	Attempts int
}

// A Store holds objects under keys. Its methods may be called from many goroutines.
type Store interface {
	// List yields the objects whose keys begin with prefix, in no promised order. An error beside an object with a key is
	// about that entry, which cannot be read as an object (a named pipe, a link that leads out), and the listing goes on;
	// an error beside an empty key ends it.
	List(ctx context.Context, prefix string) iter.Seq2[Object, error]
	// Stat tells what is under a key now.
	Stat(ctx context.Context, key string) (Object, error)
	// Get calls read with the bytes of an object, once for each attempt, so that read must begin anew each time it is
	// called. What it read is good only if Get then returns no error. Read must read to the end. Its own error, such as of
	// a full disk, is returned as it is, at once. The object is one of List or Stat, and any other that is there by now
	// has the reason Changed. What is not told of it (ETag, Size) may be anything.
	Get(ctx context.Context, o Object, read func(io.Reader) error) (Receipt, error)
	// Put writes body under old.Key, in place of the object old; with an empty old.ETag there must be none. Where
	// something else is there it has the reason Changed, and is left as it is. An object that is there already with these
	// bytes is no error. Bytes that do not fit the sums of body, and a file that is written to meanwhile,
	// never become an object.
	Put(ctx context.Context, old Object, body *Body) (Object, error)
	// Same says whether an object of List or Stat has the bytes of body. It goes by sums that the store keeps of the whole
	// object; where there are none it reads the object. Size alone never says yes.
	Same(ctx context.Context, o Object, body *Body) (bool, error)
	// Remove takes the object o of List or Stat away, and no other: where another is there by now it has the reason
	// Changed, where none is the reason Missing.
	Remove(ctx context.Context, o Object) error
	// String is where the store is, such as s3://bucket/prefix. It holds no secret.
	String() string
}

// Patience says how long to try. The zero value of each field is its default.
type Patience struct {
	Attempts int           // 10
	First    time.Duration // pause after the first attempt, 100 ms; it doubles with each
	Longest  time.Duration // pause, 5 s
	Idle     time.Duration // wait for a server to say or take something, 30 s
}

func (p Patience) orDefaults() Patience {
	return Patience{
		Attempts: cmp.Or(p.Attempts, 10), First: cmp.Or(p.First, 100*time.Millisecond),
		Longest: cmp.Or(p.Longest, 5*time.Second), Idle: cmp.Or(p.Idle, 30*time.Second),
	}
}

// Options of Open.
type Options struct {
	Connections int // kept open to a server, 32 if zero: how many calls there will be at once
	Patience    Patience
	// PartBytes is how large an object may be that is put in one request; a larger one goes in parts of this size, or of a
	// ten thousandth of its own if that is more. 512 MiB if zero. S3 takes 5 GB in one request,
	// and no part but the last below 5 MiB.
	PartBytes int64
	// Again, if not nil, is told the reason of every attempt that failed and is made again.
	// It is called from many goroutines.
	Again func(Reason)
	// Files, if not nil, is put between a folder and its file system: tests have faults there.
	Files func(FileSystem) FileSystem
}

// Open is the store at a URL such as s3://bucket/prefix, or the folder at a path. It makes no request. An S3 store
// takes credentials, region and endpoint from where all programs of AWS take them: environment, profile, role of the
// machine. What they do not say stands behind a question mark:
// s3://bucket/prefix?region=eu-west-1&endpoint=http://127.0.0.1:7070&path_style=true&anonymous=true&requester_pays=true.
// With an endpoint of one's own, bucket names go into the path unless path_style is false.
func Open(ctx context.Context, url string, options Options) (Store, error) {
	options.Patience = options.Patience.orDefaults()
	options.Connections, options.PartBytes = cmp.Or(options.Connections, 32), cmp.Or(options.PartBytes, 512<<20)
	place, err := parse(url)
	if err != nil {
		return nil, err
	}
	if place.folder != "" {
		return OpenFolder(ctx, place.folder, options)
	}
	return openS3(ctx, place, options)
}

// Name is a URL without its options, as Store.String gives it; a URL that Check refuses stays as it is.
func Name(url string) string {
	place, err := parse(url)
	if err != nil {
		return url
	}
	return place.String()
}

// Check says what is wrong with a URL that Open would refuse whatever is there.
func Check(url string) error {
	_, err := parse(url)
	return err
}

// IsFolder says whether a URL that Check allows is the path of a folder.
func IsFolder(url string) bool { return !strings.Contains(url, "://") }

// maxKey is how many bytes a key may have ("Naming Amazon S3 objects", S3 user guide).
const maxKey = 1024

// checkKey refuses keys that no store can hold.
func checkKey(op, key string) error {
	switch {
	case key == "":
		return &Error{Op: op, Key: key, Reason: BadKey, Err: errors.New("is empty")}
	case len(key) > maxKey:
		return &Error{Op: op, Key: key, Reason: BadKey,
			Err: fmt.Errorf("has %d bytes, a store takes %d with its prefix", len(key), maxKey)}
	}
	return nil
}

// conflict looks whether what is in the way of a Put is what was put: after an answer that was lost, it is.
func conflict(ctx context.Context, s Store, key string, body *Body, err error) (Object, error) {
	there, unsure := s.Stat(ctx, key)
	equal := false
	if unsure == nil {
		equal, unsure = s.Same(ctx, there, body)
	}
	switch reason := ReasonOf(unsure); {
	case reason.MayPass() || reason.OfStore(): // nobody knows whether it is a conflict
		return Object{}, unsure
	case unsure != nil || !equal:
		return Object{}, err
	}
	return there, nil
}
