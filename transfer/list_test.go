package transfer

import (
	"context"
	"iter"
	"strings"
	"testing"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
)

// A lister lists keys as they are, whatever they are.
type lister struct {
	blobtest.Fake
	keys []string
}

func (l *lister) List(context.Context, string) iter.Seq2[blobio.Object, error] {
	return func(yield func(blobio.Object, error) bool) {
		for _, key := range l.keys {
			if !yield(blobio.Object{Key: key}, nil) {
				return
			}
		}
	}
}

// FuzzList lists any keys, a line each: every path is a key without the prefix, and a key that has another ends all.
func FuzzList(f *testing.F) {
	f.Add("a/b\na/c d", "a/")
	f.Add("a/\na/../b\n\na", "a/")
	f.Add("x", "")
	f.Fuzz(func(t *testing.T, keys, prefix string) {
		all := strings.Split(keys, "\n")
		n := 0
		for o, err := range list(t.Context(), &lister{keys: all}, prefix) {
			switch {
			case err != nil:
				if strings.HasPrefix(all[n], prefix) && all[n] != "" {
					t.Errorf("%q below %q: %v", all[n], prefix, err)
				}
			case prefix+o.path != all[n]:
				t.Errorf("%q is cut to %q", all[n], o.path)
			}
			n++
		}
	})
}
