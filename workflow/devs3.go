package workflow

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dermset/dermset/io/blobio/gateway"
)

// devBucket is the one that a server for trying out has.
const devBucket = "pictures"

// ServeS3 runs a real S3 server on the loopback interface, with keys made for this run, until the context ends. The folders below
// work/s3 of dir are its buckets; there is one. Ready is told what programs must have in their environment, and the store's URL.
func ServeS3(ctx context.Context, dir string, ready func(environment [][2]string, store string)) error {
	program, err := gateway.Find()
	if err != nil {
		return err
	}
	data := filepath.Join(dir, "work", "s3")
	if err := os.MkdirAll(filepath.Join(data, devBucket), 0o755); err != nil {
		return err
	}
	g, err := gateway.Start(ctx, program, data)
	if err != nil {
		return fmt.Errorf("a server for trying out: %w", err)
	}
	defer g.Stop()
	ready(g.Environment(), "s3://"+devBucket)
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-g.Ended():
		return fmt.Errorf("%s ended by itself", program)
	}
}
