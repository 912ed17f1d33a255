package fetch

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/dermset/dermset/io/blobio"
)

// An Entry is what the log says of an object.
type Entry struct {
	Object   string        `json:"object"` // where it was: the store and the key
	ETag     string        `json:"etag,omitempty"`
	Version  string        `json:"version,omitempty"`
	Size     int64         `json:"size"`
	SHA256   string        `json:"sha256,omitempty"` // its blob; a failed object has one if an earlier state of it was fetched
	Status   string        `json:"status"`           // fetched | failed
	Reason   blobio.Reason `json:"reason,omitempty"` // of a failed one
	Detail   string        `json:"detail,omitempty"` // the error, for people
	Attempts int           `json:"attempts"`
}

const (
	fetched = "fetched"
	failed  = "failed"
)

// Failed says whether the last try failed.
func (e Entry) Failed() bool { return e.Status == failed }

// A journal is the log: the last entry of each object of one store and, where it is written to, the file.
type journal struct {
	path, store string
	file        *os.File // nil: only read

	mu   sync.RWMutex
	last map[string]Entry // by key; Object is empty, as the key says it
}

// readJournal reads the log at path, if there is one, as far as it is about objects of the store. Lines that a dying machine left torn say
// nothing: what they would have said is fetched again.
func readJournal(path, store string) (*journal, error) {
	j := &journal{path: path, store: store, last: map[string]Entry{}}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil
	}
	for line := range bytes.Lines(text) {
		entry, ok := parseEntry(line)
		if key, ours := strings.CutPrefix(entry.Object, store); ok && ours {
			entry.Object = ""
			j.last[key] = entry
		}
	}
	return j, err
}

// open makes the log one that is written to. The next line is one of its own, whatever the last one is.
func (j *journal) open() error {
	var err error
	if j.file, err = os.OpenFile(j.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644); err != nil {
		return err
	}
	info, err := j.file.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	var last [1]byte
	if _, err = j.file.ReadAt(last[:], info.Size()-1); err == nil && last[0] != '\n' {
		_, err = j.file.Write([]byte{'\n'})
	}
	return err
}

func (j *journal) entry(key string) (Entry, bool) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	e, ok := j.last[key]
	return e, ok
}

// parseEntry reads a line of the log; a line without its end is torn, however much of it looks whole.
func parseEntry(line []byte) (Entry, bool) {
	var e Entry
	if !bytes.HasSuffix(line, []byte{'\n'}) || json.Unmarshal(line, &e) != nil {
		return Entry{}, false
	}
	sum, err := hex.DecodeString(e.SHA256)
	switch {
	case err != nil, e.SHA256 != strings.ToLower(e.SHA256), len(sum) != 0 && len(sum) != 32, e.Object == "", e.Size < 0:
		return Entry{}, false
	case e.Status == fetched:
		return e, len(sum) > 0
	}
	return e, e.Status == failed
}

// append makes entries durable, and only then known.
func (j *journal) append(keys []string, entries []Entry) error {
	if len(keys) == 0 {
		return nil
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	for i, e := range entries {
		e.Object = j.store + keys[i]
		if err := encoder.Encode(e); err != nil {
			return err
		}
	}
	if _, err := j.file.Write(text.Bytes()); err != nil {
		return err
	}
	if err := j.file.Sync(); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for i, e := range entries {
		j.last[keys[i]] = e
	}
	return nil
}
