package workflow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/io/factio"
	"github.com/dermset/dermset/transfer"
)

// A Picture is a file to check.
type Picture struct {
	Name   string // as people and image_overrides.csv know it: <source>/<source_path>, or the path in the folder
	Path   string // of this system
	SHA256 string // in lower-case hex, of a blob: one that is not there or has other content is damage of this disk; empty for other files
	Bytes  int64  // of the file, about; for the progress alone
	Failed string // why there is no file to look at: fetch could not bring it, or its folder cannot be read
}

// A Checked is what check found out about a picture.
type Checked struct {
	Picture
	images.Result
	Kept bool // a person keeps it in spite of its verdict
}

// Counts says whether the picture is one that a dataset may have.
func (c *Checked) Counts() bool { return c.Verdict == images.OK || c.Kept }

// A Checker checks pictures with what they are checked by.
type Checker struct {
	Limits    images.Limits
	Facts     *factio.Store // what is known already, by content; nil for none
	Overrides overrides
	Workers   int
	Memory    int64 // bytes of pictures in flight
	Progress  *Progress

	broken brokenBlobs
}

// brokenBlobs are those that the disk did not keep: what is wrong with them says nothing about the picture.
type brokenBlobs struct {
	mu    sync.Mutex
	n     int
	first error
}

// add notes a blob and removes it, so that the next fetch brings it again.
func (b *brokenBlobs) add(path string, why error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		why = errors.Join(why, err)
	}
	if b.n++; b.n == 1 {
		b.first = why
	}
}

func (b *brokenBlobs) err() error {
	if b.n == 0 {
		return nil
	}
	return fmt.Errorf("work/blobs: pictures that are damaged on this disk: %d, the first one %w; they were removed, and the next `dermset fetch` or `dermset build` brings them again", b.n, b.first)
}

// Pictures in flight take at most a gigabyte, however much memory there is: more would not make the workers busier. Of it a quarter is for
// the bytes of files. A picture that needs more than its share alone runs alone.
const (
	mostInFlight = 1 << 30
	largePicture = 64 << 20 // one that took so much is given back at once, not when the collector next runs
)

// together is how many pictures are checked before what was found is handed on, so that it comes in order and takes little memory.
const together = 1024

// Check checks pictures and hands what it finds to take, in their order. A bad picture is a verdict and never an error; errors are those of
// pictures and take, a store of facts that cannot be written, and the end of ctx. What was found until then is kept in Facts.
func (c *Checker) Check(ctx context.Context, pictures iter.Seq2[Picture, error], take func(*Checked) error) error {
	budget := max(1<<20, min(c.Memory, mostInFlight))
	files, decodes := newShare(budget/4), newShare(budget-budget/4)
	found := make([]Checked, 0, together)
	some := func() error {
		err := c.some(ctx, found, files, decodes)
		for i := range found {
			if err == nil {
				err = take(&found[i])
			}
		}
		found = found[:0]
		return err
	}
	for picture, err := range pictures {
		if err != nil {
			return err
		}
		if found = append(found, Checked{Picture: picture}); len(found) == together {
			if err := some(); err != nil {
				return err
			}
		}
	}
	return errors.Join(some(), c.broken.err())
}

// some checks a few pictures.
func (c *Checker) some(ctx context.Context, found []Checked, files, decodes share) error {
	work, running := errgroup.WithContext(ctx)
	work.SetLimit(max(1, c.Workers))
	for i := range found {
		if running.Err() != nil {
			break
		}
		work.Go(func() (err error) {
			f := &found[i]
			f.Result, err = c.one(running, f.Picture, files, decodes)
			f.Kept = c.Overrides.keeps(f.Name, f.Verdict)
			c.Progress.add("", 1, f.Bytes)
			return err
		})
	}
	return errors.Join(work.Wait(), ctx.Err())
}

// one checks a picture within the shares of memory.
func (c *Checker) one(ctx context.Context, picture Picture, files, decodes share) (images.Result, error) {
	if picture.Failed != "" {
		return images.Result{Verdict: images.Missing, Detail: picture.Failed}, nil
	}
	if known, ok := c.known(picture.SHA256); ok {
		return c.named(picture.Name, known), nil
	}
	info, err := os.Stat(picture.Path)
	if err == nil {
		err = ordinary(picture.Path, info)
	}
	if err != nil {
		return c.missing(picture, err), nil
	}
	size := info.Size()
	if size > transfer.MaxObject {
		return images.Result{Verdict: images.Unsupported, Detail: fmt.Sprintf("has %d bytes, want at most %d", size, transfer.MaxObject)}, nil
	}
	release, err := files.take(ctx, size)
	if err != nil {
		return images.Result{}, err
	}
	defer release()
	data, err := readPicture(picture.Path, size)
	if err != nil {
		return c.missing(picture, err), nil
	}
	sum := sha256.Sum256(data)
	name := hex.EncodeToString(sum[:])
	if picture.SHA256 != "" && picture.SHA256 != name {
		return c.missing(picture, fmt.Errorf("%s: its content has the SHA-256 %s", picture.Path, name)), nil
	}
	if known, ok := c.known(name); ok {
		return c.named(picture.Name, known), nil
	}
	result, err := c.decode(ctx, data, decodes)
	if err == nil {
		err = c.keep(sum, result)
	}
	return c.named(picture.Name, result), err
}

// keep makes a result a fact, unless it depends on the machine.
func (c *Checker) keep(key factio.Key, r images.Result) error {
	if c.Facts == nil || r.ByClock {
		return nil
	}
	return c.Facts.Put(key, factFields(r)...)
}

// decode checks the bytes of a picture. The result is as under no smallest side, which is a fact of the picture and not of the settings.
func (c *Checker) decode(ctx context.Context, data []byte, decodes share) (images.Result, error) {
	limits := images.Limits{MinSide: 1, MaxPixels: c.Limits.MaxPixels}
	memory := images.Memory(data, limits)
	release, err := decodes.take(ctx, memory)
	if err != nil {
		return images.Result{}, err
	}
	defer release()
	result := images.Check(data, limits)
	if memory >= largePicture {
		runtime.GC()
	}
	return result, nil
}

// known is what Facts have of a content, if it still says something.
func (c *Checker) known(sha string) (images.Result, bool) {
	var key factio.Key
	if n, err := hex.Decode(key[:], []byte(sha)); c.Facts == nil || err != nil || n != len(key) {
		return images.Result{}, false
	}
	fields, known := c.Facts.Get(key)
	if !known {
		return images.Result{}, false
	}
	result, err := factOf(fields)
	return result, err == nil && result.Stands(c.Limits)
}

// named is a result under the limits and under a name.
func (c *Checker) named(name string, r images.Result) images.Result {
	r = r.Under(c.Limits)
	if !images.NameFits(name, r.Format) {
		r.Warn(images.ExtensionDiffers)
	}
	return r
}

// missing is the result of a file that cannot be read. A blob can be brought again.
func (c *Checker) missing(picture Picture, err error) images.Result {
	if picture.SHA256 != "" {
		c.broken.add(picture.Path, err)
	}
	return images.Result{Verdict: images.Missing, Detail: err.Error()}
}

// readPicture reads a file of the size that it was planned with. One that became a pipe since, or grows, does not stop the run.
func readPicture(path string, size int64) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // to open a pipe must not wait for a writer
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil {
		err = ordinary(path, info)
	}
	if err != nil {
		return nil, err
	}
	data := make([]byte, size)
	n, err := io.ReadFull(file, data)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil // it became shorter: the verdict is of what is there
	}
	return data[:n], err
}

// A share is a number of bytes that pictures take from and give back.
type share struct {
	bytes int64
	*semaphore.Weighted
}

func newShare(bytes int64) share { return share{bytes, semaphore.NewWeighted(bytes)} }

// take waits until so many bytes are free; whoever needs more than there are waits for all of them.
func (s share) take(ctx context.Context, bytes int64) (release func(), err error) {
	bytes = min(bytes, s.bytes)
	if err := s.Acquire(ctx, bytes); err != nil {
		return nil, err
	}
	return func() { s.Release(bytes) }, nil
}

// FolderPictures lists the files below a folder, in bytewise order of their paths. Names that begin with a dot are left out. Anything but a
// file is listed too, and becomes a verdict; links are followed to files and not to folders.
func FolderPictures(ctx context.Context, folder string) ([]Picture, error) {
	info, err := os.Stat(folder)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s: is not a folder", folder)
	}
	if err != nil {
		return nil, Usage(err)
	}
	var pictures []Picture
	err = fs.WalkDir(os.DirFS(folder), ".", func(path string, entry fs.DirEntry, err error) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if path != "." && strings.HasPrefix(entry.Name(), ".") {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		picture := Picture{Name: path, Path: filepath.Join(folder, filepath.FromSlash(path))}
		switch {
		case err != nil && path != ".": // a folder that cannot be read; the others can
			picture.Failed = err.Error()
		case err != nil:
			return err
		case entry.IsDir():
			return nil
		}
		if info, err := entry.Info(); err == nil {
			picture.Bytes = info.Size()
		}
		pictures = append(pictures, picture)
		return nil
	})
	return pictures, err
}

// CheckPictures is the verb check: of the pictures below folder or, if that is empty, of those that were fetched and still count. What it
// finds is handed to take in order, and kept in work/facts.
func (w *Workspace) CheckPictures(ctx context.Context, folder string, take func(*Checked) error) error {
	if folder == "" {
		return w.checkFetched(ctx, take)
	}
	sources, err := w.SourceNames()
	if err != nil {
		return err
	}
	overrides, err := w.readOverrides(sources)
	if err != nil {
		return err
	}
	pictures, err := FolderPictures(ctx, folder)
	if err != nil {
		return err
	}
	facts, err := w.openFacts()
	if err != nil {
		return err
	}
	return w.checkAll(ctx, eachOf(pictures), facts, overrides, take)
}

func eachOf(pictures []Picture) iter.Seq2[Picture, error] {
	return func(yield func(Picture, error) bool) {
		for _, picture := range pictures {
			if !yield(picture, nil) {
				return
			}
		}
	}
}

// checkFetched checks the images that fetch brought, and fetches nothing.
func (w *Workspace) checkFetched(ctx context.Context, take func(*Checked) error) error {
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

// checkAll checks pictures, and closes the facts that it keeps what it finds in.
func (w *Workspace) checkAll(ctx context.Context, pictures iter.Seq2[Picture, error], facts *factio.Store, kept overrides, take func(*Checked) error) error {
	if err := images.Ready(); err != nil {
		return errors.Join(fmt.Errorf("check: %w", err), facts.Close())
	}
	bytes := int64(0)
	for picture, err := range pictures {
		if err != nil {
			return errors.Join(err, facts.Close())
		}
		bytes += picture.Bytes
	}
	w.Progress.begin("check", "pictures", bytes)
	checker := Checker{Limits: w.limits(), Facts: facts, Overrides: kept, Workers: w.Run.Workers, Memory: w.Run.MemoryBytes, Progress: w.Progress}
	err := checker.Check(ctx, pictures, take)
	if err := errors.Join(err, facts.Close()); err != nil {
		return err
	}
	w.Progress.end()
	return nil
}

func (w *Workspace) limits() images.Limits {
	return images.Limits{MinSide: w.Config.Images.MinSide, MaxPixels: w.Config.Images.MaxPixels}
}
