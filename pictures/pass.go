package pictures

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/io/fileio"
)

// A Pass has files looked at by all lookers whose facts are open.
type Pass struct {
	Facts    *Facts // what is known is not looked at again; what is found is kept, and is the caller's to close
	Limits   images.Limits
	Workers  int
	Memory   int64                                          // bytes of pictures in flight
	Kept     func(name string, verdict images.Verdict) bool // whether a person keeps a picture in spite of its verdict
	Progress func(bytes int64)                              // is told of each file, by several goroutines
}

// A Seen is what Check found out about a file.
type Seen struct {
	File
	images.Result
	Kept bool // a person keeps it in spite of its verdict
}

// Counts says whether the picture is one that a dataset may have.
func (s *Seen) Counts() bool { return s.Verdict == images.OK || s.Kept }

// largePicture is how much memory a picture takes that is given back at once, not when the collector next runs.
const largePicture = 64 << 20

// together is how many files are looked at before what was found is handed on, so that it comes in order and takes
// little memory.
const together = 1024

// Run looks at files and hands what it finds to take, in their order; what take gets is valid until it returns. A bad
// picture is a verdict and never an error. Errors are those of files and take, facts that cannot be written, a looker
// that breaks, the end of ctx, and blobs that this disk damaged, which are removed. What was found until then is kept.
func (p *Pass) Run(ctx context.Context, files iter.Seq2[File, error], take func(*Seen) error) error {
	r := &run{Pass: p, turns: turns{taken: map[[32]byte]chan struct{}{}}}
	r.files, r.pixels = shares(p.Memory)
	return errors.Join(r.all(ctx, files, take), r.damage.err())
}

// A run is one run of a pass.
type run struct {
	*Pass
	files, pixels share
	turns         turns
	damage        damage
}

func (r *run) all(ctx context.Context, files iter.Seq2[File, error], take func(*Seen) error) error {
	seen := make([]Seen, 0, together)
	for file, err := range files {
		if err != nil {
			return err
		}
		if seen = append(seen, Seen{File: file}); len(seen) == together {
			if err := r.some(ctx, seen, take); err != nil {
				return err
			}
			seen = seen[:0]
		}
	}
	return r.some(ctx, seen, take)
}

// some looks at a few files, and hands on what it found.
func (r *run) some(ctx context.Context, seen []Seen, take func(*Seen) error) error {
	work, running := errgroup.WithContext(ctx)
	work.SetLimit(max(1, r.Workers))
	for i := range seen {
		if running.Err() != nil {
			break
		}
		work.Go(func() error {
			return fault.Contain(func() (err error) {
				s := &seen[i]
				s.Result, err = r.file(running, s.File)
				s.Kept = r.Kept(s.Name, s.Verdict)
				r.Progress(s.Bytes)
				return err
			})
		})
	}
	if err := errors.Join(work.Wait(), ctx.Err()); err != nil {
		return err
	}
	for i := range seen {
		if err := take(&seen[i]); err != nil {
			return err
		}
	}
	return nil
}

// file is what is found out about one file, under its name.
func (r *run) file(ctx context.Context, f File) (images.Result, error) {
	result, err := r.result(ctx, f)
	if !images.NameFits(f.Name, result.Format) {
		result.Warn(images.ExtensionDiffers)
	}
	return result, err
}

// result reads a file within its share of memory, unless all that is asked is known of a blob with its hash.
func (r *run) result(ctx context.Context, f File) (images.Result, error) {
	if f.Failed != "" {
		if f.Gone {
			return images.Result{Verdict: images.Missing, Detail: f.Failed}, nil
		}
		return images.Result{Verdict: images.NotFetched, Detail: f.Failed}, nil
	}
	if content, is := f.Content(); is {
		if result, known, err := r.known(&f, content); known || err != nil {
			return result, err
		}
	}
	info, err := stat(f.Path)
	if err != nil {
		return r.unread(f, err)
	}
	size := info.Size()
	if size > mostBytes {
		detail := fmt.Sprintf("has %d bytes, want at most %d", size, mostBytes)
		return images.Result{Verdict: images.Unsupported, Detail: detail}, nil
	}
	release, err := r.files.take(ctx, size+f.Mask.bytes())
	if err != nil {
		return images.Result{}, err
	}
	defer release()
	data, content, err := readHashed(f.Path, f.SHA256, size)
	if err != nil {
		return r.unread(f, err)
	}
	p := &Picture{File: &f, Content: content}
	if f.Mask.here() {
		if p.mask, _, err = readHashed(f.Mask.Path, f.Mask.SHA256, f.Mask.bytes()); err != nil {
			return r.unread(File{Name: f.Name, Path: f.Mask.Path, SHA256: f.Mask.SHA256}, err)
		}
	}
	return r.ofContent(ctx, p, data)
}

// Load decodes a blob, with its mask at hand, for who looks at a few pictures himself. That its pixels are not all
// there is an error. Nobody may look at it after release.
func Load(f *File, limits images.Limits) (p *Picture, release func(), err error) {
	if f.Failed != "" {
		return nil, nil, fmt.Errorf("%s: %s", f.Name, f.Failed)
	}
	data, content, err := readHashed(f.Path, f.SHA256, f.Bytes)
	if err != nil {
		return nil, nil, err
	}
	p = &Picture{File: f, Content: content}
	if f.Mask.here() {
		if p.mask, _, err = readHashed(f.Mask.Path, f.Mask.SHA256, f.Mask.Bytes); err != nil {
			return nil, nil, err
		}
	}
	if p.Result, p.Stored, release = decode(data, limits); p.Stored == nil {
		return nil, nil, fmt.Errorf("%s: %s: %s", f.Name, p.Verdict, p.Detail)
	}
	return p, release, nil
}

// errOther is what is wrong with a blob that has not the content that its name tells.
var errOther = errors.New("its content has the SHA-256")

// readHashed reads a file and its SHA-256, which must be the one that is wanted, if one is.
func readHashed(path, want string, size int64) (data []byte, content [32]byte, err error) {
	if data, err = read(path, size); err != nil {
		return nil, content, err
	}
	content = sha256.Sum256(data)
	if sum := hex.EncodeToString(content[:]); want != "" && want != sum {
		return nil, content, fmt.Errorf("%s: %w %s", path, errOther, sum)
	}
	return data, content, nil
}

// known is what Check found out about a file with a content, if no looker has to look at it.
func (r *run) known(f *File, content [32]byte) (result images.Result, known bool, err error) {
	if result, known = r.Facts.Result(content, r.Limits); known {
		known, err = r.Facts.complete(f, content, result)
	}
	return result, known, err
}

// ofContent has the lookers look at a picture whose bytes are data, unless one of them has meanwhile.
func (r *run) ofContent(ctx context.Context, p *Picture, data []byte) (images.Result, error) {
	done, err := r.turns.take(ctx, p.Content)
	if err != nil {
		return images.Result{}, err
	}
	defer done()
	if result, known, err := r.known(p.File, p.Content); known || err != nil {
		return result, err
	}
	limits := images.Limits{MinSide: 1, MaxPixels: r.Limits.MaxPixels} // no smallest side: that is no fact of it
	memory := images.Memory(data, limits) + images.Memory(p.mask, maskLimits)
	release, err := r.pixels.take(ctx, memory)
	if err != nil {
		return images.Result{}, err
	}
	defer release()
	result, err := r.look(p, data, limits)
	if memory >= largePicture {
		runtime.GC()
	}
	if fact, is := r.Facts.Result(p.Content, r.Limits); is {
		result = fact // which counts, also if decoding for another looker took too long this time
	}
	return result, err
}

// decode is there for tests that count.
var decode = images.Decode

// look decodes a content, and has the lookers look that do not know it.
func (r *run) look(p *Picture, data []byte, limits images.Limits) (images.Result, error) {
	var release func()
	p.Result, p.Stored, release = decode(data, limits)
	defer release()
	defer func() { p.small.Free() }()
	return p.Result.Under(r.Limits), r.Facts.learn(p, r.Limits)
}

// stat is there for tests of disks that do not answer.
var stat = fileio.Stat

// unread is the result of a file that cannot be read. A disk that does not answer says nothing of it: of a blob, which
// was there, that ends the run.
func (r *run) unread(f File, err error) (images.Result, error) {
	class := fault.Of(err)
	switch {
	case class == fault.OfMachine, f.SHA256 != "" && (class == fault.MayPass || errors.Is(err, fs.ErrPermission)):
		return images.Result{}, err
	case class == fault.MayPass, errors.Is(err, fs.ErrPermission):
		return images.Result{Verdict: images.NotFetched, Detail: err.Error()}, nil
	}
	return r.missing(f, err), nil
}

// missing is the result of a file that is not there, or is none. A blob can be brought again.
func (r *run) missing(f File, err error) images.Result {
	if f.SHA256 != "" {
		r.damage.add(f.Path, err)
	}
	return images.Result{Verdict: images.Missing, Detail: err.Error()}
}
