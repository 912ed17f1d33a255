package pictures

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
)

// damage is of blobs that the disk did not keep: what is wrong with them says nothing about the picture.
type damage struct {
	mu    sync.Mutex
	blobs int
	first error
}

// add notes a blob and removes it, so that the next fetch brings it again.
func (d *damage) add(path string, why error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		why = errors.Join(why, err)
	}
	if d.blobs++; d.blobs == 1 {
		d.first = why
	}
}

func (d *damage) err() error {
	if d.blobs == 0 {
		return nil
	}
	return fmt.Errorf("work/blobs: pictures that are damaged on this disk: %d, the first one %w; "+
		"they were removed, and the next `dermset fetch` or `dermset build` brings them again", d.blobs, d.first)
}
