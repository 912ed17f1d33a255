package pictures

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/images/clean"
	"github.com/dermset/dermset/io/factio"
	"github.com/dermset/dermset/io/fileio"
)

// Copies are the bytes of pictures, and of parts of them, that may be published: read-only files called by their
// SHA-256, and what each was made of. Its methods may be called from several goroutines, the ones that read also after
// Close.
//
// A file's time is made of its content, so that who writes to it, perhaps through a link in a version, shows: it is not
// there any more, and is made again.
type Copies struct {
	dir   string
	clean *factio.Store // of a content: its clean copy
	crops *factio.Store // of a content and a box

	once   sync.Once // it is said that files may not have reached the disk
	failed error     // why it could not be
}

// A Copy is a file of Copies.
type Copy struct {
	SHA256    string
	Bytes     int64
	Extension string // with its dot
	Rewritten bool   // its pixels were written anew, as PNG
}

// copyColumns are the fields of a copy.
var copyColumns = []string{"sha256", "bytes", "extension", "rewritten"}

// cropVersion names how parts are cut and written.
const cropVersion = "2"

// OpenCopies opens the copies in a folder, which is made if it is not there. Copies that were made in another way are
// left alone.
func OpenCopies(dir string) (*Copies, error) {
	c := &Copies{dir: dir}
	var err error
	name := fmt.Sprintf("pictures-%s-%s.tsv", clean.Version, images.Decoder)
	if c.clean, err = factio.Open(filepath.Join(dir, name), copyColumns...); err != nil {
		return nil, err
	}
	name = fmt.Sprintf("crops-%s-%s.tsv", cropVersion, images.Decoder)
	if c.crops, err = factio.Open(filepath.Join(dir, name), copyColumns...); err != nil {
		return nil, errors.Join(err, c.clean.Close())
	}
	return c, nil
}

// Close brings what is known of copies to the disk.
func (c *Copies) Close() error { return errors.Join(c.clean.Close(), c.crops.Close()) }

// unsynced is there while files may not have reached the disk.
func (c *Copies) unsynced() string { return filepath.Join(c.dir, "unsynced") }

// sync makes all files reach the disk, if some may not have.
func (c *Copies) sync() error {
	if _, err := os.Lstat(c.unsynced()); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := fileio.SyncAll(c.dir); err != nil {
		return err
	}
	return os.Remove(c.unsynced())
}

// Path is where the file of a copy is.
func (c *Copies) Path(copied Copy) string {
	return filepath.Join(c.dir, copied.SHA256[:2], copied.SHA256)
}

// Of is the clean copy of a content; false if it was not made yet.
func (c *Copies) Of(content [32]byte) (Copy, bool) { return get(c.clean, content) }

// CropOf is the copy of a part of a content's upright picture; false if it was not made yet.
func (c *Copies) CropOf(content [32]byte, box images.Box) (Copy, bool) {
	return get(c.crops, cropKey(content, box))
}

// cropKey is of a content and a box.
func cropKey(content [32]byte, box images.Box) factio.Key {
	key := slices.Clone(content[:])
	for _, side := range []int{box.X, box.Y, box.Width, box.Height} {
		key = binary.BigEndian.AppendUint32(key, uint32(side))
	}
	return sha256.Sum256(key)
}

func get(store *factio.Store, key factio.Key) (c Copy, known bool) {
	fields, known := store.Get(key)
	if !known {
		return c, false
	}
	size, err := strconv.ParseInt(fields[1], 10, 64)
	return Copy{fields[0], size, fields[2], fields[3] != ""}, err == nil && len(fields[0]) == 64
}

// Keep removes the files of all copies but those of these SHA-256.
func (c *Copies) Keep(files map[string]bool) error {
	folders, err := os.ReadDir(c.dir)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		copies, err := os.ReadDir(filepath.Join(c.dir, folder.Name()))
		if err != nil {
			return err
		}
		for _, file := range copies {
			if path := filepath.Join(c.dir, folder.Name(), file.Name()); !files[file.Name()] {
				if err := os.Remove(path); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// here says whether the file of a copy is there, as it was written.
func (c *Copies) here(copied Copy) bool {
	info, err := os.Lstat(c.Path(copied))
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o222 == 0 && info.Size() == copied.Bytes &&
		info.ModTime().Equal(timeOf(copied.SHA256))
}

// timeOf is the time of a file, by its SHA-256: in the years from 2000 to 2017, at a second that every file system can
// tell.
func timeOf(sum string) time.Time {
	seconds, _ := strconv.ParseInt(sum[:7], 16, 64)
	return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(seconds) * 2 * time.Second)
}

// keep writes a copy, unless it is there, and notes what it was made of: why its pixels were written anew, if they
// were.
func (c *Copies) keep(store *factio.Store, key factio.Key, data []byte, extension, rewritten string) error {
	sum := sha256.Sum256(data)
	copied := Copy{SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(data)), Extension: extension}
	if !c.here(copied) {
		if err := c.write(c.Path(copied), data, timeOf(copied.SHA256)); err != nil {
			return err
		}
	}
	return store.Put(key, copied.SHA256, strconv.FormatInt(copied.Bytes, 10), extension, rewritten)
}

// write puts a file in the place of the one that may be there, of which links keep what they had. What a dead run left
// aside, in the folder itself, is the workspace's to sweep.
func (c *Copies) write(path string, data []byte, at time.Time) error {
	c.once.Do(func() {
		var file *os.File
		if file, c.failed = fileio.OpenToWrite(c.unsynced(), os.O_WRONLY); c.failed == nil {
			c.failed = file.Close()
		}
	})
	if c.failed != nil {
		return c.failed
	}
	file, err := fileio.CreateReadOnlyAside(filepath.Join(c.dir, filepath.Base(path)))
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Chtimes(file.Name(), at, at)
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		if err = fileio.MakeFolders(filepath.Dir(path)); err == nil {
			err = os.Rename(file.Name(), path)
		}
	}
	if errors.Is(err, fs.ErrExist) { // a folder stands there
		if err = fileio.RemoveAll(path); err == nil {
			err = os.Rename(file.Name(), path)
		}
	}
	if err != nil {
		_ = os.Remove(file.Name()) // what cannot be removed now is swept at the next start
	}
	return err
}
