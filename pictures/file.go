package pictures

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/io/fileio"
)

// A File is what is to be looked at.
type File struct {
	Name   string // as people and image_overrides.csv know it: <source>/<source_path>, or the path in the folder
	Path   string // of this system
	SHA256 string // in lower-case hex, of a blob: one that is gone or other is damage of this disk; else empty
	Bytes  int64  // of the file, about; for the progress alone
	Failed string // why there is no file to look at: it could not be fetched, or its folder cannot be read
	Gone   bool   // of one that Failed: it is known not to be there
	Mask   *Mask  // nil: it has none
	Marks  Marks  // what people drew on it
}

// Content is the SHA-256 of a blob; false of a file that is none.
func (f *File) Content() (content [32]byte, is bool) {
	if len(f.SHA256) != hex.EncodedLen(len(content)) {
		return content, false
	}
	_, err := hex.Decode(content[:], []byte(f.SHA256))
	return content, err == nil
}

// A Mask is the file of a mask of a picture, a blob.
type Mask struct {
	Path, SHA256 string
	Bytes        int64
	Failed       string // why it is not here; empty: it is
	Shows        string // lesion | skin | other: what its foreground is
	Inverted     bool   // its foreground is what is dark
}

// LacksSkinMask says whether the file's mask is one of skin, and is not here.
func (f *File) LacksSkinMask() bool {
	return f.Mask != nil && f.Mask.Failed != "" && f.Mask.Shows == "skin"
}

// here says whether there is a mask to look at.
func (m *Mask) here() bool { return m != nil && m.Failed == "" }

// bytes are those of the file of a mask that is here.
func (m *Mask) bytes() int64 {
	if !m.here() {
		return 0
	}
	return m.Bytes
}

// name is what tells it from other masks.
func (m *Mask) name() string {
	name := "mask " + m.SHA256
	if m.Inverted {
		name += " inverted"
	}
	return name
}

// maskLimits let a mask have as many pixels as images.max_pixels allows a picture by default: a limit of our own, as a
// fact depends on no setting.
var maskLimits = images.Limits{MinSide: 1, MaxPixels: 200_000_000}

// Marks are the rectangles that people drew on a picture.
type Marks struct {
	Name string // tells them from others, also where they are not placed yet; empty: there are none
	// On are the rectangles that are not the whole picture, on the upright picture of a decoded one.
	On func(images.Result) []images.Box
}

// Each gives files to a Pass that are known to be there.
func Each(files []File) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		for _, file := range files {
			if !yield(file, nil) {
				return
			}
		}
	}
}

// Folder lists the files below a folder, in bytewise order of their paths. Names that begin with a dot are left out.
// Anything but a file is listed too, and becomes a verdict; links are followed to files and not to folders.
func Folder(ctx context.Context, folder string) ([]File, error) {
	var files []File
	err := fs.WalkDir(os.DirFS(folder), ".", func(path string, entry fs.DirEntry, err error) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if path != "." && strings.HasPrefix(entry.Name(), ".") {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		file := File{Name: path, Path: filepath.Join(folder, filepath.FromSlash(path))}
		switch {
		case err != nil && !utf8.ValidString(path): // which fs.FS does not open
			file.Failed = "the folder's name is not UTF-8: rename it"
		case err != nil && path != ".": // a folder that cannot be read; the others can
			file.Failed = err.Error()
		case err != nil:
			return err
		case entry.IsDir():
			return nil
		}
		if info, err := entry.Info(); err == nil {
			file.Bytes = info.Size()
		}
		files = append(files, file)
		return nil
	})
	return files, err
}

// mostBytes is how many bytes a file may have that is looked at: no fewer than an object may have that is fetched.
const mostBytes = 1 << 30

// read reads a file of the size that it was planned with. One that became a pipe since, or grows, does not stop the
// run.
func read(path string, size int64) ([]byte, error) {
	file, err := fileio.Open(path)
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
