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

	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/fileio"
)

// A Folder is a store in a file system. Nothing outside it is ever opened: links are followed inside it alone.
type Folder struct {
	dir     string
	files   FileSystem
	escapes error // what files says of a link that leads out
	options Options

	mu    sync.Mutex      // held to replace and to remove, and for:
	left  []string        // files that List has met, and that are being written, or that a dead run has left
	tired map[string]bool // folders in which all patience was spent in vain
}

// OpenFolder is the store in a folder, which must be there.
func OpenFolder(ctx context.Context, dir string, o Options) (f *Folder, err error) {
	o.Patience = o.Patience.orDefaults()
	f = &Folder{dir: dir, options: o, tired: map[string]bool{}}
	var root *os.Root
	if _, err := persist(ctx, o, func() (err error) {
		if root, f.escapes, err = openRoot(dir); err != nil {
			return notOpened(err)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	f.files = rooted{root}
	if o.Files != nil {
		f.files = o.Files(f.files)
	}
	return f, nil
}

// String is the path of the folder.
func (f *Folder) String() string { return f.dir }

// persist is persist for one key. Where all patience was spent in vain, other keys of the same folder are tried once
// each, until one is well: a disk that is broken, or a folder that is shut, would else be waited for with every file.
func (f *Folder) persist(ctx context.Context, key string, try func() error) (attempts int, err error) {
	dir, o := path.Dir(key), f.options
	f.mu.Lock()
	if f.tired[dir] {
		o.Patience.Attempts = 1
	}
	f.mu.Unlock()
	attempts, err = persist(ctx, o, try)
	if ctx.Err() == nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		if ReasonOf(err).MayPass() && ReasonOf(err) != Differs {
			f.tired[dir] = true
		} else {
			delete(f.tired, dir)
		}
	}
	return attempts, err
}

// List walks the folder below the last slash of prefix. What is not an ordinary file, or a link to one, is yielded with
// its reason, and so is a folder that cannot be walked.
func (f *Folder) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		below := path.Dir(prefix + "x")
		_, err := f.persist(ctx, below+"/x", func() error {
			info, err := f.files.Stat(filepath.FromSlash(below))
			if err == nil && !info.IsDir() {
				return &Error{Op: "list", Reason: NotAFile, Err: fmt.Errorf("%s is a file, want a folder", below)}
			}
			return f.fault("list", "", err)
		})
		switch {
		case ReasonOf(err) == Missing && below != ".":
			return // no objects
		case err != nil && (below == "." || ctx.Err() != nil):
			yield(Object{}, err)
		case err != nil:
			yield(Object{Key: below}, err)
		default:
			f.walk(ctx, below, prefix, yield)
		}
	}
}

// walk lists a folder and those below it.
func (f *Folder) walk(ctx context.Context, dir, prefix string, yield func(Object, error) bool) (more bool) {
	var entries []fs.DirEntry
	_, err := f.persist(ctx, dir+"/x", func() (err error) {
		entries, err = f.files.ReadDir(filepath.FromSlash(dir))
		return f.fault("list", dir, err)
	})
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	switch {
	case err == nil:
	case dir == "." || ctx.Err() != nil: // the whole store, or the run
		yield(Object{}, err)
		return false
	default:
		return yield(Object{Key: dir}, f.cannotWalk(dir, err))
	}
	for _, entry := range entries {
		key := path.Join(dir, entry.Name())
		switch {
		case entry.IsDir():
			more = f.walk(ctx, key, prefix, yield)
		case isPartial(entry.Name()):
			f.mu.Lock()
			f.left = append(f.left, key)
			f.mu.Unlock()
			more = true
		case !strings.HasPrefix(key, prefix):
			more = true
		default:
			var o Object
			_, err := f.persist(ctx, key, func() (err error) {
				o, err = f.stat("list", key)
				return err
			})
			o.Key = key
			more = yield(o, err)
		}
		if !more {
			return false
		}
	}
	return true
}

// Top are the names of what is directly in the folder, folders with a slash, the first thousand at most.
func (f *Folder) Top(ctx context.Context) (names []string, err error) {
	var entries []fs.DirEntry
	_, err = f.persist(ctx, "x", func() (err error) {
		entries, err = f.files.ReadDir(".")
		return f.fault("list", "", err)
	})
	for _, entry := range entries[:min(len(entries), 1000)] {
		name := entry.Name()
		if entry.IsDir() {
			name += "/"
		}
		names = append(names, name)
	}
	return names, err
}

// cannotWalk is why a folder cannot be: its name may be no part of a key, and the system says then what it likes.
func (f *Folder) cannotWalk(key string, err error) error {
	if _, bad := fileName("list", key); bad != nil {
		return bad
	}
	return err
}

// Stat is Store's.
func (f *Folder) Stat(ctx context.Context, key string) (o Object, err error) {
	_, err = f.persist(ctx, key, func() (err error) {
		o, err = f.stat("stat", key)
		return err
	})
	return o, err
}

func (f *Folder) stat(op, key string) (Object, error) {
	name, err := fileName(op, key)
	if err != nil {
		return Object{}, err
	}
	info, err := f.files.Stat(name)
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

// Get reads a file. Its read is called anew with every attempt.
func (f *Folder) Get(ctx context.Context, o Object, read func(io.Reader) error) (got Receipt, err error) {
	got.Attempts, err = f.persist(ctx, o.Key, func() (err error) {
		got.Object, err = f.get(ctx, o, read)
		return err
	})
	return got, err
}

// get is one attempt.
func (f *Folder) get(ctx context.Context, o Object, read func(io.Reader) error) (Object, error) {
	file, there, err := f.open("get", o.Key)
	if err != nil {
		return Object{}, err
	}
	defer file.Close()
	if o.ETag == "" && (o.Size < 0 || o.Size == there.Size) {
		o = there
	}
	body := &fileBody{ctx: ctx, file: file}
	if err := f.unchanged(file, o); err != nil {
		return Object{}, err
	}
	if err := read(body); err != nil && body.err == nil {
		return Object{}, err
	}
	if body.err != nil {
		return Object{}, f.ofFile("get", o.Key, body.err)
	}
	if err := f.unchanged(file, o); err != nil { // while it was read
		return Object{}, err
	}
	if body.n != o.Size {
		return Object{},
			&Error{Op: "get", Key: o.Key, Reason: Differs, Err: fmt.Errorf("%d bytes were read, it has %d", body.n, o.Size)}
	}
	return o, nil
}

// open opens an ordinary file, and tells what it was before.
func (f *Folder) open(op, key string) (File, Object, error) {
	there, err := f.stat(op, key) // before opening: to open a pipe is to wait for its writer
	if err != nil {
		return nil, there, err
	}
	// in case it became a pipe since
	file, err := f.files.OpenFile(filepath.FromSlash(key), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, there, f.ofFile(op, key, err)
	}
	return file, there, nil
}

// ofFile is fault, where the folders on the way were entered before: what is denied now is the file.
func (f *Folder) ofFile(op, key string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return &Error{Op: op, Key: key, Reason: Denied, Err: bare(err)}
	}
	return f.fault(op, key, err)
}

// unchanged wants the open file to be the object.
func (f *Folder) unchanged(file File, o Object) error {
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
	file File
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
func (f *Folder) Put(ctx context.Context, old Object, body *Body) (o Object, err error) {
	_, err = f.persist(ctx, old.Key, func() (err error) {
		o, err = f.put(ctx, old, body)
		return err
	})
	if ReasonOf(err) == Changed {
		return conflict(ctx, f, old.Key, body, err)
	}
	return o, err
}

// put is one attempt. One that fails after the file has appeared finds it there the next time.
func (f *Folder) put(ctx context.Context, old Object, body *Body) (Object, error) {
	name, err := fileName("put", old.Key)
	if err != nil {
		return Object{}, err
	}
	if err := f.files.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return Object{}, f.fault("put", old.Key, err)
	}
	aside := partialName(filepath.Dir(name))
	if err := f.write(ctx, aside, body); err != nil {
		_ = f.files.Remove(aside) // it may never have been
		return Object{}, f.fault("put", old.Key, err)
	}
	if err := f.appear(aside, name, old); err != nil {
		_ = f.files.Remove(aside)
		return Object{}, f.fault("put", old.Key, err)
	}
	return f.stat("put", old.Key)
}

// partialPrefix begins the names of files that are being written, before what rand.Text makes. They are no objects.
const partialPrefix = ".partial-"

// partialName is one that nobody else has: several may put the same key.
func partialName(dir string) string { return filepath.Join(dir, partialPrefix+rand.Text()) }

func isPartial(name string) bool {
	random, is := strings.CutPrefix(name, partialPrefix)
	return is && len(random) >= 26 && strings.Trim(random, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// abandoned is after what time without a write the writer of such a file is dead.
const abandoned = time.Hour

// Sweep removes what dead runs have left where List has been. Who else writes to the store holds no lock of ours, so a
// file counts as left when nobody has written to it for an hour, by the clock of the store. What cannot be removed
// stays, and is no object either.
func (f *Folder) Sweep() {
	f.mu.Lock()
	left := f.left
	f.left = nil
	f.mu.Unlock()
	for _, key := range left {
		name := filepath.FromSlash(key)
		info, err := f.files.Lstat(name)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		if now, err := f.now(filepath.Dir(name)); err == nil && now.Sub(info.ModTime()) > abandoned {
			_ = f.files.Remove(name)
		}
	}
}

// now is the time of a file that is made now: a share has a clock of its own.
func (f *Folder) now(dir string) (time.Time, error) {
	name := partialName(dir)
	file, err := f.files.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return time.Time{}, err
	}
	info, err := file.Stat()
	if err := errors.Join(err, file.Close(), f.files.Remove(name)); err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}

// write copies the body into a new file.
func (f *Folder) write(ctx context.Context, aside string, body *Body) error {
	file, err := f.files.OpenFile(aside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	err = body.write(ctx, file)
	return errors.Join(err, file.Sync(), file.Close())
}

// appear gives the file its name: where there must be none, by a link, which does not replace.
func (f *Folder) appear(aside, name string, old Object) error {
	if old.ETag == "" {
		err := f.files.Link(aside, name)
		if errors.Is(err, fs.ErrExist) {
			return &Error{Op: "put", Key: old.Key, Reason: Changed, Err: errors.New("something else is there already")}
		}
		if err != nil {
			return err
		}
		_ = f.files.Remove(aside) // else it is swept, as what a dead run leaves
		return f.syncFolder(filepath.Dir(name))
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
	return f.files.Rename(aside, name)
}

// Remove looks at the file first. Nobody can promise of a file system that it is still the same then.
func (f *Folder) Remove(ctx context.Context, o Object) error {
	name, err := fileName("remove", o.Key)
	if err != nil {
		return err
	}
	tried, removed := false, false
	_, err = f.persist(ctx, o.Key, func() error {
		if !removed {
			err := f.fault("remove", o.Key, f.remove(name, o))
			if again := tried && ReasonOf(err) == Missing; err != nil && !again { // else the attempt before has removed it
				tried = true
				return err
			}
			removed = true
		}
		return f.fault("remove", o.Key, f.syncFolder(filepath.Dir(name)))
	})
	return err
}

func (f *Folder) remove(name string, o Object) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	is, err := f.stat("remove", o.Key)
	if err != nil {
		return err
	}
	if is.ETag != o.ETag {
		return &Error{Op: "remove", Key: o.Key, Reason: Changed,
			Err: fmt.Errorf("its time and size are %q, were %q", is.ETag, o.ETag)}
	}
	return f.files.Remove(name)
}

func (f *Folder) syncFolder(name string) error {
	dir, err := f.files.OpenFile(name, os.O_RDONLY, 0)
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
		own := body.reader(ctx, 0, body.Size)
		equal = equalReaders(r, own)
		_, err := io.Copy(io.Discard, r)
		return errors.Join(own.err, body.steady(ctx), err)
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

// fault gives an error of the file system its reason. Nil stays nil, and so does what has one or is not of the disk.
func (f *Folder) fault(op, key string, err error) error {
	if _, ok := errors.AsType[*Error](err); ok || err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	e := &Error{Op: op, Key: key, Reason: f.reasonOf(op, err), Err: bare(err)}
	switch {
	case e.Reason == Outside:
		e.Err = errors.New("is a link that leads out of the folder")
	case errors.Is(err, syscall.ELOOP):
		e.Err = errors.New("is a link in a circle")
	case errors.Is(err, fs.ErrNotExist):
		if info, err := f.files.Lstat(filepath.FromSlash(key)); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			e.Err = errors.New("is a link to nothing")
		}
	}
	return e
}

func (f *Folder) reasonOf(op string, err error) Reason {
	if errors.Is(err, f.escapes) {
		return Outside
	}
	if errors.Is(err, syscall.ELOOP) {
		return NotAFile
	}
	if errors.Is(err, fs.ErrPermission) {
		if op == "put" || op == "remove" {
			return Denied
		}
		return Shut
	}
	class := fault.Of(err)
	if op == "put" && (class == fault.NotThere && !errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist)) {
		return BadKey // a file where the path needs a folder, or a name that is too long
	}
	switch class {
	case fault.NotThere:
		return Missing
	case fault.MayPass:
		return Disk
	case fault.OfMachine:
		return Machine
	}
	return Refused
}
