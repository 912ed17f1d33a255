package workflow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/io/factio"
)

// A Picture is a file to check.
type Picture struct {
	Name   string // as people and image_overrides.csv know it: <source>/<source_path>, or the path in the folder; empty for a blob
	Path   string // of this system
	SHA256 string // in lower-case hex, where it is known before the file is read; a file of other content is then corrupt
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
}

// Pictures in flight take at most a gigabyte, however much memory there is: more would not make the workers busier. Of it a quarter is for
// the bytes of files. A picture that needs more than its share alone runs alone.
const (
	mostInFlight = 1 << 30
	largePicture = 64 << 20 // one that took so much is given back at once, not when the collector next runs
)

// maxPictureBytes is the largest file that is read. 200 million pixels of 16 bits, not compressed, with alpha, are 1.6 GB; nobody has them.
const maxPictureBytes = 1 << 30

// Check checks all pictures and returns what it found in their order. A bad picture is a verdict and never an error; errors are a store of
// facts that cannot be written, and the end of ctx. What was found until then is kept in Facts.
func (c *Checker) Check(ctx context.Context, pictures []Picture) ([]Checked, error) {
	budget := max(1<<20, min(c.Memory, mostInFlight))
	files, decodes := newShare(budget/4), newShare(budget-budget/4)
	found := make([]Checked, len(pictures))
	work, running := errgroup.WithContext(ctx)
	work.SetLimit(max(1, c.Workers))
	for i, picture := range pictures {
		if running.Err() != nil {
			break
		}
		work.Go(func() error {
			result, size, err := c.one(running, picture, files, decodes)
			found[i] = Checked{Picture: picture, Result: result, Kept: c.Overrides.keeps(picture.Name, result.Verdict)}
			c.Progress.add("", 1, size)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	return found, ctx.Err()
}

// one checks a picture within the shares of memory. It also says how large the file is.
func (c *Checker) one(ctx context.Context, picture Picture, files, decodes share) (result images.Result, size int64, err error) {
	if known, ok := c.known(picture.SHA256); ok {
		return c.named(picture.Name, known), 0, nil
	}
	info, err := os.Stat(picture.Path)
	if err != nil {
		return missing(err), 0, nil
	}
	if err := ordinary(picture.Path, info); err != nil {
		return missing(err), 0, nil
	}
	size = info.Size()
	if size > maxPictureBytes {
		return images.Result{Verdict: images.Unsupported, Detail: fmt.Sprintf("has %d bytes, want at most %d", size, maxPictureBytes)}, size, nil
	}
	release, err := files.take(ctx, size)
	if err != nil {
		return result, size, err
	}
	defer release()
	data, err := readPicture(picture.Path, size)
	if err != nil {
		return missing(err), size, nil
	}
	sum := sha256.Sum256(data)
	name := hex.EncodeToString(sum[:])
	if picture.SHA256 != "" && picture.SHA256 != name {
		detail := fmt.Sprintf("the stored content has the SHA-256 %s, not that of its name; fetch it again", name)
		return images.Result{Verdict: images.Corrupt, Detail: detail}, size, nil
	}
	if known, ok := c.known(name); ok {
		return c.named(picture.Name, known), size, nil
	}
	result, err = c.decode(ctx, data, decodes)
	if err == nil && c.Facts != nil && !result.ByClock {
		err = c.Facts.Put(sum, factFields(result)...)
	}
	return c.named(picture.Name, result), size, err
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

// missing is the result of a file that cannot be read.
func missing(err error) images.Result {
	return images.Result{Verdict: images.Missing, Detail: err.Error()}
}

// readPicture reads a file of the size that it was planned with. One that became a pipe since, or grows, does not stop the run.
func readPicture(path string, size int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
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
func FolderPictures(ctx context.Context, folder string) (pictures []Picture, bytes int64, err error) {
	info, err := os.Stat(folder)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s: is not a folder", folder)
	}
	if err != nil {
		return nil, 0, Usage(err)
	}
	err = fs.WalkDir(os.DirFS(folder), ".", func(path string, entry fs.DirEntry, err error) error {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if path != "." && strings.HasPrefix(entry.Name(), ".") {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if entry.IsDir() {
			return nil
		}
		if info, err := entry.Info(); err == nil {
			bytes += info.Size()
		}
		pictures = append(pictures, Picture{Name: path, Path: filepath.Join(folder, filepath.FromSlash(path))})
		return nil
	})
	return pictures, bytes, err
}

// CheckPictures is the verb check: of the pictures below folder or, if that is empty, of those that were fetched and still count. What it
// finds is kept in work/facts.
func (w *Workspace) CheckPictures(ctx context.Context, folder string) ([]Checked, error) {
	if folder == "" {
		return w.checkFetched(ctx)
	}
	sources, err := w.SourceNames()
	if err != nil {
		return nil, err
	}
	overrides, err := w.readOverrides(sources)
	if err != nil {
		return nil, err
	}
	pictures, bytes, err := FolderPictures(ctx, folder)
	if err != nil {
		return nil, err
	}
	return w.checkAll(ctx, pictures, bytes, overrides)
}

// checkFetched checks the contents that fetch brought, and fetches nothing.
func (w *Workspace) checkFetched(ctx context.Context) ([]Checked, error) {
	if !w.hasPictures() {
		return nil, Usage(errors.New("dermset.yaml: images.store: is empty, so that nothing was fetched; name a folder of pictures with --images"))
	}
	b := newBuild(ctx, w)
	if err := w.begin(b); err != nil {
		return nil, err
	}
	if err := b.generated(); err != nil {
		return nil, err
	}
	pictures, bytes, err := b.fetchedContents()
	if err != nil {
		return nil, err
	}
	return w.checkAll(ctx, pictures, bytes, b.overrides)
}

// checkAll checks pictures, which have so many bytes, and keeps what it finds.
func (w *Workspace) checkAll(ctx context.Context, pictures []Picture, bytes int64, kept overrides) ([]Checked, error) {
	if err := images.Ready(); err != nil {
		return nil, fmt.Errorf("check: %w", err)
	}
	facts, err := w.openFacts()
	if err != nil {
		return nil, err
	}
	w.Progress.begin("check", "pictures", bytes)
	checker := Checker{Limits: w.limits(), Facts: facts, Overrides: kept, Workers: w.Run.Workers, Memory: w.Run.MemoryBytes, Progress: w.Progress}
	found, err := checker.Check(ctx, pictures)
	if err := errors.Join(err, facts.Close()); err != nil {
		return nil, err
	}
	w.Progress.end()
	return found, nil
}

func (w *Workspace) limits() images.Limits {
	return images.Limits{MinSide: w.Config.Images.MinSide, MaxPixels: w.Config.Images.MaxPixels}
}
