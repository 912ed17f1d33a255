package build

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/dermset/dermset/workflow/workspace"
)

// TestBatchesFitIntoMemory: whatever is asked for, a batch of every worker, and what is made of it, fits into what may
// be in flight, and that into --memory; that batches are smaller than asked for is said.
func TestBatchesFitIntoMemory(t *testing.T) {
	for _, c := range []struct {
		asked, workers int
		memory         int64
		want           int
		said           bool
	}{
		{1 << 20, 2, 1 << 34, 1 << 20, false},
		{64 << 20, 2, 1 << 34, flightBytes / 16, true},
		{64 << 20, 16, 1 << 34, flightBytes / 128, true},
		{1 << 20, 16, 1 << 34, flightBytes / 128, false},
		{1 << 20, 1024, 1 << 34, leastBatch, false},
		{1 << 20, 2, 1 << 23, 1 << 19, false},
		{500, 2, 1 << 20, 500, false},
		{500, 2, 0, 500, false}, // nothing said about memory
	} {
		var said bytes.Buffer
		w := &workspace.Workspace{Log: slog.New(slog.NewTextHandler(&said, nil)),
			Run: workspace.Resources{Workers: c.workers, BatchBytes: c.asked, MemoryBytes: c.memory}}
		b := newBuild(t.Context(), w)
		if b.batchBytes != c.want || strings.Contains(said.String(), "--batch-size") != c.said {
			t.Errorf("%+v: batches of %d bytes, said %q", c, b.batchBytes, said.String())
		}
		if s := b.engine(); s.MemoryBytes < 1 || s.MemoryBytes > flightBytes || c.memory > 0 && s.MemoryBytes > c.memory {
			t.Errorf("%+v: %d bytes may be in flight", c, s.MemoryBytes)
		}
	}
}
