package transfer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"sync"

	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/fileio"
)

// A Download is files of one prefix that come into one folder: the twin of a Set.
type Download struct {
	Into   *os.Root
	Prefix string // before a path it makes the key
	Files  []Expected
}

// An Expected is a file whose bytes are known before they come.
type Expected struct {
	Path   string // below the folder, with slashes
	Bytes  int64
	SHA256 [sha256.Size]byte
	Perm   fs.FileMode // that it is made with
}

// Bring brings the files that are not there yet. A file that is there is read, and stays where it has the bytes that
// are expected; any other is removed. What comes with other bytes is none of them: it has failed as blobio.Changed, and
// nothing of it stays, nor do more bytes of it than expected reach the disk. Nothing is synced: that is for who knows
// that all are there.
func (d Download) Bring(ctx context.Context, store blobio.Store, o Options) (Tally, error) {
	b := &bringer{run: newRun(store, o), Download: d,
		buffers: sync.Pool{New: func() any { return new(make([]byte, bufferBytes)) }}}
	b.tally.Wanted = int64(len(d.Files))
	all := func(context.Context) iter.Seq2[Expected, error] {
		return func(yield func(Expected, error) bool) {
			for _, f := range d.Files {
				if !yield(f, nil) {
					return
				}
			}
		}
	}
	err := each(ctx, min(b.AtOnce, len(d.Files)), all, b.file)
	return b.tally, err
}

type bringer struct {
	*run
	Download
	buffers sync.Pool // of *[]byte: one for each file that is read
}

// file is what becomes of one file. Its error is one that concerns all.
func (b *bringer) file(ctx context.Context, f Expected) error {
	buffer := b.buffers.Get().(*[]byte)
	defer b.buffers.Put(buffer)
	is, err := b.isThere(ctx, f, *buffer)
	if err != nil {
		return err
	}
	out := outcome{state: had, bytes: f.Bytes}
	if !is && b.DryRun {
		out.state = moved
	} else if !is {
		if err := b.Pace.Enter(ctx); err != nil {
			return err
		}
		since := b.went.Load()
		out.state = moved
		err := b.get(ctx, f, *buffer)
		b.Pace.Leave(err == nil)
		if err != nil {
			_ = b.Into.Remove(filepath.FromSlash(f.Path)) // else the next run finds that it is another
			if out, err = b.failure(ctx, f, err, since); err != nil {
				return err
			}
		}
	}
	b.add(out)
	return nil
}

// isThere says whether a file is there with the bytes that are expected.
func (b *bringer) isThere(ctx context.Context, f Expected, buffer []byte) (bool, error) {
	name := filepath.FromSlash(f.Path)
	info, err := b.Into.Lstat(name)
	if fault.Of(err) == fault.NotThere {
		return false, nil
	}
	if err != nil {
		return false, here(err)
	}
	if !info.Mode().IsRegular() || info.Size() != f.Bytes {
		return false, b.discard(name)
	}
	file, err := fileio.OpenIn(b.Into, name)
	if err != nil {
		return false, here(err)
	}
	defer file.Close()
	hash := sha256.New()
	for {
		n, err := fill(file, buffer)
		hash.Write(buffer[:n])
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return false, here(err)
		}
	}
	if bytes.Equal(hash.Sum(nil), f.SHA256[:]) {
		return true, nil
	}
	return false, b.discard(name)
}

func (b *bringer) discard(name string) error {
	if b.DryRun {
		return nil
	}
	return here(b.Into.RemoveAll(name))
}

// here is an error of this machine's disk: it concerns every file.
func here(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w (what has come stays: mend the disk and download again)", err)
}

// get brings a file that is not there.
func (b *bringer) get(ctx context.Context, f Expected, buffer []byte) error {
	name := filepath.FromSlash(f.Path)
	if err := here(b.Into.MkdirAll(filepath.Dir(name), 0o777)); err != nil {
		return err
	}
	key := b.Prefix + f.Path
	_, err := b.store.Get(ctx, blobio.Object{Key: key, Size: -1}, func(body io.Reader) error {
		return b.receive(f, body, buffer)
	})
	return err
}

// receive writes what body has, in place of what an earlier attempt has left.
func (b *bringer) receive(f Expected, body io.Reader, buffer []byte) error {
	name := filepath.FromSlash(f.Path)
	if err := b.Into.Remove(name); err != nil && fault.Of(err) != fault.NotThere {
		return here(err)
	}
	file, err := b.Into.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.Perm)
	if err != nil {
		return here(err)
	}
	hash, left := sha256.New(), f.Bytes
	other := func(is, want any) error {
		return getFault(b.Prefix+f.Path, blobio.Changed, fmt.Errorf("it has %v, want %v", is, want))
	}
	for {
		n, readErr := fill(body, buffer)
		if left -= int64(n); left < 0 {
			return errors.Join(other(fmt.Sprintf("more than %d bytes", f.Bytes), f.Bytes), file.Close())
		}
		hash.Write(buffer[:n])
		if _, err := file.Write(buffer[:n]); err != nil {
			return errors.Join(here(err), file.Close())
		}
		if errors.Is(readErr, io.EOF) {
			break
		}
		if readErr != nil {
			return errors.Join(readErr, file.Close())
		}
	}
	if err := file.Close(); err != nil {
		return here(err)
	}
	sum := hash.Sum(nil)
	switch {
	case left > 0:
		return other(fmt.Sprintf("%d bytes", f.Bytes-left), f.Bytes)
	case !bytes.Equal(sum, f.SHA256[:]):
		return other(fmt.Sprintf("SHA-256 %x", sum), fmt.Sprintf("%x", f.SHA256))
	}
	return nil
}

// failure is a failed file, or the error that concerns all of them.
func (b *bringer) failure(ctx context.Context, f Expected, err error, since int64) (outcome, error) {
	failing, err := b.faultOf(ctx, err, since)
	if err != nil {
		return outcome{}, err
	}
	failure := Failure{Cause: Cause{Coming, failing.Reason}, Path: f.Path}
	if failing.Err != nil {
		failure.Detail = failing.Err.Error()
	}
	return outcome{state: missed, failure: failure}, nil
}

// ReadObject is the bytes of one object; one of more than most is an error before more are read.
func ReadObject(ctx context.Context, store blobio.Store, key string, most int64) (data []byte, err error) {
	_, err = store.Get(ctx, blobio.Object{Key: key, Size: -1}, func(body io.Reader) (err error) {
		if data, err = io.ReadAll(io.LimitReader(body, most+1)); err == nil && int64(len(data)) > most {
			err = getFault(key, blobio.TooLarge, fmt.Errorf("has more than %d bytes", most))
		}
		return err
	})
	return data, err
}
