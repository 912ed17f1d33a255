package transfer

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/dermset/dermset/io/blobio"
)

// strangers is how many keys a store may list that nobody asked for. One that goes on and on is not listed to its end.
var strangers = 1_000_000

// A listedObject is an object with its path below the prefix.
type listedObject struct {
	blobio.Object
	path string
}

// list lists what is below a prefix: the one place where a key is cut. An error beside an object is about that one, and
// the listing goes on; an error beside none ends it: so does a key that is not below the prefix, as it would be cut
// wrongly, and a folder that stands for the prefix itself and cannot be listed.
func list(ctx context.Context, store blobio.Store, prefix string) iter.Seq2[listedObject, error] {
	return func(yield func(listedObject, error) bool) {
		for o, err := range store.List(ctx, prefix) {
			path, below := strings.CutPrefix(o.Key, prefix)
			if err == nil && !below {
				err = &blobio.Error{Op: "list", Reason: blobio.Refused,
					Err: fmt.Errorf("the store lists the key %q below %q", o.Key, prefix)}
			}
			if !below || o.Key == "" {
				yield(listedObject{}, err)
				return
			}
			if !yield(listedObject{o, path}, err) {
				return
			}
		}
	}
}

// tooManyStrangers is the error of a listing with so many keys that nobody asked for.
func tooManyStrangers(prefix string, n int) error {
	if n <= strangers {
		return nil
	}
	return &blobio.Error{Op: "list", Reason: blobio.Refused,
		Err: fmt.Errorf("the store lists more than %d keys below %q that nobody asked for", strangers, prefix)}
}
