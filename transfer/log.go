package transfer

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"sync"

	"github.com/dermset/dermset/packed"
)

// A journal is the log: the last entry of each object of one store and, where it is written to, the file.
type journal struct {
	path, store string
	file        *os.File // nil: only read

	mu   sync.RWMutex
	last packed.Table // Entry by key, without Object, which the key says
}

// logPiece is how much of the log is read at once. No line is longer: a key has 1,024 bytes, and what a server says is cut.
const logPiece = 256 << 10

// readJournal reads the log at path, if there is one, as far as it is about objects of the store. Lines that a dying machine left torn say
// nothing, and neither do those with a blob that is not there: what they would have said is fetched again.
func readJournal(path, store string, there func(Entry) bool) (*journal, error) {
	j := &journal{path: path, store: store}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	// Pieces are parsed by all processors, as a million lines and blobs to look for take seconds, and taken in order.
	parsed, readErr := make(chan chan []Entry, 2*runtime.GOMAXPROCS(0)), error(nil)
	go func() {
		defer close(parsed)
		readErr = eachPiece(file, func(lines []byte) {
			entries := make(chan []Entry, 1)
			parsed <- entries
			go func() { entries <- parseEntries(lines, store, there) }()
		})
	}()
	for entries := range parsed {
		for _, e := range <-entries {
			if key := []byte(e.Object[len(store):]); e.Status == "" {
				j.last.Delete(key)
			} else {
				j.last.Put(key, e.appendPacked(nil))
			}
		}
	}
	return j, readErr
}

// eachPiece calls do with pieces of whole lines. What follows the last line's end is left out, and so is a line that is longer than a piece.
func eachPiece(file io.Reader, do func(lines []byte)) error {
	var rest []byte
	for {
		piece := append(make([]byte, 0, logPiece), rest...)
		n, err := io.ReadFull(file, piece[len(piece):logPiece])
		piece = piece[:len(piece)+n]
		whole := bytes.LastIndexByte(piece, '\n') + 1
		if whole > 0 {
			do(piece[:whole])
		}
		rest = piece[whole:]
		if whole == 0 && len(piece) == logPiece {
			rest = nil
		}
		switch err {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF:
			return nil
		default:
			return err
		}
	}
}

// parseEntries are the entries of lines, as far as they are of the store. One whose blob is not there has its object alone.
func parseEntries(lines []byte, store string, there func(Entry) bool) (entries []Entry) {
	for line := range bytes.Lines(lines) {
		e, ok := parseEntry(line)
		if !ok || !strings.HasPrefix(e.Object, store) {
			continue
		}
		if e.SHA256 != "" && !there(e) {
			e = Entry{Object: e.Object}
		}
		entries = append(entries, e)
	}
	return entries
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
	e, known := j.last.Get([]byte(key))
	if !known {
		return Entry{}, false
	}
	return unpacked(e), true
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
		j.last.Put([]byte(keys[i]), e.appendPacked(nil))
	}
	return nil
}
