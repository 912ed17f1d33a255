// Package factio keeps facts: small rows of text, each found by a hash of what it is a fact of. A store is one file that only grows:
//
//	sha256 TAB field TAB … TAB checksum LF
//
// under a first line of the fields' names. The checksum is CRC-32C in hex, of the line before it. Facts can be computed again, so that a row
// whose checksum is wrong, which a power cut may leave, counts as not there, and a last line without an end is cut off. Of two rows of one
// hash the later one counts.
package factio

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/dermset/dermset/packed"
)

// A Key is a SHA-256.
type Key [32]byte

// Rows reach the disk in groups: when so many wait, or so much time has passed since the last group.
const (
	groupRows = 1000
	groupTime = 2 * time.Second
)

// A Store is an open file of facts. Its methods may be called from several goroutines; one process has it open at a time.
type Store struct {
	path    string
	mu      sync.Mutex
	file    *os.File
	rows    packed.Table // the fields of a row, with tabs between them, by key: some 80 bytes each
	waiting []byte       // rows that are not in the file yet
	count   int
	synced  time.Time
	err     error
}

// Open opens the store at path, or makes it, with its folder. A store with other columns is an error.
func Open(path string, columns ...string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, file: file, synced: time.Now()}
	if err := s.load("sha256\t" + strings.Join(columns, "\t") + "\tcrc32c\n"); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return s, nil
}

// load reads all rows, and cuts the file where its last whole line ends.
func (s *Store) load(header string) error {
	lines, columns, whole := bufio.NewReaderSize(s.file, longestRow), strings.Count(header, "\t")-1, int64(0)
	for {
		line, err := lines.ReadSlice('\n')
		switch {
		case err == io.EOF: // what is left has no end
			return s.writeBehind(whole, header)
		case err != nil && err != bufio.ErrBufferFull: // a row that is too long is several that are none
			return fmt.Errorf("%s: %w", s.path, err)
		case whole == 0 && string(line) != header:
			return fmt.Errorf("%s: begins %.60q, want %q; delete the file, what it holds is computed again", s.path, line, header)
		}
		whole += int64(len(line))
		if key, row, ok := parse(bytes.TrimSuffix(line, []byte{'\n'})); ok && bytes.Count(row, []byte{'\t'})+1 == columns {
			s.rows.Put(key[:], row)
		}
	}
}

// longestRow is more than any row has: what is wrong with a picture is said in a sentence.
const longestRow = 64 << 10

// writeBehind makes the next row follow the last whole one, or the header.
func (s *Store) writeBehind(whole int64, header string) error {
	if whole == 0 { // new, or torn within its first line
		s.waiting = append(s.waiting, header...)
	}
	if err := s.file.Truncate(whole); err != nil {
		return err
	}
	_, err := s.file.Seek(whole, io.SeekStart)
	return err
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// parse takes a line apart, if it is whole.
func parse(line []byte) (key Key, row []byte, ok bool) {
	end := bytes.LastIndexByte(line, '\t')
	if end < 2*len(key)+1 || string(line[end+1:]) != checksum(line[:end]) || line[2*len(key)] != '\t' {
		return key, nil, false
	}
	if _, err := hex.Decode(key[:], line[:2*len(key)]); err != nil {
		return key, nil, false
	}
	return key, line[2*len(key)+1 : end], true
}

func checksum(line []byte) string { return fmt.Sprintf("%08x", crc32.Checksum(line, castagnoli)) }

// Get is the fields of a key, also after Close.
func (s *Store) Get(key Key) (fields []string, known bool) {
	s.mu.Lock()
	row, known := s.rows.Get(key[:])
	s.mu.Unlock()
	if !known {
		return nil, false
	}
	return strings.Split(string(row), "\t"), true
}

// plain takes out what would end a field or a row.
var plain = strings.NewReplacer("\t", " ", "\n", " ", "\r", " ")

// Put adds a row: as many fields as the store has columns, in which tabs and line ends become spaces. It is durable with its group, at the
// latest when Close has returned without an error. After an error every Put returns it.
func (s *Store) Put(key Key, fields ...string) error {
	row := ""
	for i, field := range fields {
		if i > 0 {
			row += "\t"
		}
		row += plain.Replace(field)
	}
	line := append(append(hex.AppendEncode(nil, key[:]), '\t'), row...)
	line = append(append(append(line, '\t'), checksum(line)...), '\n')

	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows.Put(key[:], []byte(row))
	s.waiting = append(s.waiting, line...)
	s.count++
	if s.count >= groupRows || time.Since(s.synced) >= groupTime {
		s.flush()
	}
	return s.err
}

// flush brings the waiting rows to the disk.
func (s *Store) flush() {
	if s.err == nil && len(s.waiting) > 0 {
		_, err := s.file.Write(s.waiting)
		s.err = errors.Join(err, s.file.Sync())
	}
	s.waiting, s.count, s.synced = s.waiting[:0], 0, time.Now()
}

// Close brings everything to the disk.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flush()
	return errors.Join(s.err, s.file.Close())
}
