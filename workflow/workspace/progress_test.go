package workspace

import (
	"bytes"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/transfer"
)

// A fetch shows images and bytes a second, the time that is left, and failures by cause;
// what was there before counts as done, not as speed.
func TestProgressOfAFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := NewProgress(&out, true, slog.New(slog.NewTextHandler(io.Discard, nil)))
		p.Begin("fetch", "images", 0)
		time.Sleep(10 * time.Second)
		p.Transferred(transfer.Tally{Wanted: 5000, Had: 2000, Moved: 990, MovedBytes: 60_000_000,
			Failed: map[transfer.Cause]transfer.Failures{
				{Reason: blobio.Missing}: {Objects: 7}, {Reason: blobio.Cut}: {Objects: 3},
			}})
		want := "fetch: 3,000 of 5,000 images, 99 images/s, 6.0 MB/s, 20s left; failed: 7 missing, 3 cut"
		if is := strings.TrimPrefix(out.String(), "\r\x1b[K"); is != want {
			t.Errorf("%q, want %q", is, want)
		}
	})
}
