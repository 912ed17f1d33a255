package workspace

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/releaseio"
)

// HashFile is the SHA-256, in hex, and the size of an ordinary file. Anything else (a pipe, a device) is an error,
// not a wait.
func HashFile(path string) (sum string, size int64, err error) { return fileio.Hash(path, io.Discard) }

// A lineCounter counts the lines of what is written to it; a last line needs no end.
type lineCounter struct {
	ends int64
	last byte
}

func (c *lineCounter) Write(data []byte) (int, error) {
	if len(data) > 0 {
		c.ends += int64(bytes.Count(data, []byte{'\n'}))
		c.last = data[len(data)-1]
	}
	return len(data), nil
}

func (c *lineCounter) lines() int64 {
	if c.last != 0 && c.last != '\n' {
		return c.ends + 1
	}
	return c.ends
}

// IsThere says whether there is a file or folder at a path. A disk that does not say is an error.
func IsThere(path string) (bool, error) {
	_, err := os.Stat(path)
	if fault.Of(err) == fault.NotThere {
		return false, nil
	}
	return err == nil, err
}

// Modified is when a file was last written; the zero time if it is not there.
func Modified(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// Sum is the SHA-256 of data, in hex.
func Sum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Keep is releaseio.WriteFile, and makes the folder if need be.
func Keep(path string, content []byte) error {
	if err := fileio.MakeFolders(filepath.Dir(path)); err != nil {
		return err
	}
	return releaseio.WriteFile(path, content)
}

// JSONText is v as indented JSON with a line end, the same bytes for equal values.
func JSONText(v any) ([]byte, error) {
	data, err := json.MarshalIndent(v, "", "  ")
	return append(data, '\n'), err
}

// WriteJSON keeps v in a file under work/ for ReadJSON.
func WriteJSON(path string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	file, err := fileio.Create(path)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Close())
}

// ReadJSON reads what WriteJSON kept.
func ReadJSON(path string, v any) error {
	data, err := fileio.Read(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: is damaged: %w; run again", path, err)
	}
	return nil
}
