package factio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/packed"
)

// A FixedStore is an open file of values of one width, each found by its key. Its methods may be called from several
// goroutines; one process has it open at a time.
//
// Values that are held are in memory, as a Store's rows are. Others would fill it: they stay on the disk, where a
// Reader finds them. In memory are 18 to 24 bytes a value, up to 37 while there are few, and the values that are held.
//
// All of the file is read when it is opened, so that a damaged value is not known from then on. That costs less than to
// take lines apart: a million values of 1 KB take a third of a second, or as long as a disk takes for a gigabyte.
type FixedStore struct {
	path   string
	header string
	width  int // bytes of a value
	held   bool
	file   *os.File

	mu      sync.RWMutex
	places  packed.Numbers // of records, by key
	records uint32         // in the file, or waiting
	values  [][]byte       // of all records, if they are held: pieceRecords in a piece
	group
}

// OpenFixed opens the store at path, or makes it, with its folder. A store of values of another name or width in bytes
// is an error.
func OpenFixed(path, name string, width int, held bool) (*FixedStore, error) {
	if err := fileio.MakeFolders(filepath.Dir(path)); err != nil {
		return nil, err
	}
	file, err := fileio.OpenToWrite(path, os.O_RDWR|os.O_APPEND)
	if err != nil {
		return nil, err
	}
	s := &FixedStore{path: path, width: width, held: held, file: file,
		header: fmt.Sprintf("sha256\t%s, %d bytes\tcrc32c\n", name, width)}
	s.group = newGroup(s.append)
	if err := s.read(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return s, nil
}

// read notes where the records are that are whole, and cuts off what is behind the last: a file that is new, or whose
// header is torn, begins with a header.
func (s *FixedStore) read() error {
	begins := make([]byte, len(s.header))
	n, err := io.ReadFull(s.file, begins)
	if begins = begins[:n]; n == len(s.header) && string(begins) == s.header {
		return s.readRecords()
	}
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	if !bytes.HasPrefix([]byte(s.header), begins) {
		const remedy = "delete the file, what it holds is computed again"
		return fmt.Errorf("%s: begins %.60q, want %q; %s", s.path, begins, s.header, remedy)
	}
	if err := s.file.Truncate(0); err != nil {
		return err
	}
	_, err = s.file.WriteString(s.header)
	return err
}

// together is how many records are read at once.
const together = 256

func (s *FixedStore) readRecords() error {
	size := s.size()
	piece := make([]byte, together*size)
	for {
		n, err := io.ReadFull(s.file, piece)
		for from := 0; from+size <= n; from += size {
			record := piece[from:][:size]
			s.take(record, isWhole(record))
		}
		switch {
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			return s.file.Truncate(s.at(s.records))
		case err != nil:
			return err
		}
	}
}

// take notes the record that is the next in the file.
func (s *FixedStore) take(record []byte, whole bool) {
	if whole {
		s.places.Put(record[:keyBytes], s.records)
	}
	if s.held {
		if s.records%pieceRecords == 0 {
			s.values = append(s.values, make([]byte, 0, pieceRecords*s.width))
		}
		piece := &s.values[len(s.values)-1]
		*piece = append(*piece, record[keyBytes:][:s.width]...)
	}
	s.records++
}

const (
	keyBytes     = len(Key{})
	pieceRecords = 1 << 12 // values that are held lie in pieces, which need not move when more come
)

// size is how many bytes a record has: key, value and checksum.
func (s *FixedStore) size() int { return keyBytes + s.width + crc32.Size }

// at is where a record begins.
func (s *FixedStore) at(place uint32) int64 {
	return int64(len(s.header)) + int64(place)*int64(s.size())
}

func isWhole(record []byte) bool {
	end := len(record) - crc32.Size
	return crc32.Checksum(record[:end], castagnoli) == binary.BigEndian.Uint32(record[end:])
}

func (s *FixedStore) append(rows []byte) error {
	if _, err := s.file.Write(rows); err != nil {
		return err
	}
	return s.file.Sync()
}

// Has says whether a key has a value.
func (s *FixedStore) Has(key Key) bool {
	_, known := s.place(key)
	return known
}

func (s *FixedStore) place(key Key) (place uint32, known bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.places.Get(key[:])
}

// Get is the value of a key, in a store that holds its values. It must not be changed.
func (s *FixedStore) Get(key Key) (value []byte, known bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	place, known := s.places.Get(key[:])
	if !known {
		return nil, false
	}
	return s.values[place/pieceRecords][int(place%pieceRecords)*s.width:][:s.width], true
}

// Put adds a value of the store's width, unless the key has one. It is durable with its group, at the latest when Close
// has returned without an error. After an error every Put returns it.
func (s *FixedStore) Put(key Key, value []byte) error {
	if len(value) != s.width {
		panic(fmt.Sprintf("factio: %s: a value of %d bytes", s.path, len(value)))
	}
	record := append(append(make([]byte, 0, s.size()), key[:]...), value...)
	record = binary.BigEndian.AppendUint32(record, crc32.Checksum(record, castagnoli))
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.places.Get(key[:]); known {
		return s.err
	}
	s.take(record, true)
	return s.add(record)
}

// Erase overwrites what is on the disk for keys with nothing, for values that nobody may keep. It is as if the disk had
// damaged them: a Reader, and who opens the store again, does not know them.
func (s *FixedStore) Erase(keys ...Key) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flush(); s.err != nil {
		return s.err
	}
	file, err := fileio.OpenToWrite(s.path, os.O_RDWR) // the store's own appends wherever it writes
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	for _, key := range keys {
		if place, known := s.places.Get(key[:]); known {
			if _, err := file.WriteAt(make([]byte, s.size()), s.at(place)); err != nil {
				return err
			}
		}
	}
	return file.Sync()
}

// Close brings everything to the disk. What is known can still be asked and read.
func (s *FixedStore) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flush()
	return errors.Join(s.err, s.file.Close())
}

// A Reader reads values of a store, from several goroutines if they like. It may be opened, and read, after the store
// was closed.
type Reader struct {
	store *FixedStore
	file  *os.File
}

// Reader opens the store's file for reading.
func (s *FixedStore) Reader() (*Reader, error) {
	file, err := fileio.Open(s.path)
	if err != nil {
		return nil, err
	}
	return &Reader{s, file}, nil
}

// Get is the value of a key. It is not known where it is not on the disk yet, or was damaged since the store was
// opened.
func (r *Reader) Get(key Key) (value []byte, known bool, err error) {
	place, known := r.store.place(key)
	if !known {
		return nil, false, nil
	}
	record := make([]byte, r.store.size())
	if _, err := r.file.ReadAt(record, r.store.at(place)); err != nil && err != io.EOF {
		return nil, false, err
	}
	if !isWhole(record) || !bytes.HasPrefix(record, key[:]) {
		return nil, false, nil
	}
	return record[keyBytes:][:r.store.width], true, nil
}

// Close ends reading.
func (r *Reader) Close() error { return r.file.Close() }
