package transfer

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
)

// A bounded store watches how much is asked of it at once.
type bounded struct {
	*blobtest.Fake
	sizes map[string]int64

	mu                     sync.Mutex
	objects, bytes         int64
	mostObjects, mostBytes int64
}

func (b *bounded) Get(ctx context.Context, o blobio.Object, read func(io.Reader) error) (blobio.Receipt, error) {
	b.change(1, b.sizes[o.Key])
	defer b.change(-1, -b.sizes[o.Key])
	time.Sleep(time.Millisecond) // so that others come beside it
	return b.Fake.Get(ctx, o, read)
}

func (b *bounded) change(objects, bytes int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.objects, b.bytes = b.objects+objects, b.bytes+bytes
	b.mostObjects, b.mostBytes = max(b.mostObjects, b.objects), max(b.mostBytes, b.bytes)
}
