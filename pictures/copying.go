package pictures

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"io/fs"
	"iter"

	"golang.org/x/sync/errgroup"

	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/images/clean"
)

// A Copying makes the copies that are to be published and are not there.
type Copying struct {
	Copies   *Copies
	Limits   images.Limits
	Workers  int
	Memory   int64             // bytes of pictures in flight
	Progress func(bytes int64) // is told of each blob, by several goroutines
}

// A Published is a blob that is to be published.
type Published struct {
	File                 // with its SHA-256
	Result images.Result // what Check found out; its pixels were decoded
	Crops  []images.Box  // the parts of its upright picture that are to be published too
}

// Run makes copies of blobs. What is there, as it was written, is not made again; a picture is decoded for its parts
// and where its pixels must be written anew. Blobs that this disk damaged are removed and told at the end.
func (c *Copying) Run(ctx context.Context, blobs iter.Seq[Published]) error {
	var damaged damage
	files, pixels := shares(c.Memory)
	work, running := errgroup.WithContext(ctx)
	work.SetLimit(max(1, c.Workers))
	for blob := range blobs {
		if running.Err() != nil {
			break
		}
		work.Go(func() error {
			return fault.Contain(func() error {
				defer c.Progress(blob.Bytes)
				err := c.one(running, &blob, files, pixels)
				if class := fault.Of(err); err != nil && (class == fault.NotThere || errors.Is(err, errOther)) {
					damaged.add(blob.Path, err)
					return nil
				}
				if err != nil {
					return fmt.Errorf("%s: %w", blob.Name, err)
				}
				return nil
			})
		})
	}
	return errors.Join(work.Wait(), ctx.Err(), damaged.err())
}

// one makes the copies of a blob that are lacking.
func (c *Copying) one(ctx context.Context, p *Published, files, pixels share) error {
	content, is := p.Content()
	if !is {
		return &fs.PathError{Op: "publish", Path: p.Path, Err: fs.ErrInvalid}
	}
	copied, known := c.Copies.Of(content)
	whole := known && c.Copies.here(copied)
	boxes := c.lacking(content, p.Crops)
	if whole && len(boxes) == 0 {
		return nil
	}
	release, err := files.take(ctx, p.Bytes)
	if err != nil {
		return err
	}
	defer release()
	data, _, err := readHashed(p.Path, p.SHA256, p.Bytes)
	if err != nil {
		return err
	}
	if !whole {
		if err := c.clean(ctx, content, data, p.Result, pixels); err != nil {
			return err
		}
	}
	if len(boxes) == 0 {
		return nil
	}
	return c.cut(ctx, content, data, boxes, pixels)
}

// lacking are the parts of a content that were not cut yet.
func (c *Copying) lacking(content [32]byte, boxes []images.Box) (lacking []images.Box) {
	for _, box := range boxes {
		if copied, known := c.Copies.CropOf(content, box); !known || !c.Copies.here(copied) {
			lacking = append(lacking, box)
		}
	}
	return lacking
}

// extensions are those that loaders of image folders know.
var extensions = map[string]string{"jpeg": ".jpg", "png": ".png", "webp": ".webp"}

func (c *Copying) clean(ctx context.Context, content [32]byte, data []byte, r images.Result, pixels share) error {
	release, err := pixels.take(ctx, clean.Memory(data, r))
	if err != nil {
		return err
	}
	defer release()
	copied, err := clean.Of(data, r)
	if err != nil {
		return fmt.Errorf("cannot be published: %w", err)
	}
	return c.Copies.keep(c.Copies.clean, content, copied.Data, extensions[copied.Format], copied.Rewritten)
}

// cropQuality is how well parts are kept as JPEG.
const cropQuality = 95

// cut decodes a picture and keeps parts of it, as large as they are.
func (c *Copying) cut(ctx context.Context, content [32]byte, data []byte, boxes []images.Box, pixels share) error {
	limits := images.Limits{MinSide: 1, MaxPixels: c.Limits.MaxPixels}
	release, err := pixels.take(ctx, images.Memory(data, limits))
	if err != nil {
		return err
	}
	defer release()
	result, stored, done := decode(data, limits)
	defer done()
	if stored == nil {
		return fmt.Errorf("%s: %s", result.Verdict, result.Detail)
	}
	var out bytes.Buffer
	for _, box := range boxes {
		out.Reset()
		part := images.Cut(stored, result.Orientation, box)
		if err := jpeg.Encode(&out, part, &jpeg.Options{Quality: cropQuality}); err != nil {
			return err
		}
		if err := c.Copies.keep(c.Copies.crops, cropKey(content, box), out.Bytes(), ".jpg", ""); err != nil {
			return err
		}
	}
	return nil
}
