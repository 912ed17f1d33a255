package pictures

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"iter"

	"golang.org/x/sync/errgroup"

	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/images/clean"
)

// A Copying makes the copies that are to be published and are not there.
type Copying struct {
	Copies *Copies
	// Blob gives the blob of a content, and what Check found out about it, if that is known. It is asked about those that
	// lack a copy alone, by many goroutines.
	Blob     func(content [32]byte) (blob File, r images.Result, known bool, err error)
	Limits   images.Limits
	Workers  int
	Memory   int64  // bytes of pictures in flight
	Progress func() // is told of each content, by several goroutines
}

// A Wanted is a content that is to be published.
type Wanted struct {
	Content [32]byte
	Crops   []images.Box // the parts of its upright picture that are to be published too
}

// Run makes copies of contents. What is there, as it was written, is not made again; a picture is decoded for its parts
// and where its pixels must be written anew. One whose pixels nobody can read has no copy: nobody can say what else is
// in it. Blobs that this disk damaged are removed and told at the end. What was made has then reached the disk.
func (c *Copying) Run(ctx context.Context, all iter.Seq[Wanted]) error {
	r := &copyRun{Copying: c}
	r.files, r.pixels = shares(c.Memory)
	work, running := errgroup.WithContext(ctx)
	work.SetLimit(max(1, c.Workers))
	for wanted := range all {
		if running.Err() != nil {
			break
		}
		work.Go(func() error {
			return fault.Contain(func() error {
				defer c.Progress()
				return r.one(running, wanted)
			})
		})
	}
	if err := errors.Join(work.Wait(), ctx.Err(), r.damage.err()); err != nil {
		return err
	}
	return c.Copies.sync()
}

// A copyRun is one run of a Copying.
type copyRun struct {
	*Copying
	files, pixels share
	damage        damage
}

// one makes the copies of a content that are lacking.
func (r *copyRun) one(ctx context.Context, w Wanted) error {
	copied, known := r.Copies.Of(w.Content)
	whole, boxes := known && r.Copies.here(copied), r.lacking(w)
	if whole && len(boxes) == 0 {
		return nil
	}
	blob, result, known, err := r.Blob(w.Content)
	if err != nil || known && !Decoded(result.Verdict) {
		return err
	}
	info, err := stat(blob.Path)
	if err != nil {
		return r.unread(blob, err)
	}
	release, err := r.files.take(ctx, info.Size())
	if err != nil {
		return err
	}
	defer release()
	data, _, err := readHashed(blob.Path, blob.SHA256, info.Size())
	if err != nil {
		return r.unread(blob, err)
	}
	if !known { // the disk lost what Check found out
		if result, err = r.look(ctx, data); err != nil || !Decoded(result.Verdict) {
			return err
		}
	}
	if !whole {
		err = r.clean(ctx, w.Content, data, result)
	}
	if err == nil && len(boxes) > 0 {
		err = r.cut(ctx, w.Content, data, boxes)
	}
	if err != nil {
		return fmt.Errorf("picture %s: %w", blob.SHA256, err)
	}
	return nil
}

// unread is the error of a blob that cannot be read. One that is gone or damaged is removed, and told at the end.
func (r *copyRun) unread(blob File, err error) error {
	if fault.Of(err) == fault.NotThere || errors.Is(err, errOther) {
		r.damage.add(blob.Path, err)
		return nil
	}
	return err
}

func (r *copyRun) look(ctx context.Context, data []byte) (images.Result, error) {
	release, err := r.pixels.take(ctx, images.Memory(data, r.Limits))
	if err != nil {
		return images.Result{}, err
	}
	defer release()
	result, _, done := decode(data, r.Limits)
	done()
	return result, nil
}

// lacking are the parts of a content that were not cut yet.
func (r *copyRun) lacking(w Wanted) (lacking []images.Box) {
	for _, box := range w.Crops {
		if copied, known := r.Copies.CropOf(w.Content, box); !known || !r.Copies.here(copied) {
			lacking = append(lacking, box)
		}
	}
	return lacking
}

// extensions are those that loaders of image folders know.
var extensions = map[string]string{"jpeg": ".jpg", "png": ".png", "webp": ".webp"}

func (r *copyRun) clean(ctx context.Context, content [32]byte, data []byte, result images.Result) error {
	release, err := r.pixels.take(ctx, clean.Memory(data, result))
	if err != nil {
		return err
	}
	defer release()
	copied, err := clean.Of(data, result)
	if err != nil {
		return fmt.Errorf("cannot be published: %w", err)
	}
	return r.Copies.keep(r.Copies.clean, content, copied.Data, extensions[copied.Format], copied.Rewritten)
}

// cropQuality is how well parts are kept as JPEG.
const cropQuality = 95

// cut decodes a picture and keeps parts of it, as large as they are.
func (r *copyRun) cut(ctx context.Context, content [32]byte, data []byte, boxes []images.Box) error {
	release, err := r.pixels.take(ctx, images.Memory(data, r.Limits))
	if err != nil {
		return err
	}
	defer release()
	result, stored, done := decode(data, r.Limits)
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
		if err := r.Copies.keep(r.Copies.crops, cropKey(content, box), out.Bytes(), ".jpg", ""); err != nil {
			return err
		}
	}
	return nil
}
