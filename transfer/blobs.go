package transfer

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/fileio"
)

// Blobs is a folder of blobs, opened for one store.
type Blobs struct {
	dir     string
	log     *journal
	open    bool // to be written to
	names   atomic.Int64
	folders map[string]bool // that are there
}

// ReadBlobs opens the folder to look things up; it need not be there. Blobs that the log tells of and that are gone, or
// have another size, are not known.
func ReadBlobs(dir, store string) (*Blobs, error) {
	if !strings.HasSuffix(store, "/") {
		store += "/"
	}
	b := &Blobs{dir: dir, folders: map[string]bool{}}
	var untold atomic.Pointer[error] // by the disk, which is not that a blob is gone
	log, err := readJournal(filepath.Join(dir, logName), store, func(e Entry) bool {
		info, err := lstat(b.Path(e.SHA256))
		if err != nil && fault.Of(err) != fault.NotThere {
			untold.Store(&err)
		}
		return err == nil && info.Size() == e.Size
	})
	b.log = log
	if why := untold.Load(); err == nil && why != nil {
		err = local(*why)
	}
	return b, err
}

// lstat is there for tests of disks that do not answer.
var lstat = os.Lstat

// LogBytes is how long the log in a folder of blobs is, and 0 where there is none: as long as it was, nothing more has
// become known.
func LogBytes(dir string) (int64, error) {
	info, err := lstat(filepath.Join(dir, logName))
	if fault.Of(err) == fault.NotThere {
		return 0, nil
	}
	if err != nil {
		return 0, local(err)
	}
	return info.Size(), nil
}

const logName = "log.jsonl"

// OpenBlobs opens the folder for Fetch, by one process at a time: it makes it if it is not there, and removes what a
// dead run left half-written.
func OpenBlobs(dir, store string) (*Blobs, error) {
	b, err := ReadBlobs(dir, store)
	if err != nil {
		return nil, err
	}
	if err := Sweep(dir); err != nil {
		return nil, err
	}
	if err := fileio.MakeFolders(b.incoming()); err != nil {
		return nil, local(err)
	}
	if err := b.log.Open(); err != nil {
		return nil, local(err)
	}
	b.open = true
	return b, nil
}

// Sweep removes what a dead run left half-written in a folder of blobs, which need not be there. Nobody else may be
// fetching into it.
func Sweep(dir string) error { return local(fileio.RemoveAll(incoming(dir))) }

func incoming(dir string) string { return filepath.Join(dir, "incoming") }

func (b *Blobs) incoming() string { return incoming(b.dir) }

// Path is where the blob of a hash in lower-case hex is.
func (b *Blobs) Path(sum string) string { return filepath.Join(b.dir, sum[:2], sum[2:4], sum) }

// Entry is what is known of the object under a key; false if nothing is. Its blob is there, and has its size.
func (b *Blobs) Entry(key string) (Entry, bool) { return b.log.entry(key) }

// Read says how many bytes of the log were read as whole lines, and how many of them are of damaged lines. Where there
// are fewer than once, or more damaged ones, nobody knows what was said of which object: an older line of it may seem
// to count.
func (b *Blobs) Read() (whole, damaged int64) { return b.log.Whole(), b.log.damaged }

// Close ends what OpenBlobs began. What is half-written is removed.
func (b *Blobs) Close() error {
	if !b.open {
		return nil
	}
	return errors.Join(b.log.Close(), Sweep(b.dir))
}

// local is an error of this machine's disk: it concerns every object.
func local(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("blobs: %w (what is durable stays: mend the disk and fetch again)", err)
}

// An arrival is an object that has come whole, in a file aside.
type arrival struct {
	path string
	size int64
	sum  [sha256.Size]byte
}

func (a arrival) hex() string { return hex.EncodeToString(a.sum[:]) }

// remove takes away what is not wanted. What cannot be removed now is swept at the next start.
func (a arrival) remove() {
	if a.path != "" {
		_ = os.Remove(a.path)
	}
}

// receive writes what body has into a file of its own; that of an earlier attempt is removed. The buffer is the
// caller's; a body that fits it costs one write.
func (b *Blobs) receive(body io.Reader, buffer []byte, earlier arrival) (arrival, error) {
	if earlier.path != "" {
		if err := os.Remove(earlier.path); err != nil {
			return earlier, local(err)
		}
	}
	a := arrival{path: filepath.Join(b.incoming(), strconv.FormatInt(b.names.Add(1), 36))}
	file, err := os.OpenFile(a.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o444)
	if err != nil {
		return arrival{}, local(err)
	}
	hash := sha256.New()
	for {
		n, readErr := fill(body, buffer)
		hash.Write(buffer[:n])
		a.size += int64(n)
		if _, err := file.Write(buffer[:n]); err != nil {
			return a, errors.Join(local(err), file.Close())
		}
		switch {
		case readErr == nil:
		case readErr == io.EOF:
			hash.Sum(a.sum[:0])
			return a, local(file.Close())
		default:
			return a, errors.Join(readErr, file.Close())
		}
	}
}

// fill reads until the buffer is full or the body ends. Unlike io.ReadFull it hands the body's own error on, which says
// whether it ended well.
func fill(body io.Reader, buffer []byte) (n int, err error) {
	for n < len(buffer) && err == nil {
		var m int
		m, err = body.Read(buffer[n:])
		n += m
	}
	return n, err
}

// settle makes arrivals durable and gives them their names. The names are on the disk when the log is: with the journal
// of the file system, or else ReadBlobs finds that they are not there.
func (b *Blobs) settle(arrivals []arrival) error {
	if len(arrivals) == 0 {
		return nil
	}
	if err := fileio.SyncAll(b.incoming()); err != nil {
		return err
	}
	for _, a := range arrivals {
		path := b.Path(a.hex())
		if folder := filepath.Dir(path); !b.folders[folder] {
			if err := fileio.MakeFolders(folder); err != nil {
				return err
			}
			b.folders[folder] = true
		}
		if err := os.Rename(a.path, path); err != nil {
			return err
		}
	}
	return nil
}
