package blobio

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/dermset/dermset/io/fileio"
)

// A Folder is a store in a file system. Nothing outside it is ever opened: links are followed inside it alone.
type Folder struct {
	dir  string
	root *os.Root

	mu    sync.Mutex      // held to sweep and to replace
	swept map[string]bool // folders that Put has looked at
}

// OpenFolder is the store in a folder, which must be there.
func OpenFolder(dir string) (*Folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Folder{dir: dir, root: root, swept: map[string]bool{}}, nil
}

// String is the path of the folder.
func (f *Folder) String() string { return f.dir }

// List walks the folder below the last slash of prefix. What is not an ordinary file, or a link to one, is yielded with
// its reason, and so is a folder that cannot be walked.
func (f *Folder) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		below := path.Dir(prefix + "x")
		if _, err := f.root.Stat(below); errors.Is(err, fs.ErrNotExist) {
			return // no objects
		}
		err := fs.WalkDir(f.root.FS(), below, func(key string, entry fs.DirEntry, err error) error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err != nil && key == "." {
				return err // the whole store
			}
			if err != nil {
				if !yield(Object{Key: key}, f.cannotWalk(key, err)) {
					return fs.SkipAll
				}
				return fs.SkipDir
			}
			if entry.IsDir() || !strings.HasPrefix(key, prefix) || isPartial(entry.Name()) {
				return nil
			}
			o, err := f.stat("list", key)
			if o.Key = key; !yield(o, err) {
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			yield(Object{}, f.fault("list", "", err))
		}
	}
}

// cannotWalk is why a folder cannot be: its name may be no part of a key, and the system says then what it likes.
func (f *Folder) cannotWalk(key string, err error) error {
	if _, bad := fileName("list", key); bad != nil {
		return bad
	}
	return f.fault("list", key, err)
}

// Stat is Store's.
func (f *Folder) Stat(_ context.Context, key string) (Object, error) { return f.stat("stat", key) }

func (f *Folder) stat(op, key string) (Object, error) {
	name, err := fileName(op, key)
	if err != nil {
		return Object{}, err
	}
	info, err := f.root.Stat(name)
	if err != nil {
		return Object{}, f.fault(op, key, err)
	}
	return told(op, key, info)
}

// told is what a file's entry says about it as an object. A file that is written to has another ETag.
func told(op, key string, info fs.FileInfo) (Object, error) {
	if err := fileio.Check(info.Mode()); err != nil {
		return Object{}, &Error{Op: op, Key: key, Reason: NotAFile, Err: err}
	}
	return Object{Key: key, Size: info.Size(), ETag: fmt.Sprintf("%x-%x", info.ModTime().UnixNano(), info.Size())}, nil
}

// fileName is the path of a key; not every key is one.
func fileName(op, key string) (string, error) {
	if err := checkKey(op, key); err != nil {
		return "", err
	}
	if !fs.ValidPath(key) || key == "." || !filepath.IsLocal(filepath.FromSlash(key)) {
		return "", &Error{Op: op, Key: key, Reason: BadKey, Err: errors.New("is no path of a file below a folder, in UTF-8")}
	}
	if isPartial(path.Base(key)) {
		return "", &Error{Op: op, Key: key, Reason: BadKey, Err: errors.New("has the name of a file that is being written")}
	}
	return filepath.FromSlash(key), nil
}

// Get reads a file once: a disk that cannot give it now will not give it a moment later.
func (f *Folder) Get(ctx context.Context, o Object, read func(io.Reader) error) (Receipt, error) {
	file, there, err := f.open("get", o.Key)
	if err != nil {
		return Receipt{Attempts: 1}, err
	}
	defer file.Close()
	if o.ETag == "" && (o.Size < 0 || o.Size == there.Size) {
		o = there
	}
	body := &fileBody{ctx: ctx, file: file}
	if err := f.unchanged(file, o); err != nil {
		return Receipt{Attempts: 1}, err
	}
	if err := read(body); err != nil && body.err == nil {
		return Receipt{Attempts: 1}, err
	}
	if body.err != nil {
		return Receipt{Attempts: 1}, f.fault("get", o.Key, body.err)
	}
	if err := f.unchanged(file, o); err != nil { // while it was read
		return Receipt{Attempts: 1}, err
	}
	if body.n != o.Size {
		return Receipt{Attempts: 1},
			&Error{Op: "get", Key: o.Key, Reason: Differs, Err: fmt.Errorf("%d bytes were read, it has %d", body.n, o.Size)}
	}
	return Receipt{o, 1}, nil
}

// open opens an ordinary file, and tells what it was before.
func (f *Folder) open(op, key string) (*os.File, Object, error) {
	there, err := f.stat(op, key) // before opening: to open a pipe is to wait for its writer
	if err != nil {
		return nil, there, err
	}
	// in case it became a pipe since
	file, err := f.root.OpenFile(filepath.FromSlash(key), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, there, f.fault(op, key, err)
	}
	return file, there, nil
}

// unchanged wants the open file to be the object.
func (f *Folder) unchanged(file *os.File, o Object) error {
	info, err := file.Stat()
	if err != nil {
		return f.fault("get", o.Key, err)
	}
	is, err := told("get", o.Key, info)
	if err == nil && is.ETag != o.ETag {
		err = &Error{Op: "get", Key: o.Key, Reason: Changed,
			Err: fmt.Errorf("its time and size are %s, were %s", is.ETag, o.ETag)}
	}
	return err
}

// A fileBody is a file as Get hands it over: without a way to copy itself past the caller, and with its own error.
type fileBody struct {
	ctx  context.Context
	file *os.File
	n    int64
	err  error
}

func (b *fileBody) Read(p []byte) (int, error) {
	if b.ctx.Err() != nil {
		b.err = context.Cause(b.ctx)
		return 0, b.err
	}
	n, err := b.file.Read(p)
	b.n += int64(n)
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

// Put writes the file aside, syncs it, and lets it appear.
func (f *Folder) Put(ctx context.Context, old Object, body *Body) (Object, error) {
	name, err := fileName("put", old.Key)
	if err != nil {
		return Object{}, err
	}
	if err := f.root.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return Object{}, f.fault("put", old.Key, err)
	}
	f.sweep(filepath.Dir(name))
	aside := filepath.Join(filepath.Dir(name), partialPrefix+rand.Text()) // several may put the same key
	if err := f.write(ctx, aside, body); err != nil {
		_ = f.root.Remove(aside) // it may never have been
		return Object{}, f.fault("put", old.Key, err)
	}
	if err := f.appear(aside, name, old); err != nil {
		_ = f.root.Remove(aside)
		if ReasonOf(err) == Changed {
			return conflict(ctx, f, old.Key, body, err)
		}
		return Object{}, err
	}
	return f.stat("put", old.Key)
}

// partialPrefix begins the names of files that are being written, before what rand.Text makes. They are no objects.
const partialPrefix = ".partial-"

func isPartial(name string) bool {
	random, is := strings.CutPrefix(name, partialPrefix)
	return is && len(random) >= 26 && strings.Trim(random, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// abandoned is after what time without a write the writer of such a file is dead.
const abandoned = time.Hour

// sweep removes, once, what dead runs have left in a folder. What cannot be removed stays, and is no object either.
func (f *Folder) sweep(dir string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.swept[dir] {
		return
	}
	f.swept[dir] = true
	entries, _ := fs.ReadDir(f.root.FS(), filepath.ToSlash(dir))
	for _, entry := range entries {
		if !isPartial(entry.Name()) {
			continue
		}
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) > abandoned {
			_ = f.root.Remove(filepath.Join(dir, entry.Name()))
		}
	}
}

// write copies the body into a new file.
func (f *Folder) write(ctx context.Context, aside string, body *Body) error {
	file, err := f.root.Create(aside)
	if err != nil {
		return err
	}
	err = body.write(ctx, file)
	return errors.Join(err, file.Sync(), file.Close())
}

// appear gives the file its name: where there must be none, by a link, which does not replace.
func (f *Folder) appear(aside, name string, old Object) error {
	if old.ETag == "" {
		err := f.root.Link(aside, name)
		if errors.Is(err, fs.ErrExist) {
			return &Error{Op: "put", Key: old.Key, Reason: Changed, Err: errors.New("something else is there already")}
		}
		if err != nil {
			return f.fault("put", old.Key, err)
		}
		return errors.Join(f.root.Remove(aside), f.syncFolder(filepath.Dir(name)))
	}
	if err := f.replace(aside, name, old); err != nil {
		return err
	}
	return f.syncFolder(filepath.Dir(name))
}

// replace puts the file in the place of old. Of several puts of this process one does;
// no file system can promise it of several processes.
func (f *Folder) replace(aside, name string, old Object) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	is, err := f.stat("put", old.Key)
	if err != nil && ReasonOf(err) != Missing {
		return err
	}
	if is.ETag != old.ETag {
		return &Error{Op: "put", Key: old.Key, Reason: Changed,
			Err: fmt.Errorf("its time and size are %q, were %q", is.ETag, old.ETag)}
	}
	if err := f.root.Rename(aside, name); err != nil {
		return f.fault("put", old.Key, err)
	}
	return nil
}

func (f *Folder) syncFolder(name string) error {
	dir, err := f.root.Open(name)
	if err != nil {
		return err
	}
	_ = dir.Sync() // some systems cannot, and need not
	return dir.Close()
}

// Same reads both.
func (f *Folder) Same(ctx context.Context, o Object, body *Body) (bool, error) {
	if o.Size != body.Size {
		return false, nil
	}
	equal := true
	_, err := f.Get(ctx, o, func(r io.Reader) error {
		own := body.reader(0, body.Size)
		equal = equalReaders(r, own)
		_, err := io.Copy(io.Discard, r)
		return errors.Join(own.err, body.steady(), err)
	})
	return err == nil && equal, err
}

func equalReaders(a, b io.Reader) bool {
	var x, y [32 << 10]byte
	for {
		n, errA := io.ReadFull(a, x[:])
		m, errB := io.ReadFull(b, y[:])
		if n != m || x != y && string(x[:n]) != string(y[:n]) {
			return false
		}
		if errA != nil || errB != nil {
			return (errA == nil) == (errB == nil)
		}
	}
}

// fault gives an error of the file system its reason.
func (f *Folder) fault(op, key string, err error) error {
	if _, ok := errors.AsType[*Error](err); ok || errors.Is(err, context.Canceled) || op == "put" && ofDisk(err) {
		return err
	}
	e := &Error{Op: op, Key: key, Reason: Refused, Err: bare(err)}
	name := filepath.FromSlash(key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Reason = Missing
		if info, err := f.root.Lstat(name); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			e.Err = errors.New("is a link to nothing")
		}
	case op == "put" &&
		(errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ENAMETOOLONG) || errors.Is(err, fs.ErrExist)):
		e.Reason = BadKey // a file where the path needs a folder, or a name that is too long
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ENAMETOOLONG):
		e.Reason = Missing
	case errors.Is(err, fs.ErrPermission):
		e.Reason = Denied
	case errors.Is(err, syscall.ELOOP):
		e.Reason, e.Err = NotAFile, errors.New("is a link in a circle")
	case key != "":
		if _, err := os.Lstat(filepath.Join(f.dir, name)); err == nil { // it is there, and the root does not go there
			e.Reason, e.Err = Outside, errors.New("is a link that leads out of the folder")
		}
	}
	return e
}

// ofDisk says whether an error of writing concerns every object.
func ofDisk(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EROFS)
}

// bare is the error without the path, which the key says.
func bare(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
