package fileio

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unicode/utf8"
)

// Stat is os.Stat for an ordinary file.
func Stat(path string) (fs.FileInfo, error) { return checked(path, os.Stat) }

// Open opens an ordinary file for reading.
func Open(path string) (*os.File, error) {
	if _, err := Stat(path); err != nil { // before opening: to open a pipe is to wait for its writer
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	return ordinary(path, file, err)
}

// ordinary is a file that was opened, in case it became a pipe since.
func ordinary(path string, file *os.File, err error) (*os.File, error) {
	if err != nil {
		return nil, err
	}
	if _, err := checked(path, func(string) (fs.FileInfo, error) { return file.Stat() }); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// OpenIn opens an ordinary file of a folder for reading. A link that leads out of it is an error.
func OpenIn(root *os.Root, name string) (*os.File, error) {
	path := filepath.Join(root.Name(), name)
	if _, err := checked(path, func(string) (fs.FileInfo, error) { return root.Stat(name) }); err != nil {
		return nil, err
	}
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	return ordinary(path, file, err)
}

// OpenFolder opens a folder. What else stands there is not waited for, and is an error when it is listed or synced.
func OpenFolder(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// OpenRoot is os.OpenRoot, which waits for the writer of a pipe.
func OpenRoot(path string) (*os.Root, error) {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: syscall.ENOTDIR}
	}
	return os.OpenRoot(path)
}

// RemoveAll is os.RemoveAll, which waits for the writer of a pipe in the place of the folder above, and leaves folders
// that nobody may write to.
func RemoveAll(path string) error {
	if above, err := os.Stat(filepath.Dir(path)); err == nil && !above.IsDir() {
		return &fs.PathError{Op: "remove", Path: path, Err: syscall.ENOTDIR}
	}
	err := os.RemoveAll(path)
	if errors.Is(err, fs.ErrPermission) && makeWritable(path) {
		return os.RemoveAll(path)
	}
	return err
}

// makeWritable gives the right to write to read-only folders below a path, and says whether there were any.
func makeWritable(path string) (some bool) {
	_ = filepath.WalkDir(path, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil && info.Mode()&0o200 == 0 && os.Chmod(path, info.Mode().Perm()|0o200) == nil {
			some = true
		}
		return nil
	})
	return some
}

// FS is what is in a folder, for listing and globbing. Unlike that of os.Root it waits for no pipe.
func FS(root *os.Root) fs.StatFS { return inside{root} }

type inside struct{ root *os.Root }

func (i inside) Stat(name string) (fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrInvalid}
	}
	return i.root.Stat(filepath.FromSlash(name))
}

func (i inside) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	file, err := i.root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err // a nil *os.File would be a File
	}
	return file, nil
}

func checked(path string, stat func(path string) (fs.FileInfo, error)) (fs.FileInfo, error) {
	info, err := stat(path)
	if err != nil {
		return nil, err
	}
	if err := Check(info.Mode()); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return info, nil
}

// Read reads an ordinary file.
func Read(path string) ([]byte, error) { return ReadUpTo(path, math.MaxInt64-1) }

// ReadUpTo reads an ordinary file; one of more than most bytes is an error.
func ReadUpTo(path string, most int64) ([]byte, error) {
	file, err := Open(path)
	return readAll(path, file, most, err)
}

// ReadIn is ReadUpTo for a file of a folder.
func ReadIn(root *os.Root, name string, most int64) ([]byte, error) {
	file, err := OpenIn(root, name)
	return readAll(filepath.Join(root.Name(), name), file, most, err)
}

func readAll(path string, file *os.File, most int64, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(data)) > most {
		return nil, fmt.Errorf("%s: is too large: %d bytes are allowed", path, most)
	}
	return data, err
}

// Hash is the SHA-256, in hex, and the size of an ordinary file. Also, which something else is asked about in the same
// reading, gets every byte of it.
func Hash(path string, also io.Writer) (sum string, size int64, err error) {
	hash := sha256.New()
	size, err = CopyTo(io.MultiWriter(hash, also), path)
	return hex.EncodeToString(hash.Sum(nil)), size, err
}

// CopyTo writes an ordinary file to w.
func CopyTo(w io.Writer, path string) (size int64, err error) {
	file, err := Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	return io.CopyBuffer(w, onlyReader{file}, make([]byte, 256<<10))
}

// onlyReader hides that a file would rather copy itself, 32 KiB at a time.
type onlyReader struct{ io.Reader }

// Create makes a file to write to. What is there already, be it a link, is an error.
func Create(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
}

// CreateSecret is Create for a file that nobody but its owner is to read.
func CreateSecret(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, secretMode)
}

// OpenToWrite opens an ordinary file with the flags of os.OpenFile, or makes it. A link is not followed: who writes
// through it would change a file elsewhere.
func OpenToWrite(path string, flags int) (*os.File, error) {
	if _, err := checked(path, os.Lstat); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(path, flags|os.O_CREATE|syscall.O_NONBLOCK, fileMode)
}

// MakeFolders makes a folder and those above it, unless they are there.
func MakeFolders(path string) error { return os.MkdirAll(path, folderMode) }

// CreateAside makes a file beside path that is to become the one at path. Its name is not taken.
func CreateAside(path string) (*os.File, error) { return Create(aside(path)) }

// CreateReadOnlyAside is CreateAside for a file that nobody is to write to but through what is returned.
func CreateReadOnlyAside(path string) (*os.File, error) {
	return os.OpenFile(aside(path), os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode&^0o222)
}

// MakeAside makes a folder likewise, and returns its path.
func MakeAside(path string) (string, error) {
	path = aside(path)
	return path, os.Mkdir(path, folderMode)
}

func aside(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+asideInfix+rand.Text()[:asideRandom])
}

const (
	asideInfix  = ".partial-"
	asideRandom = 13 // of the characters of base 32
)

// IsAside says whether a name is that of a file or folder aside. No person thinks of such a name.
func IsAside(name string) bool {
	at := strings.LastIndex(name, asideInfix)
	if at < 1 || name[0] != '.' {
		return false
	}
	random := name[at+len(asideInfix):]
	return len(random) == asideRandom && strings.Trim(random, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// What is made has the permissions that the umask leaves: whether a group shares a workspace, or nobody but its owner
// reads it, is its people's decision.
const (
	fileMode   = 0o666
	folderMode = 0o777
	secretMode = 0o600
)

// Check says what is there in the place of an ordinary file; nil for one.
func Check(mode fs.FileMode) error {
	switch {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return errors.New("is a folder, want an ordinary file")
	case mode&fs.ModeSymlink != 0:
		return errors.New("is a link, want an ordinary file")
	case mode&fs.ModeNamedPipe != 0:
		return errors.New("is a named pipe, want an ordinary file")
	case mode&fs.ModeSocket != 0:
		return errors.New("is a socket, want an ordinary file")
	}
	return errors.New("is a device, want an ordinary file")
}

// IsDevice says whether Windows would open a device by the name, whatever stands behind its dot (Microsoft, "Naming
// Files, Paths, and Namespaces").
func IsDevice(name string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	stem = strings.TrimRight(stem, " ")
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	number, com := strings.CutPrefix(stem, "COM")
	if !com {
		number, com = strings.CutPrefix(stem, "LPT")
	}
	return com && utf8.RuneCountInString(number) == 1 && strings.ContainsAny(number, "0123456789¹²³")
}
