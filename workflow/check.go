package workflow

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/pictures"
)

// CheckPictures is the verb check: of the pictures below folder or, if that is empty, of those that were fetched and still count. What it
// finds is handed to take in order, and kept in work/facts.
func (w *Workspace) CheckPictures(ctx context.Context, folder string, take func(*pictures.Seen) error) error {
	if folder == "" {
		return w.checkFetched(ctx, take)
	}
	info, err := os.Stat(folder)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s: is not a folder", folder)
	}
	if err != nil {
		return Usage(err)
	}
	sources, err := w.SourceNames()
	if err != nil {
		return err
	}
	overrides, err := w.readOverrides(sources)
	if err != nil {
		return err
	}
	files, err := pictures.Folder(ctx, folder)
	if err != nil {
		return err
	}
	facts, err := w.openFacts()
	if err != nil {
		return err
	}
	return w.checkAll(ctx, pictures.Each(files), facts, overrides, take)
}

// checkFetched checks the images that fetch brought, and fetches nothing.
func (w *Workspace) checkFetched(ctx context.Context, take func(*pictures.Seen) error) error {
	if !w.hasPictures() {
		return Usage(errors.New("dermset.yaml: images.store: is empty, so that nothing was fetched; name a folder of pictures with --images"))
	}
	b := newBuild(ctx, w)
	if err := w.begin(b); err != nil {
		return err
	}
	if err := b.generated(); err != nil {
		return err
	}
	return b.checkWanted(take)
}

// checkAll looks at files, and closes the facts that it keeps what it finds in.
func (w *Workspace) checkAll(ctx context.Context, files iter.Seq2[pictures.File, error], facts *pictures.Facts, kept overrides, take func(*pictures.Seen) error) error {
	bytes := int64(0)
	for file, err := range files {
		if err != nil {
			return errors.Join(err, facts.Close())
		}
		bytes += file.Bytes
	}
	w.Progress.begin("check", "pictures", bytes)
	pass := pictures.Pass{
		Facts: facts, Limits: w.limits(), Workers: w.Run.Workers, Memory: w.Run.MemoryBytes,
		Kept: kept.keeps, Progress: func(bytes int64) { w.Progress.add("", 1, bytes) },
	}
	err := pass.Run(ctx, files, take)
	if err := errors.Join(err, facts.Close()); err != nil {
		return err
	}
	w.Progress.end()
	return nil
}

func (w *Workspace) limits() images.Limits {
	return images.Limits{MinSide: w.Config.Images.MinSide, MaxPixels: w.Config.Images.MaxPixels}
}
